"""Cases of labelsel.conformance with a single fault each, beside those from tests/vectors.

A matcher that is wrong in one rule only must be found. The cases from the vectors often have
several faults at once, and then a matcher that sees one of them has the right answer. Here are the
questions only: tests/conformance_cases.py looks the answers up in the vectors, or marks the case
as answered by a rule. tests/conformance_mutants.py has the matchers that they find.
"""

from collections.abc import Iterator
from typing import Any, Final

Group = tuple[int, str]
Question = tuple[Any, dict[str, str]]

_LETTERS: Final = "abcdefgh"
_ALL: Final = dict.fromkeys(_LETTERS, "1")
_LIMIT: Final = 2**63


def _of_key(text: str, *values: str) -> list[Question]:
    """Return questions about one text and some values of the key k."""
    return [(text, {"k": value}) for value in values]


def _without(key: str) -> dict[str, str]:
    return {each: value for each, value in _ALL.items() if each != key}


#: Legal texts, with labels.
LEGAL: Final[dict[Group, list[Question]]] = {
    (5, "eight requirements: each must hold"): [
        (",".join(f"{each}=1" for each in _LETTERS), _ALL),
        *((",".join(f"{each}=1" for each in _LETTERS), _without(each)) for each in _LETTERS),
        ("a,b in (1),c=1,d>0,e<2,f!=2,!g", {**_without("g"), "f": "2"}),
        ("a,b in (1),c=1,d>0,e<2,f!=2,!g", _ALL),
        ("a,b in (1),c=1,d>0,e<2,f!=2,!g", _without("g")),
    ],
    (8, "the prefix is part of the key"): [
        ("x/app=web", {"app": "web"}), ("app=web", {"x/app": "web"}),
        ("x/app=web", {"y/app": "web"}), ("x/app", {"x": "app"}), ("x/app", {"app": "a"}),
        ("!x/app", {"app": "a"}), ("!app", {"x/app": "a"}), ("x/app in (a)", {"app": "a"}),
        ("app notin (a)", {"x/app": "a"}), ("x/app!=a", {"app": "a"}), ("x/app>1", {"app": "2"}),
        ("x/app=web", {"x/app": "web"}), ("a.b=c", {"b": "c"}), ("a.b", {"a": "b"}),
        ("a.b", {"a-b": "1"}), ("a-b", {"a_b": "1"}),
    ],
    (8, "keys in upper and in lower case"): [
        ("App=web", {"app": "web"}), ("app=web", {"App": "web"}), ("app", {"APP": "1"}),
        ("!app", {"APP": "1"}), ("!APP", {"app": "1"}), ("App in (a)", {"app": "a"}),
        ("app notin (a)", {"App": "a"}), ("App>1", {"app": "2"}), ("App=web", {"App": "web"}),
    ],
    (11, "blanks in labels are part of them"): [
        *_of_key("k=a", " a", "a ", "a\n", "\ta", "a\u00a0"), *_of_key("k!=a", " a", "a "),
        *_of_key("k in (a)", " a", "a "), *_of_key("k notin (a)", " a", "a\n"),
        *_of_key("k=", " ", "\n"), *_of_key("k!=", " "), ("k", {"k ": "a"}), ("!k", {" k": "a"}),
    ],
    (12, "the value is empty"): [
        *(question for text in ("k", "!k", "k=a", "k!=a", "k in (a)", "k notin (a)", "k=", "k!=",
                                "k in (a,)", "k notin (a,)", "k>1", "k<1")
          for question in [*_of_key(text, ""), (text, {})]),
        ("k,a=1", {"k": "", "a": "1"}), ("!k,a=1", {"k": "", "a": "1"}),
    ],
    (12, "values in upper and in lower case"): [
        *_of_key("k=Web", "Web", "web", "WEB"), *_of_key("k==web", "Web", "web"),
        *_of_key("k!=Web", "web", "Web"), *_of_key("k in (Web,db)", "web", "DB", "Web"),
        *_of_key("k notin (Web,db)", "web", "DB", "db"),
    ],
    (12, "a part of a value is another value"): [
        *_of_key("k=web", "we", "web-1", "my-web", "e"), *_of_key("k!=web", "web-1", "we"),
        *_of_key("k in (web,db)", "e", "web,db", "b,d", "web-1", "db.2"),
        *_of_key("k notin (web,db)", "e", "web,db"),
        *_of_key("k=a.b", "axb", "a.b"), *_of_key("k=a-b", "a_b"), *_of_key("k in (a.b)", "axb"),
    ],
    (12, "each value of a set counts"): [
        *_of_key("k in (a,b,c,d)", "a", "b", "c", "d", "e"),
        *_of_key("k notin (a,b,c,d)", "a", "b", "c", "d", "e"),
        *_of_key("k in (d,b,c,a)", "a", "d"), *_of_key("k notin (d,b,c,a)", "a", "d"),
    ],
    (12, "values are texts, not numbers"): [
        *_of_key("k=01", "1", "01"), *_of_key("k=1", "01", "1.0", "+1", " 1", "\uff11"),
        *_of_key("k=1e3", "1000"), *_of_key("k=true", "True", "1"), *_of_key("k!=1", "01", "1"),
        *_of_key("k in (1,2)", "01", "2.0", "2"), *_of_key("k notin (1)", "01", "1"),
        *_of_key("k=1.0", "1"),
    ],
    (13, "numbers that are not compared as texts"): [
        *_of_key("k>9", "10", "9"), *_of_key("k<10", "9", "10"), *_of_key("k>10", "9"),
        *_of_key("k<9", "10"), *_of_key("k>9007199254740992", "9007199254740993"),
        *_of_key("k<9007199254740993", "9007199254740992"),
        *_of_key("k>4", str(_LIMIT - 1), "+5"), *_of_key("k<4", str(-_LIMIT)),
    ],
    (13, "numbers that Kubernetes does not read"): [
        *_of_key("k>4", "1_000", "\u0661\u0660", "\uff15", " 5", "5 ", "5\n", "5.0", "0x10", "1e3",
                 "inf", "Infinity", str(_LIMIT), str(10**30), "++5", "5m", "5Gi", "0b111", "9,9"),
        *_of_key("k<4", "-", "-1_0", "-\u0661", " 1", "1.0", "1e0", "-inf", str(-_LIMIT - 1),
                 str(-(10**30)), "--1", "nan"),
    ],
    (14, "several requirements on one key: the first and the last count"): [
        *_of_key("k=a,k=b", "a", "b"), *_of_key("k!=a,k!=b", "a", "b", "c"),
        *_of_key("k in (a,b),k notin (b)", "a", "b"), *_of_key("k>1,k>5", "3", "6"),
        *_of_key("k>5,k>1", "3", "6"), *_of_key("k<5,k<9", "7", "4"), ("!k,k!=a", {"k": "b"}),
        *_of_key("k,k=a", "b", "a"),
    ],
}  # fmt: skip

