"""No text from outside stands raw in a message: it is escaped, whoever it comes from.

A line break in it would start a line that looks like one of ours, and a terminal obeys escape
sequences. The outside is the input, the command line, RE2, YAML and JSON readers, the system.
"""

from collections.abc import Callable
from pathlib import Path

import pytest

from labelsel import (
    LabelIndex,
    Matches,
    Nothing,
    parse,
    parse_expression,
    parse_fields,
    parse_matchers,
    to_expression,
    to_kubernetes,
    validate_labels,
)
from labelsel.errors import FieldError, IndexFileError, InvalidLabelError, WatchError, escape
from labelsel.kubernetes import Inventory, read_manifests
from labelsel.kubernetes.inventory.names import find_objects, parse_names
from labelsel.kubernetes.model.kinds import parse_kinds
from labelsel.lint import UnknownRuleError
from labelsel.requirements import Contains, Exists

RAW = "x\n::error::y\r\x1b[31m\x85\u2028\u202e\x7f"


def check_message(error: BaseException) -> str:
    """Return an error's message, whose lines break where they are ours and hold nothing raw."""
    message = str(error)
    assert message.replace("\n", "").isprintable(), repr(message)
    assert not any(line.startswith(("::error", "y")) for line in message.split("\n")), message
    return message


RAISED: list[tuple[str, Callable[[], object]]] = [
    ("kubernetes", lambda: parse(RAW)),
    ("kubernetes value", lambda: parse("a in (b\x1b)")),
    ("kubernetes bound", lambda: parse(f"a>{RAW}")),
    ("fields", lambda: parse_fields("a=\\\n")),
    ("calico", lambda: parse_expression(f"a == 'b' {RAW}")),
    ("prometheus", lambda: parse_matchers(RAW)),
    ("prometheus escape", lambda: parse_matchers('{a="\\\x1b"}')),
    ("prometheus expression", lambda: parse_matchers('{__name__=~"a[c{b\n"}')),
    ("expression", lambda: Matches("a", f"({RAW}")),
    ("group name", lambda: Matches("a", "(?P<é\u0301>x+)")),
    ("to calico", lambda: to_expression(Exists(RAW))),
    ("to kubernetes", lambda: to_kubernetes(~Contains("a", RAW))),
    ("kind", lambda: Inventory().select(RAW)),
    ("object", lambda: Inventory().delete("Pod", RAW)),
    ("kind with a name", lambda: parse_kinds(f"pod/{RAW}", [])),
    ("name", lambda: parse_names([RAW, "a/b"])),
    ("name alone", lambda: parse_names([RAW])),
    ("name of two parts", lambda: parse_names([f"pod/{RAW}/a"])),
    ("name that is not there", lambda: find_objects([], [f"pod/{RAW}"])),
]


@pytest.mark.parametrize(("what", "call"), RAISED, ids=[what for what, _ in RAISED])
def test_errors(what: str, call: Callable[[], object]) -> None:
    """What is raised for hostile text says so in lines of its own."""
    with pytest.raises((ValueError, LookupError)) as caught:
        call()
    assert check_message(caught.value), what


def test_errors_that_are_returned(tmp_path: Path) -> None:
    """A file's name, what YAML and JSON say of it, and what stands in it."""
    yaml, json = tmp_path / "a\n::error::b.yaml", tmp_path / "c.json"
    yaml.write_text('kind: Pod\n"\\u001b": 1\n"\\u001b": 1\n--- \na: *b\n---\na: [\n')
    json.write_text('{"a\\n\\u001b": 1, "a\\n\\u001b": 2}')
    for path in (yaml, json, tmp_path / f"{'d' * 9}\n.yaml"):
        told: list[Exception] = []
        read = read_manifests([path], on_error=told.append, on_warning=told.append)
        assert list(read) == []
        assert told
        for fault in told:
            check_message(fault)


def test_an_index_file() -> None:
    """The name of a file that is no index is escaped."""
    error = IndexFileError(f"a/{RAW}", "it ends after 0 bytes, in its header")
    assert check_message(error).startswith(r"a/x\n::error::y")


@pytest.mark.parametrize(
    "error", [WatchError(410, RAW), FieldError(RAW, "no field"), UnknownRuleError(RAW)], ids=repr
)
def test_errors_that_hold_text(error: Exception) -> None:
    """What a server says, and names that the user gave."""
    assert r"x\n::error::y\r\x1b[31m\x85\u2028\u202e\x7f" in check_message(error)


def test_problems_of_labels() -> None:
    """Labels of any text are shown as Python writes them."""
    problems = validate_labels({RAW: RAW})
    assert problems
    check_message(InvalidLabelError(problems))


def test_escaped() -> None:
    """What prints stays as it is, also what is not ASCII; a backslash too."""
    assert escape(r"web-1 é \n") == r"web-1 é \n"
    assert escape("a\tb\ud800") == r"a\tb\ud800"
    # GitHub Actions takes this for a command wherever it is in a line.
    assert escape("a ##[error]b ###[x") == r"a #\x23[error]b ##\x23[x"
    assert escape(escape("##[\n")) == escape("##[\n")


def test_the_check_can_fail() -> None:
    """A message that repeats a text raw is found."""
    for message in (f"no such file: {RAW}", "no such file: x\n::error::y", "a\x1b[31m"):
        with pytest.raises(AssertionError):
            check_message(ValueError(message))
    assert check_message(ValueError("two\n  lines"))
    assert not LabelIndex().select(Nothing())
