"""The only code that reads or writes a model folder: numbers and names, nothing executable, replaced whole."""
