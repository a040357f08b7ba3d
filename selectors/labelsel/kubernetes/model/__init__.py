"""What an object of Kubernetes is: its kind, its name, its labels, and where it was read.

Every other wing of `labelsel.kubernetes` builds on this one, and it imports none of them.
Open resource.py first: a `Resource` is one object. Then kinds.py (plurals, short names, scope)
and object_key.py (what makes two objects the same object).
"""
