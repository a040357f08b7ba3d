"""Edits of single parts: the smallest text, proven, or refused if something else would change."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from labelsel.errors import ManifestError
from labelsel.kubernetes import read_manifests, write_files
from labelsel.kubernetes.edit.part_edits import (
    PartEdit,
    PartEditPlan,
    ResourceEdit,
    _begins_line,
    _overlap,
    apply_part_edits,
)
from labelsel.kubernetes.edit.text_edits import TextEdit

TOO = "which would change too; write there what the alias stands for"
HEAD = "kind: Deployment\napiVersion: apps/v1\nmetadata: {name: a}\n"
SELECTOR = ("spec", "selector")
APP = (*SELECTOR, "app")


def plan(folder: Path, text: str, *edits: PartEdit, name: str = "a.yaml") -> PartEditPlan:
    """The plan of edits of the first object in a file."""
    path = folder / name
    path.write_text(text, newline="")
    resource = next(read_manifests([path], any_labels=True))
    return PartEditPlan([ResourceEdit(resource, edit) for edit in edits])


def edited(folder: Path, text: str, *edits: PartEdit, name: str = "a.yaml") -> str | None:
    """The text of a file with edits of its first object; None if one cannot be made."""
    made = plan(folder, text, *edits, name=name)
    if None in made.text_edits:
        return None
    (rewrite,) = made.rewrites(range(len(edits)))
    return rewrite.after.decode()


@pytest.mark.parametrize(
    ("old", "operation", "path", "text", "new"),
    [
        ("selector: {app: web}", "replace", APP, "api", "selector: {app: api}"),
        ("selector:\n    app: web # x", "replace", APP, "on", "selector:\n    app: 'on' # x"),
        ("selector:\n    app: \"web\"", "replace", APP, "api", "selector:\n    app: \"api\""),
        ("selector:\n    app: web", "rename", APP, "a.b/c", "selector:\n    a.b/c: web"),
        ("selector:\n    'app': web", "rename", APP, "b", "selector:\n    'b': web"),
        (
            "selector:\n    app: web # x\n\n    # y\n    tier: z",
            "wrap", SELECTOR, "matchLabels",
            "selector:\n    matchLabels:\n      app: web # x\n\n      # y\n      tier: z",
        ),
        ("selector: {app: web}", "wrap", SELECTOR, "m", "selector: {m: {app: web}}"),
        (
            "selector: {\n    app: web,\n    b: c\n  }", "wrap", SELECTOR, "m",
            "selector: {\n    m: {\n      app: web,\n      b: c\n    }\n  }",
        ),
        ("selector: {m: {app: web}}", "unwrap", SELECTOR, "m", "selector: {app: web}"),
        ("selector:\n    m: {app: web}", "unwrap", SELECTOR, "m", "selector:\n    {app: web}"),
        (
            "selector:\n    m:\n        app: web\n        # y\n\n        b: c",
            "unwrap", SELECTOR, "m",
            "selector:\n    app: web\n    # y\n\n    b: c",
        ),
        ("list:\n  - in\n  - x", "replace", ("spec", "list", 0), "b", "list:\n  - b\n  - x"),
        ("list: [in, 'x']", "replace", ("spec", "list", 1), "b", "list: [in, 'b']"),
        ("list: [in, x]", "replace", ("spec", "list", 0), "a, b", "list: ['a, b', x]"),
        ("list:\n  - in", "replace", ("spec", "list", 0), "a, b", "list:\n  - a, b"),
        ("list:\n  - |\n    in", "replace", ("spec", "list", 0), "b", "list:\n  - b"),
        ("selector:\n    app: web", "replace", APP, "a, b", "selector:\n    app: a, b"),
        (
            "list:\n  -\n      app: web", "wrap", ("spec", "list", 0), "m",
            "list:\n  -\n      m:\n            app: web",
        ),
        (
            "selector: {\n     app: web\n  }", "wrap", SELECTOR, "m",
            "selector: {\n     m: {\n        app: web\n     }\n  }",
        ),
        (
            "selector: {\n  app: web\n  }", "wrap", SELECTOR, "m",
            "selector: {\n  m: {\n    app: web\n    }\n  }",
        ),
        (
            "selector: {\n    app: web\n}", "wrap", SELECTOR, "m",
            "selector: {\n    m: {\n      app: web\n}\n  }",
        ),
        # Comments may begin further left than the map.
        (
            "selector:\n    m:\n        app: web\n#\n  # y\n       # z\n        b: c",
            "unwrap", SELECTOR, "m",
            "selector:\n    app: web\n#\n# y\n   # z\n    b: c",
        ),
    ],
)  # fmt: skip
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_the_smallest_edit(  # noqa: PLR0917 - each is a column of the table
    tmp_path: Path, old: str, operation: str, path: tuple[str, ...], text: str, new: str, end: str
) -> None:
    """Comments, quotes, order, indentation and line ends of all the rest stay."""
    frame = f"# top\n{HEAD}spec:\n  before: [1,  2]\n  %s\n  after: &x {{y: 1}} # z\n---\n{HEAD}"
    edit = PartEdit(operation, path, text)  # type: ignore[arg-type]  # a text of the table
    before, after = ((frame % part).replace("\n", end) for part in (old, new))
    assert edited(tmp_path, before, edit) == after


def test_json(tmp_path: Path) -> None:
    """JSON is edited as YAML is, and stays JSON."""
    data = {
        "kind": "Deployment",
        "apiVersion": "apps/v1",
        "metadata": {"name": "a"},
        "spec": {"selector": {"app": "web", "b": "c"}, "list": ["in"]},
    }
    edits = [
        PartEdit("wrap", SELECTOR, "matchLabels"),
        PartEdit("replace", APP, 'a"b'),
        PartEdit("rename", (*SELECTOR, "b"), "d"),
        PartEdit("replace", ("spec", "list", 0), "x"),
    ]
    for indent in (None, 2):
        new = edited(tmp_path, json.dumps(data, indent=indent), *edits, name="a.json")
        assert new is not None
        spec = {"selector": {"matchLabels": {"app": 'a"b', "d": "c"}}, "list": ["x"]}
        assert json.loads(new) == data | {"spec": spec}
        if indent:
            assert new == json.dumps(data | {"spec": spec}, indent=2)


def test_an_item_of_a_list(tmp_path: Path) -> None:
    """An object in a List is edited, and no other object of the List."""
    items = [{"metadata": {"name": name}, "spec": {"selector": {"app": "web"}}} for name in "ab"]
    text = json.dumps({"kind": "ServiceList", "apiVersion": "v1", "items": items})
    new = edited(tmp_path, text, PartEdit("replace", APP, "api"))
    assert new is not None
    selectors = [each["spec"]["selector"]["app"] for each in json.loads(new)["items"]]
    assert selectors == ["api", "web"]


SHARED = f"it and its parts are shared by the alias *x on line 6, {TOO}"
NO_STRING = "the value is not a plain string"
NO_ENTRIES = "it is not a map with entries"
NO_LINE = "the map does not begin on a line of its own"
NO_KEY = "it is not a map with the one key m"


@pytest.mark.parametrize(
    ("spec", "operation", "path", "text", "problem"),
    [
        ("selector: &x {app: web}\n  other: *x", "replace", APP, "api", SHARED),
        (
            "other: &x {app: web}\n  selector: *x", "replace", APP, "api",
            "it and its parts are the alias *x: an edit would change everything that shares it",
        ),
        (
            "other: &x {app: web}\n  selector: {<<: *x}", "replace", APP, "api",
            "app comes from <<, not from a key of its own",
        ),
        ("selector: {app: &x web}\n  other: *x", "replace", APP, "api", SHARED),
        ("selector: {app: &x web}", "replace", APP, "api", NO_STRING),
        ("selector: {app: !!str web}", "replace", APP, "api", NO_STRING),
        ("selector: {app: {b: c}}", "replace", APP, "api", NO_STRING),
        (
            "selector: {app: web}", "replace", (*SELECTOR, "no"), "api",
            "no comes from <<, not from a key of its own",
        ),
        ("selector: {app: web, b: c}", "rename", APP, "b", "the object has no such part"),
        (
            "selector: {? &x app : web}\n  other: *x", "rename", APP, "b",
            "the key is not a plain string",
        ),
        ("selector: {app: web}", "rename", ("spec", "selector", 0), "b", "there is no such item"),
        ("list: [a]", "replace", ("spec", "list", 1), "b", "there is no such item"),
        ("list: [a]", "rename", ("spec", "list", 0), "b", "it is not in a map"),
        ("selector: {}", "wrap", SELECTOR, "m", NO_ENTRIES),
        ("selector: web", "wrap", SELECTOR, "m", NO_ENTRIES),
        ("list: [a]", "wrap", ("spec", "list"), "m", NO_ENTRIES),
        ("selector: &x\n    app: web", "wrap", SELECTOR, "m", NO_LINE),
        ("list:\n  - app: web", "wrap", ("spec", "list", 0), "m", NO_LINE),
        ("selector: {m: {a: b}, n: {}}", "unwrap", SELECTOR, "m", NO_KEY),
        ("selector: {n: {a: b}}", "unwrap", SELECTOR, "m", NO_KEY),
        ("selector: {m: [a]}", "unwrap", SELECTOR, "m", NO_KEY),
        ("selector: {m: web}", "unwrap", SELECTOR, "m", NO_KEY),
        (
            "selector: {m: &x {a: b}}\n  other: *x", "unwrap", SELECTOR, "m",
            f"its labels are shared by the alias *x on line 6, {TOO}",
        ),
        # The renamed label no longer hides the merged one.
        (
            "other: &x {app: a}\n  selector: {<<: *x, app: web}", "rename", APP, "b",
            "something else would change, too",
        ),
        ("selector: web", "unwrap", SELECTOR, "m", NO_KEY),
        (
            "selector:\n    m: # why\n      app: web", "unwrap", SELECTOR, "m",
            "a comment would be lost",
        ),
    ],
)  # fmt: skip
def test_what_is_refused(  # noqa: PLR0917 - each is a column of the table
    tmp_path: Path, spec: str, operation: str, path: tuple[str | int, ...], text: str, problem: str
) -> None:
    """An edit that cannot be proven is not made, and the reason is told."""
    edit = PartEdit(operation, path, text)  # type: ignore[arg-type]  # a text of the table
    made = plan(tmp_path, f"{HEAD}spec:\n  {spec}\n", edit)
    assert (made.problems, made.text_edits, made.texts) == ([problem], [None], [None])
    assert made.rewrites(()) == []


def test_a_key_with_a_question_mark(tmp_path: Path) -> None:
    """It is renamed as others are."""
    text = f"{HEAD}spec:\n  selector:\n    ? app\n    : web\n"
    assert edited(tmp_path, text, PartEdit("rename", APP, "on")) == text.replace("app\n", "'on'\n")


def test_one_refused_edit_hinders_no_other(tmp_path: Path) -> None:
    """Edits of one document are verified one by one if they cannot be verified together."""
    text = f"{HEAD}spec:\n  selector: {{app: web, b: &x c}}\n  other: *x\n"
    good, bad = PartEdit("replace", APP, "api"), PartEdit("replace", (*SELECTOR, "b"), "d")
    made = plan(tmp_path, text, good, bad)
    assert [each is not None for each in made.text_edits] == [True, False]
    (rewrite,) = made.rewrites({0})
    assert b"{app: api, b: &x c}" in rewrite.after
    assert made.rewrites(()) == []


def test_two_edits_of_one_part(tmp_path: Path) -> None:
    """Each can be made, and both together cannot; equal ones are made once."""
    text = f"{HEAD}spec:\n  selector: {{app: web}}\n"
    one, other = PartEdit("replace", APP, "api"), PartEdit("replace", APP, "app")
    made = plan(tmp_path, text, one, other, one)
    assert None not in made.text_edits
    with pytest.raises(ManifestError, match="two edits are of the same part"):
        made.rewrites({0, 1})
    (rewrite,) = made.rewrites({0, 2})
    assert b"{app: api}" in rewrite.after


def test_edits_that_contradict(tmp_path: Path) -> None:
    """Edits that are apart in the text may still contradict each other in the data."""
    text = f"{HEAD}spec:\n  selector: {{app: web, b: c}}\n"
    edits = PartEdit("rename", APP, "x"), PartEdit("rename", (*SELECTOR, "b"), "x")
    made = plan(tmp_path, text, *edits)
    with pytest.raises(ManifestError, match="the object has no such part"):
        made.rewrites({0, 1})


def test_a_file_that_changed(tmp_path: Path) -> None:
    """A file that is not as it was read is not edited, nor one that is gone."""
    path = tmp_path / "a.yaml"
    path.write_text(f"{HEAD}spec:\n  selector: {{app: web}}\n")
    (resource,) = read_manifests([path])
    edits = [ResourceEdit(resource, PartEdit("replace", APP, "api"))]
    made = PartEditPlan(edits)
    path.write_text(f"{HEAD}spec:\n  selector: {{app: web, x: y}}\n")
    with pytest.raises(ManifestError, match="changed"):
        write_files(made.rewrites({0}))
    assert PartEditPlan(edits).text_edits == [None]
    path.unlink()
    assert PartEditPlan(edits).text_edits == [None]


def test_what_is_in_no_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Standard input is not edited."""
    path = tmp_path / "a.yaml"
    path.write_text(f"{HEAD}spec:\n  selector: {{app: web}}\n")
    with path.open() as stream:
        monkeypatch.setattr("sys.stdin", stream)
        (resource,) = read_manifests(["-"])
    made = PartEditPlan([ResourceEdit(resource, PartEdit("replace", APP, "api"))])
    assert (made.text_edits, made.texts, made.rewrites({0})) == ([None], [None], [])
    assert made.problems == ["not read from a file that can be written"]


