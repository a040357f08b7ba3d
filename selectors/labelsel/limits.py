"""Every limit of labelsel: beyond these numbers an input is refused, or an answer is less exact.

An input may come from anybody. So each kind of input has a limit, whoever reads it, and the limit
has one name and one number, here. docs/limits.md is the table of this page.
tests/test_limit_table.py compares the two, and the words of each error with the error itself.

1. Each docstring has three parts: what is limited, "Beyond:" with what happens, and "Why:" with
   the reason for the number. Double quotes after "Beyond:" hold a part of the error's text.
2. A limit is the most that is accepted: one more is refused.
3. Numbers that decide only between two ways to the same answer are not here. They are constants
   of the module that has both ways. Nor are numbers that say how much of a value a message shows.
"""

from __future__ import annotations

from typing import Final

__all__ = [
    "MAX_ALIASED_NODES",
    "MAX_ANNOTATIONS_BYTES",
    "MAX_ARROW_CONDITIONS",
    "MAX_CACHED_PLANS",
    "MAX_CACHED_PLAN_PARTS",
    "MAX_CACHED_REGEXES",
    "MAX_CACHED_TEXTS",
    "MAX_CACHED_TEXT_LENGTH",
    "MAX_COMPARED_NAMES",
    "MAX_COMPARED_TERMS",
    "MAX_CONFIGURATION_BYTES",
    "MAX_CONFIGURATION_KEY_PARTS",
    "MAX_DOCUMENT_DEPTH",
    "MAX_EXPRESSION_KEY_BYTES",
    "MAX_FIELD_PARTS",
    "MAX_GRAPH_PAIRS",
    "MAX_INDEX_KEY_DEPTH",
    "MAX_INPUT_BYTES",
    "MAX_INT64",
    "MAX_INTEGER_LENGTH",
    "MAX_JOURNAL_BYTES",
    "MAX_LINKS",
    "MAX_LINK_BYTES",
    "MAX_LISTED_BYTES",
    "MAX_LISTED_PAIRS",
    "MAX_MESSAGE_BYTES",
    "MAX_NAME_BYTES",
    "MAX_NODE_SELECTOR_TERMS",
    "MAX_PARENTHESES",
    "MAX_PICTURE_ARROWS",
    "MAX_PICTURE_BOXES",
    "MAX_PREFIX_BYTES",
    "MAX_PRINTED_PAIRS",
    "MAX_QUOTED_WORDS",
    "MAX_REACH_PAIRS",
    "MAX_REGEX_BYTES",
    "MAX_REGEX_LENGTH",
    "MAX_SEARCHED_BYTES",
    "MAX_SELECTOR_DEPTH",
    "MAX_STEPS",
    "MAX_TEMPLATE_DEPTH",
    "MAX_TEMPLATE_VALUES",
    "MAX_TESTED_VALUES",
    "MAX_TEXT_BYTES",
    "MAX_UINT64",
    "MAX_VALUES",
    "MIN_INT64",
]

# The text of a selector

MAX_TEXT_BYTES: Final = 2**20
"""Bytes of UTF-8 in the text of a selector, in each language, and in a template.

Beyond: SelectorSyntaxError "the text has 1048577 bytes, at most 1048576 are read".

Why: The largest request that etcd and the API server accept has 1.5 MB, and a selector is a part
of one.
"""

MAX_PARENTHESES: Final = 200
"""Parentheses inside each other in an expression of Calico.

Beyond: SelectorSyntaxError "parentheses may nest at most 200 deep".

Why: Calico has no limit, and a text of a million parentheses ends its process.
"""

MAX_EXPRESSION_KEY_BYTES: Final = 512
"""Bytes of a key in an expression of Calico.

Beyond: SelectorSyntaxError "a key may be at most 512 bytes, this one has 513".

Why: Calico's own limit.
"""

MAX_REGEX_LENGTH: Final = 2**16
"""Characters of a regular expression of Prometheus.

Beyond: SelectorSyntaxError "it has more than 65,536 characters".

Why: RE2 takes quadratic time for nested groups before it checks its memory: 6 s for 200,000
characters of ``(?:``, 1 s for 65,536 (``python -m benchmarks.hostile``).
"""

MAX_REGEX_BYTES: Final = 2**19
"""Bytes of memory of a compiled regular expression.

Beyond: SelectorSyntaxError "pattern too large".

Why: RE2 stops at this limit while it compiles, so it bounds the time, too.
"""

# A selector

