"""`to_arrow`: a selector as an expression of PyArrow, for tables and for datasets of files.

It needs the extra ``arrow``.

>>> import pyarrow as pa
>>> from labelsel.engines import Columns
>>> from labelsel.engines.arrow import to_arrow
>>> pods = pa.table({"name": ["a", "b"], "app": ["web", None]})
>>> pods.filter(to_arrow("!app", Columns(["app"])))["name"].to_pylist()
['b']
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from labelsel.engines.resolve import MAX_VALUES, ValuesOfKey, resolve
from labelsel.engines.table_layouts import (
    Columns,
    MapColumn,
    StructColumn,
    TableLayout,
    unknown_layout,
)
from labelsel.engines.writer import ExpressionWriter, require_characters, write
from labelsel.selector import SelectorOrText

try:
    import pyarrow as pa
    import pyarrow.compute as pc
    import pyarrow.dataset as ds
except ImportError:
    message = "selectors on Arrow need pyarrow: pip install 'labelsel[arrow]'"
    raise ImportError(message) from None

__all__ = ["to_arrow", "values_arrow"]


def to_arrow(
    selector: SelectorOrText,
    layout: TableLayout,
    *,
    values: ValuesOfKey | None = None,
    limit: int = MAX_VALUES,
) -> pc.Expression:
    """Return a selector as a Boolean expression of PyArrow, which is never null.

    It filters a Table and a Dataset. Arrow opens only the files whose partition may match, and
    reads only the row groups whose statistics allow a match.

    Args:
        selector: a selector, or its text in the Kubernetes language.
        layout: `Columns` of strings, also dictionary-encoded; a `MapColumn`, which is read as a
            map of strings; or a `StructColumn` of strings.
        values: returns the distinct values of a key, which ``>``, ``<``, regular expressions and
            parts of values need: see `values_arrow` and `resolve`.
        limit: most values that one requirement may become.

    Raises:
        TranslationError: Arrow does not have the layout, or cannot hold a string; the layout is
            strict and has no column for a key; values must be read and ``values`` is not given;
            or there are more than ``limit``.

    A column that does not exist, or of another type, is an error of PyArrow when the expression
    is used. O(nodes + values).

    >>> from labelsel.engines import Columns, MapColumn
    >>> print(to_arrow("!debug", Columns(["debug"])))
    invert(is_valid(debug))
    >>> labels = pa.array([{"app": "web"}, {"app": "db"}], pa.map_(pa.string(), pa.string()))
    >>> pa.table({"labels": labels}).filter(to_arrow("app=web", MapColumn("labels"))).num_rows
    1
    """
    writer = _ArrowWriter(layout)
    return write(resolve(selector, values, limit=limit), writer)


def values_arrow(key: str, layout: TableLayout, dataset: pa.Table | ds.Dataset) -> list[str | None]:
    """Return the distinct values of a key in a Table or Dataset; see `resolve`.

    Its column is read once, batch by batch; of a partition key, too. The layouts and the errors
    are those of `to_arrow`. O(rows).

    >>> from labelsel.engines import Columns
    >>> nodes, layout = pa.table({"cores": ["2", "8", "8", "many"]}), Columns(["cores"])
    >>> more = to_arrow("cores>4", layout, values=lambda key: values_arrow(key, layout, nodes))
    >>> nodes.filter(more).num_rows
    2
    """
    value = _ArrowWriter(layout).value(key)
    if value is None:
        return []
    found: set[str | None] = set()
    source = ds.dataset(dataset) if isinstance(dataset, pa.Table) else dataset
    for batch in source.scanner(columns={"value": value}).to_batches():
        found.update(batch.column(0).unique().to_pylist())
    return list(found)


_MAP: Final = pa.map_(pa.string(), pa.string())


class _ArrowWriter(ExpressionWriter[pc.Expression]):
    def __init__(self, layout: TableLayout) -> None:
        if not isinstance(layout, Columns | MapColumn | StructColumn):
            known = ("Columns", "MapColumn", "StructColumn")
            raise unknown_layout(layout, known, "Arrow")
        self._layout = layout

    def value(self, key: str) -> pc.Expression | None:
        layout = self._layout
        if isinstance(layout, MapColumn):
            # `map_lookup` wants a key of the map's own type, and Polars writes large strings. The
            # cast takes 0.4 s for a million maps that the look-up takes 1.3 s for.
            column = pc.field(_text(layout.column)).cast(_MAP)
            return pc.map_lookup(column, pa.scalar(_text(key), pa.string()), "first")
        if isinstance(layout, Columns):
            name = layout.column_of(key)
            return None if name is None else pc.field(_text(name))
        field = layout.fields.column_of(key)
        return None if field is None else pc.field(_text(layout.column), _text(field))

    def is_in(self, value: pc.Expression, values: Sequence[str]) -> pc.Expression:
        return value.isin(pa.array(map(_text, values), pa.string()))

    def is_there(self, value: pc.Expression) -> pc.Expression:
        return value.is_valid()

    def constant(self, *, value: bool) -> pc.Expression:
        return pc.scalar(value)


def _text(text: str) -> str:
    return require_characters(text, "Arrow")
