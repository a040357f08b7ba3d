"""Templates, columns and orders by paths, each with the outcome of the real kubectl.

The outcomes are in tests/vectors/jsonpath.jsonl: what kubectl v1.32.4 printed for the objects of
jsonpath.yaml beside it, which a web server of our own served to it as a cluster would. ``error`` is
kubectl's message.
"""

import json
from pathlib import Path
from typing import Any

import pytest

from labelsel.cli.custom_columns import parse_columns
from labelsel.cli.template_errors import PathTemplateError
from labelsel.cli.template_values import evaluate
from labelsel.cli.templates import Literal, parse_path, parse_template
from tests.cli.conftest import Run

ROOT = Path(__file__).resolve().parents[2]
VECTORS: list[dict[str, Any]] = [
    json.loads(line) for line in (ROOT / "tests/vectors/jsonpath.jsonl").read_text().splitlines()
]

#: Templates that kubectl takes and labelsel refuses; docs/kubectl.md says why.
REFUSED = {
    "jsonpath={.items[?(@.spec.containers[1])].metadata.name}": "no element 1 in a list of 1",
    "jsonpath={.items[0].spec.containers[0].*.*.cpu}": "web is a text, and .* needs an object",
    "jsonpath={.kind.*}": "List is a text, and .* needs an object",
    'jsonpath={.kind "x"}': "a text has braces of its own",
    "jsonpath={.}|": "behind the dot a name is needed; the whole object is {}",
    "jsonpath={..}": "behind .. a name is needed: ..name",
    "jsonpath={..['name']}": "behind .. a name is needed: ..name",
    "jsonpath={.items[]}": "[] is empty: write [*] for all elements, [0] for the first",
    "jsonpath={range .items[*]}x": "a {range} has no {end}",
    "custom-columns=NAME:": "'NAME:' is not a column: write HEADING:PATH",
}

PLAIN = "The template has no { } and is printed as it is; a path is written {.metadata.name}"


def is_unordered(args: list[str]) -> bool:
    """Whether kubectl prints in an order of chance: that of a map of Go, or of an unstable sort."""
    return any(".." in arg or ".*" in arg for arg in args) or args[0] in {
        "--sort-by=.spec.priority",
        "--sort-by=.spec.ratio",
        "--sort-by=.metadata.labels.tier",
    }


@pytest.fixture
def get(run: Run, tmp_path: Path) -> Run:
    """Run ``labelsel get pods`` on the objects that kubectl was asked about."""
    (tmp_path / "pods.yaml").write_text((ROOT / "tests/vectors/jsonpath.yaml").read_text())
    return lambda *words, **more: run(
        "get", "pods", "-n", "shop", "-f", "pods.yaml", *words, **more
    )


def test_the_vectors_are_there() -> None:
    """Most outcomes are texts, and some are errors."""
    assert len(VECTORS) > 180
    assert 20 < sum("error" in vector for vector in VECTORS) < 50
    assert set(REFUSED) <= {vector["args"][-1] for vector in VECTORS}


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: " ".join(vector["args"]))
def test_kubectl_prints_the_same(get: Run, vector: dict[str, Any]) -> None:
    """The same output, to the byte; and an error where kubectl has one, or where we say so."""
    result = get(*vector["args"])
    problem = REFUSED.get(vector["args"][-1], "" if "error" in vector else None)
    if problem is not None:
        assert (result.exit_code, result.stdout) in {(1, ""), (2, "")}
        assert problem in result.stderr
        return
    is_plain = "jsonpath=" in vector["args"][-1] and "{" not in vector["args"][-1]
    assert result.exit_code == 0
    assert (result.stderr != "") == is_plain
    assert result.stderr in {"", f"{PLAIN}\n"}
    if is_unordered(vector["args"]):
        assert sorted(result.stdout.split()) == sorted(vector["stdout"].split())
    else:
        assert result.stdout == vector["stdout"]


