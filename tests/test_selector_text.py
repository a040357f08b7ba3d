"""The canonical text of a selector: rules 15, 21, 22 and D2 to D4."""

import pytest

from labelsel import (
    And,
    DoesNotExist,
    Equals,
    Everything,
    Exists,
    FieldEquals,
    FieldNotEquals,
    GreaterThan,
    In,
    LessThan,
    Not,
    NotEquals,
    Nothing,
    NotIn,
    Or,
    Selector,
    SelectorSyntaxError,
    from_label_selector,
    from_node_selector,
    parse,
    parse_fields,
)

CANONICAL = [
    ("", ""),
    (" \n", ""),
    ("x", "x"),
    ("! x", "!x"),
    ("x = a", "x=a"),
    ("x == a", "x==a"),
    ("x in (a)", "x in (a)"),
    ("x != a", "x!=a"),
    ("x > 007", "x>007"),
    ("x < 5", "x<5"),
    ("x=", "x="),
    ("x==", "x=="),
    ("x!=", "x!="),
    ("x in (b,a,b)", "x in (a,b)"),
    ("x notin( b , a )", "x notin (a,b)"),
    ("x in ()", "x in ()"),
    ("x in (,)", "x in ()"),
    ("x in (a,)", "x in (,a)"),
    ("x in (b,,a,)", "x in (,a,b)"),
    ("x in (a,B,1)", "x in (1,B,a)"),
    ("b,a", "a,b"),
    ("b,!a,B,a.b/c,a", "B,!a,a,a.b/c,b"),
    ("x=b,x=a,x==b,!x,x", "x=b,x=a,x==b,!x,x"),
    ("y=1,x=2,y=0,x=1", "x=2,x=1,y=1,y=0"),
    ("in in (in),notin notin (in)", "in in (in),notin notin (in)"),
]

FIELDS = [
    (",b=1,,a!=2,", "a!=2,b=1"),
    ("a==b", "a=b"),
    ("a = b", "a = b"),
    (r"a=\\\,\=", r"a=\\\,\="),
    ("=b,a=", "=b,a="),
    ("=", ""),
    ("a=b,a==web-0", "a=web-0,a=b"),  # sorted as written: the one rule that is odd in Kubernetes
    ("b=1,b!=1,b==1", "b!=1,b=1,b=1"),
]

# What Kubernetes text cannot say, and how a person reads it.
UNSAYABLE: list[tuple[Selector, str]] = [
    (Nothing(), "(nothing)"),
    (from_label_selector(None), "(nothing)"),
    (And((Nothing(), Exists("a"))), "a,(nothing)"),
    (Not(Equals("x", "a")), "!(x=a)"),
    (Not(Exists("x")), "!(x)"),
    (Not(Everything()), "!()"),
    (Not(Nothing()), "!((nothing))"),
    (Not(Not(Exists("x"))), "!(!(x))"),
    (Or((Equals("x", "a"), DoesNotExist("y"))), "x=a || !y"),
    (Or((And((Exists("b"), Exists("a"))), Exists("c"))), "(a,b) || c"),
    (Or((Everything(), Exists("c"))), "(everything) || c"),
    (Or((And(()), Nothing())), "(everything) || (nothing)"),
    (Or(()), "(nothing)"),
    (And((Or((Exists("b"), Exists("a"))), Exists("c"))), "c,(b || a)"),
    (And((Everything(), Exists("c"))), "c,(everything)"),
    (And((Not(Exists("b")), Exists("c"))), "c,!(b)"),
    (In("x", ()), "x in {}"),
    (NotIn("x", ()), "x notin {}"),
    (Exists(""), '""'),
    (Exists("a b"), '"a b"'),
    (DoesNotExist("a,b"), '!"a,b"'),
    (Equals("x", "a,y=b"), 'x="a,y=b"'),
    (Equals("x\0", ""), '"x\\u0000"='),
    (NotEquals("x", "\u00e9"), 'x!="\u00e9"'),
    (In("x", ["a,b", "c"]), 'x in ("a,b",c)'),
    (GreaterThan("x", "-5"), 'x>"-5"'),
    (LessThan("x", "+5"), 'x<"+5"'),
    (LessThan("x", "0" * 64), f'x<"{"0" * 64}"'),
    (Equals("x", '"'), 'x="\\""'),
]

