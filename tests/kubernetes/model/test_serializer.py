"""Objects back into text, and read again: nothing is lost, nothing reads as something else."""

import io
import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from labelsel.kubernetes import (
    Resource,
    Source,
    append_objects,
    json_text,
    read_manifests,
    write_json,
    write_yaml,
    yaml_text,
)
from labelsel.kubernetes.model.document import Document
from labelsel.kubernetes.model.serializer import scalar_text
from labelsel.kubernetes.read.document_reader import read_value
from labelsel.kubernetes.read.yaml_reader import read_yaml

EXAMPLES = Path(__file__).resolve().parents[3] / "examples"

#: Strings that one reader or another takes for something else.
TRICKY = (
    *("", "~", "null", "on", "off", "y", "N", "yes", "No", "true", "1", "1.0", "1_000", "0o17"),
    *("017", "08", "0x1F", "0b1", "1e3", ".5", ".inf", "-.inf", ".nan", "+1", "1:30", "190:20:30"),
    *("2020-01-01", "2001-12-14t21:59:43.10-05:00", "<<", "=", "-", "?", ":", "---", "...", "#a"),
    *("a: b", "a #b", "- a", "*a", "&a", "!a", "%a", "@a", "`a", "'a'", '"a"', "[a]", "{a}", "a,b"),
    *(" a", "a ", "a\n", "a\nb", "a\n\n", "\na", "\n", " a\nb", "a \nb", "\ta", "a\tb", "a\r\nb"),
    *(
        "a\\nb",
        "é",
        "🚀",
        "\x85",
        "\u2028",
        "a\u2028b",
        "\ufeff",
        "\xa0",
        "\x00",
        "\x1b[31m",
        "\x7f",
    ),
    "x" * 5000,
    "word " * 1000,
)


