"""pandas needs no code of ours: the predicate, or an index of the columns, answers exactly."""

from functools import cache
from typing import Any

import pandas as pd
import pyarrow as pa
import pytest

from labelsel import LabelIndex, compile_predicate
from tests.engines.relation import COUNTS, KEYS, differences, label_sets


@pytest.mark.parametrize("count", COUNTS)
def test_a_column_of_dicts(count: int) -> None:
    """The recipe of docs/engines.md: the predicate marks the rows. None is no labels."""
    labels = [dict(each) or None for each in label_sets(count)]
    frame = pd.DataFrame({"id": range(count), "labels": labels})

    def answer(selector: Any) -> list[int]:
        mask = frame["labels"].map(compile_predicate(selector)).astype(bool)
        return list(frame[mask]["id"])

    assert differences(answer, count) == []


@cache
def frame_of(count: int) -> pd.DataFrame:
    columns = {key: [each.get(key) for each in label_sets(count)] for key in KEYS}
    frame = pd.DataFrame({"id": range(count), **columns})
    frame["app"] = frame["app"].astype("category")
    return frame.set_index("id", drop=False)


@pytest.mark.parametrize("count", COUNTS)
def test_columns(count: int) -> None:
    """The recipe of docs/engines.md: an index of the columns gives the positions of the rows."""
    frame = frame_of(count)
    index = LabelIndex.from_arrow(pa.Table.from_pandas(frame[list(KEYS)], preserve_index=False))
    assert (
        differences(lambda selector: frame.iloc[index.select(selector).rows()]["id"], count) == []
    )


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
