"""Which texts are selectors, and what is read from them: rules 1 to 10, 21, 22 and D1."""

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
    NotEquals,
    NotIn,
    Requirement,
    Selector,
    SelectorSyntaxError,
    clear_cache,
    parse,
    parse_fields,
)
from labelsel.languages.grammar import _read_once
from labelsel.limits import MAX_CACHED_TEXT_LENGTH, MAX_TEXT_BYTES

A = Exists("a")
LONG_NAME, LONG_PREFIX = "n" * 63, ".".join(["p" * 63] * 3) + "." + "p" * 61

VALID: list[tuple[int, str, Selector]] = [
    (1, " x ", Exists("x")),
    (1, "\t! \r\n x\n", DoesNotExist("x")),
    (1, "x > 5", GreaterThan("x", "5")),
    (1, "x\n!=\ta", NotEquals("x", "a")),
    (1, "x in(a)", In("x", ["a"])),
    (1, "x notin( a , b )", NotIn("x", ["a", "b"])),
    (1, "a,\n  !b", And((A, DoesNotExist("b")))),
    (2, "x=a", Equals("x", "a")),
    (2, "x==a", Equals("x", "a")),
    (3, "in in (in)", In("in", ["in"])),
    (3, "notin notin (in,notin)", NotIn("notin", ["in", "notin"])),
    (3, "in notin (in)", NotIn("in", ["in"])),
    (3, "!in", DoesNotExist("in")),
    (3, "x=in", Equals("x", "in")),
    (3, "x=notin", Equals("x", "notin")),
    (3, "in=in,notin", And((Equals("in", "in"), Exists("notin")))),
    (3, "xin in (a)", In("xin", ["a"])),
    (3, "inx", Exists("inx")),
    (3, "in>5", GreaterThan("in", "5")),
    (5, "", Everything()),
    (5, " \t\r\n", Everything()),
    (6, "x=", Equals("x", "")),
    (6, "x==", Equals("x", "")),
    (6, "x!=", NotEquals("x", "")),
    (6, "a,x= ,z", And((A, Equals("x", ""), Exists("z")))),
    (6, "x in ()", In("x", [""])),
    (6, "x notin ( )", NotIn("x", [""])),
    (6, "x in (,)", In("x", [""])),
    (6, "x in (a,)", In("x", ["a", ""])),
    (6, "x in (,a)", In("x", ["a", ""])),
    (6, "x in (a,,b)", In("x", ["a", "", "b"])),
    (6, "x in (a,a)", In("x", ["a"])),
    (7, "x<1", LessThan("x", "1")),
    (8, f"{LONG_PREFIX}/{LONG_NAME}", Exists(f"{LONG_PREFIX}/{LONG_NAME}")),
    (8, "0/A_.-9", Exists("0/A_.-9")),
    (8, "a--b.c/d", Exists("a--b.c/d")),
    (8, "A..b", Exists("A..b")),
    (9, f"x={LONG_NAME}", Equals("x", LONG_NAME)),
    (9, "x=1.2_3-Z", Equals("x", "1.2_3-Z")),
    (10, "x>007", GreaterThan("x", "007")),
    (10, f"x<{2**63 - 1}", LessThan("x", str(2**63 - 1))),
    (10, f"x>{'0' * 62}1", GreaterThan("x", f"{'0' * 62}1")),
]

