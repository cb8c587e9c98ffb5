"""From a request for English verse to the constraint that writing has to satisfy."""

from __future__ import annotations

from poet.errors import UsageError
from poet.prosody.base import KnownLines, VerseRequest
from poet.prosody.english.constraint import EnglishConstraint
from poet.prosody.english.forms import UNRHYMED, EnglishForm, forms
from poet.prosody.english.given import Prompt
from poet.prosody.english.lexicon import lexicon
from poet.prosody.english.plan import Plan, lines_of
from poet.prosody.english.rhyme import rhyme_parts
from poet.prosody.english.vocabulary import Vocabulary
from poet.tokenizer import CharTokenizer

FEWEST_FORMS = 500  # words that a vocabulary must be able to spell


class EnglishConstraints:
    """Makes the constraints of requests, for one model."""

    def __init__(self, tokenizer: CharTokenizer, known: KnownLines | None = None) -> None:
        self.tokenizer, self.known = tokenizer, known
        self._vocabularies: dict[bool, Vocabulary] = {}

    def of(self, request: VerseRequest[EnglishForm]) -> EnglishConstraint:
        """The constraint of a request. Raises `UsageError` where no poem can satisfy it."""
        vocabulary = self._vocabulary(request.is_strict)
        if len(vocabulary.lexicon) < FEWEST_FORMS or vocabulary.space < 0 or vocabulary.newline < 0:
            raise UsageError(
                f"this model knows no English letters to write a {request.form.name} with",
                "leave the form out, or take another --model",
            )
        acrostic = _acrostic(request)
        lines = lines_of(
            request.form,
            acrostic=acrostic,
            strictness=request.strictness,
            rhyme=request.rhyme != "off",
        )
        plan = Plan(lines, vocabulary.lexicon, request.is_strict)
        if request.rhyme not in ("auto", "off"):
            plan.ask_rhyme(_rhymes_of(request.rhyme, plan))
        constraint = EnglishConstraint(plan, vocabulary, self.known)
        prompt = Prompt(request.prompt, constraint, request.form.name, request.forgives)
        prompt.read()
        _check(plan, constraint, request)
        return constraint

    def _vocabulary(self, strict: bool) -> Vocabulary:
        if strict not in self._vocabularies:
            words = lexicon(self.tokenizer.characters, strict)
            self._vocabularies[strict] = Vocabulary(self.tokenizer, words)
        return self._vocabularies[strict]


def _acrostic(request: VerseRequest[EnglishForm]) -> str:
    """The letters that lines begin with, as capitals."""
    letters, form = request.acrostic.upper(), request.form
    count = len(form.metres)
    if len(letters) > count:
        longer = [each.name for each in forms() if len(each.metres) >= len(letters)]
        raise UsageError(
            f"the acrostic has {len(letters)} letters, a {form.name} has {count} lines",
            f"{', '.join(longer[:5])} would take it" if longer else "give fewer letters",
        )
    for letter in letters:
        if not ("A" <= letter <= "Z"):
            raise UsageError(
                f"no English word begins with {letter!r}, which is in the acrostic",
                "an acrostic is made of the letters A to Z",
            )
    for group in form.refrains:
        own = {letters[line] for line in group if line < len(letters)}
        if len(own) > 1:
            raise UsageError(
                f"lines {', '.join(str(line + 1) for line in group)} of a {form.name} are the "
                f"same, but the acrostic begins them with {' and '.join(sorted(own))}",
                "give letters that are the same there",
            )
    return letters


def _rhymes_of(word: str, plan: Plan) -> frozenset[int]:
    """The rhymes that a word asks for."""
    if not plan.letters:
        raise UsageError("this form does not rhyme", "leave --rhyme out")
    parts = rhyme_parts(word.strip().lower())
    names = {name: number for number, name in enumerate(plan.lexicon.rhyme_names)}
    found = frozenset(names[part] for part in parts if part in names)
    enough = frozenset(rhyme for rhyme in found if plan.choices(plan.letters[0])[rhyme])
    if not enough:
        raise UsageError(
            f"too few words rhyme with {word}" if parts else f"poet cannot say how {word} sounds",
            "give a word with more rhymes, such as night or sea; --rhyme auto takes any",
        )
    return enough


def _check(plan: Plan, constraint: EnglishConstraint, request: VerseRequest[EnglishForm]) -> None:
    """Raise `UsageError` for a line that no words can fill: its initial is too rare for it."""
    state = constraint.start
    for number in range(state.line + 1, len(plan.lines)):
        line = plan.lines[number]
        if line.copy_of is not None or not line.initial:
            continue
        if line.letter == UNRHYMED:
            can_be_filled = plan.can_fill(number)
        elif (rhymed := state.rhymed[plan.letters.index(line.letter)]) is not None:
            can_be_filled = any(ends.any() for ends in plan.answering_ends(number, rhymed))
        else:
            can_be_filled = bool(plan.choices(line.letter).any())
        if not can_be_filled:
            raise UsageError(
                f"no line {number + 1} of a {request.form.name} can be found that begins with "
                f"{line.initial}",
                "give other letters, or --strictness lenient",
            )