@pytest.fixture(params=["libyaml", "python"])
def _emitter(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Write with libyaml's emitter and with PyYAML's own."""
    if request.param == "python":
        monkeypatch.delattr(yaml, "CSafeDumper", raising=False)


def resource(body: dict[str, Any]) -> Resource:
    return Resource("Pod", "v1", None, "a", {}, {}, body, Source("a.yaml", 1, 1))


def yaml_of(*bodies: dict[str, Any]) -> str:
    stream = io.StringIO()
    write_yaml(map(resource, bodies), stream)
    return stream.getvalue()


def json_of(*bodies: dict[str, Any]) -> str:
    stream = io.StringIO()
    write_json(map(resource, bodies), stream)
    return stream.getvalue()


def read_back(text: str) -> Any:
    (document,) = read_yaml(text, "a.yaml")
    assert isinstance(document, Document), document
    return document.value


def wrapped(*bodies: dict[str, Any]) -> dict[str, Any]:
    return {"apiVersion": "v1", "kind": "List", "items": list(bodies)}


def test_json_is_indented_as_kubectl_does_it() -> None:
    """The text is what the standard library writes for the list as a whole."""
    bodies = ({"b": 1, "a": ["x\ny", {}]}, {"é": None})
    expected = json.dumps(wrapped(*bodies), indent=4, ensure_ascii=False)
    assert json_of(*bodies) == f"{expected}\n"
    assert json_of() == f"{json.dumps(wrapped(), indent=4)}\n"


@pytest.mark.usefixtures("_emitter")
def test_yaml_for_people() -> None:
    """Keys keep their order, lines keep their length, long texts are blocks, quotes are few."""
    text = yaml_of({"kind": "Pod", "data": {"on": "on", "text": "a\nb\n", "n": 1, "f": 1.0}})
    assert text == (
        "apiVersion: v1\nkind: List\nitems:\n- kind: Pod\n  data:\n"
        "    'on': 'on'\n    text: |\n      a\n      b\n    'n': 1\n    f: 1.0\n"
    )
    assert yaml_of() == "apiVersion: v1\nkind: List\nitems: []\n"
    assert len(yaml_of({"a": "word " * 100 + "word"}).splitlines()) == 4


@pytest.mark.usefixtures("_emitter")
@pytest.mark.parametrize("text", TRICKY, ids=lambda text: repr(text[:20]))
def test_tricky_strings(text: str) -> None:
    """Every string comes back as itself, as a key and as a value, whoever reads it."""
    body = {"value": text, "list": [text], f"{text}": 1}
    written = yaml_of(body)
    assert read_back(written) == wrapped(body)
    assert yaml.safe_load(written) == wrapped(body)
    assert json.loads(json_of(body)) == wrapped(body)


@pytest.mark.usefixtures("_emitter")
def test_other_values() -> None:
    """Values that are no strings keep their type."""
    body: dict[str, Any] = {
        "a": [None, True, False, 0, -5, 2**70 - 1, 1.0, -0.5, 1e300, 1e-7, [], {}, [[]]]
    }
    body["a"][5] = 2**63
    back = read_back(yaml_of(body))
    assert back == wrapped(body)
    assert [type(value) for value in back["items"][0]["a"]] == [type(v) for v in body["a"]]


@pytest.mark.parametrize("write", [write_json, write_yaml])
@pytest.mark.parametrize("bad", [5, [5], "x", {"a": 1}])
def test_what_is_no_collection_of_objects(write: Any, bad: object) -> None:
    """A value of another type is refused, with the functions that read objects."""
    with pytest.raises(TypeError, match=r"expected .*Resource, got .*read_manifests\(\)"):
        write(bad, io.StringIO())


def test_shared_parts_are_written_out() -> None:
    """What an alias made one object is two in the text, without anchors."""
    part = {"x": 1}
    assert "&" not in yaml_of({"a": part, "b": part})
    assert read_back(yaml_of({"a": part, "b": part})) == wrapped({"a": part, "b": part})


@pytest.mark.parametrize("write", [write_json, write_yaml])
def test_the_examples_come_back_the_same(tmp_path: Path, write: Any) -> None:
    """Real manifests, written and read again, are the same objects in the same order."""
    resources = list(read_manifests([EXAMPLES]))
    path = tmp_path / "all.yaml"
    with path.open("w", encoding="utf-8") as stream:
        write(resources, stream)
    back = list(read_manifests([path]))
    assert [item.body for item in back] == [item.body for item in resources]
    assert [list(item.body) for item in back] == [list(item.body) for item in resources]


DATA = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**64 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text()
    | st.sampled_from(TRICKY),
    lambda parts: st.lists(parts, max_size=4) | st.dictionaries(st.text(), parts, max_size=4),
    max_leaves=20,
)


@given(st.dictionaries(st.text(), DATA, max_size=4))
def test_yaml_reads_back_as_it_was(body: dict[str, Any]) -> None:
    """Whatever data: YAML text written here means the same to this reader and to PyYAML."""
    text = yaml_of(body)
    assert read_back(text) == wrapped(body)
    assert json.loads(json_of(body)) == wrapped(body)
    assert yaml.safe_load(text) == wrapped(body)


UNPRINTABLE = [
    *map(chr, range(32)),
    *map(chr, range(0x7F, 0xA1)),
    "\xad", "\u200b", "\u200e", "\u2028", "\u2029", "\u202e", "\u2066", "\ufeff", "\U000e0001",
]  # fmt: skip


@pytest.mark.parametrize("char", UNPRINTABLE, ids=ascii)
@pytest.mark.parametrize("around", ["{}", "é{}ü", "a\n{}b\n", "{} # 'x\"\\", "- \\{}"])
def test_what_is_not_printable_is_an_escape(char: str, around: str) -> None:
    """No output has a character that a terminal obeys or does not show; the data stays."""
    value = {around.format(char): [around.format(char), "日本 é 😀"]}
    texts = [json_text(value), yaml_text(value)]
    for text in texts:
        assert text.replace("\n", "").replace("\t", "").isprintable()
        assert "日本 é" in text
        assert read_value(text, "text") == value
    line = scalar_text(around.format(char))
    assert line.isprintable()
    assert read_value(f"k: {line}\n", "text") == {"k": around.format(char)}


COMMANDS = [
    "##[add-mask]x",
    "###[error]",
    "a ##[debug]x##[",
    "::error::x",
    "a\n  ::error::b\nc",
    "\t::x::",
]


@pytest.mark.usefixtures("_emitter")
@pytest.mark.parametrize("text", [*COMMANDS, "#" * 70_000 + "[x", ("ab##[" * 9 + "\n") * 500])
def test_no_line_is_a_command_of_a_ci_service(text: str) -> None:
    """GitHub Actions obeys ##[ anywhere in a line and :: at its beginning; the data stays."""
    value = {text: [text, {"a": text}]}
    for written in (json_text(value), yaml_text(value), json_of(value), yaml_of(value)):
        assert "##[" not in written
        assert not any(line.lstrip().startswith("::") for line in written.splitlines())
    assert json.loads(json_text(value)) == value
    assert read_value(yaml_text(value), "text") == yaml.safe_load(yaml_text(value)) == value


@pytest.mark.parametrize("text", COMMANDS)
def test_a_file_is_no_command(text: str) -> None:
    """What is written into files is not escaped more than YAML needs."""
    line = scalar_text(text)
    assert read_value(f"k: {line}\n", "text") == {"k": text}
    assert r"\x23" not in line


@pytest.mark.parametrize(
    ("value", "error", "words"),
    [
        (float("nan"), ValueError, "^JSON and Kubernetes have only finite numbers, not nan$"),
        (float("inf"), ValueError, "^JSON and Kubernetes have only finite numbers, not inf$"),
        (float("-inf"), ValueError, "^JSON and Kubernetes have only finite numbers, not -inf$"),
        (object(), TypeError, "^expected a map, a list, a string, .*, got object <object"),
        (b"x", TypeError, "^expected a map, a list, a string, .*, got bytes b'x'$"),
        ((1, 2), TypeError, r"^expected a map, a list, a string, .*, got tuple \(1, 2\)$"),
        ({3: 1}, TypeError, "^expected str, got int 3; the keys of a map in JSON are strings$"),
        ({None: 1}, TypeError, "^expected str, got None; the keys of a map in JSON are strings$"),
    ],
)
@pytest.mark.parametrize("depth", [0, 1])
def test_what_is_not_json_is_refused(
    value: object, error: type[Exception], words: str, depth: int, tmp_path: Path
) -> None:
    """It would read back as something else; nothing of the value is written."""
    data: Any = {"spec": [value]} if depth else value
    for text_of in (json_text, yaml_text):
        with pytest.raises(error, match=words):
            text_of(data)
    for name in ("new.json", "new.yaml"):
        with pytest.raises(error, match=words):
            append_objects(str(tmp_path / name), data)
    resource = Resource("Pod", "v1", None, "a", {}, {}, {"spec": data}, Source("a.yaml", 1, 1))
    for write in (write_json, write_yaml):
        with pytest.raises(error, match=words):
            write([resource], io.StringIO())
