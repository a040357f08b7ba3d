"""The configuration: found as people expect, and an error wherever it is not understood."""

import copy
from pathlib import Path

import pytest

from labelsel.lint import Severity
from labelsel.lint.configuration import (
    Configuration,
    ConfigurationError,
    find_configuration,
    read_configuration,
)

ALL = """\
select = ["key-typo", "null-value"]
ignore = ["null-value"]
exclude = ["charts", "*.tmpl.yaml"]
baseline = "ci/baseline.json"
fail-on = "error"
[%sseverity]
key-typo = "error"
"""


@pytest.mark.parametrize(
    ("name", "prefix"), [("pyproject.toml", "tool.labelsel.lint."), ("labelsel.toml", "lint.")]
)
def test_all_keys(tmp_path: Path, name: str, prefix: str) -> None:
    """Both files say the same in their own tables."""
    path = tmp_path / name
    path.write_text(f"[{prefix[:-1]}]\n{ALL % prefix}")
    assert read_configuration(path) == Configuration(
        path=str(path),
        select=frozenset({"key-typo", "null-value"}),
        ignore=frozenset({"null-value"}),
        severity={"key-typo": Severity.ERROR},
        exclude=("charts", "*.tmpl.yaml"),
        baseline=str(tmp_path / "ci/baseline.json"),
        fail_on="error",
    )


def test_nothing_is_said(tmp_path: Path) -> None:
    """A file without a table, or with an empty one, says nothing."""
    path = tmp_path / "labelsel.toml"
    for text in ("", "[lint]\n"):
        path.write_text(text)
        assert read_configuration(path) == Configuration(path=str(path))
    project = tmp_path / "pyproject.toml"
    project.write_text("[tool.labelsel]\n")
    assert read_configuration(project) == Configuration(path=str(project))


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("[lnt]", "unknown key lnt; did you mean lint?"),
        ("xyz = 1", "unknown key xyz; known: lint"),
        ("lint = 1", "lint must be a table, not the number 1"),
        ('[lint]\nignroe = ["key-typo"]', "unknown key lint.ignroe; did you mean ignore?"),
        ("[lint]\nxyz = 1", "unknown key lint.xyz; known: select, ignore, severity"),
        ('[lint]\nignore = ["key-tpo"]', 'lint.ignore has "key-tpo", which is not a rule; did you'),
        ('[lint]\nselect = ["qqq"]', 'lint.select has "qqq", which is not a rule; rules: selects-'),
        ('[lint]\nselect = "key-typo"', 'lint.select must be a list of strings, such as select ='),
        ("[lint]\nignore = [1]", "lint.ignore must be a list of strings"),
        ("[lint]\nseverity = 1", "lint.severity must be a table, not the number 1"),
        ('[lint.severity]\nkey-typo = "bad"', "lint.severity.key-typo must be one of error, "),
        ('[lint.severity]\nkey-tpo = "note"', 'lint.severity has "key-tpo", which is not a rule'),
        ("[lint]\nexclude = ['']", "lint.exclude has '', which is not a pattern of a name"),
        ("[lint]\nbaseline = 1", "lint.baseline must be the path of a file"),
        ('[lint]\nbaseline = "a\\u0000"', "lint.baseline must be the path of a file"),
        ("[lint]\nbaseline = ' '", "lint.baseline must be the path of a file"),
        ('[lint]\nfail-on = "note"', "lint.fail-on must be error or warning, not 'note'"),
        ("[lint", "not TOML: "),
        ("a = " + "[" * 100_000, "not TOML: it is nested too deep"),
        ("a = " + "1" * 5000, "not TOML: a number has thousands of digits"),
        ("a." * 100 + "b = 1", "a key has more than 100 parts"),
        ("'a' . \"b\"." * 50 + "b = 1", "a key has more than 100 parts"),
        ("#" * 2**20 + "#", "more than 1,048,576 bytes"),
        ("x" * 1000 + " = 1", f"unknown key {'x' * 80}…; known: lint"),
    ],
)  # fmt: skip
def test_what_is_not_understood(tmp_path: Path, text: str, problem: str) -> None:
    """Each error names the file, the key, and what was probably meant."""
    path = tmp_path / "labelsel.toml"
    path.write_text(text)
    with pytest.raises(ConfigurationError) as caught:
        read_configuration(path)
    assert str(caught.value).startswith(f"{path}: {problem}")


