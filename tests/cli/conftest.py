"""The command, run in this process, and the shop that it is asked about."""

from collections.abc import Callable
from pathlib import Path
from typing import TypeAlias

import pytest
from click.testing import CliRunner, Result

from labelsel.cli.app import app

Run: TypeAlias = Callable[..., Result]

SHOP = """\
apiVersion: v1
kind: Pod
metadata: {name: web-1, namespace: shop, labels: {app: web, tier: front, app.kubernetes.io/x: "1"}}
spec: {nodeName: n1, containers: [{name: web, image: "example/web:1"}]}
status: {phase: Running}
---
apiVersion: v1
kind: Pod
metadata: {name: db-1, namespace: shop, labels: {app: db}}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: shop, labels: {app: web}}
spec:
  replicas: 3
  template: {spec: {containers: [{image: "example/web:1"}, {image: "example/log:2"}]}}
---
apiVersion: v1
kind: Node
metadata: {name: n1, labels: {disk: ssd}}
---
apiVersion: v1
kind: Pod
metadata: {name: tool, labels: {app: tool}}
---
apiVersion: example.com/v1
kind: Probe
metadata: {name: door, namespace: ops}
"""


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Run:
    """Run the command with some words, in a folder of its own."""
    monkeypatch.chdir(tmp_path)

    def invoke(*words: str, stdin: str | bytes | None = None) -> Result:
        return CliRunner().invoke(app, words, input=stdin, catch_exceptions=False)

    return invoke


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    """A file with the shop's manifests: ``shop.yaml`` in the folder the command runs in."""
    path = tmp_path / "shop.yaml"
    path.write_text(SHOP)
    return path
