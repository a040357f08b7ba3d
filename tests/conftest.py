"""Hypothesis profiles: `dev`, or the one that HYPOTHESIS_PROFILE names; programs on PATH.

While tests are collected Python's garbage collector is off: for a quarter of the time it would look
through objects of pytest that stay until the end. `pytest --collect-only` took 9.4 s of processor
time, and 13.2 s with it. Afterwards it leaves those objects out.
"""

import atexit
import gc
import importlib
import os
import pkgutil
import signal
from collections.abc import Generator, Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, settings

import labelsel
from tests.programs import Install, make_install

# No deadlines, and no complaint about slow generation: on a busy machine either would fail
# although labelsel did nothing wrong.
settings.register_profile(
    "dev",
    max_examples=25,
    stateful_step_count=30,
    deadline=None,
    derandomize=True,
    print_blob=True,
    suppress_health_check=[HealthCheck.too_slow],
)
# Both `dev` and `ci` take the same examples each time, so that a failure comes from the change
# and not from luck. The profile `explore` takes new ones.
settings.register_profile(
    "ci", settings.get_profile("dev"), max_examples=100, stateful_step_count=50
)
# For tests/explore.py. Without a database: what a seed finds depends on the seed alone, and a
# round after a failure looks for new failures instead of replaying the known one.
settings.register_profile(
    "explore",
    settings.get_profile("ci"),
    derandomize=False,
    database=None,
)
# For tests/mutation: that a mutant fails is enough, no smaller example is looked for.
settings.register_profile(
    "mutation",
    settings.get_profile("dev"),
    phases=[Phase.explicit, Phase.generate],
    report_multiple_bugs=False,
)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "dev"))


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """Have the garbage collector off while tests are collected."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.enable()
        gc.freeze()
        # Extension modules complain of objects that are still there when Python ends.
        atexit.register(gc.unfreeze)


#: Where slow tests ask about much what others ask about little: the same code runs. They take twice
#: as long where coverage is measured.
LARGE = (
    "tests/cli/test_hostile_output.py",
    "tests/cli/test_query.py",
    "tests/engines/",
    "tests/examples/",
    "tests/languages/",
    "tests/properties/",
    "tests/reasoning/",
    "tests/test_benchmarks.py",
    "tests/test_calico_vectors.py",
    "tests/test_kubernetes_vectors.py",
    "tests/test_limits.py",
    "tests/test_prometheus_vectors.py",
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Measure no coverage in slow tests that ask much: what counts must run in the others."""
    for item in items:
        if item.nodeid.startswith(LARGE) and item.get_closest_marker("slow"):
            item.add_marker(pytest.mark.no_cover)


# Hypothesis also draws the constants that stand in the loaded modules. Whether a module is loaded
# must not depend on the tests that ran before in the same process.
for _module in pkgutil.walk_packages(labelsel.__path__, "labelsel."):
    importlib.import_module(_module.name)

# A shell starts what runs in the background with SIGINT ignored, and every process below
# inherits that: tests that interrupt a process would wait for ever. A handler is not inherited.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture
def nothing_frozen(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Have no frozen objects during a test: this file froze those of pytest."""
    monkeypatch.setattr("labelsel.collector._frozen", 0)
    gc.unfreeze()
    yield
    gc.freeze()


@pytest.fixture
def without_explanations() -> Iterator[None]:
    """Let `hypothesis.find` only shrink: it also looks for an explanation, which it does not show.

    That took 7 of the 7.5 s of the examples of `labelsel.testing`.
    """
    current = settings.get_current_profile_name()
    phases = [phase for phase in settings.get_profile(current).phases if phase != Phase.explain]
    settings.register_profile("no explanations", settings.get_profile(current), phases=phases)
    settings.load_profile("no explanations")
    yield
    settings.load_profile(current)


@pytest.fixture
def install(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Install:
    """Install small programs: nothing else is on PATH."""
    return make_install(monkeypatch, tmp_path / "bin of the test")
