"""Write the words of the page in simplified characters, from those in traditional ones.

python -m tools.page_words
"""

from __future__ import annotations

from pathlib import Path

from poet import files
from poet.scripts import convert

LANGUAGES = Path(__file__).parents[1] / "poet" / "web" / "static" / "languages"


def simplified() -> str:
    """The table `zh-Hans.json`, as it follows from `zh-Hant.json`."""
    return convert((LANGUAGES / "zh-Hant.json").read_text("utf-8"), "t2s")


if __name__ == "__main__":
    files.write_text(LANGUAGES / "zh-Hans.json", simplified())
