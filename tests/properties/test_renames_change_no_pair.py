"""The law of a rename: it is refused and writes nothing, or changes no pair and leaves no trace.

Small inputs of the kinds that carry selectors, in YAML of three styles. What selects what is read
here with `Selector.matches` alone, by rules of its own.
"""

import tempfile
from collections.abc import Iterator
from enum import Enum
from pathlib import Path
from typing import Any, NamedTuple, TypeAlias

import yaml
from hypothesis import assume, given
from hypothesis import strategies as st

from labelsel.kubernetes import (
    RenamePlan,
    RenameRemark,
    Resource,
    read_manifests,
    rename_label,
    write_files,
)
from labelsel.objects import from_label_selector, from_labels, node_labels
from labelsel.selector import Selector

Case: TypeAlias = tuple[list[dict[str, Any]], tuple[str, str]]
"""Objects, and the old and the new label of a rename."""

KEYS = ("app", "tier", "example.com/app")
VALUES = ("web", "db", "front")
NAMESPACES = ("shop", "blog")

pairs = st.tuples(st.sampled_from(KEYS), st.sampled_from(VALUES)).map("=".join)
label_sets = st.dictionaries(st.sampled_from(KEYS), st.sampled_from(VALUES), max_size=3)
nonempty_sets = st.dictionaries(
    st.sampled_from(KEYS), st.sampled_from(VALUES), min_size=1, max_size=2
)
value_lists = st.lists(st.sampled_from(VALUES), min_size=1, max_size=3, unique=True)
expressions = st.one_of(
    st.fixed_dictionaries(
        {
            "key": st.sampled_from(KEYS),
            "operator": st.sampled_from(["In", "NotIn"]),
            "values": value_lists,
        }
    ),
    st.fixed_dictionaries(
        {
            "key": st.sampled_from(KEYS),
            "operator": st.sampled_from(["Exists", "DoesNotExist"]),
        }
    ),
)
label_selectors = st.fixed_dictionaries(
    {},
    optional={
        "matchLabels": nonempty_sets,
        "matchExpressions": st.lists(expressions, min_size=1, max_size=2),
    },
)
nonempty_selectors = label_selectors.filter(bool)


_WITH_SELECTORS = ("NetworkPolicy", "PodDisruptionBudget")


def _object(kind: str, version: str, labels: dict[str, str], **parts: Any) -> dict[str, Any]:
    return {"kind": kind, "apiVersion": version, "metadata": {"labels": labels}, **parts}


@st.composite
def affinities(draw: st.DrawFn) -> dict[str, Any]:
    """What a pod says of nodes and of other pods."""
    spec: dict[str, Any] = {}
    if draw(st.booleans()):
        spec["nodeSelector"] = draw(nonempty_sets)
    if draw(st.booleans()):
        term = {"topologyKey": draw(st.sampled_from(KEYS)), "labelSelector": draw(label_selectors)}
        required = {"requiredDuringSchedulingIgnoredDuringExecution": [term]}
        spec["affinity"] = {"podAntiAffinity": required}
    return spec


@st.composite
def objects(draw: st.DrawFn) -> dict[str, Any]:
    """One object of some kind."""
    labels = draw(label_sets)
    kind = draw(
        st.sampled_from(
            ["Pod", "Deployment", "CronJob", "Service", *_WITH_SELECTORS, "Node", "Namespace"]
        )
    )
    template = {"metadata": {"labels": draw(label_sets)}, "spec": draw(affinities())}
    match kind:
        case "Pod":
            return _object("Pod", "v1", labels, spec=draw(affinities()))
        case "Deployment":
            spec = {"selector": draw(nonempty_selectors), "template": template}
            return _object("Deployment", "apps/v1", labels, spec=spec)
        case "CronJob":
            job = {"metadata": {"labels": draw(label_sets)}, "spec": {"template": template}}
            return _object("CronJob", "batch/v1", labels, spec={"jobTemplate": job})
        case "Service":
            return _object("Service", "v1", labels, spec={"selector": draw(nonempty_sets)})
        case "NetworkPolicy":
            peer = {"podSelector": draw(label_selectors)}
            if draw(st.booleans()):
                peer["namespaceSelector"] = draw(label_selectors)
            spec = {"podSelector": draw(label_selectors), "ingress": [{"from": [peer]}]}
            return _object("NetworkPolicy", "networking.k8s.io/v1", labels, spec=spec)
        case "PodDisruptionBudget":
            return _object(kind, "policy/v1", labels, spec={"selector": draw(label_selectors)})
        case _:
            return _object(kind, "v1", labels)


