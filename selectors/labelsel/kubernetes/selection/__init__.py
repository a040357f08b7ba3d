"""The selectors that objects carry, and the objects that such a selector can select.

A Service selects pods, a ServiceMonitor selects Services, a pod selects its nodes. Open
object_selectors.py first: the selector of each kind, and its meaning where it is missing or
empty. selector_targets.py is about what can be selected, affinity.py is about what a
pod requires of its node, taints.py, pod_terms.py and topology_checks.py about what else keeps the
pod off a node, and placement.py about the nodes that are left.
"""
