"""The rules of verse. So far: the forms, told by their shape."""
