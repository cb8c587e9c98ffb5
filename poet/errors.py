"""One family of errors, caught once, by the command line.

A message says what happened; `hint` says what to type next. Anything that is
not a `PoetError` is a bug and keeps its traceback.
"""

from __future__ import annotations


class PoetError(Exception):
    """Something went wrong that the user can mend. Exit code 1."""

    exit_code = 1

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class UsageError(PoetError):
    """An option or a value that makes no sense here. Exit code 2."""

    exit_code = 2


class InputError(PoetError):
    """Input, a model or data is missing, unreadable or damaged. Exit code 3."""

    exit_code = 3


class FormNotReached(PoetError):
    """The verse does not keep the form that was asked for. Exit code 4."""

    exit_code = 4


class TrainingStopped(PoetError):
    """Training cannot go on; the last checkpoint is kept. Exit code 5."""

    exit_code = 5
