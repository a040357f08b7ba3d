"""``labelsel translate --to sql``: what it writes runs on the engine, and selects the same."""

import json
from pathlib import Path

import duckdb
import pytest
from click.shell_completion import ShellComplete

import labelsel
from labelsel.cli.app import app
from tests.cli.conftest import Run
from tests.databases import connect

LABELS = [
    {},
    {"app": "web", "cores": "2"},
    {"app": "it's", "cores": "007"},
    {"app": "' OR '1'='1", "cores": "4"},
    {"app": "web", "debug": "", "cores": "many"},
]
#: A column whose name would end its quotes if it were pasted.
HOSTILE = 'a" OR 1=1 --'
DUCKDB = ("--to", "sql", "--dialect", "duckdb")
SQLITE = ("--to", "sql", "--dialect", "sqlite")
POSTGRESQL = ("--to", "sql", "--dialect", "postgresql")


def written(run: Run, *words: str) -> str:
    """What a run prints that ends well."""
    result = run("translate", *words)
    assert (result.exit_code, result.stderr) == (0, "")
    return result.stdout.rstrip("\n")


def refused(run: Run, status: int, *words: str) -> str:
    """What a run says that ends with a status."""
    result = run("translate", *words)
    assert (result.exit_code, result.stdout) == (status, "")
    return result.stderr


def selected(selector: str) -> list[int]:
    matches = labelsel.compile_predicate(labelsel.parse(selector))
    return [number for number, labels in enumerate(LABELS) if matches(labels)]


@pytest.mark.parametrize(
    ("text", "dialect", "layout"),
    [
        (
            (
                "CASE WHEN typeof(\"labels\") = 'MAP(VARCHAR, VARCHAR)'"
                " THEN (coalesce(\"labels\"['app'] COLLATE C IN ('web'), FALSE)"
                " AND (NOT (\"labels\"['debug'] IS NOT NULL)))"
                " ELSE error('labelsel: not a map of texts, cast it in a view') END"
            ),
            "duckdb",
            "map:labels",
        ),
        (
            (
                "((`app` IS NOT NULL AND `app` IN ('web', CAST('web' AS NUMERIC))"
                " AND (CAST(`app` AS TEXT) || '') COLLATE BINARY"
                " IN ('web', CAST('web' AS NUMERIC)))"
                " AND (NOT (`debug` IS NOT NULL)))"
            ),
            "sqlite",
            "columns",
        ),
    ],
)
def test_the_text(run: Run, text: str, dialect: str, layout: str) -> None:
    """The text is the condition alone; ``columns`` gives each key a column of its name."""
    words = ("--to", "sql", "--dialect", dialect, "--layout", layout)
    assert written(run, *words, "app=web,!debug") == text


@pytest.mark.parametrize("selector", ["app=web", "app!=web", "!debug", "cores>3", "app notin (x)"])
@pytest.mark.parametrize("bound", [False, True])
def test_duckdb_selects_the_same(run: Run, selector: str, *, bound: bool) -> None:
    """A map column with a hostile name, as text and with parameters."""
    connection = duckdb.connect()
    column = '"' + HOSTILE.replace('"', '""') + '"'
    connection.execute(f"CREATE TABLE t (id INT, {column} MAP(VARCHAR, VARCHAR))")
    for number, labels in enumerate(LABELS):
        row = [number, list(labels), list(labels.values())]
        connection.execute("INSERT INTO t VALUES (?, MAP(?::VARCHAR[], ?::VARCHAR[]))", row)
    layout = 'map:"a"" OR 1=1 --"'
    Path("values.json").write_text('{"cores": ["2", "007", null, "4", "many"]}')
    words = (*DUCKDB, "--layout", layout, "--values", "values.json", selector)
    text, parameters = written(run, *words), None
    if bound:
        data = json.loads(written(run, *words, "-o", "json"))
        assert set(data) == {"text", "parameters"}
        text, parameters = data["text"], data["parameters"]
    rows = connection.execute(f"SELECT id FROM t WHERE {text} ORDER BY id", parameters)
    assert [number for (number,) in rows.fetchall()] == selected(selector)


