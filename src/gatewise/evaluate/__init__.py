"""A model on a data set: the scores, beside them the bag-of-words rival, as plain values, on a terminal, as HTML."""
