"""Cases that every matcher of Kubernetes label selectors must answer as Kubernetes does.

For any matcher, in any project and any language: run it on the cases, and read which rules it
breaks, and whether it fails open. The outcomes are those of Kubernetes' own Go code.

``pytest --pyargs labelsel.conformance --matcher module:name``
    tests a function ``name(selector, labels) -> bool`` that raises for a text it refuses.
``python -m labelsel.conformance --matcher module:name``
    does the same without pytest.
``python -m labelsel.conformance > cases.jsonl``
    writes the cases, for matchers in other languages;
    ``--check answers.jsonl`` judges their answers.

With ``--objects`` the selectors are LabelSelector objects (``matchLabels``, ``matchExpressions``)
instead of texts. docs/guides/testing.md has examples and the format of the files.
"""
