"""The commands under ``gatewise study``, one a file."""
