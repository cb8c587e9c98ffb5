"""Settings: defaults of options that a user keeps in poet.toml or in the environment.

    --temperature 1              the command line comes first,
    POET_WRITE_TEMPERATURE=1     then the environment,
    ./poet.toml                  then the file in the working folder,
    paths.settings()             then the user's own,
                                 then the default of the option.

A file has a table for each command, `[write]` or `[corpus.check]`, and in it the long names of
options: `temperature = 0.8`. click checks the values as if they had been typed. Above the tables
may stand `model = "mine"`: the model of every command that has an option --model.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import click
from click.core import ParameterSource

from poet import paths
from poet.cli.options import CommaSeparated
from poet.collection.default import KEY, LARGEST, VARIABLE
from poet.errors import InputError, NoEffect, UsageError, did_you_mean

T = TypeVar("T")
HERE = Path("poet.toml")
_ORIGINS = "poet.cli.settings"  # in the meta of a context: (command, parameter) -> its file

_VERSE = {"form", "title", "about", "author", "rhyme", "rhymes", "strictness", "tones", "model"}
_VERSE |= {"temperature", "temps", "top-k", "top-p", "min-p", "guidance", "context", "mood"}
_VERSE |= {"seed", "unknown", "script"}
_TEXT = {"layout", "encoding", "text-field", "title-field", "author-field"}
_TRAINING = {"preset", "minutes", "epochs", "steps", "lr", "window", "dropout", "clip", "seed"}
_TRAINING |= {"device", "precision", "eval-every", "sample-every", "progress"}
# What the file in the working folder may set. It may have come with the folder, from anybody: so
# it says how verse is written, read and shown, but not where anything is read from, written or
# sent to, nor how much of it. An option that is not named here is refused
FROM_ANYBODY: Mapping[str, Collection[str]] = {
    "write": _VERSE | {"layout", "show", "json", "jsonl", "no-stream"},
    "duet": _VERSE - {"temps"},
    "scan": {"form", "strictness", "tones", "rhymes", "encoding", "json"},
    "train": _TEXT | _TRAINING,
    "corpus check": _TEXT | {"json"},
    "corpus show": _TEXT,
    "eval": {"model", "forms", "temperature", "seed", "no-samples", "device", "json"},
    "explain": {"model", "units", "json"},
}
_PLACES = ("model",)  # of these, those that may name a folder: one inside the working folder


@dataclass(frozen=True)
class SettingsFile:
    """A file of settings as it was read."""

    path: Path
    tables: Mapping[str, Any]
    is_users: bool

    def defaults(self, command: click.Command, words: tuple[str, ...]) -> dict[str, Any]:
        """What the file sets for a command, or for those of a group: values by parameter.

        Raises `UsageError` for an option that there is not, or that may not be set here.
        """
        table: Any = self.tables
        for word in words:
            table = table.get(word, {}) if isinstance(table, dict) else table
        where = f"[{'.'.join(words)}]"
        if not isinstance(table, dict):
            raise UsageError(f"{words[-1]} in {self.path} is no table", f"begin it with {where}")
        if isinstance(command, click.Group):
            inner = subcommands(command)
            for name in table:
                if name not in inner:
                    raise self._unknown(f"{where[:-1]}.{name}]", words, name, inner)
            return {name: self.defaults(inner[name], (*words, name)) for name in table}
        known, found = options_of(command), {}
        for key, value in table.items():
            name = key.replace("_", "-")
            if name not in known:
                raise self._unknown(f"{where} {key}", words, name, known)
            self._check_allowed(name, value, words)
            found[str(known[name].name)] = self._as_typed(known[name], value, f"{where} {key}")
        return found

    def default_model(self) -> str:
        """The model that stands above the tables; empty where none does. Raises `UsageError`."""
        model = self.tables.get(KEY, "")
        if not isinstance(model, str) or "\0" in model:
            raise UsageError(
                f"{KEY} in {self.path} is no name", f'write it in quotes: {KEY} = "tang"'
            )
        self._check_allowed(KEY, model, ("write",))
        return model

    def check_tables(self, commands: Iterable[str]) -> None:
        """Raise `UsageError` for a table that is none of a command."""
        known = list(commands)
        for name, value in self.tables.items():
            if name in known:
                continue
            if name == KEY and not isinstance(value, dict):
                self.default_model()
                continue
            if isinstance(value, dict):
                raise self._unknown(f"[{name}]", (), name, known)
            raise UsageError(
                f"{name} in {self.path} stands outside the tables",
                "put it below the name of its command, for example [write]",
            )

    def _unknown(
        self, what: str, words: tuple[str, ...], name: str, known: Iterable[str]
    ) -> UsageError:
        kind, whose = "command" if what.endswith("]") else "option", " ".join(("poet", *words))
        return UsageError(
            f"{what} in {self.path} is no {kind} of {whose}",
            did_you_mean(name, list(known)) or f"{whose} -h lists them",
        )

    def _check_allowed(self, name: str, value: Any, words: tuple[str, ...]) -> None:
        if self.is_users:
            return
        command = " ".join(words)
        hint = f"put it into {paths.settings()}, or give --{name}"
        if name not in FROM_ANYBODY.get(command, ()):
            raise UsageError(
                f"{name} of poet {command} may not be set by {self.path} in the working folder",
                hint,
            )
        if name in _PLACES and (Path(str(value)).anchor or ".." in Path(str(value)).parts):
            raise UsageError(
                f"{self.path} in the working folder may not name a {name} outside it", hint
            )

    def _as_typed(self, option: click.Option, value: Any, key: str) -> Any:
        """The value as click would get it from a command line."""
        several = option.multiple or isinstance(option.type, CommaSeparated)
        items = value if isinstance(value, list) and several else [value]
        texts = []
        for item in items:
            if not isinstance(item, str | int | float):
                what = "a list" if isinstance(item, list) else "no text, number, true or false"
                raise UsageError(
                    f"{key} in {self.path} is {what}", "write it as on the command line, in quotes"
                )
            if "\0" in str(item):
                raise UsageError(f"{key} in {self.path} has a NUL in it", "leave it out")
            texts.append(str(item).lower() if isinstance(item, bool) else str(item))
        if option.multiple or not texts:
            return tuple(texts)
        return ",".join(texts)


def read_files() -> list[SettingsFile]:
    """The files of settings that there are, the weightier first.

    Raises `InputError` for one that cannot be read or that is not TOML.
    """
    if VARIABLE in os.environ:
        named = os.environ[VARIABLE]
        return [_read(Path(named), is_users=True)] if named not in ("", os.devnull) else []
    own = paths.settings()
    files = []
    if HERE.exists() and not (own.exists() and HERE.samefile(own)):
        files.append(_read(HERE, is_users=False))
    if own.exists():
        files.append(_read(own, is_users=True))
    return files


def _read(path: Path, *, is_users: bool) -> SettingsFile:
    import tomllib

    from poet.files import open_plain

    with open_plain(path) as file:
        data = file.read(LARGEST + 1)
    if len(data) > LARGEST:
        raise InputError(f"{path} is longer than {LARGEST:,} bytes", "keep only settings in it")
    try:
        tables = tomllib.loads(data.decode("utf-8"))
    except (ValueError, RecursionError) as error:
        reason = "it is nested too deeply" if isinstance(error, RecursionError) else error
        raise InputError(
            f"{path} is not TOML: {reason}",
            'a setting looks so: [write] and below it form = "五絕"',
        ) from error
    return SettingsFile(path, tables, is_users)


def apply(ctx: click.Context, name: str, command: click.Command, commands: Iterable[str]) -> None:
    """Make the settings of a command, one of `commands`, its defaults. `ctx` is poet's own.

    Raises `UsageError` and `InputError` for files that are wrong, naming the place.
    """
    name_variables(command, (name,))
    maps: dict[str, Any] = {}
    origins: dict[tuple[str, str], Path] = {}
    for file in reversed(read_files()):
        file.check_tables(commands)
        if (model := file.default_model()) and KEY in options_of(command):
            _overlay(maps, {name: {KEY: model}}, (), file.path, origins)
        if name in file.tables:
            _overlay(maps, {name: file.defaults(command, (name,))}, (), file.path, origins)
    ctx.default_map, ctx.meta[_ORIGINS] = maps, origins


def _overlay(
    below: dict[str, Any],
    above: Mapping[str, Any],
    words: tuple[str, ...],
    path: Path,
    origins: dict[tuple[str, str], Path],
) -> None:
    for name, value in above.items():
        if isinstance(value, dict):
            _overlay(below.setdefault(name, {}), value, (*words, name), path, origins)
        else:
            below[name] = value
            origins[" ".join(("poet", *words)), name] = path


def default_model() -> tuple[str, str]:
    """The model that commands use where none is named, and what says so; both empty without one.

    Raises as `apply`.
    """
    if model := os.environ.get("POET_MODEL"):
        return model, "POET_MODEL"
    for file in read_files():
        if model := file.default_model():
            return model, str(file.path)
    return "", ""


def name_variables(command: click.Command, words: tuple[str, ...]) -> None:
    """Let click read `POET_WRITE_BEST_OF` where `--best-of` is not given; older names follow it."""
    if isinstance(command, click.Group):
        for name, inner in subcommands(command).items():
            name_variables(inner, (*words, name))
        return
    for name, option in options_of(command).items():
        variable = "_".join(("POET", *words, name)).replace("-", "_").upper()
        known = [option.envvar] if isinstance(option.envvar, str) else list(option.envvar or ())
        if variable not in known:
            option.envvar = [variable, *known]


def subcommands(group: click.Group) -> dict[str, click.Command]:
    """The commands of a group by name."""
    return dict(group.commands)


def options_of(command: click.Command) -> dict[str, click.Option]:
    """The options of a command by each of their long names, without dashes."""
    return {
        name.removeprefix("--"): param
        for param in command.params
        if isinstance(param, click.Option)
        for name in param.opts
        if name.startswith("--")
    }


def origin(ctx: click.Context, param: click.Parameter) -> str:
    """Where the value of an option was set: a variable or a file; empty for any other place."""
    source = ctx.get_parameter_source(str(param.name))
    if source is ParameterSource.ENVIRONMENT:
        known = [param.envvar] if isinstance(param.envvar, str) else param.envvar or ()
        return next((name for name in known if os.environ.get(name)), "")
    if source is ParameterSource.DEFAULT_MAP:
        return str(ctx.meta[_ORIGINS].get((ctx.command_path, param.name), ""))
    return ""


def place(ctx: click.Context, param: click.Parameter) -> str:
    """How a message names an option that is set in a file or in the environment; else empty."""
    found = origin(ctx, param)
    if not found or ctx.get_parameter_source(str(param.name)) is ParameterSource.ENVIRONMENT:
        return found
    return f"{max(param.opts, key=len).removeprefix('--')} in {found}"


def settle(build: Callable[[], T]) -> T:
    """What `build` makes of the options in force, without the settings that have no effect here.

    An option on the command line was meant for this call, so that one without an effect is an
    error. A setting is meant for many, and is passed over: for `build`, which is called again, and
    for whoever asks later, its source is then the default.
    """
    ctx = click.get_current_context()
    while True:
        try:
            return build()
        except NoEffect as error:
            settings = (ParameterSource.ENVIRONMENT, ParameterSource.DEFAULT_MAP)
            idle = [name for name in error.fields if ctx.get_parameter_source(name) in settings]
            if not idle:
                raise
            ctx.set_parameter_source(idle[0], ParameterSource.DEFAULT)
