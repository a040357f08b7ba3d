"""What the playground answers: the library's own words, laid out as plain data."""

import json
from typing import Any

import pytest

import labelsel
from docs.playground import playground
from docs.playground.playground import MAX_CHARACTERS, SOURCES, answer, explain, relate, translate
from labelsel import regex
from labelsel.errors import escape

WEB = "app: web\ntier: front\n"


def message(error: dict[str, Any] | None) -> str:
    """Return the text of an error, as the page shows it."""
    assert error is not None
    return "\n".join("".join(text for text, _ in line["cells"]) for line in error["lines"])


@pytest.mark.parametrize(
    ("language", "text", "matches", "canonical"),
    [
        ("kubernetes", "tier in (front,cache),app=web", True, "app=web,tier in (cache,front)"),
        ("kubernetes", "app!=web", False, "app!=web"),
        ("kubernetes", " ", True, ""),
        ("fields", "app=web", True, "app=web"),
        ("calico", "app == 'web' || has(debug)", True, '(app == "web" || has(debug))'),
        ("prometheus", '{app="db"}', False, "app=db"),
    ],
)
def test_each_language(language: str, text: str, *, matches: bool, canonical: str) -> None:
    """The answer, the canonical text and the reasons are those of the library.

    The language reads its canonical text again, unless the page says that it does not.
    """
    found = explain((language, text), WEB)
    assert (found["matches"], found["canonical"]) == (matches, canonical)
    assert (found["selector_error"], found["labels_error"], found["notes"]) == (None, None, [])
    selector = labelsel.languages.LANGUAGES[language].parse(text)
    if found["is_own_text"]:
        with pytest.raises(labelsel.SelectorError):
            labelsel.languages.LANGUAGES[language].parse(canonical)
    else:
        assert labelsel.languages.LANGUAGES[language].parse(canonical) == selector
    assert found["is_own_text"] == (language == "prometheus")
    why = selector.why({"app": "web", "tier": "front"})
    assert [row["text"] for row in found["why"]] == [part.text for _, part in why.walk()]
    assert eval(found["tree"], vars(labelsel.requirements) | vars(labelsel.selector)) == selector  # noqa: S307  # what pformat wrote


def test_a_tree_of_reasons() -> None:
    """A reason has the depth of its part."""
    found = explain(("calico", "!(has(app) && tier == 'db')"), WEB)
    rows = [(row["depth"], row["truth"], row["text"]) for row in found["why"]]
    assert rows == [
        (0, True, "not:"),
        (1, False, "all of:"),
        (2, True, "app: has app=web"),
        (2, False, "tier=db: has tier=front"),
    ]


@pytest.mark.parametrize("language", SOURCES)
def test_a_syntax_error(language: str) -> None:
    """The message is the library's, caret and all; of the rest there is nothing."""
    text = "(a=b=c"
    with pytest.raises(labelsel.SelectorSyntaxError) as raised:
        labelsel.languages.LANGUAGES[language].parse(text)
    found = explain((language, text), WEB)
    assert message(found["selector_error"]) == str(raised.value)
    assert found["matches"] is None
    assert found["selector_error"]["is_wrong"] is True
    assert (found["why"], translate((language, text))) == ([], {"rows": []})
    assert (found["canonical"], found["tree"]) == (None, None)
    # The caret and the text above it stay on one line each.
    wraps = [line["wraps"] for line in found["selector_error"]["lines"]]
    assert wraps == [True, False, False] + [True] * (len(wraps) - 3)


def test_cells() -> None:
    """Characters that are not ASCII have cells of their own, of as many columns as they take."""
    found = explain(("kubernetes", "日é in (a"), "")["selector_error"]["lines"]
    assert found[1]["cells"] == [("  ", 0), ("日", 2), ("é", 1), (" in (a", 0)]
    assert found[2]["cells"] == [("  ^", 0)]
    assert message(explain(("kubernetes", "a=日"), "")["selector_error"]).endswith("\n    ^")


