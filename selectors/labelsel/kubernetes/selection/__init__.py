"""The selectors that objects carry, and the objects that such a selector can select.

A Service selects pods, a NetworkPolicy pods and namespaces, a pod its nodes. Open
object_selectors.py first: which selector stands where in an object. selector_targets.py says
what can be selected, affinity.py and placement.py which nodes a pod may run on.
"""
