"""Whole networks, one task per file."""
