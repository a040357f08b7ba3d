"""Texts that speak of a label where no rename reaches are found; others are not."""

from typing import Any

import pytest

from labelsel.kubernetes import LabelRenaming
from labelsel.kubernetes.renaming.mentions import MentionFinder

KEY = ("app", "example.com/name")
PAIR = ("app=web", "app=front")
MOVED = ("app=web", "name=web")
PREFIXED = ("example.com/name", "app")


@pytest.mark.parametrize(
    ("rename", "text"),
    [
        (KEY, "kubectl get pods -l app=web"),
        (KEY, "app in (web,db)"),
        (KEY, "app notin (web)"),
        (KEY, "app: web"),
        # Flags of kubectl, also with the selector glued to them.
        (KEY, "kubectl get pods -lapp=web"),
        (KEY, "kubectl get pods -Alapp=web -o wide"),
        (KEY, "kubectl get pods -l app"),
        (KEY, "kubectl get pods -l '!app'"),
        (KEY, "kubectl get pods --selector=app,tier"),
        (PAIR, "kubectl get pods -lapp=web"),
        (PAIR, "kubectl get pods -lapp!=web"),
        (PREFIXED, "kubectl get pods -lexample.com/name"),
        (KEY, "metadata.labels['app']"),
        (KEY, "/metadata/labels/app"),
        (KEY, "/spec/selector/app"),
        (PAIR, "app=web"),
        (PAIR, '{"app": "web"}'),
        (PAIR, "app!=web"),
        (PAIR, "app in (db, web)"),
        (PAIR, "app not in {db, web}"),
        (PAIR, "app in ({{ .first }}, web)"),
        (PAIR, "app in (db); app in (x app in (web)"),
        (PAIR, "/spec/selector/app"),
        (PREFIXED, "/metadata/labels/example.com~1name"),
        (PREFIXED, "by example.com/name, and more"),
        # PromQL, relabelings of Prometheus, and paths of log shippers.
        (KEY, 'sum by (label_app) (kube_pod_labels{label_app="web"})'),
        (KEY, "__meta_kubernetes_pod_label_app"),
        (KEY, "__meta_kubernetes_service_labelpresent_app"),
        (KEY, "kubernetes_labels_app"),
        (PAIR, 'kube_pod_labels{label_app="web"}'),
        (PAIR, 'kube_pod_labels{label_app=~"web|db"}'),
        (PAIR, "__meta_kubernetes_pod_label_app"),
        (PREFIXED, "__meta_kubernetes_pod_label_example_com_name"),
        # CEL, JSONPath, Go templates, JMESPath, Istio.
        (KEY, "object.metadata.labels.app == 'web'"),
        (KEY, "object.metadata.labels.app.startsWith('w')"),
        (KEY, "{.metadata.labels.app}"),
        (KEY, "{{ $labels.app }} {{ .Labels.app }}"),
        (KEY, '{{ index .Labels "app" }}'),
        (KEY, "source.labels[app]"),
        (KEY, "spec.selector.matchLabels.app"),
        (PAIR, "object.metadata.labels.app == 'web'"),
        (PAIR, "has(object.metadata.labels.app)"),
        (KEY, "object.metadata.labels.?app.orValue('') == 'web'"),
        (KEY, "object.metadata.labels[?app]"),
        (PAIR, "object.metadata.labels.?app.hasValue()"),
        (PAIR, "object.metadata.labels[?'app'] == optional.of('web')"),
        (PAIR, "object.metadata.?labels[?'app'].orValue('') == 'web'"),
        (PAIR, "'app' in object.metadata.labels"),
        (PAIR, '"app" in object.metadata.?labels'),
        (PREFIXED, "'example.com/name' in object.metadata.labels"),
        (PAIR, "object.metadata.labels['app'] == \"web\""),
        (PAIR, "source.labels[app]"),
        (PAIR, '{{ index .Labels "app" }}'),
        (PREFIXED, r"{.metadata.labels.example\.com/name}"),
        (PREFIXED, r"{.metadata.labels['example\.com/name']}"),
        (PREFIXED, "metadata.labels.example.com/name"),
        # A requirement in a text.
        (KEY, "selector: [{key: app, operator: In, values: [web]}]"),
        (PAIR, '[{"key":"app","operator":"In","values":["web"]}]'),
        (PAIR, "{operator: In, key: app, values: [web]}"),
        (PAIR, "- key: k8s:app\n  operator: In\n  values: [web]"),
    ],
)
def test_texts(rename: tuple[str, str], text: str) -> None:
    """A text counts where something is said of the key as of a label."""
    finder = MentionFinder(LabelRenaming.from_texts(*rename))
    assert list(finder.find_in_text(f"x\n{text}\n")) == [2]
    data = {"data": [text]}
    assert list(finder.find_in_data(data)) == [("data", 0)]
    assert finder.may_refer(repr(data)) or has_label(rename[0], text)


