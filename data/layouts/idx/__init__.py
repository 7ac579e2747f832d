"""The files of MNIST and of the sets that took its place: Fashion-MNIST, KMNIST and EMNIST."""
