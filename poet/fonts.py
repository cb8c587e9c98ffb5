"""Fonts with Chinese characters, by the names that browsers and matplotlib know them by."""

from __future__ import annotations

from collections.abc import Sequence

SERIF = (
    "Noto Serif CJK TC",
    "Source Han Serif TC",
    "Songti TC",
    "Songti SC",
    "PMingLiU",
    "SimSun",
    "Noto Serif",
    "Georgia",
)
SANS = (
    "Noto Sans CJK TC",
    "Noto Sans CJK JP",
    "Noto Sans CJK SC",
    "Noto Sans TC",
    "Source Han Sans TC",
    "PingFang TC",
    "Heiti TC",
    "Microsoft JhengHei",
    "SimHei",
)
MONOSPACE = (
    "SF Mono",
    "Menlo",
    "Consolas",
    "DejaVu Sans Mono",
    "Noto Sans Mono CJK TC",
    "PingFang TC",
    "Microsoft JhengHei",
)


def font_family(names: Sequence[str], *generic: str) -> str:
    """The value of the CSS property: fonts by name, then generic families.

    >>> font_family(["Noto Serif", "Georgia"], "serif")
    "'Noto Serif','Georgia',serif"
    """
    return ",".join([*(f"'{name}'" for name in names), *generic])
