"""From a selector to one Python function, which `Selector.matches` calls.

A simple evaluator walks the tree and calls `allows` of each leaf. Here the whole selector becomes
one expression, as a person would write it by hand:

    lambda labels: labels.get("app") == "web" and "debug" not in labels

The expression is built as a syntax tree, not as text: keys and values are constants in the tree,
so Python never parses them. A requirement without an expression becomes a call of its `allows`.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable
from operator import itemgetter
from types import CodeType, FunctionType
from typing import Final, assert_never, cast

from labelsel.labels import require_labels
from labelsel.requirements import (
    Contains,
    DoesNotExist,
    EndsWith,
    Equals,
    Exists,
    In,
    NotEquals,
    NotIn,
    StartsWith,
)
from labelsel.selector import (
    And,
    Everything,
    Not,
    Nothing,
    Or,
    Predicate,
    Requirement,
    Selector,
    SelectorOrText,
    as_selector,
    require_selector,
)

__all__ = ["compile_predicate"]

_Allows = Callable[[str | None], bool]


def compile_predicate(selector: SelectorOrText, *, checked: bool = True) -> Predicate:
    """Return a function that returns whether a selector, or its text, selects a label set.

    1. The function raises TypeError instead of selecting an object that is not a label set: a
       mapping of strings to strings. Without this check ``!app`` would select a whole Kubernetes
       object, which has no key ``app`` either. The message says what was passed and what to pass.
    2. A dict is checked only before the answer yes, or if evaluation fails because a value is not a
       string: a wrong no selects nothing. Other mappings are copied into a dict first. An object
       that is not a mapping is always a TypeError.
    3. The function cannot be pickled; pickle the selector.

    Arguments:
        selector: a selector, or the text of a Kubernetes selector.
        checked: whether labels are checked. False omits the checks, for a loop over labels that are
            known to be strings: then only ``get`` and ``in`` of the labels are called.

    Returns:
        A function of one argument: a mapping of strings to strings, or None for no labels. It
        returns a bool.

    Raises:
        SelectorSyntaxError: a text is not a selector.
        TypeError: the selector is neither a selector nor a text.

    Complexity:
        Compiling is O(requirements), some 50 µs. A call without checks takes 1.1 times as long as a
        lambda written by hand, some 150 ns for three requirements. The checks add some 25 ns to a
        no, and 100 ns plus 50 ns for each label to a yes: 1.8 times the lambda over the selectors
        and label sets of benchmarks/test_predicate.py, with 9 labels each
        (``python -m benchmarks parsing``).

    >>> is_web = compile_predicate("app=web,!debug")
    >>> is_web({"app": "web"}), is_web({"app": "web", "debug": ""}), is_web(None)
    (True, False, False)
    """
    allows: list[_Allows] = []
    expression = _expression(as_selector(selector), allows)
    function = ast.FunctionDef(
        name="predicate",
        args=ast.arguments(
            posonlyargs=[], args=[ast.arg("labels")], kwonlyargs=[], kw_defaults=[], defaults=[]
        ),
        body=_check_before_yes(expression) if checked else [_NO_LABELS, ast.Return(expression)],
        decorator_list=[],
    )
    module = ast.fix_missing_locations(ast.Module(body=[function], type_ignores=[]))
    code = compile(module, "<selector>", "exec")
    body = next(constant for constant in code.co_consts if isinstance(constant, CodeType))
    # The globals of the function are only these names, without builtins.
    names: dict[str, object] = {
        _allows_name(number): function for number, function in enumerate(allows)
    }
    if checked:
        names |= _CHECKING
    return FunctionType(body, {"__builtins__": {}, **names}, "predicate")


_NO_LABELS: Final = ast.parse("if labels is None: labels = {}").body[0]
"""The first statement without checks. It takes 2 ns if labels are given."""

# `require_labels` returns a dict of plain strings unchanged, and copies anything else. So the loop
# ends in its first round, or in its second one with a copy.
_CHECKED: Final = """
if type(labels) is not dict:
    labels = require_labels(labels)
try:
    while EXPRESSION:
        known = require_labels(labels)
        if known is labels:
            return True
        labels = known
except (AttributeError, TypeError):
    require_labels(labels)
    raise
