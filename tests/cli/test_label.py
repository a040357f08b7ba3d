"""``labelsel label`` and ``labelsel annotate``: which files change how, and what is said of it."""

import difflib
import json
import os
import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import yaml

from tests.cli.conftest import SHOP, Run

MANIFESTS = Path(__file__).resolve().parents[3] / "shared" / "manifests"
WEB = "labels: {app: web, tier: front"


@pytest.mark.usefixtures("shop")
@pytest.mark.parametrize(
    ("words", "said", "replaced"),
    [
        ("pod tool a=b", ["pod/tool labeled"], {"{app: tool}": "{app: tool, a: b}"}),
        ("pod/tool a=b", ["pod/tool labeled"], {"{app: tool}": "{app: tool, a: b}"}),
        ("pod/tool app-", ["pod/tool unlabeled"], {", labels: {app: tool}": ""}),
        ("pod tool app=tool", ["pod/tool not labeled"], {}),
        ("pod tool app=x --overwrite", ["pod/tool labeled"], {"{app: tool}": "{app: x}"}),
        ("pod tool app=x --overwrite=true", ["pod/tool labeled"], {"{app: tool}": "{app: x}"}),
        ("pod tool app=tool --overwrite=false", ["pod/tool not labeled"], {}),
        (
            "pods,no --all -n default disk=hdd --overwrite",
            ["node/n1 labeled", "pod/tool labeled"],
            None,
        ),
        (
            "pods -n shop -l app=db app-",
            ["pod/db-1 unlabeled"],
            {", labels: {app: db}": ""},
        ),
        (
            "pods -A --field-selector spec.nodeName=n1 x=z",
            ["pod/web-1 labeled"],
            {'x: "1"}': 'x: "1", x: z}'},
        ),
        ("node/n1 pod/tool a=b", ["node/n1 labeled", "pod/tool labeled"], None),
        ("pod tool a=b -o name", ["pod/tool"], {"{app: tool}": "{app: tool, a: b}"}),
        ("pod tool a=b --dry-run", ["pod/tool labeled (dry run)"], {}),
        ("--dry-run=client pod tool a=b", ["pod/tool labeled (dry run)"], {}),
        ("pod tool a=b --dry-run=none", ["pod/tool labeled"], None),
        ("pod tool --list", ["app=tool"], {}),
        ("pod tool a=b --list", ["pod/tool labeled", "app=tool", "a=b"], None),
        (
            "-n shop -l app=db --list",
            ["app=db"],
            {},
        ),
        (
            "deploy/web pod/db-1 -n shop --list",
            [
                *("Listing labels for Deployment.apps/web:", " app=web"),
                *("Listing labels for Pod./db-1:", " app=db"),
            ],
            {},
        ),
    ],
)
def test_label(run: Run, words: str, said: list[str], replaced: dict[str, str] | None) -> None:
    """Each line of words prints this, and changes the file so; not at all for no replacement."""
    result = run("label", "-f", "shop.yaml", *words.split())
    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout.splitlines() == said
    text = Path("shop.yaml").read_text()
    if replaced is None:
        assert text != SHOP
        return
    expected = SHOP
    for old, new in replaced.items():
        assert expected.count(old) == 1
        expected = expected.replace(old, new)
    assert text == expected


@pytest.mark.skipif(not MANIFESTS.is_dir(), reason="public manifests, not part of the repository")
def test_a_diff_of_real_manifests_has_these_labels_alone(run: Run, tmp_path: Path) -> None:
    """``--overwrite`` replaces the lines of the label that is there, and nothing else differs."""
    copy = tmp_path / "manifests"
    shutil.copytree(MANIFESTS, copy, copy_function=shutil.copyfile)
    key = "app.kubernetes.io/part-of"
    have = run("get", "-A", "-f", str(copy), "-l", key, "-o", "name").stdout.splitlines()
    words = ("-A", "-l", key, "-f", str(copy), f"{key}=other")
    refused = run("label", *words)
    assert (refused.exit_code, _diff(copy)) == (1, [])
    assert f"label {key} is already kube-prometheus: add --overwrite" in refused.stderr
    assert all(line.startswith("error: ") for line in refused.stderr.splitlines())
    changed = run("label", *words, "--overwrite")
    assert changed.stdout.splitlines() == [f"{name} labeled" for name in have]
    diff = _diff(copy)
    assert {line[0] + line[1:].strip() for line in diff} == {
        f"-{key}: kube-prometheus",
        f"+{key}: other",
    }
    assert len(diff) == 2 * len(have) > 100


