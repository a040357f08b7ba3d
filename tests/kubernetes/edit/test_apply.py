"""Edits of labels, annotations and objects, by the lines that change in the files."""

import codecs
import difflib
import json
import shutil
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from labelsel.cli.app import app
from labelsel.kubernetes import (
    Edit,
    EditError,
    ManifestError,
    ManifestWarning,
    Resource,
    annotate,
    append_objects,
    apply_edits,
    label,
    read_manifests,
)
from labelsel.kubernetes.edit.atomic_write import write_files

#: Quotes, and what a terminal obeys, or shows as something else.
UNPRINTABLE = 'q"\\\x7f\x85\u202e\u200b\té'
JSON_TWICE = """{"kind": "Pod", "apiVersion": "v1",
 "metadata": {"name": "a",
  "labels": {"e": "f",
             "e": "h"}}}"""
ROOT = Path(__file__).resolve().parents[2]
MANIFESTS = ROOT.parent / "shared" / "manifests"
HEAD = "apiVersion: v1\nkind: Pod\n"
#: One object in block style, with comments wherever they may stand.
COMMENTED = (
    HEAD
    + """\
metadata:
  name: a # x
  labels: # all
    app: web  # the app
    # between
    'tier': "x"
spec: {}
"""
)
POD = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "a", "labels": {"a": "b"}}}

Labels = Mapping[str, str | None]
Change = Callable[[list[Resource]], list[Edit]]


def labelled(changes: Labels) -> Change:
    """Change the labels of all objects."""

    def change(resources: list[Resource]) -> list[Edit]:
        done = label(resources, changes, overwrite=True)
        return [Edit(each.before, each.after) for each in done]

    return change


def annotated(changes: Labels) -> Change:
    """Change the annotations of all objects."""

    def change(resources: list[Resource]) -> list[Edit]:
        return [Edit(each.before, each.after) for each in annotate(resources, changes)]

    return change


def deleted(*names: str) -> Change:
    """Delete the objects of some names; all where none is given."""

    def change(resources: list[Resource]) -> list[Edit]:
        return [Edit(item, None) for item in resources if item.name in names or not names]

    return change


def run(path: Path, text: str, change: Change) -> str:
    """The text of a file after a change."""
    path.write_bytes(text.encode())
    write_files(apply_edits(change(list(read_manifests([path])))))
    return path.read_bytes().decode()


def lines(before: str, after: str) -> list[str]:
    """The lines that differ, marked as in a diff, without line breaks."""
    diff = difflib.unified_diff(before.splitlines(), after.splitlines(), n=0, lineterm="")
    return [line for line in list(diff)[2:] if not line.startswith("@@")]


def meta(text: str) -> str:
    """A pod with this text for its metadata."""
    return f"{HEAD}metadata: {text}"


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
    with pytest.warns(ManifestWarning, match="stands twice in one map"):
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
    with pytest.raises(ManifestError, match="stands twice in one map") as caught:
        run(path, text, labelled({"e": "g"}))
    assert caught.value.line == line
    assert path.read_bytes() == text.encode()
    words = ["label", "-f", str(path), "pod", "a", "e=g", "--overwrite"]
    result = CliRunner().invoke(app, words)
    assert result.exit_code == 1
    assert f"(line {line}): the key " in result.stderr
    assert path.read_bytes() == text.encode()


@pytest.mark.parametrize(
    ("text", "change", "expected"),
    [
        (
            meta("\n  name: a\n  annotations:\n    d: |\n      text"),
            annotated({"e": "f"}),
            meta("\n  name: a\n  annotations:\n    d: |\n      text\n    e: f"),
        ),
        (
            meta("\n  name: a\n  annotations:\n    e: f\n    d: |+\n      text"),
            annotated({"d": "x"}),
            meta("\n  name: a\n  annotations:\n    e: f\n    d: x"),
        ),
        (
            meta("\n  name: a\nspec:\n  d: |+\n    text"),
            labelled({"e": "f"}),
            meta("\n  name: a\n  labels:\n    e: f\nspec:\n  d: |+\n    text"),
        ),
        (
            meta("\n  name: a\n  annotations:\n    d: |\n      text\n---\n") + meta("\n  name: b"),
            deleted("b"),
            meta("\n  name: a\n  annotations:\n    d: |\n      text"),
        ),
        (
            meta("\n  name: a\n  annotations:\n    d: |+\n      text\n\n---\n")
            + meta("\n  name: b"),
            deleted("b"),
            meta("\n  name: a\n  annotations:\n    d: |+\n      text\n\n"),
        ),
    ],
)
def test_a_block_of_text_at_the_end_of_a_file(
    tmp_path: Path, text: str, change: Change, expected: str
) -> None:
    """A block that ends where a file without a last line break ends has one to kubectl."""
    assert run(tmp_path / "a.yaml", text, change) == expected


