"""Times candidates in turn, A B C A B C, so that whatever slows the machine down slows all of them down."""

import gc
import time
from statistics import median

# A training that is the longer by fewer epochs would say more of how it begins and ends than of them.
_FEWEST_EPOCHS = 2
# For so many seconds the threads of some libraries go on turning when their work is done, on cores that the next one needs.
_REST = 0.1


def seconds(clock, function, *arguments):
    """How long one call takes."""
    start = clock()
    function(*arguments)
    return clock() - start


def interleave(measurements, n_rounds):
    """Let every measurement have a turn in each round.

    Parameters
    ----------
    measurements : dict of str to callable
        Each returns a time.
    n_rounds : int

    Returns
    -------
    rounds : Rounds
    """
    times = {name: [] for name in measurements}
    gc.disable()  # collecting the compilers' many objects takes longer than what is measured
    for _ in range(n_rounds):
        for name, measure in measurements.items():
            time.sleep(_REST)
            times[name].append(measure())
    gc.enable()
    return Rounds(times)


class Rounds:
    """The times of all candidates, one of each in every round.

    Attributes
    ----------
    times : dict of str to list of float
    """

    def __init__(self, times):
        self.times = times

    def median(self, name):
        """A candidate's time."""
        return median(self.times[name])

    def ratio(self, name, to):
        """How many times as long as `to` a candidate takes: the median of the rounds' ratios."""
        return median(a / b for a, b in zip(self.times[name], self.times[to], strict=True))

    def ratio_of_medians(self, name, to):
        """The same by the medians of their times, in which a round that the machine disturbed counts otherwise."""
        return self.median(name) / self.median(to)

    def fastest(self, names):
        """Of these candidates the one with the smallest median."""
        return min(names, key=self.median)


class PerEpoch:
    """Measures the time of one epoch as the difference of a long and a short training, so that set-up does not count.

    The short one has two epochs, since a training of one may need less of it. Another before it wakes threads and cores,
    and takes memory from the system, which is slow where others have just had it.

    Parameters
    ----------
    train : callable
        Takes the number of epochs.
    options : Options
    """

    def __init__(self, train, options):
        self._train, self._clock = train, options.clock
        train(1)  # what is compiled is compiled now
        self._n_more = _FEWEST_EPOCHS
        while self._difference() < options.seconds_per_turn and self._n_more < 2**14:
            self._n_more *= 2

    def _difference(self):
        self._train(2)  # both begin with what a training leaves behind
        short = seconds(self._clock, self._train, 2)
        return seconds(self._clock, self._train, 2 + self._n_more) - short

    def __call__(self):
        difference = self._difference()
        while difference <= 0:  # others had the machine in the short training
            difference = self._difference()
        return difference / self._n_more
