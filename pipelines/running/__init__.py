"""How a comparison is done: tasks, the matrices they share, and who runs them."""
