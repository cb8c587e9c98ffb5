"""poet serve: what it prints, and what hinders it."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Callable
from pathlib import Path

import pytest

import poet as package
from poet.web.server import address, is_local, listen

Poet = Callable[..., tuple[int, str, str]]
ROOT = Path(package.__file__).parents[1]


@pytest.mark.skipif(sys.platform == "win32", reason="Windows sends no signals to a process")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_prints_its_address_and_ends_when_it_is_told_to(tiny: Path, number: int) -> None:
    running = subprocess.Popen(
        [sys.executable, "-m", "poet", "serve", "--port", "0", "-m", str(tiny)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    assert running.stdout
    with urllib.request.urlopen(f"{running.stdout.readline().strip()}api/models") as answer:
        assert answer.status == 200
    running.send_signal(number)
    out, err = running.communicate(timeout=60)
    assert running.returncode == 130
    assert out == ""
    assert "Traceback" not in err


def test_a_port_that_is_taken_is_told_in_a_sentence(poet: Poet, tiny: Path) -> None:
    with listen("127.0.0.1", 0) as other:
        port = other.getsockname()[1]
        code, out, err = poet("serve", "--port", port, "-m", tiny)
    assert code == 1
    assert out == ""
    assert f"port {port} is taken, perhaps by another poet serve" in err
    assert "--port 0" in err


@pytest.mark.parametrize("host", ["a..b", "203.0.113.7"])
def test_a_host_that_is_not_here_is_told_in_a_sentence(poet: Poet, tiny: Path, host: str) -> None:
    code, _, err = poet("serve", "--host", host, "--port", 0, "-m", tiny)
    assert code == 2
    assert host in err
    assert "leave --host out" in err


def test_without_the_extra_it_says_what_to_install(
    poet: Poet, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "starlette", None)
    code, _, err = poet("serve")
    assert code == 2
    assert "poet serve needs starlette" in err
    assert "pip install 'poet[web]'" in err


def test_two_models_of_one_name_are_told_apart_by_nobody(
    poet: Poet, tiny: Path, tmp_path: Path
) -> None:
    other = tmp_path / "elsewhere" / tiny.name
    other.parent.mkdir()
    other.symlink_to(tiny)
    real = tmp_path / tiny.name
    real.mkdir()
    for file in tiny.iterdir():
        (real / file.name).write_bytes(file.read_bytes())
    code, _, err = poet("serve", "--port", 0, "-m", other, "-m", real)
    assert code == 2
    assert f"two of the models are called {tiny.name}" in err


def test_an_address_is_one_that_can_be_typed_into_a_browser() -> None:
    with listen("0.0.0.0", 0) as everywhere, listen("127.0.0.1", 0) as here:
        assert address(everywhere) == f"http://localhost:{everywhere.getsockname()[1]}/"
        assert address(here) == f"http://127.0.0.1:{here.getsockname()[1]}/"
        assert not is_local(everywhere)
        assert is_local(here)


@pytest.mark.skipif(not socket.has_ipv6, reason="there is no IPv6")
def test_an_address_of_ipv6_stands_in_brackets() -> None:
    try:
        listener = listen("::1", 0)
    except Exception as error:
        pytest.skip(f"there is no IPv6: {error}")
    with listener:
        assert address(listener).startswith("http://[::1]:")
