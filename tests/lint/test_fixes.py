"""The fixes of findings: what to write instead of a wrong label or selector."""

from pathlib import Path

import pytest

from labelsel.errors import Problem
from labelsel.kubernetes.model.document import Data
from labelsel.lint import Severity
from labelsel.lint.fixes import (
    annotation_fix,
    has_placeholder,
    map_fix,
    placeholder_fix,
    selector_fix,
    value_fix,
)
from tests.lint.manifests import (
    affinity,
    findings,
    labelled,
    monitor,
    policy,
)


def value_of(place: str, text: str) -> str:
    """A manifest with a value in a label, an annotation's key, a selector or an expression."""
    return {
        "label": labelled("Pod", "v1", "a", labels=f"app: {text}"),
        "key": labelled("Pod", "v1", "a", labels=f"{text}: web"),
        "annotation": (
            f"apiVersion: v1\nkind: Pod\nmetadata: {{name: a, annotations: {{{text}: x}}}}"
        ),
        "service": labelled("Service", "v1", "a", f"{{selector: {{app: {text}}}}}"),
        "matchLabels": policy(f"{{matchLabels: {{app: {text}}}}}"),
        "values": policy(f"{{matchExpressions: [{{key: app, operator: In, values: [{text}]}}]}}"),
        "peer": labelled(
            "NetworkPolicy",
            "networking.k8s.io/v1",
            "a",
            f"{{podSelector: {{}}, egress: [{{to: [{{podSelector: {{matchLabels: "
            f"{{app: {text}}}}}}}]}}]}}",
        ),
        "required": affinity(f"{{key: app, operator: In, values: [{text}]}}"),
        "bound": affinity(f"{{key: app, operator: Gt, values: [{text}]}}"),
    }[place]


@pytest.mark.parametrize(
    "place",
    ["label", "key", "annotation", "service", "matchLabels", "values", "peer", "required", "bound"],
)
@pytest.mark.parametrize(
    ("text", "fix"),
    [
        ("'${region}'", "substitute ${region} first, as envsubst does, and lint the result"),
        ("'a-${r:-x y}-b'", "render or substitute ${r:-x y} first, and lint the result"),
        ("$REGION", "substitute $REGION first, as envsubst does, and lint the result"),
        ("$(REGION)", "render or substitute $(REGION) first, and lint the result"),
        ("""'{{ template "x.name" . }}'""",
         'render {{ template "x.name" . }} first, as helm template does, and lint the result'),
        (f"'{{{{ {'x' * 56} }}}}'",
         f"render or substitute {{{{ {'x' * 56} … first, and lint the result"),
    ],
)  # fmt: skip
def test_a_placeholder(tmp_path: Path, place: str, text: str, fix: str) -> None:
    """What is to be put in by another program is no typo: the fix is to put it in."""
    (found,) = findings(tmp_path, value_of(place, text))
    assert found.rule.id.startswith("illegal-")
    assert (found.severity, found.fix) == (Severity.NOTE, fix)


def test_placeholders_of_an_object(tmp_path: Path) -> None:
    """One note is enough for all labels of an object; what is wrong besides is an error."""
    labels = "a: $A, b: b c, c: $C"
    found = findings(tmp_path, labelled("Pod", "v1", "a", labels=labels))
    assert [(one.path[-1], one.severity) for one in found] == [
        ("a", Severity.NOTE), ("b", Severity.ERROR)
    ]  # fmt: skip
    assert found[0].message.endswith(
        "; it has a placeholder, and so has 1 more label of the object"
    )


@pytest.mark.parametrize(
    "place",
    ["label", "key", "annotation", "service", "matchLabels", "values", "peer", "required", "bound"],
)
@pytest.mark.parametrize(
    "marker",
    [
        *("<region>", "%region%", "%{region}", "@region@", "@@x@@", "#{region}", "#{x}#"),
        *("[[ region ]]", "{% x %}", "((region))", "{region}", "__REGION__", "<%= x %>"),
        *(r"\(region)", "<no value>", "ENC[AES256,data:x]", "vault:secret/data/x#y", "$$x"),
        *("${{ env.REGION }}", "[region]", "(region)", "{{ region }}", "$${x}"),
        *("~region~", "$[region]", "<<region>>"),
    ],
)
def test_a_marker_of_any_kind(tmp_path: Path, place: str, marker: str) -> None:
    """A word between brackets or sigils is told of whole, and no program that cannot read it."""
    (found,) = findings(tmp_path, value_of(place, f"'{marker}'"))
    assert found.rule.id.startswith("illegal-")
    assert found.fix == f"render or substitute {marker} first, and lint the result"


