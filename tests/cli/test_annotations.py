"""Annotations are asked for by flags of their own, in each language, and by no others."""

import shlex
from itertools import combinations
from pathlib import Path

import pytest

from labelsel import Selector, parse, parse_expression, parse_fields, parse_matchers
from labelsel.kubernetes import Resource, read_manifests
from labelsel.kubernetes.inventory.fields import field_values, fields_in
from labelsel.selector import holds
from tests.cli.conftest import Run

PODS = "---\n".join(
    f"{{kind: Pod, apiVersion: v1, metadata: {{name: {name}, labels: {labels}, "
    f"annotations: {annotations}}}, status: {{phase: {phase}}}}}\n"
    for name, labels, annotations, phase in (
        ("a", "{app: web, tier: front}", "{owner: the shop team, cost: '7', app: x}", "Running"),
        ("b", "{app: web}", "{owner: ops, url: 'http://x/y?a=b', cost: seven}", "Failed"),
        ("c", "{app: db, tier: back}", "{owner: '', cost: '12'}", "Running"),
        ("d", "{app: api}", "null", "Running"),
        ("e", "{}", '{owner: "it\'s \\"quoted\\"", Example.com/X: z}', "Failed"),
    )
)

#: A flag, its text, and the selector that it means.
GIVEN: list[tuple[str, str, Selector]] = [
    ("-l", "app=web", parse("app=web")),
    ("-l", "!tier", parse("!tier")),
    ("-e", "app == 'db' || tier starts with 'f'", parse_expression("app == 'db' || has(tier)")),
    ("--matchers", '{app=~"w.+|api"}', parse_matchers('{app=~"w.+|api"}')),
    ("--field-selector", "status.phase!=Failed", parse_fields("status.phase!=Failed")),
    *(
        ("--annotation-selector", text, parse(text))
        for text in ("owner", "owner=ops", "owner!=ops", "cost>6", "owner=", "!owner", "app=x")
    ),
    *(
        ("--annotation-expression", text, parse_expression(text))
        for text in (
            'owner == "the shop team" || url contains "?a="',
            "!(owner == 'ops' || has(Example.com/X))",
            "owner contains '\"quoted'",
        )
    ),
    *(
        ("--annotation-matchers", text, parse_matchers(text))
        for text in ('{owner=~".*team|it.s .+"}', '{owner=""}', '{"Example.com/X"="z"}')
    ),
]
FLAGS = sorted({flag for flag, _, _ in GIVEN})


@pytest.fixture
def pods(run: Run) -> list[Resource]:
    """The pods of pods.yaml, a file in the folder the command runs in."""
    del run  # it has gone to that folder
    Path("pods.yaml").write_text(PODS)
    return list(read_manifests(["pods.yaml"]))


def is_selected(flag: str, selector: Selector, pod: Resource) -> bool:
    """The definition: each flag sees its own half of the object."""
    if flag == "--field-selector":
        return holds(selector, field_values(pod, fields_in(selector)))
    return holds(selector, pod.annotations if "annotation" in flag else pod.labels)


def test_what_flags_mean_together(run: Run, pods: list[Resource]) -> None:
    """Each alone is what the definition says; two and three together are their intersection."""
    everything = {}
    for flag, text, selector in GIVEN:
        expected = {pod.name for pod in pods if is_selected(flag, selector, pod)}
        result = run("get", "-f", "pods.yaml", "-o", "name", flag, text)
        assert result.exit_code == 0, result.stderr
        everything[flag, text] = {name.removeprefix("pod/") for name in result.stdout.split()}
        assert everything[flag, text] == expected, (flag, text)
    assert all(0 < len(found) < len(pods) for found in everything.values())
    # Some of all: each pair takes as long as a run.
    for several in (
        *list(combinations(everything, 2))[::4],
        *list(combinations(everything, 3))[::40],
    ):
        words = [word for flag_and_text in several for word in flag_and_text]
        result = run("get", "-f", "pods.yaml", "-o", "name", *words)
        found = {name.removeprefix("pod/") for name in result.stdout.split()}
        assert found == set.intersection(*(everything[each] for each in several)), several


@pytest.mark.parametrize("command", ["label pods x=y", "annotate pods x=y", "delete pods -y"])
@pytest.mark.usefixtures("pods")
def test_changes(run: Run, command: str) -> None:
    """A change is made to the objects that get shows."""
    flags = ("--annotation-expression", 'owner == "the shop team"')
    result = run(*command.split(), "-f", "pods.yaml", "--dry-run", "-o", "name", *flags)
    assert (result.exit_code, result.stdout) == (0, "pod/a\n")
    result = run(*command.split(), "-f", "pods.yaml", "--all", *flags)
    assert (result.exit_code, result.stdout) == (2, "")
    assert "--all and --annotation-expression cannot be combined" in result.stderr


