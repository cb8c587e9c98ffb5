"""The character tokenizer: one id per character, and special tokens.

A poem is the sequence

    <poem>  [form] [author] [title characters]  <body>  verse characters  <end>

where form, author and title may each be left out. Ids are assigned in the order special tokens,
forms, authors, characters (commonest first), so that the kind of an id follows from its value.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from poet.characters import is_han
from poet.typed import Malformed, construct

Ids: TypeAlias = NDArray[np.int64]

SPECIAL_TOKENS = ("<poem>", "<body>", "<end>", "<unknown>")
BOS, BODY, EOS, UNK = range(len(SPECIAL_TOKENS))
OTHER_AUTHOR = "*"  # the token shared by all authors with few poems
MAX_TITLE = 16  # characters; longer titles are prefaces, which cost more than they teach
MAX_ALPHABETIC_TITLE = 48  # the same for alphabetic scripts, where a character says less


@dataclass(frozen=True)
class CharTokenizer:
    """The vocabulary of a model, V ids, saved in its checkpoint as readable JSON.

    >>> tokenizer = CharTokenizer.from_text("春水連天春")
    >>> tokenizer.decode(tokenizer.encode("天水"))
    '天水'
    >>> tokenizer.unknown("山水")
    ('山',)
    """

    characters: str
    forms: tuple[str, ...] = ()
    authors: tuple[str, ...] = ()

    @classmethod
    def from_text(cls, text: str, *, min_count: int = 1) -> CharTokenizer:
        """A tokenizer of the characters that occur at least `min_count` times in a text."""
        codes, counts = np.unique(codepoints(text), return_counts=True)
        return cls(by_frequency(codes, counts, min_count=min_count))

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> CharTokenizer:
        """The tokenizer that `to_json` described. Raises `Malformed`."""
        made = construct(cls, data)
        if missing := [name for name in ("forms", "authors") if name not in data]:
            raise Malformed(f"it lacks {' and '.join(missing)}")
        for kind, names in (("characters", made.characters), ("forms", made.forms)):
            if len(set(names)) != len(names):
                raise Malformed(f"one of its {kind} stands in it twice")
        if made.authors and OTHER_AUTHOR not in made.authors:
            raise Malformed("its authors lack the token that the others share")
        return made

    def extended(self, other: CharTokenizer) -> CharTokenizer:
        """This tokenizer with the entries that only the other has added at the end of each kind.

        >>> CharTokenizer("春水").extended(CharTokenizer("水山")).characters
        '春水山'
        """

        def union(ours: Sequence[str], theirs: Sequence[str]) -> tuple[str, ...]:
            return tuple(dict.fromkeys((*ours, *theirs)))

        return CharTokenizer(
            "".join(union(self.characters, other.characters)),
            union(self.forms, other.forms),
            union(self.authors, other.authors),
        )

    def id_map(self, other: CharTokenizer) -> Ids:
        """The ids here of all entries of the other tokenizer (V,); -1 for those missing.

        >>> CharTokenizer("春水").id_map(CharTokenizer("水山"))[-2:]
        array([ 5, -1])
        """
        ours = {entry: i for i, entry in enumerate(self._entries())}
        return np.array([ours.get(entry, -1) for entry in other._entries()], dtype=np.int64)

    def _entries(self) -> Iterator[tuple[str, str]]:
        """The kind and name of every entry, in the order of ids."""
        kinds = {
            "special": SPECIAL_TOKENS,
            "form": self.forms,
            "author": self.authors,
            "character": self.characters,
        }
        return ((kind, name) for kind, names in kinds.items() for name in names)

    def to_json(self) -> dict[str, Any]:
        """Plain values: the characters as one string, the forms and authors as lists."""
        return {
            "characters": self.characters,
            "forms": list(self.forms),
            "authors": list(self.authors),
        }

    def __len__(self) -> int:
        return self.first_character + len(self.characters)

    @property
    def first_character(self) -> int:
        """The id of the first character; lower ids are special tokens, forms and authors."""
        return len(SPECIAL_TOKENS) + len(self.forms) + len(self.authors)

    @cached_property
    def _table(self) -> NDArray[np.int32]:
        """codepoint -> id, up to the greatest codepoint and one more, which is unknown."""
        codes = codepoints(self.characters)
        table = np.full(int(codes.max(initial=0)) + 2, UNK, dtype=np.int32)
        table[codes] = np.arange(len(codes), dtype=np.int32) + self.first_character
        return table

    @cached_property
    def _codes(self) -> NDArray[np.uint32]:
        """id -> codepoint; 0 for ids that are not characters."""
        codes = np.zeros(len(self), dtype=np.uint32)
        codes[self.first_character :] = codepoints(self.characters)
        return codes

    @cached_property
    def max_title(self) -> int:
        """How many characters of a title a model with this vocabulary reads."""
        return max_title(self.characters)

    def form_id(self, form: str) -> int | None:
        """The id of a form; None for an unknown form."""
        return len(SPECIAL_TOKENS) + self.forms.index(form) if form in self.forms else None

    def author_id(self, author: str) -> int | None:
        """The id of an author, or of the token shared by authors with few poems.

        None where the model was not trained with authors, or the name is empty.
        """
        if not author or not self.authors:
            return None
        name = author if author in self.authors else OTHER_AUTHOR
        return len(SPECIAL_TOKENS) + len(self.forms) + self.authors.index(name)

    def encode(self, text: str) -> Ids:
        """Ids (T,) of the characters of a text; unknown ones become `<unknown>`."""
        return self.encode_codes(codepoints(text)).astype(np.int64)

    def encode_codes(self, codes: NDArray[np.uint32]) -> NDArray[np.int32]:
        """Ids (T,) of codepoints (T,): `encode` for text that is already an array."""
        return self._table[np.minimum(codes, len(self._table) - 1)]

    def codes(self, ids: Ids) -> NDArray[np.uint32]:
        """The codepoints of ids (any shape); 0 for ids that are not characters."""
        return self._codes[ids]

    def decode(self, ids: Iterable[int] | Ids) -> str:
        """The text of ids (T,); ids that are not characters, `<unknown>` included, are skipped."""
        ids = np.asarray(list(ids) if not isinstance(ids, np.ndarray) else ids, int)
        codes = self._codes[ids[ids >= self.first_character]]
        return codes.astype("<u4").tobytes().decode("utf-32-le", "surrogatepass")

    def unknown(self, text: str) -> tuple[str, ...]:
        """The characters of a text that are not in the vocabulary, each once, in order."""
        return tuple(dict.fromkeys(c for c in text if self.encode(c)[0] == UNK))

    def prefix_ids(self, *, form: str = "", author: str = "", title: str = "") -> Ids:
        """Ids of what precedes the verse: `<poem>`, the conditions given, `<body>`."""
        conditions = (self.form_id(form), self.author_id(author))
        prefix = [BOS, *(i for i in conditions if i is not None)]
        return np.array([*prefix, *self.encode(title[: self.max_title]), BODY], dtype=np.int64)


def max_title(text: str) -> int:
    """How many characters of a title are read, in the script of this text.

    >>> max_title("春水"), max_title("The moon")
    (16, 48)
    """
    return MAX_TITLE if any(map(is_han, text)) else MAX_ALPHABETIC_TITLE


def codepoints(text: str) -> NDArray[np.uint32]:
    """The codepoints (T,) of a text, lone surrogates included."""
    return np.frombuffer(text.encode("utf-32-le", "surrogatepass"), dtype="<u4")


def by_frequency(codes: NDArray[Any], counts: NDArray[Any], *, min_count: int) -> str:
    """The characters that occur at least `min_count` times, commonest first, ties by codepoint."""
    kept = counts >= min_count
    codes, counts = codes[kept], counts[kept]
    order = np.lexsort((codes, -counts.astype(np.int64)))
    return codes[order].astype("<u4").tobytes().decode("utf-32-le", "surrogatepass")
