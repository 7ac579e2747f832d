"""The loop, what runs through it, and how it is stopped and resumed."""
