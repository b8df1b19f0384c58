"""The machine: its name, the versions on it, one core of it, and how fast that multiplies matrices."""

import os
import platform
from contextlib import contextmanager
from datetime import date
from importlib.metadata import PackageNotFoundError, version

PACKAGES = (
    "skbackprop",
    "numpy",
    "scipy",
    "scikit-learn",
    "joblib",
    "torch",
    "jax",
    "numba",
    "opencv-python-headless",
    "mlxtend",
)
_ALL_CORES = os.sched_getaffinity(0)


def use_one_thread():
    """Tell all libraries, before they are imported, to use one thread."""
    for library in ("OPENBLAS", "OMP", "MKL", "NUMBA"):
        os.environ[f"{library}_NUM_THREADS"] = "1"
    os.environ["XLA_FLAGS"] = "--xla_cpu_multi_thread_eigen=false"


def pin():
    """Stay on one core, the last one, from now on; so do threads that are started later."""
    os.sched_setaffinity(0, {max(_ALL_CORES)})


@contextmanager
def all_cores():
    """Use all cores for a while; gives their number."""
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, _ALL_CORES)
    try:
        yield len(_ALL_CORES)
    finally:
        os.sched_setaffinity(0, before)


def describe():
    """Lines on the processor, the system, the versions of all packages that take part, and the day."""
    versions = [f"{name} {found}" for name in PACKAGES if (found := _version(name))]
    system = f"{platform.system()} {platform.machine()}, Python {platform.python_version()}"
    return [
        f"{_processor()}, {len(_ALL_CORES)} cores; {system}",
        ", ".join(versions),
        f"{date.today():%d %B %Y}".lstrip("0"),
    ]


def _version(name):
    try:
        return version(name)
    except PackageNotFoundError:
        return None


def _processor():
    try:
        with open("/proc/cpuinfo") as lines:
            return next(line.split(":")[1].strip() for line in lines if line.startswith("model name"))
    except (OSError, StopIteration):
        return platform.processor() or "unknown processor"


def matrix_product(dtype, options):
    """A function that measures the seconds of one floating-point operation in a large matrix product."""
    import numpy as np
    from timing import seconds

    size = 1024
    a, b = np.random.RandomState(0).uniform(size=(2, size, size)).astype(dtype)
    out = np.empty_like(a)

    def multiply(n_times):
        for _ in range(n_times):
            np.matmul(a, b, out=out)

    def measure():
        multiply(1)  # which wakes threads and cores
        return seconds(options.clock, multiply, n_times) / (n_times * 2 * size**3)

    multiply(1)
    n_times = 1 + int(options.seconds_per_turn / seconds(options.clock, multiply, 1))
    return measure
