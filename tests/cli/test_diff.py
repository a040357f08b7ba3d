"""``labelsel diff``: which selectors start or stop selecting which objects."""

import json
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from labelsel.escapes import escape
from labelsel.escapes import markdown_code as code
from tests.cli.conftest import Run
from tests.kubernetes.read.test_git_revisions import commit, git

OLD = """\
{kind: Service, apiVersion: v1, metadata: {name: web, namespace: shop},
 spec: {selector: {app: web}}}
---
{kind: Service, apiVersion: v1, metadata: {name: db, namespace: shop}, spec: {selector: {app: db}}}
---
{kind: Pod, apiVersion: v1, metadata: {name: web-1, namespace: shop, labels: {app: web}}}
---
{kind: Pod, apiVersion: v1, metadata: {name: db-1, namespace: shop, labels: {app: old-db}}}
---
{kind: Pod, apiVersion: v1, metadata: {name: web-2, namespace: shop, labels: {app: web}}}
"""
NEW = """\
{kind: Service, apiVersion: v1, metadata: {name: web, namespace: shop},
 spec: {selector: {app: web, v: '1'}}}
---
{kind: Service, apiVersion: v1, metadata: {name: db, namespace: shop}, spec: {selector: {app: db}}}
---
{kind: Pod, apiVersion: v1, metadata: {name: web-1, namespace: shop, labels: {app: web}}}
---
{kind: Pod, apiVersion: v1, metadata: {name: db-1, namespace: shop, labels: {app: db}}}
---
kind: NetworkPolicy
apiVersion: networking.k8s.io/v1
metadata: {name: wall, namespace: shop}
spec: {podSelector: {matchLabels: {app: web}}}
"""
TABLE = """\
On both sides: 1 stops, 1 starts
CHANGE NAMESPACE OWNER SELECTOR OBJECT WHY
stops shop service/web app=web -> app=web,v=1 pod/web-1 selector
starts shop service/db app=db pod/db-1 labels

With objects or selectors of one side: 1 removed, 1 added
CHANGE NAMESPACE OWNER SELECTOR OBJECT WHY
removed shop service/web app=web -> app=web,v=1 pod/web-2 selector, object gone
added shop networkpolicy.networking.k8s.io/wall app=web pod/web-1 new selector
"""


@pytest.fixture(autouse=True)
def _sides(tmp_path: Path) -> None:
    for name, text in (("old", OLD), ("new", NEW)):
        (tmp_path / name).mkdir()
        (tmp_path / name / "a.yaml").write_text(text)


def words_of(text: str) -> list[list[str]]:
    return [line.split() for line in text.splitlines()]


def test_table(run: Run) -> None:
    """What changed on both sides is apart from what one side alone has; the status is 1."""
    result = run("diff", "-f", "old", "-f", "new")
    assert (result.exit_code, result.stderr) == (1, "")
    assert words_of(result.stdout) == words_of(TABLE)
    wide = run("diff", "-f", "old", "-f", "new", "-o", "wide").stdout.splitlines()
    assert wide[1].split()[-2:] == ["PATH", "SOURCE"]
    assert wide[2].split()[-2:] == ["spec.selector", "old/a.yaml:1"]
    assert wide[3].split()[-2:] == ["spec.selector", "new/a.yaml:4"]


def test_no_difference(run: Run) -> None:
    """Without a difference the status is 0, and that is said."""
    result = run("diff", "-f", "old", "-f", "old/a.yaml")
    nothing = "No selector starts or stops selecting an object.\n"
    assert (result.exit_code, result.stdout, result.stderr) == (0, "", nothing)
    result = run("diff", "-f", "old", "-f", "old", "-o", "markdown")
    assert result.stdout == (
        "<!-- labelsel diff -->\n"
        "No selector starts or stops selecting an object, from `old` to `old`.\n"
    )


def test_data(run: Run) -> None:
    """JSON and YAML have the pairs: both texts, what selects what, and why."""
    result = run("diff", "-f", "old", "-f", "new", "-o", "json")
    data = json.loads(result.stdout)
    assert data == yaml.safe_load(run("diff", "-f", "old", "-f", "new", "-o", "yaml").stdout)
    assert (data["old"], data["new"]) == ("old", "new")
    first = data["changed"][0]
    assert (first["change"], first["path"], first["why"]) == (
        "stops",
        "spec.selector",
        ["selector"],
    )
    assert first["selector"] == {"old": "app=web", "new": "app=web,v=1"}
    assert first["object"]["name"] == "web-1"
    [removed], [added] = data["removed"], data["added"]
    assert removed["why"] == ["selector", "object gone"]
    assert added["selector"] == {"old": None, "new": "app=web"}
    back = json.loads(run("diff", "-f", "new", "-f", "old", "-o", "json").stdout)
    assert back["removed"][0]["selector"] == {"old": "app=web", "new": None}
    assert back["removed"][0]["why"] == ["selector gone"]


