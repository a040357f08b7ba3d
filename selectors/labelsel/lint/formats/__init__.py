"""The forms in which findings are written for other programs, one module each.

github.py writes the commands of GitHub workflows, sarif.py the JSON that code-scanning services
read. The plain text is written by the command.
"""