@st.composite
def flow_labels(draw: st.DrawFn) -> str:
    """Labels in brackets, in any layout that YAML allows; the keys are a, b, c and so on."""
    space = st.sampled_from(["", " ", "  ", "\n    ", " # it\n    ", "\n\n    # it, {too}\n    "])
    text = "{" + draw(space)
    keys = "abcd"[: draw(st.integers(0, 4))]
    for key in keys:
        quote, other = draw(st.sampled_from(["", '"', "'"])), draw(st.sampled_from(["", '"', "'"]))
        colon = draw(st.sampled_from([": ", " : ", ":   ", ":\n      ", *([":"] * bool(quote))]))
        explicit = "? " if draw(st.booleans()) and colon != ":" else ""
        value = draw(st.sampled_from([f"{other}v{other}", "&w v", "! v", "!!str v", "", "~"]))
        comma = "," if key != keys[-1] or draw(st.booleans()) else ""
        text += f"{explicit}{quote}{key}{quote}{colon}{value}{draw(space)}{comma}{draw(space)}"
    return text + "}" + draw(st.sampled_from(["", " # end"]))


@given(
    flow_labels(),
    st.booleans(),
    st.dictionaries(st.sampled_from("abcdef"), st.sampled_from(["x", "on", ""]) | st.none()),
)
def test_any_layout_in_brackets(text: str, block: bool, changes: dict[str, str | None]) -> None:  # noqa: FBT001 - an argument that Hypothesis gives by place
    """Labels in brackets can be edited however they are laid out."""
    text = meta(f"\n  name: a\n  labels: {text}\n" if block else f"{{name: a, labels: {text}\n}}\n")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "a.yaml")
        path.write_text(text)
        (before,) = read_manifests([path])
        expected = {**before.labels, **changes}
        run(path, text, labelled(changes))
        (after,) = read_manifests([path])
        assert after.labels == {key: value for key, value in expected.items() if value is not None}
        assert path.read_text().count("# end") == text.count("# end") or not after.labels


def test_line_ends_and_byte_order_marks_stay(tmp_path: Path) -> None:
    """New lines end as the old ones do, and a byte order mark stays."""
    path = tmp_path / "a.yaml"
    mark = codecs.BOM_UTF8.decode()
    for ending in ("\r\n", "\r"):
        text = mark + COMMENTED.replace("\n", ending) + f"---{ending}"
        after = run(path, text, labelled({"b": "c", "tier": None}))
        expected = COMMENTED.replace("'tier': \"x\"", "b: c")
        assert after == mark + expected.replace("\n", ending) + f"---{ending}"


