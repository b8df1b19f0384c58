"""The training loop: the order of an epoch, the history, stopping and Ctrl-C. It knows no scikit-learn."""

import copy
import math
import time
from functools import cached_property, partial
from typing import NamedTuple

import numpy as np

from . import _engine
from ._schedules import SCHEDULES, adapt_rate
from ._stopping import Thresholds, active_rules, reason_to_stop, watch_improvement
from ._table import print_epoch

# Under this name the memory of a training that goes on holds its best parameters so far, beside what the update rule needs.
_BEST = "best_parameters"


class Plan(NamedTuple):
    """What the user asked of one call.

    Attributes
    ----------
    rule : GradientDescent, Adam or Rprop
        With the learning rate of the schedule's beginning.
    batch_size : int
        Clipped to the number of instances.
    shuffle : bool
    thresholds : Thresholds
    verbose : int
        Print the first, every verbose-th and the last epoch; 0 prints nothing.
    schedule : str
        A key of `SCHEDULES`.
    power_t : float
        The exponent of the schedule that has one.
    augment : callable or None
        Takes dense inputs and the random state; returns the inputs that an epoch presents instead.
    validate : callable or None
        Takes the parameters; returns the validation score and the validation loss.
    keeps_best : bool
        Whether the parameters of the best validation score are those that remain, where there is validation.
    monitor : EpochMonitor or None
        Is told that each epoch begins and ends, and says whether to stop.
    """

    rule: object
    batch_size: int
    shuffle: bool
    thresholds: Thresholds
    verbose: int = 0
    schedule: str = "constant"
    power_t: float = 0.5
    augment: object = None
    validate: object = None
    keeps_best: bool = False
    monitor: object = None


class Divergence(ValueError):
    """The training left the finite numbers."""


class State(NamedTuple):
    """All that a training carries from one epoch to the next; where it is kept, the training goes on exactly.

    Attributes
    ----------
    parameters : Parameters
    memory : Memory
        Of the update rule.
    random_state : RandomState
        Draws the order of the instances.
    history : History
    """

    parameters: object
    memory: object
    random_state: object
    history: object

    def vectors(self):
        """The arrays that an epoch changes."""
        return [self.parameters.vector, *self.memory.vectors.values()]

    def copy(self):
        """An equal state that shares nothing with this one."""
        return State(self.parameters.copy(), self.memory.copy(), copy.deepcopy(self.random_state), self.history.copy())


class Progress(NamedTuple):
    """How far a training has come towards an end for lack of improvement.

    Attributes
    ----------
    best : float
        The largest validation score so far, or the smallest loss with its sign turned.
    n_no_improvement : int
        Epochs since it improved enough.
    rate_factor : float
        What divergence, or lack of improvement, has left of the learning rate.
    is_validated : bool
        Whether `best` is a validation score. Where the next call watches the other, it begins to count anew.
    """

    best: float = -math.inf
    n_no_improvement: int = 0
    rate_factor: float = 1.0
    is_validated: bool = False


