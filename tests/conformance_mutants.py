"""Matchers that are wrong in one rule only: labelsel.conformance must find each of them.

Each is labelsel's own matcher with one change: to the text or the object before it is read, to the
labels, or to what one requirement means. Many of them are faults of real projects.
"""

import re
from collections.abc import Callable, Mapping
from typing import Any, Final

from labelsel import (
    DoesNotExist,
    Equals,
    Exists,
    GreaterThan,
    In,
    LessThan,
    NotEquals,
    NotIn,
    Requirement,
    Selector,
    SelectorError,
    from_label_selector,
    parse,
)
from labelsel.conformance.cases import Matcher

Labels = dict[str, str]
Meaning = Callable[[Requirement, Labels], bool]


def is_met(leaf: Requirement, labels: Labels) -> bool:
    """Return whether labels meet a requirement: the right meaning."""
    return leaf.matches(labels)


def match_leaves(selector: Selector, meaning: Meaning, labels: Labels, most: int | None) -> bool:
    """Return whether the first requirements are met, as they are understood here."""
    if str(selector) == "(nothing)":
        return False
    return all(meaning(leaf, labels) for leaf in selector.requirements()[:most])


def of_texts(
    change: Callable[[str], str] = str,
    *,
    meaning: Meaning = is_met,
    relabel: Callable[[Labels], Labels] = dict,
    most: int | None = None,
) -> Matcher:
    """Return a matcher of texts with one change."""

    def match(text: str, labels: Labels) -> bool:
        return match_leaves(parse(change(text)), meaning, relabel(labels), most)

    return match


def of_objects(
    change: Callable[[Any], Any] = lambda obj: obj,
    *,
    meaning: Meaning = is_met,
    relabel: Callable[[Labels], Labels] = dict,
    most: int | None = None,
) -> Matcher:
    """Return a matcher of objects with one change."""

    def match(obj: object, labels: Labels) -> bool:
        return match_leaves(from_label_selector(change(obj)), meaning, relabel(labels), most)

    return match


def named_values(leaf: Requirement) -> list[str]:
    """Return the values that a requirement names; none for one about presence or numbers."""
    match leaf:
        case Equals(value=value) | NotEquals(value=value):
            return [value]
        case In(values=values) | NotIn(values=values):
            return sorted(values)
        case _:
            return []


def comparing(is_same: Callable[[str, str], bool]) -> Meaning:
    """Return a meaning that compares values in its own way."""

    def meaning(leaf: Requirement, labels: Labels) -> bool:
        values, value = named_values(leaf), labels.get(leaf.key)
        if not values:
            return leaf.matches(labels)
        found = value is not None and any(is_same(each, value) for each in values)
        return found != isinstance(leaf, NotEquals | NotIn)

    return meaning


def selecting(is_same: Callable[[str, str], bool], *kinds: type[Requirement]) -> Meaning:
    """Return a meaning that compares values in its own way in requirements of some kinds."""
    other = comparing(is_same)
    return lambda leaf, labels: (other if isinstance(leaf, kinds) else is_met)(leaf, labels)


def numbers(read: Callable[[str], float], *kinds: type[Requirement]) -> Meaning:
    """Return a meaning that reads the numbers in labels in its own way."""

    def meaning(leaf: Requirement, labels: Labels) -> bool:
        value = labels.get(leaf.key)
        if not isinstance(leaf, kinds) or value is None:
            return leaf.matches(labels)
        assert isinstance(leaf, GreaterThan | LessThan)
        try:
            number = read(value)
        except (ValueError, OverflowError):
            return False
        bound = read(leaf.value)
        return number > bound if isinstance(leaf, GreaterThan) else number < bound

    return meaning


def is_same_number(wanted: str, value: str) -> bool:
    """Return whether two values are equal as texts or as numbers."""
    try:
        return wanted == value or float(wanted) == float(value)
    except ValueError:
        return False


def by_truth(kind: type[Requirement]) -> Meaning:
    """Return a meaning in which an empty value is as good as none."""

    def meaning(leaf: Requirement, labels: Labels) -> bool:
        if not isinstance(leaf, kind):
            return leaf.matches(labels)
        return bool(labels.get(leaf.key)) is (kind is Exists)

    return meaning


