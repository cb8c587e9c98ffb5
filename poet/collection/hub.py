"""Models on the Hugging Face hub: pushed as one commit, pulled through the door of imports.

Tokens are the business of `huggingface_hub`: nothing here reads or prints one.
"""

from __future__ import annotations

import logging
import os
import re
import stat
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from poet.collection.archive import CARD, MAX_MODEL, MEMBERS, NEEDED, add, check_free, members
from poet.errors import InputError, PoetError, UsageError
from poet.model_card import hub_card
from poet.objects import MODEL_FILE
from poet.sanitize import installed_version, single_line
from poet.typed import parse

if TYPE_CHECKING:
    from huggingface_hub import HfApi

LOGIN = "hf auth login stores a token; HF_TOKEN in the environment is one too"
LONGEST = 200  # characters of what a server says


def push(
    folder: Path,
    repository: str,
    *,
    private: bool = False,
    license_id: str = "",
    language: str = "",
) -> str:
    """Put the model in a folder on the hub, as one commit; the address of its page.

    The repository is made where it is not there, `private` or as is usual for the account. In one
    that is there the files of a model are replaced, and other files stay.

    Raises `InputError` where the model is damaged, or the repository holds something else;
    `UsageError` for a name that the hub cannot have; `PoetError` where the hub refuses, or cannot
    be reached.
    """
    api = _api()
    _check_repository(repository)
    files = members(folder)
    files[CARD] = hub_card(parse(files[MODEL_FILE]), repository, license_id, language).encode()
    with _as_sentences(repository):
        return _commit(api, repository, files, private=private)


def _commit(api: HfApi, repository: str, files: dict[str, bytes], *, private: bool) -> str:
    from huggingface_hub import CommitOperationAdd, CommitOperationDelete

    address = str(api.create_repo(repository, private=private or None, exist_ok=True))
    there = api.model_info(repository)
    names = {sibling.rfilename for sibling in there.siblings or ()}
    if private and not there.private:
        raise PoetError(
            f"{repository} is there already, and everybody can read it: nothing was pushed",
            "make it private in its settings on the hub, or leave --private out",
        )
    if names - {".gitattributes"} and MODEL_FILE not in names:
        raise InputError(
            f"{repository} holds something other than a model of poet: nothing was pushed",
            "choose another name",
        )
    operations: list[Any] = [CommitOperationAdd(name, data) for name, data in files.items()]
    gone = (names & {*MEMBERS}) - files.keys()
    operations += [CommitOperationDelete(name) for name in sorted(gone)]
    api.create_commit(
        repository, operations, commit_message=f"A model of poet {installed_version()}".strip()
    )
    return address


def pull(repository: str, name: str, *, revision: str | None = None, force: bool = False) -> Path:
    """Add a model of the hub under a name, once it is here and verified; its folder.

    Raises as `poet.collection.archive.import_`; `PoetError` where the hub refuses, or cannot be
    reached. Nothing is then left behind.
    """
    api = _api()
    _check_repository(repository)
    check_free(name, force=force)

    def fetch(folder: Path) -> None:
        with _as_sentences(repository, revision):
            _fetch(api, repository, revision, folder)

    return add(fetch, repository, name, force=force)


def _fetch(api: HfApi, repository: str, revision: str | None, folder: Path) -> None:
    """Fetch the files of one commit that a model has; others are left where they are."""
    info = api.model_info(repository, revision=revision, files_metadata=True)
    sizes = {sibling.rfilename: sibling.size or 0 for sibling in info.siblings or ()}
    if missing := [name for name in NEEDED if name != CARD and name not in sizes]:
        raise InputError(
            f"{repository} is no model of poet: {missing[0]} is missing",
            "poet models push puts one there",
        )
    wanted = [name for name in MEMBERS if name in sizes]
    if sum(sizes[name] for name in wanted) > MAX_MODEL:
        raise InputError(f"{repository} is larger than {MAX_MODEL:,} bytes", "choose another model")
    for name in wanted:
        path = api.hf_hub_download(
            repository, name, revision=info.sha, local_dir=folder.with_name("fetched")
        )
        if not stat.S_ISREG(Path(path).lstat().st_mode):
            raise InputError(f"{name} of {repository} is no plain file", "choose another model")
        Path(path).rename(folder / name)


