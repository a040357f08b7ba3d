"""Tables in terminals of any width, and where there is no terminal."""

import io
import re
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.text import Text

from labelsel.cli.custom_columns import parse_columns, print_columns
from labelsel.cli.tables import TableColumn, print_table
from labelsel.kubernetes import Inventory
from tests.cli.test_process import on_a_terminal, piped

Row = tuple[str, ...]

ROWS: list[Row] = [
    ("web-1", "app=web,tier=front,track=stable", "shop/web.yaml:1"),
    ("database-1", "app=db", "shop/database.yaml:20"),
]
COLUMNS: list[TableColumn[Row]] = [
    TableColumn("NAME", lambda row: row[0]),
    TableColumn("LABELS", lambda row: row[1]),
    TableColumn("SOURCE", lambda row: row[2]),
]
#: The same table in terminals of so many columns.
WIDE = """\
NAME         LABELS                            SOURCE
web-1        app=web,tier=front,track=stable   shop/web.yaml:1
database-1   app=db                            shop/database.yaml:20
"""
FOLDED = """\
NAME         LABELS                SOURCE
web-1        app=web,tier=front,   shop/web.yaml:1
             track=stable
database-1   app=db                shop/database.yaml:20
"""
CLOSE = """\
NAME       LABELS       SOURCE
web-1      app=web,     shop/web.yaml:1
           tier=front,
           track=stable
database-1 app=db       shop/database.yaml:20
"""
PARAGRAPHS = """\
NAME    web-1
LABELS  app=web,tier=front,
        track=stable
SOURCE  shop/web.yaml:1

NAME    database-1
LABELS  app=db
SOURCE  shop/database.yaml:20
"""


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        return True


def printed(
    rows: list[Row],
    columns: list[TableColumn[Row]],
    width: int,
    *,
    headers: bool = True,
) -> str:
    """Return what a table prints on a terminal, without its colours."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "stdout", stream := Terminal())
        patch.setenv("COLUMNS", str(width))
        print_table(rows, columns, headers=headers)
    return re.sub("\x1b\\[[0-9;]*m", "", stream.getvalue())


def shown(width: int, *, headers: bool = True) -> str:
    text = printed(ROWS, COLUMNS, width, headers=headers)
    return "\n".join(line.rstrip() for line in text.split("\n"))


@pytest.mark.parametrize(
    ("width", "expected"),
    [
        *((80, WIDE), (68, WIDE), (67, FOLDED), (56, FOLDED)),
        *((45, CLOSE), (32, PARAGRAPHS), (29, PARAGRAPHS)),
    ],
)
def test_widths(width: int, expected: str) -> None:
    """As wide as it needs, with a folded column, with less between columns, as paragraphs."""
    assert shown(width) == expected


def test_a_table_that_fits_with_less_between_its_columns() -> None:
    """Its widest column has nothing that could be folded."""
    rows: list[Row] = [("a" * 20, "b" * 10)]
    assert printed(rows, COLUMNS[:2], 31).split("\n")[1] == f"{'a' * 20} {'b' * 10}"
    assert printed(rows, COLUMNS[:2], 30).split("\n")[1] == f"LABELS  {'b' * 10}"


@pytest.mark.parametrize("width", range(20, 70))
def test_no_line_that_was_broken_is_a_command(width: int) -> None:
    """Neither at a blank nor in a long word: a CI service would obey it."""
    for value in ("  ::error::x", "a ::error::x,b", "a" * 30 + "::add-mask::x"):
        lines = printed([("web", value, value)], COLUMNS, width).split("\n")
        assert not [line for line in lines if line.lstrip().startswith("::")]


def test_without_headings() -> None:
    """A paragraph has values alone."""
    assert (
        shown(24, headers=False).split("\n\n")[1] == "database-1\napp=db\nshop/database.yaml:20\n"
    )


def test_without_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    """A program gets one line for each item, however narrow the terminal."""
    monkeypatch.setenv("COLUMNS", "20")
    monkeypatch.setattr(sys, "stdout", stream := io.StringIO())
    print_table(ROWS, COLUMNS)
    assert stream.getvalue() == WIDE


def test_a_long_word_breaks() -> None:
    """A word that is longer than a line is broken where the line ends, wide letters, too."""
    column: TableColumn[Row] = TableColumn("IMAGE", lambda row: row[0])
    text = printed([("registry/" + "0" * 40,), ("日" * 20,), ("",)], [column], 20)
    assert text == (
        "IMAGE  registry/\n       " + "0" * 13 + "\n       " + "0" * 13 + "\n       " + "0" * 13
        + "\n       0\n\nIMAGE  " + "日" * 6 + "\n       " + "日" * 6 + "\n       " + "日" * 6
        + "\n       日日\n\n\n"
    )  # fmt: skip


def test_cells_with_colours_of_their_own() -> None:
    """A Text keeps its colours where it is folded."""
    column: TableColumn[Row] = TableColumn("STEP", lambda row: Text(row[0], style="red"))
    other: TableColumn[Row] = TableColumn("ROWS", lambda row: row[1], right=True)
    text = printed([("label app=web,tier=front", "1")], [column, other], 26)
    assert text.split("\n") == [
        "STEP             ROWS", "label app=web,      1", "tier=front", ""
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("width", "expected"),
    [
        ("25", "A       B\nweb-1   Pod\n"),
        ("8", "A  web-1\nB  Pod\n"),
        (None, "A       B\nweb-1   Pod\n"),
    ],
)
def test_custom_columns(monkeypatch: pytest.MonkeyPatch, width: str | None, expected: str) -> None:
    """They have kubectl's layout where it fits, and for a program."""
    pod = {"kind": "Pod", "apiVersion": "v1", "metadata": {"name": "web-1"}}
    columns = parse_columns("A:metadata.name,B:kind")
    monkeypatch.setattr(sys, "stdout", stream := Terminal() if width else io.StringIO())
    monkeypatch.setenv("COLUMNS", width or "10")
    print_columns(list(Inventory.of(pod)), columns, headers=True)
    assert re.sub("\x1b\\[[0-9;]*m", "", stream.getvalue()) == expected


