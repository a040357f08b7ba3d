"""Commands go through folders inside each other, however deep."""

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.conftest import Run

_DEPTH = 1_010
POD = '{"kind": "Pod", "apiVersion": "v1", "metadata": {"name": "web", "namespace": "shop"}}'


@pytest.fixture(scope="module")
def deep(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Folders inside each other, more than Python calls functions inside each other."""
    top = tmp_path_factory.mktemp("deep") / "top"
    folder = top
    folder.mkdir()
    for _ in range(_DEPTH):
        folder /= "d"
        folder.mkdir()
    (folder / "a.json").write_text(POD)
    yield top
    # shutil.rmtree calls itself for each.
    subprocess.run(["rm", "-rf", top], check=True)  # noqa: S607  # a program of the system


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
