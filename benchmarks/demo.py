"""``python -m benchmarks.demo``: an index of 100,000 label sets answers, beside a plain scan.

All that is printed happens in this run, and results are compared before they are timed.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any, Final

from rich.console import Console
from rich.text import Text

import labelsel
from benchmarks.cases import CASES, Case
from benchmarks.data import figures, label_sets
from benchmarks.measures import Population
from benchmarks.tables import table
from benchmarks.timing import duration, race, timed, times

__all__ = ["main"]

_SHOWN: Final = (
    "name=web",
    "hash=H",
    "env!=prod",
    "tier in (cache,database)",
    "controller-uid",
    "port>8000",
    "name=web,env=prod",
    "name=web,tier in (backend,batch),!generation",
)
_CHANGED: Final = "pod-42"
_OBJECT: Final = {
    "matchLabels": {"tier": "cache"},
    "matchExpressions": [{"key": "env", "operator": "NotIn", "values": ["dev"]}],
}
_MISTAKE: Final = "env=prod,tier not in (cache)"
_LINE: Final = 32
"""Characters of a selector in one line: with that many the table fits into 80 columns."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Build an index, ask it, change it, and make a mistake."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.demo")
    parser.add_argument("--sets", type=int, default=100_000, help="label sets, 1000 or more")
    sets = parser.parse_args(arguments).sets
    console = Console(highlight=False)
    items = {f"pod-{row}": labels for row, labels in enumerate(label_sets(sets))}
    index = _show_making(console, items)
    _show_queries(console, Population(items, index))
    _show_change(console, index)
    _show_object(console, index)
    _show_mistake(console, index)
    return 0


def _show_making(console: Console, items: dict[str, dict[str, str]]) -> labelsel.LabelIndex[str]:
    _head(console, f"An index of {len(items):,} label sets")
    seconds, index = timed(lambda: labelsel.LabelIndex(items))
    labels, distinct, _ = figures(items.values())
    _line(console, "pods = labelsel.LabelIndex({'pod-0': {…}, …})", f"made in {duration(seconds)}")
    _line(console, f"# {labels:,} labels, {distinct:,} of them different")
    return index


def _show_queries(console: Console, pods: Population) -> None:
    made = table("", "pods.select(…)", "matches", "plain scan", "index", "faster")
    shown = {case.name: case for case in CASES}
    for name in _SHOWN:
        made.add_row(*_answered(shown[name], pods))
    console.print(made)
    console.print(
        "  Each row: the same pods from both. The scan is a list comprehension with the\n"
        "  condition written by hand; for the index the selector was parsed beforehand.",
        style="dim",
    )


def _answered(case: Case, pods: Population) -> Sequence[str | Text]:
    selector, scan = case.selector, case.scan()

    def agree(results: Mapping[str, Any]) -> None:
        assert list(results["index"]) == results["scan"]

    timed = race(
        {
            "scan": partial(scan, pods.items),
            "index": partial(pods.index.select, selector),
        },
        agree,
    )
    return (
        Text(_broken(selector), style="cyan"),
        f"{pods.index.count(selector):,}",
        duration(timed.median("scan")),
        duration(timed.median("index")),
        Text(times(timed.ratio("scan", "index")), style="bold green"),
    )


def _broken(selector: labelsel.Selector) -> str:
    """The text of a selector, a line for each requirement where it is too long for one."""
    text = str(selector)
    if isinstance(selector, labelsel.And) and len(text) > _LINE:
        return ",\n".join(map(str, selector.terms))
    return text


def _show_change(console: Console, pods: labelsel.LabelIndex[str]) -> None:
    _head(console, "A change counts from the next question on")
    before = pods.select("env=canary")
    pods[_CHANGED] = {**pods[_CHANGED], "env": "canary"}
    _line(console, "pods.select('env=canary')", str(before))
    _line(console, f"pods['{_CHANGED}'] = {{**pods['{_CHANGED}'], 'env': 'canary'}}")
    _line(console, "pods.select('env=canary')", str(pods.select("env=canary")))


def _show_object(console: Console, pods: labelsel.LabelIndex[str]) -> None:
    _head(console, "A LabelSelector object selects what its text does")
    selector = labelsel.from_label_selector(_OBJECT)
    for field, content in _OBJECT.items():
        _line(console, f"{field}: {json.dumps(content)}")
    found = pods.select(selector)
    assert found == pods.select(str(selector))
    _line(console, str(selector), f"{len(found):,} pods")


def _show_mistake(console: Console, pods: labelsel.LabelIndex[str]) -> None:
    _head(console, "A mistake is an error, never a wider selection")
    try:
        pods.select(_MISTAKE)
    except labelsel.SelectorSyntaxError as error:
        console.print(Text(f"  {error}".replace("\n", "\n  "), style="red"), soft_wrap=True)
    console.print()


def _head(console: Console, text: str) -> None:
    console.print()
    console.print(Text(text, style="bold"))


def _line(console: Console, code: str, result: str = "") -> None:
    console.print(Text.assemble("  ", (f"{code:<54}", "cyan"), " ", result))


if __name__ == "__main__":
    sys.exit(main())
