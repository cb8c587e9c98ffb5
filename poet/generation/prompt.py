"""Bringing what people type into the characters of a model; every repair is reported."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from poet.characters import STOPS, is_chinese, normalise
from poet.errors import InputError, UsageError, did_you_mean
from poet.generation.request import WriteRequest
from poet.language import MODELS, models_that_read
from poet.sanitize import single_line
from poet.scripts import Script, from_japanese, script_of, standard, to_traditional
from poet.tokenizer import CharTokenizer

_FULLWIDTH = str.maketrans(",.!?;:", "，。！？；：")
_invisible = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\xad\u200b\u200e\u200f\u2028-\u202e\u2060-\u2064\ufeff]"
)
SHOWN = 12  # characters named in a message


@dataclass(frozen=True, slots=True)
class Prompt:
    """A repaired prompt: its text, the script it came in, and what was changed."""

    text: str
    script: Script | None = None
    repairs: tuple[str, ...] = ()


def repair(text: str, tokenizer: CharTokenizer) -> Prompt:
    """Bring a text into the characters of the tokenizer, as far as possible.

    It is normalised to NFC, without control characters and lone surrogates. Chinese loses its
    spaces and gets fullwidth punctuation, and traditional characters in their standard form; what
    becomes of other text is in `poet.generation.western`.
    """
    repairs: list[str] = []

    def note(what: str, before: str, after: str) -> str:
        if before != after and what not in repairs:
            repairs.append(what)
        return after

    clean = _invisible.sub("", text.encode("utf-8", "ignore").decode("utf-8"))
    text = note("invisible characters removed", text, clean)
    text = note("composed characters (NFC)", text, unicodedata.normalize("NFC", text))
    text = note("radicals and marked characters made plain", text, normalise(text))
    if not is_chinese(text):
        if not is_chinese(tokenizer.characters):
            from poet.generation.western import western_repairs  # not to be waited for in Chinese

            for what, after in western_repairs(text, frozenset(tokenizer.characters)):
                text = note(what, text, after)
        if tokenizer.unknown("\n"):
            text = note("surrounding spaces and line breaks removed", text, text.strip())
        return Prompt(text, None, tuple(repairs))
    text = note("punctuation made fullwidth", text, text.translate(_FULLWIDTH))
    text = note("compatibility characters replaced (NFKC)", text, _compatible(text, tokenizer))
    text = note("spaces and line breaks between lines removed", text, _join(text))
    script = _script(text, tokenizer)
    if script == "hans":
        other = to_traditional(text)
        # Otherwise the model was trained on simplified characters
        if len(tokenizer.unknown(other)) <= len(tokenizer.unknown(text)):
            text = note("simplified to traditional characters", text, other)
    elif tokenizer.unknown(text):
        other = standard(from_japanese(text))
        text = note("variant characters replaced by their standard form", text, other)
    return Prompt(text, script, tuple(repairs))


def _join(text: str) -> str:
    """Join lines of Chinese into one text; a line without a stop gets a comma.

    >>> _join("春水連天碧\\n明月照 大江。\\n")
    '春水連天碧，明月照大江。'
    """
    lines = ["".join(line.split()) for line in text.split("\n")]
    lines = [line for line in lines if line]
    ended = [line if line[-1] in STOPS else line + "，" for line in lines[:-1]]
    return normalise("".join([*ended, *lines[-1:]]))  # a mark may now follow its letter


def _compatible(text: str, tokenizer: CharTokenizer) -> str:
    """Unknown characters as the compatible ones that are known: ⼀ is 一."""

    def known(character: str) -> str:
        other = unicodedata.normalize("NFKC", character).translate(_FULLWIDTH)
        return character if len(other) > 1 or tokenizer.unknown(other) else other

    # what became plain may compose with a mark that follows it
    return normalise("".join(known(c) if tokenizer.unknown(c) else c for c in text))


def _script(text: str, tokenizer: CharTokenizer) -> Script | None:
    found = script_of(text)
    rest = standard(from_japanese(text))  # variants alone do not make a text simplified
    if found == "" and tokenizer.unknown(rest) and to_traditional(rest) != rest:
        return "hans"
    return found or None


def check_known(text: str, tokenizer: CharTokenizer) -> None:
    """Raise `InputError` for characters that the tokenizer does not know, naming them."""
    unknown = tokenizer.unknown(text)
    if not unknown:
        return
    hint = "--unknown skip keeps them in the poem and lets the model pass over them"
    letters = {c for c in text if c.isalpha()}
    is_foreign = 2 * len(letters.intersection(unknown)) > len(letters)
    if is_foreign and (readers := models_that_read(text)):  # it is of another language
        hint = f"-m {readers[0]} reads them; {hint}"
    raise InputError(_never_seen(unknown), hint)


def _never_seen(unknown: Sequence[str]) -> str:
    named = " ".join(_visible(c) for c in unknown[:SHOWN])
    more = f" and {len(unknown) - SHOWN:,} more" if len(unknown) > SHOWN else ""
    return f"this model has never seen {named}{more}"


def _visible(character: str) -> str:
    return character if character.isprintable() and character.strip() else f"U+{ord(character):04X}"


@dataclass(frozen=True, slots=True)
class Prepared:
    """A request in the characters of a model."""

    prompt: str
    title: str  # as the model reads it
    shown_title: str  # as it stands above the poem
    about: str
    author: str
    acrostic: str
    context: str
    script: Script | None  # that the user writes in, where that can be told
    remarks: tuple[str, ...]  # what was changed, and what the model does not know


def prepare(request: WriteRequest, tokenizer: CharTokenizer, reads_stream: bool) -> Prepared:
    """The request in the model's own characters, with remarks on what that took.

    `reads_stream` says that the model was trained on one long text. Raises `InputError` for
    characters of the prompt or the acrostic that the model does not know, unless
    `request.unknown` is skip; in the other texts they are read as unknown.
    """
    texts = {
        "prompt": request.couplet or request.prompt,
        "title": request.title,
        "about": request.about if isinstance(request.about, str) else _in_one(request, tokenizer),
        "author": request.author,
        "acrostic": request.acrostic,
        "context": request.context,
    }
    remarks: list[str] = []
    _check_language(request, tokenizer)
    if not is_chinese(tokenizer.characters):
        texts |= _capitalised(request, tokenizer, remarks)
    read = {name: repair(text, tokenizer) for name, text in texts.items()}
    clean = {name: prompt.text for name, prompt in read.items()}
    if request.unknown == "error":
        for name in ("prompt", "acrostic"):
            check_known(clean[name], tokenizer)
    if clean["author"]:
        clean["author"] = _author(clean["author"], tokenizer.authors, remarks)
    if reads_stream and (clean["title"] or clean["about"]):
        remarks.append(
            "the model was trained on text without titles: title and about have no effect"
        )
    for name, prompt in read.items():
        remarks += [f"{name} adapted to the model: {repair}" for repair in prompt.repairs]
    for name in ("title", "about", "context"):
        if unknown := tokenizer.unknown(clean[name]):
            # no part of the poem, which can be written all the same
            remarks.append(f"{_never_seen(unknown)}; in the {name} they are read as unknown")
    return Prepared(
        **clean,
        shown_title=clean["title"] if is_chinese(tokenizer.characters) else texts["title"],
        script=read["prompt"].script or read["acrostic"].script,
        remarks=tuple(remarks),
    )


def _check_language(request: WriteRequest, tokenizer: CharTokenizer) -> None:
    """Raise `UsageError` for what the model, by its letters, cannot write."""
    chinese, form = is_chinese(tokenizer.characters), request.verse_form
    if form and (form.language == "zh") != chinese:
        raise UsageError(
            f"{form.name} is not written in Chinese, and this model writes Chinese alone"
            if chinese
            else f"{form.name} is a form of Chinese, which this model does not write",
            f"-m {MODELS.get(form.language, 'NAME')} names one that does",
        )
    if request.script != "auto" and not chinese:
        raise UsageError(
            "script says how Chinese is written, and this model writes none",
            "leave it out",
            "script",
        )


def _capitalised(
    request: WriteRequest, tokenizer: CharTokenizer, remarks: list[str]
) -> dict[str, str]:
    """Title and acrostic with the capitals that verse in letters has; remarks say so."""
    from poet.generation.western import title_case

    title = single_line(request.title)
    texts = {"title": title_case(title), "acrostic": request.acrostic}
    if texts["title"] != title:
        remarks.append("title set in title case")
    capitals = request.acrostic.upper()
    if capitals != request.acrostic and not tokenizer.unknown("AEO"):
        texts["acrostic"] = capitals
        remarks.append("acrostic set in capitals")
    return texts


def _author(name: str, authors: Sequence[str], remarks: list[str]) -> str:
    """The author of the model that is meant by a name; the name itself where none is."""
    if name in authors:
        return name
    from poet.generation.western import find_author
    from poet.prosody.chinese.romanised import authors_called, romanised

    in_letters = {author: author for author in authors}
    shown = in_letters
    if is_chinese("".join(authors)):
        found = authors_called(name, authors)
        if not is_chinese(name):
            in_letters = {author: romanised(author) for author in authors}
            shown = {author: f"{author} ({spelt})" for author, spelt in in_letters.items()}
    else:
        found = find_author(name, authors)
    if len(found) == 1:
        remarks.append(f"author read as {shown[found[0]]}")
        return found[0]
    if not authors:
        remarks.append("the model was trained without authors: author has no effect")
    elif found:
        named = " or ".join(shown[author] for author in found[:4])
        more = f" or {len(found) - 4} more" if len(found) > 4 else ""
        remarks.append(f"{name} may be {named}{more}: as it is, the name has no effect")
    else:
        near = did_you_mean(name, {in_letters[author]: shown[author] for author in authors})
        unknown = f"the model does not know the author {name}: the name has no effect"
        remarks.append(f"{unknown}; {near}" if near else unknown)
    return name


def _in_one(request: WriteRequest, tokenizer: CharTokenizer) -> str:
    """The words of a theme as one text: Chinese needs no space between them."""
    return ("" if is_chinese(tokenizer.characters) else " ").join(request.about)
