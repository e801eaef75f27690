"""Training with torch: loop, objectives, schedules, checkpoints; from examples to a stored model."""