def test_a_byte_order_mark(tmp_path: Path) -> None:
    """The mark at the beginning of a file stays."""
    path = tmp_path / "a.yaml"
    path.write_bytes(b"\xef\xbb\xbf" + f"{HEAD}spec: {{selector: {{app: web}}}}\n".encode())
    (resource,) = read_manifests([path])
    (rewrite,) = PartEditPlan([ResourceEdit(resource, PartEdit("replace", APP, "x"))]).rewrites({0})
    assert rewrite.before is not None
    assert rewrite.after == rewrite.before.replace(b"web", b"x")


def test_data() -> None:
    """The data with an edit, the path of a part behind it, and the edit as a JSON Patch."""
    body = {"spec": {"selector": {"app": "web"}, "list": ["a", "b"]}}
    wrap = PartEdit("wrap", SELECTOR, "m")
    wrapped = apply_part_edits(body, [wrap, wrap])
    assert wrapped == {"spec": {"selector": {"m": {"app": "web"}}, "list": ["a", "b"]}}
    assert wrapped["spec"]["list"] is body["spec"]["list"]
    unwrap = PartEdit("unwrap", SELECTOR, "m")
    assert unwrap.apply(wrapped) == body
    assert PartEdit("replace", ("spec", "list", 1), "c").apply(body)["spec"]["list"] == ["a", "c"]
    assert wrap.translate(APP) == (*SELECTOR, "m", "app")
    assert wrap.translate(SELECTOR) == SELECTOR
    assert unwrap.translate((*SELECTOR, "m", "app")) == APP
    assert unwrap.translate((*SELECTOR, "n")) == (*SELECTOR, "n")
    assert wrap.translate(("spec", "list")) == ("spec", "list")
    assert PartEdit("replace", APP, "x").translate(APP) == APP
    rename = PartEdit("rename", APP, "b")
    assert rename.translate((*APP, 0)) == (*SELECTOR, "b", 0)
    assert rename.translate((*SELECTOR, "m", "app")) == (*SELECTOR, "m", "app")
    assert rename.json_patch(body) == [
        {"op": "move", "from": "/spec/selector/app", "path": "/spec/selector/b"}
    ]
    value = {"m": {"app": "web"}}
    patch = [{"op": "replace", "path": "/spec/selector", "value": value}]
    assert wrap.json_patch(body) == patch
    assert PartEdit("replace", ("a~/b",), "x").json_patch({"a~/b": "y"}) == [
        {"op": "replace", "path": "/a~0~1b", "value": "x"}
    ]


