"""What the docstring of a public name must say, and which names a docstring may refer to.

The site's build and tests/test_reference.py share this module. `problems` lists what is missing::

    python docs/_ext/docstring_rules.py labelsel labelsel.kubernetes

1. Each public name has a summary: one sentence on the first line, then a blank line.
2. A function has ``Arguments:`` with each parameter, ``Returns:`` if it returns something,
   ``Raises:``, ``Complexity:`` and an example (``>>>``).
3. A class has an example, ``Raises:`` and ``Complexity:``. Instead of a section of the class, each
   of its methods may have it. An exception needs only a summary and an example, a constant only
   a summary: the string literal below it.
4. Each public method and property has a summary. The methods of the classes in `WITH_EXAMPLES` have
   an example each.
5. Single back-quotes are around a public name: they become a link. Code has double back-quotes.
6. ``Arguments:`` names parameters that exist, ``Raises:`` exceptions that users can import.
7. The docstring is valid reStructuredText.

A section that needs one sentence may stand on one line: ``Raises: nothing.``
"""

from __future__ import annotations

import ast
import builtins
import dataclasses
import enum
import importlib
import importlib.util
import inspect
import re
import sys
import textwrap
import types
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

from docutils import nodes
from docutils.core import publish_doctree


def _exists(module: str) -> bool:
    parent = module.rpartition(".")[0]
    return (not parent or _exists(parent)) and importlib.util.find_spec(module) is not None


#: The modules with public names. A name that several of them have belongs to the first.
MODULES: Final = tuple(
    name
    for name in (
        "labelsel",
        "labelsel.kubernetes",
        "labelsel.engines",
        "labelsel.engines.polars",
        "labelsel.engines.pandas",
        "labelsel.testing",
        "labelsel.lint",
        "labelsel.languages",
        "labelsel.integrations.click",
        "labelsel.integrations.typer",
        "labelsel.integrations.sqlalchemy",
    )
    if _exists(name)
)

#: The classes whose methods each have an example.
WITH_EXAMPLES: Final = frozenset(
    {"Selector", "LabelIndex", "Selection", "Query", "SelectorIndex", "LiveIndex", "Inventory"}
)

SECTIONS: Final = ("Arguments", "Attributes", "Returns", "Yields", "Raises", "Warns", "Complexity")

SECTION: Final = re.compile(rf"({'|'.join(SECTIONS)}):(?: +(\S.*))?$")
_ITEM = re.compile(r"(\*{0,2}[\w.]+(?:, \*{0,2}[\w.]+)*):(?: |$)")
_DOUBLE = re.compile(r"``.+?``", re.DOTALL)
_SINGLE = re.compile(r"(?<![`\w:])`([^`]+)`(?![`\w])")


@dataclass(frozen=True, slots=True)
class Docstring:
    """A docstring in parts.

    Attributes:
        summary: the first paragraph.
        sections: the text of each section, with the indentation taken off.
        prose: all but the examples.
        has_example: whether there is a ``>>>``.
        text: the whole docstring.
    """

    summary: str
    sections: Mapping[str, str]
    prose: str
    has_example: bool
    text: str

    @classmethod
    def of(cls, text: str | None) -> Docstring:
        """Read a docstring; None is an empty one."""
        lines = inspect.cleandoc(text or "").splitlines()
        sections: dict[str, list[str]] = {}
        current: list[str] | None = None
        for line in lines:
            if header := SECTION.match(line):
                current = sections.setdefault(header[1], [])
                if header[2]:
                    current.append(header[2])
            elif current is not None and (not line or line[0] == " "):
                current.append(line)
            else:
                # A sentence that starts beside its header goes on until the next blank line.
                in_sentence = current and current[-1] and current[-1][0] != " "
                current = current if in_sentence and not line.startswith(">>>") else None
                if current is not None:
                    current.append(line)
        summary = " ".join(" ".join(lines).split()) if "" not in lines else None
        return cls(
            summary if summary is not None else " ".join(lines[: lines.index("")]),
            {name: textwrap.dedent("\n".join(part)).strip() for name, part in sections.items()},
            "\n".join(_without_examples(lines)),
            any(line.lstrip().startswith(">>> ") for line in lines),
            "\n".join(lines),
        )

    def items(self, section: str) -> list[str]:
        """Return the names that a section explains: ``a, b: text`` has two."""
        found = items(self.sections.get(section, ""))
        return [name.strip("*") for names, _ in found for name in names]

    def references(self) -> list[str]:
        """Return what stands in single back-quotes."""
        text = _DOUBLE.sub(" ", self.prose)
        return [" ".join(found.split()) for found in _SINGLE.findall(text)]