INVALID: list[tuple[int, str]] = [
    (1, "x\v"), (1, "x\f,y"), (1, "x\u00a0"), (1, "\u2003"), (1, "\ufeffx"), (1, "x\x85"),
    (2, "x= =a"), (2, "x! =a"), (2, "x===a"), (2, "x='a'"), (2, 'x="a"'), (2, "x\\=a"), (2, "="),
    (2, "=a"), (2, "x=a=b"), (2, "x=!a"), (2, "x=a!"), (2, "x!"), (2, "x!a"), (2, ">"), (2, "("),
    (3, "x not in (a)"), (3, "x IN (a)"), (3, "x In (a)"), (3, "x exists"), (3, "x gt 5"),
    (3, "x inn (a)"), (3, "x in"), (3, "in (a)"), (3, "notin (a)"), (3, "x=a in (b)"),
    (4, "!x=a"), (4, "!!x"), (4, "! !x"), (4, "!"), (4, "!x in (a)"), (4, "!x>5"), (4, "!(x)"),
    (4, "x y"), (4, "x,y z"),
    (5, ","), (5, ",x"), (5, "x,"), (5, "x,,y"), (5, "x, ,y"), (5, "x;y"), (5, "x&y"), (5, "x|y"),
    (6, "x in (a b)"), (6, "x in a"), (6, "x in (a"), (6, "x in a)"), (6, "x in (a))"),
    (6, "x in ((a))"), (6, "x in (a,(b))"), (6, "x in [a]"), (6, "x in {a}"), (6, "x in (a=b)"),
    (6, "x in (!a)"), (6, "x in (a) (b)"), (6, "x in"), (6, "x>"), (6, "x<"), (6, "x>,y"),
    (7, "x>=1"), (7, "x<=1"), (7, "x=>1"), (7, "x=<1"), (7, "x<>1"), (7, "x>>1"), (7, "x> =1"),
    (8, "/x"), (8, "a/"), (8, "a/b/c"), (8, "/"), (8, "a//b"), (8, "A/b"), (8, "a_b/c"),
    (8, "-a/b"), (8, "a-/b"), (8, "a./b"), (8, "a..b/c"), (8, "a.-b/c"), (8, "-x"), (8, "x-"),
    (8, ".x"), (8, "x_"), (8, "x@y"), (8, "\u00e9"), (8, "\U0001f600"), (8, "\ud800"), (8, "x:y"),
    (8, f"{LONG_NAME}n"), (8, f"p{LONG_PREFIX}/x"), (8, "\u00e9" * 32),
    (9, "x=-"), (9, "x=a-"), (9, "x!=_a"), (9, "x in (a,b.)"), (9, "x notin (-)"), (9, "x=a/b"),
    (9, f"x={LONG_NAME}n"), (9, "x=\u00e9"), (9, "x=a:b"), (9, "x=*"), (9, "x=a\ud800"),
    (10, "x>-1"), (10, "x>+1"), (10, "x>1_000"), (10, "x>0x10"), (10, "x>1.0"), (10, "x<a"),
    (10, f"x>{2**63}"), (10, "x>\uff15"), (10, "x>1e3"), (10, f"x>{'0' * 63}1"), (10, "x> 1 2"),
]  # fmt: skip

FIELDS_VALID: list[tuple[int, str, Selector]] = [
    (21, "", Everything()),
    (21, ",,,", Everything()),
    (21, "=", Everything()),
    (21, "a=b", FieldEquals("a", "b")),
    (21, "a==b", FieldEquals("a", "b")),
    (21, "a!=b", FieldNotEquals("a", "b")),
    (21, "a = b", FieldEquals("a ", " b")),
    (21, " a=b\n", FieldEquals(" a", "b\n")),
    (21, "a=", FieldEquals("a", "")),
    (21, "=b", FieldEquals("", "b")),
    (21, "!=b", FieldNotEquals("", "b")),
    (21, "!a=b", FieldEquals("!a", "b")),
    (21, "a!!=b", FieldNotEquals("a!", "b")),
    (21, "a=b!c", FieldEquals("a", "b!c")),
    (21, "(a)=(b)", FieldEquals("(a)", "(b)")),
    (21, "b=1,,a=2,", And((FieldEquals("a", "2"), FieldEquals("b", "1")))),
    (21, "a=\0", FieldEquals("a", "\0")),
    (21, "\U0001f600=é", FieldEquals("\U0001f600", "é")),
    (22, r"a=\\", FieldEquals("a", "\\")),
    (22, r"a=\,", FieldEquals("a", ",")),
    (22, r"a==\=", FieldEquals("a", "=")),
    (22, r"a\=b", FieldEquals("a\\", "b")),
    (22, r"a\,b=c", FieldEquals(r"a\,b", "c")),
    (22, r"a\nb=c", FieldEquals(r"a\nb", "c")),
]

FIELDS_INVALID: list[tuple[int, str]] = [
    (21, "\ud800=a"), (21, "a=\udcff"), (21, "a=b,c!=é\udcff"),
    (21, "a"), (21, "a,b=c"), (21, " "), (21, "a>b"), (21, "a in (b)"), (21, "!a"), (21, "a!"),
    (22, "a=b=c"), (22, "a===b"), (22, "a!==b"), (22, "a=b!=c"), (22, r"a=\n"), (22, "a=\\"),
    (22, "a=b\\"), (22, "a=\\ "), (22, "a=\\\\\\"), (22, "a=\\\n"), (22, "a=\\!"),
]  # fmt: skip


@pytest.mark.parametrize(("rule", "text", "selector"), VALID)
def test_valid(rule: int, text: str, selector: Selector) -> None:
    """The text is a selector, and this one."""
    assert parse(text) == selector, f"rule {rule}"


