"""Objects that are not a LabelSelector or NodeSelector: every part at fault is named."""

from collections.abc import Sequence
from typing import Any

import pytest
from kubernetes.client import V1LabelSelector, V1LabelSelectorRequirement, V1Pod

from labelsel import (
    And,
    DoesNotExist,
    Equals,
    Everything,
    Exists,
    FieldEquals,
    GreaterThan,
    In,
    InvalidObjectError,
    LessThan,
    NotEquals,
    Nothing,
    NotIn,
    Or,
    Selector,
    TranslationError,
    from_label_selector,
    from_node_selector,
    parse,
    parse_expression,
    to_label_selector,
)
from labelsel.errors import Path, Problem, path_text, show
from labelsel.objects import labels_in, what_to_write

Problems = list[tuple[Path, str]]

OBJECT = "must be an object with matchLabels and matchExpressions, not "
ENTRY = '{"a": "b"}'
MAP = f'{{"matchLabels": {ENTRY}}}'
UNDER = f"write under matchLabels: {ENTRY}"
UNKNOWN = "unknown field; known are matchLabels, matchExpressions"
NO_STRING = "a value must be a string, this is the number"
EXPRESSION = "must be an object with key and operator and values, not "
OPERATORS = "must be In, NotIn, Exists or DoesNotExist, not "
NODE_OPERATORS = "must be In, NotIn, Exists, DoesNotExist, Gt or Lt, not "
EDGE = "a value must begin and end with a letter or digit, this one is '-'"
NO_KEY = "a key must be a string, this is null"


def one(**parts: object) -> dict[str, object]:
    """Return an object with one expression: a good one but for these parts."""
    return {"matchExpressions": [{"key": "a", "operator": "In", "values": ["b"], **parts}]}


