"""Writes files: each is whole, old or new, whenever the process is killed.

Everything that labelsel writes into a user's folder goes through here. replacement.py replaces one
file in one step, and keeps what belongs to the old one. file_set.py replaces several, all or none.
journal.py is the file that says in the meantime what is being written, and recovery.py finishes or
takes back what a killed process left. docs/design.md says why it is so.
"""
