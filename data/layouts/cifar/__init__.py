"""CIFAR-10 and CIFAR-100 as their authors publish them: pickled batches, or binary records."""