def _diff(copy: Path) -> list[str]:
    """The lines in which a folder of manifests differs from the real ones."""
    pairs = [(MANIFESTS / file.relative_to(copy), file) for file in copy.rglob("*.yaml")]
    texts = [(old.read_text().splitlines(), new.read_text().splitlines()) for old, new in pairs]
    lines = (line for old, new in texts for line in [*difflib.unified_diff(old, new, n=0)][2:])
    return [line for line in lines if not line.startswith("@@")]


@pytest.mark.usefixtures("shop")
def test_annotate(run: Run) -> None:
    """Annotations are free texts, and give way unless that is forbidden; the old value is told."""
    first = run("annotate", "pod", "tool", "-f", "shop.yaml", "a.b/note=x: y", "owner=me")
    assert first.stdout == "pod/tool annotated\n"
    text = SHOP.replace("{app: tool}}", "{app: tool}, annotations: {a.b/note: 'x: y', owner: me}}")
    assert Path("shop.yaml").read_text() == text
    words = ("annotate", "pod", "tool", "-f", "shop.yaml", "owner=you", "a.b/note-")
    was = "annotation 'owner' of pod/tool was 'me'\n"
    for more in (("--dry-run",), ("-o", "yaml"), ("-o", "name")):
        assert run(*words, *more).stderr == was
        Path("shop.yaml").write_text(text)
    assert run(*words).stderr == was
    text = SHOP.replace("{app: tool}}", "{app: tool}, annotations: {owner: you}}")
    assert Path("shop.yaml").read_text() == text
    for change, reason in (
        ("owner=x", "leave out --overwrite=false to make it x"),
        ("owner=you", "--overwrite is false"),
    ):
        refused = run("annotate", "pod/tool", "-f", "shop.yaml", change, "--overwrite=false")
        assert (refused.exit_code, refused.stdout) == (1, "")
        assert "annotation owner is already you" in refused.stderr
        assert reason in refused.stderr
    added = run("annotate", "pod/tool", "-f", "shop.yaml", "more=x", "--overwrite=false")
    assert (added.exit_code, added.stderr) == (0, "")
    run("annotate", "pod/tool", "-f", "shop.yaml", "more-")
    assert Path("shop.yaml").read_text() == text
    assert run("annotate", "pod/tool", "-f", "shop.yaml", "--list").stdout == "owner=you\n"


@pytest.mark.usefixtures("shop")
@pytest.mark.parametrize("form", ["yaml", "json"])
def test_the_result_is_shown(run: Run, form: str) -> None:
    """With -o yaml or json nothing is written; standard input can be changed so."""
    result = run("label", "pods", "-A", "-l", "app=db", "a=b", "-f", "shop.yaml", "-o", form)
    (pod,) = yaml.safe_load(result.stdout)["items"]
    assert pod["metadata"]["labels"] == {"app": "db", "a": "b"}
    assert Path("shop.yaml").read_text() == SHOP
    again = run("label", "-A", "--all", "c=d", "-f", "-", "-o", form, stdin=result.stdout)
    assert yaml.safe_load(again.stdout)["items"][0]["metadata"]["labels"]["c"] == "d"
    alone = run("label", "pod", "tool", "c=d", "-f", "shop.yaml", "-o", form)
    assert yaml.safe_load(alone.stdout)["metadata"]["labels"] == {"app": "tool", "c": "d"}
    dry = run("label", "-A", "--all", "c=d", "-f", "-", "--dry-run", stdin=result.stdout)
    assert dry.stdout == "pod/db-1 labeled (dry run)\n"


