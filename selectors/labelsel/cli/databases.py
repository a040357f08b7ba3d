"""Files with tables, opened to be read only: Parquet, DuckDB databases, SQLite databases.

Open `open_database` first. The content of a file says what it is, and not its name.
"""

from __future__ import annotations

import math
import os
import re
import shlex
import sqlite3
from abc import ABC, abstractmethod
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, Any, Final, Self, TypeAlias

import click

from labelsel.cli.screen import Failure, say
from labelsel.engines.dialects import dialect_named
from labelsel.errors import list_words
from labelsel.folders import walk_folders
from labelsel.typos import did_you_mean, nearest

if TYPE_CHECKING:
    import duckdb

__all__ = ["SQLITE", "WHOLE_NUMBERS", "Database", "Table", "open_database"]

Rows: TypeAlias = list[tuple[Any, ...]]
_Listed: TypeAlias = dict[tuple[str, ...], dict[str, str]]

PARQUET: Final = "Parquet"
DUCKDB: Final = "DuckDB"
#: What the text of a selector has, and hardly a path.
_OPERATOR: Final = re.compile(r"[=!<>]|\s(?:in|notin)\s")
SQLITE: Final = "SQLite"
_ENCRYPTED: Final = "encrypted Parquet"

_HEAD: Final = 16
"""So many bytes at the beginning of a file say what it is."""

_INSTRUCTIONS: Final = 1_000_000
"""So many instructions of SQLite, some 10 ms, pass between two looks for Ctrl-C."""

_SHORT: Final = 0.1
"""So many seconds lie between two attempts to end a query."""
_LONG: Final = 10.0
"""After so many seconds a query is one that may never end."""

WHOLE_NUMBERS: Final = frozenset(
    f"{sign}{size}INT" for sign in ("", "U") for size in ("TINY", "SMALL", "BIG", "HUGE")
) | {"INTEGER", "UINTEGER"}
"""The types of DuckDB for whole numbers, which are compared exactly with each other."""

_PLAIN_TYPES: Final = WHOLE_NUMBERS | {"BOOLEAN", "FLOAT", "DOUBLE", "VARCHAR"}
"""The types of DuckDB that are types of JSON, too."""

_SQLITE_HEADER: Final = 100
"""The bytes of the header of a SQLite database."""

_LARGEST_PAGE: Final = 65_536
"""The size of a page that the header writes as 1, because it has two bytes for it."""

_MANIFESTS: Final = (".yaml", ".yml", ".json")

_TEXT: Final = "BYTE_ARRAY"
"""What Parquet calls texts."""
_NO_VALUE: Final = "__HIVE_DEFAULT_PARTITION__"
"""What Hive and Spark write for NULL in the name of a folder."""

_LOOKS_LIKE_PARQUET: Final = (".parquet", ".parq", ".pq")


@dataclass(frozen=True, slots=True)
class Table:
    """A table or a view.

    Attributes:
        name: the parts of its name, of which messages show all: a schema, if it is not the first
            one, and the table.
        columns: the types of its columns, as the engine writes them.
        text: the name, as ``--table`` takes it: with quotes where another table has the same
            letters and dots.
    """

    name: tuple[str, ...]
    columns: Mapping[str, str]
    text: str


