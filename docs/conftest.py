"""Keeps pytest to the pages: Sphinx's settings, what it builds, and the studies that make pages hold no tests."""

collect_ignore = ["conf.py", "defaults_study.py", "solver_study.py"]
collect_ignore_glob = ["_build/*", "auto_examples/*", "generated/*"]
