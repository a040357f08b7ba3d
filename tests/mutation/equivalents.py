"""The mutants that change no answer, listed with the reason in ``equivalent/*.toml``.

    [[equivalent]]
    module = "labelsel.index.planner"
    function = "_ordered"
    line = "if len(steps) < 2:"
    change = ["len(steps) < 2 -> False", "2 -> 1"]
    reason = "A shortcut: sorting one step gives the same step."

1. An entry names what is changed by its text, not by its number: it stays true when lines move.
2. An entry that fits no mutant is an error: the code has changed, and the reason may be wrong.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tests.mutation.modules import Module
from tests.mutation.mutants import Mutant

__all__ = ["Equivalent", "listed", "module_name", "stale"]

FOLDER: Final = Path(__file__).parent / "equivalent"


@dataclass(frozen=True, slots=True)
class Equivalent:
    """One mutant that is equivalent, and why."""

    module: str
    function: str
    line: str
    change: str
    reason: str

    def fits(self, module: str, mutant: Mutant) -> bool:
        """Whether this is the mutant of the entry."""
        return (self.module, self.function, self.line, self.change) == (
            module, mutant.function, mutant.text, mutant.change,
        )  # fmt: skip


def listed(folder: Path = FOLDER) -> list[Equivalent]:
    """Return every entry; one for each change of an entry with several."""
    found = []
    for path in sorted(folder.glob("*.toml")):
        for entry in tomllib.loads(path.read_text(encoding="utf-8")).get("equivalent", []):
            changes = entry["change"]
            assert entry["reason"].strip(), entry
            found += [
                Equivalent(**{**entry, "change": change})
                for change in ([changes] if isinstance(changes, str) else changes)
            ]
    return found


def module_name(path: Path) -> str:
    """Return the name of a module of labelsel: of its file under ``selectors``."""
    parts = path.with_suffix("").parts
    return ".".join(parts[parts.index("selectors") + 1 :])


def stale(entries: Iterable[Equivalent], modules: Iterable[Module]) -> list[Equivalent]:
    """Return the entries of modules that fit none of their mutants."""
    mutants = {
        (module_name(module.path), each.function, each.text, each.change)
        for module in modules
        for each in module.mutants
    }
    return [e for e in entries if (e.module, e.function, e.line, e.change) not in mutants]
