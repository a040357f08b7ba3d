"""Mutated texts against each grammar: no foreign error, no slow text, nothing misread.

    python -m benchmarks.fuzz --texts 5_000_000

For each language so many texts are made from seeds by cutting, doubling, swapping and
inserting pieces. Each must parse or fail with a `SelectorError` whose message is made of our own
lines, with no raw control character of the text in them; what parses must print, and a sample
of it must mean the same when read again. A text of up to 1 KiB that takes longer than 10 ms of
processor time counts as slow, in the best of three tries: the machine may have been busy.
"""

from __future__ import annotations

import random
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from itertools import islice
from typing import Final

import labelsel
from benchmarks.options import documented_parser
from labelsel.errors import SelectorError
from labelsel.selector import Selector

__all__ = ["LANGUAGES", "Language", "Outcome", "fault_of", "fuzz", "mutated_texts"]

MAX_LENGTH: Final = 1024
MAX_SECONDS: Final = 0.010
_SAMPLE: Final = 50
_POOL: Final = 200
_MORE_LINES: Final = 4


@dataclass(frozen=True)
class Language:
    """A parser, texts to start from, and pieces that its grammar is made of."""

    parse: Callable[[str], Selector]
    say: Callable[[Selector], str]
    seeds: tuple[str, ...]
    pieces: tuple[str, ...]


_KEYS: Final = ("app", "in", "notin", "a.b/c", "x", "", "-", "é", "has", "n" * 64)

LANGUAGES: Final = {
    "kubernetes": Language(
        labelsel.parse,
        str,
        (
            "app=web,tier in (frontend,cache),!debug",
            "x>1,y<-2,z==,w!=v",
            "in in (in,,notin),notin notin (in)",
            "app.kubernetes.io/name notin ( a\t, b\n),k",
        ),
        (",", "!", "=", "==", "!=", ">", "<", "(", ")", " in (", " notin (", " ", "\0", *_KEYS),
    ),
    "fields": Language(
        labelsel.parse_fields,
        str,
        ("metadata.name=web,status.phase!=Running", r"a=b\,c\\d\=e,,x==", "a = b,=,!=v"),
        (",", "=", "==", "!=", "\\", "\\,", "\\=", "\\\\", "!", " ", "\n", "\0", *_KEYS),
    ),
    "expression": Language(
        labelsel.parse_expression,
        labelsel.to_expression,
        (
            "a == 'b' && (c != \"d\" || !has(e)) && all()",
            "k in {'a', 'b',} || k not in {} || global()",
            "!!(x contains 'y' && !(x starts with 'z')) || x ends with ''",
        ),
        ("&&", "||", "!", "(", ")", "{", "}", ",", "'", '"', "==", "!=", "has(", "all(", "global(",
         " in ", " not in ", " contains ", " starts with ", " ends with ", " ", "\t", "\0", *_KEYS),
    ),
    "prometheus": Language(
        labelsel.parse_matchers,
        str,
        (
            'up{app="web",env=~"prod|staging",zone!~"eu-.*"}',
            "{a!='',b=`x\\y`,\"c d\"=\"\\u00e9\\n\",} # comment",
            '{__name__=~"a.+b?[c-d]*(e|f)",x=~"(?i)y{2,3}"}',
        ),
        ("{", "}", ",", "=", "!=", "=~", "!~", '"', "'", "`", "\\", "|", ".*", "(", ")", "[", "]",
         "{9}", "+", "#", "\n", " ", "\\x41", "\0", *_KEYS),
    ),
}  # fmt: skip


@dataclass
class Outcome:
    """What came of the texts of one language."""

    texts: int = 0
    parsed: int = 0
    slowest: float = 0.0
    slowest_text: str = ""
    faults: list[str] = field(default_factory=list)

    def add(self, other: Outcome) -> None:
        """Take in what another process found."""
        self.texts += other.texts
        self.parsed += other.parsed
        self.faults += other.faults
        if other.slowest > self.slowest:
            self.slowest, self.slowest_text = other.slowest, other.slowest_text


