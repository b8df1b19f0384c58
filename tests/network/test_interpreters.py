"""Interpreters side by side, and one without the GIL: the kernel keeps nothing outside of its module."""

import importlib.util
import subprocess
import sys
import sysconfig
import textwrap

import pytest

_kernel = pytest.importorskip(
    "skbackprop._network._kernel", reason="installed without the compiled kernel", exc_type=ImportError
)

# One instance, weights of zero: the outputs are 1/2, so the loss of target 1 is 1/8.
EPOCH = """\
import importlib.util
from array import array

spec = importlib.util.spec_from_file_location("skbackprop._network._kernel", {file!r})
kernel = importlib.util.module_from_spec(spec)
spec.loader.exec_module(kernel)
context = kernel.Context((2, 1), "float64", "logistic", "logistic_squared", (1,))
context.load(array("d", [0.0] * 3))
context.bind(array("d", [1.0, 2.0]), None, None, array("d", [1.0]), None, None)
loss, error, largest = context.epoch(None, 1, 0.5, 0.0, False, 0.0)
assert (loss, error) == (0.125, 1.0), (loss, error)
assert largest == 0.5 * 0.125 * 2.0, largest
"""


def load_anew():
    spec = importlib.util.spec_from_file_location("skbackprop._network._kernel", _kernel.__file__)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_a_module_that_is_loaded_again_shares_nothing_with_the_first():
    first, second = load_anew(), load_anew()
    assert first.Context is not second.Context
    assert first.Context is not _kernel.Context
    assert first.OUTPUT_UNITS == second.OUTPUT_UNITS
    exec(EPOCH.format(file=_kernel.__file__), {})


@pytest.mark.slow
def test_interpreters_with_a_gil_of_their_own_train_at_once():
    interpreters = pytest.importorskip("concurrent.interpreters", reason="needs Python 3.14")
    if _kernel.__file__.endswith(".abi3.so"):
        pytest.skip("what is built for 3.11 can declare nothing that came later")
    several = [interpreters.create() for _ in range(3)]
    threads = [each.call_in_thread(exec, EPOCH.format(file=_kernel.__file__)) for each in several]
    for thread in threads:
        thread.join()
    for each in several:
        each.exec(EPOCH.format(file=_kernel.__file__))  # raises what is raised there
        each.close()


@pytest.mark.slow
def test_the_kernel_leaves_a_python_without_the_gil_without_it():
    if not sysconfig.get_config_var("Py_GIL_DISABLED"):
        pytest.skip("this Python has the GIL")
    program = EPOCH.format(file=_kernel.__file__) + "import sys\nassert not sys._is_gil_enabled()\n"
    subprocess.run([sys.executable, "-W", "error", "-c", program], check=True, timeout=60)


def test_threads_that_share_a_context_lose_no_epoch_of_those_that_were_not_refused():
    program = textwrap.dedent("""
        from concurrent.futures import ThreadPoolExecutor
        from threading import Barrier

        X, y = array("d", [0.5, -1.0] * 500), array("d", [1.0] * 500)
        context.bind(X, None, None, y, None, None)
        context.load(array("d", [0.0] * 3))
        barrier = Barrier(4)

        def train(_):
            barrier.wait()
            n_left = 200
            while n_left:
                try:
                    context.epoch(None, 1, 1e-3, 0.0, False, 0.0)
                    n_left -= 1
                except RuntimeError as error:
                    assert "another thread runs an epoch" in str(error)

        with ThreadPoolExecutor(4) as pool:
            list(pool.map(train, range(4)))
        into, alone = array("d", [0.0] * 3), array("d", [0.0] * 3)
        context.store(into)
        context.load(alone)
        for _ in range(4 * 200):
            context.epoch(None, 1, 1e-3, 0.0, False, 0.0)
        context.store(alone)
        assert into == alone, (into, alone)
    """)
    subprocess.run([sys.executable, "-c", EPOCH.format(file=_kernel.__file__) + program], check=True, timeout=100)
