"""Keeps pytest to the pages: Sphinx's settings, what it builds, and the study that makes a page hold no tests."""

collect_ignore = ["conf.py", "defaults_study.py"]
collect_ignore_glob = ["_build/*", "generated/*"]
