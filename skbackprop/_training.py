"""The training loop: the order of an epoch, the history, stopping, Ctrl-C and printing. It knows no scikit-learn."""

import math
from typing import NamedTuple

import numpy as np

from . import _engine
from ._network import Parameters, UpdateRule
from ._stopping import Thresholds, reason_to_stop


class Plan(NamedTuple):
    """What the user asked of one call.

    Attributes
    ----------
    rule : UpdateRule
    batch_size : int
        Clipped to the number of instances.
    shuffle : bool
    thresholds : Thresholds
    verbose : int
        Print the first, every verbose-th and the last epoch; 0 prints nothing.
    """

    rule: UpdateRule
    batch_size: int
    shuffle: bool
    thresholds: Thresholds
    verbose: int


class State:
    """All that a training carries from one epoch to the next; where it is kept, the training goes on exactly.

    Attributes
    ----------
    parameters : Parameters
    velocity : Parameters or None
        The last move of every weight and bias; None while there is no momentum.
    random_state : RandomState
        Draws the order of the instances.
    history : History
    """

    def __init__(self, parameters, velocity, random_state, history):
        self.parameters = parameters
        self.velocity = velocity
        self.random_state = random_state
        self.history = history

    def set_momentum(self, momentum):
        """Begin or end the velocity, as the momentum asks."""
        if momentum == 0:
            self.velocity = None
        elif self.velocity is None:
            self.velocity = Parameters(self.parameters.layer_sizes, self.parameters.vector.dtype)

    def vectors(self):
        """The arrays that an epoch changes."""
        return [part.vector for part in (self.parameters, self.velocity) if part is not None]


class History:
    """What was seen in each epoch since the weights were drawn.

    Parameters
    ----------
    curves : tuple of sequence of float
        Losses, error rates and largest updates of earlier calls.
    n_epochs, n_instances : int
        Epochs, and presented instances, of earlier calls.

    Attributes
    ----------
    loss_curve, error_curve, update_curve : list of float
        One number an epoch.
    n_iter : int
        Epochs of this call that are over.
    interrupt : KeyboardInterrupt or None
        What ended this call before its time.
    """

    def __init__(self, curves=((), (), ()), n_epochs=0, n_instances=0):
        self.loss_curve, self.error_curve, self.update_curve = (list(curve) for curve in curves)
        self._n_epochs_before = n_epochs
        self._n_instances_before = n_instances
        self.n_presented = 0
        self.n_iter = 0
        self.interrupt = None

    @property
    def n_epochs(self):
        """Epochs since the weights were drawn."""
        return self._n_epochs_before + self.n_iter

    @property
    def n_instances(self):
        """Instances presented since the weights were drawn."""
        return self._n_instances_before + self.n_iter * self.n_presented

    def add(self, loss, error_rate, largest_update):
        """Write down one epoch."""
        self.loss_curve.append(loss)
        self.error_curve.append(error_rate)
        self.update_curve.append(largest_update)
        self.n_iter += 1

    def cut(self, n_iter):
        """Forget what was written down after the first `n_iter` epochs of a new training."""
        self.n_iter = n_iter
        for curve in (self.loss_curve, self.error_curve, self.update_curve):
            del curve[n_iter:]

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
        The rule that was met, or "interrupted".

    Raises
    ------
    ValueError
        If the training diverges; the state is then of no use.
    KeyboardInterrupt
        If it comes before the first epoch's end. Later, the state is that of the last whole epoch.
    """
    history = state.history
    state.set_momentum(plan.rule.momentum)
    engine = _engine.begin(state.parameters, state.velocity, training_set, plan.batch_size)
    orders = _Orders(training_set.inputs.shape[0], plan, state.random_state)
    history.n_presented = orders.n_instances
    total_error = _total_error(training_set)
    whole, spare = _WholeEpochs(state), _WholeEpochs(state)
    stop_reason = None
    try:
        while stop_reason is None:
            _train_epoch(state, engine, plan.rule, orders, total_error)
            spare.take()
            whole, spare = spare, whole  # the epoch counts from here on, whenever Ctrl-C comes
            stop_reason = reason_to_stop(history, plan.thresholds)
            if plan.verbose:
                _print_epoch(history, plan.verbose, is_last=stop_reason is not None)
    except KeyboardInterrupt as interrupt:
        if whole.n_iter == 0:
            raise
        whole.put_back()
        history.interrupt = interrupt
        stop_reason = "interrupted"
    orders.settle(history.n_iter, is_interrupted=history.interrupt is not None)
    _check_finite(state.parameters.vector.sum(), plan.rule, history.n_iter)
    return stop_reason


def _train_epoch(state, engine, rule, orders, total_error):
    """Present all instances once and write down what was seen."""
    loss, error, largest_update = engine.epoch(orders.next(), rule)
    _check_finite(loss + largest_update, rule, state.history.n_iter + 1)
    state.history.add(loss / orders.n_instances, _error_rate(error, total_error), largest_update)


class _WholeEpochs:
    """What the epochs that are over have made; an interrupted one is undone with it."""

    def __init__(self, state):
        self._history = state.history
        self._theirs = state.vectors()
        self._mine = [vector.copy() for vector in self._theirs]
        self.n_iter = self._history.n_iter

    def take(self):
        for mine, vector in zip(self._mine, self._theirs, strict=True):
            np.copyto(mine, vector)
        self.n_iter = self._history.n_iter

    def put_back(self):
        for mine, vector in zip(self._mine, self._theirs, strict=True):
            np.copyto(vector, mine)
        self._history.cut(self.n_iter)


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
        self._n_wanted = plan.thresholds.max_iter
        self._block = []
        self._n_orders = 0
        self._before_block = None, 0

    def next(self):
        """The next epoch's order, as an engine takes it."""
        if not self._is_shuffled:
            return None
        if not self._block:
            self._before_block = self._random_state.get_state(legacy=False), self._n_orders
            self._block = self._draw(min(self._BLOCK_LENGTH, max(1, self._n_wanted - self._n_orders)))
        self._n_orders += 1
        return self._block.pop()

    def _draw(self, length):
        """A list of orders, the next one last."""
        if self.n_instances > self._FEW_INSTANCES:
            return [self._random_state.permutation(self.n_instances)]
        return list(self._random_state.random_sample((length, self.n_instances)).argsort(axis=1)[::-1])

    def settle(self, n_orders, is_interrupted):
        """Leave the random state as if just the first `n_orders` orders had been drawn."""
        if self._is_shuffled and (self._block or is_interrupted):
            state, n_before = self._before_block
            self._random_state.set_state(state)
            if n_orders > n_before:
                self._draw(n_orders - n_before)


