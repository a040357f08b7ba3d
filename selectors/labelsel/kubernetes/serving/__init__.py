"""What an API server does with the selectors of a list or watch request: for fake servers.

Open list_filter.py first: `list_filter` reads the two parameters and answers for objects and for
changes of objects. request_kind.py reads the objects of the kind that a request is for, and
custom_kind.py the fields that a CustomResourceDefinition makes selectable.
"""