LABELS = {"matchLabels", "match_labels"}
E0 = ("matchExpressions", 0)
BAD: list[tuple[object, Problems]] = [
    (5, [((), f"{OBJECT}5")]),
    (True, [((), f"{OBJECT}True")]),
    ("a=b", [((), f"{OBJECT}'a=b'; write {MAP}")]),
    (b"{}", [((), f"{OBJECT}b'{{}}'")]),
    ([], [((), f"{OBJECT}[]")]),
    (Exists("a"), [((), f"{OBJECT}Exists(key='a')")]),
    ({"matchLabel": {}}, [(("matchLabel",), "unknown field; did you mean matchLabels?")]),
    ({"matchlabels": {}}, [(("matchlabels",), "unknown field; did you mean matchLabels?")]),
    ({"match-expressions": []},
     [(("match-expressions",), "unknown field; did you mean matchExpressions?")]),
    ({"a": "b"}, [(("a",), f"{UNKNOWN}; {UNDER}")]),
    ({1: {}}, [((1,), "unknown field; known are matchLabels, matchExpressions")]),
    ({None: {}}, [(("None",), "unknown field; known are matchLabels, matchExpressions")]),
    ({"matchLabels": {"a": "b"}, "match_labels": {"a": "c"}},
     [(("match_labels",), "there is also matchLabels: leave one of them out")]),
    ({"matchLabels": []}, [(("matchLabels",), "must be an object of strings, not []")]),
    ({"matchLabels": "a=b"},
     [(("matchLabels",), f"must be an object of strings, not 'a=b'; write matchLabels: {ENTRY}")]),
    ({"matchLabels": False}, [(("matchLabels",), "must be an object of strings, not False")]),
    ({"matchLabels": {"a": 1}},
     [(("matchLabels", "a"), "a value must be a string, this is the number 1")]),
    ({"matchLabels": {1: "a"}},
     [(("matchLabels", 1), "a key must be a string, this is the number 1")]),
    ({"matchLabels": {"": "a"}}, [(("matchLabels", ""), "a key must not be empty")]),
    ({"matchExpressions": {}}, [(("matchExpressions",), "must be a list, not {}")]),
    ({"matchExpressions": "a"}, [(("matchExpressions",), "must be a list, not 'a'")]),
    ({"matchExpressions": [None]},
     [(E0, f"{EXPRESSION}null"), ((*E0, "operator"), f"{OPERATORS}null"), ((*E0, "key"), NO_KEY)]),
    ({"matchExpressions": [{}]}, [((*E0, "operator"), f"{OPERATORS}null"), ((*E0, "key"), NO_KEY)]),
    (one(operator="in"), [((*E0, "operator"), f"{OPERATORS}'in'; write 'In'")]),
    (one(operator="NOTIN"), [((*E0, "operator"), f"{OPERATORS}'NOTIN'; write 'NotIn'")]),
    (one(operator="Gt"), [((*E0, "operator"), f"{OPERATORS}'Gt'")]),
    (one(operator=["In"]), [((*E0, "operator"), f"{OPERATORS}['In']")]),
    (one(operator=""), [((*E0, "operator"), f"{OPERATORS}''")]),
    (one(values=None), [((*E0, "values"), "In takes at least one value, got 0")]),
    (one(values=[], operator="NotIn"),
     [((*E0, "values"), "NotIn takes at least one value, got 0")]),
    (one(operator="Exists"), [((*E0, "values"), "Exists takes no values, got 1")]),
    (one(operator="DoesNotExist"), [((*E0, "values"), "DoesNotExist takes no values, got 1")]),
    (one(values=["b", 5]),
     [((*E0, "values", 1), f"{NO_STRING} 5; write \"5\", in quotes")]),
    (one(values=[2]), [((*E0, "values", 0), f"{NO_STRING} 2; write \"2\", in quotes")]),
    (one(values=["b", "-"]), [((*E0, "values", 1),
     EDGE)]),
    (one(values={"b"}), [((*E0, "values"), "must be a list, not {'b'}")]),
    (one(value=["c"]),
     [((*E0, "value"), 'unknown field; did you mean values?; write values: ["c"]')]),
    (one(key="a/b/c"), [((*E0, "key"), "a key may hold only one '/', between prefix and name")]),
    (one(key=None), [((*E0, "key"), NO_KEY)]),
    ({"matchExpressions": [one()["matchExpressions"]]},
     [(E0, f"{EXPRESSION}[{{'key': 'a', 'operator': 'In', 'values': ['b']}}]"),
      ((*E0, "operator"), f"{OPERATORS}null"), ((*E0, "key"), NO_KEY)]),
    ({"matchLabels": {"a": "-"}, "matchExpressions": [{"key": "b", "operator": "X"}, {"key": "/"}]},
     [(("matchLabels", "a"), EDGE),
      ((*E0, "operator"), f"{OPERATORS}'X'"),
      (("matchExpressions", 1, "operator"), f"{OPERATORS}null"),
      (("matchExpressions", 1, "key"), "a key's prefix must not be empty"),
      (("matchExpressions", 1, "key"), "a key's name must not be empty")]),
    (V1Pod(), [((), OBJECT)]),
    (V1LabelSelector(match_expressions=[V1LabelSelectorRequirement(key="a", operator="Is")]),
     [(("match_expressions", 0, "operator"), f"{OPERATORS}'Is'")]),
    ({"match_labels": {"a": "-"}}, [(("match_labels", "a"), EDGE)]),
]  # fmt: skip


def said(problems: Sequence[Problem]) -> Problems:
    """Return where each problem is and what it is, without the value."""
    return [(problem.path, problem.problem) for problem in problems]


def at(obj: Any, path: Path) -> Any:
    """Return what an object has at a path, by the object's own names; None where nothing."""
    for step in path:
        if isinstance(obj, dict):
            # A key that is no string is named as messages show it.
            obj = next((value for key, value in obj.items() if step in {key, show(key)}), None)
        elif isinstance(step, int):
            obj = obj[step]
        else:
            obj = getattr(obj, step, None)
    return obj


def assert_values(obj: object, problems: Sequence[Problem]) -> None:
    """Fail where a path does not lead to the value, or to the label whose key is the value."""
    for problem in problems:
        found = at(obj, problem.path)
        assert problem.value == found or (
            problem.path[0] in LABELS and problem.value == problem.path[-1]
        )


