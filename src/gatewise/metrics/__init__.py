"""Scores, intervals and calibration in NumPy."""
