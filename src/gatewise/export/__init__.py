"""A model as a file for elsewhere."""
