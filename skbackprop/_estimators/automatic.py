"""What 'auto' makes of the penalty, the learning rate and the threshold of updates: rules that follow the data.

The numbers are made in `.._network.automatic`; here stands what they are asked of.
"""

import math

import numpy as np

from .._network.automatic.different import N_LEAST, are_all_different, count_alike, n_of_stream, with_marks_of
from .._network.automatic.leave_one_out import Told
from .._network.automatic.parts import in_parts
from .._network.automatic.penalties import part_of_penalty, penalty_of_instance, slowness_of
from .._network.automatic.rates import (
    CALM_BATCH,
    MOST_UNITS_OF_CHANCE,
    Conditions,
    Curvature,
    LearningRates,
    alike_of_all,
    largest_of_each,
    most_alike_without_ends,
    updates_of_start,
)
from .._network.automatic.starts import NewNetwork
from .._network.parameters import sums_of_codes
from .._network.solvers import SOLVERS
from .._network.units import ACTIVATIONS
from .._training.schedules import SCHEDULES
from .fitted import FIRST_RULE_OF_COUNTED_FEW, LAST_RULE_OF_ONE_RATE

# Below these all updates are small where the rate is the automatic one for inputs that are not large and equal weights, and
# with smaller rates in proportion. The second is what one instance moves, of which a batch takes the mean.
_UPDATE_TOL, _UPDATE_TOL_OF_ONE = 1e-4, 1e-3

# Residuals beyond which a loss is linear count as no smaller.
_SMALLEST_RESIDUAL = 1e-12

# One of fewer instances moves a batch so far that rates have to be smaller for it.
_FEW_INSTANCES = 4

# Of the mean square of weights: the last ones depend on the order of the instances.
_N_DIGITS_OF_SQUARE = 4


