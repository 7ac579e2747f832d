"""All reports below a folder, in one table."""
