"""Images whose labels are known: their order, their parts, their pixels, and the dataset."""
