"""Verse side by side: what a model writes, steered and free, and what people wrote."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from poet.dataset.dataset import TokenDataset
from poet.errors import FormNotReached
from poet.evaluation.config import EvalConfig, Say, Watch
from poet.evaluation.metrics import FORMS, Measures, copies, prosody, variety
from poet.evaluation.references import human_pieces, human_poems, human_titles, source_of
from poet.evaluation.report import Verse, Who
from poet.generation.free_batch import free_samples
from poet.generation.request import MAX_CHARACTERS
from poet.generation.writer import Writer
from poet.novelty.index import NoveltyIndex
from poet.prosody.find import find_form

EXAMPLES = 3


def compare(
    writer: Writer,
    dataset: TokenDataset,
    asked: EvalConfig,
    forms: Sequence[str] | None,
    say: Say,
    watch: Watch,
) -> Iterator[Verse]:
    """Verse of each form, of those that model and text both have by itself; else of no form."""
    forms = shared_forms(writer, dataset) if forms is None else forms
    for name in forms:
        yield from _in_form(writer, dataset, name, asked, say, watch)
    if not forms:
        yield from _formless(writer, dataset, asked, watch)


def shared_forms(writer: Writer, dataset: TokenDataset) -> list[str]:
    """The forms that model and text both have, of those that people wrote enough of."""
    known = (name for name in FORMS if writer.tokenizer.form_id(name) is not None)
    return [name for name in known if source_of(dataset, name) is not None]


def _in_form(
    writer: Writer, dataset: TokenDataset, name: str, asked: EvalConfig, say: Say, watch: Watch
) -> Iterator[Verse]:
    steered, free = _steered(writer, name, asked, say), _free(writer, name, asked)
    written: dict[Who, list[str]] = {
        "steered": list(watch(steered, f"{name}, steered", asked.poems)),
        "free": list(watch(free, f"{name}, free", asked.poems)),
    }
    unseen: list[str] = []
    source = source_of(dataset, name)
    if source is not None:
        if titles := human_titles(dataset, name, asked.poems, source):
            titled = _free(writer, name, asked, titles)
            written["titled"] = list(watch(titled, f"{name}, on titles", asked.poems))
        written["human"] = human_poems(dataset, name, asked.poems, held_out=None, source=source)
        unseen = human_poems(dataset, name, asked.poems, held_out=True, source=source)
    whose = dataset.names[source] if source is not None else ""
    yield from _counted(name, written, unseen, whose, writer.index)


def _formless(
    writer: Writer, dataset: TokenDataset, asked: EvalConfig, watch: Watch
) -> Iterator[Verse]:
    """Pieces as long as free verse is at most, of whatever the text is."""
    most, count = MAX_CHARACTERS, asked.poems
    if dataset.is_stream:
        human = unseen = human_pieces(dataset, count, most)
    else:
        human = human_poems(dataset, "", count, held_out=None, source=None)
        unseen = human_poems(dataset, "", count, held_out=True, source=None)
    free = list(watch(_free(writer, "", asked), "free", count))
    written: dict[Who, list[str]] = {"free": free, "human": [text[:most] for text in human]}
    whose = " ".join(dataset.names)
    yield from _counted("", written, [text[:most] for text in unseen], whose, writer.index)


def _free(
    writer: Writer, form: str, asked: EvalConfig, titles: Sequence[str] = ()
) -> Iterator[str]:
    return free_samples(
        writer, asked.poems, asked.temperature, form=form, titles=titles, seed=asked.seed
    )


def _steered(writer: Writer, form: str, asked: EvalConfig, say: Say) -> Iterator[str]:
    """Poems at default settings; fewer, and that is said, where no more could be found."""
    seeds = [(asked.seed, number) for number in range(asked.poems)]
    try:
        for writing in writer.poems(form=form, seeds=seeds):
            yield writing.poem.text
    except FormNotReached as error:
        say(f"{form}: {error.message}")


def _counted(
    name: str,
    written: Mapping[Who, list[str]],
    unseen: Sequence[str],
    whose: str,
    index: NoveltyIndex | None,
) -> Iterator[Verse]:
    """The measures of each kind; copies of human verse are counted in what was held out."""
    form = find_form(name) if name else None
    alike = min((len(texts) for texts in written.values() if texts), default=0)
    for who, texts in written.items():
        if not texts:
            continue
        judged = unseen if who == "human" else texts
        measures = Measures(
            poems=len(texts),
            prosody=prosody(texts, form) if form else None,
            variety=variety(texts[:alike]),
            copies=copies(judged, index) if index and judged else None,
        )
        is_human = who == "human"
        examples = () if is_human else tuple(texts[:EXAMPLES])
        yield Verse(name, who, whose if is_human else "", measures, examples)
