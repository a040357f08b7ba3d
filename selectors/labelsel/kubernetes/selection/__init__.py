"""The selectors that objects carry, and the objects that such a selector can select.

A Service selects pods, a ServiceMonitor selects Services, a pod selects its nodes. Open
object_selectors.py first: the selector of each kind, and its meaning where it is missing or
empty. selector_targets.py is about what can be selected, affinity.py and placement.py about the
nodes that a pod may run on.
"""
