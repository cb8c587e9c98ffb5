"""JSON schemas of Python's types: those that check what comes in, and those of what goes out."""

from __future__ import annotations

import types
import typing
from collections.abc import Mapping, Sequence
from dataclasses import MISSING, fields, is_dataclass
from typing import Any, is_typeddict

Schema = dict[str, Any]
_PLAIN: dict[Any, Schema] = {
    str: {"type": "string"},
    int: {"type": "integer"},
    float: {"type": "number"},
    bool: {"type": "boolean"},
    type(None): {"type": "null"},
    Any: {},
}


class Schemas:
    """The schemas of types; those with a name are kept as components, each once.

    >>> Schemas().of(tuple[int, ...])
    {'type': 'array', 'items': {'type': 'integer'}}
    """

    def __init__(self, notes: Mapping[str, Mapping[str, Schema]] | None = None) -> None:
        self.components: dict[str, Schema] = {}
        self._notes = notes or {}  # more about a property, by the name of its type and its own

    def of(self, kind: Any) -> Schema:
        """The schema of a type."""
        origin, arguments = typing.get_origin(kind), typing.get_args(kind)
        if origin in (typing.Required, typing.NotRequired):
            return self.of(arguments[0])
        if origin in (types.UnionType, typing.Union):
            return {"anyOf": [self.of(each) for each in arguments]}
        if origin is typing.Literal:
            return {"enum": list(arguments)}
        if origin in (dict, Mapping):
            return {"type": "object", "additionalProperties": self.of(arguments[1])}
        if origin and issubclass(origin, Sequence):
            return {"type": "array", "items": self.of(arguments[0])}
        if is_typeddict(kind) or is_dataclass(kind):
            return self._named(kind)
        return _PLAIN[kind]

    def _named(self, kind: Any) -> Schema:
        name = kind.__name__
        if name not in self.components:
            self.components[name] = {}  # so that a type may hold itself
            hints = typing.get_type_hints(kind)
            notes = self._notes.get(name, {})
            schema: Schema = {
                "type": "object",
                "description": (kind.__doc__ or "").partition("\n\n")[0],
                "properties": {
                    key: self.of(hint) | notes.get(key, {}) for key, hint in hints.items()
                },
            }
            if is_typeddict(kind):
                schema["required"] = sorted(kind.__required_keys__)
            else:
                self._add_fields(schema, kind)
            self.components[name] = schema
        return {"$ref": f"#/components/schemas/{name}"}

    @staticmethod
    def _add_fields(schema: Schema, kind: Any) -> None:
        """Defaults and required keys of a dataclass, which takes no others."""
        schema["additionalProperties"] = False
        schema["required"] = []
        for field in fields(kind):
            if field.default is not MISSING:
                schema["properties"][field.name]["default"] = field.default
            elif field.default_factory is MISSING:
                schema["required"].append(field.name)
