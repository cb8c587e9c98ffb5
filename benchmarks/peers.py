"""Train poet and its peers on one text for equal processor time: a GPT, and a plain poem LSTM.

On verse the GPT runs twice: plainly (`gpt`), and with poet's auxiliary losses (`gpt_asked`), which
separates the architecture from what it is trained to predict.

All share the text and its split. Each run is a process on one core with one thread, and its
learning rate schedule ends with it. Runs already in the results are not repeated, so a broken-off
comparison can be resumed by the same command. Where several settings were run for one length, the
best counts, and the table says how many there were. `draw` plots the results.
"""

from __future__ import annotations

import json
import math
import sys
from pathlib import Path
from typing import Any

import click

import poet
from benchmarks.common import ROOT, launch, results_option, say, show
from benchmarks.runs import Book, all_cores, best_of, by_length, numbers, show_plan, work_off
from benchmarks.sides import SIDES, Job, defaults, settings_in_short
from poet.characters import is_chinese
from poet.dataset.prepare import prepare
from poet.files import write_atomically
from poet.runs.config import TrainConfig

# Sides of one number of parameters; the size of the reference is part of its design
EQUAL_SIZE = ("poet", "gpt", "gpt_asked")
STYLES = {  # colour, marker and label of each side
    "poet": ("#b5322a", "o", "poet (LSTM)"),
    "gpt": ("#2459a6", "s", "GPT"),
    "gpt_asked": ("#6fa3d8", "D", "GPT with poet's auxiliary losses"),
    "reference": ("#6b6b6b", "^", "the best-known PyTorch poem LSTM"),
}


def changes(
    context: click.Context, option: click.Parameter, values: tuple[str, ...]
) -> dict[str, float]:
    """`lr=0.003` as a name and a number."""
    found = {}
    for value in values:
        name, _, number = value.partition("=")
        try:
            found[name] = float(number)
        except ValueError:
            raise click.BadParameter("a name and a number, for example lr=0.003") from None
    return found


def changed(settings: dict[str, Any], by: dict[str, float]) -> dict[str, Any]:
    """The settings of a side with some changed, each in its own type."""
    if unknown := [name for name in by if name not in settings]:
        raise click.BadParameter(
            f"there is no setting {unknown[0]}; there are {', '.join(settings)}"
        )
    return settings | {name: type(settings[name])(number) for name, number in by.items()}


def names(context: click.Context, option: click.Parameter, value: str) -> tuple[str, ...]:
    """`poet,gpt` as names of sides."""
    found = tuple(dict.fromkeys(part.strip() for part in value.split(",")))
    if unknown := [side for side in found if side not in SIDES]:
        raise click.BadParameter(f"there is no side {unknown[0]}; there are {', '.join(SIDES)}")
    return found


@click.group(help=__doc__, invoke_without_command=True)
@click.option("--text", default="tang", show_default=True, help="Of the catalogue, or a file.")
@click.option("--name", help="Name of the results; the text's by default.")
@click.option(
    "--minutes",
    default="5,15,45",
    show_default=True,
    callback=numbers,
    help="Processor time of each run.",
)
@click.option(
    "--characters",
    default="1000000",
    show_default=True,
    callback=numbers,
    help="Also runs that end after so many characters, for sides of equal size.",
)
@click.option("--sides", default=",".join(SIDES), show_default=True, callback=names)
@click.option("--like", help="A model whose size and settings poet has, and the GPT its size.")
@click.option("--set", "set_to", multiple=True, callback=changes, help="As lr=0.003, for all.")
@click.option("--seeds", default="1", show_default=True, callback=numbers)
@click.option("--cores", default="", callback=numbers, help="As 1,2; all cores by default.")
@click.option("--plan", "only_plan", is_flag=True, help="List the missing runs, and stop.")
@results_option
@click.pass_context
def main(
    context: click.Context, text: str, name: str | None, minutes: tuple[float, ...],
    characters: tuple[float, ...], sides: tuple[str, ...], like: str | None,
    set_to: dict[str, float],
    seeds: tuple[float, ...], cores: tuple[float, ...], only_plan: bool, results: Path,
) -> None:  # fmt: skip
    if context.invoked_subcommand:
        return
    if 0 in minutes + characters:
        raise click.UsageError("a run must be longer than 0")
    dataset = prepare([text], notify=say)
    facts = {
        "text": Path(text).name,
        "fingerprint": dataset.fingerprint,
        "kind": dataset.facts["kind"],
        "characters_of_text": int(dataset.facts["counts"]["characters"]),
    }
    book = Book.open("peers", name or Path(text).stem, results, facts)
    given = poet.load(like).checkpoint.info.settings if like else None
    settings = TrainConfig.from_json(dict(given)) if given else None
    has_rhymes = not dataset.is_stream and is_chinese(dataset.tokenizer.characters)
    start = {
        side: changed(defaults(side, dataset, settings), set_to)
        for side in sides
        if side != "gpt_asked" or has_rhymes  # there are none to ask for
    }
    jobs = planned(start, minutes, tuple(map(int, characters)), tuple(map(int, seeds)))
    places = [int(core) for core in cores] or all_cores()
    if only_plan:
        show_plan(jobs, book, len(places))
        return
    failed = work_off(book, dataset.folder, jobs, places)
    report(book)
    say(f"the runs are in {book.path}")
    sys.exit(1 if failed else 0)


