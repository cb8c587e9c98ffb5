"""Verse of counted syllables in any language that `pyphen` hyphenates: a prosody to learn from."""
