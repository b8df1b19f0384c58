"""Says which versions, which engine and which machine a result or a report comes from."""

import platform
import sys
from importlib.metadata import version

from .._network.engines import instruction_set, name_of_engine, why_no_kernel
from .._public import public
from .._version import __version__


@public
def show_versions() -> None:
    """Print the versions of skbackprop and of what it needs, and the engine that trains.

    The engine is the compiled kernel, with the instruction set that it uses here, or NumPy where there is no kernel; then
    the line says why, and what to do. Results are the same up to rounding.

    Examples
    --------
    >>> import skbackprop
    >>> skbackprop.show_versions()  # doctest: +ELLIPSIS
    skbackprop: ...
    """
    engine = name_of_engine()
    if engine == "kernel":
        engine = f"compiled kernel, {instruction_set()}"
    elif why_no_kernel():
        engine = f"{engine}. {why_no_kernel()}"
    print(f"skbackprop: {__version__}")
    print(f"engine: {engine}")
    for name in ("numpy", "scipy", "scikit-learn", "joblib"):
        print(f"{name}: {version(name)}")
    print(f"python: {sys.version.split()[0]}")
    print(f"machine: {platform.platform()}")