@st.composite
def inputs(draw: st.DrawFn) -> list[dict[str, Any]]:
    """Some objects, each with a name of its own; those in namespaces are in one of two."""
    found = draw(st.lists(objects(), min_size=1, max_size=6))
    for number, each in enumerate(found):
        each["metadata"]["name"] = f"x-{number}"
        if each["kind"] not in {"Node", "Namespace"}:
            each["metadata"]["namespace"] = draw(st.sampled_from(NAMESPACES))
    return found


@st.composite
def cases(draw: st.DrawFn) -> Case:
    """Some objects, and a label that one of them mostly has, with a new name."""
    found = draw(inputs())
    has = [pair for body in found for labels in _label_maps(body) for pair in labels.items()]
    key, value = draw(st.sampled_from(has or [("app", "web")]))
    new_key = draw(st.sampled_from([*KEYS, key, "example.com/new"]))
    if new_key != key and draw(st.booleans()):
        return found, (key, new_key)
    new_value = draw(st.sampled_from([*VALUES, "new"]))
    assume((key, value) != (new_key, new_value))
    return found, (f"{key}={value}", f"{new_key}={new_value}")


def _label_maps(body: dict[str, Any]) -> list[dict[str, str]]:
    labels, _ = _pod_parts(body)
    return [body["metadata"]["labels"], *([labels] if labels is not None else [])]


# The relation, by brute force


class _Selects(NamedTuple):
    """A selector of an object, the kind that it selects, and its namespace, None for all."""

    where: tuple[str, ...]
    selector: Selector
    kind: str
    namespace: str | None


def _pod_parts(body: dict[str, Any]) -> tuple[dict[str, str] | None, dict[str, Any]]:
    """The labels that pods of an object have, and their spec."""
    match body:
        case {"kind": "Pod", "metadata": {"labels": labels}, "spec": spec}:
            return labels, spec
        case {"kind": "Deployment", "spec": {"template": template}}:
            return template["metadata"]["labels"], template["spec"]
        case {"kind": "CronJob", "spec": {"jobTemplate": {"spec": {"template": template}}}}:
            return template["metadata"]["labels"], template["spec"]
        case _:
            return None, {}


def _selectors(body: dict[str, Any]) -> Iterator[_Selects]:
    namespace = body["metadata"].get("namespace")
    match body:
        case {"kind": "Service", "spec": {"selector": selector}}:
            yield _Selects(("own",), from_labels(selector), "Pod", namespace)
        case {"kind": "Deployment" | "PodDisruptionBudget", "spec": {"selector": selector}}:
            yield _Selects(("own",), from_label_selector(selector), "Pod", namespace)
        case {"kind": "NetworkPolicy", "spec": {"podSelector": own, "ingress": [{"from": [peer]}]}}:
            yield _Selects(("own",), from_label_selector(own), "Pod", namespace)
            inside = None if "namespaceSelector" in peer else namespace
            yield _Selects(("peer",), from_label_selector(peer["podSelector"]), "Pod", inside)
            if inside is None:
                spaces = from_label_selector(peer["namespaceSelector"])
                yield _Selects(("spaces",), spaces, "Namespace", None)
        case _:
            pass
    _, spec = _pod_parts(body)
    if "nodeSelector" in spec:
        yield _Selects(("node",), from_labels(spec["nodeSelector"]), "Node", None)
    if "affinity" in spec:
        (term,) = spec["affinity"]["podAntiAffinity"].popitem()[1]
        yield _Selects(("anti",), from_label_selector(term["labelSelector"]), "Pod", namespace)


def relation(bodies: list[dict[str, Any]]) -> set[tuple[str, tuple[str, ...], str]]:
    """All triples of an owner, its selector and a target that it selects."""
    targets = []
    for body in bodies:
        name, namespace = body["metadata"]["name"], body["metadata"].get("namespace")
        labels, _ = _pod_parts(body)
        if labels is not None:
            targets.append((name, "Pod", namespace, labels))
        if body["kind"] == "Node":
            targets.append((name, "Node", None, node_labels(name, body["metadata"]["labels"])))
        if body["kind"] == "Namespace":
            served = {**body["metadata"]["labels"], "kubernetes.io/metadata.name": name}
            targets.append((name, "Namespace", None, served))
    return {
        (body["metadata"]["name"], found.where, name)
        for body in bodies
        for found in _selectors(body)
        for name, kind, namespace, labels in targets
        if found.kind == kind
        and found.namespace in {None, namespace}
        and found.selector.matches(labels)
    }


# The law


class Style(Enum):
    """How maps and lists are written."""

    LINES = False
    BRACKETS = True
    MIXED = None


