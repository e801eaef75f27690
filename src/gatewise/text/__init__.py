"""A string becomes token ids with character offsets; vocabulary; batches by token count."""