def test_the_only_object_need_not_be_named(run: Run, shop: Path) -> None:
    """As ``kubectl label -f pod.yaml``, whatever its namespace; of several none is meant."""
    pod = Path("pod.yaml")
    pod.write_text(SHOP.split("---\n")[1])
    assert run("label", "-f", "pod.yaml", "tier=data").stdout == "pod/db-1 labeled\n"
    assert "labels: {app: db, tier: data}" in pod.read_text()
    shown = run("annotate", "-f", "pod.yaml", "a=b", "-o", "yaml")
    assert yaml.safe_load(shown.stdout)["metadata"]["annotations"] == {"a": "b"}
    result = run("label", "-f", "shop.yaml", "a=b")
    assert (result.exit_code, result.stdout, shop.read_text()) == (1, "", SHOP)
    several = "error: the input has 6 objects: name the objects, or add -l SELECTOR or --all\n"
    assert result.stderr == several
    Path("bad.yaml").write_text("kind: Pod\n")
    result = run("label", "-f", "pod.yaml", "-f", "bad.yaml", "--keep-going", "a=b")
    assert (result.exit_code, result.stdout) == (1, "")
    assert "error: a part of the input was not read: name the objects" in result.stderr
    pod.write_text("")
    nothing = run("label", "-f", "pod.yaml", "a=b", "--allow-empty")
    assert nothing.stderr.startswith("No resources found in")


@pytest.mark.usefixtures("shop")
def test_nothing_found(run: Run) -> None:
    """Nothing found is no failure; standard error says so, and tells of other namespaces."""
    result = run("label", "pods", "-f", "shop.yaml", "-l", "app=db", "a=b")
    assert (result.exit_code, result.stdout) == (0, "")
    assert result.stderr.splitlines() == [
        "No resources found in default namespace.",
        "1 in other namespaces: shop (1); use -A to see all of them",
    ]


@pytest.mark.usefixtures("shop")
def test_labels_that_were_to_go_and_are_not_there(run: Run) -> None:
    """They are told, with how many objects lack them."""
    one = run("label", "pod", "tool", "-f", "shop.yaml", "x-")
    assert (one.stdout, one.stderr) == ("pod/tool not labeled\n", 'label "x" not found.\n')
    typo = run("label", "pod", "tool", "-f", "shop.yaml", "ap-")
    assert typo.stderr == 'label "ap" not found; did you mean app?\n'
    all_pods = run("label", "pods", "-A", "--all", "-f", "shop.yaml", "y-", "x-")
    assert all_pods.stderr.splitlines() == [
        'label "y" not found on 3 objects.',
        'label "x" not found on 3 objects; did you mean app.kubernetes.io/x?',
    ]


