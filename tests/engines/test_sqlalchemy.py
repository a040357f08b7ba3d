"""Expressions of SQLAlchemy answer as `matches` in SQLite, over tables and mapped classes."""

import json
import re
import sys
from collections.abc import Iterator
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, aliased, mapped_column

from labelsel import Equals, Selector, any_of
from labelsel.engines import (
    Columns,
    Hstore,
    JsonColumn,
    LongTable,
    MapColumn,
    TableLayout,
    to_sqlalchemy,
    values_select,
)
from labelsel.engines.sqlalchemy_writer import _template
from labelsel.errors import TranslationError
from tests.databases import connect
from tests.engines.relation import FEW, KEYS, differences, label_sets, selectors
from tests.engines.sql_tables import labels_of

COLUMNS = {key: f"column {number} \"'%" for number, key in enumerate(KEYS)}
TABLE = 'the "objects" %'
LAYOUTS: dict[str, TableLayout] = {
    "columns": Columns(COLUMNS),
    "json": JsonColumn("the labels"),
    "long": LongTable("not read", table="their labels", id="object", key="k", value="v"),
}


def load(client: sa.Connection, name: str, count: int) -> sa.Table:
    """Create the tables of a layout, with all label sets, and return the one with the objects."""
    sets = label_sets(count)
    metadata = sa.MetaData()
    names = {"columns": COLUMNS.values(), "json": ["the labels"]}.get(name, [])
    columns = [sa.Column(each, sa.Text()) for each in names]
    table = sa.Table(TABLE, metadata, sa.Column("id", sa.Integer, primary_key=True), *columns)
    labels = sa.Table(
        "their labels",
        metadata,
        sa.Column("object", sa.Integer, primary_key=True),
        sa.Column("k", sa.Text, primary_key=True),
        sa.Column("v", sa.Text),
    )
    metadata.create_all(client)
    rows: list[dict[str, Any]] = [{"id": number} for number in range(count)]
    if name == "columns":
        rows = [
            {"id": n, **{COLUMNS[key]: one.get(key) for key in KEYS}} for n, one in enumerate(sets)
        ]
    elif name == "json":
        rows = [{"id": n, "the labels": json.dumps(one)} for n, one in enumerate(sets)]
    else:
        given = [{"object": n, "k": k, "v": v} for n, k, v in labels_of(sets)]
        client.execute(sa.insert(labels), given)
    client.execute(sa.insert(table), rows)
    return table


@pytest.mark.parametrize("name", LAYOUTS)
def test_sqlite_answers_as_matches(name: str) -> None:
    """Every selector selects the same rows."""
    with sa.create_engine("sqlite://", creator=connect).connect() as client:
        table, layout = load(client, name, FEW), LAYOUTS[name]
        read: dict[str, Any] = {}

        def values(key: str) -> Any:
            if key not in read:
                read[key] = client.scalars(
                    values_select(key, layout, table, dialect="sqlite")
                ).all()
            return read[key]

        def answer(selector: Selector) -> Any:
            where = to_sqlalchemy(selector, layout, table, dialect="sqlite", values=values)
            return client.scalars(sa.select(table.c.id).where(where))

        # A third of the selectors: test_sql_engines.py has the same conditions as texts.
        assert differences(answer, FEW, chosen=selectors()[::3]) == []


class Base(DeclarativeBase):
    """The parent of the mapped classes."""


class Node(Base):
    """A node with labels in JSON, in a column, and in a table of labels."""

    __tablename__ = "nodes"
    id: Mapped[int] = mapped_column(primary_key=True)
    labels: Mapped[dict[str, Any] | None] = mapped_column(sa.JSON)
    app: Mapped[str | None]


class NodeLabel(Base):
    """A label of a node."""

    __tablename__ = "node_labels"
    object_id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(primary_key=True)
    value: Mapped[str | None]


NODE_LAYOUTS = [Columns(["app"]), JsonColumn(), LongTable("nodes", table="node_labels")]


@pytest.fixture
def session() -> Iterator[Session]:
    """Three nodes: app=web, app=db, and one without labels."""
    engine = sa.create_engine("sqlite://", creator=connect)
    Base.metadata.create_all(engine)
    with Session(engine) as session:
        for number, app in enumerate(("web", "db", None)):
            labels: dict[str, Any] = {"app": app, "count": 7}
            session.add(Node(id=number, labels=labels, app=app))
            session.add(NodeLabel(object_id=number, key="app", value=app))
        session.commit()
        yield session