def rows(markdown: str) -> list[list[str]]:
    """The texts of the cells of all tables, as a reader of Markdown sees them."""
    tokens = MarkdownIt("gfm-like", {"linkify": False}).parse(markdown)
    cells: list[list[str]] = []
    for token in tokens:
        if token.type == "tr_open":
            cells.append([])
        if token.type == "inline" and token.level >= 4:
            parts = (each.content for each in token.children or () if each.type != "html_inline")
            cells[-1].append("".join(parts))
    return cells


def test_markdown(run: Run) -> None:
    """The comment is two tables, the second one folded."""
    text = run("diff", "-f", "old", "-f", "new", "-o", "markdown").stdout
    assert text.startswith(
        "<!-- labelsel diff -->\n### What selectors select, from `old` to `new`\n\n"
        "On both sides: 1 stops, 1 starts\n\n"
    )
    summary = "With objects or selectors of one side: 1 removed, 1 added"
    assert f"<details><summary>{summary}</summary>" in text
    head, stops, starts, again, removed, _added = rows(text)
    assert head == again == ["change", "selector of", "selector", "object", "why"]
    assert stops == [
        "stops",
        "service/web in shop",
        "app=web → app=web,v=1 at spec.selector",
        "pod/web-1",
        "the selector changed",
    ]
    assert starts[-1] == "the labels of the object changed"
    assert removed[-1] == "the selector changed, the object is gone"


def test_markdown_of_one_side(run: Run) -> None:
    """Without a pair of both sides there is no first table."""
    (Path("new") / "a.yaml").write_text(OLD.rpartition("---")[0])
    text = run("diff", "-f", "old", "-f", "new", "-o", "markdown").stdout
    assert "On both sides" not in text
    assert len(rows(text)) == 2


def test_long_comments_are_cut(run: Run, tmp_path: Path) -> None:
    """A comment has a limit: of many rows the rest is counted."""
    pods = "".join(
        f"---\n{{kind: Pod, apiVersion: v1, metadata: {{name: p{n}, labels: {{app: web}}}}}}\n"
        for n in range(130)
    )
    service = "{kind: Service, apiVersion: v1, metadata: {name: x}, spec: {selector: {app: %s}}}\n"
    (tmp_path / "a.yaml").write_text(service % "web" + pods)
    (tmp_path / "b.yaml").write_text(service % "db" + pods)
    text = run("diff", "-f", "a.yaml", "-f", "b.yaml", "-o", "markdown").stdout
    assert len(rows(text)) == 121
    assert text.endswith("\n\nand 10 more\n")