return False
"""
_CHECKING: Final[dict[str, object]] = {
    "AttributeError": AttributeError,
    "TypeError": TypeError,
    "require_labels": require_labels,
    "dict": dict,
    "type": type,
}


def _check_before_yes(expression: ast.expr) -> list[ast.stmt]:
    """Return the body of a predicate that checks labels before it returns True."""
    body = ast.parse(_CHECKED).body
    loop = next(node for node in ast.walk(body[1]) if isinstance(node, ast.While))
    loop.test = expression
    return body


def _expression(selector: Selector, allows: list[_Allows]) -> ast.expr:
    match require_selector(selector):
        case Everything():
            return ast.Constant(value=True)
        case Nothing():
            return ast.Constant(value=False)
        case And(terms):
            return _join(ast.And(), [_expression(term, allows) for term in _in_text_order(terms)])
        case Or(terms):
            return _join(ast.Or(), [_expression(term, allows) for term in terms])
        case Not(term):
            return ast.UnaryOp(op=ast.Not(), operand=_expression(term, allows))
        case Requirement() as requirement:
            return _requirement_expression(requirement, allows)
        case _ as unreachable:
            assert_never(unreachable)


def _requirement_expression(requirement: Requirement, allows: list[_Allows]) -> ast.expr:
    key = ast.Constant(value=requirement.key)
    match requirement:
        case Equals(value=value):
            return _compare(_value_of(key), ast.Eq(), ast.Constant(value=value))
        case NotEquals(value=value):
            return _compare(_value_of(key), ast.NotEq(), ast.Constant(value=value))
        case In(values=values):
            return _compare(_value_of(key), ast.In(), _constant(values))
        case NotIn(values=values):
            return _compare(_value_of(key), ast.NotIn(), _constant(values))
        case Exists():
            return _compare(key, ast.In(), _name("labels"))
        case DoesNotExist():
            return _compare(key, ast.NotIn(), _name("labels"))
        case Contains(value=part):
            # An absent key is read as "", which contains only the part "".
            found = _compare(ast.Constant(value=part), ast.In(), _value_of(key, absent=""))
            return found if part else _compare(key, ast.In(), _name("labels"))
        case StartsWith(value=part) | EndsWith(value=part):
            method = "startswith" if isinstance(requirement, StartsWith) else "endswith"
            function = ast.Attribute(value=_value_of(key, absent=""), attr=method, ctx=ast.Load())
            found = ast.Call(func=function, args=[ast.Constant(value=part)], keywords=[])
            return found if part else _compare(key, ast.In(), _name("labels"))
        case _:
            allows.append(requirement.allows)
            return ast.Call(
                func=_name(_allows_name(len(allows) - 1)), args=[_value_of(key)], keywords=[]
            )


def _in_text_order(terms: tuple[Selector, ...]) -> Iterable[Selector]:
    """Return the terms in the order of their text, if all are requirements from a text.

    Canonical order is by key. Users mostly write the requirement first that decides most: in the
    order of the text a call takes 1.07 instead of 1.16 times the time of a lambda by hand
    (``python -m benchmarks parsing``).
    """
    spans = [term.span for term in terms if isinstance(term, Requirement) and term.span]
    if len(spans) < len(terms):
        return terms
    return [term for _, term in sorted(zip(spans, terms, strict=True), key=itemgetter(0))]


def _join(operator: ast.boolop, parts: list[ast.expr]) -> ast.expr:
    if len(parts) > 1:
        return ast.BoolOp(op=operator, values=parts)
    return parts[0] if parts else ast.Constant(value=isinstance(operator, ast.And))


def _value_of(key: ast.expr, *, absent: str | None = None) -> ast.expr:
    get = ast.Attribute(value=_name("labels"), attr="get", ctx=ast.Load())
    default = [] if absent is None else [ast.Constant(value=absent)]
    return ast.Call(func=get, args=[key, *default], keywords=[])


def _constant(values: frozenset[str]) -> ast.expr:
    # The compiler accepts a frozenset of constants; the type stubs do not mention it.
    return ast.Constant(value=cast("str", values))


def _compare(left: ast.expr, operator: ast.cmpop, right: ast.expr) -> ast.expr:
    return ast.Compare(left=left, ops=[operator], comparators=[right])


def _name(name: str) -> ast.expr:
    return ast.Name(id=name, ctx=ast.Load())


def _allows_name(number: int) -> str:
    return f"allows_{number}"
