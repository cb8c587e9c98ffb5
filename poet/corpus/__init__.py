"""Texts to learn from: the catalogue, fetching, reading, decoding, cleaning."""
