"""Fitted networks carried elsewhere, and brought here; each bridge imports its package when it is called."""

from importlib import import_module

_MODULES = {
    "from_sklearn": ".sklearn_mlp",
    "register_skl2onnx": ".skl2onnx_converter",
    "to_onnx": ".onnx_model",
}

__all__ = [
    "from_sklearn",
    "register_skl2onnx",
    "to_onnx",
]


def __getattr__(name):
    if name in _MODULES:
        return getattr(import_module(_MODULES[name], __name__), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__():
    return sorted({*globals(), *__all__})
