"""The reference: a page for each public class and for each group of functions, from the docstrings.

docs/reference/index.rst names the groups and what belongs to each. This extension

1. writes the pages beside it, when the build starts; git does not have them,
2. makes fields of the sections of a docstring, and links of single back-quotes,
3. writes signatures as the source has them, with links to our own types,
4. warns of a public name that is in no group, or that docstring_rules.py finds fault with. In a
   strict build a warning is an error. ``-D reference_gate=0`` leaves these warnings out.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Final

from docutils import nodes
from docutils.parsers.rst import directives
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.util import logging
from sphinx.util.docutils import SphinxDirective, SphinxRole
from sphinx.util.inspect import stringify_signature

from docs._ext import docstring_rules as rules
from docs._ext.docstring_rules import PublicName

logger = logging.getLogger(__name__)

#: Our own names for types that readers would have to look up, and what they stand for.
ALIASES: Final = {
    "SelectorOrText": "Selector | str",
    "Labels": "Mapping[str, str]",
}

_HEADING = re.compile(r"^(\S.*)\n([=\-~^])\2+\n", re.MULTILINE)
_NAMES = re.compile(
    r"^\.\. names:: (?P<page>\S+)\n(?:   :module: (?P<module>\S+)\n)?\n(?P<names>(?:   .*\n)+)",
    re.MULTILINE,
)


@dataclass(frozen=True, slots=True)
class Group:
    """Public names that belong together.

    Attributes:
        page: the name of the page with the functions.
        title: its heading.
        names: the public names, in the order of the index.
    """

    page: str
    title: str
    names: tuple[PublicName, ...]

    @property
    def pages(self) -> list[str]:
        """The pages of the classes."""
        return [name.path for name in self.names if has_page(name)]


def has_page(name: PublicName) -> bool:
    """Return whether a name has a page of its own; functions and errors share that of the group."""
    return name.kind == "class"


def find_names(text: str, module: str) -> list[PublicName]:
    """Return the public names that a text lists; ``*`` is all of the module."""
    if module not in rules.MODULES:
        return []
    known = {name.name: name for name in rules.public_names(module)}
    if text.split() == ["*"]:
        return list(known.values())
    return [known[word] for word in text.split() if word in known]


def read_groups(index: str) -> list[Group]:
    """Return the groups that the text of the index lists."""
    groups = []
    for block in _NAMES.finditer(index):
        title = [found[1] for found in _HEADING.finditer(index, 0, block.start())][-1]
        names = find_names(block["names"], block["module"] or "labelsel")
        if names:
            groups.append(Group(block["page"], title, tuple(names)))
    return groups


def faults(index: str) -> Iterator[str]:
    """Yield what is wrong with the index: a name in no group or in two, or one that is not public."""
    grouped = [name.path for group in read_groups(index) for name in group.names]
    public = [name.path for module in rules.MODULES for name in rules.public_names(module)]
    yield from (f"{path} is in no group" for path in public if path not in grouped)
    yield from (f"{path} is in two groups" for path in set(grouped) if grouped.count(path) > 1)
    for block in _NAMES.finditer(index):
        module = block["module"] or "labelsel"
        found = {name.name for name in find_names(block["names"], module)}
        if module in rules.MODULES and block["names"].split() != ["*"]:
            for word in block["names"].split():
                if word not in found:
                    yield f"{module}.{word} is not public"


# The pages


def heading(title: str) -> str:
    """Return a heading of reStructuredText."""
    return f"{title}\n{'=' * len(title)}\n\n"


def group_page(group: Group) -> str:
    """Return the page of a group: its names, then its functions, constants and errors."""
    module = group.names[0].module
    words = " ".join(name.name for name in group.names)
    parts = [heading(group.title), f".. names:: {group.page}\n   :module: {module}\n\n   {words}\n\n"]
    parts += [entry(name) for name in group.names if not has_page(name)]
    if group.pages:
        pages = "".join(f"   {name.name} <{name.path}>\n" for name in group.names if has_page(name))
        parts.append(f".. toctree::\n   :hidden:\n\n{pages}")
    return "".join(parts)


def class_page(name: PublicName) -> str:
    """Return the page of a class."""
    return heading(name.name) + entry(name)


def entry(name: PublicName) -> str:
    """Return the directives that document a name, and the members of a class."""
    if name.kind == "constant":
        return f".. autodata:: {name.path}\n   :no-value:\n\n"
    if name.kind == "function":
        return f".. autofunction:: {name.path}\n\n"
    directive = "autoexception" if name.kind == "exception" else "autoclass"
    bases = "   :show-inheritance:\n" if _shown_bases(name.value) else ""
    parts = [f".. {directive}:: {name.path}\n{bases}\n"]
    for member in [*rules.own_members(name.value), *rules.operators(name.value)]:
        kind = "autoproperty" if member.kind == "property" else "automethod"
        parts.append(f".. {kind}:: {name.path}.{member.name}\n\n")
    return "".join(parts)


def _shown_bases(cls: type) -> bool:
    return any(base in rules.public_classes() for base in cls.__bases__)


def write_pages(app: Sphinx) -> None:
    """Write the pages of the reference, and take away those that are no longer made."""
    folder = Path(app.srcdir, "reference")
    index = (folder / "index.rst").read_text(encoding="utf-8")
    pages: dict[str, str] = {}
    for group in read_groups(index):
        pages[group.page] = group_page(group)
        pages |= {name.path: class_page(name) for name in group.names if has_page(name)}
    for old in folder.glob("*.rst"):
        if old.stem not in {"index", *pages}:
            old.unlink()
    for page, text in pages.items():
        file = folder / f"{page}.rst"
        if not file.exists() or file.read_text(encoding="utf-8") != text:
            file.write_text(text, encoding="utf-8")
    if app.config.reference_gate:
        found = [*faults(index), *(each for module in rules.MODULES for each in rules.problems(module))]
        for fault in found:
            logger.warning(fault, type="reference")


class Names(SphinxDirective):
    """A table of public names: each a link, with its summary."""

    has_content = True
    required_arguments = 1
    option_spec: ClassVar[dict[str, Any]] = {"module": directives.unchanged}

    def run(self) -> list[nodes.Node]:
        """Return the table, and on the index the entry of the group's page in the navigation."""
        module = self.options.get("module", "labelsel")
        names = find_names(" ".join(self.content), module)
        if not names:
            return []
        rows = nodes.tbody("", *map(self._row, names))
        columns = [nodes.colspec(colwidth=1), nodes.colspec(colwidth=3)]
        group = nodes.tgroup("", *columns, rows, cols=2)
        return [nodes.table("", group, classes=["names"])]

    def _row(self, name: PublicName) -> nodes.row:
        link = nodes.paragraph("", "", reference_to(name.path, name.name, self.env))
        summary, messages = self.state.inline_text(name.doc.summary or "-", self.lineno)
        entries = (nodes.entry("", link), nodes.entry("", nodes.paragraph("", "", *summary)))
        assert not messages, messages
        return nodes.row("", *entries)


