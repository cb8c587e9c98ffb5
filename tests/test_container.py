"""The Dockerfile fits the repository: what it copies is there, what it calls is known."""

from __future__ import annotations

import json
import re
import shlex
import subprocess
import sys
import tomllib
from fnmatch import fnmatch
from pathlib import Path

import click

from poet.cli import cli
from poet.cli.serve import PORT
from tools.needs import needs

ROOT = Path(__file__).parents[1]
LINES = (ROOT / "Dockerfile").read_text("utf-8")
CODE = re.sub(r"^#.*\n", "", LINES, flags=re.MULTILINE).replace("\\\n", "")
STEPS = [tuple(line.split(maxsplit=1)) for line in CODE.splitlines() if line.strip()]
KNOWN = {"FROM", "ARG", "WORKDIR", "COPY", "ENV", "RUN", "USER", "VOLUME", "EXPOSE"}
KNOWN |= {"HEALTHCHECK", "ENTRYPOINT", "CMD"}


def steps(name: str) -> list[str]:
    return [rest for found, rest in STEPS if found == name]


def sources() -> list[str]:
    """What is copied from the repository."""
    copies = [shlex.split(rest) for rest in steps("COPY") if not rest.startswith("--from")]
    return [source for *copied, _ in copies for source in copied]


def test_every_step_is_one_of_docker() -> None:
    assert {name for name, _ in STEPS} == KNOWN


def test_what_is_copied_is_there_and_not_ignored() -> None:
    rules = [
        line
        for line in (ROOT / ".dockerignore").read_text("utf-8").splitlines()
        if line and not line.startswith("#")
    ]
    assert rules[0] == "*"
    kept = [rule[2:] for rule in rules if rule.startswith("!/")]
    for source in sources():
        assert (ROOT / source).exists(), source
        assert any(fnmatch(source, rule) for rule in kept), source
    assert set(kept) == {*sources(), "Dockerfile"}


def test_the_wheel_finds_there_all_that_it_takes_in() -> None:
    hatch = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["hatch"]
    wheel = hatch["build"]["targets"]["wheel"]
    for path in (*wheel["packages"], *wheel["force-include"], *wheel["shared-data"]):
        assert any(path == source or path.startswith(f"{source}/") for source in sources()), path


def test_its_python_is_the_tested_one() -> None:
    tested = re.search(r"Python (3\.\d+)", (ROOT / "constraints.txt").read_text("utf-8"))
    assert tested
    assert {line.split()[0] for line in steps("FROM")} == {f"python:{tested[1]}-slim"}


def test_everything_but_torch_is_installed_in_the_tested_versions() -> None:
    call = re.search(r"python (tools/needs\.py .*?) > needs\.txt", CODE)
    assert call
    command = [sys.executable, *call[1].split()]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, encoding="utf-8", check=True)
    names = [re.split(r"[<>=]", line)[0] for line in done.stdout.splitlines()]
    assert "torch" not in names
    assert {"click", "numpy", "starlette", "uvicorn"} <= set(names)
    pinned = re.findall(r"^([\w-]+)==", (ROOT / "constraints.txt").read_text("utf-8"), re.MULTILINE)
    assert set(names) <= set(pinned)
    assert "PIP_CONSTRAINT=/source/constraints.txt" in CODE


def test_needs_are_those_of_the_project() -> None:
    assert "torch>=2.6" in needs([], [])
    assert needs(["syllables"], [])[-1].startswith("pyphen")
    assert not [need for need in needs([], ["torch"]) if need.startswith("torch")]


def test_it_serves_the_port_that_it_names_and_is_not_root() -> None:
    assert steps("EXPOSE") == [str(PORT)]
    assert steps("USER") == ["poet"]
    health = json.loads(steps("HEALTHCHECK")[0].partition("CMD ")[2])
    compile(health[-1], "health", "exec")
    assert f":{PORT}/api/models" in health[-1]
    words = json.loads(steps("ENTRYPOINT")[0]) + json.loads(steps("CMD")[0])
    assert isinstance(cli, click.Group)
    command = cli.get_command(click.Context(cli), words[1])
    assert command
    assert "host" in {parameter.name for parameter in command.params}
    assert "POET_SERVE_HOST=0.0.0.0" in steps("ENV")[-1]
