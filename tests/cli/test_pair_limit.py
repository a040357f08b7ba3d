"""Several answers with very many pairs are refused: n objects of a name that n selectors select."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from labelsel.cli import namesakes
from labelsel.cli.screen import Failure
from tests.cli.conftest import Run

POD = {
    "kind": "Pod",
    "apiVersion": "v1",
    "metadata": {"name": "web", "labels": {"a": "b"}},
    "spec": {"nodeSelector": {"a": "b"}},
}
SERVICE = {
    "kind": "Service",
    "apiVersion": "v1",
    "metadata": {"name": "web"},
    "spec": {"selector": {"a": "b"}},
}
NODE = {"kind": "Node", "apiVersion": "v1", "metadata": {"name": "n1", "labels": {"a": "b"}}}
QUESTIONS = [["who-selects", "pod/web"], ["selects", "svc/web"], ["nodes-for", "pod/web"]]


def write(path: Path, count: int) -> None:
    """Write so many Pods, Services and Nodes of one name."""
    items = [each for each in (POD, SERVICE, NODE) for _ in range(count)]
    path.write_text(json.dumps({"kind": "List", "apiVersion": "v1", "items": items}))


@pytest.mark.parametrize("words", QUESTIONS, ids=lambda words: str(words[0]))
def test_several_answers(
    words: list[str], run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """At the limit all are printed, beyond it none."""
    write(tmp_path / "a.json", 3)
    monkeypatch.setattr(namesakes, "MAX_PRINTED_PAIRS", 9)
    result = run(*words, "-f", "a.json")
    assert (result.exit_code, result.stdout.count("a.json:1")) == (0, 3)
    monkeypatch.setattr(namesakes, "MAX_PRINTED_PAIRS", 8)
    for output in ("table", "json", "name"):
        result = run(*words, "-f", "a.json", "-o", output)
        assert (result.exit_code, result.stdout) == (1, "")
        assert result.stderr == (
            "error: the answers have more than 8 pairs of a selector and an object; name one "
            "namespace with -n, or fewer files\n"
        )


@pytest.mark.parametrize("words", QUESTIONS, ids=lambda words: str(words[0]))
def test_one_answer(
    words: list[str], run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is as long as the input, and is never refused."""
    monkeypatch.setattr(namesakes, "MAX_PRINTED_PAIRS", 0)
    write(tmp_path / "a.json", 1)
    result = run(*words, "-f", "a.json")
    assert (result.exit_code, len(result.stdout.splitlines())) == (0, 2)


def test_what_is_refused_is_not_made() -> None:
    """The answers beyond the limit are not asked for."""
    asked: list[int] = []

    def answers() -> Iterator[int]:
        for number in range(10):
            asked.append(number)
            yield 60_000

    with pytest.raises(Failure):
        namesakes.limit_pairs(answers(), lambda pairs: pairs)
    assert asked == [0, 1]