#: Texts that Kubernetes refuses, each for one reason.
REFUSED: Final[dict[Group, list[str]]] = {
    (1, "other white space than the four characters"): [
        "k\u00a0=a", "k=a\u00a0", "\u3000k", "k\x0b", "\x0ck", "k=a\x85", "k\u2028=a",
        "k in\u00a0(a)",
        "\u200bk", "\ufeffk", "k=\x1fa",
    ],
    (3, "one word in upper case"): [
        "a IN (b)", "a In (b)", "a iN (b)", "a NOTIN (b)", "a NotIn (b)", "a notIn (b)",
        "a Notin (b)",
    ],
    (3, "one word that is no operator"): [
        "a not in (b)", "a exists", "a is b", "a eq b", "a like b", "a gt 1", "a lt 1",
        "not a", "a not b", "exists a", "has(a)", "a contains b", "a matches b",
    ],
    (4, "one operator that does not exist"): [
        "a<>b", "a~=b", "a=~b", "a!~b", "a===b", "a!==b", "a=!b", "a*=b", "a^=b", "a$=b", "a:=b",
        "a:b", "a=>1", "a>=1", "a<=1", "a=<1", "a>>1", "a<<1", "a= =b", "a! =b", "!!a", "!a=b",
        "!a in (b)", "a=b=c", "a==b==c", "a!b", "a!", "=b", "!", ">1", "a>", "a<", "a in",
        "a notin",
        "a|b", "a&b", "a;b", "a+b", "-a=b", "+a",
    ],
    (5, "one separator that is wrong"): [
        ",", ",,", "a,", ",a", "a,,b", "a=b c=d", "a=b;c=d", "a=b&c=d", "a=b\uff0cc=d", "a\uff0cb",
        "a b", "a=b\nc=d", "a=b|c=d", "a=b&&c=d", "a=b||c=d", "a=b and c=d", "a=b or c=d",
        "a=b/c=d", "a in (b) c", "a in (b)c", "!a b", "!a !b", "a !b", "a=b,;c=d", "[a,b]", "(a,b)",
    ],
    (6, "one parenthesis that is wrong"): [
        "a in [b]", "a in {b}", "a in <b>", "a in ((b))", "a in (b))", "a in (b", "a in b)",
        "a in b",
        "a in (b c)", "a in (b;c)", "a in (b|c)", "a in (b\uff0cc)", "a=(b)", "a=(b,c)", "a!=(b)",
        "a>(1)", "(a)", "(a=b)", "!(a)", "a in (b)(c)", "a in (b,(c))", "a in ,b", "a in \"b\"",
        "a in (=b)", "a in (!b)", "a in (b>c)", "a notin b", "a notin [b]", "a notin ((b))",
        "a notin (b", "a notin b)", "a(b)", "a()", ")", "(", "()", "a)", "(a",
    ],
    (8, "one key that is illegal"): [
        "-a", "a-", "_a", "a_", ".a", "a.", "a/", "/a", "a/b/c", "A/b", "a_b/c", "-a/b", "a-/b",
        "a..b/c", ".a/b", "a/-b", "a/b-", "\u00e9", "a\u00e9b", "\uff41", "a*", "*", "a?", "a@b",
        "a:b", "n" * 64, "p" * 254 + "/n", "a/" + "n" * 64, "-a=b", "-a!=b", "-a in (b)",
        "-a notin (b)", "-a>1", "-a<1", "!-a", "!a/", "a/=b", "a//b",
    ],
    (9, "one value that is illegal"): [
        "a=-b", "a=b-", "a=_b", "a=b_", "a=.b", "a=b.", "a=b/c", "a=*", "a=b*", "a=?", "a=\u00e9",
        "a=\uff42", "a=b:c", "a=b@c", "a=b+c", "a=$b", "a=%62", "a=b%", "a={b}", "a=[b]", "a='b'",
        'a="b"', "a=b\\", "a=~", "a=" + "v" * 64, "a==b/c", "a!=b/c", "a!=-b", "a in (-b)",
        "a in (b,c-)", "a in (b/c)", "a notin (-b)", "a notin (b,c-)", "a in (" + "v" * 64 + ")",
        "a notin (*)", "a in ('b')", "a in (*)", "a=#b",
    ],
    (10, "one bound that is illegal"): [
        "a>1_000", "a>1.5", "a>0x1", "a>+1", "a>-1", "a>1e3", "a>\u0661", "a>\uff15", "a>b", "a>1m",
        f"a>{_LIMIT}", f"a>{10**30}", "a>0b1", "a>inf", "a>1.", "a<1_000", "a<1.5", "a<0x1",
        "a<+1", "a<-1", "a<1e3", "a<\u0661", "a<b", f"a<{_LIMIT}", "a<0o7", "a<nan",
        "a>1,b<c", "a>1,b<1.5",
    ],
}  # fmt: skip


