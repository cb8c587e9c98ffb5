"""English verse: pronunciations, metres, rhymes, forms, and scanning."""
