"""Samples of a model, steered and free, compared with human verse."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from poet.dataset.dataset import TokenDataset
from poet.errors import FormNotReached
from poet.evaluation.metrics import FORMS, copies, prosody, variety
from poet.evaluation.references import human_pieces, human_poems, human_titles, source_of
from poet.evaluation.report import EvalConfig, Measures, SampleReport, VerseKind
from poet.generation.free_batch import free_samples
from poet.generation.request import MAX_CHARACTERS
from poet.generation.writer import Writer
from poet.novelty.index import NoveltyIndex
from poet.progress import ProgressCallback
from poet.prosody.find import find_form

EXAMPLES = 3  # of each form and kind


def compare(
    writer: Writer,
    dataset: TokenDataset,
    config: EvalConfig,
    forms: Sequence[str] | None,
    progress: ProgressCallback,
    max_characters: int = MAX_CHARACTERS,
) -> Iterator[SampleReport]:
    """Measure verse in each form; without forms, pieces of at most `max_characters`.

    If `forms` is None, they are the forms that both model and text have.
    """
    forms = shared_forms(writer, dataset) if forms is None else forms
    for form in forms:
        yield from _in_form(writer, dataset, form, config, progress)
    if not forms:
        yield from _formless(writer, dataset, config, progress, max_characters)


def shared_forms(writer: Writer, dataset: TokenDataset) -> list[str]:
    """The regulated forms that both model and text have."""
    known = (form for form in FORMS if writer.tokenizer.form_id(form) is not None)
    return [form for form in known if source_of(dataset, form) is not None]


def _in_form(
    writer: Writer,
    dataset: TokenDataset,
    form: str,
    config: EvalConfig,
    progress: ProgressCallback,
) -> Iterator[SampleReport]:
    steered, free = _steered(writer, form, config, progress), _free(writer, form, config)
    texts: dict[VerseKind, list[str]] = {
        "steered": list(progress.track(steered, f"{form}, steered", config.poems)),
        "free": list(progress.track(free, f"{form}, free", config.poems)),
    }
    unseen: list[str] = []
    source = source_of(dataset, form)
    if source is not None:
        if titles := human_titles(dataset, form, config.poems, source):
            titled = _free(writer, form, config, titles)
            texts["titled"] = list(progress.track(titled, f"{form}, on titles", config.poems))
        texts["human"] = human_poems(dataset, form, config.poems, held_out=None, source=source)
        unseen = human_poems(dataset, form, config.poems, held_out=True, source=source)
    source_name = dataset.names[source] if source is not None else ""
    yield from _reports(form, texts, unseen, source_name, writer.index)


def _formless(
    writer: Writer,
    dataset: TokenDataset,
    config: EvalConfig,
    progress: ProgressCallback,
    max_characters: int,
) -> Iterator[SampleReport]:
    """Free samples and human pieces of the same length, for text without forms."""
    if dataset.is_stream:
        human = unseen = human_pieces(dataset, config.poems, max_characters)
    else:
        human = human_poems(dataset, "", config.poems, held_out=None, source=None)
        unseen = human_poems(dataset, "", config.poems, held_out=True, source=None)
    free = list(progress.track(_free(writer, "", config), "free", config.poems))
    texts: dict[VerseKind, list[str]] = {
        "free": free,
        "human": [text[:max_characters] for text in human],
    }
    unseen = [text[:max_characters] for text in unseen]
    yield from _reports("", texts, unseen, " ".join(dataset.names), writer.index)


def _free(
    writer: Writer, form: str, config: EvalConfig, titles: Sequence[str] = ()
) -> Iterator[str]:
    return free_samples(
        writer, config.poems, config.temperature, form=form, titles=titles, seed=config.seed
    )


def _steered(
    writer: Writer, form: str, config: EvalConfig, progress: ProgressCallback
) -> Iterator[str]:
    """Poems at default settings; fewer, with a note, once the form is not reached."""
    seeds = [(config.seed, number) for number in range(config.poems)]
    try:
        for generation in writer.poems(form=form, seeds=seeds):
            yield generation.poem.text
    except FormNotReached as error:
        progress.note(f"{form}: {error.message}")


def _reports(
    form_name: str,
    texts_by_kind: Mapping[VerseKind, list[str]],
    unseen: Sequence[str],
    source: str,
    index: NoveltyIndex | None,
) -> Iterator[SampleReport]:
    """The measures of each kind. Copies of human verse are counted in held-out poems only.

    Variety depends on the number of poems, and is measured over the same number of each kind.
    """
    form = find_form(form_name) if form_name else None
    common = min((len(texts) for texts in texts_by_kind.values() if texts), default=0)
    for kind, texts in texts_by_kind.items():
        if not texts:
            continue
        is_human = kind == "human"
        searched = unseen if is_human else texts
        measures = Measures(
            poems=len(texts),
            prosody=prosody(texts, form) if form else None,
            variety=variety(texts[:common]),
            copies=copies(searched, index) if index and searched else None,
        )
        examples = () if is_human else tuple(texts[:EXAMPLES])
        yield SampleReport(form_name, kind, source if is_human else "", measures, examples)