def planned(
    start: dict[str, dict[str, Any]],
    minutes: tuple[float, ...],
    characters: tuple[int, ...],
    seeds: tuple[int, ...],
) -> list[Job]:
    """All runs, the longest first, so that no core waits for another at the end."""
    jobs = [
        Job(side, settings, length, seed=seed)
        for length in sorted(minutes, reverse=True)
        for side, settings in start.items()
        for seed in seeds
    ]
    return jobs + [
        Job(side, start[side], reads=count, seed=seed)
        for count in characters
        for side in EQUAL_SIZE
        if side in start
        for seed in seeds
    ]


@main.command()
@click.argument("name", default="tang")
@click.option(
    "-o",
    "--output",
    type=click.Path(dir_okay=False, path_type=Path),
    help="docs/peers-NAME.svg by default; the suffix selects the format.",
)
@results_option
def draw(name: str, output: Path | None, results: Path) -> None:
    """Plot the loss of the runs on a text against processor time and characters."""
    source = results / f"peers_{name}.json"
    if not source.exists():
        raise click.ClickException(f"{source} does not exist: measure first, with --name {name}")
    output = output or ROOT / "docs" / f"peers-{name}.svg"
    plot(json.loads(source.read_text("utf-8")), output)
    say(f"written: {output}")


def report(book: Book) -> None:
    """Print the best run of each length, and every run where several settings were tried."""
    header = ("", "nats", "bits", "perplexity", "right, %", "CPU s", "wall s", "characters",
              "parameters", "settings", "of")  # fmt: skip
    found = by_length(book.runs)
    order = sorted(found, key=lambda one: (one[1] or math.inf, one[2] or 0, [*SIDES].index(one[0])))
    if order:
        held = best_of(found[order[0]])["held_out"]
        title = f"{book.facts['text']}: {held['characters']:,} held-out characters"
        show(title, header, [_row(found[length]) for length in order])
    rows = [
        (run["side"], _length(run), settings_in_short(run["settings"]), run["sample_loss"])
        for length in order
        if len(found[length]) > 1
        for run in found[length]
    ]
    if rows:
        title = "all settings tried, on a sample of the held-out text"
        show(title, ("", "length", "settings", "nats"), rows)


def _length(run: dict[str, Any]) -> str:
    return Job(run["side"], minutes=run["minutes"], reads=run["reads"]).length


def _row(tried: list[dict[str, Any]]) -> tuple[object, ...]:
    run = best_of(tried)
    held = run["held_out"]
    seed = f", seed {run['seed']}" if run["seed"] != 1 else ""
    return (
        f"{_length(run)}, {run['side']}{seed}", held["loss"], held["loss"] / math.log(2),
        held["perplexity"], 100 * held["accuracy"], run["cpu_seconds"], run["wall_seconds"],
        run["characters"], run["parameters"], settings_in_short(run["settings"]), len(tried),
    )  # fmt: skip


def plot(results: dict[str, Any], output: Path) -> None:
    """Loss against processor time and against characters: a thin line for each run, a thick one
    through the points at which runs end."""
    import matplotlib as mpl
    from matplotlib.figure import Figure

    panels = (
        ("cpu_seconds", 60.0, "minutes of processor time, one core"),
        ("characters", 1e6, "million characters read"),
    )
    with mpl.rc_context({"font.size": 11, "svg.hashsalt": "poet"}):  # the same file every time
        figure = Figure(figsize=(10, 4.6), facecolor="white", layout="constrained")
        axes = figure.subplots(1, 2, sharey=True)
        for one, (what, unit, label) in zip(axes, panels, strict=True):
            for side, (colour, marker, name) in STYLES.items():
                lengths = by_length([r for r in results["runs"] if r["side"] == side])
                runs = [best_of(tried) for length, tried in lengths.items() if length[1]]
                for run in runs:
                    way = [(p[what] / unit, p["loss"]) for p in run["points"] if p["loss"]]
                    one.plot(*zip(*way, strict=True), color=colour, linewidth=0.9, alpha=0.55)
                if ends := sorted((run[what] / unit, run["held_out"]["loss"]) for run in runs):
                    one.plot(*zip(*ends, strict=True), color=colour, marker=marker,
                             linewidth=1.8, label=name)  # fmt: skip
            one.set(xscale="log", xlabel=label)
            one.xaxis.set_major_formatter("{x:g}")
            one.grid(color="#dddddd", linewidth=0.6)
            one.spines[["top", "right"]].set_visible(False)
        axes[0].set_ylabel("nats per character, held out")
        minutes = sorted({run["minutes"] for run in results["runs"] if run["minutes"]})
        axes[0].set_xticks([*(t for t in (0.1, 1) if t < minutes[0]), *minutes])
        figure.legend(*axes[0].get_legend_handles_labels(), frameon=False,
                      loc="outside lower center", ncols=2)  # fmt: skip
        machine = f"{results['text']}, one thread of {results['machine']}, {results['date'][:10]}"
        figure.suptitle(f"{machine}\nmarkers: end of a run; lines: its course", fontsize=10)
        kind = output.suffix.removeprefix(".") or "svg"
        still = {"Date": None} if kind == "svg" else None
        write_atomically(
            output, lambda path: figure.savefig(path, format=kind, dpi=130, metadata=still)
        )


if __name__ == "__main__":
    launch(main)
