"""A duet over HTTP: each request has the lines so far, and its answer what may follow."""

from __future__ import annotations

from typing import Any

import pytest
from starlette.testclient import TestClient

pytestmark = pytest.mark.filterwarnings("ignore::poet.errors.NoDigest")  # of the golden model
ASKED = {"form": "五絕", "seed": 3, "particles": 4, "best_of": 1, "strictness": "off"}


def turn(client: TestClient, **more: Any) -> dict[str, Any]:
    answer = client.post("/api/duet", json=ASKED | more)
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def test_a_poem_is_written_turn_by_turn(client: TestClient) -> None:
    answer = turn(client)
    while not answer["is_finished"]:
        assert answer["proposals"]
        assert answer["remark"].startswith(f"line {len(answer['lines']) + 1} of 4")
        answer = turn(client, lines=[*answer["lines"], answer["proposals"][0]])
    assert answer["proposals"] == []
    assert "".join(answer["lines"]) == answer["text"]
    assert answer["verdict"].startswith("五絕")


def test_the_same_turn_has_the_same_answer_and_refused_lines_do_not_come_again(
    client: TestClient,
) -> None:
    first = turn(client)
    assert turn(client) == first
    others = turn(client, refused=first["proposals"], roll=1)
    assert others["proposals"]
    assert not {*others["proposals"]} & {*first["proposals"]}


def test_a_line_that_breaks_the_form_is_taken_and_named(client: TestClient) -> None:
    answer = turn(client, lines=["春山"], finish=True)
    assert answer["faults"] == ["line 1 has 2 characters, 5 are needed"]
    assert answer["lines"][0] == "春山，"
    assert len(answer["lines"]) == 4
    assert answer["is_finished"]


def test_simplified_lines_go_out_and_come_in(client: TestClient) -> None:
    first = turn(client, script="hans", lines=["夜雨归舟梦"])
    assert first["lines"] == ["夜雨归舟梦，"]
    others = turn(client, script="hans", lines=first["lines"], refused=first["proposals"])
    assert not {*others["proposals"]} & {*first["proposals"]}


def test_lines_of_the_prompt_come_first_and_can_be_taken_back(client: TestClient) -> None:
    assert turn(client, prompt="夜雨歸舟夢")["lines"] == ["夜雨歸舟夢，"]
    assert turn(client, prompt="夜雨歸舟夢", lines=[])["lines"] == []


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"lines": ["春"] * 5}, "which has 4 lines"),
        ({"lines": "春"}, "lines"),
        ({"lines": ["，"]}, "there is no line in it"),
        ({"lines": ["春" * 2001]}, "this server reads 2,000 at most"),
        ({"count": 2}, "a duet is one poem"),
        ({"roll": -1}, "roll is -1"),
        ({"line": []}, "there is no key 'line'"),
    ],
)
def test_what_cannot_be_done_is_a_sentence(
    client: TestClient, wrong: dict[str, Any], message: str
) -> None:
    answer = client.post("/api/duet", json=ASKED | wrong)
    assert answer.status_code == 400
    assert message in answer.json()["error"]["message"]