def test_sqlite_selects_the_same(run: Run) -> None:
    """A long table, and a value that would be a condition if it were pasted."""
    connection = connect()
    connection.execute("CREATE TABLE pods (id)")
    connection.execute("CREATE TABLE labels (object_id, key, value)")
    for number, labels in enumerate(LABELS):
        connection.execute("INSERT INTO pods VALUES (?)", [number])
        rows = [(number, *label) for label in labels.items()]
        connection.executemany("INSERT INTO labels VALUES (?, ?, ?)", rows)
    words = (*SQLITE, "--layout", "long:labels@pods", "--from", "calico")
    text = written(run, *words, "app == \"' OR '1'='1\"")
    assert connection.execute(f"SELECT id FROM pods WHERE {text}").fetchall() == [(3,)]


def test_missing_values_are_named_with_their_queries(run: Run) -> None:
    """The message has a query for each key, which runs, and says how to pass what it returns."""
    words = (*SQLITE, "--layout", "columns", "--table", "the nodes", "cores>3,mem<5,app=web")
    first, *lines = refused(run, 1, *words).splitlines()
    assert first.endswith("it needs all distinct values of 'cores' and 'mem'")
    queries = [line.strip() for line in lines if "SELECT" in line]
    connection = connect()
    connection.execute('CREATE TABLE "the nodes" (cores TEXT, mem TEXT)')
    connection.execute("INSERT INTO \"the nodes\" VALUES ('4', NULL)")
    assert [connection.execute(query).fetchall() for query in queries] == [[("4",)], []]
    assert 'into a file: {"cores": ["...", "..."], "mem": ["...", "..."]}' in "".join(lines)
    assert lines[-1].strip() == "and name the file with --values FILE"


def test_the_table_may_be_unknown(run: Run) -> None:
    """Then a word stands for it; a long table names its own."""
    message = refused(run, 1, *DUCKDB, "--layout", "map", "cores>3")
    assert 'run, with your table in place of "TABLE" (or name it with --table):' in message
    assert 'FROM "TABLE" WHERE' in message
    message = refused(run, 1, *DUCKDB, "--layout", "long:tags@pods", "cores>3")
    assert (
        '  run:\n    SELECT DISTINCT CAST("label"."value" AS VARCHAR) COLLATE C FROM "tags"'
        in message
    )


@pytest.mark.parametrize(
    ("table", "source"),
    [
        ("s.t", '"s"."t"'),
        ('"s.t"', '"s.t"'),
        ('s."a""b"', '"s"."a""b"'),
        ("db.s.my t", '"db"."s"."my t"'),
    ],
)
def test_the_table_may_be_in_a_schema(run: Run, table: str, source: str) -> None:
    """A name with a dot stands in double quotes, as in SQL."""
    message = refused(run, 1, *DUCKDB, "--layout", "map", "--table", table, "cores>3")
    assert f"FROM {source} WHERE" in message


def test_a_higher_limit_of_values(run: Run) -> None:
    """--max-values, which the message of the limit names."""
    Path("v.json").write_text('{"cores": ["1", "2", "3", "4"]}')
    words = (*DUCKDB, "--layout", "map", "--values", "v.json", "cores>1", "--max-values")
    assert "accepted, more than the limit of 2; " in refused(run, 1, *words, "2")
    assert refused(run, 1, *words, "2").endswith(": --max-values N sets it\n")
    assert "IN ('2', '3', '4')" in written(run, *words, "3")