UNSAYABLE_FIELDS: list[tuple[Selector, str]] = [
    (FieldEquals("", ""), '"" === ""'),
    (FieldNotEquals("", ""), '"" !=== ""'),
    (FieldEquals("x!", "a"), '"x!" === "a"'),
    (FieldEquals("x=y,a", "b"), '"x=y,a" === "b"'),
    (FieldNotEquals(",a", "b"), '",a" !=== "b"'),
    (FieldEquals("a,b", "c,d=e"), '"a,b" === "c,d=e"'),
    (FieldEquals("\\,", "a,"), "\\,=a\\,"),  # this one can be said
]


@pytest.mark.parametrize(("text", "canonical"), CANONICAL)
def test_canonical(text: str, canonical: str) -> None:
    """A text has one canonical form, which is its own and means the same."""
    selector = parse(text)
    assert str(selector) == canonical
    assert str(parse(canonical)) == canonical
    assert parse(canonical) == selector


@pytest.mark.parametrize(("text", "canonical"), FIELDS)
def test_canonical_fields(text: str, canonical: str) -> None:
    """Field selectors are sorted as they were written, and keep their escapes."""
    assert str(parse_fields(text)) == canonical
    # Of equal terms the order may change once more, where `==` was printed as `=`.
    assert sorted(str(parse_fields(canonical)).split(",")) == sorted(canonical.split(","))


@pytest.mark.parametrize("size", [2, 13, 100])
def test_equal_keys_keep_their_order(size: int) -> None:
    """D3: at any length, also above the twelve that Go's sort keeps in order."""
    text = ",".join(f"{'ba'[n % 2]}!=v{n}" for n in range(size))
    expected = ",".join(f"{key}!=v{n}" for i, key in enumerate("ab") for n in range(1 - i, size, 2))
    assert str(parse(text)) == expected


def test_values_are_sets() -> None:
    """D4: a value that an object gives twice is printed once."""
    expression = {"key": "x", "operator": "In", "values": ["b", "a", "b"]}
    selector = from_label_selector({"matchExpressions": [expression]})
    assert str(selector) == "x in (a,b)"
    assert selector == parse("x in (a,b)")


@pytest.mark.parametrize(("selector", "text"), UNSAYABLE)
def test_what_no_text_says(selector: Selector, text: str) -> None:
    """D2: it is printed for people, and the parser takes it for nothing else."""
    assert str(selector) == text
    with pytest.raises(SelectorSyntaxError):
        pytest.fail(f"{text} is read as {parse(text)!r}")


@pytest.mark.parametrize(("selector", "text"), UNSAYABLE_FIELDS[:-1])
def test_what_no_field_text_says(selector: Selector, text: str) -> None:
    """A field's name is not escaped, so some names are told in a way that no parser takes."""
    assert str(selector) == text
    with pytest.raises(SelectorSyntaxError):
        pytest.fail(f"{text} is read as {parse_fields(text)!r}")


def test_a_name_with_an_escaped_comma_is_sayable() -> None:
    """The backslash is part of the name, as Kubernetes has it."""
    selector, text = UNSAYABLE_FIELDS[-1]
    assert str(selector) == text
    assert parse_fields(text) == selector


def test_node_names_are_no_labels() -> None:
    """The name of a node is printed like a key that is illegal, so that no label is meant."""
    field = {"key": "metadata.name", "operator": "NotIn", "values": ["n1"]}
    selector = from_node_selector({"nodeSelectorTerms": [{"matchFields": [field]}]})
    assert str(selector) == '".metadata.name" notin (n1)'
    with pytest.raises(SelectorSyntaxError):
        parse(str(selector))


def test_loose_terms_print_as_if_joined() -> None:
    """An And that was built by hand prints sorted and opened, as `all_of` would build it."""
    loose = And((Exists("b"), And((Exists("a"), And(()))), Not(Exists("d")), Exists("c")))
    assert str(loose) == "a,b,c,!(d)"
