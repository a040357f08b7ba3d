"""Edits labels, annotations and objects in YAML and JSON files, and keeps all other text.

Open apply.py first: `apply_edits` makes the new texts of files. edit.py is the edit of one
object. documents.py turns the edits of a document into text edits, with yaml_layout.py and
json_layout.py, which find the offsets; verify.py reads the new text again and compares.
labelsel/atomic_write/ replaces the files, all or none.
"""
