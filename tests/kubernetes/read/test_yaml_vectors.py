"""YAML's corners: what kubectl reads, what is read here, and docs/yaml.md, which says so.

The outcomes under ``kubectl`` were found by running sigs.k8s.io/yaml 1.3 (go-yaml 2.4) on each
text, cut into documents as k8s.io/apimachinery's YAMLReader cuts it; documents that are null are
left out there as here. A row has ``labelsel`` and ``why`` where something else is read here.
"""

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from labelsel.kubernetes.errors import ManifestError
from labelsel.kubernetes.read.yaml_reader import read_yaml

ROOT = Path(__file__).resolve().parents[3]
ROWS: list[dict[str, Any]] = [
    json.loads(line) for line in (ROOT / "tests/vectors/yaml.jsonl").read_text().splitlines()
]
DOCUMENT = (ROOT / "docs" / "yaml.md").read_text()
#: A text longer than this stands in the document in part.
_SHOWN = 80


#: What PyYAML reads otherwise where it was built without libyaml.
OF_LIBYAML = frozenset(
    {
        *("tab behind the colon", "tab in brackets", "tab before a comment", "tab in a block"),
        *("tab at the end of a value", "tab before a key in brackets"),
        *("BOM of a second document", "directive unknown"),
        *("no value, comma, plain key", "no value, bracket"),
    }
)


def outcomes(text: str) -> list[dict[str, Any]]:
    """What is read of a text, with no more than ``error`` of a document that cannot be read."""
    found: list[dict[str, Any]] = []
    for read in read_yaml(text, "a.yaml"):
        if isinstance(read, ManifestError):
            found.append({"error": True})
        elif read.value is not None:
            found.append({"value": read.value})
    return found


def as_kubectl_stops(found: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The same up to the first document that cannot be read: kubectl reads no further."""
    bad = (number for number, one in enumerate(found, 1) if "error" in one)
    return found[: next(bad, len(found))]


@pytest.mark.parametrize("parser", ["libyaml", "python"])
@pytest.mark.parametrize("row", ROWS, ids=[row["topic"] for row in ROWS])
def test_outcomes(row: dict[str, Any], parser: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A text reads as kubectl reads it, or as the row says that it does not."""
    if parser == "python":
        if row["topic"] in OF_LIBYAML:
            pytest.skip("PyYAML's own parser reads it in another way: docs/yaml.md says so")
        monkeypatch.delattr(yaml, "CSafeLoader", raising=False)
    found = outcomes(row["text"])
    if "labelsel" in row:
        assert found == row["labelsel"]
        assert found != row["kubectl"]
    else:
        assert as_kubectl_stops(found) == row["kubectl"]


def test_each_topic_stands_once() -> None:
    """A row can be named, and tells of something of its own."""
    assert len({row["topic"] for row in ROWS}) == len({row["text"] for row in ROWS}) == len(ROWS)


def code(text: str) -> str:
    """A text of one line in Markdown."""
    text = text if len(text) <= _SHOWN else f"{text[:_SHOWN]} ..."
    return f"``{text}``".replace("|", "\\|")


def escaped(text: str) -> str:
    """A text on one line and in ASCII, without quotes around it."""
    return json.dumps(text)[1:-1].replace('\\"', '"')


def said(found: list[dict[str, Any]]) -> str:
    documents = ["an error" if "error" in one else code(json.dumps(one["value"])) for one in found]
    return ", then ".join(documents) or "nothing"


def test_the_document() -> None:
    """The tables of docs/yaml.md are the rows."""
    lines = ["| what | text | kubectl | labelsel | why |", "| --- | --- | --- | --- | --- |"]
    for row in ROWS:
        if "labelsel" in row:
            text = code(escaped(row["text"]))
            cells = (text, said(row["kubectl"]), said(row["labelsel"]), row["why"])
            lines.append(f"| {' | '.join((row['topic'], *cells))} |")
    lines += ["", "## Where they agree", "", "| what | text | both |", "| --- | --- | --- |"]
    for row in ROWS:
        if "labelsel" not in row:
            text = code(escaped(row["text"]))
            lines.append(f"| {row['topic']} | {text} | {said(row['kubectl'])} |")
    tables = "\n".join(lines) + "\n"
    assert DOCUMENT.endswith(tables), f"write in docs/yaml.md:\n{tables}"
