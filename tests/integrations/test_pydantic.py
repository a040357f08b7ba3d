"""Fields of pydantic, and the queries of a FastAPI application, that are selectors."""

import subprocess
import sys
from typing import Annotated, Any

import pytest
from fastapi import FastAPI, Query
from fastapi.testclient import TestClient
from jsonschema import Draft202012Validator
from pydantic import (
    AfterValidator,
    BaseModel,
    Field,
    PlainSerializer,
    TypeAdapter,
    ValidationError,
    WrapValidator,
)
from pydantic_core import PydanticSerializationError

import labelsel
from labelsel import Equals, Everything, Not, Nothing, Selector, parse, parse_expression
from labelsel.languages import CALICO, FIELDS, KUBERNETES, LABEL_SELECTORS, NODE_SELECTORS
from labelsel.languages.prometheus import PROMETHEUS, parse_matchers
from labelsel.languages.registry import Language
from tests.integrations.messages import BAD, BAD_FIELDS, FIELD_LINES, LINES, MESSAGE

SELECTOR: TypeAdapter[Selector] = TypeAdapter(Selector)
EXPECTED = "expected the text of a kubernetes selector or a label-selector object"
NEVER_NULL = (
    "null selects nothing in one field of Kubernetes and everything in another, so it is never "
    "read as a selector"
)


class Policy(BaseModel):
    """What users write."""

    selector: Selector
    fields: Annotated[Selector, FIELDS] | None = None


def refusal(adapter: TypeAdapter[Any], value: object) -> str:
    """Return the message with which pydantic refuses a value."""
    with pytest.raises(ValidationError) as caught:
        adapter.validate_python(value)
    (error,) = caught.value.errors()
    assert error["type"] == "selector"
    assert "\n".join(error["ctx"]["lines"]) == error["msg"]
    return error["msg"]


@pytest.mark.parametrize(
    ("value", "selector"),
    [
        ("tier in (b,a),app=web", parse("app=web,tier in (a,b)")),
        ("", Everything()),
        ({}, Everything()),
        ({"matchLabels": {"app": "web"}}, parse("app=web")),
        ({"match_expressions": [{"key": "a", "operator": "Exists"}]}, parse("a")),
        (parse_expression("has(a) || has(b)"), parse_expression("has(a) || has(b)")),
    ],
)
def test_what_a_field_reads(value: object, selector: Selector) -> None:
    """Text of Kubernetes, a LabelSelector object, a selector."""
    assert SELECTOR.validate_python(value) == selector


def test_json_is_read() -> None:
    """From JSON as from Python."""
    text = '{"selector": {"matchLabels": {"a": "b"}}, "fields": "spec.nodeName=n1"}'
    policy = Policy.model_validate_json(text)
    assert policy.selector == parse("a=b")
    assert policy.fields == labelsel.parse_fields("spec.nodeName=n1")


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (BAD, MESSAGE),
        ({"matchLabel": {}}, "matchLabel: unknown field; did you mean matchLabels?"),
        (
            {"matchLabels": {"a": 1}},
            "matchLabels.a: a value must be a string, this is the number 1",
        ),
        (3, f"{EXPECTED}, got the number 3"),
        ([], f"{EXPECTED}, got a list"),
        (b"a", f"{EXPECTED}, got b'a' (bytes)"),
        (None, f"{EXPECTED}, got null: {NEVER_NULL}"),
    ],
)  # fmt: skip
def test_what_a_field_refuses(value: object, message: str) -> None:
    """The message is ours, whole, and without words of pydantic before it."""
    assert refusal(SELECTOR, value) == message


def test_a_selector_that_looks_like_a_template() -> None:
    """What pydantic fills in are names in braces: not those of the text."""
    text = "a{position}{lines}{message}"
    assert f"\n  {text}\n   ^" in refusal(SELECTOR, text)
    with pytest.raises(ValidationError) as caught:
        SELECTOR.validate_python(text)
    assert caught.value.errors()[0]["ctx"]["position"] == 1


def test_a_default() -> None:
    """A default as text is read, and the JSON schema has it."""

    class Model(BaseModel):
        selector: Selector = Field(default="b,a", validate_default=True)

    assert Model().selector == parse("a,b")
    assert Model.model_json_schema()["properties"]["selector"]["default"] == "b,a"


