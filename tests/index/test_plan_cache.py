"""The plans that an index keeps: the least recently used go first, and their size is bounded."""

from itertools import count
from threading import Thread
from typing import Any

import pytest

from labelsel import And, Equals, Exists, In, LabelIndex, Not, NotIn, Or, Selection, Selector, parse
from labelsel.index import plan_cache
from labelsel.index.plan_cache import PlanCache
from labelsel.index.query import Query, kept_query, select_kept
from tests.interrupts import at_each, interrupt_at


class Sized:
    """A plan of a size."""

    def __init__(self, size: int, last_use: int = 0) -> None:
        self.size = size
        self.last_use = last_use


def test_the_least_recently_used_plan_goes_first(monkeypatch: pytest.MonkeyPatch) -> None:
    """A plan that is used stays, although it was the first; one that is not used goes."""
    monkeypatch.setattr(plan_cache, "MAX_CACHED_PLANS", 3)
    index = LabelIndex({"web-1": {"app": "web"}})
    selectors = [parse(f"app!={n}") for n in range(4)]
    for selector in selectors[:3]:
        index.count(selector)
    first, second = (index._plans[id(each)] for each in selectors[:2])
    index.count(selectors[0])
    index.count(selectors[3])
    assert index._plans.get(id(selectors[0])) is first
    assert second not in index._plans.values()
    assert list(index._plans) == [id(selectors[n]) for n in (0, 2, 3)]


def test_texts_and_selectors_have_one_order(monkeypatch: pytest.MonkeyPatch) -> None:
    """A text is a name of its own, and so is each selector object."""
    monkeypatch.setattr(plan_cache, "MAX_CACHED_PLANS", 2)
    index = LabelIndex({"web-1": {"app": "web"}})
    selector = parse("app=web")
    assert index.count("app=web") == index.count(selector) == index.count("app=web") == 1
    index.select("!app")
    assert list(index._plans) == ["app=web", "!app"]


def test_a_text_with_a_class_of_its_own() -> None:
    """Such a text has the plan of its characters, and no second one."""

    class Text(str):
        __slots__ = ()

    index = LabelIndex({"web-1": {"app": "web"}})
    assert [index.count(text) for text in (Text("app"), Text("app"), "app")] == [1, 1, 1]
    assert list(index._plans) == ["app"]


def test_plans_are_bounded_by_size(monkeypatch: pytest.MonkeyPatch) -> None:
    """Large plans remove more than one other plan; one that is larger than all is not kept."""
    monkeypatch.setattr(plan_cache, "MAX_CACHED_PLAN_PARTS", 10)
    plans: PlanCache[Sized] = PlanCache()
    for name, size in enumerate((4, 4, 2)):
        plans.keep(name, Sized(size, name))
    plans.keep(3, Sized(6, 9))
    assert list(plans) == [2, 3]
    plans.keep(4, Sized(11))
    assert list(plans) == [2, 3]
    plans.keep("x" * 640, Sized(1))
    assert list(plans) == [2, 3]
    plans.keep("x" * 64, Sized(1, 10))
    assert list(plans) == [2, 3, "x" * 64]
    plans.keep(3, Sized(7, 9))
    assert list(plans) == ["x" * 64, 3]
    plans.keep(5, Sized(10))
    assert list(plans) == [5]
    plans.keep("x" * 63, Sized(10))
    assert list(plans) == ["x" * 63]


def test_a_plan_that_is_kept_again() -> None:
    """It takes the place of the first, and counts once."""
    plans: PlanCache[Sized] = PlanCache()
    last = Sized(4)
    for plan in (Sized(4), last):
        plans.keep("name", plan)
    assert plans == {"name": last}
    assert plans._size == 4


