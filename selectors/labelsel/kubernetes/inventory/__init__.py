"""Objects held together and asked for: by name, namespace, label, field, and by group.

Open inventory.py first: an `Inventory` keeps objects in indexes and follows a watch.
names.py reads what a command line calls objects (`pod/web`), find.py answers one question over
objects without an index, labelling.py changes labels and annotations by kubectl's rules.
"""
