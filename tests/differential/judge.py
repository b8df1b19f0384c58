"""The judgement: whether an engine is as near to the reference as numbers of so many digits allow.

The reference is run once with plain floats, then with every number rounded to the type of the network, and then several
times with every number a little wrong: the start, the inputs and all that is calculated move by up to one unit in the last
place, at random. In every second run numbers below the smallest normal one become 0, as the compiled kernel has them. How
far that moves a result is what rounding can do to it. A ratio is the distance of an engine's result from the reference's in
units of that; where it is large, many more runs, with smaller and larger errors, or with sums added in another order, have
to show whether rounding decides there, as at the kink of a unit or the sign of a sum that cancels.
"""

import math
import os
import random
import struct
import warnings
from contextlib import contextmanager

import numpy as np
from reference import Learned, learn

# Of a few runs; a result that happened to move little in all of them is looked at again.
N_RUNS, N_RUNS_IN_DOUBT = 4, 40
SUSPICIOUS_RATIO, LARGEST_RATIO = 16, 64

# Largest errors, in units in the last place. Small ones leave more numbers as they are, such as 1 - tanh², which may be 0
# or one unit: a rule that divides by the size of a slope makes a larger step of one unit than of three.
N_UNITS_IN_DOUBT = 0.5, 1.0, 3.0


def exactly(largest):
    """What becomes of numbers: nothing but overflow."""
    return lambda x: x if -largest <= x <= largest else x * math.inf


def nearly(case, seed, is_flushing, n_units):
    """What becomes of numbers where each moves by up to so many units in the last place, and is rounded to its type.

    Where small numbers become 0, some runs do so a little earlier, as sums of other parts would.
    """
    draw = random.Random(seed).random
    unit, smallest, largest = n_units * case.epsilon_of_type, case.smallest_of_type, case.largest_of_type
    if is_flushing and seed >= N_RUNS:
        smallest *= 4 ** random.Random(seed).randrange(4)
    rounded = float if case.dtype == "float64" else _to_float32

    def nudge(x):
        x = rounded(x + x * unit * (2 * draw() - 1))
        if -smallest < x < smallest and x:
            return 0.0 if is_flushing else x + smallest * unit * (2 * draw() - 1)
        return x if -largest <= x <= largest else x * math.inf

    return nudge


def _to_float32(x):
    try:
        return _FLOAT32.unpack(_FLOAT32.pack(x))[0]
    except OverflowError:
        return math.copysign(math.inf, x)


_FLOAT32 = struct.Struct("f")


class Judgement:
    """What the reference says of a case, and how sure it is.

    Parameters
    ----------
    case : Case

    Attributes
    ----------
    is_doubtful : bool
        Whether many runs were needed.
    """

    def __init__(self, case):
        self._case = case
        self._expected = learn(case, exactly(case.largest_of_type))
        self._noises = {}  # by whether small numbers became 0
        self._endings = {self._expected.is_finite}
        self.is_doubtful = False
        self._run(range(2), 0.0)
        self._run(range(2, N_RUNS), 1.0)

    @property
    def is_finite(self):
        """Whether the training stays finite; None where rounding decides."""
        return self._expected.is_finite if len(self._endings) == 1 else None

    def ratio(self, learned):
        """The largest distance of all results from the reference's, in units of what rounding can do; infinity for what it
        cannot have done."""
        ratio = self._ratio(learned, self._noises)
        if ratio > SUSPICIOUS_RATIO and not self.is_doubtful:
            self.is_doubtful = True
            for n_units in N_UNITS_IN_DOUBT:
                self._run(range(N_RUNS_IN_DOUBT), n_units)
            self._run(range(N_RUNS_IN_DOUBT), 0.0, is_shuffled=True)
            ratio = self._ratio(learned, self._noises)
        return ratio

    def ratio_of_normal_numbers(self, learned):
        """The same where no small number becomes 0."""
        return self._ratio(learned, [False])

    def _run(self, seeds, n_units, is_shuffled=False):
        """See how far small errors move the results, or another order of the terms of sums."""
        for seed in seeds:
            is_flushing, generator = seed % 2 == 1, random.Random(seed)
            order_of = (lambda n, generator=generator: generator.sample(range(n), n)) if is_shuffled else range
            moved = learn(self._case, nearly(self._case, seed, is_flushing, n_units), order_of)
            self._endings.add(moved.is_finite)
            if moved.is_finite and self._expected.is_finite:
                distances = distances_of(moved, self._expected)
                before = self._noises.get(is_flushing, distances)
                self._noises[is_flushing] = list(map(np.maximum, before, distances))

    def _ratio(self, learned, kinds):
        if len(self._endings) > 1:
            return 0.0  # at the brink
        if learned.is_finite != self._expected.is_finite:
            return math.inf
        if not learned.is_finite:
            return 0.0
        largest = 0.0
        for number, distance in enumerate(distances_of(learned, self._expected)):
            noise = np.max([self._noises[kind][number] for kind in kinds], axis=0)
            size = self._case.epsilon_of_type * np.abs(self._expected[number]) + 4 * self._case.smallest_of_type
            with np.errstate(invalid="ignore", over="ignore"):
                ratios = distance / (noise + size)  # NaN where rounding can do anything
            largest = max(largest, np.nan_to_num(ratios, nan=0.0, posinf=math.inf).max(initial=0))
        return float(largest)


def distances_of(one, other):
    """How far the results of two trainings are apart, each an array; infinitely, where only one is a number."""
    return [_distance(np.array(mine), np.array(theirs)) for mine, theirs in zip(one[:-1], other[:-1], strict=True)]


def _distance(mine, theirs):
    with np.errstate(invalid="ignore"):
        distance = np.abs(mine - theirs)
    return np.where(mine == theirs, 0.0, np.where(np.isnan(distance), math.inf, distance))


@contextmanager
def forced(engine, instruction_set):
    """All trainings are made by this engine, and the kernel uses these instructions."""
    wanted = {"SKBACKPROP_ENGINE": engine, "SKBACKPROP_KERNEL": instruction_set}
    before = {name: os.environ.get(name) for name in wanted}
    _set(wanted)
    try:
        yield
    finally:
        _set(before)


def _set(variables):
    for name, value in variables.items():
        os.environ.pop(name, None)
        if value is not None:
            os.environ[name] = value


def learned_by(case, engine, instruction_set=None):
    """What an engine makes of a case, as `reference.learn` has it."""
    with forced(engine, instruction_set), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # few epochs teach nothing
        try:
            estimator = case.fitted()
        except ValueError as error:
            if not str(error).startswith("Solver produced non-finite"):
                raise
            return Learned([], [], [], [], [], is_finite=False)
    vectors = [np.concatenate([part.ravel() for part in parts]) for parts in (estimator.coefs_, estimator.intercepts_)]
    curves = [estimator.loss_curve_, estimator.error_curve_, estimator.update_curve_]
    if case.solver == "lbfgs":
        curves = [[estimator.loss_], [], []]  # its iterations are SciPy's
    return Learned(*(vector.astype(float).tolist() for vector in vectors), *curves)
