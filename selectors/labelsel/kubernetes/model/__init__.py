"""The model of Kubernetes objects: kinds, names, labels, and where each object was read.

All other wings of `labelsel.kubernetes` import this one; it imports none of them.

Open resource.py first: a `Resource` is one object. kinds.py has the plurals, short names and scopes
of kinds, object_key.py the key of an object, paths.py reads the part of an object at a path,
document.py is one document of a file, serializer.py writes objects as text.
"""
