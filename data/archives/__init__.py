"""What folders, tars and zips hold, one file at a time and never unpacked."""
