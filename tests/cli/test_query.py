"""What ``labelsel query`` reads, shows and refuses: with real files of each kind."""

import json
import os
import re
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from labelsel import parse
from labelsel.cli.databases import open_database
from labelsel.cli.label_tables import choose_labels
from labelsel.cli.screen import Failure
from labelsel.cli.table_rows import TableRows
from labelsel.engines import Columns, JsonColumn, LongTable, MapColumn, TableLayout, layout_text
from labelsel.selector import Everything, Selector
from tests.cli.conftest import Run
from tests.databases import connect
from tests.engines.relation import KEYS, Labels, differences, label_sets, selectors

COUNT = 2_000
TABLE = 'the "objects"'
COLUMNS = {key: f"column {number} \"'" for number, key in enumerate(KEYS)}
HOLDER = "the 'labels\""
LAYOUTS: dict[str, TableLayout] = {
    "columns": Columns(COLUMNS),
    "map": MapColumn(HOLDER),
    "json": JsonColumn(HOLDER),
    "long": LongTable(TABLE, table="their labels", id="object", key="k", value="v"),
}
MAP = pa.map_(pa.string(), pa.string())


def quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def arrow(layout: str, sets: Iterable[Labels]) -> pa.Table:
    """The table of the objects."""
    sets = list(sets)
    held: dict[str, Any] = {}
    if layout == "columns":
        held = {COLUMNS[key]: [labels.get(key) for labels in sets] for key in KEYS}
    elif layout == "map":
        held = {HOLDER: pa.array([list(each.items()) if each else None for each in sets], MAP)}
    elif layout == "json":
        held = {HOLDER: [json.dumps(labels) if labels else None for labels in sets]}
    return pa.table({"id": list(range(len(sets))), **held})


def long_rows(sets: Iterable[Labels]) -> list[tuple[int, str, str]]:
    return [(n, key, value) for n, labels in enumerate(sets) for key, value in labels.items()]


def make_parquet(path: Path, layout: str, sets: Iterable[Labels]) -> None:
    """Two files in a folder."""
    path.mkdir()
    table = arrow(layout, sets)
    pq.write_table(table.slice(0, 700), path / "a.parquet")
    pq.write_table(table.slice(700), path / "b.parquet")


def make_duckdb(path: Path, layout: str, sets: Iterable[Labels]) -> None:
    sets = list(sets)
    with duckdb.connect(str(path)) as connection:
        connection.register("given", arrow(layout, sets))
        connection.execute(f"CREATE TABLE {quoted(TABLE)} AS SELECT * FROM given")
        if layout == "long":
            rows = long_rows(sets)
            columns = {"object": [r[0] for r in rows], "k": [r[1] for r in rows]}
            connection.register("labels", pa.table({**columns, "v": [r[2] for r in rows]}))
            connection.execute('CREATE TABLE "their labels" AS SELECT * FROM labels')


def make_sqlite(path: Path, layout: str, sets: Iterable[Labels]) -> None:
    sets = list(sets)
    table = arrow(layout, sets).to_pydict()
    with connect(path) as connection:
        names = ", ".join(f"{quoted(name)} {'INT' if name == 'id' else 'TEXT'}" for name in table)
        connection.execute(f"CREATE TABLE {quoted(TABLE)} ({names})")
        marks = ", ".join("?" * len(table))
        rows = zip(*table.values(), strict=True)
        connection.executemany(f"INSERT INTO {quoted(TABLE)} VALUES ({marks})", rows)
        if layout == "long":
            connection.execute('CREATE TABLE "their labels" (object INT, k TEXT, v TEXT)')
            connection.executemany('INSERT INTO "their labels" VALUES (?, ?, ?)', long_rows(sets))
            connection.execute('CREATE INDEX one ON "their labels" (object, k)')
    connection.close()


Make = Callable[[Path, str, Iterable[Labels]], None]
KINDS: list[tuple[Make, str]] = [
    (make_parquet, "columns"),
    (make_parquet, "map"),
    (make_parquet, "json"),
    (make_duckdb, "columns"),
    (make_duckdb, "map"),
    (make_duckdb, "json"),
    (make_duckdb, "long"),
    (make_sqlite, "columns"),
    (make_sqlite, "json"),
    (make_sqlite, "long"),
]


@pytest.mark.parametrize(("make", "layout"), KINDS)
@pytest.mark.parametrize("every", [pytest.param(20), pytest.param(5, marks=pytest.mark.slow)])
def test_files_answer_as_matches(tmp_path: Path, make: Make, layout: str, every: int) -> None:
    """Each kind of file, with hostile names: the same rows, and the labels that were written.

    A fifth of the selectors: tests/engines asks DuckDB and SQLite all of them.
    """
    sets = label_sets(COUNT)
    make(tmp_path / "objects", layout, sets)
    text = layout_text(LAYOUTS[layout])
    with open_database([str(tmp_path / "objects")]) as database:
        rows = TableRows(database, choose_labels(database, None, text))

        def answer(selector: Selector) -> list[int]:
            rows.check(selector)
            found = [row.columns["id"] for row in rows.select(selector, with_labels=False)]
            assert rows.count(selector) == len(found)
            return found

        known = [each for each in selectors() if "gone" not in set(each.keys())]
        assert differences(answer, COUNT, chosen=known[::every]) == []
        everything = rows.select(Everything())
        assert [row.labels for row in everything] == list(sets)
        assert rows.keys == sorted(KEYS)


# The command


NODES = {
    f"node-{n}": {"zone": f"z{n % 3}", "cores": str(4 * n)} | ({"gpu": ""} if n % 2 else {})
    for n in range(6)
}


@pytest.fixture
def nodes(run: Run) -> Run:
    """The command, in a folder with the nodes in files of every kind."""
    names: dict[str, Any] = {"id": list(range(6)), "name": list(NODES)}
    pairs = pa.array([list(labels.items()) for labels in NODES.values()], MAP)
    columns = {key: [each.get(key) for each in NODES.values()] for key in ("zone", "cores", "gpu")}
    texts = [json.dumps(labels) for labels in NODES.values()]
    Path("parts").mkdir()
    for zone in range(3):
        Path(f"parts/zone=z{zone}").mkdir()
        part = pa.table(names | {"cores": columns["cores"]}).take(list(range(zone, 6, 3)))
        pq.write_table(part, f"parts/zone=z{zone}/part-0")
    Path("parts/_SUCCESS").touch()
    Path("parts/.part-0.parquet.crc").touch()
    pq.write_table(pa.table(names | {"labels": pairs}), "map.parquet")
    pq.write_table(pa.table(names | columns), "columns.parquet")
    pq.write_table(pa.table(names | {"labels": texts}), "json.parquet")
    with duckdb.connect("nodes.duckdb") as connection:
        for name in ("map", "columns"):
            connection.execute(f"CREATE TABLE {name} AS FROM '{name}.parquet'")
        connection.execute("CREATE SCHEMA more; CREATE TABLE more.nodes AS FROM map")
    with connect("json.db") as connection:
        connection.execute("CREATE TABLE nodes (id INTEGER PRIMARY KEY, name TEXT, labels TEXT)")
        rows = zip(*names.values(), texts, strict=True)
        connection.executemany("INSERT INTO nodes VALUES (?, ?, ?)", rows)
    connection.close()
    with connect("long.db") as connection:
        connection.execute("CREATE TABLE nodes (id INTEGER PRIMARY KEY, name TEXT)")
        connection.execute("CREATE TABLE labels (node_id INT, key TEXT, value TEXT)")
        connection.executemany("INSERT INTO nodes VALUES (?, ?)", zip(*names.values(), strict=True))
        labels = [*long_rows(NODES.values()), (0, "gone", None)]
        connection.executemany("INSERT INTO labels VALUES (?, ?, ?)", labels)
    connection.close()
    return run


