"""A layout is read from a text, and written as one that means the same."""

from collections.abc import Callable
from typing import cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labelsel import TranslationError
from labelsel.engines import (
    Columns,
    Hstore,
    JsonColumn,
    LongTable,
    MapColumn,
    StructColumn,
    TableLayout,
    layout_text,
    parse_layout,
)

NAMES = st.text(st.sampled_from('ab",=()@.:/ \n'), min_size=1, max_size=5)
LAYOUTS = st.one_of(
    st.builds(MapColumn, NAMES),
    st.builds(JsonColumn, NAMES),
    st.builds(Hstore, NAMES),
    st.builds(LongTable, NAMES, NAMES, NAMES, NAMES, NAMES, NAMES),
    st.builds(Columns, st.dictionaries(NAMES | st.just(""), NAMES, min_size=1, max_size=4)),
)


@given(LAYOUTS)
def test_a_text_is_read_back(layout: TableLayout) -> None:
    """Every name is a name again, whatever characters it has."""
    assert parse_layout(layout_text(layout)) == layout


@pytest.mark.parametrize(
    ("text", "layout"),
    [
        ("map", MapColumn("labels")),
        ("json:tags", JsonColumn("tags")),
        ("hstore", Hstore("labels")),
        ('map:"the ""labels"""', MapColumn('the "labels"')),
        ("columns", Columns(["a", "b"])),
        ("columns:app,a/b=c", Columns({"app": "app", "a/b": "c"})),
        ("long:tags@pods", LongTable("pods", table="tags")),
        ("long:t(o,k,v)@p(n)", LongTable("p", "n", "t", "o", "k", "v")),
        ("long:t@p(n)", LongTable("p", "n", "t")),
    ],
)
def test_the_texts_of_layouts(text: str, layout: TableLayout) -> None:
    """A part that is left out has its usual name."""
    assert parse_layout(text, keys=["a", "b"]) == layout


def test_strict_columns() -> None:
    """Whether a key without a column is an error is no part of the text."""
    strict = Columns(["a"], strict=True)
    assert parse_layout("columns:a", strict=True) == strict
    assert parse_layout("columns", keys=["a"], strict=True) == strict


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("maps:labels", "did you mean map:COLUMN?"),
        ("MAP:labels", "did you mean map:COLUMN?"),
        ("table", "write columns:KEY,KEY=COLUMN, map:COLUMN, json:COLUMN, hstore:COLUMN or long:"),
        ("", "write columns:KEY"),
        ("columns", "it has no keys; write columns:KEY,KEY=COLUMN"),
        ("columns:", "nothing stands behind the colon; write columns:KEY,KEY=COLUMN"),
        ("columns:a,", "write columns:KEY,KEY=COLUMN; a name with a blank or one of"),
        ("columns:a b", "write columns:KEY,KEY=COLUMN; a name with a blank or one of"),
        ("columns:a,a=b", "it has the key 'a' twice"),
        ('columns:a=""', "no column and no table has an empty name"),
        ('map:""', "no column and no table has an empty name"),
        ("map:a\0", "no column and no table has the character NUL in its name"),
        ("columns:a=b\0", "no column and no table has the character NUL in its name"),
        ("long:a\0@b", "no column and no table has the character NUL in its name"),
        ("map:a b", "write map:COLUMN; a name with a blank or one of"),
        ("json:a,b", "write json:COLUMN"),
        ("long", "write long:LABELS(OBJECT_ID,KEY,VALUE)@OBJECTS(ID)"),
        ("long:labels", "write long:LABELS(OBJECT_ID,KEY,VALUE)@OBJECTS(ID)"),
        ("long:labels(a,b)@pods", "write long:LABELS(OBJECT_ID,KEY,VALUE)@OBJECTS(ID)"),
    ],
)
def test_what_is_no_layout(text: str, reason: str) -> None:
    """The message has the text, and how one is written."""
    with pytest.raises(ValueError, match="is not a layout: ") as caught:
        parse_layout(text)
    assert str(caught.value).startswith(f"{text!r} is not a layout: {reason}")


@pytest.mark.parametrize(
    ("layout", "problem"),
    [
        (Columns([]), "Columns without a column have no text"),
        (MapColumn(""), "no column and no table can be called ''"),
        (Columns({"a": "b\0"}), r"no column and no table can be called 'b\\x00'"),
        (LongTable("pods", id=""), "no column and no table can be called ''"),
    ],
)
def test_layouts_without_a_text(layout: TableLayout, problem: str) -> None:
    """Each would be a text that is not read back."""
    with pytest.raises(ValueError, match=problem):
        layout_text(layout)


NAME = cast("str", 5)


@pytest.mark.parametrize(
    "make",
    [
        lambda: Columns({NAME: "a"}),
        lambda: Columns({"a": NAME}),
        lambda: Columns([NAME]),
        lambda: StructColumn(NAME, ["a"]),
        lambda: StructColumn("a", {"a": NAME}),
        lambda: MapColumn(NAME),
        lambda: JsonColumn(NAME),
        lambda: Hstore(NAME),
        *(
            lambda name=name: LongTable(**{"of": "a", name: NAME})
            for name in ("of", "column", "table", "id", "key", "value")
        ),
    ],
)
def test_each_name_is_a_string(make: Callable[[], TableLayout]) -> None:
    """It is checked where the layout is made, not where an engine reads it."""
    with pytest.raises(TypeError, match="5"):
        make()


def test_which_layouts_are_strict() -> None:
    """Only those that are told so."""
    for keys in Columns(["a"]), StructColumn("m", ["a"]).fields:
        assert keys.column_of("b") is None
    for keys in Columns(["a"], strict=True), StructColumn("m", ["a"], strict=True).fields:
        assert keys.column_of("a") == "a"
        with pytest.raises(TranslationError):
            keys.column_of("b")


def test_other_values_are_refused() -> None:
    """A text and a layout are wanted."""
    with pytest.raises(TypeError):
        parse_layout(None)  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="expected a layout"):
        layout_text("map")  # type: ignore[arg-type]
