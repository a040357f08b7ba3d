"""A selector as the type of a field of pydantic: what `Selector` and `Language` hand to it.

pydantic calls ``__get_pydantic_core_schema__`` of both, and only then is this module imported.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final, cast

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic_core import CoreSchema, PydanticCustomError, core_schema
from pydantic_core.core_schema import WrapValidatorFunctionSchema

from labelsel.errors import SelectorError, SelectorSyntaxError, TranslationError, describe, quote
from labelsel.integrations.selector_text import can_write, write_text
from labelsel.languages.kubernetes import KUBERNETES
from labelsel.languages.object_notations import LABEL_SELECTORS, NODE_SELECTORS
from labelsel.languages.registry import Language
from labelsel.requirements import OPERATORS
from labelsel.selector import Selector

__all__ = ["json_schema_of_selectors", "schema_of_annotation", "schema_of_selectors"]

#: What a field of type `Selector` reads; it writes the first.
DEFAULT: Final = (KUBERNETES, LABEL_SELECTORS)
#: In the metadata of a schema: the class of the selector, the languages, and how it is written.
_METADATA: Final = "labelsel"


def schema_of_selectors(
    node: type[Selector], languages: tuple[Language, ...] = DEFAULT
) -> CoreSchema:
    """Return how pydantic reads and writes a selector in some languages.

    Arguments:
        node: the class that the selector must have, as a field of type `And` says.
        languages: at most one of text and one of objects. The first is written.

    Raises:
        ImportError: pydantic is not installed. Only pydantic calls this.
    """
    # A strict field takes a selector or JSON, as pydantic does for UUID and others.
    anything = core_schema.any_schema()
    strict = core_schema.json_or_python_schema(anything, core_schema.is_instance_schema(Selector))
    schema = core_schema.no_info_wrap_validator_function(
        _Reader(node, languages), core_schema.lax_or_strict_schema(anything, strict)
    )
    return _with_languages(schema, node, languages)


def schema_of_annotation(
    source: object, language: Language, handler: GetCoreSchemaHandler
) -> CoreSchema:
    """Return the schema of ``Annotated[source, language]``: a selector, or a selector or None.

    Raises:
        TypeError: ``source`` is anything else, or already has another language.
    """
    return _in_language(handler.resolve_ref_schema(handler(source)), source, language)


def _in_language(schema: CoreSchema, source: object, language: Language) -> CoreSchema:
    if schema["type"] == "nullable":
        return {**schema, "schema": _in_language(schema["schema"], source, language)}
    node, languages, written = schema.get("metadata", {}).get(_METADATA, (None, (), None))
    if node is None or schema["serialization"] != written:
        raise TypeError(
            f"the language {language.name} belongs directly to Selector, but is on {source}: write "
            "Annotated[Selector, language] inside of the list or union, as in "
            "list[Annotated[Selector, FIELDS]], and the language before validators and serializers"
        )
    if languages not in (DEFAULT, (language,)):
        raise TypeError(
            "a field has one language, but this one has two: "
            f"{languages[0].name} and {language.name}"
        )
    return _with_languages(cast("WrapValidatorFunctionSchema", schema), node, (language,))


def _with_languages(
    schema: WrapValidatorFunctionSchema, node: type[Selector], languages: tuple[Language, ...]
) -> CoreSchema:
    """Return a schema with the languages exchanged; whether it is strict stays."""
    function = core_schema.no_info_wrap_validator_function(
        _Reader(node, languages), schema["schema"]
    )
    written = core_schema.plain_serializer_function_ser_schema(_writer(languages[0]))
    return {
        **schema,
        "function": function["function"],
        "serialization": written,
        "metadata": {**schema.get("metadata", {}), _METADATA: (node, languages, written)},
    }


class _Reader:
    """Reads the value of a field."""

    def __init__(self, node: type[Selector], languages: tuple[Language, ...]) -> None:
        self._node = node
        self._languages = {language.is_text: language for language in languages}
        self._expected = " or ".join(map(_name, languages))
        # For a union, pydantic puts this name into the place of the error, for a client to see.
        names = [] if languages == DEFAULT else [language.name for language in languages]
        self.__name__ = "_".join([*names, node.__name__])

    def __call__(self, value: object, allow: Callable[[object], object]) -> Selector:
        allow(value)
        if not isinstance(value, Selector):
            value = self._read(value)
        if not isinstance(value, self._node):
            found = f"this is a selector of the type {type(value).__name__}: {quote(str(value))}"
            raise _refusal(f"expected {self._node.__name__}, but {found}")
        return value

    def _read(self, value: object) -> Selector:
        language = self._languages.get(isinstance(value, str))
        if value is None:
            raise _refusal(
                f"expected {self._expected}, got null: null selects nothing in one field of "
                "Kubernetes and everything in another, so it is never read as a selector"
            )
        if language is None or not isinstance(value, str | Mapping):
            raise _refusal(f"expected {self._expected}, got {describe(value)}")
        try:
            return language.parse(value)
        except SelectorError as error:
            raise _refusal(str(error), error) from error


def _writer(language: Language) -> Callable[[Selector], Any]:
    """Return the function that writes the value of a field, in JSON and in Python."""
    is_written = can_write(language)

    # pydantic names this function in its error.
    def write_selector(selector: Selector) -> Any:
        if not is_written:
            reason = (
                f"labelsel reads {language.name} and does not write it; "
                "Field(exclude=True) leaves the field out of a dump"
            )
            raise TranslationError(str(selector), f"{language.name} selector", reason)
        if language.is_text:
            return write_text(selector, language)
        written = language.format and language.format(selector)
        if written is None:
            reason = "a LabelSelector that selects nothing is null, and no field reads null"
            raise TranslationError(str(selector), f"{language.name} object", reason)
        return written

    return write_selector


def _refusal(message: str, error: SelectorError | None = None) -> PydanticCustomError:
    """Return pydantic's error with a message of ours, and its lines one by one as its context."""
    context: dict[str, Any] = {"lines": message.split("\n")}
    if isinstance(error, SelectorSyntaxError):
        context["position"] = error.position
    # pydantic puts the values of the context into the message one after the other: as the last,
    # so that a selector with "{position}" in it stays as it is.
    context["message"] = message
    return PydanticCustomError("selector", "{message}", context)


