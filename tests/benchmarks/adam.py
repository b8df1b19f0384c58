"""Adam: microseconds per instance for each workload, batch size, float type and peer that has it."""

from functools import partial
from typing import NamedTuple

import numpy as np
import peers
from report import Section, bullets
from training import Cell, table_of, titled

# How rules are called by peers that have one way to them, and where others list their names.
RULES = {"adam": "ADAMS", "momentum": "MOMENTA"}
BATCH_SIZES = (32, 200, 1000)
CELLS = "BCDEFG"
# What part of our time the fastest peer takes at least, by batch size.
GOALS = {32: 1.0, 200: 0.95, 1000: 0.95}

INTRODUCTION = """\
Microseconds per training instance, in whole epochs: Adam at the rate 0.001, logistic hidden units, softmax, log
loss, set-up left out. In brackets the mean log loss over the training instances after a short training, the same for all;
the start of MLPClassifier is its own, and we draw ours in another order. Those that have Adam take part: MLPClassifier,
PyTorch in three ways, and JAX. The goal is 5 % more than the fastest of them takes at most, and no more with batches
of 32."""


class Candidate(NamedTuple):
    """A peer, and one of the names by which it offers a rule; it has what `peers` asks of a candidate."""

    peer: object
    solver: str
    activation: str

    @property
    def TITLE(self):
        return self.peer.TITLE if self.solver in RULES else f"{self.peer.TITLE} {self.solver}"

    @property
    def CALLS_PER_BATCH(self):
        return self.peer.CALLS_PER_BATCH

    def supports(self, batch_size):
        return True

    @property
    def prepare(self):
        return partial(self.peer.prepare, solver=self.solver, activation=self.activation)


def run(options):
    """Measure all cells.

    Returns
    -------
    section : Section
    """
    parts, losses, bars = [INTRODUCTION], [], []
    for dtype in (np.float32,) if options.quick else (np.float32, np.float64):
        cells = cells_of(candidates_of("adam", "logistic"), options.names(CELLS), dtype, options)
        parts += [f"{dtype.__name__}:", cells.table]
        losses += [f"Adam, {loss}" for loss in cells.losses]
        bars += cells.bars
    parts.append(bullets(losses, "No slower than the fastest in any cell."))
    return Section(titled("Adam", options), parts, losses, bars=bars)


def candidates_of(rule, activation):
    """All that is installed, by names under which ours and MLPClassifier keep their own."""
    found, _ = peers.load()
    pairs = [(key, peer, solver) for key, peer in found.items() for solver in getattr(peer, RULES[rule], ())]
    return {
        key if solver == rule else f"{key} {solver}": Candidate(peer, solver, activation) for key, peer, solver in pairs
    }


class Cells(NamedTuple):
    """What was measured of some workloads at all batch sizes."""

    table: str
    losses: list
    bars: list


def cells_of(candidates, names, dtype, options):
    """Measure the workloads of these names."""
    sizes = [size for size in BATCH_SIZES if size in options.batches]
    cells = [_Cell(candidates, name, dtype, size, options) for name in names for size in sizes]
    losses = [loss for cell in cells for loss in cell.losses()]
    return Cells(table_of(candidates, cells), losses, [cell.bar(candidates) for cell in cells])


class _Cell(Cell):
    def _outcome(self, trainer):
        """The mean log loss."""
        return f"{trainer.log_loss():.3f}"

    def losses(self):
        """What falls short of the goal."""
        return self.lost_to_fastest(GOALS[self.batch_size])