@pytest.mark.parametrize(("indent", "separators"), [(4, None), (1, (",", ":")), (None, None)])
def test_json(tmp_path: Path, indent: int | None, separators: tuple[str, str] | None) -> None:
    """A JSON file is afterwards what it had been if it had been written so at first."""

    def text(*pods: object) -> str:
        values = {"kind": "List", "apiVersion": "v1", "items": list(pods)}
        return json.dumps(values, indent=indent, separators=separators) + "\n"

    def pod(name: str, **metadata: object) -> object:
        return {"kind": "Pod", "apiVersion": "v1", "metadata": {"name": name, **metadata}}

    path = tmp_path / "a.json"
    before = text(pod("a", labels={"x": "y"}), pod("b", labels={}), pod("c"))
    assert run(path, before, labelled({"x": "é", "z": None} | {"x": "1"})) == text(
        pod("a", labels={"x": "1"}), pod("b", labels={"x": "1"}), pod("c", labels={"x": "1"})
    )
    assert run(path, before, labelled({"x": None})) == text(pod("a"), pod("b", labels={}), pod("c"))
    both = {"x": "y", "u": "v"}
    assert run(path, text(pod("a", labels={"x": "y"})), labelled({"u": "v"})) == text(
        pod("a", labels=both)
    )
    assert run(path, text(pod("a", annotations=both)), annotated({"w": "z"})) == text(
        pod("a", annotations={**both, "w": "z"})
    )
    assert run(path, before, deleted("a")) == text(pod("b", labels={}), pod("c"))
    assert run(path, before, deleted("b", "c")) == text(pod("a", labels={"x": "y"}))
    assert run(path, before, deleted()) == text()


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
            "its labels are used once more on line 7 by *l, which would change too",
        ),
        (
            "spec: &l {a: b}\n" + meta("\n  name: a\n  labels: *l\n"),
            {"c": "x"},
            "its labels stand for *l: to change them would change all that share it",
        ),
        (
            meta("\n  name: a\n  labels: {c: &v d}\nspec: {x: *v}\n"),
            {"c": "x"},
            'parts of "c" among its labels are used once more on line 6 by *v, which would',
        ),
        (
            meta("\n  name: a\n  labels: {c: &v d}\nspec: {x: *v}\n"),
            {"c": None},
            "parts of its labels are used once more on line 6 by *v, which would change too",
        ),
        (
            "x: &l {a: b}\n" + meta("\n  name: a\n  labels: {<<: *l}\n"),
            {"a": "c"},
            '"a" among its labels comes from <<: change it there',
        ),
        (
            "x: &l {labels: {a: b}}\n" + meta("\n  name: a\n  <<: *l\n"),
            {"a": "c"},
            "its labels come from << and not from a key of its own",
        ),
        (
            "<<: {metadata: {name: a}}\n" + HEAD,
            {"a": "c"},
            "its metadata comes from << and not from a key of its own",
        ),
        (
            "x: &m {name: a}\n" + meta("*m\n"),
            {"a": "c"},
            "its metadata stand for *m: to change them would change all that share it",
        ),
        (
            "apiVersion: v1\nkind: List\n<<: {items: [" + json.dumps(POD) + "]}\n",
            {"a": "c"},
            "the items of its List come from << and not from a key of their own",
        ),
        (
            "apiVersion: v1\nkind: List\nitems: [&p " + json.dumps(POD) + ", *p]\n",
            {"a": "c"},
            "it and its parts are used once more on line 3 by *p, which would change too",
        ),
        (
            meta("\n  name: a\n  ? labels\n  : a: b\n    c: d\n"),
            {"a": None},
            "line 6 holds more than one thing: write each on a line of its own",
        ),
        (
            meta("\n  name: a\x85  uid: b\n"),
            {"a": "b"},
            "line 4 holds more than one thing: write each on a line of its own",
        ),
        (
            meta("\n  ? name\n  : a\n"),
            {"a": "b"},
            "the text is such that something else would change, too",
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


def names(*letters: str) -> str:
    """Documents of one pod each, with a comment behind the separator."""
    return "---\n".join(f"# {letter}\n{meta(f'{{name: {letter}}}')}\n" for letter in letters)


@pytest.mark.parametrize(
    ("text", "gone", "expected"),
    [
        (names("a", "b", "c"), "a", names("b", "c")),
        (names("a", "b", "c"), "b", names("a", "c")),
        (names("a", "b", "c"), "c", names("a", "b")),
        (names("a", "b", "c"), "bc", names("a")),
        (names("a", "b", "c"), "abc", ""),
        ("---\n" + names("a", "b"), "a", "---\n" + names("b")),
        (names("a", "b").rstrip(), "b", names("a").rstrip()),
        ("# head\n\n" + names("a", "b"), "a", "# head\n\n" + names("b")),
        ("# head\n\n" + names("a", "b"), "ab", "# head\n\n"),
        (f"{names('a')}# below\n\n# kept\n---\n{names('b')}", "a", "\n# kept\n" + names("b")),
        (f"{names('a')}---\n{names('b')}...\n", "b", names("a")),
        (f"{names('a')}---\n{names('b')}...\n---\n{names('c')}", "b", names("a", "c")),
        (
            f"{names('a')}---\n{names('b')}...\n%YAML 1.1\n---\n{names('c')}",
            "b",
            f"{names('a')}...\n%YAML 1.1\n---\n{names('c')}",
        ),
        (f"{names('a')}---\n{names('b')}...\n'\n", "b", f"{names('a')}...\n'\n"),
        (f"{names('a')}...\n%YAML 1.1\n---\n{names('b')}", "b", f"{names('a')}...\n"),
        (f"{names('a')}---\n---\n{names('b')}", "b", f"{names('a')}---\n"),
        (f"{names('a')}---\na: [\n", "", f"{names('a')}---\na: [\n"),
        (f"{names('a')}---\na: [\n---\n{names('b')}", "b", f"{names('a')}---\na: [\n"),
    ],
)
def test_documents_go(tmp_path: Path, text: str, gone: str, expected: str) -> None:
    """A document goes with its separator and its comments; the others stay, byte for byte."""
    path = tmp_path / "a.yaml"
    path.write_text(text)
    faults: list[ManifestError] = []
    found = list(read_manifests([path], on_error=faults.append))
    write_files(apply_edits([Edit(item, None) for item in found if item.name in gone]))
    assert path.read_text() == expected


def test_documents_that_are_lines_of_json(tmp_path: Path) -> None:
    """JSON values one behind the other go with what follows them."""
    path = tmp_path / "a.json"
    pods = [json.dumps({**POD, "metadata": {"name": name}}) + "\n" for name in "abc"]
    text = "".join(pods)
    assert run(path, text, deleted("a")) == pods[1] + pods[2]
    assert run(path, text, deleted("b")) == pods[0] + pods[2]
    assert run(path, text, deleted("b", "c")) == pods[0]
    assert run(path, text, deleted()) == ""


ITEMS = """\
apiVersion: v1
kind: List
items: # all
# a
- {apiVersion: v1, kind: Pod, metadata: {name: a}}
# of b

- apiVersion: v1
  kind: List
  items: [{apiVersion: v1, kind: Pod, metadata: {name: b}}]
"""


@pytest.mark.parametrize(
    ("gone", "expected"),
    [
        ("a", ["-# a", "-- {apiVersion: v1, kind: Pod, metadata: {name: a}}"]),
        (
            "b",
            [
                "-  items: [{apiVersion: v1, kind: Pod, metadata: {name: b}}]",
                "+  items: []",
            ],
        ),
    ],
)
def test_items_go(tmp_path: Path, gone: str, expected: list[str]) -> None:
    """An item goes with the comment above it; a List stays, if need be empty."""
    assert lines(ITEMS, run(tmp_path / "a.yaml", ITEMS, deleted(gone))) == expected


def test_all_items_go(tmp_path: Path) -> None:
    """A List without an item says so in brackets: with nothing it would be null."""
    text = "apiVersion: v1\nkind: List\nitems: # all\n- " + json.dumps(POD) + "\n"
    after = run(tmp_path / "a.yaml", text, deleted())
    assert after == "apiVersion: v1\nkind: List\nitems: [] # all\n"


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("kind: List\napiVersion: v1\nitems: &i [" + json.dumps(POD) + "]\nx: *i\n", "by *i"),
        (
            "kind: List\napiVersion: v1\nitems:\n- &p " + json.dumps(POD) + "\nx: *p\n",
            "something else would change, too: the alias *p has no anchor &p before it",
        ),
    ],
)
def test_items_that_cannot_go(tmp_path: Path, text: str, problem: str) -> None:
    """An item that something else needs stays."""
    with pytest.raises(EditError) as caught:
        run(tmp_path / "a.yaml", text, deleted())
    assert problem in str(caught.value)


