"""Work for visitors that writes: poems of a request, told as events."""

from __future__ import annotations

import time
from collections.abc import Iterator
from threading import Lock

from poet.characters import is_chinese
from poet.generation.assessment import WrittenPoem, compose
from poet.generation.request import WriteRequest
from poet.generation.smc import Particles
from poet.generation.writer import Writer
from poet.scripts import Script, convert
from poet.web.answers import record
from poet.web.desk import Job
from poet.web.shelf import Shelf

EVERY = 0.08  # seconds between drafts


def write_poems(job: Job, shelf: Shelf, request: WriteRequest, script: Script) -> None:
    """Write the poems of a request: `started`, `remark`, `draft`, `text`, `poem`."""
    drafts, writer = Drafts(job), shelf.writer(request.model)
    poems = compose(
        writer,
        request,
        say=lambda remark: job.send("remark", text=remark),
        script=script,
        watch=drafts.watch,
    )
    form = request.verse_form
    job.send(
        "started",
        model=request.model,
        seed=request.seed,
        form=form.name if form else "",
        language=_language(writer, request, script),
        indents=getattr(form, "indents", ()),
    )
    for written in poems:
        for piece in _pieces(job, written):
            job.send("text", text=piece)
        job.send("poem", **record(written))


class Drafts:
    """Tells a visitor what is being written before it is chosen, and stops it when they leave.

    Several threads write candidates side by side; those of the one that was seen first are shown.
    """

    def __init__(self, job: Job) -> None:
        self._job, self._lock = job, Lock()
        self._shown: Particles | None = None
        self._next = 0.0

    def watch(self, particles: Particles) -> None:
        """See particles after each token."""
        self._job.check()
        if time.monotonic() < self._next:
            return
        with self._lock:
            self._shown = self._shown or particles
            if particles is not self._shown:
                return
            self._next = time.monotonic() + EVERY
        self._job.send("draft", text=particles.draft)


def _pieces(job: Job, written: WrittenPoem) -> Iterator[str]:
    """The text of a poem as it comes, in the script of the poem, not more often than is seen."""
    said, buffer = time.monotonic(), ""
    for character in written:
        job.check()
        buffer += character
        now = time.monotonic()
        if now - said > EVERY / 2 or "\n" in character:
            yield _in_script(buffer, written.script)
            said, buffer = now, ""
    yield _in_script(buffer, written.script)


def _in_script(text: str, script: Script) -> str:
    return convert(text, "t2s") if script == "hans" else text


def _language(writer: Writer, request: WriteRequest, script: Script) -> str:
    """The language of the poems to come, as HTML names it."""
    if not is_chinese(writer.tokenizer.characters):
        return "en"
    asked = request.script if request.script != "auto" else script
    return "zh-Hans" if asked == "hans" else "zh-Hant"