@pytest.mark.parametrize(
    ("rename", "text"),
    [
        (KEY, "the app of the shop"),
        (KEY, "myapp=web"),
        (KEY, "app-name: x"),
        (KEY, "http://app:80/"),
        (KEY, "/usr/src/app"),
        (KEY, "cc -lapple -x-lapp=web --lapp=web"),
        (KEY, "the-l app --selectors app -l app-name"),
        (PAIR, "-lapp=db -l app"),
        (PAIR, "app in (db) web"),
        (PAIR, "'app' in names; 'db' in object.metadata.labels"),
        (PAIR, "'app' in object.metadata.labelsOf"),
        (PAIR, "app=website"),
        (PAIR, "app=db"),
        (PREFIXED, "example.com/names"),
        (PREFIXED, "an.example.com/name"),
        (KEY, "mylabel_app"),
        (KEY, "label_apps label_app_name"),
        (KEY, "labels.app.kubernetes.io/name"),
        (KEY, r"labels.app\.kubernetes\.io/name"),
        (KEY, "labels.apps labels.app-name labels[apps]"),
        (KEY, "the labels app and name"),
        (KEY, "key: app"),
        (KEY, "key: app-name, operator: In"),
        (PAIR, 'kube_pod_labels{label_app="db"}'),
        (PAIR, "object.metadata.labels['app'] == 'db'"),
        (PAIR, "object.metadata.labels.app != 'website'"),
        (PREFIXED, "__meta_kubernetes_pod_label_example_com_names"),
    ],
)
def test_other_texts(rename: tuple[str, str], text: str) -> None:
    """Words that only look like the label do not count."""
    finder = MentionFinder(LabelRenaming.from_texts(*rename))
    assert list(finder.find_in_text(text)) == []
    assert list(finder.find_in_data({"data": [text]})) == []


