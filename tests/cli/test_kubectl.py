"""docs/kubectl.md: every row of it is true, and it has everything that kubectl has."""

import re
import shlex
from pathlib import Path

import click
import pytest

from labelsel.cli.app import app
from tests.cli.conftest import Run

DOCUMENT = (Path(__file__).resolve().parents[2] / "docs" / "kubectl.md").read_text()
(SHOP,) = re.findall(r"^```yaml\n(.*?)^```", DOCUMENT, re.MULTILINE | re.DOTALL)
ROWS = [
    [cell.strip().replace("\\|", "|") for cell in re.split(r"(?<!\\)\|", line)[1:-1]]
    for line in DOCUMENT.splitlines()
    if line.startswith("| ") and not line.startswith("| ---")
]
DIFFERENCES = [row for row in ROWS if len(row) == 5 and row[0] != "kubectl"]
INSTEAD = [
    (word, row[1]) for row in ROWS if len(row) == 2 for word in re.findall("`([^`]+)`", row[0])
]
COMMANDS = [row for row in INSTEAD if not row[0].startswith("-")]
FLAGS = [row for row in INSTEAD if row[0].startswith("-")]

#: What ``kubectl --help`` and ``kubectl COMMAND --help`` of v1.32.4 list.
KUBECTL_COMMANDS = """
    create expose run set explain get edit delete rollout scale autoscale certificate cluster-info
    top cordon uncordon drain taint describe logs attach exec port-forward proxy cp auth debug
    events diff apply patch replace wait kustomize label annotate completion api-resources
    api-versions config plugin version options help
"""
KUBECTL_FLAGS = {
    "": """
        --as --as-group --as-uid --cache-dir --certificate-authority --client-certificate
        --client-key --cluster --context --disable-compression --insecure-skip-tls-verify
        --kubeconfig --log-flush-frequency --match-server-version -n --namespace --password
        --profile --profile-output --request-timeout -s --server --tls-server-name --token --user
        --username --v --vmodule --warnings-as-errors
    """,
    "get": """
        -A --all-namespaces --allow-missing-template-keys --chunk-size --field-selector -f
        --filename --ignore-not-found -k --kustomize -L --label-columns --no-headers -o --output
        --output-watch-events --raw -R --recursive -l --selector --server-print --show-kind
        --show-labels --show-managed-fields --sort-by --subresource --template -w --watch
        --watch-only
    """,
    "label": """
        --all -A --all-namespaces --allow-missing-template-keys --dry-run --field-manager
        --field-selector -f --filename -k --kustomize --list --local -o --output --overwrite -R
        --recursive --resource-version -l --selector --show-managed-fields --template
    """,
    "delete": """
        --all -A --all-namespaces --cascade --dry-run --field-selector -f --filename --force
        --grace-period --ignore-not-found -i --interactive -k --kustomize --now -o --output --raw
        -R --recursive -l --selector --timeout --wait
    """,
    "create ns": """
        --allow-missing-template-keys --dry-run --field-manager -o --output --save-config
        --show-managed-fields --template --validate
    """,
    "version": "--client -o --output",
    "explain": "--api-version -o --output -R --recursive",
}
KUBECTL_FLAGS["annotate"] = KUBECTL_FLAGS["label"]


def command_of(words: str) -> click.Command:
    """The command that words call."""
    found: click.Command = app
    for word in words.split():
        assert isinstance(found, click.Group)
        below = found.get_command(click.Context(found), word)
        assert below is not None
        found = below
    return found


def test_the_document_has_rows() -> None:
    """The tables are found."""
    assert len(DIFFERENCES) > 45
    assert len(COMMANDS) > 30
    assert len(FLAGS) > 60


@pytest.mark.parametrize("row", DIFFERENCES, ids=lambda row: row[2])
def test_a_difference(run: Run, tmp_path: Path, row: list[str]) -> None:
    """The command of a row ends and prints as the row says."""
    (tmp_path / "shop.yaml").write_text(SHOP)
    (tmp_path / ".hidden.yaml").write_text("{kind: Pod, apiVersion: v1, metadata: {name: a}}")
    _, _, command, status, printed = row
    result = run(*shlex.split(command.strip("`")))
    assert result.exit_code == int(status), result.stderr
    assert printed.strip("`") in result.stdout + result.stderr


@pytest.mark.parametrize(("word", "sentence"), COMMANDS)
def test_a_command_that_is_missing(run: Run, word: str, sentence: str) -> None:
    """A command of kubectl is a sentence, whatever stands behind it."""
    result = run(word, "pods", "-f", "x")
    assert (result.exit_code, result.stdout) == (2, "")
    assert f"Error: labelsel has no command {word}: {sentence}\n" in result.stderr