@pytest.mark.parametrize(
    ("template", "problem", "column"),
    [
        ('{.a[?(@.b=="x" && @.c)]}', "a filter has one comparison: && and || do not exist", 15),
        ("{.a", "a { is not closed: add }", 3),
        ("{foo}", 'write .foo for the field, or {"foo"} for the text', 1),
        ('{.kind "x"}', 'a text has braces of its own: {.kind}{" "}{.metadata.name}', 7),
        ('{["a"]}', "write a name in single quotes: ['name']", 2),
        ("{.a[]}", "[] is empty: write [*] for all elements", 4),
        ("{..}", "behind .. a name is needed: ..name", 1),
        ("{..*}", "behind .. a name is needed: ..name", 1),
        ("{.}", "behind the dot a name is needed; the whole object is {}", 1),
        ('{.a[?(@.b=~"x")]}', "=~ compares nothing: use one of == != < <= > >=", 9),
        ('{"ab\\q"}', "\\q is no escape: write \\\\ for a backslash", 4),
        ("{.a[::0]}", "the step must be more than 0", 4),
        ("{.a | length}", "'|' cannot stand here", 4),
        ('{"ab\\U00110000"}', "\\U00110000 is no character", 4),
        ('{"\\ud800"}', "\\ud800 is no character", 2),
        (f"{{{'1' * 400}}}", "the number is too large", 1),
        (f"{{.a[{'1' * 20}]}}", "the index is too large", 4),
        (f"{{.a[1:-{'1' * 5000}]}}", "the index is too large", 4),
        ("{" + ".a" * 201 + "}", "a path has at most 200 names and indices, this one has 201", 0),
        (
            "{.a" + "[0]" * 200 + "}",
            "a path has at most 200 names and indices, this one has 201",
            0,
        ),
        ("{range .a}" * 201 + "{end}" * 201, "ranges may nest at most 200 deep", 0),
        ("{.a['b c']}", "a name in quotes has no blanks", 4),
        ("{.a['.']}", "a name in quotes has no blanks", 4),
        ("x\n{.b}\n{.a\t|}", "'\\t' cannot stand here", 3),
    ],
)
def test_a_bad_template(template: str, problem: str, column: int) -> None:
    """The message says what is wrong, and the caret stands below the place."""
    with pytest.raises(PathTemplateError) as caught:
        parse_template(template)
    first, line, caret = caught.value.lines
    assert first.startswith(f"not a valid template: {problem}")
    assert caret == f"  {' ' * column}^"
    assert line.strip().removesuffix("…") in template.replace("\t", " ")


def test_ranges_are_closed() -> None:
    """Each range has its end, and each end its range."""
    for template in ("{end}", "{range .a}{end}{end}"):
        with pytest.raises(PathTemplateError, match=r"{end} without a {range} before it"):
            parse_template(template)
    with pytest.raises(PathTemplateError, match=r"a \{range\} has no \{end\}"):
        parse_template("{range .a}{range .b}{end}")


@pytest.mark.parametrize("text", ["{.a}{.b}", "{}", "", "}", "{.a"])
def test_a_bad_path(text: str) -> None:
    """A path is one expression, with or without its braces."""
    with pytest.raises(PathTemplateError, match="not a path into an object: write it as"):
        parse_path(text)


@pytest.mark.parametrize(
    ("words", "status", "problem"),
    [
        (["-o", "jsonpath={.a"], 2, "Error: -o jsonpath: not a valid template: a { is not closed"),
        (["-o", "jsonpath-as-json={.a"], 2, "Error: -o jsonpath-as-json: not a valid template"),
        (["-o", "jsonpath={.items[9]}"], 1, "error: -o jsonpath: no element 9 in a list of 4\n"),
        (["-o", "custom-columns=A:.spec[0]"], 1, "error: -o custom-columns: {"),
        (["-o", "custom-columns=A:.b[x]"], 2, "Error: -o custom-columns: not a valid template"),
        (["--sort-by", "{.a"], 2, "Error: --sort-by: '{.a' is not a path into an object"),
        (["--sort-by", ".spec[0]"], 1, "error: --sort-by: {"),
        (["--sort-by", ".nope"], 1, "error: --sort-by: no object has the field .nope\n"),
        (["--sort-by", ".spec.containers"], 1, ".spec.containers cannot be sorted: it has objects"),
        (["--sort-by", ".metadata.labels.*"], 0, ""),
        (["-o", "jsonpath"], 2, "jsonpath needs a value: write -o jsonpath=TEMPLATE\n"),
        (["-o", "jsonpath="], 2, "jsonpath needs a value: write -o jsonpath=TEMPLATE\n"),
        (["-o", "json=x"], 2, "json takes no value: write -o json\n"),
        (["-o", "go-template={{.a}}"], 2, "no Go templates: use -o jsonpath=TEMPLATE, or one of"),
        (["-o", "templatefile=x"], 2, "labelsel has no Go templates: use -o jsonpath=TEMPLATE"),
        (["-o", "jsnpath={.a}"], 2, "custom-columns-file=FILE; did you mean jsonpath?\n"),
        (["-o", "jsonpath-file=none"], 2, "-o jsonpath-file: none cannot be read: No such file"),
        (
            ["-o", "custom-columns-file=latin"],
            2,
            "-o custom-columns-file: latin cannot be read: not",
        ),
        (["-o", "custom-columns-file=one"], 2, "-o custom-columns-file: the file needs two lines"),
        (["-o", "custom-columns-file=odd"], 2, "the file has 2 headings and 1 paths"),
    ],
)
def test_errors_name_their_flag(
    get: Run, tmp_path: Path, words: list[str], status: int, problem: str
) -> None:
    """A bad template is a bad command line; one that does not suit the objects fails."""
    (tmp_path / "latin").write_bytes(b"\xff")
    (tmp_path / "one").write_text("NAME\n")
    (tmp_path / "odd").write_text("NAME KIND\nkind\n")
    result = get(*words)
    assert result.exit_code == status
    assert problem in result.stderr


