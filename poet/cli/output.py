"""Output of `poet write`: poems in the terminal, as JSON, or in a file."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

from poet.cli.options import ABOUT_THE_POEM, SHOWN
from poet.errors import NoEffect, PoetError
from poet.generation.assessment import WrittenPoem
from poet.render import record
from poet.render.draft import DraftDisplay, can_be_redrawn
from poet.render.layout import Layout
from poet.render.terminal import Terminal, note, print_poem, print_text, stream_poem


@dataclass(frozen=True, kw_only=True)
class Output:
    """Where poems are written, and in which layout. Poems go to stdout, remarks to stderr.

    Raises `UsageError` for options that exclude each other, and for a file of an unknown kind;
    `InputError` for one whose folder does not exist.
    """

    layout: Layout | None = None  # lines, and of a card what suits the poem
    show: tuple[str, ...] = ()  # some of SHOWN
    as_json: bool = False
    as_jsonl: bool = False
    file: Path | None = None
    font: str | None = None  # of a card
    streams: bool = True  # on a terminal, characters are printed as they come

    def __post_init__(self) -> None:
        if self.as_json and self.as_jsonl:
            raise NoEffect(
                "--json and --jsonl exclude each other", "give one of them", "as_json", "as_jsonl"
            )
        if self.file and self._is_data:
            raise NoEffect(
                f"{'--json' if self.as_json else '--jsonl'} has no effect on a file",
                "the file's name says its format: .json or .jsonl",
                "as_json",
                "as_jsonl",
                "output",
            )
        if self.layout not in (None, "lines") and (
            self._is_data or (self.file and not self._is_card)
        ):
            raise NoEffect(
                "--layout affects the terminal and cards only, not other files or JSON",
                "leave it out",
                "layout",
            )
        if self.layout == "couplets" and self._is_card:
            raise NoEffect(
                "a card is not set in couplets", "use --layout lines or vertical", "layout"
            )
        if self.font and not self._is_card:
            raise NoEffect("--font affects cards only", "add -o poem.svg or poem.png", "font")
        if self._marks and (self._is_data or (self.file and not self._can_be_marked)):
            raise NoEffect(
                f"--show {','.join(self._marks)} affects the terminal, .txt, .md and .html only",
                "leave it out; poet scan --json gives tones and rhymes as data",
                "show",
            )
        if self._marks and self.layout not in (None, "lines"):
            raise NoEffect(
                f"--show {','.join(self._marks)} needs the layout lines",
                "leave --layout out",
                "layout",
                "show",
            )
        if self.file:
            from poet.render.export import check_path

            check_path(self.file)
        if self.font:
            from poet.render.card.fonts import check_font

            check_font(self.font)

    def check_writes(self, *, chinese: bool) -> None:
        """Raise `UsageError` for what only Chinese verse can have, of a model that writes none."""
        if chinese:
            return
        if self.layout == "vertical":
            raise NoEffect(
                "--layout vertical is for Chinese, and this model writes in letters",
                "leave it out, or use --layout couplets",
                "layout",
            )
        if self._marks:
            raise NoEffect(
                f"--show {','.join(self._marks)} is for Chinese, and this model writes in letters",
                "leave it out; poet scan shows the metre and rhymes of a poem",
                "show",
            )

    @property
    def _is_card(self) -> bool:
        if not self.file:
            return False
        from poet.render.export import is_card

        return is_card(self.file)

    @property
    def _can_be_marked(self) -> bool:
        """Whether the file can have marks beside the characters."""
        return bool(self.file and self.file.suffix.lower() in (".txt", ".md", ".html"))

    @property
    def _is_data(self) -> bool:
        """Whether stdout holds JSON; the remarks on single poems are then left out."""
        return self.as_json or self.as_jsonl

    @property
    def _marks(self) -> list[str]:
        """The marks to show beside the characters."""
        return [mark for mark in SHOWN if mark in self.show and mark not in ABOUT_THE_POEM]

    def draft_display(self) -> DraftDisplay | None:
        """What shows poems while they are written; None where nobody would see it."""
        out = _terminal(sys.stdout)
        shows = self.streams and not self.file and not self._is_data
        return DraftDisplay(out) if shows and can_be_redrawn(out, os.environ) else None

    def print_all(
        self,
        poems: Iterable[WrittenPoem],
        rerun: Callable[[int], str],
        display: DraftDisplay | None = None,
    ) -> None:
        """Print the poems as they come, each with its summary; after the last, `rerun(seed)`.

        `display` shows drafts meanwhile; each poem takes their place. Poems written before an
        error are printed or saved all the same.
        """
        finished: list[WrittenPoem] = []
        last: WrittenPoem | None = None
        try:
            for written in poems:
                if display:
                    display.clear()
                self._print(written)
                if self.file or self.as_json:  # these are written when all are finished
                    finished.append(written)
                last = written
        finally:
            if display:
                display.clear()
            if finished:
                self._write_all(finished)
            if last and not self._is_data:
                self.note(f"again: {rerun(last.seed)}")

    def _print(self, written: WrittenPoem) -> None:
        if self.as_jsonl:
            _out(record.to_jsonl(record.poem_record(written.poem, **written.facts)))
        if self._is_data:
            return
        if len(written.request.samplings) > 1:
            self.note(f"temperature {written.sampling.temperature:g}")
        if not self.file:
            if written.number:
                _out("")
            self._print_poem(written)
        self.note(written.summary)
        if "gloss" in self.show and written.verdict:
            from poet.prosody.described import verdict_in_english

            self.note(f"in English: {verdict_in_english(written.verdict)}")
        if "novelty" in self.show:
            self.note(written.novelty_summary)
        if "ranking" in self.show:
            self.note(written.ranking_summary)

    def _print_poem(self, written: WrittenPoem) -> None:
        """Print a poem while it is written, if possible, or once it is finished."""
        out, chinese = _terminal(sys.stdout), written.generation.is_chinese
        if self._marks:
            from poet.render.annotated import format_annotated

            _out(format_annotated(written.poem, written.scan, self._marks, out.row_width))
        elif (
            out.tty
            and self.streams
            and self.layout in (None, "lines")
            and (written.script == "hant" or not chinese)
        ):
            stream_poem(
                written,
                out,
                chinese=chinese,
                title=written.asked.shown_title,
                author=written.signature,
                indents=written.indents,
            )
        else:
            print_poem(written.poem, out, self.layout or "lines")

    def _write_all(self, finished: list[WrittenPoem]) -> None:
        """Write all poems to the file, or print them as one JSON object."""
        poems, facts = [each.poem for each in finished], [each.facts for each in finished]
        if self.file:
            from poet.render.card.saving import Look
            from poet.render.export import save

            layout = self.layout if self.layout != "couplets" else None
            try:
                look = Look(layout=layout or "auto", font=self.font)
                scans = [each.scan for each in finished]
                written = save(self.file, poems, facts, look, marks=self._marks, scans=scans)
            except PoetError:  # the poems are not lost
                for poem in poems:
                    print_poem(poem, _terminal(sys.stdout), "lines")
                raise
            self.note(f"written: {', '.join(map(str, written))}")
        else:
            pairs = zip(poems, facts, strict=True)
            _out(record.to_json([record.poem_record(poem, **more) for poem, more in pairs]))

    def note_choice(self, text: str) -> None:
        """Which model writes, for a person at a terminal; the line `again` names it for all."""
        if not self._is_data and _terminal(sys.stdout).tty and _terminal(sys.stderr).tty:
            self.note(text)

    def note(self, text: str) -> None:
        """A remark, on stderr."""
        note(text, _terminal(sys.stderr))


def _out(text: str) -> None:
    print_text(text, _terminal(sys.stdout))


def _terminal(stream: TextIO) -> Terminal:
    return Terminal.of(stream, os.environ)
