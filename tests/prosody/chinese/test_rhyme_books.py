"""The modern rhyme books: which characters are level, and which rhyme."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from poet.errors import UsageError
from poet.generation.request import WriteRequest
from poet.prosody.chinese.readings import Tone
from poet.prosody.chinese.rhyme_books import (
    BOOKS,
    FINALS,
    PINGSHUI,
    TONGYUN,
    TONGYUN_RHYMES,
    XINYUN,
    XINYUN_RHYMES,
    MandarinBook,
    RhymeBook,
    find_book,
)
from poet.prosody.chinese.scan import scan

# Right by the sounds of today: 國 and 白 are level, 月 and 國 no longer end in a stop
MODERN = "一盞新茶待客來，窗前細雨潤蒼苔。江南四月花如雪，燕子歸時帶雨白。"


@pytest.mark.parametrize(
    ("character", "xinyun", "tongyun"),
    [
        ("白", "開", "哀"),
        ("國", "波", "喔"),
        ("哥", "波", "鵝"),
        ("學", "皆", "鵝"),
        ("期", "齊", "衣"),
        ("詩", "支", "衣"),
        ("魚", "齊", "迂"),
        ("兒", "齊", "兒"),
        ("東", "庚", "雍"),
        ("風", "庚", "英"),
    ],
)
def test_a_character_rhymes_as_it_is_said_in_mandarin(
    character: str, xinyun: str, tongyun: str
) -> None:
    for book, head in ((XINYUN, xinyun), (TONGYUN, tongyun)):
        assert book.readings(character) == (book.find_group(head),)
        assert book.tone(character) == Tone.LEVEL


def test_every_final_has_one_rhyme_in_each_book() -> None:
    for book in (MandarinBook("新韻", XINYUN_RHYMES), MandarinBook("通韻", TONGYUN_RHYMES)):
        finals = [final for _, finals in book.rhymes for final in finals.split()]
        assert sorted(finals) == sorted(FINALS)
        assert [group.index for group in book.groups] == list(range(2 * len(book.rhymes)))
        assert [group.is_level for group in book.groups] == [True, False] * len(book.rhymes)


def test_a_poem_is_scanned_by_the_book_that_is_asked_for() -> None:
    modern = scan(MODERN, book=XINYUN)
    assert modern.keeps()
    assert modern.summary() == "七絕 仄起首句入韻 · 韻 新韻四開平 (來 苔 白) · 格律 28/28"
    assert not scan(MODERN).keeps()


@pytest.mark.parametrize("name", ["平水", "新韵", "xinyun", "中華通韻", "Tongyun"])
def test_a_book_has_names_in_both_scripts_and_in_pinyin(name: str) -> None:
    assert find_book(name) in BOOKS


@pytest.mark.parametrize(
    ("find", "said"),
    [
        (lambda: find_book("廣韻"), "the rhyme books are 平水 新韻 通韻"),
        (lambda: XINYUN.find_group("東"), "東 itself rhymes in 新韻十一庚平"),
        (lambda: TONGYUN.find_group("x"), "it has 啊 喔 鵝"),
    ],
)
def test_what_there_is_not_is_met_with_what_there_is(find: Callable[[], object], said: str) -> None:
    with pytest.raises(UsageError) as error:
        find()
    assert said in error.value.hint


def test_the_rhyme_book_of_a_request_is_that_of_its_form() -> None:
    books: list[RhymeBook] = [
        WriteRequest(form="七絕", rhymes="新韻").verse_form.book,  # type: ignore[union-attr]
        WriteRequest(form="七絕").verse_form.book,  # type: ignore[union-attr]
        WriteRequest(couplet="春水連天碧", rhymes="通韻").verse_form.book,  # type: ignore[union-attr]
    ]
    assert books == [XINYUN, PINGSHUI, TONGYUN]
    with pytest.raises(UsageError, match="rhymes has no effect in sonnet"):
        WriteRequest(form="sonnet", rhymes="新韻")
    with pytest.raises(UsageError, match="rhymes has no effect without a form"):
        WriteRequest(rhymes="新韻")
