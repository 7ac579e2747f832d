"""What the command line shows when a command is done: results as tables and text."""
