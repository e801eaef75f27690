"""Pre-training: from texts without labels to an encoder folder."""
