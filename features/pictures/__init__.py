"""What an extractor sees, as pictures of plain data: nothing here needs a plotting library."""