#: Each way to read the same nodes, with what is said of it.
WAYS = {
    "map.parquet": "map.parquet (Parquet) is read with --table map --layout map:labels",
    "columns.parquet": "columns.parquet (Parquet) is read with --table columns --layout columns",
    "json.parquet": "json.parquet (Parquet) is read with --table json --layout json:labels",
    "parts": "parts (Parquet) is read with --table parts --layout columns",
    "json.db": "json.db (SQLite) is read with --table nodes --layout json:labels",
    "long.db": "long.db (SQLite) is read with --table nodes"
    " --layout 'long:labels(node_id,key,value)@nodes(id)'",
    "nodes.duckdb --table map": "nodes.duckdb (DuckDB) is read with --table map"
    " --layout map:labels",
    "nodes.duckdb --table more.nodes": "nodes.duckdb (DuckDB) is read with --table more.nodes"
    " --layout map:labels",
    "nodes.duckdb --table columns": "nodes.duckdb (DuckDB) is read with --table columns"
    " --layout columns",
}


@pytest.mark.parametrize(("words", "said"), WAYS.items())
def test_the_layout_is_read_off_the_columns(nodes: Run, words: str, said: str) -> None:
    """And it is said; the same rows are found whatever it is."""
    result = nodes("query", *words.split(), "-l", "zone=z1,cores>4", "-o", "name")
    assert (result.exit_code, result.stdout, result.stderr) == (0, "node-4\n", f"{said}\n")
    result = nodes("query", *words.split(), "-l", "zone in (z1,z2)", "--count")
    assert (result.exit_code, result.stdout) == (0, "4\n")


def test_what_is_said_may_be_typed(nodes: Run) -> None:
    """Then nothing more is said."""
    layout = "long:labels(node_id,key,value)@nodes(id)"
    words = ("long.db", "--table", "nodes", "--layout", layout, "-l", "gpu,zone=z2")
    result = nodes("query", *words, "-o", "name")
    assert (result.exit_code, result.stdout, result.stderr) == (0, "node-5\n", "")
    for path, layout in (("json.db", "json:labels"), ("columns.parquet", "columns")):
        assert (
            nodes("query", path, "--layout", layout, "-l", "gpu,zone=z2", "-o", "name").stdout
            == "node-5\n"
        )


def test_the_table(nodes: Run) -> None:
    """The columns, without the one with the labels; -L and --show-labels add the labels."""
    words = ("-l", "zone=z1", "-L", "gpu,zone", "--show-labels")
    for path in ("map.parquet", "json.db", "long.db"):
        assert nodes("query", path, *words).stdout == (
            "ID   NAME     GPU   ZONE   LABELS\n"
            "1    node-1         z1     cores=4,gpu=,zone=z1\n"
            "4    node-4         z1     cores=16,zone=z1\n"
        )
    plain = nodes("query", "long.db", "-l", "zone=z1", "--no-headers").stdout
    assert plain == "1   node-1\n4   node-4\n"
    absent = nodes("query", "columns.parquet", "-l", "zone=z1").stdout.splitlines()[-1]
    assert absent == "4    node-4   z1     16      <none>"


def test_data(nodes: Run) -> None:
    """JSON has the columns and the labels of each row, whatever the layout is."""
    for path in ("map.parquet", "json.db", "long.db"):
        result = nodes("query", path, "-e", "zone == 'z1' && !has(gpu)", "-o", "json")
        assert json.loads(result.stdout)["rows"] == [
            {"columns": {"id": 4, "name": "node-4"}, "labels": {"zone": "z1", "cores": "16"}}
        ]
    template = "jsonpath={.rows[*].labels.cores}"
    assert nodes("query", "map.parquet", "-l", "zone=z1", "-o", template).stdout == "4 16"
    assert nodes("query", "map.parquet", "--count", "-o", "json").stdout == "6\n"


def test_a_limit_says_what_it_cuts(nodes: Run) -> None:
    """One line, and none where nothing is cut."""
    for path in ("map.parquet", "long.db"):
        result = nodes("query", path, "-l", "cores>3", "--limit", "2", "-o", "name")
        assert result.stdout == "node-1\nnode-2\n"
        assert result.stderr.splitlines()[1:] == ["2 of 5 rows are shown: --limit cuts the others"]
        result = nodes("query", path, "-l", "zone in (z0,z1)", "--limit", "4", "-o", "name")
        assert len(result.stderr.splitlines()) == 1


@pytest.mark.parametrize(
    ("objects", "labels", "layout"),
    [
        ("pods (id)", "tags (pod_id, key, value)", "long:tags(pod_id,key,value)@pods(id)"),
        ("pods (id)", "tags (key, value, object)", "long:tags(object,key,value)@pods(id)"),
        ("pods (id)", "tags (id, key, value)", "long:tags(id,key,value)@pods(id)"),
        ("pods (pod)", "tags (pod, key, value)", "long:tags(pod,key,value)@pods(pod)"),
        ("pods (uid)", "tags (pod_id, key, value)", None),
        ("pods (id)", "tags (node_id, key, value)", None),
        ("pods (id)", "tags (pod_id, key, value, time)", None),
        ("pods (id)", "tags (pod_id, k, v)", None),
    ],
)
def test_a_second_table_is_found(run: Run, objects: str, labels: str, layout: str | None) -> None:
    """By the names key and value, and by one column that can only refer to the first table."""
    make_tables("a.db", f"CREATE TABLE {objects}", f"CREATE TABLE {labels}")
    result = run("query", "a.db", "--count")
    if layout is None:
        assert result.exit_code == 1
        assert "it is not certain where the labels are" in result.stderr
    else:
        taken = f"a.db (SQLite) is read with --table pods --layout '{layout}'"
        assert result.stderr.splitlines() == [taken, "No rows found"]


