"""The formats of pictures: what is drawn, and that no text of the input can break out."""

import json
import re
import subprocess
import sys
from html.parser import HTMLParser
from xml.etree.ElementTree import Element, fromstring

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from labelsel.errors import escape
from labelsel.kubernetes import SelectorGraph
from labelsel.kubernetes.graph import picture as picture_module
from labelsel.kubernetes.graph.boxes import OVERLAP, Arrow, Box, Picture, Row
from labelsel.kubernetes.graph.dot import write_dot
from labelsel.kubernetes.graph.html import View, write_html
from labelsel.kubernetes.graph.layout import cut, lay_out
from labelsel.kubernetes.graph.mermaid import write_mermaid
from labelsel.kubernetes.graph.picture import overview, picture
from labelsel.kubernetes.graph.svg import write_svg
from labelsel.limits import MAX_PICTURE_ARROWS, MAX_PICTURE_BOXES
from tests.kubernetes.graph.conftest import graph_of, item, workload

SVG = "{http://www.w3.org/2000/svg}"
ODD = (
    *("</script>", "]]>", "<!--", "-->", '"', "'", "\\", "&amp;", "\x00", "\x1b[31m", "\u202e"),
    *("\u2028", "\ud800", "\ufffe", "`", "${x}", "#34;", "end", "|", "\n", "<br>", "\U0001f600"),
)
TEXTS = st.lists(st.sampled_from(ODD) | st.characters(), max_size=6).map("".join)


def odd_picture(text: str) -> Picture:
    """A picture all of whose texts are odd, as `picture` makes them: escaped for people."""
    shown = escape(text) or "x"
    row = Row(shown, shown, shown)
    boxes = (
        Box(0, shown, shown, shown, (row,), shown, ({text: text},), (shown,)),
        Box(1, shown, "Pod", shown, ()),
    )
    return Picture(boxes, (Arrow(0, 0, 1, shown, "overlap"),))


def read_svg(drawn: Picture) -> Element:
    return fromstring(write_svg(drawn))  # noqa: S314 - our own


@given(TEXTS)
@settings(max_examples=60)
def test_svg_holds_any_text(text: str) -> None:
    """The document is well-formed, has no more elements than without odd text, and all of it."""
    root, plain = read_svg(odd_picture(text)), read_svg(odd_picture("a"))
    assert [each.tag for each in root.iter()] == [each.tag for each in plain.iter()]
    titles = ["".join(each.itertext()) for each in root.iter(f"{SVG}title")]
    assert escape(text) in titles[0]