CELLS = st.text("ab,/ -=日é", max_size=40).map(lambda text: " ".join(text.split()))


@given(rows=st.lists(st.tuples(CELLS, CELLS, CELLS), min_size=1), width=st.integers(24, 90))
def test_no_line_is_too_long(rows: list[Row], width: int) -> None:
    """Whatever the cells are, each line fits, and each character is printed."""
    text = printed(rows, COLUMNS, width)
    assert max(map(cell_len, text.split("\n"))) <= width
    for letter in "ab,/=日é":
        assert text.count(letter) == sum(cell.count(letter) for row in rows for cell in row)


SELECTING = """\
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: wall-of-the-shop, namespace: shop}
spec: {ingress: [{from: [{podSelector: {matchLabels: {app.kubernetes.io/x: "1", tier: back}}}]}]}
---
apiVersion: v1
kind: Pod
metadata: {name: web-1, namespace: shop, labels: {app: web, tier: front, app.kubernetes.io/x: "1"}}
spec: {nodeName: n1, containers: [{name: web, image: "example/web:1"}]}
status: {phase: Running}
---
apiVersion: v1
kind: Node
metadata: {name: n1, labels: {disk: ssd}}
---
apiVersion: v1
kind: Service
metadata: {name: web-of-the-shop, namespace: shop}
spec: {selector: {app: web, tier: front}}
---
apiVersion: v1
kind: Pod
metadata: {name: placed, namespace: shop}
spec:
  affinity:
    nodeAffinity:
      requiredDuringSchedulingIgnoredDuringExecution:
        nodeSelectorTerms: [{matchExpressions: [{key: disk, operator: In, values: [hdd]}]}]
"""


@pytest.mark.slow
@pytest.mark.parametrize(
    "words",
    [
        "get -A",
        "get pods -n shop -o wide",
        "get pods -n shop --show-labels -L app,tier",
        "get pods -n shop -o custom-columns=NAME:metadata.name,LABELS:metadata.labels,A:kind",
        "label pods --all -n shop a=b --list --dry-run",
        "explain pods -n shop -l app=web,tier!=back,app.kubernetes.io/x",
        "groups pods -A -L app,tier,app.kubernetes.io/x",
        "groups pods -A -L app -o wide",
        "nodes-for -n shop pod/web-1 -o wide",
        "nodes-for -n shop pod/placed -o wide",
        "who-selects -n shop pod/web-1 -o wide",
        "selects -n shop deploy/web -o wide",
        "reach -n shop pod/web-1 pod/placed -o wide",
        "why -n shop pod/web-1 -l app=web,app.kubernetes.io/y,tier",
    ],
)
def test_commands_at_40_columns(tmp_path: Path, words: str) -> None:
    """Each table fits, and says the same as one for a program."""
    path = tmp_path / "s.yaml"
    path.write_text(SELECTING)
    command = (*words.split(), "-f", str(path))
    seen = re.sub("\x1b\\[[0-9;]*m", "", on_a_terminal(*command, COLUMNS="40"))
    lines = [line.rstrip() for line in seen.splitlines()]
    assert max(cell_len(line) for line in lines if " " in line) <= 40
    if not words.startswith("explain"):  # which says how long it took
        for word in piped(*command).stdout.split():
            assert word.replace(",", "") in re.sub(r"[\s,]", "", seen)


def test_words_stay_whole() -> None:
    """A value is never folded where a line of its own has room for it; a longer word is."""
    rows: list[Row] = [("web-6c9d7b5f4", "example.com/component=store-front,a=b")]
    assert printed(rows, COLUMNS[:2], 44).split("\n") == [
        "NAME    web-6c9d7b5f4",
        "LABELS  example.com/component=store-front,",
        "        a=b",
        "",
    ]
    assert printed(rows, COLUMNS[:2], 30).split("\n")[1:4] == [
        "LABELS  example.com/",
        "        component=store-front,",
        "        a=b",
    ]


CELLS = st.text("ab,:#[] \té日🙂\u200b\x1b\u202e", max_size=8)


@given(st.lists(st.tuples(CELLS, CELLS, CELLS), min_size=1, max_size=4))
def test_a_pipe_has_the_lines_of_a_wide_terminal(rows: list[Row]) -> None:
    """Both are aligned alike, with the same escapes and no blanks at the end of a line."""
    for headers in (True, False):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(sys, "stdout", stream := io.StringIO())
            print_table(rows, COLUMNS, headers=headers)
        assert stream.getvalue() == printed(rows, COLUMNS, 200, headers=headers)


def test_numbers_in_a_pipe() -> None:
    """They end below each other."""
    columns: list[TableColumn[Row]] = [
        TableColumn("N", lambda row: row[0], right=True),
        COLUMNS[1],
    ]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "stdout", stream := io.StringIO())
        print_table([("1", "a"), ("100", "b")], columns)
    assert stream.getvalue() == "  N   LABELS\n  1   a\n100   b\n"
