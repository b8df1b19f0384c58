"""Cross-validation of several candidates at once, each over the numbers of epochs: who goes on, and who is chosen.

The candidates are trained in stages, each a little longer than the one before. Between two stages it is decided which of
them go on. The decisions depend on what the validations have said and on nothing else, so the result is the same however
many threads or processes share the work, and whichever is the faster.
"""

import math
from typing import NamedTuple

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from .paths import next_stage, validated_epochs
from .stages import FoldTraining, make_crew
from .table import print_stage

# Epochs of the first stage, and how many times as many the next one reaches.
_FIRST_STAGE, _GROWTH = 20, 1.4

# A candidate has learned, and is probably on no plateau, when its loss is less than this part of that of constant outputs.
_LEARNED = 0.2

# A candidate is done when it has made so many times the epochs of its smallest mean loss, and at least so many more; the
# last number is for one that has learned.
_PATIENCE, _LEAST_PATIENCE, _LEAST_PATIENCE_OF_LEARNED = 2.0, 50, 20

# Nobody is beaten before so many epochs, as sigmoid units may need some to get off a plateau, and as who begins slowly may
# win; and then, of those that still learn, only whose loss lies by so many standard errors of the difference above the
# best.
_FIRST_CUT, _N_ERRORS = 100, 2.0

# Weights times instances of a candidate whose epochs are worth threads. Of shorter ones, of less than a tenth of a
# millisecond, the interpreter takes the most, in one thread at a time: with two of them a search on iris took 1.4 times as
# long.
_WORK_OF_THREADS = 3e5

# A candidate that has learned is done, too, when twice as many epochs lowered its loss by less than this part.
_LEAST_PART = 0.02

# After so many epochs it is also out whose loss would not come up to the best did it gain so many times what it has in the
# last doubling, be they within those errors: it cannot become the best, and what it shows is known.
_LATE_CUT, _N_GAINS = 200, 1.5

# Before so many epochs the best may soon be another.
_FIRST_AIM = 100

# So many numbers of epochs, one of them and its neighbours, say what it costs where the smallest is looked for that is no
# more than an error worse: noise makes a network swing, and that of a single epoch may be good by chance.
_N_NEIGHBOURS = 7

# By so small a part more than a standard error is no more.
_ROUNDING = 1e-9

# A longest path was too short if its second half gained more than this share of what it gained in all.
_LEAST_GAIN = 0.05


class RacePlan(NamedTuple):
    """What is asked of a race.

    Attributes
    ----------
    n_folds : int
    longest : int
        Epochs.
    is_by_score : bool
        Whether scores, not losses, decide.
    constant_cost : float
        What outputs that are the same for all instances of a fold cost, in the mean over the folds; NaN if not known.
    n_jobs : int or None
        As joblib has it, whose configured backend is used; threads by default.
    verbose : bool
        Whether to print a line for each stage.
    is_within_error : bool
        As `choose` takes it.
    ahead : Ahead or None
        Is told whom the race would choose, and how many epochs, if it ended now.
    """

    n_folds: int
    longest: int
    is_by_score: bool = False
    constant_cost: float = math.nan
    n_jobs: int | None = None
    verbose: bool = False
    is_within_error: bool = False
    ahead: object = None


class Curves(NamedTuple):
    """What the validation of a candidate said.

    Attributes
    ----------
    epochs : ndarray of shape (n_epochs,)
        Numbers of epochs.
    losses, scores : ndarray of shape (n_folds, n_epochs)
        Scores are the larger the better.
    costs : ndarray of shape (n_folds, n_epochs)
        What the choice is made by, the smaller the better: the losses, or the scores with their sign turned.
    n_parameters : int
        Weights and biases of its networks.
    alpha : float
        Their penalty, in the mean.
    """

    epochs: np.ndarray
    losses: np.ndarray
    scores: np.ndarray
    costs: np.ndarray
    n_parameters: int
    alpha: float

    @property
    def means(self):
        """Mean costs over the folds; infinite where one has none."""
        means = self.costs.mean(axis=0)
        return np.where(np.isnan(means), math.inf, means)

    @property
    def best(self):
        """The number of the epochs with the smallest mean cost; the first of several."""
        return int(self.means.argmin())

    def steady(self):
        """The curves with the median of each cost and its neighbours in its place."""
        costs, n_beside = np.where(np.isnan(self.costs), math.inf, self.costs), _N_NEIGHBOURS // 2
        padded = np.pad(costs, ((0, 0), (n_beside, n_beside)), mode="edge")
        return self._replace(costs=np.median(sliding_window_view(padded, _N_NEIGHBOURS, axis=1), axis=-1))

    @property
    def last_gain(self):
        """How much smaller the smallest mean cost became in the second half of the epochs."""
        means = self.means
        return means[self.epochs <= self.epochs[-1] / 2].min() - means.min()


