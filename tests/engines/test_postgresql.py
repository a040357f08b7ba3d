"""PostgreSQL answers as `matches`, in every layout and by its indexes."""

import json
import re
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import given
from sqlalchemy.dialects.postgresql import HSTORE, JSONB

from labelsel import (
    Contains,
    EndsWith,
    Equals,
    In,
    Not,
    NotIn,
    Selector,
    StartsWith,
    TranslationError,
)
from labelsel.engines import (
    Columns,
    Hstore,
    JsonColumn,
    LongTable,
    TableLayout,
    to_bound_sql,
    to_sql,
    to_sqlalchemy,
    values_select,
    values_sql,
)
from tests.engines.answers import Asked, fetched
from tests.engines.available import without
from tests.engines.conftest import CompareMany
from tests.engines.postgres_server import find_programs, postgres_server
from tests.engines.relation import FEW, KEYS, MANY, VALUES, differences, label_sets, selectors
from tests.engines.sql_tables import (
    NAMES,
    SqlEngine,
    check_that_nothing_escapes,
    hstore_text,
    labels_of,
    quoted,
)

TABLE = 'the "objects" %s'
COLUMNS = {key: f"column {number} \"'%" for number, key in enumerate(KEYS)}
LAYOUTS: dict[str, TableLayout] = {
    "columns": Columns(COLUMNS),
    "json": JsonColumn("the labels"),
    "hstore": Hstore("the labels"),
    "long": LongTable(TABLE, table="their labels", id="object", key="k", value="v"),
}
NATIVE = (Contains, StartsWith, EndsWith)
Connection = Any


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    """A server with the extension hstore."""
    try:
        import psycopg  # noqa: F401, PLC0415
    except ImportError:
        without("PostgreSQL", "its client psycopg is not installed")
    if find_programs() is None:
        without("PostgreSQL", "no server is installed (Debian: apt-get install postgresql)")
    with postgres_server() as host:
        with connect(host) as connection:
            connection.execute("CREATE EXTENSION hstore")
        yield host


@pytest.fixture
def connection(server: str) -> Iterator[Connection]:
    """A connection whose changes are not kept."""
    with connect(server) as connection:
        yield connection
        connection.rollback()


def connect(host: str, **options: Any) -> Connection:
    import psycopg  # noqa: PLC0415

    return psycopg.connect(host=host, user="labelsel", dbname="postgres", **options)


def load(connection: Connection, layout: str, count: int) -> None:
    """Create the tables of a layout, with all label sets."""
    sets = label_sets(count, nul=False)
    if layout == "columns":
        rows = [(n, *map(labels.get, KEYS)) for n, labels in enumerate(sets)]
        create(connection, TABLE, dict.fromkeys(COLUMNS.values(), "text"), rows)
    elif layout == "long":
        create(connection, TABLE, {}, [(n,) for n in range(count)])
        rows = [(n, *row) for n, row in enumerate(labels_of(sets))]
        types = {"object": "integer", "k": "text", "v": "text"}
        create(connection, "their labels", types, rows)
        connection.execute('CREATE UNIQUE INDEX one ON "their labels" (object, k)')
    else:
        write, type_ = (json.dumps, "jsonb") if layout == "json" else (hstore_text, "hstore")
        rows = [(n, write(labels) if labels else None) for n, labels in enumerate(sets)]
        create(connection, TABLE, {"the labels": type_}, rows)
    connection.execute("ANALYZE")


def create(connection: Connection, name: str, types: dict[str, str], rows: list[Any]) -> None:
    columns = [f"{quoted(column)} {type_}" for column, type_ in types.items()]
    connection.execute(f"CREATE TABLE {quoted(name)} ({', '.join(['id integer', *columns])})")
    with connection.cursor().copy(f"COPY {quoted(name)} FROM STDIN") as copy:
        for row in rows:
            copy.write_row(row)


