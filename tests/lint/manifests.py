"""Manifests to check, in few words, and what the rules find in them."""

import re
from pathlib import Path

from labelsel.kubernetes import (
    ManifestError,
    ManifestWarning,
    SkippedWarning,
    UnreadWarning,
    read_manifests,
)
from labelsel.lint import RULES, Finding, lint_objects

_MARK = re.compile(r"#! (\S+)")

#: A kind, an apiVersion and a spec for each syntax in which SELECTOR may have matchLabels.
MATCH_LABELS_OF_ALL = [
    ("NetworkPolicy", "networking.k8s.io/v1",
     "{podSelector: {}, ingress: [{from: [{namespaceSelector: SELECTOR}]}]}"),
    ("Telemetry", "telemetry.istio.io/v1", "{selector: SELECTOR}"),
    ("ClusterPolicy", "kyverno.io/v1", "{rules: [{match: {resources: {selector: SELECTOR}}}]}"),
    ("CiliumNetworkPolicy", "cilium.io/v2", "{endpointSelector: SELECTOR}"),
]  # fmt: skip


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


def repository(folder: Path, files: dict[str, str]) -> list[Finding]:
    """What all rules find in a folder with these files, read as the command reads them."""
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return repository_at(folder)


def repository_at(folder: Path) -> list[Finding]:
    """What all rules find in a folder, read as the command reads it with --keep-going."""
    skipped: list[SkippedWarning] = []
    unread: list[ManifestError | ManifestWarning] = []

    def on_warning(warning: ManifestWarning) -> None:
        if isinstance(warning, SkippedWarning):
            skipped.append(warning)
        elif isinstance(warning, UnreadWarning):
            unread.append(warning)

    resources = list(
        read_manifests([folder], any_labels=True, on_error=unread.append, on_warning=on_warning)
    )
    files = [each.file for each in unread]
    return lint_objects(resources, complete=not unread, skipped=skipped, unread=files)


def kustomization(text: str, *, component: bool = False) -> str:
    """A Kustomization or a Component with these fields."""
    version, kind = ("v1alpha1", "Component") if component else ("v1beta1", "Kustomization")
    return f"apiVersion: kustomize.config.k8s.io/{version}\nkind: {kind}\n{text}\n"


def definition(kind: str, group: str) -> str:
    """A CustomResourceDefinition."""
    spec = f"{{group: {group}, names: {{kind: {kind}, plural: {kind.lower()}s}}, versions: []}}"
    version = "apiextensions.k8s.io/v1"
    return labelled("CustomResourceDefinition", version, f"{kind.lower()}s.{group}", spec)


def summary(found: list[Finding], folder: Path) -> list[tuple[str, str, str, str]]:
    """The severity, the rule, the file and the object of each finding."""
    return [
        (
            one.severity.value,
            one.rule.id,
            str(Path(one.file).relative_to(folder)),
            one.resource.name,
        )
        for one in found
    ]