@pytest.mark.usefixtures("shop")
@pytest.mark.parametrize(
    ("words", "message"),
    [
        ("pod tool app=x", "shop.yaml, document 5 (line 22): Pod/tool: label app is already tool"),
        ("pod none a=b", "error: pod/none not found"),
        (
            "deploy/web a=b",
            "deploy/web is not in namespace default, but in shop: add -n shop",
        ),
        ("pods --all a=b=c", "this one has '='"),
        ("pods -l a==b=c a=b", "not a valid selector"),
        ("depoy web a=b", "did you mean deploy?"),
        ("pods --all a=b -f none.yaml", "none.yaml: no such file or directory"),
    ],
)
def test_failures(run: Run, words: str, message: str) -> None:
    """A failure has status 1 and a sentence, and no file changes."""
    result = run("label", "-f", "shop.yaml", *words.split())
    assert (result.exit_code, result.stdout) == (1, "")
    assert message in result.stderr
    assert Path("shop.yaml").read_text() == SHOP


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (
            "pods --all -f x",
            "at least one change is needed: KEY=VALUE sets the label KEY, KEY- removes",
        ),
        ("pod/web tier front -f x", "sets the label KEY, KEY- removes it; write tier=front"),
        ("pod/web pod/db tier front -f x", "KEY- removes it; write tier=front"),
        ("pod/web pod/db tool -f x", "at least one change is needed: KEY=VALUE sets the label"),
        ("pod/web tier: front -f x", "a change is KEY=VALUE: tier=front"),
        ("pods web tier: front -f x", "a change is KEY=VALUE: tier=front"),
        ("pods a=b -f x", "no object is named: add names, a selector with -l SELECTOR, or --all"),
        ("a=b -n shop -f x", "no object is named"),
        ("web a=b -f x", "or --all; web is read as a kind, and an object is KIND/web\n"),
        ("pods,web a=b -f x", "a selector with -l SELECTOR, or --all\n"),
        ("pods web a=b --dry-run client -f x", "read as a name; write --dry-run=client"),
        ("a=b pods web c=d -f x", "changes: pods; write pods web a=b c=d"),
        ("pods web --all a=b -f x", "names and --all cannot be combined"),
        ("pods web -l a a=b -f x", "names and -l cannot be combined"),
        ("pods web -A a=b -f x", "names and -A cannot be combined"),
        ("pods --all -l a a=b -f x", "--all and -l cannot be combined"),
        (
            "pods --all --field-selector a=b a=b -f x",
            "--all and --field-selector cannot be combined",
        ),
        ("pods --all=false a=b -f x", "no object is named"),
        ("pods web a=b tool -f x", "all objects must be named before the label changes: tool"),
        ("pods web a = b -f x", "a change is KEY=VALUE, without blanks: a=b"),
        ("pods web a=b c -f x", "label changes: c; the value of a label has no blank"),
        ("pods/web tool a=b -f x", '"tool" has no kind, as other names here have: write KIND/tool'),
        ("pods/web/x a=b -f x", '"pods/web/x" is not the name of an object: write KIND/NAME'),
        ("pods --all a=b", "nothing to read"),
        ("pods --all a=b -f -", "standard input cannot be written: add -o yaml or --dry-run"),
        ("pods --all a=b -f x --dry-run=server", "'server' is not one of"),
    ],
)
def test_usage_errors(run: Run, words: str, message: str) -> None:
    """Words that make no sense have status 2 and a sentence."""
    result = run("label", *words.split())
    assert (result.exit_code, result.stdout) == (2, "")
    assert message in result.stderr


def test_a_value_with_a_blank_behind_its_key(run: Run) -> None:
    """The advice can be pasted into a shell."""
    result = run("annotate", "pod", "web", "-f", "x", "description", "some text")
    assert result.exit_code == 2
    assert "KEY- removes it; write 'description=some text'\n" in result.stderr


@pytest.mark.parametrize(
    ("change", "advice"),
    [
        ("a=b,c=d", "; write each change as a word of its own: a=b c=d\n"),
        ("a=b,c-", "; write each change as a word of its own: a=b c-\n"),
        ("a=b,c", ""),
    ],
)
def test_changes_with_a_comma(run: Run, change: str, advice: str) -> None:
    """A comma joins names of kinds and requirements, and no changes."""
    result = run("label", "pods", "--all", "-f", "shop.yaml", change)
    assert result.exit_code == 1
    assert "this one has ','" in result.stderr
    assert ("word of its own" in result.stderr) is bool(advice)
    assert result.stderr.endswith(advice)
    result = run("annotate", "pods", "--all", "-n", "shop", "-f", "shop.yaml", change)
    assert "word of its own" not in result.stderr


NODES = """\
{kind: Node, apiVersion: v1, metadata: {name: n1}}
---
{kind: Node, apiVersion: v1, metadata: {name: n2}}
---
{kind: Pod, apiVersion: v1, metadata: {name: a}}
---
{kind: Pod, apiVersion: v1, metadata: {name: b, namespace: shop}}
"""
LEFT = (
    "left out, 2 objects that have no namespace: name their kind, or leave out -n, to change them\n"
)