def absent_is_empty(leaf: Requirement, labels: Labels) -> bool:
    """Return whether labels meet a requirement; `k=` is met without k."""
    return (
        leaf.matches({leaf.key: "", **labels})
        if isinstance(leaf, Equals | In)
        else leaf.matches(labels)
    )


def needs_presence(leaf: Requirement, labels: Labels) -> bool:
    """Return whether labels meet a requirement; `k!=v` needs k."""
    absent = isinstance(leaf, NotEquals | NotIn) and leaf.key not in labels
    return not absent and leaf.matches(labels)


def one_value(position: int, *kinds: type[Requirement]) -> Meaning:
    """Return a meaning that looks at one value of a set only."""

    def meaning(leaf: Requirement, labels: Labels) -> bool:
        if not isinstance(leaf, kinds):
            return leaf.matches(labels)
        is_there = labels.get(leaf.key) == named_values(leaf)[position]
        return is_there != isinstance(leaf, NotIn)

    return meaning


def last_wins(selector: str, labels: Labels) -> bool:
    """Keep one requirement for a key, as a dict does."""
    by_key = {leaf.key: leaf for leaf in parse(selector).requirements()}
    return all(leaf.matches(labels) for leaf in by_key.values())


def first_wins(selector: str, labels: Labels) -> bool:
    """Keep one requirement for a key, the first."""
    by_key = {leaf.key: leaf for leaf in reversed(parse(selector).requirements())}
    return all(leaf.matches(labels) for leaf in by_key.values())


def rewritten(pattern: str, replacement: str, *, flags: int = 0) -> Matcher:
    """Return a matcher that accepts one more spelling: a text is rewritten before it is read."""
    return of_texts(lambda text: re.sub(pattern, replacement, text, flags=flags))


def dropping(pattern: str) -> Matcher:
    """Return a matcher that drops the requirements which a pattern fits, instead of an error."""

    def change(text: str) -> str:
        parts = re.split(r",(?![^()]*\))", text)
        return ",".join(part for part in parts if not re.fullmatch(pattern, part))

    return of_texts(change)


def bounds(read: Callable[[str], int]) -> Matcher:
    """Return a matcher that reads the bounds of `k>1` and `k<1` in its own way."""

    def change(text: str) -> str:
        def replace(found: re.Match[str]) -> str:
            try:
                bound = read(found[2])
            except ValueError:
                return found[0]
            return f"{found[1]}{max(0, min(bound, 2**63 - 1))}"

        return re.sub(r"([<>])([^,<>=]+)", replace, text)

    return of_texts(change)


def as_map(value: object) -> Any:
    """Return a map, or an empty one instead of anything else."""
    return dict(value) if isinstance(value, Mapping) else {}


def each_expression(change: Callable[[Any], Any]) -> Matcher:
    """Return a matcher that changes each entry of matchExpressions; None takes it out."""

    def change_object(obj: Any) -> Any:
        if not isinstance(obj, dict) or not isinstance(obj.get("matchExpressions"), list):
            return obj
        changed = [change(each) for each in obj["matchExpressions"]]
        return {**obj, "matchExpressions": [each for each in changed if each is not None]}

    return of_objects(change_object)


def spelled(change: Callable[[str], str]) -> Matcher:
    """Return a matcher of objects that accepts other spellings of operators."""

    def change_entry(entry: Any) -> Any:
        if isinstance(entry, dict) and isinstance(entry.get("operator"), str):
            return {**entry, "operator": change(entry["operator"])}
        return entry

    return each_expression(change_entry)


def without(is_dropped: Callable[[Any], bool]) -> Matcher:
    """Return a matcher of objects that drops some entries of matchExpressions."""
    return each_expression(lambda entry: None if is_dropped(entry) else entry)


def in_field(name: str, change: Callable[[Any], Any]) -> Matcher:
    """Return a matcher of objects that changes matchLabels or matchExpressions, if it is there."""

    def change_object(obj: Any) -> Any:
        if not isinstance(obj, dict) or name not in obj:
            return obj
        return {**obj, name: change(obj[name])}

    return of_objects(change_object)


