"""Write the help page of every command into docs/usage.md, and the manual page docs/poet.1.

python -m tools.usage
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

from tools.man_page import man_page
from tools.tree import commands_of

PAGE = Path(__file__).parents[1] / "docs" / "usage.md"
MANUAL = PAGE.with_name("poet.1")
_commands = re.compile(r"(?<=<!-- commands -->\n).*(?=<!-- end -->)", re.DOTALL)


def filled(page: str) -> str:
    """The page with the help pages between its marks `<!-- commands -->` and `<!-- end -->`."""
    if not _commands.search(page):
        sys.exit(f"{PAGE} has no place for the commands")
    sections = (
        f"\n## {path}\n\n```\n{command.get_help(context)}\n```\n"
        for path, command, context in commands_of("poet")
    )
    found = "".join(sections)
    return _commands.sub(lambda _: f"{found}\n", page)


if __name__ == "__main__":
    usage = filled(PAGE.read_text("utf-8"))
    for path, text in ((PAGE, usage), (MANUAL, man_page(usage))):
        path.write_text(text, encoding="utf-8", newline="\n")
