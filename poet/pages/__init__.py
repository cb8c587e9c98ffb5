"""Pages: a poem becomes text, for a terminal, a notebook, a file."""