@pytest.mark.usefixtures("pods")
def test_groups(run: Run) -> None:
    """Only objects with such annotations are counted."""
    words = ("groups", "pods", "-f", "pods.yaml", "-L", "app", "--annotation-selector", "cost>6")
    assert run(*words).stdout.splitlines()[1:] == ["db    1       c", "web   1       a"]


NEVER = ": no object can match, since the requirements exclude each other"
OF_SEVERAL = "for one of the values write --annotation-selector 'owner in (a,b)'"
IS_ANNOTATION = "it is an annotation: use --annotation-selector owner=ops"


@pytest.mark.usefixtures("pods")
@pytest.mark.parametrize(
    ("words", "line"),
    [
        (
            "--annotation-selector ownr",
            "No object here has the annotation ownr; did you mean owner?",
        ),
        (
            "--annotation-selector tier",
            "No object here has the annotation tier; it is a label: use -l",
        ),
        ("--annotation-selector cost=8", "No object here has cost=8; cost is 12, 7 or seven"),
        ("--annotation-selector zone", "No object here has the annotation zone"),
        ("-l owner=ops", f"No object here has the label owner; {IS_ANNOTATION}"),
        (
            "--annotation-selector owner=a,owner=b",
            f"--annotation-selector 'owner=a,owner=b'{NEVER}; {OF_SEVERAL}",
        ),
        (
            "-e \"app == 'a b' && app == 'c'\"",
            f"-e \"app == 'a b' && app == 'c'\"{NEVER}",
        ),
        (
            "-e \"app == 'a' && app == 'c' || has(x) && !has(x)\"",
            f"-e \"app == 'a' && app == 'c' || has(x) && !has(x)\"{NEVER}",
        ),
    ],
)
def test_what_no_object_has(run: Run, words: str, line: str) -> None:
    """A line says which annotation no object has; a label and an annotation are told apart."""
    result = run("get", "-f", "pods.yaml", *shlex.split(words))
    assert (result.exit_code, result.stdout) == (0, "")
    assert result.stderr == f"No resources found in default namespace.\n{line}\n"


def test_long_values_are_counted(run: Run) -> None:
    """The line stays one line, whatever somebody wrote into an annotation."""
    pod = f"{{kind: Pod, apiVersion: v1, metadata: {{name: a, annotations: {{x: {'y' * 500}}}}}}}"
    result = run("get", "-f", "-", "--annotation-selector", "x=1", stdin=pod)
    assert result.stderr.endswith("No object here has x=1; x has 1 other value\n")


def test_annotations_that_are_no_strings(run: Run) -> None:
    """They are an error of the input, as for every command."""
    pod = "{kind: Pod, apiVersion: v1, metadata: {name: a, annotations: {cost: 7}}}"
    result = run("get", "-f", "-", "--annotation-selector", "cost=7", stdin=pod)
    assert (result.exit_code, result.stdout) == (1, "")
    assert "annotation 'cost' must be a string" in result.stderr


SERVICES = "".join(
    f"---\n{{kind: Service, apiVersion: v1, metadata: {{name: {name}, labels: {{x: {name}}}, "
    f"annotations: {{owner: {owner}}}}}, spec: {{selector: {{app: web}}}}}}\n"
    for name, owner in (("one", "ops"), ("two", "the shop team"))
)


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("", ["service/one", "service/two"]),
        ("--annotation-selector owner=ops", ["service/one"]),
        ("--annotation-expression \"owner == 'the shop team'\"", ["service/two"]),
        ("--annotation-matchers '{owner=~\".* .*\"}' -l x=one", []),
        ("-l x=one", ["service/one"]),
        ("-e \"x == 'two'\"", ["service/two"]),
    ],
)
def test_who_selects(run: Run, words: str, found: list[str]) -> None:
    """Of the objects that select the named one, those with such labels and annotations."""
    flags = ("who-selects", "pod/a", "-f", "-", "-o", "name", *shlex.split(words))
    result = run(*flags, stdin=PODS + SERVICES)
    assert (result.exit_code, result.stdout.split()) == (0, found)
    said = "No object with such labels and annotations selects pod/a in default namespace.\n"
    assert result.stderr.startswith(said) if not found else result.stderr == ""
