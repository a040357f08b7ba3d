"""Files that carry one text wherever a text can stand, and every command that may print it.

The objects that commands name have plain names; what is found with them carries the text. So each
command has a result, whatever the text is.
"""

import json
import os
import pty
import re
import sys
import threading
import tty
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from io import BytesIO, TextIOWrapper
from pathlib import Path
from typing import Any, Final, NamedTuple

import click

from labelsel.cli.app import app
from labelsel.cli.app import run as run_app
from labelsel.cli.printers import PRINTERS, FormatType
from tests.databases import connect

__all__ = ["FAULTS", "OUTPUTS", "PLAIN", "Printed", "Words", "call", "make_world", "objects"]

Data = dict[str, Any]


# The files


def _metadata(name: str, text: str, namespace: str | None = "shop") -> Data:
    labels = {"tier": "web", "app": text, f"key{text}": text}
    found = {"name": name, "labels": labels, "annotations": {f"note{text}": text, "a": text}}
    return found if namespace is None else {**found, "namespace": namespace}


def _item(kind: str, name: str, text: str, version: str = "v1", **body: Any) -> Data:
    return {
        "apiVersion": version,
        "kind": kind,
        "metadata": _metadata(name, text, None if kind in {"Node", "Namespace"} else "shop"),
        **body,
    }


def _pod_spec(text: str) -> Data:
    ports = [{"name": text, "containerPort": 1}]
    return {
        "nodeName": "n1",
        "nodeSelector": {"disk": "ssd"},
        "containers": [{"name": text, "image": text, "ports": ports}],
    }


def objects(text: str) -> list[Data]:
    """Return objects that select each other, with plain names and with the text in the name."""
    web = {"tier": "web"}
    ports = [{"port": f"p{text}", "protocol": "TCP"}, {"port": 1}]
    peer = {"podSelector": {"matchLabels": web}, "namespaceSelector": {}}
    policy = {
        "podSelector": {"matchLabels": web},
        "policyTypes": ["Ingress"],
        "ingress": [{"from": [peer], "ports": ports}],
    }
    template = {"metadata": {"labels": {**web, "app": text}}, "spec": _pod_spec(text)}
    workload = {"template": template, "selector": {"matchLabels": web}}
    found: list[Data] = []
    for end in ("", text):
        name = f"web{end}"
        taint = {"key": f"taint{text}", "value": text, "effect": "NoSchedule"}
        node = _item("Node", f"n1{end}", text, spec={"taints": [taint] if end else []})
        node["metadata"]["labels"]["disk"] = "ssd"
        found += [
            _item("Pod", name, text, spec=_pod_spec(text), status={"phase": text}),
            _item("Service", name, text, spec={"selector": web, "type": text}),
            _item("Deployment", name, text, "apps/v1", spec=workload),
            _item("Ingress", name, text, "networking.k8s.io/v1", spec={"rules": [{"host": text}]}),
            _item("NetworkPolicy", name, text, "networking.k8s.io/v1", spec=policy),
            node,
        ]
    return [
        *found,
        _item("Service", f"lost{text}", text, spec={"selector": {"gone": "x"}, "ports": ports}),
        _item(f"Odd{text}", text, text, f"odd{text}/v1"),
        {**_item("Pod", text, text), "metadata": _metadata(text, text, f"space{text}")},
        _item("Namespace", f"space{text}", text),
        _item("Namespace", "shop", text),
    ]


def odd_objects(text: str) -> list[Data]:
    """Return objects with selectors that the API server refuses, because of the text."""
    chosen = {"matchLabels": {"app": text}}
    peers = {"labelSelector": chosen, "topologyKey": text}
    term = "requiredDuringSchedulingIgnoredDuringExecution"
    spec = {
        **_pod_spec(text),
        "nodeSelector": {f"key{text}": text},
        "tolerations": [{"key": text, "operator": text, "effect": text}],
        "affinity": {"podAntiAffinity": {term: [peers]}},
        "topologySpreadConstraints": [{**peers, "maxSkew": 1, "whenUnsatisfiable": text}],
    }
    expression = {"matchExpressions": [{"key": text, "operator": text, "values": [text]}]}
    policy = {"podSelector": expression, "ingress": [{"from": [{"podSelector": chosen}]}]}
    return [
        _item("Pod", f"odd{text}", text, spec=spec),
        _item("Service", f"odd{text}", text, spec={"selector": {text: text}}),
        _item("PodDisruptionBudget", text, text, "policy/v1", spec={"selector": chosen}),
        _item("NetworkPolicy", f"odd{text}", text, "networking.k8s.io/v1", spec=policy),
    ]