def read(folder: str) -> list[Resource]:
    return list(read_manifests([folder]))


def bodies(resources: list[Resource]) -> list[dict[str, Any]]:
    """The data of objects as they are in the files, to be changed by nobody."""
    return [yaml.safe_load(yaml.safe_dump(each.body)) for each in resources]


def write(folder: str, found: list[dict[str, Any]], style: Style = Style.LINES) -> None:
    """Write objects into two files."""
    for number in range(2):
        documents = found[number::2]
        text = yaml.safe_dump_all(documents, default_flow_style=style.value, sort_keys=False)
        Path(folder, f"{number}.yaml").write_text(text)


def speaks(plan: RenamePlan, resource: Resource) -> Iterator[tuple[str | int, ...]]:
    """The paths of labels and terms of an object that still speak of the old label."""
    key, value = plan.renaming.old_key, plan.renaming.old_value
    waiting: list[tuple[tuple[str | int, ...], Any]] = [((), resource.body)]
    while waiting:
        path, part = waiting.pop()
        if isinstance(part, dict):
            if key in part and value in {None, part[key]}:
                yield (*path, key)
            if part.get("key") == key and (value is None or value in part.get("values", ())):
                yield path
            if part.get("topologyKey") == key:
                yield (*path, "topologyKey")
        entries = part.items() if isinstance(part, dict) else enumerate(part)
        waiting += [
            ((*path, step), inner) for step, inner in entries if isinstance(inner, dict | list)
        ]


@given(case=cases(), style=st.sampled_from(Style))
def test_a_rename_changes_no_pair(case: Case, style: Style) -> None:
    """A rename is refused and writes nothing; or no pair changes, and nothing has the old label."""
    found, rename = case
    with tempfile.TemporaryDirectory() as folder:
        write(folder, found, style)
        before = read(folder)
        plan = rename_label(before, *rename)
        assert bool(plan.rewrites) == (plan.labels > 0 and not plan.is_refused)
        write_files(plan.rewrites)
        after = read(folder)
        if not plan.rewrites:
            assert bodies(after) == bodies(before)
            return
        assert relation(bodies(after)) == relation(bodies(before))
        stays = {
            (each.resource.name, each.problem.path)
            for each in plan.warnings
            if isinstance(each, RenameRemark)
        }
        for each in after:
            for path in speaks(plan, each):
                # A topologyKey of another kind's label stays; all else is said to stay.
                assert (each.name, path) in stays or path[-1] == "topologyKey"


@given(
    found=inputs(),
    rename=st.one_of(
        st.tuples(st.sampled_from(KEYS), st.just("example.com/new")),
        st.tuples(pairs, st.just("example.com/new=new")),
        pairs.map(lambda pair: (pair, f"{pair.partition('=')[0]}=new")),
    ),
)
def test_the_way_back(found: list[dict[str, Any]], rename: tuple[str, str]) -> None:
    """A rename to a label that nothing has is undone by the rename back, to the same bytes."""
    with tempfile.TemporaryDirectory() as folder:
        write(folder, found)
        texts = {path: path.read_text() for path in Path(folder).iterdir()}
        plan = rename_label(read(folder), *rename)
        write_files(plan.rewrites)
        if plan.rewrites:
            back = rename_label(read(folder), *reversed(rename))
            assert not back.is_refused
            write_files(back.rewrites)
        assert {path: path.read_text() for path in Path(folder).iterdir()} == texts


@given(found=inputs(), old=st.sampled_from(KEYS))
def test_a_new_key_is_never_refused(found: list[dict[str, Any]], old: str) -> None:
    """A key that nothing has can always take the place of another one."""
    with tempfile.TemporaryDirectory() as folder:
        write(folder, found)
        plan = rename_label(read(folder), old, "example.com/new")
        assert not plan.is_refused


@given(case=cases(), data=st.data())
def test_a_pair_that_moves_is_one(case: Case, data: st.DataObject) -> None:
    """A selector that is said to start or stop selects otherwise: the witness is true."""
    found, rename = case
    with tempfile.TemporaryDirectory() as folder:
        write(folder, found)
        plan = rename_label(read(folder), *rename)
        if not plan.moved:
            return
        pair = data.draw(st.sampled_from(list(plan.moved)))
        labels: Any = pair.target.body
        for step in pair.target_path:
            labels = labels[step]
        old = dict(labels["labels"])
        if pair.target.kind == "Node":
            old = node_labels(pair.target.name, old)
        new = plan.renaming.rename_labels(old)
        assert pair.after.matches(new) == pair.starts
        assert pair.before.matches(old) != pair.starts
