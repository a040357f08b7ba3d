"""The benchmarks measure what they say: equal answers, the documented label sets, every query.

Nothing is timed here for its own sake; sizes are small.
"""

import doctest
import hashlib
import json
import os
import platform
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Final

import pytest

import labelsel
from benchmarks import __main__ as program
from benchmarks import (
    building,
    changes,
    demo,
    engines,
    live,
    manifests,
    memory,
    parquet_scale,
    plots,
    queries,
    scale,
    start,
    timing,
)
from benchmarks.cases import CASES, Case
from benchmarks.data import DOCUMENTED, PAGE, LabelSet, figures, label_sets, listed
from benchmarks.floor import FLOORS, Bitmaps
from benchmarks.measures import (
    TEXTS,
    parsed_anew,
    population,
    predicate_race,
    query_rivals,
    same_keys,
    same_values,
)
from benchmarks.peers import PEERS, Columns, Peer, Scan, Ways
from benchmarks.process import apart
from benchmarks.setting import setting
from benchmarks.tables import Grid
from labelsel.selector import holds

ROOT = Path(__file__).resolve().parent.parent

pytestmark = pytest.mark.slow
N = 1_000

of_each_case = pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)


def digest(n: int) -> str:
    """Return a checksum of n label sets, the order of labels included."""
    return hashlib.sha256(json.dumps(label_sets(n)).encode()).hexdigest()


@pytest.mark.parametrize("n", [N, 10 * N])
def test_label_sets_come_to_what_is_documented(n: int) -> None:
    """The figures of the small sizes; ``python -m benchmarks.data`` checks all of them."""
    assert figures(label_sets(n)) == DOCUMENTED[n]


def test_label_sets_are_realistic() -> None:
    """What the documentation says of a million holds of the documented figures."""
    labels, distinct, rare = DOCUMENTED[1_000_000]
    assert 8.7 < labels / 1_000_000 < 8.9
    assert 360_000 < distinct < 380_000
    assert rare / distinct > 0.97


def test_label_sets_are_legal() -> None:
    """Kubernetes would take every one of them."""
    assert not [labels for labels in label_sets(N) if labelsel.validate_labels(labels)]


@pytest.mark.parametrize("seed", ["0", "1"])
def test_label_sets_are_the_same_in_every_process(seed: str) -> None:
    """The seed of Python's string hashes, which changes the order of sets, changes nothing."""
    code = f"from tests.test_benchmarks import digest; print(digest({N}))"
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env={**os.environ, "PYTHONHASHSEED": seed},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == digest(N)


def test_strings_are_shared_like_those_of_a_decoder() -> None:
    """Equal keys of a page are one object; equal values, and keys of two pages, are not."""
    sets = label_sets(2 * PAGE)
    first, page, after = sets[0], sets[:PAGE], sets[PAGE:]
    key = "app.kubernetes.io/name"
    assert len({id(k) for labels in page for k in labels if k == key}) == 1
    assert all(k is not mine for labels in after for k in labels for mine in first)
    same = [value for labels in sets if (value := labels[key]) == first[key]]
    assert len({id(value) for value in same}) == len(same) > 1


def test_there_are_queries_of_every_kind() -> None:
    """At least twenty, each name once, every requirement that a text can say, one to five."""
    assert len({case.name for case in CASES}) == len(CASES) >= 20
    terms = [
        selector.terms if isinstance(selector, labelsel.And) else (selector,)
        for selector in (case.selector for case in CASES)
    ]
    assert {len(some) for some in terms} == {1, 2, 3, 4, 5}
    assert {type(term) for some in terms for term in some} == {
        labelsel.Equals,
        labelsel.NotEquals,
        labelsel.In,
        labelsel.NotIn,
        labelsel.Exists,
        labelsel.DoesNotExist,
        labelsel.GreaterThan,
        labelsel.LessThan,
    }


