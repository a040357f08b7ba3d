"""docs/lint.md: each rule stands in it, with what is broken, what is told, and what mends it."""

import re
from pathlib import Path

import pytest

from labelsel.lint import RULES
from tests.lint.manifests import findings

DOCUMENT = (Path(__file__).resolve().parents[2] / "docs" / "lint.md").read_text()
_SECTION = re.compile(r"^### (\S+)\n\n(Error|Warning|Note)\.(.*?)(?=^##)", re.MULTILINE | re.DOTALL)
_YAML = re.compile(r"^```yaml\n(.*?)^```", re.MULTILINE | re.DOTALL)
_TOLD = re.compile(r"^    (.+)$", re.MULTILINE)
SECTIONS = {match[1]: (match[2], match[3]) for match in _SECTION.finditer(DOCUMENT)}


def test_every_rule_is_documented() -> None:
    """The document has the rules of the table, in its order, as bad as they are."""
    assert {name: word.lower() for name, (word, _) in SECTIONS.items()} == {
        rule.id: rule.severity for rule in RULES.values()
    }
    assert list(SECTIONS) == list(RULES)


@pytest.mark.parametrize("rule", RULES)
def test_the_examples_of_the_document(rule: str, tmp_path: Path) -> None:
    """In the first example nothing but this rule is broken, in the second nothing at all."""
    text = SECTIONS[rule][1]
    broken, mended = _YAML.findall(text)
    told = _TOLD.findall(_YAML.sub("", text))
    found = findings(tmp_path, broken)
    assert [one.rule.id for one in found] == [rule]
    assert [one.message.replace(f"{tmp_path}/", "") for one in found] == told
    assert findings(tmp_path, mended) == []