def test_a_regular_expression(monkeypatch: pytest.MonkeyPatch) -> None:
    """With RE2 there is an answer; without, as in a browser, the reason, and no answer."""
    source = ("prometheus", '{app=~"w.*"}')
    assert explain(source, WEB)["matches"] is True
    labelsel.clear_cache()
    regex.compile_regex.cache_clear()
    monkeypatch.setitem(__import__("sys").modules, "re2", None)
    found = explain(source, WEB)
    assert found["matches"] is None
    assert message(found["selector_error"]).startswith("regular expressions need RE2")
    assert found["selector_error"]["is_wrong"] is False  # the page must not call it invalid
    assert "does not run in the browser" in found["selector_error"]["note"]
    assert explain(("prometheus", '{app=~"web|db"}'), WEB)["matches"] is True


@pytest.mark.parametrize(
    ("text", "expected", "note"),
    [
        ("app: 1", "label 'app': a value must be a string, this is the number 1", "Put them in"),
        ("a: true\nb: null", "boolean true; label 'b': a value must be a string", "Put them in"),
        ("app: {a: b}", "label 'app': a value must be a string, this is a map", "Put them in"),
        ("- app", "labels must be a mapping of strings to strings, this is a list", "one label"),
        ("app=web", "labels must be a mapping of strings to strings, this is a str", "one label"),
        ("a: b\na: c", 'labels, document 1 (line 2): the key "a" is in this map twice', None),
        ("a: b\n---\nc: d", "a second object; expected exactly one", None),
        ("a: {", "not valid YAML", None),
        ("a: \ud800", "the character U+D800 is not allowed", None),
        ("a: {{ .x }}", "a template", None),
    ],
)
def test_labels_that_are_none(text: str, expected: str, note: str | None) -> None:
    """What is not a mapping of strings is an error, and there is no answer."""
    found = explain(("kubernetes", "!app"), text)
    assert found["matches"] is None
    assert expected in message(found["labels_error"])
    assert (note or "") in (found["labels_error"]["note"] or "")
    assert (found["labels_error"]["note"] is None) == (note is None)
    assert found["canonical"] == "!app"


@pytest.mark.parametrize("text", ["", "\n ", "# app: web", "null", "{}", "---"])
def test_no_labels(text: str) -> None:
    """An empty text, comments, null and an empty map are no labels."""
    assert explain(("kubernetes", "!app"), text)["matches"] is True


def test_illegal_labels() -> None:
    """They are matched, and what Kubernetes would refuse is named, unless they are no labels."""
    text = "app: a b\n-x: 'y'\n\"\\e\": z\n"
    found = explain(("kubernetes", "app"), text)
    assert found["matches"] is True
    assert len(found["notes"]) == 3
    assert found["notes"][0].startswith("Kubernetes refuses the label 'app': a value may")
    assert all(note.isprintable() for note in found["notes"])
    assert explain(("fields", "app=x"), text)["notes"] == []


def test_translations() -> None:
    """Each other language has the text, or the reason why there is none."""
    found = translate(("calico", "app == 'web' && !has(debug)"))["rows"]
    texts = {row["language"]: row["text"] for row in found}
    assert texts == {
        "kubernetes": "app=web,!debug",
        "fields": None,
        "prometheus": None,
        "label-selector": "matchLabels:\n  app: web\nmatchExpressions:\n- key: debug\n"
        "  operator: DoesNotExist\n",
        "node-selector": "nodeSelectorTerms:\n- matchExpressions:\n  - key: app\n"
        "    operator: In\n    values:\n    - web\n  - key: debug\n    operator: DoesNotExist\n",
    }
    reasons = {row["language"]: row["reason"] for row in found if row["reason"]}
    assert set(reasons) == {"fields", "prometheus"}
    assert "does not write it" in reasons["fields"]


def test_a_translation_that_is_refused() -> None:
    """A selector is never written in a language that cannot express it."""
    rows = translate(("calico", "a == 'b' || has(c)"))["rows"]
    (kubernetes,) = [row for row in rows if row["language"] == "kubernetes"]
    assert kubernetes["text"] is None
    assert "cannot be written as a Kubernetes selector" in kubernetes["reason"]
    rows = translate(("fields", "a=\u202eb"))["rows"]
    (calico,) = [row for row in rows if row["language"] == "calico"]
    assert (calico["text"], calico["reason"]) == (
        None,
        "The text has a character that is not printable.",
    )