def test_null_is_for_a_field_that_says_so() -> None:
    """``Selector | None`` reads null as None, which is no selector."""
    assert Policy.model_validate({"selector": "a", "fields": None}).fields is None


def test_a_field_of_one_class() -> None:
    """A field of type Equals reads what is one, and refuses another selector."""
    adapter = TypeAdapter(Equals)
    assert adapter.validate_python("a=b") == Equals("a", "b")
    message = "expected Equals, but this is a selector of the type And: 'a,b'"
    assert refusal(adapter, "a,b") == message
    assert refusal(adapter, parse("a,b")) == message


@pytest.mark.parametrize(
    ("language", "value", "written"),
    [
        (KUBERNETES, "b,a", "a,b"),
        (FIELDS, "b!=c,a.b=d\\,e", "a.b=d\\,e,b!=c"),
        (FIELDS, "", ""),
        (CALICO, "has(a) || b == 'c'", "(has(a) || b == \"c\")"),
        (
            LABEL_SELECTORS,
            {"matchLabels": {"a": "b"}, "matchExpressions": []},
            {"matchLabels": {"a": "b"}},
        ),
        (
            NODE_SELECTORS,
            {"nodeSelectorTerms": [{"matchFields": [
                {"key": "metadata.name", "operator": "In", "values": ["n1"]}]}]},
            {"nodeSelectorTerms": [{"matchFields": [
                {"key": "metadata.name", "operator": "In", "values": ["n1"]}]}]},
        ),
    ],
)  # fmt: skip
def test_other_languages(language: Language, value: object, written: object) -> None:
    """``Annotated[Selector, language]`` reads the language, and writes what it reads again."""
    adapter: TypeAdapter[Selector] = TypeAdapter(Annotated[Selector, language])
    selector = adapter.validate_python(value)
    dumped = adapter.dump_python(selector)
    assert dumped == adapter.dump_python(selector, mode="json") == written
    assert adapter.validate_python(dumped) == selector
    assert adapter.validate_json(adapter.dump_json(selector)) == selector
    Draft202012Validator(adapter.json_schema(mode="validation")).validate(dumped)
    Draft202012Validator(adapter.json_schema(mode="serialization")).validate(dumped)


@pytest.mark.parametrize(
    ("language", "value", "message"),
    [
        (FIELDS, {}, "expected the text of a fields selector, got a map"),
        (FIELDS, None, "expected the text of a fields selector, got null: null "),
        (LABEL_SELECTORS, "a=b", "expected a label-selector object, got a string"),
        (NODE_SELECTORS, {"terms": []}, "terms: unknown field"),
    ],
)
def test_what_other_languages_refuse(language: Language, value: object, message: str) -> None:
    """A language of text reads no object, and the other way round."""
    adapter: TypeAdapter[Selector] = TypeAdapter(Annotated[Selector, language])
    assert refusal(adapter, value).startswith(message)


@pytest.mark.parametrize(
    ("annotation", "selector", "message"),
    [
        (Selector, parse_expression("has(a) || has(b)"),
         "'a || b' cannot be written as a Kubernetes selector: "),
        (Selector, Nothing(), "'(nothing)' cannot be written as a Kubernetes selector: "),
        (Annotated[Selector, FIELDS], Not(parse("a")),
         "'!(a)' cannot be written as a fields selector: labelsel cannot write it"),
        (Annotated[Selector, FIELDS], parse("a=b"),
         "'a=b' cannot be written as a fields selector: labelsel cannot write it"),
        (Annotated[Selector, PROMETHEUS], parse_matchers('{a=~"b.*"}'),
         "labelsel reads prometheus and does not write it; Field(exclude=True) leaves the field "),
        (Annotated[Selector, LABEL_SELECTORS], Nothing(),
         "a LabelSelector that selects nothing is null, and no field reads null"),
    ],
)  # fmt: skip
def test_what_cannot_be_written(annotation: Any, selector: Selector, message: str) -> None:
    """A dump is an error that says why, never another selector."""
    adapter: TypeAdapter[Selector] = TypeAdapter(annotation)
    for mode in ("python", "json"):
        with pytest.raises(PydanticSerializationError) as caught:
            adapter.dump_python(selector, mode=mode)
        assert message in str(caught.value)