#: Texts that cannot be read, or are no objects; %s stands for the text in JSON.
FAULTS: Final = (
    "a: [",
    "{kind: 5}",
    "%s: x",
    "{kind: %s}",
    "\x07",
    "- %s",
    '{"a": 1, %s: 2, %s: 3}',
    "{kind: Pod, apiVersion: v1, metadata: {name: %s, labels: [%s]}}",
    "{kind: Service, apiVersion: v1, metadata: {name: x}, spec: {selector: {a: [%s]}}}",
    "# labelsel: ignore[%s]\n{kind: Pod, apiVersion: v1, metadata: {name: x}}",
    "{{ .Values.%s }}",
)


_SURROGATE: Final = re.compile("[\ud800-\udfff]")
#: What no word of a command line has: NUL, and halves of surrogates that stand for no byte.
_NO_WORD: Final = re.compile("[\0\ud800-\udc7f\udd00-\udfff]")


def argument(text: str) -> str:
    """Return a text as a word of a command line can be."""
    return _NO_WORD.sub("_", text)


def file_name(text: str) -> str:
    """Return a text as a file can be called."""
    return argument(text).replace("/", "_")


def make_world(folder: Path, text: str) -> None:
    """Write the files that carry a text into an empty folder."""
    name = file_name(text)

    def write(path: str, content: object) -> Path:
        file = folder / path.replace("*", name)
        file.parent.mkdir(parents=True, exist_ok=True)
        written = content if isinstance(content, str) else json.dumps(content)
        file.write_text(written, encoding="utf-8", errors="replace")
        return file

    head = {"kind": "List", "apiVersion": "v1"}
    held = _SURROGATE.sub("_", text)  # a manifest with one of them is refused as a whole
    write("in/d*/o*.json", {**head, "items": objects(held)})
    write("odd/d*/o*.json", {**head, "items": odd_objects(held)})
    old = objects(held)
    for item in old:
        if item["kind"] == "Pod":
            item["metadata"]["labels"]["tier"] = "db"
    write("old*/d*/o*.json", {**head, "items": old})
    quoted = json.dumps(text)
    for number, fault in enumerate(FAULTS):
        write(f"bad/d*/{number}*.yaml", fault.replace("%s", quoted))
    write("template", "{..name}\n{..app} {..file} {..title}")
    write("columns", "NAME LABELS\n.metadata.name .metadata.labels\n")
    write("odd.toml", f"[lint]\nselect = [{quoted}]\n")
    write("wrong.toml", f"[lint]\n{quoted} = 1\n")
    write("odd.json", {"version": text, "findings": [{"rule": text}]})
    speech = text.encode("utf-8", "backslashreplace")
    program = f"#!{sys.executable}\nimport sys\nsys.stderr.buffer.write({speech!r})\nsys.exit(1)\n"
    for each in ("kustomize", "helm", "kubectl", "git"):
        write(f"bin/{each}", program).chmod(0o755)
    make_database(folder / f"rows{name}.db", text)


def make_database(path: Path, text: str) -> None:
    """Write a database whose names and values carry a text, without what SQLite cannot hold."""
    held = _SURROGATE.sub("_", text).replace("\0", "_")
    quoted = held.replace('"', '""')
    with connect(path) as connection:
        connection.execute(f'CREATE TABLE "t{quoted}" (name TEXT, "c{quoted}" TEXT, labels TEXT)')
        labels = json.dumps({"tier": "web", f"key{held}": held})
        rows = [(f"row{held}", held, labels)] * 2
        insert = f'INSERT INTO "t{quoted}" VALUES (?, ?, ?)'  # noqa: S608 - quoted above
        connection.executemany(insert, rows)
    connection.close()


# The commands


