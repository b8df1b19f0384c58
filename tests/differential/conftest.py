"""Keeps pytest out of this folder: tests/network/test_differential.py takes its cases, and .ci/differential many more."""

collect_ignore_glob = ["*"]