class History:
    """What was seen in each epoch since the weights were drawn.

    Parameters
    ----------
    curves : tuple of sequence of float
        Losses, error rates and largest updates of earlier calls.
    n_epochs, n_instances : int
        Epochs, and presented instances, of earlier calls.
    validation : tuple of sequence of float
        Scores and losses of earlier calls.
    progress : Progress

    Attributes
    ----------
    loss_curve, error_curve, update_curve : list of float
        One number an epoch.
    validation_scores, validation_losses : list of float
        One number an epoch that was validated.
    progress : Progress
    n_iter : int
        Epochs of this call that are over.
    learning_rate : float or None
        Of the last epoch, or of the first where it is known before; else None.
    interrupt : KeyboardInterrupt or None
        What ended this call before its time.
    """

    def __init__(
        self,
        curves=((), (), ()),
        n_epochs=0,
        n_instances=0,
        validation=((), ()),
        progress=Progress(),  # noqa: B008
    ):
        self.loss_curve, self.error_curve, self.update_curve = (list(curve) for curve in curves)
        self.validation_scores, self.validation_losses = (list(curve) for curve in validation)
        self.progress = progress
        self._lengths_before = len(self.loss_curve), len(self.validation_scores)
        self._n_epochs_before = n_epochs
        self._n_instances_before = n_instances
        self._begin = time.monotonic()
        self.n_presented = 0
        self.n_iter = 0
        self.learning_rate = None
        self.interrupt = None

    @property
    def n_epochs(self):
        """Epochs since the weights were drawn."""
        return self._n_epochs_before + self.n_iter

    @property
    def n_instances(self):
        """Instances presented since the weights were drawn."""
        return self._n_instances_before + self.n_iter * self.n_presented

    def begin(self, n_presented):
        """Start the clock of a training that presents so many instances an epoch."""
        self.n_presented = n_presented
        self._begin = time.monotonic()

    def seconds(self):
        """How long this training has taken."""
        return time.monotonic() - self._begin

    def add(self, loss, error_rate, largest_update):
        """Write down one epoch."""
        self.loss_curve.append(loss)
        self.error_curve.append(error_rate)
        self.update_curve.append(largest_update)
        self.n_iter += 1

    def add_validation(self, score, loss):
        """Write down what the validation of the last epoch gave."""
        self.validation_scores.append(score)
        self.validation_losses.append(loss)

    def cut(self, n_iter, progress):
        """Forget what was written down after the first `n_iter` epochs of this call."""
        self.n_iter, self.progress = n_iter, progress
        n_epochs, n_validations = (length + n_iter for length in self._lengths_before)
        for curve in (self.loss_curve, self.error_curve, self.update_curve):
            del curve[n_epochs:]
        for curve in (self.validation_scores, self.validation_losses):
            del curve[n_validations:]

    def copy(self):
        """An equal history of its own."""
        twin = copy.copy(self)
        for name in ("loss_curve", "error_curve", "update_curve", "validation_scores", "validation_losses"):
            setattr(twin, name, list(getattr(self, name)))
        return twin

    def thin(self, max_length):
        """Drop every second number of the older half of curves that have become longer than `max_length`."""
        for curve in (self.loss_curve, self.error_curve, self.update_curve):
            if len(curve) > max_length:
                del curve[: max_length // 2 : 2]


def train(state, training_set, plan):
    """Train until a rule says stop.

    Parameters
    ----------
    state : State
        Written to.
    training_set : TrainingSet
    plan : Plan

    Returns
    -------
    stop_reason : str
        The rule that was met, or "callback", "diverged" or "interrupted".

    Raises
    ------
    Divergence
        Where there is no validation, whose best parameters would be kept; the state is then of no use.
    KeyboardInterrupt
        If it comes before the first epoch's end. Later, the state is that of the last whole epoch.
    """
    history, thresholds, monitor = state.history, plan.thresholds, plan.monitor
    is_watching, is_looked_at = thresholds.is_watching, plan.validate is not None or monitor is not None
    best_before = state.memory.vectors.pop(_BEST, None)
    state.memory.prepare(_rescaled(plan.rule, history.progress.rate_factor), state.parameters)
    epochs = _Epochs(state, training_set, plan)
    history.begin(epochs.n_instances)
    rules = active_rules(thresholds)
    best = None if plan.validate is None else _Best(state.parameters, best_before)
    if best is not None and best_before is None:  # what was best before need not be of this score, nor of this data
        history.progress = history.progress._replace(best=-math.inf, n_no_improvement=0)
    whole, spare = (_WholeEpochs(state, epochs.engine, best) for _ in range(2))
    stop_reason = None
    try:
        while stop_reason is None:
            if monitor is not None:
                monitor.begin_epoch()
            is_finite = epochs.present()
            if is_looked_at:
                epochs.engine.copy_to(*state.vectors())
            if plan.validate is not None:
                history.add_validation(*(plan.validate(state.parameters) if is_finite else (math.nan, math.nan)))
            if is_watching and watch_improvement(history, thresholds) and best is not None:
                best.take()
            if thresholds.is_adaptive:
                adapt_rate(epochs.rule, history, thresholds)
            spare.take()
            whole, spare = spare, whole  # the epoch counts from here on, whenever Ctrl-C comes
            if is_finite:
                stop_reason = reason_to_stop(history, thresholds, rules)
            else:
                stop_reason = _end_by_divergence(epochs.rule, history, best, monitor)
            if monitor is not None and monitor.end_epoch(partial(_snapshot, state, epochs, best, stop_reason)):
                stop_reason = stop_reason or "callback"
            if plan.verbose:
                print_epoch(history, plan.verbose, is_last=stop_reason is not None)
    except KeyboardInterrupt as interrupt:
        if whole.n_iter == 0:
            raise
        history.interrupt = interrupt
        stop_reason = "interrupted"
    whole.put_back()
    epochs.settle(history.n_iter)
    if plan.keeps_best or stop_reason == "diverged":
        best.put_back()
    if stop_reason == "diverged":
        state.memory.clear()  # the moves that led to infinity
    if not math.isfinite(state.parameters.vector.sum()):
        raise Divergence(divergence_message(epochs.rule, history.n_iter))
    return stop_reason


def _rescaled(rule, factor):
    """The rule with what is left of its learning rate."""
    return rule if factor == 1 else rule._replace(learning_rate=rule.learning_rate * factor)


def _snapshot(state, epochs, best, stop_reason):
    """The state after the last epoch, which shares nothing with the training that goes on, and what ended it, or None."""
    memory = state.memory.copy()
    if best is not None and stop_reason is None:
        memory.vectors[_BEST] = best.parameters.copy()
    random_state = epochs.random_state_after(state.history.n_iter)
    return State(state.parameters.copy(), memory, random_state, state.history.copy()), stop_reason


def _end_by_divergence(rule, history, best, monitor):
    """Stop with what the validation found best, or raise."""
    if best is None:
        if monitor is not None:
            monitor.abandon_epoch()
        raise Divergence(divergence_message(rule, history.n_iter))
    return "diverged"


def divergence_message(rule, n_iter):
    """What happened, and what to do; it begins with scikit-learn's sentence."""
    momentum = f" and momentum={rule.momentum:g}" if getattr(rule, "momentum", 0) else ""
    return (
        "Solver produced non-finite parameter weights. The input data may contain large values and need to be "
        f"preprocessed. The training diverged in epoch {n_iter} with a learning rate of {rule.learning_rate:g}{momentum}: "
        f"try a smaller learning_rate_init, such as {rule.learning_rate / 10:.1g}, or scale the inputs and targets."
    )


class _Best:
    """The parameters of the best validation score so far; at first those of the start, or the best before it."""

    def __init__(self, parameters, before=None):
        self._theirs = parameters.vector
        self.parameters = parameters.vector.copy() if before is None else before

    def take(self):
        self.parameters = self._theirs.copy()  # a new array, as those of the epochs before may have to be put back

    def put_back(self):
        np.copyto(self._theirs, self.parameters)


class _WholeEpochs:
    """What the epochs that are over have made. An engine changes the state's own arrays only where it is asked to, so an
    interrupted epoch leaves no trace."""

    def __init__(self, state, engine, best):
        self._state = state
        self._best = best
        self._history = state.history
        self._memory = state.memory
        self._copy_to = engine.copy_to
        self._vectors = [np.empty_like(vector) for vector in state.vectors()]  # nothing is put back before it was taken
        self.n_iter, self._progress, self._n_updates = 0, state.history.progress, state.memory.n_updates
        self._best_parameters = None if best is None else best.parameters

    def take(self):
        self._copy_to(*self._vectors)
        self.n_iter, self._progress, self._n_updates = (
            self._history.n_iter,
            self._history.progress,
            self._memory.n_updates,
        )
        if self._best is not None:
            self._best_parameters = self._best.parameters

    def put_back(self):
        if self._best is not None:
            self._best.parameters = self._best_parameters
        for mine, vector in zip(self._vectors, self._state.vectors(), strict=True):
            np.copyto(vector, mine)
        self._memory.n_updates = self._n_updates
        self._history.cut(self.n_iter, self._progress)


class _Epochs:
    """Presents all instances once an epoch, with that epoch's learning rate, order and inputs.

    Attributes
    ----------
    n_instances : int
    engine : object
    rule : GradientDescent, Adam or Rprop
        Of the last epoch.
    """

    def __init__(self, state, training_set, plan):
        self.n_instances = training_set.inputs.shape[0]
        self.rule = plan.rule
        self._first_rate = plan.rule.learning_rate
        self._rate = SCHEDULES[plan.schedule]
        self._power_t = plan.power_t
        self._history = state.history
        self._random_state = state.random_state
        self.engine = _engine.begin(state.parameters, state.memory, training_set, plan.batch_size)
        self._orders = _Orders(self.n_instances, plan, state.random_state)
        self._inputs = None if plan.augment is None else _AugmentedInputs(training_set.inputs, plan, state.random_state)
        self._draws = self._orders if self._inputs is None else self._inputs  # whichever draws first in an epoch
        self._total_error = total_error_of(training_set)
        # Of a network with larger weights no product of three layers can be told from infinity.
        self._limit = np.cbrt(np.finfo(state.parameters.vector.dtype).max)

    def present(self):
        """Train for one epoch and write down what was seen; return whether it was finite."""
        learning_rate = self._rate(self._first_rate, self._history, self._power_t)
        self._history.learning_rate = learning_rate
        if learning_rate != self.rule.learning_rate:
            self.rule = self.rule._replace(learning_rate=learning_rate)
        if self._inputs is not None:
            self.engine.present(self._inputs.next())
        loss, error, largest_update = self.engine.epoch(self._orders.next(), self.rule)
        self._history.add(loss / self.n_instances, error_rate_of(error, self._total_error), largest_update)
        return math.isfinite(loss) and largest_update < self._limit

    def settle(self, n_epochs):
        """Leave the random state as it is after `n_epochs`."""
        if self._draws.n_drawn > n_epochs:
            self._draws.rewind(self._random_state, n_epochs)

    def random_state_after(self, n_epochs):
        """Another random state, as this one is after `n_epochs`, until it is asked for again."""
        self._twin.set_state(self._random_state.get_state(legacy=False))
        if self._draws.n_drawn > n_epochs:
            self._draws.rewind(self._twin, n_epochs)
        return self._twin

    @cached_property
    def _twin(self):
        return copy.deepcopy(self._random_state)  # takes longer than many an epoch


class _AugmentedInputs:
    """The inputs that the user's function makes for each epoch."""

    def __init__(self, inputs, plan, random_state):
        self._inputs = inputs.view()
        self._inputs.flags.writeable = False  # they may be the user's own array
        self._augment = plan.augment
        self._random_state = random_state
        self.n_drawn = 0

    def next(self):
        """The next epoch's inputs."""
        self._before = self._random_state.get_state(legacy=False)
        self.n_drawn += 1
        inputs = self._as_array(self._augment(self._inputs, self._random_state))
        if inputs.shape != self._inputs.shape:
            raise ValueError(f"augment returned shape {inputs.shape}, but must keep that of X, {self._inputs.shape}.")
        if not np.isfinite(inputs).all():
            raise ValueError(f"augment returned NaN or infinity, or a value too large for {self._inputs.dtype}.")
        return inputs

    def _as_array(self, inputs):
        """The user's inputs as an engine takes them."""
        try:
            with np.errstate(over="ignore"):
                return np.ascontiguousarray(inputs, dtype=self._inputs.dtype)
        except (TypeError, ValueError) as error:
            raise ValueError(f"augment returned no array of numbers: {error}.") from error

    def rewind(self, random_state, n_epochs):
        """Leave the random state as it was before the draws of the last epoch."""
        random_state.set_state(self._before)


class _Orders:
    """The order in which each epoch presents the instances.

    Where one batch holds all instances their order does not matter, so they stay in their own, which needs no copy. The
    orders of few instances are drawn many at once, as drawing one takes longer than to present them; they come out of the
    random state one behind the other either way.
    """

    _FEW_INSTANCES, _BLOCK_LENGTH = 256, 64

    def __init__(self, n_instances, plan, random_state):
        self.n_instances = n_instances
        self._is_shuffled = plan.shuffle and plan.batch_size < n_instances
        self._random_state = random_state
        # An augmented epoch draws its inputs first, so no order can be drawn before its epoch.
        self._n_wanted = plan.thresholds.max_iter if plan.augment is None else 1
        self.n_drawn = 0
        self._before_block = None, 0
        self.next = self._generate().__next__ if self._is_shuffled else lambda: None

    def _generate(self):
        """The orders, one an epoch, as an engine takes them."""
        while True:
            self._before_block = self._random_state.get_state(legacy=False), self.n_drawn
            longest = self._BLOCK_LENGTH if self.n_instances <= self._FEW_INSTANCES else 1
            n_orders = min(longest, max(1, self._n_wanted - self.n_drawn))
            self.n_drawn += n_orders  # before they are drawn, for Ctrl-C may come right after
            yield from self._draw(n_orders, self._random_state)

    def _draw(self, length, random_state):
        """A list of orders."""
        if self.n_instances > self._FEW_INSTANCES:  # length is 1
            return [random_state.permutation(self.n_instances)]
        return list(random_state.random_sample((length, self.n_instances)).argsort(axis=1))

    def rewind(self, random_state, n_orders):
        """Leave the random state as if just the first `n_orders` orders had been drawn, of which the last block is left."""
        state, n_before = self._before_block
        random_state.set_state(state)
        if n_orders > n_before:
            self._draw(n_orders - n_before, random_state)


def total_error_of(training_set):
    """What an epoch's sum of errors is divided by: the weight of all instances, or the total sum of squares."""
    targets, weights = training_set.targets, training_set.weights
    if training_set.units.groups is not None:
        return float(training_set.inputs.shape[0])
    return sum(_sum_of_squares(column, weights) for column in targets.T)


def _sum_of_squares(numbers, weights):
    """Weighted sum of squared deviations from the mean; exactly 0 for equal numbers, whatever their rounded mean is."""
    if numbers.min() == numbers.max():
        return 0.0
    with np.errstate(over="ignore"):
        squares = (numbers - np.average(numbers, weights=weights)) ** 2
        return float(squares.sum(dtype=np.float64) if weights is None else weights @ squares)


def error_rate_of(error, total_error):
    """The epoch's error rate. Targets without variance are fitted exactly (0) or not (1)."""
    if total_error > 0:
        return error / total_error
    return 0.0 if error == 0 else 1.0