@pytest.mark.parametrize(
    ("rename", "data", "paths"),
    [
        (KEY, {"values": {"app": "web"}, "b": {"app": 5}}, [("values", "app")]),
        (PAIR, {"x": {"app": "web"}, "y": {"app": "db"}}, [("x", "app")]),
        (KEY, {"spec": {"jobLabel": "app"}}, [("spec", "jobLabel")]),
        (KEY, {"spec": {"targetLabels": ["app"]}}, [("spec", "targetLabels", 0)]),
        (MOVED, {"targetLabels": [*["other"] * 999, "app"]}, [("targetLabels", 999)]),
        (KEY, {"labels_of_labels": {"x": ["app"]}}, [("labels_of_labels", "x", 0)]),
        (KEY, {"spec": {"container": "app"}}, []),
        (PAIR, {"spec": {"jobLabel": "app"}}, []),
        (KEY, {"a": {"kubectl.kubernetes.io/last-applied-configuration": "app=web"}}, []),
        (KEY, [{"b": "app=x"}, {"a": "app=y"}], [(0, "b"), (1, "a")]),
        (KEY, {"x": {"k8s:app": "web"}}, [("x", "k8s:app")]),
        # Requirements.
        (KEY, {"x": [{"key": "app", "operator": "Exists"}]}, [("x", 0)]),
        (KEY, {"key": "app", "values": ["web"]}, [()]),
        (KEY, {"x": {"key": "any:app", "operator": "In", "values": ["a"]}}, [("x",)]),
        (KEY, {"x": {"key": "db", "operator": "In", "values": ["app"]}}, []),
        (KEY, {"x": {"key": "app", "path": "a"}, "y": {"key": 5, "operator": "In"}}, []),
        (PAIR, {"x": {"key": "app", "operator": "In", "values": ["db", "web"]}}, [("x",)]),
        (PAIR, {"x": {"key": "app", "operator": "In", "values": ["db"]}}, []),
        (PAIR, {"x": {"key": "app", "operator": "Exists"}}, []),
        (MOVED, {"x": {"key": "app", "operator": "Exists"}}, [("x",)]),
        (KEY, {"sourceLabels": ["__meta_kubernetes_pod_label_app"]}, [("sourceLabels", 0)]),
        (PAIR, {"source_labels": ["__meta_kubernetes_pod_label_app"]}, [("source_labels", 0)]),
    ],
)
def test_data(rename: tuple[str, str], data: Any, paths: list[tuple[str | int, ...]]) -> None:
    """A map with the label counts, and fields that hold keys; what kubectl keeps does not."""
    finder = MentionFinder(LabelRenaming.from_texts(*rename))
    assert list(finder.find_in_data(data)) == paths
    assert not paths or finder.may_refer(repr(data)) or has_label(rename[0], repr(data))


def has_label(label: str, text: str) -> bool:
    """Whether a text has the key and the value of a label in it: then it is searched anyway."""
    return all(part in text for part in label.split("="))


def test_requirements_in_selectors() -> None:
    """A rename reads those that are where a selector is; others are named, also beside them."""
    finder = MentionFinder(LabelRenaming.from_texts(*KEY))
    one = {"key": "app", "operator": "Exists"}
    data = {
        "selector": {"matchExpressions": [one], "requirements": [dict(one)]},
        "matchExpressions": [dict(one)],
        "tolerations": [dict(one)],
    }
    known = [("selector",), ("tolerations", 0)]
    assert list(finder.find_in_data(data, (), known)) == [
        ("selector", "requirements", 0),
        ("matchExpressions", 0),
    ]


def test_known_and_shared_parts() -> None:
    """What is known is left out with all below it; a part that is there twice is searched once."""
    finder = MentionFinder(LabelRenaming.from_texts(*KEY))
    shared = {"app": "web"}
    data = {"a": shared, "b": shared, "c": {"d": {"app": "db"}}}
    assert list(finder.find_in_data(data, [("c",)])) == [("a", "app")]


#: Parts of long texts, none with the value in it. Where a search goes through the rest of the text
#: again for each part, one text takes minutes.
PARTS = ["app in (x ", "app not in {x ", "label", "'label_x': [", "app", "key: app ", "'app' in x."]


@pytest.mark.parametrize("part", PARTS)
def test_long_texts(part: str) -> None:
    """Each is searched to its end, once: what is there is found, and nothing else."""
    finder = MentionFinder(LabelRenaming.from_texts(*PAIR))
    text = part * (200_000 // len(part))
    assert not finder.may_refer(repr({"data": text}))
    assert list(finder.find_in_text(f"{text}\n")) == []
    assert list(finder.find_in_text(f"{text}\n-l app=web")) == [2]
    assert list(finder.find_in_data({"data": [text, f"{text} ;app=web"]})) == [("data", 1)]


def test_lines_of_many_requirements() -> None:
    """Each requirement has the number of its line."""
    finder = MentionFinder(LabelRenaming.from_texts(*PAIR))
    assert list(finder.find_in_text("- key: app\n  operator: In\n" * 9)) == list(range(1, 19, 2))


def test_a_flag_in_a_document_that_cannot_be_read() -> None:
    """The key stands there, too."""
    finder = MentionFinder(LabelRenaming.from_texts(*KEY))
    assert list(finder.find_word("[\n-lapp=web\n--lapp")) == [2]
