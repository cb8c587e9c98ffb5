"""The lines that a call has written are known again, and memory for them has an end."""

from poet.generation.recent_lines import RecentLines


def test_the_oldest_lines_are_forgotten() -> None:
    printed = RecentLines(most=4)
    for poem in (["春水連天碧", "明月照大江"], ["夜雨三千樹", "雲山四萬家"], ["卻嫌桃李色"]):
        assert not printed.knows(poem)
        printed.add(poem)
    assert not printed.knows(["春水連天碧"])
    assert all(printed.knows([line]) for line in ("明月照大江", "夜雨三千樹", "卻嫌桃李色"))
    printed.add(["春水連天碧", *map(str, range(10))])
    assert not printed.knows(["春水連天碧", "卻嫌桃李色"])
