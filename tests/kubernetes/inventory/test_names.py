"""Objects by kind and name, and what is said of those that are not there."""

from dataclasses import replace

import pytest

from labelsel import typos
from labelsel.errors import NamingError
from labelsel.kubernetes import Resource, Source, UnknownKindError
from labelsel.kubernetes.inventory.names import (
    check_one_namespace,
    find_object,
    find_objects,
    parse_names,
)


def obj(kind: str, name: str, namespace: str | None = None, api_version: str = "v1") -> Resource:
    return Resource(kind, api_version, namespace, name, {}, {}, {}, Source("a.yaml", 1, 1))


OBJECTS = (
    obj("Pod", "web-1", "shop"),
    obj("Pod", "web-1", "staging"),
    obj("Pod", "web-2", "shop"),
    obj("Pod", "tool"),
    obj("Deployment", "web", "shop", "apps/v1"),
    obj("Service", "web", "shop"),
    obj("Node", "n1"),
    obj("Probe", "door", "ops", "example.com/v1"),
)


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("pod/a", "pod/a"),
        ("pod/a deploy/b pods/a", "pod/a deploy/b pods/a"),
        ("pod a", "pod/a"),
        ("pod a b", "pod/a pod/b"),
    ],
)
def test_names(words: str, expected: str) -> None:
    """Both forms of kubectl are read, several names at a time."""
    assert " ".join(map(str, parse_names(words.split()))) == expected


@pytest.mark.parametrize(
    ("words", "problem"),
    [
        ("", "no object is named: write pod/NAME, or pod NAME"),
        ("deploy", "no object is named: write deploy/NAME, or deploy NAME"),
        ("pod pod/a", '"pod" has no kind, as other names here have: write KIND/pod'),
        ("pod/a b", '"b" has no kind, as other names here have: write KIND/b'),
        ("pod/a/b", '"pod/a/b" is not the name of an object: write KIND/NAME, as in pod/web-1'),
        ("pod/", '"pod/" is not the name of an object: write KIND/NAME, as in pod/web-1'),
        ("/a", '"/a" is not the name of an object: write KIND/NAME, as in pod/web-1'),
    ],
)
def test_bad_words(words: str, problem: str) -> None:
    """Words that name nothing are an error that shows how to write a name."""
    with pytest.raises(NamingError) as caught:
        parse_names(words.split())
    assert str(caught.value) == caught.value.problem == problem


@pytest.mark.parametrize(
    ("words", "namespace", "expected"),
    [
        ("pod/web-1", "shop", [0]),
        ("po/web-1", "staging", [1]),
        ("pods web-2 web-1 web-2", "shop", [2, 0]),
        ("Pod/web-1", None, [0, 1]),
        ("pod/tool", "default", [3]),
        ("deployments.apps/web", "shop", [4]),
        ("svc,deploy web", "shop", [4, 5]),
        ("all web", None, [4, 5]),
        ("no/n1", "default", [6]),
        ("node/n1", "shop", [6]),
        ("probe/door", "ops", [7]),
    ],
)
def test_found(words: str, namespace: str | None, expected: list[int]) -> None:
    """An object is found by any name of its kind, where kubectl would find it."""
    found = find_objects(OBJECTS, words.split(), namespace)
    assert [OBJECTS.index(item) for item in found] == expected
    if len(expected) == 1:
        assert find_object(iter(OBJECTS), words.split(), namespace) is OBJECTS[expected[0]]


