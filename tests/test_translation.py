"""From one form to another: what each can say, and which part of a selector it cannot."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import pytest

from labelsel import (
    And,
    Contains,
    DoesNotExist,
    EndsWith,
    Equals,
    Everything,
    Everywhere,
    Exists,
    FieldEquals,
    FieldNotEquals,
    GreaterThan,
    In,
    LessThan,
    Matches,
    Not,
    NotEquals,
    Nothing,
    NotIn,
    Or,
    Selector,
    StartsWith,
    TranslationError,
    from_label_selector,
    from_node_selector,
    is_equivalent,
    parse,
    parse_expression,
    parse_matchers,
    to_expression,
    to_kubernetes,
    to_label_selector,
    to_node_selector,
)
from labelsel.limits import MAX_EXPRESSION_KEY_BYTES, MAX_NODE_SELECTOR_TERMS
from labelsel.objects import NODE_NAME

A, B, C = Exists("a"), Equals("b", "x"), DoesNotExist("c")
NAMED = Or((DoesNotExist(NODE_NAME), In(NODE_NAME, ["n1"])))


def expression(key: str, operator: str, *values: str) -> dict[str, object]:
    """Return an expression of an object."""
    return {"key": key, "operator": operator, **({"values": list(values)} if values else {})}


def expressions(*given: dict[str, object]) -> dict[str, object]:
    """Return a LabelSelector object, or a term, of expressions alone."""
    return {"matchExpressions": list(given)}


def terms(*given: dict[str, object]) -> dict[str, object]:
    """Return a NodeSelector object."""
    return {"nodeSelectorTerms": list(given)}


def names(*given: dict[str, object]) -> dict[str, object]:
    """Return a term of fields alone."""
    return {"matchFields": list(given)}


IN_N1 = expression("metadata.name", "In", "n1")
IN_N2 = expression("metadata.name", "In", "n2")

KUBERNETES: list[tuple[Selector, str]] = [
    (Everything(), ""),
    (Everywhere(), ""),
    (And(()), ""),
    (parse("b==x,!c,a,d>5,e in (z,),d!=y"), "a,b==x,!c,d>5,d!=y,e in (,z)"),
    (And((B, And((A, And((C,)))))), "a,b=x,!c"),
    (Not(A), "!a"),
    (Not(Or((Not(B), C))), "b=x,c"),
    (Not(Or((NotEquals("a", "x"), In("b", ["y", "z"])))), "a=x,b notin (y,z)"),
    (Or((B,)), "b=x"),
    (Or((B, Equals("b", "y"))), "b in (x,y)"),
    (Or((B, Nothing())), "b=x"),
    (And((A, Or((A, B)))), "a"),
    (Or((A, C, DoesNotExist("a"))), ""),
    (NotIn("a", ()), ""),
    (Contains("a", ""), "a"),
    (And((In("a", ["xy", "yx"]), StartsWith("a", "x"))), "a=xy"),
    (FieldEquals("a", "x"), "a=x"),
    (FieldNotEquals("a", "x"), "a!=x"),
    (FieldNotEquals("a", ""), "a!=,a"),
    (Not(FieldEquals("a", "")), "a!=,a"),
    (parse_matchers('{a=~"x|y",b!=""}'), "a in (x,y),b,b!="),
    (GreaterThan("a", "007"), "a>007"),
]

LABEL_SELECTORS: list[tuple[Selector, dict[str, object] | None]] = [
    (Nothing(), None),
    (Or(()), None),
    (Not(Everything()), None),
    (And((A, Nothing())), None),
    (
        And((A, DoesNotExist("a"))),
        expressions(expression("a", "Exists"), expression("a", "DoesNotExist")),
    ),
    (In("a", ()), None),
    (Everything(), {}),
    (NotIn("a", ()), {}),
    (B, {"matchLabels": {"b": "x"}}),
    (And((B, B)), {"matchLabels": {"b": "x"}}),
    (
        And((B, Equals("b", "y"))),
        {"matchLabels": {"b": "x"}, **expressions(expression("b", "In", "y"))},
    ),
    (
        And((A, B, C)),
        {
            "matchLabels": {"b": "x"},
            **expressions(expression("a", "Exists"), expression("c", "DoesNotExist")),
        },
    ),
    (In("a", ["y", "x"]), expressions(expression("a", "In", "x", "y"))),
    (NotIn("a", ["x"]), expressions(expression("a", "NotIn", "x"))),
    (Not(B), expressions(expression("b", "NotIn", "x"))),
    (Or((B, Equals("b", "y"))), expressions(expression("b", "In", "x", "y"))),
]

NODE_SELECTORS: list[tuple[Selector, dict[str, object]]] = [
    (Nothing(), terms()),
    (Not(Everything()), terms()),
    (A, terms(expressions(expression("a", "Exists")))),
    (And((GreaterThan("a", "5"), LessThan("a", "9"))),
     terms(expressions(expression("a", "Gt", "5"), expression("a", "Lt", "9")))),
    (Or((A, B)),
     terms(expressions(expression("a", "Exists")), expressions(expression("b", "In", "x")))),
    (And((C, Or((A, B)))),
     terms(expressions(expression("a", "Exists"), expression("c", "DoesNotExist")),
           expressions(expression("b", "In", "x"), expression("c", "DoesNotExist")))),
    (Not(And((A, B))),
     terms(expressions(expression("a", "DoesNotExist")),
           expressions(expression("b", "NotIn", "x")))),
    (FieldEquals("a", ""),
     terms(expressions(expression("a", "DoesNotExist")), expressions(expression("a", "In", "")))),
    (NAMED, terms(names(IN_N1))),
    (NotIn(NODE_NAME, ["n1"]), terms(names(expression("metadata.name", "NotIn", "n1")))),
    (NotEquals(NODE_NAME, "n1"), terms(names(expression("metadata.name", "NotIn", "n1")))),
    (NotIn(NODE_NAME, ["n2", "n1"]),
     terms(names(expression("metadata.name", "NotIn", "n1"),
                 expression("metadata.name", "NotIn", "n2")))),
    (And((A, NAMED)), terms({**expressions(expression("a", "Exists")), **names(IN_N1)})),
    (Or((NAMED, In(NODE_NAME, ["n2"]))), terms(names(IN_N1), names(IN_N2))),
    (Or((DoesNotExist(NODE_NAME), Equals(NODE_NAME, "n1"), A, In(NODE_NAME, ["n2"]))),
     terms(names(IN_N1), names(IN_N2), expressions(expression("a", "Exists")))),
    (Or((DoesNotExist(NODE_NAME), In(NODE_NAME, ["n1", "n2"]))), terms(names(IN_N1), names(IN_N2))),
]  # fmt: skip

EXPRESSIONS: list[tuple[Selector, str]] = [
    (parse_matchers("{''}"), '(!has(__name__) || __name__ == "")'),
    (parse_matchers("{a=~'(x|y)','up'}"), '(__name__ == "up" && a in {"x", "y"})'),
    (Everything(), "all()"),
    (Everywhere(), "global()"),
    (Nothing(), "!all()"),
    (And(()), "all()"),
    (Or(()), "!all()"),
    (And((A,)), "has(a)"),
    (Or((Or((A,)),)), "has(a)"),
    (And((A, Or((B, C)))), '(has(a) && (b == "x" || !has(c)))'),
    (And((A, And((B, A)))), '(has(a) && (b == "x" && has(a)))'),
    (Not(A), "!has(a)"),
    (Not(C), "has(c)"),
    (Not(Not(B)), 'b == "x"'),
    (Not(Not(Not(B))), '!b == "x"'),
    (Not(And((A, B))), '!(has(a) && b == "x")'),
    (Not(Everywhere()), "!global()"),
    (Not(Nothing()), "all()"),
    (NotEquals("a", 'say "x"'), "a != 'say \"x\"'"),
    (Equals("a", "it's"), 'a == "it\'s"'),
    (In("a", ["y", "x", 'z"']), 'a in {"x", "y", \'z"\'}'),
    (In("a", ()), "a in {}"),
    (NotIn("a", ["x"]), 'a not in {"x"}'),
    (Contains("a", "x"), 'a contains "x"'),
    (StartsWith("a", "x"), 'a starts with "x"'),
    (EndsWith("a", "\n"), 'a ends with "\n"'),
    (FieldEquals("a", "x"), 'a == "x"'),
    (FieldNotEquals("a", "x"), 'a != "x"'),
    (FieldEquals("a", ""), '(!has(a) || a == "")'),
    (FieldNotEquals("a", ""), '!(!has(a) || a == "")'),
    (
        Equals("k" * MAX_EXPRESSION_KEY_BYTES, "v" * 100),
        f'{"k" * MAX_EXPRESSION_KEY_BYTES} == "{"v" * 100}"',
    ),
]

FORMS: Final[list[tuple[Callable[[Selector], Any], Callable[[Any], Selector], Any]]] = [
    (to_kubernetes, parse, KUBERNETES),
    (to_label_selector, from_label_selector, LABEL_SELECTORS),
    (to_node_selector, from_node_selector, NODE_SELECTORS),
    (to_expression, parse_expression, EXPRESSIONS),
]


@pytest.mark.parametrize(
    ("say", "read", "selector", "said"),
    [(say, read, *case) for say, read, cases in FORMS for case in cases],
)
def test_what_can_be_said(
    say: Callable[[Selector], Any],
    read: Callable[[Any], Selector],
    selector: Selector,
    said: object,
) -> None:
    """It is said so, it means the same when it is read back, and is then said the same."""
    assert say(selector) == said
    assert is_equivalent(read(said), selector).truth
    assert is_equivalent(read(say(read(said))), selector).truth


REQUIREMENTS_ONLY = "in it all requirements must hold"
TEXT_HAS = "it has =, !=, in, notin, key, !key, > and < only"
LABELS_HAVE = "it has In, NotIn, Exists and DoesNotExist only"
NODES_HAVE = "it has In, NotIn, Exists, DoesNotExist, Gt and Lt only"
NO_OPERATOR = "it has no such operator"
NAME = "a key's name may hold only letters, digits, '-', '_' and '.', this one has ' '"
VALUE = "a value may hold only letters, digits, '-', '_' and '.', this one has ' '"
NO_TERM = "a NodeSelector term without requirements selects nothing"
KUBERNETES_TEXT, LABELS, NODE = "Kubernetes selector", "LabelSelector object", "NodeSelector object"
CALICO = "Calico expression"

TARGETS: Final = {
    KUBERNETES_TEXT: to_kubernetes, LABELS: to_label_selector, NODE: to_node_selector,
    CALICO: to_expression,
}  # fmt: skip

UNSAYABLE: list[tuple[str, Selector, str, str]] = [
    (KUBERNETES_TEXT, Or((A, B)), "a || b=x", REQUIREMENTS_ONLY),
    (KUBERNETES_TEXT, And((B, Or((A, C)))), "a || !c", REQUIREMENTS_ONLY),
    (KUBERNETES_TEXT, Not(And((A, B))), "!a || b!=x", REQUIREMENTS_ONLY),
    (KUBERNETES_TEXT, Nothing(), "(nothing)", "it has no selector that matches nothing"),
    (KUBERNETES_TEXT, In("a", ()), "a in {}", "it needs at least one value"),
    (KUBERNETES_TEXT, And((A, Contains("a", "x"))), 'a contains "x"', TEXT_HAS),
    (KUBERNETES_TEXT, StartsWith("a", "x"), 'a starts with "x"', TEXT_HAS),
    (KUBERNETES_TEXT, EndsWith("a", "x"), 'a ends with "x"', TEXT_HAS),
    (KUBERNETES_TEXT, Matches("a", "x+"), 'a=~"x+"', TEXT_HAS),
    (KUBERNETES_TEXT, Not(Contains("a", "x")), '!(a contains "x")',
     "it has no inverse of 'a contains \"x\"'"),
    (KUBERNETES_TEXT, Not(And((A, GreaterThan("a", "5")))), "!a || !(a>5)", REQUIREMENTS_ONLY),
    (KUBERNETES_TEXT, Not(GreaterThan("a", "5")), "!(a>5)", "it has no inverse of 'a>5'"),
    (KUBERNETES_TEXT, FieldEquals("a", ""), "a=", TEXT_HAS),
    (KUBERNETES_TEXT, Exists("a b"), '"a b"', NAME),
    (KUBERNETES_TEXT, And((A, NotIn("a", ["x", "y z"]))), 'a notin (x,"y z")', VALUE),
    (KUBERNETES_TEXT, LessThan("a", "-5"), 'a<"-5"',
     "a value must begin and end with a letter or digit, this one is '-5'"),
    (LABELS, Or((A, B)), "a || b=x", REQUIREMENTS_ONLY),
    (LABELS, And((A, GreaterThan("b", "5"))), "b>5", LABELS_HAVE),
    (LABELS, LessThan("b", "5"), "b<5", LABELS_HAVE),
    (LABELS, StartsWith("a", "x"), 'a starts with "x"', LABELS_HAVE),
    (LABELS, Equals("a b", "x"), '"a b"=x', NAME),
    (NODE, Everything(), "", NO_TERM),
    (NODE, Or((A, Everything())), "", NO_TERM),
    (NODE, NotIn(NODE_NAME, ()), "", NO_TERM),
    (NODE, Or((B, Contains("a", "x"))), 'a contains "x"', NODES_HAVE),
    (NODE, Not(LessThan("a", "5")), "!(a<5)", "it has no inverse of 'a<5'"),
    (NODE, Equals("a", "x y"), 'a="x y"', VALUE),
    (NODE, In("a", ["x", "y z"]), 'a in (x,"y z")', VALUE),
    (NODE, Exists(NODE_NAME), '".metadata.name"',
     "a key's name must begin and end with a letter or digit, this one is '.metadata.name'"),
    (NODE, Equals(NODE_NAME, "n1"), '".metadata.name"=n1',
     "a key's name must begin and end with a letter or digit, this one is '.metadata.name'"),
    (NODE, Or((DoesNotExist(NODE_NAME), A)), '!".metadata.name"',
     "a key's name must begin and end with a letter or digit, this one is '.metadata.name'"),
    (NODE, Or((DoesNotExist(NODE_NAME), In(NODE_NAME, ()))), '!".metadata.name"',
     "a key's name must begin and end with a letter or digit, this one is '.metadata.name'"),
    (CALICO, GreaterThan("a", "5"), "a>5", NO_OPERATOR),
    (CALICO, Not(LessThan("a", "5")), "a<5", NO_OPERATOR),
    (CALICO, And((A, Matches("a", "x+"))), 'a=~"x+"', NO_OPERATOR),
    (CALICO, Exists("a b"), '"a b"', "'a b' is not a legal key there"),
    (CALICO, Exists(""), '""', "'' is not a legal key there"),
    (CALICO, Exists("a\n"), '"a\\n"', "'a\\n' is not a legal key there"),
    (CALICO, Exists("é"), '"é"', "'é' is not a legal key there"),
    (CALICO, Equals("a", "\"'"), 'a="\\"\'"', "a value there may not hold both kinds of quotes"),
    (CALICO, Equals("a", "\ud800"), 'a="\ud800"',
     "'\\ud800' is half of a surrogate pair, and no character"),
    (CALICO, In("a", ["\"'", "x"]), 'a in ("\\"\'",x)',
     "a value there may not hold both kinds of quotes"),
    (CALICO, Or((A, Contains("a", "\"'"))), 'a contains "\\"\'"',
     "a value there may not hold both kinds of quotes"),
]  # fmt: skip


@pytest.mark.parametrize(("target", "selector", "part", "reason"), UNSAYABLE)
def test_what_cannot_be_said(target: str, selector: Selector, part: str, reason: str) -> None:
    """The error names the part, as it was written and not as it was simplified, and says why."""
    with pytest.raises(TranslationError) as caught:
        TARGETS[target](selector)
    error = caught.value
    assert (error.part, error.target, error.reason) == (part, target, reason)
    assert str(error) == f"{part!r} cannot be written as a {target}: {reason}"


def test_long_keys() -> None:
    """A key of 513 bytes is none of Calico's."""
    with pytest.raises(TranslationError, match="is not a legal key there"):
        to_expression(Exists("k" * (MAX_EXPRESSION_KEY_BYTES + 1)))