def reference_to(path: str, text: str, env: BuildEnvironment) -> addnodes.pending_xref:
    """Return a link to a public name."""
    return addnodes.pending_xref(
        "",
        nodes.literal(text, text, classes=["xref", "py"]),
        refdomain="py",
        reftype="obj",
        reftarget=path,
        refexplicit=True,
        refwarn=True,
        refdoc=env.current_document.docname,
    )


class Api(SphinxRole):
    """The role of single back-quotes in a docstring: the name of something public."""

    def run(self) -> tuple[list[nodes.Node], list[nodes.system_message]]:
        """Return the link; warn of a name that is not public."""
        context = self.env.ref_context
        module = context.get("py:module") or "labelsel"
        first = (context.get("py:class") or "").partition(".")[0]
        classes = [name for name in rules.public_names(module) if name.name == first]
        cls = classes[0].value if classes and classes[0].is_class else None
        path = rules.resolve(self.text, module, cls)
        if path is None:
            if self.config.reference_gate:
                logger.warning(
                    "`%s` is no public name", self.text, location=self.get_location(), type="reference"
                )
            return [nodes.literal(self.text, self.text)], []
        return [reference_to(path, self.text, self.env)], []


# Docstrings and signatures


def convert_docstring(
    app: Sphinx, what: str, name: str, obj: object, options: object, lines: list[str]
) -> None:
    """Write the sections of a docstring as fields, in place."""
    del app, options
    while lines and not lines[-1]:
        lines.pop()
    lines[:] = [*_converted(what, name, obj, lines), ""]


def _converted(what: str, name: str, obj: object, lines: list[str]) -> Iterator[str]:
    doc_lines, current, section = lines, [], ""
    for line in [*doc_lines, "."]:
        header = rules.SECTION.match(line)
        ends = header is not None or (line[:1] not in {"", " "} and not _continues(current))
        if section and ends:
            yield from _section(section, current, name, obj)
            section = ""
        if header is not None:
            section, current = header[1], [header[2]] if header[2] else []
        elif section:
            current.append(line)
        elif line != "." or line in doc_lines:
            yield line