@pytest.mark.parametrize(("flag", "sentence"), FLAGS)
def test_a_flag_that_is_missing(run: Run, flag: str, sentence: str) -> None:
    """A flag of kubectl is a sentence in a command that does not have it."""
    result = run("translate", flag, "x", "--to", "calico")
    assert (result.exit_code, result.stdout) == (2, "")
    assert f"Error: labelsel translate has no option {flag}: {sentence}\n" in result.stderr


def test_every_command_of_kubectl_is_there_or_explained() -> None:
    """No command of kubectl is silently missing, and none that exists is said to be missing."""
    ours = set(app.list_commands(click.Context(app)))
    missing = {word for word, _ in COMMANDS}
    assert set(KUBECTL_COMMANDS.split()) <= ours | missing
    assert ours.isdisjoint(missing)


@pytest.mark.parametrize("words", [words for words in KUBECTL_FLAGS if words])
def test_every_flag_of_kubectl_is_there_or_explained(words: str) -> None:
    """Each flag that kubectl has for a command is an option of ours, or a row of the document."""
    command = command_of(words)
    params = (param for param in command.params if isinstance(param, click.Option))
    ours = {name for param in params for name in [*param.opts, *param.secondary_opts]}
    flags = {*KUBECTL_FLAGS[""].split(), *KUBECTL_FLAGS[words].split()}
    assert flags <= ours | {flag for flag, _ in FLAGS}


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ("gett pods", "labelsel has no command gett; did you mean get?"),
        ("explian", "labelsel has no command explian; did you mean explain?"),
        ("po -n shop", "labelsel has no command po; did you mean labelsel get po?"),
        ("frobnicate", "labelsel has no command frobnicate\n"),
        ("create deploy web", "labelsel create has no command deploy: it makes namespaces only;"),
        ("create namespac x", "labelsel create has no command namespac; did you mean namespace?"),
        ("create po", "labelsel create has no command po\n"),
        ("get --selectr=a", "labelsel get has no option --selectr; did you mean --selector?"),
        ("get -Z", "labelsel get has no option -Z\n"),
        ("get --file x", "labelsel get has no option --file; did you mean -f?"),
        ("get --ns x", "labelsel get has no option --ns; did you mean -n?"),
        ("lint --output json", "labelsel lint has no option --output; did you mean --format?"),
        ("lint -l a", "labelsel lint has no option -l: this command selects no objects;"),
        ("lint --selector a", "labelsel lint has no option --selector: this command selects no"),
        ("diff -l a", "labelsel diff has no option -l: this command selects no objects;"),
        ("query -f x", "labelsel query has no option -f: name the files without -f"),
        ("get --watch=true", "labelsel get has no option --watch: labelsel reads the input once;"),
        ("get pods -wA", "labelsel get has no option -w: labelsel reads the input once;"),
        ("--bogus get po", "labelsel get has no option --bogus\n"),
        ("-n shop gett po", "a command is needed beside the options; did you mean get?"),
        ("-n shop", "no command: a command is needed beside the options\n"),
        ("--bogus create ns x", "labelsel create namespace has no option --bogus\n"),
        ("help gett", "labelsel has no command gett; did you mean get?"),
        ("help get pods", "labelsel get has no command pods: leave it out"),
    ],
)
def test_words_that_are_no_command_or_option(run: Run, words: str, message: str) -> None:
    """A wrong command or option is named, with the nearest one or what to use instead."""
    result = run(*words.split())
    assert (result.exit_code, result.stdout) == (2, "")
    assert message in result.stderr


@pytest.mark.usefixtures("shop")
@pytest.mark.parametrize(
    ("words", "same"),
    [
        ("-n shop get po -o name -f shop.yaml", "get po -n shop -o name -f shop.yaml"),
        ("-A get -o name -f shop.yaml", "get -A -o name -f shop.yaml"),
        ("-f shop.yaml -An=shop get po", "get po -A -n shop -f shop.yaml"),
        ("-f shop.yaml get po -n shop", "get po -n shop -f shop.yaml"),
        ("-l app=web -n shop get -f shop.yaml", "get -f shop.yaml -n shop -l app=web"),
        ("-n get get po -f shop.yaml", "get po -n get -f shop.yaml"),
        (
            "-l get label po a=b -f shop.yaml --dry-run",
            "label po a=b -l get -f shop.yaml --dry-run",
        ),
        ("-o yaml create ns x", "create ns x -o yaml"),
        ("create -o yaml ns x", "create ns x -o yaml"),
        ("-n a get po -n shop -f shop.yaml", "get -n a po -n shop -f shop.yaml"),
        ("-A get -A=false -f shop.yaml", "get -A -A=false -f shop.yaml"),
        ("-h get", "get -h"),
        ("-n=shop --no-headers get po -f shop.yaml", "get po -n shop --no-headers -f shop.yaml"),
    ],
)
def test_options_before_the_command(run: Run, words: str, same: str) -> None:
    """Options may stand before the command; given before and behind it they are given twice."""
    before, behind = run(*words.split()), run(*same.split())
    assert before.exit_code == behind.exit_code
    assert (before.stdout, before.stderr) == (behind.stdout, behind.stderr)