class _Runner:
    """A candidate in the race.

    Parameters
    ----------
    train : callable
        As `FoldTraining` takes it.
    n_folds : int
    """

    def __init__(self, train, n_folds):
        self.trainings = [FoldTraining(train, fold) for fold in range(n_folds)]
        self.is_running = True

    def unfinished(self):
        """The trainings that can go on."""
        return [each for each in self.trainings if each.path is None or each.path.end is None]

    def curves(self, is_by_score):
        """The curves as far as they go."""
        paths = [each.path for each in self.trainings]
        epochs = validated_epochs(max(1, *(path.n_epochs for path in paths)))  # L-BFGS may have none, but a loss
        losses, scores = np.stack([path.at(epochs) for path in paths], axis=1)
        n_parameters = paths[0].state.parameters.vector.size
        alpha = float(np.mean([path.alpha for path in paths]))
        return Curves(epochs, losses, scores, -scores if is_by_score else losses, n_parameters, alpha)


def race(trainers, inputs, plan, monitor):
    """Train all candidates on all folds, until they have shown what they can, or a callback has seen enough.

    Parameters
    ----------
    trainers : list of callable
        Of each candidate, as `FoldTraining` takes it. Where processes share the work it must be picklable.
    inputs : ndarray or csr_array of shape (n_instances, n_inputs)
        An argument of each job, so that a backend can send it once and not with each of them.
    plan : RacePlan
    monitor : SearchMonitor

    Returns
    -------
    curves : list of Curves
    """
    runners = [_Runner(train, plan.n_folds) for train in trainers]
    crew = make_crew(plan.n_jobs)
    try:
        curves = _run_stages(runners, crew, inputs, plan, monitor)
    finally:
        crew.close()
    monitor.end_search()
    _check_any_is_finite(runners, curves)
    return curves


def _run_stages(runners, crew, inputs, plan, monitor):
    """Train, and decide who goes on, until nobody does."""
    n_next, is_stopped = _next_stage(0, plan.longest), False
    while any(runner.is_running for runner in runners) and not is_stopped:
        n_epochs, n_next = n_next, _next_stage(n_next, plan.longest)
        monitor.begin_stage()
        running = [training for runner in runners if runner.is_running for training in runner.unfinished()]
        crew.run(running, inputs, n_epochs, n_next, plan.ahead)
        curves = [runner.curves(plan.is_by_score) for runner in runners]
        if max(each.n_parameters for each in curves) * inputs.shape[0] < _WORK_OF_THREADS:
            crew.use_one_thread()
        _cut(runners, curves, plan.constant_cost, n_next)
        if plan.ahead is not None and crew.works_ahead:
            _aim(plan, runners, curves, n_epochs)
        if plan.verbose:
            print_stage(n_epochs, curves, [runner.is_running for runner in runners])
        is_stopped = monitor.end_stage()
    return curves


def _next_stage(n_epochs, longest):
    return next_stage(n_epochs, _GROWTH, longest) if n_epochs else min(_FIRST_STAGE, longest)


def count_stages(longest):
    """How many stages a race has at most."""
    n_stages = n_epochs = 0
    while n_epochs < longest:
        n_stages, n_epochs = n_stages + 1, _next_stage(n_epochs, longest)
    return n_stages


def _cut(runners, curves, constant_cost, n_next):
    """Take out of the race who is done or beaten; of the others foretell whether the next stage is their last."""
    best = find_best(curves)
    for runner, each in zip(runners, curves, strict=True):
        is_over = is_beaten(each, curves[best]) or is_done(each, constant_cost)
        is_over = is_over or not runner.unfinished()
        runner.is_running = runner.is_running and not is_over
        for training in runner.trainings:
            training.is_to_go_on = n_next < _end_of(each, constant_cost)


def _aim(plan, runners, curves, n_epochs):
    """Let whom the race would choose now be trained ahead, if that is probably the one that it will choose."""
    is_probable = n_epochs >= _FIRST_AIM or sum(runner.is_running for runner in runners) == 1
    if is_probable and any(math.isfinite(each.means.min()) for each in curves):
        chosen, position = choose(curves, plan.is_within_error)
        plan.ahead.aim(chosen, int(curves[chosen].epochs[position]))


def find_best(curves):
    """The number of the candidate with the smallest mean cost; the first of several."""
    return int(np.argmin([each.means.min() for each in curves]))


def _has_learned(curves, constant_cost):
    return bool(curves.means.min() < _LEARNED * constant_cost)


def _end_of(curves, constant_cost):
    """The epochs after which a candidate is done, unless it finds a smaller mean loss before."""
    best = curves.epochs[curves.best]
    least = _LEAST_PATIENCE_OF_LEARNED if _has_learned(curves, constant_cost) else _LEAST_PATIENCE
    return max(_PATIENCE * best, best + least)