def mutated_texts(language: Language, seed: int, pool: list[str]) -> Iterator[str]:
    """Yield texts without end, of at most `MAX_LENGTH` bytes, the same for the same seed.

    Each is made from one of the pool, to which the caller may add.
    """
    chance = random.Random(seed)
    while True:
        text = chance.choice(pool)
        for _ in range(chance.choice((1, 1, 1, 2, 3, 8))):
            text = _mutated(text, language, chance)
        while len(text.encode("utf-8", "surrogatepass")) > MAX_LENGTH:
            text = text[: len(text) // 2]
        yield text


def _mutated(text: str, language: Language, chance: random.Random) -> str:
    start, end = sorted((chance.randint(0, len(text)), chance.randint(0, len(text))))
    match chance.randrange(7):
        case 0:
            return text[:start] + text[end:]
        case 1:
            return text[:end] + text[start:]
        case 2:
            return (
                text[:start]
                + chance.choice(language.pieces) * chance.choice((1, 1, 2, 60))
                + text[start:]
            )
        case 3:
            return text[:start] + chance.choice(language.pieces) + text[end:]
        case 4:
            return (
                text[:start]
                + chr(chance.choice((0, 10, 39, 0xD800, 0x10FFFF, chance.randrange(0x300))))
                + text[start:]
            )
        case 5:
            return text[end:] + text[:start]
        case _:
            return text[:start] + chance.choice(language.seeds) + text[start:]


def fuzz(name: str, texts: int, seed: int) -> Outcome:
    """Run so many texts of a language, and return what came of them."""
    language = LANGUAGES[name]
    outcome = Outcome()
    pool = list(language.seeds)
    for text in islice(mutated_texts(language, seed, pool), texts):
        parsed = outcome.parsed
        outcome.texts += 1
        _try(language, text, outcome)
        if outcome.parsed > parsed:  # what parses leads on to more that does
            pool.append(text)
            del pool[len(language.seeds) : -_POOL]
    return outcome


def _try(language: Language, text: str, outcome: Outcome) -> None:
    labelsel.clear_cache()
    seconds, selector, fault = _timed(language, text)
    if seconds > MAX_SECONDS:
        seconds = min(seconds, *(_timed(language, text)[0] for _ in range(2)))
    if seconds > outcome.slowest:
        outcome.slowest, outcome.slowest_text = seconds, text
    if seconds > MAX_SECONDS:
        outcome.faults.append(f"{seconds * 1e3:.1f} ms: {text!r}")
    if fault is not None:
        outcome.faults.append(f"{fault}: {text!r}")
    if selector is not None:
        outcome.parsed += 1
        if outcome.parsed % _SAMPLE == 0:
            _check_again(language, text, selector, outcome)


def _timed(language: Language, text: str) -> tuple[float, Selector | None, str | None]:
    labelsel.clear_cache()
    started = time.process_time()
    try:
        return _since(started, language.parse(text))
    except SelectorError as error:
        seconds = time.process_time() - started
        return seconds, None, fault_of(str(error))
    except Exception as foreign:  # noqa: BLE001  # to find these is what this is for
        return time.process_time() - started, None, f"{type(foreign).__name__}: {foreign}"


def fault_of(message: str) -> str | None:
    """Return what is wrong with an error's message: none, or text of others raw in it."""
    if not message:
        return "an empty message"
    first, *more = message.split("\n")
    # The text and the caret, what was expected, and the hint; all of them are indented.
    whole = message.replace("\n", "").isprintable() and len(more) <= _MORE_LINES
    return None if whole and all(line.startswith("  ") for line in more) else f"raw text: {first!r}"


def _since(started: float, selector: Selector) -> tuple[float, Selector, None]:
    return time.process_time() - started, selector, None


def _check_again(language: Language, text: str, selector: Selector, outcome: Outcome) -> None:
    """What parses must print; and what is printed either reads back the same or not at all."""
    try:
        said = language.say(selector)
    except SelectorError:
        return  # a value with both kinds of quotes has no text
    except Exception as foreign:  # noqa: BLE001  # see _timed
        outcome.faults.append(f"{type(foreign).__name__} when it is said: {text!r}")
        return
    _, again, fault = _timed(language, said)
    if fault is not None:
        outcome.faults.append(f"{fault}: {said!r}")
    # Where it is refused: str() of what Kubernetes cannot say is, on purpose.
    elif again is not None and labelsel.is_equivalent(again, selector).truth is False:
        outcome.faults.append(f"reads back as {again}: {text!r}")


def main() -> int:
    """Fuzz the languages asked for; the exit status is 1 where anything was found."""
    parser = documented_parser("benchmarks.fuzz", __doc__)
    parser.add_argument("--texts", type=int, default=20_000, help="texts for each language")
    parser.add_argument("--language", choices=sorted(LANGUAGES), action="append")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    found = False
    for name in arguments.language or LANGUAGES:
        outcome = _in_parallel(name, arguments.texts, arguments.jobs, arguments.seed)
        print(
            f"{name}: {outcome.texts:,} texts, {outcome.parsed:,} parsed, slowest"
            f" {outcome.slowest * 1e3:.1f} ms, {len(outcome.faults)} faults",
            flush=True,
        )
        for fault in outcome.faults[:20]:
            print(f"  {fault[:300]}", flush=True)
        found = found or bool(outcome.faults)
    return 1 if found else 0


def _in_parallel(name: str, texts: int, jobs: int, seed: int) -> Outcome:
    outcome = Outcome()
    with ProcessPoolExecutor(jobs) as pool:
        shares = [texts // jobs + (job < texts % jobs) for job in range(jobs)]
        seeds = range(seed, seed + jobs)
        for part in pool.map(fuzz, [name] * jobs, shares, seeds):
            outcome.add(part)
    return outcome


if __name__ == "__main__":
    sys.exit(main())