def text_query(connection: Connection, layout: TableLayout) -> Callable[..., list[Any]]:
    def answer(selector: Any, **options: Any) -> list[Any]:
        where = to_sql(selector, layout, dialect="postgresql", **options)
        return column_of(connection.execute(f"SELECT id FROM {quoted(TABLE)} WHERE {where}"))

    return answer


def bound_query(connection: Connection, layout: TableLayout) -> Callable[..., list[Any]]:
    def answer(selector: Any, **options: Any) -> list[Any]:
        where, parameters = to_bound_sql(selector, layout, dialect="postgresql", **options)
        start = f"SELECT id FROM {quoted(TABLE).replace('%', '%%')} WHERE "
        return column_of(connection.execute(start + where, parameters))

    return answer


def column_of(rows: Any) -> list[Any]:
    return [row[0] for row in rows]


def reader(connection: Connection, layout: TableLayout) -> Callable[[str], list[str]]:
    read: dict[str, list[str]] = {}

    def values(key: str) -> list[str]:
        if key not in read:
            text = values_sql(key, layout, TABLE, dialect="postgresql")
            read[key] = column_of(connection.execute(text))
        return read[key]

    return values


@pytest.mark.slow
@pytest.mark.parametrize("name", LAYOUTS)
def test_many_label_sets(compare_many: CompareMany, connection: Connection, name: str) -> None:
    """Every selector selects the same rows, as text. In a SELECT each EXISTS would be a scan."""
    load(connection, name, MANY)

    def run(text: str, _: Any) -> Any:
        return fetched(connection.execute(text))

    size = 0 if name == "long" else 50
    asked = Asked("postgresql", LAYOUTS[name], run, size=size, table=TABLE)
    compare_many("PostgreSQL", name, asked.answers(selectors(nul=False)), nul=False)


@pytest.mark.parametrize("name", LAYOUTS)
def test_postgresql_answers_as_matches(connection: Connection, name: str) -> None:
    """Every selector selects the same rows, as text, with parameters, and by native operators."""
    count = FEW
    load(connection, name, count)
    layout = LAYOUTS[name]
    values = reader(connection, layout)
    text, bound = text_query(connection, layout), bound_query(connection, layout)
    assert differences(lambda selector: text(selector, values=values), count, nul=False) == []
    assert differences(lambda selector: bound(selector, values=values), count, nul=False) == []
    leaves = [each for each in selectors(nul=False) if isinstance(each, NATIVE)]
    native = [*leaves, *map(Not, leaves)]
    assert {type(leaf) for leaf in leaves} == set(NATIVE)
    for query in (text, bound):
        answer = partial(query, values=values, native=True)
        assert differences(answer, count, nul=False, chosen=native) == []


@pytest.mark.parametrize("name", LAYOUTS)
def test_sqlalchemy_answers_as_matches(connection: Connection, name: str) -> None:
    """So does an expression of SQLAlchemy."""
    count = FEW
    engine = sa.create_engine("postgresql+psycopg://", creator=lambda: connection)
    layout = LAYOUTS[name]
    types: dict[str, Any] = {"json": JSONB(), "hstore": HSTORE()}
    names = COLUMNS.values() if name == "columns" else ["the labels"] * (name in types)
    columns = [sa.Column(each, types.get(name, sa.Text())) for each in names]
    table = sa.Table(TABLE, sa.MetaData(), sa.Column("id", sa.Integer), *columns)
    with engine.connect() as client:  # the first connection rolls back what was before
        load(connection, name, count)
        read: dict[str, Any] = {}

        def values(key: str) -> Any:
            if key not in read:
                query = values_select(key, layout, table, dialect="postgresql")
                read[key] = client.scalars(query).all()
            return read[key]

        def answer(selector: Selector) -> Any:
            where = to_sqlalchemy(selector, layout, table, dialect="postgresql", values=values)
            return client.scalars(sa.select(table.c.id).where(where))

        # A third of the selectors: the test above has the same conditions as texts.
        chosen = selectors(nul=False)[::3]
        assert differences(answer, count, nul=False, chosen=chosen) == []


