"""The training loop: stopping, the best weights, divergence and Ctrl-C. It knows no scikit-learn."""

import math
from functools import partial
from time import monotonic

import numpy as np
from scipy.sparse import issparse

from .._network.norms import largest_square_norm, mean_square_norm
from .._network.updates import GradientDescent
from .epochs import Epochs
from .schedules import adapt_rate
from .state import State, View
from .stopping import active_rules, reason_to_stop, watch_improvement
from .table import print_epoch

# Under this name the memory of a training that goes on holds its best parameters so far, beside what the update rule needs.
_BEST = "best_parameters"

# Where nobody looks on, what the epochs have made is kept so often only: a copy of all takes longer than an epoch of few
# instances, and what is trained again when Ctrl-C comes takes no longer than this.
_SECONDS_TO_KEEP = 0.5

# Inputs, and targets in the mean, that are larger ask for a smaller rate; so does one of a square that is so many times the
# mean of all.
_LARGE, _FAR = 10, 30


class Divergence(ValueError):
    """The training left the finite numbers."""


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
        If it comes before the first epoch's end; the state is then of no use. Later, it is that of the last whole epoch.
    """
    history, thresholds, monitor = state.history, plan.thresholds, plan.monitor
    is_told = False
    best_before = begin_memory(state, plan)
    epochs = Epochs(state, training_set, plan)
    history.begin(epochs.n_instances, thresholds)
    rules = active_rules(thresholds)
    best = _Best(state.parameters, best_before) if thresholds.is_validating else None
    if best is not None and best_before is None:  # what was best before need not be of this score, nor of this data
        history.progress = history.progress.begun_anew(history.progress.is_validated)
    is_shown = plan.validate is not None or monitor is not None
    whole = _WholeEpochs(state, epochs, best, is_own=thresholds.max_iter == 1)
    own = spare = _WholeEpochs(state, epochs, best, is_own=thresholds.max_iter == 1 or not is_shown)
    is_kept_always, due = is_shown or plan.augment is not None, -math.inf
    view, stop_reason, n_over, is_ending = View(state, thresholds), None, 0, False
    try:
        while stop_reason is None:
            if monitor is not None:
                is_told = monitor.begin_epoch(view)
            is_finite = epochs.present()
            if is_finite:
                n_over = history.n_iter
            if is_told or plan.validate is not None:
                epochs.engine.copy_to(*state.vectors())
            if plan.validate is not None:
                history.add_validation(*(plan.validate(state.parameters) if is_finite else (math.nan, math.nan)))
            if _judge(epochs.rule, history, thresholds) and best is not None:
                best.take()
            if is_kept_always:
                spare.take()
                whole, spare = spare, whole  # the epoch counts from here on, whenever Ctrl-C comes
            if is_finite:
                stop_reason = reason_to_stop(history, thresholds, rules)
            else:
                stop_reason = _end_by_divergence(
                    epochs.rule, training_set, plan, history, best, monitor if is_told else None
                )
            if is_told and monitor.end_epoch(partial(_snapshot, state, epochs, best, stop_reason)):
                stop_reason = stop_reason or "callback"
            if stop_reason is None and not is_kept_always and monotonic() >= due:
                spare.take()
                whole, spare = spare, whole
                due = monotonic() + _SECONDS_TO_KEEP
            if plan.verbose:
                print_epoch(history, plan.verbose, is_last=stop_reason is not None)
        is_ending = not is_kept_always
        if is_ending:
            own.take()
            whole = own
    except KeyboardInterrupt as interrupt:
        if whole.n_iter == 0 and not is_ending:
            raise
        history.interrupt = interrupt
        stop_reason = "interrupted"
        if is_ending:  # whatever it kept may be half written over; the engine has it all
            own.take()
            whole = own
    n_lost = 0 if is_kept_always else n_over - whole.n_iter
    whole.put_back()
    epochs.settle(whole.n_iter, None if is_kept_always else whole.before_draws)
    if n_lost:
        _train_again(state, training_set, plan, n_lost)
    if plan.keeps_best or stop_reason == "diverged":
        best.put_back()
    if stop_reason == "diverged":
        state.memory.clear()  # the moves that led to infinity
    if not _is_finite(state.parameters.vector):
        if history.interrupt is not None:  # in the moment in which it diverged
            raise history.interrupt
        raise Divergence(divergence_message(epochs.rule, training_set, plan.batch_size, history.n_iter))
    if thresholds.max_iter == 1:  # as in partial_fit, whose next call it may be
        epochs.engine.rest(state.parameters.vector)
    return stop_reason


def _is_finite(numbers):
    """Whether all are; their sum is quicker, but that of large ones overflows."""
    with np.errstate(all="ignore"):
        return math.isfinite(numbers.sum()) or bool(np.isfinite(numbers).all())


def _judge(rule, history, thresholds):
    """Whether the last epoch is the best so far, which is written down with what follows of it; False where nobody asks."""
    is_best = thresholds.is_watching and watch_improvement(history, thresholds)
    if thresholds.is_adaptive:
        adapt_rate(rule, history, thresholds)
    return is_best


def _train_again(state, training_set, plan, n_epochs):
    """Train again the epochs that an interrupted training had behind it, but not kept; a second Ctrl-C leaves them out."""
    history, numbers = state.history, state.source.numbers()
    before = history.n_iter, history.progress, *_rates_of(history), state.memory.n_updates
    try:
        epochs = Epochs(state, training_set, plan)
        for _ in range(n_epochs):
            epochs.present()
            _judge(epochs.rule, history, plan.thresholds)
    except KeyboardInterrupt:  # the engine has not changed the state's own arrays yet
        n_iter, progress, history.learning_rate, history.hidden_factor, state.memory.n_updates = before
        history.cut(n_iter, progress)
        state.source.set_numbers(numbers)
        return
    epochs.engine.copy_to(*state.vectors())
    epochs.settle(n_epochs)


def _rates_of(history):
    return history.learning_rate, history.hidden_factor


def begin_memory(state, plan):
    """Let the memory be what the rule needs; return the best parameters that it held beside, or None."""
    best_before = state.memory.vectors.pop(_BEST, None)
    state.memory.prepare(_rescaled(plan.rule, state.history.progress.rate_factor), state.parameters)
    return best_before


def _rescaled(rule, factor):
    """The rule with what is left of its learning rate."""
    return rule if factor == 1 else rule._replace(learning_rate=rule.learning_rate * factor)


def _snapshot(state, epochs, best, stop_reason):
    """The state after the last epoch, which shares nothing with the training that goes on, and what ended it, or None."""
    memory = state.memory.copy()
    if best is not None and stop_reason is None:
        memory.vectors[_BEST] = best.parameters.copy()
    source = epochs.source_after(state.history.n_iter)
    return State(state.parameters.copy(), memory, source, state.history.copy()), stop_reason


def _end_by_divergence(rule, training_set, plan, history, best, monitor):
    """Stop with what the validation found best, or raise."""
    if best is None:
        if monitor is not None:
            monitor.abandon_epoch()
        raise Divergence(divergence_message(rule, training_set, plan.batch_size, history.n_iter))
    return "diverged"


def divergence_message(rule, training_set, batch_size, n_iter):
    """What happened, and what to do; it begins with scikit-learn's sentence."""
    momentum = f" and momentum={rule.momentum:g}" if getattr(rule, "momentum", 0) else ""
    return (
        "Solver produced non-finite parameter weights. The input data may contain large values and need to be "
        f"preprocessed. The training diverged in epoch {n_iter} with a learning rate of {rule.learning_rate:g}{momentum}: "
        f"try a smaller learning_rate_init, such as {_smaller_rate(rule, training_set, batch_size):.1g}"
        f"{_penalty_advice(rule, training_set, batch_size)}{scaling_advice(training_set)}."
    )


