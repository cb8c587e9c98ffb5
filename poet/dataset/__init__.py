"""From cleaned poems to the encoded dataset: copies dropped, held-out poems chosen, ids on disk."""
