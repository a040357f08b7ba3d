"""`make playground`: what it needs, what it takes, and what the page gets."""

import os
import re
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

from docs.playground.playground import MAX_CHARACTERS, SOURCES

ROOT = Path(__file__).resolve().parent.parent.parent
PAGE = ROOT / "docs" / "playground"


def test_without_npm(tmp_path: Path) -> None:
    """It says in one line what is missing, and fails."""
    done = subprocess.run(
        [sys.executable, ROOT / ".ci" / "playground.py"],
        env={**os.environ, "PATH": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == (
        "make playground needs npm and Node.js, and there is no npm: install both "
        "(Debian: apt-get install npm)\n"
    )


def test_another_package(
    maker: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A package with another hash than the pinned one ends it, and is not kept."""
    npm = tmp_path / "npm"
    npm.write_text("#!/bin/sh\necho other >pyodide.tgz\n")
    npm.chmod(0o755)
    monkeypatch.setattr(maker, "TARGET", tmp_path / "build" / "playground")
    (tmp_path / "build").mkdir()
    with pytest.raises(SystemExit, match=r"has the sha512 \S+, docs/playground/pyodide.json 0Yv"):
        maker.fetch(str(npm))
    assert list((tmp_path / "build").iterdir()) == []


def test_the_archive_is_enough(maker: ModuleType, tmp_path: Path) -> None:
    """A Python with nothing else answers all that the page asks before its memory is saved."""
    file = tmp_path / "labelsel.zip"
    file.write_bytes(maker.archive())
    program = f"""
import sys
sys.path = [{str(file)!r}, *[path for path in sys.path if "site-packages" not in path]]
import playground
playground.warm_up()
from_elsewhere = [
    name for name, module in sys.modules.items()
    if name.partition(".")[0] not in sys.stdlib_module_names
    and {str(file)!r} not in str(getattr(module, "__file__", None))
]
print(sorted(from_elsewhere))
"""
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-c", program], capture_output=True, text=True, check=False
    )
    assert (done.stderr, done.stdout) == ("", "['__main__']\n")


def test_the_archive_is_the_same_each_time(maker: ModuleType) -> None:
    """And it has no index, which needs numpy, and the licences of what it has."""
    assert maker.archive() == maker.archive()
    names = {name for name, _ in maker.modules()}
    assert {"LICENSE-labelsel", "LICENSE-lark", "LICENSE-yaml"} <= names
    assert not [name for name in names if name.startswith(("labelsel/index", "labelsel/cli"))]


def test_the_page_agrees() -> None:
    """The page has the languages and the limit of playground.py, and asks nobody else."""
    html, script = (PAGE / "index.html").read_text(), (PAGE / "page.js").read_text()
    assert tuple(re.findall(r'<option value="(\w+)">', html)) == SOURCES * 2
    assert int(re.search(r"const LIMIT = ([\d_]+);", script)[1]) == MAX_CHARACTERS  # type: ignore[index]  # it is there
    assert "innerHTML" not in script
    for name in ("page.css", "page.js", "worker.js"):
        assert not re.search(r"https?://", (PAGE / name).read_text())
    loaded = re.findall(r'(?:src|<link[^>]*href)="([^"]*)"', html)
    assert sorted(loaded) == ["data:,", "page.css", "page.js"]