def _smaller_rate(rule, training_set, batch_size):
    """A tenth, or one at which an instance that is far from all others does not take its own batch too far."""
    rate = rule.learning_rate / 10
    if training_set is None:
        return rate
    largest = largest_square_norm(training_set.inputs)
    is_far = largest > _FAR * mean_square_norm(training_set.inputs, training_set.weights)
    return min(rate, batch_size / (1 + largest)) if is_far else rate


def _penalty_advice(rule, training_set, batch_size):
    """To lower alpha, as half a sentence, where a step of the penalty alone moves weights beyond 0."""
    n_left, mean_weight = batch_size, 1.0
    if training_set is not None:
        n_left, mean_weight = training_set.inputs.shape[0] % batch_size or batch_size, training_set.mean_weight
    is_large = isinstance(rule, GradientDescent) and rule.learning_rate * rule.alpha > n_left * mean_weight
    return f", or a smaller alpha than {rule.alpha:g}" if is_large else ""


def scaling_advice(training_set):
    """What to scale, as the second half of a sentence; nothing where neither inputs nor targets are large, or known."""
    if training_set is None:
        return ""
    inputs, targets = training_set.inputs, training_set.targets
    numbers = inputs.data if issparse(inputs) else inputs
    large = ["inputs"] if numbers.size and max(numbers.max(), -numbers.min()) > _LARGE else []
    with np.errstate(over="ignore"):  # of targets whose squares are infinite, which are large
        if training_set.units.groups is None and np.sqrt(np.mean(np.square(targets, dtype=float))) > _LARGE:
            large.append("targets")
    return f", or scale the {' and '.join(large)}" if large else ""


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
    interrupted epoch leaves no trace. Where nobody else asks for them, these arrays keep every other time, which saves a
    copy of all; and they keep a single epoch, without which the state is of no use."""

    def __init__(self, state, epochs, best, is_own):
        self._state = state
        self._epochs = epochs
        self._best = best
        self._history = state.history
        self._memory = state.memory
        self._vectors = state.vectors()
        self._is_own, self._is_taken = is_own, False
        if not is_own:
            self._vectors = [np.empty_like(vector) for vector in self._vectors]
        self._note()

    def _note(self):
        self._progress, self._n_updates = self._history.progress, self._memory.n_updates
        self._rates = _rates_of(self._history)
        self._best_parameters = None if self._best is None else self._best.parameters
        self.before_draws = self._epochs.before_draws()
        self.n_iter = self._history.n_iter

    def take(self):
        self._epochs.engine.copy_to(*self._vectors)
        self._note()
        self._is_taken = True

    def put_back(self):
        if self._best is not None:
            self._best.parameters = self._best_parameters
        for mine, vector in zip(self._vectors, self._state.vectors(), strict=True):
            if self._is_taken and not self._is_own:
                np.copyto(vector, mine)
        self._memory.n_updates = self._n_updates
        self._history.learning_rate, self._history.hidden_factor = self._rates
        self._history.cut(self.n_iter, self._progress)
