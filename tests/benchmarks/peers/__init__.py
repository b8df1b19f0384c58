"""The candidates: every file here is one, with the same interface.

``TITLE`` is its name in the tables and ``NOTE`` what it does differently. ``CALLS_PER_BATCH`` is true where the cost of an
instance lies in a call and not in memory, so that fewer instances measure it as well. ``supports(batch_size)`` says
whether it has such updates, and ``prepare(workload, dtype, batch_size)`` returns an object with ``train(n_epochs)`` and
``accuracy()``. Each epoch presents all instances in a new random order.
"""

from importlib import import_module

OURS = "skbackprop"
MLP = "sklearn"
_OTHERS = ("numpy_best", "pytorch", "jax_scan", "numba_loops", "numba_blas", "fann", "opencv")


def load():
    """Import every peer that is installed.

    Returns
    -------
    peers : dict of str to module
        Ours first.
    missing : list of str
        A line for each that is not there.
    """
    peers, missing = {}, []
    for name in (OURS, MLP, *_OTHERS):
        try:
            peers[name] = import_module(f"peers.{name}")
        except (ImportError, OSError) as error:
            missing.append(f"{name} skipped: {error}")
    return peers, missing