#: For each command words with which it has a result.
COMMANDS: Final[dict[str, list[str]]] = {
    "get": ["get", "-A", "-f", "in", "--show-labels", "-L", "app"],
    "explain": ["explain", "po", "-A", "-f", "in", "-l", "tier=web"],
    "groups": ["groups", "po", "-A", "-f", "in", "-L", "app"],
    "query": [
        "query",
        "rows{file}.db",
        "-l",
        "tier=web",
        "--show-labels",
        "--layout",
        "json:labels",
    ],
    "nodes-for": ["nodes-for", "-f", "in", "-n", "shop", "pod/web"],
    "why": ["why", "-f", "in", "-n", "shop", "-l", "tier=db,app=x", "pod/web"],
    "who-selects": ["who-selects", "-f", "in", "-f", "odd", "-n", "shop", "pod/web"],
    "selects": ["selects", "-f", "in", "-n", "shop", "svc/web"],
    "graph": ["graph", "-A", "-f", "in", "-f", "odd"],
    "graph by namespace": ["graph", "-A", "-f", "in", "--detail", "namespaces"],
    "diff": ["diff", "-f", "in", "-f", "old{file}"],
    "reach": ["reach", "-f", "in", "-n", "shop", "deploy/web", "pod/web"],
    "lint": ["lint", "in", "odd"],
    "label": ["label", "po", "-A", "--all", "-f", "in", "z=y", "--dry-run"],
    "annotate": ["annotate", "po", "-A", "--all", "-f", "in", "z={}", "--dry-run"],
    "rename": ["rename", "tier", "level", "-f", "in", "--dry-run"],
    "delete": ["delete", "po", "-A", "--all", "-f", "in", "--dry-run"],
    "create": ["create", "ns", "x", "--dry-run"],
    "translate": ["translate", "--from", "prometheus", "--to", "calico", '{a="{}"}'],
    "version": ["version"],
}
#: What stands behind a format that takes a value.
_VALUES: Final = {
    "jsonpath": "{@}",
    "jsonpath-as-json": "{@}",
    "jsonpath-file": "template",
    "custom-columns": "NAME:.metadata.name,LABELS:.metadata.labels,SPEC:.spec",
    "custom-columns-file": "columns",
}


def _formats(name: str) -> Iterator[str | None]:
    """Yield the formats of a command, as its option -o has them."""
    command = app.get_command(click.Context(app), name)
    if isinstance(command, click.Group):
        command = next(iter(command.commands.values()))
    assert command is not None
    for option in command.params:
        if isinstance(option.type, FormatType):
            yield from option.type.names
            if option.default is None:
                yield None


class Words(NamedTuple):
    """The words of a command line, and the format that they ask for."""

    words: list[str]
    format: str | None


def _outputs() -> Iterator[tuple[str, Words]]:
    for name, words in COMMANDS.items():
        for each in _formats(words[0]):
            value = "" if each not in _VALUES else f"={_VALUES[each]}"
            option = [] if each is None else ["-o", f"{each}{value}"]
            yield f"{name} -o {each}", Words([*words, *option], each)


#: Every command in every format.
OUTPUTS: Final = dict(_outputs())
assert {each.format for each in OUTPUTS.values()} >= PRINTERS.keys()

