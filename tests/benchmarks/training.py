"""Training: microseconds per instance for each workload, batch size, float type and peer."""

import machine
import numpy as np
import peers
from report import Section, bullets, number, table
from timing import PerEpoch, interleave
from workloads import load

# How many times as fast as MLPClassifier case updating is to be, in float32; in float64 half of that.
MLP_GOALS = {"A": 300, "B": 200, "C": 60, "D": 30, "E": 20}
# How many times as fast as the fastest peer training is to be, by batch size.
PEER_GOALS = {1: 1.5, 10: 1.0, 32: 1.0, 200: 0.9, 1000: 0.9}
CELLS = "ABCDEFG"
# Workloads of which single rows and small batches are not measured: they take minutes a cell, and say no more.
WIDE = "FGH"
# What part of the machine's rate of multiplying matrices E is to reach in batches of 1000, in float32.
RATE_GOAL = 0.7

INTRODUCTION = """\
Microseconds per training instance, in whole epochs: plain stochastic gradient descent, logistic units, squared error, each
epoch in a new random order, set-up left out. In brackets the percentage of instances that the candidate gets right after a
short training, the same for all; a fast wrong answer would show where that is more than one in ten, which wide networks
hardly reach. The ratios say how many times as long as ours the fastest peer takes, in bold, and MLPClassifier: medians of
the ratios of all rounds, and where the machine was uneven not those of the times beside them. C and D are real digits,
E has 20 000 instances, F 2000 and G 1000."""


def run(options):
    """Measure all cells.

    Returns
    -------
    section : Section
    """
    found, missing = peers.load()
    parts = [INTRODUCTION, bullets([f"{peer.TITLE}: {peer.NOTE}." for peer in found.values()] + missing, "")]
    losses, rates, bars = [], [], []
    for dtype in (np.float32,) if options.quick else (np.float32, np.float64):
        cells = [
            _SgdCell(found, name, dtype, size, options)
            for name in options.names(CELLS)
            for size in _sizes(name, options)
        ]
        parts += [f"{dtype.__name__}:", table_of(found, cells)]
        bars += [cell.bar(found) for cell in cells]
        losses += [loss for cell in cells for loss in cell.losses()]
        rates += [cell.rate_line() for cell in cells if cell.batch_size == 1000 and cell.name == "E"]
    parts += [*rates, "Cells we lose, or short of a goal:", bullets(losses, "No cell.")]
    return Section(titled("Training", options), parts, losses, bars=bars)


def titled(title, options):
    """The title, which tells wide networks where no others are measured."""
    return f"{title} of wide networks" if set(options.cells) <= set(WIDE) else title


def _sizes(name, options):
    sizes = (1, 32, 1000) if options.quick else tuple(PEER_GOALS)
    sizes = [size for size in sizes if size < 1000 or name != "A"]  # A has 150 instances
    return [size for size in sizes if size in options.batches and (size >= 32 or name not in WIDE)]


