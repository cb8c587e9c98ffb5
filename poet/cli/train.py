"""poet train: a model of your own."""

from __future__ import annotations

import shlex
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from click.core import ParameterSource

from poet.cli.completing import complete_corpora, complete_models, complete_runs
from poet.cli.options import GroupedCommand, examples, group_of
from poet.cli.settings import settle
from poet.cli.signals import stop_on_signals
from poet.corpus.fields import Fields
from poet.errors import InputError, NoEffect, UsageError
from poet.runs.config import Budget, TrainConfig
from poet.runs.presets import PRESETS

if TYPE_CHECKING:
    from poet.cli.progress import Reporter
    from poet.training.distributed import Distributed
    from poet.training.session import Session

INTERRUPTED = 130  # exit code
LONGEST_NAME = 40  # characters of a run named after its texts

length = group_of("Length (give one; default: 30 minutes, with --from up to 20 epochs)")
model = group_of("The model")
text = group_of("The text")
optimisation = group_of("Optimisation (defaults: from the preset and the size of the text)")
running = group_of("Running")


@click.command(
    cls=GroupedCommand,
    epilog=examples(
        "poet train sample --minutes 2",
        "poet train tang --minutes 60",
        "poet train verses.txt --name mine",
        "poet train mine.txt --from tang",
        "poet train --resume",
    ),
)
@click.argument("corpus", nargs=-1, metavar="[CORPUS]...", shell_complete=complete_corpora)
@length(
    "--minutes", type=click.FloatRange(0, min_open=True), metavar="M", help="Train for M minutes."
)
@length(
    "--epochs", type=click.FloatRange(0, min_open=True), metavar="N", help="Read the text N times."
)
@length("--steps", type=click.IntRange(1), metavar="N", help="Train for N steps.")
@model("--name", metavar="NAME", help="Name the finished model; use it with poet write -m NAME.")
@model("--overwrite", is_flag=True, help="Replace a model of the same name.")
@model(
    "--preset",
    type=click.Choice(tuple(PRESETS)),
    default="small",
    show_default=True,
    metavar="SIZE",
    help="tiny, small, base or large: the size of the model and settings that suit it.",
)
@model(
    "--from",
    "base",
    metavar="MODEL",
    shell_complete=complete_models,
    help="Fine-tune MODEL, a name or a folder, on the text.",
)
@model(
    "--resume",
    is_flag=False,
    flag_value="latest",
    metavar="[RUN]",
    shell_complete=complete_runs,
    help="Resume a run, a folder or part of its name (default: the last unfinished one).",
)
@text(
    "--layout",
    default="auto",
    show_default=True,
    metavar="LAYOUT",
    help="How poems are arranged in the files: poems, stanzas, lines, table, json, jsonl, tei, "
    "stream or auto.",
)
@text(
    "--encoding",
    default="auto",
    show_default=True,
    metavar="NAME",
    help="Text encoding: utf-8, gb18030, big5 …",
)
@text(
    "--text-field",
    metavar="FIELD",
    help="Field of JSON, or column of a table, with the verse (default: found by name and look).",
)
@text("--title-field", metavar="FIELD", help="The same with the title.")
@text("--author-field", metavar="FIELD", help="The same with the author.")
@optimisation("--lr", type=float, metavar="RATE", help="Peak learning rate.")
@optimisation("--batch-size", type=int, metavar="N", help="Sequences trained side by side.")
@optimisation(
    "--window", type=int, metavar="N", help="Characters of backpropagation through time (BPTT)."
)
@optimisation("--dropout", type=float, metavar="P", help="Dropout rate (one mask per window).")
@optimisation("--clip", type=float, metavar="NORM", help="Clip the gradient norm to this.")
@optimisation("--seed", type=int, metavar="N", help="Random seed.")
@optimisation(
    "--set",
    "more",
    multiple=True,
    metavar="NAME=VALUE",
    help="Any other setting, for example weight_decay=0.1; may be repeated.",
)
@running(
    "--device",
    default="auto",
    show_default=True,
    metavar="DEVICE",
    help="cpu, cuda, mps or auto.",
)
@running(
    "--precision",
    type=click.Choice(["auto", "bf16", "fp32"]),
    default="auto",
    show_default=True,
    metavar="FORMAT",
    help="Number format of the matrix products: bf16, fp32 or auto.",
)
@running("--threads", type=click.IntRange(1), metavar="N", help="CPU threads (default: all).")
@running(
    "--eval-every",
    "--sample-every",
    "eval_every",
    aliases=("--sample-every",),
    type=click.IntRange(1),
    metavar="STEPS",
    help="Steps between evaluations; each prints a sample.",
)
@running("--save-every", type=click.IntRange(1), metavar="STEPS", hidden=True)
@running(
    "--progress",
    type=click.Choice(["auto", "bar", "lines", "json", "none"]),
    default="auto",
    show_default=True,
    metavar="STYLE",
    help="How progress is shown on stderr: bar, lines, json, none or auto.",
)
@running(
    "--runs",
    type=click.Path(path_type=Path),
    default=Path("runs"),
    show_default=True,
    metavar="FOLDER",
    help="Folder that holds the runs.",
)
@running("--dry-run", is_flag=True, help="Print the plan and stop.")
def train(corpus: tuple[str, ...], resume: str | None, threads: int | None, **options: Any) -> None:
    """Train a model on CORPUS: names from `poet corpus list`, files, folders, or - for stdin.

    Without CORPUS it trains on tang, and fetches it first. Ctrl-C saves and stops.
    """
    if threads:
        import torch

        torch.set_num_threads(threads)
    options |= settle(lambda: _budget(options))
    if options["base"] and _is_given("preset"):
        raise UsageError("with --from the model keeps its size", "leave out --preset, or --from")
    if resume:
        _refuse_changes(resume)
        code = resume_run(resume, options["runs"], options["progress"])
    else:
        code = start_run(corpus, **options)
    sys.exit(code)