@pytest.mark.parametrize("standard", ["on", "off"])
def test_a_literal_means_the_same_with_every_setting(connection: Connection, standard: str) -> None:
    """Backslashes in a literal do not depend on standard_conforming_strings."""
    load(connection, "columns", 2_000)
    connection.execute(f"SET standard_conforming_strings = {standard}")
    connection.execute("SET escape_string_warning = off")
    layout = LAYOUTS["columns"]
    values = reader(connection, layout)
    text = text_query(connection, layout)
    assert differences(lambda selector: text(selector, values=values), 2_000, nul=False) == []


@pytest.mark.parametrize("name", ["json", "hstore"])
def test_many_values(connection: Connection, name: str) -> None:
    """More than 100 values are written in another way, and mean the same."""
    load(connection, name, 2_000)
    more = [f"v{number}" for number in range(200)]
    chosen = [kind(key, [*VALUES, *more]) for kind in (In, NotIn) for key in KEYS]
    for query in (text_query, bound_query):
        answer = query(connection, LAYOUTS[name])
        assert "ANY" not in to_sql(chosen[0], LAYOUTS[name], dialect="postgresql")
        assert differences(answer, 2_000, nul=False, chosen=chosen) == []


def test_nothing_escapes(server: str) -> None:
    """Every value selects its own rows alone, and all tables are still there."""
    # A statement that psycopg has prepared keeps the types of a table that is dropped.
    with connect(server, prepare_threshold=None) as connection:

        def run(text: str, *parameters: Any) -> list[Any]:
            cursor = connection.execute(text, *parameters)
            return cursor.fetchall() if cursor.description else []

        types = {Columns: "text", JsonColumn: "jsonb", Hstore: "hstore", LongTable: ""}
        tables = "SELECT tablename FROM pg_tables ORDER BY 1"
        engine = SqlEngine("postgresql", run, "%s", types, tables)
        run("CREATE TABLE canary (id integer)")

        @given(NAMES, NAMES, NAMES)
        def check(name: str, key: str, value: str) -> None:
            check_that_nothing_escapes(engine, name, key, value)

        check()
        connection.rollback()


def test_only_strings_are_values(connection: Connection) -> None:
    """Null, numbers, lists and objects are no values; an array or a string is no label set."""
    documents = [
        None,
        {"app": "web"},
        {"app": None},
        {"app": 7},
        {"app": True},
        {"app": ["web"]},
        {"app": {"web": "web"}},
        ["app"],
        "app",
        [{"app": "web"}],
        {},
    ]
    rows = [(n, json.dumps(each)) for n, each in enumerate(documents)]
    create(connection, TABLE, {"the labels": "jsonb"}, [*rows, (len(rows), None)])
    answer = text_query(connection, JsonColumn("the labels"))
    many = ",".join(["web", "7", "true", *(f"v{n}" for n in range(200))])
    others = [n for n in range(len(rows) + 1) if n != 1]
    for text in ("app", "app=web", f"app in ({many})"):
        assert answer(text) == [1], text
    for text in ("!app", "app!=web", f"app notin ({many})"):
        assert answer(text) == others, text
    assert reader(connection, JsonColumn("the labels"))("app") == ["web"]


def test_null_is_absent(connection: Connection) -> None:
    """A NULL in an hstore, and in a row of a table of labels, is an absent label."""
    rows = [(0, "app=>web"), (1, "app=>NULL"), (2, None)]
    create(connection, TABLE, {"the labels": "hstore"}, rows)
    labels = [(0, 0, "app", "web"), (1, 1, "app", None)]
    create(connection, "labels", {"object_id": "integer", "key": "text", "value": "text"}, labels)
    for layout in (Hstore("the labels"), LongTable(TABLE)):
        answer = text_query(connection, layout)
        assert answer("app") == answer("app=web") == [0]
        assert sorted(answer("!app")) == sorted(answer("app!=web")) == [1, 2]
        assert reader(connection, layout)("app") == ["web"]


