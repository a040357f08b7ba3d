"""The inputs of ``make hostile``: what reads each, and texts that are meant to be slow or large."""

from __future__ import annotations

import atexit
import contextlib
import json
import sys
import tempfile
import zlib
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple, TypeAlias

from labelsel import (
    LabelIndex,
    from_label_selector,
    from_node_selector,
    parse,
    parse_expression,
    parse_fields,
    parse_matchers,
    validate_annotations,
    validate_labels,
)
from labelsel.errors import LabelselError
from labelsel.index import index_file

__all__ = ["JSON_POD", "LONGEST_MESSAGE", "READERS", "Made", "Reader", "Refused"]

Made: TypeAlias = Callable[[int], Any]
"""Makes an input of a size."""

LONGEST_MESSAGE: Final = 4_096
"""Characters of the message of an error: two screens, however long the input is."""


class Reader(NamedTuple):
    """What reads an input.

    Attributes:
        read: reads an input, and raises what it refuses it with.
        inputs: by what they repeat, inputs of a size.
        sizes: how many sizes it can take: to make 100,000 files takes long enough.
    """

    read: Callable[[Any], object]
    inputs: Mapping[str, Made]
    sizes: int = 3


class Refused(Exception):  # noqa: N818  # it is an answer
    """The command refused its input with this message."""


# The inputs


def _keys(size: int, prefix: str = "k") -> list[str]:
    return [f"{prefix}{number}" for number in range(size)]


def _repeat(part: str, *, before: str = "", after: str = "") -> Made:
    return lambda size: f"{before}{part * size}{after}"


def _chain(size: int, value: str) -> str:
    links = (f"a{n}: &a{n} {value % (n - 1)}\n" for n in range(1, size))
    return "a0: &a0 {x: y}\n" + "".join(links)


def _nest(size: int) -> dict[str, Any]:
    nested: dict[str, Any] = {}
    for _ in range(size):
        nested = {"matchLabels": nested}
    return nested


def _expressions(size: int) -> list[dict[str, Any]]:
    return [{"key": key, "operator": "In", "values": ["a"]} for key in _keys(size)]


_POD: Final = "{kind: Pod, apiVersion: v1, metadata: {name: a, labels: {%s}}}"
JSON_POD: Final = '{"kind":"Pod","apiVersion":"v1","metadata":{"name":"a%d","labels":{"a":"b"}}}'
_SURROGATE: Final = "\ud800"

_TEXTS: Final[dict[str, Made]] = {
    "one long word": _repeat("x"),
    "a fault at the end": _repeat("x", after="(("),
    "nothing but (": _repeat("("),
    "nothing but {": _repeat("{"),
    "nothing but ,": _repeat(","),
    "nothing but =": _repeat("="),
    "nothing but !": _repeat("!"),
    "nothing but blanks": _repeat(" "),
    "nothing but quotes": _repeat('"'),
    "nothing but backslashes": _repeat("\\"),
    "words side by side": _repeat("app "),
    "half a character": _repeat(_SURROGATE),
    "a null byte": _repeat("a\0"),
    "wide characters": _repeat("\U0001f600"),
    "shell variables": _repeat("${a},"),
}

_YAML: Final[dict[str, Made]] = {
    "[ [ [": lambda size: "[" * size,
    "{a: {a:": lambda size: "{a: " * size,
    '{"a":{"a":': lambda size: '{"a":' * size,
    "{ { {": lambda size: "{" * size,
    "- - -": lambda size: "- " * size + "x",
    "? ? ?": lambda size: "? " * size + "x",
    "a fault, then [ [ [": lambda size: "a: *x\nb: " + "[" * size,
    "aliases of aliases": lambda size: _chain(size, "[*a%d]"),
    "aliases that double": lambda size: _chain(size, "[*a%d, *a0]").replace("*a0]", "*a1]"),
    "merges of merges": lambda size: _chain(size, "{<<: *a%d}"),
    "one map on one line": lambda size: _POD % ", ".join(f"k{n}: v" for n in range(size)),
    "anchors": lambda size: "".join(f"- &a{n} x\n" for n in range(size)),
    "one key many times": lambda size: "a: b\n" * size,
    "one JSON key many times": lambda size: "{" + ", ".join(['"a": 1'] * size) + "}",
    "documents with a fault": lambda size: "---\n[\n" * size,
    "empty documents": lambda size: "---\n" * size,
    "a text of ten letters each": lambda size: "a: " + "x" * size * 10,
    "a block of lines": lambda size: "a: |\n" + "  x\n" * size,
    "a long number": lambda size: "a: " + "1" * size,
    "a long number with a tag": lambda size: "a: !!int " + "1" * size,
    "a long number in base 60": lambda size: "a: 1" + ":1" * size,
    "a long float with a tag": lambda size: "a: !!float " + "1" * size,
    "a long key": lambda size: "x" * size + ": 1",
    "a long tag": lambda size: "a: !" + "x" * size + " 1",
    "a long alias": lambda size: "a: *" + "x" * size,
    "bytes": lambda size: "a: !!binary " + "AAAA" * size,
    "comments": lambda size: "# x\n" * size,
    "half a character": lambda size: 'a: "' + "\\ud800" * size + '"',
    "a control character": lambda size: "a" * size + "\x01",
    "template marks": lambda size: "a: {{ x }}\n" * size,
}

