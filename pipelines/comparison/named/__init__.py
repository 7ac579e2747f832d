"""What a name in a spec stands for, and what is said of a name that stands for nothing."""
