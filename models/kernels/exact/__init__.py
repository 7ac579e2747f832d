"""The kernel's matrix of all samples: filled, factorised, solved."""
