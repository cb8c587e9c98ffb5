"""The colours of pictures, in one place."""

from __future__ import annotations

from typing import TypeAlias

RGB: TypeAlias = tuple[int, int, int]

# Colours by use: on light and on dark paper
COLOURS = {
    "paper": ("#fbf8f1", "#191816"),
    "band": ("#f3eddf", "#23211e"),
    "rule": ("#ddd5c4", "#3b3731"),
    "soft": ("#80776a", "#a39b8d"),
    "ink": ("#2a2622", "#ece6da"),
    "steered": ("#b23a2b", "#e9735f"),
    "free": ("#e2a999", "#8f5044"),
    "titled": ("#d5b26c", "#8c713a"),
    "human": ("#4a6a80", "#8db2ca"),
}
INK, SOFT, GRID = "#2b2b2b", "#666666", "#e4e4e4"  # of pictures on white paper

# Curves: the colours of Okabe and Ito, which the colour-blind can tell apart, darkened so that
# text in them is legible
SERIES = ("#0072B2", "#C04F00", "#00795A", "#A8487F", "#8F6400", "#000000")
TERMINAL_SERIES = ("cyan", "yellow", "magenta", "green", "red", "blue")

# Heat maps: zero, a gate at 1, a value above zero, a value below zero
ZERO: RGB = (247, 246, 240)
OPEN: RGB = (24, 84, 110)
POSITIVE: RGB = (178, 52, 36)
NEGATIVE: RGB = (52, 92, 170)