def _total_error(training_set):
    """What an epoch's sum of errors is divided by: the weight of all instances, or the total sum of squares."""
    targets, weights = training_set.targets, training_set.weights
    if training_set.output_unit == "logistic":
        return float(training_set.inputs.shape[0])
    return sum(_sum_of_squares(column, weights) for column in targets.T)


def _sum_of_squares(numbers, weights):
    """Weighted sum of squared deviations from the mean; exactly 0 for equal numbers, whatever their rounded mean is."""
    if numbers.min() == numbers.max():
        return 0.0
    squares = (numbers - np.average(numbers, weights=weights)) ** 2
    return float(squares.sum(dtype=np.float64) if weights is None else weights @ squares)


def _error_rate(error, total_error):
    """The epoch's error rate. Targets without variance are fitted exactly (0) or not (1)."""
    if total_error > 0:
        return error / total_error
    return 0.0 if error == 0 else 1.0


def _check_finite(number, rule, n_iter):
    """Raise if the training diverged: an infinite weight or bias shows in the sums of its epoch or of the next."""
    if not math.isfinite(number):
        raise ValueError(
            "Solver produced non-finite parameter weights. The input data may contain large values and need to be "
            f"preprocessed. The training diverged in epoch {n_iter} with a learning rate of {rule.learning_rate:g} and "
            f"momentum={rule.momentum:g}: try a smaller learning_rate_init, such as {rule.learning_rate / 10:.1g}, or "
            "scale the inputs and targets."
        )


def _print_epoch(history, verbose, is_last):
    """Print the first, every verbose-th and the last epoch."""
    if is_last or history.n_iter == 1 or history.n_iter % verbose == 0:
        print(
            f"Iteration {history.n_epochs}, loss = {history.loss_curve[-1]:.8f}, "
            f"error rate = {history.error_curve[-1]:.6f}, max |update| = {history.update_curve[-1]:.2e}"
        )
