"""Chinese names in Latin letters, printed in pinyin and understood however they are spelt."""

from __future__ import annotations

import pytest

from poet.prosody.chinese.romanised import authors_called, is_pinyin, letters, romanised

AUTHORS = (
    "*",
    "白居易",
    "蘇軾",
    "杜甫",
    "李白",
    "陸游",
    "歐陽修",
    "李賀",
    "寒山",
    "杜牧",
    "呂本中",
)


@pytest.mark.parametrize(
    ("name", "spelt"),
    [
        ("李白", "Li Bai"),
        ("歐陽修", "Ouyang Xiu"),
        ("司空曙", "Sikong Shu"),
        ("曾鞏", "Zeng Gong"),
        ("張說", "Zhang Yue"),
        ("呂本中", "Lü Benzhong"),
        ("皎然", "Jiaoran"),
        ("*", "*"),
    ],
)
def test_a_name_is_written_in_pinyin_its_family_name_first(name: str, spelt: str) -> None:
    assert romanised(name) == spelt


@pytest.mark.parametrize(
    ("typed", "author"),
    [
        ("Li Bai", "李白"),
        ("LI BAI", "李白"),
        ("libai", "李白"),
        ("Lǐ Bái", "李白"),
        ("Li Po", "李白"),
        ("Tu Fu", "杜甫"),
        ("Po Chü-i", "白居易"),
        ("Po Chu-i", "白居易"),
        ("Bo Juyi", "白居易"),
        ("Su Tung-p'o", "蘇軾"),
        ("Su Dongpo", "蘇軾"),
        ("東坡", "蘇軾"),
        ("Ou-yang Hsiu", "歐陽修"),
        ("Lv Benzhong", "呂本中"),
        ("Lu Benzhong", "呂本中"),
        ("Han-shan", "寒山"),
        ("Cold Mountain", "寒山"),
    ],
)
def test_an_author_is_found_by_any_spelling_of_the_name(typed: str, author: str) -> None:
    assert authors_called(typed, AUTHORS) == [author]


def test_a_family_name_alone_means_all_who_have_it() -> None:
    assert authors_called("Du", AUTHORS) == ["杜甫", "杜牧"]
    assert authors_called("Tu", AUTHORS) == ["杜甫", "杜牧"]


@pytest.mark.parametrize(
    "typed", ["", "Keats", "Bai Li", "王維", "放翁居士", "Xin Qiji", "辛稼軒", "*"]
)
def test_whom_the_model_does_not_know_is_not_found(typed: str) -> None:
    assert authors_called(typed, AUTHORS) == []


def test_english_names_are_mostly_no_pinyin() -> None:
    assert [name for name in ("Keats", "Walt Whitman", "W. B. Yeats", "") if is_pinyin(name)] == []
    assert all(map(is_pinyin, ("Li Bai", "Po Chü-i", "Wang Anshi", "Hsieh Ling-yün", "Han'er")))


def test_names_are_compared_by_their_plain_letters() -> None:
    assert letters("Yǐn  Xī'é") == letters("yinxie") == "yinxie"
    assert letters("李 Bai") == ""
