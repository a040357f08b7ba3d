"""Every write fails once: one real fault of the system in each run of a command that writes.

cases.py has the commands, strace.py the faults, and runner.py runs a command with a fault and
judges what is left. ``python -m tests.write_faults`` runs all of it.
"""
