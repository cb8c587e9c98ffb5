"""`python -m poet`."""

from .cli import main

main()
