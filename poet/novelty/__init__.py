"""Which lines of a poem stand in the training text: an index of n-grams in a filter."""
