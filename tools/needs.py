"""Print what poet needs, as pyproject.toml says it, one requirement a line.

python -m tools.needs web cards --without torch > needs.txt
"""

from __future__ import annotations

import argparse
import re
import tomllib
from pathlib import Path


def needs(extras: list[str], without: list[str]) -> list[str]:
    """The requirements of poet and of some extras, but not the packages in `without`."""
    text = Path(__file__).parents[1].joinpath("pyproject.toml").read_text("utf-8")
    project = tomllib.loads(text)["project"]
    found = [*project["dependencies"]]
    for extra in extras:
        found += project["optional-dependencies"][extra]
    return [need for need in found if re.split(r"[\[<>=~!; ]", need)[0] not in without]


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("extras", nargs="*")
    parser.add_argument("--without", nargs="*", default=[])
    asked = parser.parse_args()
    print(*needs(asked.extras, asked.without), sep="\n")
