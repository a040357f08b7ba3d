"""Commands over one large file of manifests, and PyYAML's C loader alone: a process each.

An app is a Deployment, a Service, a ConfigMap and a Pod. All stand in one file of YAML documents
with a comment each, and in one JSON List. A second file has a NetworkPolicy for each app, which
only ``reach`` reads. What a command prints and writes is looked at.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

from benchmarks.process import run_timed
from benchmarks.tables import Grid
from benchmarks.timing import duration

__all__ = ["grid", "measure"]

_LOADER: Final = "PyYAML's C loader alone"
_LOAD: Final = (
    "-c",
    """if True:
    import sys, yaml
    with open(sys.argv[1], encoding="utf-8") as file:
        for _ in yaml.load_all(file, Loader=yaml.CSafeLoader):
            pass
""",
)
_KINDS: Final = 4
_NAMESPACES: Final = 500
_SUITES: Final = 40
_DOCUMENT: Final = """\
apiVersion: {version}
kind: {kind}
metadata:  # of {app}
  name: {app}
  namespace: {namespace}
  labels:
    app.kubernetes.io/name: {app}
    app.kubernetes.io/part-of: suite-{suite}
{spec}"""
#: A node of a cluster that runs all the pods, and a pod that keeps away from some of them.
_CLUSTER_NODES: Final = 1_000
_NODE: Final = """\
apiVersion: v1
kind: Node
metadata:
  name: node-{number}
  labels:
    kubernetes.io/hostname: node-{number}
    topology.kubernetes.io/zone: zone-{zone}
"""
_NEW_POD: Final = """\
apiVersion: v1
kind: Pod
metadata:
  name: new
  namespace: ns-1
  labels:
    app.kubernetes.io/part-of: suite-1
spec:
  affinity:
    podAntiAffinity:
      requiredDuringSchedulingIgnoredDuringExecution:
      - topologyKey: kubernetes.io/hostname
        namespaceSelector: {}
        labelSelector:
          matchLabels:
            app.kubernetes.io/part-of: suite-1
  topologySpreadConstraints:
  - maxSkew: 1000
    topologyKey: topology.kubernetes.io/zone
    whenUnsatisfiable: DoNotSchedule
    labelSelector:
      matchLabels:
        app.kubernetes.io/part-of: suite-1
"""
_SPECS: Final = {
    ("Deployment", "apps/v1"): """\
spec:
  selector:
    matchLabels:
      app.kubernetes.io/name: {app}
  template:
    metadata:
      labels:
        app.kubernetes.io/name: {app}
        tier: backend
    spec:
      containers:
      - {{name: server, image: registry.example.com/{app}:1.0}}
""",
    ("Service", "v1"): """\
spec:
  selector:
    app.kubernetes.io/name: {app}
  ports:
  - {{port: 80, targetPort: 8080}}
""",
    ("ConfigMap", "v1"): """\
data:
  settings: |
    labels: none
    ---
    level: info
""",
    ("Pod", "v1"): """\
spec:
  nodeName: {node}
  containers:
  - {{name: server, image: registry.example.com/{app}:1.0}}
""",
}
_POLICY: Final = """\
spec:
  podSelector:
    matchLabels:
      app.kubernetes.io/name: {app}
  ingress:
  - from:
    - podSelector: {{matchLabels: {{tier: backend}}}}
    - namespaceSelector: {{matchLabels: {{kubernetes.io/metadata.name: ns-2}}}}
    ports:
    - port: 8080
