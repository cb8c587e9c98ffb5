"""The user's models as things: named, listed, removed, and carried to other computers.

manage.py    what each model is; rename and remove
default.py   the model that is used where none is named
archive.py   a model as one file, and the way in for files that come from elsewhere
hub.py       models on the Hugging Face hub
"""