def _expression(key: object, operator: object, *values: object) -> dict[str, object]:
    found: dict[str, object] = {"key": key, "operator": operator}
    return {**found, "values": list(values)} if values else found


def _of_expression(operator: str, values: list[str], *labels: str | None) -> list[Question]:
    obj = {"matchExpressions": [_expression("k", operator, *values)]}
    return [(obj, {} if label is None else {"k": label}) for label in labels]


def _of_map(value: str, *labels: str | None) -> list[Question]:
    return [
        ({"matchLabels": {"k": value}}, {} if label is None else {"k": label}) for label in labels
    ]


_EIGHT: Final = {"matchLabels": _ALL}
_EIGHT_EXPRESSIONS: Final = {
    "matchExpressions": [_expression(each, "In", "1") for each in _LETTERS]
}
_MIXED: Final = {
    "matchLabels": {"a": "1", "b": "1"},
    "matchExpressions": [
        _expression("c", "In", "1"), _expression("d", "Exists"), _expression("e", "NotIn", "2"),
        _expression("g", "DoesNotExist"),
    ],
}  # fmt: skip

#: Legal objects, with labels.
LEGAL_OBJECTS: Final[dict[Group, list[Question]]] = {
    (8, "the prefix is part of the key"): [
        ({"matchLabels": {"x/app": "web"}}, {"app": "web"}),
        ({"matchLabels": {"app": "web"}}, {"x/app": "web"}),
        ({"matchExpressions": [_expression("x/app", "Exists")]}, {"app": "web"}),
        ({"matchExpressions": [_expression("app", "DoesNotExist")]}, {"x/app": "web"}),
        ({"matchExpressions": [_expression("x/app", "NotIn", "a")]}, {"app": "a"}),
        ({"matchLabels": {"App": "web"}}, {"app": "web"}),
        ({"matchExpressions": [_expression("App", "Exists")]}, {"app": "web"}),
        ({"matchExpressions": [_expression("app", "DoesNotExist")]}, {"App": "web"}),
    ],
    (16, "eight requirements: each must hold"): [
        *((obj, _without(each)) for obj in (_EIGHT, _EIGHT_EXPRESSIONS) for each in _LETTERS),
        (_EIGHT, _ALL), (_EIGHT_EXPRESSIONS, _ALL), (_MIXED, _ALL), (_MIXED, _without("g")),
        *((_MIXED, {**_without("g"), each: "2"}) for each in "abce"),
        (_MIXED, {"a": "1", "b": "1", "c": "1"}),
    ],
    (16, "the value is empty, or null"): [
        *_of_map("", None, "", "a"), *_of_expression("Exists", [], "", None),
        *_of_expression("DoesNotExist", [], "", None), *_of_expression("In", [""], "", None, "a"),
        *_of_expression("NotIn", [""], "", None, "a"), *_of_expression("In", ["a"], ""),
        *_of_expression("NotIn", ["a"], ""),
        *(({"matchLabels": {"k": None}}, labels) for labels in ({}, {"k": ""}, {"k": "a"})),
        ({"matchLabels": {"a": "1", "k": None}}, {"a": "1"}),
    ],
    (16, "values in upper and in lower case"): [
        *_of_map("Web", "Web", "web"), *_of_expression("In", ["Web"], "web", "Web"),
        *_of_expression("NotIn", ["Web"], "web", "Web"),
    ],
    (16, "values are texts as they stand"): [
        *_of_map("01", "1"), *_of_map("1", "01", "1.0", " 1", "1\n", "1"),
        *_of_expression("In", ["1", "2"], "01", "2", " 2", "1,2", "3"),
        *_of_expression("NotIn", ["1", "2"], "01", "2", " 2", "3"),
        *_of_expression("In", ["web", "db"], "e", "web-1"), *_of_map("a.b", "axb"),
        *_of_map("web", "web-1", "we"),
    ],
}  # fmt: skip


