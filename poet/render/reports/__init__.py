"""Reports drawn: evaluations, gates and gradients, training runs."""
