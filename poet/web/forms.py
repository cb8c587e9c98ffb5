"""The forms of verse, as data."""

from __future__ import annotations

from functools import cache
from typing import Any

from poet.prosody.described import described
from poet.prosody.find import PROSODIES


@cache
def forms() -> list[dict[str, Any]]:
    """Every form that has a name."""
    return [
        {
            "name": form.name,
            "language": form.language,
            "english": "",
            "description": described(form),
            "lines": len(form.lengths),
            "aliases": list(form.aliases),
        }
        for prosody in PROSODIES
        for form in prosody.forms
    ]