WORDS = st.text("ab#'\" :{}[],&*!|>%-0é\n\t", min_size=0, max_size=6)


@given(
    WORDS,
    st.dictionaries(WORDS.filter(bool), WORDS, min_size=1, max_size=3),
    st.sampled_from(["replace", "rename", "wrap"]),
    st.booleans(),
)
def test_any_text(
    tmp_path_factory: pytest.TempPathFactory,
    text: str,
    labels: dict[str, str],
    operation: str,
    as_json: bool,  # noqa: FBT001 - an argument of the strategy
) -> None:
    """Whatever is written is read as itself, or the edit is refused; all else stays as it was."""
    folder = tmp_path_factory.getbasetemp()
    body = {
        "kind": "Deployment",
        "apiVersion": "apps/v1",
        "metadata": {"name": "a"},
        "spec": {"selector": labels, "other": ["x", {"y": text}]},
    }
    key = next(iter(labels))
    path = SELECTOR if operation == "wrap" else (*SELECTOR, key)
    edit = PartEdit(operation, path, text)  # type: ignore[arg-type]  # one of the three
    # JSON is YAML, too: with a comment before it is read as YAML.
    source = json.dumps(body, indent=2) if as_json else f"# x\n{json.dumps(body)}\n"
    assume(operation == "wrap" or text not in {key, labels[key]})
    new = edited(folder, source, edit)
    if operation == "rename" and text in labels:
        assert new is None
    elif new is not None:
        (folder / "a.yaml").write_text(new, newline="")
        assert next(read_manifests([folder / "a.yaml"])).body == edit.apply(body)
    else:
        assert not as_json