@of_each_case
def test_a_query_selects_something(case: Case) -> None:
    """At the least size and the next; or nothing, where the case says so."""
    for n in (N, 10 * N):
        assert (population(n).index.count(case.selector) == 0) == case.empty


@of_each_case
def test_what_is_written_by_hand_means_the_selector(case: Case) -> None:
    """As the definition has it, label set by label set."""
    by_hand = case.by_hand()
    for labels in label_sets(10 * N):
        assert by_hand(labels) == holds(case.selector, labels)


@of_each_case
def test_rivals_find_the_same(case: Case) -> None:
    """The scans, the index and its count."""
    among = population(N)
    same_keys(among, {name: rival() for name, rival in query_rivals(case, among).items()})


@pytest.mark.parametrize("rival", ["scan compiled", "select", "count"])
def test_a_rival_that_finds_something_else_is_found_out(rival: str) -> None:
    """One wrong result, and nothing is timed."""
    among = population(N)
    results = {name: answer() for name, answer in query_rivals(CASES[0], among).items()}
    results[rival] = query_rivals(CASES[1], among)[rival]()
    with pytest.raises(AssertionError):
        same_keys(among, results)


def test_texts_have_the_requirements_they_are_named_by() -> None:
    """The texts that are parsed in the benchmarks."""
    for name, text in TEXTS.items():
        selector = parsed_anew(text)
        terms = selector.terms if isinstance(selector, labelsel.And) else (selector,)
        assert len(terms) == int(name.split()[0])
        assert parsed_anew(text) is not selector


def test_a_race_compares_before_it_times() -> None:
    """Rivals that do not agree are not called a second time."""
    calls: list[int] = []
    with pytest.raises(AssertionError):
        timing.race({"a": lambda: calls.append(1), "b": lambda: 2}, same_values)
    assert calls == [1]


def test_a_race_has_rounds_of_all_rivals() -> None:
    """Every rival takes part in every round, the slow one, too."""
    run = timing.race(
        {"slow": lambda: sum(range(1_000_000)) * 0, "fast": lambda: 0}, same_values, seconds=0.05
    )
    assert len(run.seconds["slow"]) == len(run.seconds["fast"]) >= 2
    assert run.ratio("slow", "fast") > 100


def test_ratios_are_taken_round_by_round() -> None:
    """A round in which everything was slow leaves the ratio as it is."""
    run = timing.Race({"a": [2.0, 40.0, 6.0], "b": [1.0, 20.0, 2.0]})
    assert run.ratio("a", "b") == 2.0
    assert run.median("a") == 6.0
    assert timing.Mix([run, timing.Race({"a": [8.0], "b": [1.0]})]).ratio("a", "b") == 4.0


def test_examples_of_timing() -> None:
    """How durations and ratios are written."""
    found = doctest.testmod(timing)
    assert found.attempted
    assert not found.failed


def test_a_predicate_is_timed_by_the_call() -> None:
    """Not by the sample: one call takes nanoseconds, all of the sample many microseconds."""
    assert predicate_race(CASES[0]).median("by hand") < 2e-6


def test_demo(capsys: pytest.CaptureFixture[str]) -> None:
    """It says what it has to say, in 80 columns."""
    assert demo.main(["--sets", str(N)]) == 0
    shown = capsys.readouterr().out
    assert "An index of 1,000 label sets" in shown
    assert "Selection({'pod-42'})" in shown
    assert "hint: 'notin' is one word" in shown
    assert max(map(len, shown.splitlines())) <= 80


@pytest.fixture(scope="module")
def world() -> Iterator[queries.World]:
    """A thousand label sets, held by every peer; without them there is nothing to compare."""
    for package in ("duckdb", "pandas", "polars", "pyarrow"):
        pytest.importorskip(package)
    with closing(queries.World.of(label_sets(N))) as made:
        yield made


def test_each_query_has_a_floor() -> None:
    """And no floor is of a query that is gone."""
    assert list(FLOORS) == [case.name for case in CASES]


