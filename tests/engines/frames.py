"""The label sets of `relation` as Arrow tables, in each layout that frames and datasets have."""

import pyarrow as pa

from labelsel.engines import Columns, MapColumn, StructColumn, TableLayout
from tests.engines.relation import KEYS, label_sets

ODD_NAMES = ("*", "^.*$", "a.b", "[0]", "", 'quote "')
"""Names that an engine could read as something else than the name of a column."""
COLUMNS = {key: (*ODD_NAMES, *map("column {}".format, KEYS))[n] for n, key in enumerate(KEYS)}
LAYOUTS: dict[str, TableLayout] = {
    "columns": Columns(COLUMNS),
    "map": MapColumn("^the labels$"),
    "struct": StructColumn("^the labels$", KEYS),
}
MAP = pa.map_(pa.string(), pa.string())


def table_of(layout: str, count: int) -> pa.Table:
    """Return a table with the column ``id`` and the label sets; no labels are null."""
    sets = label_sets(count)
    if layout == "columns":
        columns = {COLUMNS[key]: [labels.get(key) for labels in sets] for key in KEYS}
        return pa.table({"id": range(count), **columns})
    kind = MAP if layout == "map" else pa.struct([(key, pa.string()) for key in KEYS])
    labels = pa.array([dict(each) or None for each in sets], kind)
    return pa.table({"id": range(count), "^the labels$": labels})
