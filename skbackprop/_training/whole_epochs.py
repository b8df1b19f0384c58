"""What counts of a training whenever Ctrl-C comes: the epochs that are over, and the best parameters among them."""

import math
from time import monotonic

import numpy as np

# Where nobody looks on, what the epochs have made is kept so often only: a copy of all takes longer than an epoch of few
# instances, and what is trained again when Ctrl-C comes takes no longer than this.
_SECONDS_TO_KEEP = 0.5


class Best:
    """The parameters of the best validation score so far; at first those of the start, or the best before it."""

    def __init__(self, parameters, before=None):
        self._theirs = parameters.vector
        self.parameters = parameters.vector.copy() if before is None else before

    def take(self):
        self.parameters = self._theirs.copy()  # a new array, as those of the epochs before may have to be put back

    def put_back(self):
        np.copyto(self._theirs, self.parameters)


class KeptEpochs:
    """Keeps what the epochs that are over have made, so that an interrupted one leaves no trace.

    Where somebody looks on, each epoch is kept. Elsewhere some are, and the last one; what lies between is trained again.

    Parameters
    ----------
    state : State
    epochs : Epochs
    best : Best or None
    plan : Plan
    """

    def __init__(self, state, epochs, best, plan):
        is_validated = plan.validate is not None and plan.validate.sees_each
        is_single, is_shown = plan.thresholds.max_iter == 1, is_validated or plan.monitor is not None
        self._history, self._epochs = state.history, epochs
        self._is_always = is_shown or plan.augment is not None  # augmented inputs are not made again
        self._whole = _WholeEpochs(state, epochs, best, is_own=is_single)
        self._spare = self._own = _WholeEpochs(state, epochs, best, is_own=is_single or not is_shown)
        self._due, self._n_over, self._is_ending = -math.inf, state.history.n_iter, False

    def keep_each(self, is_finite):
        """An epoch is over: keep it where each is."""
        if is_finite:
            self._n_over = self._history.n_iter
        if self._is_always:
            self._keep()

    def keep_some(self):
        """The training goes on: keep the last epoch where not each is, if that was not done for long."""
        if not self._is_always and monotonic() >= self._due:
            self._keep()
            self._due = monotonic() + _SECONDS_TO_KEEP

    def _keep(self):
        self._spare.take()
        self._whole, self._spare = self._spare, self._whole  # the epoch counts from here on, whenever Ctrl-C comes

    def keep_last(self):
        """The training is over."""
        self._is_ending = not self._is_always
        if self._is_ending:
            self._take_own()

    def keep_interrupted(self):
        """Ctrl-C has come; return whether anything counts."""
        if self._is_ending:  # whatever is kept may be half written over; the engine has it all
            self._take_own()
        return self._is_ending or self._whole.n_iter > 0

    def _take_own(self):
        self._own.take()
        self._whole = self._own

    def put_back(self):
        """Leave the state as the kept epochs made it; return how many more were over, which are not kept."""
        whole, n_lost = self._whole, 0 if self._is_always else self._n_over - self._whole.n_iter
        whole.put_back()
        self._epochs.settle(whole.n_iter, None if self._is_always else whole.before_draws)
        return n_lost


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
        self._rates = self._history.rates
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
        self._history.rates = self._rates
        self._history.cut(self.n_iter, self._progress)
