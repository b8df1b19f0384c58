"""Adam: microseconds per instance for each workload, batch size, float type and peer that has it."""

from functools import partial
from typing import NamedTuple

import numpy as np
import peers
from report import Section, bullets
from training import Cell, table_of, titled

BATCH_SIZES = (32, 200)

INTRODUCTION = """\
Microseconds per training instance, in whole epochs: Adam at the rate 0.001, logistic hidden units, softmax, log
loss, set-up left out. In brackets the mean log loss over the training instances after a short training, the same for all;
the start of MLPClassifier is its own, and we draw ours in another order. The goal is to be no slower than the fastest."""


class Candidate(NamedTuple):
    """A peer, and one of the names by which it offers Adam; it has what `peers` asks of a candidate."""

    peer: object
    solver: str

    @property
    def TITLE(self):
        return self.peer.TITLE if self.solver == "adam" else f"{self.peer.TITLE} {self.solver}"

    @property
    def CALLS_PER_BATCH(self):
        return self.peer.CALLS_PER_BATCH

    def supports(self, batch_size):
        return True

    @property
    def prepare(self):
        return partial(self.peer.prepare, solver=self.solver)


def run(options):
    """Measure all cells but those of iris.

    Returns
    -------
    section : Section
    """
    candidates = _candidates()
    names = options.cells.replace("A", "")
    parts, losses, bars = [INTRODUCTION], [], []
    for dtype in (np.float32,) if options.quick else (np.float32, np.float64):
        sizes = [size for size in BATCH_SIZES if size in options.batches]
        cells = [_AdamCell(candidates, name, dtype, size, options) for name in names for size in sizes]
        parts += [f"{dtype.__name__}:", table_of(candidates, cells)]
        losses += [loss for cell in cells for loss in cell.losses()]
        bars += [cell.bar(candidates) for cell in cells]
    parts.append(bullets(losses, "No slower than the fastest in any cell."))
    return Section(titled("Adam", options), parts, losses, bars=bars)


def _candidates():
    """All that is installed, by names under which ours and MLPClassifier keep their own."""
    found, _ = peers.load()
    pairs = [(key, peer, solver) for key, peer in found.items() for solver in getattr(peer, "ADAMS", ())]
    return {key if solver == "adam" else f"{key} {solver}": Candidate(peer, solver) for key, peer, solver in pairs}


class _AdamCell(Cell):
    def _outcome(self, trainer):
        """The mean log loss."""
        return f"{trainer.log_loss():.3f}"

    def losses(self):
        """What falls short of the goal."""
        ratio = self.ratio(self.fastest())
        if ratio >= 1:
            return []
        return [f"Adam, {self.title}, {self.dtype.__name__}: {ratio:.2f} of {self.fastest()}, goal 1.0"]
