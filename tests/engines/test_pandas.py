"""pandas needs no code of ours: the predicate, or an index of the columns, answers exactly."""

from collections.abc import Callable
from typing import Any

import pandas as pd
import pyarrow as pa
import pytest

from labelsel import LabelIndex, Selector, compile_predicate
from tests.engines.conftest import CompareMany
from tests.engines.relation import FEW, KEYS, MANY, Rows, differences, label_sets


def by_dicts(count: int) -> Callable[[Selector], Rows]:
    """The recipe of docs/engines.md: the predicate marks the rows. None is no labels."""
    labels = [dict(each) or None for each in label_sets(count)]
    frame = pd.DataFrame({"id": range(count), "labels": labels})

    def answer(selector: Selector) -> Any:
        mask = frame["labels"].map(compile_predicate(selector)).astype(bool)
        return frame[mask]["id"]

    return answer


def by_columns(count: int) -> Callable[[Selector], Rows]:
    """The recipe of docs/engines.md: an index of the columns gives the positions of the rows."""
    columns = {key: [each.get(key) for each in label_sets(count)] for key in KEYS}
    frame = pd.DataFrame({"id": range(count), **columns})
    frame["app"] = frame["app"].astype("category")
    frame = frame.set_index("id", drop=False)
    index = LabelIndex.from_arrow(pa.Table.from_pandas(frame[list(KEYS)], preserve_index=False))
    return lambda selector: frame.iloc[index.select(selector).rows()]["id"]


RECIPES = {"dicts": by_dicts, "columns": by_columns}


@pytest.mark.parametrize("layout", RECIPES)
def test_pandas_answers_as_matches(layout: str) -> None:
    assert differences(RECIPES[layout](FEW), FEW) == []


@pytest.mark.slow
@pytest.mark.parametrize("layout", RECIPES)
def test_many_label_sets(compare_many: CompareMany, layout: str) -> None:
    compare_many("pandas", layout, RECIPES[layout](MANY))


def test_no_rows() -> None:
    """An empty frame stays a frame with its columns, which it would not without `astype`."""
    frame = pd.DataFrame({"id": [1], "labels": [{"app": "web"}]})[:0]
    mask = frame["labels"].map(compile_predicate("app")).astype(bool)
    assert list(frame[mask].columns) == ["id", "labels"]
    index = LabelIndex.from_arrow(pa.Table.from_pandas(frame[["id"]].astype(str)))
    assert frame.iloc[index.select("id").rows()].empty


@pytest.mark.parametrize("missing", [None, float("nan"), pd.NA])
def test_missing_values_of_columns(missing: Any) -> None:
    """Each of the ways in which pandas writes "no value" is an absent label."""
    frame = pd.DataFrame({"app": pd.Series(["web", missing, ""], dtype=object)})
    index = LabelIndex.from_arrow(pa.Table.from_pandas(frame, preserve_index=False))
    assert index.select("!app").rows().tolist() == [1]
    assert index.select("app!=web").rows().tolist() == [1, 2]