#: Command lines with the text in their words, and inputs that cannot be read: most are errors.
_WORDS: Final = [
    ["get", "-f", "in", "-n", "{}"],
    ["get", "-f", "in", "{}"],
    ["get", "-f", "in", "po,{}"],
    ["get", "-f", "in", "pod/{}", "-A"],
    ["get", "-f", "in", "pod/web{}x", "-A"],
    ["get", "-f", "in", "svc/web{}", "po/x{}", "-n", "ops"],
    ["get", "-f", "in", "-l", "{}"],
    ["get", "-f", "in", "-A", "-l", "x in ({})"],
    ["get", "-f", "in", "-A", "-l", "gone,app=x{}"],
    ["get", "-f", "in", "-A", "-e", "a == '{}"],
    ["get", "-f", "in", "-A", "-e", "has({})"],
    ["get", "-f", "in", "-A", "--matchers", '{a=~"({}"}'],
    ["get", "-f", "in", "-A", "--field-selector", "{}=x"],
    ["get", "-f", "in", "-A", "--field-selector", "metadata.name=x\\{}"],
    ["get", "-f", "in", "-A", "--field-selector", "metadata={}"],
    ["get", "-f", "in", "-A", "--field-selector", "metadata.labels.apq=x"],
    ["get", "-f", "in", "-A", "--annotation-selector", "{}"],
    ["get", "-f", "in", "-A", "--selected-by", "svc/web:{}"],
    ["get", "-f", "in", "-A", "--selected-by", "ing/web"],
    ["get", "-f", "in", "-A", "--selected-by", "{}"],
    ["get", "-f", "in", "-A", "--sort-by", "{}"],
    ["get", "-f", "in", "-A", "--sort-by", ".metadata.{}"],
    ["get", "-f", "in", "-A", "-o", "{}"],
    ["get", "-f", "in", "-A", "-o", "jsonpath={.{}"],
    ["get", "-f", "in", "-A", "-o", "jsonpath={range .items[*]}{.x.{}}"],
    ["get", "-f", "in", "-A", "-o", "custom-columns={}"],
    ["get", "-f", "in", "-A", "-o", "custom-columns={}:.kind"],
    ["get", "-f", "in", "-A", "-o", "custom-columns-file={}"],
    ["get", "-f", "in", "-A", "-o", "jsonpath-file={}"],
    ["get", "-f", "in", "-A", "-L", "{}"],
    ["get", "-f", "in", "-A", "--exclude", "{}"],
    ["get", "-f", "{}"],
    ["get", "-f", "in/d{file}/none", "-v"],
    ["get", "-f", "in/d{file}", "-f", "in", "-v", "-A"],
    ["get", "-f", "bad", "-A", "--keep-going", "-v"],
    ["get", "-k", "{}"],
    ["get", "--helm", "{}"],
    ["get{}"],
    ["get", "--{}"],
    ["get", "-f", "in", "-{}"],
    ["help", "{}"],
    ["completion", "{}"],
    ["create", "{}"],
    ["create", "ns", "{}", "-o", "name"],
    ["explain", "-f", "in", "-A", "{}"],
    ["explain", "-f", "in", "po", "-l", "{}"],
    ["explain", "-f", "bad", "--keep-going"],
    ["groups", "-f", "in", "pods", "-A", "-L", "tierr{}"],
    ["groups", "-f", "in", "{}", "-A", "-L", "tierr"],
    ["why", "-f", "in", "-l", "x=y,{}", "po/web"],
    ["why", "-f", "in", "-A", "-l", "x=y", "{}"],
    ["why", "-f", "in", "-A", "-e", "a == 'b' || has(tierr)", "po/web", "svc/web"],
    ["who-selects", "-f", "in", "-A", "-o", "wide", "po/web"],
    ["who-selects", "-f", "in", "-A", "ing/web"],
    ["who-selects", "-f", "in", "-A", "po/{}"],
    ["selects", "-f", "in", "-A", "svc/web", "-o", "wide"],
    ["selects", "-f", "in", "-A", "ing/web"],
    ["graph", "-f", "in", "-n", "{}"],
    ["graph", "-f", "in", "-A", "-l", "{}"],
    ["nodes-for", "-f", "in", "-A", "po/web", "-l", "{}"],
    ["nodes-for", "-f", "in", "-A", "ing/web"],
    ["nodes-for", "-f", "in", "-A", "deploy/web", "-o", "wide"],
    ["reach", "-f", "in", "-n", "shop", "po/web", "po/web", "--port", "p{}"],
    ["reach", "-f", "in", "-n", "shop", "po/web", "po/web", "--port", "1/{}"],
    ["reach", "-f", "in", "-n", "shop", "po/web", "po/web", "--to-namespace", "{}"],
    ["reach", "-f", "in", "-n", "shop", "po/web", "ing/web"],
    ["diff", "-f", "in", "-f", "none{file}"],
    ["diff", "-f", "in", "--git", "{}"],
    ["diff", "-f", "bad", "-f", "in", "--keep-going"],
    ["lint", "{}"],
    ["lint", "bad", "--keep-going", "-v"],
    *(["lint", "bad", "--keep-going", "-o", each] for each in ("github", "sarif", "html", "json")),
    ["lint", "in", "--select", "{}"],
    ["lint", "in", "--ignore", "key-typo,{}"],
    ["lint", "in", "--config", "{}"],
    ["lint", "in", "--config", "odd.toml"],
    ["lint", "in", "--config", "wrong.toml"],
    ["lint", "in", "--baseline", "{}"],
    ["lint", "in", "--baseline", "odd.json"],
    ["lint", "in", "--diff"],
    ["lint", "in", "--fix", "--dry-run"],
    ["lint", "in", "--fail-on", "{}"],
    ["label", "po", "-A", "--all", "-f", "in", "--list"],
    ["label", "po,svc", "-A", "--all", "-f", "in", "app=x", "--dry-run"],
    ["label", "po", "-A", "--all", "-f", "in", "x={}", "--dry-run"],
    ["label", "po", "-A", "--all", "-f", "in", "{}-", "--dry-run"],
    ["label", "po", "-A", "--all", "-f", "in", "{}", "--dry-run"],
    ["label", "po", "-A", "--all", "-f", "bad", "x=y", "--dry-run"],
    ["annotate", "po,svc", "-A", "--all", "-f", "in", "a=b", "--overwrite=false", "--dry-run"],
    ["annotate", "po", "-A", "--all", "-f", "in", "--list"],
    ["annotate", "po", "-A", "--all", "-f", "in", "{}=b", "--dry-run"],
    ["annotate", "po", "-A", "--all", "-f", "in", "note{}-", "--dry-run"],
    ["rename", "app={}", "app=x", "-f", "in", "--dry-run"],
    ["rename", "{}", "x", "-f", "in", "--dry-run"],
    ["rename", "app", "tier", "-f", "in", "--dry-run"],
    ["delete", "{}", "-f", "in", "--dry-run"],
    ["delete", "-A", "--all", "-f", "in", "--dry-run"],
    ["delete", "po,svc", "-A", "--all", "-f", "in"],
    ["query", "rows{file}.db", "-l", "tier=x"],
    ["query", "rows{file}.db", "-l", "gone"],
    ["query", "rows{file}.db", "-l", "{}"],
    ["query", "rows{file}.db", "--table", "{}"],
    ["query", "rows{file}.db", "--layout", "json:{}"],
    ["query", "rows{file}.db", "--layout", "{}"],
    ["query", "{}.db"],
    ["query", "in"],
    *(
        ["translate", "--from", source, "--to", target, text]
        for source in ("kubernetes", "calico", "prometheus", "label-selector", "fields")
        for target, text in (
            ("kubernetes", "{}"),
            ("calico", "a in ({}"),
            ("kubernetes", "a == {}"),
            ("prometheus", '{a="{}"x'),
            ("kubernetes", "matchLabels{}: x"),
        )
    ),
    ["translate", "--from", "calico", "--to", "kubernetes", "a == '{}'"],
    ["translate", "--from", "calico", "--to", "calico", "a == '{}'"],
    ["translate", "--from", "prometheus", "--to", "calico", '{a="{}"}'],
    [
        "translate",
        "--from",
        "prometheus",
        "--to",
        "sql",
        "--dialect",
        "duckdb",
        "--layout",
        "json",
        '{a="{}"}',
    ],
    ["translate", "--to", "sql", "--dialect", "duckdb", "--layout", "map:{}", "a=b"],
    ["translate", "--to", "{}", "a=b"],
    ["translate", "--to", "calico", "-f", "{}"],
    ["version", "{}"],
]
PLAIN: Final = {" ".join(words): Words(words, None) for words in _WORDS}


