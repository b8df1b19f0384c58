"""What an export says where its package is missing, and that no import of ours brings one."""

import sys

import pytest

from skbackprop import export
from skbackprop.export import register_skl2onnx, to_onnx


def test_a_missing_onnx_is_named_with_the_extra_that_brings_it(task, monkeypatch):
    monkeypatch.setitem(sys.modules, "onnx", None)
    with pytest.raises(ImportError, match=r"needs the package onnx: pip install skbackprop\[onnx\]"):
        to_onnx(task.trained())


def test_a_missing_skl2onnx_is_named_with_the_extra_that_brings_it(monkeypatch):
    monkeypatch.setitem(sys.modules, "skl2onnx", None)
    with pytest.raises(ImportError, match=r"needs the package skl2onnx: pip install skbackprop\[onnx\]"):
        register_skl2onnx()


def test_the_names_are_there_before_they_are_imported():
    assert set(export.__all__) <= set(dir(export))
    with pytest.raises(AttributeError, match="has no attribute 'to_pmml'"):
        _ = export.to_pmml


@pytest.mark.slow
def test_importing_the_exports_imports_none_of_their_packages(run_python):
    names = ", ".join(export.__all__)
    code = (
        f"import sys; from skbackprop.export import {names}; print(sorted(set(sys.modules) & {{'onnx', 'skl2onnx'}}))"
    )
    assert run_python("-c", code).stdout.split() == ["[]"]