class AutomaticSettings:
    """The part of the estimators that finds the settings the user leaves to the data."""

    def _has_one_rate_for_all(self):
        """Whether this network began when all layers had the same automatic rate."""
        return self._rate_rule_ <= LAST_RULE_OF_ONE_RATE

    def _rate_as_saved(self, conditions):
        """That rate, at which such a network goes on; None where anything else than before is asked of it.

        Of an adaptive one nobody knows whether it was cut after its last epoch.
        """
        is_same = self._rate_settings_ == self._rate_settings() and self.learning_rate_ is not None
        schedule = SCHEDULES[self.learning_rate]
        is_known = schedule.is_lasting and not schedule.is_adaptive
        if not (is_same and is_known and conditions.batch_size == self.batch_size):
            return None
        return LearningRates(self.learning_rate_ / self._progress_["rate_factor"])

    def _note_inputs(self, square_norm):
        """Where there are no hidden layers the rate follows the inputs alone, and larger ones must not come unnoticed."""
        if len(self.coefs_) == 1:
            self._square_norm_ = max(self._square_norm_, square_norm)

    def _note_weights(self, training_set):
        """Of all instances that are presented, for an automatic learning rate: the largest, and their mean squares."""
        weights = training_set.weights
        if weights is None:
            return
        self._largest_weight_ = max(float(weights.max()), getattr(self, "_largest_weight_", 1.0))
        square = _rounded_square(np.square(weights, dtype=float).mean())
        self._mean_square_weight_ = max(square, getattr(self, "_mean_square_weight_", 1.0))
        codes, n_codes = training_set.codes, len(training_set.targets)
        if codes is not None:
            sums, counts = sums_of_codes(codes, weights, n_codes), sums_of_codes(codes, None, n_codes)
            square = _rounded_square(np.sum(sums**2 / np.maximum(counts, 1)) / len(codes))
            self._mean_square_of_classes_ = max(square, getattr(self, "_mean_square_of_classes_", None) or 1.0)

    def _in_parts(self, training_set):
        """The same, with heavy instances in parts where they are to be presented so."""
        if not self._takes_parts(training_set):
            return training_set
        return in_parts(training_set, self._n_instances_of_batch(training_set))

    def _takes_parts(self, training_set):
        """Whether the rate is made for several batches, of which a heavy instance would be too much for one."""
        n_instances = training_set.inputs.shape[0]
        is_asked = self.learning_rate_init == "auto" and self.augment is None and SOLVERS[self.solver].takes_batches
        if self._has_one_rate_for_all() or not is_asked:
            return False
        return self._n_instances_of_batch(training_set) < n_instances

    def _asks_for_alike(self, training_set):
        """Whether anything follows how many instances are worth a batch that holds all of these."""
        n_instances = training_set.inputs.shape[0]
        counts_few = self.momentum or self._rate_rule_ >= FIRST_RULE_OF_COUNTED_FEW
        return (
            n_instances > (1 if counts_few else CALM_BATCH)
            and SOLVERS[self.solver].takes_batches
            and "auto" in (self.learning_rate_init, self.alpha, self.update_tol)
            and not self._has_one_rate_for_all()
            and self._n_instances_of_batch(training_set) == n_instances
        )

    def _with_alike(self, training_set):
        """The same, with how many tell as much as all; few that all differ are as many as they are."""
        inputs, weights = training_set.inputs, training_set.weights
        if weights is None and inputs.shape[0] <= CALM_BATCH and are_all_different(inputs):
            return training_set
        return training_set._replace(n_alike=count_alike(inputs, weights, self._square_norm_))

    def _find_penalty(self, network):
        """Find what 'auto' makes the penalty of, once; where the instances are too few a later call does."""
        if self.alpha == "auto" and getattr(self, "_penalty_", None) is None:
            self._penalty_ = penalty_of_instance(network)
            self._stream_ = network.stream() if self._penalty_ else None
            if self._stream_:
                self._stream_["part"] = self._part_of_stream(self._stream_, network.training_set)

    def _find_penalty_later(self, training_set):
        """The same of a network that has its weights."""
        if (
            self.alpha == "auto"
            and training_set.inputs.shape[0] >= N_LEAST
            and getattr(self, "_penalty_", None) is None
        ):
            self._find_penalty(self._network_of(training_set))

    def _note_instances(self, training_set):
        """Make the penalty the one of as many instances as have been there by now."""
        stream = getattr(self, "_stream_", None)
        if self.alpha != "auto" or stream is None:
            return
        marks = with_marks_of(stream["marks"], training_set.inputs, training_set.weights, self._square_norm_)
        if marks is stream["marks"]:
            return
        n_instances = stream["n_instances"] * n_of_stream(marks) / n_of_stream(stream["marks"])
        self._stream_ = {**stream, "marks": marks, "n_instances": n_instances}
        self._stream_["part"] = self._part_of_stream(self._stream_, training_set)
        self._penalty_ *= self._stream_["part"] / stream["part"]

    def _part_of_stream(self, stream, training_set):
        """What `part_of_penalty` makes of as many instances as have been there, by what was told of the first ones."""
        told = Told(**{name: stream.get(name, False) for name in ("least", "ridge", "is_of_products", "n_instances")})
        n_inputs = training_set.inputs.shape[1]
        return part_of_penalty(told, n_inputs, stream.get("n_of_one", n_inputs), training_set)

    def _network_of(self, training_set):
        """A network, with what is to be known of it before its weights are drawn."""
        layer_sizes, asks_for_noise = self._layer_sizes(training_set), self.alpha == "auto"
        return NewNetwork(layer_sizes, training_set, self._square_norm_, asks_for_noise)

    def _alpha(self, layer_sizes, training_set):
        """The penalty, as the batches of these instances share it."""
        n_of_batch, n_instances = self._n_instances_of_batch(training_set), training_set.inputs.shape[0]
        return self._alpha_of_batches(
            layer_sizes, n_of_batch, n_instances, training_set.mean_weight, training_set.n_alike
        )

    def _alpha_of_batches(self, layer_sizes, n_of_batch, n_instances, mean_weight, n_alike):
        """The same of batches of so many instances, which all together are worth `n_alike` if that is known."""
        if self.alpha != "auto":
            return float(self.alpha)
        batch_size = n_of_batch if SOLVERS[self.solver].takes_batches else None
        if batch_size == n_instances and n_alike is not None:
            batch_size, n_instances = n_alike, math.inf
        kept = self._are_targets_scaled(self._make_loss()), self._keeps_hidden_rate(), self._follows_batches()
        slowness = slowness_of(layer_sizes[-2], batch_size, n_instances, *kept)
        return (getattr(self, "_penalty_", None) or 0.0) / slowness * n_of_batch * mean_weight

    def _penalty_of_batch(self, layer_sizes, training_set):
        """Alpha over the instances of a batch, the smallest one, and their mean weight."""
        batch_size = self._n_instances_of_batch(training_set)
        n_left = training_set.inputs.shape[0] % batch_size or batch_size
        penalty = self._alpha(layer_sizes, training_set) / training_set.mean_weight / n_left
        if penalty == math.inf:
            raise ValueError(
                f"alpha={self.alpha!r} over a mean sample weight of {training_set.mean_weight:.3g} is too large a number: "
                "pass a smaller alpha, or larger weights."
            )
        return penalty

    def _update_tols(self, layer_sizes, n_of_update, n_batches):
        """What updates must be below: a number, and also another for each unit of the learning rate."""
        solver = SOLVERS[self.solver]
        if not solver.is_asked_of_updates:
            return 0.0, math.inf
        if self.update_tol == "auto":
            top = layer_sizes if len(layer_sizes) == 2 else (layer_sizes[0], *layer_sizes[-2:])
            update_tol = min(_UPDATE_TOL, _UPDATE_TOL_OF_ONE / n_of_update) if solver.takes_batches else _UPDATE_TOL
            conditions = Conditions(n_alike=n_of_update, n_batches=n_batches)
            return update_tol, update_tol / self._auto_rate(top, conditions, is_all_room=True)
        return float(self.update_tol), math.inf

    def _n_instances_of_batch(self, training_set):
        """How many instances make one update."""
        n_instances = training_set.inputs.shape[0]
        sizes = {"epoch": n_instances, "auto": 200}
        takes_batches = SOLVERS[self.solver].takes_batches
        return int(min(sizes.get(self.batch_size, self.batch_size) if takes_batches else n_instances, n_instances))

    def _rates(self, layer_sizes, training_set):
        """The learning rates.

        Parameters
        ----------
        layer_sizes : tuple of int
            Units of each layer, the inputs first.
        training_set : TrainingSet

        Returns
        -------
        rates : LearningRates
        """
        if self.learning_rate_init != "auto":
            return LearningRates(float(self.learning_rate_init))
        return self._auto_rates(layer_sizes, self._conditions_of_rate(layer_sizes, training_set))

    def _auto_learning_rate(self, layer_sizes, training_set):
        """The learning rate that 'auto' takes; layers and instances as in `_rates`."""
        return self._auto_rate(layer_sizes, self._conditions_of_rate(layer_sizes, training_set))

    def _conditions_of_rate(self, layer_sizes, training_set):
        batch_size = self._n_instances_of_batch(training_set)
        penalty = self._penalty_of_batch(layer_sizes, training_set)
        if batch_size == training_set.inputs.shape[0]:  # one update, in which a weight is so many instances
            n_alike = alike_of_all(batch_size, training_set.n_alike)
            n_counted = self._counted_of_all(batch_size, training_set.n_alike)
            return Conditions(self._square_norm_, batch_size=n_counted, n_alike=n_alike, penalty=penalty)
        # Of all calls so far: in a stream, instances of a rare class are in few of them, and the others must not outrun it.
        largest, square = getattr(self, "_largest_weight_", None), getattr(self, "_mean_square_weight_", None)
        of_classes = getattr(self, "_mean_square_of_classes_", None) or 1.0
        n_alike, n_batches = batch_size / (square or 1.0), training_set.inputs.shape[0] / batch_size
        return Conditions(self._square_norm_, largest or 1.0, batch_size, n_alike, of_classes, penalty, n_batches)

    def _counted_of_all(self, n_instances, n_alike):
        """How many instances count in a batch that holds all: equal ones are one, and weights are so many equal ones."""
        return n_instances if n_alike is None or self._rate_rule_ < FIRST_RULE_OF_COUNTED_FEW else n_alike

    def _auto_rate(self, layer_sizes, conditions, is_all_room=False):
        """The rate that follows the curvature of the loss, the size of the inputs and the weights, as the solver has it.

        With ``is_all_room`` momentum may take outputs to any end.
        """
        curvature = self._curvature(layer_sizes, conditions)
        if is_all_room:
            curvature = curvature._replace(room_for_momentum=math.inf)
        return SOLVERS[self.solver].auto_rate(curvature, self.momentum)

    def _auto_rates(self, layer_sizes, conditions):
        """The rate as `_auto_rate` has it, and those of hidden layers."""
        if self._has_one_rate_for_all() and (saved := self._rate_as_saved(conditions)) is not None:
            return saved
        curvature, solver = self._curvature(layer_sizes, conditions), SOLVERS[self.solver]
        rates = LearningRates(solver.auto_rate(curvature, self.momentum))
        if len(layer_sizes) == 2 or solver.hidden_factor is None or not self._keeps_hidden_rate():
            return rates
        rates = rates._replace(hidden_factor=solver.hidden_factor(curvature, self.momentum))
        if solver.head_start is None:
            return rates
        n_updates = updates_of_start(conditions.n_batches)
        return rates._replace(head_start=solver.head_start(curvature, self.momentum), updates_of_start=n_updates)

    def _keeps_hidden_rate(self):
        """Whether hidden units learn as much where they are many, at a rate of their own or by a rule without one."""
        return SOLVERS[self.solver].hidden_factor is None or self.learning_rate_init == "auto"

    def _has_equal_shares(self):
        """Whether instances left over by the batch size move weights no more than others do."""
        return self.learning_rate_init == "auto" and not self._has_one_rate_for_all()

    def _follows_batches(self):
        """Whether their rate is the larger, the larger batches are."""
        return SOLVERS[self.solver].follows_batches and self._keeps_hidden_rate()

    def _are_targets_scaled(self, loss):
        """Whether the targets are the larger, the more hidden units there are."""
        return loss.units_of_scale < math.inf and self._normalize_y_

    def _curvature(self, layer_sizes, conditions):
        """What an automatic rate follows."""
        activation, loss, has_hidden = ACTIVATIONS[self._activation_], self._make_loss(), len(layer_sizes) > 2
        square_norm, n_inputs = conditions.square_norm, layer_sizes[0]
        of_inputs = min(1.0, square_norm / n_inputs) if square_norm else 1.0
        rates = _rates_of_loss(loss, square_norm)
        least = rates.least_units if activation.is_unbounded and has_hidden else 0
        before = layer_sizes[1:-2] if activation.is_unbounded else ()
        return Curvature(
            n_units=max(layer_sizes[-2], least),
            mean_square=activation.mean_square if has_hidden else of_inputs,
            rates=rates,
            steepness=activation.steepness if has_hidden else 1.0,
            square_norm=square_norm,
            excess_of_inputs=max(1.0, square_norm / n_inputs),
            lack_of_inputs=max(1.0, n_inputs / square_norm) if square_norm else 1.0,
            weight_of_one=4 * conditions.largest_weight / conditions.batch_size,
            excess_of_classes=(conditions.square_of_classes - 1 if rates.have_ends else 0.0) / conditions.batch_size,
            n_alike=_n_alike(layer_sizes, rates, conditions),
            square_of_mean=getattr(self, "_square_of_mean_", None) or 0.0,
            penalty=conditions.penalty,
            n_units_before=tuple(max(n, least) for n in before),
            room_for_momentum=rates.room_for_momentum,
            n_hidden_layers=len(layer_sizes) - 2,
            n_widest_before=max(layer_sizes[1:-2], default=0),
            are_targets_scaled=self._are_targets_scaled(loss),
            is_one_sided=activation.has_book_range,
            units_of_chance=_units_of_chance(activation, rates, conditions) if has_hidden else 0.0,
        )