MAX_SELECTOR_DEPTH: Final = 100
"""Levels of And, Or and Not inside each other, however a selector is made.

Beyond: SelectorLimitError "And, Or and Not may nest at most 100 deep in a selector".

Why: Every walk over a selector recurses, at most 3 Python calls a level. 100 levels stay far below
Python's limit of 1,000 calls.
"""

MAX_NODE_SELECTOR_TERMS: Final = 1_000
"""Terms of a NodeSelector object that `labelsel.to_node_selector` writes.

Beyond: TranslationError "it would take more than 1000 terms".

Why: Ors within Ands multiply: 40 Ors of two terms would be a million million terms.
"""

MAX_VALUES: Final = 10_000
"""Distinct values that a requirement becomes for an engine that lacks its operator.

Beyond: TranslationError "more than the limit of 10,000".

Why: They are about 150 kB of SQL, which every engine still parses in some 10 ms. A caller may set
another number.
"""

MAX_ARROW_CONDITIONS: Final = 1_000
"""Terms of an And or an Or in an expression of PyArrow.

Beyond: TranslationError "PyArrow's stack does not hold many".

Why: PyArrow makes a chain of them, whatever their tree is, and walks it by recursion: 10,000 terms
end the process with a stack of 8 MB, 5,000 do not.
"""

# A question about selectors

MAX_STEPS: Final = 1_000_000
"""Steps of one question, such as `labelsel.implies`, or of one pass of `labelsel.simplify`.

Beyond: the answer is "unknown", and a selector stays as long as it was.

Why: A question can take time exponential in the length of the selector. A step takes some 1.3 µs
(``python -m benchmarks.constants per-branch``), so a question takes a second or two at most.

One step is: one term that is added to a search, one key for which a value is looked up, or one
test of one more character.
"""

MAX_COMPARED_TERMS: Final = 32
"""Terms of an And or an Or that `labelsel.simplify` compares with each other.

Beyond: all the terms are kept.

Why: Comparing is quadratic: an Or of 32 conjunctions takes 25 ms, of 64 it would take 125 ms
(``python -m benchmarks.constants compared``). Selectors of more terms are mostly generated.
"""

MAX_COMPARED_NAMES: Final = 100_000
"""Comparisons of a word with a name, to find the nearest names for one message, or for one answer
of `labelsel.why`.

Beyond: no name is suggested, and a reason names only labels with the key of the requirement.

Why: Each of n words is compared with each of n names. So many comparisons take 0.3 to 2 s. Words
of more than 16 characters count as several, since `difflib` takes quadratic time.
"""

MAX_TESTED_VALUES: Final = 10_000
"""Tests of listed values while an index plans one query.

Beyond: each requirement is a step of the plan; the answer is the same.

Why: A text of n characters can list n / 4 values of a key beside n / 4 tests of the key: 64 KB of
them would be 268 million tests. A plan of 1,000 values beside 1,000 tests takes 250 ms where each
value is tested, and 26 ms with this limit (``python -m benchmarks.constants tests``).
"""

# Labels, annotations and numbers

MAX_NAME_BYTES: Final = 63
"""Bytes of the name in a label key (after the ``/``), and of a label value.

Beyond: a problem "may be at most 63 bytes, this one has 64".

Why: The API server's own limit.
"""

MAX_PREFIX_BYTES: Final = 253
"""Bytes of the prefix of a label key (before the ``/``).

Beyond: a problem "may be at most 253 bytes, this one has 254".

Why: The API server's own limit.
"""

MAX_ANNOTATIONS_BYTES: Final = 262_144
"""Bytes that the keys and values of one object's annotations take together.

Beyond: a problem "annotations may take at most 262144 bytes in total, these take 262145".

Why: The API server's own limit.
"""

MIN_INT64: Final = -(2**63)
"""The least whole number of a label value, a manifest and a template.

Beyond: a label value is no number, and a number of a manifest or a template is a decimal number.

Why: Kubernetes is written in Go, and reads them as int64.
"""

MAX_INT64: Final = 2**63 - 1
"""The greatest whole number of a label value and a template, and of a manifest with a sign.

Beyond: a label value is no number, and a number of a manifest or a template is a decimal number.

Why: Kubernetes is written in Go, and reads them as int64.
"""

MAX_UINT64: Final = 2**64 - 1
"""The greatest whole number of a manifest without a sign.

Beyond: the number is a decimal number.

Why: go-yaml reads a word without a sign as uint64.
"""