@pytest.mark.parametrize("command", ["label {} x=y", "annotate {} x=y", "delete {} -y"])
@pytest.mark.parametrize(
    ("words", "changed", "note"),
    [
        ("--all -n default", "a", LEFT),
        ("-l !x -n default", "a", LEFT),
        ("--all -n shop", "b", ""),
        ("--all -n other", "", "No resources found in other namespace.\n"),
        ("nodes --all -n default", "n1 n2", ""),
        ("nodes,pods --all -n default", "n1 n2 a", ""),
        ("node/n1 -n default", "n1", ""),
    ],
)
def test_objects_without_a_namespace(
    run: Run, command: str, words: str, changed: str, note: str
) -> None:
    """In a namespace that is named they are changed only if their kind is named, too."""
    Path("n.yaml").write_text(NODES)
    result = run(*command.format(words).split(), "-f", "n.yaml", "--dry-run", "-o", "name")
    assert (result.exit_code, result.stderr) == (0, note)
    assert [line.rpartition("/")[2] for line in result.stdout.splitlines()] == changed.split()


def test_one_object_without_a_namespace(run: Run) -> None:
    Path("n.yaml").write_text(NODES.partition("---")[0])
    result = run("label", "--all", "-n", "default", "a=b", "-f", "n.yaml")
    assert result.stderr.startswith("left out, 1 object that has no namespace: name its kind, or")


def test_pipes(run: Run) -> None:
    """A pipe is read once, as standard input is, and never waited for again or replaced."""
    os.mkfifo("pipe.yaml")
    result = run("label", "pods", "--all", "a=b", "-f", "pipe.yaml")
    assert (result.exit_code, result.stdout) == (2, "")
    assert "pipe.yaml cannot be written: add -o yaml or --dry-run to see" in result.stderr
    for words, status in (("label -A --all a=b --dry-run", 0), ("lint --format github", 1)):
        with ThreadPoolExecutor() as threads:
            threads.submit(Path("pipe.yaml").write_text, SHOP.replace("app: tool", "app: -"))
            result = run(*words.split(), "-f", "pipe.yaml")
        assert result.exit_code == status
    assert "::error title=illegal-label::pod/tool" in result.stdout
    assert Path("pipe.yaml").is_fifo()


def test_what_cannot_be_edited(run: Run) -> None:
    """Labels that an alias shares are an error for each object, the first of many shown."""
    pod = """\
apiVersion: v1
kind: Pod
metadata:
  name: p
  labels: &l {a: b}
spec: {x: *l}
"""
    Path("pods.yaml").write_text("---\n".join([pod] * 23))
    result = run("label", "pods", "--all", "-f", "pods.yaml", "c=d")
    assert result.exit_code == 1
    lines = result.stderr.splitlines()
    assert lines[0] == (
        "error: pods.yaml, document 1 (line 1): Pod/p: its labels are shared by the alias "
        "*l on line 6, which would change too; write there what the alias stands for"
    )
    assert (len(lines), lines[-1]) == (21, "and 3 more")
    assert run("label", "pods", "--all", "-f", "pods.yaml", "c=d", "--dry-run").exit_code == 1


def test_keep_going(run: Run) -> None:
    """With --keep-going the sound objects of a file change, and the status tells of the others."""
    Path("a.yaml").write_text(f"{SHOP}---\nkind: Pod\n")
    assert run("label", "pod", "tool", "a=b", "-f", "a.yaml").exit_code == 1
    assert Path("a.yaml").read_text() == f"{SHOP}---\nkind: Pod\n"
    result = run("label", "pod", "tool", "a=b", "-f", "a.yaml", "--keep-going")
    assert (result.exit_code, result.stdout) == (1, "pod/tool labeled\n")
    assert "a: b" in Path("a.yaml").read_text()


def test_a_file_that_cannot_be_written(run: Run, tmp_path: Path) -> None:
    """The failure names the file."""
    (tmp_path / "dir").mkdir()
    text = json.dumps({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "a"}})
    (tmp_path / "dir" / "a.json").write_text(text)
    (tmp_path / "none").symlink_to(tmp_path / "dir" / "gone" / "a.yaml")
    result = run("create", "ns", "shop", "-f", "none")
    assert result.exit_code == 1
    assert result.stderr == (
        "error: none: cannot be written: no such file or directory; every file is as it was\n"
    )