@pytest.mark.parametrize("n", [N, 10 * N])
def test_floors_find_what_the_index_finds(n: int) -> None:
    """Each sequence of bitmap operations written by hand."""
    bitmaps, index = Bitmaps(label_sets(n)), population(n).index
    for case in CASES:
        assert bitmaps.rows(case)().tolist() == index.select(case.selector).rows().tolist()


#: Of these only the first three are more than 8000, and the next two are less than 10.
_NUMBERS: Final = (
    "8001", "9000", "9223372036854775807",
    "9", "-9223372036854775808",
    "8000", "10", "9223372036854775808", "8_001", " 9", "\uff19", "1e4", "", "http", None,
)  # fmt: skip


@pytest.mark.parametrize("peer", PEERS.values(), ids=list(PEERS))
def test_peers_find_what_the_index_finds(peer: type[Peer]) -> None:
    """Rows and count, of each query."""
    for package in peer.needs:
        pytest.importorskip(package)
    index = population(N).index
    with closing(peer(Columns(label_sets(N)))) as asked:
        for case in CASES:
            rows = index.select(case.selector).rows().tolist()
            assert all(list(query()) == rows for query in asked.rows(case).values())
            assert all(query() == len(rows) for query in asked.count(case).values())


@pytest.mark.parametrize("peer", list(PEERS.values())[:-1], ids=list(PEERS)[:-1])
def test_peers_compare_only_int64_numbers(peer: type[Peer]) -> None:
    """As ``>`` and ``<`` do; the plain scan need only be right for the made-up label sets."""
    for package in peer.needs:
        pytest.importorskip(package)
    sets: list[LabelSet] = [
        {} if value is None else {"port": value, "generation": value} for value in _NUMBERS
    ]
    cases = {case.name: case for case in CASES}
    with closing(peer(Columns(sets))) as asked:
        for name, rows in (("port>8000", [0, 1, 2]), ("generation<10", [3, 4])):
            assert all(list(query()) == rows for query in asked.rows(cases[name]).values())


def test_a_peer_that_finds_something_else_is_found_out(world: queries.World) -> None:
    """One wrong row or one wrong count, and nothing is timed."""

    class Wrong(Scan):
        def rows(self, case: Case) -> Ways:
            found = super().rows(case)["list"]
            return {"list": lambda: found()[1:]}

    for wrong in (Wrong(Columns(label_sets(N))), PEERS["SQLite"](Columns(label_sets(2 * N)))):
        with closing(wrong), pytest.raises(AssertionError):
            queries.asked(queries.World(world.index, [wrong], world.bitmaps), CASES[:1])


def test_queries_are_drawn_with_every_peer(world: queries.World) -> None:
    """A row for each query, a column for each peer, a mean and the worst; rows and counts."""
    answers = queries.asked(world, CASES[:3], seconds=0.0)
    shown = ""
    for grid in (queries.rows_grid(N, answers["rows"]), queries.counts_grid(N, answers["count"])):
        shown = grid.markdown()
        assert all(name in shown for name in [queries.OURS, *PEERS])
        assert [row[0] for row in grid.rows if row] == [
            *(case.name for case in CASES[:3]), "geometric mean", "worst",
        ]  # fmt: skip
    assert any(
        f"| {each.fastest}, {each.ways[each.fastest]} " in shown for each in answers["count"]
    )
    assert "SQLite: in memory" in queries.rows_grid(N, answers["rows"]).note
    assert f"| {N:,} |" in queries.sizes_grid({N: answers}).markdown()


