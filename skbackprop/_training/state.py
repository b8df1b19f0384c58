"""What a training is asked for, and what it carries from one epoch to the next."""

import copy
import math
import time
from array import array
from collections import OrderedDict
from typing import ClassVar, NamedTuple

import numpy as np

from .stopping import Thresholds

# A training that ends at so many times the loss of its first epoch diverges.
_RUN_OFF = 1e3

_CURVES = ("loss_curve", "error_curve", "update_curve", "validation_scores", "validation_losses")

# How many streams in turn find their random states again.
_MAX_WAITING = 16


class Plan(NamedTuple):
    """What the user asked of one call.

    Attributes
    ----------
    rule : object
        As a solver makes it, such as `GradientDescent`, with the learning rate of the schedule's beginning.
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
    validate : Validation or None
        Takes the parameters; returns the validation score and the validation loss.
    keeps_best : bool
        Whether the parameters of the best validation score are those that remain, where there is validation.
    monitor : EpochMonitor or None
        Is told that each epoch begins, says whether to tell it of this one's end, and then whether to stop.
    max_fun : int or None
        How often L-BFGS may compute the loss; None for what learns in epochs.
    is_halving : bool
        Whether a training that diverges begins anew with half the rate.
    loss_off_plateau : callable or None
        Returns the loss below which there is no plateau, where the rate is to be halved if the loss swings.
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
    max_fun: int | None = None
    is_halving: bool = False
    loss_off_plateau: object = None


class RandomSource:
    """What a training draws from: a random state, or its numbers as long as nothing is drawn.

    Design: to make a random state of its numbers takes longer than to train on a few instances. So it is made only where
    something is drawn, and afterwards waits for the call that goes on from the very numbers that it left. Whoever takes it
    takes it away, so two that go on from the same numbers, as copies do, never share one.

    Parameters
    ----------
    random_state : RandomState or None
    numbers : dict or None
        What `RandomState.get_state` gave, where there is no random state yet.
    """

    # By the identity of their numbers, which are kept beside them.
    _waiting: ClassVar[OrderedDict] = OrderedDict()

    def __init__(self, random_state=None, numbers=None):
        self._random_state = random_state
        self._numbers = numbers
        self._is_lent = False

    @property
    def random_state(self):
        """The random state, to draw from."""
        if self._random_state is None:
            _, waiting = self._waiting.pop(id(self._numbers), (None, None))
            self._random_state = restored_random_state(self._numbers) if waiting is None else waiting
        return self._random_state

    def lend(self):
        """The random state, for a function of the user's to draw from, which may keep it."""
        self._is_lent = True
        return self.random_state

    def numbers(self):
        """What `RandomState.get_state` gives."""
        return self._numbers if self._random_state is None else self._random_state.get_state(legacy=False)

    def set_numbers(self, numbers):
        """Go on from these numbers."""
        self.random_state.set_state(numbers)

    def end(self):
        """The numbers, for another call to go on from; nothing more is drawn here."""
        numbers = self.numbers()
        is_own = self._numbers is not None and not self._is_lent  # and not the user's, to draw from meanwhile
        if is_own and self._random_state is not None:
            self._waiting[id(numbers)] = numbers, self._random_state
            if len(self._waiting) > _MAX_WAITING:
                self._waiting.popitem(last=False)
        return numbers


def restored_random_state(numbers):
    """A random state of its own, from the numbers that `RandomState.get_state` gave."""
    random_state = np.random.RandomState(getattr(np.random, numbers["bit_generator"])(0))
    random_state.set_state(numbers)
    return random_state


class State(NamedTuple):
    """All that a training carries from one epoch to the next; where it is kept, the training goes on exactly.

    Attributes
    ----------
    parameters : Parameters
    memory : Memory
        Of the update rule.
    source : RandomSource
        Draws the order of the instances.
    history : History
    """

    parameters: object
    memory: object
    source: RandomSource
    history: object

    def vectors(self):
        """The arrays that an epoch changes."""
        return [self.parameters.vector, *self.memory.vectors.values()]

    def resumed(self):
        """The same state at the beginning of another call."""
        return self._replace(history=self.history.resumed())

    def copy(self):
        """An equal state that shares nothing with this one."""
        return State(self.parameters.copy(), self.memory.copy(), copy.deepcopy(self.source), self.history.copy())


