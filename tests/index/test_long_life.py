"""An index that lives long takes the memory of the most that was in it at once, and no more."""

from itertools import islice

from labelsel import LabelIndex

FLOOD = 300


def flood(turn: int) -> dict[str, dict[str, str]]:
    """Return label sets whose names, keys and values no other turn has."""
    return {
        f"pod-{turn}-{number}": {"uid": f"{turn}-{number}", f"key-{turn}-{number % 7}": "x"}
        for number in range(FLOOD)
    }


def taken(index: LabelIndex[str]) -> int:
    return sum(index.stats().bytes.values())


def turn_over(index: LabelIndex[str], turn: int) -> None:
    """Let label sets come, change and go, in each way that there is."""
    sets = flood(turn)
    one_by_one, at_once = dict(islice(sets.items(), 100)), dict(islice(sets.items(), 100, None))
    for name, labels in one_by_one.items():
        index[name] = labels
    index.update(at_once)
    for number, name in enumerate(one_by_one):
        index.patch(name, {f"once-{turn}-{number}": "x", "uid": f"again-{turn}-{number}"})
        index.exchange(name, {"last": f"{turn}-{number}"})
    held = index.select("last"), index.select("uid")
    for name in sets:
        del index[name]
    assert list(map(len, held)) == [100, 200]


def test_what_comes_once_leaves_nothing() -> None:
    """After ten thousand keys and values the tables are as large as after a thousand."""
    index: LabelIndex[str] = LabelIndex({"stays": {"app": "web"}})
    sizes = []
    for turn in range(10):
        turn_over(index, turn)
        sizes.append(taken(index))
    assert (index.stats().labels, index.stats().keys, len(index)) == (1, 1, 1)
    # Strings of five digits are longer than those of four, and an insertion number more is not.
    assert max(sizes) < 1.05 * sizes[1]
    index.check_invariants()


def test_compact_gives_back_what_a_flood_took() -> None:
    """Also the tables that stay as large as the most that was there."""
    index: LabelIndex[str] = LabelIndex({"stays": {"app": "web"}})
    before = taken(index)
    turn_over(index, 0)
    assert taken(index) > 10 * before
    index.compact()
    # Eight bytes more: the order of insertion is remembered from now on.
    assert taken(index) < 2 * before + 200
    assert dict(index) == {"stays": {"app": "web"}}