@pytest.mark.parametrize(
    ("label", "expected"),
    [
        ("a: '-'", ["write a value of letters, digits, '-', '_' and '.'"]),
        ("a b: '1'", ["write a-b: '1'"]),
        ("a b: ''", ["write a-b: ''"]),
        ("a: ' true'", ["write a: 'true'"]),
        (
            "a/b/c: true",
            [
                "write a key of letters, digits, '-', '_' and '.'",
                "write the value in quotes: without them it is no string",
            ],
        ),
        (
            "a b: [x]",
            ["write the key as a-b", "write one string as the value of a b"],
        ),
        # Brackets behind a word or a sigil are no placeholder.
        (
            "a: 'team web # labelsel: ignore[illegal-label]'",
            ["write a key and a value of letters, digits, '-', '_' and '.'"],
        ),
        ("a: '##[add-mask]x'", ["write a key and a value of letters, digits, '-', '_' and '.'"]),
        ("a: 'app-[region]'", ["render or substitute [region] first, and lint the result"]),
    ],
)
def test_labels_to_write(tmp_path: Path, label: str, expected: list[str]) -> None:
    """What is proposed is legal, a string in YAML, and about the part that is wrong."""
    found = findings(tmp_path, labelled("ConfigMap", "v1", "a", labels=label))
    assert [one.fix for one in found] == expected


def test_a_selector_in_a_list(tmp_path: Path) -> None:
    """The number of an item is no key to write."""
    text = labelled("ClusterRole", "rbac.authorization.k8s.io/v1", "a")
    rule = "aggregationRule: {clusterRoleSelectors: [{a: b}]}\n"
    (found,) = findings(tmp_path, text + rule)
    assert found.fix == "write {matchLabels: {a: b}}"


@pytest.mark.parametrize(("written", "meant"), [("in", "In"), ("notin", "NotIn")])
def test_an_operator_in_other_letter_case(tmp_path: Path, written: str, meant: str) -> None:
    """The text of the fix is what --fix writes."""
    expression = f"{{key: a, operator: {written}, values: [b]}}"
    spec = f"{{podSelector: {{matchExpressions: [{expression}]}}}}"
    (found,) = findings(tmp_path, labelled("NetworkPolicy", "networking.k8s.io/v1", "a", spec))
    assert found.fix == f"write {meant}"
    assert found.edit is not None
    assert found.edit.text == meant


@pytest.mark.parametrize(
    ("text", "marker"), [("[[ region ]]", "[[ region ]]"), ("{region}", "{region}")]
)
def test_a_marker_without_quotes(tmp_path: Path, text: str, marker: str) -> None:
    """YAML takes it for a list or a map."""
    (found,) = findings(tmp_path, value_of("label", text))
    assert found.fix == f"render or substitute {marker} first, and lint the result"


def test_a_marker_without_a_value(tmp_path: Path) -> None:
    """A key that is a marker is no key to write."""
    found = findings(tmp_path, labelled("Pod", "v1", "a", labels="<region>: null"))
    assert {one.rule.id for one in found} == {"illegal-label", "null-value"}
    assert {one.fix for one in found} == {
        "render or substitute <region> first, and lint the result"
    }


@pytest.mark.parametrize("text", ["US$Rate", "team@example.com", "a/b", "x" * 64, "50%"])
def test_a_value_that_nobody_can_guess(tmp_path: Path, text: str) -> None:
    """Only spaces and edges are mended: of the rest it is not plain what was meant."""
    (found,) = findings(tmp_path, value_of("label", text))
    if text != "50%":
        assert found.fix == "write a key and a value of letters, digits, '-', '_' and '.'"
    assert "write app" not in found.fix


@pytest.mark.parametrize("text", ["web server", "-web-server", "web  server_"])
def test_spaces_and_edges_are_mended(tmp_path: Path, text: str) -> None:
    (found,) = findings(tmp_path, value_of("label", f"'{text}'"))
    assert found.fix == "write app: web-server"


OWN_LABEL = (
    "a selector like this one can select only by equal labels: "
    "give the pods a label of their own and select that"
)


NODE_LABEL = (
    "a nodeSelector can select only by equal labels: give the nodes a label of their own "
    "and select that, or write it as required nodeAffinity"
)