def test_the_json_schema() -> None:
    """It has both notations, with examples that the field reads; what is written is text."""
    text, obj = SELECTOR.json_schema()["anyOf"]
    assert text["type"] == "string"
    assert obj["properties"]["matchExpressions"]["items"]["properties"]["operator"]["enum"] == [
        "In", "NotIn", "Exists", "DoesNotExist",
    ]  # fmt: skip
    (read_text,), (read_object,) = text["examples"], obj["examples"]
    assert SELECTOR.validate_python(read_text) == SELECTOR.validate_python(read_object)
    written = SELECTOR.json_schema(mode="serialization")
    assert written == text


@pytest.mark.parametrize(
    ("language", "good", "bad"),
    [
        (None, {"matchLabels": {"a": "b"}}, {"matchLabels": {"a": 1}}),
        (None, "a", None),
        (None, {"matchExpressions": [{"key": "a", "operator": "Exists"}]},
         {"matchExpressions": [{"key": "a", "operator": "Gt", "values": ["3"]}]}),
        (None, {}, {"matchLabel": {}}),
        (NODE_SELECTORS, {"nodeSelectorTerms": [{"matchExpressions": [
            {"key": "a", "operator": "Gt", "values": ["3"]}]}]}, {"terms": []}),
        (FIELDS, "a=b", {}),
    ],
)  # fmt: skip
def test_the_json_schema_agrees(language: Language | None, good: object, bad: object) -> None:
    """What a field reads is valid by its schema, and what is not valid is refused."""
    annotation: Any = Selector if language is None else Annotated[Selector, language]
    adapter = TypeAdapter(annotation)
    validator = Draft202012Validator(adapter.json_schema())
    adapter.validate_python(good)
    assert validator.is_valid(good)
    refusal(adapter, bad)
    assert not validator.is_valid(bad)


def test_a_language_from_outside_without_a_schema_of_its_own() -> None:
    """A registered language of objects has a schema that says it is one, and no example."""
    language = Language(
        name="made-up", parse=lambda _value: parse("a"), format=None, example="", is_text=False
    )
    adapter: TypeAdapter[Selector] = TypeAdapter(Annotated[Selector, language])
    assert adapter.json_schema() == {"type": "object", "description": "A made-up object."}
    with pytest.raises(
        PydanticSerializationError, match="labelsel reads made-up and does not write it"
    ):
        adapter.dump_python(adapter.validate_python({}))


def test_a_language_that_is_only_read() -> None:
    """A response without the field works: what the page recommends."""

    class Alert(BaseModel):
        name: str
        matchers: Annotated[Selector, PROMETHEUS] = Field(exclude=True)

    app = FastAPI()

    @app.post("/alerts")
    def create(alert: Alert) -> Alert:
        assert alert.matchers.matches({"a": "b"})
        return alert

    client = TestClient(app)
    answer = client.post("/alerts", json={"name": "n", "matchers": '{a="b"}'})
    assert answer.json() == {"name": "n"}
    assert client.get("/openapi.json").status_code == 200


def identity(selector: Selector) -> Selector:
    """A validator of a user."""
    return selector


def wrapped(value: object, handler: Any) -> object:
    """A validator of a user, around that of pydantic."""
    return handler(value)


@pytest.mark.parametrize(
    "annotation",
    [
        list[Selector],
        Selector | int,
        str,
        Annotated[Selector, AfterValidator(identity)],
        Annotated[Selector, WrapValidator(wrapped)],
        Annotated[Selector, PlainSerializer(str)],
    ],
)
def test_a_language_at_the_wrong_place(annotation: Any) -> None:
    """The error is there when the field is defined, and says where the language belongs."""
    message = (
        r"the language fields belongs directly to Selector, but is on .*: write "
        r".*list\[Annotated\[Selector, FIELDS\]\]"
    )
    with pytest.raises(TypeError, match=message):
        TypeAdapter(Annotated[annotation, FIELDS])
    app = FastAPI()
    with pytest.raises(TypeError, match=message):

        @app.get("/")
        def read(query: Annotated[annotation, FIELDS, Query()]) -> None:
            raise NotImplementedError


