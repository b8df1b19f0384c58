"""What the user of the command asked for, and how much work that makes."""

import time
from typing import NamedTuple


class Options(NamedTuple):
    """Choices that every section sees.

    Attributes
    ----------
    quick : bool
        Fewer cells, smaller data: a few minutes.
    cells : str
        Letters of the workloads to train on.
    cpu_time : bool
        Count the process's CPU time instead of the time on the wall, for a machine that others use as well.
    fetch : bool
        Fetch the whole MNIST over the network.
    batches : tuple of int
        Batch sizes to train with, of those that a section has.
    n_rounds : int
        Rounds in which the candidates take turns; never fewer than five.
    is_all_cores : bool
        Every candidate takes the threads that it takes.
    """

    quick: bool = False
    cells: str = "ABCDE"
    cpu_time: bool = False
    fetch: bool = False
    n_rounds: int = 7
    batches: tuple = (1, 10, 32, 200, 1000)
    is_all_cores: bool = False

    def names(self, cells):
        """Those of a section's workloads that were asked for."""
        return [name for name in cells if name in self.cells]

    @property
    def clock(self):
        """The clock of measurements on one core."""
        return time.process_time if self.cpu_time else time.perf_counter

    @property
    def seconds_per_turn(self):
        """How long one turn of one candidate lasts, at least; threads that meet at every batch are the more uneven."""
        return 0.02 if self.quick else 0.4 if self.is_all_cores else 0.05


def describe(cpu_time):
    """A line on how the times were taken."""
    return "medians of at least five rounds" + (
        "; CPU time on one core, as others used the machine as well; searches, threads and all cores on the wall"
        if cpu_time
        else "; time on the wall"
    )
