"""An answer without objects says which part of the question no object meets."""

import shlex
from pathlib import Path

import pytest

from labelsel import typos
from tests.cli.conftest import Run

PODS = "".join(
    f"{{kind: Pod, apiVersion: v1, metadata: {{name: {name}, namespace: shop, labels: {labels}}}, "
    f"status: {{phase: Running}}}}\n---\n"
    for name, labels in (
        ("web", "{app.kubernetes.io/name: web, tier: frontend, cores: '2'}"),
        ("cache", "{app.kubernetes.io/name: cache, tier: cache, cores: '4'}"),
    )
) + "".join(
    f"{{kind: Node, apiVersion: v1, metadata: {{name: n{n}, labels: {{disk: ssd, rack: r{n}}}}}}}\n"
    "---\n"
    for n in range(6)
)

DEFAULT = " in default namespace."


@pytest.mark.parametrize(
    ("words", "lines"),
    [
        ("-l app=web", "No Pod here has the label app; did you mean app.kubernetes.io/name?"),
        ("-l app", "No Pod here has the label app; did you mean app.kubernetes.io/name?"),
        ("-l name", "No Pod here has the label name; did you mean app.kubernetes.io/name?"),
        ("-l teir", "No Pod here has the label teir; did you mean tier?"),
        ("-l zone,!tier", "No Pod here has the label zone"),
        ("-l tier=Cache", "No Pod here has tier=Cache; there is tier=cache"),
        (
            "-l 'tier in (db,frontnd)'",
            "No Pod here has tier in (db,frontnd); there is tier=frontend",
        ),
        ("-l tier=db", "No Pod here has tier=db; tier is cache or frontend"),
        ("-l 'cores>8'", "No Pod here has cores>8; cores is 2 or 4"),
        (
            "-e \"tier == 'db' || zone == 'a'\"",
            "No Pod here has the label zone",
        ),
        (
            "-l metadata.name=web",
            (
                "No Pod here has the label metadata.name; it is a field: use --field-selector "
                "metadata.name=web"
            ),
        ),
        (
            "-l 'status.phase in (a,b)'",
            (
                "No Pod here has the label status.phase; it is a field: use --field-selector "
                "status.phase=VALUE"
            ),
        ),
        (
            "-l metadata.labels.tier=db",
            "No Pod here has the label metadata.labels.tier; did you mean tier?",
        ),
        (
            "-l metadata.labels.app=web",
            ("No Pod here has the label metadata.labels.app; did you mean app.kubernetes.io/name?"),
        ),
        (
            "-l tier=cache,tier=frontend",
            (
                "-l 'tier=cache,tier=frontend': no object can match, since the requirements "
                "exclude each other; for one of the values write -l 'tier in (cache,frontend)'"
            ),
        ),
        (
            "-l tier -e '!has(tier)' --field-selector status.phase=Running",
            (
                "-l 'tier' -e '!has(tier)': no object can match, since the requirements exclude "
                "each other"
            ),
        ),
        (
            "-l tier=db --field-selector status.phase=a,status.phase=b",
            (
                "--field-selector 'status.phase=a,status.phase=b': no object can match, since the "
                "requirements exclude each other"
            ),
        ),
        (
            "--field-selector status.phase=running",
            "No Pod here has status.phase=running; there is status.phase=Running",
        ),
        ("--field-selector spec.nodeName=n1", ""),
        ("-l tier=cache,cores=2", ""),
    ],
)
def test_what_no_object_has(run: Run, words: str, lines: str) -> None:
    """The status stays 0, as in kubectl; a line on standard error says what is not there."""
    result = run("get", "pods", "-A", "-f", "-", *shlex.split(words), stdin=PODS)
    assert (result.exit_code, result.stdout) == (0, "")
    assert result.stderr == f"No resources found\n{lines}\n".removesuffix("\n\n") + "\n" * (
        not lines
    )


@pytest.mark.parametrize(
    ("kinds", "where"),
    [("ns", ""), ("no,ns", ""), ("ns,po", DEFAULT), ("widget", DEFAULT)],
)
def test_a_kind_without_a_namespace(run: Run, tmp_path: Path, kinds: str, where: str) -> None:
    """A namespace is named only where one of the kinds has namespaces, or may have."""
    widget = "{kind: Widget, apiVersion: x.io/v1, metadata: {name: w}}"
    (tmp_path / "pods.yaml").write_text(PODS + widget)
    result = run("get", kinds, "-f", "pods.yaml", "-l", "none")
    assert result.stderr.startswith(f"No resources found{where}\n")


