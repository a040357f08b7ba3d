"""From files, standard input, Kubernetes clients and watches to `Resource` objects.

Open manifests.py first: `read_manifests` is the way in for text. input_files.py finds the files,
yaml_reader.py and json_reader.py read them, document_reader.py makes objects of each document,
clients.py and watch_events.py do the same for objects that a client or a watch gives.
"""
