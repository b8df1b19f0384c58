"""One epoch after the other: its rate, its order of the instances, its inputs, and what was seen in it."""

import copy
import math
from functools import cache

import numpy as np
from scipy.sparse import issparse

from .._network import engines
from .._network.updates import has_head_start, hidden_factor_of, rule_after
from .schedules import SCHEDULES
from .state import RandomSource

# Numbers of targets that are copied at a time, so that those of a column lie one behind the other before they are summed.
_COPIED_NUMBERS = 2**18


class Epochs:
    """Presents all instances once an epoch, with that epoch's learning rate, order and inputs.

    Attributes
    ----------
    n_instances : int
    engine : object
    rule : object
        Of the last epoch.
    """

    def __init__(self, state, training_set, plan):
        self.n_instances = training_set.inputs.shape[0]
        self.rule = plan.rule
        self._first_rule, self._batch_size = plan.rule, plan.batch_size
        self._has_head_start, self._hidden_factor = has_head_start(plan.rule), hidden_factor_of(plan.rule)
        self._rate = SCHEDULES[plan.schedule].rate
        self._power_t = plan.power_t
        self._history, self._n_before = state.history, state.history.n_iter
        self._source, self._twin = state.source, None
        self.engine = engines.begin(state.parameters, state.memory, training_set, plan.batch_size, plan.rule)
        self._orders = _Orders(self.n_instances, plan, state.source)
        self._inputs = None if plan.augment is None else _AugmentedInputs(training_set.inputs, plan, state.source)
        self._draws = self._orders if self._inputs is None else self._inputs  # whichever draws first in an epoch
        self._total_error = total_error_of(training_set)
        # Of a network with larger weights no product of three layers can be told from infinity.
        self._limit = _limit_of(state.parameters.vector.dtype)

    def present(self):
        """Train for one epoch and write down what was seen; return whether it was finite."""
        history, rule = self._history, self._first_rule
        if self._has_head_start:
            rule = rule_after(rule, history.n_instances / self._batch_size)
        learning_rate = self._rate(self._first_rule.learning_rate, history, self._power_t)
        if learning_rate != rule.learning_rate:
            rule = rule._replace(learning_rate=learning_rate)
        if rule != self.rule:  # an engine makes something of each new one
            self.rule, self._hidden_factor = rule, hidden_factor_of(rule)
        history.rates = learning_rate, self._hidden_factor, history.progress.calm_factor
        if self._inputs is not None:
            self.engine.present(self._inputs.next())
        loss, error, largest_update = self.engine.epoch(self._orders.next(), self.rule)
        history.add(loss / self.n_instances, error_rate_of(error, self._total_error), largest_update)
        return math.isfinite(loss) and largest_update < self._limit

    def before_draws(self):
        """What the source was before the last epoch was drawn, perhaps with others, and how many epochs before that."""
        return self._draws.before

    def settle(self, n_iter, before=None):
        """Leave the source as it is after so many epochs of the call, from what `before_draws` was then, or is now."""
        n_epochs = n_iter - self._n_before
        if self._draws.n_drawn > n_epochs:
            self._draws.rewind(self._source, n_epochs, before or self._draws.before)

    def source_after(self, n_iter):
        """Another source, as this one is after so many epochs of the call, until it is asked for again."""
        n_epochs = n_iter - self._n_before
        if self._twin is None:
            self._twin = RandomSource(copy.deepcopy(self._source.random_state))  # takes longer than many an epoch
        self._twin.set_numbers(self._source.numbers())
        if self._draws.n_drawn > n_epochs:
            self._draws.rewind(self._twin, n_epochs, self._draws.before)
        return self._twin


@cache
def _limit_of(dtype):
    """The cube root of the largest number."""
    return float(np.cbrt(np.finfo(dtype).max))


