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

from labelsel.engines.resolve import ValuesOfKey, resolve
from labelsel.engines.table_layouts import TableLayout
from labelsel.engines.writer import ExpressionWriter, write
from labelsel.errors import TranslationError
from labelsel.limits import MAX_ARROW_CONDITIONS, MAX_VALUES
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
    reads only the row groups whose statistics allow a match. A column that does not exist, or of
    another type, is an error of PyArrow when the expression is used.

    Arguments:
        selector: a selector, or the text of a Kubernetes selector.
        layout: `Columns` of strings, also dictionary-encoded; a `MapColumn`, which is read as a map
            of strings; or a `StructColumn` of strings.
        values: returns the distinct values of a key, which ``>``, ``<``, regular expressions and
            parts of values need: see `values_arrow` and `resolve`.
        limit: most values that one requirement may become.

    Returns:
        The expression.

    Raises:
        TranslationError: Arrow does not have the layout, or cannot hold a string; the layout is
            strict and has no column for a key; values must be read and ``values`` is not given;
            there are more than ``limit``; or an And or an Or has more than 1,000 terms.
        SelectorSyntaxError: a text is not a selector.
        TypeError: an argument is of another type, or ``values`` returns something else than strings
            and None.
        ImportError: pyarrow is not installed: ``pip install 'labelsel[arrow]'``. Raised when the
            name is imported.

    Complexity:
        O(n log n) for n nodes and values of the resolved selector; see `resolve`.

    >>> from labelsel.engines import Columns, MapColumn
    >>> print(to_arrow("!debug", Columns(["debug"])))
    invert((is_valid(debug) and (true or (debug == ""))))
    >>> labels = pa.array([{"app": "web"}, {"app": "db"}], pa.map_(pa.string(), pa.string()))
    >>> pa.table({"labels": labels}).filter(to_arrow("app=web", MapColumn("labels"))).num_rows
    1
    """
    writer = _ArrowWriter(layout)
    return write(resolve(selector, values, limit=limit), writer)


def values_arrow(key: str, layout: TableLayout, dataset: pa.Table | ds.Dataset) -> list[str | None]:
    """Return the distinct values of a key in a Table or Dataset; see `resolve`.

    Its column is read once, batch by batch; of a partition key, too. A column that does not exist,
    or of another type, is an error of PyArrow.

    Arguments:
        key: the label key.
        layout: where the labels are, as of `to_arrow`.
        dataset: the Table or Dataset.

    Returns:
        The values, in no order; None among them for absent labels.

    Raises:
        TranslationError: Arrow does not have the layout, or cannot hold a string; or the layout is
            strict and has no column for the key.
        TypeError: the layout is of another type.
        ImportError: pyarrow is not installed: ``pip install 'labelsel[arrow]'``. Raised when the
            name is imported.

    Complexity:
        O(rows).

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


_MAP: Final = pa.map_(pa.binary(), pa.binary())


class _ArrowWriter(ExpressionWriter[pc.Expression]):
    engine = "Arrow"

    def column(self, name: str) -> pc.Expression:
        return pc.field(self.text(name))

    def item(self, column: str, key: str) -> pc.Expression:
        # `map_lookup` wants a key of the map's own type, and Polars writes large strings. A
        # cast to strings would make the label '1' of a number, and a cast to bytes refuses it.
        maps = self.column(column)
        # `if_else` copies. After a cast of a part of an array, such as the second batch of a row
        # group, `map_lookup` of PyArrow 26 looks into the entries of other rows.
        copied = pc.if_else(maps.is_valid(), maps.cast(_MAP), pa.scalar(None, _MAP))
        held = pc.map_lookup(copied, pa.scalar(key.encode(), pa.binary()), "first")
        return held.cast(pa.string())

    def field(self, column: str, name: str) -> pc.Expression:
        return pc.field(self.text(column), self.text(name))

    def is_in(self, value: pc.Expression, values: Sequence[str]) -> pc.Expression:
        # `isin` alone turns the texts into values of the column's type, and '007' into the 7 of a
        # column of integers.
        return value.isin(pa.array(map(self.text, values), pa.string())) & _is_text(value)

    def is_there(self, value: pc.Expression) -> pc.Expression:
        return value.is_valid() & _is_text(value)

    def constant(self, *, value: bool) -> pc.Expression:
        return pc.scalar(value)

    def all(self, conditions: Sequence[pc.Expression]) -> pc.Expression:
        return super().all(_bounded(conditions))

    def any(self, conditions: Sequence[pc.Expression]) -> pc.Expression:
        return super().any(_bounded(conditions))


_TRUE: Final = pc.scalar(value=True)
_EMPTY: Final = pa.scalar("", pa.string())


def _is_text(value: pc.Expression) -> pc.Expression:
    """Return true, or an error of PyArrow where a value is no text: ``==`` refuses its type.

    PyArrow drops what is always true before it skips files and row groups.
    """
    return _TRUE | (value == _EMPTY)


def _bounded(conditions: Sequence[pc.Expression]) -> Sequence[pc.Expression]:
    if len(conditions) > MAX_ARROW_CONDITIONS:
        reason = (
            f"PyArrow's stack does not hold many: split the selector into parts of at most"
            f" {MAX_ARROW_CONDITIONS:,}, or write a list of values as one `in`"
        )
        count = f"{len(conditions):,} conditions"
        raise TranslationError(count, "single expression of Arrow", reason)
    return conditions