class Database(ABC):
    """Open tables, which are read in one transaction. Use it as a context manager.

    Attributes:
        path: what messages call it.
        kind: ``Parquet``, ``DuckDB`` or ``SQLite``.
        dialect: the name of its SQL dialect.
        tables: its tables and views.
        unreadable: why further tables and views cannot be read, by the parts of their names.
    """

    kind: str
    dialect: str
    _is_long = False

    def __init__(self, path: str) -> None:
        self.path = path
        self.unreadable: dict[tuple[str, ...], str] = {}
        try:
            self.tables = _tables(self._read_tables())
        except BaseException:
            self.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self.close()

    def table(self, name: str) -> Table:
        """Return the table of a name; a failure where there is none, or several."""
        found = [table for table in self.tables if name in (table.text, _quoted(table.name))]
        found = found or [table for table in self.tables if name == ".".join(table.name)]
        if len(found) > 1:
            raise Failure(
                f"{self.path}: several tables can be meant by {name}; choose one of",
                *(f"  --table {shlex.quote(table.text)}" for table in found),
            )
        if found:
            return found[0]
        for unreadable, problem in self.unreadable.items():
            if name in (".".join(unreadable), _quoted(unreadable)):
                raise self.failure(f"{name} cannot be read: {problem}")
        names = [table.text for table in self.tables]
        has = f"; it has {list_words(names, 'and')}" if names else ""
        meant = did_you_mean(nearest(name, names)) or has
        raise self.failure(f"it has no table {name}{meant}")

    def table_of_layout(self, name: str) -> Table:
        """Return a table that a layout names; a failure for one in a schema.

        The name is one name: a layout has no schemas.
        """
        for table in self.tables:
            if table.name == (name,):
                return table
        table = self.table(name)
        raise self.failure(
            f"the table {table.text} is in the schema {table.name[0]}; --layout long:... takes only"
            " tables that are in no schema but the first one"
        )

    def identifier(self, name: str) -> str:
        """Return the name of a column or a table in quotes."""
        return dialect_named(self.dialect).identifier(name)

    def source(self, table: Table) -> str:
        """Return a table as it stands behind FROM; the last part of its name is its name there."""
        return ".".join(map(self.identifier, self.full_name(table)))

    def full_name(self, table: Table) -> tuple[str, ...]:
        """Return the parts of the name of a table that no other name can be taken for."""
        return table.name

    def failure(self, problem: str) -> Failure:
        """Return the failure for a problem of this file."""
        return Failure(f"{self.path}: {problem}")

    @abstractmethod
    def rows(self, query: str, parameters: Mapping[str, object] | None = None) -> Rows:
        """Return the rows of a query; a failure where the file cannot be read."""

    @abstractmethod
    def is_text(self, type_: str) -> bool:
        """Return whether a column of a type is one of text."""

    def cell(self, column: str, type_: str) -> str:
        """Return the expression for a column, as text where Python has no such type."""
        del type_
        return self.identifier(column)

    def is_nested(self, type_: str) -> bool:
        """Return whether `cell` gives the JSON text of the values of a type."""
        del type_
        return False

    @contextmanager
    def _skipping(self, name: tuple[str, ...], error: type[Exception]) -> Iterator[None]:
        """Say that a table is skipped, where its columns cannot be read."""
        try:
            yield
        except error as problem:
            self.unreadable[name] = str(problem).strip().split("\n")[0]
            say(f"{self.path}: skipped {'.'.join(name)}: {self.unreadable[name]}")

    def _report_long(self) -> None:
        """Say once that a query takes long: a view may have no end, whatever ``--limit`` says."""
        if not self._is_long:
            self._is_long = True
            say(f"{self.path}: still reading; a view may have no end: Ctrl-C stops")

    @abstractmethod
    def close(self) -> None:
        """Close the file."""

    @abstractmethod
    def _read_tables(self) -> _Listed:
        """Return the columns of the tables and views, and fill `unreadable`."""


