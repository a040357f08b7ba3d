"""How PostgreSQL answers `in` with many values of jsonb: by the index, and by a hash table.

`python -m benchmarks.postgres_values` prints why `labelsel.engines.dialects.MANY` is what it is.
"""

import time
from typing import Any

from benchmarks.options import documented_parser
from labelsel.engines import DIALECTS, JsonColumn
from tests.engines.postgres_server import postgres_server

COUNTS = (1, 10, 100, 1_000)


def fill(connection: Any, rows: int) -> None:
    """Create the table: `app` has 500 values, `name` has one for each row."""
    connection.execute("CREATE TABLE objects (labels jsonb)")
    label_sets = "jsonb_build_object('app', 'app-' || mod(id, 500), 'name', 'name-' || id)"
    numbers = "generate_series(1, %(rows)s::integer) AS id"
    insert = f"INSERT INTO objects SELECT {label_sets} FROM {numbers}"  # noqa: S608  # our own
    connection.execute(insert, {"rows": rows})
    connection.execute("CREATE INDEX ON objects USING gin (labels)")
    connection.commit()
    connection.autocommit = True
    connection.execute("VACUUM ANALYZE objects")


def milliseconds(connection: Any, condition: str) -> tuple[float, int]:
    """Return the least time of three, and the number of rows."""
    times, count = [], 0
    for _ in range(3):
        start = time.perf_counter()
        query = f"SELECT count(*) FROM objects WHERE {condition}"  # noqa: S608  # written by us
        cursor = connection.execute(query)
        (count,) = cursor.fetchone()
        times.append(time.perf_counter() - start)
    return min(times) * 1e3, count


def conditions(key: str, count: int) -> tuple[str, str]:
    """Return both conditions that one of some values is there."""
    sql = DIALECTS["postgresql"].forms[JsonColumn]
    values = [f"{key}-{number}" for number in range(count)]
    items = ", ".join(f"'{sql.item(key, value)}'" for value in values)
    listed = ", ".join(f"'{value}'" for value in values)
    parts = {"column": "labels", "key": f"'{key}'"}
    by_index = sql.equals.format(values=items, **parts)
    return by_index, sql.equals_many.format(values=listed, **parts)


def main() -> None:
    """Print a line for each key and number of values."""
    parser = documented_parser("benchmarks.postgres_values", __doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    rows = parser.parse_args().rows
    import psycopg  # noqa: PLC0415  # only `make engines` installs it

    with (
        postgres_server() as host,
        psycopg.connect(host=host, user="labelsel", dbname="postgres") as connection,
    ):
        fill(connection, rows)
        print("key   values     rows  index ms   hash ms")
        for key in ("app", "name"):
            for count in COUNTS:
                one, other = (milliseconds(connection, each) for each in conditions(key, count))
                assert one[1] == other[1]
                print(f"{key:5} {count:6,} {one[1]:8,} {one[0]:9.1f} {other[0]:9.1f}", flush=True)


if __name__ == "__main__":
    main()
