"""The honest numbers of a model: what it makes of unread text, what it writes, what poets wrote."""
