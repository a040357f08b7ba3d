"""Without PyYAML: objects, clients' answers and JSON are read; YAML says what to install."""

import io
import json
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

import labelsel.kubernetes
from labelsel.errors import ManifestError
from labelsel.kubernetes import Inventory, json_text, read_manifests, write_json
from labelsel.kubernetes.model.serializer import scalar_text, write_yaml, yaml_text
from labelsel.kubernetes.model.yaml_extra import needs_yaml

POD = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "a", "labels": {"app": "web"}}}
ADVICE = r"^PyYAML, which reads and writes YAML, is not installed: pip install 'labelsel\[cli\]'$"
#: What imports PyYAML when it is loaded.
NEED_IT = (
    "labelsel.kubernetes.edit.yaml_layout",
    "labelsel.kubernetes.model.yaml_emitter",
    "labelsel.kubernetes.read.line_locator",
    "labelsel.kubernetes.read.yaml_events",
    "labelsel.kubernetes.read.yaml_reader",
)


@pytest.fixture(autouse=True)
def _without_yaml(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make PyYAML a library that is not installed, and unload what has imported it."""
    for name in [name for name in sys.modules if name in NEED_IT or name.startswith("yaml.")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "yaml", None)


def test_an_inventory(tmp_path: Path) -> None:
    """Objects, and files of JSON."""
    (tmp_path / "pods.json").write_text(json.dumps({"kind": "List", "items": [POD]}))
    for shop in (Inventory.of(POD), Inventory.of(read_manifests([tmp_path / "pods.json"]))):
        [pod] = shop.select("pods", "app=web")
        [done] = shop.label([pod], {"tier": "front"})
        assert done.outcome == "labeled"
        stream = io.StringIO()
        write_json(shop.select("pods", "tier"), stream)
        assert json.loads(stream.getvalue())["items"][0]["metadata"]["labels"]["tier"] == "front"
    assert json_text(None) == "null\n"


@pytest.mark.parametrize(
    "use",
    [
        lambda _: yaml_text({}),
        lambda _: write_yaml([], io.StringIO()),
        lambda _: scalar_text("a text that is in no cache"),
        lambda folder: list(read_manifests([folder / "a.yaml"])),
    ],
)
def test_yaml_says_what_to_install(use: Callable[[Path], object], tmp_path: Path) -> None:
    """An ImportError of one line, whatever needs YAML."""
    (tmp_path / "a.yaml").write_text("apiVersion: v1\nkind: Pod\nmetadata: {name: a}\n")
    with pytest.raises(ImportError, match=ADVICE):
        use(tmp_path)


def test_a_name_that_needs_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """What edits files is imported with PyYAML only."""
    monkeypatch.delitem(sys.modules, "labelsel.kubernetes.edit.apply", raising=False)
    monkeypatch.delitem(vars(labelsel.kubernetes), "apply_edits", raising=False)
    with pytest.raises(ImportError, match=ADVICE):
        labelsel.kubernetes.apply_edits  # noqa: B018  # the access is the test


def test_lint() -> None:
    """Its fixes edit YAML. A program of its own: here labelsel.lint may be loaded."""
    code = "import sys; sys.modules['yaml'] = None; import labelsel.lint"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert re.search(ADVICE, run.stderr.splitlines()[-1].partition(": ")[2])


def test_an_error_in_json(tmp_path: Path) -> None:
    """It has the line of its object, and not that of its part, which PyYAML would find."""
    bad = POD | {"metadata": {"name": "a", "labels": {"app": 1}}}
    (tmp_path / "pods.json").write_text(json.dumps(bad, indent=1))
    with pytest.raises(ManifestError, match="label 'app' must be a string") as caught:
        list(read_manifests([tmp_path / "pods.json"]))
    assert caught.value.line == 1


def test_another_library_is_not_yaml() -> None:
    """The advice is for PyYAML alone."""
    with pytest.raises(ModuleNotFoundError, match=r"^No module named 'no_such'$"), needs_yaml():
        import no_such  # type: ignore[import-not-found]  # noqa: F401, PLC0415  # the test
