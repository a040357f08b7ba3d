"""A selector whose plan is kept while the index changes.

A plan names labels by their codes, so it is valid until a value of one of its keys comes or
goes: each key has a version that counts these changes (`Column.version`). When rows come or go
the plan stays valid, but the order of its steps may no longer be the best. So a new plan is also
made after many changes.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator
from time import perf_counter
from typing import TYPE_CHECKING, Any, Final, Generic, NoReturn, TypeVar

from labelsel.core import compiled
from labelsel.errors import expected
from labelsel.index.contents import Contents
from labelsel.index.plan_report import Plan, explain_step
from labelsel.index.planner import make_plan
from labelsel.index.selection import Selection
from labelsel.index.steps import Step
from labelsel.index.store import Column
from labelsel.requirements import In, NotIn
from labelsel.selector import And, Not, Or, Requirement, Selector

if TYPE_CHECKING:
    from threading import RLock

__all__ = ["Query", "kept_query", "select_kept"]

K = TypeVar("K", bound=Hashable)

_REPLAN_AFTER: Final = 1024
"""Changes of labels after which a new plan is made, or a quarter of the number of rows if that is
more. Planning takes some 50 µs and a change 5 µs, so new plans take 1 % of the time of the changes
before them, and fewer changes hardly make another order of the steps better: a change and a
count take 23 µs with 1,024, 25 with 256 and 26 with 16
(``python -m benchmarks.constants replan``)."""


@compiled
class QueryState:
    """What a `Query` consists of."""

    __slots__ = ("_answered_at", "_contents", "_lock", "_step", "last_use", "selector", "size")

    selector: Selector
    last_use: int
    size: int
    _contents: Contents[Any]
    _lock: RLock
    _step: Step
    _answered_at: int

    if TYPE_CHECKING:

        def _valid_plan(self) -> Step: ...

    def _answer(self, kind: type[Selection[Any]]) -> Selection[Any]:
        """Return the answer as a ``kind``, which is `Selection`: the plan, and 0.3 µs."""
        contents = self._contents
        with self._lock:
            # Without a change since the last answer the plan is good, whatever keys it has.
            is_valid = contents.store.changes == self._answered_at and contents.note is None
            step = self._step if is_valid else self._valid_plan()
            return kind(contents.table, step.share())


@compiled
def kept_query(
    plans: dict[str | int, Query[K]], selector: object, uses: Iterator[int]
) -> Query[K] | None:
    """Return the query that is kept for a selector, None if there is none.

    Queries of texts are kept by text, others by the identity of the selector: hashing a selector
    takes longer than many answers. The query holds its selector, so no other object can have the
    same id. A text of a subclass of str is not found here.
    """
    query = plans.get(selector if type(selector) is str else id(selector))
    if query is not None:
        query.last_use = next(uses)
    return query


@compiled
def select_kept(
    plans: dict[str | int, Query[K]],
    selector: object,
    uses: Iterator[int],
    kind: type[Selection[K]],
) -> Selection[K] | None:
    """Return the answer of `kept_query`, None if there is none. One call instead of two."""
    query = kept_query(plans, selector, uses)
    return None if query is None else query._answer(kind)  # noqa: SLF001  # as a method would


class Query(QueryState, Generic[K]):
    """A selector with its plan: the result of `LabelIndex.prepare`.

    Each answer is that of the index as it is now. A query may be used by several threads.

    Attributes:
        selector: the selector.
        last_use: a number that is greater the later the index used the query; set by the index.
        size: the number of requirements, a requirement that lists n values counted n times.

    Raises:
        TypeError: a query is made in another way than by `LabelIndex.prepare`, is pickled, or is
            copied deep: it belongs to its index.

    Complexity:
        Whether the plan is up to date is checked in O(1) if the index did not change since the last
        answer, else in O(keys of the selector). Then the steps of the plan are executed: see
        `LabelIndex.select`.

    >>> from labelsel import LabelIndex
    >>> pods = LabelIndex({"web-1": {"app": "web"}})
    >>> web = pods.prepare("app=web")
    >>> pods["web-2"] = {"app": "web"}
    >>> web.select(), web.count()
    (Selection({'web-1', 'web-2'}), 2)
    """

    __slots__ = ("_columns", "_keys", "_replan_at", "_version")

    def __init__(self, selector: Selector, contents: Contents[K]) -> None:
        self.selector = selector
        self.last_use = 0
        self._contents = contents
        try:
            self._lock = contents.table.lock  # the same one for all tables of an index
        except AttributeError:
            advice = "queries are made by LabelIndex.prepare(selector)"
            raise expected("the contents of an index", contents, advice) from None
        requirements = list(_requirements_of(selector))
        self.size = sum(map(_size_of, requirements))
        self._keys = tuple(sorted({requirement.key for requirement in requirements}))
        # The columns that the plan depends on, and the versions that they had.
        self._columns: list[tuple[Column, int]] = []
        self._version = self._replan_at = self._answered_at = -1

    def __copy__(self) -> Query[K]:
        return type(self)(self.selector, self._contents)

    def __reduce__(self) -> NoReturn:
        message = (
            "a Query belongs to its index and cannot be pickled or copied without it: pickle the"
            " LabelIndex and query.selector, and call prepare(selector) of the index again"
        )
        raise TypeError(message)

    def __repr__(self) -> str:
        return f"<Query {self.selector}>"

    def select(self) -> Selection[K]:
        """Return the keys whose labels the selector selects, as `LabelIndex.select` does.

        Returns:
            A snapshot: see `Selection`.

        Raises:
            Nothing.

        >>> from labelsel import LabelIndex
        >>> LabelIndex({"web-1": {"app": "web"}, "db-1": {"app": "db"}}).prepare("app=web").select()
        Selection({'web-1'})
        """
        return self._answer(Selection)

    def count(self) -> int:
        """Return ``len(self.select())``, without making the selection.

        Returns:
            The number of items that the selector selects.

        Raises:
            Nothing.

        >>> from labelsel import LabelIndex
        >>> LabelIndex({"web-1": {"app": "web"}, "db-1": {"app": "db"}}).prepare("app").count()
        2
        """
        contents = self._contents
        with self._lock:
            is_valid = contents.store.changes == self._answered_at and contents.note is None
            step = self._step if is_valid else self._valid_plan()
            return step.count()

    def explain(self) -> Plan:
        """Return the plan with the rows and the time of each step.

        Returns:
            The plan: see `Plan`.

        Raises:
            Nothing.

        Complexity:
            Makes a new plan, and executes every step on its own.

        >>> from labelsel import LabelIndex
        >>> plan = LabelIndex({"web-1": {"app": "web"}}).prepare("app=web").explain()
        >>> plan.operation, plan.actual
        ('label', 1)
        """
        with self._lock:
            if self._contents.note is not None:
                self._contents.repair()
            start = perf_counter()
            step = self._make_plan()
            return explain_step(step, planning=perf_counter() - start)

    def _valid_plan(self) -> Step:
        """Return the plan if it is up to date, else a new one. O(keys of the selector)."""
        if self._contents.note is not None:
            self._contents.repair()
        store = self._contents.store
        if self._version != store.version or store.changes > self._replan_at:
            return self._make_plan()
        for column, version in self._columns:
            if column.version != version:
                return self._make_plan()
        self._answered_at = store.changes
        return self._step

    def _make_plan(self) -> Step:
        store = self._contents.store
        step = self._step = make_plan(self.selector, store)
        columns = (store.columns.get(key) for key in self._keys)
        self._columns = [(column, column.version) for column in columns if column is not None]
        self._replan_at = store.changes + max(_REPLAN_AFTER, len(store.rows) // 4)
        self._version = store.version  # at last: before it the plan counts as none
        return step


def _requirements_of(selector: Selector) -> Iterator[Requirement]:
    match selector:
        case And(terms) | Or(terms):
            for term in terms:
                yield from _requirements_of(term)
        case Not(term):
            yield from _requirements_of(term)
        case Requirement():
            yield selector
        case _:
            return


def _size_of(requirement: Requirement) -> int:
    """Return the number of values, one for an operator without values. O(values)."""
    if type(requirement) is In or type(requirement) is NotIn:
        return len(requirement.values) or 1
    return 1
