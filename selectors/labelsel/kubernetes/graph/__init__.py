"""The graph of what selects what, and the pictures of it: SVG, HTML, Graphviz's dot, Mermaid.

Open selector_graph.py first: `SelectorGraph` is the data. picture.py makes boxes and arrows of
it, and each other module writes those in one format.
"""
