"""What is asked for: a comparison as data, and the plan of it."""
