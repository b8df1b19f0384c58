"""Fitted networks carried elsewhere, and brought here; each bridge imports its package when it is called."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .c_header import to_c

_MODULES = {
    "from_sklearn": ".sklearn_mlp",
    "register_skl2onnx": ".skl2onnx_converter",
    "to_c": ".c_header",
    "to_onnx": ".onnx_model",
}

__all__ = [
    "from_sklearn",
    "register_skl2onnx",
    "to_c",
    "to_onnx",
]


def __getattr__(name: str) -> Any:
    if name in _MODULES:
        return getattr(import_module(_MODULES[name], __name__), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*__all__, *(name for name in globals() if name.startswith("__"))})
