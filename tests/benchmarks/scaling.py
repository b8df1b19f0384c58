"""The command: ``python tests/benchmarks/scaling.py``. Speed-up of one training with 1, 2, 4, ... threads.

Each number of threads has a process of its own, which is told of it by OMP_NUM_THREADS; they take turns.
"""

import argparse
import os
import subprocess
import sys
from statistics import median

SIZES = ((64, 30, 10), (784, 100, 10), (100, 256, 256, 10), (784, 1024, 10), (784, 2048, 2048, 10))

PROGRAM = """
import sys, time
import numpy as np
from skbackprop import BackpropClassifier

sizes, batch_size, n_rows, n_turns = eval(sys.argv[1])
X = np.random.RandomState(0).normal(size=(n_rows, sizes[0])).astype(np.float32)
y = np.arange(n_rows) % sizes[-1]
network = BackpropClassifier(sizes[1:-1], batch_size=batch_size, random_state=0).initialize(X, y)
network.partial_fit(X, y)
for _ in range(n_turns):
    start = time.perf_counter()
    network.partial_fit(X, y)
    print(time.perf_counter() - start)
"""


def main():
    """Print a line for each network and batch size."""
    parser = argparse.ArgumentParser(prog="python tests/benchmarks/scaling.py", description=__doc__.splitlines()[0])
    parser.add_argument("--batch-sizes", default="32,200,1000")
    parser.add_argument("--rows", type=int, default=4000, help="instances of an epoch")
    parser.add_argument("--rounds", type=int, default=3, help="processes of each number of threads")
    parser.add_argument("--networks", type=int, default=len(SIZES), help="how many of the networks, the smallest first")
    arguments = parser.parse_args()
    counts = numbers_of_threads(len(os.sched_getaffinity(0)))
    print("network", "batch", *(f"x{count}" for count in counts), "ms with one", sep="\t")
    for sizes in SIZES[: arguments.networks]:
        for batch_size in map(int, arguments.batch_sizes.split(",")):
            times = _times((sizes, batch_size, arguments.rows, 3), counts, arguments.rounds)
            speedups = [f"{times[1] / times[count]:.2f}" for count in counts]
            print("-".join(map(str, sizes)), batch_size, *speedups, f"{1e3 * times[1]:.1f}", sep="\t", flush=True)


def numbers_of_threads(n_cores):
    """1, 2, 4, ... up to the number of cores, which is the last one."""
    return [*(2**power for power in range(n_cores.bit_length()) if 2**power < n_cores), n_cores]


def _times(task, counts, n_rounds):
    """The median seconds of an epoch, for each number of threads."""
    seconds = {count: [] for count in counts}
    for _ in range(n_rounds):
        for count in counts:
            seconds[count] += _epochs(task, count)
    return {count: median(each) for count, each in seconds.items()}


def _epochs(task, n_threads):
    """Seconds of each epoch in a process with so many threads."""
    threads = {f"{library}_NUM_THREADS": str(n_threads) for library in ("OMP", "OPENBLAS", "MKL")}
    command = [sys.executable, "-c", PROGRAM, repr(task)]
    printed = subprocess.run(command, env=os.environ | threads, check=True, capture_output=True, text=True).stdout
    return [float(line) for line in printed.split()]


if __name__ == "__main__":
    main()
