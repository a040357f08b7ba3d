"""Polars answers as `matches`: in each layout, eager and lazy, by expression and by namespace."""

import subprocess
import sys
from collections.abc import Callable
from functools import cache, partial
from itertools import permutations
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from labelsel import Equals, Or, Selector, SelectorError, TranslationError, engines
from labelsel.engines import Columns, JsonColumn, LongTable, MapColumn, StructColumn, TableLayout
from labelsel.engines.polars import to_polars, values_polars
from labelsel.limits import MAX_VALUES
from tests.engines.answers import rows_of
from tests.engines.conftest import CompareMany
from tests.engines.frames import LAYOUTS, table_of
from tests.engines.relation import FEW, MANY, differences, selectors
from tests.vector_parts import PARTS, select_part

LABELS = [{"app": "web", "cores": "8"}, {"app": "db"}, {}, None, {"cores": ""}]
MAP = pl.Map(pl.String, pl.String)
STRUCT = pl.Struct({"app": pl.String, "cores": pl.String})
LIST = pl.List(pl.Struct({"key": pl.String, "value": pl.String}))


def frame_of(layout: str, count: int) -> pl.DataFrame:
    table = table_of(layout, count)
    frame = pl.from_arrow(table)
    assert isinstance(frame, pl.DataFrame)
    frame.columns = table.column_names  # Polars has given the one without a name another one
    return frame


def by_expression(frame: Any, layout: str, selector: Any, values: Any) -> Any:
    return frame.filter(to_polars(selector, LAYOUTS[layout], values=values))


def by_namespace(frame: Any, layout: str, selector: Any, _: Any) -> Any:
    given = LAYOUTS[layout]
    return frame.labels.select(selector, given if layout == "columns" else "^the labels$")


@pytest.mark.parametrize(
    ("filtered", "mode"),
    [
        (by_expression, "eager"),
        (by_expression, "lazy"),
        (by_namespace, "eager"),
        (by_namespace, "streaming"),
    ],
)
@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("part", PARTS)
def test_polars_answers_as_matches(
    layout: str, filtered: Callable[..., Any], mode: str, part: str
) -> None:
    """Every selector selects the same rows there."""
    frame = frame_of(layout, FEW)
    values = cache(partial(values_polars, layout=LAYOUTS[layout], frame=frame))

    def answer(selector: Any) -> list[int]:
        if mode == "eager":
            return list(filtered(frame, layout, selector, values)["id"])
        plan = filtered(frame.lazy(), layout, selector, values)
        engine = "streaming" if mode == "streaming" else "in-memory"
        return list(plan.collect(engine=engine)["id"])

    assert differences(answer, FEW, chosen=select_part(selectors(), part)) == []


@pytest.mark.slow
@pytest.mark.parametrize("lazy", [False, True], ids=["eager", "lazy"])
@pytest.mark.parametrize("layout", LAYOUTS)
def test_many_label_sets(compare_many: CompareMany, layout: str, lazy: bool) -> None:
    """Every selector selects the same rows of many, and is null in none; fifty are one query."""
    frame = frame_of(layout, MANY)
    write = partial(
        to_polars,
        layout=LAYOUTS[layout],
        values=cache(partial(values_polars, layout=LAYOUTS[layout], frame=frame)),
    )
    found: dict[Selector, Any] = {}
    for start in range(0, len(selectors()), 50):
        batch = selectors()[start : start + 50]
        columns = [write(each).alias(str(number)) for number, each in enumerate(batch)]
        answer = frame.lazy().select(columns).collect() if lazy else frame.select(columns)
        found |= dict(zip(batch, answer.to_arrow().columns, strict=True))
    compare_many(f"Polars, {'lazy' if lazy else 'eager'}", layout, lambda one: rows_of(found[one]))


# Layouts


@pytest.mark.parametrize("kind", [pl.String, pl.Categorical, pl.Enum(["web", "db", ""])])
def test_types_of_columns(kind: Any) -> None:
    """Values that an Enum does not have are no error; null is an absent label."""
    frame = pl.DataFrame({"app": ["web", "db", "", None]}, schema={"app": kind})
    layout = Columns(["app"])
    values = partial(values_polars, layout=layout, frame=frame)
    selected = {
        text: frame.filter(to_polars(text, layout, values=values))["app"].to_list()
        for text in ("app in (web,gone)", "app notin (web,gone)", "!app", "app!=gone,app")
    }
    assert selected == {
        "app in (web,gone)": ["web"],
        "app notin (web,gone)": ["db", "", None],
        "!app": [None],
        "app!=gone,app": ["web", "db", ""],
    }
    condition = to_polars(~Equals("app", "web") | Equals("app", "db"), layout)
    assert frame.select(app=condition)["app"].to_list() == [False, True, True, True]


