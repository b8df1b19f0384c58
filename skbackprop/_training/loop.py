"""The training loop, and what follows of its end. It knows no scikit-learn."""

import math
from functools import partial

from .divergence import Divergence, divergence_message, tells_finite
from .epochs import Epochs
from .schedules import judge
from .state import State, View
from .stopping import active_rules, reason_to_stop
from .table import print_epoch
from .whole_epochs import Best, KeptEpochs

# Under this name the memory of a training that goes on holds its best parameters so far, beside what the update rule needs.
_BEST = "best_parameters"


def train(state, training_set, plan):
    """Train until a rule says stop.

    Parameters
    ----------
    state : State
        Written to. Epochs that this call has behind it, as part of it that was trained before, count as its own.
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
    training = _Training(state, training_set, plan)
    stop_reason = training.run()
    training.settle(stop_reason)
    return stop_reason


class _Training:
    """One call's training.

    Parameters
    ----------
    state : State
        Written to.
    training_set : TrainingSet
    plan : Plan
    """

    def __init__(self, state, training_set, plan):
        self._state, self._training_set, self._plan = state, training_set, plan
        self._history, thresholds = state.history, plan.thresholds
        best_before = begin_memory(state, plan)
        self._epochs = Epochs(state, training_set, plan)
        self._history.begin(self._epochs.n_instances, thresholds, is_validated=plan.validate is not None)
        self._rules = active_rules(thresholds)
        self._best = Best(state.parameters, best_before) if thresholds.is_validating else None
        if self._best is not None and best_before is None:  # the best before may be of another score, or other data
            self._history.progress = self._history.progress.begun_anew(self._history.progress.is_validated)
        self._kept = KeptEpochs(state, self._epochs, self._best, plan)
        self._view = View(state, thresholds)

    def run(self):
        """Train until a rule says stop, or Ctrl-C comes; return which."""
        stop_reason = None
        try:
            while stop_reason is None:
                stop_reason = self._epoch()
            self._kept.keep_last()
        except KeyboardInterrupt as interrupt:
            if not self._kept.keep_interrupted():
                raise
            self._history.interrupt = interrupt
            stop_reason = "interrupted"
        return stop_reason

    def _epoch(self):
        """Train one epoch and have it judged; return why it is the last, or None."""
        plan, history, kept, monitor = self._plan, self._history, self._kept, self._plan.monitor
        is_told = monitor is not None and monitor.begin_epoch(self._view)
        was_finite = self._epochs.present()
        if is_told or (plan.validate is not None and plan.validate.is_due()):
            self._epochs.engine.copy_to(*self._state.vectors())
        if plan.validate is not None:
            history.add_validation(*(plan.validate(self._state.parameters) if was_finite else (math.nan, math.nan)))
        if judge(self._epochs.rule, history, plan) and self._best is not None:
            self._best.take()
        kept.keep_each(was_finite)
        stop_reason = reason_to_stop(history, plan.thresholds, self._rules) if was_finite else self._diverged(is_told)
        if is_told and monitor.end_epoch(partial(self._snapshot, stop_reason)):
            stop_reason = stop_reason or "callback"
        if stop_reason is None:
            kept.keep_some()
        if plan.verbose:
            print_epoch(history, plan.verbose, is_last=stop_reason is not None)
        return stop_reason

    def _diverged(self, is_told):
        """Stop with what the validation found best, or raise."""
        if self._best is not None:
            return "diverged"
        if is_told:
            self._plan.monitor.abandon_epoch()
        raise Divergence(self._divergence_message())

    def _divergence_message(self):
        return divergence_message(self._epochs.rule, self._training_set, self._plan.batch_size, self._history.n_iter)

    def _snapshot(self, stop_reason):
        """The state after the last epoch, which shares nothing with this one; and what ended it, or None."""
        state, memory = self._state, self._state.memory.copy()
        if self._best is not None and stop_reason is None:
            memory.vectors[_BEST] = self._best.parameters.copy()
        source = self._epochs.source_after(state.history.n_iter)
        return State(state.parameters.copy(), memory, source, state.history.copy()), stop_reason

    def settle(self, stop_reason):
        """Leave the state as the training has it at its end."""
        state, plan = self._state, self._plan
        n_lost = self._kept.put_back()
        if n_lost:
            _train_again(state, self._training_set, plan, n_lost)
        if plan.keeps_best or stop_reason == "diverged":
            self._best.put_back()
        if stop_reason == "diverged":
            state.memory.clear()  # the moves that led to infinity
        if not tells_finite(state.parameters, self._training_set):
            if self._history.interrupt is not None:  # in the moment in which it diverged
                raise self._history.interrupt
            raise Divergence(self._divergence_message())
        if plan.thresholds.max_iter == 1:  # as in partial_fit, whose next call it may be
            self._epochs.engine.rest(state.parameters.vector)


def _train_again(state, training_set, plan, n_epochs):
    """Train again the epochs that an interrupted training had behind it, but not kept; a second Ctrl-C leaves them out."""
    history, numbers = state.history, state.source.numbers()
    before = history.n_iter, history.progress, history.rates, state.memory.n_updates
    try:
        epochs = Epochs(state, training_set, plan)
        for _ in range(n_epochs):
            epochs.present()
            judge(epochs.rule, history, plan)
    except KeyboardInterrupt:  # the engine has not changed the state's own arrays yet
        n_iter, progress, history.rates, state.memory.n_updates = before
        history.cut(n_iter, progress)
        state.source.set_numbers(numbers)
        return
    epochs.engine.copy_to(*state.vectors())
    epochs.settle(history.n_iter)


def begin_memory(state, plan):
    """Let the memory be what the rule needs; return the best parameters that it held beside, or None."""
    best_before = state.memory.vectors.pop(_BEST, None)
    state.memory.prepare(_rescaled(plan.rule, state.history.progress.rate_factor), state.parameters)
    return best_before


def _rescaled(rule, factor):
    """The rule with what is left of its learning rate."""
    return rule if factor == 1 else rule._replace(learning_rate=rule.learning_rate * factor)