def test_a_document_that_cannot_go(tmp_path: Path) -> None:
    """Where the rest of a file would read otherwise, nothing is deleted."""
    text = f"{names('a')}---\n{names('b')}"
    path = tmp_path / "a.yaml"
    path.write_text(text)
    first, second = read_manifests([path])
    place = second.source.place
    assert place is not None
    wrong = replace(second, source=replace(second.source, document=1))
    with pytest.raises(EditError, match="something else would change"):
        apply_edits([Edit(wrong, None)])
    assert apply_edits([Edit(first, first)]) == []


def test_only_labels_and_annotations_change(tmp_path: Path) -> None:
    """Other changes of an object are refused, and so are objects that come from no file."""
    path = tmp_path / "a.yaml"
    path.write_text(COMMENTED)
    (pod,) = read_manifests([path])
    other = replace(pod, labels={}, body={**pod.body, "spec": {"x": "y"}})
    homeless = replace(pod, source=replace(pod.source, place=None))
    with pytest.raises(EditError) as caught:
        apply_edits([Edit(pod, other), Edit(homeless, None)])
    assert [fault.problem for fault in caught.value.faults] == [
        "Pod/a: more than its labels and annotations would change",
        "Pod/a: it was read from no file, so there is none to write",
    ]


def test_a_file_that_changed_since(tmp_path: Path) -> None:
    """A file that somebody else changed, or removed, is left alone."""
    path = tmp_path / "a.yaml"
    path.write_text(COMMENTED)
    edits = labelled({"a": "b"})(list(read_manifests([path])))
    path.write_text(f"{COMMENTED}# more\n")
    with pytest.raises(EditError, match="it has changed since it was read"):
        apply_edits(edits)
    path.unlink()
    with pytest.raises(EditError, match="no such file or directory"):
        apply_edits(edits)


