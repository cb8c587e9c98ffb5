"""A stand-in for the Hugging Face hub: as much of its API as a push and a pull need."""

from __future__ import annotations

import base64
import hashlib
import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import unquote, urlsplit

import pytest

TOKEN = "hf_onlyForTests"


@dataclass
class Repository:
    """Files by name at each commit, the last one last."""

    private: bool = False
    gated: bool = False
    commits: list[dict[str, bytes]] = field(default_factory=lambda: [{}])

    def at(self, revision: str) -> tuple[str, dict[str, bytes]] | None:
        """The id and the files of a commit; None where there is none."""
        ids = [hashlib.sha1(str(n).encode()).hexdigest() for n in range(len(self.commits))]
        if revision == "main":
            return ids[-1], self.commits[-1]
        return (revision, self.commits[ids.index(revision)]) if revision in ids else None


@dataclass
class Hub:
    """What the stand-in holds, and how it is to behave."""

    url: str = ""
    repositories: dict[str, Repository] = field(default_factory=dict)
    uploads: dict[str, bytes] = field(default_factory=dict)  # large files, by SHA-256
    requests: list[str] = field(default_factory=list)
    fails: dict[str, int] = field(default_factory=dict)  # part of a path -> status
    corrupt: str = ""  # the name of a file of which the last byte is changed on its way
    agents: list[str] = field(default_factory=list)  # how programs introduced themselves

    def put(self, name: str, **files: bytes) -> Repository:
        """A repository with these files (`model_json` is model.json)."""
        named = {key.replace("_", "."): data for key, data in files.items()}
        self.repositories[name] = Repository(commits=[named])
        return self.repositories[name]


