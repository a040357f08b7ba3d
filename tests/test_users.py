"""What real projects ask of a selector matcher, in their words, and what theirs get wrong.

Each of them has a matcher of its own today. These are the questions that such a matcher is
known to answer wrong; here every evaluator answers them.
"""

from collections.abc import Callable, Mapping
from typing import Any

import pytest
from kubernetes.client import (
    V1Deployment,
    V1DeploymentSpec,
    V1LabelSelector,
    V1LabelSelectorRequirement,
    V1ObjectMeta,
    V1Pod,
    V1PodTemplateSpec,
)

from labelsel import (
    LabelIndex,
    SelectorSyntaxError,
    from_label_selector,
    parse,
    to_label_selector,
)
from tests.evaluators import Labels, evaluate


def chosen(text: str, *label_sets: Labels) -> list[bool]:
    """Return what every evaluator says of the label sets."""
    return evaluate(parse(text), label_sets)


def refused(text: str) -> bool:
    """Return whether a text is refused, with a caret under what is wrong."""
    try:
        parse(text)
    except SelectorSyntaxError as error:
        return "^" in str(error)
    return False


@pytest.mark.parametrize(
    ("text", "labels"),
    [
        ("app.kubernetes.io/name in (a)", {"app.kubernetes.io/name": "a"}),
        ("k", {"k": "v"}),
        ("k=v", {"k": "v"}),
        ("env in(dev)", {"env": "dev"}),
        ("env in (dev, prod)", {"env": "prod"}),
        ("!k", {}),
        ("k!=v", {}),
        ("k notin (v)", {}),
    ],
)
def test_ansible_kubernetes_core(text: str, labels: Labels) -> None:
    """kubernetes.core: keys with a prefix or of one letter, `in(`, objects without labels."""
    assert chosen(text, labels) == [True]


@pytest.mark.parametrize(
    "text", ["foo @@ bar", "env in (dev", "env in dev", "env=dev,@", "env ! dev"]
)
def test_jumpstarter_fails_closed(text: str) -> None:
    """jumpstarter: a part that is not understood is an error; dropped, it leases any exporter."""
    assert refused(text)


@pytest.mark.parametrize("text", ["env in(dev)", "env=dev", "env notin (test,)", "env==dev"])
def test_jumpstarter_drops_nothing(text: str) -> None:
    """jumpstarter: what is valid holds for the exporter it names and for no other."""
    assert chosen(text, {"env": "dev"}, {"env": "test"})[0] is True
    assert chosen(text, {"env": "test"}) == [False]
    assert chosen("env=", {"env": ""}, {"env": "dev"}, {}) == [True, False, False]


def test_ray() -> None:
    """ray: `!(a)` is refused where it is validated, and so never compared as a literal."""
    assert refused("!(a)")
    assert refused("!in(a,b)")
    assert chosen("!a", {"a": ""}, {"!(a)": ""}) == [False, True]


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("a==1", ["one"]),
        ("a=1,b=2", ["one"]),
        ("a in (1,2)", ["one", "two"]),
        ("!b", ["two", "none"]),
        ("b", ["one"]),
    ],
)
def test_cloudcoil(text: str, names: list[str]) -> None:
    """cloudcoil: a cached informer filters its list by more than one `k=v`."""
    cache = LabelIndex({"one": {"a": "1", "b": "2"}, "two": {"a": "2"}, "none": {}})
    assert list(cache.select(text)) == names


@pytest.mark.parametrize(
    ("text", "answers"),
    [
        ("app!=web", [False, True, True]),
        ("app==web", [True, False, False]),
        ("!app", [False, False, True]),
        ("app in (web)", [True, False, False]),
        ("app notin (web)", [False, True, True]),
    ],
)
def test_openshift_python_wrapper(text: str, answers: list[bool]) -> None:
    """openshift-python-wrapper: its fake client reads every operator as `=`."""
    assert chosen(text, {"app": "web"}, {"app": "db"}, {}) == answers


def test_mockernetes() -> None:
    """mockernetes: a comma inside parentheses does not end a requirement."""
    text = "tier in (web,db),app=shop,!debug"
    yes = {"tier": "db", "app": "shop"}
    assert chosen(text, yes, {**yes, "tier": "x"}, {**yes, "debug": ""}, {"tier": "db"}) == [
        True, False, False, False,
    ]  # fmt: skip


def test_safir() -> None:
    """Safir: a space behind the comma is no part of the next key."""
    assert chosen("a=b, c=d", {"a": "b", "c": "d"}, {"a": "b", " c": "d"}) == [True, False]
    assert str(parse(" a = b ,\tc = d ")) == "a=b,c=d"


def test_opentf() -> None:
    """opentf-toolkit: takes what Kubernetes takes, refuses what Kubernetes refuses."""
    assert not any(map(refused, ["env=", "env in ()", "env in(dev)", "env!=", "!env"]))
    assert all(map(refused, ["env=dev,", ",,", ",env", "env=dev,,a", "env=(dev)"]))