@pytest.mark.parametrize(
    ("words", "before", "after"),
    [
        (("label", "app=web"), "v: 1+2}", "v: 1+2, app: web}"),
        (("annotate", "note=x"), "v: 1+2}", "v: 1+2}, annotations: {note: x}"),
        (("label", "v=1.2", "--overwrite"), "v: 1+2}", "v: '1.2'}"),
        (("label", "v-"), "labels: {a: b, v: 1+2}", "labels: {a: b}"),
    ],
)
def test_an_illegal_label(run: Run, words: tuple[str, ...], before: str, after: str) -> None:
    """A label that is illegal already blocks no change of others, and can be corrected."""
    text = "{kind: Pod, apiVersion: v1, metadata: {name: p, labels: {a: b, v: 1+2}}}\n"
    Path("a.yaml").write_text(text)
    command, *change = words
    shown = run(command, "pod/p", *change, "-f", "a.yaml", "-o", "yaml", "--dry-run")
    assert (shown.exit_code, shown.stderr) == (0, "")
    assert Path("a.yaml").read_text() == text
    assert run(command, "pod/p", *change, "-f", "a.yaml").exit_code == 0
    assert Path("a.yaml").read_text() == text.replace(before, after)
    assert yaml.safe_load(shown.stdout) == yaml.safe_load(Path("a.yaml").read_text())


@pytest.mark.usefixtures("shop")
def test_namesakes(run: Run) -> None:
    """Of objects with the same name the lines say which they are; no other line has a file."""
    text = "{kind: Pod, apiVersion: v1, metadata: {name: tool}}\n"
    Path("more.yaml").write_text(f"{text}---\n{text}")
    files = ("-f", "shop.yaml", "-f", "more.yaml")
    result = run("label", "pods", "--all", "x=y", *files, "--dry-run")
    assert [line.removesuffix(" labeled (dry run)") for line in result.stdout.splitlines()] == [
        "pod/tool (shop.yaml:22)",
        "pod/tool (more.yaml:1)",
        "pod/tool (more.yaml:3)",
    ]
    one = run("annotate", "pods", "-A", "--all", "x=y", "-f", "shop.yaml")
    assert ":" not in one.stdout
    refused = run("delete", "pod", "tool", *files)
    assert "3 objects would be deleted" in refused.stderr
    deleted = run("delete", "pod", "tool", "-y", *files)
    assert deleted.stdout.splitlines()[1] == 'pod "tool" deleted (more.yaml:1)'


@pytest.mark.usefixtures("shop")
def test_each_refusal_is_an_error(run: Run) -> None:
    """Every line has "error:", so that a search for errors in a log finds all of them."""
    result = run("label", "pods", "-n", "shop", "--all", "-f", "shop.yaml", "app=x")
    assert (result.exit_code, result.stdout) == (1, "")
    lines = result.stderr.splitlines()
    assert [line.startswith("error: ") for line in lines] == [True, True]
    assert lines[0].endswith("Pod/web-1: label app is already web: add --overwrite to make it x")


@pytest.mark.usefixtures("shop")
def test_what_is_no_object_to_change(run: Run) -> None:
    """The count of objects is said beside what was not read; a kustomization is a file."""
    Path("bad.yaml").write_text("kind: Pod\n")
    files = ("-f", "shop.yaml", "-f", "bad.yaml", "--keep-going")
    result = run("label", *files, "a=b")
    assert "the input has 6 objects, and a part of the input was not read: name" in result.stderr
    result = run("label", *files, "kustomization", "base", "a=b")
    assert "error: kustomization is a file of kustomize, which is skipped: it" in result.stderr
    result = run("label", *files, "nope", "base", "a=b")
    assert '"nope" is not a kind' in result.stderr


TEMPLATED = """\
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: shop}
spec:
  selector: {matchLabels: {app: web}}
  template:
    metadata:
      labels:
        app: web  # the app
        old:
    spec: {containers: []}
"""


