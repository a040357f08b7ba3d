"""The accessor of pandas, the predicate on a column, and an index of the columns answer exactly."""

import importlib
import sys
from collections.abc import Callable
from typing import Any

import pandas as pd
import pyarrow as pa
import pytest

from labelsel import LabelIndex, Selector, SelectorSyntaxError, TranslationError, compile_predicate
from labelsel.engines import Columns
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


def by_accessor(count: int) -> Callable[[Selector], Rows]:
    """The accessor on a column of dicts."""
    labels = [dict(each) or None for each in label_sets(count)]
    frame = pd.DataFrame({"id": range(count), "labels": labels})
    return lambda selector: frame.labelsel.select(selector)["id"]


def by_accessor_of_columns(count: int) -> Callable[[Selector], Rows]:
    """The accessor on a column a key, with names of columns that differ from the keys."""
    columns = {f"_{key}": [each.get(key) for each in label_sets(count)] for key in KEYS}
    frame = pd.DataFrame({"id": range(count), **columns}).set_index("id", drop=False)
    layout = Columns({key: f"_{key}" for key in KEYS})
    return lambda selector: frame.labelsel.select(selector, layout)["id"]


@pytest.mark.parametrize("answer", [by_accessor, by_accessor_of_columns])
def test_the_accessor_answers_as_matches(
    answer: Callable[[int], Callable[[Selector], Rows]],
) -> None:
    assert differences(answer(FEW), FEW) == []


def test_a_frame_keeps_its_columns_and_its_index() -> None:
    frame = pd.DataFrame({"labels": [{"app": "web"}, None], "n": [1, 2]}, index=["x", "y"])
    assert frame.labelsel.select("app")["n"].to_dict() == {"x": 1}
    assert list(frame[:0].labelsel.select("app").columns) == ["labels", "n"]
    assert frame[:0]["labels"].labelsel.matches("app").dtype == bool
    # A key without a column is absent everywhere, and so is one with nothing but missing values.
    assert len(frame.labelsel.select("!tier", Columns(["app"]))) == 2
    gone = pd.DataFrame({"app": [None, float("nan")]})
    assert len(gone.labelsel.select("!app", Columns(["app"]))) == 2
    assert len(gone.labelsel.select("app", Columns(["app"]))) == 0


def test_what_the_accessor_refuses() -> None:
    frame = pd.DataFrame({"labels": [{"app": "web"}], "cores": [8]})
    with pytest.raises(SelectorSyntaxError, match="found 'In'"):
        frame.labelsel.select("app In (web)")
    with pytest.raises(TypeError, match="labels must be a mapping"):
        pd.Series([float("nan")]).labelsel.matches("!app")
    with pytest.raises(KeyError, match="tags"):
        frame.labelsel.select("app", "tags")
    with pytest.raises(TypeError, match="expected the name of a column, or Columns"):
        frame.labelsel.select("app", ["app"])
    with pytest.raises(TypeError, match="cores"):
        frame.labelsel.select("cores>4", Columns(["cores"]))
    with pytest.raises(TranslationError, match="tier"):
        frame.labelsel.select("tier", Columns(["cores"], strict=True))


def test_without_pandas(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "labelsel.engines.pandas")
    monkeypatch.setitem(sys.modules, "pandas", None)
    with pytest.raises(ImportError, match="selectors on pandas need the package: pip install"):
        importlib.import_module("labelsel.engines.pandas")
