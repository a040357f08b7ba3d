"""A selector on pandas: the accessor ``labelsel`` of Series and DataFrames.

Importing this module registers the accessor with pandas, which the user of it has installed.

>>> import pandas as pd
>>> import labelsel.engines.pandas
>>> pods = pd.DataFrame({"name": ["a", "b", "c"], "labels": [{"app": "web"}, {"app": "db"}, None]})
>>> pods.labelsel.select("app=web")["name"].tolist()
['a']
>>> pods["labels"].labelsel.matches("app!=web").tolist()
[False, True, True]
"""

from __future__ import annotations

from labelsel.engines.table_layouts import Columns
from labelsel.errors import expected
from labelsel.predicate import compile_predicate
from labelsel.selector import SelectorOrText, as_selector

try:
    import pandas as pd
except ImportError:
    message = "selectors on pandas need the package: pip install pandas"
    raise ImportError(message) from None

__all__ = ["FrameAccessor", "SeriesAccessor"]


class SeriesAccessor:
    """The accessor ``labelsel`` of a Series of label sets: dicts, and None for no labels.

    Raises: nothing.

    Complexity: O(1).

    >>> import pandas as pd
    >>> pd.Series([{"app": "web"}, {"app": "db"}]).labelsel.matches("app=web").tolist()
    [True, False]
    """

    def __init__(self, series: pd.Series) -> None:
        self._series = series

    def matches(self, selector: SelectorOrText) -> pd.Series:
        """Return for each label set whether a selector selects it.

        Arguments:
            selector: a selector, or the text of a Kubernetes selector.

        Returns:
            A Boolean Series with the same index.

        Raises:
            SelectorSyntaxError: a text is not a selector.
            TypeError: a value of the Series is neither a mapping of strings nor None, and the
                selector would select it; or the selector is neither a selector nor a text.

        Complexity:
            O(rows): a call of `compile_predicate` for each.

        >>> import pandas as pd
        >>> pd.Series([{"app": "web"}, None]).labelsel.matches("!app").tolist()
        [False, True]
        """
        # By a list: `Series.map` would turn None into NaN, and lose the type if there is no row.
        matches = compile_predicate(as_selector(selector))
        found = [matches(labels) for labels in self._series]
        return pd.Series(found, index=self._series.index, dtype=bool)


class FrameAccessor:
    """The accessor ``labelsel`` of a DataFrame: its labels are in one column, or in several.

    Raises: nothing.

    Complexity: O(1).

    >>> import pandas as pd
    >>> len(pd.DataFrame({"labels": [{"app": "web"}, {"app": "db"}]}).labelsel.select("app=web"))
    1
    """

    def __init__(self, frame: pd.DataFrame) -> None:
        self._frame = frame

    def select(self, selector: SelectorOrText, column: str | Columns = "labels") -> pd.DataFrame:
        """Return the rows that a selector selects.

        Arguments:
            selector: a selector, or the text of a Kubernetes selector.
            column: the column of the label sets, as in ``SeriesAccessor.matches``; or `Columns`, if
                each label key has its own column of strings. None, NaN and ``pd.NA`` are absent
                labels there. This way needs PyArrow: ``pip install 'labelsel[arrow]'``.

        Raises:
            SelectorSyntaxError: a text is not a selector.
            TranslationError: the layout is strict, and has no column for a key of the selector.
            TypeError: the labels, the selector or the column are of another type.
            KeyError: there is no such column.

        Complexity:
            O(rows). For several columns that of `LabelIndex.from_arrow`, several times as fast as
            a loop over dicts (``python -m benchmarks.engines``).

        >>> import pandas as pd
        >>> from labelsel.engines import Columns
        >>> nodes = pd.DataFrame({"cores": ["2", "8", None]})
        >>> nodes.labelsel.select("cores>4", Columns(["cores"])).index.tolist()
        [1]
        """
        if isinstance(column, str):
            return self._frame[SeriesAccessor(self._frame[column]).matches(selector)]
        if not isinstance(column, Columns):
            raise expected("the name of a column, or Columns", column, "write Columns(['app'])")
        return self._frame.iloc[_rows(self._frame, as_selector(selector), column)]


def _rows(frame: pd.DataFrame, selector: SelectorOrText, layout: Columns) -> object:
    # Imported here: the index needs numpy and pyroaring, PyArrow an extra.
    import pyarrow as pa  # noqa: PLC0415  # see above

    from labelsel.index import LabelIndex  # noqa: PLC0415  # see above

    keys = {key: layout.column_of(key) for key in as_selector(selector).keys()}  # noqa: SIM118
    columns = {key: frame[name] for key, name in keys.items() if name is not None}
    if not columns:  # a table without columns has no rows
        columns = {"": pd.Series([None] * len(frame), dtype=object)}
    # A column of missing values alone has any type. Of a Series PyArrow reads NaN as missing.
    types = {key: pa.string() if each.isna().all() else None for key, each in columns.items()}
    arrays = {key: pa.array(each, types[key]) for key, each in columns.items()}
    return LabelIndex.from_arrow(pa.table(arrays)).select(selector).rows()


pd.api.extensions.register_series_accessor("labelsel")(SeriesAccessor)
pd.api.extensions.register_dataframe_accessor("labelsel")(FrameAccessor)