def _continues(section: list[str]) -> bool:
    """Return whether a sentence that began beside its header goes on."""
    return bool(section and section[-1] and section[0][:1] != " ")


def _section(section: str, lines: list[str], name: str, obj: object) -> Iterator[str]:
    text = inspect.cleandoc("\n".join(["", *lines]))
    items = list(rules.items(text))
    yield ""
    if section == "Arguments":
        for names, body in items:
            for each in names:
                yield from _field(f"param {each.replace('*', chr(92) + '*')}", body)
    elif section == "Attributes":
        for names, body in items:
            for each in names:
                yield from _attribute(each, body, name, obj)
    elif section in {"Raises", "Warns"} and items:
        for names, body in items:
            for each in names:
                yield from _field(f"{section.lower().replace('warns', 'Warns')} {each}", body)
    else:
        yield from _field("returns" if section == "Returns" else section, text.splitlines())
    yield ""


def _field(label: str, body: list[str]) -> Iterator[str]:
    yield f":{label}: {body[0] if body else ''}"
    yield from (f"   {line}" if line else "" for line in body[1:])


def _attribute(attribute: str, body: list[str], name: str, obj: object) -> Iterator[str]:
    kind = next(
        (
            vars(owner)["__annotations__"][attribute]
            for owner in getattr(obj, "__mro__", ())
            if attribute in vars(owner).get("__annotations__", {})
        ),
        None,
    )
    yield f".. py:attribute:: {name.rpartition('.')[2]}.{attribute}"
    yield f"   :module: {name.rpartition('.')[0]}"
    if kind is not None:
        yield f"   :type: {readable(kind if isinstance(kind, str) else inspect.formatannotation(kind))}"
    yield ""
    yield from (f"   {line}" if line else "" for line in body)
    yield ""


def readable(annotation: str) -> str:
    """Return an annotation with our own names for types written out."""
    for alias, meaning in ALIASES.items():
        annotation = re.sub(rf"\b{alias}\b", meaning, annotation)
    return annotation


def write_signature(
    app: Sphinx,
    what: str,
    name: str,
    obj: Any,
    options: object,
    args: str | None,
    result: str | None,
) -> tuple[str, str | None] | None:
    """Return the signature with the annotations as the source has them."""
    del app, name, options, args, result
    if what not in {"function", "method", "class", "exception"}:
        return None
    try:
        signature = inspect.signature(obj)
    except (TypeError, ValueError):
        return ("", None)
    parameters = [
        parameter
        for parameter in signature.parameters.values()
        if not parameter.name.startswith("_")
    ]
    if what == "method" and parameters and parameters[0].name in {"self", "cls"}:
        parameters = parameters[1:]
    try:
        shown = signature.replace(parameters=parameters)
    except ValueError:
        return None
    text = readable(stringify_signature(shown))
    arguments, _, returned = text.partition(") -> ")
    if what in {"class", "exception"} or not returned:
        return (arguments.removesuffix(")") + ")", None)
    return (arguments + ")", returned)


def resolve_type(
    app: Sphinx, env: BuildEnvironment, node: addnodes.pending_xref, content: nodes.Element
) -> nodes.Node | None:
    """Link a name of ours to its page; leave the types of other libraries as text."""
    if node.get("refdomain") != "py":
        return None
    target = str(node["reftarget"])
    path = rules.resolve(target, node.get("py:module") or "labelsel") or rules.public_path(target)
    for candidate in filter(None, (path, path and path.rpartition(".")[0])):
        domain = env.domains.python_domain
        if candidate in domain.objects or candidate in domain.modules:
            found = domain.resolve_xref(
                env, node["refdoc"], app.builder, "obj", candidate, node, content
            )
            if found is not None:
                return found
    return None if node.get("refwarn") and node.get("reftype") == "obj" else content


def setup(app: Sphinx) -> dict[str, bool]:
    """Tell Sphinx what this extension does."""
    app.add_config_value("reference_gate", default=True, rebuild="env", types=[bool])
    app.add_role("api", Api())
    app.add_directive("names", Names)
    app.connect("builder-inited", write_pages)
    app.connect("autodoc-process-docstring", convert_docstring)
    app.connect("autodoc-process-signature", write_signature)
    app.connect("missing-reference", resolve_type)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