class SqliteDatabase(Database):
    """A SQLite database, read by the standard library."""

    kind = SQLITE
    dialect = "sqlite"
    _begun = math.inf

    def __init__(self, path: str) -> None:
        _require_whole(path)
        uri = f"{Path(path).absolute().as_uri()}?mode=ro"
        with _naming(path, sqlite3.Error):
            self._connection = sqlite3.connect(uri, uri=True, isolation_level=None)
            # Python handles Ctrl-C while it runs: a query of a minute would not end before.
            self._connection.set_progress_handler(self._look_at_clock, _INSTRUCTIONS)
            # A view of a file of somebody else must not call functions with side effects.
            self._connection.execute("PRAGMA trusted_schema = OFF")
            self._connection.execute("BEGIN")  # all queries see one state
        super().__init__(path)

    def rows(self, query: str, parameters: Mapping[str, object] | None = None) -> Rows:
        self._begun = monotonic()
        with _naming(self.path, sqlite3.Error):
            try:
                return self._connection.execute(query, parameters or {}).fetchall()
            except sqlite3.OperationalError as error:
                # Python's own errors, as of a text that is not UTF-8, have no code.
                if getattr(error, "sqlite_errorcode", None) == sqlite3.SQLITE_INTERRUPT:
                    raise KeyboardInterrupt from error
                raise

    def is_text(self, type_: str) -> bool:
        # The rules of SQLite: INT anywhere is a number, then CHAR, CLOB or TEXT is text. A column
        # without a type may have anything.
        upper = type_.upper()
        text = any(word in upper for word in ("CHAR", "CLOB", "TEXT"))
        return not upper or ("INT" not in upper and text)

    def close(self) -> None:
        self._connection.close()

    def _look_at_clock(self) -> int:
        if monotonic() - self._begun > _LONG:
            self._report_long()
        return 0  # SQLite goes on

    def _read_tables(self) -> _Listed:
        listed: _Listed = {}
        for (table,) in self.rows(
            "SELECT name FROM sqlite_master WHERE type IN ('table', 'view')"
            " AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY name"
        ):
            columns = "SELECT name, type FROM pragma_table_xinfo(?) WHERE hidden <> 1 ORDER BY cid"
            # A view of a table that is gone, or a virtual table of a module that is not here.
            with self._skipping((table,), sqlite3.Error):
                listed[table,] = dict(self._connection.execute(columns, (table,)).fetchall())
        return listed


class DuckDatabase(Database):
    """Tables that DuckDB reads."""

    dialect = "duckdb"
    _connection: duckdb.DuckDBPyConnection

    def rows(self, query: str, parameters: Mapping[str, object] | None = None) -> Rows:
        # DuckDB does not return at Ctrl-C, so that the thread of the handlers must not wait in it.
        with _naming(self.path, self._error), ThreadPoolExecutor(1) as thread:
            running: list[Future[Rows]] = []
            try:
                running.append(fetched := thread.submit(self._fetch, query, parameters))
                with suppress(TimeoutError):
                    return fetched.result(_LONG)
                self._report_long()
                return fetched.result()
            except KeyboardInterrupt:
                # Again until the query has ended: an interrupt before it has begun is lost.
                ended = False
                while not ended:
                    self._connection.interrupt()
                    ended = not wait(running, _SHORT).not_done
                raise

    def _fetch(self, query: str, parameters: Mapping[str, object] | None) -> Rows:
        rows: Rows = self._connection.execute(query, parameters or None).fetchall()
        return rows

    def is_text(self, type_: str) -> bool:
        return type_ == "VARCHAR"

    def cell(self, column: str, type_: str) -> str:
        quoted = self.identifier(column)
        if type_ in _PLAIN_TYPES or type_ == "JSON":
            return quoted
        return f"CAST({f'to_json({quoted})' if self.is_nested(type_) else quoted} AS VARCHAR)"

    def is_nested(self, type_: str) -> bool:
        return type_ == "JSON" or type_.startswith(("MAP(", "STRUCT(", "UNION(")) or "[" in type_

    def close(self) -> None:
        # After Ctrl-C a query may be at its end: then DuckDB refuses to close the connection.
        with suppress(self._error):
            self._connection.close()

    def _open(self, database: str, path: str, *, read_only: bool) -> None:
        try:
            # Imported here: it takes 0.1 s, and is not needed for SQLite.
            import duckdb  # noqa: PLC0415 - see above
        except ImportError as error:
            raise Failure(
                f"{path}: {self.kind} is read by the package duckdb, which is not installed: "
                "pip install 'labelsel[sql]'"
            ) from error
        self._error = duckdb.Error
        with _naming(path, self._error):
            self._connection = duckdb.connect(database, read_only=read_only)
            # Nothing is written, not even a temporary file, and nothing is fetched.
            self._connection.execute("SET temp_directory = ''")
            self._connection.execute("SET enable_progress_bar = false")
            self._connection.execute("SET autoinstall_known_extensions = false")
            self._connection.execute("SET autoload_known_extensions = false")

    def full_name(self, table: Table) -> tuple[str, ...]:
        # A schema alone may also be the name of the database, which is that of the file.
        return table.name if len(table.name) == 1 else (self._catalog, *table.name)

    def _read_tables(self) -> _Listed:
        [(self._catalog,)] = self.rows("SELECT current_database()")
        listed: defaultdict[tuple[str, ...], dict[str, str]] = defaultdict(dict)
        for schema, table, column, type_ in self.rows(
            "SELECT schema_name, table_name, column_name, data_type FROM duckdb_columns()"
            " WHERE NOT internal AND database_name = current_database()"
            " ORDER BY schema_name, table_name, column_index"
        ):
            listed[(table,) if schema == "main" else (schema, table)][column] = type_
        for schema, view in self.rows(
            "SELECT schema_name, view_name FROM duckdb_views()"
            " WHERE NOT internal AND database_name = current_database()"
        ):
            name = (view,) if schema == "main" else (schema, view)
            parts = map(self.identifier, (self._catalog, schema, view))
            listed.pop(name, None)
            with self._skipping(name, self._error):
                described = self._connection.execute(f"DESCRIBE SELECT * FROM {'.'.join(parts)}")
                listed[name] = {column: type_ for column, type_, *_ in described.fetchall()}
        return dict(sorted(listed.items()))