def test_a_json_column_without_a_type(run: Run) -> None:
    """All its texts are objects, or NULL; one that is none makes it a column of text."""
    table = "CREATE TABLE t (name TEXT, labels)"
    rows = """INSERT INTO t VALUES ('a', '{"app":"web"}'), ('b', NULL), ('c', 'null')"""
    make_tables("a.db", table, rows)
    assert run("query", "a.db", "-l", "!app", "-o", "name").stdout == "b\nc\n"
    make_tables("b.db", table, rows, "INSERT INTO t VALUES ('d', 'app=web')")
    assert "--layout columns\n" in run("query", "b.db", "-l", "labels").stderr
    make_tables("c.db", "CREATE TABLE t (name TEXT, labels JSON)", rows)
    words = ("query", "c.db", "--layout", "json", "-l", "!app", "-o", "name")
    assert run(*words).stdout == "b\nc\n"


@pytest.mark.parametrize("path", ["a.sqlite", "a.duckdb"])
def test_nul_in_keys_and_values_of_json(run: Run, path: str) -> None:
    """A key or a value with NUL is not the part before it, so that no key is there twice."""
    bodies = [
        r'{"app":"web\u0000x","app\u0000x":"web"}',
        '{"app":"web"}',
        r'{"app\u0000x":""}',
        "{}",
    ]
    rows = ", ".join(f"({number}, '{body}')" for number, body in enumerate(bodies))
    make_tables(path, "CREATE TABLE t (id INTEGER, labels JSON)", f"INSERT INTO t VALUES {rows}")
    for selector, expected in (("app=web", [1]), ("app!=web", [0, 2, 3]), ("!app", [2, 3])):
        result = run("query", path, "-l", selector, "-o", "json")
        assert result.exit_code == 0, result.stderr
        found = json.loads(result.stdout)["rows"]
        assert [(each["columns"]["id"], each["labels"]) for each in found] == [
            (number, json.loads(bodies[number])) for number in expected
        ]
    result = run("query", path, "-e", "app == 'web\0x'", "-o", "json")
    assert [each["columns"]["id"] for each in json.loads(result.stdout)["rows"]] == [0]


def test_without_a_selector_all_rows_are_shown(nodes: Run) -> None:
    """As ``get`` does."""
    assert nodes("query", "long.db", "-o", "name").stdout.split() == list(NODES)


@pytest.mark.parametrize(
    ("selector", "lines"),
    [
        ("gqu", ["No row has the label gqu; did you mean gpu?"]),
        ("zone=z11", ["No row has zone=z11; there is zone=z1"]),
        ("zone=z1,!zone", ["-l 'zone=z1,!zone': no object can match, since the requirements"]),
        ("zone=z1,cores=8", []),
    ],
)
@pytest.mark.parametrize("path", ["map.parquet", "json.parquet", "json.db", "long.db"])
def test_no_rows(nodes: Run, path: str, selector: str, lines: list[str]) -> None:
    """Standard error says so, and which label or value no row has."""
    for words in ((), ("--count",)):
        result = nodes("query", path, "-l", selector, *words)
        assert (result.exit_code, result.stdout) == (0, "0\n" if words else "")
        _, first, *rest = result.stderr.splitlines()
        assert first == "No rows found"
        assert len(rest) == len(lines)
        assert all(line.startswith(start) for line, start in zip(rest, lines, strict=True))


def test_a_column_of_a_label_that_no_row_has(nodes: Run) -> None:
    """It is named, with the nearest one."""
    for path in ("map.parquet", "columns.parquet", "long.db"):
        result = nodes("query", path, "-L", "zoned,gpu", "-l", "zone=z0")
        assert result.stderr.splitlines()[1:] == ["No row has the label zoned; did you mean zone?"]


def test_several_paths(nodes: Run) -> None:
    """A pattern in quotes, a folder and a file; a file that is named twice is read once."""
    for words in (("parts/*/*",), ("parts/zone=z0", "parts/zone=z[12]/*"), ("parts", "parts/*/*")):
        result = nodes("query", *words, "-l", "cores", "-o", "name")
        assert sorted(result.stdout.split()) == list(NODES), result.stderr
    Path("parts/note.txt").write_text("x")
    result = nodes("query", "parts", "--count")
    assert result.stderr.splitlines()[0] == "parts: skipped 1 file that is not Parquet"
    Path("parts/more.txt").write_text("x")
    result = nodes("query", "parts", "--count")
    assert result.stderr.splitlines()[0] == "parts: skipped 2 files that are not Parquet"


def test_a_name_that_is_a_pattern(nodes: Run) -> None:
    """Stars and brackets in the name of a file that exists are no pattern."""
    Path("map.parquet").rename("m[a]*.parquet")
    pq.write_table(pa.table({"name": ["other"], "gpu": [""], "zone": ["z2"]}), "ma.parquet")
    assert nodes("query", "m[a]*.parquet", "-l", "gpu,zone=z2", "-o", "name").stdout == "node-5\n"


def test_folders_keep_their_texts(run: Run) -> None:
    """The folder n=007 is the text 007; the folder of no value has no label."""
    folders = ("data/n=007", "data/n=7", "data/n=__HIVE_DEFAULT_PARTITION__", "whole/n=7")
    for folder in folders:
        Path(folder).mkdir(parents=True)
        pq.write_table(pa.table({"name": [folder]}), f"{folder}/a.parquet")
    for data in ("data", "whole"):
        assert run("query", data, "-l", "n=7", "-o", "name").stdout == f"{data}/n=7\n"
    absent = run("query", "data", "-l", "!n", "-o", "name").stdout
    assert absent == "data/n=__HIVE_DEFAULT_PARTITION__\n"


def test_collations_select_nothing_more(run: Run) -> None:
    """Columns that ignore case by their declaration, in both databases and all layouts."""
    with duckdb.connect("a.duckdb") as duck:
        duck.execute("CREATE TABLE t (name VARCHAR, app VARCHAR COLLATE NOCASE)")
        duck.execute("INSERT INTO t VALUES ('1', 'WEB'), ('2', 'web')")
    tables = (
        "CREATE TABLE t (name, app TEXT COLLATE NOCASE)",
        "INSERT INTO t VALUES ('1', 'WEB'), ('2', 'web')",
    )
    make_tables("a.sqlite", *tables)
    make_tables(
        "long.sqlite",
        "CREATE TABLE t (id, name)",
        "CREATE TABLE l (t_id, key TEXT COLLATE NOCASE, value TEXT COLLATE NOCASE)",
        "INSERT INTO t VALUES (1, '1'), (2, '2'), (3, '3')",
        "INSERT INTO l VALUES (1, 'app', 'WEB'), (2, 'app', 'web'), (3, 'APP', 'web')",
    )
    for path in ("a.duckdb", "a.sqlite", "long.sqlite"):
        assert run("query", path, "-l", "app=web", "-o", "name").stdout == "2\n"
        starts = run("query", path, "-e", "app starts with 'WE'", "-o", "name")
        assert starts.stdout == "1\n"


