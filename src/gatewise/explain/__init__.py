"""Why a model answers as it does: the running score, what each word contributes, gates and cells. Without torch."""