@pytest.mark.parametrize("query", [text_query, bound_query])
def test_collations_and_padding_make_nothing_equal(connection: Connection, query: Any) -> None:
    """A collation that ignores case, and char(n), which ignores blanks, select no other value."""
    connection.execute(
        "CREATE COLLATION careless"
        " (provider = icu, locale = 'und-u-ks-level2', deterministic = false)"
    )
    types = {"app": "text COLLATE careless", "tier": "char(8)"}
    create(connection, TABLE, types, [(0, "web", "web"), (1, "WEB", "WEB"), (2, None, None)])
    labels = {
        "object_id": "integer",
        "key": "text COLLATE careless",
        "value": "text COLLATE careless",
    }
    rows = [(0, 0, "app", "web"), (1, 1, "app", "WEB"), (2, 2, "APP", "web")]
    create(connection, "labels", labels, rows)
    columns = Columns(["app", "tier"])
    answer = query(connection, columns)
    for key in ("app", "tier"):
        assert answer(f"{key}=web") == [0]
        assert answer(f"{key} in (web,WEB)") == [0, 1]
        assert answer(f"{key}!=web") == [1, 2]
        assert sorted(reader(connection, columns)(key)) == ["WEB", "web"]
        assert query(connection, columns)(Equals(key, "web ")) == []
    long = LongTable(TABLE)
    assert query(connection, long)("app=web") == [0]
    assert query(connection, long)("!app") == [2]
    assert sorted(reader(connection, long)("app")) == ["WEB", "web"]


PLANS = [
    (Columns(["app"]), "app=web-7", "by_app"),
    (Columns(["app"]), "app in (web-7,web-8)", "by_app"),
    (JsonColumn("j"), "app=web-7", "by_json"),
    (JsonColumn("j"), "app in (web-7,web-8)", "by_json"),
    (JsonColumn("j"), "rare", "by_json"),
    (JsonColumn("j"), "rare in (" + ",".join(f"v{n}" for n in range(200)) + ")", "by_json"),
    (Hstore("h"), "app=web-7", "by_hstore"),
    (Hstore("h"), "app in (web-7,web-8)", "by_hstore"),
    (Hstore("h"), "rare", "by_hstore"),
    (Hstore("h"), "rare in (" + ",".join(f"v{n}" for n in range(200)) + ")", "by_hstore"),
    (LongTable("objects"), "app=web-7", "by_label"),
]


def test_indexes_are_used(connection: Connection) -> None:
    """The plans of PostgreSQL name the index, for 50,000 rows, as text and with parameters."""
    connection.execute(
        "CREATE TABLE objects AS SELECT id, j, j ->> 'app' AS app,"
        " hstore(array_agg(key), array_agg(value)) AS h"
        " FROM (SELECT id, jsonb_build_object('app', 'web-' || id % 500, 'tier', 't' || id % 3)"
        " || CASE WHEN id % 5000 = 0 THEN '{\"rare\": \"v1\"}' ELSE jsonb '{}' END AS j"
        " FROM generate_series(1, 50000) AS id) AS made, jsonb_each_text(j) GROUP BY id, j"
    )
    connection.execute(
        "CREATE TABLE labels AS SELECT id AS object_id, key, value FROM objects, jsonb_each_text(j)"
    )
    for index in (
        "by_app ON objects (app)",
        "by_json ON objects USING gin (j)",
        "by_hstore ON objects USING gin (h)",
        "by_id ON objects (id)",
        "by_label ON labels (key, value, object_id)",
    ):
        connection.execute(f"CREATE INDEX {index}")
    connection.execute("ANALYZE")
    start = "EXPLAIN SELECT id FROM objects WHERE "
    missing = []
    for layout, selector, index in PLANS:
        text = to_sql(selector, layout, dialect="postgresql")
        bound = to_bound_sql(selector, layout, dialect="postgresql")
        for plan in (
            connection.execute(start + text),
            connection.execute(start + bound[0], bound[1]),
        ):
            lines = "\n".join(column_of(plan))
            if index not in lines or "Seq Scan on labels" in lines:
                missing.append((selector, index, lines))
    assert missing == []


