"""Texts to train on: the catalogue, fetching, reading, decoding, cleaning."""