@pytest.mark.parametrize(
    ("selector", "fix"),
    [
        ("{matchExpressions: [{key: tier, operator: In, values: [front]}]}",
         "write selector: {tier: front}"),
        ("{app: web, matchExpressions: [{key: tier, operator: In, values: [front]}]}",
         "write selector: {app: web, tier: front}"),
        (("{matchLabels: {app: web}, "
          "matchExpressions: [{key: tier, operator: In, values: [front]}]}"),
         "write selector: {app: web, tier: front}"),
        ("{app: web, match_expressions: [{key: tier, operator: In, values: [front]}]}",
         "write selector: {app: web, tier: front}"),
        ("{app: web, matchExpressions: [{key: tier, operator: In, values: [a, b]}]}", OWN_LABEL),
        ("{app: web, matchExpressions: [{key: tier, operator: NotIn, values: [a]}]}", OWN_LABEL),
        ("{app: web, matchExpressions: [{key: tier, operator: Exists}]}", OWN_LABEL),
        ("{app: web, matchExpressions: [{key: tier, operator: In, values: [a], x: y}]}",
         OWN_LABEL),
        ("{app: web, matchExpressions: [{key: app, operator: In, values: [db]}]}", OWN_LABEL),
        ("{app: web, matchExpressions: [{key: tier, operator: In, values: [a/b]}]}", OWN_LABEL),
        ("{app: web, matchExpressions: [{key: tier, operator: In, values: [5]}]}", OWN_LABEL),
        ("{app: web, matchExpressions: [tier]}", OWN_LABEL),
        ("{matchExpressions: []}", OWN_LABEL),
        ("{app: web, matchExpressions: {tier: front}}", OWN_LABEL),
        ("{matchLabels: {app: web}, matchExpressions: [{key: a, operator: Exists}]}", OWN_LABEL),
        ("{app: web, matchExpressions: [{key: tier, operator: In, values: ['<tier>']}]}",
         "render or substitute <tier> first, and lint the result"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("kind", ["Service", "ReplicationController"])
def test_expressions_where_labels_select(
    tmp_path: Path, kind: str, selector: str, fix: str
) -> None:
    """Nothing is to be taken out, which would select more: all of it is written, or nothing."""
    found = findings(tmp_path, labelled(kind, "v1", "a", f"{{selector: {selector}}}"))
    assert {one.fix for one in found} == {fix}
    assert {one.rule.id for one in found} == {"illegal-selector"}


def test_expressions_in_a_node_selector(tmp_path: Path) -> None:
    """A node selector is such a map, too; what it cannot say, the affinity to nodes can."""
    one = "{disk: ssd, matchExpressions: [{key: zone, operator: In, values: [a]}]}"
    (found,) = findings(tmp_path, node_selector(one))
    assert found.fix == "write nodeSelector: {disk: ssd, zone: a}"
    (found,) = findings(tmp_path, node_selector("{disk: ssd, matchFields: []}"))
    assert found.fix == NODE_LABEL


def test_match_labels_that_are_no_map(tmp_path: Path) -> None:
    """A label beside them is not written into what is no map, nor over another value."""
    for selector in ("{matchLabels: x, app: web}", "{matchLabels: {app: db}, app: web}"):
        fixes_found = [one.fix for one in findings(tmp_path, deployment(selector))]
        assert "write app under matchLabels" in fixes_found
        assert not any("{" in fix for fix in fixes_found)


def node_selector(labels: str) -> str:
    return labelled("Pod", "v1", "a", f"{{nodeSelector: {labels}}}")


def deployment(selector: str) -> str:
    spec = f"{{selector: {selector}, template: {{metadata: {{labels: {{app: web}}}}}}}}"
    return labelled("Deployment", "apps/v1", "web", spec)


@pytest.mark.parametrize(
    ("text", "fixes"),
    [
        (labelled("Service", "v1", "a", "{selector: {matchLabels: {app: web}}}"),
         ["write selector: {app: web}"]),
        (labelled("Service", "v1", "a", "{selector: {matchLabels: {app: 'on'}, tier: x}}"),
         ["write selector: {app: 'on', tier: x}"]),
        (labelled("Service", "v1", "a", "{selector: {matchLabels: {app: {}}}}"),
         ["write a map from keys to strings"]),
        (labelled("Service", "v1", "a", "{selector: {matchExpressions: [{key: a}]}}"),
         [OWN_LABEL]),
        (labelled("ReplicationController", "v1", "a", "{selector: {matchLabels: {app: web}}}"),
         ["write selector: {app: web}"]),
        (node_selector("{matchLabels: {disk: ssd}}"), ["write nodeSelector: {disk: ssd}"]),
        (node_selector("{nodeSelectorTerms: []}"),
         [NODE_LABEL]),
        (node_selector("[a]"), ["write a map from keys to strings"]),
        (deployment("{app: web}"), ["write selector: {matchLabels: {app: web}}"]),
        (deployment("{app: web, tier: x}"),
         ["write selector: {matchLabels: {app: web, tier: x}}"] * 2),
        (deployment("{matchLabels: {tier: x}, app: web}"),
         ["write selector: {matchLabels: {tier: x, app: web}}"]),
        (deployment("{app: web, matchExpressions: [{key: a, operator: Exists}]}"),
         ["write selector: {matchLabels: {app: web}}, and leave matchExpressions as they are"]),
        (deployment("{app: web, tiers: {}}"),
         ["write app under matchLabels", "correct it: the API server refuses the object as it is"]),
        (deployment("{app: web, tier: '<tier>'}"),
         ["render or substitute <tier> first, and lint the result"] * 2),
        (deployment("{matchlabels: {app: web}}"), ["write matchLabels"]),
        (deployment("[]"), ["correct it: the API server refuses the object as it is"]),
        (monitor("{app: web}"), ["write selector: {matchLabels: {app: web}}"]),
        (monitor("{matchExpressions: [{key: a, operator: Is}]}"),
         ["correct it: its operator refuses the object as it is"]),
        (labelled("NetworkPolicy", "networking.k8s.io/v1", "a",
                  "{podSelector: {}, ingress: [{from: [{podSelector: {app: web}}]}]}"),
         ["write podSelector: {matchLabels: {app: web}}"]),
        (labelled("NetworkPolicy", "networking.k8s.io/v1", "a",
                  "{podSelector: {}, ingress: [{from: [{podSelector: "
                  "{match_labels: {app: web}}}]}]}"),
         ["write matchLabels"]),
        (affinity("{key: a, operator: Gt, values: ['x']}"),
         ["write a value that nodes can have, or for Gt and Lt a whole number, in quotes"]),
        (labelled("Pod", "v1", "a", "{affinity: {nodeAffinity: "
                  "{requiredDuringSchedulingIgnoredDuringExecution: {nodeSelectorTerms: [{}]}}}}"),
         ["add an expression to a term, or take the node affinity out"]),
        (labelled("Pod", "v1", "a", "{affinity: {nodeAffinity: "
                  "{requiredDuringSchedulingIgnoredDuringExecution: {nodeSelectorTerms: "
                  "[{match_fields: []}]}}}}"),
         ["write matchFields"]),
    ],
)  # fmt: skip
def test_what_was_meant(tmp_path: Path, text: str, fixes: list[str]) -> None:
    """The fix of a selector in the form of another kind is the selector in its own form."""
    found = findings(tmp_path, text)
    assert [one.fix for one in found] == fixes
    assert {one.rule.id for one in found} <= {"illegal-selector", "never-matches"}


def service_of(selector: str) -> str:
    """A Service with a selector."""
    return f"kind: Service\napiVersion: v1\nmetadata: {{name: a}}\nspec: {{selector: {selector}}}\n"


def policy_of(selector: str) -> str:
    """A NetworkPolicy for pods, and with a peer."""
    peer = f"{{podSelector: {selector}, ingress: [{{from: [{{podSelector: {selector}}}]}}]}}"
    head = "kind: NetworkPolicy\napiVersion: networking.k8s.io/v1\nmetadata: {name: a}\n"
    return f"{head}spec: {peer}\n"


@pytest.mark.parametrize(
    ("text", "fix"),
    [
        (service_of("app=web"), "write selector: {app: web}"),
        (service_of("[{app: web}]"), "write selector: {app: web}"),
        (service_of("{labels: {app: web}, tier: db}"), "write selector: {app: web, tier: db}"),
        (service_of("{matchLabels: app=web}"), "write selector: {app: web}"),
        (service_of("app in (a,b)"), "write a map from keys to strings"),
        (service_of("'app=${x}'"), "substitute ${x} first, as envsubst does, and lint the result"),
        (policy_of("app=web"), 'write {"matchLabels": {"app": "web"}}'),
        (policy_of("{labels: {app: web}}"), 'write under matchLabels: {"app": "web"}'),
        (policy_of("{matchLabels: app=web}"), 'write matchLabels: {"app": "web"}'),
        (
            policy_of("{matchExpressions: [{key: a, operator: In, values: x}]}"),
            'write values: ["x"]',
        ),
        (
            policy_of("{matchExpressions: [{key: a, operator: In, value: x}]}"),
            'write values: ["x"]',
        ),
        (
            policy_of("{matchExpressions: [{key: a, operator: In, values: [5]}]}"),
            'write "5", in quotes',
        ),
    ],
)
def test_exactly_what_to_write(tmp_path: Path, text: str, fix: str) -> None:
    """What has the wrong form is written in the right one."""
    found = findings(tmp_path, text)
    assert {one.fix for one in found} == {fix}


A_VALUE = "write a value of letters, digits, '-', '_' and '.'"


@pytest.mark.parametrize("value", [None, 1.5, ["a"], {}, "---", "", "a/b"])
def test_a_value_that_cannot_be_mended(value: Data) -> None:
    assert value_fix(value) == A_VALUE


@pytest.mark.parametrize(
    ("annotations", "problem", "fix"),
    [
        (["a"], Problem((), "no map", ["a"]), "write a map from keys to strings"),
        ({"a": 5}, Problem(("a",), "no string", 5),
         "write the value in quotes: without them it is no string"),
        ({"a b": "c"}, Problem(("a b",), "no key", "a b"), "write the key as a-b"),
        ({"a": "b"}, Problem((), "too large", {"a": "b"}),
         "move what is large into a ConfigMap, and name that in the annotation"),
    ],
)  # fmt: skip
def test_the_fix_of_annotations(annotations: Data, problem: Problem, fix: str) -> None:
    assert annotation_fix(annotations, problem) == fix


IN_QUOTES = "write the value in quotes: without them it is no string"


@pytest.mark.parametrize(
    ("labels", "key", "fix"),
    [
        ([{"a": ["b"]}], None, "write a map from keys to strings"),
        (None, None, "write a map from keys to strings"),
        # Fields with labels inside, and labels with the names of fields.
        ({"labels": "a=b", "t": "u"}, "labels", "write selector: {a: b, t: u}"),
        ({"labels": {"a": "b"}, "t": "u"}, "labels", "write selector: {a: b, t: u}"),
        ({"labels": "x y", "t": "u"}, "labels", "write labels: x-y"),
        ({"labels": 5, "t": "u"}, "labels", IN_QUOTES),
        ({"app": "a=b"}, "app", f"write a key and {A_VALUE.removeprefix('write ')}"),
        ({"app": {"a": "b"}}, "app", "write one string as the value of app"),
        ({"matchExpressions": 5, "labels": {"a": "b"}}, "labels", OWN_LABEL),
        ({"matchExpressions": 5}, "matchExpressions", IN_QUOTES),
    ],
)
def test_the_fix_of_a_map(labels: Data, key: str | None, fix: str) -> None:
    """What is below a field is written as labels; any other wrong value is one of a label."""
    problem = (
        Problem((), "no map", labels) if key is None else Problem((key,), "wrong", labels[key])
    )
    assert map_fix(("spec", "selector"), labels, problem) == fix


def test_the_fix_of_an_expression() -> None:
    """It is no label."""
    problem = Problem(("matchExpressions", 0), "wrong", 5)
    selector = {"matchLabels": {"a": "b"}, "matchExpressions": [5]}
    assert selector_fix(("spec", "selector"), selector, problem) is None
    assert selector_fix(("spec", "selector"), {"matchExpressions": [5]}, problem) is None


@pytest.mark.parametrize(("length", "shown"), [(59, 59), (60, 60), (61, 60)])
def test_a_long_placeholder(length: int, shown: int) -> None:
    """At most 60 characters of it are shown."""
    text = f"<{'x' * (length - 2)}>"
    more = "…" if shown < length else ""
    expected = f"render or substitute {text[:shown]}{more} first, and lint the result"
    assert placeholder_fix(f"a-{text}") == expected


@pytest.mark.parametrize("sigils", ["$", "#", "%", "@", "\\", "$#", "@%"])
def test_a_long_run_of_sigils(sigils: str) -> None:
    """It is read once: where each of them began a placeholder anew, this took minutes."""
    text = sigils * 60_000
    assert placeholder_fix(text) is None
    assert not has_placeholder(text)
    assert has_placeholder(f"{text}(a)")


@pytest.mark.parametrize(
    ("text", "placeholder"),
    [
        ("a$${x}", "$${x}"),
        ("a#$%{x}#", "#$%{x}#"),
        (r"a\$(x)", r"\$(x)"),
        ("a$$$[x]", "$$$[x]"),
        ("a%${{ x }}", "%${{ x }}"),
        ("$$a", "$$a"),
        (r"\${x}", "${x}"),
    ],
)
def test_a_placeholder_begins_with_all_its_sigils(text: str, placeholder: str) -> None:
    """What is named is the whole of it."""
    fix = placeholder_fix(text)
    assert fix is not None
    assert f" {placeholder} first, " in fix
