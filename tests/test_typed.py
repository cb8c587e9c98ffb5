"""JSON from disk is what it should be, or it is said what is wrong with it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, TypedDict

import pytest

from poet.typed import MAX_BYTES, MAX_DEPTH, Malformed, construct, parse, typed


class Point(TypedDict):
    x: float
    names: list[str]


class Point3(Point, total=False):
    z: int | None


@dataclass
class Verse:
    text: str
    lines: int = 4
    rhymes: tuple[str, ...] = field(default=())


@pytest.mark.parametrize(
    ("value", "kind", "message"),
    [
        ("4", int, "it is text, not a whole number"),
        (4.5, int, "it is 4.5, not a whole number"),
        (True, int, "it is true or false, not a whole number"),
        (1 << 63, int, "it is a number out of range, not a whole number"),
        (float("nan"), float, "it is nan, not a number"),
        (None, str, "it is null, not text"),
        ([1], str, "it is a list, not text"),
        ({}, list[int], "it is an object, not a list"),
        ([1, "2"], tuple[int, ...], r"it\[1\] is text, not a whole number"),
        ({"x": 1}, Point, "it lacks names"),
        ({"x": 1, "names": ["a", 2]}, Point, r"it.names\[1\] is 2, not text"),
        ({"x": 1, "names": [], "z": "q"}, Point3, "it.z is text, not a whole number"),
        ({"a": {"b": "c"}}, dict[str, dict[str, int]], "it.a.b is text, not a whole number"),
    ],
)
def test_what_is_of_another_type_is_named(value: Any, kind: Any, message: str) -> None:
    with pytest.raises(Malformed, match=f"^{message}$"):
        typed(value, kind, "it")


def test_what_is_of_the_type_comes_back() -> None:
    value = {"x": 1, "names": ["a"], "z": None, "other": [[]]}
    assert typed(value, Point3, "it") == value
    assert typed([1, 2.5], tuple[float, ...], "it") == (1, 2.5)


def test_a_dataclass_is_made_of_an_object() -> None:
    assert construct(Verse, {"text": "春", "rhymes": ["東"], "new": 1}) == Verse("春", 4, ("東",))
    for data, message in (
        ({}, "it lacks text"),
        ([], "it is a list, not an object"),
        ({"text": "春", "lines": "4"}, "lines is text"),
    ):
        with pytest.raises(Malformed, match=message):
            construct(Verse, data)
    with pytest.raises(Malformed, match="'new', which this version does not know"):
        construct(Verse, {"text": "春", "new": 1}, strict=True)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"[" * 100_000, "nested too deeply"),
        (b'{"a":' * (MAX_DEPTH + 1) + b"1" + b"}" * (MAX_DEPTH + 1), "nested too deeply"),
        (b'{"a": ' + b"9" * 5_000 + b"}", "digit"),
        (b"\xff\xfe{}", "decode"),
        (b"[1]", "it is a list, not an object"),
        (b" " * (MAX_BYTES + 1), "longer than"),
        (b"", "Expecting value"),
    ],
)
def test_json_that_is_no_object_is_one_error(data: bytes, message: str) -> None:
    with pytest.raises(Malformed, match=message):
        parse(data)
