"""Datasets that are loaded by a name: what is known of each, and how its files are downloaded."""