def test_a_compact_index_is_asked_beside_the_fastest_peers(world: queries.World) -> None:
    """Of two peers each, in the ways that were the fastest before; the keys are compared."""
    few = [case for case in CASES if case.selector.matches(label_sets(N)[0])][:4]
    made = queries.World(labelsel.LabelIndex(enumerate(label_sets(N))), world.peers, world.bitmaps)
    before = queries.asked(made, few, seconds=0.0)
    after = queries.asked_compact(made, few, before, seconds=0.0)
    assert [each.matches for each in after["rows"]] == [each.matches for each in before["rows"]]
    assert all(each.gain > 0 and each.above is None for each in after["rows"])
    shown = queries.orders_grid(N, {"random": before, "compact": after}).markdown()
    assert "after compact()" in shown
    made.index[0] = {"gone": ""}
    with pytest.raises(AssertionError):
        queries.asked_compact(made, few, before, seconds=0.0)


def test_a_list_has_the_pods_of_an_app_side_by_side() -> None:
    """The same label sets, and far fewer changes of the app from one to the next."""
    sets = label_sets(N)
    ordered = listed(sets)
    assert sorted(map(str, ordered)) == sorted(map(str, sets))
    names = [[each["app.kubernetes.io/name"] for each in some] for some in (sets, ordered)]
    random, list_ = (sum(map(str.__ne__, some, some[1:])) for some in names)
    assert list_ < 20 < random


def test_plots_are_the_same_each_time(world: queries.World, tmp_path: Path) -> None:
    """SVG without a background, a date or a name of who made it."""
    pytest.importorskip("matplotlib")
    answers = queries.asked(world, CASES[:3], seconds=0.0)
    for turn in "ab":
        plots.plot_sizes({N: answers, 2 * N: answers}, tmp_path / f"sizes-{turn}.svg")
        plots.plot_gains(answers, tmp_path / f"gains-{turn}.svg")
    for name in ("sizes", "gains"):
        drawn = (tmp_path / f"{name}-a.svg").read_text(encoding="utf-8")
        assert drawn == (tmp_path / f"{name}-b.svg").read_text(encoding="utf-8")
        assert "<dc:date>" not in drawn
        assert "fill: #ffffff" not in drawn


def test_a_question_asked_again() -> None:
    """As selector, as text and prepared, with the same rows."""
    index = labelsel.LabelIndex(enumerate(label_sets(N)))
    mix = queries.repeated(index, seconds=0.0)
    assert len(mix.races) == len(CASES)
    assert all(mix.median(way) > 0 for way in ("selector", "text", "prepared"))


def test_an_index_is_the_same_from_every_source() -> None:
    """Dicts, Arrow, Polars and Parquet; all are compared before they are timed."""
    for package in ("polars", "pyarrow"):
        pytest.importorskip(package)
    found = building.build(N, seconds=0.0)
    shown = building.build_grid(N, found).markdown()
    assert all(f"| {name} |" in shown for name in found.seconds)
    assert building.DICTS in found.seconds


def test_both_cores_build(capsys: pytest.CaptureFixture[str]) -> None:
    """Each core is measured where it runs, and named by what ran."""
    pytest.importorskip("polars")
    assert building.main([f"--size={N}", "--seconds=0"]) == 0
    assert json.loads(capsys.readouterr().out)["core"] == labelsel.core_info().name
    found = building.measure_cores(N, seconds=0.0)
    assert found["pure"]["core"] == "pure"
    assert "| pure |" in building.cores_grid(N, found).markdown()


def test_an_index_is_the_same_from_its_file() -> None:
    """And the file has bytes."""
    found = building.storage(N, seconds=0.0)
    assert found["bytes"] > N
    assert f"{found['bytes']:,}" in building.storage_grid(found).markdown()


of_linux = pytest.mark.skipif(sys.platform != "linux", reason="reads memory from /proc")


@of_linux
def test_memory() -> None:
    """All label sets and labels are in, and each part has its line."""
    found = memory.measure(N)
    assert (found["label sets"], found["labels"]) == (N, DOCUMENTED[N].labels)
    assert found["distinct labels"] == DOCUMENTED[N].distinct
    shown = memory.grid(found).markdown()
    assert "| measured, filled page by page |" in shown
    assert "| measured, loaded from a file |" in shown
    assert all(f"| {part} |" in shown for part in found["by its own account"])


