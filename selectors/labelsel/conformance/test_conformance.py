"""The suite: one test for each group of cases. It needs ``--matcher``, and nothing of a project."""

from __future__ import annotations

import json
from dataclasses import asdict

import pytest

from labelsel.conformance.cases import Matcher, read_cases, run
from labelsel.conformance.matcher import WHAT_TO_GIVE, load_matcher
from labelsel.conformance.report import count, describe_group

__all__: list[str] = []


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Make a test of each group, of texts or of objects."""
    cases = read_cases(objects=bool(metafunc.config.getoption("--objects", default=False)))
    metafunc.parametrize("about", list(dict.fromkeys(case.about for case in cases)))


@pytest.fixture(scope="session")
def matcher(request: pytest.FixtureRequest) -> Matcher:
    """The function that ``--matcher`` names."""
    name = request.config.getoption("--matcher", default=None)
    if name is None:
        pytest.fail(WHAT_TO_GIVE, pytrace=False)
    return load_matcher(name)


def test_rule(
    about: str,
    matcher: Matcher,
    request: pytest.FixtureRequest,
    record_property: object,
) -> None:
    """Every answer of a group is that of Kubernetes."""
    objects = bool(request.config.getoption("--objects", default=False))
    outcomes = run(matcher, [case for case in read_cases(objects=objects) if case.about == about])
    assert callable(record_property)
    # For the table at the end; with pytest-xdist the tests run in other processes.
    record_property("labelsel.conformance", json.dumps(asdict(count(outcomes)[0])))
    wrong = describe_group(outcomes)
    if wrong:
        pytest.fail(wrong, pytrace=False)