def test_a_byte_order_mark(tmp_path: Path) -> None:
    """An editor may have written one: it does not count."""
    path = tmp_path / "labelsel.toml"
    path.write_text('[lint]\nignore = ["key-typo"]\n', encoding="utf-8-sig")
    assert read_configuration(path).ignore == {"key-typo"}


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    """A file that was named and is missing, not UTF-8 or without the table is an error."""
    project = tmp_path / "pyproject.toml"
    with pytest.raises(ConfigurationError, match="no such file or directory"):
        read_configuration(project)
    project.write_bytes(b"a = '\xff'")
    with pytest.raises(ConfigurationError, match="not UTF-8"):
        read_configuration(project)
    project.write_text("tool = 1")
    with pytest.raises(ConfigurationError, match=r"it has no table \[tool.labelsel.lint\]"):
        read_configuration(project)
    project.write_text("[tool]\nlabelsel = 1")
    with pytest.raises(ConfigurationError, match=r"tool.labelsel must be a table, not the number"):
        read_configuration(project)
    project.write_text("[tool.labelsel.lnt]")
    with pytest.raises(ConfigurationError, match=r"unknown key tool.labelsel.lnt; did you mean"):
        read_configuration(project)


def test_where_it_is_found(tmp_path: Path) -> None:
    """The nearest counts, up to the root of the repository; a project without a table does not."""
    root = tmp_path / "repository"
    inner = root / "deploy" / "shop"
    inner.mkdir(parents=True)
    outside = tmp_path / "labelsel.toml"
    outside.write_text("")
    assert find_configuration(inner) == outside
    (root / ".git").mkdir()
    assert find_configuration(inner) is None
    project = root / "pyproject.toml"
    project.write_text("[tool.ruff]\n")
    assert find_configuration(inner) is None
    project.write_text("[tool.labelsel.lint]\n")
    assert find_configuration(inner) == project
    nearer = root / "deploy" / "labelsel.toml"
    nearer.write_text("")
    assert find_configuration(inner) == nearer
    assert find_configuration(root) == project


def test_the_root_of_the_file_system(tmp_path: Path) -> None:
    """The search ends there, and has found nothing."""
    assert find_configuration(Path(tmp_path.anchor)) is None


def test_two_of_one_folder(tmp_path: Path) -> None:
    """Two configurations beside each other are an error: nobody knows which one counts."""
    (tmp_path / "labelsel.toml").write_text("")
    (tmp_path / "pyproject.toml").write_text("[tool.labelsel]\n")
    with pytest.raises(ConfigurationError, match=r"has \[tool.labelsel\], too: keep one of them"):
        find_configuration(tmp_path)


def test_a_working_directory_that_is_gone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In a folder that was removed nothing can be looked for."""
    folder = tmp_path / "gone"
    folder.mkdir()
    monkeypatch.chdir(folder)
    folder.rmdir()
    with pytest.raises(ConfigurationError, match="no such file or directory"):
        find_configuration(Path())


def test_a_long_name_in_a_message_of_the_toml_reader(tmp_path: Path) -> None:
    """The name is shortened, and the line stays."""
    path = tmp_path / "labelsel.toml"
    path.write_text(f"[{'x' * 1000}]\n[{'x' * 1000}]")
    with pytest.raises(ConfigurationError, match=r"not TOML: Cannot .*… \(at line 2, column 1002"):
        read_configuration(path)


def test_a_copy_of_the_error() -> None:
    """The error can be copied, however it was made."""
    again = copy.copy(ConfigurationError(path="a.toml", problem="not TOML"))
    assert (again.path, again.problem) == ("a.toml", "not TOML")
