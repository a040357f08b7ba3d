"""`to_polars`: a selector as an expression of Polars, and the namespace ``labels``.

Importing this module registers the namespace with Polars, for expressions, DataFrames and
LazyFrames. It needs the extra ``polars``.

>>> import polars as pl
>>> import labelsel.engines.polars
>>> label_sets = [{"app": "web", "cores": "8"}, {"app": "db"}, None]
>>> schema = {"name": pl.String, "labels": pl.Map(pl.String, pl.String)}
>>> pods = pl.DataFrame({"name": ["a", "b", "c"], "labels": label_sets}, schema=schema)
>>> pods.labels.select("app=web,cores>4")["name"].to_list()
['a']
>>> pods.select(pl.col("labels").labels.select("!cores"))["labels"].to_list()
[False, True, True]
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any, Final

from labelsel.engines.resolve import ValuesOfKey, resolve
from labelsel.engines.table_layouts import Columns, MapColumn, StructColumn, TableLayout
from labelsel.engines.writer import ExpressionWriter, require_characters, write
from labelsel.errors import SelectorError, TranslationError, quote
from labelsel.limits import MAX_VALUES
from labelsel.selector import Selector, SelectorOrText, as_selector

try:
    import polars as pl
    from polars.selectors import by_name
except ImportError:
    message = "selectors on Polars need the package: pip install 'labelsel[polars]'"
    raise ImportError(message) from None

__all__ = ["ExprLabels", "FrameLabels", "to_polars", "values_polars"]


def to_polars(
    selector: SelectorOrText,
    layout: TableLayout,
    *,
    values: ValuesOfKey | None = None,
    limit: int = MAX_VALUES,
) -> pl.Expr:
    """Return a selector as a Boolean expression of Polars, which is never null.

    It filters DataFrames and LazyFrames. Polars pushes it down to the scan of a Parquet file, and
    skips the row groups whose statistics rule it out. A selector that selects everything (or
    nothing) is a literal, of one row. A column that does not exist, or of another type, is an error
    of Polars when the expression is used.

    Arguments:
        selector: a selector, or the text of a Kubernetes selector.
        layout: `Columns` of the types String, Categorical or Enum; a `MapColumn` of the type Map
            (cast a list of structs of ``key`` and ``value`` to ``pl.Map(pl.String, pl.String)``);
            or a `StructColumn`.
        values: returns the distinct values of a key, which ``>``, ``<``, regular expressions and
            parts of values need: see `values_polars` and `resolve`.
        limit: most values that one requirement may become.

    Returns:
        The expression.

    Raises:
        TranslationError: Polars does not have the layout, or cannot hold a string; the layout is
            strict and has no column for a key; values must be read and ``values`` is not given; or
            there are more than ``limit``.
        SelectorSyntaxError: a text is not a selector.
        TypeError: an argument is of another type, or ``values`` returns something else than strings
            and None.
        ImportError: Polars is not installed: ``pip install 'labelsel[polars]'``. Raised when the
            name is imported.

    Complexity:
        O(n log n) for n nodes and values of the resolved selector; see `resolve`.

    >>> import polars as pl
    >>> from labelsel.engines import Columns
    >>> pods = pl.DataFrame({"app": ["web", "db", None], "debug": [None, "", ""]})
    >>> pods.filter(to_polars("app=web,!debug", Columns(["app", "debug"])))["app"].to_list()
    ['web']
    """
    writer = _PolarsWriter(layout)
    return write(resolve(selector, values, limit=limit), writer)


def values_polars(
    key: str, layout: TableLayout, frame: pl.DataFrame | pl.LazyFrame
) -> list[str | None]:
    """Return the distinct values of a key in a frame; see `resolve`.

    The query is run at once. A column that does not exist is an error of Polars.

    Arguments:
        key: the label key.
        layout: where the labels are, as of `to_polars`.
        frame: a DataFrame or a LazyFrame.

    Returns:
        The values, in no order; None among them for absent labels.

    Raises:
        TranslationError: Polars does not have the layout, or cannot hold a string; or the layout is
            strict and has no column for the key.
        TypeError: the values are no texts, or the layout is of another type.
        ImportError: Polars is not installed: ``pip install 'labelsel[polars]'``. Raised when the
            name is imported.

    Complexity:
        O(rows).

    >>> import polars as pl
    >>> from labelsel.engines import Columns
    >>> nodes, layout = pl.DataFrame({"cores": ["2", "8", "8", None]}), Columns(["cores"])
    >>> sorted(values_polars("cores", layout, nodes.drop_nulls()))
    ['2', '8']
    >>> more = to_polars("cores>4", layout, values=lambda key: values_polars(key, layout, nodes))
    >>> nodes.filter(more).height
    2
    """
    value = _PolarsWriter(layout).value(key)
    if value is None:
        return []
    found = frame.lazy().select(value.unique()).collect().to_series()
    if not _is_text(found.dtype):
        message = f"the values of the key {quote(key)} are no texts, but {quote(str(found.dtype))}"
        raise TypeError(message)
    values: list[str | None] = found.to_list()
    return values


class _PolarsWriter(ExpressionWriter[pl.Expr]):
    engine = "Polars"

    def column(self, name: str) -> pl.Expr:
        return _column(name)

    def item(self, column: str, key: str) -> pl.Expr:
        return _column(column).map.get(pl.lit(key))

    def field(self, column: str, name: str) -> pl.Expr:
        if name == "*" or (name.startswith("^") and name.endswith("$")):
            reason = "Polars reads it as a pattern; name the field otherwise, or use a map"
            raise TranslationError(name, "field of Polars", reason)
        return _column(column).struct.field(self.text(name))

    def is_in(self, value: pl.Expr, values: Sequence[str]) -> pl.Expr:
        # Without `nulls_equal` a null gives a null.
        return value.is_in(list(map(self.text, values)), nulls_equal=True) & _is_text_value(value)

    def is_there(self, value: pl.Expr) -> pl.Expr:
        return value.is_not_null() & _is_text_value(value)

    def constant(self, *, value: bool) -> pl.Expr:
        return pl.lit(value)


_ARRAY: Final = pl.Series([[""]], dtype=pl.Array(pl.String, 1))
_TRUE: Final = pl.lit(value=True)


def _is_text_value(value: pl.Expr) -> pl.Expr:
    """Return true, or an error of Polars where a value is no text, also if there is no row.

    Polars checks types when it plans a query, also in a branch that it then drops: this costs no
    time for each row, where ``is_in(...) | True`` takes 3 ms for a million. Beside a list, `is_in`
    refuses what is no text, and takes a whole list of texts for one of them; beside an array it
    refuses that list. ``==`` would take Booleans and bytes.
    """
    checked = value.is_in([""]) | value.is_in(pl.lit(_ARRAY))
    return pl.when(_TRUE).then(_TRUE).otherwise(checked)


def _column(name: str) -> pl.Expr:
    """Return a column. ``pl.col`` would read ``*`` and ``^...$`` as patterns."""
    return by_name(require_characters(name, _PolarsWriter.engine)).as_expr()


# The namespace


class ExprLabels:
    """The namespace ``labels`` of expressions: ``pl.col("labels").labels``.

    Raises: nothing.

    Complexity: O(1).

    >>> import polars as pl
    >>> pods = pl.DataFrame({"labels": [{"app": "web"}, {"app": "db"}]})
    >>> pods.filter(pl.col("labels").labels.select("app!=web")).height
    1
    """

    def __init__(self, expr: pl.Expr) -> None:
        self._expr = expr

    def select(self, selector: SelectorOrText) -> pl.Expr:
        """Return the Boolean expression that the labels match a selector; it is never null.

        The labels are a Map of strings, a list of structs of ``key`` and ``value``, or a struct of
        strings. Its type is seen when the expression is run, so that every selector works; the
        distinct values that one needs are read from the rows themselves, batch by batch. When it is
        run, labels of another type are a TypeError, and a key or a value that Polars cannot hold or
        name is a SelectorError.

        Arguments:
            selector: a selector, or the text of a Kubernetes selector.

        Raises:
            SelectorSyntaxError: a text is not a selector.
            TypeError: the selector is neither a selector nor a text.

        Complexity:
            O(nodes + values) for each batch, beside the time of Polars.

        >>> import polars as pl
        >>> pods = pl.DataFrame({"labels": [{"app": "web"}, {"app": "db"}]})
        >>> pods.filter(pl.col("labels").labels.select("app=web")).height
        1
        """
        selected = partial(_selected, selector=as_selector(selector))
        # Each row is answered by itself, so Polars may run it in batches of its own choice.
        return self._expr.map_batches(selected, return_dtype=pl.Boolean, is_elementwise=True)


class FrameLabels:
    """The namespace ``labels`` of frames: ``frame.labels``, of a DataFrame or a LazyFrame.

    Raises: nothing.

    Complexity: O(1).

    >>> import polars as pl
    >>> pl.DataFrame({"labels": [{"app": "web"}, {"app": "db"}]}).labels.select("app").height
    2
    """

    def __init__(self, frame: Any) -> None:
        self._frame = frame

    def select(self, selector: SelectorOrText, column: str | Columns = "labels") -> Any:
        """Return the rows that a selector selects, as a frame of the same class.

        Arguments:
            selector: a selector, or the text of a Kubernetes selector.
            column: the column of the labels, as in ``ExprLabels.select``; or `Columns`, if each
                label key has its own column. The distinct values of a key that must be read are
                then read at once, also from a LazyFrame.

        Raises:
            SelectorSyntaxError: a text is not a selector.
            TypeError: the selector is neither a selector nor a text.

        Complexity:
            That of the expression: ``ExprLabels.select``, or `to_polars`.

        >>> import polars as pl
        >>> nodes = pl.DataFrame({"cores": ["2", "8", None]})
        >>> nodes.labels.select("cores>4", Columns(["cores"])).height
        1
        """
        if isinstance(column, str):
            labels = ExprLabels(_column(column))
            return self._frame.filter(labels.select(selector))
        values = partial(values_polars, layout=column, frame=self._frame)
        return self._frame.filter(to_polars(selector, column, values=values))


_NAME: Final = "labels"


def _selected(labels: pl.Series, selector: Selector) -> pl.Series:
    """Return for each label set whether the selector selects it."""
    frame = _readable(labels).alias(_NAME).to_frame()
    layout = _layout_of(frame[_NAME].dtype)
    values = partial(values_polars, layout=layout, frame=frame)
    try:
        condition = to_polars(selector, layout, values=values, limit=len(labels))
    except TranslationError as error:
        # Polars makes a new error of the same class, from the text alone.
        raise SelectorError(str(error)) from None
    return frame.with_columns(condition.alias(_NAME))[_NAME]


def _readable(labels: pl.Series) -> pl.Series:
    """Return labels as they are, a list of structs of a key and a value as a map."""
    match labels.dtype:
        # Of texts only: the cast would make labels of numbers.
        case pl.List(inner=pl.Struct(fields=fields)) if {
            each.name for each in fields if _is_text(each.dtype)
        } == {"key", "value"}:
            return labels.cast(pl.Map(pl.String, pl.String))
        case _:
            return labels


def _layout_of(dtype: Any) -> TableLayout:
    match dtype:
        case pl.Map(key=key, value=value) if _is_text(key) and _is_text(value):
            return MapColumn(_NAME)
        case pl.Struct(fields=fields) if all(_is_text(each.dtype) for each in fields):
            return StructColumn(_NAME, [each.name for each in fields])
        case pl.Null():
            return StructColumn(_NAME, ())
        case _:
            message = (
                f"labels of Polars are a Map of strings, a struct of strings or a list of structs"
                f" of a key and a value, not {quote(str(dtype))}"
            )
            raise TypeError(message)


def _is_text(dtype: Any) -> bool:
    return isinstance(dtype, pl.String | pl.Categorical | pl.Enum | pl.Null)


pl.api.register_expr_namespace("labels")(ExprLabels)
pl.api.register_dataframe_namespace("labels")(FrameLabels)
pl.api.register_lazyframe_namespace("labels")(FrameLabels)