def _name(language: Language) -> str:
    return (
        f"the text of a {language.name} selector"
        if language.is_text
        else f"a {language.name} object"
    )


def json_schema_of_selectors(schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
    """Return the JSON schema of a field: what it reads, or what it writes."""
    _, languages, _ = schema["metadata"][_METADATA]
    if handler.mode == "serialization":
        languages = languages[:1]
    schemas = [_json_schema(language) for language in languages]
    return schemas[0] if len(schemas) == 1 else {"anyOf": schemas}


def _json_schema(language: Language) -> dict[str, Any]:
    if language.is_text:
        described = f"The text of a {language.name} selector."
        return {"type": "string", "description": described, "examples": [language.example]}
    schema: dict[str, Any] = {"type": "object", "description": f"A {language.name} object."}
    if language.format is not None:
        schema["examples"] = [language.format(KUBERNETES.parse(KUBERNETES.example))]
    return schema | _OBJECTS.get(language.name, {})


def _expressions(*, of_nodes: bool) -> dict[str, Any]:
    """Return the JSON schema of ``matchExpressions``."""
    rows = [row for row in OPERATORS if row.object_name and (of_nodes or not row.is_node_only)]
    strings = {"type": "array", "items": {"type": "string"}}
    expression = {
        "type": "object",
        "properties": {
            "key": {"type": "string"},
            "operator": {"enum": list(dict.fromkeys(row.object_name for row in rows))},
            "values": strings,
        },
        "required": ["key", "operator"],
        "additionalProperties": False,
    }
    return {"type": "array", "items": expression}


_OBJECTS: Final[dict[str, dict[str, Any]]] = {
    LABEL_SELECTORS.name: {
        "properties": {
            "matchLabels": {"type": "object", "additionalProperties": {"type": "string"}},
            "matchExpressions": _expressions(of_nodes=False),
        },
        "additionalProperties": False,
    },
    NODE_SELECTORS.name: {
        "properties": {
            "nodeSelectorTerms": {
                "type": "array",
                "items": {
                    "type": "object",
                    "properties": {
                        "matchExpressions": _expressions(of_nodes=True),
                        "matchFields": _expressions(of_nodes=True),
                    },
                    "additionalProperties": False,
                },
            }
        },
        "additionalProperties": False,
    },
}