def test_long_lists_are_cut(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """The list ends, but all pairs are counted, and it is said that there are more."""
    whole = run("diff", "-f", "old", "-f", "new", "-o", "json")
    assert json.loads(whole.stdout)["counts"] == {"changed": 2, "removed": 1, "added": 1}
    monkeypatch.setattr("labelsel.cli.diff.MAX_LISTED_PAIRS", 1)
    more = "A list ends after 1 pairs. The counts are those of all pairs.\n"
    result = run("diff", "-f", "old", "-f", "new")
    assert (result.exit_code, result.stderr) == (1, more)
    lines = TABLE.splitlines()
    cut = [*lines[:3], "and 1 more", *lines[4:8], "and 1 more"]
    assert words_of(result.stdout) == [line.split() for line in cut]
    for output in ("json", "yaml"):
        result = run("diff", "-f", "old", "-f", "new", "-o", output)
        assert (result.exit_code, result.stderr) == (1, more)
        data = yaml.safe_load(result.stdout)
        assert data["counts"] == {"changed": 2, "removed": 1, "added": 1}
        assert [len(data[name]) for name in data["counts"]] == [1, 1, 1]
    assert run("diff", "-f", "old", "-f", "new", "-o", "jsonpath={.counts}").stderr == more
    assert run("diff", "-f", "old", "-f", "new", "-o", "markdown").stderr == ""


def test_a_table_of_two_lists_is_cut(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was removed and what was added are one table, and two lists in the data."""
    monkeypatch.setattr("labelsel.cli.diff.MAX_LISTED_PAIRS", 3)
    more = "{kind: Service, apiVersion: v1, metadata: {name: x%d}, spec: {selector: {app: web}}}\n"
    pod = "---\n{kind: Pod, apiVersion: v1, metadata: {name: p%d, labels: {app: web}}}\n"
    pods = "".join(pod % number for number in range(2))
    for name, number in (("old", 1), ("new", 2)):
        Path(name, "a.yaml").write_text(more % number + pods)
    for output in ("table", "wide"):
        result = run("diff", "-f", "old", "-f", "new", "-o", output)
        assert result.stdout.endswith("and 1 more\n")
        assert result.stderr.startswith("A list ends after 3 pairs.")
    for output in ("json", "yaml"):
        result = run("diff", "-f", "old", "-f", "new", "-o", output)
        assert yaml.safe_load(result.stdout)["counts"] == {"changed": 0, "removed": 2, "added": 2}
        assert result.stderr == ""


@given(st.text(alphabet=st.characters(codec="utf-8"), max_size=12) | st.text("a|`\\<&*_[](!@~ \n"))
def test_no_text_is_markup(text: str) -> None:
    """In a cell of a table each text is read as it is, and as nothing else."""
    document = f"| a | b |\n| --- | --- |\n| {code(text)} | x |\n"
    [_, [cell, last]] = rows(document)
    assert (cell, last) == (escape(text), "x")
    tokens = MarkdownIt("gfm-like", {"linkify": False}).parse(document)
    inline = [each for token in tokens for each in token.children or ()]
    assert {each.type for each in inline} <= {"text", "text_special", "code_inline", "html_inline"}
    assert {each.content for each in inline if each.type == "html_inline"} <= {"<code>", "</code>"}


def test_a_hostile_name(run: Run, tmp_path: Path) -> None:
    """A name of the input begins neither a line nor a tag of the comment."""
    name = "x|</code><img src=x>`\\n# a"
    for side, value in (("old", "web"), ("new", "db")):
        (tmp_path / side / "a.yaml").write_text(
            f'{{kind: Service, apiVersion: v1, metadata: {{name: "{name}"}}, '
            f"spec: {{selector: {{app: {value}}}}}}}\n"
            "---\n{kind: Pod, apiVersion: v1, metadata: {name: web-1, labels: {app: web}}}\n"
        )
    text = run("diff", "-f", "old", "-f", "new", "-o", "markdown").stdout
    assert "<img" not in text
    assert rows(text)[1][1] == "service/x|</code><img src=x>`\\n# a in default"


# Revisions of git


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A repository with the old objects in main, and the new ones in a branch and in files."""
    git(tmp_path, "init", "-q", "-b", "main")
    (tmp_path / ".gitignore").write_text("old\nnew\n")
    commit(tmp_path, {"deploy/a.yaml": OLD})
    git(tmp_path, "checkout", "-q", "-b", "feature/web")
    commit(tmp_path, {"deploy/a.yaml": NEW})
    git(tmp_path, "checkout", "-q", "main")
    commit(tmp_path, {"deploy/more.yaml": NEW.rsplit("---", maxsplit=1)[-1]})
    return tmp_path


@pytest.mark.parametrize(
    ("revisions", "counts"),
    [
        ("main..feature/web", (2, 2, 0)),
        ("main...feature/web", (2, 1, 1)),
        ("main~..feature/web", (2, 1, 1)),
        ("main~1", (0, 0, 2)),
        ("HEAD", (0, 0, 0)),
        ("main...", (0, 0, 0)),
    ],
)
@pytest.mark.usefixtures("repository")
def test_git(run: Run, revisions: str, counts: tuple[int, int, int]) -> None:
    """A range is read as git diff reads it; the working tree is left alone."""
    result = run("diff", "--git", revisions, "-f", "deploy", "-o", "json")
    data = json.loads(result.stdout)
    assert tuple(len(data[group]) for group in ("changed", "removed", "added")) == counts
    assert result.exit_code == int(any(counts))
    assert git(Path(), "status", "--porcelain") == ""


def test_a_revision_to_leave_out(run: Run, repository: Path) -> None:
    result = run("diff", "--git=^HEAD", "-f", "deploy")
    problem = f"^HEAD: names no commit of the repository in {repository}"
    assert (result.exit_code, result.stderr) == (2, f"error: {problem}\n")


@pytest.mark.usefixtures("repository")
def test_names_of_revisions(run: Run) -> None:
    """Sources name the revision and the path, also where the name cannot be one of a folder."""
    result = run("diff", "--git", "main..feature/web", "-f", "deploy/a.yaml", "-o", "wide")
    assert result.stdout.splitlines()[2].endswith("main:/deploy/a.yaml:1")
    assert result.stdout.splitlines()[3].endswith("feature/web:/deploy/a.yaml:4")
    result = run("diff", "--git", "HEAD^{/ *x}..feature/web", "-f", "deploy/a.yaml", "-o", "json")
    source = json.loads(result.stdout)["removed"][0]["owner"]["source"]
    assert source == f"{git(Path(), 'rev-parse', 'main')[:12]}:/deploy/a.yaml:1"


def test_paths_of_one_side(run: Run, repository: Path) -> None:
    """A path that one side does not have is empty there; one that neither has is an error."""
    result = run("diff", "--git", "main~..main", "-f", "deploy/more.yaml", "-f", "deploy")
    assert result.exit_code == 1
    assert result.stdout.startswith("With objects or selectors of one side: 2 added\n")
    (repository / "deploy/more.yaml").unlink()
    result = run("diff", "--git", "main", "-f", "deploy/more.yaml", "-o", "json")
    assert (result.exit_code, json.loads(result.stdout)["removed"]) == (0, [])
    result = run("diff", "--git", "main~..main", "-f", "deploy", "-f", "gone.yaml")
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr == "error: gone.yaml: neither main~ nor main has such a path\n"
    result = run("diff", "--git", "main", "-f", "nowhere/gone.yaml")
    problem = "neither main nor the files as they are now has such a path"
    assert result.stderr == f"error: nowhere/gone.yaml: {problem}\n"


def test_links_in_a_revision(run: Run, repository: Path) -> None:
    (repository / "deploy/link.yaml").symlink_to("/etc/passwd")
    commit(repository, {})
    result = run("diff", "--git", "main~..main", "-f", "deploy")
    assert result.exit_code == 0
    assert result.stderr.startswith(
        "warning: main:/deploy/link.yaml: a link to no file of the commit, not read\n"
    )


def test_submodules_in_a_revision(run: Run, repository: Path) -> None:
    """A commit has the hash of their commit alone."""
    hash_ = git(repository, "rev-parse", "HEAD")
    git(repository, "update-index", "--add", "--cacheinfo", f"160000,{hash_},deploy/sub")
    (repository / "deploy/link.yaml").symlink_to("sub")
    git(repository, "add", "deploy/link.yaml")
    git(repository, "commit", "-q", "-m", "x")
    result = run("diff", "--git", "main~..main", "-f", "deploy")
    assert result.exit_code == 0
    assert "warning: main:/deploy/sub: a submodule, not read in a commit\n" in result.stderr
    assert "main:/deploy/link.yaml: a link to no file of the commit, not read" in result.stderr


def test_copies_of_an_object(run: Run, tmp_path: Path) -> None:
    """Several objects of one name are compared file by file, in folders and in revisions."""
    for side in ("old", "new"):
        (tmp_path / side / "b.yaml").write_text(OLD)
    (tmp_path / "new" / "a.yaml").write_text(OLD)
    assert run("diff", "-f", "old", "-f", "new").exit_code == 0
    git(tmp_path, "init", "-q")
    commit(tmp_path, {})
    assert run("diff", "--git", "HEAD", "-f", "old").exit_code == 0
    (tmp_path / "old" / "b.yaml").write_text(OLD.replace("app: web}}}", "app: x}}}", 1))
    result = run("diff", "--git", "HEAD", "-f", "old", "-o", "wide")
    assert result.exit_code == 1
    assert result.stdout.count("HEAD:/old/b.yaml") == result.stdout.count("service/web") > 0


# What ends with status 2


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ("-f old", "diff compares two inputs, and 1 is named: write -f OLD -f NEW, or --git"),
        ("-f old -f new -k x", "diff compares two inputs, and 3 are named"),
        ("--git main -k old", "--git compares files and folders: name them with -f"),
        ("--git main -f -", "--git compares files and folders: name them with -f"),
        ("--git main", "nothing to read: name a file or a folder with -f PATH"),
        ("-f old -f new -n shop", "this command has no namespaces; leave it out"),
        ("-f old -f gone", "error: gone: no such file or directory"),
        ("--git main -f old", "error: git rev-parse: ended with status 128:\n  fatal: not a git"),
    ],
)
def test_bad_input(run: Run, words: str, message: str) -> None:
    """The status 1 is for a difference, so everything that is wrong has 2."""
    result = run("diff", *words.split())
    assert (result.exit_code, result.stdout) == (2, "")
    assert message in result.stderr


def test_bad_files(run: Run, tmp_path: Path) -> None:
    """A bad file of a folder does not stop the comparison, and the status says so."""
    (tmp_path / "new" / "bad.yaml").write_text(
        "{kind: Service, apiVersion: v1, metadata: {name: bad}, spec: {selector: [x]}}\n"
    )
    result = run("diff", "-f", "old", "-f", "new")
    assert result.exit_code == 2
    assert words_of(result.stdout) == words_of(TABLE)
    assert "new/bad.yaml, document 1 (line 1): Service/bad: spec.selector: must be" in result.stderr
    assert "1 input error (above); the result covers only the files that were read" in result.stderr
    bad = run("diff", "-f", "old", "-f", "new/bad.yaml")
    assert (bad.exit_code, bad.stdout) == (2, "")
