"""Texts that speak of a label where no rename reaches are found; others are not."""

from typing import Any

import pytest

from labelsel.kubernetes import LabelRenaming
from labelsel.kubernetes.renaming.mentions import MentionFinder

KEY = ("app", "example.com/name")
PAIR = ("app=web", "app=front")
PREFIXED = ("example.com/name", "app")


@pytest.mark.parametrize(
    ("rename", "text"),
    [
        (KEY, "kubectl get pods -l app=web"),
        (KEY, "app in (web,db)"),
        (KEY, "app notin (web)"),
        (KEY, "app: web"),
        (KEY, "metadata.labels['app']"),
        (KEY, "/metadata/labels/app"),
        (KEY, "/spec/selector/app"),
        (PAIR, "app=web"),
        (PAIR, '{"app": "web"}'),
        (PAIR, "app!=web"),
        (PAIR, "app in (db, web)"),
        (PAIR, "/spec/selector/app"),
        (PREFIXED, "/metadata/labels/example.com~1name"),
        (PREFIXED, "by example.com/name, and more"),
    ],
)
def test_texts(rename: tuple[str, str], text: str) -> None:
    """A text counts where something is said of the key as of a label."""
    finder = MentionFinder(LabelRenaming.from_texts(*rename))
    assert list(finder.find_in_text(f"x\n{text}\n")) == [2]
    assert list(finder.find_in_data({"data": [text]})) == [("data", 0)]


@pytest.mark.parametrize(
    ("rename", "text"),
    [
        (KEY, "the app of the shop"),
        (KEY, "myapp=web"),
        (KEY, "app-name: x"),
        (KEY, "http://app:80/"),
        (KEY, "/usr/src/app"),
        (PAIR, "app=website"),
        (PAIR, "app=db"),
        (PREFIXED, "example.com/names"),
        (PREFIXED, "an.example.com/name"),
    ],
)
def test_other_texts(rename: tuple[str, str], text: str) -> None:
    """Words that only look like the label do not count."""
    finder = MentionFinder(LabelRenaming.from_texts(*rename))
    assert list(finder.find_in_text(text)) == []
    assert list(finder.find_in_data({"data": [text]})) == []


@pytest.mark.parametrize(
    ("rename", "data", "paths"),
    [
        (KEY, {"values": {"app": "web"}, "b": {"app": 5}}, [("values", "app")]),
        (PAIR, {"x": {"app": "web"}, "y": {"app": "db"}}, [("x", "app")]),
        (KEY, {"spec": {"jobLabel": "app"}}, [("spec", "jobLabel")]),
        (KEY, {"spec": {"targetLabels": ["app"]}}, [("spec", "targetLabels", 0)]),
        (KEY, {"spec": {"container": "app"}}, []),
        (PAIR, {"spec": {"jobLabel": "app"}}, []),
        (KEY, {"a": {"kubectl.kubernetes.io/last-applied-configuration": "app=web"}}, []),
        (KEY, [{"b": "app=x"}, {"a": "app=y"}], [(0, "b"), (1, "a")]),
    ],
)
def test_data(rename: tuple[str, str], data: Any, paths: list[tuple[str | int, ...]]) -> None:
    """A map with the label counts, and fields that hold keys; what kubectl keeps does not."""
    finder = MentionFinder(LabelRenaming.from_texts(*rename))
    assert list(finder.find_in_data(data)) == paths


def test_known_and_shared_parts() -> None:
    """What is known is left out with all below it; a part that is there twice is searched once."""
    finder = MentionFinder(LabelRenaming.from_texts(*KEY))
    shared = {"app": "web"}
    data = {"a": shared, "b": shared, "c": {"d": {"app": "db"}}}
    assert list(finder.find_in_data(data, [("c",)])) == [("a", "app")]