def test_nothing_that_others_share_is_written_to() -> None:
    """The data stay as they were, whichever edit is made of them."""
    body = {"m": {"a": "1", "b": "2"}, "list": ["x", "y", "z"]}
    before = json.loads(json.dumps(body))
    removed = [PartEdit("remove", path) for path in (("m", "a"), ("list", 0), ("list", 1))]
    assert apply_part_edits(body, removed) == {"m": {"b": "2"}, "list": ["z"]}
    assert PartEdit("rename", ("m", "a"), "c").apply(body)["m"] == {"c": "1", "b": "2"}
    assert PartEdit("remove", ("m",)).apply(body) == {"list": ["x", "y", "z"]}
    assert body == before


def test_edits_of_one_value_are_made_in_an_order_of_their_own() -> None:
    """First it is replaced, then wrapped, however they are given."""
    edits = [PartEdit("wrap", ("a",), "m"), PartEdit("replace", ("a",), "x")]
    for some in (edits, edits[::-1]):
        assert apply_part_edits({"a": "b"}, some) == {"a": {"m": "x"}}


@pytest.mark.parametrize(
    ("edits", "error"),
    [
        ([PartEdit("remove", ("list", 0)), PartEdit("remove", ("list", 2))], IndexError),
        ([PartEdit("remove", ("list", "a"))], IndexError),
        ([PartEdit("rename", ("m", "c"), "d")], KeyError),
        ([PartEdit("rename", ("m", "a"), "b")], KeyError),
        ([PartEdit("remove", ("m", "c"))], KeyError),
    ],
)
def test_parts_that_cannot_be_edited(edits: list[PartEdit], error: type[Exception]) -> None:
    with pytest.raises(error):
        apply_part_edits({"m": {"a": "1", "b": "2"}, "list": ["x", "y"]}, edits)


