"""Manifests to check, in few words, and what the rules find in them."""

import re
from pathlib import Path

from labelsel.kubernetes import read_manifests
from labelsel.lint import RULES, Finding, lint_objects

_MARK = re.compile(r"#! (\S+)")


def workload(
    name: str,
    labels: str,
    *,
    selector: str | None = None,
    namespace: str = "shop",
    kind: str = "Deployment",
    version: str = "apps/v1",
    more: str = "",
) -> str:
    """A workload with these labels in its template, and by default in its selector."""
    select = labels if selector is None else selector
    return f"""
---
apiVersion: {version}
kind: {kind}
metadata: {{name: {name}, namespace: {namespace}{more}}}
spec:
  selector: {{matchLabels: {{{select}}}}}
  template: {{metadata: {{labels: {{{labels}}}}}, spec: {{containers: [{{name: {name}}}]}}}}
"""


def service(
    name: str, selector: str, *, labels: str = "", namespace: str = "shop", more: str = ""
) -> str:
    """A Service with this selector."""
    return f"""
---
apiVersion: v1
kind: Service
metadata: {{name: {name}, namespace: {namespace}, labels: {{{labels}}}}}
spec: {{selector: {{{selector}}}{more}}}
"""


def labelled(
    kind: str,
    version: str,
    name: str,
    spec: str = "{}",
    *,
    labels: str = "",
    namespace: str = "shop",
) -> str:
    """An object of any kind."""
    return f"""
---
apiVersion: {version}
kind: {kind}
metadata: {{name: {name}, namespace: {namespace}, labels: {{{labels}}}}}
spec: {spec}
"""


def policy(selector: str, *, labels: str = "") -> str:
    spec = f"{{podSelector: {selector}}}"
    return labelled("NetworkPolicy", "networking.k8s.io/v1", "wall", spec, labels=labels)


def budget(selector: str, *, version: str = "policy/v1") -> str:
    return labelled("PodDisruptionBudget", version, "spare", f"{{selector: {selector}}}")


def monitor(
    selector: str, *, kind: str = "ServiceMonitor", scope: str = "{}", labels: str = ""
) -> str:
    spec = f"{{selector: {selector}, namespaceSelector: {scope}}}"
    return labelled(kind, "monitoring.coreos.com/v1", "watch", spec, labels=labels)


def findings(
    folder: Path, *texts: str, name: str = "shop.yaml", complete: bool = True
) -> list[Finding]:
    """What all rules find in a file with these texts."""
    path = folder / name
    path.write_text("".join(texts), newline="")
    read = read_manifests([path], any_labels=True, on_warning=lambda _: None)
    return lint_objects(read, RULES, complete=complete)


def marked(*texts: str) -> list[tuple[int, str]]:
    """The lines that end with ``#! rule``, and the rules."""
    lines = enumerate("".join(texts).splitlines(), 1)
    return [(number, rule) for number, line in lines for rule in _MARK.findall(line)]


def lines_and_rules(found: list[Finding]) -> list[tuple[int, str]]:
    """The line and the rule of each finding."""
    return [(one.line, one.rule.id) for one in found]


def fixes(found: list[Finding]) -> dict[str, str]:
    return {str(one.path[-1]): one.fix for one in found}


def affinity(expression: str) -> str:
    terms = f"{{nodeSelectorTerms: [{{matchExpressions: [{expression}]}}]}}"
    kind = "requiredDuringSchedulingIgnoredDuringExecution"
    return labelled("Pod", "v1", "a", f"{{affinity: {{nodeAffinity: {{{kind}: {terms}}}}}}}")
