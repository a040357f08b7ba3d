"""What a pod requires of its node: where its spec is, and affinity that cannot be read."""

from typing import Any

import pytest

from labelsel.kubernetes import ManifestError, nodes_for
from tests.kubernetes.selection.specs import (
    AFFINITY,
    NODES,
    PREFERRED,
    REQUIRED,
    TERMS,
    expression,
    obj,
    place_pod,
    prefer,
    preferred,
    required,
    term,
)


@pytest.mark.parametrize(
    ("kind", "api_version", "body"),
    [
        ("Deployment", "apps/v1", {"spec": {"template": {"spec": None}}}),
        ("StatefulSet", "apps/v1", {"spec": {"template": {"spec": None}}}),
        ("Job", "batch/v1", {"spec": {"template": {"spec": None}}}),
        ("CronJob", "batch/v1", {"spec": {"jobTemplate": {"spec": {"template": {"spec": None}}}}}),
        ("PodTemplate", "v1", {"template": {"spec": None}}),
        ("Rollout", "argoproj.io/v1alpha1", {"spec": {"template": {"spec": None}}}),
    ],
)
def test_what_makes_pods(kind: str, api_version: str, body: dict[str, Any]) -> None:
    """A workload stands for the pods of its template, wherever its kind has that."""
    inner = body
    path = []
    while "spec" not in inner or inner["spec"]:
        (step,) = inner
        path.append(step)
        inner = inner[step]
    inner["spec"] = {"nodeSelector": {"disk": "hdd"}}
    found = nodes_for(obj(kind, "db", body, api_version), NODES)
    assert [item.node.name for item in found.fitting] == ["n3"]
    assert found.refused[0].unmet[0].path == (*path, "spec", "nodeSelector")


@pytest.mark.parametrize(
    "body", [{}, {"spec": None}, {"spec": "x"}, {"spec": {"selector": {}}}, {"template": None}]
)
def test_what_makes_no_pods(body: dict[str, Any]) -> None:
    """An object without a pod template is named, with its place."""
    with pytest.raises(ManifestError) as caught:
        nodes_for(obj("Service", "web", body), NODES)
    assert str(caught.value) == (
        "a.yaml, document 2 (line 7): Service/web: it makes no pods: "
        "name a pod, or a workload, whose spec.template is a pod template"
    )


@pytest.mark.parametrize(
    ("spec", "problem"),
    [
        ("x", "spec: must be a map, not a string"),
        ({"nodeName": 5}, "spec.nodeName: must be a string, not the number 5"),
        ({"nodeSelector": ["ssd"]}, "spec.nodeSelector: must be a map, not a list"),
        ({"nodeSelector": {"gpu": True}},
         "spec.nodeSelector.gpu: must be a string, not the boolean true: write it in quotes"),
        ({"nodeSelector": {"a b": "c"}}, 'spec.nodeSelector["a b"]: '),
        ({"affinity": []}, "spec.affinity: must be a map, not a list"),
        ({"affinity": {"nodeAfinity": {}}},
         "spec.affinity.nodeAfinity: unknown field; did you mean nodeAffinity?"),
        ({"affinity": {"nodeAffinity": {REQUIRED[:-1]: {}}}},
         f"{AFFINITY}.{REQUIRED[:-1]}: unknown field; did you mean {REQUIRED}?"),
        ({"affinity": {"nodeAffinity": {REQUIRED: [{}]}}},
         f"{AFFINITY}.{REQUIRED}: must be a map, not a list"),
        ({"affinity": {"nodeAffinity": {REQUIRED: {"terms": []}}}},
         f"{AFFINITY}.{REQUIRED}.terms: unknown field; "),
        ({"affinity": {"nodeAffinity": {REQUIRED: {"nodeSelectorTerms": {}}}}},
         f"{TERMS}: must be a list, not a map"),
        (required("x"), f"{TERMS}[0]: must be a map, not a string"),
        (required(None), f"{TERMS}[0]: must be a map, not null"),
        (required({}, {"matchLabels": {}}), f"{TERMS}[1].matchLabels: unknown field; "),
        (required({}, term(expression("zone", "in", "a"))),
         f"{TERMS}[1].matchExpressions[0].operator: must be In, NotIn, "),
        (required(term(expression("cores", "Gt", "x"))),
         f"{TERMS}[0].matchExpressions[0].values[0]: must be a whole number of 64 bits, not 'x'"),
        (required(term(fields=[expression("metadata.nme", "In", "x")])),
         f"{TERMS}[0].matchFields[0].key: must be metadata.name, the only field of a node, "),
        (preferred("x"), f"{AFFINITY}.{PREFERRED}[0]: must be a map, not a string"),
        (preferred({"weigth": 5}),
         f"{AFFINITY}.{PREFERRED}[0].weigth: unknown field; did you mean weight?"),
        *((preferred(prefer(1), {"weight": weight, "preference": {}}),
           f"{AFFINITY}.{PREFERRED}[1].weight: must be a whole number from 1 to 100, not {shown}")
          for weight, shown in ((0, "0"), (101, "101"), (5.0, "5.0"), (None, "null"))),
        (preferred({"weight": 1, "preference": []}),
         f"{AFFINITY}.{PREFERRED}[0].preference: must be a map, not a list"),
        (preferred(prefer(1, expression("zone", "In"))),
         f"{AFFINITY}.{PREFERRED}[0].preference.matchExpressions[0].values: In takes at least "),
        ({"affinity": {"nodeAffinity": {PREFERRED: {}}}},
         f"{AFFINITY}.{PREFERRED}: must be a list, not a map"),
    ],
)  # fmt: skip
def test_bad_affinity(spec: Any, problem: str) -> None:
    """What cannot be read is an error with file, document, line, object and path; never skipped."""
    with pytest.raises(ManifestError) as caught:
        place_pod(spec)
    assert str(caught.value).startswith(f"a.yaml, document 2 (line 7): Pod/db: {problem}")
