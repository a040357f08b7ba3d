"""The selectors of a command line: -e, and errors that name the flag and the text."""

import shlex
import sys
from pathlib import Path

import click
import pytest

from labelsel import clear_cache
from labelsel.cli.app import app
from tests.cli.conftest import Run

#: How each command is called, so that only its selectors are missing.
COMMANDS = {
    "get": "get -f shop.yaml",
    "explain": "explain -f shop.yaml",
    "groups": "groups pods -f shop.yaml -L app",
    "graph": "graph -f shop.yaml",
    "nodes-for": "nodes-for pod/tool -f shop.yaml",
    "why": "why pod/tool -f shop.yaml",
    "who-selects": "who-selects pod/web-1 -n shop -f shop.yaml",
    "label": "label pods a=b -f shop.yaml --dry-run",
    "annotate": "annotate pods a=b -f shop.yaml --dry-run",
    "delete": "delete pods -f shop.yaml --dry-run",
}
WITH_FIELDS = ("get", "label", "annotate", "delete")


def test_all_commands_are_here() -> None:
    """Each command that has one of the flags is tested with them."""
    context = click.Context(app)
    commands = {name: app.get_command(context, name) for name in app.list_commands(context)}
    with_flags = {
        name
        for name, command in commands.items()
        if command and any({"-l", "-e"} & set(param.opts) for param in command.params)
    }
    for name in with_flags:
        command = app.get_command(context, name)
        options = {option for param in command.params for option in param.opts} if command else ()
        assert {"-l", "-e", "--matchers"} <= set(options), name
    assert with_flags == {*COMMANDS, "query"}  # test_query.py has the tables of query


@pytest.mark.usefixtures("shop")
@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize(
    ("flag", "text", "caret"),
    [
        ("-l", "app=~web", 4),
        ("-e", "app = 'web'", 4),
        ("-l", " a b ", 2),
        ("-e", "has(a", 5),
        ("--matchers", "{app=web}", 5),
        ("--matchers", ' {app=~"("} ', 6),
    ],
)
def test_a_bad_selector_names_its_flag(
    run: Run, command: str, flag: str, text: str, caret: int
) -> None:
    """The flag and the text as it was typed; the caret is under the fault of the trimmed text."""
    result = run(*COMMANDS[command].split(), flag, text)
    assert (result.exit_code, result.stdout) == (1, "")
    lines = result.stderr.splitlines()
    assert lines[0].startswith(f"error: {flag} {text!r}: not a valid selector: ")
    assert lines[1:3] == [f"  {text.strip()}", f"  {' ' * caret}^"]


@pytest.mark.usefixtures("shop")
@pytest.mark.parametrize("command", WITH_FIELDS)
def test_a_bad_field_selector_names_its_flag(run: Run, command: str) -> None:
    """A text that is no field selector, and a field that no object has."""
    for text, problem in (("a", "not a valid selector: "), ("metadata.nme!=x", "field ")):
        result = run(*COMMANDS[command].split(), "--field-selector", text)
        assert (result.exit_code, result.stdout) == (1, "")
        assert result.stderr.startswith(f"error: --field-selector {text!r}: {problem}")


@pytest.mark.usefixtures("shop")
def test_the_text_says_which_of_several(run: Run) -> None:
    """Of several selectors the bad one is named, whatever stands beside it."""
    words = ("get", "-A", "-f", "shop.yaml", "-l", "app", "-l", "app==", "-e", "has(app)")
    for bad in (("-l", "a;b"), ("-e", "a"), ("--field-selector", "kind")):
        for before in ((), ("--field-selector", "kind=Pod", "--field-selector", "kind!=x")):
            result = run(*words, *before, *bad, "-l", "tier")
            assert result.stderr.startswith(f"error: {bad[0]} {bad[1]!r}: ")
    fields = ("--field-selector", "kind=Pod", "--field-selector", "metadata.nme=a,kind=Pod")
    result = run(*words, *fields)
    assert result.stderr.startswith("error: --field-selector 'metadata.nme=a,kind=Pod': field ")


@pytest.mark.usefixtures("shop")
@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("app=web", "it is a label: use a label selector: -l 'app=web'"),
        ("kind=Pod,app!=web", "it is a label: use a label selector: -l 'app!=web'"),
        ("app=a b", "it is a label: use a label selector"),
        ("app=a,app=b", "it is a label: use a label selector"),
        ("zone=a", "no object in the input has it"),
    ],
)
def test_a_label_as_a_field(run: Run, text: str, hint: str) -> None:
    """The -l that says the same is named where objects have such a label, and it is legal."""
    result = run("get", "-A", "-f", "shop.yaml", "--field-selector", text)
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr.endswith(f"{hint}\n")


