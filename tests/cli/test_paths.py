"""The paths of -f as people type them: lists, patterns in quotes, and patterns of the shell."""

import json
from pathlib import Path

import click
import pytest

from labelsel.cli.paths import PathsOption, expand_path, name_further_files
from tests.cli.conftest import Run

POD = "{kind: Pod, apiVersion: v1, metadata: {name: NAME, labels: {app: web}}}\n"


@pytest.fixture(autouse=True)
def _files(tmp_path: Path) -> None:
    (tmp_path / "shop").mkdir()
    for name in ("a.yaml", "b.yml", "c.json", "shop/d.yaml", "shop/.e.yaml", "readme.md"):
        text = POD.replace("NAME", Path(name).stem.strip("."))
        (tmp_path / name).write_text(text)


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("a.yaml,b.yml", "ab"),
        ("b.yml,-", "b"),
        ("shop,a.yaml", "da"),
        ("*.y*ml", "ab"),
        ("*.yaml,c.json", "ac"),
        ("./?.yaml", "a"),
        ("[a-b].y*", "ab"),
        ("[^a].*", "bc"),
        ("s*", "d"),
        ("shop/*", "ed"),
        ("*/*.yaml", "ed"),
        ("**/*.yaml", "ad"),
    ],
)
def test_lists_and_patterns(run: Run, text: str, names: str) -> None:
    """They mean what they mean to kubectl."""
    result = run("get", "-f", text, "-o", "name", "--allow-empty", stdin="")
    assert result.stdout.split() == [f"pod/{name}" for name in names], result.stderr
    edited = run("label", "pods", "--all", "-f", text.replace(",-", ""), "x=y")
    assert edited.stdout.split("\n")[:-1] == [f"pod/{name} labeled" for name in names]


@pytest.mark.parametrize(
    ("text", "paths"),
    [
        ("**/*.yaml", "a.yaml shop/d.yaml shop/deep/er/g.yaml shop/deep/f.yaml"),
        ("./**/f.yaml", "./shop/deep/f.yaml"),
        ("**/deep/**/*.yaml", "shop/deep/er/g.yaml shop/deep/f.yaml"),
        ("**/**/g.yaml", "shop/deep/er/g.yaml"),
        ("shop/deep/**", "shop/deep/er shop/deep/er/g.yaml shop/deep/f.yaml shop/deep/up"),
        ("s*/**/[^f].yaml", "shop/d.yaml shop/deep/er/g.yaml"),
        ("**/x.yaml", "**/x.yaml"),
        ("none/**/x.yaml", "none/**/x.yaml"),
    ],
)
def test_deep_patterns(run: Run, text: str, paths: str) -> None:
    """``**`` is any number of folders, as in bash: no hidden ones, and no links."""
    assert run is not None
    Path("shop/deep/er").mkdir(parents=True)
    Path("shop/.hidden").mkdir()
    Path("shop/deep/up").symlink_to("..")
    for name in ("shop/deep/f.yaml", "shop/deep/er/g.yaml", "shop/.hidden/h.yaml"):
        Path(name).write_text("")
    assert expand_path(text) == paths.split()


@pytest.mark.parametrize("words", ["*.yaml", "a.yaml,b.yml", "shop/*", "shop a.yaml,c.json"])
def test_words_of_lint(run: Run, words: str) -> None:
    """Each means what it means behind -f."""
    as_words = run("lint", "-o", "json", *words.split())
    options = [part for word in words.split() for part in ("-f", word)]
    assert as_words.stdout == run("lint", "-o", "json", *options).stdout
    assert (as_words.exit_code, json.loads(as_words.stdout)["objects"] > 0) == (0, True)


@pytest.mark.parametrize("name", ["a,b.yaml", "*.yaml", "[a].yaml", "http:x.yaml"])
def test_a_path_that_exists(run: Run, name: str) -> None:
    """A file of exactly that name is meant."""
    Path(name).write_text(POD.replace("NAME", "x"))
    assert run("get", "-f", name, "-o", "name").stdout == "pod/x\n"
    assert run("lint", name).stdout == "no findings in 1 object\n"
    link = Path("x,y.yaml")
    link.symlink_to("missing")
    assert "x,y.yaml: no such file or directory" in run("get", "-f", "x,y.yaml").stderr


@pytest.mark.parametrize(
    ("text", "status", "message"),
    [
        ("x*.yaml", 1, "error: x*.yaml: no file matches this pattern"),
        ("a.yaml,x*.yaml", 1, "error: x*.yaml: no file matches this pattern"),
        ("a.yaml,x.yaml", 1, "error: x.yaml: no such file or directory"),
        ("a.yaml,", 2, "'a.yaml,' has an empty part: remove the comma"),
        (", a.yaml", 2, "has an empty part: remove the comma"),
        ("https://example.com/a.yaml", 2, "is a URL, and nothing is fetched: download it first"),
        ("a.yaml,HTTP://example.com/b.yaml", 2, "'HTTP://example.com/b.yaml' is a URL"),
        ("git+ssh://example.com/b", 2, "is a URL"),
    ],
)
def test_what_is_no_path(run: Run, text: str, status: int, message: str) -> None:
    """The error names the part that is wrong, and nothing is selected."""
    for words in (("get", "-f"), ("lint",)):
        result = run(*words, text)
        assert (result.exit_code, result.stdout) == (status, "")
        assert message in result.stderr


