"""Reads `Resource` objects from files, standard input, Kubernetes clients and watches.

Open manifests.py first: `read_manifests` reads text. input_files.py finds the files,
yaml_reader.py and json_reader.py read their documents, document_reader.py chooses between them.
yaml_events.py is the one walk over YAML; line_locator.py uses it to find the line of a path.
clients.py and watch_events.py read the objects of a client or a watch.
"""
