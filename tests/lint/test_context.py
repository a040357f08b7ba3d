"""What the rules see of an input: each fact beside the case in which it does not hold."""

from typing import Any

import pytest

from labelsel import parse
from labelsel.errors import SkippedWarning
from labelsel.kubernetes import POD, SERVICE, Resource, Source
from labelsel.kubernetes.model.document import Data
from labelsel.kubernetes.model.resource import TextLocation
from labelsel.lint import Context
from labelsel.lint.known_words import KnownWords
from labelsel.lint.nearest_match import NearestMatch, find_nearest_match
from labelsel.lint.neighbors import Distance

GROUPS = {
    "Deployment": "apps/v1",
    "PodDisruptionBudget": "policy/v1",
    "Rollout": "argoproj.io/v1",
    "ServiceMonitor": "monitoring.coreos.com/v1",
}


def an_object(
    kind: str,
    name: str = "web",
    spec: Data = None,
    *,
    labels: dict[str, str] | None = None,
    file: str = "a/web.yaml",
    namespace: str = "shop",
) -> Resource:
    """An object that was read from a file."""
    known, version = labels or {}, GROUPS.get(kind, "v1")
    metadata = {"name": name, "namespace": namespace, "labels": known}
    body = {"apiVersion": version, "kind": kind, "metadata": metadata, "spec": spec or {}}
    place = Source(file, 1, 1, TextLocation(b"", 0, json=False))
    return Resource(kind, version, namespace, name, known, {}, body, place)


def pod(name: str = "web-1", *, file: str = "a/web.yaml", **labels: str) -> Resource:
    """A pod whose labels have _ where the key has a character that no name of Python has."""
    names = {"app_name": "app.kubernetes.io/name"}
    known = {names.get(key, key): value for key, value in labels.items()}
    return an_object("Pod", name, labels=known, file=file)


def service(name: str = "web", *, namespace: str = "shop", **selector: str) -> Resource:
    return an_object("Service", name, {"selector": selector}, namespace=namespace)


def kustomize(body: dict[str, Data], folder: str = "a") -> list[SkippedWarning]:
    """The Kustomization of a folder; it builds web.yaml there."""
    data = {"resources": ["web.yaml"], **body}
    return [SkippedWarning(f"{folder}/kustomization.yaml", "no object", data=data)]


def missing_part(context: Context) -> str | None:
    """What no target meets of the selector of the only object that seeks something."""
    [seeker] = context.seekers
    found = context.missing_part(seeker)
    return None if found is None else str(found)


def test_an_object_of_a_patch_is_no_whole_object() -> None:
    """Its selector and its labels are parts of those of another object."""
    skipped = kustomize({"patches": [{"path": "p.yaml"}]})
    parts = [service(app="web"), pod(app="web")]
    patches = [
        an_object("Service", "web", {"selector": {"tier": "x"}}, file="a/p.yaml"),
        pod("p", file="a/p.yaml", app="web"),
    ]
    context = Context([*parts, *patches], skipped=skipped)
    assert [each.text for each in context.object_selectors] == ["app=web"]
    assert [each.origin for each in context.all_targets(POD).items] == [parts[1]]
    assert len(Context([*parts, *patches]).object_selectors) == len(patches)


def test_what_seeks_something() -> None:
    """Services, policies and monitors with a requirement; workloads are for their own pods."""
    match = {"matchLabels": {"app": "web"}}
    context = Context(
        [
            service("with", app="web"),
            an_object("PodDisruptionBudget", "all", {"selector": {}}),
            an_object("PodDisruptionBudget", "some", {"selector": match}),
            an_object("Deployment", "web", {"selector": match, "template": {}}),
        ]
    )
    assert [each.owner.name for each in context.seekers] == ["with", "some"]


def test_the_pods_of_services() -> None:
    """A Service selects in its own namespace; one without pods there selects none."""
    web, db = pod("web-1", app="web"), pod("db-1", app="db")
    context = Context([web, db, service(app="web"), service(namespace="empty", app="db")])
    [target] = [each for each in context.all_targets(POD).items if each.origin is web]
    assert context.pods_of_services == {id(target)}


@pytest.mark.parametrize(
    ("complete", "unread", "expected"),
    [
        (True, [], False),
        (True, ["a/x.yaml"], False),
        (False, [], True),
        (False, ["a/x.yaml"], True),
        (False, ["b/x.yaml"], False),
    ],
)
def test_what_was_not_read(*, complete: bool, unread: list[str], expected: bool) -> None:
    """It matters where it is near; where nobody knows what it is, it may be near."""
    one = pod(app="web")
    assert Context([one], complete=complete, unread=unread).may_miss_near(one) is expected


def test_all_was_read_unless_somebody_says_otherwise() -> None:
    one = pod(app="web")
    assert not Context([one]).may_miss_near(one)