"""


def measure(objects: int) -> dict[str, Any]:
    """Measure commands over so many objects, in a process each."""
    apps = objects // _KINDS
    found: dict[str, Any] = {"objects": apps * _KINDS, "bytes": {}, "seconds": {}}
    with TemporaryDirectory() as folder:
        documents = Path(folder, "documents.yaml")
        documents.write_text("---\n".join(_documents(apps)), encoding="utf-8")
        as_list = Path(folder, "list.json")
        as_list.write_text(_run("get", "-A", "-f", str(documents), "-o", "json")[1], "utf-8")
        policies = Path(folder, "policies.yaml")
        policies.write_text("---\n".join(_policies(apps)), encoding="utf-8")
        for file in (documents, as_list):
            found["bytes"][file.name] = file.stat().st_size
            found["seconds"][file.name] = _taken(file, policies, apps)
    return found


def grid(found: Mapping[str, Any]) -> Grid:
    """Draw what `measure` found."""
    files: Mapping[str, int] = found["bytes"]
    columns = (f"{name},\n{size / 2**20:,.1f} MiB" for name, size in files.items())
    made = Grid(
        f"Commands over a file of {found['objects']:,} objects",
        ("command", *columns),
        note="Processor time of a process of its own, from its start to its end; per MiB of text.",
    )
    for command in found["seconds"]["list.json"]:
        taken = {name: found["seconds"][name][command] for name in files}
        cells = (
            f"{duration(taken[name])} ({duration(taken[name] / size * 2**20)})"
            for name, size in files.items()
        )
        made.rows.append((command, *cells))
    return made


def _documents(apps: int) -> Iterator[str]:
    for number in range(apps):
        names = {"app": f"app-{number}", "namespace": f"ns-{number % _NAMESPACES}"}
        names["node"] = f"node-{number % _CLUSTER_NODES}"
        for (kind, version), spec in _SPECS.items():
            yield _DOCUMENT.format(
                kind=kind,
                version=version,
                suite=number % _SUITES,
                spec=spec.format(**names),
                **names,
            )


def _policies(apps: int) -> Iterator[str]:
    for number in range(apps):
        names = {"app": f"app-{number}", "namespace": f"ns-{number % _NAMESPACES}"}
        yield _DOCUMENT.format(
            kind="NetworkPolicy",
            version="networking.k8s.io/v1",
            suite=number % 40,
            spec=_POLICY.format(**names),
            **names,
        )


def _taken(file: Path, policies: Path, apps: int) -> dict[str, float]:
    seconds = {_LOADER: run_timed(sys.executable, *_LOAD, str(file))[0]}

    def lines(name: str, *words: str) -> int:
        seconds[name], printed = _run(*words, "-f", str(file))
        return printed.count("\n")

    def holds(label: str) -> int:
        return file.read_text(encoding="utf-8").count(label)

    app = "app.kubernetes.io/name=app-1"
    assert lines("get, by label", "get", "-A", "-l", app, "-o", "name") == _KINDS
    assert lines("who-selects a pod", "who-selects", "pod/app-1", "-n", "ns-1", "-o", "name") == 2
    assert lines("selects a Service", "selects", "svc/app-1", "-n", "ns-1", "-o", "name") == 2
    chosen = "get", "pods", "-n", "ns-1", "--selected-by", "svc/app-1", "-o", "name"
    assert lines("get, selected by a Service", *chosen) == 1
    assert lines("diff with itself", "diff", "-f", str(file)) == 0
    pair = "pod/app-2", "pod/app-1", "-n", "ns-2", "--to-namespace", "ns-1", "--port", "8080"
    beside = "-f", str(policies), "-o", "name"
    assert lines(f"reach, beside {apps:,} policies", "reach", *pair, *beside) == 1
    assert lines("nodes-for a pod", *_nodes_for(file.parent)) == _free_nodes(apps)
    assert lines("lint", "lint") == 1
    assert lines("label, one object", "label", "pod/app-1", "-n", "ns-1", "bench-one=yes") == 1
    assert holds("bench-one") == 1
    every = "deploy,svc,cm,po", "-A", "--all"
    assert lines("label, every object", "label", *every, "bench-all=yes") == apps * _KINDS
    assert holds("bench-all") == apps * _KINDS
    one = "app.kubernetes.io/name=app-1"
    assert lines("rename, one value", "rename", one, f"{one}-new") == _KINDS
    assert holds("app-1-new") == _KINDS + 3  # a template and two selectors beside the objects
    assert lines("rename, the key of all", "rename", "bench-all", "bench-new") == apps * _KINDS
    assert holds("bench-all") == 0
    assert lines("delete, one object", "delete", "pod/app-1", "-n", "ns-1") == 1
    assert holds("bench-one") == 0
    return seconds


def _nodes_for(folder: Path) -> tuple[str, ...]:
    """Write the nodes and a pod, and return the words that ask where the pod may run."""
    cluster = folder / "cluster.yaml"
    nodes = (_NODE.format(number=each, zone=each % 3) for each in range(_CLUSTER_NODES))
    cluster.write_text("---\n".join([_NEW_POD, *nodes]), encoding="utf-8")
    return "nodes-for", "pod/new", "-n", "ns-1", "-o", "name", "-f", str(cluster)


def _free_nodes(apps: int) -> int:
    """Return how many nodes run no pod of the suite that the new pod keeps away from."""
    return _CLUSTER_NODES - len({app % _CLUSTER_NODES for app in range(1, apps, _SUITES)})


def _run(*words: str) -> tuple[float, str]:
    """Run the command; return the processor's seconds that it took, and what it printed."""
    processor, _, printed = run_timed(sys.executable, "-m", "labelsel", *words)
    return processor, printed
