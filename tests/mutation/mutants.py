"""Finds the mutants of a module: each is one small change of its syntax tree.

What is changed, by kind:

- ``condition``: a condition of ``if``, ``while``, a conditional expression, a comprehension or a
  guard is always true, or always false. ``while`` is never made true: that only never ends.
- ``operand``: one operand of ``and`` or ``or`` is left out.
- ``boundary``: ``<`` becomes ``<=``, and so on.
- ``negation``: ``==`` becomes ``!=``, ``in`` becomes ``not in``, ``not x`` becomes ``x``; where a
  condition, which is made true and false anyway, is not the whole of it.
- ``arithmetic``: ``+`` becomes ``-``, ``|`` becomes ``&``, and so on.
- ``number``: an integer is one more, or one less. ``truth``: True becomes False, and so on.
- ``return``: None is returned instead of a value.
- ``statement``: a statement is left out. ``jump``: a ``break`` or ``continue`` is left out.
- ``handler``: what an ``except`` catches is raised again. ``case``: a case never matches.
- ``keyword``: a keyword argument is left out of a call, so that its default holds.
- ``slice``: a slice has no start, or no end. ``name``: any and all, min and max are exchanged.

Not changed: texts, docstrings, annotations, decorators, assertions, ``__repr__``, what is raised
(only that it is raised), code for type checkers, and ``strict=`` of zip, which is an assertion.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Final, NamedTuple, TypeAlias

__all__ = ["Mutant", "find_mutants"]

Place: TypeAlias = "tuple[ast.AST, str, int | None]"

_BOUNDARIES: Final[dict[type[ast.cmpop], type[ast.cmpop]]] = {
    ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt,
}  # fmt: skip
_INVERSES: Final[dict[type[ast.cmpop], type[ast.cmpop]]] = {
    ast.Eq: ast.NotEq, ast.NotEq: ast.Eq, ast.Lt: ast.GtE, ast.GtE: ast.Lt, ast.Gt: ast.LtE,
    ast.LtE: ast.Gt, ast.Is: ast.IsNot, ast.IsNot: ast.Is, ast.In: ast.NotIn, ast.NotIn: ast.In,
}  # fmt: skip
_ARITHMETIC: Final[dict[type[ast.operator], type[ast.operator]]] = {
    ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.FloorDiv, ast.FloorDiv: ast.Mult,
    ast.Div: ast.Mult, ast.Mod: ast.Mult, ast.Pow: ast.Mult, ast.BitAnd: ast.BitOr,
    ast.BitOr: ast.BitAnd, ast.BitXor: ast.BitAnd, ast.LShift: ast.RShift, ast.RShift: ast.LShift,
}  # fmt: skip
_NAMES: Final = {"any": "all", "all": "any", "min": "max", "max": "min"}
# The integer beside a comparison that the other boundary does not already stand for.
_BESIDE: Final[dict[type[ast.cmpop], int]] = {ast.Lt: -1, ast.GtE: -1, ast.Gt: 1, ast.LtE: 1}
_FOR_TYPES: Final = {"annotation", "returns", "decorator_list", "type_params", "ctx", "op", "ops"}
_DUNDERS: Final = {"__all__", "__slots__", "__match_args__"}
_FUNCTIONS: Final = (ast.FunctionDef, ast.AsyncFunctionDef)


@dataclass(frozen=True, slots=True)
class Mutant:
    """One change of a module; ``apply`` makes it in the tree that it was found in.

    Attributes:
        function: the qualified name of the function; empty for code that runs at import.
        line, last_line: where the changed code stands, from 1.
        text: the line, without its indentation.
        kind: see the top of this file.
        change: what is changed, in words.
    """

    function: str
    line: int
    last_line: int
    text: str
    kind: str
    change: str
    apply: Callable[[], None] = field(repr=False, compare=False)


class _Scope(NamedTuple):
    """The function that code stands in, and the names that were set in it so far."""

    function: str
    prefix: str
    known: set[str]


def find_mutants(tree: ast.Module, text: str) -> list[Mutant]:
    r"""Return every mutant of a module, in the order of its text.

    >>> text = "def f(x):\n    return x < 1"
    >>> [mutant.change for mutant in find_mutants(ast.parse(text), text)]
    ['x < 1 -> None', 'x < 1 -> x <= 1', 'x < 1 -> x >= 1', '1 -> 0']
    """
    finder = _Finder(text.splitlines())
    finder.visit_fields(tree, _Scope("", "", set()))
    return finder.found


class _Finder:
    """Walks a tree and gathers mutants."""

    def __init__(self, lines: list[str]) -> None:
        self.found: list[Mutant] = []
        self._lines = lines
        # Conditions and operands: what is made true and false, or left out, as a whole.
        self._whole: set[int] = set()

    def _add(self, scope: _Scope, kind: str, place: Place, new: ast.AST, change: str) -> None:
        parent, name, index = place
        old = getattr(parent, name) if index is None else getattr(parent, name)[index]
        self._add_call(scope, kind, old, change, lambda: _put(place, _located(new, old)))

    def _add_call(
        self, scope: _Scope, kind: str, old: ast.AST, change: str, apply: Callable[[], None]
    ) -> None:
        line = old.pattern.lineno if isinstance(old, ast.match_case) else old.lineno  # type: ignore[attr-defined]
        last = getattr(old, "end_lineno", None) or line
        if isinstance(old, ast.stmt | ast.match_case | ast.excepthandler) and hasattr(old, "body"):
            last = line
        text = self._lines[line - 1].strip()
        self.found.append(Mutant(scope.function, line, last, text, kind, change, apply))

    # The walk

    def visit_fields(self, node: ast.AST, scope: _Scope) -> None:
        """Visit what is in a node, field by field."""
        for name, value in ast.iter_fields(node):
            if name in _FOR_TYPES:
                continue
            if isinstance(value, ast.AST):
                self._visit(value, (node, name, None), scope)
            elif isinstance(value, list):
                for index, each in enumerate(value):
                    if isinstance(each, ast.AST):
                        self._visit(each, (node, name, index), scope)

    def _visit(self, node: ast.AST, place: Place, scope: _Scope) -> None:
        if _is_skipped(node) or _is_check_of_zip(node, place[0]):
            return
        if isinstance(node, ast.stmt):
            self._statement(node, place, scope)
        inner = _inner(node, scope)
        if isinstance(node, ast.expr):
            self._expression(node, place, scope)
        for test in _conditions(node):
            self._condition(node, test, scope)
        match node:
            case ast.ExceptHandler():
                again = _located(ast.Raise(exc=None, cause=None), node)
                self._add_call(
                    scope, "handler", node, "raised again", lambda: _set_body(node, again)
                )
            case ast.match_case() if not _is_unreachable(node):
                never = _located(ast.Constant(value=False), node.pattern)
                self._add_call(
                    scope, "case", node, f"case {ast.unparse(node.pattern)} never matches",
                    lambda: _set_guard(node, never),
                )  # fmt: skip
            case ast.keyword() if node.arg is not None and isinstance(place[0], ast.Call):
                self._keyword(node, place[0], scope)
            case ast.Slice():
                self._slice(node, scope)
            case _:
                pass
        self.visit_fields(node, inner)
        if isinstance(node, ast.stmt) and not isinstance(node, (*_FUNCTIONS, ast.ClassDef)):
            scope.known.update(
                each.id
                for each in ast.walk(node)
                if isinstance(each, ast.Name) and isinstance(each.ctx, ast.Store)
            )

    # The kinds

    def _condition(self, node: ast.AST, place: Place, scope: _Scope) -> None:
        parent, name, index = place
        test = getattr(parent, name) if index is None else getattr(parent, name)[index]
        self._whole.add(id(test))
        if isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not):
            self._whole.add(id(test.operand))
        shown = ast.unparse(test)
        if not isinstance(node, ast.While):
            always = ast.BoolOp(ast.Or(), [ast.Constant(value=True), test])
            self._add(scope, "condition", place, always, f"{shown} -> True")
        never = ast.BoolOp(ast.And(), [ast.Constant(value=False), test])
        self._add(scope, "condition", place, never, f"{shown} -> False")

    def _expression(self, node: ast.expr, place: Place, scope: _Scope) -> None:
        match node:
            case ast.BoolOp():
                self._operands(node, place, scope)
            case ast.Compare():
                self._compare(node, place, scope)
            case ast.UnaryOp(op=ast.Not()) if id(node) not in self._whole:
                self._whole.add(id(node.operand))
                change = f"{ast.unparse(node)} -> {ast.unparse(node.operand)}"
                new = ast.Call(ast.Name("bool", ast.Load()), [node.operand], [])
                self._add(scope, "negation", place, new, change)
            case ast.BinOp() if type(node.op) in _ARITHMETIC:
                self._arithmetic(node, place, scope)
            case ast.Constant(value=bool() as value):
                other = ast.Constant(value=not value)
                name = f"{place[0].arg}=" if isinstance(place[0], ast.keyword) else ""
                self._add(scope, "truth", place, other, f"{name}{value} -> {not value}")
            case ast.Constant(value=int() as value):
                for more in _steps(node, place):
                    number = ast.Constant(value=value + more)
                    self._add(scope, "number", place, number, f"{value} -> {value + more}")
            case ast.Call(func=ast.Name(id=name)) if name in _NAMES:
                function = ast.Name(_NAMES[name], ast.Load())
                self._add(
                    scope, "name", (node, "func", None), function,
                    f"{ast.unparse(node)}: {_NAMES[name]}",
                )  # fmt: skip

    def _operands(self, node: ast.BoolOp, place: Place, scope: _Scope) -> None:
        for index, each in enumerate(node.values):
            self._whole.add(id(each))
            rest = [*node.values[:index], *node.values[index + 1 :]]
            joined = rest[0] if len(rest) == 1 else ast.BoolOp(node.op, rest)
            # The operand stays in the tree: a function keeps all variables of those around it.
            new = ast.IfExp(ast.Constant(value=True), joined, each)
            change = f"{ast.unparse(node)} -> {ast.unparse(joined)}"
            self._add(scope, "operand", place, new, change)

    def _compare(self, node: ast.Compare, place: Place, scope: _Scope) -> None:
        for kind, table in (("boundary", _BOUNDARIES), ("negation", _INVERSES)):
            if kind == "negation" and id(node) in self._whole:
                continue
            for index, old in enumerate(node.ops):
                if type(old) in table:
                    ops = [*node.ops[:index], table[type(old)](), *node.ops[index + 1 :]]
                    new = ast.Compare(node.left, ops, node.comparators)
                    change = f"{ast.unparse(node)} -> {ast.unparse(new)}"
                    self._add(scope, kind, place, new, change)

    def _arithmetic(self, node: ast.BinOp, place: Place, scope: _Scope) -> None:
        if isinstance(node.op, ast.BitOr) and (not scope.function or _are_types(node)):
            return
        if isinstance(node.left, ast.JoinedStr) or isinstance(node.right, ast.JoinedStr):
            return
        if isinstance(node.op, ast.Mod) and _is_text(node.left):
            return
        new = ast.BinOp(node.left, _ARITHMETIC[type(node.op)](), node.right)
        change = f"{ast.unparse(node)} -> {ast.unparse(new)}"
        self._add(scope, "arithmetic", place, new, change)

    def _keyword(self, node: ast.keyword, call: ast.Call, scope: _Scope) -> None:
        if not scope.function:
            return
        name = ast.unparse(call.func)
        # `f(a=x)` becomes `f(**({} if True else {"a": x}))`: the value stays in the tree.
        kept = ast.IfExp(ast.Constant(value=True), ast.Dict([], []), ast.Dict([None], [node.value]))
        new = ast.keyword(arg=None, value=kept)
        self._add(
            scope, "keyword", (call, "keywords", call.keywords.index(node)), new,
            f"{name}(...) without {node.arg}={_short(ast.unparse(node.value))}",
        )  # fmt: skip

    def _slice(self, node: ast.Slice, scope: _Scope) -> None:
        for name in ("lower", "upper"):
            bound = getattr(node, name)
            if bound is not None:
                new = ast.IfExp(ast.Constant(value=True), ast.Constant(value=None), bound)
                change = f"[{ast.unparse(node)}] without {ast.unparse(bound)}"
                self._add(scope, "slice", (node, name, None), new, change)

    def _statement(self, node: ast.stmt, place: Place, scope: _Scope) -> None:
        match node:
            case ast.Return(value=ast.expr() as value) if not isinstance(value, ast.Constant):
                new: ast.expr = ast.IfExp(ast.Constant(value=True), ast.Constant(value=None), value)
                change = f"{_short(ast.unparse(value))} -> None"
                self._add(scope, "return", (node, "value", None), new, change)
            case ast.AugAssign() if type(node.op) in _ARITHMETIC:
                other = _ARITHMETIC[type(node.op)]()
                shown = ast.unparse(ast.AugAssign(node.target, other, node.value))
                self._add_call(
                    scope, "arithmetic", node, f"{ast.unparse(node)} -> {shown}",
                    lambda: setattr(node, "op", other),
                )  # fmt: skip
        if _is_removable(node, scope) and not _is_whole_branch(node, place[0]):
            kind = "jump" if isinstance(node, ast.Break | ast.Continue) else "statement"
            # It stays in the tree: a generator stays one, and variables stay local.
            new_statement = ast.If(ast.Constant(value=False), [node], [])
            self._add(scope, kind, place, new_statement, f"without {_short(ast.unparse(node))}")


# The tree


def _inner(node: ast.AST, scope: _Scope) -> _Scope:
    """Return the scope of what is in a node."""
    if isinstance(node, _FUNCTIONS):
        arguments = {each.arg for each in ast.walk(node.args) if isinstance(each, ast.arg)}
        name = scope.prefix + node.name
        return _Scope(name, f"{name}.<locals>.", arguments)
    if isinstance(node, ast.ClassDef):
        return _Scope(scope.function, f"{scope.prefix}{node.name}.", set())
    return scope


def _conditions(node: ast.AST) -> Iterator[Place]:
    if isinstance(node, ast.If | ast.While | ast.IfExp):
        if not _is_skipped(node.test):
            yield node, "test", None
    elif isinstance(node, ast.comprehension):
        for index in range(len(node.ifs)):
            yield node, "ifs", index
    elif isinstance(node, ast.match_case) and node.guard is not None:
        yield node, "guard", None


def _is_skipped(node: ast.AST) -> bool:
    match node:
        case ast.Expr(value=ast.Constant()) | ast.Assert() | ast.Import() | ast.ImportFrom():
            return True
        case ast.If(test=ast.Name(id="TYPE_CHECKING")):
            return True
        case ast.UnaryOp(operand=ast.Name(id="TYPE_CHECKING")):
            return True
        case ast.Expr(value=ast.Call(func=ast.Name(id="assert_never"))):
            return True
        case ast.FunctionDef() | ast.AsyncFunctionDef():
            marks = {ast.unparse(each).rpartition(".")[2] for each in node.decorator_list}
            return node.name == "__repr__" or bool(marks & {"overload", "abstractmethod"})
        case ast.Assign(targets=[ast.Name(id=name)]):
            return name in _DUNDERS
        case ast.AnnAssign():
            return ast.unparse(node.annotation).endswith("TypeAlias")
        case ast.JoinedStr():
            return not any(isinstance(each, ast.IfExp | ast.BoolOp) for each in ast.walk(node))
        case _:
            return False


def _is_check_of_zip(node: ast.AST, parent: ast.AST) -> bool:
    return (
        isinstance(node, ast.keyword)
        and node.arg == "strict"
        and isinstance(parent, ast.Call)
        and ast.unparse(parent.func) == "zip"
    )


def _is_removable(node: ast.stmt, scope: _Scope) -> bool:
    if not scope.function:
        return False
    match node:
        case ast.Expr(value=ast.Constant()):
            return False
        case (
            ast.Expr() | ast.AugAssign() | ast.Delete() | ast.Raise() | ast.Break() | ast.Continue()
        ):
            return True
        case ast.Assign(targets=[*targets]):
            return any(
                isinstance(each, ast.Attribute | ast.Subscript)
                or (isinstance(each, ast.Name) and each.id in scope.known)
                for each in targets
            )
        case _:
            return False


def _is_whole_branch(node: ast.stmt, parent: ast.AST) -> bool:
    """Whether without a statement the same happens as when the condition around it is false."""
    return isinstance(parent, ast.If) and parent.body == [node] and not parent.orelse


def _is_unreachable(node: ast.match_case) -> bool:
    return "assert_never" in ast.unparse(node.body[0])


def _are_types(node: ast.BinOp) -> bool:
    """Whether a union is one of types, as in ``isinstance(x, int | str)``."""
    return all(
        isinstance(each, ast.BinOp | ast.Attribute | ast.Load | ast.BitOr)
        or (isinstance(each, ast.Constant) and each.value is None)
        or (isinstance(each, ast.Name) and (each.id[0].isupper() or each.id in _BUILT_IN))
        for each in ast.walk(node)
    )


_BUILT_IN: Final = {
    "str",
    "int",
    "float",
    "bool",
    "dict",
    "list",
    "set",
    "frozenset",
    "tuple",
    "bytes",
}


def _is_text(node: ast.expr) -> bool:
    return isinstance(node, ast.JoinedStr) or (
        isinstance(node, ast.Constant) and isinstance(node.value, str)
    )


def _steps(node: ast.Constant, place: Place) -> tuple[int, ...]:
    parent = place[0]
    if isinstance(parent, ast.Compare) and len(parent.ops) == 1 and parent.comparators == [node]:
        beside = _BESIDE.get(type(parent.ops[0]))
        if beside is not None:
            return (beside,)
    # The item at -1 is mostly the only one, which stands at 0.
    return (1, -1) if node.value else (1,)


def _located(new: ast.AST, old: ast.AST) -> ast.AST:
    """Return a new node where the old one stands: functions are found again by their lines."""
    if isinstance(old, ast.stmt | ast.expr | ast.pattern | ast.excepthandler | ast.keyword):
        ast.copy_location(new, old)
    return ast.fix_missing_locations(new)


def _put(place: Place, new: ast.AST) -> None:
    parent, name, index = place
    if index is None:
        setattr(parent, name, new)
    else:
        getattr(parent, name)[index] = new


def _set_body(node: ast.ExceptHandler, again: ast.AST) -> None:
    assert isinstance(again, ast.Raise)
    node.body = [ast.If(ast.Constant(value=False), node.body, []), again]
    ast.fix_missing_locations(node)


def _set_guard(node: ast.match_case, never: ast.AST) -> None:
    assert isinstance(never, ast.expr)
    guards = [never, *([node.guard] if node.guard else [])]
    node.guard = guards[0] if len(guards) == 1 else ast.BoolOp(ast.And(), guards)
    ast.copy_location(node.guard, never)
    ast.fix_missing_locations(node.guard)


def _short(text: str) -> str:
    """Return the first line of a text, cut to 80 characters."""
    line, rest = text.partition("\n")[::2]
    return line[:80] + ("..." if rest or len(line) > 80 else "")