def test_types_that_json_has_not(run: Run) -> None:
    """Times, decimals, bytes and nested values are shown as DuckDB writes them, or as JSON."""
    with duckdb.connect("a.duckdb") as connection:
        connection.execute(
            "CREATE TABLE t AS SELECT 'web' AS app, DATE '2026-01-02' AS day,"
            " 1.50::DECIMAL(5, 2) AS price, [1, 2] AS list, {'a': DATE '2026-01-02'} AS struct,"
            " '\\xAA'::BLOB AS bytes, 'nan'::DOUBLE AS no, TRUE AS yes, NULL::INT AS gone,"
            " TIMESTAMPTZ '2026-01-02 03:04:05+00' AS time, '[1]'::JSON AS json"
        )
    row = json.loads(run("query", "a.duckdb", "-o", "json").stdout)["rows"][0]["columns"]
    assert row.pop("time").startswith("2026-01-0")
    assert row == {
        "app": "web",
        "day": "2026-01-02",
        "price": "1.50",
        "list": [1, 2],
        "struct": {"a": "2026-01-02"},
        "bytes": "\\xAA",
        "no": "nan",
        "yes": True,
        "gone": None,
        "json": [1],
    }
    table = run("query", "a.duckdb", "--no-headers").stdout
    assert table.split()[:7] == ["web", "2026-01-02", "1.50", "[1,", "2]", '{"a":', '"2026-01-02"}']
    make_tables("a.db", "CREATE TABLE t (app TEXT, b)", "INSERT INTO t VALUES ('x', x'00ff')")
    row = json.loads(run("query", "a.db", "-o", "json").stdout)["rows"][0]["columns"]
    assert row == {"app": "x", "b": "00ff"}


def make_tables(path: str, *statements: str) -> None:
    """Make a SQLite database."""
    with connect(path) as connection:
        for statement in statements:
            connection.execute(statement)
    connection.close()


def test_control_characters_are_escaped(run: Run) -> None:
    """In headings, cells, labels, and messages: none commands the terminal."""
    make_tables(
        "a.db",
        'CREATE TABLE "t\x1b[31m" (name TEXT, "\x1b]0;x\x07" TEXT, b TEXT)',
        "INSERT INTO \"t\x1b[31m\" VALUES ('a\nb', '\x1b[2J', '\r')",
    )
    for words in ((), ("--show-labels",), ("-o", "name"), ("-l", "c")):
        result = run("query", "a.db", *words)
        assert not re.search("[\x00-\x09\x0b-\x1f]", result.stdout + result.stderr)
        assert result.exit_code == (1 if "c" in words else 0)
        assert ("\\x1b[2J" in result.stdout) == (words in ((), ("--show-labels",)))


def test_files_stay_as_they_are(nodes: Run) -> None:
    """Nothing is written: no byte of a file, and no file beside it."""
    before = {path: path.read_bytes() for path in Path().rglob("*") if path.is_file()}
    for words in WAYS:
        assert nodes("query", *words.split(), "-l", "cores>3,zone!=z1").exit_code == 0
    after = {path: path.read_bytes() for path in Path().rglob("*") if path.is_file()}
    assert after == before


def test_views_of_a_database_read_no_other_file(nodes: Run) -> None:
    """Nor do they run functions of SQLite that have side effects."""
    with duckdb.connect("nodes.duckdb") as connection:
        connection.execute("CREATE VIEW other AS FROM 'columns.parquet'")
    result = nodes("query", "nodes.duckdb", "--table", "other", "-l", "gpu")
    assert (result.exit_code, result.stdout) == (1, "")
    assert 'Permission Error: Cannot access file "columns.parquet"' in result.stderr


@pytest.mark.parametrize("words", ["", "-o name"])
def test_a_table_without_a_name(run: Run, words: str) -> None:
    """-o name needs a column that names rows."""
    make_tables("a.db", "CREATE TABLE t (app TEXT)", "INSERT INTO t VALUES ('web')")
    result = run("query", "a.db", *words.split())
    assert (result.exit_code, result.stdout) == ((1, "") if words else (0, "APP\nweb\n"))
    if words:
        assert result.stderr.endswith("-o name: the table t has no column name and no column id\n")


# Bad input


