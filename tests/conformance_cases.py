"""Make the cases of labelsel.conformance from tests/vectors.

``python -m tests.conformance_cases`` writes them. The vectors are what Kubernetes' Go code
answered. A small part is chosen, so that each group of cases has one subject: the shortest rows
first, each row in the first group that it belongs to. Rows of selectors.jsonl say only whether a
text is legal; their labels are chosen here, and the answer is that of the requirements which Go
read in the text. tests/conformance_single.py adds cases with one fault each; where the vectors do
not have the selector, the case says that the answer is by the rule. tests/test_conformance.py
checks that the files in the package are what this makes, and that labelsel answers them so.
"""

import hashlib
import json
import re
from collections import defaultdict
from collections.abc import Iterator
from functools import cache
from pathlib import Path
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
    from_label_selector,
    parse,
    validate_value,
)
from labelsel.conformance.cases import Case
from labelsel.labels import parse_int64
from tests.conformance_single import questions

VECTORS: Final = Path(__file__).resolve().parent / "vectors"
TARGET: Final = VECTORS.parents[1] / "selectors" / "labelsel" / "conformance"
MOST: Final = 16
"""Cases of a group. With more, nothing new is seen."""

Group = tuple[int, str]


def rows(name: str) -> Iterator[Any]:
    """Yield the rows of a file of vectors."""
    for line in (VECTORS / f"{name}.jsonl").read_text(encoding="utf-8").splitlines():
        yield json.loads(line)


#: For texts that Kubernetes refuses, in order: what Go says or what the text has, and the group.
REFUSED: Final[list[tuple[str, str, Group]]] = [
    ("text", r"[\"'\\]", (2, "quotes and backslashes")),
    ("text", r"[<>]=|=[<>]", (7, "`>=`, `<=` and `=>`")),
    ("text", r"&&|\|\|| and | or ", (5, "`&&`, `||`, `and`, `or`")),
    ("text", r"\b(IN|In|iN|NOTIN|NotIn|Notin|notIn|NOT IN)\b", (3, "`in` in upper case")),
    ("text", r" (not|exists|gt|lt|eq|ne|like|is) ?", (3, "words that are no operators: `not in`")),
    ("text", r"^\s*!\s*!|^\s*![^,(]*(=|>|<| in | notin )", (4, "`!` twice, or with an operator")),
    ("text", r"=~|===|~=|!~|=!|=\(", (4, "operators that do not exist: `=~`, `===`")),
    ("text", r"\b(in|notin)\s*(\Z|[^\s(])", (6, "`k in v` without parentheses")),
    ("go", r"for 'Gt', 'Lt' operators", (10, "bounds that are no whole number of 64 bits")),
    ("go", r"prefix part", (8, "illegal prefixes of keys")),
    ("go", r"no more than 63", (9, "names and values that are too long")),
    ("go", r"name part|valid label key", (8, "illegal keys")),
    ("go", r"valid label must", (9, "illegal values")),
    ("go", r"found '[^=,<>!()]+', expected: ',' or", (4, "a blank inside a key or a value")),
    ("go", r"found ", (4, "a part is missing, or one too many")),
]


def group_of_refused(text: str, go: str) -> Group | None:
    """Return the group of a text that Kubernetes refuses."""
    outside = re.sub(r"\([^()]*\)", "()", text)
    if text.count("(") != text.count(")") or text.find(")") < text.find("("):
        return 6, "unbalanced parentheses"
    if re.search(r"^\s*,|,\s*,|,\s*$", outside):
        return 5, "a comma too many"
    subjects = {"text": text, "go": go}
    return next((g for kind, pattern, g in REFUSED if re.search(pattern, subjects[kind])), None)


def group_of_pair(text: str, selector: Selector, labels: dict[str, str]) -> Group | None:
    """Return the group of a legal text and a label set; None where it has several subjects."""
    leaves = selector.requirements()
    if not text.strip(" \t\r\n"):
        return 5, "blank text selects everything"
    if len(leaves) > 1:
        if len({leaf.key for leaf in leaves}) < len(leaves):
            return 14, "several requirements on one key"
        if re.search(r"\([^)]*,", text):
            return 5, "a comma inside parentheses"
        return 5, "several requirements: all must hold"
    (leaf,) = leaves
    return group_of_spelling(text, leaf) or group_of_leaf(leaf, labels)


