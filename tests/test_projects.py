"""What the matchers of other projects answer wrongly, beside our answers: docs/projects/.

`make projects` asks the projects themselves. Here the record of their answers is compared with the
cases, with labelsel and with the pages, and the matchers that are written in our words are asked.
"""

import json
import tarfile
import zipfile
from pathlib import Path

import pytest

from labelsel.conformance.cases import Case, Other, Refused, Verdict, ask, judge, run
from tests.projects.adapters import (
    PROJECTS,
    RAY_CONDITIONS,
    Project,
    load_checkov,
    load_mockernetes,
    split_requirements,
)
from tests.projects.record import (
    ANSWERS,
    BLOCK,
    PAGES,
    Record,
    cases_for,
    fill,
    ours,
    outcomes_of,
    tables,
)
from tests.projects.sources import cut_out, find_package
from tests.test_docs import run_document

RECORD: dict[str, Record] = json.loads(ANSWERS.read_text(encoding="utf-8"))
NAMES = [*(project.name for project in PROJECTS), "ray"]


@pytest.mark.parametrize("project", PROJECTS, ids=lambda project: project.name)
def test_ours_beside_theirs(project: Project) -> None:
    """Each recorded answer is wrong, and ours to the same question is right."""
    record = RECORD[project.name]
    cases = {case.id: case for case in cases_for(project)}
    assert record["cases"] == len(cases)
    assert record["wrong"].keys() <= cases.keys()
    wrong = [each for each in outcomes_of(project, record) if each.verdict is not Verdict.RIGHT]
    assert [each.case.id for each in wrong] == [key for key in cases if key in record["wrong"]]
    assert {judge(each.case, ours(each.case)) for each in wrong} <= {Verdict.RIGHT}


def test_what_is_known_of_them() -> None:
    """The faults for which the projects are known are among the answers."""
    known = [
        ("ansible-kubernetes-core", "env in()", {"env": ""}, False),
        ("cloudcoil", "d,ev", {}, True),
        ("jumpstarter", "x in a)", {"x": "a"}, True),
        ("openshift-python-wrapper", "gt!=c", {}, False),
        ("mockernetes", "66", {}, True),
        ("safir", "66", {}, False),
        ("opentf-toolkit", "x=a,", {"x": "a"}, True),
    ]
    for name, text, labels, answer in known:
        project = next(each for each in PROJECTS if each.name == name)
        found = [
            each.answer
            for each in outcomes_of(project, RECORD[name])
            if (each.case.selector, each.case.labels) == (text, labels)
        ]
        assert found == [answer], f"{name}: {text}"


def test_network_config_analyzer() -> None:
    """What its page says of its methods for pods, and for namespaces."""
    record = RECORD["network-config-analyzer"]
    assert (record["wrong for pods"], len(record["wrong"])) == (3, 7)


def test_ray() -> None:
    """Conditions in parentheses without `in` are accepted there, and refused here."""
    accepted = RECORD["ray"]["accepts"]
    assert accepted.keys() == RAY_CONDITIONS.keys()
    for condition in ("(a)", "!(a)", "(a,b)", "!(a,b)"):
        assert accepted[condition]
        text = RAY_CONDITIONS[condition]
        assert isinstance(ours(Case("", 4, "", text, {}, None)), Refused)


def test_mockernetes_in_our_words() -> None:
    """Where no package is to be had, the record is what our description of it answers."""
    project = next(each for each in PROJECTS if each.package is None)
    outcomes = run(load_mockernetes(None), cases_for(project))
    wrong = {each.case.id: each.answer for each in outcomes if each.verdict is not Verdict.RIGHT}
    assert wrong == RECORD["mockernetes"]["wrong"]


@pytest.mark.parametrize("name", NAMES)
def test_a_page(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each project has a page with the answers of the record, and a patch that runs."""
    page = (PAGES / f"{name}.md").read_text(encoding="utf-8")
    assert fill(page, dict(tables(RECORD))[name]) == page
    assert BLOCK.search(page)
    monkeypatch.chdir(tmp_path)
    run_document(page, f"docs/projects/{name}.md")
    assert f"({name}.md)" in (PAGES / "index.md").read_text(encoding="utf-8")


def test_every_page_has_a_project() -> None:
    """No page is left of a project that is not asked."""
    assert {path.stem for path in PAGES.glob("*.md")} == {*NAMES, "index"} == {*RECORD, "index"}


def test_a_page_with_other_numbers_is_found() -> None:
    """The comparison can fail."""
    record = {**RECORD["kopf"], "wrong": {}}
    block = dict(tables({**RECORD, "kopf": record}))["kopf"]
    assert "0 are wrong" in block
    page = (PAGES / "kopf.md").read_text(encoding="utf-8")
    assert fill(page, block) != page


SOURCE = """
import nothing_that_is_there
LIMIT = 2
class Builder(nothing_that_is_there.Base):
    @staticmethod
    def find_connections(vertex: Unknown, vertices: Unknown) -> Unknown:
        return [number for number, _ in enumerate(vertices)][:LIMIT]
def other(): ...
"""


def test_a_method_is_cut_out(tmp_path: Path) -> None:
    """Nothing of a package is imported, and only what is named runs."""
    with zipfile.ZipFile(tmp_path / "a_b-1.2-py3-none-any.whl", "w") as wheel:
        wheel.writestr("a/b.py", SOURCE)
    (tmp_path / "c.py").write_text(SOURCE)
    with tarfile.open(tmp_path / "c-3.0.tar.gz", "w:gz") as archive:
        archive.add(tmp_path / "c.py", "c-3.0/c.py")
    for name, version, file in (("a-b", "1.2", "a/b.py"), ("c", "3.0", "c.py")):
        package = find_package(tmp_path, name)
        assert package.version == version
        code = cut_out(package.read(file), ["LIMIT", "Builder.find_connections"], {})
        assert code["find_connections"](None, [1, 2, 3]) == [0, 1]
        assert "other" not in code


def test_an_adapter(tmp_path: Path) -> None:
    """An adapter gives a project's code the labels and the selector as its own code would."""
    folder = "checkov/kubernetes/graph_builder/graph_components/edge_builders/"
    source = (
        "class LabelSelectorEdgeBuilder:\n"
        "    def find_connections(vertex, vertices):\n"
        "        wanted = vertices[0].metadata.selector.match_labels\n"
        "        return [0] if wanted == vertex.metadata.labels else []\n"
    )
    with zipfile.ZipFile(tmp_path / "checkov-1-py3-none-any.whl", "w") as wheel:
        wheel.writestr(f"{folder}LabelSelectorEdgeBuilder.py", source)
    match = load_checkov(find_package(tmp_path, "checkov"))
    case = Case("a", 16, "", {"matchLabels": {"a": "b"}}, {"a": "b"}, True)
    assert ask(match, case) is True
    assert not isinstance(ask(match, Case("a", 16, "", None, {}, False)), Other)
    assert split_requirements("a in (b,c),d") == ["a in (b,c)", "d"]
    assert split_requirements(" ") == []