def without_illegal(obj: object, labels: Labels) -> bool:
    """Select by what is legal, and drop the rest of matchExpressions."""
    legal = []
    entries = obj.get("matchExpressions") if isinstance(obj, dict) else None
    for entry in entries if isinstance(entries, list) else []:
        try:
            from_label_selector({"matchExpressions": [entry]})
        except SelectorError:
            continue
        legal.append(entry)
    changed = {**obj, "matchExpressions": legal} if isinstance(obj, dict) and legal else obj
    return from_label_selector(changed).matches(labels)


def texts_of(value: Any) -> Any:
    """Return numbers and truths as texts, in a map or a list, too."""
    if isinstance(value, dict):
        return {key: texts_of(each) for key, each in value.items()}
    if isinstance(value, list):
        return [texts_of(each) for each in value]
    return str(value) if isinstance(value, int | float) else value


def short_keys(labels: Labels) -> Labels:
    """Return labels with each key also without its prefix."""
    return {**{key.rpartition("/")[2]: value for key, value in labels.items()}, **labels}


def lower_keys(labels: Labels) -> Labels:
    """Return labels with keys in lower case."""
    return {key.lower(): value for key, value in labels.items()}


def without_prefix(text: str) -> str:
    """Return a text without the prefixes of its keys."""
    return re.sub(r"(?<![\w./-])[\w.-]+/(?=\w)", "", text) if is_legal(text) else text


def is_legal(text: str) -> bool:
    """Return whether Kubernetes accepts a text."""
    try:
        parse(text)
    except SelectorError:
        return False
    return True


def stripped(labels: Labels) -> Labels:
    """Return labels without blanks around the values."""
    return {key: value.strip() for key, value in labels.items()}


def match_null_value(obj: Any, labels: Labels) -> bool:
    """Drop the labels of matchLabels that are null."""
    if isinstance(obj, dict) and isinstance(obj.get("matchLabels"), dict):
        kept = {key: value for key, value in obj["matchLabels"].items() if value is not None}
        obj = {**obj, "matchLabels": kept}
    return from_label_selector(obj).matches(labels)


def accepting(*texts: str) -> Matcher:
    """Return a matcher for which some wrong texts select everything."""
    return of_texts(lambda text: "" if text in texts else text)


def _case_folded(wanted: str, value: str) -> bool:
    return wanted.casefold() == value.casefold()


_WORD: Final = r"[\w./-]+"