class _Page(HTMLParser):
    """The elements of a page, and the text of its data."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[str] = []
        self.data = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append(tag)
        self._in_data = ("id", "data") in attrs

    def handle_endtag(self, _tag: str) -> None:
        self._in_data = False

    def handle_data(self, data: str) -> None:
        if self.elements and self._in_data:
            self.data += data


@given(TEXTS)
@settings(max_examples=60)
def test_html_holds_any_text(text: str) -> None:
    page = _Page(write_html([View(escape(text), odd_picture(text))]))
    plain = _Page(write_html([View("a", odd_picture("a"))]))
    assert page.elements == plain.elements
    [view] = json.loads(page.data)
    assert view["boxes"][0]["labels"] == [{text: text}]


@given(TEXTS)
def test_dot_holds_any_text(text: str) -> None:
    """Each line has the same strings as without odd text; read again they are the text."""
    lines, plain = (write_dot(odd_picture(each)).splitlines() for each in (text, "a"))
    assert len(lines) == len(plain)
    string = re.compile(r'"((?:[^"\\]|\\.)*)"')
    for line, other in zip(lines, plain, strict=True):
        assert string.sub("", line) == string.sub("", other)
    [label] = string.findall(lines[-2])
    read = re.sub(r"\\(.)", r"\1", label).replace("&amp;", "&")
    assert read == (escape(text) or "x")


@given(TEXTS)
def test_mermaid_holds_any_text(text: str) -> None:
    lines, plain = (write_mermaid(odd_picture(each)).splitlines() for each in (text, "a"))
    string = re.compile(r'"[^"]*"')
    assert [string.sub("", each) for each in lines] == [string.sub("", each) for each in plain]
    [label] = string.findall(next(each for each in lines if "==>" in each))
    read = re.sub(r"#(\d+);", lambda code: chr(int(code[1])), label.strip('"'))
    assert read == (escape(text) or "x")


def test_nothing_is_fetched(shop: SelectorGraph) -> None:
    """A page names no other file, and its policy forbids all but its own style and script."""
    page = write_html([View("All", picture(shop))])
    policy = re.search(r'Content-Security-Policy" content="([^"]*)"', page)
    assert policy is not None
    assert policy[1].startswith("default-src 'none'; style-src 'sha256-")
    assert "unsafe" not in policy[1]
    assert re.findall(r"https?://[^\"'\s<]+", page) == ["http://www.w3.org/2000/svg"]
    assert not re.search(r"\b(src|href|style|on\w+)=", page)


def test_marks(shop: SelectorGraph) -> None:
    """What dangles and what overlaps is marked in each format, not by colour alone."""
    drawn = picture(shop)
    svg, dot, mermaid = write_svg(drawn), write_dot(drawn), write_mermaid(drawn)
    assert 'class="box service dangling"' in svg
    assert 'class="box service overlap"' in svg
    assert "app=gone ✗" in svg
    assert "public ⚠" in svg
    assert 'label="Service gone\\napp=gone selects nothing", color=red' in dot
    assert "color=darkorange" in dot
    assert 'n3["Service gone<br>app=gone selects nothing"]' in mermaid
    assert "class n1,n2 overlap" in mermaid
    assert "class n4,n3 dangling" in mermaid
    assert 'n1 ==>|"app=web"| n0' in mermaid


def test_a_kind_that_the_input_lacks_has_a_question_mark() -> None:
    drawn = picture(graph_of(item("Pod", "a", {"nodeSelector": {"disk": "ssd"}})))
    assert "disk=ssd (nodeSelector) ?" in write_svg(drawn)


def test_titles(shop: SelectorGraph) -> None:
    assert [f"{box.group}: {box.kind} {box.title}" for box in picture(shop).boxes] == [
        "ops: Pod tool",
        "ops: NetworkPolicy all",
        "shop: Deployment web (2 pods)",
        "shop: Service web",
        "shop: Service public",
        "shop: Service gone",
        "not in a namespace: Node n… (2)",
    ]
    assert [row.text for row in picture(shop).boxes[1].rows] == ["<everything>"]


def test_overview(shop: SelectorGraph) -> None:
    drawn = overview(shop, range(len(shop.nodes)))
    assert [(box.title, [row.text for row in box.rows]) for box in drawn.boxes] == [
        ("ops", ["1 Pod", "1 NetworkPolicy", "pod/tool: gpu=a selects nothing"]),
        (
            "shop",
            [
                *("3 Service", "1 Deployment"),
                "service/gone: app=gone selects nothing",
                "overlap: service/web, service/public",
            ],
        ),
        ("not in a namespace", ["2 Node"]),
    ]
    assert [(each.source, each.target, each.text) for each in drawn.arrows] == [
        (1, 2, "1 selector")
    ]
    assert "subgraph" not in write_dot(drawn)
    assert "subgraph" not in write_mermaid(drawn)
    assert "class n0,n1 dangling" in write_mermaid(drawn)


def test_long_lists_are_cut() -> None:
    """Of many problems, rivals and objects the first are named, and the others counted."""
    services = [item("Service", f"s{n}", {"selector": {"a": "b"}}) for n in range(9)]
    gone = [item("Service", f"gone{n}", {"selector": {"x": f"v{n}"}}) for n in range(9)]
    pods = [item("Pod", f"p-{n}", labels={"a": "b"}) for n in range(9)]
    graph = graph_of(*services, *gone, *pods)
    first = picture(graph).boxes[0]
    assert first.overlap.endswith("service/s5 and 3 more")
    assert picture(graph).boxes[-1].details[-1] == "and 4 more"
    assert overview(graph, range(len(graph.nodes))).boxes[0].rows[-1].text == "and 5 more problems"
    lone = overview(graph_of(*services, *pods), range(10)).boxes[0]
    assert (
        lone.rows[-1].text == "overlap: service/s0, service/s1, service/s2, service/s3, service/s4…"
    )


def test_boxes_do_not_overlap(shop: SelectorGraph) -> None:
    drawn = picture(shop)
    layout = lay_out(drawn)
    places = list(layout.boxes.values())
    for number, one in enumerate(places):
        assert one.x >= 0
        assert one.x + one.width <= layout.width
        assert one.y + one.height <= layout.height
        for other in places[number + 1 :]:
            assert (
                one.x + one.width <= other.x
                or other.x + other.width <= one.x
                or one.y + one.height <= other.y
                or other.y + other.height <= one.y
            )
    # Each arrow starts at the right side of a box and ends at the left side of another one, or at
    # the right side if it leads back.
    for number, (arrow, curve) in enumerate(zip(drawn.arrows, layout.curves, strict=True)):
        source, target = layout.boxes[arrow.source], layout.boxes[arrow.target]
        assert curve[0].x == pytest.approx(source.x + source.width, abs=2)
        assert source.y <= curve[0].y <= source.y + source.height
        back = number in layout.crossing and target.x <= curve[0].x
        assert curve[-1].x == pytest.approx(target.x + target.width * back, abs=2)
        assert target.y <= curve[-1].y <= target.y + target.height
        assert len(curve) % 3 == 1


@pytest.mark.parametrize("back", [False, True])
def test_no_arrow_leaves_the_picture(*, back: bool) -> None:
    """Also one that leads from the right edge to a namespace below, at the left edge."""
    boxes = tuple(Box(number, name, "Pod", "web", ()) for number, name in enumerate("abcd"))
    ends = (1, 2) if back else (0, 1)
    layout = lay_out(Picture(boxes, (Arrow(ends[0], None, ends[1], "x"),)))
    assert (layout.boxes[ends[1]].y > layout.boxes[ends[0]].y) is back
    ((start, first, second, end),) = layout.curves
    for part in (number / 50 for number in range(51)):
        rest = 1 - part
        x = rest**3 * start.x + 3 * rest * part * (rest * first.x + part * second.x)
        assert 0 <= x + part**3 * end.x <= layout.width
    # It ends at the side of the box that it comes to, and not behind the box.
    target = layout.boxes[ends[1]]
    assert end.x == target.x + target.width * back


def test_a_knot_is_not_laid_out_by_its_arrows() -> None:
    boxes = tuple(Box(n, "shop", "Pod", str(n), ()) for n in range(8))
    arrows = tuple(Arrow(a, None, b, "x") for a in range(8) for b in range(8) if a != b)
    assert lay_out(Picture(boxes, arrows)).crossing == frozenset(range(56))


def test_many_crossing_arrows_are_pale() -> None:
    boxes = tuple(Box(n, "", "Namespace", str(n), ()) for n in range(9))
    arrows = tuple(Arrow(a, None, b, "x") for a in range(9) for b in range(9) if a != b)
    assert 'class="picture many"' in write_svg(Picture(boxes, arrows))


def test_nothing_to_draw() -> None:
    empty = picture(graph_of())
    assert read_svg(empty).tag == f"{SVG}svg"
    assert write_html([View("All", empty)])


def test_too_large_a_picture_is_refused() -> None:
    boxes = tuple(Box(n, "shop", "Pod", str(n), ()) for n in range(MAX_PICTURE_BOXES + 1))
    with pytest.raises(ValueError, match=r"1,501 boxes and 0 arrows are more .*: 1,500 and 7,500"):
        lay_out(Picture(boxes, ()))


def test_many_arrows_are_counted() -> None:
    """N workloads that select each other's pods have n * (n - 1) arrows, of which few are made."""
    graph = graph_of(*(workload("Deployment", f"w{n}", {"a": "b"}) for n in range(100)))
    drawn = picture(graph)
    assert len(drawn.boxes) == 100
    assert (len(drawn.arrows), drawn.more) == (MAX_PICTURE_ARROWS, 9_900 - MAX_PICTURE_ARROWS)
    problem = "9,900 arrows are more than a picture can show: 7,500"
    for write in (write_dot, write_mermaid):
        with pytest.raises(ValueError, match=problem):
            write(drawn)
    with pytest.raises(ValueError, match="100 boxes and 9,900 arrows are more than"):
        lay_out(drawn)
    few = graph_of(*(workload("Deployment", f"w{n}", {"a": "b"}) for n in range(4)))
    assert write_dot(picture(few)).count(" -> ") == 12
    assert all(arrow.problem == OVERLAP for arrow in picture(few).arrows)