@pytest.mark.parametrize(
    ("text", "offset", "expected"),
    [
        ("- a ", 2, True), (" a ", 1, True), ("- - a", 4, True), ("b\n- a", 4, True),
        ("x: - a", 5, False), ("[a", 1, False), ("a\nb: c", 5, False), ("xy\n- a", 5, True),
    ],
)  # fmt: skip
def test_items_that_begin_a_line(text: str, offset: int, expected: bool) -> None:  # noqa: FBT001
    """Behind dashes and white space only."""
    assert _begins_line(text, offset) == expected


def test_edits_that_overlap() -> None:
    """Edits beside each other do not, nor does one at the beginning."""
    assert not _overlap([TextEdit(0, 2, "")])
    assert not _overlap([TextEdit(2, 3, ""), TextEdit(0, 2, "")])
    assert _overlap([TextEdit(1, 3, ""), TextEdit(0, 2, "")])
    assert _overlap([TextEdit(0, 5, ""), TextEdit(1, 2, ""), TextEdit(3, 4, "")])


def test_a_root_is_wrapped(tmp_path: Path) -> None:
    """Nothing is around it, so its lines get two blanks."""
    text = "kind: Pod\nmetadata: {name: a}\n"
    after = edited(tmp_path, f"apiVersion: v1\n{text}", PartEdit("wrap", (), "m"))
    assert after == "m:\n  apiVersion: v1\n  kind: Pod\n  metadata: {name: a}\n"


