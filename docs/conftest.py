"""Keeps pytest to the pages: Sphinx's settings, what it builds, and what makes pages or parts of them hold no tests."""

collect_ignore = ["conf.py", "rooms.py", "solver_study.py", "study", "_ext", "film.py"]
collect_ignore_glob = ["_build/*", "how/*.py", "auto_examples/*", "generated/*"]
