"""Arrays of any kind, from Python or from files, become images and labels."""
