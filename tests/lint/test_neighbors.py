"""Which objects belong together: by their file, folder, chart or Kustomization."""

import pytest

from labelsel.errors import SkippedWarning
from labelsel.kubernetes import Resource
from labelsel.kubernetes.model.resource import Source, TextLocation
from labelsel.lint.neighbors import Distance, Neighbors
from labelsel.selector import holds

HELM = {"helm.sh/chart": "shop-1.0"}


def an_object(
    file: str,
    name: str = "web",
    *,
    labels: dict[str, str] | None = None,
    kind: str = "Pod",
    document: int = 1,
    in_text: bool = True,
) -> Resource:
    location = TextLocation(b"", 0, json=False) if in_text else None
    source = Source(file, document, document, location)
    return Resource(kind, "v1", None, name, labels or {}, {}, {}, source)


def skipped(file: str, **data: object) -> SkippedWarning:
    return SkippedWarning(file, "not an object", data=data)


@pytest.mark.parametrize(
    ("files", "documents", "labels", "expected"),
    [
        (("a.yaml", "./a.yaml"), [], {}, Distance.FILE),
        (("a.yaml", "b.yaml"), [], {}, Distance.FOLDER),
        (("x/a.yaml", "y/b.yaml"), [], {}, Distance.ELSEWHERE),
        # A chart has its objects below its folder templates.
        (("c/templates/x/a.yaml", "c/templates/b.yaml"), ["c/Chart.yaml"], {}, Distance.FOLDER),
        (("c/templates/x/a.yaml", "c/templates/b.yaml"), ["c/v.yaml"], {}, Distance.ELSEWHERE),
        (("c/templates/x/a.yaml", "c/templates/b.yaml"), ["d/Chart.yaml"], {}, Distance.ELSEWHERE),
        (("c/templates/x/a.yaml", "c/templates/b.yaml"), [], HELM, Distance.FOLDER),
        (("c/templates/x/a.yaml", "c/templates/b.yaml"), [], {"chart": "c"}, Distance.FOLDER),
        (("c/templates/x/a.yaml", "c/templates/b.yaml"), [], {"app": "c"}, Distance.ELSEWHERE),
        (("c/templates/a.yaml", "d/templates/b.yaml"), [], HELM, Distance.ELSEWHERE),
        (("templates/x/a.yaml", "templates/b.yaml"), ["Chart.yaml"], {}, Distance.FOLDER),
        (("x/a.yaml", "y/b.yaml"), ["Chart.yaml"], HELM, Distance.ELSEWHERE),
    ],
)
def test_the_distance_of_two_files(
    files: tuple[str, str], documents: list[str], labels: dict[str, str], expected: Distance
) -> None:
    one, other = (an_object(file, labels=labels) for file in files)
    near = Neighbors([one, other], map(skipped, documents))
    assert near.distance(one, other) is near.distance(other, one) is expected


def test_a_chart_of_which_one_file_has_labels() -> None:
    """A later object without labels takes none from the file."""
    first = an_object("c/templates/x/a.yaml", labels=HELM)
    second = an_object("c/templates/x/a.yaml", "db")
    other = an_object("c/templates/b.yaml", labels=HELM)
    assert Neighbors([first, second, other], []).distance(second, other) is Distance.FOLDER


def test_objects_that_are_in_no_file() -> None:
    """Those of no text are together; those of a text where nobody can write are in no folder."""
    one, other = (an_object(file, document=0, in_text=False) for file in ("a", "b"))
    assert Neighbors([one, other], []).distance(one, other) is Distance.FILE
    one, other = (an_object(file, in_text=False) for file in ("a.yaml", "b.yaml"))
    assert Neighbors([one, other], []).distance(one, other) is Distance.ELSEWHERE


@pytest.mark.parametrize(
    ("kind", "names", "expected"),
    [
        ("Pod", ("web", "db"), True),
        ("Pod", ("web", "web"), False),
        # Each file may have the Namespace that it needs.
        ("Namespace", ("shop", "shop"), True),
    ],
)
def test_two_files_with_the_same_object(
    kind: str, names: tuple[str, str], *, expected: bool
) -> None:
    """They are alternatives of each other: nobody applies both."""
    one, other = (an_object(f"{at}.yaml", name, kind=kind) for at, name in enumerate(names))
    near = Neighbors([one, other], [])
    assert holds(near.applied_together(one), near.labels(other)) is expected


@pytest.mark.parametrize(
    ("file", "unread", "documents", "labels", "expected"),
    [
        ("a/web.yaml", "a/bad.yaml", [], {}, True),
        ("a/web.yaml", "a", [], {}, True),
        ("a/web.yaml", "b/bad.yaml", [], {}, False),
        ("a/web.yaml", "b/kustomization.yaml", [], {}, True),
        ("c/templates/web.yaml", "c/templates/x/bad.yaml", [], HELM, True),
        ("c/templates/web.yaml", "d/templates/x/bad.yaml", [], HELM, False),
        ("c/templates/web.yaml", "c/templates/x/bad.yaml", ["c/Chart.yaml"], {}, True),
        ("a/web.yaml", "a/x/bad.yaml", ["a/kustomization.yaml"], {}, True),
        ("a/web.yaml", "ab/bad.yaml", ["a/kustomization.yaml"], {}, False),
        ("web.yaml", "x/bad.yaml", ["kustomization.yaml"], {}, True),
        ("web.yaml", "../bad.yaml", ["kustomization.yaml"], {}, False),
        ("web.yaml", "/x/bad.yaml", ["kustomization.yaml"], {}, False),
        ("web.yaml", "x/bad.yaml", [], {}, False),
    ],
)
def test_what_was_not_read_nearby(
    file: str, unread: str, documents: list[str], labels: dict[str, str], *, expected: bool
) -> None:
    one = an_object(file, labels=labels)
    known = [skipped(each, resources=["web.yaml"]) for each in documents]
    assert Neighbors([one], known, [unread]).is_unread_near(one) is expected


def test_what_was_not_read_near_an_object_of_no_file() -> None:
    one = an_object("a", in_text=False)
    assert Neighbors([one], [], ["b/bad.yaml"]).is_unread_near(one)
