"""Columns of SQLAlchemy that are selectors, in SQLite."""

from collections.abc import Iterator

import pytest
from sqlalchemy import (
    Column,
    Connection,
    Integer,
    MetaData,
    Table,
    create_engine,
    insert,
    select,
    text,
)
from sqlalchemy.exc import StatementError
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

import labelsel
from labelsel import Everything, Nothing, Selector, SelectorSyntaxError, parse, parse_expression
from labelsel.integrations.sqlalchemy import SelectorText
from labelsel.languages import (
    CALICO,
    FIELDS,
    KUBERNETES,
    LABEL_SELECTORS,
    PROMETHEUS,
    Language,
)
from tests.integrations.messages import BAD, MESSAGE

POLICIES = Table(
    "policies",
    MetaData(),
    Column("id", Integer, primary_key=True),
    Column("selector", SelectorText()),
    Column("fields", SelectorText(FIELDS)),
    Column("expression", SelectorText(CALICO)),
)

LANGUAGE = {"selector": KUBERNETES, "fields": FIELDS, "expression": CALICO}


@pytest.fixture
def connection() -> Iterator[Connection]:
    """A database with the empty table."""
    engine = create_engine("sqlite://")
    with engine.begin() as connection:
        POLICIES.create(connection)
        yield connection
    engine.dispose()


def stored(connection: Connection, column: str = "selector") -> object:
    """Return what is really in the database."""
    return connection.execute(text(f"SELECT {column} FROM policies")).scalar_one()  # noqa: S608  # names of columns


@pytest.mark.parametrize(
    ("column", "value", "written"),
    [
        ("selector", parse("tier in (b,a),app"), "app,tier in (a,b)"),
        ("selector", "tier in (b,a),app", "app,tier in (a,b)"),
        ("selector", Everything(), ""),
        ("selector", parse_expression("a in {'b'} && !has(c)"), "a in (b),!c"),
        ("selector", None, None),
        ("fields", labelsel.parse_fields("b!=c,a=b"), "a=b,b!=c"),
        ("expression", "has(a) || has(b)", "(has(a) || has(b))"),
    ],
)
def test_round_trip(connection: Connection, column: str, value: object, written: object) -> None:
    """The canonical text is stored, and an equal selector is read; None is NULL."""
    connection.execute(insert(POLICIES).values({column: value}))
    assert stored(connection, column) == written
    read = connection.execute(select(POLICIES.c[column])).scalar_one()
    if value is None:
        assert read is None
        assert connection.execute(select(POLICIES.c.id).where(POLICIES.c[column].is_(None))).all()
    else:
        assert isinstance(read, Selector)
        assert read == LANGUAGE[column].parse(written)


def test_a_text_of_the_database_that_is_no_selector(connection: Connection) -> None:
    """The row is not read, and our message says why."""
    connection.execute(text("INSERT INTO policies (selector) VALUES (:text)"), {"text": BAD})
    with pytest.raises(SelectorSyntaxError) as caught:
        connection.execute(select(POLICIES.c.selector)).all()
    assert str(caught.value) == MESSAGE


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (BAD, MESSAGE),
        (Nothing(), "'(nothing)' cannot be written as a Kubernetes selector: "),
        (parse_expression("has(a) || has(b)"), "cannot be written as a Kubernetes selector: "),
        (3, "expected Selector, got int 3; parse a text with labelsel.parse()"),
        ({"matchLabels": {"a": "b"}}, "expected Selector, got dict {'matchLabels': {'a': 'b'}}; "),
    ],
)
def test_what_is_not_written(connection: Connection, value: object, message: str) -> None:
    """SQLAlchemy's error holds our message; nothing is stored."""
    with pytest.raises(StatementError) as caught:
        connection.execute(insert(POLICIES).values(selector=value))
    assert message in str(caught.value)
    assert connection.execute(select(POLICIES)).all() == []


def test_comparison(connection: Connection) -> None:
    """A query compares canonical texts: the order is no difference, another spelling is one."""
    connection.execute(insert(POLICIES).values(selector="a=x,b"))
    found = select(POLICIES.c.id).where
    column = POLICIES.c.selector
    assert connection.execute(found(column == parse("b,a=x"))).all()
    assert connection.execute(found(column == "b, a = x")).all()
    assert connection.execute(found(column.in_(["b,a=x", parse("c")]))).all()
    assert not connection.execute(found(column != "b,a=x")).all()
    assert not connection.execute(found(column == "b,a==x")).all()
    assert not connection.execute(found(column == "b,a in (x)")).all()
    with pytest.raises(StatementError, match="not a valid selector"):
        connection.execute(found(column.like("%a%")))


def test_a_mapped_class(connection: Connection) -> None:
    """A class of the ORM; a type has the key of its language in the cache of statements."""

    class Base(DeclarativeBase):
        pass

    class Policy(Base):
        __tablename__ = "mapped"
        id: Mapped[int] = mapped_column(primary_key=True)
        selector: Mapped[Selector] = mapped_column(SelectorText())

    Base.metadata.create_all(connection)
    with Session(connection) as session:
        session.add(Policy(selector=parse("app=web")))
        session.flush()
        session.expire_all()
        assert session.scalars(select(Policy)).one().selector.matches({"app": "web"})
    assert SelectorText().python_type is Selector
    assert SelectorText()._static_cache_key != SelectorText(CALICO)._static_cache_key


def test_a_language_of_objects() -> None:
    """A column of text has a language of text."""
    with pytest.raises(ValueError, match="expected a language of text"):
        SelectorText(LABEL_SELECTORS)


def test_a_language_that_is_only_read() -> None:
    """It is refused when the column is defined, not when the first row is stored."""
    message = "expected a language that labelsel can write, but it only reads "
    with pytest.raises(ValueError, match=f"{message}prometheus; the languages are "):
        SelectorText(PROMETHEUS)
    without_example = Language(name="made-up", parse=parse, format=None, example=",,")
    with pytest.raises(ValueError, match=f"{message}made-up; "):
        SelectorText(without_example)


@pytest.mark.parametrize("language", [KUBERNETES, FIELDS, CALICO])
def test_repr(language: Language) -> None:
    """A migration of Alembic has the path of the module and this text, and imports the module."""
    column = SelectorText(language)
    migration = (
        "import labelsel.integrations.sqlalchemy\n"
        f"column = labelsel.integrations.sqlalchemy.{column!r}"
    )
    names: dict[str, SelectorText] = {}
    exec(migration, names)  # noqa: S102  # what Alembic wrote
    assert names["column"].language is language
    assert repr(SelectorText()) == "SelectorText()"


def test_repr_of_a_language_that_is_not_registered() -> None:
    """Python cannot evaluate it: that is an error, never another language."""
    language = Language(name="fields", parse=parse, format=str, example="a")
    assert repr(SelectorText(language)).startswith("SelectorText(Language(name='fields', parse=<")
