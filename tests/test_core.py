"""The choice between the compiled core and the pure Python code."""

import os
import re
import shlex
import shutil
import subprocess
import sys
import sysconfig
import tomllib
from pathlib import Path
from types import SimpleNamespace

import pytest

import labelsel
from labelsel import core
from labelsel.core import CoreInfo, compiled, core_info

SOURCE = Path(core.__file__).parent
SHOW = "import labelsel; print(labelsel.core_info())"


def has_compiler() -> bool:
    """Return whether this Python's C compiler and its own headers are there."""
    compiler = shlex.split(os.environ.get("CC") or sysconfig.get_config_var("CC") or "cc")[0]
    header = Path(sysconfig.get_path("include"), "Python.h")
    return shutil.which(compiler) is not None and header.exists()


def forget(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the next look for the extension start anew."""
    monkeypatch.delenv("LABELSEL_PURE", raising=False)
    monkeypatch.delitem(sys.modules, "labelsel._core", raising=False)


def put(monkeypatch: pytest.MonkeyPatch, text: str, folder: Path) -> None:
    """Let the extension be a module with this text."""
    forget(monkeypatch)
    (folder / "_core.py").write_text(text)
    monkeypatch.setattr(labelsel, "__path__", [str(folder)])


@pytest.mark.skipif(not has_compiler(), reason="this machine has no C compiler")
@pytest.mark.skipif("LABELSEL_PURE" in os.environ, reason="the pure Python code is forced")
def test_it_is_compiled_where_a_compiler_is() -> None:
    """`make` builds the extension, and a warning of the compiler would be an error."""
    assert core_info() == CoreInfo("compiled", "")


@pytest.mark.parametrize("value", ["1", "yes"])
def test_forced(value: str) -> None:
    """LABELSEL_PURE=1 forces the pure Python code in the whole process."""
    run = subprocess.run(
        [sys.executable, "-c", SHOW],
        env=os.environ | {"LABELSEL_PURE": value},
        capture_output=True,
        text=True,
        check=True,
    )
    assert run.stdout == "pure Python code: the environment variable LABELSEL_PURE is set\n"


@pytest.mark.parametrize("value", ["", "0"])
def test_not_forced(value: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """An empty value and 0 do not force it."""
    put(monkeypatch, f"INTERFACE = {core.INTERFACE}", tmp_path)
    monkeypatch.setenv("LABELSEL_PURE", value)
    assert core._load() == (sys.modules["labelsel._core"], "")


def test_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    """An installation without the extension says so."""
    forget(monkeypatch)
    # What is None in sys.modules is not found.
    monkeypatch.setitem(sys.modules, "labelsel._core", None)
    reason = "there is no compiled core for this Python in this installation"
    assert core._load() == (None, reason)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("import no_such_module", "the compiled core failed to load: No module named"),
        ("raise ImportError('undefined symbol')", "failed to load: undefined symbol"),
        ("INTERFACE = 0", "built from another version: build it again"),
    ],
)
def test_unusable(text: str, reason: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """An extension that does not load, or is another version's, is not used."""
    put(monkeypatch, text, tmp_path)
    found, why = core._load()
    assert found is None
    assert reason in why


def test_without_the_global_lock(monkeypatch: pytest.MonkeyPatch) -> None:
    """Loading the extension would turn the global lock on, so the pure Python code runs."""
    forget(monkeypatch)
    monkeypatch.setattr(sys, "_is_gil_enabled", lambda: False, raising=False)
    assert core._load() == (None, "a Python without its global lock runs no compiled core")


@pytest.mark.parametrize("reason", ["", "no compiler"])
def test_what_it_says(reason: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A core has a name, and a reason if it is the pure one."""
    monkeypatch.setattr(core, "_REASON", reason)
    assert core_info() == CoreInfo("pure" if reason else "compiled", reason)
    assert str(core_info()) == ("pure Python code: no compiler" if reason else "compiled core")


def test_what_is_compiled(monkeypatch: pytest.MonkeyPatch) -> None:
    """A name that the extension has is taken from it, any other is the pure one."""

    def one() -> int:
        return 1

    def two() -> int:
        return 2

    monkeypatch.setattr(core, "_CORE", SimpleNamespace(two=lambda: 3))
    assert compiled(one) is one
    assert compiled(two)() == 3
    monkeypatch.setattr(core, "_CORE", None)
    assert compiled(two) is two


def test_the_extension_imports_nothing_of_labelsel() -> None:
    """What it works on is passed to it: there is no import that goes upwards."""
    sources = sorted(SOURCE.rglob("*.p[yx][xi]"))
    assert SOURCE / "_core.pyx" in sources
    for source in sources:
        text = source.read_text(encoding="utf-8")
        assert not re.search(r"^\s*(from|c?import) +labelsel", text, re.MULTILINE), source


def test_every_part_is_named() -> None:
    """pyproject.toml names each part of the extension, so that it is built again if one changes."""
    parts = {path.relative_to(SOURCE.parent.parent).as_posix() for path in SOURCE.rglob("*.pxi")}
    with (SOURCE.parent.parent / "pyproject.toml").open("rb") as file:
        (extension,) = tomllib.load(file)["tool"]["setuptools"]["ext-modules"]
    assert set(extension["depends"]) == parts


def test_the_compiled_core_is_small() -> None:
    """At most 1,300 lines: what is compiled is read twice, beside the code that defines it."""
    package = Path(labelsel.__file__).parent
    files = [*package.glob("*.pyx"), *package.rglob("*.pxi")]
    assert len(files) > 1, f"{package} is not the source"
    assert sum(len(each.read_text().splitlines()) for each in files) <= 1_300