def items(text: str) -> list[tuple[list[str], list[str]]]:
    """Return the names that a section explains, and the lines of each explanation."""
    found: list[tuple[list[str], list[str]]] = []
    for line in text.splitlines():
        if item := _ITEM.match(line):
            found.append((item[1].split(", "), [line[item.end() :].strip()]))
        elif found:
            found[-1][1].append(line)
    return [(names, inspect.cleandoc("\n".join(body)).splitlines()) for names, body in found]


def _without_examples(lines: list[str]) -> Iterator[str]:
    in_example = False
    for line in lines:
        in_example = line.lstrip().startswith(">>>") or (in_example and bool(line.strip()))
        if not in_example:
            yield line


# The sections of a docstring as fields of reStructuredText


def converted(lines: list[str], attribute: Callable[[str], list[str]]) -> list[str]:
    """Return a docstring with its sections as fields.

    ``attribute`` returns the first lines of the directive for an attribute.
    """
    out: list[str] = []
    section, body = "", [""]
    for line in [*lines, "."]:  # the stop ends the last section
        header = SECTION.match(line)
        goes_on = bool(body[0] and body[-1])  # a sentence that began beside its header
        if section and (header or not (goes_on or line[:1] in {"", " "})):
            out += ["", *_fields(section, body, attribute), ""]
            section = ""
        if header:
            section, body = header[1], [header[2] or ""]
        elif section:
            body.append(line)
        else:
            out.append(line)
    return out[:-1]


def _fields(section: str, body: list[str], attribute: Callable[[str], list[str]]) -> Iterator[str]:
    text = inspect.cleandoc("\n".join(body))
    explained = items(text)
    labels = {"Arguments": "param ", "Raises": "raises ", "Warns": "Warns "}
    for names, lines in explained if section in {*labels, "Attributes"} else ():
        for name in names:
            if section == "Attributes":
                yield from (*attribute(name), "", *(f"   {line}" for line in lines), "")
            else:
                escaped = name.replace("*", r"\*")
                yield from _field(f"{labels[section]}{escaped}", lines)
    if not explained or section not in {*labels, "Attributes"}:
        yield from _field("returns" if section == "Returns" else section, text.splitlines())


def _field(label: str, lines: list[str]) -> Iterator[str]:
    yield f":{label}: {' '.join(lines[:1])}"
    yield from (f"   {line}" if line else "" for line in lines[1:])


@dataclass(frozen=True, slots=True)
class Member:
    """A method, property or attribute of a public class.

    Attributes:
        owner: the class that defines it.
        name: its name.
        kind: ``method``, ``property`` or ``attribute``.
        value: the function; None for an attribute.
        doc: its docstring.
    """

    owner: type
    name: str
    kind: str
    value: Any
    doc: Docstring


@dataclass(frozen=True, slots=True)
class PublicName:
    """A name in the ``__all__`` of a public module.

    Attributes:
        module: the name of that module.
        name: the name itself.
        kind: ``function``, ``class``, ``exception`` or ``constant``.
        value: what it is.
        doc: its docstring.
    """

    module: str
    name: str
    kind: str
    value: Any
    doc: Docstring

    @property
    def path(self) -> str:
        """The name as a program writes it."""
        return f"{self.module}.{self.name}"

    @property
    def is_class(self) -> bool:
        """Whether it is a class, an exception among them."""
        return self.kind in {"class", "exception"}


