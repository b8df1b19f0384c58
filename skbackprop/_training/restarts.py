"""Trains one or several networks from their starts, after divergence with a smaller rate where that was asked for."""

import math
import threading
import time
from contextlib import suppress
from typing import NamedTuple

from joblib import Parallel, delayed, effective_n_jobs

from .divergence import Divergence
from .lbfgs import train_lbfgs
from .loop import train
from .table import print_restart

# Seconds that Ctrl-C waits for the epochs of other threads.
_PATIENCE = 0.5

# Half the rate, this many times, is a 1e15th of it: if it is not that, something else makes the training diverge.
_MAX_HALVINGS = 50


class Outcome(NamedTuple):
    """How one training ended."""

    state: object
    stop_reason: str
    score: float
    seed: object
    error: object = None


def train_restarts(starts, training_set, plan, monitor, n_jobs=None, ahead=None):
    """Train from each start and keep the best: by the validation score, else by the loss of the last epoch.

    Parameters
    ----------
    starts : list of (seed, State)
    training_set : TrainingSet
    plan : Plan
    monitor : Monitor or None
    n_jobs : int or None
        Threads that several trainings share.
    ahead : State or None
        What a part of the call has made of a single start already.

    Returns
    -------
    outcome : Outcome
        Of the best.
    restarts : list of dict or None
        What became of each start; None of a single one.
    """
    if len(starts) == 1:
        trainer = _Trainer(training_set, plan, monitor, n_starts=1, ahead=ahead)
        trainer.train(0, *starts[0])
        return trainer.outcomes[0], None
    n_jobs = n_jobs if n_jobs is None else min(n_jobs, len(starts))  # joblib makes a thread for each
    is_parallel = effective_n_jobs(n_jobs) > 1
    trainer = _Trainer(training_set, plan, monitor, n_starts=len(starts), prints_epochs=not is_parallel)
    interrupt = None
    try:
        jobs = (delayed(trainer.train)(number, seed, state) for number, (seed, state) in enumerate(starts))
        Parallel(n_jobs=n_jobs, require="sharedmem")(jobs)
    except KeyboardInterrupt as error:
        interrupt = error
        trainer.close(patience=_PATIENCE)
        if not trainer.outcomes:
            raise
    except BaseException:
        trainer.close()
        raise
    outcomes = [trainer.outcomes[number] for number in sorted(trainer.outcomes)]
    best = max(outcomes, key=lambda outcome: outcome.score)
    interrupts = [outcome.state.history.interrupt for outcome in outcomes]
    interrupt = next((each for each in interrupts if each is not None), interrupt)
    if best.error is not None:  # every start diverged
        raise best.error if interrupt is None else interrupt
    if interrupt is not None:
        best.state.history.interrupt = interrupt
        best = best._replace(stop_reason="interrupted")
    return best, [_describe(outcome) for outcome in outcomes]


def _describe(outcome):
    """One restart, as `restarts_` tells it."""
    return {
        "seed": outcome.seed,
        "n_epochs": outcome.state.history.n_iter,
        "stop_reason": outcome.stop_reason,
        "score": outcome.score,
    }