@pytest.mark.parametrize(("obj", "problems"), BAD, ids=lambda item: repr(item)[:40])
def test_no_label_selector(obj: object, problems: Problems) -> None:
    """Every part at fault is named by its path; no part is skipped."""
    with pytest.raises(InvalidObjectError) as caught:
        from_label_selector(obj)
    found = caught.value.problems
    assert [problem.path for problem in found] == [path for path, _ in problems]
    assert all(
        problem.problem.startswith(start)
        for problem, (_, start) in zip(found, problems, strict=True)
    )
    assert isinstance(obj, V1Pod) or said(found) == problems
    path, problem = problems[0]
    assert str(caught.value).startswith(f"{path_text(path)}: {problem}" if path else problem)
    assert_values(obj, found)


def node(**parts: object) -> dict[str, object]:
    """Return a NodeSelector of one term."""
    return {"nodeSelectorTerms": [parts]}


T0 = ("nodeSelectorTerms", 0)
NUMBER = {"key": "a", "operator": "Gt"}
NAME = {"key": "metadata.name", "operator": "In"}
BAD_NODES: list[tuple[object, Problems]] = [
    (None, [((), "must be an object with nodeSelectorTerms, not null")]),
    ([], [((), "must be an object with nodeSelectorTerms, not []")]),
    ({"nodeSelectorTerm": []},
     [(("nodeSelectorTerm",), "unknown field; did you mean nodeSelectorTerms?")]),
    ({"nodeSelectorTerms": {}}, [(("nodeSelectorTerms",), "must be a list, not {}")]),
    ({"nodeSelectorTerms": [None]},
     [(T0, "must be an object with matchExpressions and matchFields, not null")]),
    (node(matchLabels={}), [((*T0, "matchLabels"),
      "unknown field; known are matchExpressions, matchFields")]),
    (node(matchExpressions=[{**NUMBER, "values": ["5.5"]}]),
     [((*T0, *E0, "values", 0), "must be a whole number of 64 bits, not '5.5'")]),
    (node(matchExpressions=[{**NUMBER, "values": [5]}]),
     [((*T0, *E0, "values", 0), f"{NO_STRING} 5; write \"5\", in quotes")]),
    (node(matchExpressions=[{**NUMBER, "values": ["+5"]}]),
     [((*T0, *E0, "values", 0),
       "a value may hold only letters, digits, '-', '_' and '.', this one has '+'")]),
    (node(matchExpressions=[{**NUMBER, "values": []}]),
     [((*T0, *E0, "values"), "Gt takes exactly one value, got 0")]),
    (node(matchExpressions=[{**NUMBER, "operator": "Lt", "values": ["1", "2"]}]),
     [((*T0, *E0, "values"), "Lt takes exactly one value, got 2")]),
    (node(matchExpressions=[{**NUMBER, "operator": "lt", "values": ["1"]}]),
     [((*T0, *E0, "operator"), f"{NODE_OPERATORS}'lt'; write 'Lt'")]),
    (node(matchFields=[{**NAME, "operator": "Exists"}]),
     [((*T0, "matchFields", 0, "operator"), "must be In or NotIn, not 'Exists'")]),
    (node(matchFields=[{**NAME, "values": ["a", "b"]}]),
     [((*T0, "matchFields", 0, "values"), "In takes exactly one value, got 2")]),
    (node(matchFields=[NAME]),
     [((*T0, "matchFields", 0, "values"), "In takes exactly one value, got 0")]),
    (node(matchFields=[{"key": 1, "operator": "In", "values": [2]}]),
     [((*T0, "matchFields", 0, "key"), "must be a string, not 1"),
      ((*T0, "matchFields", 0, "values", 0), "must be a string, not 2; write \"2\", in quotes")]),
    ({"nodeSelectorTerms": [{"matchExpressions": [{"key": "a"}]}, {}, {"matchFields": 5}]},
     [((*T0, *E0, "operator"), f"{NODE_OPERATORS}null"),
      (("nodeSelectorTerms", 2, "matchFields"), "must be a list, not 5")]),
]  # fmt: skip