def test_many_values_are_counted(run: Run) -> None:
    """The line stays one line."""
    result = run("get", "nodes", "-f", "-", "-l", "rack=x", stdin=PODS)
    assert "No Node here has rack=x; rack has 6 other values\n" in result.stderr


@pytest.mark.parametrize(
    ("words", "limit", "lines"),
    [
        (
            ("-l", "lablea=x,lableb=x,lablec=x"),
            9,
            [
                "No Pod here has the label lablea; did you mean labela?",
                "No Pod here has the label lableb",
                "No Pod here has the label lablec",
            ],
        ),
        (
            ("-l", "labela in (value1,vaule1),labelb in (vaule2),labelc in (vaule3)"),
            1,
            [
                "No Pod here has labelb in (vaule2); there is labelb=value2",
                "No Pod here has labelc in (vaule3); labelc is value3",
            ],
        ),
        (
            ("--annotation-selector", "notea,noteb"),
            5,
            [
                "No Pod here has the annotation notea; did you mean nota?",
                "No Pod here has the annotation noteb",
            ],
        ),
        (
            ("--field-selector", "metadata.name=pdo,spec.nodeName=n"),
            1,
            ["No Pod here has metadata.name=pdo; there is metadata.name=pod"],
        ),
    ],
)
def test_suggestions_are_bounded(
    run: Run, monkeypatch: pytest.MonkeyPatch, words: tuple[str, str], limit: int, lines: list[str]
) -> None:
    """Many requirements beside many labels: each has its line, and the first ones an advice."""
    labels = ",".join(f"label{letter}: value{n}" for n, letter in enumerate("abcd", 1))
    notes = ",".join(f"not{letter}: x" for letter in "abcd")
    pod = "{kind: Pod, apiVersion: v1, metadata: {name: pod, labels: {%s}, annotations: {%s}}}"
    monkeypatch.setattr(typos, "MAX_COMPARED_NAMES", limit)
    result = run("get", "pods", "-f", "-", *words, stdin=pod % (labels, notes))
    assert result.stderr.splitlines()[1:] == lines


def test_a_scope_without_objects(run: Run) -> None:
    """Where the scope has no object, all namespaces are looked at; of no object nothing is said."""
    result = run("get", "pods", "-n", "none", "-f", "-", "-l", "app", stdin=PODS)
    assert "No Pod in any namespace has the label app; did you mean app." in result.stderr
    result = run("get", "svc", "-A", "-f", "-", "-l", "app", stdin=PODS)
    assert result.stderr == "No resources found\nThe input has no svc; it has Node (6), Pod (2)\n"


def test_columns_without_a_value(run: Run) -> None:
    """A column of a misspelled label is empty, and the line says why."""
    result = run("get", "pods", "-A", "-f", "-", "-L", "teir,tier", stdin=PODS)
    assert "TEIR" in result.stdout
    assert result.stderr == "No object here has the label teir; did you mean tier?\n"


@pytest.mark.parametrize(
    ("words", "line"),
    [
        ("explain pods -A -l teir", "No Pod here has the label teir; did you mean tier?"),
        ("groups -L disk -l metadata.name=n", "the label metadata.name; it is a field\n"),
        ("label pods -A -l tier=Cache a=b --dry-run", "there is tier=cache"),
        ("delete pods -A -l tier=Cache --dry-run", "there is tier=cache"),
        ("nodes-for pod/web -l disk=sdd", "No Node here has disk=sdd; there is disk=ssd"),
    ],
)
def test_other_commands(run: Run, words: str, line: str) -> None:
    """Every command that takes -l says it. Without --field-selector none is offered."""
    result = run(*words.split(), "-f", "-", stdin=PODS)
    assert result.exit_code == 0
    assert line in result.stderr


def test_why_finds_the_name_of_an_app(run: Run) -> None:
    """``app`` was the key of an app's name before app.kubernetes.io/name was."""
    result = run("why", "pod/cache", "-l", "app=web", "-f", "-", stdin=PODS)
    assert "no app, but app.kubernetes.io/name=cache" in result.stdout