def group_of_spelling(text: str, leaf: Requirement) -> Group | None:
    """Return the group of a text with one requirement, where the way it is written matters."""
    many = isinstance(leaf, In | NotIn)
    if re.search(r"[\t\r\n]", text):
        return 1, "tabs and line breaks"
    if re.search(r"\s(in|notin)\(", text):
        return 1, "`k in(v)` without a blank"
    if text.startswith("! "):
        return 1, "`! k` with a blank"
    if re.search(r"(?<!in) [=!<>]|[=<>] |\( | \)|^ | $|  ", text):
        return 1, "blanks around operators and values"
    if many and "" in leaf.values:  # type: ignore[attr-defined]  # seen by `many`
        return 6, "the empty value in a set: `k in ()`, `k in (v,)`"
    if many and text.count(",") >= len(leaf.values):  # type: ignore[attr-defined]  # as above
        return 6, "a value twice in a set"
    if re.search(r"\b(in|notin)\b", re.sub(r" (in|notin) ?\(", "(", text)):
        return 3, "`in` and `notin` as keys and values"
    if isinstance(leaf, Equals | NotEquals) and leaf.value == "":
        return 6, "the empty value: `k=`, `k!=`"
    return None


WORDS: Final[dict[type[Requirement], str]] = {
    NotEquals: "`k!=v`", In: "`k in (v)`", NotIn: "`k notin (v)`", Exists: "`k`",
    DoesNotExist: "`!k`", GreaterThan: "`k>1` and `k<1`", LessThan: "`k>1` and `k<1`",
}  # fmt: skip


def group_of_leaf(leaf: Requirement, labels: dict[str, str]) -> Group | None:
    """Return the group of a requirement and a label set."""
    value = labels.get(leaf.key)
    if isinstance(leaf, GreaterThan | LessThan) and value is not None:
        if parse_int64(value) is None:
            return 13, "`k>1` and `k<1` where the value is no number"
        if str(parse_int64(value)) != value or value.startswith("-"):
            return 13, "`k>1` and `k<1`: values with a sign or zeros"
    if validate_value(value or ""):
        return 11, "labels that are not legal themselves"
    if "/" in leaf.key:
        return 8, "keys with a prefix"
    word = WORDS.get(type(leaf)) or ("`k==v`" if leaf.operator == "==" else "`k=v`")  # type: ignore[attr-defined]  # an Equals
    if len(leaf.key) == 1:
        return (8, f"keys of one letter: {word}") if isinstance(leaf, In | Exists) else None
    side = "absent" if value is None else "present"
    return 12, f"{word} where k is {side}"


def made_up_labels(selector: Selector) -> Iterator[dict[str, str]]:
    """Yield label sets for a legal text: with, without and beside what it names."""
    leaves = selector.requirements()
    named = {}
    for leaf in leaves:
        found = getattr(leaf, "values", None) or [getattr(leaf, "value", "1")]
        named[leaf.key] = max(found)
    yield named
    yield {}
    yield dict.fromkeys(named, "other")
    yield dict(list(named.items())[1:])


def text_candidates() -> Iterator[tuple[Group, str, dict[str, str], bool | None]]:
    """Yield everything that could be a case about texts."""
    for row in rows("matches"):
        selector = parse(row["selector"])
        keys = selector.keys()
        for labels, matched in zip(row["labels"], row["matches"], strict=True):
            named = {key: labels[key] for key in labels if key in keys}
            group = group_of_pair(row["selector"], selector, named)
            if group is not None:
                yield group, row["selector"], named, bool(matched)
    for row in rows("selectors"):
        text = row["selector"]
        if "\0" in text:  # D1: Go ends the text there
            continue
        if row["ok"]:
            selector = parse(text)
            for labels in made_up_labels(selector):
                group = group_of_pair(text, selector, labels)
                if group is not None:
                    yield group, text, labels, selector.matches(labels)
        else:
            group = group_of_refused(text, row["error"])
            if group is not None:
                words = re.findall(r"[\w./-]+", text) or ["a"]
                yield group, text, {words[0]: words[-1]}, None
                yield group, text, {}, None


#: For objects that Kubernetes refuses: what Go says, and the group.
REFUSED_OBJECTS: Final[list[tuple[str, Group]]] = [
    (r"not a valid label selector operator", (16, "operators that do not exist")),
    (r"values set can't be empty", (17, "In and NotIn without values")),
    (r"values set must be empty", (17, "Exists and DoesNotExist with values")),
    (r"key: ", (8, "illegal keys")),
    (r"values\[", (9, "illegal values")),
]


