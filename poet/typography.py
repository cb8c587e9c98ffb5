"""Western text as printers set it. Inside poet, and in JSON, it stays as a keyboard types it."""

from __future__ import annotations

import re

# Words whose beginning an apostrophe stands for. Before any other word it may open a quotation
HEADLESS = (
    "tis twas twere twill twould twixt gainst neath mid midst mong mongst scape em til tween bout"
)
_apostrophe = re.compile(rf"(?<=[A-Za-z\u00c0-\u024f])'|'(?=(?i:{HEADLESS.replace(' ', '|')})\b)")


def typeset(text: str) -> str:
    """The text with typographic apostrophes.

    >>> typeset("'Tis o'er the boys' heads. 'He said so")
    "’Tis o’er the boys’ heads. 'He said so"
    """
    return _apostrophe.sub("’", text)


def as_typed(text: str) -> str:
    """The text with the apostrophes and dashes of a keyboard, for an encoding that lacks others.

    >>> as_typed("’Tis late—and cold")
    "'Tis late--and cold"
    """
    return text.replace("’", "'").replace("—", "--")
