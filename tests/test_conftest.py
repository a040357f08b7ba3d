"""What tests/conftest.py leaves out is no more than it says."""

import gc
from pathlib import Path

import pytest

from tests.conftest import LARGE, pytest_collection_modifyitems

ROOT = Path(__file__).resolve().parent.parent


def test_python_collects_what_tests_make() -> None:
    """The collector is off only until all tests are collected, and then leaves those alone."""
    assert gc.isenabled()
    assert gc.get_freeze_count() > 0


@pytest.mark.parametrize("place", LARGE)
def test_large_tests_are_there(place: str) -> None:
    """Each place where slow tests run without coverage has some."""
    path = ROOT / place
    files = [path] if path.is_file() else list(path.rglob("*.py"))
    assert any("mark.slow" in file.read_text(encoding="utf-8") for file in files) or (
        "vector_parts" in path.read_text(encoding="utf-8")
    )


def test_what_is_measured(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Coverage is measured in all but the slow tests of these places."""
    item = request.node

    def is_measured() -> bool:
        pytest_collection_modifyitems([item])
        return item.get_closest_marker("no_cover") is None

    monkeypatch.setattr("tests.conftest.LARGE", ("tests/test_conftest.py",))
    assert is_measured()
    item.add_marker(pytest.mark.slow)
    monkeypatch.setattr("tests.conftest.LARGE", ("tests/other.py",))
    assert is_measured()
    monkeypatch.setattr("tests.conftest.LARGE", ("tests/test_conftest.py",))
    assert not is_measured()
