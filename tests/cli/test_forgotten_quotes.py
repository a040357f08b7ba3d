"""Words that the shell took from a selector, a change or -f are named as what they are."""

import shlex
from pathlib import Path

import pytest

from tests.cli.conftest import Run

IN = "'in' and '(a,b)' are read as names; put the selector in quotes: -l 'tier in (a,b)'"


@pytest.mark.usefixtures("shop")
@pytest.mark.parametrize(
    ("words", "message"),
    [
        ("get pods -l tier in '(a,b)'", IN),
        ("get -l tier in '(a,b)' pods", IN),
        ("why -l tier in '(a,b)' pod/web-1", IN),
        ("groups pods -L app -l tier in '(a,b)'", IN),
        ("explain pods -l tier in '(a,b)'", IN),
        ("label pods -l tier in '(a,b)' a=b", IN),
        (
            "get pods -l app= web",
            "'web' is read as a name; put the selector in quotes: -l 'app= web'",
        ),
        (
            "get pods -l app=a, tier=b",
            "'tier=b' is read as a name; put the selector in quotes: -l 'app=a, tier=b'",
        ),
        (
            "get pods -e app == \"'web'\"",
            "'==' and \"'web'\" are read as names; put the selector in quotes: -e \"app == 'web'\"",
        ),
        (
            "get pods -e app == web",
            "'==' and 'web' are read as names; put the selector in quotes: -e 'app == \"web\"'",
        ),
        (
            "get pods -e tier starts with front",
            "put the selector in quotes: -e 'tier starts with \"front\"'",
        ),
        (
            "get pods --matchers app=web tier=~x.*",
            'put the selector in quotes: --matchers \'{app="web",tier=~"x.*"}\'',
        ),
        (
            "get pods --matchers '{app=web,' 'tier!=x}'",
            'put the selector in quotes: --matchers \'{app="web", tier!="x"}\'',
        ),
        (
            "get pods --annotation-selector owner in '(a,b)'",
            "put the selector in quotes: --annotation-selector 'owner in (a,b)'",
        ),
        ("get pods --matchers app=web tier", "names and --matchers cannot be combined"),
        ("get pods -l app web", "names and -l cannot be combined: leave one of them out"),
        ("get pods -l app= a b", "names and -l cannot be combined: leave one of them out"),
        ("label pods -l app=web tier:cache", "a change is KEY=VALUE: tier=cache"),
        ("label pods web-1 a.b/tier:cache", "a change is KEY=VALUE: a.b/tier=cache"),
        ("label clusterrole/system:node", "at least one change is needed"),
        (
            "annotate pod web-1 note=hello world",
            "changes: world; a value with a blank needs quotes: 'note=hello world'",
        ),
        ("label pod note=hello world", "changes: world; the value of a label has no blank\n"),
    ],
)
def test_words_that_were_no_names(run: Run, words: str, message: str) -> None:
    """The command ends with status 2, and says what to type."""
    result = run(*shlex.split(words), "-n", "shop", "-f", "shop.yaml")
    assert (result.exit_code, result.stdout) == (2, "")
    assert message in result.stderr


@pytest.mark.usefixtures("shop")
def test_an_empty_value_before_a_kind(run: Run) -> None:
    """What has a meaning is not refused: the value is empty, and pods is the kind."""
    result = run("get", "-l", "app=", "pods", "-n", "shop", "-f", "shop.yaml")
    assert result.exit_code == 0


@pytest.mark.usefixtures("shop")
@pytest.mark.parametrize(
    ("words", "message"),
    [
        ("get pods charts/", "nothing to read: charts/ is a folder: write -f charts/\n"),
        ("get charts", "nothing to read: charts is a folder: write -f charts\n"),
        ("diff charts charts", "charts is a folder: write -f charts -f charts"),
        ("diff shop.yaml charts", "charts); shop.yaml is a file: write -f shop.yaml -f charts\n"),
        ("why -l a shop.yaml", "nothing to read: shop.yaml is a file: write -f shop.yaml\n"),
        ("get pods", "nothing to read: name a file or a folder with -f PATH"),
    ],
)
def test_a_path_without_its_flag(run: Run, words: str, message: str) -> None:
    """A word that is a path here was meant for -f."""
    Path("charts").mkdir()
    result = run(*words.split())
    assert (result.exit_code, result.stdout) == (2, "")
    assert message in result.stderr


@pytest.mark.usefixtures("shop")
@pytest.mark.parametrize(("names", "is_judged"), [(14, True), (15, False), (5_000, False)])
def test_many_words(run: Run, names: int, is_judged: bool) -> None:  # noqa: FBT001  # a parameter
    """Of many words none is judged, so that the answer comes at once; they are refused, too."""
    words = [f"p{number}" for number in range(names)]
    result = run("get", "pods", "-f", "shop.yaml", "-l", "tier", "in(a)", *words)
    assert (result.exit_code, result.stdout) == (2, "")
    assert ("put the selector in quotes" in result.stderr) is is_judged
    assert ("names and -l cannot be combined" in result.stderr) is not is_judged