class _AugmentedInputs:
    """The inputs that the user's function makes for each epoch."""

    def __init__(self, inputs, plan, source):
        self._inputs = inputs.view()
        self._inputs.flags.writeable = False  # they may be the user's own array
        self._augment = plan.augment
        self._source = source
        self.n_drawn, self.before = 0, None

    def next(self):
        """The next epoch's inputs."""
        self.before = self._source.numbers(), self.n_drawn
        self.n_drawn += 1
        inputs = self._as_array(self._augmented())
        if inputs.shape != self._inputs.shape:
            raise ValueError(f"augment returned shape {inputs.shape}, but must keep that of X, {self._inputs.shape}.")
        if not np.isfinite(inputs).all():
            raise ValueError(f"augment returned NaN or infinity, or a value too large for {self._inputs.dtype}.")
        return inputs

    def _augmented(self):
        """What the user's function returns."""
        try:
            return self._augment(self._inputs, self._source.lend())
        except ValueError as error:
            if "read-only" not in str(error):
                raise
            raise ValueError(
                f"augment wrote to its X, which may be the array that fit was given: change a copy, X.copy(). {error}"
            ) from error

    def _as_array(self, inputs):
        """The user's inputs as an engine takes them."""
        if inputs is None or issparse(inputs):
            what = "None" if inputs is None else "a sparse matrix"
            raise ValueError(f"augment returned {what}, but must return a dense array.")
        try:
            inputs = np.asarray(inputs)
            if inputs.dtype.kind == "c":
                raise TypeError("they are complex")
            with np.errstate(over="ignore"):
                return np.ascontiguousarray(inputs, dtype=self._inputs.dtype)
        except (TypeError, ValueError) as error:
            raise ValueError(f"augment returned no array of real numbers: {str(error).rstrip('.')}.") from error

    def rewind(self, source, n_epochs, before):
        """Leave the source as it was before the draws of the last epoch."""
        source.set_numbers(before[0])


class _Orders:
    """The order in which each epoch presents the instances.

    Where one batch holds all instances their order does not matter, so they stay in their own, which needs no copy. Several
    orders are drawn at once, as to note the state before them takes longer than to present some hundred instances; of few
    instances many, as drawing one does too. They come out of the random state one behind the other either way.
    """

    _FEW_INSTANCES, _BLOCK_LENGTH = 256, 64
    _BLOCK_LENGTH_OF_MANY, _BLOCK_SIZE_OF_MANY = 16, 2**14

    def __init__(self, n_instances, plan, source):
        self.n_instances = n_instances
        self._is_shuffled = plan.shuffle and plan.batch_size < n_instances
        self._source = source
        # An augmented epoch draws its inputs first, so no order can be drawn before its epoch.
        self._n_wanted = plan.thresholds.max_iter if plan.augment is None else 1
        self.n_drawn, self.before = 0, None
        self.next = self._generate().__next__ if self._is_shuffled else lambda: None

    def _generate(self):
        """The orders, one an epoch, as an engine takes them."""
        while True:
            self.before = self._source.numbers(), self.n_drawn
            n_orders = min(self._longest_block(), max(1, self._n_wanted - self.n_drawn))
            self.n_drawn += n_orders  # before they are drawn, for Ctrl-C may come right after
            yield from self._draw(n_orders, self._source.random_state)

    def _longest_block(self):
        """How many orders to draw at once."""
        if self.n_instances <= self._FEW_INSTANCES:
            return self._BLOCK_LENGTH
        return max(1, min(self._BLOCK_LENGTH_OF_MANY, self._BLOCK_SIZE_OF_MANY // self.n_instances))

    def _draw(self, length, random_state):
        """A list of orders."""
        if self.n_instances > self._FEW_INSTANCES:
            return [random_state.permutation(self.n_instances) for _ in range(length)]
        return list(random_state.random_sample((length, self.n_instances)).argsort(axis=1))

    def rewind(self, source, n_orders, before):
        """Leave the source as if just the first `n_orders` orders had been drawn, from what it was before their block."""
        numbers, n_before = before
        source.set_numbers(numbers)
        if n_orders > n_before:
            self._draw(n_orders - n_before, source.random_state)


def total_error_of(training_set):
    """What an epoch's sum of errors is divided by: the weight of all instances, or the total sum of squares."""
    targets, weights = training_set.targets, training_set.weights
    if training_set.units.groups is not None:
        return float(training_set.inputs.shape[0])
    n_at_once = max(1, _COPIED_NUMBERS // len(targets))
    parts = (targets[:, i : i + n_at_once] for i in range(0, targets.shape[1], n_at_once))
    return sum(_sum_of_squares(column, weights) for part in parts for column in np.ascontiguousarray(part.T))


def _sum_of_squares(numbers, weights):
    """Weighted sum of squared deviations from the mean; exactly 0 for equal numbers, whatever their rounded mean is."""
    if numbers.min() == numbers.max():
        return 0.0
    with np.errstate(over="ignore", invalid="ignore"):
        squares = (numbers - np.average(numbers, weights=weights)) ** 2
        # A dot product would depend on the number of BLAS threads.
        total = float((squares if weights is None else weights * squares).sum(dtype=np.float64))
    is_lost = not math.isfinite(total) and numbers.dtype != np.float64  # as squares of 1e20 are in float32
    return _sum_of_squares(numbers.astype(np.float64), weights) if is_lost else total


def error_rate_of(error, total_error):
    """The epoch's error rate, unknown (NaN) where a sum is. Targets without variance are fitted exactly (0) or not (1)."""
    if not math.isfinite(total_error):
        return math.nan
    if total_error > 0:
        return error / total_error
    return 0.0 if error == 0 else 1.0
