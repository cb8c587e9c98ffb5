"""A turn of a duet for a visitor. The server remembers none: each request has the lines so far."""

from __future__ import annotations

from dataclasses import replace
from typing import TypedDict

from poet.errors import UsageError
from poet.generation.duet import Duet, Proposal
from poet.generation.smc import Particles
from poet.scripts import Script, convert
from poet.web.answers import language_of
from poet.web.desk import Job
from poet.web.requests import DuetRequest
from poet.web.shelf import Shelf


class Turn(TypedDict):
    """The poem so far, and lines that may follow, the best first."""

    lines: list[str]  # to be sent with the next request, with one more
    text: str
    title: str
    author: str
    language: str
    model: str
    seed: int
    proposals: list[str]
    remark: str
    faults: list[str]
    is_finished: bool
    verdict: str


def take_turn(job: Job, shelf: Shelf, asked: DuetRequest, script: Script) -> None:
    """Propose lines, or finish the poem: `turn`."""

    def watch(particles: Particles) -> None:
        job.check()

    if asked.count * len(asked.samplings) > 1:
        raise UsageError("a duet is one poem", "leave count out, and give one temperature", "count")
    duet = Duet.start(shelf.writer(asked.model), asked, asked.lines, script)
    for line in asked.refused if not duet.is_finished else ():
        # taken for a moment, so that it is as the model reads it
        text = duet.take(line).lines[-1].text
        duet = duet.refuse([Proposal(line, text, 0.0)])
    duet = replace(duet, roll=asked.roll)
    proposals: list[Proposal] = []
    if asked.finish:
        duet = duet.finish(watch)
    else:
        proposals = duet.propose(watch=watch)
    lines = [line.text for line in duet.lines]
    poem = duet.poem
    turn = Turn(
        lines=[convert(line, "t2s") for line in lines] if duet.script == "hans" else lines,
        text=poem.text,
        title=poem.title,
        author=poem.author,
        language=language_of(poem.text or "".join(proposal.line for proposal in proposals)),
        model=asked.model,
        seed=duet.seed,
        proposals=[proposal.line for proposal in proposals],
        remark=duet.remark,
        faults=list(duet.broken),
        is_finished=duet.is_finished,
        verdict=duet.verdict if duet.is_finished else "",
    )
    job.send("turn", **turn)