@cache
def public_names(module: str) -> tuple[PublicName, ...]:
    """Return the public names of a module, but those that an earlier module has as well."""
    loaded = importlib.import_module(module)
    earlier = {
        id(name.value)
        for before in MODULES[: MODULES.index(module)]
        for name in public_names(before)
        if name.kind != "constant"
    }
    return tuple(
        public
        for name in loaded.__all__
        if not (name.startswith("__") and name.endswith("__"))
        and id((public := _public_name(loaded, name)).value) not in earlier
    )


def _public_name(module: types.ModuleType, name: str) -> PublicName:
    value = getattr(module, name)
    kind = "constant"
    if inspect.isclass(value) and not isinstance(value, types.GenericAlias):
        kind = "exception" if issubclass(value, BaseException) else "class"
    elif inspect.isroutine(value):
        kind = "function"
    text = constant_docstring(module.__name__, name) if kind == "constant" else value.__doc__
    if kind == "class" and _is_made_by_dataclass(value):
        text = None
    return PublicName(module.__name__, name, kind, value, Docstring.of(text))


def _is_made_by_dataclass(value: type) -> bool:
    """Return whether the docstring is only the signature that `dataclass` writes."""
    return dataclasses.is_dataclass(value) and (value.__doc__ or "").startswith(
        f"{value.__name__}("
    )


def constant_docstring(module: str, name: str) -> str | None:
    """Return the string literal below the assignment of a constant, wherever it is defined."""
    loaded = importlib.import_module(module)
    tree = ast.parse(Path(str(loaded.__file__)).read_text(encoding="utf-8"))
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module:
            for alias in node.names:
                if name == (alias.asname or alias.name) and node.module != module:
                    return constant_docstring(node.module, alias.name)
    for node, below in zip(tree.body, tree.body[1:], strict=False):
        targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
        assigned = {target.id for target in targets if isinstance(target, ast.Name)}
        if name in assigned and isinstance(below, ast.Expr):
            text = below.value.value if isinstance(below.value, ast.Constant) else None
            return text if isinstance(text, str) else None
    return None


@cache
def public_classes() -> dict[type, PublicName]:
    """Return the public classes of all modules."""
    return {
        name.value: name for module in MODULES for name in public_names(module) if name.is_class
    }


@cache
def own_members(cls: type) -> tuple[Member, ...]:
    """Return the methods and properties that belong to a class, in the order of the source.

    Those of a public parent belong to the parent, unless the class documents its own. So do those
    of another library's parent: only that library calls ``TypeDecorator.process_bind_param``.
    """
    found: dict[str, Member] = {}
    for owner in cls.__mro__:
        if owner is not cls and (owner in public_classes() or not _is_ours(owner)):
            continue
        for name, value in vars(owner).items():
            if name not in found and _is_public_member(name, value):
                found[name] = _member(cls, owner, name, value)
    return tuple(
        member
        for member in found.values()
        if member.doc.summary or not _is_documented_by_parent(cls, member.name)
    )


def _is_ours(owner: type) -> bool:
    return owner.__module__.partition(".")[0] == "labelsel"


def _is_documented_by_parent(cls: type, name: str) -> bool:
    return any(
        name in vars(parent)
        and (parent in public_classes() or not _is_ours(parent))
        and vars(parent)[name].__doc__
        for parent in cls.__mro__[1:]
    )


def _is_public_member(name: str, value: object) -> bool:
    if name.startswith("_"):
        return False
    if isinstance(value, staticmethod | classmethod | property):
        return True
    return inspect.isfunction(value) or type(value).__name__ in {
        "cached_property",
        "cython_function_or_method",
    }


def _member(cls: type, owner: type, name: str, value: Any) -> Member:
    is_property = isinstance(value, property) or type(value).__name__ == "cached_property"
    text = value.__doc__ or next(
        (
            vars(parent)[name].__doc__
            for parent in cls.__mro__
            if name in vars(parent)
            and _is_ours(parent)
            and parent not in public_classes()
            and vars(parent)[name].__doc__
        ),
        None,
    )
    function = value.fget if isinstance(value, property) else getattr(value, "__func__", value)
    return Member(
        owner, name, "property" if is_property else "method", function, Docstring.of(text)
    )