@pytest.mark.usefixtures("shop")
@pytest.mark.parametrize(
    ("words", "printed"),
    [
        ("get pods -A -o name -e app=='web'||app=='db'", "pod/web-1\npod/db-1\n"),
        ("get pods -A -o name -e app=='web'||app=='db' -l !tier", "pod/db-1\n"),
        ("get pods -A -o name -e has(app) -e app!='web'", "pod/db-1\npod/tool\n"),
        ("delete pods -y --dry-run -A -o name -e !(app=='web'||app=='tool')", "pod/db-1\n"),
        ('get pods -A -o name --matchers {app=~"w.*|db"}', "pod/web-1\npod/db-1\n"),
        ('get pods -A -o name --matchers {app=~"w.*|db"} -l !tier', "pod/db-1\n"),
        ('get pods -A -o name --matchers {app!="web"} --matchers {app!="db"}', "pod/tool\n"),
        ('label pods x=y --dry-run -A -o name --matchers {app!~"w.+"} -e has(tier)', ""),
        ('delete pods -y --dry-run -A -o name --matchers {app!~"w.+",app!="db"}', "pod/tool\n"),
    ],
)
def test_expressions(run: Run, words: str, printed: str) -> None:
    """An expression selects with or and not, together with all other selectors."""
    result = run(*words.split(), "-f", "shop.yaml")
    assert set(result.stdout.split()) == set(printed.split())
    assert result.exit_code == 0


@pytest.mark.usefixtures("shop")
def test_expressions_beside_names(run: Run) -> None:
    """They are refused beside names and --all, as -l is."""
    result = run("get", "pods", "tool", "-f", "shop.yaml", "-e", "has(app)")
    assert "names and -e cannot be combined" in result.stderr
    result = run("delete", "pods", "-f", "shop.yaml", "--all", "-e", "has(app)")
    assert "--all and -e cannot be combined" in result.stderr


RBAC = "rbac.authorization.k8s.io/v1"


@pytest.mark.usefixtures("shop")
@pytest.mark.parametrize(
    "value",
    [
        *("~web", "web*", "*", "^web", "web$", "/web/", "a|b", "(web)", "[w]eb"),
        *('"web"', "'web", " web", "web ", "`web`"),
    ],
)
@pytest.mark.parametrize("sign", ["=", "==", "!="])
def test_a_value_that_looks_like_a_pattern(run: Run, value: str, sign: str) -> None:
    """It is compared as it is, as in Kubernetes; a warning says so where no object has it."""
    words = ("get", "pods", "-A", "-f", "shop.yaml", "-o", "name")
    # A field selector is trimmed as a whole.
    text = f"metadata.name{sign}{value},kind=Pod"
    result = run(*words, "--field-selector", text)
    all_pods = ["pod/web-1", "pod/db-1", "pod/tool"]
    assert (result.exit_code, result.stdout.split()) == (0, all_pods if sign == "!=" else [])
    why = "field selectors have no patterns, and values are compared as they are"
    if value[0] in '"`':
        why = f"write the value without quotes: metadata.name{sign.replace('==', '=')}web;"
    warning = f"warning: --field-selector {text!r}: {why}"
    assert result.stderr.startswith(warning)
    edit = run("label", "pods", "-A", "-f", "shop.yaml", "--field-selector", text, "a=b")
    assert edit.exit_code == (1 if sign == "!=" else 0)
    assert edit.stdout == ""
    assert ("so that != excludes none" in edit.stderr) == (sign == "!=")