def make_bad(path: str) -> None:
    """Make the bad file of a name."""
    texts = {
        "empty": b"",
        "note.txt": b"hello",
        "pods.yaml": b"kind: Pod\n",
        "encrypted.parquet": b"PARE" + bytes(40) + b"PARE",
        "half.parquet": b"PAR1" + bytes(40) + b"PARE",
        "cut.parquet": b"PAR1" + bytes(40),
        "damaged.parquet": b"PAR1" + b"\xff" * 60 + (40).to_bytes(4, "little") + b"PAR1",
        "damaged.duckdb": bytes(8) + b"DUCK" + b"\xff" * 9_000,
    }
    tables = {
        "none.db": ["PRAGMA user_version = 3"],
        "two.db": ["CREATE TABLE t (app TEXT)", 'CREATE TABLE "u v" (app TEXT)'],
        "maps.db": ["CREATE TABLE t (labels JSON)", "CREATE TABLE u (labels JSON)"],
        "int.db": ["CREATE TABLE t (app INTEGER, tier TEXT)"],
        "blob.db": ["CREATE TABLE t (app TEXT)", "INSERT INTO t VALUES (x'00')"],
        "utf.db": ["CREATE TABLE t (app TEXT)", "INSERT INTO t VALUES (CAST(x'ff' AS TEXT))"],
        "number.db": ["CREATE TABLE t (labels JSON)", "INSERT INTO t VALUES ('{\"a\": 1}')"],
        "list.db": ["CREATE TABLE t (labels JSON)", "INSERT INTO t VALUES ('[1]')"],
        "twice.db": [
            "CREATE TABLE t (labels JSON)",
            """INSERT INTO t VALUES ('{"a":"","a":""}')""",
        ],
        "no.db": ["CREATE TABLE t (labels JSON)", "INSERT INTO t VALUES ('{')"],
        "text.db": ["CREATE TABLE t (labels TEXT)", "INSERT INTO t VALUES ('a=b')"],
        "other.db": ["CREATE TABLE t (tags TEXT)"],
        "long.db": ["CREATE TABLE t (id)", "CREATE TABLE l (t_id, key, value)"],
        "tiers.db": ["CREATE TABLE t (app TEXT, tier TEXT)"],
        "nodes.db": ["CREATE TABLE t (id INT, labels TEXT)"],
        "ids.db": [
            "CREATE TABLE t (id INTEGER PRIMARY KEY)",
            "CREATE TABLE l (t_id TEXT, key TEXT, value TEXT)",
            "INSERT INTO t VALUES (1)",
            "INSERT INTO l VALUES ('1', 'app', 'web'), ('01', 'app', 'db')",
        ],
        "case.db": [
            "CREATE TABLE t (id TEXT COLLATE NOCASE)",
            "CREATE TABLE l (t_id TEXT, key TEXT, value TEXT)",
            "INSERT INTO t VALUES ('a')",
            "INSERT INTO l VALUES ('A', 'app', 'web')",
        ],
        "view.db": [
            "CREATE TABLE u (app TEXT)",
            "CREATE VIEW v AS SELECT * FROM u",
            "CREATE VIEW w AS SELECT * FROM u",
            "DROP TABLE u",
        ],
    }
    more = {
        "number.long.db": "INSERT INTO l VALUES (1, 'app', 1)",
        "key.long.db": "INSERT INTO l VALUES (1, 1, 'x')",
        "mixed.ids.db": "INSERT INTO l VALUES (1, 'app', 'a'), ('1', 'app', 'b')",
        "twice.long.db": "INSERT INTO l VALUES (1, 'app', 'a'), (1, 'app', 'b')",
    }
    long = (
        "CREATE TABLE t (id {ids}); CREATE TABLE labels (object_id {refers}, key VARCHAR, value"
        " VARCHAR); INSERT INTO t VALUES ({one}); INSERT INTO labels VALUES ({other}, 'app', 'web')"
    )
    duck = {
        "map.duckdb": "CREATE TABLE t (labels MAP(VARCHAR, INT))",
        "struct.duckdb": "CREATE TABLE t (labels STRUCT(app VARCHAR))",
        "maps.duckdb": "CREATE TABLE t (a MAP(VARCHAR, VARCHAR), b MAP(VARCHAR, VARCHAR))",
        "number.duckdb": "CREATE TABLE t AS SELECT '{\"a\": 1}'::JSON AS labels",
        "list.duckdb": "CREATE TABLE t AS SELECT '[1]'::JSON AS labels",
        "twice.duckdb": """CREATE TABLE t AS SELECT '{"a":"1","a":"2"}'::JSON AS labels""",
        "text.duckdb": "CREATE TABLE t AS SELECT 1 AS labels, 2 AS app",
        "list.list.duckdb": "CREATE TABLE t (labels STRUCT(key VARCHAR, value VARCHAR)[])",
        "key.duckdb": "CREATE TABLE t (labels MAP(INT, VARCHAR))",
        "ids.duckdb": long.format(ids="INT", refers="VARCHAR", one="1", other="'01'"),
        "list.id.duckdb": long.format(ids="INT[]", refers="INT[]", one="[1]", other="[2]"),
        "case.duckdb": long.format(
            ids="VARCHAR COLLATE NOCASE", refers="VARCHAR", one="'A'", other="'a'"
        ),
        "twice.id.duckdb": long.format(ids="INT", refers="BIGINT", one="1", other="1")
        + "; INSERT INTO labels VALUES (1, 'app', 'db')",
        "schema.duckdb": "CREATE SCHEMA s; CREATE TABLE s.t (id INT); CREATE TABLE t2 (id INT)",
    }
    if path in texts:
        Path(path).write_bytes(texts[path])
    elif path in duck:
        with duckdb.connect(path) as connection:
            connection.execute(duck[path])
    elif path in more:
        make_tables(path, *tables["long.db"], more[path])
    elif path in tables:
        make_tables(path, *tables[path])
    elif path == "cut.db":
        make_tables(path, "CREATE TABLE t (app TEXT)")
        Path(path).write_bytes(Path(path).read_bytes()[:5_000])
    elif path == "damaged.db":
        make_tables(path, "CREATE TABLE t (app TEXT)")
        Path(path).write_bytes(Path(path).read_bytes()[:100] + b"\xff" * 8_092)
    elif path == "pipe":
        os.mkfifo(path)
    elif path == "folder":
        Path(path).mkdir()