def test_a_language_at_the_right_place() -> None:
    """In a list, in a union, and before a validator."""
    fields = Annotated[Selector, FIELDS, AfterValidator(identity)]
    adapter: TypeAdapter[Any] = TypeAdapter(list[fields | None])
    assert adapter.validate_python(["a=b", None]) == [labelsel.parse_fields("a=b"), None]
    assert adapter.dump_python([labelsel.parse_fields("a=b"), None]) == ["a=b", None]
    quoted: TypeAdapter[Any] = TypeAdapter(Annotated[Selector, FIELDS, PlainSerializer(repr)])
    assert quoted.dump_python(labelsel.parse_fields("a=b")) == "FieldEquals(key='a', value='b')"


def test_the_language_of_a_selector_or_none() -> None:
    """``Annotated[Selector | None, language]`` reads null as None, and writes it."""
    adapter: TypeAdapter[Selector | None] = TypeAdapter(Annotated[Selector | None, FIELDS])
    assert adapter.validate_python(None) is None
    assert adapter.dump_json(None) == b"null"
    assert adapter.validate_python("a=b") == labelsel.parse_fields("a=b")
    assert adapter.dump_python(labelsel.parse_fields("a=b")) == "a=b"
    assert refusal(adapter, 3) == "expected the text of a fields selector, got the number 3"
    text, null = adapter.json_schema()["anyOf"]
    assert (text["examples"], null) == ([FIELDS.example], {"type": "null"})
    equals: TypeAdapter[Equals | None] = TypeAdapter(Annotated[Equals | None, CALICO])
    assert refusal(equals, "has(a)").startswith("expected Equals, but this is a selector of ")


@pytest.mark.parametrize(
    "languages", [(FIELDS, CALICO), (KUBERNETES, FIELDS), (CALICO, LABEL_SELECTORS)]
)
def test_two_languages(languages: tuple[Language, Language]) -> None:
    """None of them wins in silence; the same one twice is no mistake."""
    one, two = languages
    message = f"a field has one language, but this one has two: {one.name} and {two.name}"
    with pytest.raises(TypeError, match=message):
        TypeAdapter(Annotated[Selector, one, two])
    with pytest.raises(TypeError, match=message):
        TypeAdapter(Annotated[Annotated[Selector, one] | None, two])
    assert TypeAdapter(Annotated[Selector, one, one]).json_schema()["examples"] == [one.example]


@pytest.mark.parametrize(
    "annotation",
    [
        Annotated[Selector, Field(strict=True)],
        Annotated[Selector, KUBERNETES, Field(strict=True)],
        Annotated[Selector, Field(strict=True), KUBERNETES],
        Annotated[Selector | None, Field(strict=True), KUBERNETES],
    ],
)
def test_a_strict_field(annotation: Any) -> None:
    """It takes a selector, or JSON, as for a UUID; a text of the program is refused."""
    adapter: TypeAdapter[Selector] = TypeAdapter(annotation)
    assert adapter.validate_python(parse("a")) == parse("a") == adapter.validate_json('"a"')
    with pytest.raises(ValidationError, match="Input should be an instance of Selector"):
        adapter.validate_python("a")

    class Model(BaseModel, strict=True):
        selector: Selector

    with pytest.raises(ValidationError, match="Input should be an instance of Selector"):
        Model.model_validate({"selector": "a"})


def test_the_place_of_an_error_in_a_union() -> None:
    """It names the class and the language, the same in each process: no address of memory."""
    adapter: TypeAdapter[Any] = TypeAdapter(Selector | Annotated[Equals, FIELDS] | int)
    with pytest.raises(ValidationError) as caught:
        adapter.validate_python("a,,b")
    assert [error["loc"] for error in caught.value.errors()] == [
        ("function-wrap[Selector()]",), ("function-wrap[fields_Equals()]",), ("int",),
    ]  # fmt: skip
    assert " object at 0x" not in str(caught.value)


def test_a_selector_or_an_integer_in_a_query() -> None:
    """What FastAPI shows to the client has no address of memory."""
    app = FastAPI()

    @app.get("/")
    def read(labels: Selector | int) -> None:
        raise NotImplementedError

    text = TestClient(app).get("/", params={"labels": "a,,b"}).text
    assert '"loc":["query","labels","function-wrap[Selector()]"]' in text
    assert " object at 0x" not in text