TEXTS: Final[dict[str, Matcher]] = {
    "!k is true for the empty value": of_texts(meaning=by_truth(DoesNotExist)),
    "k is false for the empty value": of_texts(meaning=by_truth(Exists)),
    **{
        f"what follows requirement {most} is ignored": of_texts(most=most)
        for most in (1, 2, 3, 4, 5, 6, 7)
    },
    "= folds cases": of_texts(meaning=selecting(_case_folded, Equals)),
    "in folds cases": of_texts(meaning=selecting(_case_folded, In)),
    "!= folds cases": of_texts(meaning=selecting(_case_folded, NotEquals)),
    "notin folds cases": of_texts(meaning=selecting(_case_folded, NotIn)),
    "in finds a part of the list": of_texts(
        meaning=lambda leaf, labels: (
            labels.get(leaf.key, "\0") in ",".join(named_values(leaf))
            if isinstance(leaf, In)
            else leaf.matches(labels)
        )
    ),
    "= compares numbers": of_texts(meaning=selecting(is_same_number, Equals)),
    "!= compares numbers": of_texts(meaning=selecting(is_same_number, NotEquals)),
    "in compares numbers": of_texts(meaning=selecting(is_same_number, In)),
    "values are stripped": of_texts(relabel=stripped),
    "the prefix of a key is dropped": of_texts(without_prefix),
    "labels without their prefix": of_texts(relabel=short_keys),
    "keys of labels in lower case": of_texts(relabel=lower_keys),
    "> with Python's int": of_texts(meaning=numbers(int, GreaterThan)),
    "< with Python's int": of_texts(meaning=numbers(int, LessThan)),
    "> with floats": of_texts(meaning=numbers(float, GreaterThan)),
    "< with floats": of_texts(meaning=numbers(float, LessThan)),
    "> with int, without _": of_texts(
        meaning=numbers(lambda text: int(text.replace("_", "x")), GreaterThan)
    ),
    "> with int of any base": of_texts(
        meaning=numbers(lambda text: int(text, 0) if text[:2] in ("0x", "0b") else int(text),
                        GreaterThan)
    ),
    "> beyond 64 bits": of_texts(
        meaning=numbers(lambda text: int(text) if re.fullmatch(r"[+-]?[0-9]+", text) else int("x"),
                        GreaterThan)
    ),
    "< beyond 64 bits": of_texts(
        meaning=numbers(lambda text: int(text) if re.fullmatch(r"[+-]?[0-9]+", text) else int("x"),
                        LessThan)
    ),
    "a lone comma": accepting(","),
    "NOTIN": rewritten(r"\bNOTIN\b", "notin"),
    "NotIn": rewritten(r"\bNotIn\b", "notin"),
    "IN": rewritten(r"\bIN (?=\()", "in "),
    "a<>b": rewritten("<>", "!="),
    "a~=b": rewritten("~=", "="),
    "a in [b]": rewritten(r"\[(.*?)\]", r"(\1)"),
    "a in ((b))": rewritten(r"\(\((.*?)\)\)", r"(\1)"),
    "a=*": of_texts(lambda text: re.sub(r"=\*$", "", text)),
    "a=b c=d": rewritten(r"(?<=\w) (?=\w+=)", ","),
    "a full-width comma": rewritten("\uff0c", ","),
    "a>1.5": rewritten(r"([<>][0-9]+)\.[0-9]+", r"\1"),
    "a>0x1": bounds(lambda text: int(text, 0)),
    # More of them
    "absent is empty": of_texts(meaning=absent_is_empty),
    "!= needs the key": of_texts(meaning=needs_presence),
    "in looks at the first value": of_texts(meaning=one_value(0, In)),
    "in looks at the last value": of_texts(meaning=one_value(-1, In)),
    "notin looks at the first value": of_texts(meaning=one_value(0, NotIn)),
    "notin looks at the last value": of_texts(meaning=one_value(-1, NotIn)),
    "the last requirement on a key wins": last_wins,
    "the first requirement on a key wins": first_wins,
    "= is a prefix": of_texts(meaning=selecting(lambda want, has: has.startswith(want), Equals)),
    "= is a suffix": of_texts(meaning=selecting(lambda want, has: has.endswith(want), Equals)),
    "= is a regular expression": of_texts(
        meaning=selecting(lambda want, has: bool(re.fullmatch(want, has)), Equals)
    ),
    "in is a regular expression": of_texts(
        meaning=selecting(lambda want, has: bool(re.fullmatch(want, has)), In)
    ),
    "= takes - for _": of_texts(
        meaning=selecting(lambda want, has: want.replace("-", "_") == has.replace("-", "_"), Equals)
    ),
    "> compares texts": of_texts(
        meaning=lambda leaf, labels: (
            labels.get(leaf.key, "") > leaf.value
            if isinstance(leaf, GreaterThan)
            else leaf.matches(labels)
        )
    ),
    "> is >=": of_texts(
        meaning=lambda leaf, labels: (
            leaf.matches(labels)
            or (isinstance(leaf, GreaterThan) and labels.get(leaf.key) == leaf.value)
        )
    ),
    "bounds with Python's int": bounds(int),
    "blanks of Unicode": of_texts(str.strip),
    "other blanks between": rewritten(r"[\x0b\x0c\x85\u00a0\u2028\u3000]", " "),
    "a comma at the end": of_texts(lambda text: text.removesuffix(",")),
    "a comma at the start": of_texts(lambda text: text.removeprefix(",")),
    "two commas": rewritten(",,", ","),
    "a semicolon": rewritten(";", ","),
    "&": rewritten("&", ","),
    "&&": rewritten("&&", ","),
    "a>=1": rewritten(">=", ">"),
    "a<=1": rewritten("<=", "<"),
    "a===b": rewritten("===", "=="),
    "a:b": rewritten(r"^(\w+):(\w+)$", r"\1=\2"),
    "!!a": rewritten("^!!", ""),
    "!a=b": rewritten(r"^!(\w+)=", r"\1!="),
    "not a": rewritten("^not ", "!"),
    "a not in (b)": rewritten(" not in ", " notin "),
    "a in b": rewritten(r" in (\w+)$", r" in (\1)"),
    "a in (b": of_texts(lambda text: f"{text})" if text.count("(") > text.count(")") else text),
    "a in b)": rewritten(r" in (\w+)\)$", r" in (\1)"),
    "a in (b c)": rewritten(r"\((\w+) (\w+)\)", r"(\1,\2)"),
    "a in {b}": rewritten(r"\{(.*?)\}", r"(\1)"),
    "a=(b)": rewritten(r"=\((\w+)\)", r"=\1"),
    "(a=b)": rewritten(r"^\((.*)\)$", r"\1"),
    "quotes": rewritten("[\"']", ""),
    "a=b=c": rewritten(r"^(\w+=\w+)=\w+$", r"\1"),
    "what is no requirement is dropped": dropping(r".*[*?%].*"),
    "a key that ends in -": rewritten(r"^(\w+)-", r"\1"),
    "a key that begins with -": rewritten(r"(^|!|,)-(?=\w)", r"\1"),
    "a key with two slashes": rewritten(r"^(\w+/\w+)/\w+", r"\1"),
    "a key without a name": rewritten(r"^(!?\w+)/(?=$|=)", r"\1"),
    "a long key": rewritten("n{64}", "n"),
    "a long prefix": rewritten("p{254}", "p"),
    "a prefix in upper case": rewritten(r"^A/", "a/"),
    "a long value": rewritten("v{64}", "v"),
    "a value with a slash": rewritten(r"(=\w+)/\w+$", r"\1"),
    "a value that ends in .": rewritten(r"\.$", ""),
    "a value that begins with - in a set": rewritten(r"\(-", "("),
    "letters of Unicode": rewritten("[\u00e9\uff41\uff42]", "e"),
}  # fmt: skip

