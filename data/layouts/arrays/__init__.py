"""Images and labels as arrays in files of NumPy, under the names that people give them."""
