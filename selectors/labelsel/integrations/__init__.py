"""A selector as a type of other libraries: pydantic, argparse, click, Typer and SQLAlchemy.

One module for each library, which imports it; nothing here is imported before it is used. In all of
them a text that is not a selector is refused with the message of `SelectorError`: the text, with a
caret below the mistake. What reads and writes is a `Language`; selector_text.py is what they share.

docs/guides/plugs.md has an example for each, and recipes for libraries that need no module.
"""