def test_json_that_no_yaml_parser_reads(tmp_path: Path) -> None:
    """A key of more than 1,024 characters: JSON is never read as YAML."""
    spec = {"k" * 1100: "é", "selector": {"app": "web"}}
    body = {"kind": "Deployment", "apiVersion": "apps/v1", "metadata": {"name": "a"}, "spec": spec}
    text = json.dumps(body)
    new = edited(tmp_path, text, PartEdit("replace", APP, "api"), name="a.json")
    assert new == text.replace("web", "api")


def service_list(*names: str) -> str:
    """A List in brackets, which is JSON and YAML."""
    items = [{"metadata": {"name": name}, "spec": {"selector": {"app": "web"}}} for name in names]
    return json.dumps({"kind": "ServiceList", "apiVersion": "v1", "items": items})


@pytest.mark.parametrize(("name", "between"), [("a.json", "\n"), ("a.yaml", "\n---\n")])
def test_a_list_between_other_documents(tmp_path: Path, name: str, between: str) -> None:
    """Only the document of an edit is compared, whatever is around it."""
    path = tmp_path / name
    texts = [service_list("a"), service_list("b", "c"), service_list("d")]
    path.write_text(between.join(texts))
    b = list(read_manifests([path]))[1]
    made = PartEditPlan([ResourceEdit(b, PartEdit("replace", APP, "api"))])
    assert made.problems == [None]
    (rewrite,) = made.rewrites({0})
    texts[1] = texts[1].replace("web", "api", 1)
    assert rewrite.after.decode() == between.join(texts)


def test_the_object_that_an_error_names(tmp_path: Path) -> None:
    """The first that has one of the edits which cannot be made together."""
    path = tmp_path / "a.json"
    path.write_text(service_list("a", "b"))
    a, b = read_manifests([path])
    api, rename = PartEdit("replace", APP, "api"), PartEdit("rename", APP, "x")
    edits = [(a, api), (b, api), (b, PartEdit("replace", APP, "db")), (b, rename)]
    made = PartEditPlan(ResourceEdit(*each) for each in edits)
    assert made.problems == [None] * 4
    for chosen, name in (((0, 1, 2), "a"), ((1, 2), "b")):
        with pytest.raises(ManifestError, match=f"Service/{name}: two edits are of the same part"):
            made.rewrites(chosen)


def test_edits_made_all_together_or_not_at_all(tmp_path: Path) -> None:
    """Each could be made alone: then only the other is refused, and else both are."""
    path = tmp_path / "a.yaml"
    path.write_text(f"{HEAD}spec:\n  selector: {{app: web, b: c}}\n")
    (resource,) = read_manifests([path])
    good, bad = PartEdit("replace", (*SELECTOR, "b"), "d"), PartEdit("rename", APP, "b")
    edits = [ResourceEdit(resource, edit) for edit in (good, bad)]
    problem = "the object has no such part"
    alone, together = PartEditPlan(edits), PartEditPlan(edits, together=True)
    assert alone.problems == [None, problem]
    assert together.problems == [problem, problem]
    assert [each is not None for each in alone.text_edits] == [True, False]
    assert together.text_edits == [None, None]
    none = ResourceEdit(resource, PartEdit("replace", (*SELECTOR, 0), "d"))
    made = PartEditPlan([edits[0], none], together=True)
    other = "other edits of the document cannot be made"
    assert made.problems == [other, "there is no such item"]