_JSON: Final[dict[str, Made]] = {
    "[ [ [": _repeat("["),
    '{"a":{"a":': _repeat('{"a":'),
    "values one after the other": _repeat('{"a": 1}\n'),
    "a list of objects": lambda size: '{"items":[' + ",".join(['{"a":1}'] * size) + "]}",
    "a list with keys twice": lambda size: '{"items":[' + ",".join(['{"a":1,"a":2}'] * size) + "]}",
    "one key many times": lambda size: "{" + ", ".join(['"a": 1'] * size) + "}",
    "many keys": lambda size: "{" + ", ".join(f'"{key}": []' for key in _keys(size)) + "}",
    "a long number": _repeat("1", before='{"a": ', after="}"),
    "a long float": _repeat("1", before='{"a": 1.', after="}"),
    "a large exponent": _repeat("9", before='{"a": 1e', after="}"),
    "a long key": _repeat("x", before='{"', after='": 1}'),
    "a long text": _repeat("x", before='{"a": "', after='"}'),
    "a text without an end": _repeat("x", before='{"a": "'),
    "whole characters, escaped": _repeat("\\ud83d\\ude00", before='["', after='"]'),
    "half a character": _repeat("\\ud800", before='["', after='"]'),
    "NaN": _repeat("[NaN],", before="["),
    "blanks": _repeat(" ", after="{}"),
}

_TOML: Final[dict[str, Made]] = {
    "a key of many parts": _repeat("a.", before="lint.", after="b = 1"),
    "a table of many parts": _repeat("a.", before="[", after="b]"),
    "many tables": lambda size: "".join(f"[{key}]\n" for key in _keys(size)),
    "[ [ [": _repeat("[", before="lint = "),
    "a long number": _repeat("1", before="[lint]\nx = "),
    "a long key": _repeat("x", before="[lint]\n", after=" = 1"),
    "a long rule": _repeat("x", before='[lint]\nselect = ["', after='"]'),
    "many rules": _repeat('"key-typo", ', before="[lint]\nselect = [", after="]"),
    "many patterns": _repeat('"*a*", ', before="[lint]\nexclude = [", after="]"),
    "a long severity": _repeat("x", before='[lint.severity]\nkey-typo = "', after='"'),
    "no TOML": _repeat("]"),
}

_BASELINE: Final = '{"tool": "labelsel lint", "version": 1, "findings": [%s]}'
_ENTRY: Final = '{"rule": "key-typo", "file": "a%d", "object": "b", "path": "c"}'
_BASELINES: Final[dict[str, Made]] = {
    "[ [ [": _repeat("["),
    "entries": lambda size: _BASELINE % ",".join(_ENTRY % number for number in range(size)),
    "a long version": _repeat("1", before='{"tool": "labelsel lint", "version": ', after="}"),
    "a version that is a text": _repeat(
        "x", before='{"tool": "labelsel lint", "findings": [], "version": "', after='"}'
    ),
    "no entry": lambda size: _BASELINE % ",".join(["1"] * size),
    "no JSON": _repeat("x"),
}

_TEMPLATES: Final[dict[str, Made]] = {
    **{name: made for name, made in _TEXTS.items() if name != "a null byte"},
    "a path of many names": _repeat(".a", before="{", after="}"),
    "many paths": _repeat("{.a}"),
    "a long number": _repeat("1", before="{", after="}"),
    "a long index": _repeat("1", before="{.b[", after="]}"),
    "many indices": _repeat("[0]", before="{.b", after="}"),
    "ranges in ranges": lambda size: "{range .b}" * size + "{end}" * size,
    "a union of many": _repeat(",'a'", before="{['a'", after="]}"),
    "a long filter": _repeat(".a", before="{.b[?(@", after="==1)]}"),
    "no such character": _repeat("\\U00110000", before='{"', after='"}'),
    "half characters": _repeat("\\ud800", before='{"', after='"}'),
    "descents": _repeat("..a", before="{", after="}"),
}

