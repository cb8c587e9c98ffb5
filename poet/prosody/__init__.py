"""Prosody: how characters sound, the forms and their rules, and what a poem makes of them."""
