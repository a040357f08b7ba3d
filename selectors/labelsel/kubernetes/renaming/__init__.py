"""Renames a label in all objects, and in every selector that speaks of it, or nowhere.

Open plan.py first: `rename_label` plans a rename and proves it. label_renaming.py says what it
makes of labels and of a selector, selector_scopes.py what each field of an object selects.
label_edits.py finds the edits in one object, pairs.py compares what every selector selects before
and after, and mentions.py finds text that a rename does not reach.
"""
