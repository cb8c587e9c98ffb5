"""Where things lie: what ships with poet, and what a user fetched and trained."""

from __future__ import annotations

import os
from pathlib import Path

_package = Path(__file__).parent
_checkout = _package.parent


def shipped() -> Path:
    """The folder that holds `corpus/` and `checkpoints/` as they ship.

    Inside an installed wheel that is `poet/_shipped`, in a checkout its top.
    """
    inside = _package / "_shipped"
    return inside if inside.is_dir() else _checkout


def user_data() -> Path:
    """Where fetched corpora and named models are kept; `POET_HOME` overrides it.

    In a checkout fetched corpora lie in its own `corpus/fetched` instead (see `fetched`).
    """
    import platformdirs  # so that training on a borrowed machine can do without

    home = os.environ.get("POET_HOME")
    return Path(home) if home else platformdirs.user_data_path("poet", appauthor=False)


def settings() -> Path:
    """The user's own file of settings; `POET_HOME` moves it too."""
    import platformdirs

    home = os.environ.get("POET_HOME")
    folder = Path(home) if home else platformdirs.user_config_path("poet", appauthor=False)
    return folder / "poet.toml"


def fetched() -> Path:
    """The folder that fetched corpora are unpacked into, one folder a corpus."""
    in_checkout = not os.environ.get("POET_HOME") and (_checkout / "pyproject.toml").is_file()
    return _checkout / "corpus" / "fetched" if in_checkout else user_data() / "corpus"


def models() -> Path:
    """The folder of the models that the user trained and named."""
    return user_data() / "models"


def texts() -> Path:
    """The folder of encoded texts, which can always be made again; `POET_HOME` overrides it."""
    import platformdirs

    home = os.environ.get("POET_HOME")
    cache = Path(home) / "cache" if home else platformdirs.user_cache_path("poet", appauthor=False)
    return cache / "texts"


def tunes() -> Path:
    """The file with tunes of ci that the user added."""
    return user_data() / "tunes.toml"


def forms() -> Path:
    """The file with forms of English verse that the user added."""
    return user_data() / "forms.toml"