@pytest.mark.parametrize(
    ("words", "names"),
    [
        ("get -f a.yaml b.yml c.json -o name", "abc"),
        ("get po -f a.yaml b.yml -o name", "ab"),
        ("get -f a.yaml b.yml po -o name", "ab"),
        ("get --filename a.yaml b.yml -o name", "ab"),
        ("get --filename=a.yaml b.yml -o name", "ab"),
        ("get -f=a.yaml b.yml -o name", "ab"),
        ("get -fa.yaml b.yml -o name", "ab"),
        ("get -Af a.yaml b.yml -o name", "ab"),
        ("get -f readme.md b.yml -o name", "b"),
        ("get -f a.yaml b.yml -f c.json shop/d.yaml -o name", "abcd"),
        ("get -o name -f a.yaml", "a"),
        ("get -o name -f a.yaml -- pods a", "a"),
    ],
)
def test_patterns_of_the_shell(run: Run, words: str, names: str) -> None:
    """The shell puts the further files behind the first: they are read, too."""
    Path("readme.md").write_text("nothing\n")
    result = run(*words.split())
    assert result.stdout.split() == [f"pod/{name}" for name in names], result.stderr


@pytest.mark.parametrize(
    "words",
    [
        "get -f a.yaml shop",
        "get -f a.yaml missing.yaml",
        "get -f missing.yaml a.yaml",
        "get -f - a.yaml",
        "get -f a.yaml pods b.yml",
        "get -f a.yaml -- b.yml",
        "get -f",
    ],
)
def test_other_words(run: Run, words: str) -> None:
    """Any other word is what it was: a kind, which must exist."""
    result = run(*words.split(), stdin=POD)
    assert (result.exit_code > 0, result.stdout) == (True, "")


@pytest.mark.parametrize(
    "words", ["label -f FILES x=y", "annotate -f FILES x=y", "delete -f FILES"]
)
def test_edits_take_one_file(run: Run, tmp_path: Path, words: str) -> None:
    """Where files are changed, no word counts as a path that might be something else."""
    before = {path: path.read_bytes() for path in tmp_path.rglob("*.y*ml")}
    result = run(*words.replace("FILES", "a.yaml b.yml").split())
    assert (result.exit_code, result.stdout) == (2, "")
    assert "b.yml stands behind -f a.yaml: is it a second file? Write a pattern" in result.stderr
    assert {path: path.read_bytes() for path in tmp_path.rglob("*.y*ml")} == before
    one = run(*words.replace("FILES", "a.yaml").split())
    assert one.exit_code == 0


def test_commands_without_paths() -> None:
    """Words of a command without -f are left alone; so is a value behind another option."""
    assert name_further_files(["-f", "a", "b"], []) == ["-f", "a", "b"]
    paths = PathsOption(["-f", "--filename", "paths"], multiple=True)
    other = click.Option(["-n", "--namespace"])
    words = ["-nf", "a.yaml", "b.yml"]
    assert name_further_files(words, [other, paths]) == words
    assert name_further_files([*words, "-f"], [other, paths]) == [*words, "-f"]


def test_a_null_byte() -> None:
    """A path that no system accepts is itself: whoever reads it reports that."""
    assert expand_path("a\0b") == ["a\0b"]


@pytest.mark.parametrize(
    ("words", "end"),
    [
        ("get -f exampels", "exampels: no such file or directory; did you mean examples?"),
        ("get -f exampels/shop/web.yaml", "; did you mean examples/shop/web.yaml?"),
        ("get -f ./examples/shop/web.yml", "; did you mean ./examples/shop/web.yaml?"),
        ("lint examples/shop/wbe.yaml", "; did you mean examples/shop/web.yaml?"),
        ("get -f exampels/shop/nothing.yaml", "nothing.yaml: no such file or directory"),
        ("get -f other", "other: no such file or directory"),
        ("get -f examples/shop/web.yaml/x", "web.yaml/x: not a directory"),
        (
            "get -f examples/*.yaml",
            "matches this pattern; files in the folders below match examples/**/*.yaml",
        ),
        ("get -f examples/*.yml", "examples/*.yml: no file matches this pattern"),
        ("get -f examples/**/*.yml", "examples/**/*.yml: no file matches this pattern"),
    ],
)
def test_misspelled_paths(run: Run, words: str, end: str) -> None:
    """A path that does not exist is offered the one beside it; a pattern, the folders below."""
    Path("examples/shop").mkdir(parents=True)
    Path("examples/shop/web.yaml").write_text("kind: Pod\napiVersion: v1\nmetadata: {name: a}\n")
    result = run(*words.split())
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr.endswith(f"{end}\n")
    whole = str(Path("exampels").absolute())
    assert run("get", "-f", whole).stderr.endswith(
        f"; did you mean {Path('examples').absolute()}?\n"
    )