_COLUMNS: Final[dict[str, Made]] = {
    "many columns": lambda size: ",".join(f"{key}:.a" for key in _keys(size)),
    "a long heading": _repeat("x", after=":.a"),
    "a long path": _repeat(".a", before="X:"),
    "no column": _repeat("x"),
    "braces": _repeat("{", before="X:"),
    "only commas": _repeat(","),
}

_COMMENTS: Final[dict[str, Made]] = {
    "comments": _repeat("# labelsel: ignore[key-typo]\n", after="a: b"),
    "comments on one line": _repeat("# labelsel: ignore[", before="a: b "),
    "rules of one comment": _repeat("a,", before="a: b # labelsel: ignore[", after="]"),
    "blanks": _repeat(" ", before="a: b # labelsel: ignore", after="[a]"),
    "number signs": _repeat("#", after=" labelsel: ignore[a]"),
    "a text with the word": _repeat("labelsel ", before="a: "),
}

_PATTERNS: Final[dict[str, Made]] = {
    "*a*a*a": lambda size: ["*a" * min(size, 10_000) + "b"],
    "**/**/**": lambda size: ["**/" * min(size, 10_000) + "b"],
    "many patterns": _keys,
    "a long pattern": lambda size: ["x" * size],
    "[[[[": lambda size: ["[" * size],
    "[a-[a-": lambda size: ["[a-" * size],
}

_MENTIONS: Final[dict[str, Made]] = {
    **_TEXTS,
    "lists without an end": _repeat("app in (x "),
    "sets without an end": _repeat("app not in {x, "),
    "operators that begin": _repeat("app not "),
    "blanks behind a key": _repeat(" ", before="app"),
    "labels": _repeat("labels"),
    "labels of labels": _repeat("labels.app."),
    "labels and blanks": _repeat("labels   "),
    "labels and backslashes": _repeat("\\", before="labels.", after="app"),
    "fields of labels": _repeat("'label_x': ["),
    "fields with a list": _repeat("'label': ['a', "),
    "values of fields": _repeat("': 'app'"),
    "keys": _repeat("key:"),
    "keys on lines": _repeat("key: app\n"),
    "requirements": _repeat("key: app, operator: In\n"),
    "operators": _repeat("operator: "),
    "operators before keys": _repeat("operator: In key: app\n"),
    "flags": _repeat("-l"),
    "flags and blanks": _repeat(" ", before="--selector ", after="app"),
    "keys in labels": _repeat("'app' in x."),
    "quotes behind a key": _repeat("'", before="app"),
    "backslashes behind a key": _repeat("\\", before="a"),
}

_PLACEHOLDERS: Final[dict[str, Made]] = {
    **_TEXTS,
    **{
        f"nothing but {part}": _repeat(part)
        for part in ("$", "#", "%", "@", "$#", "__A", "__a", "<a", "<<", "%a", "@a", "~a", "[[")
    },
    "backslashes and $": _repeat("$\\"),
}

_LABEL_SETS: Final[dict[str, Made]] = {
    "many labels": lambda size: dict.fromkeys(_keys(size), "v"),
    "a long value": lambda size: {"a": "v" * size},
    "a long key": lambda size: {"k" * size: "v"},
    "a long prefix": lambda size: {"k." * size + "/a": "v"},
    "many slashes": lambda size: {"/" * size: "v"},
    "half characters": lambda size: {_SURROGATE * size: _SURROGATE * size},
    "many illegal labels": lambda size: dict.fromkeys(_keys(size, "-"), "v v"),
    "numbers": lambda size: {f"k{n}": n for n in range(size)},
}

_LABEL_SELECTORS: Final[dict[str, Made]] = {
    "labels": lambda size: {"matchLabels": dict.fromkeys(_keys(size), "v")},
    "expressions": lambda size: {"matchExpressions": _expressions(size)},
    "values": lambda size: {
        "matchExpressions": [{"key": "a", "operator": "In", "values": _keys(size)}]
    },
    "a long value": lambda size: {"matchLabels": {"a": "v" * size}},
    "a long key": lambda size: {"matchLabels": {"k" * size: "v"}},
    "unknown fields": lambda size: dict.fromkeys(_keys(size), "v"),
    "an unknown operator": lambda size: {
        "matchExpressions": [{"key": "a", "operator": "x" * size}]
    },
    "maps in maps": _nest,
    "no expressions": lambda size: {"matchExpressions": [1] * size},
    "half characters": lambda size: {"matchLabels": {"a": _SURROGATE * size}},
}