NO_TEXTS: list[tuple[Any, Any]] = [
    (pl.Int64, 7),
    (pl.Float64, float("nan")),
    (pl.Boolean, True),
    (pl.Binary, b"7"),
    (pl.Date, None),
    (pl.Decimal(10, 2), 7),
    (pl.List(pl.String), ["7"]),
    (pl.Array(pl.String, 1), ["7"]),
    (pl.List(pl.Struct({"key": pl.String, "value": pl.String})), [{"key": "a", "value": "7"}]),
    (pl.Struct({"7": pl.String}), {"7": "7"}),
    (MAP, {"7": "7"}),
]


@pytest.mark.filterwarnings("ignore:`is_in` with a collection:DeprecationWarning")
@pytest.mark.parametrize("value", NO_TEXTS, ids=str)
@pytest.mark.parametrize("text", ["app=7", "app!=7", "app", "!app", "app in (7,8)"])
def test_values_that_are_no_text(value: tuple[Any, Any], text: str) -> None:
    """They are refused when the expression is used, in each layout, also if there is no row.

    No value is turned into a text, and a list is not one of its items.
    """
    kind, held = value
    frames: list[tuple[TableLayout, pl.DataFrame]] = [
        (Columns(["app"]), pl.DataFrame({"app": [held, None]}, schema={"app": kind})),
        (
            StructColumn("s", ["app"]),
            pl.DataFrame({"s": [{"app": held}, None]}, schema={"s": pl.Struct({"app": kind})}),
        ),
        (
            MapColumn("m"),
            pl.DataFrame({"m": [{"app": held}, None]}, schema={"m": pl.Map(pl.String, kind)}),
        ),
    ]
    for layout, frame in frames:
        condition = to_polars(text, layout)
        for rows in (frame, frame.clear()):
            with pytest.raises(pl.exceptions.InvalidOperationError, match="is_in"):
                rows.filter(condition)
            with pytest.raises(pl.exceptions.InvalidOperationError, match="is_in"):
                rows.lazy().filter(condition).collect(engine="streaming")
        with pytest.raises(TypeError, match=r"values of the key 'app' are no texts, but "):
            values_polars("app", layout, frame)


@pytest.mark.parametrize("value", [pl.String, pl.Int64, pl.List(pl.String)])
@pytest.mark.parametrize("key", [pl.String, pl.Int64])
def test_a_list_of_pairs_is_no_map(key: Any, value: Any) -> None:
    """`MapColumn` of a list is an error of Polars, which names the type that it needs."""
    frame = pl.DataFrame(schema={"m": pl.List(pl.Struct({"key": key, "value": value}))})
    with pytest.raises(pl.exceptions.InvalidOperationError, match="requires a Map"):
        frame.filter(to_polars("!app", MapColumn("m")))


def test_a_column_of_nulls() -> None:
    """A column without a value has no type: no row has the label."""
    frame = pl.DataFrame({"app": [None, None]})
    assert frame.filter(to_polars("app=web", Columns(["app"]))).height == 0
    assert frame.filter(to_polars("app!=web", Columns(["app"]))).height == 2


@pytest.mark.parametrize("layout", [Columns(["app"]), StructColumn("labels", ["app"])])
def test_a_key_without_a_column(layout: TableLayout) -> None:
    """It is absent everywhere, and has no values."""
    frame = pl.DataFrame({"app": ["web"], "labels": [{"app": "web"}]})
    values = partial(values_polars, layout=layout, frame=frame)
    assert values("gone") == []
    found = [
        frame.filter(to_polars(text, layout, values=values)).height
        for text in ("gone", "gone=a", "gone>1", "!gone", "app=web,!gone")
    ]
    assert found == [0, 0, 0, 1, 1]


@pytest.mark.parametrize(
    "layout", [Columns(["app"], strict=True), StructColumn("labels", ["app"], strict=True)]
)
def test_a_strict_layout(layout: TableLayout) -> None:
    """A key without a column or field is an error."""
    with pytest.raises(TranslationError, match=r"'gone'.*strict"):
        to_polars("gone=a", layout)


@pytest.mark.parametrize("layout", [JsonColumn("labels"), LongTable("pods")])
def test_layouts_that_polars_has_not(layout: TableLayout) -> None:
    """It is said which ones it has."""
    with pytest.raises(TranslationError, match="Columns, MapColumn and StructColumn"):
        to_polars("app=web", layout)