@pytest.mark.parametrize("layout", NODE_LAYOUTS)
@pytest.mark.parametrize("node", [Node, aliased(Node), Node.__table__, sa.alias(Node.__table__)])
def test_mapped_classes_and_aliases(session: Session, layout: TableLayout, node: Any) -> None:
    """Whatever SQLAlchemy selects from can be selected by labels. Null and 7 are no values."""
    column = sa.inspect(node).selectable.c.id

    def answer(text: str) -> list[int]:
        where = to_sqlalchemy(text, layout, node, dialect="sqlite")
        return sorted(session.scalars(sa.select(column).where(where)))

    assert answer("app=web") == [0]
    assert answer("app in (db,web)") == [0, 1]
    assert answer("app!=web") == [1, 2]
    assert answer("app") == [0, 1]
    assert answer("!app") == [2]
    assert answer("count") == []
    assert answer("!count") == answer("") == [0, 1, 2]


@pytest.mark.parametrize("layout", NODE_LAYOUTS)
def test_a_condition_may_be_negated_and_joined(session: Session, layout: TableLayout) -> None:
    """It is an expression like others, and never NULL."""
    web = to_sqlalchemy("app=web", layout, Node, dialect="sqlite")
    assert session.scalars(sa.select(Node.id).where(~web)).all() == [1, 2]
    assert session.scalars(sa.select(Node.id).where(web | (Node.id == 2))).all() == [0, 2]
    assert [bool(each) for each in session.scalars(sa.select(web).select_from(Node))] == [
        True,
        False,
        False,
    ]


@pytest.mark.parametrize("layout", NODE_LAYOUTS)
def test_values_are_read_by_sqlalchemy(session: Session, layout: TableLayout) -> None:
    """`values_select` reads what `>` is resolved to; a cached statement has new parameters."""

    def values(key: str) -> Any:
        return session.scalars(values_select(key, layout, Node, dialect="sqlite"))

    assert sorted(values("app")) == ["db", "web"]
    assert values("gone").all() == []
    for number in range(3):
        session.add(Node(id=10 + number, labels={"app": str(number)}, app=str(number)))
        session.add(NodeLabel(object_id=10 + number, key="app", value=str(number)))
    session.flush()
    for bound in range(3):
        where = to_sqlalchemy(f"app>{bound}", layout, Node, dialect="sqlite", values=values)
        found = session.scalars(sa.select(Node.id).where(where).order_by(Node.id)).all()
        assert found == [10 + number for number in range(bound + 1, 3)]


def test_a_cached_statement_has_its_own_values(session: Session) -> None:
    """SQLAlchemy keeps the text of a statement, and neither its values nor its key."""
    for layout in NODE_LAYOUTS:
        for text, expected in (("app=web", [0]), ("app=db", [1]), ("app=x", []), ("b=web", [])):
            where = to_sqlalchemy(text, layout, Node, dialect="sqlite")
            assert session.scalars(sa.select(Node.id).where(where)).all() == expected


@pytest.mark.parametrize("layout", NODE_LAYOUTS)
def test_the_text_of_a_statement_is_cached(session: Session, layout: TableLayout) -> None:
    """Once for all values."""
    _template.cache_clear()  # so that classes are made here
    cache: dict[Any, Any] = {}
    for text in ("app=web", "app=db", "app=x"):
        where = to_sqlalchemy(text, layout, Node, dialect="sqlite")
        statement = sa.select(Node.id).where(where)
        session.execute(statement, execution_options={"compiled_cache": cache})
    assert len(cache) == 1


@pytest.mark.parametrize("layout", NODE_LAYOUTS)
@pytest.mark.parametrize("dialect", ["sqlite", "postgresql"])
def test_no_table_is_added_to_a_query(layout: TableLayout, dialect: str) -> None:
    """Neither a query nor the EXISTS in it gets a table that the caller did not write."""
    other = aliased(Node)
    asked = to_sqlalchemy("app=web,!debug", layout, Node, dialect=dialect)
    engine = sa.make_url(f"{dialect}://").get_dialect()()
    for statement in (sa.select(other.id).where(asked), sa.delete(other).where(asked)):
        written = str(statement.compile(dialect=engine))
        froms = re.findall(r"(?:FROM|,|USING) nodes\b(?! AS)", written)
        assert not froms, written


