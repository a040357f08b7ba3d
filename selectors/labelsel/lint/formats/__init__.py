"""The formats in which findings are written for other programs, one module each.

github.py writes workflow commands of GitHub Actions. sarif.py writes the JSON that code scanning
services read. The plain text for people is in labelsel.cli.lint.
"""