class _Handler(BaseHTTPRequestHandler):
    hub: Hub
    protocol_version = "HTTP/1.1"

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing is printed."""

    def do_GET(self) -> None:
        self._answer(self._get)

    def do_HEAD(self) -> None:
        self._answer(self._get)

    def do_POST(self) -> None:
        self._answer(self._post)

    def do_PUT(self) -> None:
        self._answer(self._put)

    def _answer(self, act: Any) -> None:
        self.body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.path = unquote(urlsplit(self.path).path)
        self.hub.requests.append(f"{self.command} {self.path}")
        self.hub.agents.append(self.headers.get("User-Agent") or "")
        for part, status in self.hub.fails.items():
            if part in f"{self.command} {self.path}":
                self._send(status, {"error": f"\x1b[31mfailed {TOKEN[:3]}"})
                return
        act()

    def _send(self, status: int, body: Any, **headers: str) -> None:
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.send_response(status)
        for key, value in headers.items():
            self.send_header(key.replace("_", "-"), value)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(data)

    def _refuse(self, status: int, code: str) -> None:
        self._send(status, {"error": code}, X_Error_Code=code, X_Error_Message=code)

    @property
    def _is_known(self) -> bool:
        return self.headers.get("Authorization") == f"Bearer {TOKEN}"

    def _repository(self, name: str) -> Repository | None:
        """The repository, where it may be seen; otherwise an answer is given."""
        found = self.hub.repositories.get(name)
        if found is None or (found.private and not self._is_known):
            self._refuse(404 if self._is_known else 401, "RepoNotFound")
            return None
        return found

    def _get(self) -> None:
        words = self.path.strip("/").split("/")
        if words[:2] == ["api", "models"]:
            name, revision = "/".join(words[2:4]), "/".join(words[5:]) or "main"
            self._facts(name, revision)
        else:  # USER/REPO/resolve/REVISION/FILE
            self._file("/".join(words[:2]), words[3], "/".join(words[4:]))

    def _facts(self, name: str, revision: str) -> None:
        if (found := self._repository(name)) is None:
            return
        if (commit := found.at(revision)) is None:
            self._refuse(404, "RevisionNotFound")
            return
        siblings = [{"rfilename": key, "size": len(data)} for key, data in commit[1].items()]
        facts = {"id": name, "sha": commit[0], "private": found.private, "siblings": siblings}
        self._send(200, facts)

    def _file(self, name: str, revision: str, path: str) -> None:
        if (found := self._repository(name)) is None:
            return
        if found.gated:
            self._refuse(403, "GatedRepo")
            return
        commit = found.at(revision)
        if commit is None or path not in commit[1]:
            self._refuse(404, "EntryNotFound")
            return
        data = commit[1][path]
        if path == self.hub.corrupt:
            data = data[:-1] + bytes([data[-1] ^ 1])
        etag = hashlib.sha256(data).hexdigest()
        self._send(200, data, ETag=f'"{etag}"', X_Repo_Commit=commit[0])

    def _post(self) -> None:
        if not self._is_known:
            self._refuse(401, "Unauthorized")
            return
        facts = json.loads(self.body) if not self.path.endswith("/main") else {}
        words = self.path.strip("/").split("/")
        if self.path == "/api/repos/create":
            self._create(facts)
        elif self.path == "/api/validate-yaml":
            self._send(200, {"errors": [], "warnings": []})
        elif "preupload" in words:
            files = json.loads(self.body)["files"]
            modes = [
                {
                    "path": file["path"],
                    "uploadMode": "lfs" if file["path"].endswith(".safetensors") else "regular",
                    "shouldIgnore": False,
                }
                for file in files
            ]
            self._send(200, {"files": modes})
        elif words[-1] == "batch":
            objects = [
                {**each, "actions": {"upload": {"href": f"{self.hub.url}/upload/{each['oid']}"}}}
                for each in facts["objects"]
            ]
            self._send(200, {"transfer": "basic", "objects": objects})
        elif words[4] == "commit":
            self._commit("/".join(words[2:4]))
        else:
            self._refuse(404, "NotThere")

    def _create(self, facts: dict[str, Any]) -> None:
        name = f"{facts['organization']}/{facts['name']}"
        if facts["organization"] != "li":
            self._refuse(403, "Forbidden")
            return
        status = 409 if name in self.hub.repositories else 200
        private = facts.get("visibility") == "private"
        self.hub.repositories.setdefault(name, Repository(private=private))
        self._send(status, {"url": f"{self.hub.url}/{name}"})

    def _commit(self, name: str) -> None:
        found = self.hub.repositories[name]
        files = dict(found.commits[-1])
        for line in self.body.decode().splitlines():
            entry = json.loads(line)
            value = entry["value"]
            if entry["key"] == "file":
                files[value["path"]] = base64.b64decode(value["content"])
            elif entry["key"] == "lfsFile":
                files[value["path"]] = self.hub.uploads[value["oid"]]
            elif entry["key"] == "deletedFile":
                del files[value["path"]]
        found.commits.append(files)
        commit = found.at("main")
        assert commit
        url = f"{self.hub.url}/{name}/commit/{commit[0]}"
        self._send(200, {"success": True, "commitOid": commit[0], "commitUrl": url})

    def _put(self) -> None:
        assert hashlib.sha256(self.body).hexdigest() in self.path
        self.hub.uploads[self.path.rpartition("/")[2]] = self.body
        self._send(200, b"")


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> Iterator[Hub]:
    """The stand-in on a port of its own; `huggingface_hub` asks it, and knows no token."""
    from huggingface_hub import constants

    there = Hub()
    handler = type("Handler", (_Handler,), {"hub": there})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    there.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    for name in ("HF_TOKEN", "HUGGING_FACE_HUB_TOKEN", "HF_TOKEN_PATH"):
        monkeypatch.delenv(name, raising=False)
    settings = {
        "ENDPOINT": there.url,
        "HUGGINGFACE_CO_URL_TEMPLATE": there.url + "/{repo_id}/resolve/{revision}/{filename}",
        "HF_HUB_DISABLE_XET": True,  # its storage is spoken to by a library of its own
        "HF_TOKEN_PATH": str(tmp_path / "token"),
        "HF_HUB_CACHE": str(tmp_path / "hub"),
        "HF_HUB_OFFLINE": False,
        "HF_HUB_DISABLE_TELEMETRY": True,  # as poet sets it before it is imported
    }
    for name, value in settings.items():
        monkeypatch.setattr(constants, name, value)
    yield there
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def known(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> Hub:
    """The stand-in, where the user is known by a token."""
    monkeypatch.setenv("HF_TOKEN", TOKEN)
    return hub
