"""Published experiments, each one command: what was asked, what was measured, and a verdict."""
