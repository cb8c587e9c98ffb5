"""A model that writes: poems in a form and without, and the likelihood of a text."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from functools import partial
from itertools import chain, islice
from typing import Any

import numpy as np
from numpy.typing import NDArray

from poet.characters import is_chinese
from poet.checkpoint import Checkpoint
from poet.errors import FormNotReached, InputError, UsageError
from poet.generation.cliches import Cliches
from poet.generation.conditioning import Condition
from poet.generation.decoder import RecentLines, SMCDecoder
from poet.generation.engine import LSTMState, NumpyLSTM, log_softmax
from poet.generation.free import Allowed, FreeDecoder, line_heads
from poet.generation.ranking import WEIGHTS, Ranking
from poet.generation.request import GUIDANCE, MAX_CHARACTERS, MAX_LETTERS, PARTICLES, usual_best_of
from poet.generation.result import Generation, Score, Token
from poet.generation.sampling import Sampling
from poet.generation.smc import Watch
from poet.generation.title_lifts import TitleLifts
from poet.novelty.index import NoveltyIndex
from poet.prosody.base import Constraints, Form, Strictness, VerseRequest
from poet.prosody.constraint import FormConstraint
from poet.prosody.find import find_form, prosody_of
from poet.scripts import script_of, standard, to_traditional
from poet.tokenizer import EOS, Ids

# Particles that are written side by side. A row of a wide product takes half the time of one of a
# narrow product, but the first poem waits for all of its batch: batches begin small and double
FIRST_BATCH, BATCH = 96, 384
_SAMPLING = ("temperature", "top_k", "top_p", "min_p")


def batch_sizes(rows: int) -> Iterator[int]:
    """How many poems of so many rows each are written side by side, batch after batch.

    >>> list(islice(batch_sizes(48), 4)), list(islice(batch_sizes(500), 2))
    ([2, 4, 8, 8], [1, 1])
    """
    batch = FIRST_BATCH
    while True:
        yield max(1, batch // rows)
        batch = min(2 * batch, BATCH)


class Writer:
    """A model that writes. The library's `poet.load` makes one."""

    def __init__(
        self,
        checkpoint: Checkpoint,
        index: NoveltyIndex | None = None,
        lifts: TitleLifts | None = None,
        cliches: Cliches | None = None,
    ) -> None:
        self.checkpoint = checkpoint
        self.tokenizer = checkpoint.tokenizer
        self.engine = NumpyLSTM(checkpoint)
        if lifts and len(lifts) != len(self.tokenizer):
            raise InputError(
                f"the title lifts are those of {len(lifts)} characters and marks, the model has "
                f"{len(self.tokenizer)}",
                "make them again: python -m tools.lifts",
            )
        if cliches and cliches.size != len(self.tokenizer):
            raise InputError(
                f"the clichés are those of {cliches.size} characters and marks, the model has "
                f"{len(self.tokenizer)}",
                "make them again: python -m tools.cliches",
            )
        self.cliches = cliches  # counted on the model's own verse, for ranking
        self.lifts = lifts  # counted on the training text: which characters a title makes likelier
        self.index = index  # of the lines of the training text, which are not written again
        # Trained on one long text without poem borders: no special token begins what it writes
        self.reads_stream = checkpoint.info.text.kind == "stream"
        first = self.tokenizer.first_character
        # What may be written at all: the end mark and characters, no other special token
        self._writable = np.r_[EOS, first : len(self.tokenizer)]
        self._constraints: dict[str, tuple[NoveltyIndex | None, Constraints]] = {}

    def write(
        self,
        prompt: str = "",
        *,
        form: str | Form = "",
        title: str = "",
        author: str = "",
        about: str = "",
        guidance: float = GUIDANCE,
        sampling: Sampling | None = None,
        seed: int | tuple[int, ...] = 0,
        max_characters: int | None = None,
        allowed: Allowed | None = None,
        **options: Any,
    ) -> Generation:
        """Write a poem that begins with `prompt`; the same seed gives the same poem.

        `temperature`, `top_k`, `top_p` and `min_p` may be given in place of a `sampling` of them.
        With a form the poem keeps its rules, and `options` are those of `poems`. Without one,
        `allowed` may be a function of the verse so far that returns the ids that can follow.
        Characters of the prompt that the model does not know are kept in the poem, and read as
        the unknown token. Raises `UsageError` for an unknown form or a prompt that does not fit.
        """
        given = {name: options.pop(name) for name in _SAMPLING if name in options}
        if sampling and given:
            raise UsageError(f"{', '.join(given)} stands in the sampling too", "give one of them")
        verse_form = self._form(form) if form else None
        default = Sampling.default(verse_form, has_subject=bool(title or about))
        sampling = sampling or replace(default, **given)
        if verse_form:
            seeds = [seed if isinstance(seed, tuple) else (seed,)]
            return next(
                self.poems(prompt, form=verse_form, title=title, author=author, about=about,
                           guidance=guidance, sampling=sampling, seeds=seeds, **options)
            )  # fmt: skip
        context = self.read_context(options.pop("context", ""))
        acrostic = options.pop("acrostic", "")
        if options:
            raise UsageError(
                f"{', '.join(options)} has no effect without a form",
                "give a form, for example 七絕, or leave it out",
            )
        if acrostic and not allowed:
            allowed = line_heads(acrostic, prompt, self.tokenizer)
        allowed = allowed or partial(self.after, prompt)
        free = FreeDecoder(self.engine, self.tokenizer, sampling, allowed, self.index)
        condition = self.condition("", self.subject(title, about), author, guidance)
        rng = np.random.default_rng(seed)
        tokens = free.tokens(prompt, condition, rng, max_characters or self.max_characters, context)
        return Generation(tokens, title, author, self._writes_chinese(prompt))

    def poems(
        self,
        prompt: str = "",
        *,
        form: str | Form,
        seeds: Iterable[tuple[int, ...]],
        title: str = "",
        author: str = "",
        sampling: Sampling | None = None,
        strictness: Strictness = "strict",
        rhyme: str = "auto",
        acrostic: str = "",
        context: str = "",
        about: str = "",
        particles: int = PARTICLES,
        best_of: int | None = None,
        guidance: float = GUIDANCE,
        watch: Watch | None = None,
    ) -> Iterator[Generation]:
        """Poems that keep the rules of a form, one for each seed; no two of them share a line.

        (The latest 100,000 lines are remembered, so that memory does not grow with the poems.)

        `strictness` says how words are taken that can be read in several ways, such as characters
        with a level and an oblique tone: strict (each reading must fit), lenient (one must) or off
        (tones and metre do not count); `rhyme` is auto, off, or a rhyme: a group of 平水韻 such as
        東, in English verse a word; `acrostic` gives the first character of each line; `context`
        is text that is read before the poem and not written; `about` is a theme, read like a
        title. `particles` candidates of a poem are written side by side, and the best of
        `best_of` such poems is given (`poet.generation.ranking`). `guidance` says how strongly
        title, theme and author count; 1 is the model itself. `watch` sees the particles after each
        token, and may raise to stop. Raises as `write` does, and `FormNotReached`, after the poems
        that were found, where not all could be.
        """
        form = self._form(form)
        request = VerseRequest(form, prompt, acrostic, strictness, rhyme)
        ends_at_stops = not prosody_of(form).breaks_lines
        sampling = sampling or Sampling.default(form, has_subject=bool(title or about))
        best_of = usual_best_of(form) if best_of is None else best_of
        decoder = self.decoder(request, sampling, particles, best_of)
        condition = self.condition(form.token, self.subject(title, about), author, guidance)
        state, recent, seeds = self.read_context(context), RecentLines(), iter(seeds)
        for size in batch_sizes(particles * best_of):
            batch = list(islice(seeds, size))
            if not batch:
                return
            poems = decoder.decode(condition, batch, state, recent, watch)
            for poem in filter(None, poems):
                prompt_token = [Token(poem.prompt, None)] if poem.prompt else []
                tokens = map(Token, [*poem.text, ""], poem.nats)
                pieces = chain(prompt_token, tokens)
                yield Generation(pieces, title, author, ends_at_stops, poem.reasons, poem.score)
            if None in poems:
                raise _not_reached(form, sampling)

    def _form(self, form: str | Form) -> Form:
        found = find_form(form) if isinstance(form, str) else form
        if found is None:
            raise UsageError("free is not a form with rules", "leave the form out")
        return found

    def read_context(self, text: str) -> LSTMState | None:
        """The state after reading text that is not part of the poem; None for none."""
        if not text:
            return None
        ids = np.r_[self._header(), self.tokenizer.encode(text), [] if self.reads_stream else EOS]
        return self.engine.read(ids.astype(int))[1]

    def condition(self, form: str, title: str, author: str, guidance: float = 1.0) -> Condition:
        """What is read before the verse: with title and author, and without them for guidance."""
        header = self._header(form=form, title=title, author=author)
        title_ids = self.tokenizer.encode(title[: self.tokenizer.max_title])
        title_context = self.engine.encode_title(title_ids)
        bias = self.lifts.bias(title_ids) if self.lifts and len(title_ids) else None
        plain = self._header(form=form)
        if np.array_equal(header, plain):  # neither title nor author: no guidance
            return Condition(header, title_context, bias)
        return Condition(header, title_context, bias, plain, guidance)

    def constraint(self, request: VerseRequest[Any]) -> FormConstraint:
        """What a poem has to satisfy. Raises `UsageError` where none can."""
        prosody = prosody_of(request.form)
        index, constraints = self._constraints.get(prosody.language, (None, None))
        if constraints is None or index is not self.index:
            constraints = prosody.constraints(self.tokenizer, self.index)
            self._constraints[prosody.language] = self.index, constraints
        return constraints.of(request)

    def decoder(
        self,
        request: VerseRequest[Any],
        sampling: Sampling,
        particles: int = PARTICLES,
        best_of: int = 1,
    ) -> SMCDecoder:
        """What writes poems that satisfy a request. Raises `UsageError` where none can."""
        is_greedy = not sampling.temperature  # which has one answer
        return SMCDecoder(
            self.engine,
            self.constraint(request),
            sampling,
            particles=1 if is_greedy else particles,
            best_of=1 if is_greedy else best_of,
            ranking=Ranking(WEIGHTS, self.cliches),
        )

    def after(self, prompt: str, verse: str) -> NDArray[np.integer[Any]]:
        """The ids that may follow: all, but a poem has at least one character."""
        return self._writable if verse.strip() or verse != prompt else self._writable[1:]

    def subject(self, title: str, about: str) -> str:
        """Title and theme as one title, cut so that the theme has room in what a model reads."""
        return title[: max(0, self.tokenizer.max_title - len(about))] + about

    def _header(self, *, form: str = "", title: str = "", author: str = "") -> Ids:
        """What the model reads before the verse; a line break, where it was trained on a stream."""
        if self.reads_stream:
            return self.tokenizer.encode("\n")
        return self.tokenizer.prefix_ids(form=form, title=title, author=author)

    @property
    def max_characters(self) -> int:
        """Where a poem without a form is cut, if nothing else is asked for."""
        is_of_letters = not (self.reads_stream or is_chinese(self.tokenizer.characters))
        return MAX_LETTERS if is_of_letters else MAX_CHARACTERS

    def _writes_chinese(self, prompt: str) -> bool:
        """Whether the poem will be Chinese verse, which has stops and no line breaks."""
        return is_chinese(prompt or self.tokenizer.characters) and "\n" not in prompt

    def score(self, text: str, *, form: str = "", title: str = "", author: str = "") -> Score:
        """How likely the model finds a text, from the initial state: `Score.nats_per_character`.

        Characters, stops and, unless the model was trained on a stream, the end mark count;
        unknown characters count as the unknown token. Raises `InputError` for an empty text.
        """
        if not text:
            raise InputError("there is no text to score")
        if self._writes_chinese("") and script_of(text) == "hans":  # the model read traditional
            text = standard(to_traditional(text))
        condition = self.condition(form, title, author)
        counted = np.r_[self.tokenizer.encode(text), [] if self.reads_stream else EOS].astype(int)
        read = np.r_[condition.header, counted[:-1]]
        features, _ = self.engine.read(read, None, condition.title)
        log_p = log_softmax(condition.logits(self.engine, features[len(condition.header) - 1 :]))
        return Score(-float(log_p[np.arange(len(counted)), counted].sum()), len(counted))


def _not_reached(form: Form, sampling: Sampling) -> FormNotReached:
    """The error where a poem was not found."""
    return FormNotReached(
        f"no {form.name} was found that keeps all that was asked for",
        "ask for less: fewer poems, another --rhyme, --strictness lenient, or a shorter prompt"
        if sampling.temperature
        else "temperature 0 has one answer only: ask for one poem, or raise --temperature",
    )
