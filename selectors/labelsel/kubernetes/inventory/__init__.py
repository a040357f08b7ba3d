"""Objects held together and queried: by kind, name, namespace, label and field, and in groups.

Open object_query.py first: it defines which objects are meant. find.py answers one query by a
scan, without an index; inventory.py keeps objects in the indexes of object_table.py and follows
a watch. names.py reads names as a command line has them (``pod/web``), and labelling.py changes
labels and annotations by kubectl's rules.
"""
