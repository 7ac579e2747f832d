"""Published sets whose files lie in a way of their own."""
