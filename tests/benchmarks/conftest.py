"""Keeps pytest out of this folder: benchmarks are run by hand, and no test depends on a time."""

collect_ignore_glob = ["*"]
