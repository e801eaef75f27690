"""Prediction without torch: the network in NumPy, texts in and probabilities out, whole or word by word."""