MAX_INTEGER_LENGTH: Final = 67
"""Characters of a whole number in YAML.

Beyond: the word is read as a decimal number or a text.

Why: The length of a uint64 in binary: 64 digits, a sign and the prefix 0b. Python's ``int()``
takes quadratic time, and refuses 4,301 digits.
"""

# Manifests

MAX_INPUT_BYTES: Final = 2**30
"""Bytes of one input: a file, a pipe, standard input, what a program prints for ``-k`` or
``--helm``, or the manifests at a path in a revision of git; and of a file that is written in a set.

Beyond: ManifestError "more than 1,073,741,824 bytes".

Why: A pipe may never end, and a file with holes may be larger than the memory. The objects in so
much text take several times as much memory. A device that is no terminal is not read at all.
"""

MAX_JOURNAL_BYTES: Final = 2**26
"""Bytes of the journal of a set of files that is being written.

Beyond: ManifestError "not a journal: more than 67,108,864 bytes"; such a set is not written.

Why: A journal may come from anybody. So many bytes name some 300,000 files.
"""

MAX_DOCUMENT_DEPTH: Final = 200
"""Levels of maps and lists inside each other in a document, and in an object of a client.

Beyond: ManifestError "maps and lists are nested more than 200 levels deep".

Why: Real manifests (the schemas of custom resources) reach 60. Python ends a recursion at 1,000
calls, and a level of YAML takes three calls.
"""

MAX_ALIASED_NODES: Final = 1_000_000
"""Nodes that the aliases of one document of YAML stand for.

Beyond: ManifestError "the aliases of the document stand for more than 1,000,000 nodes".

Why: A few lines of aliases can stand for gigabytes. go-yaml begins to refuse documents at 400,000
(goyaml.v2/decode.go, alias_ratio_range_low). json.dumps takes 0.7 s for a million nodes.
"""

MAX_FIELD_PARTS: Final = 200
"""Parts of the path of a field, as in a field selector.

Beyond: no object has such a field.

Why: Any two neighbours may be one key with a dot in it, so a path of n parts has n * n / 2 keys to
look up. The readers refuse objects that are nested deeper.
"""

MAX_MESSAGE_BYTES: Final = 2**20
"""Bytes of the messages of a program that is run: kustomize, Helm or git.

Beyond: ManifestError "more than 1,048,576 bytes of messages", and the program is ended.

Why: A program may write without an end. Nobody reads so many messages.
"""

MAX_LISTED_BYTES: Final = 2**27
"""Bytes of the list of all files of a revision of git.

Beyond: RevisionError "more than 134,217,728 bytes".

Why: A repository of a few kilobytes can have folders inside each other that stand for thousands
of millions of files. So many bytes name about a million files.
"""

MAX_LINK_BYTES: Final = 4_096
"""Bytes of the path in a symbolic link in a revision of git.

Beyond: RevisionError "more than 4,096 bytes".

Why: As in Linux. All links of a revision are read, since one may lead to a manifest over another.
"""

MAX_LINKS: Final = 40
"""Symbolic links in a revision of git that are followed one after the other.

Beyond: the link leads nowhere.

Why: As in Linux.
"""

# The commands

MAX_CONFIGURATION_BYTES: Final = 2**20
"""Bytes of a configuration of lint: labelsel.toml, or pyproject.toml.

Beyond: ConfigurationError "more than 1,048,576 bytes".

Why: Nobody writes so much configuration by hand.
"""

MAX_CONFIGURATION_KEY_PARTS: Final = 100
"""Parts of a key with dots (``tool.labelsel.lint``) in a configuration of lint.

Beyond: ConfigurationError "a key has more than 100 parts".

Why: Python's reader of TOML takes time and memory quadratic in the parts: 0.2 s and 100 MB for
5,000 of them, which are 10 kB.
"""

MAX_SEARCHED_BYTES: Final = 2**20
"""Bytes of a file that is no manifest and that ``rename`` and a fix of lint search for a word.

Beyond: the file is left out.

Why: Nobody writes so much text by hand, and a folder may hold images and archives.
"""

MAX_TEMPLATE_DEPTH: Final = 200
"""Names in a row in a template of ``-o jsonpath``, and ranges inside each other.

Beyond: PathTemplateError "at most 200".

Why: No document is nested deeper (`MAX_DOCUMENT_DEPTH`), and each takes Python calls.
"""