def _rates_of_loss(loss, square_norm):
    """Those of a loss that is linear beyond a small residual are the larger, as errors are no larger than that."""
    rates = loss.rates._replace(largest_of_each=largest_of_each(square_norm))
    if not loss.is_residual:
        return rates
    larger = 1 / min(1.0, max(loss.parameter, _SMALLEST_RESIDUAL))
    return rates._replace(largest=larger * rates.largest, factor=larger * rates.factor)


def _n_alike(layer_sizes, rates, conditions):
    """How many instances of equal weights a batch is worth."""
    if rates.have_ends:
        return conditions.n_alike
    return min(conditions.n_alike, most_alike_without_ends(layer_sizes))


def _units_of_chance(activation, rates, conditions):
    """How many hidden units chance is worth in a batch: not in one that holds all, but in a call of a few instances."""
    has_chance = conditions.n_batches > 1 or conditions.batch_size < _FEW_INSTANCES
    if activation.is_unbounded or not has_chance:
        return 0.0
    return min(MOST_UNITS_OF_CHANCE, rates.units_of_chance * CALM_BATCH / conditions.n_alike)


def _rounded_square(square):
    """With a few digits, as the last ones hang on the order of the instances; a mean square is at least 1."""
    return max(1.0, float(f"{square:.{_N_DIGITS_OF_SQUARE}g}"))
