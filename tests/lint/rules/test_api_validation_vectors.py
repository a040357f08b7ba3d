"""Where lint says that the API server refuses a selector, it does; where not, it does not.

The rows of Kubernetes' own code stand in tests/vectors. Those of LabelSelectors say what the API
server's validation says. Those of NodeSelectors say what the scheduler's reader says; what the
validation adds to that, and what it leaves out, is written here a second time, from the rules.
"""

import json
import re
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from labelsel.kubernetes import Resource, Source
from labelsel.labels import validate_value
from labelsel.lint import lint_objects

VECTORS = Path(__file__).resolve().parents[2] / "vectors"
REQUIRED = "requiredDuringSchedulingIgnoredDuringExecution"
PREFERRED = "preferredDuringSchedulingIgnoredDuringExecution"


def rows(name: str) -> list[dict[str, Any]]:
    lines = (VECTORS / f"{name}.jsonl").read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines]


Found = dict[str, set[tuple[str | int, ...]]]


def found_in(specs: Sequence[tuple[str, dict[str, Any]]]) -> list[Found]:
    """The rules of what is found in each object, with the paths that each is found at."""
    versions = {"NetworkPolicy": "networking.k8s.io/v1", "PodDisruptionBudget": "policy/v1"}
    source = Source("a", 1, 1)
    objects = [
        Resource(kind, versions.get(kind, "v1"), None, str(n), {}, {}, {"spec": spec}, source)
        for n, (kind, spec) in enumerate(specs)
    ]
    found: list[Found] = [{} for _ in specs]
    for one in lint_objects(objects, ["illegal-selector", "never-matches"]):
        found[int(one.resource.name)].setdefault(one.rule.id, set()).add(one.path)
    return found


def node_affinity(selector: Any, *, preferred: bool) -> tuple[str, dict[str, Any]]:
    """A pod that requires a node selector, or that prefers each of its terms."""
    required: object = selector
    if preferred:
        terms = selector.get("nodeSelectorTerms") or []
        required = [{"weight": 1, "preference": term} for term in terms]
    kind = PREFERRED if preferred else REQUIRED
    return "Pod", {"affinity": {"nodeAffinity": {kind: required}}}


PLACES: list[tuple[str, Callable[[Any], dict[str, Any]]]] = [
    ("NetworkPolicy", lambda value: {"podSelector": value}),
    ("PodDisruptionBudget", lambda value: {"selector": value}),
    ("NetworkPolicy", lambda value: {"ingress": [{"from": [{"podSelector": value}]}]}),
    ("Pod", lambda value: {"affinity": {"podAffinity": {REQUIRED: [{"labelSelector": value}]}}}),
]


def test_label_selectors() -> None:
    """All rows, as an object's own selector, as that of a peer, and in the affinity of a pod."""
    all_rows = rows("label_selectors")
    refused = [row["id"] for row in all_rows if row.get("api_validation_errors")]
    assert refused
    for kind, spec_of in PLACES:
        found = found_in([(kind, spec_of(row["labelSelector"])) for row in all_rows])
        told = [row["id"] for row, one in zip(all_rows, found, strict=True) if one]
        assert told == refused


def parts(selector: Any) -> Iterator[tuple[tuple[str | int, ...], str, dict[str, Any]]]:
    """Each expression and each field of the terms of a selector, with its path."""
    for number, term in enumerate(selector.get("nodeSelectorTerms") or ()):
        for name in ("matchExpressions", "matchFields"):
            for place, part in enumerate(term.get(name) or ()):
                yield ("nodeSelectorTerms", number, name, place), name, part


NODE_NAME = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*")
LABEL_NAME = re.compile(r"[A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?")


def is_label_key(key: str) -> bool:
    prefix, slash, name = key.rpartition("/")
    whole = not slash or (len(prefix) <= 253 and NODE_NAME.fullmatch(prefix))
    return bool(whole and len(name) <= 63 and LABEL_NAME.fullmatch(name))