# A run


class Printed(NamedTuple):
    """What a command wrote, and its exit status."""

    output: str
    messages: str
    status: int


def call(words: Sequence[str], text: str, *, terminal: bool = False) -> Printed:
    """Run a command in this process, with its output on a terminal or in a pipe.

    ``{}`` in a word is the text, and ``{file}`` the text as a file can be called.
    """
    # At once: the text itself may hold braces.
    given = {"{file}": file_name(text), "{}": argument(text)}
    filled = [re.sub(r"\{(?:file)?\}", lambda found: given[found[0]], each) for each in words]
    before = sys.argv, sys.stdin
    with _stream(terminal=terminal) as output, _stream(terminal=terminal) as messages:
        sys.argv = ["labelsel", *filled]
        sys.stdin = TextIOWrapper(BytesIO())
        sys.stdout, sys.stderr, kept = output.stream, messages.stream, (sys.stdout, sys.stderr)
        try:
            status = run_app()
        finally:
            sys.argv, sys.stdin = before
            sys.stdout, sys.stderr = kept
    return Printed(output.read(), messages.read(), status)


class _Stream:
    """A stream of text, and what was written to it."""

    def __init__(self, stream: TextIOWrapper) -> None:
        self.stream = stream
        self.written = bytearray()

    def read(self) -> str:
        return self.written.decode("utf-8", "surrogateescape")


@contextmanager
def _stream(*, terminal: bool) -> Iterator[_Stream]:
    """Give a stream to write to. A terminal is a real one, which adds no returns."""
    if not terminal:
        memory = BytesIO()
        found = _Stream(TextIOWrapper(memory, encoding="utf-8"))
        yield found
        found.stream.flush()
        found.written += memory.getvalue()
        return
    master, slave = pty.openpty()
    tty.setraw(slave)
    found = _Stream(TextIOWrapper(os.fdopen(slave, "wb"), encoding="utf-8"))

    def read() -> None:
        while True:
            try:
                found.written.extend(os.read(master, 65536))
            except OSError:  # the other end is closed, and all was read
                return

    reader = threading.Thread(target=read)
    reader.start()
    yield found
    found.stream.close()
    reader.join()
    os.close(master)
