"""How labelled images lie in files: one module or folder for each way, and a list of all."""
