"""Keeps pytest to the pages: Sphinx's settings and what it builds hold no tests."""

collect_ignore = ["conf.py"]
collect_ignore_glob = ["_build/*", "generated/*"]
