"""Selectors and subscribers that go leave nothing behind."""

import gc
from collections.abc import Iterator
from weakref import ref

import pytest

from labelsel import Change, LiveIndex, SelectorIndex


@pytest.fixture
def _no_collector() -> Iterator[None]:
    """What is freed is freed by its last reference, and not by a later collection."""
    gc.collect()
    gc.disable()
    yield
    gc.enable()


def test_selectors_that_come_once_leave_nothing() -> None:
    """No bucket, no bit matrix and no column of the selectors that went."""
    index: SelectorIndex[str] = SelectorIndex({"stays": "app=web"})
    for turn in range(2):
        some = {
            f"s-{turn}-{n}": f"release=v-{turn}-{n},key-{turn}-{n},!gone-{turn}-{n},port>{n}"
            for n in range(100)
        }
        index.update(some)
        assert index.matching({"app": "web", "release": f"v-{turn}-0", "port": "9"}) == {"stays"}
        for name in some:
            del index[name]
    candidates = index._candidates
    assert {key: set(buckets) for key, buckets in candidates._buckets.items()} == {"app": {"web"}}
    assert {key: set(buckets) for key, buckets in candidates._by_key.items()} == {"app": {"web"}}
    assert len(candidates._positions) == 1
    assert candidates._unanchored.is_empty
    index.check_invariants()


def test_subscribers_that_go_leave_nothing() -> None:
    """A callback that ended is not kept, and what it received is not kept either."""
    live = LiveIndex({"web-1": {"app": "web"}}, {"web": "app=web"})
    for turn in range(100):
        received: list[object] = []
        end = live.subscribe(received.append)
        live.set_item("web-1", {"app": "web" if turn % 2 else "api"})
        end()
        assert len(received) == 1
    assert live._callbacks == {}
    assert not live._notices


class Failing:
    """A subscriber that fails."""

    def __init__(self, live: LiveIndex[str, str]) -> None:
        self.end = live.subscribe(self._receive)

    def _receive(self, _: Change[str, str]) -> None:
        raise LookupError


@pytest.mark.usefixtures("_no_collector")
def test_a_subscriber_that_failed_is_freed_at_its_end() -> None:
    """The error that it raised does not keep it."""
    live = LiveIndex({"web-1": {"app": "web"}}, {"web": "app=web"})
    failing = Failing(live)
    with pytest.raises(ExceptionGroup) as caught:
        live.set_item("web-1", {"app": "api"})
    assert [type(error) for error in caught.value.exceptions] == [LookupError]
    del caught
    failing.end()
    kept = ref(failing)
    del failing
    assert kept() is None


def test_compact_gives_back_what_is_gone() -> None:
    """An index that was large is as small as a new one, and no pair starts or stops."""
    live = LiveIndex(
        {f"i{n}": {"app": f"a{n}"} for n in range(1000)},
        {f"s{n}": f"app=a{n}" for n in range(1000)},
    )
    held = live.selection("s7")
    for number in range(1, 1000):
        live.remove_item(f"i{number}")
        live.remove_selector(f"s{number}")
    received: list[object] = []
    live.subscribe(received.append)
    by_key = live._selectors._by_key
    bytes_before = sum(live._items.stats().bytes.values())
    live.compact()
    live.check_invariants()
    assert sum(live._items.stats().bytes.values()) < bytes_before / 2
    assert live._selectors._by_key.__sizeof__() < by_key.__sizeof__() / 10
    assert received == []
    assert (list(live.selection("s0")), live.selected_by("i0")) == (["i0"], {"s0"})
    assert list(held) == ["i7"]
    live.set_item("i1", {"app": "a0"})
    assert len(received) == 1
