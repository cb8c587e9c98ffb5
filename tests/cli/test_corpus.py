"""The corpus commands: data on stdout, everything else on stderr."""

from __future__ import annotations

import io
import json
import tarfile
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from poet import paths
from poet.cli import cli
from poet.corpus.catalogue import digest, file_digests, folder, is_fetched
from poet.errors import InputError, UsageError

POEMS = json.dumps(
    [{"author": "某", "title": "江上", "paragraphs": ["春水連天碧，", "孤帆入曉煙。"]}]
).encode()
CATALOGUE = """
[origins.tiny]
home = "https://example.org/tiny"
licence = "MIT"
raw = "http://127.0.0.1:9"
package = "tiny-poetry@1.0.0"
[corpora.tiny]
title = "小詩"
description = "One poem"
script = "hant"
licence = "MIT"
origin = "tiny"
raw_folder = "tiny"
package_folder = "dist"
poems = 1
files = 1
bytes = 110
[corpora.sample]
title = "樣本"
description = "Ours"
script = "hant"
licence = "MIT"
"""


@pytest.fixture(autouse=True)
def _tiny_world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A poet that ships one corpus of one poem to fetch, and one of one poem to begin with."""
    home = tmp_path / "shipped" / "corpus"
    (home / "digests").mkdir(parents=True)
    (home / "sample").mkdir()
    (home / "catalogue.toml").write_text(CATALOGUE, encoding="utf-8")
    (home / "digests" / "tiny.txt").write_text(f"{digest(POEMS)[0]}  poet.tiny.0.json  1\n")
    text = "# 夜讀\n青燈一豆紅，\n黃卷對西風。\n"
    (home / "sample" / "quatrains.txt").write_text(text, encoding="utf-8")
    monkeypatch.setattr(paths, "shipped", lambda: tmp_path / "shipped")
    monkeypatch.setenv("POET_HOME", str(tmp_path / "home"))
    monkeypatch.delenv("POET_CORPUS_URL", raising=False)


@pytest.fixture
def package(tmp_path: Path) -> str:
    path = tmp_path / "tiny-poetry-1.0.0.tgz"
    info = tarfile.TarInfo("package/dist/poet.tiny.0.json")
    info.size = len(POEMS)
    with tarfile.open(path, "w:gz") as tar:
        tar.addfile(info, io.BytesIO(POEMS))
    return str(path)


def poet_corpus(*arguments: str) -> Result:
    return CliRunner().invoke(cli, ["corpus", *arguments], catch_exceptions=False)


def test_list_says_what_there_is_and_what_is_here() -> None:
    rows = [line.split() for line in poet_corpus("list").stdout.splitlines()]
    assert rows[0] == ["name", "poems", "MB", "licence", "fetched", "description"]
    assert rows[1] == ["tiny", "1", "0.00", "MIT", "no", "小詩", "One", "poem"]
    assert rows[2][:5] == ["sample", "1", "0.00", "MIT", "yes"]


def test_fetch_takes_an_archive_and_says_what_came(package: str) -> None:
    result = poet_corpus("fetch", "tiny", "--from-archive", package)
    assert result.stdout == ""
    route, outcome = result.stderr.splitlines()
    assert route == f"tiny: {package}"
    assert "1 poems in 1 files" in outcome
    assert str(folder("tiny")) in outcome
    assert is_fetched("tiny")


def test_fetch_of_what_ships_says_there_is_nothing_to_do() -> None:
    result = poet_corpus("fetch", "sample")
    assert (result.exit_code, result.stdout) == (0, "")
    assert result.stderr.startswith("sample ships with poet")


def test_fetch_without_a_route_fails_with_what_to_type_next(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("PATH", "")
    with pytest.raises(InputError) as error:
        poet_corpus("fetch", "tiny", "--route", "npm")
    assert error.value.message == "tiny could not be fetched: npm: npm is not installed"
    assert "poet corpus fetch tiny --from-archive tiny-poetry-1.0.0.tgz" in error.value.hint


def test_no_name_is_fetched_when_one_of_them_is_mistyped(package: str) -> None:
    with pytest.raises(UsageError, match="there is no corpus called 'tinny'"):
        poet_corpus("fetch", "tiny", "tinny", "--from-archive", package)
    assert not is_fetched("tiny")


def test_an_archive_and_a_route_exclude_each_other(package: str) -> None:
    with pytest.raises(UsageError, match="--from-archive and --route"):
        poet_corpus("fetch", "tiny", "--route", "npm", "--from-archive", package)


def test_show_gives_the_facts_and_one_poem(package: str) -> None:
    poet_corpus("fetch", "tiny", "--from-archive", package)
    facts, _, poem = poet_corpus("show", "tiny").stdout.partition("\n\n")
    assert "origin   https://example.org/tiny" in facts
    assert f"folder   {folder('tiny')}" in facts
    assert poem == "江上  某\n春水連天碧，\n孤帆入曉煙。\n"


def test_show_of_what_is_not_fetched_says_how_to_fetch_it() -> None:
    result = poet_corpus("show", "tiny")
    assert result.stderr == "not fetched yet: poet corpus fetch tiny\n"
    assert str(folder("tiny")) not in result.stdout


def test_show_of_what_ships_gives_its_poem_at_once() -> None:
    assert poet_corpus("show", "sample").stdout.endswith("夜讀\n青燈一豆紅，\n黃卷對西風。\n")


def test_a_corpus_of_tei_files_is_fetched_and_shown_as_a_model_reads_it(tmp_path: Path) -> None:
    tei = b"""<TEI><author>Ann Reed</author><text><lg type="poem"><head>THE RAIN .</head>
    <lg type="stanza"><l>The rain came down on all the road ,</l><l>And on the roof .</l></lg>
    <lg type="stanza"><l>The lamp was low , the night was long ;</l><l>I sang with it .</l></lg>
    </lg></text></TEI>"""
    sha256, blob = file_digests(tei)
    shipped = tmp_path / "shipped" / "corpus"
    entry = CATALOGUE.replace("tiny", "books").replace('script = "hant"', 'script = "latin"', 1)
    entry = entry.replace('package = "books-poetry@1.0.0"', "").replace('raw_folder = "books"', "")
    entry = entry.replace('package_folder = "dist"', 'digest_of = "file"')
    (shipped / "catalogue.toml").write_text(entry, encoding="utf-8")
    (shipped / "digests" / "books.txt").write_text(f"{sha256}  1800_Poetry/a.xml  1  {blob}\n")
    info = tarfile.TarInfo("1800_Poetry/a.xml")
    info.size = len(tei)
    with tarfile.open(tmp_path / "books.tar.xz", "w:xz") as tar:
        tar.addfile(info, io.BytesIO(tei))
    poet_corpus("fetch", "books", "--from-archive", str(tmp_path / "books.tar.xz"))
    facts, _, poem = poet_corpus("show", "books").stdout.partition("\n\n")
    assert "script   Latin letters" in facts
    assert poem == (
        "The Rain  Ann Reed\nThe rain came down on all the road,\nAnd on the roof.\n\n"
        "The lamp was low, the night was long;\nI sang with it.\n"
    )


def test_check_shows_the_first_poems_as_they_will_be_learnt_and_what_was_dropped(
    tmp_path: Path,
) -> None:
    path = tmp_path / "poems.csv"
    verse = "竹户临流水，柴门对远山。日长人不到，唯有白云还。"
    path.write_text(f"标题,作者,正文\n溪居,张三,{verse}\n夜坐,李四,春□水。\n山行,王五,\n")
    result = poet_corpus("check", str(path))
    assert result.exit_code == 0
    assert "text from '正文', title from '标题', author from '作者'" in result.stderr
    lines = result.stdout.splitlines()
    at = lines.index("learnt as title: 溪居  author: 張三")
    assert lines[at + 1 : at + 3] == ["          竹戶臨流水，", "          柴門對遠山。"]
    assert "not verse records without text 1" in lines
    assert "left out  1: a character is missing; poem 2: 夜坐 春□水。" in lines
    shown = poet_corpus("show", str(path), "--text-field", "标题", "--title-field", "正文")
    assert shown.stdout.splitlines()[0].endswith("张三")


def test_nothing_in_a_text_commands_a_terminal(
    poet: Callable[..., tuple[int, str, str]], tmp_path: Path
) -> None:
    odd = "a\x1b]0;X\x07\u202e\x9b31m\ufffe"
    records = [{odd: odd, "title": odd, "author": odd, "text": "夜雨歸舟靜，燈寒客夢輕。" + odd}]
    file = tmp_path / "poems.json"
    file.write_text(json.dumps(records * 9), "utf-8")
    for words in (("show",), ("check",), ("check", "--json")):
        _, out, err = poet("corpus", *words, file)
        assert not set(out + err) & set("\x1b\x07\u202e\x9b\ufffe")