def test_files_before_the_command(run: Run, shop: Path) -> None:
    """What a shell makes of -f *.yaml may stand there, and goes on only up to the command."""
    (shop.parent / "other.yaml").write_text("{apiVersion: v1, kind: Pod, metadata: {name: other}}")
    found = run("-f", "other.yaml", "shop.yaml", "get", "pods", "-o", "name")
    assert found.stdout == "pod/other\npod/tool\n"
    refused = run("-f", "other.yaml", "get", "shop.yaml")
    assert (refused.exit_code, refused.stdout) == (2, "")
    assert "Error: shop.yaml is a file: write -f before it\n" in refused.stderr
    refused = run("-f", "other.yaml", "shop.yaml", "delete", "pods", "--all")
    assert (refused.exit_code, refused.stdout) == (2, "")
    assert "shop.yaml stands behind -f other.yaml: is it a second file?" in refused.stderr
    refused = run("-n", "shop", "get", "-f")
    assert "Option '-f' requires an argument" in refused.stderr


def test_options_of_labelsel_itself(run: Run) -> None:
    """--version and --help belong to no command."""
    assert run("--version").stdout.startswith("labelsel ")
    assert run("--help").stdout == run("help").stdout == run("-h").stdout
    assert run("--version", "get").stdout == run("--version").stdout
    assert run("-h", "nothing").stdout == run("-h").stdout


@pytest.mark.usefixtures("shop")
@pytest.mark.parametrize(
    "command",
    ["get pods", "label pods --all a=b", "delete pods --all", "explain pods", "groups pods -L app"],
)
def test_the_nearest_namespace(run: Run, command: str) -> None:
    """A mistyped -n offers the namespace that is nearest to it, and no other one."""
    said = run(*command.split(), "-f", "shop.yaml", "-n", "shp").stderr
    assert "No resources found in shp namespace; did you mean shop?\n" in said
    for namespace in ("warehouse", "shop"):
        said = run(*command.split(), "-f", "shop.yaml", "-n", namespace, "-l", "nope").stderr
        assert "did you mean" not in said


@pytest.mark.usefixtures("shop")
def test_show_kind(run: Run) -> None:
    """--show-kind prints the kind before each name, of one kind and of several."""
    lines = run("get", "-n", "shop", "-f", "shop.yaml", "--show-kind").stdout.split()
    assert lines == ["NAME", "pod/web-1", "pod/db-1", "deployment.apps/web"]
    assert "pod/db-1" in run("get", "po", "-n", "shop", "-f", "shop.yaml", "--show-kind").stdout


@pytest.mark.parametrize(
    "words", ["get po -f p.yaml -v=4", "get po -f p.yaml -v 4", "get -v 10 po -f p.yaml"]
)
def test_the_level_of_a_log(run: Run, words: str) -> None:
    """Kubectl's -v has a level; here it is a flag."""
    result = run(*words.split())
    problem = "-v takes no number: it lists the files that are skipped, and there is no other log"
    assert (result.exit_code, result.stdout) == (2, "")
    assert f"Error: {problem}\n" in result.stderr


def test_a_flag_that_is_no_level(run: Run, shop: Path) -> None:
    """-v before another word is the flag."""
    result = run("get", "pods", "-n", "shop", "-f", str(shop), "-v", "web-1", "-o", "name")
    assert result.stdout == "pod/web-1\n"
    assert run("get", "pods", "-Af", str(shop), "-o", "name", "-v").exit_code == 0
    assert run("get", "pods", "-Af", str(shop), "-o", "name", "-v=true").exit_code == 0


@pytest.mark.parametrize("words", ["get po a=b", "get a=b", "delete po a=b -y"])
def test_labels_in_the_place_of_names(run: Run, shop: Path, words: str) -> None:
    """No name has an equals sign: -l selects by labels."""
    result = run(*words.split(), "-f", str(shop))
    problem = "a=b is not a kind or a name, which have no '=': to select by labels, write -l a=b"
    assert (result.exit_code, result.stdout) == (2, "")
    assert f"Error: {problem}\n" in result.stderr
