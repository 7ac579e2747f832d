"""What the sections of the page show, ready for the template."""