def test_templates_of_files(get: Run, tmp_path: Path) -> None:
    """A template and columns may be in a file; the line break at the end of it is printed."""
    (tmp_path / "names").write_text("{.items[*].metadata.name}\n")
    assert get("-o", "jsonpath-file=names").stdout == "web-10 web-9 db-1 bare\n"
    (tmp_path / "columns").write_text("NAME  NODE\n.metadata.name  {spec.nodeName}\n")
    result = get("-o", "custom-columns-file=columns", "--sort-by", ".metadata.name")
    assert result.stdout.splitlines()[:3] == ["NAME     NODE", "bare     <none>", "db-1     node-c"]
    bare = get("-o", "custom-columns-file=columns", "--no-headers", "bare")
    assert bare.stdout == "bare   <none>\n"


def test_other_commands_have_templates(run: Run, shop: Path) -> None:
    """Each result that is data takes templates, and changed objects are shown and not written."""
    before = shop.read_text()
    labelled = run(
        "label", "-f", "shop.yaml", "pod/tool", "a=b", "-o", "jsonpath={.metadata.labels}"
    )
    assert labelled.stdout == '{"a":"b","app":"tool"}'
    columns = "custom-columns=NAME:.metadata.name,A:.metadata.labels.a"
    labelled = run("label", "-f", "shop.yaml", "pod/tool", "a=b", "-o", columns)
    assert labelled.stdout == "NAME   A\ntool   b\n"
    assert shop.read_text() == before
    created = run("create", "ns", "x", "-o", "jsonpath={.metadata.name}")
    assert created.stdout == "x"
    why = run("why", "-f", "shop.yaml", "-l", "app=tool", "pod/tool", "-o", "jsonpath={.selector}")
    assert why.stdout == "app=tool"
    linted = run("lint", "-f", "shop.yaml", "--format", "jsonpath={.objects}")
    assert linted.stdout == "6"
    deleted = run("delete", "-f", "shop.yaml", "pod/tool", "-o", "jsonpath={.metadata.name}")
    assert deleted.stdout == "tool"
    translated = run("translate", "--to", "calico", "app", "-o", "jsonpath={}")
    assert translated.stdout == "has(app)"
    assert shop.read_text() == before


def test_numbers_as_in_yaml(run: Run) -> None:
    """Kubectl reads 1.0 in YAML as 1, and a filter compares it as such."""
    box = "{apiVersion: v1, kind: Box, metadata: {name: a}, spec: {items: [{m: 1.0}, {m: 2.5}]}}"
    words = ("get", "box", "a", "-f", "-", "-o")
    assert (
        run(*words, "jsonpath={.spec.items[?(@.m==1)].m}", stdin=box.replace("2.5", "2")).stdout
        == "1"
    )
    refused = run(*words, "jsonpath={.spec.items[?(@.m==1)].m}", stdin=box)
    assert (
        "2.5 == 1 cannot be compared: the types are decimal number and whole number"
        in refused.stderr
    )
    assert run(*words, "jsonpath={.spec.items[?(@.m==1.0)].m}", stdin=box).exit_code == 1


def test_a_long_value_is_shortened_in_messages(get: Run) -> None:
    """A message stays readable where a template meets a large object."""
    result = get("-o", "jsonpath={[0]}")
    assert "… is not a list, and [ ] needs one\n" in result.stderr
    assert len(result.stderr) < 150


@pytest.mark.parametrize("path", ["..c", ".x", ".*.x", "..b.c"])
@pytest.mark.parametrize("text", ['{"b": {"c": "secret"}}', "{x", '""', "[1", ""])
def test_a_text_of_json_is_a_text(run: Run, path: str, text: str) -> None:
    """A value that looks like JSON has nothing in it: the library alone would read it, or fail."""
    pod = {"kind": "Pod", "apiVersion": "v1", "metadata": {"name": "a", "annotations": {"a": text}}}
    template = f"jsonpath={{.items[*].metadata.annotations.a{path}}}"
    result = run("get", "-f", "-", "-o", template, stdin=json.dumps(pod))
    if path == ".*.x" and text:
        assert "is a text, and .* needs an object" in result.stderr
    else:
        assert (result.exit_code, result.stdout, result.stderr) == (0, "", "")


def test_large_templates_and_columns() -> None:
    """A message shows a part of a long line; the length of a template has a limit."""
    with pytest.raises(PathTemplateError) as caught:
        parse_template("x" * 100_000 + "{")
    assert len(caught.value.lines[1]) < 80
    assert caught.value.lines[2].index("^") == len(caught.value.lines[1])
    with pytest.raises(PathTemplateError, match="the text has 1048577 bytes, at most 1048576"):
        parse_template("x" * (2**20 + 1))
    for read in (parse_path, parse_columns):
        with pytest.raises(PathTemplateError) as caught:
            read("{" * 100_000)
        assert len(str(caught.value)) < 300
    assert list(evaluate(parse_template("{range @}{.a}" * 200 + "{end}" * 200), {})) == [[]] * 200


def test_numbers_of_templates() -> None:
    """Whole numbers are those of Go; others are decimal numbers."""
    (low,), (high,), (float_,) = (
        parse_template(f"{{{text}}}") for text in (str(-(2**63)), str(2**63 - 1), str(2**63))
    )
    assert (low, high, float_) == (Literal(-(2**63)), Literal(2**63 - 1), Literal(float(2**63)))