def test_arrows_that_are_counted_are_those_that_are_made(
    shop: SelectorGraph, monkeypatch: pytest.MonkeyPatch
) -> None:
    """For each part of a graph, with the same boxes."""
    numbers = range(len(shop.nodes))
    parts = [{one, other} for one in numbers for other in numbers]
    whole = [picture(shop, part) for part in parts]
    monkeypatch.setattr(picture_module, "MAX_PICTURE_ARROWS", 0)
    assert [picture(shop, part) for part in parts] == [
        Picture(each.boxes, (), len(each.arrows)) for each in whole
    ]
    assert {len(each.arrows) for each in whole} > {0, 1, 2}


def test_long_texts_lose_their_middle() -> None:
    assert cut("a" * 44) == "a" * 44
    assert cut("a" * 40 + "b" * 40) == "a" * 22 + "…" + "b" * 21
    wide = cut("語" * 99)
    assert "…" in wide
    assert len(wide) < 23


def test_without_graphviz_the_extra_is_named() -> None:
    program = (
        "import sys; sys.modules['pygraphviz'] = None\n"
        "from labelsel.kubernetes.graph.picture import Picture\n"
        "from labelsel.kubernetes.graph.svg import write_svg\n"
        "try: write_svg(Picture((), ()))\n"
        "except ImportError as error: print(error)\n"
        "from labelsel.kubernetes.graph.boxes import Box\n"
        "from labelsel.kubernetes.graph.layout import lay_out\n"
        "try: lay_out(Picture((Box(0, 'a', 'Pod', 'a', ()),), ()))\n"
        "except ImportError as error: print(error)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert done.stdout == "pictures need pygraphviz: pip install 'labelsel[graph]'\n"


def test_a_workload_with_a_problem_of_its_own(shop: SelectorGraph) -> None:
    lost = graph_of(
        workload("Deployment", "a", {"x": "y"}), item("Service", "a", {"selector": {"x": "y"}})
    )
    assert [box.mark for box in picture(lost).boxes] == ["", ""]
    assert [box.mark for box in picture(shop).boxes][:1] == ["dangling"]
