"""What Sphinx is told beyond its settings: pages made of the code, and checks of the whole."""