@pytest.mark.parametrize(("obj", "problems"), BAD_NODES, ids=lambda item: repr(item)[:40])
def test_no_node_selector(obj: object, problems: Problems) -> None:
    """Every part at fault is named by its path, in every term."""
    with pytest.raises(InvalidObjectError) as caught:
        from_node_selector(obj)
    assert said(caught.value.problems) == problems
    assert_values(obj, caught.value.problems)


@pytest.mark.parametrize("obj", [bad for bad, _ in BAD_NODES[:4]])
def test_what_no_lazy_reading_takes(obj: object) -> None:
    """Also the lazy reading refuses what is no NodeSelector at all."""
    with pytest.raises(InvalidObjectError):
        from_node_selector(obj, strict=False)


SAID: list[tuple[Selector, dict[str, Any] | None]] = [
    (Nothing(), None),
    (Everything(), {}),
    (And(()), {}),
    (And((Everything(), And(()))), {}),
    (Equals("a", ""), {"matchLabels": {"a": ""}}),
    (NotEquals("a", "b"), one(operator="NotIn")),
    (In("a", ["c", "b"]), one(values=["b", "c"])),
    (NotIn("a", ["c", ""]), one(operator="NotIn", values=["", "c"])),
    (Exists("a"), {"matchExpressions": [{"key": "a", "operator": "Exists"}]}),
    (DoesNotExist("a"), {"matchExpressions": [{"key": "a", "operator": "DoesNotExist"}]}),
    (FieldEquals("a", "5"), {"matchLabels": {"a": "5"}}),
    (~Equals("a", "b"), {"matchExpressions": [{"key": "a", "operator": "NotIn", "values": ["b"]}]}),
    (~Exists("a"), {"matchExpressions": [{"key": "a", "operator": "DoesNotExist"}]}),
    (And((Exists("a"), Nothing())), None),
    (In("a", []), None),
    (NotIn("a", []), {}),
    (And((Exists("a"), Or(()))), None),
    (parse("a=1,b==2"), {"matchLabels": {"a": "1", "b": "2"}}),
    (parse("a=1,a=1"), {"matchLabels": {"a": "1"}}),
    (parse("a=c,a=b"), {"matchLabels": {"a": "c"}, **one()}),
    (And((Exists("a"), And((Equals("b", "1"),)))),
     {"matchLabels": {"b": "1"}, "matchExpressions": [{"key": "a", "operator": "Exists"}]}),
]  # fmt: skip


@pytest.mark.parametrize(("selector", "obj"), SAID)
def test_to_label_selector(selector: Selector, obj: dict[str, Any] | None) -> None:
    """The object says the same, and can be read again."""
    assert to_label_selector(selector) == obj
    assert to_label_selector(from_label_selector(obj)) == obj


ONLY_ALL = "in it all requirements must hold"
ONLY_FOUR = "it has In, NotIn, Exists and DoesNotExist only"
UNSAID: list[tuple[Selector, str, str]] = [
    (GreaterThan("a", "5"), "a>5", ONLY_FOUR),
    (LessThan("a", "5"), "a<5", ONLY_FOUR),
    (parse("x,a>5,y"), "a>5", ONLY_FOUR),
    (Exists("a") | Exists("b"), "a || b", ONLY_ALL),
    (parse_expression("a in {} || b contains 'x'"), 'a in {} || b contains "x"', ONLY_ALL),
    (Exists(""), '""', "a key must not be empty"),
    (GreaterThan("a b", "5"), '"a b">5',
     "a key's name may hold only letters, digits, '-', '_' and '.', this one has ' '"),
    (Equals("a", "-"), 'a="-"', EDGE),
    (NotEquals("a", "-"), 'a!="-"',
     EDGE),
    (In("a", ["b", "-"]), 'a in ("-",b)',
     EDGE),
]  # fmt: skip


@pytest.mark.parametrize(("selector", "part", "reason"), UNSAID)
def test_what_no_label_selector_says(selector: Selector, part: str, reason: str) -> None:
    """The part that cannot be said is named, with the reason."""
    with pytest.raises(TranslationError) as caught:
        to_label_selector(selector)
    error = caught.value
    assert (error.part, error.target, error.reason) == (part, "LabelSelector object", reason)


