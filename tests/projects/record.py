"""What the matchers of other projects answer: ``python -m tests.projects.record FOLDER``.

FOLDER has their packages (``make projects`` puts them there). Their answers to the cases of
labelsel.conformance are compared with the record, tests/projects/answers.json; ``--write`` writes
the record, and the tables of docs/projects/ that come from it.
"""

import json
import re
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from benchmarks.options import documented_parser
from labelsel import SelectorError, from_label_selector, parse
from labelsel.conformance.cases import (
    Answer,
    Case,
    Other,
    Outcome,
    Refused,
    Verdict,
    judge,
    read_cases,
    run,
)
from labelsel.conformance.report import count
from tests.projects.adapters import (
    PROJECTS,
    RAY_CONDITIONS,
    Project,
    load_network_config_analyzer_pods,
    ray_accepts,
)
from tests.projects.sources import find_package

ANSWERS = Path(__file__).with_name("answers.json")
PAGES = Path(__file__).resolve().parents[2] / "docs" / "projects"
_MOST = 8
BLOCK = re.compile(r"(?<=<!-- answers -->\n).*?(?=<!-- end of answers -->)", re.DOTALL)

Record = Mapping[str, Any]


def cases_for(project: Project) -> list[Case]:
    """Return the cases that a project can be asked."""
    cases = read_cases(objects=project.objects)
    return [case for case in cases if case.expected is not None or not project.legal_only]


def ask_projects(folder: Path) -> dict[str, Record]:
    """Return what every project answers wrongly."""
    found: dict[str, Record] = {}
    for project in PROJECTS:
        package = find_package(folder, project.package) if project.package else None
        outcomes = run(project.load(package), cases_for(project))
        found[project.name] = {
            "version": package.version if package else None,
            "cases": len(outcomes),
            "wrong": {
                outcome.case.id: to_json(outcome.answer)
                for outcome in outcomes
                if outcome.verdict is not Verdict.RIGHT
            },
        }
    analyzer = next(each for each in PROJECTS if each.name == "network-config-analyzer")
    of_pods = load_network_config_analyzer_pods(find_package(folder, analyzer.name))
    outcomes = run(of_pods, cases_for(analyzer))
    found[analyzer.name] = {
        **found[analyzer.name],
        "wrong for pods": sum(each.verdict is not Verdict.RIGHT for each in outcomes),
    }
    ray = find_package(folder, "ray")
    found["ray"] = {"version": ray.version, "accepts": ray_accepts(ray)}
    return dict(sorted(found.items()))


def to_json(answer: Answer) -> object:
    """Return an answer as the record has it."""
    if isinstance(answer, Refused):
        return "error"
    return answer.value if isinstance(answer, Other) else answer


def outcomes_of(project: Project, record: Record) -> list[Outcome]:
    """Return the outcomes of a project by the record."""
    outcomes = []
    for case in cases_for(project):
        right = Refused() if case.expected is None else case.expected
        written = record["wrong"].get(case.id, right)
        answer: Answer = Refused() if written == "error" else written
        outcomes.append(Outcome(case, answer, judge(case, answer)))
    return outcomes


def ours(case: Case) -> Answer:
    """Return what labelsel answers to a case."""
    try:
        read = (
            from_label_selector(case.selector)
            if not isinstance(case.selector, str)
            else parse(case.selector)
        )
    except SelectorError as error:
        return Refused(str(error))
    return read.matches(case.labels)


def tables(record: Mapping[str, Record]) -> Iterator[tuple[str, str]]:
    """Yield the part of each page that comes from the record."""
    for project in PROJECTS:
        yield project.name, _table(project, record[project.name])
    yield "ray", _ray_table(record["ray"])


