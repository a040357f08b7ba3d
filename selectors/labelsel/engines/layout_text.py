"""The text of a table layout, as a command line has it: ``map:labels``.

`parse_layout` says how the text of each layout is written, and `layout_text` writes it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any, Final

from labelsel.engines.table_layouts import (
    Columns,
    Hstore,
    JsonColumn,
    LongTable,
    MapColumn,
    StructColumn,
    TableLayout,
)
from labelsel.errors import expected, list_words, quote, require_type, show
from labelsel.typos import nearest

__all__ = ["LAYOUT_KINDS", "LAYOUT_SHAPES", "layout_text", "parse_layout"]

_NAME: Final = r'"(?:[^"]|"")*"|[^\s",=()@]+'
_BARE: Final = re.compile(r'[^\s",=()@]+')
_ITEM: Final = re.compile(rf"({_NAME})(?:=({_NAME}))?(,|\Z)")
_ONE: Final = re.compile(_NAME)
_LONG: Final = re.compile(
    rf"({_NAME})(?:\(({_NAME}),({_NAME}),({_NAME})\))?@({_NAME})(?:\(({_NAME})\))?"
)

_ONE_COLUMN: Final[dict[str, type[Any]]] = {
    "map": MapColumn,
    "json": JsonColumn,
    "hstore": Hstore,
}

LAYOUT_KINDS: Final[dict[str, type[TableLayout]]] = {
    "columns": Columns,
    **_ONE_COLUMN,
    "long": LongTable,
}
"""The layouts by the first words of their texts."""

LAYOUT_SHAPES: Final = {
    "columns": "columns:KEY,KEY=COLUMN",
    **{word: f"{word}:COLUMN" for word in _ONE_COLUMN},
    "long": "long:LABELS(OBJECT_ID,KEY,VALUE)@OBJECTS(ID)",
}
"""How the text of each kind of layout is written, by its first word."""


def parse_layout(
    text: str, *, keys: Iterable[str] | None = None, strict: bool = False
) -> TableLayout:
    """Return the layout of a text, as a command line has it: ``map:labels``.

    1. ``columns:app,tier=tier_label`` is `Columns`: the key ``app`` is in the column ``app``, and
       the key ``tier`` in ``tier_label``. ``columns`` alone: each key of ``keys`` has a column of
       its name.
    2. ``map:labels``, ``json:labels`` and ``hstore:labels`` are `MapColumn`, `JsonColumn` and
       `Hstore` in the column ``labels``. ``map`` alone means the same.
    3. ``long:labels(object_id,key,value)@pods(id)`` is `LongTable`. ``long:labels@pods`` means the
       same.
    4. A name with a blank or a character of ``",=()@`` stands in double quotes, as in SQL. A double
       quote in such a name is doubled.

    Arguments:
        text: the text.
        keys: the keys that ``columns`` alone means: each has a column of its name.
        strict: whether a key without a column is an error; see `Columns`.

    Returns:
        The layout.

    Raises:
        ValueError: it is not the text of a layout; the message says how one is written.
        TypeError: the text is not a string.

    Complexity:
        O(len(text)).

    >>> parse_layout("map:labels")
    MapColumn(column='labels')
    >>> parse_layout("columns:app,app.kubernetes.io/name=name").columns
    {'app': 'app', 'app.kubernetes.io/name': 'name'}
    >>> parse_layout("long:labels(pod,key,value)@pods")
    LongTable(of='pods', column='id', table='labels', id='pod', key='key', value='value')
    >>> parse_layout("maps:labels")
    Traceback (most recent call last):
    ValueError: 'maps:labels' is not a layout: did you mean map:COLUMN?
    """
    word, colon, rest = require_type(str, text).partition(":")
    if word not in LAYOUT_SHAPES:
        raise _unknown(text, word)
    if colon and not rest:
        raise _fault(text, f"nothing stands behind the colon; write {LAYOUT_SHAPES[word]}")
    if word == "columns":
        return _columns(text, rest if colon else None, keys, strict=strict)
    if word == "long":
        return _long(text, rest)
    if colon and _ONE.fullmatch(rest) is None:
        raise _misshapen(text, word)
    layout: TableLayout = _ONE_COLUMN[word](_named(text, rest or "labels"))
    return layout


def layout_text(layout: TableLayout) -> str:
    """Return the text of a layout, which `parse_layout` reads as the same layout.

    Whether `Columns` are strict is no part of the text.

    Arguments:
        layout: the layout.

    Returns:
        The text.

    Raises:
        ValueError: `Columns` without any, or a name that is empty or has the character NUL: they
            have no text.
        TypeError: it is a `StructColumn`, which has no text, or not a layout at all.

    Complexity:
        O(characters).

    >>> layout_text(LongTable("the pods"))
    'long:labels(object_id,key,value)@"the pods"(id)'
    """
    match layout:
        case Columns(columns=columns):
            if not columns:
                message = "Columns without a column have no text"
                raise ValueError(message)
            return "columns:" + ",".join(
                _name(key) if key == column else f"{_quoted(key)}={_name(column)}"
                for key, column in columns.items()
            )
        case LongTable():
            names = ",".join(map(_name, (layout.id, layout.key, layout.value)))
            objects = f"{_name(layout.of)}({_name(layout.column)})"
            return f"long:{_name(layout.table)}({names})@{objects}"
        case MapColumn(column=column) | JsonColumn(column=column) | Hstore(column=column):
            [word] = (word for word, kind in LAYOUT_KINDS.items() if type(layout) is kind)
            return f"{word}:{_name(column)}"
        case StructColumn():
            message = f"a StructColumn has no text, so {show(layout)} has none"
            raise TypeError(message)
        case _:
            raise expected("a layout, such as MapColumn('labels')", layout)


def _columns(text: str, rest: str | None, keys: Iterable[str] | None, *, strict: bool) -> Columns:
    if rest is None:
        if keys is None:
            raise _fault(text, f"it has no keys; write {LAYOUT_SHAPES['columns']}")
        return Columns(keys, strict=strict)
    columns: dict[str, str] = {}
    at = 0
    while at < len(rest):
        item = _ITEM.match(rest, at)
        if item is None or (item[3] and item.end() == len(rest)):
            raise _misshapen(text, "columns")
        key = _plain(item[1])
        if key in columns:
            raise _fault(text, f"it has the key {quote(key)} twice")
        columns[key] = _named(text, item[2] or item[1])
        at = item.end()
    return Columns(columns, strict=strict)


def _long(text: str, rest: str) -> LongTable:
    found = _LONG.fullmatch(rest)
    if found is None:
        raise _misshapen(text, "long")
    fields = ("table", "id", "key", "value", "of", "column")
    given = dict(zip(fields, found.groups(), strict=True))
    return LongTable(**{name: _named(text, each) for name, each in given.items() if each})


def _named(text: str, name: str) -> str:
    """Return the name of a column or a table, which must not be empty."""
    plain = _plain(name)
    if not plain:
        raise _fault(text, "no column and no table has an empty name")
    if "\0" in plain:
        raise _fault(text, "no column and no table has the character NUL in its name")
    return plain


def _name(name: str) -> str:
    """Return how the name of a column or a table is written."""
    if not name or "\0" in name:
        message = f"no column and no table can be called {quote(name)}"
        raise ValueError(message)
    return _quoted(name)


def _plain(name: str) -> str:
    return name[1:-1].replace('""', '"') if name.startswith('"') else name


def _quoted(name: str) -> str:
    return name if _BARE.fullmatch(name) else '"' + name.replace('"', '""') + '"'


def _unknown(text: str, word: str) -> ValueError:
    lower = word.strip().lower()
    meant = lower if lower in LAYOUT_SHAPES else nearest(lower, LAYOUT_SHAPES)
    if meant is not None:
        return _fault(text, f"did you mean {LAYOUT_SHAPES[meant]}?")
    return _fault(text, f"write {list_words(list(LAYOUT_SHAPES.values()))}")


def _misshapen(text: str, word: str) -> ValueError:
    reason = f"write {LAYOUT_SHAPES[word]}"
    return _fault(text, f'{reason}; a name with a blank or one of ",=()@ stands in double quotes')


def _fault(text: str, reason: str) -> ValueError:
    return ValueError(f"{quote(text)} is not a layout: {reason}")
