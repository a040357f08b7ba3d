"""The SQL dialects: how each engine quotes, and how each reads a label from each layout.

All of it was tried on the engine itself (tests/engines): docs/engines.md says with what. A
further engine is one more `Dialect`; docs/extending.md shows one.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from itertools import count
from typing import Final

from labelsel.engines.table_layouts import Columns, Hstore, JsonColumn, MapColumn, TableLayout
from labelsel.errors import TranslationError, list_words, quote, require_type
from labelsel.requirements import Contains, EndsWith, Matches, StartsWith
from labelsel.selector import Requirement

__all__ = [
    "DIALECTS",
    "MANY",
    "SQLITE_KEY",
    "SQLITE_MEMBERS",
    "Dialect",
    "LayoutSql",
    "dialect_named",
    "is_plain",
]

MANY: Final = 100
"""With more values than this, PostgreSQL reads all rows that have the key and looks each value up
in a hash table; with fewer it looks each value up in the index. Milliseconds for jsonb in a
million rows, by the index and by the hash table: 100 values that no other row has 5 and 507, 1,000
of them 180 and 444; 10 values of 20,000 rows 89 and 426, 100 of 200,000 rows 2,246 and 607, and
1,000 of a million rows 41,095 and 686 (python -m benchmarks.postgres_values)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LayoutSql:
    """How one layout is written in the SQL of a `Dialect`; texts are templates of ``str.format``.

    ``{column}`` stands for the quoted column, ``{key}`` for the key as a literal or parameter,
    ``{values}`` for several values in the same way, separated by commas.

    Attributes:
        value: the value of the key, NULL if the key is absent.
        equals: the condition that the key has one of the values; never NULL.
        equals_many: the same for more than 100 values, if another condition is faster there.
        present: the condition that the key is there; never NULL.
        name: what the engine calls the key, if not by the key itself: a path, say.
        item: what ``equals`` compares instead of a value itself, from the key and the value.
        item_template: how that is written, from ``{value}`` and ``{key}``.
        holds_nul: whether the strings of the layout can hold the character NUL.
        hidden: names, in lower case, that the column cannot have: there they mean another one.
        guarded: the whole condition, from ``{condition}`` and ``{column}``: an error of the engine
            if the column has a type in which it would read no labels, or read numbers as labels.

    Raises:
        Nothing. The templates are not checked.

    Complexity:
        O(1).

    >>> from labelsel.engines import DIALECTS, MapColumn
    >>> layout = DIALECTS["datafusion"].forms[MapColumn]
    >>> layout.value, layout.present
    ('map_extract({column}, {key})[1]', '(map_extract({column}, {key})[1] IS NOT NULL)')
    """

    value: str
    equals: str = ""
    equals_many: str = ""
    present: str = ""
    name: Callable[[str], str] = str
    item: Callable[[str, str], str] = lambda _, value: value
    item_template: str = "{value}"
    holds_nul: bool = True
    hidden: Collection[str] = ()
    guarded: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Dialect:
    """What `to_sql` must know of an engine: how it quotes, and how it reads labels.

    docs/extending.md shows how to add one.

    Attributes:
        name: the engine, as users name it.
        literal: returns a string literal, which the engine reads as exactly this string.
        parameter: a named parameter, from ``{name}``.
        hex_parameter: the same, whose string is bound in hexadecimal; empty if the engine reads
            every string that is bound as it is.
        identifier: returns the name of a column or table in quotes.
        percent_is_special: whether a ``%`` in a text with parameters must be doubled.
        ignores_case: whether names that differ in case only are one name, in quotes, too.
        lists_ids: whether the objects of a label in a long table are a list of ids, not an EXISTS,
            which SQLite answers object by object: 28 queries of 20,000 objects take 345 ms each in
            the geometric mean, and 3.5 ms with a list.
        forms: the layouts that the engine has, by their class.
        native: the engine's operators that were proven equal, from ``{value}`` and ``{operand}``.

    Raises:
        Nothing. The functions and templates are not checked.

    Complexity:
        O(1).

    >>> from labelsel.engines import DIALECTS
    >>> duckdb, clickhouse = DIALECTS["duckdb"], DIALECTS["clickhouse"]
    >>> duckdb.literal("it's"), duckdb.identifier("my column"), clickhouse.identifier("my column")
    ("'it''s'", '"my column"', '`my column`')
    """

    name: str
    literal: Callable[[str], str]
    parameter: str
    hex_parameter: str = ""
    identifier: Callable[[str], str]
    percent_is_special: bool = False
    ignores_case: bool = False
    lists_ids: bool = False
    forms: Mapping[type[TableLayout], LayoutSql]
    native: Mapping[type[Requirement], str] = field(default_factory=dict)


