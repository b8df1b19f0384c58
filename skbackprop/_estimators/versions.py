"""Says which versions, which engine and which machine a result or a report comes from."""

import platform
import sys
from importlib.metadata import version

from .._network.engines import has_threads, instruction_set, name_of_engine, why_no_kernel
from .._network.threads import n_threads
from .._public import public
from .._version import __version__


@public
def show_versions() -> None:
    """Print the versions of skbackprop and of what it needs, and the engine that trains.

    The engine is the compiled kernel, with the instruction set and the number of threads that it uses here, or NumPy where
    there is no kernel; then the line says why, and what to do. Results are the same up to rounding.

    Examples
    --------
    >>> import skbackprop
    >>> skbackprop.show_versions()  # doctest: +ELLIPSIS
    skbackprop: ...
    """
    engine = name_of_engine()
    if engine == "kernel":
        engine = f"compiled kernel, {instruction_set()}, {_words_of_threads()}"
    elif why_no_kernel():
        engine = f"{engine}. {why_no_kernel()}"
    print(f"skbackprop: {__version__}")
    print(f"engine: {engine}")
    for name in ("numpy", "scipy", "scikit-learn", "joblib"):
        print(f"{name}: {version(name)}")
    print(f"python: {sys.version.split()[0]}")
    print(f"machine: {platform.platform()}")


def _words_of_threads():
    if not has_threads():
        return "1 thread (built without more)"
    return "1 thread" if n_threads() == 1 else f"up to {n_threads()} threads"