@pytest.mark.parametrize(
    ("spec", "edits", "new"),
    [
        # A value that an alias names is edited once; the same edit is made where the alias is.
        (
            "{a: &x web, b: *x}",
            [("replace", ("a",), "api"), ("replace", ("b",), "api")],
            "{a: &x api, b: *x}",
        ),
        ("{a: &x web}", [("replace", ("a",), "api")], "{a: &x api}"),
        (
            "{a: &x {m: web}, b: *x, c: {<<: *x}}",
            [("rename", (key, "m"), "k") for key in "abc"],
            "{a: &x {k: web}, b: *x, c: {<<: *x}}",
        ),
        (
            "{a: &x {m: web}, b: *x}",
            [("replace", (key, "m"), "api") for key in "ba"],
            "{a: &x {m: api}, b: *x}",
        ),
        (
            "{a: &x [web, db], b: *x}",
            [("remove", (key, 0), "") for key in "ab"],
            "{a: &x [db], b: *x}",
        ),
        # The key of an alias is written where it is.
        ("{a: &x {m: web}, b: *x}", [("rename", ("b",), "c")], "{a: &x {m: web}, c: *x}"),
        ("{a: &x {m: web}, b: *x}", [("remove", ("b",), "")], "{a: &x {m: web}}"),
        ("{a: &x {m: web}, b: [*x]}", [("remove", ("b", 0), "")], "{a: &x {m: web}, b: []}"),
        # Not everything that shares the value has the edit.
        ("{a: &x web, b: *x}", [("replace", ("a",), "api")], None),
        ("{a: &x web, b: *x}", [("replace", ("b",), "api")], None),
        ("{a: &x {m: web}, b: *x}", [("rename", ("b", "m"), "n")], None),
        ("{a: &x {m: web}, b: *x}", [("wrap", ("b",), "n")], None),
        ("{a: &x {m: web}, b: {<<: *x}}", [("replace", ("b", "m"), "n")], None),
    ],
)  # fmt: skip
def test_parts_that_aliases_share(
    tmp_path: Path, spec: str, edits: list[tuple[str, Path, str]], new: str | None
) -> None:
    """All edits of a document are made together, or none of them."""
    path = tmp_path / "a.yaml"
    path.write_text(f"{HEAD}spec: {spec}\n")
    (resource,) = read_manifests([path])
    made = PartEditPlan(
        (
            ResourceEdit(resource, PartEdit(operation, ("spec", *part), text))  # type: ignore[arg-type,misc]  # of the table
            for operation, part, text in edits
        ),
        together=True,
    )
    if new is None:
        assert made.text_edits == [None] * len(edits)
        return
    assert made.problems == [None] * len(edits)
    (rewrite,) = made.rewrites(range(len(edits)))
    assert rewrite.after.decode() == f"{HEAD}spec: {new}\n"


def test_the_data_as_they_are_read_again(tmp_path: Path) -> None:
    """With all edits of the document that can be made, whichever were chosen for files."""
    path = tmp_path / "a.yaml"
    path.write_text(f"{HEAD}spec:\n  selector: {{app: web, b: c}}\n")
    (resource,) = read_manifests([path])
    one, other = PartEdit("replace", APP, "api"), PartEdit("replace", (*SELECTOR, "b"), "d")
    refused = PartEdit("rename", APP, "b")
    for edits in ((one, other), (one, other, refused)):
        for chosen in ((), (0,), (1,), (0, 1)):
            made = PartEditPlan([ResourceEdit(resource, each) for each in edits])
            made.rewrites(chosen)
            assert made.reread(0)["spec"] == {"selector": {"app": "api", "b": "d"}}
    twice = PartEditPlan([ResourceEdit(resource, replace(one, text=each)) for each in "xy"])
    assert twice.problems == [None, None]
    with pytest.raises(ManifestError, match="two edits are of the same part"):
        twice.reread(0)


def test_no_edit_at_all() -> None:
    """A plan of nothing rewrites nothing."""
    assert PartEditPlan([]).rewrites(()) == []
    assert TextEdit(0, 0, "") == (0, 0, "")


def test_removed_parts(tmp_path: Path) -> None:
    """An entry of a map and an item of a list go, in lines and in brackets."""
    path = (*SELECTOR, "values")
    text = f"{HEAD}spec:\n  selector:\n    app: web\n    values:\n    - a\n    - b # x\n"
    assert edited(tmp_path, text, PartEdit("remove", APP)) == text.replace("    app: web\n", "")
    assert edited(tmp_path, text, PartEdit("remove", (*path, 0))) == text.replace("    - a\n", "")
    text = f"{HEAD}spec: {{selector: {{app: web, values: [a, b]}}}}\n"
    assert edited(tmp_path, text, PartEdit("remove", APP)) == text.replace("app: web, ", "")
    assert edited(tmp_path, text, PartEdit("remove", (*path, 1))) == text.replace(", b]", "]")
    assert PartEdit("remove", APP).json_patch({}) == [
        {"op": "remove", "path": "/spec/selector/app"}
    ]


def test_parts_that_are_not_there() -> None:
    """Nothing is removed that is not there."""
    with pytest.raises(IndexError):
        PartEdit("remove", ("a", 2)).apply({"a": [1, 2]})
    with pytest.raises(KeyError):
        PartEdit("remove", ("a", "c")).apply({"a": {"b": 1}})
