"""How `KernelClassifier` is solved: kernels, their matrix, its factorisation, and landmarks."""
