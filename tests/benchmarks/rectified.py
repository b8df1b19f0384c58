"""Rectified units, with momentum and with Adam: microseconds per instance for each network, batch size and peer."""

import numpy as np
from adam import candidates_of, cells_of
from report import Section, bullets

INTRODUCTION = """\
Microseconds per training instance, in whole epochs, float32, set-up left out: rectified hidden units, softmax, log loss,
the rate 0.001, momentum 0.9 or Adam, MLPClassifier's start for all. In brackets the mean log loss over the training
instances after a short training, which differs by the order of the instances alone. Those that have both rules take part:
MLPClassifier, PyTorch and JAX. D has 5000 instances, E 20 000, G and H 1000, so that a batch of 1000 is an epoch of theirs.
The goal is 5 % more than the fastest of them takes at most, and no more with batches of 32."""

CELLS = "DEHG"
TITLES = {"momentum": "momentum 0.9", "adam": "Adam"}


def run(options):
    """Measure those of the networks that are asked for.

    Returns
    -------
    section : Section
    """
    parts, losses, bars = [INTRODUCTION], [], []
    names = options.names(CELLS[:2] if options.quick else CELLS)
    for rule, title in TITLES.items():
        cells = cells_of(candidates_of(rule, "relu"), names, np.float32, options)
        parts += [f"{title}:", cells.table]
        losses += [f"relu, {title}, {loss}" for loss in cells.losses]
        bars += [[f"relu, {title}, {cell}", ratios] for cell, ratios in cells.bars]
    parts.append(bullets(losses, "No slower than the fastest in any cell."))
    return Section("Rectified units", parts, losses, bars=bars)
