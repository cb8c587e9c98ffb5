"""All benchmarks, or some, on this machine; then their figures beside those of a saved run.

    python -m benchmarks                                what takes minutes: 2½ hours in all
    python -m benchmarks training_speed writing_speed   some
    python -m benchmarks --long                         those of hours too
    python -m benchmarks --compare-only --results FOLDER

Each is a process of its own and writes its JSON file; where there is a GPU, training speed is
measured on it too. What two machines measure can be compared as ratios within a run alone: the
machines are named above the table.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from .common import RESULTS, ROOT, environment, launch, say, show

FORMS = ("五絕", "七絕", "五律", "七律")
Path_ = tuple[str, ...]  # into a file of results


@dataclass(frozen=True)
class Benchmark:
    """One module, how it is called, and which of its figures count."""

    name: str
    minutes: float  # on two cores
    figures: dict[str, Path_]  # what they are called -> where they stand in its file
    words: tuple[str, ...] = ()
    variant: str = ""
    on_gpu: bool = False

    @property
    def kept_run_by_run(self) -> bool:
        """Whether it goes on where an earlier call was broken off."""
        return self.name in LONG

    @property
    def file(self) -> str:
        return f"{self.name}{self.variant and '_' + self.variant}.json"


def _speeds() -> dict[str, Path_]:
    return {
        "training, characters/s": ("poet", "characters_per_second"),
        "training, share of the matrix rate": ("poet", "share_of_matrix_rate"),
        "training, times a plain loop": ("poet_to_plain",),
    }


ALL = (
    Benchmark(
        "writing_speed", 8,
        {
            "poet write, seconds": ("medians", "poet write 明月 --form 七絕"),
            "poet write, of import torch": ("write_to_import_torch",),
            "steered 七絕 a second": ("poems_per_second", "poet"),
            "steered 七絕, times a plain torch loop": ("poet_to_plain",),
        },
    ),
    Benchmark("training_speed", 3, _speeds()),
    Benchmark(
        "training_speed", 3, _speeds(), ("--device", "cuda", "--preset", "large"), "cuda", True
    ),
    Benchmark(
        "growth", 5,
        {"encoding 100 MB, seconds": ("rows", "encode a text (1 MB)", "2", "seconds")},
    ),
    Benchmark("memory", 20, {"1 GB of text, MB above torch": ("more_resident",)}, variant="poems"),
    Benchmark("kills", 2, {"killed runs that end alike": ("alike",)}),
    Benchmark("unicode_prompts", 3, {"Unicode prompts, wrong": ("exit_codes", "wrong")}),
    Benchmark(
        "human_prosody", 0.5,
        {"people's 七絕 right, %": ("rates", "七絕", "rhyme_and_strict")},
    ),
    Benchmark("tunes", 0.2, {}),
    Benchmark(
        "steering", 30,
        {f"steered {form}, {what}": ("forms", form, key)
         for form in FORMS for what, key in (("right", "right"), ("distinct-2", "distinct_2"))},
    ),
    Benchmark("conditions", 5, {"all conditions, nats": ("given", "all three", "difference")}),
    Benchmark("fine_tuning", 25, {}),
    Benchmark("gradient_reach", 30, {}),
    Benchmark("peers", 130, {}, ("--search",), "tang"),
    Benchmark("scaling", 100, {}, variant="tang"),
)  # fmt: skip
LONG = ("peers", "scaling")


def find(data: Any, path: Path_) -> float | None:
    """The figure that stands there; the median of several; None where there is none."""
    for step in path:
        try:
            data = data[int(step)] if isinstance(data, list) else data[step]
        except (LookupError, ValueError, TypeError):
            return None
    if isinstance(data, list) and data and all(isinstance(one, int | float) for one in data):
        return float(statistics.median(data))
    return float(data) if isinstance(data, int | float) else None


def compared(
    chosen: Sequence[Benchmark], before: Path, now: Path
) -> Iterator[tuple[str, float, float, float]]:
    """Name, saved figure, new figure, and their ratio, of what both have."""
    for one in chosen:
        files = [folder / one.file for folder in (before, now)]
        if not all(file.is_file() for file in files):
            continue
        old, new = (json.loads(file.read_text("utf-8")) for file in files)
        for name, path in one.figures.items():
            a, b = find(old, path), find(new, path)
            if a is not None and b is not None:
                yield name + (" (GPU)" if one.on_gpu else ""), a, b, b / a if a else float("nan")


def machines(folder: Path) -> str:
    """Where and when the results of a folder were made."""
    found = [json.loads(file.read_text("utf-8")) for file in sorted(folder.glob("*.json"))]
    made = {f"{one.get('machine', '?')}, {one.get('date', '?')[:10]}" for one in found}
    return "; ".join(sorted(made)) or "nothing"


def run(chosen: Sequence[Benchmark], results: Path) -> list[str]:
    """Run them one after another; the names of those that failed."""
    failed = []
    results.mkdir(parents=True, exist_ok=True)
    for number, one in enumerate(chosen, 1):
        say(f"{number} of {len(chosen)}: {one.name}, about {one.minutes:g} minutes")
        began = time.perf_counter()
        words = [sys.executable, "-m", f"benchmarks.{one.name}", *one.words, "--results"]
        if one.kept_run_by_run:
            done = subprocess.run([*words, str(results)], cwd=ROOT, env=environment())
        else:  # what an earlier call left is no result of this one
            (results / one.file).unlink(missing_ok=True)
            with tempfile.TemporaryDirectory(dir=results) as folder:
                done = subprocess.run([*words, folder], cwd=ROOT, env=environment())
                for made in Path(folder).glob(f"{one.name}*.json"):
                    made.replace(results / one.file)
        say(f"{one.name}: {(time.perf_counter() - began) / 60:.1f} minutes")
        if done.returncode:
            failed.append(one.name)
    return failed


def choice(names: Sequence[str], long: bool) -> list[Benchmark]:
    """Those that were named; by default all that take minutes, and that this machine can run."""
    import torch

    known = {one.name for one in ALL}
    if wrong := [name for name in names if name not in known]:
        raise click.UsageError(f"there is no benchmark {wrong[0]}; there are {' '.join(known)}")
    return [
        one
        for one in ALL
        if (one.name in names if names else long or one.name not in LONG)
        and (not one.on_gpu or torch.cuda.is_available())
    ]


@click.command(
    help=(__doc__ or "").replace("    python", "\b\n    python", 1),
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.argument("names", nargs=-1, metavar="[NAME]...")
@click.option("--long", is_flag=True, help="Those that take hours too.")
@click.option(
    "--results",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path("runs/benchmarks"),
    show_default=True,
    help="Folder for the JSON files.",
)
@click.option(
    "--compare",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    default=RESULTS,
    help="The saved run to be compared with; benchmarks/results by default.",
)
@click.option("--compare-only", is_flag=True, help="Run nothing, compare what is there.")
def main(
    names: tuple[str, ...], long: bool, results: Path, compare: Path, compare_only: bool
) -> None:
    chosen = choice(names, long)
    failed = [] if compare_only else run(chosen, results.resolve())
    click.echo(f"saved: {machines(compare)}")
    click.echo(f"now:   {machines(results)}")
    show("compared with the saved run", ("", "saved", "now", "now / saved"),
         compared(chosen, compare, results))  # fmt: skip
    if failed:
        click.echo(f"ended with a code other than 0: {', '.join(failed)}")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    launch(main)