def test_no_layout() -> None:
    """A name is no layout."""
    with pytest.raises(TypeError, match=r"expected a layout, such as MapColumn\('labels'\), not"):
        to_polars("app=web", "labels")  # type: ignore[arg-type]


@pytest.mark.parametrize("name", ["*", "^app$"])
def test_fields_that_are_patterns(name: str) -> None:
    """Polars has no way to name such a field alone."""
    with pytest.raises(TranslationError, match="reads it as a pattern"):
        to_polars("app=web", StructColumn("labels", {"app": name}))


@pytest.mark.parametrize("name", ["^app", "app$", "a*"])
def test_fields_that_are_no_patterns(name: str) -> None:
    """Polars reads a name as a pattern only if it has both ends of one, or is a lone star."""
    frame = pl.DataFrame({"labels": [{name: "web", "app": "db"}, {name: "db", "app": "web"}]})
    selected = frame.filter(to_polars("app=web", StructColumn("labels", {"app": name})))
    assert selected.rows() == [({name: "web", "app": "db"},)]


def test_a_text_that_polars_cannot_hold() -> None:
    """Polars would take half of a pair of surrogates for other characters."""
    for selector in (Equals("app", "\ud800"), Equals("\ud800", "web")):
        with pytest.raises(TranslationError, match="surrogates"):
            to_polars(selector, MapColumn())


def test_no_values() -> None:
    """An expression that needs them says so."""
    with pytest.raises(TranslationError, match="distinct values of the key 'cores'"):
        to_polars("cores>4", MapColumn())


def test_many_conditions() -> None:
    """A wide selector makes a flat expression: a deep one of this size takes Polars 10 s."""
    wide = Or(tuple(Equals(f"app-{n % 3}", str(n)) for n in range(2_000)))
    frame = pl.DataFrame({f"app-{n}": [str(n), "no", None] for n in range(3)})
    assert frame.filter(to_polars(wide, Columns(frame.columns))).height == 1