class View(NamedTuple):
    """A training for those who look on: to be read while they are called, and never written to.

    Attributes
    ----------
    state : State
        As it is at this moment; the training goes on in the same arrays.
    thresholds : Thresholds or None
        None where a training has ended.
    """

    state: State
    thresholds: Thresholds | None = None


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
    best_loss : float
        The smallest validation loss so far, where it counts.
    loss_of_best : float
        The validation loss of the epoch with the largest score: of those that share it the smallest.
    has_begun_well : bool
        Whether the weights were drawn where the data ask for it, so that no plateau is likely.
    digest : int
        Of the training set that the last four are of.
    n_epochs_before : int
        That were made when it came.
    smallest_loss : float
        Since then.
    n_restless : int
        Epochs since that loss, or since the rate was halved.
    calm_factor : float
        What the swings of the loss have left of an automatic learning rate.
    """

    best: float = -math.inf
    n_no_improvement: int = 0
    rate_factor: float = 1.0
    is_validated: bool = False
    best_loss: float = math.inf
    loss_of_best: float = math.inf
    has_begun_well: bool = False
    digest: int = 0
    n_epochs_before: int = 0
    smallest_loss: float = math.inf
    n_restless: int = 0
    calm_factor: float = 1.0

    def begun_anew(self, is_validated):
        """The progress of a training whose best score has nothing to be compared with yet."""
        of_score = {
            name: self._field_defaults[name] for name in ("best", "n_no_improvement", "best_loss", "loss_of_best")
        }
        return self._replace(**of_score, is_validated=is_validated)

    def after_epoch(self, smallest_loss, n_restless, calm_factor):
        """The progress with these last fields, which each epoch changes: quicker than by `_replace`."""
        return self._make((*self[:-3], smallest_loss, n_restless, calm_factor))

    def of_other_weights(self, n_epochs):
        """The progress where the weights were changed from outside after so many epochs: what they gave says nothing."""
        progress = self.begun_anew(self.is_validated)
        return progress._replace(n_epochs_before=n_epochs, smallest_loss=math.inf, n_restless=0)

    def on_another_set(self, digest, n_epochs):
        """The progress where a training set with this digest comes after so many epochs, whose losses say nothing of it."""
        return self._replace(
            digest=digest, n_epochs_before=n_epochs, smallest_loss=math.inf, n_restless=0, calm_factor=1.0
        )


def have_run_off(losses):
    """Whether the last one is many times the first: a training diverges then, if no number is infinite yet."""
    return len(losses) > 1 and losses[-1] > _RUN_OFF * losses[0]


class History:
    """What was seen in each epoch since the weights were drawn.

    Parameters
    ----------
    curves : sequence of sequence of float
        Losses, error rates, largest updates, validation scores and validation losses of earlier calls.
    n_epochs, n_instances : int
        Epochs, and presented instances, of earlier calls.
    progress : Progress

    Attributes
    ----------
    loss_curve, error_curve, update_curve : array of float
        One number an epoch: of the `array` module, which copies quickly, as each call of partial_fit does.
    validation_scores, validation_losses : array of float
        One number an epoch from the first one that was validated on; NaN of those that were not.
    progress : Progress
    is_validated : bool
        Whether this call validates its epochs.
    n_iter : int
        Epochs of this call that are over.
    learning_rate : float or None
        Of the last epoch, or of the first where it is known before; else None.
    hidden_factor : float
        What that of hidden layers is over it.
    calm_factor : float
        What swings of the loss had left of it.
    thresholds : Thresholds or None
        Of this call, once it has begun.
    interrupt : KeyboardInterrupt or None
        What ended this call before its time.
    """

    def __init__(self, curves=((),) * 5, n_epochs=0, n_instances=0, progress=Progress()):  # noqa: B008
        for name, curve in zip(_CURVES, curves, strict=True):
            setattr(self, name, array("d", curve))
        self.progress = progress
        self._lengths_before = [len(curve) for curve in self._curves()]
        self._n_epochs_before = n_epochs
        self._n_instances_before = n_instances
        self._begin = time.monotonic()
        self.n_presented = 0
        self.is_validated = False
        self.n_iter = 0
        self.rates = None, 1.0, 1.0
        self.thresholds = None
        self.interrupt = None

    def _curves(self):
        return [getattr(self, name) for name in _CURVES]

    @property
    def rates(self):
        """The learning rate, the hidden factor, and the calm factor."""
        return self.learning_rate, self.hidden_factor, self.calm_factor

    @rates.setter
    def rates(self, rates):
        self.learning_rate, self.hidden_factor, self.calm_factor = rates

    @property
    def n_epochs(self):
        """Epochs since the weights were drawn."""
        return self._n_epochs_before + self.n_iter

    @property
    def n_instances(self):
        """Instances presented since the weights were drawn."""
        return self._n_instances_before + self.n_iter * self.n_presented

    def has_run_off(self):
        """Whether this call diverges, as `have_run_off` tells by its losses."""
        return self.n_iter > 1 and have_run_off(self.loss_curve[-self.n_iter :])

    @property
    def update_tol(self):
        """What all updates of the last epoch were to be below."""
        if self.thresholds is None:
            return 0.0
        if not self.learning_rate:
            return self.thresholds.update_tol
        return self.thresholds.largest_update(self)

    def begin(self, n_presented, thresholds, is_validated=False):
        """Start the clock of a training that presents so many instances an epoch, and that ends by these thresholds."""
        self.n_presented, self.thresholds, self.is_validated = n_presented, thresholds, is_validated
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
        if self.validation_losses and not self.is_validated:
            self.add_validation(math.nan, math.nan)

    def add_validation(self, score, loss):
        """Write down what the validation of the last epoch gave."""
        self.validation_scores.append(score)
        self.validation_losses.append(loss)

    def cut(self, n_iter, progress):
        """Forget what was written down after the first `n_iter` epochs of this call."""
        self.n_iter, self.progress = n_iter, progress
        for curve, length in zip(self._curves(), self._lengths_before, strict=True):
            del curve[length + n_iter :]

    def resumed(self):
        """The same history at the beginning of another call."""
        return History(self._curves(), self.n_epochs, self.n_instances, self.progress)

    def copy(self):
        """An equal history of its own."""
        twin = copy.copy(self)
        for name in _CURVES:
            setattr(twin, name, getattr(self, name)[:])
        return twin

    def thin(self, max_length):
        """Drop every second epoch of the older half where the curves have become longer than `max_length`."""
        n_epochs, n_older = len(self.loss_curve), max_length // 2
        if n_epochs > max_length:
            for curve in self._curves():
                n_before = n_epochs - len(curve)  # epochs before the first that was validated
                del curve[n_before % 2 : max(0, n_older - n_before) : 2]
