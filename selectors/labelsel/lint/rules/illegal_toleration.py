"""Rule illegal-toleration: a toleration or a taint that the API server refuses."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Final, NamedTuple

from labelsel.errors import Problem, list_words, show
from labelsel.kubernetes.model.document import Data
from labelsel.kubernetes.selection.selector_fields import SelectorField, Syntax
from labelsel.labels import parse_int64, validate_key, validate_value
from labelsel.lint.certain_edits import rename_key, word_edit
from labelsel.lint.context import Context
from labelsel.lint.finding import Finding, make_finding
from labelsel.lint.fixes import has_placeholder, placeholder_fix, value_fix
from labelsel.lint.registry import Severity, rule
from labelsel.objects import find_nearest_field, unknown_field
from labelsel.typos import is_one_typo_apart

__all__ = ["illegal_toleration"]

_TOLERATION: Final = ("key", "operator", "value", "effect", "tolerationSeconds")
_TAINT: Final = ("key", "value", "effect", "timeAdded")
_EFFECTS: Final = ("NoSchedule", "PreferNoSchedule", "NoExecute")
_EVICTING: Final = "NoExecute"
_OPERATORS: Final = ("Equal", "Exists")
#: Operators on whole numbers, of Kubernetes 1.35 and later, if the cluster has them switched on.
_NUMERIC: Final = ("Lt", "Gt")
#: The words that some fields must have.
_WORDS: Final = {"effect": _EFFECTS, "operator": _OPERATORS}


class _Fault(NamedTuple):
    """What is wrong with a field of a toleration or a taint, and what to write.

    Attributes:
        name: the field; empty for the whole toleration or taint.
        problem: what is wrong.
        fix: what to write.
        meant: the known field that is one typo away; empty if there is none.
    """

    name: str
    problem: str
    fix: str
    meant: str = ""


@rule(
    "illegal-toleration",
    Severity.ERROR,
    "A toleration of a pod or a taint of a node is one that the API server refuses",
    docs="docs/lint.md#illegal-toleration",
)
def illegal_toleration(context: Context) -> Iterator[Finding]:
    """Find refused tolerations and taints.

    In a kind that is not known, a field with a placeholder is left to the program that replaces
    it.
    """
    for resource, field in context.selector_fields:
        for fault in _faults(field):
            value = field.value.get(fault.name) if isinstance(field.value, dict) else field.value
            fix = placeholder_fix(value)
            if not (fix and field.by_name):
                path = (*field.path, fault.name) if fault.name else field.path
                message = str(Problem(path, fault.problem, value))
                found = make_finding(illegal_toleration, resource, path, message, fix or fault.fix)
                found = replace(found, unsure=has_placeholder(value))
                edit = word_edit(resource, path, _WORDS.get(fault.name, ()))
                if fault.meant:
                    edit = rename_key(resource, path, fault.name, fault.meant)
                yield found.with_edit(edit, api_word=True)


def _faults(field: SelectorField) -> Iterator[_Fault]:
    if field.syntax not in {Syntax.TOLERATION, Syntax.TAINT}:
        return
    is_taint = field.syntax is Syntax.TAINT
    if not isinstance(field.value, dict):
        fix = "write a map with a key and an effect"
        yield _Fault("", f"must be a map, not {show(field.value)}", fix)
        return
    known = _TAINT if is_taint else _TOLERATION
    for name in field.value if not field.by_name else ():
        if name not in known:
            meant = find_nearest_field(name, known)
            fix = f"write {meant}" if meant else f"take {name} out"
            is_typo = meant is not None and is_one_typo_apart(name, meant)
            yield _Fault(name, unknown_field(name, known), fix, (meant or "") if is_typo else "")
    yield from _key_faults(field.value.get("key"))
    yield from (_taint_faults if is_taint else _toleration_faults)(field.value)


def _key_faults(key: Data) -> Iterator[_Fault]:
    """Yield what is wrong with a key that is not empty."""
    for fault in validate_key(key)[:1] if not _is_empty(key) else ():
        yield _Fault("key", fault, "write the key as it is in the taints of the nodes")


def _toleration_faults(toleration: dict[str, Data]) -> Iterator[_Fault]:
    key, operator = toleration.get("key"), toleration.get("operator")
    operator = "Equal" if _is_empty(operator) else operator
    if operator not in (*_OPERATORS, *_NUMERIC):
        yield _wrong_word("operator", operator, _OPERATORS)
    elif _is_empty(key) and operator != "Exists":
        name = "operator" if "operator" in toleration else ""
        problem = "without a key the operator must be Exists, which tolerates every taint"
        yield _Fault(name, problem, "write the key of a taint, or operator: Exists")
    yield from _value_faults(operator, toleration.get("value"))
    effect = toleration.get("effect")
    if not _is_empty(effect) and effect not in _EFFECTS:
        yield _wrong_word("effect", effect, _EFFECTS)
    elif toleration.get("tolerationSeconds") is not None and effect != _EVICTING:
        problem = f"only a toleration with effect: {_EVICTING} may have tolerationSeconds"
        fix = f"write effect: {_EVICTING}, or take tolerationSeconds out"
        yield _Fault("tolerationSeconds", problem, fix)


def _value_faults(operator: Data, value: Data) -> Iterator[_Fault]:
    if _is_empty(value):
        return
    if operator == "Exists":
        problem = "must be empty: the operator Exists tolerates every value"
        yield _Fault("value", problem, "take the value out, or write operator: Equal")
    elif operator in _NUMERIC and isinstance(value, str) and parse_int64(value) is None:
        problem = f"must be a whole number of 64 bits, not {show(value)}"
        yield _Fault("value", problem, "write a whole number, in quotes")
    else:
        yield from (_Fault("value", fault, value_fix(value)) for fault in validate_value(value)[:1])


def _is_empty(value: Data) -> bool:
    """Whether a value is one that the API server does not tell from a missing one."""
    return value is None or value == ""


def _taint_faults(taint: dict[str, Data]) -> Iterator[_Fault]:
    if _is_empty(taint.get("key")):
        yield _Fault("key" if "key" in taint else "", "a taint must have a key", "write a key")
    yield from _value_faults("Equal", taint.get("value"))
    effect = taint.get("effect")
    if effect not in _EFFECTS:
        fault = _wrong_word("effect", effect, _EFFECTS)
        is_there = "effect" in taint
        yield fault if is_there else fault._replace(name="", problem=f"the effect {fault.problem}")


def _wrong_word(name: str, word: Data, words: tuple[str, ...]) -> _Fault:
    """Return the fault of a word that is none of those that the API server knows."""
    meant = find_nearest_field(word, words)
    listed = list_words(words)
    shown = f", not {show(word)}" if word is not None else ""
    fix = f"write {name}: {meant}" if meant else f"write {name}: {listed}"
    return _Fault(name, f"must be {listed}{shown}", fix)