def refusals(selector: Any, *, preferred: bool) -> set[tuple[str | int, ...]]:
    """Where ValidateNodeSelector refuses something: the paths of it, as its errors name them."""
    paths: set[tuple[str | int, ...]] = set()
    if not preferred and not selector.get("nodeSelectorTerms"):
        paths.add(("nodeSelectorTerms",))
    for path, name, part in parts(selector):
        key, operator, values = part.get("key", ""), part.get("operator"), part.get("values") or []
        fields = name == "matchFields"
        counts = {"In": (1, 99), "NotIn": (1, 99), "Exists": (0, 0), "DoesNotExist": (0, 0),
                  "Gt": (1, 1), "Lt": (1, 1)}  # fmt: skip
        if fields:
            counts = {"In": (1, 1), "NotIn": (1, 1)}
        if operator not in counts:
            paths.add((*path, "operator"))
        elif not counts[operator][0] <= len(values) <= counts[operator][1]:
            paths.add((*path, "values"))
        if not (key == "metadata.name" if fields else is_label_key(key)):
            paths.add((*path, "key"))
        for number, value in enumerate(values):
            name_is_bad = len(value) > 253 or not NODE_NAME.fullmatch(value)
            label_is_bad = not preferred and bool(validate_value(value))
            if (key == "metadata.name" and name_is_bad) if fields else label_is_bad:
                paths.add((*path, "values", number))
    return paths


MORE = [
    {"nodeSelectorTerms": []},
    {"nodeSelectorTerms": None},
    {},
    *(
        {"nodeSelectorTerms": [{"matchFields": [{"key": key, "operator": "In", "values": [name]}]}]}
        for key in ("metadata.name", "metadata.namespace", "spec.x", "")
        for name in ("n1", "n1.example", "N1", "a_b", "", "-a", "a.", "n" * 253, "n" * 254)
        if len(name) <= 253 or key
    ),
    *(
        {"nodeSelectorTerms": [{"matchExpressions": [{"key": "a", "operator": op, "values": [n]}]}]}
        for op in ("Gt", "Lt")
        for n in ("x", "1.0", "5", "-1", "+1", "", "1_000", "9223372036854775808", "a b")
    ),
]


@pytest.mark.parametrize("preferred", [False, True])
def test_node_selectors(*, preferred: bool) -> None:
    """What is refused is an error at its path, and nothing else is.

    What is accepted, and the scheduler's reader refuses all the same, is a warning.
    """
    wrong = []
    selectors = [row["nodeSelector"] for row in rows("node_selectors")] + MORE
    results = found_in([node_affinity(selector, preferred=preferred) for selector in selectors])
    for selector, found in zip(selectors, results, strict=True):
        errors = {told(path, preferred=preferred) for path in found.get("illegal-selector", ())}
        expected = refusals(selector, preferred=preferred)
        # The values of an operator that is not known are not looked at here.
        blind = [path[:-1] for path in errors & expected if path[-1] == "operator"]
        missed = {path for path in expected - errors if path[:4] not in blind}
        if missed or errors - expected:
            wrong.append((selector, errors, expected))
    assert wrong == []


def told(path: tuple[str | int, ...], *, preferred: bool) -> tuple[str | int, ...]:
    """A path in the selector, of one in the pod: behind spec.affinity.nodeAffinity.REQUIRED."""
    inside = path[4:]
    # A preference is a term: [0].preference.matchExpressions.
    return ("nodeSelectorTerms", inside[0], *inside[2:]) if preferred else inside


@pytest.mark.parametrize("preferred", [False, True])
def test_what_the_scheduler_cannot_read(*, preferred: bool) -> None:
    """A row that its reader refuses is told of, be it as an error or as a warning."""
    refused = [row for row in rows("node_selectors") if not row["ok"]]
    assert refused
    results = found_in([node_affinity(row["nodeSelector"], preferred=preferred) for row in refused])
    assert [row["id"] for row, found in zip(refused, results, strict=True) if not found] == []
