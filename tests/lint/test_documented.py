"""docs/lint.md: each rule stands in it, with what is broken, what is told, and what mends it."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from labelsel.lint import RULES, Severity, configuration
from labelsel.lint.configuration import read_configuration
from tests.lint.manifests import findings

ROOT = Path(__file__).resolve().parents[2]
DOCUMENT = (ROOT / "docs" / "lint.md").read_text()
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


def block(heading: str, language: str) -> str:
    """The first block in a language below a heading of the document."""
    section = DOCUMENT.split(f"\n## {heading}\n", 1)[1]
    return str(re.findall(rf"^```{language}\n(.*?)^```", section, re.MULTILINE | re.DOTALL)[0])


def test_the_comments_of_the_document(tmp_path: Path) -> None:
    """The comments that are shown ignore what is found, and are all used."""
    text = block("Ignore a finding", "yaml")
    assert findings(tmp_path, text) == []
    found = findings(tmp_path, text.replace("labelsel: ignore", "nobody: ignore"))
    assert [one.rule.id for one in found] == ["illegal-label"] * 2


def test_the_configuration_of_the_document(tmp_path: Path) -> None:
    """The configuration that is shown is one; the table has all keys."""
    path = tmp_path / "labelsel.toml"
    path.write_text(block("Configuration", "toml"))
    known = read_configuration(path)
    assert known.baseline == str(tmp_path / ".labelsel-baseline.json")
    assert known.severity == {"selects-too-much": Severity.NOTE}
    section = DOCUMENT.split("\n## Configuration\n", 1)[1].split("\n## ")[0]
    assert re.findall(r"^\| `(.+?)` \|", section, re.MULTILINE) == list(configuration._KEYS)


def test_the_hook_and_the_action_of_the_document() -> None:
    """The hook that is shown exists, and the inputs of the action are those that are named."""
    (hook,) = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text())
    (repo,) = yaml.safe_load(block("As a hook of pre-commit", "yaml"))["repos"]
    assert [each["id"] for each in repo["hooks"]] == [hook["id"]]
    inputs = yaml.safe_load((ROOT / "action.yml").read_text())["inputs"].keys()
    step = yaml.safe_load(block("In CI", "yaml"))[1]["with"]
    (others,) = re.findall(r"Its other inputs are (.*?)\.", DOCUMENT, re.DOTALL)
    assert inputs == step.keys() | set(re.findall("`(.+?)`", others))


def list_mappings(value: object) -> Iterator[dict[str, Any]]:
    """Yield each mapping in a YAML document."""
    if isinstance(value, dict):
        yield value
    for part in (
        value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    ):
        yield from list_mappings(part)


def test_the_guide_for_ci(tmp_path: Path) -> None:
    """The workflows, the hook and the configuration of the guide have only what there is."""
    guide = (ROOT / "docs" / "guides" / "lint-ci.md").read_text()
    parts = [part for text in _YAML.findall(guide) for part in list_mappings(yaml.safe_load(text))]
    steps = [part for part in parts if str(part.get("uses", "")).startswith("labelsel/labelsel@")]
    inputs = yaml.safe_load((ROOT / "action.yml").read_text())["inputs"].keys()
    assert len(steps) == 2
    assert all(step["with"].keys() <= inputs for step in steps)
    (hook,) = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text())
    assert [part["hooks"][0]["id"] for part in parts if "hooks" in part] == [hook["id"]]
    (text,) = re.findall(r"^```toml\n(.*?)^```", guide, re.MULTILINE | re.DOTALL)
    (tmp_path / "labelsel.toml").write_text(text)
    assert read_configuration(tmp_path / "labelsel.toml").exclude == ("vendor",)