def ors(*sizes: int) -> Selector:
    """Return a conjunction of Ors of so many terms each."""
    return And(tuple(Or(tuple(Exists(f"k{n}-{i}") for i in range(s))) for n, s in enumerate(sizes)))


def test_terms_are_counted_before_they_are_made() -> None:
    """Ten Ors of two multiply to 1,024 terms, nine to 512."""
    with pytest.raises(TranslationError, match="would take more than 1000 terms"):
        to_node_selector(ors(*[2] * 10))
    obj: Any = to_node_selector(ors(*[2] * 9))
    assert len(obj["nodeSelectorTerms"]) == 2**9


@pytest.mark.slow
def test_as_many_terms_as_are_allowed() -> None:
    """Ors within Ands multiply, up to MAX_NODE_SELECTOR_TERMS; what multiplies beyond is named."""
    obj: Any = to_node_selector(ors(10, 10, 10))
    assert len(obj["nodeSelectorTerms"]) == MAX_NODE_SELECTOR_TERMS
    assert is_equivalent(from_node_selector(obj), ors(10, 10, 10)).truth is not False
    for selector in (ors(10, 10, 11), ors(*[2] * 2000), ors(MAX_NODE_SELECTOR_TERMS + 1)):
        with pytest.raises(TranslationError, match="would take more than 1000 terms"):
            to_node_selector(selector)


@pytest.mark.parametrize("say", TARGETS.values())
@pytest.mark.parametrize("selector", [b"a", None, Exists, {}])
def test_no_selector(say: Callable[[Any], object], selector: object) -> None:
    """What is no selector is a TypeError."""
    with pytest.raises(TypeError, match="expected a Selector, got "):
        say(selector)


def test_node_selectors_of_kubernetes() -> None:
    """Every NodeSelector object that Kubernetes reads can be written again, and means the same."""
    file = Path(__file__).resolve().parent / "vectors" / "node_selectors.jsonl"
    rows = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]
    selectors = [from_node_selector(row["nodeSelector"]) for row in rows if row["ok"]]
    # What always holds, as `matchFields` of an unknown field may, has no term.
    sayable = [s for s in selectors if not is_equivalent(s, Everything()).truth]
    assert len(selectors) - 3 < len(sayable) > 100
    for selector in sayable:
        again = from_node_selector(to_node_selector(selector))
        assert is_equivalent(again, selector).truth, selector
