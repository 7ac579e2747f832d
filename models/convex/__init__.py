"""How the linear classifier is solved: by descent, or in closed form."""