def is_done(curves, constant_cost):
    """Whether more epochs of a candidate would not show anything better, or hardly."""
    if curves.epochs[-1] >= _end_of(curves, constant_cost):
        return True
    may_be_told = curves.epochs[-1] >= _FIRST_CUT and _has_learned(curves, constant_cost)
    return bool(may_be_told and curves.last_gain < _LEAST_PART * curves.means.min())


def is_beaten(curves, best):
    """Whether a candidate cannot win any more.

    It cannot if twice as many epochs, did they gain as much as the last doubling has, would leave it above the best by more
    than two standard errors of the difference over the folds; after many epochs, if one and a half times that gain would
    leave it above the best at all.
    """
    means = curves.means
    if not math.isfinite(means.min()):
        return True
    if curves.epochs[-1] < _FIRST_CUT:
        return False
    differences = curves.costs[:, curves.best] - best.costs[:, best.best]
    distance, gain = differences.mean(), curves.last_gain
    is_far_behind = distance - gain > _N_ERRORS * standard_error(differences)
    return bool(is_far_behind or (curves.epochs[-1] >= _LATE_CUT and distance > _N_GAINS * max(gain, 0.0)))


def standard_error(values):
    """Of the mean of the values, or of each column; 0 of a single one."""
    if len(values) < 2:
        return 0.0
    with np.errstate(over="ignore", invalid="ignore"):  # losses of 1e200, whose squares are infinite, or infinite ones
        return np.std(values, axis=0, ddof=1) / math.sqrt(len(values))


def _check_any_is_finite(runners, curves):
    """Raise what ended the first training if no candidate is left."""
    if not any(np.isfinite(each.means).any() for each in curves):
        paths = [training.path for runner in runners for training in runner.trainings]
        errors = (path.error for path in paths if path.error is not None)
        raise next(errors, ValueError("grid: no candidate has a finite loss or score after any number of epochs."))


def is_cut_off(curves, longest):
    """Whether the longest path was too short: its second half gained much, and more than noise."""
    if curves.epochs[-1] < longest or curves.epochs[curves.best] <= longest / 2 or longest < 2:
        return False
    half, best = int(np.argmin(np.where(curves.epochs <= longest / 2, curves.means, math.inf))), curves.best
    gains = curves.costs[:, half] - curves.costs[:, best]
    least = max(_N_ERRORS * standard_error(gains), _LEAST_GAIN * (curves.means[0] - curves.means[best]))
    return bool(gains.mean() > least)


def choose(curves, is_within_error):
    """The candidate and its number of epochs: of the smallest mean cost, or the simplest within one standard error of it.

    Of the candidates that come within one standard error of the best, the one with the fewest weights is taken; of equal
    ones the one with the largest penalty, and of these the one that comes closest. Of its numbers of epochs it is the
    smallest within one standard error of the best [1]_, by the medians of neighbouring ones. The error is that of the mean
    difference, since what is difficult in a fold is difficult for both: the error of the mean itself, which the book
    takes, is larger, and the networks chosen by it had learned too little.

    Parameters
    ----------
    curves : list of Curves
    is_within_error : bool

    Returns
    -------
    candidate, position : int
        The candidate's number, and the place of the epochs in its curves.

    References
    ----------
    .. [1] Hastie, T., Tibshirani, R. and Friedman, J. (2009). The Elements of Statistical Learning, 2nd edition, section
       7.10: "we choose the most parsimonious model whose error is no more than one standard error above the error of the
       best model".
    """
    best = find_best(curves)
    if not is_within_error:
        return best, curves[best].best
    costs = curves[best].costs[:, curves[best].best]
    within = [_are_within_error(each, costs) for each in curves]
    near = [number for number, each in enumerate(curves) if within[number][each.best]]
    chosen = min(near, key=lambda i: (curves[i].n_parameters, -curves[i].alpha, curves[i].means.min()))
    return chosen, _first_within_error(curves[chosen].steady(), curves[best].steady())


def _first_within_error(curves, best):
    """The place of the first number of epochs that is within an error of the best one; or of the smallest mean cost."""
    within = _are_within_error(curves, best.costs[:, best.best])
    return int(within.argmax()) if within.any() else curves.best


def _are_within_error(curves, best_costs):
    """Of each number of epochs, whether its cost is no more than one standard error of the difference above the best."""
    with np.errstate(invalid="ignore"):  # of a network that diverged
        differences = curves.costs - best_costs[:, np.newaxis]
        # Of two folds, one of them with no difference, both are the same, and their last bits must not decide.
        return differences.mean(axis=0) <= (1 + _ROUNDING) * standard_error(differences)
