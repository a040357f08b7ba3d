"""Questions about objects: kinds, labels, fields and namespaces together."""

import subprocess
import sys
from dataclasses import replace

import pytest

from labelsel import SelectorSyntaxError, parse, parse_fields
from labelsel.kubernetes import FieldError, NamingError, Resource, Source, UnknownKindError, select
from labelsel.kubernetes.inventory.find import UNNAMED
from labelsel.kubernetes.inventory.names import ObjectName, find_named
from labelsel.kubernetes.model.resource import TextLocation


def obj(
    kind: str, name: str, namespace: str | None = None, api_version: str = "v1", **labels: str
) -> Resource:
    body = {"kind": kind, "metadata": {"name": name, "namespace": namespace}}
    return Resource(kind, api_version, namespace, name, labels, {}, body, Source("a", 1, 1))


OBJECTS = (
    obj("Pod", "a", app="web"),
    obj("Pod", "b", "default", app="web", debug=""),
    obj("Pod", "c", "shop", app="web"),
    obj("Pod", "d", "shop", app="db"),
    obj("Deployment", "e", "shop", "apps/v1", app="web"),
    obj("Node", "f", disk="ssd"),
    obj("Probe", "g", api_version="example.com/v1"),
    obj("Pod", "h", "blog", app="web"),
)


def names(*args: str, kinds: str | None = None, namespace: str | None = "default") -> str:
    found = select(OBJECTS, *args, kinds=kinds, namespace=namespace)
    return "".join(item.name for item in found.resources)


@pytest.mark.parametrize(
    ("labels", "kinds", "namespace", "expected"),
    [
        # The default namespace has what names none, too.
        ("", None, "default", "abfg"),
        ("app=web", None, "default", "ab"),
        ("app=web,!debug", None, "default", "a"),
        ("!app", None, "default", "fg"),
        ("", "po", "default", "ab"),
        # Another namespace has only what names it,
        ("", None, "shop", "cde"),
        ("app=web", None, "shop", "ce"),
        ("", "pods,deploy", "shop", "cde"),
        ("", "pods", "shop", "cd"),
        # and what has no namespace only where its kind is named and known to have none.
        ("", "no", "shop", "f"),
        ("", "no,po", "shop", "cdf"),
        ("", "probes", "shop", ""),
        # All of them.
        ("app=web", None, None, "abceh"),
        ("", "no", None, "f"),
        ("", None, "nowhere", ""),
        ("", "svc", None, ""),
    ],
)
def test_select(labels: str, kinds: str | None, namespace: str | None, expected: str) -> None:
    """Every question has the objects that kubectl would show, in their order."""
    assert names(labels, kinds=kinds, namespace=namespace) == expected


def test_matches_elsewhere_are_counted() -> None:
    """What matches in other namespaces is counted by namespace; nothing else is."""
    assert select(OBJECTS, "app=web").other_namespaces == {"blog": 1, "shop": 2}
    assert select(OBJECTS, "app=web", namespace="shop").other_namespaces == {
        "blog": 1,
        "default": 1,
    }
    assert select(OBJECTS, "app=web", namespace=None).other_namespaces == {}
    assert select(OBJECTS, kinds="no").other_namespaces == {}


def test_labels_and_fields_must_both_hold() -> None:
    """Selectors are taken as text or as they are."""
    found = select(OBJECTS, "app=web", fields="metadata.name!=c", namespace="shop")
    assert [item.name for item in found.resources] == ["e"]
    again = select(
        OBJECTS, parse("app=web"), fields=parse_fields("metadata.name!=c"), namespace="shop"
    )
    assert again == found


def test_nothing_to_ask() -> None:
    """An empty input has an empty answer."""
    assert select([], "app=web").resources == []


@pytest.mark.parametrize(
    ("labels", "kinds", "fields", "error"),
    [
        ("a=b||c", None, "", SelectorSyntaxError),
        ("", None, "a", SelectorSyntaxError),
        ("", "xyzzy", "", UnknownKindError),
        ("", None, "metadata.nme=x", FieldError),
        # A field is looked for among the kinds that are asked for.
        ("", "deploy", "spec.nodeName=x", FieldError),
    ],
)
def test_errors(labels: str, kinds: str | None, fields: str, error: type[Exception]) -> None:
    """A question that has no meaning is an error, never an empty answer."""
    with pytest.raises(error):
        select(OBJECTS, labels, kinds=kinds, fields=fields)


def test_one_question_needs_no_index() -> None:
    """What a command imports to find objects loads neither the index nor numpy."""
    code = """
import sys
from labelsel.kubernetes import find_objects, read_object_selectors, select
print(*(name for name in sys.modules if name == "numpy" or name.startswith("labelsel.index")))
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (done.stdout, done.stderr) == ("\n", "")


@pytest.mark.parametrize("kinds", [None, "po"])
def test_objects_of_a_stream(kinds: str | None) -> None:
    """Without a namespace, objects of standard input are found in all of them."""
    place = TextLocation(b"", 0, json=False)
    files = [replace(item, source=replace(item.source, location=place)) for item in OBJECTS]
    for objects, expected in (OBJECTS, "abcdh"), (files, "ab"):
        found = select(objects, kinds=kinds, namespace=UNNAMED)
        pods = [item.name for item in found.resources if item.kind == "Pod"]
        assert "".join(pods) == expected
    named = find_named(OBJECTS, [ObjectName("po", "c")], UNNAMED)
    assert [item.name for item in named] == ["c"]
    with pytest.raises(NamingError, match="po/c is not in namespace default, but in shop"):
        find_named(files, [ObjectName("po", "c")], UNNAMED)