_ENTRY = ("key", "operator")

OBJECTS: Final[dict[str, Matcher]] = {
    "operator in": spelled(lambda name: "In" if name == "in" else name),
    "operator IN": spelled(lambda name: "In" if name == "IN" else name),
    "operator notin": spelled(lambda name: "NotIn" if name == "notin" else name),
    "operator exists": spelled(lambda name: "Exists" if name == "exists" else name),
    "operator with blanks": spelled(str.strip),
    "operator =": spelled(lambda name: "In" if name == "=" else name),
    "Gt and Lt are dropped": without(
        lambda each: isinstance(each, dict) and each.get("operator") in ("Gt", "Lt")
    ),
    "Gt is dropped": without(lambda each: isinstance(each, dict) and each.get("operator") == "Gt"),
    "Lt is dropped": without(lambda each: isinstance(each, dict) and each.get("operator") == "Lt"),
    "an unknown operator is dropped": without(
        lambda each: (
            isinstance(each, dict)
            and each.get("operator") not in ("In", "NotIn", "Exists", "DoesNotExist")
        )
    ),
    "an entry with an empty key is dropped": without(
        lambda each: isinstance(each, dict) and each.get("key") == ""
    ),
    "an entry without a key is dropped": without(
        lambda each: isinstance(each, dict) and "key" not in each
    ),
    "an entry without an operator is dropped": without(
        lambda each: isinstance(each, dict) and not each.get("operator")
    ),
    "a label that is null is dropped": match_null_value,
    "matchLabels as a list": in_field("matchLabels", as_map),
    "matchLabels as an empty list": in_field(
        "matchLabels", lambda value: {} if value == [] else value
    ),
    "matchLabels as a text": in_field(
        "matchLabels", lambda value: {} if isinstance(value, str) else value
    ),
    "matchExpressions as a map": in_field(
        "matchExpressions", lambda value: [value] if isinstance(value, dict) else value
    ),
    "matchExpressions as an empty map": in_field(
        "matchExpressions", lambda value: [] if isinstance(value, dict) else value
    ),
    "matchExpressions as a text": in_field(
        "matchExpressions", lambda value: [] if isinstance(value, str) else value
    ),
    "what is false is not there": in_field("matchExpressions", lambda value: value or None),
    "entries that are no maps are dropped": without(lambda each: not isinstance(each, dict)),
    "what is illegal is dropped": without_illegal,
    "numbers are texts": of_objects(lambda obj: texts_of(obj) if isinstance(obj, dict) else obj),
    "numbers in matchLabels are texts": in_field("matchLabels", texts_of),
    "numbers in values are texts": each_expression(
        lambda each: {**each, "values": texts_of(each["values"])}
        if isinstance(each, dict) and isinstance(each.get("values"), list)
        else each
    ),
    "one value without a list": each_expression(
        lambda each: {**each, "values": [each["values"]]}
        if isinstance(each, dict) and isinstance(each.get("values"), str)
        else each
    ),
    "what is no object selects everything": of_objects(
        lambda obj: obj if obj is None or isinstance(obj, dict) else {}
    ),
    "an empty list selects everything": of_objects(lambda obj: {} if obj == [] else obj),
    "!k is true for the empty value": of_objects(meaning=by_truth(DoesNotExist)),
    "k is false for the empty value": of_objects(meaning=by_truth(Exists)),
    "= folds cases": of_objects(meaning=selecting(_case_folded, Equals)),
    "In folds cases": of_objects(meaning=selecting(_case_folded, In)),
    "NotIn folds cases": of_objects(meaning=selecting(_case_folded, NotIn)),
    "absent is empty": of_objects(meaning=absent_is_empty),
    **{
        f"what follows requirement {most} is ignored": of_objects(most=most)
        for most in (1, 2, 3, 4, 5, 6, 7)
    },
    # More of them
    "null selects everything": of_objects(lambda obj: {} if obj is None else obj),
    "NotIn needs the key": of_objects(meaning=needs_presence),
    "In finds a part of the list": of_objects(
        meaning=lambda leaf, labels: (
            labels.get(leaf.key, "\0") in ",".join(named_values(leaf))
            if isinstance(leaf, In)
            else leaf.matches(labels)
        )
    ),
    "In looks at the first value": of_objects(meaning=one_value(0, In)),
    "NotIn looks at the first value": of_objects(meaning=one_value(0, NotIn)),
    "values are stripped": of_objects(relabel=stripped),
    "labels without their prefix": of_objects(relabel=short_keys),
    "keys of labels in lower case": of_objects(relabel=lower_keys),
    "= compares numbers": of_objects(meaning=selecting(is_same_number, Equals)),
    "In without values selects everything": without(
        lambda each: (
            isinstance(each, dict) and each.get("operator") == "In" and not each.get("values")
        )
    ),
    "NotIn without values selects everything": without(
        lambda each: (
            isinstance(each, dict) and each.get("operator") == "NotIn" and not each.get("values")
        )
    ),
    "values of Exists are ignored": each_expression(
        lambda each: {key: each[key] for key in _ENTRY}
        if isinstance(each, dict) and each.get("operator") == "Exists"
        else each
    ),
    "values of DoesNotExist are ignored": each_expression(
        lambda each: {key: each[key] for key in _ENTRY}
        if isinstance(each, dict) and each.get("operator") == "DoesNotExist"
        else each
    ),
    "a line break at the end of a key": in_field(
        "matchLabels",
        lambda value: {key.rstrip("\n"): each for key, each in value.items()}
        if isinstance(value, dict)
        else value,
    ),
    "a line break at the end of a value": in_field(
        "matchLabels",
        lambda value: {
            key: each.rstrip("\n") if isinstance(each, str) else each for key, each in value.items()
        }
        if isinstance(value, dict)
        else value,
    ),
    "an empty key in matchLabels is dropped": in_field(
        "matchLabels",
        lambda value: {key: each for key, each in value.items() if key}
        if isinstance(value, dict)
        else value,
    ),
}  # fmt: skip