@pytest.mark.usefixtures("shop")
@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("metadata.name={{ .x }}", "this is a placeholder that another program replaces: "),
        ("kind=Pod,metadata.name!=$X", "the shell replaces $X only in double quotes: "),
        ("metadata.name=a\\=$X", "this is a placeholder that another program replaces: "),
        ("metadata.name={{ a\\,b }}", "field selectors have no patterns, and values are "),
    ],
)
def test_a_value_that_is_a_placeholder(run: Run, text: str, hint: str) -> None:
    """A template and a variable of the shell are told from a pattern, as -l does."""
    result = run("get", "pods", "-A", "-f", "shop.yaml", "--field-selector", text)
    assert result.exit_code == 0
    assert result.stderr.startswith(f"warning: --field-selector {text!r}: {hint}")


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("~web", "metadata.name=~web"),
        ("~web", "metadata.name!=~web"),
        ("web", "metadata.name!=web"),
        ("web", "kind!=Service"),
        ("a", "metadata.name!=w,spec!=w*"),
    ],
)
def test_a_value_that_an_object_has(run: Run, name: str, text: str) -> None:
    """There is no warning: a name with ~ is legal, for example of a ClusterRole."""
    role = f"{{kind: ClusterRole, apiVersion: {RBAC}, metadata: {{name: {name}}}}}"
    other = "{kind: Box, apiVersion: example.com/v1, metadata: {name: box}, spec: w*}"
    third = "{kind: Lid, apiVersion: example.com/v1, metadata: {name: lid}, spec: {a: b}}"
    stdin = f"{third}\n---\n{role}\n---\n{other}"
    result = run("get", "clusterroles,box", "-f", "-", "--field-selector", text, stdin=stdin)
    assert (result.exit_code, "warning" in result.stderr) == (0, False)


@pytest.mark.usefixtures("shop")
def test_not_in_a_field(run: Run) -> None:
    """Kubernetes takes it for a part of the field's name; the error says what to write."""
    result = run("get", "-A", "-f", "shop.yaml", "--field-selector", "not kind=Pod")
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr.endswith("; another value is asked for with kind!=VALUE\n")


@pytest.mark.usefixtures("shop")
@pytest.mark.parametrize(
    ("words", "message"),
    [
        ("--field-selector spec.containers[0].name=web", "fields inside lists cannot be selected"),
        ("--field-selector spec.containers.name=web", "fields inside lists cannot be selected"),
        ("--field-selector status.phase>Running", "not a valid selector: found '>'"),
        ("-l app=$APP", 'the shell replaces $APP only in double quotes: -l "app=$APP"'),
        ("-o {.items}", "a template stands behind jsonpath=: write -o 'jsonpath={.items}'"),
        ("-o .items", "a template stands behind jsonpath=: write -o 'jsonpath={.items}'"),
        ("--sort-by name", "no object has the field name; did you mean .metadata.name?"),
        ("--sort-by .nope", "no object has the field .nope\n"),
    ],
)
def test_what_people_type(run: Run, words: str, message: str) -> None:
    """The message says what to type instead."""
    result = run("get", "pods", "-A", "-f", "shop.yaml", *words.split())
    assert (result.exit_code != 0, result.stdout) == (True, "")
    assert message in result.stderr


@pytest.mark.usefixtures("shop")
def test_or_offers_what_can_be_pasted(run: Run) -> None:
    """Each offer stands behind its own flag, and both find the same."""
    failed = run("get", "pods", "-A", "-f", "shop.yaml", "-o", "name", "-l", "app=web or app=db")
    offered = failed.stderr.splitlines()[-1].split("write: ")[1].split("; or: ")
    expected = "pod/web-1\npod/db-1\n"
    for words in offered:
        result = run("get", "pods", "-A", "-f", "shop.yaml", "-o", "name", *shlex.split(words))
        assert result.stdout == expected


@pytest.mark.usefixtures("shop")
@pytest.mark.parametrize(
    ("flag", "text", "advice"),
    [
        ("-l", '{app=~"we.+"}', "use --matchers '{app=~\"we.+\"}'"),
        ("-l", 'up{app="web"}', "use --matchers without the metric's name"),
        ("-l", "app == 'web' || has(x)", "-e \"app == 'web' || has(x)\""),
        ("-e", "app=web", "use -l 'app=web'"),
        ("-e", '{app=~"we.+"}', "use --matchers '{app=~\"we.+\"}'"),
        ("-e", "app =~ 'web'", "--matchers '{key=~\"web-.*\"}', which has them"),
        ("--matchers", "app in (a,b)", "use -l 'app in (a,b)'"),
        ("--matchers", "has(a) || app == 'b'", "use -e \"has(a) || app == 'b'\""),
        ("--matchers", "{app=web}", "the shell takes them away; write: --matchers '{app=\"web\"}'"),
        ("--matchers", '{app=="web"}', 'equality is written with one sign; write: {app="web"}'),
        ("--annotation-selector", "has(c) || a == 'b'", '--annotation-expression "has(c) || '),
        ("--annotation-selector", "a=b || c=d", '--annotation-expression \'a == "b" || c == "d"\''),
        ("--annotation-selector", '{a=~"b.+"}', "use --annotation-matchers '{a=~\"b.+\"}'"),
        ("--annotation-expression", "a=b", "use --annotation-selector 'a=b'"),
        ("--annotation-matchers", "has(a)", "use --annotation-expression 'has(a)'"),
        ("--annotation-matchers", "{a=b}", "write: --annotation-matchers '{a=\"b\"}'"),
    ],
)
def test_a_text_in_another_language(run: Run, flag: str, text: str, advice: str) -> None:
    """No flag takes the text of another: the error names the flag that does."""
    result = run("get", "-A", "-f", "shop.yaml", flag, text)
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr.startswith(f"error: {flag} ")
    assert advice in result.stderr.splitlines()[-1]
    assert not flag.startswith("--annotation") or " -" not in result.stderr.splitlines()[
        -1
    ].replace(" --annotation-", "")