def test_templates(run: Run, tmp_path: Path) -> None:
    """With --template the pod template gets the changes, too: set, overwritten and removed."""
    file = tmp_path / "web.yaml"
    file.write_text(TEMPLATED)
    words = ("label", "deploy/web", "-n", "shop", "-f", "web.yaml", "--template")
    assert run(*words, "tier=front").stdout == "deployment.apps/web labeled\n"
    labelled = TEMPLATED.replace("        old:\n", "        old:\n        tier: front\n")
    labelled = labelled.replace("namespace: shop}", "namespace: shop, labels: {tier: front}}")
    assert file.read_text() == labelled
    # Only the template has it: that alone is a change.
    assert run(*words, "old-", "tier-").exit_code == 0
    assert file.read_text() == TEMPLATED.replace("        old:\n", "")
    assert run(*words, "app=web").stdout == "deployment.apps/web labeled\n"
    assert run(*words, "app=web").stdout == "deployment.apps/web not labeled\n"


def test_a_template_that_its_selector_would_miss(run: Run, tmp_path: Path) -> None:
    """A change after which the selector misses the template is refused; so is a new value."""
    file = tmp_path / "web.yaml"
    file.write_text(TEMPLATED)
    words = ("label", "deploy/web", "-n", "shop", "-f", "web.yaml", "--template")
    lost = "spec.selector app=web would no longer match the labels of its pod template"
    assert lost in run(*words, "app-").stderr
    assert lost in run(*words, "app=api", "--overwrite").stderr
    conflict = "pod template: label app is already web: add --overwrite to make it api"
    assert conflict in run(*words, "app=api").stderr
    assert file.read_text() == TEMPLATED


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ("app: web  # the app", "app: 5", 'spec.template.metadata.labels.app: must be a string'),
        ("    metadata:\n      labels:\n        app: web  # the app\n        old:\n", "",
         "its template has no metadata of its own: add metadata first"),
        ("    metadata:\n      labels:\n        app: web  # the app\n        old:\n",
         "    metadata: {}\n", "its template's metadata is empty"),
        ("      labels:\n", "      labels: &x\n", ""),
    ],
)  # fmt: skip
def test_templates_that_cannot_be_edited(
    run: Run, tmp_path: Path, old: str, new: str, problem: str
) -> None:
    """Labels that are no strings, a template without metadata: an error, and no file changes."""
    file = tmp_path / "web.yaml"
    text = TEMPLATED.replace(old, new)
    file.write_text(text)
    result = run("label", "deploy/web", "-n", "shop", "-f", "web.yaml", "a=b", "--template")
    assert problem in result.stderr
    assert (file.read_text() == text) == bool(problem)


def test_templates_of_other_kinds(run: Run, tmp_path: Path) -> None:
    """An object without a template is labelled as before; one whose selector is bad, too."""
    file = tmp_path / "web.yaml"
    text = TEMPLATED.replace("selector: {matchLabels: {app: web}}", "selector: {x: y}")
    service = "---\nkind: Service\napiVersion: v1\nmetadata: {name: web, namespace: shop}\n"
    file.write_text(text + service)
    words = ("label", "deploy/web", "svc/web", "-n", "shop", "-f", "web.yaml", "a=b", "--template")
    result = run(*words)
    assert result.stdout == "deployment.apps/web labeled\nservice/web labeled\n"
    assert file.read_text().count("a: b") == 3


def test_templates_without_a_selector(run: Run, tmp_path: Path) -> None:
    """The template of a CronJob, which has no selector, gets the label."""
    file = tmp_path / "job.yaml"
    job = "{spec: {template: {metadata: {labels: {a: b}}}}}"
    head = "kind: CronJob\napiVersion: batch/v1\nmetadata: {name: x}\n"
    file.write_text(f"{head}spec: {{jobTemplate: {job}}}\n")
    assert run("label", "-f", "job.yaml", "c=d", "--template").exit_code == 0
    assert "labels: {a: b, c: d}" in file.read_text()
