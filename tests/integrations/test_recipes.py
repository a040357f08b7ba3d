"""The recipes of docs/guides/plugs.md: each runs alone, and shows our message for a bad text."""

import json
import logging
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import click
import kopf
import pytest
import typer
from click.testing import CliRunner
from kopf._cogs.structs import bodies, ephemera, patches, references
from kopf._core.intents import causes
from typer.testing import CliRunner as TyperRunner

from labelsel import SelectorSyntaxError
from tests.integrations.messages import BAD, LINES, MESSAGE

GUIDES = Path(__file__).resolve().parents[2] / "docs" / "guides"
PAGE = GUIDES / "plugs.md"
#: The first Python block of each section, by its title.
RECIPES = {
    section.partition("\n")[0]: block[1]
    for section in PAGE.read_text(encoding="utf-8").split("\n## ")[1:]
    for block in [re.search(r"^```python\n(.*?)^```", section, re.MULTILINE | re.DOTALL)]
    if block is not None and ">>>" not in block[1]
}


def run_recipe(title: str) -> dict[str, Any]:
    """Run a recipe by itself, and return its names."""
    names: dict[str, Any] = {"__name__": "recipe"}
    exec(compile(RECIPES[title], f"{PAGE.name}: {title}", "exec"), names)  # noqa: S102  # our own text
    return names


@pytest.mark.parametrize("title", RECIPES)
def test_a_recipe_runs_alone(title: str) -> None:
    """Who pastes one recipe has all of its imports."""
    run_recipe(title)


def test_there_is_a_recipe_for_each() -> None:
    """None was left out by the search."""
    assert list(RECIPES) == [
        "FastAPI", "argparse", "click", "Typer", "SQLAlchemy",
        "cattrs", "Jinja2", "Ansible", "kopf",
    ]  # fmt: skip


def test_the_fake_api_server_on_fastapi() -> None:
    """The route of the other guide answers as an API server, also to two parameters of a name."""
    text = (GUIDES / "fake-api-server.md").read_text(encoding="utf-8")
    section = text.split("\n## As a route of FastAPI\n")[1]
    block = re.search(r"^```python\n(.*?)^```", section, re.MULTILINE | re.DOTALL)
    assert block is not None
    names: dict[str, Any] = {"__name__": "recipe"}
    exec(compile(block[1], "fake-api-server.md", "exec"), names)  # noqa: S102  # our own text
    get = names["client"].get
    assert get("/api/v1/pods").json()["items"] == names["PODS"]
    answer = get("/api/v1/pods", params={"labelSelector": ["!tier", "tier", "a b"]})
    assert answer.json()["items"] == names["PODS"][1:]
    answer = get("/api/v1/pods", params={"fieldSelector": "status.fase=x"})
    assert (answer.status_code, answer.json()["reason"]) == (400, "BadRequest")
    message = get("/api/v1/pods", params={"labelSelector": BAD}).json()["message"]
    assert message.split("\n")[1:] == list(LINES[1:])


def test_argparse(capsys: pytest.CaptureFixture[str]) -> None:
    """The parser of the recipe shows our lines."""
    with pytest.raises(SystemExit):
        run_recipe("argparse")["parser"].parse_args(["-l", BAD])
    assert MESSAGE in capsys.readouterr().err


def test_click() -> None:
    """So does the command, which selects everything if it has no option."""
    main: click.Command = run_recipe("click")["main"]
    assert CliRunner().invoke(main, []).stdout == "selected: True\n"
    assert MESSAGE in CliRunner().invoke(main, ["-l", BAD]).stderr


def test_typer() -> None:
    """And the program of Typer, inside of its panel."""
    app: typer.Typer = run_recipe("Typer")["app"]
    assert TyperRunner().invoke(app, ["-l", "app"]).stdout == "selected: True\n"
    printed = TyperRunner().invoke(app, ["-l", BAD]).stderr
    assert all(line in printed for line in LINES[:3])


def test_jinja2() -> None:
    """A filter of Jinja2 may raise what it likes."""
    templates = run_recipe("Jinja2")["templates"]
    with pytest.raises(SelectorSyntaxError) as caught:
        templates.from_string("{{ [] | selected_by(text) }}").render(text=BAD)
    assert str(caught.value) == MESSAGE


def test_kopf() -> None:
    """The function of ``when=`` is asked with what kopf passes; a bad text starts no operator."""
    default = kopf.get_default_registry()
    kopf.set_default_registry(registry := kopf.OperatorRegistry())
    try:
        names = run_recipe("kopf")
    finally:
        kopf.set_default_registry(default)

    def handlers(labels: dict[str, str]) -> list[str]:
        cause = causes.WatchingCause(
            logger=logging.getLogger(__name__),
            indices={},
            memo=ephemera.AnyMemo(ephemera.Memo()),
            resource=references.Resource("", "v1", "pods", namespaced=True),
            patch=patches.Patch(),
            body=bodies.Body({"metadata": {"name": "web-1", "labels": labels}}),
            type="ADDED",
            event={"type": "ADDED", "object": {}},
        )
        return [handler.id for handler in registry._watching.get_handlers(cause)]

    assert handlers({"app": "web"}) == ["seen"]
    assert handlers({"app": "web", "debug": ""}) == handlers({}) == []
    with pytest.raises(SelectorSyntaxError) as caught:
        names["selected_by"](BAD)
    assert str(caught.value) == MESSAGE


PLAYBOOK = [
    {
        "hosts": "localhost",
        "connection": "local",
        "gather_facts": False,
        "vars": {
            "pods": [
                {"metadata": {"name": "web-1", "labels": {"app": "web"}}},
                {"metadata": {"name": "bare"}},
            ]
        },
        "tasks": [
            {
                "debug": {
                    "msg": "{{ pods | selected_by(text) | map(attribute='metadata.name') | list }}"
                }
            }
        ],
    }
]


@pytest.mark.slow
def test_ansible(tmp_path: Path) -> None:
    """Ansible runs the filter in a playbook, and shows our lines."""
    (tmp_path / "filter_plugins").mkdir()
    (tmp_path / "filter_plugins" / "selectors_of_labels.py").write_text(RECIPES["Ansible"])
    (tmp_path / "play.yml").write_text(json.dumps(PLAYBOOK))

    def play(text: str) -> subprocess.CompletedProcess[str]:
        program = Path(sys.executable).with_name("ansible-playbook")
        return subprocess.run(
            [program, "play.yml", "-i", "localhost,", "-e", json.dumps({"text": text})],
            cwd=tmp_path,
            env={
                **os.environ,
                "HOME": str(tmp_path),
                "ANSIBLE_NOCOLOR": "1",
                "ANSIBLE_PYTHON_INTERPRETER": sys.executable,
                "LC_ALL": "C.UTF-8",
            },
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )

    good = play("app in (web),!debug")
    assert good.returncode == 0, good.stdout + good.stderr
    assert re.search(r'"msg": \[\s*"web-1"\s*\]', good.stdout)
    bad = play(BAD)
    assert bad.returncode != 0
    assert MESSAGE in bad.stdout + bad.stderr