def test_a_parquet_file_is_read_in_part(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """The condition reaches the scan, which skips row groups by their statistics."""
    path = tmp_path / "pods.parquet"
    names = pl.Series("name", [f"pod-{n:03}" for n in range(100)])
    pl.DataFrame([names]).write_parquet(path, row_group_size=10)
    plan = pl.scan_parquet(path).filter(to_polars("name in (pod-013,pod-095)", Columns(["name"])))
    with pl.Config(verbose=True):
        assert plan.collect().height == 2
    assert "reading 2 / 10 row groups" in capfd.readouterr().err


# The namespace


@pytest.mark.parametrize("kind", [MAP, STRUCT, LIST])
@pytest.mark.parametrize(
    ("selector", "expected"),
    [
        ("app=web", [True, False, False, False, False]),
        ("!app", [False, False, True, True, True]),
        ("cores>4", [True, False, False, False, False]),
        ("cores!=8", [False, True, True, True, True]),
        ("gone", [False] * 5),
        ("", [True] * 5),
    ],
)
def test_labels_of_each_type(kind: Any, selector: str, expected: list[bool]) -> None:
    """A map, a struct, and the list of structs that older readers make of a map."""
    given: list[Any] = list(LABELS)
    if kind == LIST:
        given = [
            None if each is None else [{"key": k, "value": v} for k, v in each.items()]
            for each in given
        ]
    frame = pl.DataFrame({"labels": given}, schema={"labels": kind})
    condition = pl.col("labels").labels.select(selector)
    assert frame.select(condition)["labels"].to_list() == expected
    assert frame.lazy().select(condition).collect()["labels"].to_list() == expected
    rows = [n for n, is_selected in enumerate(expected) if is_selected]
    assert frame.with_row_index().labels.select(selector)["index"].to_list() == rows


def test_dicts_as_users_write_them() -> None:
    """Polars makes a struct of dicts, and a null type of no labels at all."""
    frame = pl.DataFrame({"labels": [{"app": "web", "debug": None}, {"app": "db", "debug": ""}]})
    assert frame.labels.select("!debug")["labels"].struct.field("app").to_list() == ["web"]
    empty = pl.DataFrame({"labels": [None, None]})
    assert empty.labels.select("app=web").height == 0
    assert empty.labels.select("!app").height == 2
    assert pl.DataFrame({"labels": [{}, {}]}).labels.select("!app").height == 2
    assert frame[:0].labels.select("app=web").height == 0


def test_the_values_are_those_of_the_rows() -> None:
    """Each batch reads its own, so that a filter before the selector changes nothing."""
    schema = {"labels": MAP}
    frame = pl.DataFrame({"labels": [{"n": str(n)} for n in range(1_000)]}, schema=schema)
    more = pl.col("labels").labels.select("n>989")
    assert frame.filter(more).height == 10
    assert frame.lazy().filter(more).collect(engine="streaming").height == 10
    assert frame.filter(more & (pl.int_range(pl.len()) % 2 == 0)).height == 5
    assert frame.group_by(more).len().sort("len")["len"].to_list() == [10, 990]


def test_as_many_values_as_rows() -> None:
    """Labels of the frame itself need no limit: there are no more values than rows."""
    frame = pl.DataFrame({"labels": [{"n": str(n)} for n in range(MAX_VALUES + 2)]})
    assert frame.labels.select("n>0").height == MAX_VALUES + 1


def test_columns_of_a_frame() -> None:
    """One column a key; the values that a selector needs are read, from a lazy frame too."""
    frame = pl.DataFrame({"app": ["web", "db", None], "cores": ["8", "16", None]})
    layout = Columns(["app", "cores"])
    assert frame.labels.select("cores>8", layout)["app"].to_list() == ["db"]
    assert frame.lazy().labels.select("cores>8", layout).collect()["app"].to_list() == ["db"]


@pytest.mark.parametrize(
    "kind",
    [
        pl.String,
        pl.Struct({"app": pl.Int64}),
        pl.Map(pl.Int64, pl.String),
        pl.Map(pl.String, pl.Int64),
        pl.List(pl.String),
    ],
)
def test_labels_of_another_type(kind: Any) -> None:
    """They are refused, with the type, also where there is no row."""
    frame = pl.DataFrame(schema={"labels": kind})
    with pytest.raises(TypeError, match="labels of Polars are a Map of strings"):
        frame.labels.select("app=web")


def test_an_error_inside_of_a_batch_has_our_text() -> None:
    """Polars makes a new error of the class of ours, from a text alone."""
    frame = pl.DataFrame({"labels": [{"app": "web", "*": "web"}]})
    for selector, reason in (
        (Equals("app", "\ud800"), "half of a pair of surrogates"),
        (Equals("*", "web"), "reads it as a pattern"),
    ):
        for engine in ("in-memory", "streaming"):
            plan = frame.lazy().labels.select(selector)
            with pytest.raises(SelectorError, match=reason):
                plan.collect(engine=engine)
        with pytest.raises(SelectorError, match=reason):
            frame.labels.select(selector)


def test_a_wrong_selector() -> None:
    """It is an error when the expression is made, not when it is run."""
    with pytest.raises(ValueError, match="app In"):
        pl.col("labels").labels.select("app In (web)")


def test_the_order_of_fields_does_not_matter() -> None:
    """A list of structs is known by the names of its fields."""
    for first, second in permutations([("key", "app"), ("value", "web")]):
        frame = pl.DataFrame({"labels": [[dict([first, second])]]})
        assert frame.labels.select("app=web").height == 1


def test_without_polars(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is said which extra to install."""
    monkeypatch.setitem(sys.modules, "polars", None)
    monkeypatch.delitem(sys.modules, "labelsel.engines.polars")
    with pytest.raises(ImportError, match=r"pip install 'labelsel\[polars\]'"):
        __import__("labelsel.engines.polars")


def test_an_engine_is_imported_when_it_is_asked_for() -> None:
    """`labelsel.engines` alone loads none of them; a wrong name is the usual error."""
    program = """
import subprocess
import sys
import labelsel.engines
assert not {"polars", "pyarrow"} & set(sys.modules)
assert labelsel.engines.to_polars.__module__ == "labelsel.engines.polars"
assert labelsel.engines.to_arrow.__module__ == "labelsel.engines.arrow"
"""
    subprocess.run([sys.executable, "-c", program], check=True)
    assert engines.values_polars is values_polars
    with pytest.raises(AttributeError, match="has no attribute 'gone'"):
        engines.gone  # type: ignore[attr-defined]  # noqa: B018


@pytest.mark.parametrize(
    ("key", "value"), [(pl.String, pl.Int64), (pl.String, pl.Boolean), (pl.Int64, pl.String)]
)
def test_lists_of_pairs_of_other_types_are_refused(key: Any, value: Any) -> None:
    """A cast would make the label ``app=7`` of a number."""
    type_ = pl.List(pl.Struct({"key": key, "value": value}))
    frame = pl.DataFrame({"labels": pl.Series([[]], dtype=type_)})
    with pytest.raises(Exception, match="a list of structs of a key and a value, not"):
        frame.labels.select("app=7")