def test_what_is_shown_is_printable() -> None:
    """A text from outside cannot break a line or turn it around."""
    found = explain(("calico", "a == 'x\u202e\x1b'"), 'a: "\\e\\u202e\\n"\n')
    assert found["canonical"].isprintable()
    assert found["tree"].isprintable()
    (reason,) = found["why"]
    assert reason["text"] == escape(reason["text"])
    assert reason["text"].isprintable()


@pytest.mark.parametrize("language", SOURCES)
def test_limits(language: str) -> None:
    """A text that is too long, and half of a surrogate pair, are errors in plain words."""
    found = explain((language, "a" * (MAX_CHARACTERS + 1)), "b" * (MAX_CHARACTERS + 1))
    assert message(found["selector_error"]) == (
        "too long for this page: the selector may have 10,000 characters here, this text has 10,001"
    )
    assert message(found["labels_error"]).startswith("too long for this page: the labels may have")
    half = message(explain((language, "ab\ud800"), "")["selector_error"])
    assert half.startswith("not a valid selector: found half of a surrogate pair")
    assert half.split("\n")[2] == "    ^"


RELATIONS = ("overlap", "implies", "implied", "same")


def test_relate() -> None:
    """The answers are those of the library, with a witness where it shows something."""
    one, other = ("kubernetes", "app=web"), ("calico", "app in {'web', 'api'}")
    rows = [relate(relation, one, other) for relation in RELATIONS]
    assert [row.pop("error") for row in rows] == [None] * 4
    assert rows == [
        {"answer": "yes", "witness": "app: web\n", "caption": "Both match these labels."},
        {"answer": "yes", "witness": None, "caption": None},
        {
            "answer": "no",
            "witness": "app: api\n",
            "caption": "Only the second selector matches these labels.",
        },
        {"answer": "no", "witness": None, "caption": None},
    ]
    found = relate("implies", other, one)
    assert found["caption"] == "Only the first selector matches these labels."
    assert relate("overlap", ("kubernetes", "a"), ("kubernetes", "!a"))["answer"] == "no"


def test_a_relation_that_is_unknown() -> None:
    """A question that cannot be decided is unknown, and that is no yes."""
    found = relate("overlap", ("prometheus", '{a=~"x.*"}'), ("prometheus", '{a!~"x(.|..)*"}'))
    assert (found["answer"], found["witness"]) == ("unknown", None)
    assert found["caption"].startswith("There are too many cases")


@pytest.mark.parametrize("relation", RELATIONS)
def test_a_relation_without_two_selectors(relation: str) -> None:
    """There is no answer; the error is that of the second selector."""
    found = relate(relation, ("kubernetes", "a"), ("calico", "a = 'b'"))
    assert message(found.pop("error")).startswith("not a valid selector: found '='")
    assert set(found.values()) == {None}
    found = relate(relation, ("kubernetes", ",,"), ("kubernetes", "a"))
    assert set(found.values()) == {None}


def test_answer() -> None:
    """The worker asks in JSON, and lone surrogates come through it."""
    request = {"function": "relate", "relation": "same", "one": ["calico", "all()"]}
    found = answer(json.dumps(request | {"other": ["calico", "\ud800"]}))
    assert found.isascii()
    assert "half of a surrogate pair" in message(json.loads(found)["error"])
    with pytest.raises(KeyError):
        answer('{"function": "warm_up"}')
    with pytest.raises(ValueError, match="not a language of the playground: 'label-selector'"):
        explain(("label-selector", "{}"), "")


def test_warm_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """All languages, with good and with bad selectors, are asked before the memory is saved."""
    asked = []
    monkeypatch.setattr(playground, "explain", lambda source, _labels: asked.append(source))
    playground.warm_up()
    assert {language for language, _ in asked} == set(SOURCES)
    assert len(asked) == 2 * len(SOURCES)