def test_a_text_for_a_selector_or_str() -> None:
    """In a union pydantic prefers str for a text, as with UUID; or the first, if one says so."""
    union: TypeAdapter[Selector | str] = TypeAdapter(Selector | str)
    assert union.validate_python("a") == "a"
    first: TypeAdapter[Selector | str] = TypeAdapter(
        Annotated[Selector | str, Field(union_mode="left_to_right")]
    )
    assert first.validate_python("a") == parse("a")


@pytest.fixture(scope="module")
def client() -> TestClient:
    """An application that lists by a selector, as docs/guides/plugs.md has it."""
    app = FastAPI()

    @app.get("/pods")
    def pods(
        labels: Annotated[Selector, KUBERNETES, Query(alias="labelSelector")] = Everything(),  # noqa: B008  # frozen
        fields: Annotated[Selector | None, FIELDS, Query(alias="fieldSelector")] = None,
    ) -> list[str]:
        return [repr(labels), repr(fields)]

    @app.post("/policies")
    def policies(policy: Policy) -> Policy:
        return policy

    return TestClient(app)


@pytest.mark.parametrize(
    ("name", "text", "lines"),
    [("labelSelector", BAD, LINES), ("fieldSelector", BAD_FIELDS, FIELD_LINES)],
)
def test_a_bad_query_is_422(
    client: TestClient, name: str, text: str, lines: tuple[str, ...]
) -> None:
    """The detail is our message, and its lines are there one by one."""
    response = client.get("/pods", params={name: text})
    assert response.status_code == 422
    (detail,) = response.json()["detail"]
    assert detail["loc"] == ["query", name]
    assert tuple(detail["ctx"]["lines"][: len(lines)]) == lines
    assert detail["msg"].startswith("\n".join(lines))


def test_a_good_query(client: TestClient) -> None:
    """A query that is left out is the default; an empty one selects everything."""
    assert client.get("/pods").json() == ["Everything()", "None"]
    asked = client.get("/pods", params={"labelSelector": "a", "fieldSelector": "b=c"})
    assert asked.json() == ["Exists(key='a')", "FieldEquals(key='b', value='c')"]
    assert client.get("/pods?labelSelector=").json() == ["Everything()", "None"]


def test_fastapi_drops_the_language_of_a_default() -> None:
    """The trap that docs/guides/plugs.md names: the language is lost outside of ``Annotated``."""
    app = FastAPI()

    @app.get("/")
    def read(
        dropped: Annotated[Selector, FIELDS] = Query(default="", validate_default=True),  # noqa: B008  # the trap
        kept: Annotated[Selector, FIELDS, Query()] = Everything(),  # noqa: B008  # frozen
    ) -> list[str]:
        return [repr(dropped), repr(kept)]

    answer = TestClient(app).get("/", params={"dropped": "a=b", "kept": "a=b"})
    assert answer.json() == ["Equals(key='a', value='b')", "FieldEquals(key='a', value='b')"]


def test_a_body(client: TestClient) -> None:
    """A body may have the object; the answer has the text."""
    sent = {"selector": {"matchLabels": {"a": "b"}}}
    assert client.post("/policies", json=sent).json() == {"selector": "a=b", "fields": None}
    refused = client.post("/policies", json={"selector": None})
    assert refused.status_code == 422
    assert refused.json()["detail"][0]["msg"].startswith("expected the text of a kubernetes")


def test_openapi(client: TestClient) -> None:
    """The description of the application has the example."""
    schema = client.get("/openapi.json").json()
    labels, _ = schema["paths"]["/pods"]["get"]["parameters"]
    assert labels["schema"]["type"] == "string"
    assert labels["schema"]["examples"] == [KUBERNETES.example]


def test_pydantic_is_not_loaded_before_it_asks() -> None:
    """A program without pydantic does not load it, nor one that parses."""
    code = "import labelsel, sys; labelsel.parse('a').matches({}); print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert not {"pydantic", "pydantic_core", "argparse", "click"} & set(done.stdout.split())