@pytest.mark.parametrize(
    ("words", "problem"),
    [
        ("gone.db", "gone.db: no such file or directory"),
        ("!app", "!app: no such file or directory; a selector stands behind -l: -l '!app'"),
        ("empty", "empty: the file is empty: expected Parquet, DuckDB or SQLite"),
        ("note.txt", "note.txt: not a file of tables, or encrypted or cut off: expected Parquet,"),
        ("pods.yaml", "SQLite; manifests are read by labelsel get -f pods.yaml"),
        ("pipe", "pipe: neither a file nor a folder"),
        ("folder", "folder: no Parquet files in this folder"),
        ("encrypted.parquet", "an encrypted Parquet file, which cannot be read without its key"),
        ("half.parquet", "an encrypted Parquet file, which cannot be read without its key"),
        ("cut.parquet", "cut.parquet: not a file of tables, or encrypted or cut off: "),
        ("damaged.parquet", "damaged.parquet: "),
        ("damaged.duckdb", "damaged.duckdb: "),
        ("cut.db", "cut.db: cut off: the file has 5,000 bytes of 8,192"),
        ("damaged.db", "damaged.db: database disk image is malformed"),
        ("none.db", "none.db: it has no tables"),
        ("two.db", "  --table t --layout columns\n  --table 'u v' --layout columns\n"),
        ("two.db", "  --layout 'long:LABELS(OBJECT_ID,KEY,VALUE)@OBJECTS(ID)' with your names, if"),
        ("maps.db", "  --table t --layout json:labels\n  --table u --layout json:labels\n"),
        ("maps.duckdb", "  --table t --layout map:a\n  --table t --layout map:b\n"),
        ("int.db", "the column 'app' of the table t is INTEGER, and not text, as the values of"),
        ("blob.db", "the column 'app' has a value that is not text, but of the type blob"),
        ("utf.db", "utf.db: Could not decode to UTF-8 column"),
        ("number.db", """must have objects of texts, each key once, but has {"a": 1}"""),
        ("list.db", "the column 'labels' must have objects of texts, each key once, but has [1]"),
        ("twice.db", """must have objects of texts, each key once, but has {"a":"","a":""}"""),
        ("no.db", "no.db: malformed JSON"),
        (
            "text.db",
            "the table t has no column 'app'; if its column 'labels' has JSON objects, say",
        ),
        ("other.db", "other.db: the table t has no column 'app'; it has tags"),
        ("number.duckdb", """must have objects of texts, each key once, but has {"a": 1}"""),
        ("list.duckdb", "list.duckdb: Conversion Error: Expected OBJECT, but got ARRAY"),
        ("twice.duckdb", "twice.duckdb: "),
        ("text.duckdb", "the column 'app' of the table t is INTEGER, and not text"),
        ("map.duckdb", "maps whose keys or values are no texts: MAP(VARCHAR, INTEGER); labels are"),
        ("key.duckdb", "maps whose keys or values are no texts: MAP(INTEGER, VARCHAR); labels are"),
        ("struct.duckdb", "is STRUCT(app VARCHAR), and not a map of texts to texts; to_json() of"),
        ("list.list.duckdb", "and not a map of texts to texts; map_from_entries() of DuckDB makes"),
        ("ids.duckdb", "t.id and labels.object_id must be of one type, numbers or texts, but are"),
        ("list.id.duckdb", "must be of one type, numbers or texts, but are INTEGER[]"),
        ("case.duckdb", "without regard to case, accents or blanks, so these ids are one: A and a"),
        ("twice.id.duckdb", "the table labels has for one object_id two rows of the key app"),
        ("schema.duckdb --layout long:labels@s.t", "the table s.t is in the schema s; --layout"),
        ("ids.db", "t.id and l.t_id must be of one type, numbers or texts, but are integer and"),
        ("mixed.ids.db", "numbers or texts, but are integer and text: '01' may be the number 1"),
        ("case.db", "without regard to case, accents or blanks, so these ids are one: a and A"),
        ("view.db", "view.db: it has no tables that can be read"),
        ("view.db --table w", "view.db: w cannot be read: no such table: main.u"),
        ("view.db --table x", "view.db: it has no table x\n"),
        ("number.long.db", "the table l must have texts as key and value, but has text and int"),
        ("key.long.db", "the table l must have texts as key and value, but has integer and text"),
        ("twice.long.db", "the table l has for one t_id two rows of the key app"),
        ("two.db --table x", "two.db: it has no table x; it has t and u v"),
        ("two.db --table u", "two.db: it has no table u; it has t and u v"),
        ("two.db --layout columns:app", "fit --layout columns:app; choose one of\n  --table t\n"),
        ("two.db --layout columns:ap", "no table has the columns of --layout columns:ap: ap"),
        ("two.db --layout map", "two.db: SQLite has no columns of the kind map"),
        ("map.duckdb --layout hstore", "map.duckdb: DuckDB has no columns of the kind hstore"),
        (
            "map.duckdb --layout map",
            "maps whose keys or values are no texts: MAP(VARCHAR, INTEGER)",
        ),
        ("text.duckdb --layout map", "'labels' of the table t is INTEGER, and not a map of texts"),
        ("text.duckdb --layout json", "of the table t is INTEGER, and not text, as the values of"),
        ("int.db --layout columns:app", "of the table t is INTEGER, and not text, as the values"),
        ("tiers.db --layout columns:tier", "--layout columns:tier has no column for the key 'app'"),
        ("nodes.db --layout json:label", "no column 'label'; did you mean labels?"),
        ("nodes.db --layout columns:id,labels", "'id' of the table t is INT, and not text"),
        ("long.db --layout long:l@t", "the table l has no column 'object_id'; it has t_id, key"),
        ("long.db --layout long:l@o", "long.db: it has no table o; it has l and t"),
        (
            "long.db --layout long:l(t_id,key,value)@t(n)",
            "the table t has no column 'n'; it has id",
        ),
        ("long.db --table l --layout long:l(t_id,key,value)@t", "name two tables: leave one out"),
    ],
)
def test_bad_input(run: Run, words: str, problem: str) -> None:
    """Each is one message that names the file, with status 1, and nothing is printed."""
    path, *others = words.split()
    make_bad(path)
    result = run("query", path, "-l", "app=web", *others)
    assert (result.exit_code, result.stdout) == (1, "")
    message = result.stderr[result.stderr.index("error: ") :]
    assert problem in message
    assert path in message or "--table" in message or "--layout" in message
    lines = 1 + message.count("\n  --")
    assert message.count("\n") == lines
    assert lines == (1 if "choose one of" not in message else 4 if "two.db: it" in message else 3)


@pytest.mark.parametrize(
    ("words", "problem"),
    [
        ("", "Missing argument 'PATH...'"),
        ("none.db two.db", "none.db is a SQLite database: name it alone"),
        ("none.db app=web", "name it alone; a selector stands behind -l: -l app=web"),
        ("none.db s3://bucket/a.parquet", "'s3://bucket/a.parquet' is a URL, and nothing is"),
        ("none.db --layout maps", "'maps' is not a layout: did you mean map:COLUMN?"),
        ("none.db --limit 0", "0 is not in the range x>=1"),
        ("none.db --count --limit 2", "--count and --limit cannot be combined"),
        ("none.db --count -o name", "--count prints a number: leave -o name out"),
    ],
)
def test_usage_errors(run: Run, words: str, problem: str) -> None:
    """What cannot be meant is refused before anything is read."""
    make_bad("none.db")
    make_bad("two.db")
    result = run("query", *words.split())
    assert (result.exit_code, result.stdout) == (2, "")
    assert problem in result.stderr


def test_a_bad_selector(nodes: Run) -> None:
    """The text is named; so is a column that SQLite would take for another one."""
    result = nodes("query", "long.db", "-l", "app in (")
    assert (result.exit_code, result.stderr.splitlines()[0]) == (
        1,
        "error: -l 'app in (': not a valid selector: the text ends too early",
    )
    make_tables("names.sqlite", "CREATE TABLE t (value JSON)")
    result = nodes("query", "names.sqlite", "--layout", "json:value", "-l", "app")
    assert result.exit_code == 1
    assert "names.sqlite: 'value' cannot be written as a column of sqlite" in result.stderr


