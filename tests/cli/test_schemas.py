"""The schemas of docs/schemas: what -o json prints is valid, and the schemas are strict."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import jsonschema
import pytest
from referencing import Registry, Resource
from sarif_kit.validate import validation_errors

from tests.cli.hostile_world import OUTPUTS, call
from tests.hostile_outputs import world
from tests.hostile_texts import HARMLESS, TOGETHER

FOLDER: Final = Path(__file__).resolve().parents[2] / "docs" / "schemas"
SCHEMAS: Final[dict[str, dict[str, Any]]] = {
    path.stem: json.loads(path.read_text(encoding="utf-8")) for path in FOLDER.glob("*.json")
}
#: So that one schema finds another beside it.
REGISTRY: Final[Registry[Any]] = Registry().with_resources(
    (f"{name}.json", Resource.from_contents(schema)) for name, schema in SCHEMAS.items()
)
#: Further command lines with JSON of a shape of its own.
MORE: Final = {
    "lint": [
        ["lint", "bad", "--keep-going"],
        ["lint", "in", "odd", "--fix", "--dry-run", "--diff"],
        ["lint", "in", "odd", "--baseline", "known.json"],
    ],
    "query": [["query", "rows{file}.db", "-l", "tier=web", "--count", "--layout", "json:labels"]],
    "why": [
        ["why", "-f", "in", "-n", "shop", "-e", "a == 'b' || !has(tier)", "po/web", "svc/web"],
        ["why", "-f", "in", "-n", "shop", "-l", "tier=web", "po/web"],
    ],
    "explain": [["explain", "-A", "-f", "in", "po", "-l", "tier=web,!gone"]],
    "groups": [["groups", "po", "-A", "-f", "in", "-L", "gone,tier"]],
    "who-selects": [["who-selects", "-A", "-f", "in", "-f", "old{file}", "pod/web"]],
    "selects": [
        ["selects", "-A", "-f", "in", "-f", "old{file}", "svc/web"],
        ["selects", "-n", "shop", "-f", "in", "netpol/web"],
    ],
    "nodes-for": [["nodes-for", "-A", "-f", "in", "-f", "old{file}", "pod/web"]],
    "reach": [
        ["reach", "-A", "-f", "in", "-n", "shop", "deploy/web", "pod/web", "--port", "1"],
        ["reach", "-A", "-f", "in", "-f", "old{file}", "deploy/web", "pod/web"],
    ],
    "translate": [
        ["translate", "--to", "label-selector", "a=b,!c"],
        ["translate", "--to", "node-selector", "a>1"],
        ["translate", "--to", "sql", "--dialect", "duckdb", "--layout", "json", "a=b"],
        ["translate", "--to", "sql", "--dialect", "sqlite", "--layout", "columns", "a=b"],
    ],
}
#: The commands whose JSON is objects as kubectl prints them; who-selects only for one object.
KUBECTL: Final = {"get", "label", "annotate", "rename", "delete", "create"}


def faults(name: str, data: object) -> list[str]:
    """What a schema finds wrong in data."""
    validator = jsonschema.Draft202012Validator(SCHEMAS[name], registry=REGISTRY)
    return [f"{error.json_path}: {error.message}" for error in validator.iter_errors(data)]


def command_lines() -> Iterator[tuple[str, list[str]]]:
    """The command lines with -o json, each with the name of its schema."""
    for words, form in OUTPUTS.values():
        if form == "json" and words[0] not in KUBECTL | {"who-selects"}:
            yield words[0], words
    for name, lines in MORE.items():
        yield from ((name, [*words, "-o", "json"]) for words in lines)


@pytest.fixture(scope="module")
def documents() -> list[tuple[str, Any]]:
    """What the commands print, on files with a harmless text, and on files with a hostile one."""
    found: list[tuple[str, Any]] = []
    for text in (HARMLESS, TOGETHER):
        with world(text):
            write = ["lint", "in", "odd", "--baseline", "known.json", "--write-baseline"]
            call(write, text)
            found.append(("baseline", json.loads(Path("known.json").read_text())))
            for name, words in command_lines():
                printed = call(words, text)
                if name != "translate" or printed.output:
                    found.append((name, json.loads(printed.output)))
    return found


def test_every_output_has_a_schema() -> None:
    """Each command that prints JSON of its own has a schema, and each schema its command."""
    commands = {words[0] for words, form in OUTPUTS.values() if form == "json"}
    assert commands - KUBECTL == SCHEMAS.keys() - {"object", "baseline"}
    assert {name for name, _ in command_lines()} == commands - KUBECTL
    for name, schema in SCHEMAS.items():
        jsonschema.Draft202012Validator.check_schema(schema)
        assert schema["title"], name


@pytest.mark.slow
def test_outputs_are_valid(documents: list[tuple[str, Any]]) -> None:
    """What is printed is what its schema says, whatever the texts."""
    assert {name for name, _ in documents} == SCHEMAS.keys() - {"object"}
    assert [(name, found) for name, data in documents if (found := faults(name, data))] == []


#: What has any keys: labels, columns, files, and objects and parameters that others define.
FREE: Final = {
    "labels",
    "columns",
    "diffs",
    "selected_by",
    "parameters",
    "edit",
    "matchExpressions",
}
FREE_OBJECTS: Final = {"matchLabels", "nodeSelectorTerms"}


def parts(data: Any) -> Iterator[dict[str, Any]]:
    """Yield each map in data whose fields are named by us."""
    if isinstance(data, list):
        for each in data:
            yield from parts(each)
    elif isinstance(data, dict) and not data.keys() & FREE_OBJECTS:
        yield data
        for key, each in data.items():
            if key not in FREE:
                yield from parts(each)


@pytest.mark.slow
def test_the_schemas_are_strict(documents: list[tuple[str, Any]]) -> None:
    """A field more and a field less are faults, in each part of an output."""
    tried = set()
    for name, data in documents:
        for part in parts(data):
            shape = (name, *part)
            if shape in tried:
                continue
            tried.add(shape)
            part["more"] = 1
            assert faults(name, data), shape
            del part["more"]
            for field in shape[1:]:
                kept = part.pop(field)
                # Only the first step of a plan has the time of planning.
                assert faults(name, data) or field == "planning", (shape, field)
                part[field] = kept
    assert len(tried) > 40


@pytest.mark.slow
def test_sarif() -> None:
    """The schema of OASIS takes the findings, fixes and input errors of all these files."""
    for text in (HARMLESS, TOGETHER):
        with world(text):
            for words in (["lint", "in", "odd"], ["lint", "bad", "--keep-going"]):
                log = json.loads(call([*words, "-o", "sarif"], text).output)
                assert log["runs"][0]["results"] or words[1] == "bad"
                assert validation_errors(log) == []
