"""How fitted estimators are kept: what each class has learned, and the checks of it."""