@pytest.mark.parametrize("layout", NODE_LAYOUTS)
@pytest.mark.parametrize("text", ["app=web", "!app", "app!=web"])
def test_a_condition_for_another_table_is_an_error(
    session: Session, layout: TableLayout, text: str
) -> None:
    """One row that matches would select, or delete, all rows of the alias."""
    other = aliased(Node)
    for given, statement in (
        (Node, sa.select(other.id)),
        (other, sa.select(Node.id)),
        (other, sa.delete(Node)),
        (Node, sa.select(sa.literal(1))),
    ):
        where = to_sqlalchemy(text, layout, given, dialect="sqlite")
        with pytest.raises(sa.exc.OperationalError, match="no such column"):
            session.execute(statement.where(where))
    assert len(session.scalars(sa.select(Node.id)).all()) == 3


@pytest.mark.parametrize("layout", NODE_LAYOUTS)
def test_statements_that_change_rows_and_join(session: Session, layout: TableLayout) -> None:
    """The columns are those of the query around the condition, in each kind of statement."""
    web = to_sqlalchemy("app=web", layout, Node, dialect="sqlite")
    other = aliased(Node)
    joined = sa.select(Node.id, other.id).join(other, other.id != Node.id).where(web)
    assert sorted(session.execute(joined).all()) == [(0, 1), (0, 2)]
    within = sa.select(other.id).where(other.id.in_(sa.select(Node.id).where(web)))
    assert session.scalars(within).all() == [0]
    assert session.scalar(sa.select(sa.func.count()).select_from(Node).where(web)) == 1
    session.execute(sa.update(Node).values(app="web").where(web))
    session.execute(sa.delete(Node).where(web))
    assert session.scalars(sa.select(Node.id)).all() == [1, 2]


def test_many_conditions(session: Session) -> None:
    """SQLite refuses an OR of a thousand conditions, and reads groups of them."""
    names = [f"k{number}" for number in range(2_000)]
    layout = Columns(dict.fromkeys(names, "app"))
    web = any_of([Equals(name, f"web{name}"[: 3 if name == "k7" else None]) for name in names])
    for selector, expected in ((web, [0]), (~web, [1, 2])):
        where = to_sqlalchemy(selector, layout, Node, dialect="sqlite")
        assert session.scalars(sa.select(Node.id).where(where)).all() == expected


def test_bad_arguments() -> None:
    """What is no table, a column that is missing and a layout without a form are named."""
    with pytest.raises(TypeError, match="expected a Table or a mapped class, not a str"):
        to_sqlalchemy("app", JsonColumn(), "nodes", dialect="sqlite")
    with pytest.raises(
        TypeError, match=r"expected a Table or a mapped class, not <sqlalchemy.*Select"
    ):
        to_sqlalchemy("app", JsonColumn(), sa.select(Node.id), dialect="sqlite")
    with pytest.raises(ValueError, match=r"the table has no column .tags.; the layout names it"):
        to_sqlalchemy("app", JsonColumn("tags"), Node, dialect="sqlite")
    for layout in (Hstore(), MapColumn()):
        with pytest.raises(TranslationError, match="layout of sqlite"):
            to_sqlalchemy("app", layout, Node, dialect="sqlite")
    with pytest.raises(TypeError, match="expected a layout"):
        to_sqlalchemy("app", "labels", Node, dialect="sqlite")  # type: ignore[arg-type]


def test_without_sqlalchemy_the_error_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    """An import that fails for another reason is not hidden."""
    monkeypatch.delitem(sys.modules, "labelsel.engines.sqlalchemy_writer")
    with monkeypatch.context() as missing:
        missing.setitem(sys.modules, "sqlalchemy", None)
        with pytest.raises(ImportError, match=r"pip install 'labelsel\[sql\]'"):
            to_sqlalchemy("app", JsonColumn(), Node, dialect="sqlite")
    monkeypatch.setitem(sys.modules, "sqlalchemy.exc", None)
    with pytest.raises(ModuleNotFoundError, match=r"sqlalchemy\.exc"):
        to_sqlalchemy("app", JsonColumn(), Node, dialect="sqlite")