def test_without_duckdb(nodes: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """The message says which extra to install; SQLite needs none."""
    monkeypatch.setitem(sys.modules, "duckdb", None)
    result = nodes("query", "map.parquet")
    assert (result.exit_code, result.stderr) == (
        1,
        (
            "error: map.parquet: Parquet is read by the package duckdb, which is not installed: "
            "pip install 'labelsel[sql]'\n"
        ),
    )
    assert nodes("query", "json.db", "--count").stdout == "6\n"


def test_an_interrupt_within_a_query(tmp_path: Path) -> None:
    """It ends the query of either engine."""
    make_tables(str(tmp_path / "a.db"), ENDLESS["a.db"])
    with open_database([str(tmp_path / "a.db")]) as database:
        database._connection.set_progress_handler(lambda: 1, 1_000)  # type: ignore[attr-defined]
        with pytest.raises(KeyboardInterrupt):
            database.rows("SELECT count(*) FROM t")
    with duckdb.connect(str(tmp_path / "a.duckdb")) as connection:
        connection.execute("CREATE TABLE t (app VARCHAR)")

    def interrupt(number: int) -> int:
        os.kill(os.getpid(), signal.SIGINT)
        return number

    with open_database([str(tmp_path / "a.duckdb")]) as database:
        database._connection.create_function("interrupt", interrupt)  # type: ignore[attr-defined]
        with pytest.raises(KeyboardInterrupt):
            database.rows("SELECT interrupt(1)")


ENDLESS = {
    "a.db": "CREATE VIEW t AS WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c)"
    " SELECT CAST(x AS TEXT) AS app FROM c",
    "a.duckdb": "CREATE VIEW t AS SELECT 'a' || i AS app FROM range(1000000000000) AS r(i)",
}


@pytest.mark.parametrize("path", ENDLESS)
def test_an_interrupt(tmp_path: Path, path: str) -> None:
    """Ctrl-C ends a query that would take hours, quietly."""
    with (duckdb.connect if "duck" in path else connect)(tmp_path / path) as connection:
        connection.execute(ENDLESS[path])
    connection.close()
    command = (sys.executable, "-m", "labelsel", "query", path, "--count")
    with subprocess.Popen(command, stderr=subprocess.PIPE, cwd=tmp_path) as process:
        assert process.stderr is not None
        assert b"is read with --table t --layout columns" in process.stderr.readline()
        process.send_signal(signal.SIGINT)
        rest = process.stderr.read()
        process.wait(timeout=60)
    assert (process.returncode, rest.strip()) == (130, b"")


@pytest.mark.parametrize(
    ("files", "message"),
    [
        ({"a.parquet": {"App": ["x"], "app": ["web"]}}, "two columns app that differ in case only"),
        (
            {"a.parquet": {"app": ["web"]}, "b.parquet": {"App": ["web"]}},
            "the column App differs in case only from the column app of",
        ),
        (
            {"app=db/a.parquet": {"app": ["web"]}},
            "the folder app=db and the column app of the file both say what the label is",
        ),
        (
            {"a.parquet": {"app": ["007"]}, "b.parquet": {"app": [7]}},
            "7 and 007 are one number, and two labels",
        ),
    ],
)
def test_columns_that_duckdb_would_take_for_one(
    run: Run, tmp_path: Path, files: dict[str, dict[str, list[Any]]], message: str
) -> None:
    """One of both labels would be answered for the other, without a word."""
    folder = tmp_path / "data"
    for name, columns in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        pq.write_table(pa.table(columns), folder / name)
    result = run("query", "-l", "app=web", str(folder))
    assert result.exit_code == 1
    assert message in " ".join(result.stderr.split())


def test_the_types_of_nested_columns_are_compared(run: Run, tmp_path: Path) -> None:
    """Files of one schema are read together, whatever stands in their columns."""
    folder = tmp_path / "data"
    folder.mkdir()
    maps = pa.array([[("app", "web")], None], pa.map_(pa.string(), pa.string()))
    for name in ("a", "b"):
        table = pa.table({"id": [f"{name}1", f"{name}2"], "sizes": [[1], None], "labels": maps})
        pq.write_table(table, folder / f"{name}.parquet")
    result = run("query", "-l", "app=web", "-o", "name", str(folder))
    assert (result.stdout, result.exit_code) == ("a1\nb1\n", 0)


# Names, views and folders that may mean two things


def test_a_name_with_a_dot_beside_a_schema(run: Run) -> None:
    """Each is named by quotes; a name that both have is an error that says how."""
    with duckdb.connect("a.duckdb") as connection:
        connection.execute("CREATE SCHEMA s; CREATE TABLE s.pods (name VARCHAR, app VARCHAR)")
        connection.execute('CREATE TABLE "s.pods" (name VARCHAR, app VARCHAR)')
        connection.execute("INSERT INTO s.pods VALUES ('in the schema', 'web')")
        connection.execute("""INSERT INTO "s.pods" VALUES ('with a dot', 'web')""")
    choice = """; choose one of\n  --table '"s"."pods"'{0}\n  --table '"s.pods"'{0}\n"""
    result = run("query", "a.duckdb", "--table", "s.pods")
    named = "error: a.duckdb: several tables can be meant by s.pods"
    assert (result.exit_code, result.stderr) == (1, named + choice.format(""))
    result = run("query", "a.duckdb")
    assert choice.format(" --layout columns") in result.stderr
    for name, found in (('"s"."pods"', "in the schema"), ('"s.pods"', "with a dot")):
        result = run("query", "a.duckdb", "-l", "app", "--table", name, "-o", "name")
        assert (result.stdout, result.exit_code) == (f"{found}\n", 0)
        assert f"is read with --table '{name}' --layout columns" in result.stderr


def test_a_schema_with_the_name_of_the_file(run: Run) -> None:
    """DuckDB takes the name of the file, too, for that of a schema."""
    with duckdb.connect("s.duckdb") as connection:
        connection.execute("CREATE SCHEMA t; CREATE TABLE t.pods (name VARCHAR, cores VARCHAR)")
        connection.execute("INSERT INTO t.pods VALUES ('a', '4'), ('b', '2')")
    Path("s.duckdb").rename("t.duckdb")
    assert run("query", "t.duckdb", "-l", "cores>3", "-o", "name").stdout == "a\n"


def test_a_view_that_cannot_be_read_blocks_no_other_table(run: Run) -> None:
    """It is named, with the reason."""
    statements = (
        "CREATE TABLE t (name TEXT, app TEXT)",
        "INSERT INTO t VALUES ('a', 'web')",
        "CREATE TABLE u (name TEXT)",
        "CREATE VIEW v AS SELECT * FROM u",
        "DROP TABLE u",
    )
    make_tables("a.db", *statements)
    with duckdb.connect("a.duckdb") as connection:
        connection.execute(";".join((*statements, "CREATE VIEW w AS SELECT * FROM t")))
        connection.execute("CREATE SCHEMA s; CREATE VIEW s.x AS SELECT app FROM main.t")
    for path, reason in (
        ("a.db", "no such table: main.u"),
        ("a.duckdb", "Catalog Error: Table with name u does not exist!"),
    ):
        skipped = f"{path}: skipped v: {reason}"
        result = run("query", path, "--table", "t", "-l", "app=web", "-o", "name")
        assert (result.exit_code, result.stdout) == (0, "a\n")
        assert result.stderr.splitlines()[0] == skipped
        result = run("query", path, "--table", "v")
        assert (result.exit_code, result.stdout) == (1, "")
        assert result.stderr == f"{skipped}\nerror: {path}: v cannot be read: {reason}\n"
    for view in ("w", "s.x"):
        result = run("query", "a.duckdb", "--table", view, "-l", "app", "--count")
        assert result.stdout == "1\n"


@pytest.mark.parametrize(
    ("folders", "message"),
    [
        (("", "n=__HIVE_DEFAULT_PARTITION__/"), "is in the folder n=__HIVE_DEFAULT_PARTITION__, "),
        (("", "n=7/"), "data/n=7/a.parquet is in the folder n=7, and data/a.parquet is in no"),
        (("n=7/", "n=8/m=1/"), "data/n=8/m=1/a.parquet is in the folder m=1, and data/n=7/a.par"),
        (("n=7/m=1/", "n=8/"), "data/n=7/m=1/a.parquet is in the folder m=1, and data/n=8/a.par"),
        (("n=a=b/",), "the folder n=a=b is not of the form KEY=VALUE: in a value write %3D for ="),
        (("n=a?b/",), "the folder n=a?b is not of the form KEY=VALUE: in a value write %3D for ="),
        (("=b/",), "the folder =b is not of the form KEY=VALUE: in a value write %3D for ="),
        (("n=1/n=2/",), "the folders n=1 and n=2 are of one key"),
    ],
)
def test_folders_that_duckdb_would_skip(run: Run, folders: tuple[str, ...], message: str) -> None:
    """The label of a folder is never lost without a word."""
    for folder in folders:
        Path("data", folder).mkdir(parents=True, exist_ok=True)
        pq.write_table(pa.table({"name": [folder]}), f"data/{folder}a.parquet")
    result = run("query", "data")
    assert (result.exit_code, result.stdout) == (1, "")
    assert message in result.stderr


def test_folders_with_escaped_characters(run: Run) -> None:
    """As Hive and Spark write them; a link to a file has the labels of its own folder."""
    for folder in ("data/n=a%3Db%3F", "data/n=x", "elsewhere"):
        Path(folder).mkdir(parents=True)
        pq.write_table(pa.table({"name": [folder]}), f"{folder}/a.parquet")
    Path("data/n=x/a.parquet").unlink()
    Path("data/n=x/a.parquet").symlink_to(Path("elsewhere/a.parquet").absolute())
    assert run("query", "data", "-e", "n == 'a=b?'", "-o", "name").stdout == "data/n=a%3Db%3F\n"
    assert run("query", "data", "-l", "n=x", "-o", "name").stdout == "elsewhere\n"


def test_a_key_twice_in_a_map(run: Run) -> None:
    """Both values would be there, and one answered. A NULL is no map."""
    maps = [[("app", "web"), ("tier", "x")], None, [("app", "web"), ("app", "db")]]
    for count in (2, 3):
        rows = pa.array(maps[:count], MAP)
        pq.write_table(pa.table({"name": list("abc")[:count], "labels": rows}), "a.parquet")
        for words in (("-l", "app=db"), ("-l", "app!=db"), ("-l", "x"), ()):
            result = run("query", "a.parquet", *words)
            assert result.exit_code == (0 if count == 2 else 1)
            problem = "'labels' must have maps with each key once, but has {app=web, app=db}"
            assert (problem in result.stderr) == (count == 3)


def test_shown_labels_are_checked(run: Run) -> None:
    """Also without a selector; where they are not shown they are not read."""
    make_bad("twice.long.db")
    for words in (("-o", "json"), ("--show-labels",), ("-L", "app")):
        result = run("query", "twice.long.db", *words)
        assert (result.exit_code, result.stdout) == (1, "")
        assert "the table l has for one t_id two rows of the key app" in result.stderr
    assert run("query", "twice.long.db", "--count").exit_code == 0


def test_ids_are_compared_letter_by_letter(run: Run) -> None:
    """A column of references that ignores case: 'a' and 'A' are two objects."""
    tables = (
        "CREATE TABLE pods (id TEXT, name TEXT)",
        "CREATE TABLE tags (id TEXT COLLATE NOCASE, key TEXT, value TEXT)",
        "INSERT INTO pods VALUES ('a', 'first')",
        "INSERT INTO tags VALUES ('a', 'app', 'web'), ('b', 'app', 'x'), ('B', 'app', 'y')",
    )
    make_tables("a.db", *tables)
    with duckdb.connect("a.duckdb") as connection:
        connection.execute(";".join(tables))
    for path in ("a.db", "a.duckdb"):
        result = run("query", path, "-l", "app=web", "-L", "app", "--no-headers")
        assert result.stdout == "a   first   web\n"


@pytest.mark.parametrize("path", ["map.parquet", "json.db"])
def test_a_higher_limit_of_values(nodes: Run, path: str) -> None:
    """--max-values, as in the library; the message of the limit names it."""
    words = ("query", path, "-l", "cores>3", "-o", "name", "--max-values")
    result = nodes(*words, "4")
    assert (result.exit_code, result.stdout) == (1, "")
    assert "5 values of the key 'cores' are accepted, more than the limit of 4" in result.stderr
    assert result.stderr.endswith(": --max-values N sets it\n")
    assert len(nodes(*words, "5").stdout.split()) == 5


@pytest.mark.parametrize("path", ["map.parquet", "json.db"])
def test_a_long_query_is_reported(nodes: Run, path: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Once: a view may have no end, and --limit does not shorten what is read before."""
    monkeypatch.setattr("labelsel.cli.databases._LONG", 0)
    monkeypatch.setattr("labelsel.cli.databases._INSTRUCTIONS", 1)
    result = nodes("query", path, "-l", "cores>3", "--limit", "1", "-o", "name")
    assert (result.exit_code, result.stdout) == (0, "node-1\n")
    assert result.stderr.count(f"{path}: still reading; a view may have no end: Ctrl-C stops") == 1


IDS = st.sampled_from(["1", 1, "01", "a", "A", "a ", None])
TYPES = st.sampled_from(["INTEGER", "TEXT COLLATE NOCASE", "TEXT", ""])


@settings(max_examples=40)
@given(
    types=st.tuples(TYPES, TYPES),
    objects=st.lists(IDS, min_size=1, max_size=2),
    labels=st.lists(st.tuples(IDS, st.sampled_from("ab"), st.just("x")), min_size=1, max_size=2),
)
def test_ids_are_one_only_if_they_are_the_same(
    types: tuple[str, str], objects: list[Any], labels: list[tuple[Any, str, str]]
) -> None:
    """Whatever types and collations columns of SQLite have: as ``matches``, or an error."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "a.db")
        with connect(path) as connection:
            connection.execute("PRAGMA synchronous = OFF")
            connection.execute(f"CREATE TABLE t (id {types[0]})")
            connection.execute(f"CREATE TABLE labels (object_id {types[1]}, key TEXT, value TEXT)")
            connection.executemany("INSERT INTO t VALUES (?)", [(each,) for each in objects])
            connection.executemany("INSERT INTO labels VALUES (?, ?, ?)", labels)
            ids = connection.execute("SELECT id FROM t").fetchall()
            held = connection.execute("SELECT * FROM labels").fetchall()
        connection.close()
        sets = [
            {
                k: v
                for other, k, v in held
                if id_ is not None and (type(id_), id_) == (type(other), other)
            }
            for (id_,) in ids
        ]
        with open_database([str(path)]) as database:
            rows = TableRows(database, choose_labels(database, "t", "long:labels@t"))
            for selector in map(parse, ("a=x", "a!=x,!b")):
                try:
                    rows.check(selector, with_labels=True)
                except Failure:
                    return
                found = [(row.columns["id"], row.labels) for row in rows.select(selector)]
                both = zip(ids, sets, strict=True)
                wanted = [(id_, each) for (id_,), each in both if selector.matches(each)]
                assert sorted(found, key=repr) == sorted(wanted, key=repr)
                assert rows.count(selector) == len(wanted)