def test_plans_after_an_interrupt(monkeypatch: pytest.MonkeyPatch) -> None:
    """Wherever it comes: plans are kept, and no more than may be."""
    monkeypatch.setattr(plan_cache, "MAX_CACHED_PLAN_PARTS", 10)

    def check(step: int) -> bool:
        plans: PlanCache[Sized] = PlanCache()
        plans.keep("a", Sized(4))
        plans.keep("b", Sized(6))
        is_interrupted = interrupt_at(step, lambda: plans.keep("a", Sized(9, 1)))
        assert sum(each.size for each in plans.values()) <= plans._size <= 20
        for number in range(6):
            plans.keep(number, Sized(5, 2 + number))
            assert number in plans
            assert sum(each.size for each in plans.values()) <= 10
        assert list(plans) == [4, 5]
        return is_interrupted

    assert at_each(1, check)


def test_what_is_kept_is_found() -> None:
    """A text by its characters, a selector by its identity."""
    index = LabelIndex({"web-1": {"app": "web"}})
    selector, text = parse("app=web"), "app!=web"
    for asked in (selector, text):
        index.count(asked)
    uses = count(7)
    for asked in (selector, text, "".join(text)):
        query = kept_query(index._plans, asked, uses)
        assert query is not None
        assert str(query.selector) == str(asked)
        answer = select_kept(index._plans, asked, uses, Selection)
        assert answer is not None
        assert list(answer) == (["web-1"] if asked is selector else [])
    for other in (Equals("app", "web"), "app", "app=web"):
        assert kept_query(index._plans, other, uses) is None
        assert select_kept(index._plans, other, uses, Selection) is None
    assert next(uses) == 13


@pytest.mark.parametrize(
    ("selector", "size"),
    [
        ("a in (x,y,z)", 3), ("a notin (x,y)", 2), ("a in ()", 1), ("a notin ()", 1),
        ("a=x", 1), ("a", 1), ("!a", 1), ("a>1,b in (x,y)", 3), ("", 0),
    ],
)  # fmt: skip
def test_the_size_of_a_plan(selector: str, size: int) -> None:
    """Each listed value counts, and each requirement at least once; the same under a not."""
    index = LabelIndex({"web-1": {"app": "web"}})
    parsed = parse(selector)
    assert index.prepare(parsed).size == size
    assert index.prepare(Not(And((parsed, parsed)))).size == 2 * size
    assert index.prepare(Or((parsed, Exists("z")))).size == size + 1
    assert [index.prepare(kind("a", [])).size for kind in (In, NotIn)] == [1, 1]


def test_a_query_that_is_made_in_another_way() -> None:
    """The error says how queries are made."""
    contents: Any = LabelIndex({"web-1": {"app": "web"}})
    with pytest.raises(TypeError, match=r"queries are made by LabelIndex\.prepare"):
        Query(parse("app=web"), contents)


def test_the_keys_under_a_not() -> None:
    """The plan is made anew when a value of such a key comes."""
    index = LabelIndex({"x": {"a": "0", "b": "0"}})
    query = index.prepare(Not(And((parse("a=1"), parse("b=1")))))
    assert query.count() == 1
    index["y"] = {"a": "1", "b": "1"}
    assert list(query.select()) == ["x"]


def test_a_large_selector_is_answered_but_not_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its size counts each listed value."""
    monkeypatch.setattr(plan_cache, "MAX_CACHED_PLAN_PARTS", 100)
    index = LabelIndex({n: {"n": str(n)} for n in range(200)})
    large: Selector = In("n", map(str, range(101)))
    assert index.count(large) == 101
    assert not index._plans
    assert index.count("n in (1,2),m notin ()") == 2
    assert [plan.size for plan in index._plans.values()] == [3]


def test_threads_that_make_plans_at_the_same_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each answer is right, and the limits hold in the end."""
    monkeypatch.setattr(plan_cache, "MAX_CACHED_PLANS", 4)
    index = LabelIndex({n: {"n": str(n)} for n in range(10)})
    wrong: list[str] = []

    def ask(start: int) -> None:
        for number in range(2_000):
            text = f"n={(start + number) % 12}"
            if index.count(text) != int((start + number) % 12 < 10):
                wrong.append(text)

    threads = [Thread(target=ask, args=(start,)) for start in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []
    assert len(index._plans) == 4