class Cell:
    """One workload at one batch size in one float type, measured.

    Attributes
    ----------
    outcomes : dict of str to str
        What shows that a candidate has learned.
    rounds : Rounds
        Seconds per instance of each peer, and of one operation of a matrix product.
    """

    def __init__(self, found, name, dtype, batch_size, options):
        self.name, self.dtype, self.batch_size = name, dtype, batch_size
        self.workload = load(name, options.fetch)
        able = {key: peer for key, peer in found.items() if peer.supports(batch_size)}
        self.outcomes = {key: self._outcome(self._trained(peer, options)) for key, peer in able.items()}
        measurements = {key: self._per_instance(peer, options) for key, peer in able.items()}
        measurements["product"] = machine.matrix_product(dtype, options)
        self.rounds = interleave(measurements, options.n_rounds)
        self.others = [key for key in able if key != peers.OURS]
        self._titles = {key: peer.TITLE for key, peer in able.items()}
        print(self.title, " ".join(f"{key} {1e6 * self.rounds.median(key):.3g}" for key in able), flush=True)

    @property
    def title(self):
        return f"{self.workload.title}, batch {self.batch_size}"

    def _outcome(self, trainer):
        """The percentage of instances that the candidate gets right."""
        return f"{100 * trainer.accuracy():.0f}"

    def _trained(self, peer, options):
        """The peer's network after 3000 updates or 50 000 instances, 4000 of wide ones, whichever comes first."""
        few = self.workload.head(_batches(options) * self.batch_size)
        n_rows = len(few.y)
        n_presented = min(3000 * self.batch_size, 4000 if self.name in WIDE else 50_000)
        trainer = peer.prepare(few, self.dtype, self.batch_size)
        trainer.train(max(2, n_presented // n_rows))
        return trainer

    def _per_instance(self, peer, options):
        """A function that measures the peer's seconds per instance."""
        rows = self.workload
        if peer.CALLS_PER_BATCH:
            rows = rows.head(_batches(options) * self.batch_size)
        elif options.quick:
            rows = rows.head(2000)
        per_epoch = PerEpoch(peer.prepare(rows, self.dtype, self.batch_size).train, options)
        return lambda: per_epoch() / len(rows.y)

    def ratio(self, name):
        """How many times as long as ours a peer takes."""
        return self.rounds.ratio(name, to=peers.OURS)

    def fastest(self):
        return self.rounds.fastest(self.others)

    def lost_to_fastest(self, goal):
        """A line if the fastest peer is ahead, by the rounds or by the medians, or if a goal above 1 is missed."""
        fastest, limit = self.fastest(), max(goal, 1)
        ratio, by_medians = self.ratio(fastest), self.rounds.ratio_of_medians(fastest, to=peers.OURS)
        if min(ratio, by_medians) >= limit:
            return []
        met = " (met)" if min(ratio, by_medians) >= goal else ""
        other = f" ({by_medians:.2f} by the medians of the times)" if ratio >= limit else ""
        return [
            f"{self.title}, {self.dtype.__name__}: {self._titles[fastest]} takes {ratio:.2f} of our time{other}, "
            f"goal {goal}{met}"
        ]

    def bar(self, found):
        """The cell, and how many times as long as ours each peer takes, by its title."""
        ratios = {found[key].TITLE: self.ratio(key) for key in self.others}
        return [f"{self.title}, {self.dtype.__name__}", ratios]

    def row(self, found):
        """The cell's line of the table."""
        entries = []
        for key in found:
            if key in self.outcomes:
                text = number(1e6 * self.rounds.median(key))
                text = f"**{text}**" if key == self.fastest() else text
                entries.append(f"{text} ({self.outcomes[key]})")
            else:
                entries.append("")
        ratios = [f"{self.ratio(self.fastest()):.2f}", number(self.ratio(peers.MLP))]
        return [f"{self.name} {self.workload.title}", self.batch_size, *ratios, *entries]  # seen without scrolling


class _SgdCell(Cell):
    def losses(self):
        """What falls short of the goals, and where a peer is ahead all the same."""
        title, lost = f"{self.title}, {self.dtype.__name__}", self.lost_to_fastest(PEER_GOALS[self.batch_size])
        goal = MLP_GOALS.get(self.name, 1) / (1 if self.dtype is np.float32 else 2)
        if self.batch_size == 1 and self.ratio(peers.MLP) < goal:
            lost.append(f"{title}: {number(self.ratio(peers.MLP))} times MLPClassifier, goal {goal:g}")
        if self.batch_size == 1000 and self.name == "E" and self.dtype is np.float32 and self._rate() < RATE_GOAL:
            lost.append(f"{title}: {self._rate():.0%} of the matrix product's rate, goal {RATE_GOAL:.0%}")
        return lost

    def _rate(self):
        """Useful operations per second over those of a large matrix product."""
        return self.rounds.ratio("product", to=peers.OURS) * self.workload.n_operations()

    def rate_line(self):
        speed = 1e-9 / self.rounds.median("product")
        return (
            f"{self.title}, {self.dtype.__name__}: {self._rate():.0%} of the rate of a large matrix product, which is "
            f"{speed:.0f} GFLOP/s, counted in useful operations."
        )


def _batches(options):
    """Batches an epoch for peers whose cost lies in calls, and in the training that shows the accuracy."""
    return 100 if options.quick else 600


def table_of(found, cells):
    """A table with a line for each cell."""
    header = ["workload", "batch", "fastest : ours", "MLP : ours", *(peer.TITLE for peer in found.values())]
    return table(header, [cell.row(found) for cell in cells])