class _Trainer:
    """Trains networks that differ in their starts only.

    Attributes
    ----------
    outcomes : dict of int to Outcome
        Of each start that is done, by its number.
    is_stopping : bool
        Trainings in other threads are to end with their epoch, and others not to begin.
    is_closed : bool
        What ends later is too late: it changes nothing, and calls nobody.
    """

    def __init__(self, training_set, plan, monitor, n_starts, prints_epochs=True, ahead=None):
        self._n_starts, self._is_only = n_starts, n_starts == 1
        self._ahead = ahead
        self._training_set = training_set
        self._plan = plan if prints_epochs else plan._replace(verbose=0)  # the rows of several tables would mix
        self._is_told = plan.verbose and n_starts > 1
        self._monitor = monitor
        self._train = train if plan.max_fun is None else train_lbfgs
        self._n_halvings = _MAX_HALVINGS if plan.is_halving else 0
        self._n_running = 0
        self._has_changed = threading.Condition()
        self.outcomes = {}
        self.is_stopping = self.is_closed = False

    def close(self, patience=0):
        """End all trainings; those that end within so many seconds, unless Ctrl-C comes again, still count."""
        self.is_stopping = True
        with self._has_changed:
            with suppress(KeyboardInterrupt):
                self._has_changed.wait_for(lambda: self._n_running == 0, timeout=patience)
            self.is_closed = True

    def train(self, number, seed, state):
        """Train one network and write down its outcome, unless training was stopped before."""
        if self.is_stopping:
            return
        plan = self._plan
        if self._monitor is not None:
            plan = plan._replace(monitor=self._monitor.restart(number))
        if not self._is_only and threading.current_thread() is not threading.main_thread():
            plan = plan._replace(monitor=_Stoppable(plan.monitor, self))
        with self._has_changed:
            self._n_running += 1
        try:
            outcome = self._outcome(seed, state, plan)
            with self._has_changed:
                if not self.is_closed:
                    self.outcomes[number] = outcome
                    if self._is_told:
                        print_restart(number, self._n_starts, outcome)
            if self._monitor is not None and outcome.error is None:
                plan.monitor.end(outcome.state, outcome.stop_reason)
        finally:
            with self._has_changed:
                self._n_running -= 1
                self._has_changed.notify()

    def _outcome(self, seed, state, plan):
        """Train one network."""
        try:
            state, stop_reason = self._train_with_halvings(state, plan)
        except Divergence as error:
            if self._is_only:
                raise
            return Outcome(state, "diverged", -math.inf, seed, error)
        if stop_reason == "interrupted":
            self.is_stopping = True
        elif stop_reason == "callback" and self.is_stopping:
            stop_reason = "interrupted"
        history = state.history
        score = history.progress.best if history.validation_scores else -history.loss_curve[-1]
        return Outcome(state, stop_reason, float(score), seed)

    def _train_with_halvings(self, state, plan):
        """Train; where it diverges, begin again from the same start with half the rate, if that was asked for.

        The limit of time is one for all attempts, but each has an epoch.
        """
        ahead, self._ahead = self._ahead, None  # used up
        end, first_error, n_errors = time.monotonic() + plan.thresholds.max_time, None, 0
        for n_halvings in range(self._n_halvings):
            attempt = state.copy() if n_halvings or ahead is None else ahead
            attempt.history.progress = _with_smaller_rate(attempt.history.progress, 0.5**n_halvings)
            thresholds = plan.thresholds._replace(max_time=max(0.0, end - time.monotonic()))
            try:
                stop_reason = self._train(attempt, self._training_set, plan._replace(thresholds=thresholds))
                has_run_off = stop_reason == "max_iter" and not plan.keeps_best and attempt.history.has_run_off()
                if stop_reason != "diverged" and not has_run_off:
                    return _with_source(attempt, state.source), stop_reason
            except Divergence as error:
                first_error, n_errors = first_error or error, n_errors + 1
        if self._n_halvings and n_errors == self._n_halvings:
            raise first_error
        if ahead is not None and not self._n_halvings:
            state = _with_source(ahead, state.source)
        thresholds = plan.thresholds._replace(max_time=max(0.0, end - time.monotonic()))
        return state, self._train(state, self._training_set, plan._replace(thresholds=thresholds))


def _with_source(state, source):
    """The state with another source, which goes on as its own would: it may be the user's random state."""
    source.set_numbers(state.source.numbers())
    return state._replace(source=source)


def _with_smaller_rate(progress, factor):
    return progress._replace(rate_factor=progress.rate_factor * factor)


class _Stoppable:
    """Ends a training in another thread when all are to end, and tells nobody of what comes too late."""

    def __init__(self, monitor, trainer):
        self._monitor = monitor
        self._trainer = trainer

    def _is_heard(self):
        return self._monitor is not None and not self._trainer.is_closed

    def begin_epoch(self, view):
        self._is_told = self._is_heard() and self._monitor.begin_epoch(view)
        return True  # for it says at the end of each whether to stop

    def abandon_epoch(self):
        if self._is_told and self._is_heard():
            self._monitor.abandon_epoch()

    def end_epoch(self, snapshot):
        wants_stop = self._is_told and self._is_heard() and self._monitor.end_epoch(snapshot)
        return wants_stop or self._trainer.is_stopping

    def end(self, state, stop_reason):
        if self._is_heard():
            self._monitor.end(state, stop_reason)
