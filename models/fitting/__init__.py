"""What the fits and the predictions of all classifiers share."""
