"""The only document of a text, and one value back into text."""

import json

import pytest
import yaml

from labelsel.kubernetes import ManifestError, json_text, yaml_text
from labelsel.kubernetes.read.document_reader import read_value


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("a: on", {"a": True}),
        ('{"a": "on"}', {"a": "on"}),
        ("{a: [1e3]}", {"a": [1000.0]}),
        ("null", None),
        ("---\n", None),
        ("---\n---\n", None),
        ("---\n---\na: 1\n---\n", {"a": 1}),
        ("[]", []),
    ],
)
def test_one_value(text: str, value: object) -> None:
    """JSON or YAML, read as in a manifest; empty documents beside another do not count."""
    assert read_value(text, "a") == value


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "a: empty: expected YAML or JSON"),
        ("# nothing\n", "a: empty: expected YAML or JSON"),
        ("a: 1\n---\nb: 2\n", "a, document 2 (line 3): a second object; expected exactly one"),
        ("a: 1\n---\nb: [\n", "a, document 2 (line 3): not valid YAML: "),
        ('{"a": ]', "a, document 1 (line 1): not valid JSON: "),
        # A text of its own is a selector: nothing in it may stand twice.
        (
            "x: 1\nx: 2",
            'a, document 1 (line 2): the key "x" is in this map twice, first on line 1',
        ),
    ],
)
def test_not_one_value(text: str, message: str) -> None:
    """No document, a second one, or one that cannot be read is an error with its place."""
    with pytest.raises(ManifestError) as refused:
        read_value(text, "a")
    assert str(refused.value).startswith(message)


@pytest.mark.parametrize("emitter", ["libyaml", "python"])
@pytest.mark.parametrize(
    "value",
    [None, {}, [], True, 5, "on", "", "...", "a\n\n", {"a": "..."}, {"a": "b\n\n"}, {"a": [None]}],
    ids=repr,
)
def test_values_come_back(monkeypatch: pytest.MonkeyPatch, emitter: str, value: object) -> None:
    """Any value as JSON and YAML is the same when it is read, and YAML ends without dots."""
    if emitter == "python":
        monkeypatch.delattr(yaml, "CSafeDumper", raising=False)
    text = yaml_text(value)
    assert read_value(text, "a.yaml") == yaml.safe_load(text) == value
    assert not text.endswith("\n...\n")
    assert json.loads(json_text(value)) == value
