"""What --exclude leaves out, however the paths and the pattern are written."""

from pathlib import Path

import pytest

from tests.cli.conftest import Run

POD = "{kind: Pod, apiVersion: v1, metadata: {name: NAME, labels: {app: web}}}\n"


@pytest.fixture(autouse=True)
def _files(tmp_path: Path) -> None:
    for name in ("a.yaml", "v/b.yaml", "v/w/c.yaml", "x,y.yaml"):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(POD.replace("NAME", path.stem.replace(",", "")))


@pytest.mark.parametrize(
    ("words", "left"),
    [
        ("-f *.yaml -f v/*.yaml --exclude b.yaml", "a xy"),
        ("-f *.yaml -f v/*.yaml --exclude v", "a xy"),
        ("-f *.yaml,v/*.yaml --exclude v/b.yaml", "a xy"),
        ("-f . --exclude ABOVE/v", "a xy"),
        ("-f . --exclude ABOVE/v/*.yaml", "a c xy"),
        ("-f . --exclude ABOVE/link", "a xy"),
        ("-f . --exclude v,a.yaml", "xy"),
        ("-f . --exclude x,y.yaml", "a b c"),
        ("-f . --exclude ../NAME/v", "a xy"),
        ("-f ../NAME --exclude NAME/v", "a xy"),
        ("-f . --exclude **/c.yaml", "a b xy"),
        ("-f . --exclude **/a.yaml", "b c xy"),
        ("-f . --exclude v/**/c.yaml", "a b xy"),
        ("-f . --exclude v/**", "a xy"),
        ("-f . --exclude [^a].yaml", "a xy"),
        ("-f a.yaml,v --exclude v", "a"),
        ("-f a.yaml,v --exclude ../NAME", ""),
        ("-f a.yaml -f ABOVE/v/b.yaml --exclude v", "a"),
        ("-f a.yaml -f v/b.yaml --exclude a.yaml", "b"),
        ("-f v/w --exclude v", ""),
        ("-f v --exclude w", "b"),
        ("-f . --no-recursive --exclude a.yaml", "xy"),
    ],
)
def test_what_is_left(run: Run, tmp_path: Path, words: str, left: str) -> None:
    """Nothing that matches is read or changed, and nothing is said about a pattern that matched."""
    (tmp_path / "link").symlink_to("v")
    given = words.replace("ABOVE", str(tmp_path)).replace("NAME", tmp_path.name).split()
    result = run("get", "pods", *given, "-o", "name")
    assert result.stdout.split() == [f"pod/{name}" for name in left.split()], result.stderr
    assert "matches no file" not in result.stderr
    run("delete", "pods", "--all", "-y", *given)
    files = {"a": "a.yaml", "b": "v/b.yaml", "c": "v/w/c.yaml", "xy": "x,y.yaml"}
    stay = {name for name, file in files.items() if (tmp_path / file).read_text()}
    assert stay == files.keys() - set(left.split())


def test_a_pattern_that_matches_nothing(run: Run) -> None:
    """It is probably a mistake, and more is read than was meant."""
    result = run("get", "po", "-f", ".", "--exclude", "b.yml,v/b.yaml", "-o", "name")
    message = "warning: --exclude b.yml matches no file and no folder that was found"
    assert result.stderr.splitlines() == [message]
    assert (result.stdout.split(), result.exit_code) == (["pod/a", "pod/c", "pod/xy"], 0)
    result = run("get", "po", "-f", ".", "--exclude", "b,,c")
    assert "'b,,c' has an empty part" in result.stderr


def test_a_folder_above_is_no_reason(run: Run, tmp_path: Path) -> None:
    """A folder of the same name above the input is not meant: nobody named it."""
    result = run("get", "po", "-f", str(tmp_path), "--exclude", tmp_path.parent.name)
    assert "matches no file" in result.stderr
    assert result.stdout


def test_named_paths_that_are_excluded(run: Run, tmp_path: Path) -> None:
    """They are counted, and -v lists them. It is no error: pre-commit names every file."""
    (tmp_path / "labelsel.toml").write_text('[lint]\nexclude = ["v", "none"]\n')
    result = run("lint", "v/b.yaml")
    assert (result.stdout, result.exit_code) == ("no findings in 0 objects\n", 0)
    assert result.stderr == "skipped 1 named path: excluded; -v lists it\n"
    result = run("lint", "v/b.yaml", "v/w/c.yaml", "a.yaml", "-v")
    assert result.stderr.splitlines() == [
        "v/b.yaml: skipped: it is excluded",
        "v/w/c.yaml: skipped: it is excluded",
        "skipped 2 named paths: excluded",
    ]
    assert result.stdout == "no findings in 1 object\n"
