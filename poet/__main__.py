"""`python -m poet`."""

from poet.cli import main

main()
