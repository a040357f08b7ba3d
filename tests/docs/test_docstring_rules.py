"""docs/_ext/docstring_rules.py finds each fault in a docstring, and nothing in a good one."""

import importlib.util
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from docs._ext import docstring_rules as rules

GOOD = '''
"""A module with good docstrings."""

from __future__ import annotations

__all__ = ["LIMIT", "Box", "BoxError", "Boxes", "open_box"]

LIMIT = 3
"""The most that a `Box` holds."""


class BoxError(Exception):
    """A box is empty.

    >>> raise BoxError
    Traceback (most recent call last):
    labelsel.made_up.BoxError
    """


class Box:
    """What is kept.

    Attributes:
        size: how much there is, as `Box.fill` counts it.

    Raises: nothing.

    Complexity: O(1) for each call,
    whatever the size.

    >>> Box().fill(1)
    """

    size: int = 0

    def fill(self, amount: int) -> None:
        """Put something in.

        Arguments:
            amount: how much; see `LIMIT`.
        """

    @property
    def is_full(self) -> bool:
        """Whether `fill` would fail."""
        return False


class Boxes(dict):
    """Many boxes.

    Raises: nothing.

    Complexity: O(1).

    >>> Boxes()
    {}
    """

    def clear(self) -> None:
        pass


def open_box(box: Box, *others: Box, key: str = "") -> int:
    """Return the ``size`` of a `Box`, or of `labelsel.made_up.Box`.

    1. One box.
    2. Others.

    Arguments:
        box: the first one.
        others, key: more
            of them: a few.

    Returns:
        a number.

    Raises:
        BoxError: it is empty.
        TypeError: it is not a box.
        argparse.ArgumentTypeError: it has no ``key``.

    Complexity: O(1).

    >>> open_box(Box())
    0
    """
    return 0
'''

Problems = Callable[[str], list[str]]


@pytest.fixture
def problems(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Problems]:
    """Return a function that checks the text of a module."""

    def check(text: str) -> list[str]:
        file = tmp_path / "made_up.py"
        file.write_text(text)
        spec = importlib.util.spec_from_file_location("labelsel.made_up", file)
        assert spec is not None
        assert spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        monkeypatch.setitem(sys.modules, "labelsel.made_up", module)
        spec.loader.exec_module(module)
        return [
            problem.removeprefix("labelsel.made_up.")
            for problem in rules.problems("labelsel.made_up")
        ]

    monkeypatch.setattr(rules, "MODULES", ("labelsel.made_up",))
    caches = [rules.public_names, rules.public_classes, rules.own_members, rules.attribute_names]
    for cache in caches:
        cache.cache_clear()
    yield check
    for cache in caches:
        cache.cache_clear()


def test_a_good_module(problems: Problems) -> None:
    """Nothing is found where nothing is wrong."""
    assert problems(GOOD) == []


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ('"""The most that a `Box` holds."""', "", "LIMIT: no docstring"),
        ("The most that", "The most\nthat", "LIMIT: the summary does not fit"),
        ("    >>> raise BoxError\n", "", "BoxError: no example (>>>)"),
        ("    Raises: nothing.\n\n", "", "Box: no Raises: here, nor in each method"),
        ("    Raises: nothing.\n\n", "", "Box.fill: no Raises: here, nor in the class"),
        ("What is kept.", "What is kept", "Box: the summary is no sentence"),
        ("`LIMIT`", "`OTHER`", "Box.fill: `OTHER` is no public name: write ``OTHER`` for code"),
        ("            amount:", "            sum:", "Box.fill: Arguments: sum is no parameter"),
        ("            amount:", "            sum:", "Box.fill: Arguments: lacks amount"),
        ('"""Whether `fill` would fail."""', "", "Box.is_full: no docstring"),
        ("    >>> open_box(Box())\n    0\n", "", "open_box: no example (>>>)"),
        ("        others, key: more\n", "", "open_box: Arguments: lacks others, key"),
        ("    Returns:\n        a number.\n", "", "open_box: no Returns:"),
        (
            "        BoxError: it is empty",
            "        Box: it is empty",
            "open_box: Raises: Box is no",
        ),
        (
            "argparse.ArgumentTypeError",
            "argparse.Namespace",
            "open_box: Raises: argparse.Namespace is no exception",
        ),
        ("    Complexity: O(1).\n", "", "open_box: no Complexity:"),
        ("    Complexity: O(1).\n", "    Complexity:\n", "open_box: Complexity: is empty"),
        ("    Arguments:\n        box", "    Args:\n        box", "open_box: write Arguments:"),
        (
            "    2. Others",
            "    2. ``Others",
            "open_box: not valid reStructuredText: Inline literal",
        ),
    ],
)
def test_a_fault_is_found(problems: Problems, old: str, new: str, problem: str) -> None:
    """Each fault that the rules name is found, with the name that has it."""
    assert old in GOOD
    assert any(found.startswith(problem) for found in problems(GOOD.replace(old, new)))


def test_the_methods_of_some_classes_have_examples(problems: Problems) -> None:
    """Selector, the indexes and the inventory show each method."""
    text = GOOD.replace("Box", "Query").replace("LIMIT", "MAX_QUERIES")
    assert problems(text) == ["Query.fill: no example (>>>)"]


def test_sections_in_each_method_instead_of_the_class(problems: Problems) -> None:
    """A class need not say again what each of its methods says."""
    text = GOOD.replace("    Raises: nothing.\n\n", "", 1)
    text = text.replace("see `LIMIT`.\n", "see `LIMIT`.\n\n        Raises: nothing.\n")
    assert problems(text) == []


def test_sections_become_fields() -> None:
    """Names of parameters and errors are labels; a section of one line is a field."""
    lines = """Do it.

Arguments:
    one, *others: the
        parts: all.

Raises: nothing.
Complexity: O(n)
for n parts.

Returns:
    a number: how many.

>>> 1""".splitlines()
    shown = [line for line in rules.converted(lines, lambda name: [name]) if line]
    assert shown == [
        "Do it.",
        ":param one: the",
        "   parts: all.",
        r":param \*others: the",
        "   parts: all.",
        ":Raises: nothing.",
        ":Complexity: O(n)",
        "   for n parts.",
        ":returns: a number: how many.",
        ">>> 1",
    ]


@pytest.mark.parametrize(
    ("target", "module", "path"),
    [
        ("parse", "labelsel", "labelsel.parse"),
        ("parse()", "labelsel.engines", "labelsel.parse"),
        ("select", "labelsel.kubernetes", "labelsel.kubernetes.select"),
        ("LabelIndex.select", "labelsel.engines", "labelsel.LabelIndex.select"),
        ("labelsel.kubernetes.Inventory", "labelsel", "labelsel.kubernetes.Inventory"),
        ("labelsel.engines", "labelsel", "labelsel.engines"),
        ("Reason.labels", "labelsel", None),
        ("no_such_name", "labelsel", None),
        ("labelsel.selector", "labelsel", None),
    ],
)
def test_resolve(target: str, module: str, path: str | None) -> None:
    """A name is looked for in its own module first, then in the others; modules are names, too."""
    assert rules.resolve(target, module) == path


def test_main(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """The command prints a line for each problem, and how many; its status says whether."""
    monkeypatch.setattr(rules, "problems", lambda module: [f"{module}.a: b"] * 2)
    assert rules.main(["labelsel"]) == 1
    assert capsys.readouterr().out.splitlines()[-1] == "2 problems in 1 names"
    monkeypatch.setattr(rules, "problems", lambda _: [])
    assert rules.main([]) == 0
    assert capsys.readouterr().out == "0 problems in 0 names\n"
