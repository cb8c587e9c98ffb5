"""Texts: the catalogue, fetching, reading, cleaning, splitting, and the encoded store."""
