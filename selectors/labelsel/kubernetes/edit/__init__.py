"""Changes to labels, annotations and objects in YAML and JSON files, with all else kept.

Open apply.py first: `apply_edits` makes the new text of a file from edits of objects. edit.py is
one such edit; the layouts and text_edits.py say where in the text it goes; verify.py reads the
new text again and compares; atomic_write.py replaces the files, all or none.
"""
