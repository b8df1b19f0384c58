"""How many threads a training may use: as many as the machine gives, and as those allow who share it out.

What OpenMP is told is obeyed, since that is whom users, scikit-learn, threadpoolctl and joblib's workers tell: the variable
OMP_NUM_THREADS, `threadpoolctl.threadpool_limits`, and the inner limits of joblib's processes. The kernel's threads are its
own, though, since those of OpenMP may hang after a fork. Results never depend on their number.
"""

import os
from functools import lru_cache

import joblib
from threadpoolctl import ThreadpoolController


def n_threads():
    """The number of threads that a call may use, that of the caller included.

    Returns
    -------
    n_threads : int
        1 or more: the least of the processors that the process may run on, the limit of the OpenMP runtime that
        scikit-learn has loaded, and where it is set, OMP_NUM_THREADS, which may be more than the processors.
    """
    told = _openmp_limit()
    if os.environ.get("OMP_NUM_THREADS", "").strip():
        return told or _first_of_environment() or 1
    return min(told or _MANY, _n_processors())


_MANY = 2**31


def _openmp_limit():
    """What the OpenMP runtimes of this process allow the calling thread; None where there is none."""
    limits = [runtime.num_threads for runtime in _openmp_runtimes(os.getpid())]
    return min(limits, default=None)


@lru_cache(maxsize=1)
def _openmp_runtimes(_process):
    """Those that were loaded when it was first asked for; finding them takes longer than many a training."""
    return ThreadpoolController().select(user_api="openmp").lib_controllers


def _first_of_environment():
    """OMP_NUM_THREADS, of which nested levels stand behind a comma."""
    first = os.environ["OMP_NUM_THREADS"].split(",")[0].strip()
    return int(first) if first.isdecimal() else None


def _n_processors():
    """Those that the process may run on just now, and no more than its container is given."""
    there = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return min(there, _quota(os.getpid(), there))


@lru_cache(maxsize=8)
def _quota(_process, _n_there):
    """What the container gives. joblib counts the processors that the process may run on too, which may change."""
    return joblib.cpu_count()