@pytest.mark.parametrize(
    ("obj", "fix"),
    [
        ("a=b,c: d", 'write {"matchLabels": {"a": "b", "c": "d"}}'),
        ([{"a": "b"}], f"write {MAP}"),
        ("a in (b)", None),
        ("a=b,a=c", None),
        ("a=b c", None),
        ([{"a": "b"}, "c"], None),
        ([{"a": 5}], None),
        ({"labels": {"a": "b"}}, UNDER),
        ({"labels": {"a": 5}}, None),
        ({"labels": 5}, None),
        ({"matchLabels": [{"a": "b"}]}, f"write matchLabels: {ENTRY}"),
        ({"matchLabels": {"values": 5}}, None),
        ({"matchLabel": {"a": "b"}}, None),  # another hint says matchLabels
        (one(values="b"), 'write values: ["b"]'),
        (one(values="b, c"), 'write values: ["b", "c"]'),
        (one(values="b,"), None),
        (one(values="${b}"), None),
        (one(values="b,${c}"), None),
        (one(values=5), 'write values: ["5"]'),
        (one(values=10**63 - 1), f'write values: ["{"9" * 63}"]'),
        (one(values=10**63), None),
        (one(values=-1), None),
        (one(values=0), 'write values: ["0"]'),
        (one(values=[0]), 'write "0", in quotes'),
        (one(values=[-5]), None),  # in quotes it would be no label value, either
        (one(values=[-1]), None),
        (one(values=[-0.5]), None),
        (one(values=[1.5]), "write the value as it is spelled, in quotes"),
        (one(values=True), None),
        (one(values=[True]), "write the value as it is spelled, in quotes"),
        (one(value="c"), 'write values: ["c"]'),
        (one(value=1.5), None),
        (one(value=[]), None),
    ],
)
def test_what_to_write(obj: object, fix: str | None) -> None:
    """What stands in the wrong form is said in the right one, where all of it is understood."""
    with pytest.raises(InvalidObjectError) as caught:
        from_label_selector(obj)
    (problem,) = caught.value.problems
    assert problem.problem.rpartition("; ")[2] == fix if fix else "write" not in problem.problem


@pytest.mark.parametrize(
    ("value", "labels"),
    [
        ("app=web, tier: db", {"app": "web", "tier": "db"}),
        ("a==b", {"a": "b"}),
        ([{"a": "b"}, {"c": ""}], {"a": "b", "c": ""}),
        ("app=web,!a", None),
        ("a=b,a=b", None),
        ("a=-", None),
        ("", None),
        ([], None),
        ([{}], None),
        ([{"a": "-"}], None),
        ([{"a": 5}], None),
        ([{5: "a"}], None),
        ([{"a": "b"}, "c"], None),
        ({"a": "b"}, None),
        (None, None),
    ],
)
def test_labels_in(value: object, labels: dict[str, str] | None) -> None:
    """Labels are read where every part is one label, legal and said once."""
    assert labels_in(value) == labels


def test_nothing_is_said_of_labels_in_a_node_selector() -> None:
    """A node selector has no matchLabels: nothing says to write them."""
    for obj in ("a=b", {"labels": {"a": "b"}}):
        with pytest.raises(InvalidObjectError) as caught:
            from_node_selector(obj)
        assert "write" not in str(caught.value)


def test_a_label_is_no_field_of_an_expression() -> None:
    """A label may be called values: nothing says to write a list there."""
    assert what_to_write(Problem(("matchLabels", "values"), "must be a string", 5)) is None


def test_labels_in_place_of_an_object() -> None:
    """Only a LabelSelector has a field for labels."""
    problem = Problem((), "must be an object", "a=b")
    assert what_to_write(problem) == f"write {MAP}"
    assert what_to_write(problem, of_nodes=True) is None


def test_a_thousand_problems() -> None:
    """A message has the first twenty problems, and says how many more there are."""
    with pytest.raises(InvalidObjectError) as caught:
        from_label_selector({"matchExpressions": [1] * 1000})
    assert len(caught.value.problems) == 3000
    assert str(caught.value).endswith("; 2,980 more problems")
    assert str(caught.value).count("; ") == 20