class DuckDbFile(DuckDatabase):
    """A DuckDB database."""

    kind = DUCKDB

    def __init__(self, path: str) -> None:
        self._open(str(Path(path).absolute()), path, read_only=True)
        with _naming(path, self._error):
            # A view of a file of somebody else must not read other files.
            self._connection.execute("SET enable_external_access = false")
        # Before the transaction, which a view that cannot be read would end.
        super().__init__(path)
        self.rows("BEGIN TRANSACTION")  # all queries see one state


class ParquetFiles(DuckDatabase):
    """Parquet files that are one table, which has the name of the file or the folder.

    Folders of the form ``key=value`` are columns, as Hive and Spark write them.
    """

    kind = PARQUET

    def __init__(self, path: str, paths: Sequence[str]) -> None:
        self._open(":memory:", path, read_only=False)
        duckdb = dialect_named(self.dialect)
        # A file that is named twice is read once, by the folders of the first name.
        first: dict[str, str] = {}
        for each in paths:
            first.setdefault(os.path.realpath(each), each)
        once = list(first.values())
        absolute = (_without_pattern(str(Path(each).absolute())) for each in once)
        files = ", ".join(map(duckdb.literal, absolute))
        _require_same_folders(once)
        absent = [duckdb.identifier(key) for key in _keys_without_value(once)]
        # DuckDB before 2.0 reads the folder of no value as this text.
        nulls = ", ".join(f"nullif({key}, '{_NO_VALUE}') AS {key}" for key in absent)
        table = Path(path).absolute().name.partition(".")[0] or PARQUET
        with _naming(path, self._error):
            schema = "SELECT file_name, name, num_children, type FROM parquet_schema"
            _require_one_schema(
                self._connection.execute(f"{schema}([{files}])").fetchall()
            )  # literals
            # Without the cast of types a folder n=007 is the text 007, and not the number 7.
            self._connection.execute(
                f"CREATE VIEW {duckdb.identifier(table)} AS SELECT *"
                f"{f' REPLACE ({nulls})' if nulls else ''} FROM read_parquet([{files}],"
                " union_by_name = true, hive_types_autocast = false)"
            )
        super().__init__(path)


def open_database(paths: Sequence[str]) -> Database:
    """Open a DuckDB or SQLite database, or any number of Parquet files and folders of them.

    Raises:
        click.UsageError: a database is one of several paths.
        Failure: a path is not readable, or none of these.
    """
    found: list[str] = []
    for path in paths:
        files, kind = _find(path)
        if kind == PARQUET:
            found += files
        elif len(paths) > 1:
            advice = "".join(map(_advise_selector, paths))
            raise click.UsageError(f"{path} is a {kind} database: name it alone{advice}")
        else:
            return SqliteDatabase(path) if kind == SQLITE else DuckDbFile(path)
    several = len(paths) > 1 and os.path.commonpath([Path(each).absolute() for each in paths])
    return ParquetFiles(str(several or paths[0]), found)