def group_of_object(obj: Any, labels: dict[str, str]) -> Group:
    """Return the group of a legal LabelSelector object and a label set."""
    if obj is None:
        return 16, "null selects nothing"
    equal, others = obj.get("matchLabels") or {}, obj.get("matchExpressions") or []
    if not equal and not others:
        return 16, "an empty object selects everything"
    keys = [*equal, *(each["key"] for each in others)]
    if len(set(keys)) < len(keys):
        return 14, "several requirements on one key"
    if not others:
        return 16, "matchLabels: all must be there"
    if equal:
        return 16, "matchLabels and matchExpressions together"
    if len(others) > 1:
        return 16, "several matchExpressions: all must hold"
    side = "present" if others[0]["key"] in labels else "absent"
    return 16, f"{others[0]['operator']} where the key is {side}"


def object_candidates() -> Iterator[tuple[Group, Any, dict[str, str], bool | None]]:
    """Yield everything that could be a case about objects."""
    for row in rows("label_selectors"):
        obj = row["labelSelector"]
        if not row["ok"]:
            group = next(g for pattern, g in REFUSED_OBJECTS if re.search(pattern, row["error"]))
            yield group, obj, dict(obj.get("matchLabels") or {}), None
            yield group, obj, {}, None
            continue
        keys = from_label_selector(obj).keys()
        for labels, matched in zip(row["labels"], row["matches"], strict=True):
            named = {key: labels[key] for key in labels if key in keys}
            yield group_of_object(obj, named), obj, named, bool(matched)


def choose(candidates: Iterator[tuple[Group, Any, dict[str, str], bool | None]]) -> list[Case]:
    """Return the cases: of each group some with each outcome, of many selectors."""
    groups: dict[Group, dict[bool | None, dict[str, list[Case]]]] = defaultdict(
        lambda: defaultdict(lambda: defaultdict(list))
    )
    for group, selector, labels, expected in candidates:
        text = json.dumps([selector, labels], sort_keys=True)
        identifier = hashlib.sha256(text.encode()).hexdigest()[:8]
        case = Case(identifier, *group, selector, labels, expected)
        groups[group][expected][json.dumps(selector)].append(case)
    chosen: dict[str, Case] = {}
    for group in sorted(groups):
        for selectors in groups[group].values():
            queue = sorted(
                selectors.values(), key=lambda cases: (len(str(cases[0].selector)), cases[0].id)
            )
            share = MOST // len(groups[group])
            taken = [
                case for turn in range(4) for cases in queue for case in cases[turn : turn + 1]
            ]
            distinct = {case.id: case for case in taken if case.id not in chosen}
            chosen |= dict(list(distinct.items())[:share])
    return list(chosen.values())


def known(*, objects: bool) -> dict[str, bool]:
    """Return the selectors of the vectors, as JSON, and whether Go's code accepts each."""
    if objects:
        read = [(row["labelSelector"], row["ok"]) for row in rows("label_selectors")]
    else:
        read = [(row["selector"], row["ok"]) for row in rows("selectors")]
        read += [(row["selector"], True) for row in rows("matches")]
    return {json.dumps(selector, sort_keys=True): ok for selector, ok in read}


def add_single(cases: list[Case], *, objects: bool) -> list[Case]:
    """Return the cases and those with one fault each, in the order of the groups."""
    by_id = {case.id: case for case in cases}
    accepted = known(objects=objects)
    read = from_label_selector if objects else parse
    for group, selector, labels, legal in questions(objects=objects):
        text = json.dumps([selector, labels], sort_keys=True)
        identifier = hashlib.sha256(text.encode()).hexdigest()[:8]
        found = accepted.get(json.dumps(selector, sort_keys=True))
        assert found in (None, legal), f"{selector}: Go's code says otherwise"
        expected = read(selector).matches(labels) if legal else None
        case = Case(identifier, *group, selector, labels, expected, by_rule=found is None)
        by_id.setdefault(identifier, case)
    return sorted(by_id.values(), key=lambda case: (case.rule, case.about))


def to_lines(cases: list[Case]) -> str:
    """Return the text of a file of cases."""
    lines = (json.dumps(case.to_json(), separators=(",", ":")) for case in cases)
    return "".join(f"{line}\n" for line in lines)


@cache
def make_files() -> dict[str, str]:
    """Return the text of each file in the package."""
    return {
        "cases.jsonl": to_lines(add_single(choose(text_candidates()), objects=False)),
        "objects.jsonl": to_lines(add_single(choose(object_candidates()), objects=True)),
    }


if __name__ == "__main__":
    for name, made in make_files().items():
        (TARGET / name).write_text(made, encoding="utf-8")