@pytest.mark.parametrize(("rule", "text"), INVALID)
def test_invalid(rule: int, text: str) -> None:
    """The text is no selector: nothing in it is skipped or mended."""
    with pytest.raises(SelectorSyntaxError):
        pytest.fail(f"rule {rule}: read as {parse(text)!r}")


@pytest.mark.parametrize(("rule", "text", "selector"), FIELDS_VALID)
def test_valid_fields(rule: int, text: str, selector: Selector) -> None:
    """The text is a field selector, and this one."""
    assert parse_fields(text) == selector, f"rule {rule}"


@pytest.mark.parametrize(("rule", "text"), FIELDS_INVALID)
def test_invalid_fields(rule: int, text: str) -> None:
    """The text is no field selector."""
    with pytest.raises(SelectorSyntaxError):
        pytest.fail(f"rule {rule}: read as {parse_fields(text)!r}")


@pytest.mark.parametrize(
    "text", ["\0", "a\0", "\0a", "a \0,(((", "x=\0", "x=a\0", "x in (a\0)", "x in (\0)", "x>\0"]
)  # fmt: skip
def test_a_nul_byte_ends_nothing(text: str) -> None:
    """D1: a NUL is an error where it stands; what follows it is not dropped."""
    with pytest.raises(SelectorSyntaxError) as caught:
        parse(text)
    assert caught.value.position == text.index("\0")


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        (" b = x , ! a ", ["! a", "b = x"]),
        ("b==x,a>5", ["a>5", "b==x"]),
        ("b=,a !=", ["a !=", "b="]),
        ("c in ( x,y ) ,b notin(z)", ["b notin(z)", "c in ( x,y )"]),
        ("z<1, a", ["a", "z<1"]),
    ],
)
def test_spans(text: str, parts: list[str]) -> None:
    """Each requirement knows where it stands in the text, without the white space around."""
    selector = parse(text)
    assert isinstance(selector, And)
    assert [spanned(text, term) for term in selector.terms] == parts


def test_spans_of_fields() -> None:
    """The requirements of a field selector know where they stand, too."""
    text = r",b=\,x,a!=,"
    selector = parse_fields(text)
    assert isinstance(selector, And)
    assert [spanned(text, term) for term in selector.terms] == ["a!=", r"b=\,x"]


def spanned(text: str, term: Selector) -> str:
    assert isinstance(term, Requirement)
    assert term.span is not None
    return text[slice(*term.span)]


@pytest.mark.parametrize("read", [parse, parse_fields])
@pytest.mark.parametrize("junk", [None, b"a=b", 5, ["a=b"], {"a": "b"}, Exists("a")])
def test_only_text_is_parsed(read: type, junk: object) -> None:
    """What is no text is a mistake in the program: TypeError, never an empty selector."""
    with pytest.raises(TypeError, match="a selector must be a string, not "):
        read(junk)


def test_the_longest_text() -> None:
    """One MiB is read, in bytes; a byte more is refused before anything is read."""
    assert parse(" " * MAX_TEXT_BYTES) == Everything()
    field = "a=" + "\U0001f600" * ((MAX_TEXT_BYTES - 2) // 4)
    assert parse_fields(field) == FieldEquals("a", field[2:])
    for read, text in ((parse, " " * (MAX_TEXT_BYTES + 1)), (parse_fields, f"{field}\u65e5")):
        problem = r"has 104857\d bytes, at most 1048576 are"
        with pytest.raises(SelectorSyntaxError, match=problem) as caught:
            read(text)
        assert caught.value.position == 0


def test_many_requirements() -> None:
    """Ten thousand requirements are read, each of them, and matched."""
    count = 10_000
    selector = parse(",".join(f"k{n}=v" for n in range(count)))
    assert isinstance(selector, And)
    assert len(selector.terms) == count
    labels = {f"k{n}": "v" for n in range(count)}
    assert selector.matches(labels)
    assert not selector.matches({**labels, f"k{count - 1}": "other"})


def test_the_cache_is_bounded_and_can_be_cleared() -> None:
    """A text is parsed once; long texts are not kept; `clear_cache` forgets them all."""
    clear_cache()
    assert parse("x=a") is parse("x=a")
    assert parse("x=a") != parse_fields("x=a")
    kept = _read_once.cache_info()
    assert (kept.currsize, kept.hits) == (2, 2)
    long = "a," * MAX_CACHED_TEXT_LENGTH + "a"
    assert parse(long) is not parse(long)
    assert _read_once.cache_info().currsize == 2
    assert kept.maxsize is not None
    clear_cache()
    assert _read_once.cache_info().currsize == 0
