"""What a model makes of held-out text, and how its verse compares with human verse."""