def test_a_file_of_two_names(tmp_path: Path) -> None:
    """A file that is read under two names is written once, and stays what the names lead to."""
    path, link = tmp_path / "a.yaml", tmp_path / "b.yaml"
    path.write_text(COMMENTED)
    link.symlink_to(path)
    edits = labelled({"app": "api"})(list(read_manifests([path, link])))
    (rewrite,) = apply_edits(edits)
    write_files([rewrite])
    assert link.is_symlink()
    assert path.read_text() == COMMENTED.replace("web", "api")


def test_all_faults_are_told_and_progress(tmp_path: Path) -> None:
    """What is in the way in each file is told, not only the first; progress ends with all."""
    shared = meta("\n  name: a\n  labels: &l\n    a: b\nspec: {x: *l}\n")
    for name in "ab":
        (tmp_path / f"{name}.yaml").write_text(f"{shared}---\n{shared}")
    told: list[tuple[int, int]] = []
    edits = labelled({"c": "d"})(list(read_manifests([tmp_path])))
    with pytest.raises(EditError) as caught:
        apply_edits(edits, on_progress=lambda done, total: told.append((done, total)))
    assert len(caught.value.faults) == len(str(caught.value).splitlines()) == 4
    assert told == sorted(told)
    assert told[-1][0] < told[-1][1] == 4 * len(shared) + 8
    path = tmp_path / "c.yaml"
    path.write_text(names("a", "b"))
    (rewrite,) = apply_edits(
        deleted("a")(list(read_manifests([path]))), on_progress=lambda *_: None
    )
    assert rewrite.after.decode() == names("b")


NAMESPACE = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "shop"}}
NAMESPACE_TEXT = "apiVersion: v1\nkind: Namespace\nmetadata:\n  name: shop\n"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("", NAMESPACE_TEXT),
        ("# only a comment", f"# only a comment\n{NAMESPACE_TEXT}"),
        (names("a"), f"{names('a')}---\n{NAMESPACE_TEXT}"),
        (names("a").rstrip(), f"{names('a')}---\n{NAMESPACE_TEXT}"),
        (
            names("a").replace("\n", "\r\n"),
            f"{names('a')}---\n{NAMESPACE_TEXT}".replace("\n", "\r\n"),
        ),
        (json.dumps(POD), f"{json.dumps(POD)}\n{json.dumps(NAMESPACE, indent=4)}\n"),
    ],
)
def test_appended(tmp_path: Path, before: str, after: str) -> None:
    """A document is put behind the others, in the language and with the line ends of the file."""
    path = tmp_path / "a.yaml"
    path.write_bytes(before.encode())
    write_files([append_objects(str(path), NAMESPACE)])
    assert path.read_bytes().decode() == after


def test_appended_to_a_new_file(tmp_path: Path) -> None:
    """A new file is YAML, or JSON where its name says so."""
    for name, text in (("a.yml", NAMESPACE_TEXT), ("a.json", json.dumps(NAMESPACE, indent=4))):
        path = tmp_path / name
        write_files([append_objects(str(path), NAMESPACE)])
        assert path.read_text().rstrip() == text.rstrip()