def _find(path: str) -> tuple[list[str], str]:
    """Return the files that a path means, and what they are; a failure for other files."""
    if not Path(path).is_dir():
        return [path], _require_kind(path)
    found, others = [], 0
    for file in _walk(path):
        kind = _kind(file)
        if kind == PARQUET or file.lower().endswith(_LOOKS_LIKE_PARQUET):
            _require_kind(file)
            found.append(file)
        else:
            others += 1
    if not found:
        raise Failure(f"{path}: no Parquet files in this folder")
    if others:
        files = "1 file that is" if others == 1 else f"{others:,} files that are"
        say(f"{path}: skipped {files} not Parquet")
    return found, PARQUET


def _advise_selector(path: str) -> str:
    """Return the end of a message for a path that reads as a selector; else empty."""
    if os.path.lexists(path) or not _OPERATOR.search(path):
        return ""
    return f"; a selector stands behind -l: -l {shlex.quote(path)}"


def _walk(folder: str) -> Iterator[str]:
    """Yield the files in and below a folder, sorted, without hidden ones and those of Spark."""
    for root, folders, names in walk_folders(folder):
        folders[:] = sorted(name for name in folders if not name.startswith((".", "_")))
        yield from (str(Path(root, n)) for n in sorted(names) if not n.startswith((".", "_")))


def _require_kind(path: str) -> str:
    """Return what a file is, by its content; a failure where it is nothing that is read."""
    kind = _kind(path)
    if kind == _ENCRYPTED:
        raise Failure(f"{path}: an encrypted Parquet file, which cannot be read without its key")
    if kind is not None:
        return kind
    expected = f"expected {list_words([PARQUET, DUCKDB, SQLITE])}"
    if not Path(path).stat().st_size:
        raise Failure(f"{path}: the file is empty: {expected}")
    if path.endswith(_MANIFESTS):
        offer = f"labelsel get -f {shlex.quote(path)}"
        raise Failure(f"{path}: {expected}; manifests are read by {offer}")
    raise Failure(f"{path}: not a file of tables, or encrypted or cut off: {expected}")


def _require_whole(path: str) -> None:
    """Raise a failure for a SQLite database that is cut off: SQLite reads the rest as no rows."""
    with Path(path).open("rb") as stream:
        header = stream.read(_SQLITE_HEADER)
        size = stream.seek(0, os.SEEK_END)
    page = int.from_bytes(header[16:18], "big")
    page = _LARGEST_PAGE if page == 1 else page
    pages = int.from_bytes(header[28:32], "big")
    # The number of pages is valid if the last writer knew of it: then these two are equal.
    if header[24:28] == header[92:96] and size < pages * page:
        raise Failure(f"{path}: cut off: the file has {size:,} bytes of {pages * page:,}")


def _kind(path: str) -> str | None:
    """Return what a file is, None if it is nothing that is read; a failure if it is no file."""
    if os.path.lexists(path) and not Path(path).is_file():
        raise Failure(f"{path}: neither a file nor a folder")
    try:
        with Path(path).open("rb") as stream:
            head = stream.read(_HEAD)
            end = stream.seek(0, os.SEEK_END)
            stream.seek(max(end - 4, 0))
            tail = stream.read()
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise Failure(f"{path}: {reason}{_advise_selector(path)}") from error
    if head == b"SQLite format 3\0":
        return SQLITE
    if head[8:12] == b"DUCK":
        return DUCKDB
    if head[:4] == b"PARE" or (head[:4] == b"PAR1" and tail == b"PARE"):
        return _ENCRYPTED
    return PARQUET if head[:4] == tail == b"PAR1" else None


def _folders(path: str) -> list[tuple[str, str, str]]:
    """Return the folders ``key=value`` of a file: each with its key and its value."""
    parts = (part.partition("=") for part in Path(path).absolute().parts[:-1])
    return [("".join(part), part[0], part[2]) for part in parts if part[1]]


def _keys_without_value(paths: Iterable[str]) -> list[str]:
    """Return the keys for which a folder says that its rows have no value."""
    folders = (folder for path in paths for folder in _folders(path))
    return sorted({key for _, key, value in folders if value == _NO_VALUE})