@pytest.mark.parametrize(
    ("words", "namespace", "problem"),
    [
        ("pod/web-1", "default",
         "pod/web-1 is not in namespace default, but in shop, staging: add -n shop"),
        ("pod/web-1 pod/web-2", "staging",
         "pod/web-2 is not in namespace staging, but in shop: add -n shop"),
        # What names no namespace is in the default one.
        ("pod/tool", "shop", "pod/tool is not in namespace shop, but in default: add -n default"),
        ("pod/wbe-2", "shop",
         "pod/wbe-2 not found; did you mean pod/web-2 in namespace shop?"),
        # Of two with the name that was perhaps meant the one in the namespace is told.
        ("pod/web1", "staging", "did you mean pod/web-1 in namespace staging?"),
        # A few that begin so; without one, what is nearest.
        ("pod/web-", "staging",
         "did you mean pod/web-1 in namespace staging or pod/web-2 in namespace shop?"),
        ("no/n2", "default", "no/n2 not found; did you mean node/n1?"),
        ("pod/we", "shop", "did you mean pod/web-1 or pod/web-2 in namespace shop?"),
        # All that are not there are told, each once.
        ("pod/web-1 sts/a sts/b sts/a", "shop", """sts/a not found: the input has no sts
sts/b not found: the input has no sts"""),
        ("pod/nothing-like-it", None, "pod/nothing-like-it not found"),
        ("sts/db", None, "sts/db not found: the input has no sts"),
        ("sts/web", "shop", """sts/web not found: the input has no sts
  other objects of that name: deployment.apps/web in namespace shop, service/web in namespace \
shop"""),
        ("probe/n1", None, "probe/n1 not found\n  other objects of that name: node/n1"),
    ],
)  # fmt: skip
def test_absent(words: str, namespace: str | None, problem: str) -> None:
    """An object that is not there is an error that says what is."""
    with pytest.raises(NamingError) as caught:
        find_objects(OBJECTS, words.split(), namespace)
    assert caught.value.problem.endswith(problem)


def test_what_is_listed_is_bounded() -> None:
    """A name that a hundred namespaces have does not fill the screen."""
    objects = [obj("Pod", "a", f"n{number}") for number in range(100)]
    with pytest.raises(NamingError, match=r"in n0, n1, n10, n11, n12, …: add -n n0$"):
        find_object(objects, ["pod/a"])
    with pytest.raises(NamingError) as caught:
        find_object(objects, ["pod/a"], None)
    lines = caught.value.problem.splitlines()
    assert lines[:2] == [
        "pod/a: expected one object, found 100: choose a namespace with -n",
        "  pod/a in namespace n0, a.yaml:1",
    ]
    assert (len(lines), lines[-1]) == (7, "  …")
    with pytest.raises(NamingError, match=r"did you mean (pod/a\d+( or )?){3}\?$"):
        find_object([obj("Pod", f"a{number}") for number in range(100)], ["pod/a"])


def test_suggestions_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """Many names beside many objects: only the first ones are compared, and all are reported."""
    monkeypatch.setattr(typos, "MAX_COMPARED_NAMES", 25)
    pods = [obj("Pod", f"web{letter}") for letter in "abcdefghij"]
    with pytest.raises(NamingError) as caught:
        find_objects(pods, ["pod/xebc", "pod/xebd", "pod/xebe", "svc/xeb"])
    assert str(caught.value).splitlines() == [
        "pod/xebc not found; did you mean pod/webc?",
        "pod/xebd not found in namespace default",
        "pod/xebe not found in namespace default",
        "svc/xeb not found: the input has no svc",
    ]


def test_one_name_twice_in_one_namespace() -> None:
    """Two objects of one name and namespace are told apart by where they were read."""
    twice = [OBJECTS[2], replace(OBJECTS[2], source=Source("b.yaml", 3, 9))]
    with pytest.raises(NamingError) as caught:
        find_object(twice, ["pod/web-2"], "shop")
    assert caught.value.problem.splitlines() == [
        "pod/web-2: expected one object, found 2",
        "  pod/web-2 in namespace shop, a.yaml:1",
        "  pod/web-2 in namespace shop, b.yaml:9",
    ]


def test_an_unknown_kind() -> None:
    """A word that is no kind is an error of its own, whatever the name."""
    with pytest.raises(UnknownKindError, match='"pdo" is not a kind'):
        find_objects(OBJECTS, ["pdo/web-1"])


def test_one_namespace() -> None:
    """A change of one name in several namespaces is refused; of one in several files it is not."""
    check_one_namespace(item for item in OBJECTS if item.namespace == "shop")
    web = OBJECTS[0]
    check_one_namespace([web, replace(web, source=Source("b.yaml", 3, 9))])
    with pytest.raises(NamingError) as caught:
        check_one_namespace([web, replace(web, namespace="blog")])
    assert caught.value.problem.startswith(
        "web-1: expected one object, found 2: name the namespace with -n\n"
    )