@pytest.mark.parametrize(
    ("patch", "expected"),
    [
        (an_object("Service", "x", {"selector": {"app": "x"}}, file="a/p.yaml"), True),
        (an_object("Service", "x", {"ports": []}, file="a/p.yaml"), False),
        (an_object("Rollout", "x", {"selector": {"app": "x"}}, file="a/p.yaml"), False),
    ],
    ids=["selector", "other part", "other kind"],
)
def test_a_selector_that_a_patch_may_change(patch: Resource, *, expected: bool) -> None:
    """A patch of the same kind that sets the same field."""
    one = service(app="web")
    context = Context([one, patch], skipped=kustomize({"patches": [{"path": "p.yaml"}]}))
    assert context.is_selector_patched(context.resources[0], ("spec", "selector")) is expected


def test_where_a_selector_looks() -> None:
    """In no group of a namespace that has no targets, and asking makes none."""
    context = Context([service("a", app="web"), service("b", namespace="x", app="web"), pod(a="b")])
    first, second = context.seekers
    assert [len(each.items) for each in context.target_groups(first)] == [1]
    assert context.target_groups(second) == []


MONITOR = an_object(
    "ServiceMonitor", "watch", {"selector": {"matchLabels": {"app": "web", "env": "prod"}}}
)
FOR_PODS = an_object("Service", "web", {"selector": {"app": "web", "env": "prod"}})


@pytest.mark.parametrize(
    ("owner", "target", "fields", "missing"),
    [
        (FOR_PODS, pod(app="web"), {}, "app=web,env=prod"),
        (FOR_PODS, pod(app="web"), {"includeTemplates": True}, None),
        (FOR_PODS, pod(app="db"), {"includeTemplates": True}, "app=web"),
        (MONITOR, an_object("Service", "s", labels={"app": "web"}), {}, None),
        (MONITOR, an_object("Service", "s", labels={"app": "db"}), {}, "app=web"),
    ],
    ids=["pods without", "pods with", "other pods", "services", "other services"],
)
def test_labels_that_kustomize_adds(
    owner: Resource, target: Resource, fields: dict[str, Data], missing: str | None
) -> None:
    """They are added to all objects, and to the pods of a template only where it is said."""
    skipped = kustomize({"labels": [{"pairs": {"env": "prod"}, **fields}]})
    context = Context([owner, target], skipped=skipped)
    assert missing_part(context) == missing


@pytest.mark.parametrize(
    ("fields", "target", "missing"),
    [
        ({"namespace": "all"}, {"app": "web"}, None),
        ({"namespace": "all"}, {"app": "db"}, "app=web"),
        ({"namespace": "all"}, {"app": "web", "file": "b/web.yaml"}, "app=web"),
        ({}, {"app": "web"}, "app=web"),
    ],
)
def test_a_namespace_that_kustomize_sets(
    fields: dict[str, Data], target: dict[str, str], missing: str | None
) -> None:
    """What is built together ends in one namespace, whichever namespaces the files have."""
    owner = service(namespace="other", app="web")
    context = Context([owner, pod("web-1", **target)], skipped=kustomize(fields))
    assert missing_part(context) == missing


def test_the_pods_of_templates_that_nobody_else_reads() -> None:
    """Those of custom objects, and those of workloads whose labels are partly no strings."""
    template = {"metadata": {"labels": {"app": "web", "n": 5}}, "spec": {"containers": []}}
    match = {"matchLabels": {"app": "web"}}
    rollout = an_object("Rollout", "a", {"template": template})
    web = an_object("Deployment", "b", {"selector": match, "template": template})
    alone = an_object("PodTemplate", "c", {"template": {"metadata": {"labels": {"n": 5}}}})
    context = Context([rollout, web, alone])
    found = [(each.origin.name, each.labels) for each in context.all_targets(POD).items]
    assert found == [("a", {"app": "web"}), ("b", {"app": "web"})]
    assert [each.owner.name for each in context.partial_workloads] == ["b"]
    assert context.workloads == []
    assert [each.name for each, _ in context.bad_labels] == ["b"]


def test_targets_know_where_they_are() -> None:
    """A group knows which files are near; that of no targets answers, too."""
    near, other = pod(app="web"), an_object("Service", file="b/web.yaml")
    context = Context([near, other])
    group = context.all_targets(POD)
    assert group.has_near(near, Distance.FILE)
    assert not group.has_near(other, Distance.FOLDER)
    assert group.has_near(other, Distance.ELSEWHERE)
    built = Context([near, other], skipped=kustomize({"resources": ["web.yaml", "../b/web.yaml"]}))
    assert not built.all_targets(POD).has_near(other, Distance.FILE)
    assert built.all_targets(POD).has_near(other, Distance.FOLDER)
    assert not Context([near]).all_targets(SERVICE).has_near(near, Distance.ELSEWHERE)