def _table(project: Project, record: Record) -> str:
    outcomes = outcomes_of(project, record)
    groups = count(outcomes)
    wrong = sum(group.wrong for group in groups)
    fails_open = sum(group.fails_open for group in groups)
    broken = sum(bool(group.wrong) for group in groups)
    version = f"{project.package} {record['version']}" if record["version"] else "our own words"
    fail = "fails" if fails_open == 1 else "fail"
    where = f"in {broken} of {len(groups)} groups of cases; {fails_open} {fail} open"
    lines = [f"Asked: {version}. Of {len(outcomes)} answers {wrong} are wrong, {where}.", ""]
    if wrong:
        lines += [
            "| selector | labels | Kubernetes and labelsel | this matcher |",
            "|---|---|---|---|",
        ]
        lines += [_row(outcome) for outcome in _samples(outcomes)]
        lines.append("")
    return "\n".join(lines)


def _samples(outcomes: list[Outcome]) -> list[Outcome]:
    """Return some wrong answers, one of a group: those that fail open, then some that do not."""
    by_group: dict[str, list[Outcome]] = {}
    for outcome in outcomes:
        if outcome.verdict is not Verdict.RIGHT:
            by_group.setdefault(outcome.case.about, []).append(outcome)
    order = list(Verdict)
    samples = [
        min(
            group,
            key=lambda each: (
                order.index(each.verdict),
                each.answer is not True,
                len(str(each.case.selector)),
            ),
        )
        for group in sorted(by_group.values(), key=lambda group: -len(group))
    ]
    less = [each for each in samples if each.verdict is not Verdict.FAILS_OPEN][: _MOST // 2]
    more = [each for each in samples if each.verdict is Verdict.FAILS_OPEN]
    return more[: _MOST - len(less)] + less


def _row(outcome: Outcome) -> str:
    case = outcome.case
    expected = Refused() if case.expected is None else case.expected
    cells = [_code(case.selector), _code(case.labels), _words(expected), _words(outcome.answer)]
    return f"| {' | '.join(cells)} |"


def _code(value: object) -> str:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    escaped = text if text.isprintable() else json.dumps(text)
    return f"`{escaped}`".replace("|", "\\|") if escaped.strip(" ") else "blank"


def _words(answer: Answer) -> str:
    if isinstance(answer, Refused):
        return "an error"
    return "yes" if answer is True else "no" if answer is False else str(answer)


def _ray_table(record: Record) -> str:
    lines = [
        f"Asked: ray {record['version']}, its validator in Python.",
        "",
        "| condition in ray | accepted by ray | the text of Kubernetes | labelsel |",
        "|---|---|---|---|",
    ]
    for condition, accepted in record["accepts"].items():
        text = RAY_CONDITIONS[condition]
        answer = ours(Case("", 0, "", text, {}, None))
        verdict = "an error" if isinstance(answer, Refused) else "accepted"
        shown = _code(condition) if condition else "empty"
        lines.append(f"| {shown} | {'yes' if accepted else 'no'} | {_code(text)} | {verdict} |")
    return "\n".join([*lines, ""])


def fill(page: str, block: str) -> str:
    """Return a page with its block of answers replaced."""
    assert BLOCK.search(page), "a page of a project has a block of answers"
    return BLOCK.sub(lambda _: block, page)


def main() -> int:
    """Compare the record with what the projects answer, or write it."""
    parser = documented_parser("tests.projects.record", __doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--write", action="store_true")
    given = parser.parse_args()
    found = ask_projects(given.folder)
    if given.write:
        ANSWERS.write_text(json.dumps(found, indent=0) + "\n", encoding="utf-8")
        for name, block in tables(found):
            page = PAGES / f"{name}.md"
            page.write_text(fill(page.read_text(encoding="utf-8"), block), encoding="utf-8")
        return 0
    recorded = json.loads(ANSWERS.read_text(encoding="utf-8"))
    differ = [name for name in sorted({*found, *recorded}) if found.get(name) != recorded.get(name)]
    for name in differ:
        print(f"{name}: the answers are not those of {ANSWERS.name}")  # noqa: T201  # it reports by printing
    if not differ:
        total = sum(len(each.get("wrong", ())) for each in found.values())
        print(f"{len(found)} projects answer as recorded: {total} wrong answers")  # noqa: T201  # as above
    return 1 if differ else 0


if __name__ == "__main__":
    sys.exit(main())
