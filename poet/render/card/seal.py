"""The seal: 詩, verse, or the word poet, cut as white lines into a red square."""

from __future__ import annotations

from poet.render.card.page import SealName

SIDE = 24  # of the square in which the paths are drawn

# The edge of the stone, which is never quite straight
EDGE = (
    "M1.6.5C7 .2 14 .6 22.3.4C23.3.5 23.6 1 23.6 2C23.3 8 23.7 15 23.5 21.9C23.5 23.1 23 23.5 22 "
    "23.5C15 23.8 8 23.4 2 23.6C.9 23.6.4 23.1.4 22C.7 15 .2 8 .5 1.9C.4.9.8.5 1.6.5Z"
)
# Strokes, 1.5 wide
STROKES: dict[SealName, str] = {
    "詩": "M5.2 3.1H7.4M2.8 6H10M3.6 9H9.2M3.6 12H9.2M3.7 15.2H9.1V20.9H3.7Z"  # 言
    "M13.2 5.2H21M17.1 2.8V9.4M12.2 9.4H21.6"  # 土
    "M12.2 13.2H21.6M18.9 10.8V21H16.7M14.3 16L15.5 18.3",  # 寸
    "poet": "M3.4 11.2V3.2H10V8H3.4M14 3.2H20.6V10.2H14Z"
    "M3.4 17.3H10V13.6H3.4V20.8H10M15.6 12.6V20.8H20.8M13.4 15.2H20.4",
}
STROKE_WIDTH = 1.5
