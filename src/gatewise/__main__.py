"""``python -m gatewise`` is the command ``gatewise``."""

from gatewise.cli.start import run

if __name__ == "__main__":
    run()
