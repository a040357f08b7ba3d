"""What the options of all commands have in common: given twice, blank, with white space around."""

import re
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from labelsel.cli.app import app
from tests.cli.conftest import Run

#: What an option of more than one value does with all of them. A new one needs a test below.
COMBINED = {
    *("-f", "-k", "--helm", "-l", "-e", "--field-selector", "--exclude", "-L", "--select"),
    *("--matchers", "--annotation-selector", "--annotation-expression", "--annotation-matchers"),
    "--ignore",
}


def commands(
    group: click.Group = app, *above: str
) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    """Every command with the words that call it."""
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        assert command is not None
        if isinstance(command, click.Group):
            yield from commands(command, *above, name)
        else:
            yield (*above, name), command


EVERY = [
    (words, option)
    for words, command in commands()
    for option in command.params
    if isinstance(option, click.Option)
]
OPTIONS = [
    pytest.param(words, option, id=f"{'-'.join(words)} {option.opts[0]}") for words, option in EVERY
]
WITH_VALUES = [
    param for param, (_, option) in zip(OPTIONS, EVERY, strict=True) if not option.is_flag
]


def test_a_name_where_none_is_taken(run: Run) -> None:
    """The message says what the command is about; a command that reads nothing has click's own."""
    result = run("graph", "-f", "x", "deploy/web")
    assert result.exit_code == 2
    advice = "about all objects that it reads, and takes no names"
    assert advice in " ".join(result.stderr.split())
    assert advice not in run("version", "deploy/web").stderr


def test_all_commands_are_walked() -> None:
    """The walk sees the commands, and options of each sort."""
    called = {words for words, _ in commands()}
    assert {("get",), ("delete",), ("create", "namespace"), ("create", "ns")} <= called
    names = {option.opts[0] for _, option in EVERY if not option.is_flag}
    assert names >= {"-n", "-o", "--from", "--dry-run", "--fail-on", *COMBINED}


def value_of(option: click.Option) -> str:
    return option.type.choices[0] if isinstance(option.type, click.Choice) else "x"


@pytest.mark.parametrize(("words", "option"), OPTIONS)
def test_given_twice(run: Run, words: tuple[str, ...], option: click.Option) -> None:
    """No option is silently the last one: it combines, or says so, whichever name it has."""
    refused = f"{'/'.join([*option.opts, *option.secondary_opts])} is given twice"
    for first in option.opts:
        for second in [*option.opts, *option.secondary_opts]:
            value = () if option.is_flag else (value_of(option),)
            result = run(*words, first, *value, second, *value)
            combines = option.multiple and option.opts[0] in COMBINED
            same = option.is_flag and not option.secondary_opts
            assert (refused in result.stderr) != (combines or same)
            assert result.exit_code == 2 or combines or same
    if option.is_flag and not option.secondary_opts:
        result = run(*words, option.opts[0], f"{option.opts[0]}=false")
        assert (refused in result.stderr) == (option.name != "help")


@pytest.mark.parametrize(("words", "option"), WITH_VALUES)
@pytest.mark.parametrize("blank", ["", " ", "\n"])
def test_blank(run: Run, words: tuple[str, ...], option: click.Option, blank: str) -> None:
    """An empty variable in a script is a mistake: only a selector may be blank, to look."""
    result = run(*words, f"{option.opts[-1]}={blank}")
    said = f"the value of {'/'.join(option.opts)} is blank" in result.stderr
    assert said != (option.opts[0] in {"-l", "-e", "--field-selector"})
    assert result.exit_code == 2


@pytest.mark.parametrize("words", [words for words, _ in commands() if words != ("translate",)])
def test_blank_words(run: Run, words: tuple[str, ...]) -> None:
    """An empty word is neither a kind nor a name."""
    result = run(*words, "", *(("-f", "x") if words[0] not in WITHOUT_FILES else ()))
    assert (result.exit_code, result.stdout) == (2, "")
    assert "a word is blank" in result.stderr or "unexpected extra argument ()" in result.stderr


ABOUT_LABELSEL = {"completion", "help", "version"}
WITHOUT_FILES = ABOUT_LABELSEL | {"query", "recover"}
NAMED = " --field-selector metadata.name"