@cache
def operators(cls: type) -> tuple[Member, ...]:
    """Return the special methods that a class documents: ``&``, ``len``, ``index[key]``."""
    return tuple(
        _member(cls, owner, name, value)
        for owner in cls.__mro__
        if _is_ours(owner) and (owner is cls or owner not in public_classes())
        for name, value in vars(owner).items()
        if re.fullmatch(r"__\w+__", name)
        and name not in {"__init__", "__post_init__"}
        and inspect.isfunction(value)
        and value.__doc__
        and value.__module__.startswith("labelsel")
    )


@cache
def attribute_names(cls: type) -> frozenset[str]:
    """Return the attributes of a class, those of its parents included."""
    names: set[str] = set()
    for owner in cls.__mro__:
        if _is_ours(owner):
            names.update(vars(owner).get("__annotations__", {}))
            names.update(name for name in vars(owner) if not name.startswith("_"))
            names.update(Docstring.of(owner.__doc__).items("Attributes"))
            if issubclass(owner, enum.Enum):
                names.update(owner.__members__)
    special = {member.name for member in operators(cls)}
    return frozenset({name for name in names if not name.startswith("_")} | special)


# Which names a docstring may refer to


def resolve(target: str, module: str, cls: type | None = None) -> str | None:
    """Return the full path of the public name that single back-quotes mean, or None.

    A name is looked for in the class of the docstring, then in its module, then in the modules in
    the order of `MODULES`.
    """
    target = target.removesuffix("()")
    if target in MODULES:
        return target
    if cls is not None and target in attribute_names(cls):
        return f"{path_of(cls)}.{target}"
    own = [home for home in reversed(MODULES) if f"{module}.".startswith(f"{home}.")]
    for home in (*own[:1], *MODULES):
        name = target.removeprefix(f"{home}.")
        first, _, rest = name.partition(".")
        found = next((each for each in public_names(home) if each.name == first), None)
        if found is None:
            continue
        if not rest:
            return found.path
        if found.is_class and rest in attribute_names(found.value):
            return f"{found.path}.{rest}"
    return None


def path_of(cls: type) -> str:
    """Return the public path of a class; its own where it is not public."""
    public = public_classes().get(cls)
    return f"{cls.__module__}.{cls.__qualname__}" if public is None else public.path


def public_path(path: str) -> str | None:
    """Return the public path of a class that is named by the module that defines it, or None."""
    for cls, name in public_classes().items():
        if path == f"{cls.__module__}.{cls.__qualname__}":
            return name.path
    return None


# The rules


def problems(module: str) -> list[str]:
    """Return what the docstrings of a module's public names lack, a line each."""
    found = [
        f"{name.path}: {problem}" for name in public_names(module) for problem in _of_name(name)
    ]
    for name in public_names(module):
        if name.is_class:
            found += (
                f"{name.path}.{member.name}: {problem}"
                for member in own_members(name.value)
                for problem in _of_member(name, member)
            )
    return found


def _of_name(name: PublicName) -> Iterator[str]:
    cls = name.value if name.is_class else None
    yield from _of_text(name.doc, name.module, cls)
    if name.kind == "constant":
        return
    if not name.doc.has_example:
        yield "no example (>>>)"
    if name.kind == "function":
        yield from _of_parameters(name.doc, name.value, all_of_them=True)
        yield from _of_result(name.doc, name.value)
        yield from (
            f"no {section}:" for section in ("Raises", "Complexity") if _lacks(name, section)
        )
    elif name.kind == "class":
        yield from _of_parameters(name.doc, name.value, all_of_them=False)
        methods = [member for member in own_members(name.value) if member.kind == "method"]
        for section in ("Raises", "Complexity"):
            in_each = methods and all(section in member.doc.sections for member in methods)
            if _lacks(name, section) and not in_each:
                yield f"no {section}: here, nor in each method"


def _lacks(name: PublicName, section: str) -> bool:
    return section not in name.doc.sections