def test_native_operators(run: Run) -> None:
    """They are offered where they make values unnecessary, and then used."""
    words = (*DUCKDB, "--layout", "map", "--from", "calico", "app starts with 'w'")
    message = refused(run, 1, *words)
    assert message.endswith("  or use the operators of duckdb with --native\n")
    assert "starts_with(" in written(run, *words, "--native")
    assert "--native" not in refused(run, 1, *DUCKDB, "--layout", "map", "cores>3")


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("{", "--values v.json: not JSON: Expecting property name"),
        ("[" * 100_000, "--values v.json: not JSON: "),
        ("1" * 5000, "--values v.json: a number has thousands of digits"),
        ("[]", '--values v.json: expected an object such as {"cores": ["2", "4"]}, not a list'),
        ('{"a": "b"}', "--values v.json: the values of 'a' must be a list, not a string"),
        ('{"a": [1]}', "--values v.json: the values of 'a' must be strings, not the number 1"),
        ("\xff", "--values v.json: not UTF-8"),
    ],
)
def test_bad_values(run: Run, text: str, problem: str) -> None:
    """A file with values that is none is named, with what is wrong."""
    Path("v.json").write_bytes(text.encode("latin-1"))
    message = refused(run, 1, *DUCKDB, "--layout", "map", "--values", "v.json", "a>1")
    assert message.startswith(f"error: {problem}")
    message = refused(run, 1, *DUCKDB, "--layout", "map", "--values", "none.json", "a>1")
    assert message == "error: --values none.json: no such file or directory\n"


@pytest.mark.parametrize(
    ("words", "problem"),
    [
        (("--to", "sql", "a"), "--to sql needs the engine: --dialect with "),
        ((*DUCKDB, "a"), "--to sql needs to know where labels are: --layout columns:KEY,"),
        ((*SQLITE, "--layout", "map", "a"), "--layout map: sqlite has only columns, json and long"),
        ((*SQLITE, "--layout", "maps:x", "a"), "'maps:x' is not a layout: did you mean map:COLUMN"),
        (("--to", "sql", "--dialect", "mysql", "a"), "'mysql' is not one of "),
        (("--to", "sql", "--dialect", "pg", "a"), "'spark'; did you mean postgresql?\n"),
        (("--to", "sql", "--dialect", "SQLite3", "a"), "'spark'; did you mean sqlite?\n"),
        (("--to", "sql", "--dialect", "click-house", "a"), "did you mean clickhouse?\n"),
        (("--to", "labelselector", "a"), "did you mean label-selector?\n"),
        (("--to", "calico", "--native", "a"), "--native is for --to sql, and not for --to calico"),
        (("--to", "calico", "--layout", "map", "a"), "--layout is for --to sql, and not for"),
        (("--from", "sql", "--to", "calico", "a"), "'sql' is not one of"),
        ((*DUCKDB, "--layout", "map", "--table", "s.", "a>1"), "'s.' is not the name of a table"),
        ((*DUCKDB, "--layout", "map", "--table", '"s', "a>1"), "is not the name of a table: write"),
        (("--to", "calico", "--max-values", "5", "a"), "--max-values is for --to sql, and not"),
    ],
)
def test_usage_errors(run: Run, words: tuple[str, ...], problem: str) -> None:
    """What is missing or does not fit is named, before anything is read."""
    assert problem in refused(run, 2, *words)


def test_a_key_without_a_column_is_refused(run: Run) -> None:
    """Every row would have no such label, so that ``!tier`` would select all."""
    words = (*DUCKDB, "--layout", "columns:app,tier=t", "app,!tyer")
    message = refused(run, 1, *words)
    problem = "--layout columns:app,tier=t has no column for the key 'tyer'; did you mean tier?"
    assert message == f"error: {problem}\n"
    message = refused(run, 1, *DUCKDB, "--layout", "columns:app", "debug")
    assert message.endswith("'debug'; add it, or remove the key\n")


def test_what_an_engine_cannot_hold_is_refused(run: Run) -> None:
    """The message names the text, and where the selector was typed."""
    words = (*POSTGRESQL, "--layout", "json", "--from", "calico", "a == 'x\0y'")
    message = refused(run, 1, *words)
    assert message.startswith("error: SELECTOR ")
    assert "cannot hold the character NUL" in message


def test_completion_of_layouts() -> None:
    """The shell completes engines, and the first words of layouts."""
    complete = ShellComplete(app, {}, "labelsel", "_LABELSEL_COMPLETE")
    words = ["translate", "--layout"]
    assert [each.value for each in complete.get_completions(words, "m")] == ["map:"]
    words = ["translate", "--dialect"]
    assert [each.value for each in complete.get_completions(words, "du")] == ["duckdb"]