MAX_TEMPLATE_VALUES: Final = 1_000_000
"""Values that one step of a template of ``-o jsonpath`` leads to.

Beyond: PathValueError "more than 1,000,000 values".

Why: Two steps with ``..`` lead to some values many times: n levels of a map have n * n / 2 of
them.
"""

MAX_QUOTED_WORDS: Final = 16
"""Words of a command line that are tried as a selector whose quotes were forgotten.

Beyond: the message offers no quotes.

Why: Each run of the words is parsed: of 16 words at most 136 runs, but of 400 words 80,000, which
took 15 s.
"""

MAX_LISTED_PAIRS: Final = 10_000
"""Pairs that one list of `labelsel diff` has, in a table or in data.

Beyond: the list ends, and says how many more there are; all are counted.

Why: n selectors that start to select n objects are n * n pairs: an input of 200 kB has a million of
them. Nobody reads so many. `diff_relations` has all, and keeps them by their selectors.
"""

MAX_PRINTED_PAIRS: Final = 100_000
"""Pairs of a selector and an object: in the data of `labelsel graph`, and in several answers of
`selects`, `who-selects` and `nodes-for`.

Beyond: Failure "more than 100,000 pairs of a selector and an object".

Why: 1,000 workloads that select each other's pods are a million pairs, and so are the answers for
1,000 pods of one name that 1,000 Services select. With -n and -f the commands print a part. One
answer has no limit: it is as long as the input.
"""

MAX_GRAPH_PAIRS: Final = 10_000_000
"""Pairs of a distinct selector and an object that it selects, of all objects of one graph.

Beyond: SelectorLimitError "more than 10,000,000 pairs of a selector and an object".

Why: n different selectors that all select n objects are n * n pairs, each some 25 bytes and 0.3 µs,
before a picture shows a few of them: 10,000 Services and 10,000 pods would take 2.5 GB.
"""

MAX_REACH_PAIRS: Final = 100
"""Pairs of pods that ``reach`` answers where several objects have a name.

Beyond: Failure "of objects have these names, and at most 100 are answered".

Why: n files with both names have n * n pairs, and a question is seldom about two of the files. The
100 pairs of 10 files take some 0.2 s of processor time beside the start of the command, and the
1,600 pairs of 40 files would take 16 times as long.
"""

MAX_PICTURE_BOXES: Final = 1_500
"""Boxes of a picture of ``labelsel graph``.

Beyond: ValueError "are more than a picture can show: 1,500 and 7,500".

Why: Graphviz would need minutes, and the picture would be of use to nobody.
"""

MAX_PICTURE_ARROWS: Final = 7_500
"""Arrows of a picture of ``labelsel graph``.

Beyond: ValueError "are more than a picture can show: 1,500 and 7,500".

Why: Graphviz would need minutes, and the picture would be of use to nobody.
"""

# Index files, and what is kept in memory

MAX_INDEX_KEY_DEPTH: Final = 32
"""Levels of tuples inside each other in a key of an index that is saved or loaded.

Beyond: TypeError "a tuple of those nested up to 32 deep".

Why: Far below Python's limit of 1,000 calls.
"""

MAX_CACHED_TEXTS: Final = 1_024
"""Texts whose selectors are kept, of all languages together.

Beyond: the least recently used text is forgotten.

Why: With `MAX_CACHED_TEXT_LENGTH` they take some 10 MB at most.
"""

MAX_CACHED_TEXT_LENGTH: Final = 4_096
"""Characters of a text whose selector is kept.

Beyond: the text is parsed each time.

Why: See `MAX_CACHED_TEXTS`.
"""

MAX_CACHED_REGEXES: Final = 256
"""Compiled regular expressions that are kept.

Beyond: the least recently used expression is forgotten.

Why: They take 128 MB at most.
"""

MAX_CACHED_PLANS: Final = 256
"""Plans of queries that an index keeps.

Beyond: the least recently used plan is forgotten.

Why: To find the least recently used one is O(plans): in a full cache a new text takes 33 µs, with
16 plans 23 and with 1,024 plans 63 (``python -m benchmarks.constants plans``).
"""

MAX_CACHED_PLAN_PARTS: Final = 2**16
"""Parts of all plans that an index keeps: a requirement, a listed value, or 64 characters of a
text.

Beyond: the least recently used plans are forgotten; a plan of more parts is not kept.

Why: On average 256 for each of 256 plans. A requirement takes 427 bytes and a listed value 119: 28
MB at most (``python -m benchmarks.constants plan-size``). Without this limit 256 selectors that
each list 100,000 values would keep as much memory as a million label sets.
"""
