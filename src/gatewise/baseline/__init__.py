"""The bag-of-words rival: hashed n-gram NBSVM, fitted at training and stored with the model."""
