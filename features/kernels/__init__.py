"""What a convolutional kernel network is made of: filters, layers, Gaussian pooling."""
