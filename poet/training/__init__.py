"""Training (torch): the trainer, loss, state, devices, several processes."""