def _budget(options: dict[str, Any]) -> dict[str, float | None]:
    """How long to train: at most one of minutes, epochs and steps."""
    names = ("minutes", "epochs", "steps")
    given = [name for name in names if _source(name) is not ParameterSource.DEFAULT]
    if len(given) > 1:
        raise NoEffect(
            f"--{given[0]} and --{given[1]} both say how long to train", "give one of them", *given
        )
    return {name: options[name] if name in given else None for name in names}


def start_run(
    texts: tuple[str, ...],
    *,
    name: str | None,
    overwrite: bool,
    base: str | None,
    runs: Path,
    progress: str,
    dry_run: bool,
    minutes: float | None,
    epochs: float | None,
    steps: int | None,
    more: tuple[str, ...],
    preset: str,
    layout: str,
    encoding: str,
    text_field: str | None,
    title_field: str | None,
    author_field: str | None,
    device: str,
    precision: str,
    **settings: Any,
) -> int:
    """Start a run and train it. Returns the exit code; `settings` are those of `TrainConfig`."""
    from poet.corpus.read import is_read_once
    from poet.registry import find_model
    from poet.runs import folders
    from poet.training.distributed import exit_together, process_group
    from poet.training.session import Session, TrainRequest

    with process_group() as processes:
        reporter = _reporter(progress, processes)
        if processes.world_size > 1 and any(map(is_read_once, texts)):
            raise UsageError("several processes cannot read one pipe", "put the text into a file")
        if not texts and base:
            raise UsageError(
                f"there is no text to train {base} on", f"name it: poet train FILE --from {base}"
            )
        if not texts:
            reporter.say("no text given: training on tang")
            texts = ("tang",)
            processes.on_rank0(lambda: _fetch_unless_here("tang", reporter))
        if name:
            _check_name(name, overwrite)
        request = TrainRequest(
            texts=texts,
            name=name or _default_name(texts),
            is_named=bool(name),
            preset=preset,
            settings=settings | dict(map(TrainConfig.parse, more)),
            budget=Budget(steps, epochs, minutes),
            base=find_model(base).resolve() if base else None,
            layout=layout,
            encoding=encoding,
            fields=Fields(text_field or "", title_field or "", author_field or ""),
            device=device,
            precision=precision,
            command=shlex.join(["poet", *sys.argv[1:]]),
        )
        session = Session.new(request, processes, reporter)
        if dry_run:
            reporter.plan(session, Path("(dry run: nothing is written)"))
            return exit_together(processes, 0)
        folder = processes.on_rank0(lambda: folders.new_folder(runs, request.name))
        try:
            return exit_together(processes, _train(session, folder, reporter))
        except InputError:
            if session.trainer is None and processes.is_main:  # nothing to resume
                shutil.rmtree(folder)
            raise