def test_changes(capsys: pytest.CaptureFixture[str]) -> None:
    """Each kind of change, and the mix with queries between."""
    assert changes.main(["rate", f"--size={N}", f"--changes={2 * N}"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert all(kind["a second"] > 0 for kind in found["kinds"].values())
    assert found["kinds"]["mix"]["longest query"] > 0
    assert "of 1,000 label sets" in changes.changes_grid(found).title


@of_linux
def test_churn(capsys: pytest.CaptureFixture[str]) -> None:
    """What came has gone, but for the last."""
    assert changes.main(["churn", f"--size={N}", f"--changes={11 * N}"]) == 0
    found = json.loads(capsys.readouterr().out)
    looks = [after for after, _ in found["resident"]]
    assert looks == sorted(looks)
    assert looks[0] == 10 * N
    assert looks[-1] == 11 * N
    assert "MiB" in changes.churn_grid(found).markdown()


def test_selectors_are_the_mix_that_is_documented() -> None:
    """Always the same; a share of each kind; each but one in a hundred requires its app."""
    apps = [f"app-{n}" for n in range(50)]
    made = live.selectors(N, apps)
    assert made == live.selectors(N, apps)
    keys = [{term.key for term in terms_of(selector)} for selector in made]
    assert sum(live.NAME not in some for some in keys) == N // 100
    kinds = [{type(term) for term in terms_of(selector)} for selector in made]
    assert [
        sum(kind in some for some in kinds) * 100 / N
        for kind in (labelsel.In, labelsel.Exists, labelsel.DoesNotExist)
    ] == [pytest.approx(share, abs=2) for share in (16 + 8, 8, 7.5)]
    only_equal = sum(some == {labelsel.Equals} for some in kinds)
    assert only_equal == 60 * N // 100
    named = {t.value for s in made for t in terms_of(s) if isinstance(t, labelsel.Equals)}
    assert {value for value in named if value.startswith("app-")} == set(apps)


def terms_of(selector: labelsel.Selector) -> list[labelsel.Requirement]:
    """Return the requirements of a conjunction."""
    assert isinstance(selector, labelsel.And)
    terms = selector.terms
    return [term for term in terms if isinstance(term, labelsel.Requirement)]


def test_the_selectors_of_label_sets(capsys: pytest.CaptureFixture[str]) -> None:
    """For each size with and without those that require nothing; all ways find the same."""
    assert live.main(["matching", f"--selectors={N}"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert [[row["selectors"] for row in rows] for rows in found.values()] == [[100, N]] * 2
    for row in (row for rows in found.values() for row in rows):
        assert 0 < row["found"] <= row["candidates"] < row["selectors"]
        assert min(row["index"], row["by spelling"], row["every one"], row["filing"]) > 0
    shown = live.matching_grid(found)
    assert [row[0] for row in shown.rows if row] == ["100", "1,000"] * 2
    assert "10 selectors an app" in shown.note
    assert live.measure_matching(100).keys() == found.keys()


def test_more_selectors_than_are_evaluated(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Of so many not every one is; the table says nothing there."""
    monkeypatch.setattr(live, "_EVALUATED", 100)
    live.main(["matching", f"--selectors={N}"])
    found = json.loads(capsys.readouterr().out)
    rows = [row for row in live.matching_grid(found).rows if row]
    assert [[bool(cell) for cell in row[3:7]] for row in rows] == [[True] * 4, [False] * 4] * 2


@of_linux
def test_live_changes() -> None:
    """Both loaded in either order, then changed; rivals and index say the same."""
    found = live.measure_changes(N, N // 5, N)
    assert (found["items"], found["selectors"], found["changes"]) == (N, N // 5, N)
    assert found["pairs"] > N
    assert found["pairs a change"] > 0
    assert set(found["change"]) == {"index", "by spelling", "every one"}
    for summary in found["change"].values():
        assert 0 < summary["median"] <= summary.get("99th percentile", 1)
    shown = live.changes_grid(found).markdown()
    assert "1,000 items, 200 selectors" in shown
    for line in ("loading, items first", "change, 99th percentile", "memory, selectors"):
        assert f"| {line} |" in shown


@pytest.mark.parametrize("kind", ["matching", pytest.param("changes", marks=of_linux)])
def test_a_rival_that_finds_other_selectors_is_found_out(
    kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One that finds nothing, and nothing is told."""
    monkeypatch.setattr(live._Spelling, "matching", lambda *_: set())
    with pytest.raises(AssertionError):
        live.main([kind, f"--items={N}", "--selectors=100", f"--changes={N}"])


def test_start() -> None:
    """Every case runs, and is shown beside bare Python."""
    found = start.measure(1)
    assert found.keys() == start.CASES.keys()
    assert all(seconds["clock"] > 0 for seconds in found.values())
    assert start.grid(found).rows[0][2] == ""


def test_manifests() -> None:
    """Each command does in both files what it should; one that fails says why."""
    found = manifests.measure(40)
    shown = manifests.grid(found).markdown()
    assert found["objects"] == 40
    assert set(found["bytes"]) == set(found["seconds"]) == {"documents.yaml", "list.json"}
    assert "| label, every object |" in shown
    with pytest.raises(RuntimeError, match="no-such-file"):
        manifests._run("get", "-f", "no-such-file")


def test_a_measurement_apart_says_why_it_failed() -> None:
    """The last line of what the process said."""
    with pytest.raises(RuntimeError, match=r"benchmarks\.memory: .*--nonsense"):
        apart("memory", "--nonsense")


@of_linux
def test_scale() -> None:
    """Batches are the same each time, and only one query selects nothing."""
    pytest.importorskip("pyarrow")
    assert [
        batch.equals(same) for batch, same in zip(*map(scale.batches, (N, N)), strict=True)
    ] == [True]
    found = scale.measure(100 * N, seconds=0.0)
    assert 8 < found.labels / found.rows < 9
    assert [text for text, (matches, *_) in found.queries.items() if not matches] == ["gone"]
    assert "100,000 label sets" in scale.grid(found).title


def test_engines_count_what_the_index_counts() -> None:
    """Those that are installed with the tests; the others are left out with a reason."""
    made, missing = engines.measure(["DuckDB", "SQLite", "Polars", "PyArrow"], N)
    assert [row[:2] for row in made.rows] == [
        (engine, layout)
        for engine in ("DuckDB", "SQLite", "Polars", "PyArrow")
        for layout in engines.ENGINES[engine][1]
    ]
    assert missing == []


def test_an_engine_that_counts_otherwise_is_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    load, layouts = engines.ENGINES["DuckDB"]

    @contextmanager
    def one_more(layout: str, folder: Path) -> Iterator[engines.Count]:
        with load(layout, folder) as count:
            yield lambda selector: count(selector) + 1

    monkeypatch.setitem(engines.ENGINES, "DuckDB", (one_more, layouts))
    with pytest.raises(AssertionError, match="instead of"):
        engines.measure(["DuckDB"], N)


def test_an_engine_that_is_not_there_is_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "duckdb", None)
    made, missing = engines.measure(["DuckDB", "SQLite"], N)
    assert {row[0] for row in made.rows} == {"SQLite"}
    assert len(missing) == 1
    assert missing[0].startswith("DuckDB: ")


def test_parquet_files_answer_what_the_index_answers(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ["--rows", str(N), "--folder", str(tmp_path), "--engines", "DuckDB", "Polars"]
    assert parquet_scale.main(arguments) == 0
    files = list(tmp_path.rglob("*.parquet"))
    written = [file.stat().st_mtime_ns for file in files]
    assert parquet_scale.main(arguments) == 0
    assert [file.stat().st_mtime_ns for file in files] == written
    table = capsys.readouterr().out
    assert "gone" in table
    assert parquet_scale.PRUNED in table


def test_an_engine_that_reads_other_files_is_found_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    some, fewer = tmp_path / "some", tmp_path / "fewer"
    parquet_scale.write_files(some, N)
    parquet_scale.write_files(fewer, N // 2)
    load = parquet_scale.ENGINES["DuckDB"]
    monkeypatch.setitem(parquet_scale.ENGINES, "DuckDB", lambda _: load(fewer))
    with pytest.raises(AssertionError, match="DuckDB"):
        parquet_scale.measure(some, ["DuckDB"])


def test_a_grid_is_a_table_anywhere() -> None:
    """On a terminal and as Markdown, where a bar in a cell is no border."""
    grid = Grid("Numbers", ("name", "how\nmany"), [("a|b", "1"), (), ("c", "2")], "A note.")
    assert grid.markdown() == (
        "## Numbers\n\nA note.\n\n| name | how many |\n| --- | ---: |\n| a\\|b | 1 |\n| c | 2 |\n"
    )
    assert grid.rich().row_count == 2


def test_the_setting_names_no_machine() -> None:
    """What it is, not which."""
    found = setting()
    assert "labelsel" in found["packages"]
    assert platform.python_version() in found["Python"]
    assert platform.node() not in json.dumps(found)
    assert str(ROOT) not in json.dumps(found)


def test_program(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The sections asked for are printed and written."""
    assert program.main(["storage", "parsing", "--check", "--output", str(tmp_path)]) == 0
    shown = capsys.readouterr().out
    written = (tmp_path / "results.md").read_text(encoding="utf-8")
    assert set(json.loads((tmp_path / "results.json").read_text())) == {
        "setting", "parsing", "storage",
    }  # fmt: skip
    for words in ("10 requirements", "mean of 28", "label sets as a file"):
        assert words in shown
        assert words in written


def test_a_section_that_fails_stops_no_other(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """It says why, and the exit status tells."""

    def broken(options: program.Options) -> program.Section:
        raise ZeroDivisionError(f"by {options.size}")

    works = program.Section([Grid("A title", ("a", "b"), [("c", "d")])], {})
    sections = {"broken": broken, "works": lambda _: works}
    monkeypatch.setattr(program, "SECTIONS", sections)
    assert program.main(["--check"]) == 1
    shown = capsys.readouterr().out
    assert "broken failed: ZeroDivisionError: by 1000" in shown
    assert "A title" in shown


@pytest.mark.parametrize("arguments", [["nonsense"], ["--size", "999"]])
def test_program_refuses(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    """A section that there is not; so few label sets that some queries select nothing."""
    with pytest.raises(SystemExit):
        program.main(arguments)
    assert "python -m benchmarks: error:" in capsys.readouterr().err


def pins(name: str) -> dict[str, str]:
    """Return each pinned package of a constraints file with its version and hashes.

    Without the systems that need it: they differ from file to file.
    """
    text = (ROOT / name).read_text(encoding="utf-8")
    return {
        pin.partition("==")[0]: re.sub(r" ;.*", " \\\\", pin)
        for pin in re.split(r"^(?=\w)", text, flags=re.MULTILINE)
        if "==" in pin
    }


@pytest.mark.parametrize(("name", "shared"), [("peers", "numpy"), ("wheel", "cython")])
def test_groups_are_pinned_beside_the_other_packages(name: str, shared: str) -> None:
    """All of a group; what both files name has the same version and hashes in both."""
    with (ROOT / "pyproject.toml").open("rb") as file:
        group = tomllib.load(file)["dependency-groups"][name]
    pinned, others = pins(f"constraints-{name}.txt"), pins("constraints.txt")
    assert {re.split("[>=]", package)[0].lower() for package in group} <= set(pinned)
    assert all("--hash=" in pin for pin in pinned.values())
    assert {name: pinned[name] for name in pinned.keys() & others.keys()} == {
        name: others[name] for name in pinned.keys() & others.keys()
    }
    assert shared in pinned.keys() & others.keys()
