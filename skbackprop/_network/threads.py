"""How many threads a training may use: as many as the machine gives, and as those allow who share it out.

What OpenMP is told is obeyed, since that is whom users, scikit-learn, threadpoolctl and joblib's workers tell: the variable
OMP_NUM_THREADS, `threadpoolctl.threadpool_limits`, and the inner limits of joblib's processes. The kernel's threads are its
own, though, since those of OpenMP may hang after a fork. Results never depend on their number.

The sums of a BLAS do depend on the number of its threads, and a process that is split while they work may hang; where SciPy
uses it in a training, it gets one.
"""

import os
import threading
from contextlib import contextmanager
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
    limits = [runtime.num_threads for runtime in _libraries(os.getpid(), "openmp").lib_controllers]
    return min(limits, default=None)


@lru_cache(maxsize=2)
def _libraries(_process, user_api):
    """Those that were loaded when they were first asked for; finding them takes longer than many a training."""
    return ThreadpoolController().select(user_api=user_api)


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


class _BlasLimit:
    """One thread for the BLAS of this process, as long as any of the threads of Python is within.

    threadpoolctl alone does not do: whoever asks while another is within would go on with all threads when that one leaves,
    and leave one behind; or, from threadpoolctl 3.8 on, which hears but one thread at a time, get none.

    A process is not split while the number changes, as the BLAS holds a lock meanwhile, with which the new one would wait
    for ever.
    """

    def __init__(self):
        self.lock = threading.RLock()  # whoever is interrupted within may split the process
        self._within = []  # the numbers of threads, each as often as it has asked
        self._before = None  # pairs of a library and how many threads it had

    def begin(self):
        with self.lock:
            self._within.append(threading.get_ident())
            if self._before is None:
                self._before = [(library, library.num_threads) for library in _blas(is_of_each_thread=False)]
            for library, _ in self._before:
                _set_threads(library, 1)

    def end(self):
        with self.lock:
            if threading.get_ident() in self._within:  # or Ctrl-C came before
                self._within.remove(threading.get_ident())
            self._restore()

    def _restore(self):
        if not self._within and self._before is not None:
            for library, n_before in self._before:
                _set_threads(library, n_before)
            self._before = None

    def after_fork(self):
        """Only the thread that has split the process is there."""
        try:
            self._within = [number for number in self._within if number == threading.get_ident()]
            self._restore()
        finally:
            self.lock.release()


def _blas(is_of_each_thread):
    """The libraries whose limit each thread of Python has for itself, as OpenMP has it, or those whose limit all share."""
    libraries = _libraries(os.getpid(), "blas").lib_controllers
    return [each for each in libraries if (getattr(each, "threading_layer", None) == "openmp") == is_of_each_thread]


def _set_threads(library, n_threads):
    """Give a library that all share so many threads, whichever thread has done so before."""
    clear = getattr(library, "clear_controlling_thread", lambda force: None)
    clear(force=True)
    library.set_num_threads(n_threads)
    clear(force=True)


_blas_limit = _BlasLimit()
if hasattr(os, "register_at_fork"):
    os.register_at_fork(
        before=_blas_limit.lock.acquire,
        after_in_parent=_blas_limit.lock.release,
        after_in_child=_blas_limit.after_fork,
    )


@contextmanager
def one_blas_thread():
    """A context in which the BLAS of this process has one thread; it holds for other threads that use it meanwhile too."""
    own = [(library, library.num_threads) for library in _blas(is_of_each_thread=True)]
    try:
        for library, _ in own:
            library.set_num_threads(1)
        _blas_limit.begin()
        yield
    finally:
        _blas_limit.end()
        for library, n_before in own:
            library.set_num_threads(n_before)
