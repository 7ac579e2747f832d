"""What parameters may be, and whether they are those of the fit."""