def _one(*expressions: object) -> dict[str, object]:
    return {"matchExpressions": list(expressions)}


_NO_VALUES: Final[list[dict[str, object]]] = [{}, {"values": None}, {"values": []}]

#: Objects that Kubernetes refuses, each for one reason.
REFUSED_OBJECTS: Final[dict[Group, list[object]]] = {
    (8, "one key that is illegal"): [
        _one(_expression("", "Exists")), _one(_expression("", "DoesNotExist")),
        _one(_expression("", "In", "a")), _one(_expression("", "NotIn", "a")),
        _one({"operator": "Exists"}), _one(_expression(None, "Exists")),
        _one(_expression("a", "Exists"), _expression("", "Exists")), {"matchLabels": {"": "a"}},
        {"matchLabels": {"": ""}}, {"matchLabels": {"a/": "a"}}, {"matchLabels": {"a\n": "a"}},
        {"matchLabels": {" a": "a"}}, _one(_expression("a\n", "Exists")),
        _one(_expression("A/b", "NotIn", "a")), _one(_expression("n" * 64, "DoesNotExist")),
    ],
    (9, "one value that is illegal"): [
        {"matchLabels": {"a": "b\n"}}, {"matchLabels": {"a": " b"}}, {"matchLabels": {"a": "*"}},
        {"matchLabels": {"a": "b/c"}}, {"matchLabels": {"a": "v" * 64}},
        _one(_expression("a", "In", "b\n")), _one(_expression("a", "NotIn", "b", "-c")),
        _one(_expression("a", "NotIn", "*")), _one(_expression("a", "In", "v" * 64)),
    ],
    (16, "one operator that does not exist"): [
        *(_one(_expression("a", name, "1")) for name in (
            "in", "IN", "notin", "NOTIN", "Notin", "notIn", "Gt", "Lt", "gt", ">", "=", "==", "!=",
            "Equals", "Equal", "NotEquals", " In", "In ", "")),
        *(_one(_expression("a", name)) for name in (
            "exists", "EXISTS", "Exist", "doesnotexist", "DoesNotExists", "NotExists", "!",
            None, 1)),
        _one({"key": "a"}), _one({"key": "a", "values": ["1"]}),
        _one(_expression("b", "Exists"), _expression("a", "Gt", "1")),
        _one(_expression("b", "Exists"), _expression("a", "Lt", "1")),
        {"matchLabels": {"b": "1"}, **_one(_expression("a", "in", "1"))},
    ],
    (16, "one part of another type"): [
        [], ["a"], 0, 1, False, True, {"matchLabels": []}, {"matchLabels": ["a"]},
        {"matchLabels": [{"a": "1"}]}, {"matchLabels": "a=1"}, {"matchLabels": ""},
        {"matchLabels": 0}, {"matchLabels": False}, {"matchLabels": {"a": 1}},
        {"matchLabels": {"a": True}}, {"matchLabels": {"a": ["1"]}}, {"matchLabels": {"a": {}}},
        {"matchLabels": {"a": 1.5}}, {"matchLabels": {"a": 0}}, {"matchLabels": {"a": False}},
        {"matchExpressions": {}}, {"matchExpressions": _expression("a", "Exists")},
        {"matchExpressions": "a"}, {"matchExpressions": ""}, {"matchExpressions": 0},
        {"matchExpressions": False}, _one("a"), _one(""), _one(1), _one(["a"]), _one([]),
        {"matchExpressions": [False]},
        _one(_expression("a", "Exists"), "b"), _one(_expression("a", "Exists"), 0),
        _one(_expression("a", "In", 1)), _one(_expression("a", "In", "1", 2)),
        _one(_expression("a", "NotIn", 1)), _one(_expression("a", "NotIn", *[True])),
        _one(_expression("a", "NotIn", ["1"])), _one(_expression(1, "Exists")),
        _one({"key": "a", "operator": "In", "values": "1"}),
        _one({"key": "a", "operator": "In", "values": {"1": "1"}}),
        _one({"key": "a", "operator": "NotIn", "values": "1"}),
        _one({"key": "a", "operator": "In", "values": 1}),
    ],
    (17, "one list of values that is wrong"): [
        *(_one({"key": "a", "operator": name, **more}) for name in ("In", "NotIn")
          for more in _NO_VALUES),
        _one(_expression("a", "Exists", "1")), _one(_expression("a", "DoesNotExist", "1")),
        _one(_expression("a", "Exists", "")), _one(_expression("a", "DoesNotExist", "")),
        _one(_expression("b", "Exists"), _expression("a", "In")),
        _one(_expression("b", "Exists"), _expression("a", "NotIn")),
        _one(_expression("b", "Exists"), _expression("a", "DoesNotExist", "1")),
    ],
}  # fmt: skip

#: What a matcher that drops the wrong part would select, and what it would not.
_BOTH: Final = ({"a": "1", "b": "1"}, {"b": "1"})


def questions(*, objects: bool) -> Iterator[tuple[Group, Any, dict[str, str], bool]]:
    """Yield the group, the selector, the labels, and whether Kubernetes accepts the selector."""
    for group, asked in (LEGAL_OBJECTS if objects else LEGAL).items():
        for selector, labels in asked:
            yield group, selector, labels, True
    refused: dict[Group, list[Any]] = {**(REFUSED_OBJECTS if objects else REFUSED)}
    for group, selectors in refused.items():
        for number, selector in enumerate(selectors):
            yield group, selector, _BOTH[number % 2], False
