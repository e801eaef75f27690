"""The HTTP service: limits at the door, a queue that is read in batches, answers, health and measures."""