def test_what_cannot_be_appended_to(tmp_path: Path) -> None:
    """A file that is no text, that changed, or that cannot be read to its end, stays."""
    path = tmp_path / "a.yaml"
    for data, version, problem in (
        (b"\xff", None, "not UTF-8"),
        (b"a: b", b"another", "it has changed since it was read"),
    ):
        path.write_bytes(data)
        with pytest.raises(EditError, match=problem):
            append_objects(str(path), NAMESPACE, version)
    path = tmp_path / "a.json"
    path.write_text('{"a": 1} {')
    with pytest.raises(EditError, match="something else would change, too: not valid JSON"):
        append_objects(str(path), NAMESPACE)


STYLES = st.sampled_from(["{}", "'{}'", '"{}"'])
WORDS = st.from_regex(r"k[a-z0-9]{0,3}", fullmatch=True)


@st.composite
def manifests(draw: st.DrawFn) -> str:
    """Documents with labels in all kinds of writing, and comments between them."""
    documents = []
    for number in range(draw(st.integers(1, 4))):
        labels = draw(st.dictionaries(WORDS, WORDS, max_size=4))
        pairs = [
            f"{draw(STYLES).format(key)}: {draw(STYLES.filter(lambda s: s != '{}')).format(value)}"
            for key, value in labels.items()
        ]
        unit = " " * draw(st.integers(1, 4))
        if not pairs:
            written = draw(st.sampled_from(["", f"{unit}labels: {{}}\n", f"{unit}labels:\n"]))
        elif draw(st.booleans()):
            written = f"{unit}labels: {{{', '.join(pairs)}}}\n"
        else:
            remark = st.sampled_from(["", "  # c", f"\n{unit * 2}# c"])
            written = f"{unit}labels:\n" + "".join(
                f"{unit * 2}{pair}{draw(remark)}\n" for pair in pairs
            )
        name = f"{unit}name: n{number}\n"
        parts = draw(st.permutations([name, written]))
        documents.append(f"{HEAD}metadata:\n{''.join(parts)}# end\nspec: {{}}\n")
    return "---\n".join(documents)


@given(manifests(), st.dictionaries(WORDS, st.none() | WORDS, min_size=1, max_size=3))
def test_any_change_reads_back(
    tmp_path_factory: pytest.TempPathFactory, text: str, changes: dict[str, str | None]
) -> None:
    """Whatever is written however: the labels are what they should be, all else stays."""
    path = tmp_path_factory.mktemp("any") / "a.yaml"
    path.write_text(text)
    before = list(read_manifests([path]))
    edits = labelled(changes)(before)
    write_files(apply_edits(edits))
    after = list(read_manifests([path]))
    assert [item.labels for item in after] == [
        edit.after.labels for edit in edits if edit.after is not None
    ]
    changed = [line for line in lines(text, path.read_text()) if "# end" in line or "spec" in line]
    assert not changed


@pytest.mark.skipif(not MANIFESTS.is_dir(), reason=f"no real manifests at {MANIFESTS}")
def test_real_manifests(tmp_path: Path) -> None:
    """In real manifests the lines of these labels change, or come, and no others."""
    key = "app.kubernetes.io/part-of"
    copy = tmp_path / "manifests"
    shutil.copytree(MANIFESTS, copy, copy_function=shutil.copyfile)
    before = {path: path.read_text() for path in copy.rglob("*.yaml")}
    resources = list(read_manifests([copy]))
    had = [item.labels.get(key) for item in resources]
    write_files(apply_edits(labelled({key: "all"})(resources)))
    changed = [line for path, text in before.items() for line in lines(text, path.read_text())]
    stripped = [line[1:].strip() for line in changed]
    assert {line for line in stripped if line[:4] != "app."} <= {"labels:"}
    assert stripped.count(f"{key}: all") == len(resources)
    assert sum(line.startswith("-") for line in changed) == len(resources) - had.count(None)
    assert [item.labels[key] for item in read_manifests([copy])] == ["all"] * len(resources)
    write_files(apply_edits(deleted()(list(read_manifests([copy])))))
    assert list(read_manifests([copy])) == []