@pytest.mark.usefixtures("shop")
@pytest.mark.parametrize(
    ("text", "offer"),
    [
        ("owner=the shop team", "write: --annotation-expression 'owner == \"the shop team\"'"),
        ("a.io/x != http://x/y", "write: --annotation-expression 'a.io/x != \"http://x/y\"'"),
        ("owner==a b", "write: --annotation-expression 'owner == \"a b\"'"),
        ("url=http://x?y=z", "need --annotation-expression 'key == \"value\"'"),
        ("owner=a b,c", "as in a=b,c=d"),
        ("owner=a or b", "a selector cannot say 'or'"),
        ("owner=$X", "double quotes"),
    ],
)
def test_values_that_only_annotations_have(run: Run, text: str, offer: str) -> None:
    """What is offered can be pasted, and finds the annotation."""
    result = run("get", "-A", "-f", "shop.yaml", "--annotation-selector", text)
    assert (result.exit_code, result.stdout) == (1, "")
    hint = result.stderr.splitlines()[-1]
    assert offer in hint
    if "write: --" in hint:
        words = shlex.split(hint.partition("write: ")[2])
        assert run("get", "-A", "-f", "shop.yaml", *words).exit_code == 0


@pytest.mark.usefixtures("shop")
@pytest.mark.parametrize("flag", ["--matchers", "--annotation-matchers"])
@pytest.mark.parametrize("text", ['up{app="web"}', "web", '{__name__!="up"}'])
def test_objects_have_no_metric(run: Run, flag: str, text: str) -> None:
    """The name of a metric is a label that no object has: to ask for it is a mistake."""
    result = run("get", "-A", "-f", "shop.yaml", flag, text)
    assert (result.exit_code, result.stdout) == (1, "")
    assert "objects have no metric name" in result.stderr


@pytest.mark.usefixtures("shop")
def test_without_re2(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the extra is missing, the failure names the flag and what to install."""
    clear_cache()
    monkeypatch.setitem(sys.modules, "re2", None)
    result = run("get", "-A", "-f", "shop.yaml", "--matchers", '{app=~"b.*c"}')
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr.startswith("error: --matchers '{app=~\"b.*c\"}': regular expressions need")
    assert "pip install 'labelsel[regex]'" in result.stderr


@pytest.mark.parametrize("command", ["label pods a=b", "annotate pods a=b", "delete pods -y"])
@pytest.mark.parametrize(
    ("flag", "text"), [("--matchers", '{app!~"x.y"}'), ("--annotation-matchers", '{a!~"x.y"}')]
)
def test_what_selects_every_object(
    run: Run, shop: Path, command: str, flag: str, text: str
) -> None:
    """Where nobody can say whether a selector selects everything, the input decides."""
    before = shop.read_text()
    result = run(*command.split(), "-A", "-f", "shop.yaml", flag, text)
    assert (result.exit_code, result.stdout, shop.read_text()) == (1, "", before)
    assert "selects all objects in the input: for all objects of a kind use --all" in result.stderr
    shop.write_text(
        f"{before}---\n{{kind: Box, apiVersion: x.io/v1, metadata: {{name: b, "
        "labels: {app: x-y}, annotations: {a: x y}}}"
    )
    result = run(*command.split(), "-A", "-f", "shop.yaml", flag, text, "--dry-run", "-o", "name")
    assert (result.exit_code, len(result.stdout.split())) == (0, 3)


def test_an_expression_that_nests_too_deep(run: Run) -> None:
    """A limit is no mistake in the text, so the error has no hint; it names the flag."""
    text = "has(a) && (has(b) || (" * 99 + "has(c)" + "))" * 99
    for flag in ("-e", "--annotation-expression"):
        result = run("get", "-f", "shop.yaml", flag, text)
        assert (result.exit_code, result.stdout) == (1, "")
        assert result.stderr.startswith(f"error: {flag} ")
        assert "deep" in result.stderr