def resume_run(run: str, runs: Path, progress: str) -> int:
    """Resume a run from its last checkpoint. Returns the exit code.

    `run` is a folder, the name of a run or part of one, or `latest`.
    """
    from poet.runs import folders
    from poet.training.distributed import exit_together, process_group
    from poet.training.session import Session

    with process_group() as processes:
        reporter = _reporter(progress, processes)
        folder = processes.on_rank0(
            lambda: folders.latest_unfinished(runs) if run == "latest" else _run_folder(runs, run)
        )
        session = Session.resume(folder, processes, reporter)
        return exit_together(processes, _train(session, folder, reporter))


def _train(session: Session, folder: Path, reporter: Reporter) -> int:
    """Train until the run ends or is interrupted, then print the command to go on with."""
    processes = session.processes
    with (
        stop_on_signals(reporter.say, is_alone=processes.world_size == 1) as stop,
        reporter.training() as tell,
    ):
        for progress in session.steps(folder, stop):
            has_sample = progress.held_out and reporter.wants_samples
            tell(progress, session.sample() if has_sample else "")
        stopped = processes.any(stop())
    if stopped:
        reporter.say(f"saved step {session.step:,}. continue with: poet train --resume {folder}")
        return INTERRUPTED
    if processes.is_main:
        _finish(session, folder, reporter)
    return 0


def _finish(session: Session, folder: Path, reporter: Reporter) -> None:
    from poet.novelty.index import NoveltyIndex

    if session.is_base_best:
        reporter.say("no improvement on held-out text: the base model is kept")
    elif session.has_stopped_early:
        reporter.say("stopped early: the held-out loss rose; the model with the lowest is kept")
    reporter.say("evaluating on the held-out text…")
    for text_name, figure in session.finish().items():
        reporter.say(
            f"held out  {text_name}: {figure['loss']:.4f} nats/character, perplexity "
            f"{figure['perplexity']:.1f}, accuracy {100 * figure['accuracy']:.1f} %"
        )
    if not NoveltyIndex.read(folder):
        reporter.say("the text has no index: copied lines will not be recognised")
    model_name = session.plan.name if session.plan.named else folder
    reporter.say(f"done. write with: poet write -m {model_name}")


def _reporter(kind: str, processes: Distributed) -> Reporter:
    """The reporter of this process; of several processes only the first one reports."""
    from poet.cli.progress import reporter

    return reporter(kind if processes.is_main else "none")


def _default_name(texts: tuple[str, ...]) -> str:
    return "-".join(Path(text).stem or "text" for text in texts).replace(" ", "-")[:LONGEST_NAME]


def _check_name(name: str, overwrite: bool) -> None:
    from poet.collection.manage import check_name
    from poet.objects import MODEL_FILE
    from poet.paths import models

    check_name(name)
    if (models() / name / MODEL_FILE).exists() and not overwrite:
        raise UsageError(
            f"there is already a model called {name}", "choose another --name, or add --overwrite"
        )


def _fetch_unless_here(name: str, reporter: Reporter) -> None:
    from poet.corpus import catalogue
    from poet.corpus.fetch import fetch

    if not catalogue.is_fetched(name):
        reporter.say(f"fetching {name}; without a network: poet train sample")
        fetch(catalogue.find(name), catalogue.folder(name))


def _run_folder(runs: Path, name: str) -> Path:
    from poet.runs.folders import find

    if Path(name).name == name:
        return find(runs, name)
    if not Path(name).is_dir():
        hint = "poet train --resume takes the last unfinished run; poet runs list shows all"
        raise InputError(f"there is no run {name}", hint)
    return Path(name)


def _source(name: str) -> ParameterSource | None:
    return click.get_current_context().get_parameter_source(name)


def _is_given(name: str) -> bool:
    return _source(name) is ParameterSource.COMMANDLINE


def _refuse_changes(resume: str) -> None:
    """Refuse options that would change a run on resume."""
    changes = [
        parameter.opts[0]
        for parameter in click.get_current_context().command.params
        if parameter.name not in ("resume", "progress", "runs") and _is_given(str(parameter.name))
    ]
    if changes:
        subject = changes[0] if changes[0].startswith("-") else "the text"
        run = "" if resume == "latest" else f" {resume}"
        raise UsageError(f"{subject} cannot be changed on resume", f"poet train --resume{run}")
