"""Edits of labels and annotations in YAML, by the lines that change."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner

from labelsel.cli.app import app
from labelsel.kubernetes import (
    Edit,
    EditError,
    ManifestError,
    ManifestWarning,
    Resource,
    read_manifests,
)
from tests.kubernetes.edit.changes import (
    COMMENTED,
    HEAD,
    POD,
    Labels,
    annotated,
    labelled,
    lines,
    meta,
    run,
)

#: Quotes, and what a terminal obeys, or shows as something else.
TOO = "which would change too; write there what the alias stands for"
UNPRINTABLE = 'q"\\\x7f\x85\u202e\u200b\té'
JSON_TWICE = """{"kind": "Pod", "apiVersion": "v1",
 "metadata": {"name": "a",
  "labels": {"e": "f",
             "e": "h"}}}"""


@pytest.mark.parametrize(
    ("text", "changes", "expected"),
    [
        pytest.param(
            COMMENTED,
            {"app": "api", "tier": "on", "new": "yes"},
            [
                *("-    app: web  # the app", "+    app: api  # the app"),
                *("-    'tier': \"x\"", "+    'tier': \"on\"", "+    new: 'yes'"),
            ],
            id="values keep their quotes, and new ones get those they need",
        ),
        pytest.param(COMMENTED, {"app": None}, ["-    app: web  # the app"], id="one goes"),
        pytest.param(
            COMMENTED,
            {"app": None, "tier": None},
            ["-  labels: # all", "-    app: web  # the app", "-    'tier': \"x\""],
            id="with the last one goes the map, and the comment between stays",
        ),
        pytest.param(
            COMMENTED,
            {"app": None, "tier": None, "z": "z"},
            ["-    app: web  # the app", "-    'tier': \"x\"", "+    z: z"],
            id="all replaced",
        ),
        pytest.param(
            meta("\n    name: a\n    namespace: b\n    uid: c"),
            {"app": "x", "b": "1"},
            ["+    labels:", "+        app: x", "+        b: '1'"],
            id="a new map stands behind the name, indented as the rest",
        ),
        pytest.param(
            meta("\n  uid: c\n  name: a"),
            {"app": "x"},
            ["+  labels:", "+    app: x"],
            id="at the end of a file without a line break",
        ),
        pytest.param(
            meta('\n  "name": "a"\n'),
            {"app": "x"},
            ['+  "labels":', '+    "app": "x"'],
            id="quoted as the rest",
        ),
        pytest.param(
            meta("\n  labels: null # c\n  name: a\n"),
            {"c": "x"},
            ["-  labels: null # c", "+  labels: # c", "+    c: x"],
            id="null",
        ),
        pytest.param(meta("\n  labels:\n  name: a\n"), {"c": "x"}, ["+    c: x"], id="nothing"),
        pytest.param(
            meta("\n  labels: {}  # c\n  name: a\n"),
            {"c": "x"},
            ["-  labels: {}  # c", "+  labels: {c: x}  # c"],
            id="empty brackets",
        ),
        pytest.param(
            meta("{name: a, labels: {a: b, c: d}}\n"),
            {"a": None, "x": "a,b".replace(",", "-")},
            [
                "-metadata: {name: a, labels: {a: b, c: d}}",
                "+metadata: {name: a, labels: {c: d, x: a-b}}",
            ],
            id="in brackets",
        ),
        pytest.param(
            meta("{name: a, labels: {a: b, c: d, e: f}}\n"),
            {"c": None, "e": None},
            [
                "-metadata: {name: a, labels: {a: b, c: d, e: f}}",
                "+metadata: {name: a, labels: {a: b}}",
            ],
            id="the last in brackets",
        ),
        pytest.param(
            meta("{name: a, labels: {a: b, c: d}}\n"),
            {"a": None, "c": None, "e": "f", "g": "h"},
            [
                "-metadata: {name: a, labels: {a: b, c: d}}",
                "+metadata: {name: a, labels: {e: f, g: h}}",
            ],
            id="all in brackets replaced",
        ),
        pytest.param(
            meta("{labels: {a: b}, name: a}\n"),
            {"a": None},
            ["-metadata: {labels: {a: b}, name: a}", "+metadata: {name: a}"],
            id="all in brackets gone",
        ),
        pytest.param(
            meta("{name: a}\n"),
            {"c": "x"},
            ["-metadata: {name: a}", "+metadata: {name: a, labels: {c: x}}"],
            id="new in brackets",
        ),
        pytest.param(
            meta("{name: a, labels: }\n"),
            {"c": "x"},
            ["-metadata: {name: a, labels: }", "+metadata: {name: a, labels: {c: x}}"],
            id="nothing in brackets",
        ),
        pytest.param(
            meta("{\n    name: a, # n\n    labels: {} # l\n  }\n"),
            {"c": "x", "d": "z"},
            [
                *("-    labels: {} # l", "+    labels: {", "+        c: x,"),
                *("+        d: z", "+    } # l"),
            ],
            id="brackets over several lines",
        ),
        pytest.param(
            meta("\n  name: a\n  labels: {\n    a: b, # b\n    c: d # d\n  }\n"),
            {"c": "x", "e": "f"},
            ["-    c: d # d", "+    c: x, # d", "+    e: f"],
            id="a comment behind the last in brackets",
        ),
        pytest.param(
            meta("\n  name: a\n  labels: {\n    c: d, # d\n  }\n"),
            {"e": "f"},
            ["+    e: f"],
            id="a comma behind the last in brackets",
        ),
        pytest.param(
            meta("\n  name: a\n  labels: {c: d # d\n    , e: f # f\n  }\n"),
            {"g": "h"},
            ["-    , e: f # f", "+    , e: f, # f", "+      g: h"],
            id="a comment behind the last in brackets, and none of them on a line of its own",
        ),
        pytest.param(
            meta("{name: a, labels: {c: d ,e: f # f\n  }}\n"),
            {"c": None, "g": "h"},
            [
                "-metadata: {name: a, labels: {c: d ,e: f # f",
                "+metadata: {name: a, labels: {e: f, # f",
                "+  g: h",
            ],
            id="a comment behind the last in brackets, and a blank before the comma",
        ),
        pytest.param(
            meta('{name: a, labels: {app: x, "tier":"z"}}\n'),
            {"c": "d", "on": "e", "tier": "u"},
            [
                '-metadata: {name: a, labels: {app: x, "tier":"z"}}',
                '+metadata: {name: a, labels: {app: x, "tier":"u", c: d, \'on\':e}}',
            ],
            id="no blank behind the colon of a quoted key",
        ),
        pytest.param(
            meta('{"name":a}\n'),
            {"c": "d"},
            ['-metadata: {"name":a}', '+metadata: {"name":a, "labels":{"c":d}}'],
            id="a new map behind such a colon",
        ),
        pytest.param(
            meta('{"labels":null, "name":"a"}\n'),
            {"c": "d"},
            [
                '-metadata: {"labels":null, "name":"a"}',
                '+metadata: {"labels":{"c":d}, "name":"a"}',
            ],
            id="null behind such a colon",
        ),
        pytest.param(
            meta("{name: a, labels}\n"),
            {"c": "d"},
            ["-metadata: {name: a, labels}", "+metadata: {name: a, labels: {c: d}}"],
            id="a key without a colon",
        ),
        pytest.param(
            meta("{name: a, labels: {b, c: , d: ~}}\n"),
            {"b": "1", "c": "2", "e": "3"},
            [
                "-metadata: {name: a, labels: {b, c: , d: ~}}",
                "+metadata: {name: a, labels: {b: '1', c: '2', d: ~, e: '3'}}",
            ],
            id="labels that are null in brackets, one of which stays",
        ),
        pytest.param(
            meta("\n  name: a\n  labels:\n    b:  # b\n    c:\n    d: null\n"),
            {"b": "x", "e": "f"},
            ["-    b:  # b", "+    b: x  # b", "+    e: f"],
            id="labels that are null on lines, two of which stay",
        ),
        pytest.param(
            meta("{name: a, labels: {\n  # none\n}}\n"),
            {"c": "d"},
            ["-}}", "+c: d}}"],
            id="only a comment in brackets",
        ),
        pytest.param(
            meta("\n  name: a\n  labels:\n    a: |-\n      x\n\n  # c\n  uid: b\n"),
            {"a": "u", "b": "z"},
            ["-    a: |-", "-      x", "+    a: u", "+    b: z"],
            id="a block of text",
        ),
        pytest.param(
            meta("\n  name: a\n  labels:\n    a: &x b\n    c: *x\n"),
            {"c": "d"},
            ["-    c: *x", "+    c: d"],
            id="an alias gives way",
        ),
        pytest.param(
            "x: &l {a: b}\n" + meta("\n  name: a\n  labels:\n    <<: *l\n    c: d\n"),
            {"c": "x", "e": "f"},
            ["-    c: d", "+    c: x", "+    e: f"],
            id="own labels beside merged ones",
        ),
        pytest.param(
            "x: &k spec\n*k : {}\n" + meta("\n  name: a\n"),
            {"c": "d"},
            ["+  labels:", "+    c: d"],
            id="an alias for a key",
        ),
        pytest.param(
            "x: &l {a: b}\n" + meta("\n  name: a\n  labels:\n    <<: *l\n    c: d\n"),
            {"c": None},
            ["-    c: d"],
            id="only merged labels left",
        ),
        pytest.param(
            '---\n{apiVersion: v1, kind: Pod, metadata: {name: a, labels:  {"b":"c"}}}\n',
            {"d": "e"},
            [
                '-{apiVersion: v1, kind: Pod, metadata: {name: a, labels:  {"b":"c"}}}',
                '+{apiVersion: v1, kind: Pod, metadata: {name: a, labels:  {"b":"c", "d":"e"}}}',
            ],
            id="JSON in a YAML file",
        ),
        pytest.param(
            "apiVersion: v1\nkind: PodList\nitems:\n- metadata:\n    name: a\n- metadata:\n"
            "    labels: {c: d}\n    name: b\n",
            {"c": "x"},
            [
                *("+    labels:", "+      c: x"),
                *("-    labels: {c: d}", "+    labels: {c: x}"),
            ],
            id="items of a List",
        ),
        pytest.param(
            f"%YAML 1.1\n---\n{COMMENTED}...\n# c\n---\n{meta('{name: b, labels: {app: web}}')}\n",
            {"app": "api"},
            [
                *("-    app: web  # the app", "+    app: api  # the app"),
                "-metadata: {name: b, labels: {app: web}}",
                "+metadata: {name: b, labels: {app: api}}",
            ],
            id="several documents",
        ),
    ],
)
def test_labels(tmp_path: Path, text: str, changes: Labels, expected: list[str]) -> None:
    """A change of labels changes these lines of a file, and no others."""
    after = run(tmp_path / "a.yaml", text, labelled(changes))
    assert lines(text, after) == expected
    assert after.endswith("\n") == text.endswith("\n")
    assert run(tmp_path / "a.yaml", after, labelled(changes)) == after


@pytest.mark.parametrize(
    ("above", "below"),
    [
        ("name: a\n  namespace: b\n", "uid: c\n"),
        ("generateName: a\n  uid: c\n  name: d\n", ""),
        ("<<: {name: a}\n  uid: c\n", ""),
    ],
)
def test_where_a_new_map_stands(tmp_path: Path, above: str, below: str) -> None:
    """Below the last of the names and the namespace; without these, below all."""
    rest = f"  {below}" if below else ""
    after = run(tmp_path / "a.yaml", meta(f"\n  {above}{rest}"), labelled({"x": "v"}))
    assert after == meta(f"\n  {above}  labels:\n    x: v\n{rest}")


@pytest.mark.parametrize(
    ("suffix", "text"),
    [
        (
            "yaml",
            "metadata: {name: b}\n" + meta("\n  name: a\n  labels: {e: f}\n"),
        ),
        (
            "json",
            """{"metadata": {"name": "b"}, "kind": "Pod", "apiVersion": "v1",
            "metadata": {"name": "a", "labels": {"e": "f"}}}""",
        ),
    ],
)
def test_keys_that_stand_twice(tmp_path: Path, suffix: str, text: str) -> None:
    """The last of two equal keys is changed, which counts; the first must not come to count."""
    path = tmp_path / f"a.{suffix}"
    with pytest.warns(ManifestWarning, match="is in this map twice"):
        after = run(path, text, labelled({"e": "g", "c": "h"}))
    old, new = ("{e: f}", "{e: g, c: h}")
    if suffix == "json":
        old, new = ('{"e": "f"}', '{"e": "g", "c": "h"}')
    assert after == text.replace(old, new)


@pytest.mark.parametrize("text", [json.dumps(POD), json.dumps(POD, indent=2)])
def test_what_is_not_printable_is_escaped_in_json(tmp_path: Path, text: str) -> None:
    """A value that is put in, or replaces another, is escaped as everywhere in JSON."""
    path = tmp_path / "a.json"
    for changes in ({"x": UNPRINTABLE}, {"x": f"{UNPRINTABLE}!"}):
        after = run(path, text, annotated(changes))
        assert after.replace("\n", "").isprintable()
        assert r"q\"\\\u007f\u0085\u202e\u200b\té" in after
        (pod,) = read_manifests([path])
        assert pod.annotations["x"] == changes["x"]
        text = after


@pytest.mark.parametrize(
    ("suffix", "text", "line"),
    [
        ("yaml", meta("\n  name: a\n  labels:\n    e: f\n    e: h\n"), 7),
        ("yaml", meta("\n  name: a\n  labels: {e: f}\n  labels: {e: h}\n"), 6),
        ("json", JSON_TWICE, 4),
    ],
)
def test_labels_that_stand_twice(tmp_path: Path, suffix: str, text: str, line: int) -> None:
    """Of two equal labels none is changed: the file is refused where it is read, and stays."""
    path = tmp_path / f"a.{suffix}"
    with pytest.raises(ManifestError, match="is in this map twice") as caught:
        run(path, text, labelled({"e": "g"}))
    assert caught.value.line == line
    assert path.read_bytes() == text.encode()
    words = ["label", "-f", str(path), "pod", "a", "e=g", "--overwrite"]
    result = CliRunner().invoke(app, words)
    assert result.exit_code == 1
    assert f"(line {line}): the key " in result.stderr
    assert path.read_bytes() == text.encode()


def test_labels_and_annotations_at_once(tmp_path: Path) -> None:
    """Both may come and go in one change, be they lines or in brackets."""
    path = tmp_path / "a.yaml"
    old, new = {"a": "b"}, {"c": "d"}

    def swap(resources: list[Resource]) -> list[Edit]:
        edits = []
        for item in resources:
            metadata = {"name": item.name, "labels": new, "annotations": new}
            labels, annotations = new, new
            if item.labels == old:
                labels = annotations = {}
                metadata = {"name": item.name}
            body = {**item.body, "metadata": metadata}
            edits.append(
                Edit(item, replace(item, labels=labels, annotations=annotations, body=body))
            )
        return edits

    block = "\n  name: a\n  labels:\n    a: b\n  annotations:\n    a: b\n"
    flow = "{name: a, labels: {a: b}, annotations: {a: b}}\n"
    assert run(path, meta(block), swap) == meta("\n  name: a\n")
    assert run(path, meta(flow), swap) == meta("{name: a}\n")
    assert run(path, meta("\n  name: a\n"), swap) == meta(
        "\n  name: a\n  labels:\n    c: d\n  annotations:\n    c: d\n"
    )
    assert run(path, meta("{name: a}\n"), swap) == meta(
        "{name: a, labels: {c: d}, annotations: {c: d}}\n"
    )


@pytest.mark.parametrize(
    "value", ["a: b, c", "on", "", "1.0", "two\nlines", "é\u2028", "'\"", "{}"]
)
@pytest.mark.parametrize("text", ['"x"', "'x'", "x", ">\n      folded\n", "|+\n      kept\n\n"])
def test_values_of_annotations(tmp_path: Path, value: str, text: str) -> None:
    """Whatever a value is, and however the old one is written, it reads back as itself."""
    path = tmp_path / "a.yaml"
    before = meta(f"\n  name: a\n  annotations:\n    k: {text}\n")
    after = run(path, before, annotated({"k": value, "l": value}))
    assert yaml.safe_load(after)["metadata"]["annotations"] == {"k": value, "l": value}
    assert after.startswith(meta("\n  name: a\n  annotations:\n    k: "))


@pytest.mark.parametrize(
    ("text", "changes", "problem"),
    [
        (
            meta("\n  name: a\n  labels: &l\n    a: b\nspec: {x: *l}\n"),
            {"c": "x"},
            f"its labels are shared by the alias *l on line 7, {TOO}",
        ),
        (
            "\n" + meta("\n  name: a\n  labels: &l\n    a: b\nspec: {x: *l}\n"),
            {"c": "x"},
            f"its labels are shared by the alias *l on line 8, {TOO}",
        ),
        (
            "spec: &l {a: b}\n" + meta("\n  name: a\n  labels: *l\n"),
            {"c": "x"},
            "its labels are the alias *l: an edit would change everything that shares it",
        ),
        (
            meta("\n  name: a\n  labels: {c: &v d}\nspec: {x: *v}\n"),
            {"c": "x"},
            'parts of "c" in its labels are shared by the alias *v on line 6, which would',
        ),
        (
            meta("\n  name: a\n  labels: {c: &v d}\nspec: {x: *v}\n"),
            {"c": None},
            f"parts of its labels are shared by the alias *v on line 6, {TOO}",
        ),
        (
            "x: &l {a: b}\n" + meta("\n  name: a\n  labels: {<<: *l}\n"),
            {"a": "c"},
            '"a" in its labels comes from <<: change it there',
        ),
        (
            "x: &l {labels: {a: b}}\n" + meta("\n  name: a\n  <<: *l\n"),
            {"a": "c"},
            "its labels come from <<, not from a key of their own",
        ),
        (
            "<<: {metadata: {name: a}}\n" + HEAD,
            {"a": "c"},
            "its metadata comes from <<, not from a key of its own",
        ),
        (
            "x: &m {name: a}\n" + meta("*m\n"),
            {"a": "c"},
            "its metadata are the alias *m: an edit would change everything that shares it",
        ),
        (
            "apiVersion: v1\nkind: List\n<<: {items: [" + json.dumps(POD) + "]}\n",
            {"a": "c"},
            "the items of its List come from <<, not from a key of their own",
        ),
        (
            "apiVersion: v1\nkind: List\nitems: [&p " + json.dumps(POD) + ", *p]\n",
            {"a": "c"},
            f"it and its parts are shared by the alias *p on line 3, {TOO}",
        ),
        (
            meta("\n  name: a\n  ? labels\n  : a: b\n    c: d\n"),
            {"a": None},
            "line 6 holds more than one entry: write each on its own line",
        ),
        (
            meta("\n  name: a\n  ? labels\n  :\n    a: b\n"),
            {"a": None},
            "something else would change, too: a key in a map is itself a map",
        ),
        (
            meta("\n  name: a\x85  uid: b\n"),
            {"a": "b"},
            "line 4 holds more than one entry: write each on its own line",
        ),
        (
            meta("\n  ? name\n  : a\n"),
            {"a": "b"},
            "something else would change, too",
        ),
    ],
)
def test_what_is_refused(tmp_path: Path, text: str, changes: Labels, problem: str) -> None:
    """What would change something else, too, is refused, in words, and changes nothing."""
    path = tmp_path / "a.yaml"
    with pytest.raises(EditError) as caught:
        run(path, text, labelled(changes))
    assert problem in str(caught.value)
    assert str(caught.value).startswith(f"{path}, document 1 (line ")
    assert path.read_text() == text
