"""The functions between linear layers."""
