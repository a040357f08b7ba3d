"""Messages about objects: nothing from outside begins a line in them, or is obeyed."""

import copy
import pickle

import pytest

from labelsel.kubernetes import (
    Edit,
    EditError,
    ExpiredError,
    FieldError,
    Inventory,
    LabellingError,
    ManifestError,
    NamingError,
    NoManifestError,
    NotFoundError,
    Refusal,
    Resource,
    Source,
    UnknownKindError,
    WatchError,
    find_object,
    parse_kinds,
)
from labelsel.lint import UnknownRuleError

ODD = "a\n::error::\r\x07\x1b[1m\x7f\x9b\u2028\u202e\u2066"


def obj(name: str, namespace: str, kind: str = "Pod") -> Resource:
    return Resource(kind, "v1", namespace, name, {}, {}, {}, Source(ODD, 1, 1))


FAULT = ManifestError(ODD, ODD, document=1, line=2)


@pytest.mark.parametrize(
    ("error", "lines"),
    [
        (FAULT, 1),
        (NoManifestError(ODD, ODD), 1),
        (EditError([FAULT, FAULT]), 2),
        (LabellingError([Refusal(obj(ODD, ODD), ODD)]), 1),
        (NamingError(ODD, ODD), 2),
        (FieldError(ODD, ODD), 1),
        (UnknownRuleError(ODD), 2),
        (WatchError(500, ODD), 1),
        (ExpiredError(410, ODD), 1),
    ],
    ids=lambda value: type(value).__name__,
)
def test_errors(error: Exception, lines: int) -> None:
    """The text of an error has the lines that it is made of, and no others."""
    found = str(error).split("\n")
    assert len(found) == lines
    assert all(line.isprintable() and not line.startswith("::") for line in found)


def test_errors_from_questions() -> None:
    """The same where names that were asked for, and names that are there, are put together."""
    objects = [obj(ODD, ODD), obj(ODD, f"{ODD}2"), obj(f"{ODD}3", ODD), obj(ODD, ODD, f"Odd{ODD}")]
    here = Inventory.of([{"kind": "Pod", "apiVersion": "v1", "metadata": {"name": ODD}}])
    messages: list[str] = []
    for ask in (
        lambda: find_object(objects, ["pod", ODD], None),
        lambda: find_object(objects, ["pod", f"{ODD}4"], None),
        lambda: find_object(objects, ["pod", ODD], "x"),
        lambda: find_object(objects, [ODD], None),
        lambda: parse_kinds(ODD, [item.group_kind for item in objects]),
        lambda: parse_kinds(f"{ODD}/{ODD}", []),
        lambda: here.get(ODD, ODD),
        lambda: here.delete("po", f"{ODD}1", namespace=ODD),
    ):
        with pytest.raises((NamingError, UnknownKindError, NotFoundError)) as caught:
            ask()
        messages.append(str(caught.value))
    for line in "\n".join(messages).split("\n"):
        assert line.isprintable()
        assert not line.startswith("::")


def test_faults_are_copied_whole() -> None:
    """A fault that is pickled or copied stays what it is, and of its own class."""
    for fault in (FAULT, NoManifestError("a", "b")):
        sent = pickle.loads(pickle.dumps(fault))  # noqa: S301 - its own bytes
        for again in (sent, copy.copy(fault)):
            assert type(again) is type(fault)
            assert str(again) == str(fault)


def test_edits_of_odd_objects() -> None:
    """An edit that is refused names its object on one line."""
    fault = Edit(obj(ODD, ODD), None).fault
    assert fault is not None
    assert str(fault).isprintable()