def _require_same_folders(paths: Sequence[str]) -> None:
    """Raise a failure where DuckDB would read folders ``key=value`` as if they said nothing.

    It does for all of them as soon as one file is in no such folder, or in one of another key, and
    for a folder whose value has a second ``=``, a ``?`` or a line break.
    """
    first = {key: folder for folder, key, _ in _folders(paths[0])}
    for path in paths:
        keys: dict[str, str] = {}
        for folder, key, value in _folders(path):
            if not key or set(folder) & set("?\n") or "=" in value:
                raise Failure(
                    f"{path}: the folder {folder} is not of the form KEY=VALUE:"
                    " in a value write %3D for = and %3F for ?"
                )
            if key in keys:
                raise Failure(f"{path}: the folders {keys[key]} and {folder} are of one key")
            keys[key] = folder
        if odd := sorted(keys.keys() ^ first.keys()):
            inside, outside = (path, paths[0]) if odd[0] in keys else (paths[0], path)
            raise Failure(
                f"{inside} is in the folder {(keys | first)[odd[0]]}, and {outside} is in no folder"
                f" {odd[0]}=...: name only files that belong together"
            )


def _require_one_schema(listed: Iterable[tuple[str, str, int | None, str | None]]) -> None:
    """Raise a failure where DuckDB would take two columns of Parquet files for one.

    It does for names that differ in case only, for a folder ``key=value`` beside a column of that
    name, and for numbers beside texts, which it turns into texts.
    """
    seen: dict[str, tuple[str, str, set[str]]] = {}
    for file, columns in _columns_of_files(listed).items():
        folders = {key.casefold(): folder for folder, key, _ in _folders(file)}
        for place, (column, types) in enumerate(columns):
            folded = column.casefold()
            if folded in folders:
                raise Failure(
                    f"{file}: the folder {folders[folded]} and the column {column} of the file"
                    " both say what the label is: rename one of them"
                )
            if folded in (each.casefold() for each, _ in columns[:place]):
                raise Failure(
                    f"{file}: two columns {column} that differ in case only, or not at all"
                )
            other, where, others = seen.setdefault(folded, (column, file, types))
            if other != column:
                raise Failure(
                    f"{file}: the column {column} differs in case only from the column {other} of"
                    f" {where}: name only files that belong together"
                )
            if (_TEXT in types) != (_TEXT in others):
                raise Failure(
                    f"{file}: the column {column} has no texts, and in {where} it has, or the other"
                    " way round: 7 and 007 are one number, and two labels"
                )


def _columns_of_files(
    listed: Iterable[tuple[str, str, int | None, str | None]],
) -> dict[str, list[tuple[str, set[str]]]]:
    """Return the columns of each file, with the types in them; each parent before its children."""
    found: dict[str, list[tuple[str, set[str]]]] = {}
    open_nodes: list[int] = []  # how many children are still to come, from the root on
    for file, name, children, type_ in listed:
        if file not in found:
            found[file], open_nodes = [], [children or 0]
            continue
        while open_nodes and not open_nodes[-1]:
            open_nodes.pop()
        open_nodes[-1] -= 1
        if len(open_nodes) == 1:
            found[file].append((name, set()))
        if children:
            open_nodes.append(children)
        else:
            found[file][-1][1].add(str(type_))
    return found


def _without_pattern(path: str) -> str:
    """Return a path in which DuckDB sees no pattern."""
    return "".join(f"[{char}]" if char in "*?[" else char for char in path)


def _tables(listed: _Listed) -> list[Table]:
    """Return tables, each with a text that no other one has: ``"a.b"`` beside ``"a"."b"``."""
    plain = Counter(map(".".join, listed))
    return [
        Table(name, columns, text if plain[text] == 1 else _quoted(name))
        for name, columns in listed.items()
        for text in [".".join(name)]
    ]


def _quoted(name: Iterable[str]) -> str:
    return ".".join('"' + part.replace('"', '""') + '"' for part in name)


@contextmanager
def _naming(path: str, kind: type[Exception]) -> Iterator[None]:
    """Name the file in errors of its engine, of which the first line says what is wrong."""
    try:
        yield
    except kind as error:
        lines = str(error).strip().split("\n")
        raise Failure(f"{path}: {lines[0]}") from error