def test_the_recipe_of_the_documentation(
    server: str, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> None:
    """The code of docs/engines.md gives the answer that it states."""
    text = (request.config.rootpath / "docs" / "engines.md").read_text(encoding="utf-8")
    section = text.partition("## PostgreSQL")[2].partition("\n## ")[0]
    [recipe] = re.findall(r"^```py\n(.*?)^```", section, re.MULTILINE | re.DOTALL)
    for name, value in (("HOST", server), ("USER", "labelsel"), ("DATABASE", "postgres")):
        monkeypatch.setenv(f"PG{name}", value)
    names: dict[str, Any] = {}
    exec(compile(recipe, "engines.md", "exec"), names)  # noqa: S102  # our own text
    names["connection"].close()


WRITTEN = [
    (Equals("app", "it's\\"), "columns", """"app" IN ( E'it''s\\\\')"""),
    (Equals("it's", '"'), "json", """ARRAY[ E'{"it''s": "\\\\""}']"""),
    (In("app", ["a", "b"]), "hstore", "ARRAY[hstore('app', 'a'), hstore('app', 'b')]"),
    (Contains("app", "w"), "json", "WHEN 'string' THEN \"j\" ->> 'app' END), 'w') > 0"),
    (Contains("app", "w"), "long", """strpos((CAST("label"."value" AS text) COLLATE "C"), 'w')"""),
    (Contains("gone", "w"), "columns", "(1 = 0)"),
]
WRITTEN_FOR: dict[str, TableLayout] = {
    "columns": Columns(["app"]),
    "json": JsonColumn("j"),
    "hstore": Hstore("h"),
    "long": LongTable("objects"),
}


@pytest.mark.parametrize(("selector", "name", "part"), WRITTEN)
def test_what_is_written(selector: Selector, name: str, part: str) -> None:
    """No server is needed for it, nor for the tests below."""
    written = to_sql(selector, WRITTEN_FOR[name], dialect="postgresql", native=True)
    assert part in written


def test_a_key_without_a_column_has_no_values() -> None:
    """The query for its values returns no row."""
    text = values_sql("gone", Columns(["app"]), ["public", "objects"], dialect="postgresql")
    assert text == 'SELECT DISTINCT NULL FROM "public"."objects" WHERE (1 = 0)'


def test_bound_names_have_their_percent_signs_doubled() -> None:
    """Psycopg reads a single one as the start of a parameter."""
    text, parameters = to_bound_sql("app", Columns({"app": "%s"}), dialect="postgresql")
    assert (text, parameters) == ('("%%s" IS NOT NULL)', {})


def test_a_name_that_postgresql_cuts_off_is_refused() -> None:
    """Two columns of more than 63 bytes could be the same one."""
    assert "IS NOT NULL" in to_sql("app", Columns({"app": "é" * 31}), dialect="postgresql")
    with pytest.raises(TranslationError, match="cuts a name off after 63 bytes"):
        to_sql("app", Columns({"app": "é" * 32}), dialect="postgresql")


@pytest.mark.parametrize("name", LAYOUTS)
def test_text_that_postgresql_cannot_hold_is_refused(name: str) -> None:
    """NUL and half a pair of surrogates are errors that name the value."""
    for value in ("a\0b", "a\ud800b"):
        with pytest.raises(TranslationError) as caught:
            to_sql(Equals("app", value), LAYOUTS[name], dialect="postgresql")
        assert caught.value.part == value