TIERS = """\
{kind: Pod, apiVersion: v1, metadata: {name: a, labels: {tier: front, zone-1: zone-b1}}}
---
{kind: Pod, apiVersion: v1, metadata: {name: b, annotations: {team: shop}}}
---
{kind: Service, apiVersion: v1, metadata: {name: b, labels: {env: x, tire: x}}}
"""


@pytest.mark.parametrize("command", ["label {} a=b", "annotate {} a=b", "delete {}"])
@pytest.mark.parametrize(
    ("words", "key", "meant"),
    [
        ("-l teir!=x", "label teir", "tier"),
        ("-l !teir", "label teir", "tier"),
        ("-l tier,tiers!=x", "label tiers", "tier"),
        ("-e !(teir=='x')", "label teir", "tier"),
        ("--annotation-selector taem!=x", "annotation taem", "team"),
        ("-e teir=='x'||tier=='front'", "", ""),
        ("-l tier!=y", "", ""),
        ("-l tire!=x", "", ""),
        ("-l environment!=x", "", ""),
        ("-l emv!=x", "", ""),
        ("-l zone-2!=x", "", ""),
        ("-l tier!=frnt", "label tier=frnt", "front"),
        ("-l tier,tier!=back,tier!=frnt", "label tier=frnt", "front"),
        ("-e !(tier=='frnt')", "label tier=frnt", "front"),
        ("--annotation-selector team!=shpo", "annotation team=shpo", "shop"),
        ("-l tier!=back", "", ""),
        ("-l zone-1!=zone-b2", "", ""),
        ("-l env!=y", "", ""),
    ],
)
def test_keys_that_leave_nothing_out(
    run: Run, command: str, words: str, key: str, meant: str
) -> None:
    """What writes warns of a key or value in != that no object has, if one is a typo apart."""
    Path("pods.yaml").write_text(TIERS)
    result = run(*command.format(f"pods {words}").split(), "-f", "pods.yaml", "--dry-run")
    assert result.exit_code == 0
    assert "(dry run)" in result.stdout
    assert result.stderr == (
        f"warning: no object has the {key}, so what the selector says of it leaves no object out; "
        f"did you mean {meant}?\n"
        if key
        else ""
    )


@pytest.mark.parametrize(
    ("words", "what"),
    [
        ("pods -l env", "Pod here has the label env"),
        (
            "pods,services -l emv=x",
            "object of these kinds here has the label emv; did you mean env?",
        ),
        ("-l emv=x", "object here has the label emv; did you mean env?"),
    ],
)
def test_the_kinds_that_were_asked(run: Run, words: str, what: str) -> None:
    """A label that objects of other kinds have is not said to be on no object."""
    Path("pods.yaml").write_text(TIERS)
    result = run("get", *words.split(), "-f", "pods.yaml")
    assert result.stderr == f"No resources found in default namespace.\nNo {what}\n"


@pytest.mark.parametrize(
    ("words", "line"),
    [
        ("deploy", "The input has no deploy; it has Pod (2), Service (1)"),
        ("deploy,no -A", "The input has no deploy,no; it has Pod (2), Service (1)"),
        ("pods -n other", ""),
        ("pods -l team", "No Pod here has the label team; it is an annotation"),
    ],
)
def test_kinds_that_the_input_does_not_have(run: Run, words: str, line: str) -> None:
    """Which kinds there are is said where none of those that were asked for is there."""
    Path("pods.yaml").write_text(TIERS)
    _, *more = run("get", *words.split(), "-f", "pods.yaml").stderr.splitlines()
    assert "".join(more).startswith(line) if line else not more


def test_many_kinds_that_the_input_has(run: Run) -> None:
    kinds = ["ConfigMap", "Secret", "Service", "Deployment", "StatefulSet", "Job", "CronJob"]
    texts = [f"{{kind: {kind}, apiVersion: v1, metadata: {{name: a}}}}" for kind in kinds]
    Path("all.yaml").write_text("\n---\n".join(texts))
    line = run("get", "pods", "-f", "all.yaml").stderr.splitlines()[-1]
    assert line == (
        "The input has no pods; it has ConfigMap (1), Secret (1), Service (1), Deployment (1), "
        "StatefulSet (1) and 2 more kinds"
    )
