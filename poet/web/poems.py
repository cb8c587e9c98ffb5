"""Work for visitors that writes: poems of a request, told as events."""

from __future__ import annotations

import time
from collections.abc import Iterator

from poet.characters import is_chinese
from poet.generation.assessment import WrittenPoem, compose
from poet.generation.drafts import EVERY
from poet.generation.request import WriteRequest
from poet.generation.writer import Writer
from poet.scripts import Script, convert
from poet.web.answers import record
from poet.web.desk import Job
from poet.web.shelf import Shelf


def write_poems(job: Job, shelf: Shelf, request: WriteRequest, script: Script) -> None:
    """Write the poems of a request: `started`, `remark`, `draft`, `text`, `poem`."""
    writer = shelf.writer(request.model)
    poems = compose(
        writer,
        request,
        say=lambda remark: job.send("remark", text=remark),
        script=script,
        watch=lambda particles: job.check(),
        show_draft=lambda poem: job.send("draft", text=poem.text),
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