@pytest.mark.usefixtures("shop")
@pytest.mark.parametrize(
    ("words", "printed"),
    [
        ("get -o name -l app=web -l tier=front", "pod/web-1"),
        ("get -o name -l tier=front -l app=web", "pod/web-1"),
        ("get -o name -l app=web -l app=db", ""),
        ("get -o name --field-selector kind=Pod --field-selector spec.nodeName=n1", "pod/web-1"),
        ("get -o name -l app=web --field-selector kind=Pod", "pod/web-1"),
        ("delete -y --dry-run -o name -l app=web -l tier=front", "pod/web-1"),
        ("label pods a=b --dry-run -o name -l app=web -l tier=front", "pod/web-1"),
        ("annotate pods a=b --dry-run -o name -l app -l !tier,app!=tool", "pod/db-1"),
        (
            "label pods a=b --dry-run -o name -l app=db" + 2 * " --field-selector kind=Pod",
            "pod/db-1",
        ),
        (f"get -o name{NAMED}=web-1{NAMED}=db-1", ""),
    ],
)
def test_all_selectors_hold(run: Run, words: str, printed: str) -> None:
    """Several selectors mean what all of them mean together, in any order."""
    result = run(*words.split(), "-A", "-f", "shop.yaml")
    assert (result.exit_code, result.stdout.strip()) == (0, printed)


@pytest.mark.usefixtures("shop")
def test_all_selectors_hold_where_one_object_is_named(run: Run) -> None:
    """The commands about one object, too."""
    said = run("why", "-f", "shop.yaml", "-n", "shop", "pod/web-1", "-l", "app=web", "-l", "x")
    assert "web-1 in namespace shop (shop.yaml:1) does not match" in said.stdout
    said = run(
        "nodes-for", "-f", "shop.yaml", "pod/tool", "-l", "disk=ssd", "-l", "x", "-o", "name"
    )
    assert said.stdout == ""
    said = run("explain", "-A", "-f", "shop.yaml", "-l", "app=web", "-l", "tier", "-o", "json")
    assert '"selector": "app=web,tier"' in said.stdout
    said = run("groups", "pods", "-A", "-f", "shop.yaml", "-L=app", "-l=app!=db", "-l=app!=tool")
    assert said.stdout.splitlines()[1:] == ["web   1       web-1"]


@pytest.mark.usefixtures("shop")
@pytest.mark.parametrize("keys", ["", ",", " , "])
def test_no_key(run: Run, keys: str) -> None:
    """A list of keys has one at least: to group by none is no grouping."""
    result = run("groups", "pods", "-A", "-f", "shop.yaml", "-L", keys)
    assert (result.exit_code, result.stdout) == (2, "")


CHANGES = ("delete -y", "label a=b", "annotate a=b")


@pytest.mark.parametrize("command", CHANGES)
@pytest.mark.parametrize("kind", ["", "pods"])
@pytest.mark.parametrize(
    "selector",
    [
        ("-l", ""),
        ("-l", " "),
        ("-l", "\u3000"),
        ("-l", "app=web", "-l", ""),
        ("-l", "", "-A"),
        ("-l", "", "--all"),
        ("--field-selector", ""),
        ("--field-selector", "\t"),
        ("--field-selector", ","),
        ("--field-selector", "=,"),
        ("--field-selector", "", "-l", "app=web"),
        ("-e", ""),
        ("-e", "all()"),
        ("-e", "all() || app == 'web'"),
        ("-e", "has(app) || !has(app)"),
        ("-e", "!(app == 'x' && app == 'y')", "-l", "app=web"),
        ("-e", "all()", "--all"),
        ("--matchers", "{}"),
        ("--matchers", '{app=~".*"}'),
        ("--annotation-expression", "has(a) || !has(a)", "-l", "app=web"),
        ("--annotation-matchers", "{}", "-l", "app=web"),
    ],
)
def test_blank_selectors_choose_nothing_to_change(
    run: Run, shop: Path, command: str, kind: str, selector: tuple[str, ...]
) -> None:
    """Without a name, a selector that says something, or --all nothing is changed."""
    verb, *rest = command.split()
    before = shop.read_text()
    result = run(verb, *kind.split(), *rest, "-f", "shop.yaml", *selector)
    assert (result.exit_code, result.stdout, shop.read_text()) == (2, "", before)
    assert "selects everything: for all objects of a kind use --all" in result.stderr


@pytest.mark.parametrize("command", CHANGES)
def test_nothing_else_chooses_all(run: Run, shop: Path, command: str) -> None:
    """A kind alone, a namespace alone, and a denied --all are no choice either."""
    verb, *rest = command.split()
    before = shop.read_text()
    for words in (["pods"], ["pods", "-n", "shop"], ["pods", "--all=false"], ["-n", "shop"]):
        result = run(verb, *words, *rest, "-f", "shop.yaml")
        assert (result.exit_code, result.stdout, shop.read_text()) == (2, "", before)
        assert "no object is named" in result.stderr


@pytest.mark.usefixtures("shop")
def test_a_bad_selector_of_a_change(run: Run) -> None:
    """What is no selector is told as such, with the place."""
    result = run("delete", "pods", "-f", "shop.yaml", "-l", "a,,b")
    assert result.exit_code == 1
    assert "not a valid selector" in result.stderr


