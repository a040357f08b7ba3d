"""Commands go through folders inside each other, however deep."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.conftest import Run

_DEPTH = 1_200
POD = '{"kind": "Pod", "apiVersion": "v1", "metadata": {"name": "web", "namespace": "shop"}}'


@pytest.fixture
def deep(tmp_path: Path) -> Iterator[Path]:
    """Folders inside each other, more than Python calls functions inside each other."""
    top = tmp_path / "top"
    top.mkdir()
    folders = [top]
    for _ in range(_DEPTH):
        folders.append(folders[-1] / "d")
        folders[-1].mkdir()
    (folders[-1] / "a.json").write_text(POD)
    yield top
    # shutil.rmtree calls itself for a folder in a folder, too.
    shutil.rmtree(folders[_DEPTH // 2])
    shutil.rmtree(top)


@pytest.mark.parametrize(
    ("words", "output"),
    [
        ("get pods -A -o name -f top", "pod/web\n"),
        ("get pods -A -o name -f top/**/*.json", "pod/web\n"),
        ("lint top", "no findings in 1 object\n"),
        ("recover top", ""),
        ("label pods --all -A x=y -f top", "pod/web labeled\n"),
        ("query -l a top", ""),
    ],
)
def test_deep_folders(
    run: Run, deep: Path, monkeypatch: pytest.MonkeyPatch, words: str, output: str
) -> None:
    """Each command that goes through folders reaches the last one."""
    monkeypatch.chdir(deep.parent)
    result = run(*words.split())
    assert result.stdout == output
