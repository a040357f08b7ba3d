"""Each file is read once, however many paths lead to it, and all reading has one bar."""

from pathlib import Path

import pytest

from labelsel.cli.progress import ProgressBar
from labelsel.kubernetes import read_manifests
from tests.cli.conftest import Run

POD = "kind: Pod\napiVersion: v1\nmetadata: {{name: {}, labels: {{app: 'a b'}}}}\n"


@pytest.fixture
def pods(tmp_path: Path) -> Path:
    """A folder with two files, and a link to one of them beside it."""
    folder = tmp_path / "pods"
    folder.mkdir()
    for name in "ab":
        (folder / f"{name}.yaml").write_text(POD.format(name).replace("a b", "web"))
    (tmp_path / "link.yaml").symlink_to(folder / "a.yaml")
    return folder


@pytest.mark.parametrize(
    ("paths", "names"),
    [
        (["pods/a.yaml", "./pods/a.yaml"], ["a"]),
        (["pods/b.yaml", "pods"], ["b", "a"]),
        (["pods", "pods/b.yaml", "pods/../pods"], ["a", "b"]),
        (["link.yaml", "pods"], ["a", "b"]),
    ],
)
@pytest.mark.usefixtures("pods")
def test_each_file_is_read_once(run: Run, paths: list[str], names: list[str]) -> None:
    """The object comes once, where its file is named first, and no path counts as empty."""
    result = run("get", *(word for path in paths for word in ("-f", path)), "-o", "name")
    assert result.stdout.split() == [f"pod/{name}" for name in names]
    assert (result.exit_code, result.stderr) == (0, "")
    assert [pod.name for pod in read_manifests(paths)] == names


@pytest.mark.usefixtures("pods")
def test_an_error_of_a_file_is_reported_once(run: Run) -> None:
    """A file with a fault in it that is named twice has it once; objects are no duplicates."""
    Path("pods/a.yaml").write_text(POD.format("a"))
    result = run("lint", "-f", "pods", "-f", "pods/a.yaml", "--format", "github")
    assert result.stdout.count("::error") == 1
    assert result.stdout.count("illegal-label") == 1
    Path("pods/a.yaml").write_text("{kind:")
    result = run("get", "-f", "pods/a.yaml", "-f", "pods", "--keep-going", "-o", "name")
    assert result.stdout == "pod/b\n"
    assert result.stderr.count("not valid") == 1


def test_standard_input_twice(run: Run) -> None:
    """The second - has nothing left to read, and that is no empty input."""
    result = run("get", "-f", "-", "-f", "-", "-o", "name", stdin=POD.format("a").replace(" b", ""))
    assert (result.stdout, result.exit_code) == ("pod/a\n", 0)


@pytest.mark.usefixtures("pods")
def test_a_path_without_objects_beside_one_that_is_named_twice(run: Run) -> None:
    """A file that has none is still reported."""
    Path("none.yaml").write_text("# nothing\n")
    result = run("get", "-f", "pods", "-f", "pods", "-f", "none.yaml")
    assert result.exit_code == 1
    assert "no objects in the input (none.yaml)" in result.stderr


@pytest.mark.usefixtures("pods")
def test_one_bar_for_all_paths(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """Progress over several paths is of all of them, and never goes back."""
    reports: list[tuple[int, int]] = []

    class Bar(ProgressBar):
        def __call__(self, done: int, total: int) -> None:
            reports.append((done, total))

    monkeypatch.setattr("labelsel.cli.input.ProgressBar", Bar)
    assert run("get", "-f", "pods/a.yaml", "-f", "pods/b.yaml").exit_code == 0
    size = sum(path.stat().st_size for path in Path("pods").iterdir())
    assert {total for _, total in reports} == {size}
    assert reports == sorted(reports)
    assert reports[-1] == (size, size)