@pytest.mark.usefixtures("shop")
def test_blank_selectors_show_everything(run: Run) -> None:
    """To look a blank selector is as good as none, as in kubectl; beside a name, too."""
    everything = run("get", "-A", "-f", "shop.yaml").stdout
    for selector in (("-l", ""), ("-l", " "), ("--field-selector", ""), ("-l", "", "-l", "\n")):
        assert run("get", "-A", "-f", "shop.yaml", *selector).stdout == everything
    named = run("get", "pod/tool", "-f", "shop.yaml", "-l", "", "-o", "name")
    assert named.stdout == "pod/tool\n"


GO_WHITE_SPACE = "\t\n\v\f\r \x85\xa0\u1680\u2000\u2007\u200a\u2028\u2029\u202f\u205f\u3000"


@pytest.mark.usefixtures("shop")
@pytest.mark.parametrize("space", list(GO_WHITE_SPACE))
def test_white_space_around_selectors(run: Run, space: str) -> None:
    """Kubectl takes off what Go calls white space, and so do we; inside it stays an error."""
    words = ("get", "pods", "-A", "-f", "shop.yaml", "-o", "name")
    around = f"{space}app=web{space}"
    assert run(*words, "-l", around).stdout == "pod/web-1\n"
    around = f"{space}metadata.name=web-1{space}"
    assert run(*words, "--field-selector", around).stdout == "pod/web-1\n"
    inside = f"metadata.name{space}=web-1"
    assert run(*words, "--field-selector", inside).exit_code == 1


@pytest.mark.usefixtures("shop")
@pytest.mark.parametrize("other", list("\x1c\x1f\u200b\ufeff"))
def test_what_is_no_white_space_to_go(run: Run, other: str) -> None:
    """What only Python, or nobody, calls white space is not taken off."""
    assert run("get", "-A", "-f", "shop.yaml", "-l", f"{other}app=web").exit_code == 1


@pytest.mark.usefixtures("shop")
def test_flags_that_are_denied(run: Run) -> None:
    """A flag may be said to be false; as both true and false it is an error, in any order."""
    everything = run("get", "--all-namespaces=true", "-f", "shop.yaml", "-o", "name").stdout
    some = run("get", "--all-namespaces=false", "-f", "shop.yaml", "-o", "name").stdout
    assert set(some.split()) < set(everything.split())
    for words in (["--all", "--all=false"], ["--all=false", "--all"]):
        result = run("delete", "pods", "-f", "shop.yaml", "-y", *words)
        assert (result.exit_code, result.stdout) == (2, "")
        assert "--all is given twice, and only one counts: leave the others out" in result.stderr
    result = run("label", "pods", "-f", "shop.yaml", "--overwrite=true", "--overwrite=false", "a=b")
    assert "--overwrite/--no-overwrite is given twice" in result.stderr


@pytest.mark.usefixtures("shop")
def test_words_behind_two_dashes(run: Run) -> None:
    """What stands behind -- is a word, whatever it looks like."""
    result = run("get", "-f", "shop.yaml", "--", "pod/--all=false")
    assert (result.exit_code, result.stdout) == (1, "")
    assert re.match("error: pod/--all=false not found", result.stderr)


@pytest.mark.parametrize("word", ["-n=", "-f=", "-An=", "-o="])
def test_a_short_option_with_nothing_behind_its_equals_sign(run: Run, word: str) -> None:
    """It is blank, and no name that is called "="."""
    stdin = "{kind: Pod, apiVersion: v1, metadata: {name: a}}"
    result = run("get", "-f", "-", word, stdin=stdin)
    assert (result.exit_code, result.stdout) == (2, "")
    assert "is blank" in result.stderr or "is not one of" in result.stderr


def test_flags_before_a_short_option(run: Run) -> None:
    """The equals sign is no part of the value behind flags either; that of a value stays."""
    stdin = "{kind: Pod, apiVersion: v1, metadata: {name: a, namespace: prod, labels: {x: web}}}"
    for words in (
        ("-Rn=prod",),
        ("-An=prod",),
        ("-lx=web",),
        ("-l=x=web",),
        ("-Rl=x=web",),
        ("-l=",),
    ):
        assert run("get", "-f", "-", "-o", "name", *words, stdin=stdin).stdout == "pod/a\n"


@pytest.mark.parametrize(
    ("words", "meant"),
    [
        ("get pods --label app=web", "-l"),
        ("get pods --labels app=web", "-l"),
        ("lint --rule x", "--select"),
        ("get pods --rule x", None),
    ],
)
def test_options_of_the_same_meaning(run: Run, words: str, meant: str | None) -> None:
    """A word for an option that is no typo of it is answered with the option that there is."""
    result = run(*words.split(), "-f", "x")
    assert result.exit_code == 2
    assert ("did you mean" in result.stderr) == (meant is not None)
    assert meant is None or f"; did you mean {meant}?" in result.stderr