def _standard_literal(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"


def _backslash_literal(value: str) -> str:
    return "'" + value.replace("\\", "\\\\").replace("'", "\\'").replace("\0", "\\0") + "'"


def _postgres_literal(value: str) -> str:
    """Return a literal that means the same whatever ``standard_conforming_strings`` is."""
    literal = _standard_literal(value)
    return " E" + literal.replace("\\", "\\\\") if "\\" in value else literal


def _replacing_literal(nul: str) -> Callable[[str], str]:
    """Return a function that writes literals for an engine whose texts of queries end at a NUL.

    A mark that the value does not have stands for each NUL. A chain of ``||`` would be as deep as
    the value has NULs: DuckDB and SQLite read 1,000 levels.
    """

    def literal(value: str) -> str:
        if "\0" not in value:
            return _standard_literal(value)
        # A mark and the text beside it make no other mark: "<" is only its first character.
        taken = set(_MARK.findall(value))
        mark = next(mark for number in count() if (mark := f"<{number}>") not in taken)
        return f"replace({_standard_literal(value.replace(chr(0), mark))}, '{mark}', {nul})"

    return literal


_MARK: Final = re.compile("<[0-9]+>")


def is_plain(text: str) -> bool:
    r"""Return whether a text has no character that any engine or client gives a meaning.

    >>> is_plain("a/b é"), is_plain("it's"), is_plain("${x}"), is_plain("a\\b"), is_plain("\t")
    (True, False, False, False, False)
    """
    return text.isprintable() and not set(text) & set("'\\$")


def _spark_literal(value: str) -> str:
    """Return a literal, as bytes if it has characters that a setting of Spark gives a meaning."""
    return f"'{value}'" if is_plain(value) else f"CAST(X'{value.encode().hex()}' AS STRING)"


def _doubled(mark: str) -> Callable[[str], str]:
    return lambda name: mark + name.replace(mark, mark * 2) + mark


def _postgres_identifier(name: str) -> str:
    if len(name.encode()) > 63:
        reason = "PostgreSQL cuts a name off after 63 bytes: it would be the name of another column"
        raise TranslationError(name, "name of PostgreSQL", reason)
    return _doubled('"')(name)


def _clickhouse_identifier(name: str) -> str:
    return "`" + name.replace("\\", "\\\\").replace("`", "\\`") + "`"


def _spark_identifier(name: str) -> str:
    if "${" in name:
        raise TranslationError(
            name, "name of Spark", "Spark substitutes ${...} inside of names, too"
        )
    return _doubled("`")(name)


def _json_pointer(key: str) -> str:
    return "/" + key.replace("~", "~0").replace("/", "~1")


def _json_object(key: str, value: str) -> str:
    return json.dumps({key: value}, ensure_ascii=False)


def _flat(text: str) -> str:
    return " ".join(text.split())


def _column_sql(exact: str, item: str = "{value}") -> LayoutSql:
    """Return the notation of a column a key.

    ``exact`` is the column as a text that is compared character by character: a table may declare
    that a column ignores case, and an engine reads ``cores = '007'`` as a number where the column
    has numbers. The plain comparison stands first: for it an engine can use an index or skip parts
    of a file, and it never takes too little.
    """
    return LayoutSql(
        value=exact,
        equals=(
            f"({{column}} IS NOT NULL AND {{column}} IN ({{values}}) AND {exact} IN ({{values}}))"
        ),
        present="({column} IS NOT NULL)",
        item_template=item,
    )


def _layout_sql(
    value: str, exact: str = "", *, name: Callable[[str], str] = str, guarded: str = ""
) -> LayoutSql:
    """Return the notation of a layout whose values have no index; see `_column_sql`."""
    return LayoutSql(
        value=f"{value}{exact}",
        equals=f"coalesce({value}{exact} IN ({{values}}), FALSE)",
        present=f"({value} IS NOT NULL)",
        name=name,
        guarded=guarded,
    )


_SQLITE_TEXT: Final = r"""CASE
    WHEN typeof({column}) <> 'blob' AND instr({column}, char(0)) > 0 THEN ''
    WHEN instr({column}, '\') > 0 OR instr({column}, char(1)) > 0 THEN
        replace(replace(replace(json({column}), '\\', '\u005c'),
            '\u0001', '\u0001a'), '\u0000', '\u0001b')
    ELSE {column}
END"""
r"""What ``json_each`` reads of a JSON column. Until 3.45 SQLite ends keys and values at a NUL, and
every version ends the JSON itself at one that is not escaped: ``''`` is an error there. So each NUL
becomes U+0001 and b, and each U+0001 becomes U+0001 and a. ``json`` leaves one way to write each of
them, and without double backslashes ``\u0000`` is the escape of a NUL wherever it stands."""


def _sqlite_text(text: str) -> str:
    """Return a key or a value as ``json_each`` reads it from `_SQLITE_TEXT`."""
    return text.replace("\1", "\1a").replace("\0", "\1b")


def _sqlite_string(text: str) -> str:
    """Return the expression for a key or a value of ``json_each``, as the column has it."""
    return (
        f"CASE WHEN instr({text}, char(1)) = 0 THEN {text} ELSE replace(replace({text},"
        " char(1) || 'b', char(0)), char(1) || 'a', char(1)) END"
    )


SQLITE_MEMBERS: Final = f"json_each({_flat(_SQLITE_TEXT)}) AS j"
"""The members of the objects in a JSON column of SQLite, for a FROM."""

SQLITE_KEY: Final = _sqlite_string("j.key")
"""The key of one of them."""

# The first label of a key that is written twice: of both, a row would match a=1,a=2.
_SQLITE_LABEL: Final = (
    f"(SELECT CASE j.type WHEN 'text' THEN j.atom END FROM {SQLITE_MEMBERS}"  # noqa: S608  # parts of this module
    " WHERE j.key = {key} LIMIT 1)"
)

_NOT_TEXT: Final = "labelsel: not a map of texts, cast it in a view"
_NOT_JSON: Final = "labelsel: the labels are not the text of a JSON value"
"""What engines report that would otherwise make texts of numbers, or no labels of what they cannot
read: then ``!app`` would select the row."""

# DuckDB, ClickHouse and Spark know the type of a column when they plan a query: the check costs
# nothing for each row.
_DUCKDB_MAP: Final = (
    "CASE WHEN typeof({column}) = 'MAP(VARCHAR, VARCHAR)' THEN {condition}"
    f" ELSE error('{_NOT_TEXT}') END"
)
_CLICKHOUSE_TEXT: Final = (
    "(LowCardinality[(])?(Nullable[(])?(String|FixedString[(][0-9]+[)]|Enum(8|16)[(].*[)])[)]*"
)
_CLICKHOUSE_MAP: Final = (
    "if(throwIf(NOT match(toTypeName({column}),"
    f" '^Map[(]{_CLICKHOUSE_TEXT}, {_CLICKHOUSE_TEXT}[)]$'), '{_NOT_TEXT}') = 0,"
    " {condition}, FALSE)"
)
# A collation of the keys may ignore case: the condition casts the map.
_SPARK_MAP: Final = (
    "CASE WHEN typeof({column}) RLIKE '^map<string,string( collate [A-Za-z0-9_]+)?>$'"
    f" THEN {{condition}} ELSE raise_error('{_NOT_TEXT}') END"
)

_CLICKHOUSE_JSON: Final = (
    f"if(throwIf(NOT ifNull(isValidJSON({{column}}), TRUE), '{_NOT_JSON}') = 0"
    " AND JSONType({column}) = 'Object' AND JSONType({column}, {key}) = 'String',"
    " JSONExtractString({column}, {key}), NULL)"
)

_SPARK_OBJECT: Final = "from_json({column}, 'map<string,variant>')"
_SPARK_MEMBER: Final = f"try_element_at({_SPARK_OBJECT}, {{key}})"
_SPARK_JSON: Final = (
    f"(CASE WHEN {_SPARK_OBJECT} IS NULL AND {{column}} IS NOT NULL"
    f" AND try_parse_json({{column}}) IS NULL THEN raise_error('{_NOT_JSON}')"
    f" WHEN schema_of_variant({_SPARK_MEMBER}) = 'STRING'"
    f" THEN CAST({_SPARK_MEMBER} AS STRING) END)"
)


_POSTGRES_COLUMN: Final = LayoutSql(
    value='(CAST({column} AS text) COLLATE "C")',
    # Equal strings are equal in every collation, so the first condition may use an index of the
    # column; the second one leaves out what only a collation or a type takes for equal: 'Web' for
    # 'web', or 'web ' in a char(n). coalesce halves the rows that the planner expects; without it
    # the planner would multiply both.
    equals=(
        "({column} IN ({values})"
        ' AND coalesce(CAST({column} AS text) COLLATE "C" IN ({values}), FALSE))'
    ),
    present="({column} IS NOT NULL)",
    holds_nul=False,
)

# Only a string is a value. And ``?`` holds for the strings in an array, too.
_POSTGRES_JSON: Final = LayoutSql(
    value="(CASE jsonb_typeof({column} -> {key}) WHEN 'string' THEN {column} ->> {key} END)",
    equals="({column} IS NOT NULL AND {column} @> ANY (CAST(ARRAY[{values}] AS jsonb[])))",
    equals_many=(
        "({column} ? {key} AND coalesce(jsonb_typeof({column} -> {key}) = 'string'"
        " AND {column} ->> {key} IN ({values}), FALSE))"
    ),
    present="({column} ? {key} AND coalesce(jsonb_typeof({column} -> {key}) = 'string', FALSE))",
    item=_json_object,
    holds_nul=False,
)

_POSTGRES_HSTORE: Final = LayoutSql(
    value="({column} -> {key})",
    equals="({column} IS NOT NULL AND {column} @> ANY (ARRAY[{values}]))",
    equals_many="({column} ? {key} AND coalesce({column} -> {key} IN ({values}), FALSE))",
    # A key may have the value NULL.
    present="({column} ? {key} AND ({column} -> {key}) IS NOT NULL)",
    item_template="hstore({key}, {value})",
    holds_nul=False,
)


_ALL: Final = (
    Dialect(
        name="duckdb",
        literal=_replacing_literal("chr(0)"),
        parameter="${name}",
        identifier=_doubled('"'),
        ignores_case=True,
        forms={
            Columns: _column_sql("CAST({column} AS VARCHAR) COLLATE C"),
            MapColumn: _layout_sql("{column}[{key}]", " COLLATE C", guarded=_DUCKDB_MAP),
            # A pointer leads into a list, too, and every JSON value has a text.
            JsonColumn: _layout_sql(
                "(CASE WHEN json_type({column}) = 'OBJECT'"
                " AND json_type({column}, {key}) = 'VARCHAR'"
                " THEN json_extract_string({column}, {key}) END)",
                name=_json_pointer,
                exact=" COLLATE C",
            ),
        },
        native={
            Contains: "contains({value}, {operand})",
            StartsWith: "starts_with({value}, {operand})",
            EndsWith: "ends_with({value}, {operand})",
            Matches: "regexp_full_match({value}, {operand}, 's')",
        },
    ),
    Dialect(
        name="sqlite",
        literal=_replacing_literal("char(0)"),
        parameter=":{name}",
        # Double quotes around no name of a column are those of a string there: "app" = 'app'.
        identifier=_doubled("`"),
        ignores_case=True,
        lists_ids=True,
        forms={
            # A column without a type, in a view say, may hold the number 1, which is not equal to
            # '1'. The second comparison is of texts alone: || has no type.
            Columns: _column_sql(
                "(CAST({column} AS TEXT) || '') COLLATE BINARY",
                "{value}, CAST({value} AS NUMERIC)",
            ),
            JsonColumn: LayoutSql(
                value=_SQLITE_LABEL.replace("j.atom", _sqlite_string("j.atom")),
                equals=f"coalesce({_SQLITE_LABEL} IN ({{values}}), 0)",
                present=f"({_SQLITE_LABEL} IS NOT NULL)",
                name=_sqlite_text,
                item=lambda _, value: _sqlite_text(value),
                # The columns of json_each, which stands around the column.
                hidden=(
                    *("key", "value", "type", "atom", "id", "parent", "fullkey", "path"),
                    *("json", "root", "rowid", "_rowid_", "oid"),
                ),
            ),
        },
    ),
    Dialect(
        name="postgresql",
        literal=_postgres_literal,
        # A parameter has one type wherever it is used: that of the first use, a char(n), say.
        parameter="CAST(%({name})s AS text)",
        identifier=_postgres_identifier,
        percent_is_special=True,
        forms={
            Columns: _POSTGRES_COLUMN,
            JsonColumn: _POSTGRES_JSON,
            Hstore: _POSTGRES_HSTORE,
        },
        native={
            Contains: "strpos({value}, {operand}) > 0",
            StartsWith: "starts_with({value}, {operand})",
            EndsWith: "right({value}, length({operand})) = {operand}",
        },
    ),
    Dialect(
        name="clickhouse",
        literal=_backslash_literal,
        parameter="{{name}:String}",
        # Some clients escape what they bind (a tab as \t), and others send it as it is.
        hex_parameter="unhex({{name}:String})",
        identifier=_clickhouse_identifier,
        forms={
            Columns: _column_sql("toString({column})"),
            # m['k'] is '' where the key is absent.
            MapColumn: _layout_sql(
                "if(mapContains({column}, {key}), toString({column}[{key}]), NULL)",
                guarded=_CLICKHOUSE_MAP,
            ),
            JsonColumn: _layout_sql(_CLICKHOUSE_JSON),
        },
        native={
            Contains: "position({value}, {operand}) > 0",
            StartsWith: "startsWith({value}, {operand})",
            EndsWith: "endsWith({value}, {operand})",
            # An expression that does not end its \Q is an error there.
            Matches: "match({value}, concat('^(?s:', {operand}, ')$'))",
        },
    ),
    Dialect(
        name="datafusion",
        literal=_standard_literal,
        parameter="${name}",
        identifier=_doubled('"'),
        forms={
            Columns: _column_sql("CAST({column} AS VARCHAR)"),
            MapColumn: _layout_sql("map_extract({column}, {key})[1]"),
        },
    ),
    Dialect(
        name="spark",
        literal=_spark_literal,
        parameter=":{name}",
        identifier=_spark_identifier,
        ignores_case=True,
        forms={
            Columns: _column_sql("CAST({column} AS STRING) COLLATE UTF8_BINARY"),
            MapColumn: _layout_sql(
                "try_element_at(CAST({column} AS MAP<STRING, STRING>), {key})",
                " COLLATE UTF8_BINARY",
                guarded=_SPARK_MAP,
            ),
            JsonColumn: _layout_sql(_SPARK_JSON),
        },
    ),
)

DIALECTS: Final[Mapping[str, Dialect]] = {dialect.name: dialect for dialect in _ALL}
"""The dialects by name: duckdb, sqlite, postgresql, clickhouse, datafusion and spark."""


def dialect_named(name: str | Dialect) -> Dialect:
    """Return a dialect by its name; a `Dialect` is returned as it is.

    ValueError for another name, TypeError for something else.

    >>> dialect_named("duckdb").name
    'duckdb'
    """
    if isinstance(name, Dialect):
        return name
    dialect = DIALECTS.get(require_type(str, name, f"a dialect is {list_words(list(DIALECTS))}"))
    if dialect is None:
        message = (
            f"no dialect is called {quote(name)}: there are {list_words(list(DIALECTS), 'and')}"
        )
        raise ValueError(message)
    return dialect