def _api() -> HfApi:
    # By itself it would tell the hub which version of torch is here, and what started the program
    os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")
    try:
        import huggingface_hub
    except ImportError as error:
        raise UsageError(
            f"the hub needs {error.name}, which is not installed", "pip install 'poet[hub]'"
        ) from None
    from huggingface_hub.utils.tqdm import disable_progress_bars

    logging.getLogger("huggingface_hub").setLevel(logging.CRITICAL)  # sentences are made here
    if not sys.stderr.isatty():
        disable_progress_bars()
    return huggingface_hub.HfApi(library_name="poet", library_version=installed_version())


def _check_repository(name: str) -> None:
    """Raise `UsageError` for what cannot be the name of a repository on the hub."""
    if not re.fullmatch(r"\w[\w.-]{0,95}/\w[\w.-]{0,95}", name, re.ASCII):
        raise _no_repository(name)


def _no_repository(name: str) -> UsageError:
    return UsageError(f"{name!r} is no name of a model on the hub", "write it as USER/REPOSITORY")


@contextmanager
def _as_sentences(repository: str, revision: str | None = None) -> Iterator[None]:
    """Turn what goes wrong between here and the hub into one sentence each."""
    try:
        yield
    except PoetError:
        raise
    except Exception as error:
        found = _sentence(error, repository, revision)
        if found is None and error.__cause__:  # that an upload failed says nothing; its cause does
            found = _sentence(error.__cause__, repository, revision)
        if found is None:
            raise
        raise found from error


def _sentence(error: BaseException, repository: str, revision: str | None) -> PoetError | None:
    """What to say of an error of `huggingface_hub` or of what it stands on; None for a bug."""
    import httpx2
    from huggingface_hub import errors

    # The order matters: most of these are an `HfHubHTTPError`, and that is an `OSError`
    if isinstance(error, errors.HFValidationError):
        return _no_repository(repository)
    if isinstance(error, errors.LocalTokenNotFoundError):
        return PoetError("the hub asks who you are, and there is no token", LOGIN)
    if isinstance(error, errors.GatedRepoError):
        return PoetError(
            f"{repository} is open only to those whom its owner lets in",
            f"ask on its page on the hub; {LOGIN}",
        )
    if isinstance(error, errors.RevisionNotFoundError):
        return InputError(
            f"{repository} has no revision {revision or 'main'}",
            "its page on the hub lists branches, tags and commits",
        )
    if isinstance(error, errors.RepositoryNotFoundError):
        return InputError(
            f"there is no model {repository} on the hub, or you may not see it",
            f"check the name; if it is private: {LOGIN}",
        )
    if isinstance(error, errors.OfflineModeIsEnabled):
        return PoetError(
            "the hub is not asked, as HF_HUB_OFFLINE is set", "unset it, and call this again"
        )
    if isinstance(error, errors.HfHubHTTPError):
        return _answered(repository, error)
    network = (httpx2.HTTPError, ConnectionError, TimeoutError, errors.EntryNotFoundError)
    if isinstance(error, network):
        return PoetError("the hub could not be reached, or stopped answering", "try again later")
    if isinstance(error, OSError):
        return PoetError(
            f"{repository} could not be copied: {error.strerror or _first_line(error)}",
            "make room, or try again later",
        )
    if isinstance(error, ValueError | KeyError) or type(error).__module__.startswith("hf_xet"):
        return PoetError(
            f"the answer of the hub made no sense ({type(error).__name__})", "try again later"
        )
    return None


def _answered(repository: str, error: Any) -> PoetError:
    """The error for a status that the hub answered with."""
    code = error.response.status_code
    if code == 401:
        return PoetError("the hub does not accept your token", LOGIN)
    if code == 403:
        return PoetError(
            f"the hub does not let you do that to {repository}",
            "a token for pushing needs the right to write, and the name has to begin with yours",
        )
    if code == 429:
        return PoetError("the hub has had too many requests from here", "wait a few minutes")
    if code >= 500:
        return PoetError(f"the hub is out of order (status {code})", "try again later")
    said = _first_line(error.server_message or "")
    return PoetError(f"the hub refused with status {code}{': ' * bool(said)}{said}")


def _first_line(text: object) -> str:
    return single_line(str(text).strip().partition("\n")[0])[:LONGEST]
