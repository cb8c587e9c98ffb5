"""Errors for people: one family, caught once, by the command line.

    PoetError            1  something went wrong that the user can fix
    ├── UsageError       2  an option or a value that makes no sense here
    ├── InputError       3  input, a model or data is missing, unreadable or damaged
    ├── FormNotReached   4  the verse does not keep the form that was asked for
    ├── TrainingStopped  5  training cannot go on; the last checkpoint is kept
    └── OutputClosed     0  the reader of the output has left; nothing is printed

The number is the exit code of the command. A message says what happened; `hint` says what to
type next. Anything that is not a `PoetError` is a bug and keeps its traceback.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping


class PoetError(Exception):
    """Something went wrong that the user can fix. Exit code 1."""

    exit_code = 1

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class UsageError(PoetError):
    """An option or a value that makes no sense here. Exit code 2.

    `field` is the name of the argument at fault, where there is one.
    """

    exit_code = 2

    def __init__(self, message: str, hint: str = "", field: str = "") -> None:
        super().__init__(message, hint)
        self.field = field


class NoEffect(UsageError):
    """An option without an effect here, or several that exclude each other: any of `fields`.

    Leaving one of them out mends it.
    """

    def __init__(self, message: str, hint: str, *fields: str) -> None:
        super().__init__(message, hint, fields[0])
        self.fields = fields


class InputError(PoetError):
    """Input, a model or data is missing, unreadable or damaged. Exit code 3."""

    exit_code = 3


class FormNotReached(PoetError):
    """The verse does not keep the form that was asked for. Exit code 4."""

    exit_code = 4


class TrainingStopped(PoetError):
    """Training cannot go on; the last checkpoint is kept. Exit code 5."""

    exit_code = 5


class OutputClosed(PoetError):
    """The reader of the output has left, as `| head -1` does: nothing more to say. Exit code 0."""

    exit_code = 0

    def __init__(self, message: str = "the output was closed", hint: str = "") -> None:
        super().__init__(message, hint)


class NoDigest(UserWarning):
    """What is read has no digest, so that damage would not be noticed."""


def did_you_mean(
    name: str, known: Iterable[str] | Mapping[str, object], cutoff: float = 0.6
) -> str:
    """A question about the known name closest to a mistyped one; empty where none is close.

    A mapping says what to call each known name in the question.

    >>> did_you_mean("tong", ["tang", "song"]), did_you_mean("xyz", ["tang"])
    ('did you mean tang?', '')
    """
    import difflib  # only needed once something went wrong

    near = difflib.get_close_matches(name, known, n=1, cutoff=cutoff)
    if not near:
        return ""
    return f"did you mean {known[near[0]] if isinstance(known, Mapping) else near[0]}?"
