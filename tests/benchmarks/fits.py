"""Whole fits of small data, where what surrounds the arithmetic shows."""

import numpy as np
import peers
from report import Section, bullets, number, table
from timing import PerEpoch, interleave, seconds
from workloads import Workload, load

from skbackprop import BackpropClassifier

OVERHEAD_GOAL = 5e-3
MLP_GOAL = 200
# Fits of XOR in a row.
N_WARM = 10

INTRODUCTION = """\
Whole calls in milliseconds, one core, batch size 1. XOR has 4 instances, 4 hidden units and 1000 epochs; its overhead is
the whole fit less what as many presentations take in one epoch of 4000 instances, where Python has little to do. The goal
is for a fit that follows others of its kind; a fit right after a tenth of a second of other work is shown as well. Iris has
10 hidden units and 200 epochs."""


def run(options):
    """Measure XOR and iris.

    Returns
    -------
    section : Section
    """
    found, _ = peers.load()
    iris_rows, ratio = _iris(found, options)
    xor_rows, overhead = _xor(options)
    losses = []
    if overhead > OVERHEAD_GOAL:
        losses.append(f"XOR, 1000 epochs: overhead {1e3 * overhead:.1f} ms, goal {1e3 * OVERHEAD_GOAL:g} ms")
    if ratio < MLP_GOAL:
        losses.append(f"iris, 200 epochs: {ratio:.0f} times MLPClassifier, goal {MLP_GOAL}")
    tables = [table(["XOR", "ms"], xor_rows), table(["iris", "ms", "times ours"], iris_rows)]
    return Section("Whole fits", [INTRODUCTION, *tables, bullets(losses, "Both goals are met.")], losses)


def _xor(options):
    """Rows of the table, and the seconds beyond the arithmetic."""
    X, y = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]]), np.array([0, 1, 1, 0])
    many_X, many_y = np.tile(X, (1000, 1)), np.tile(y, 1000)
    model = BackpropClassifier(4, batch_size=1, learning_rate_init=1.0, alpha=0.0, update_tol=0.0, random_state=0)

    def fit():
        return seconds(options.clock, model.set_params(max_iter=1000).fit, X, y)

    rounds = interleave(
        {
            "arithmetic": PerEpoch(lambda n: model.set_params(max_iter=n).fit(many_X, many_y), options),
            "whole, first": fit,
            "whole": lambda: sum(fit() for _ in range(N_WARM)) / N_WARM,
        },
        options.n_rounds,
    )
    whole, arithmetic, first = (rounds.median(name) for name in ("whole", "arithmetic", "whole, first"))
    times = {
        "whole fit": whole,
        "arithmetic": arithmetic,
        "overhead": whole - arithmetic,
        "whole fit after other work": first,
    }
    return [[name, number(1e3 * time)] for name, time in times.items()], whole - arithmetic


def _iris(found, options):
    """Rows of the table, and how many times as long as ours MLPClassifier takes."""
    able = {key: peer for key, peer in found.items() if peer.supports(1)}
    rounds = interleave({key: _whole(peer, load("A"), options) for key, peer in able.items()}, 5)
    rows = [
        [peer.TITLE, number(1e3 * rounds.median(key)), number(rounds.ratio(key, to=peers.OURS))]
        for key, peer in able.items()
    ]
    return rows, rounds.ratio(peers.MLP, to=peers.OURS)


def _whole(peer, workload: Workload, options):
    """A function that measures 200 epochs, set-up included where a call sets up."""
    trainer = peer.prepare(workload, np.float64, 1)
    trainer.train(1)
    return lambda: seconds(options.clock, trainer.train, 200)