_NODE_SELECTORS: Final[dict[str, Made]] = {
    "terms": lambda size: {
        "nodeSelectorTerms": [{"matchExpressions": [each]} for each in _expressions(size)]
    },
    "expressions": lambda size: {"nodeSelectorTerms": [{"matchExpressions": _expressions(size)}]},
    "empty terms": lambda size: {"nodeSelectorTerms": [{}] * size},
    "a long number": lambda size: {
        "nodeSelectorTerms": [
            {"matchExpressions": [{"key": "a", "operator": "Gt", "values": ["1" * size]}]}
        ]
    },
    "fields": lambda size: {
        "nodeSelectorTerms": [
            {"matchFields": [{"key": "metadata.name", "operator": "In", "values": _keys(size)}]}
        ]
    },
}


# Index files


def _sections(size: int) -> dict[str, bytes]:
    """Return the sections of the file of an index of so many label sets."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "index")
        LabelIndex({f"row{n}": {"a": f"v{n}", "b": "w"} for n in range(size)}).save(path)
        with path.open("rb") as file:
            return {
                name: bytes(data)
                for name, data in index_file._read_contents(file).items()  # noqa: SLF001  # our own
            }


def _index(size: int, **changed: bytes) -> bytes:
    """Return the file of an index, with other bytes in some sections, and right checksums."""
    sections = _sections(size) | {name.replace("_", " "): data for name, data in changed.items()}
    header = index_file._header(list(sections.values()))  # noqa: SLF001  # our own
    return header + b"".join(sections.values())


def _lying_index(size: int) -> bytes:
    """Return an index file whose first section says that it has 2**60 bytes."""
    data = bytearray(_index(size))
    start, entry = index_file._START.size, index_file._ENTRY  # noqa: SLF001  # our own
    name, _, checksum = entry.unpack_from(data, start)
    entry.pack_into(data, start, name, 2**60, checksum)
    end = index_file._HEADER - 4  # noqa: SLF001  # our own
    data[end : end + 4] = zlib.crc32(data[:end]).to_bytes(4, "little")
    return bytes(data)


def _json_bytes(text: str) -> bytes:
    return text.encode()


_INDICES: Final[dict[str, Made]] = {
    "label sets": _index,
    "half a file": lambda size: _index(size)[: -size // 2],
    "a length of 2**60": _lying_index,
    "a bitmap of 4 GiB": lambda size: _index(size, rows=b"\xff" * (4 * size)),
    "keys: [ [ [": lambda size: _index(10, keys=b"[" * size),
    "keys: a long number": lambda size: _index(1, keys=b"[" + b"1" * size + b"]"),
    "keys: a long number in base 16": lambda size: _index(
        1, keys=_json_bytes('[{"int": "0x' + "f" * size + '"}]')
    ),
    "label keys: [ [ [": lambda size: _index(10, label_keys=b"[" * size),
    "label keys: too many": lambda size: _index(10, label_keys=json.dumps(_keys(size)).encode()),
    "row sizes: too many": lambda size: _index(10, row_sizes=b"\xff" * (4 * size)),
    "value counts: too large": lambda size: _index(10, value_counts=b"\xff" * (4 * size)),
    "row counts: too large": lambda size: _index(10, row_counts=b"\xff" * (4 * size)),
    "no index file": lambda size: b"x" * size,
}


# The readers


def _documents(name: str) -> Callable[[str], object]:
    def read(text: str) -> None:
        from labelsel.kubernetes.read.document_reader import read_documents  # noqa: PLC0415

        fault: Exception | None = None
        for document in read_documents(text, name):
            # The longest message of all counts, and then whether the last document is good.
            if fault is None or len(str(fault)) <= LONGEST_MESSAGE:
                fault = document if isinstance(document, Exception) else None
        if fault is not None:
            raise fault

    return read


def _in_file(name: str, read: Callable[[Path], object]) -> Callable[[Any], object]:
    """Return a reader of a text or bytes that reads them from a file of a name."""

    def read_file(content: str | bytes) -> object:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder, name)
            data = content.encode("utf-8", "surrogatepass") if isinstance(content, str) else content
            path.write_bytes(data)
            return read(path)

    return read_file


def _load(path: Path) -> object:
    index: LabelIndex[Any] = LabelIndex.load(path)
    return list(index), index.count("a")


def _template(text: str) -> object:
    from labelsel.cli.template_values import template_text  # noqa: PLC0415  # 0.15 s
    from labelsel.cli.templates import parse_template  # noqa: PLC0415  # as above

    return template_text(parse_template(text), {"a": "1", "b": [{"a": 1}]})


def _columns(text: str) -> object:
    from labelsel.cli.custom_columns import parse_columns  # noqa: PLC0415  # as above

    return parse_columns(text)


def _comments(text: str) -> object:
    from labelsel.lint.ignore_comments import find_ignore_comments  # noqa: PLC0415  # as above

    return find_ignore_comments(text)


def _configuration(path: Path) -> object:
    from labelsel.lint.configuration import read_configuration  # noqa: PLC0415  # as above

    return read_configuration(path)


def _baseline(path: Path) -> object:
    from labelsel.lint.baseline import Baseline  # noqa: PLC0415  # as above

    return Baseline.read(str(path))


def _exclusion(patterns: Sequence[str]) -> object:
    from labelsel.kubernetes.read.exclusion import Exclusion  # noqa: PLC0415  # as above

    exclusion = Exclusion(patterns)
    return [exclusion.leaves_out("a" * 200), exclusion.leaves_out("/".join("a" * 100))]


def _fields(path: str) -> object:
    from labelsel.kubernetes import Inventory  # noqa: PLC0415  # as above

    pod = {"kind": "Pod", "apiVersion": "v1", "metadata": {"name": "a", "labels": {"a.b": "c"}}}
    return Inventory.of(pod).select(fields=f"{path}=x")


def _mentions(text: str) -> object:
    """Search a text as a rename does, of a key and of a label with a value."""
    from labelsel.kubernetes import LabelRenaming  # noqa: PLC0415  # as above
    from labelsel.kubernetes.renaming.mentions import MentionFinder  # noqa: PLC0415  # as above

    data = {"data": {"text": text}, "jobLabel": ["app", text], text: ["app"] * (len(text) // 20)}
    return [
        (
            list(finder.find_in_text(text)),
            list(finder.find_in_data(data)),
            list(finder.find_word(text)),
            finder.may_refer(repr(data)),
        )
        for finder in map(MentionFinder, (LabelRenaming.from_texts(*each) for each in _RENAMES))
    ]


_RENAMES: Final = (("app", "name"), ("app=web", "name=web"), ("a.b/c", "d"))


def _placeholder(text: str) -> object:
    from labelsel.lint.fixes import has_placeholder, placeholder_fix  # noqa: PLC0415  # as above

    fix = placeholder_fix(text) or ""
    if len(fix) > LONGEST_MESSAGE:
        raise LabelselError(fix)
    from labelsel.kubernetes.selection.written_parts import (  # noqa: PLC0415  # as above
        may_have_open_objects,
    )

    may_have_open_objects(f"kind: List\nitems:\n{text}")
    return has_placeholder(text)


def _validate(labels: Mapping[str, str]) -> object:
    problems = [*validate_labels(labels), *validate_annotations(labels)]
    longest = max(map(len, problems), default=0)
    if longest > LONGEST_MESSAGE:
        raise LabelselError("x" * longest)
    return LabelIndex({0: labels}) if all(map(_is_text, labels.values())) else problems


def _is_text(value: object) -> bool:
    return isinstance(value, str)


def _command(*words: str) -> object:
    """Run the command in this process. `Refused` with its message if it failed."""
    from click.testing import CliRunner  # noqa: PLC0415  # as above

    from labelsel.cli.app import app  # noqa: PLC0415  # as above

    result = CliRunner().invoke(app, words, catch_exceptions=False)
    if result.exit_code:
        raise Refused(result.stderr)
    return None


def _lint(path: Path) -> object:
    """Lint a file: findings are no refusal."""
    with contextlib.suppress(Refused):
        _command("lint", "-f", str(path))
    return None


def _folder(name: str) -> tuple[Path, bool]:
    """Return a folder that is removed at the end of the process, and whether it is new."""
    if not _ROOT:
        _ROOT.append(tempfile.TemporaryDirectory())
        atexit.register(_remove_folders)
    folder = Path(_ROOT[0].name, name)
    if folder.exists():
        return folder, False
    folder.mkdir()
    return folder, True


def _remove_folders() -> None:
    sys.setrecursionlimit(20_000)  # shutil.rmtree calls itself for a folder in a folder
    _ROOT[0].cleanup()


_ROOT: Final[list[tempfile.TemporaryDirectory[str]]] = []
"""The folder of all folders, made when the first is."""


def _many_files(size: int) -> list[str]:
    """Return words that read a folder of so many files. The folder is made once for a size."""
    folder, is_new = _folder(f"files-{size}")
    if is_new:
        for number in range(size):
            (folder / f"{number}.json").write_text(JSON_POD % number)
    return ["get", "pods", "-f", str(folder), "-l", "a=b", "-o", "name"]


def _link_folder(size: int) -> list[str]:
    """Return words that read a folder of links, each to the next, the last one to a manifest."""
    folder, is_new = _folder(f"links-{size}")
    if is_new:
        (folder / "0.json").write_text(JSON_POD % 0)
        for number in range(1, size):
            (folder / f"{number}.json").symlink_to("0.json")
    return ["get", "pods", "-f", str(folder), "-l", "a=b", "-o", "name"]


def _deep_folder(size: int) -> list[str]:
    """Return words that read a folder in which folders are nested; paths end at 4,096 bytes."""
    folder, is_new = _folder(f"deep-{size}")
    if is_new:
        deepest = folder
        for _ in range(min(size // 10, 1_500)):
            deepest = deepest / "d"
            deepest.mkdir()  # with parents=True it calls itself for each
        (deepest / "a.json").write_text(JSON_POD % 0)
    return ["get", "pods", "-f", str(folder), "-l", "a=b", "-o", "name"]


def _arguments(*words: str) -> Made:
    """Return words of a command with one that is repeated, each time with another number."""
    *first, last = words
    return lambda size: [*first, *(last % number for number in range(size))]


def _near_names(size: int) -> list[str]:
    """Return a command that names as many objects as there are, none of them."""
    folder, is_new = _folder(f"near-names-{size}")
    path = folder / "pods.json"
    if is_new:
        path.write_text("\n".join(JSON_POD % number for number in range(size)))
    return ["get", "-f", str(path), "pods", *(f"pod{number}" for number in range(size))]


_SELECTOR_OF_VALUES: Final = (
    "{kind: NetworkPolicy, apiVersion: networking.k8s.io/v1, metadata: {name: a}, spec:"
    " {podSelector: {matchExpressions: [{key: app, operator: In, values: [%s]}]}}}\n"
)


def _rename(name: str, more: str) -> list[str]:
    """Return words that rename a label in a folder: of a pod, in a file that has more behind it."""
    folder, is_new = _folder(f"rename-{name}-{len(more)}")
    if is_new:
        (folder / "a.yaml").write_text(f"{_POD % 'app: a'}\n---\n{more}")
    return ["rename", "app=a", "app=b", "-f", str(folder), "--dry-run=client"]


def _empty_lines(size: int) -> list[str]:
    """Return words that print a text of so many empty lines."""
    folder, is_new = _folder(f"lines-{size}")
    if is_new:
        text = json.dumps("\n" * size + "a::b")
        (folder / "a.json").write_text(JSON_POD.replace('"b"', text) % 0)
    return ["get", "pods", "-f", str(folder), "-o", "yaml"]


def _near_labels(size: int) -> list[str]:
    """Return a command that asks for as many misspelled labels as an object has."""
    folder, is_new = _folder(f"near-labels-{size}")
    path = folder / "pod.yaml"
    if is_new:
        path.write_text(_POD % ", ".join(f"label{number}: v" for number in range(size)))
    asked = ",".join(f"lable{number}=v" for number in range(size))
    return ["get", "pods", "-f", str(path), "-l", asked]


# Pairs: so many selectors that all select so many objects


_LABELS: Final = {"a": "b"}


def _object(kind: str, version: str, name: str, spec: object, **metadata: object) -> object:
    return {
        "kind": kind,
        "apiVersion": version,
        "metadata": {"name": name, **metadata},
        "spec": spec,
    }


def _pods(size: int, name: str = "p%d") -> list[object]:
    numbers = range(size)
    spec = {"nodeSelector": _LABELS}
    return [_object("Pod", "v1", _name(name, n), spec, labels=_LABELS) for n in numbers]


def _services(size: int, name: str = "s%d", value: str = "b") -> list[object]:
    spec = {"selector": {"a": value}}
    return [_object("Service", "v1", _name(name, number), spec) for number in range(size)]


def _workloads(size: int) -> list[object]:
    template = {"metadata": {"labels": _LABELS}}
    spec = {"selector": {"matchLabels": _LABELS}, "template": template}
    return [_object("Deployment", "apps/v1", f"d{number}", spec) for number in range(size)]


def _budgets(size: int) -> list[object]:
    spec = {"selector": {"matchLabels": _LABELS}}
    numbers = range(size)
    return [_object("PodDisruptionBudget", "policy/v1", f"b{n}", spec) for n in numbers]


def _policies(size: int) -> list[object]:
    """Return policies whose selectors differ, and select all pods."""
    numbers = range(size)
    expressions = [{"key": "a", "operator": "NotIn", "values": [f"v{n}"]} for n in numbers]
    return [
        _object(
            "NetworkPolicy",
            "networking.k8s.io/v1",
            f"n{number}",
            {"podSelector": {"matchExpressions": [each]}},
        )
        for number, each in enumerate(expressions)
    ]


def _nodes(size: int) -> list[object]:
    return [_object("Node", "v1", f"n{number}", {}, labels=_LABELS) for number in range(size)]


def _one_name(size: int) -> list[object]:
    """Return Pods and Services of which each kind has one name, and nodes."""
    return [*_pods(size, "p"), *_services(size, "s"), *_nodes(size)]


def _name(name: str, number: int) -> str:
    return name % number if "%" in name else name


def _pairs(name: str, make: Callable[[int], list[object]], *words: str) -> Made:
    """Return words of a command behind which the file of so many objects is named."""

    def made(size: int) -> list[str]:
        folder, is_new = _folder(f"pairs-{name}-{size}")
        path = folder / "a.json"
        if is_new:
            path.write_text(json.dumps({"kind": "List", "apiVersion": "v1", "items": make(size)}))
        return [*words, "-f", str(path)]

    return made


_SELECTED_BY: Final = ("get", "pods", "--selected-by", "svc/s0", "-o", "name")


def _two_sides(*words: str) -> Made:
    """Return words that compare so many Services that select nothing, then so many pods."""
    old = _pairs("old", lambda size: [*_services(size, value="c"), *_pods(size)], *words)
    new = _pairs("new", lambda size: [*_services(size), *_pods(size)])
    return lambda size: [*old(size), *new(size)]


_POD_FILE: Final = Path(__file__).resolve().parent.parent / "examples"

READERS: Final[dict[str, Reader]] = {
    "kubernetes": Reader(
        parse,
        {
            **_TEXTS,
            "values": lambda size: f"a in ({','.join(_keys(size))})",
            "requirements": lambda size: ",".join(_keys(size)),
            "an open list": _repeat("a,", before="x in ("),
            "a long number": _repeat("1", before="a>"),
            "a long value": _repeat("v", before="a="),
            "== in a row": _repeat("a==b==c,"),
            "&& in a row": _repeat("a=b && "),
        },
    ),
    "fields": Reader(
        parse_fields,
        {
            **_TEXTS,
            "requirements": _repeat("metadata.name=a,", after="b=c"),
            "escapes": _repeat("\\,", before="a="),
            "a long path": _repeat("a.", after="b=c"),
        },
    ),
    "field paths": Reader(
        _fields, {"parts": _repeat("a.", after="b"), "one part": _repeat("a"), "dots": _repeat(".")}
    ),
    "calico": Reader(
        parse_expression,
        {
            **_TEXTS,
            "&&": _repeat("a && ", after="b"),
            "||": _repeat("has(a) || ", after="has(b)"),
            "parentheses": lambda size: "(" * size + "has(a)" + ")" * size,
            "values": lambda size: "a in {" + ",".join(map(repr, _keys(size))) + "}",
            "has(": _repeat("has("),
            "! and (": _repeat("!("),
        },
    ),
    "prometheus": Reader(
        parse_matchers,
        {
            **_TEXTS,
            "matchers": lambda size: "{" + ",".join(f'{key}="v"' for key in _keys(size)) + "}",
            "a long value": _repeat("v", before='{a="', after='"}'),
            "regex: (?:": _repeat("(?:", before='{a=~"', after='"}'),
            "regex: nested groups": lambda size: '{a=~"' + "(?:" * size + "x" + ")" * size + '"}',
            "regex: (a*)*": _repeat("(a*)*", before='{a=~"', after='b"}'),
            "regex: a{1000}": _repeat("a{1000}", before='{a=~"', after='"}'),
            "regex: a|b": lambda size: '{a=~"' + "|".join(_keys(size)) + '"}',
            "regex: [a-z]": _repeat("[a-z]", before='{a=~"', after='"}'),
            "many regexes": lambda size: "{" + ",".join(f'{k}=~"{k}.*"' for k in _keys(size)) + "}",
        },
    ),
    "label selectors": Reader(from_label_selector, _LABEL_SELECTORS),
    "node selectors": Reader(from_node_selector, _NODE_SELECTORS),
    "label sets": Reader(_validate, _LABEL_SETS),
    "yaml": Reader(_documents("a.yaml"), _YAML),
    "json": Reader(_documents("a.json"), _JSON),
    "index files": Reader(_in_file("index", _load), _INDICES),
    "configurations": Reader(_in_file("labelsel.toml", _configuration), _TOML),
    "baselines": Reader(_in_file("baseline.json", _baseline), _BASELINES),
    "ignore comments": Reader(_comments, _COMMENTS),
    "patterns": Reader(_exclusion, _PATTERNS),
    "mentions": Reader(_mentions, _MENTIONS),
    "placeholders": Reader(_placeholder, _PLACEHOLDERS),
    "templates": Reader(_template, _TEMPLATES),
    "columns": Reader(_columns, _COLUMNS),
    "lint": Reader(
        _in_file("a.yaml", _lint),
        {
            "one label many times": lambda size: _POD % ", ".join(f"k{n}: v" for n in range(size)),
            "a long label": lambda size: _POD % ("k: " + "v" * size),
            "a long text": lambda size: _POD % "a: b" + "\n# " + "x" * size,
            "misspelled keys": lambda size: (
                "kind: Pod\napiVersion: v1\nmetadata: {name: a}\nspec:\n"
                + "".join(f"  containrs{n}: []\n" for n in range(size))
            ),
        },
        sizes=2,
    ),
    "commands": Reader(
        lambda words: _command(*words),
        {
            "files in a folder": _many_files,
            "links in a folder": _link_folder,
            "folders in folders": _deep_folder,
            "paths that are not there": _arguments("get", "pods", "-fnone%d"),
            "names": _arguments("get", "-f", str(_POD_FILE), "pod/a%d"),
            "words": _arguments("get", "pods", "-f", str(_POD_FILE), "a%d"),
            "near names": _near_names,
            "near labels": _near_labels,
            "documents that no rename reads": lambda size: _rename("unread", "---\n[\n" * size),
            "values to rename": lambda size: _rename(
                "values", _SELECTOR_OF_VALUES % ", ".join(["a"] * size)
            ),
            "empty lines in a text": _empty_lines,
            "labels to set": _arguments("label", "-f", str(_POD_FILE), "pod/web", "k%d=v"),
            "a long selector": lambda size: [
                *("get", "pods", "-f", str(_POD_FILE), "-l"),
                ",".join(_keys(size)),
            ],
            "a selector with a fault": lambda size: [
                *("get", "pods", "-f", str(_POD_FILE), "-l"),
                ",".join(_keys(size)) + ",,",
            ],
            "why": lambda size: ["translate", ",".join(_keys(size)), "--to", "calico"],
            "SQL": lambda size: [
                *("translate", f"a in ({','.join(_keys(size))})", "--to", "sql"),
                *("--dialect", "sqlite", "--column", "labels"),
            ],
        },
    ),
    "commands of pairs": Reader(
        lambda words: _command(*words),
        {
            **{
                f"diff of n x n pairs, {output}": _two_sides("diff", "-o", output)
                for output in ("table", "json", "yaml", "markdown")
            },
            **{
                f"graph of n x n pairs, {output}": _pairs("dep", _workloads, "graph", "-o", output)
                for output in ("dot", "mermaid", "json", "html")
            },
            "lint of n workloads alike": _pairs("dep", _workloads, "lint"),
            "lint of n budgets x n pods": _pairs(
                "pdb", lambda size: [*_budgets(size), *_pods(size)], "lint"
            ),
            "lint of n selectors x n pods": _pairs(
                "differ", lambda size: [*_policies(size), *_pods(size)], "lint"
            ),
            "who selects n pods of a name": _pairs("name", _one_name, "who-selects", "pod/p"),
            "what n of a name select": _pairs("name", _one_name, "selects", "svc/s"),
            "nodes for n pods of a name": _pairs("name", _one_name, "nodes-for", "pod/p"),
            "what one Service selects": _pairs(
                "new", lambda size: [*_services(size), *_pods(size)], *_SELECTED_BY
            ),
            "rename for n x n pairs": _pairs(
                *("new", lambda size: [*_services(size), *_pods(size)]),
                *("rename", "a", "c", "--dry-run=client"),
            ),
        },
        sizes=2,
    ),
}
"""Every reader of input that may come from anybody, and the inputs that are meant to be slow."""
