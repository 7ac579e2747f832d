"""How sure accuracies and their differences are."""