@pytest.mark.parametrize(
    "selector",
    [
        {"matchLabels": {"wbe": "x"}},
        {"matchLabels": {"x": "wbe"}},
        {"matchExpressions": [{"key": "wbe", "operator": "Exists"}]},
        {"matchExpressions": [{"key": "x", "operator": "In", "values": ["wbe", "a"]}]},
    ],
)
def test_a_word_of_selectors(selector: Data) -> None:
    """One selector may have a word with a typo; a second one makes it a word."""
    budgets = [an_object("PodDisruptionBudget", name, {"selector": selector}) for name in "pq"]
    assert KnownWords(Context(budgets[:1])).is_unique("wbe")
    assert not KnownWords(Context(budgets)).is_unique("wbe")


@pytest.mark.parametrize("one", [pod("wbe"), pod(wbe="x"), pod(x="wbe")])
def test_a_word_of_objects(one: Resource) -> None:
    """Names, keys and values of labels are words."""
    assert not KnownWords(Context([one])).is_unique("wbe")
    assert KnownWords(Context([one])).is_unique("other")


def nearest(selector: str, *pods: Resource) -> tuple[str, bool, bool] | None:
    """The nearest match of a Service ``web``: its name, whether a typo, whether a partner."""
    context = Context([service("web", app="none"), *pods])
    owner = context.seekers[0].owner
    groups = context.target_groups(context.seekers[0])
    found: NearestMatch | None = find_nearest_match(parse(selector), owner, groups)
    return None if found is None else (found.item.origin.name, found.is_typo, found.is_partner)


OTHER = {"file": "b/other.yaml"}


@pytest.mark.parametrize(
    ("selector", "pods", "expected"),
    [
        ("app=wbe", [pod("a", app="web")], ("a", True, True)),
        ("app=web", [pod("a", app_name="web")], ("a", False, True)),
        ("tier=web", [pod("a", app="web")], None),
        # The name of the owner, and all requirements but one.
        ("app=x,tier=y,zone=u", [pod("web", app="x", zone="u")], ("web", False, True)),
        ("app=x,tier=y,zone=u", [pod("a", app="x", zone="u")], ("a", False, False)),
        ("app=x,tier=y,zone=u", [pod("web", app="x")], ("web", False, True)),
        ("app=x,tier=y,zone=u", [pod("a", app="x")], None),
        # The name alone counts less than a typo, also if the typo is far away.
        ("app=wbe", [pod("web", x="y"), pod("a", app="web", **OTHER)], ("a", True, True)),
        ("app=wbe", [pod("web", x="y")], ("web", False, True)),
        # All but one: the app's name is kept, then the one that leaves the fewest, and near first.
        ("a=one,b=two", [pod("p", a="one")], ("p", False, False)),
        ("a=one,b=two", [pod("p", b="two")], ("p", False, False)),
        ("app=one,b=two", [pod("p", b="two"), pod("q", app="one")], ("q", False, False)),
        ("a=one,b=two", [pod("p", a="one"), pod("q", a="one"), pod("r", b="two")],
         ("r", False, False)),
        ("a=one,b=two", [pod("p", a="one", **OTHER), pod("r", b="two")], ("r", False, False)),
        ("a=one,b=two", [pod("p", b="two", **OTHER), pod("r", a="one")], ("r", False, False)),
    ],
)  # fmt: skip
def test_the_nearest_match(selector: str, pods: list[Any], expected: Any) -> None:
    """What is nearest, in the order of the documentation of `find_nearest_match`."""
    assert nearest(selector, *pods) == expected


@pytest.mark.parametrize(
    ("selector", "labels", "has", "fix"),
    [
        ("app=wbe", {"app": "web"}, "app=web",
         "write app: web in the selector, or app: wbe in pod/web"),
        ("app=web", {"app_name": "web"}, "no app, but app.kubernetes.io/name=web",
         "write app.kubernetes.io/name: web in the selector, or app: web in pod/web"),
        ("app=web,tier=x", {"app": "web"}, "no tier",
         "add tier: x to pod/web, or take it out of the selector"),
        ("app=web,tier=x", {"b": "c"}, "no app and no tier",
         "correct the selector, or the labels of pod/web"),
    ],
)  # fmt: skip
def test_the_words_for_the_nearest_match(
    selector: str, labels: dict[str, str], has: str, fix: str
) -> None:
    """What it has instead, and what to write on either side."""
    context = Context([service("web", app="none"), pod("web", **labels)])
    owner = context.seekers[0].owner
    found = find_nearest_match(parse(selector), owner, context.target_groups(context.seekers[0]))
    assert found is not None
    assert found.description == f"nearest: pod/web, which has {has}"
    assert found.fix == fix
