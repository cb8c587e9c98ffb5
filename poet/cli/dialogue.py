"""The dialogue of `poet duet`: what is shown, what is typed, and what it does.

The dialogue is on stderr, so that stdout has the poem and nothing else.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import dataclass
from pathlib import Path
from threading import Event
from typing import TypeVar

from prompt_toolkit import PromptSession
from prompt_toolkit.output import create_output

from poet.cli.signals import Terminated, hang_up_as_terminated, undisturbed
from poet.errors import FormNotReached, PoetError, UsageError
from poet.generation.duet import Duet, Proposal
from poet.generation.smc import Particles, Watch
from poet.render.export import check_path, save
from poet.render.terminal import Terminal, note, print_poem, print_text

T = TypeVar("T")
HELP = """\
1 2 3     take this proposal
e 2       edit proposal 2, and take it
r         other proposals
u         undo the last step
f         let poet finish the poem
s [FILE]  save the poem so far: .txt .md .html .json .jsonl .svg .png
q         quit; the poem is saved or printed
?         this help
Anything else is a line of your own. It is checked, and taken even if it breaks the form."""
PLACEHOLDER = "a number or a line of your own; r f u e s q, ? explains"
AT_THE_END = "s saves, u goes back, q quits"
_COMMAND = re.compile(
    r"(?P<number>\d+)|e ?(?P<edited>\d+)|(?P<letter>[efqrsu?])|s +(?P<file>\S.*)",
    re.ASCII | re.IGNORECASE,
)
# Input methods for Chinese type digits and question marks in full width
_NARROW = str.maketrans("０１２３４５６７８９？\u3000", "0123456789? ")
POLL = 0.1  # seconds; on Windows no wait without an end hears Ctrl-C


class Stopped(Exception):
    """Ends the writing of lines that nobody waits for any more."""


@dataclass(frozen=True, slots=True)
class Turn:
    """The poem so far, with the proposals for its next line; None before poet was asked."""

    duet: Duet
    proposals: tuple[Proposal, ...] | None = None


class Dialogue:
    """A duet at the terminal; `file` is where the poem goes at the end, else to stdout."""

    def __init__(self, duet: Duet, file: Path | None = None) -> None:
        self.turn, self.file = Turn(duet), file
        self.saved_as = file  # by s, where it names no file
        self.past: list[Turn] = []
        self.typed = ""  # a line that could not be taken, to be mended
        self.screen = Terminal.of(sys.stderr, os.environ)
        self.output = create_output(sys.stderr)
        self.prompt: PromptSession[str] = PromptSession(output=self.output)
        # One thread: what was stopped ends before the next begins
        self.pool = ThreadPoolExecutor(1, "duet")

    def run(self) -> None:
        """Write until the user quits. The poem is kept also where this raises."""
        try:
            with hang_up_as_terminated():
                while True:
                    self._show()
                    if not self._answer():
                        return
        finally:
            with undisturbed():
                self._keep()

    # What is shown

    def _show(self) -> None:
        """The poem so far, and the proposals for its next line, which are made now."""
        duet = self.turn.duet
        if duet.lines:
            self._say("")
            print_poem(duet.poem, self.screen)
        if not duet.is_finished and self.turn.proposals is None:
            proposals = self._written(lambda watch: duet.propose(watch=watch))
            self.turn = Turn(duet, tuple(proposals or ()))
        self._say("")
        if duet.is_finished:
            note("\n".join(filter(None, (duet.verdict, f"{duet.remark}; {AT_THE_END}"))))
            return
        note(duet.remark)
        for number, proposal in enumerate(self.turn.proposals or (), 1):
            self._say(f"  {number}  {proposal.line.strip()}")

    def _say(self, text: str) -> None:
        print_text(text, self.screen)

    def _refuse(self, error: PoetError) -> None:
        note("; ".join(filter(None, (error.message, error.hint))))

    # What is typed

    def _answer(self) -> bool:
        """Read what the user wants until something has changed; False where they quit."""
        while True:
            before = self.turn
            try:
                typed = self._read("> ", self.typed, PLACEHOLDER)
            except EOFError:
                return False
            self.typed = ""
            try:
                if not self._obey(typed):
                    return False
            except (PoetError, OSError) as error:
                self._refuse(error if isinstance(error, PoetError) else _of_system(error))
            if self.turn is not before:
                return True

    def _read(self, question: str, default: str = "", placeholder: str = "") -> str:
        return self.prompt.prompt(question, default=default, placeholder=placeholder)

    def _obey(self, typed: str) -> bool:
        """Do what was typed; False where it is to quit. Raises what the user can mend."""
        if not typed.strip():
            return True
        found = _COMMAND.fullmatch(typed.translate(_NARROW).strip())
        if not found:
            self._take(typed)
        elif found["number"]:
            self._go(self.turn.duet.take(self._proposal(found["number"])))
        elif found["edited"]:
            self._edit(self._proposal(found["edited"]))
        elif found["file"]:
            self._save(Path(typed.strip()[1:].strip()).expanduser())
        else:
            return self._command(found["letter"].lower())
        return True

    def _command(self, letter: str) -> bool:
        duet = self.turn.duet
        if letter == "q":
            return False
        if letter == "u":
            self._undo()
        elif letter == "r" and not duet.is_finished:
            self._go(duet.refuse(self.turn.proposals or ()))
        elif letter == "f" and not duet.is_finished:
            self._finish()
        elif letter == "s":
            self._save(self.saved_as)
        elif letter == "e":
            raise UsageError("which proposal is to be edited?", "type its number too: e 2")
        elif letter == "?":
            self._say(HELP)
        else:
            raise UsageError("the poem is whole", AT_THE_END)
        return True

    def _proposal(self, number: str) -> Proposal:
        proposals = self.turn.proposals or ()
        if not 1 <= (chosen := int(number[:9])) <= len(proposals):
            hint = "r makes others" if not self.turn.duet.is_finished else AT_THE_END
            raise UsageError(f"there is no proposal {number}", hint)
        return proposals[chosen - 1]

    # What it does

    def _go(self, duet: Duet) -> None:
        """Go on with this; u comes back to what was before."""
        self.past.append(self.turn)
        self.turn = Turn(duet)

    def _take(self, typed: str) -> None:
        """Take the user's own line, and say how it breaks the form, if it does."""
        before = self.turn.duet
        try:
            duet = before.take(typed)
            faults = [fault for fault in duet.broken if fault not in before.broken]
        except PoetError:
            self.typed = typed
            raise
        self._go(duet)
        if faults:
            note(f"{'; '.join(faults)}. It is taken all the same; u takes it back")

    def _edit(self, proposal: Proposal) -> None:
        line = proposal.line.strip()
        try:
            edited = self._read("edit> ", line)
        except (EOFError, KeyboardInterrupt):
            return
        if edited.strip() == line:
            self._go(self.turn.duet.take(proposal))
        elif edited.strip():
            self._take(edited)

    def _undo(self) -> None:
        if self.past:
            self.turn = self.past.pop()
        elif self.turn.duet.lines:  # of the prompt
            self.turn = Turn(self.turn.duet.undo())
        else:
            raise UsageError("there is nothing to undo")

    def _finish(self) -> None:
        duet = self.turn.duet
        finished = self._written(lambda watch: duet.finish(watch=watch))
        if finished is duet or (finished and finished.lines == duet.lines):
            note("poet would end the poem here")
        elif finished:
            self._go(finished)

    def _written(self, work: Callable[[Watch], T]) -> T | None:
        """What poet writes on the other thread; None where it finds nothing or is stopped."""
        stop = Event()

        def watch(particles: Particles) -> None:
            if stop.is_set():
                raise Stopped

        try:
            self.output.write("writing … (Ctrl-C stops)")
            self.output.flush()
            future = self.pool.submit(work, watch)
            while not wait([future], POLL).done:
                pass
            return future.result()
        except Terminated:
            raise
        except KeyboardInterrupt:
            error: PoetError = UsageError(
                "stopped", "r makes proposals, f finishes, or type a line"
            )
        except FormNotReached as not_reached:
            error = not_reached
        finally:
            stop.set()
            self.output.write_raw("\r")
            self.output.erase_end_of_line()
            self.output.flush()
        self._refuse(error)
        return None

    # Where the poem goes

    def _save(self, file: Path | None) -> None:
        """Write the poem so far. Raises `PoetError` and `OSError` where that is not possible."""
        duet = self.turn.duet
        if not file:
            raise UsageError("there is no file to save to", "name one: s poem.md")
        if not duet.lines:
            raise UsageError("there is no line to save yet")
        check_path(file)
        written = save(file, [duet.poem], [duet.facts])
        self.saved_as = file
        note(f"written: {', '.join(map(str, written))}")

    def _keep(self) -> None:
        """Save or print the poem, whole or not; one that cannot be saved is printed."""
        duet, out = self.turn.duet, Terminal.of(sys.stdout, os.environ)
        if not duet.lines:
            return
        self._say("")
        try:
            if self.file:
                self._save(self.file)
            else:
                print_poem(duet.poem, out)
        except (PoetError, OSError):
            if self.file:
                print_poem(duet.poem, out)
            raise
        own = ", ".join(map(str, duet.own_lines)) or "none"
        note(f"model {duet.facts['model']}, seed {duet.seed}; your own lines: {own}")


def _of_system(error: OSError) -> PoetError:
    place = f"{error.filename}: " if error.filename else ""
    return PoetError(f"{place}{error.strerror or error}", "name another file: s poem.md")
