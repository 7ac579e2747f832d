"""The linear classifier's problem, solved: by descent in a round valley, or in closed form."""