def _of_member(name: PublicName, member: Member) -> Iterator[str]:
    yield from _of_text(member.doc, name.module, name.value)
    if member.kind != "method":
        return
    yield from _of_parameters(member.doc, member.value, all_of_them=False)
    if name.kind == "class":
        for section in ("Raises", "Complexity"):
            if _lacks(name, section) and section not in member.doc.sections:
                yield f"no {section}: here, nor in the class"
    if name.name in WITH_EXAMPLES and not member.doc.has_example:
        yield "no example (>>>)"


def _of_text(doc: Docstring, module: str, cls: type | None) -> Iterator[str]:
    """Check what holds for every docstring: the summary, the sections, the names referred to."""
    if not doc.summary:
        yield "no docstring"
        return
    first = doc.prose.partition("\n")[0]
    if first != doc.summary:
        yield "the summary does not fit on the first line, or no blank line is below it"
    elif not re.search(r"[.!?:][)`]*$", first):
        yield "the summary is no sentence: it has no full stop"
    yield from _of_sections(doc, module)
    for target in dict.fromkeys(doc.references()):
        if resolve(target, module, cls) is None:
            yield f"`{target}` is no public name: write ``{target}`` for code"
    yield from (f"not valid reStructuredText: {fault}" for fault in markup_faults(doc.text))


def _of_sections(doc: Docstring, module: str) -> Iterator[str]:
    if re.search(r"^Args:", doc.prose, re.MULTILINE):
        yield "write Arguments: instead of Args:"
    yield from (f"{section}: is empty" for section, text in doc.sections.items() if not text)
    for error in doc.items("Raises"):
        if not _is_exception(error, module):
            yield f"Raises: {error} is no exception that users can name"


def markup_faults(text: str) -> list[str]:
    """Return what docutils says of a docstring as the site shows it."""
    lines = inspect.cleandoc(text).splitlines()
    shown = converted(lines, lambda name: [f".. admonition:: {name}"])
    settings = {"report_level": 5, "warning_stream": False}
    source = "\n".join([*shown, ""])
    document = publish_doctree(source, settings_overrides=settings)
    return [
        message.astext().partition(") ")[2].partition("\n")[0]
        for message in document.findall(nodes.system_message)
        if message["level"] >= 2
    ]


def _is_exception(name: str, module: str) -> bool:
    found: object = getattr(builtins, name, None)
    if "." in name and not name.startswith("labelsel"):
        home, _, own = name.rpartition(".")
        found = getattr(importlib.import_module(home), own, None)
    if path := resolve(name, module):
        home, _, own = path.rpartition(".")
        found = getattr(importlib.import_module(home), own) if home in MODULES else None
    return isinstance(found, type) and issubclass(found, BaseException)


def _of_parameters(doc: Docstring, function: object, *, all_of_them: bool) -> Iterator[str]:
    if not all_of_them and "Arguments" not in doc.sections:
        return
    try:
        signature = inspect.signature(function)  # type: ignore[arg-type]  # a function or a class
    except (TypeError, ValueError):
        return
    parameters = [name for name in signature.parameters if name not in {"self", "cls"}]
    public = [name for name in parameters if not name.startswith("_")]
    explained = doc.items("Arguments")
    yield from (
        f"Arguments: {name} is no parameter" for name in explained if name not in parameters
    )
    missing = [name for name in public if name not in explained]
    if missing:
        yield f"Arguments: lacks {', '.join(missing)}"


def _of_result(doc: Docstring, function: object) -> Iterator[str]:
    result = getattr(function, "__annotations__", {}).get("return")
    if result in {None, "None", "NoReturn"}:
        return
    if not {"Returns", "Yields"} & doc.sections.keys():
        yield "no Returns:"


def main(modules: list[str]) -> int:
    """Print what is missing in the modules; return 1 if something is."""
    found = [problem for module in modules or MODULES for problem in problems(module)]
    print(*found, sep="\n", end="\n" if found else "")
    print(f"{len(found)} problems in {len({line.split(': ')[0] for line in found})} names")
    return bool(found)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
