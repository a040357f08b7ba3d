"""`to_spark`: a selector as a Column of Apache Spark. It needs the package pyspark.

.. code-block:: python

    from labelsel.engines import MapColumn
    from labelsel.engines.spark import to_spark

    pods.where(to_spark("app=web,!debug", MapColumn("labels"))).show()
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from labelsel.engines.resolve import ValuesOfKey
from labelsel.engines.sql import to_sql
from labelsel.engines.table_layouts import TableLayout
from labelsel.limits import MAX_VALUES
from labelsel.selector import SelectorOrText

if TYPE_CHECKING:
    from pyspark.sql import Column

__all__ = ["to_spark"]


def to_spark(
    selector: SelectorOrText,
    layout: TableLayout,
    *,
    values: ValuesOfKey | None = None,
    limit: int = MAX_VALUES,
) -> Column:
    """Return a selector as a Boolean Column, for ``where``, ``select`` and ``when``; never NULL.

    It is the condition of `to_sql` for Spark: Spark reads that in one call, where each value of
    ``isin`` takes one of its own. A session must be active.

    Arguments:
        selector: a selector, or the text of a Kubernetes selector.
        layout: where the labels are.
        values: returns the distinct values of a key, as of `to_sql`.
        limit: most values that one requirement may become.

    Returns:
        The Column.

    Raises:
        TranslationError: as by `to_sql`.
        SelectorSyntaxError: a text is not a selector.
        ValueError: as by `to_sql`.
        TypeError: as by `to_sql`.
        ImportError: pyspark is not installed.

    Complexity:
        That of `to_sql`.
    """
    try:
        from pyspark.sql import functions  # noqa: PLC0415  # 456 MB, and only here
    except ImportError:
        message = "selectors on Spark need the package: pip install pyspark"
        raise ImportError(message) from None
    condition = to_sql(selector, layout, dialect="spark", values=values, limit=limit)
    return functions.expr(condition)
