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
        """Write down one epoch. It counts from the last line on, if Ctrl-C comes between them."""
        self.loss_curve.append(loss)
        self.error_curve.append(error_rate)
        self.update_curve.append(largest_update)
        self.n_iter += 1

    def forget_unfinished(self):
        """Drop what an interrupted `add` has written; in a new training, as `fit` makes it."""
        for curve in (self.loss_curve, self.error_curve, self.update_curve):
            del curve[self.n_iter :]

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
    orders = _Orders(training_set, plan, state.random_state)
    history.n_presented = orders.n_presented
    total_error = _total_error(training_set, orders.presented)
    whole_epochs = [vector.copy() for vector in state.vectors()]
    stop_reason = None
    while stop_reason is None:
        n_whole = history.n_iter
        try:
            _train_epoch(state, engine, plan.rule, orders, total_error)
        except KeyboardInterrupt as interrupt:
            _go_back(state, whole_epochs, orders, n_whole, interrupt)
            stop_reason = "interrupted"
        else:
            _copy_all(state.vectors(), whole_epochs)
            stop_reason = reason_to_stop(history, plan.thresholds)
        _print_epoch(history, plan.verbose, is_last=stop_reason is not None)
    _check_finite(state.parameters.vector.sum(), history, plan.rule)
    return stop_reason


def _train_epoch(state, engine, rule, orders, total_error):
    """Present all instances once and write down what was seen."""
    sums = engine.epoch(orders.next(), rule)
    _check_finite(sums.loss + sums.largest_update, state.history, rule)
    error_rate = _error_rate(sums.error, total_error)
    state.history.add(sums.loss / orders.n_presented, error_rate, sums.largest_update)


def _go_back(state, whole_epochs, orders, n_whole, interrupt):
    """Undo the epoch that was interrupted, the drawing of its order included."""
    history = state.history
    if history.n_iter == 0:
        raise interrupt
    if history.n_iter == n_whole:  # else the interrupt came when the epoch had just been written down
        history.forget_unfinished()
        _copy_all(whole_epochs, state.vectors())
        orders.draw_again(n_whole)
    history.interrupt = interrupt


def _copy_all(sources, destinations):
    for source, destination in zip(sources, destinations, strict=True):
        destination[...] = source


class _Orders:
    """The order in which each epoch presents the instances; those of weight zero are left out.

    Where one batch holds all instances their order does not matter, so they stay in their own, which needs no copy.

    Attributes
    ----------
    presented : ndarray of int or None
        Numbers of the instances that are presented; None for all.
    n_presented : int
    """

    def __init__(self, training_set, plan, random_state):
        weights = training_set.weights
        n_instances = training_set.inputs.shape[0]
        self.presented = None if weights is None or weights.all() else np.flatnonzero(weights)
        self.n_presented = n_instances if self.presented is None else len(self.presented)
        self._shuffled = None
        if plan.shuffle and plan.batch_size < self.n_presented:
            self._shuffled = n_instances if self.presented is None else self.presented
        self._random_state = random_state
        self._state_at_start = random_state.get_state(legacy=False)

    def next(self):
        """The next epoch's order, as an engine takes it."""
        if self._shuffled is None:
            return self.presented
        return self._random_state.permutation(self._shuffled)

    def draw_again(self, n_epochs):
        """Put the random state where it was when the first `n_epochs` orders had been drawn."""
        self._random_state.set_state(self._state_at_start)
        for _ in range(n_epochs):
            self.next()


def _total_error(training_set, presented):
    """What an epoch's sum of errors is divided by: the weight of all instances, or the total sum of squares."""
    if training_set.output_unit == "logistic":
        return float(training_set.inputs.shape[0] if presented is None else len(presented))
    targets, weights = training_set.targets, training_set.weights
    if presented is not None:
        targets, weights = targets[presented], weights[presented]
    varying = targets[:, np.ptp(targets, axis=0) > 0]  # a constant's rounded mean would leave it a variance
    if varying.size == 0:
        return 0.0
    squares = (varying - np.average(varying, axis=0, weights=weights)) ** 2
    return float(squares.sum() if weights is None else (weights @ squares).sum())


def _error_rate(error, total_error):
    """The epoch's error rate. Targets without variance are fitted exactly (0) or not (1)."""
    if total_error > 0:
        return error / total_error
    return 0.0 if error == 0 else 1.0


def _check_finite(number, history, rule):
    """Raise if the training diverged: an infinite weight or bias shows in the sums of its epoch or of the next."""
    if not math.isfinite(number):
        raise ValueError(
            "Solver produced non-finite parameter weights. The input data may contain large values and need to be "
            f"preprocessed. The training diverged in epoch {history.n_iter + 1} with "
            f"learning_rate_init={rule.learning_rate!r} and momentum={rule.momentum!r}: try a smaller "
            f"learning_rate_init, such as {rule.learning_rate / 10:.1g}, or scale the inputs and targets."
        )


def _print_epoch(history, verbose, is_last):
    """Print the first, every verbose-th and the last epoch."""
    if verbose and (is_last or history.n_iter == 1 or history.n_iter % verbose == 0):
        print(
            f"Iteration {history.n_epochs}, loss = {history.loss_curve[-1]:.8f}, "
            f"error rate = {history.error_curve[-1]:.6f}, max |update| = {history.update_curve[-1]:.2e}"
        )