def test_checkov() -> None:
    """checkov: matchExpressions count, and all workloads are looked up at once."""
    workloads = LabelIndex({f"pod-{n}": {"app": f"app-{n % 10}", "n": str(n)} for n in range(500)})
    service = {
        "matchLabels": {"app": "app-3"},
        "matchExpressions": [{"key": "n", "operator": "NotIn", "values": ["3", "13"]}],
    }
    edges = workloads.select(from_label_selector(service))
    assert list(edges) == [f"pod-{n}" for n in range(23, 500, 10)]


def test_network_config_analyzer() -> None:
    """network-config-analyzer: every operator, answered without looking at each peer."""
    peers = LabelIndex({f"p{n}": {"role": f"r{n % 4}"} for n in range(100)} | {"bare": {}})
    for operator, values, count in [
        ("In", ["r1", "r2"], 50), ("NotIn", ["r1", "r2"], 51), ("Exists", None, 100),
        ("DoesNotExist", None, 1),
    ]:  # fmt: skip
        expression = {"key": "role", "operator": operator, "values": values}
        selector = from_label_selector({"matchExpressions": [expression]})
        assert peers.count(selector) == count
        assert {step.operation for step in peers.explain(selector).steps} <= {
            "all",
            "key",
            "labels",
        }


def test_kopf() -> None:
    """kopf: value, present and absent are there, and beside them `in` and `notin`."""
    handler = parse("kind=db,owner,!paused,phase notin (done,failed)")
    running = {"kind": "db", "owner": "", "phase": "new"}
    assert handler.matches(running)
    assert not any(
        handler.matches({**running, **other})
        for other in ({"kind": "web"}, {"paused": ""}, {"phase": "done"})
    )


def test_the_cache_of_the_official_client() -> None:
    """kubernetes: an informer's cache of models that a label selector filters."""
    pods: list[Any] = [
        V1Pod(metadata=V1ObjectMeta(name=f"web-{n}", namespace="shop", labels=labels))
        for n, labels in enumerate([{"app": "web"}, {"app": "web", "debug": ""}, None])
    ]
    cache: LabelIndex[tuple[str, str]] = LabelIndex()
    for pod in pods:  # ADDED
        cache[pod.metadata.namespace, pod.metadata.name] = pod.metadata.labels
    assert list(cache.select("app=web,!debug")) == [("shop", "web-0")]
    cache["shop", "web-2"] = {"app": "web"}  # MODIFIED
    del cache["shop", "web-0"]  # DELETED
    assert list(cache.select("app=web,!debug")) == [("shop", "web-2")]


def test_kr8s() -> None:
    """kr8s: the pods of a deployment are those that all of its selector selects."""
    deployment = V1Deployment(
        spec=V1DeploymentSpec(
            template=V1PodTemplateSpec(),
            selector=V1LabelSelector(
                match_labels={"app": "web"},
                match_expressions=[
                    V1LabelSelectorRequirement(key="track", operator="NotIn", values=["canary"])
                ],
            ),
        )
    )
    selector = from_label_selector(deployment.spec.selector)
    assert str(selector) == "app=web,track notin (canary)"
    assert evaluate(selector, [{"app": "web"}, {"app": "web", "track": "canary"}, {}]) == [
        True, False, False,
    ]  # fmt: skip


def test_null_against_empty() -> None:
    """A null selector selects nothing, an empty one everything."""
    everywhere: list[Mapping[str, str]] = [{}, {"a": "b"}]
    assert evaluate(from_label_selector(None), everywhere) == [False, False]
    assert evaluate(from_label_selector({}), everywhere) == [True, True]


def test_or_across_keys() -> None:
    """What no text can say, objects in Python can: this or that."""
    selector = parse("app=web") | parse("tier in (front,edge),!legacy")
    sets: list[Labels] = [{"app": "web"}, {"tier": "edge"}, {"tier": "edge", "legacy": ""}, {}]
    assert evaluate(selector, sets) == [True, True, False, False]


@pytest.mark.parametrize("text", ["app=web,tier in (a,b),!debug,x", "a!=b,a notin (c)", "", "x="])
def test_conversion_between_text_and_object(text: str) -> None:
    """Text, dict and object form mean the same, there and back."""
    obj: Any = to_label_selector(parse(text))
    model = V1LabelSelector(
        match_labels=obj.get("matchLabels"),
        match_expressions=[
            V1LabelSelectorRequirement(**parts) for parts in obj.get("matchExpressions", [])
        ],
    )
    sets: list[Labels] = [
        {},
        {"app": "web", "tier": "a", "x": ""},
        {"a": "b"},
        {"a": "c"},
        {"x": ""},
    ]
    read: list[Callable[[], object]] = [lambda: obj, lambda: model, model.to_dict]
    for form in read:
        assert evaluate(from_label_selector(form()), sets) == evaluate(parse(text), sets)


def test_nobody_is_shown_a_regular_expression() -> None:
    """A bad value is told in words."""
    with pytest.raises(SelectorSyntaxError) as caught:
        parse("version=1.0-")
    assert "must begin and end with a letter or digit, this one is '1.0-'" in str(caught.value)
    assert not set("[]()*?\\") & set(str(caught.value))
