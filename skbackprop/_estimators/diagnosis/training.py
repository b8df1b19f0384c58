"""A training that is over, and what is measured of it."""

import numpy as np
from scipy.sparse import issparse, vstack
from scipy.stats import rankdata

from ..._network import engines
from ..._network.automatic.different import without_copies
from ..._network.parameters import n_rows_of_chunk, select
from ..._network.solvers import SOLVERS
from ..._network.threads import one_blas_thread
from ..._network.units import ACTIVATIONS, OUTPUT_UNITS
from ..._once import once
from ..scoring import validates_accuracy
from .missed_classes import missed_class
from .references import (
    SAMPLE_SIZE,
    best_constant,
    costs_of,
    costs_of_linear,
    costs_of_ridge,
    gains_of,
    inverse_of,
    smooth_kernel,
)
from .start import blocks

# Fewer than `SAMPLE_SIZE` are taken at a time where they have many outputs: no more numbers than this.
_MANY_OUTPUTS = 2**22

# A linear model is made of so many at most: its time grows with their cube.
_LINEAR_SAMPLE_SIZE = 300

# Of fewer, or where it gains less than this share of what constant outputs cost, chance decides whether it is better.
LEAST_LINEAR_SAMPLE_SIZE, _LEAST_LINEAR_GAIN = 50, 0.1

# A rate, or a penalty, that is as far as this from what would do can be why a network does not learn.
FAR = 10


# Fewer epochs than this may have been meant to be few.
MANY_EPOCHS = 100

# A network gains so much at least of what a linear model gains, and its hidden units leave so much of it to be gained.
_LEAST_PART_OF_LINEAR, _LEAST_PART_OF_INPUTS = 0.75, 0.5

# A network that learned gains so much of what a smooth function of inputs like these has to gain: the second number where
# nothing else looks wrong.
LEAST_PART_OF_SMOOTH, LEAST_PART_OF_SMOOTH_ANYHOW = 0.9, 0.8

# In a column whose standard deviation is so many times what its middle half makes of it, a few inputs hide the others.
_OUTLYING = 10


class Training:
    """A training that is over, and what can be measured of it; each is measured when it is first asked for.

    Parameters
    ----------
    estimator : BaseBackprop
        With its parameters and its fitted attributes.
    state : State
    training_set : TrainingSet
    plan : Plan
    start : Start or None
        None where the training went on from another, or there are no hidden units.
    """

    def __init__(self, estimator, state, training_set, plan, start):
        self.estimator = estimator
        self.parameters, self.history = state.parameters, state.history
        if training_set.whole is not None:  # of the parts of an instance one would tell what the other is
            training_set = training_set.whole
        # Of sparse inputs the indices may have been written to since they were checked.
        inputs = engines.rows_of(training_set.inputs, 0, training_set.inputs.shape[0])
        self.training_set = training_set._replace(inputs=inputs)
        self.plan = plan
        self.start = start
        self.stop_reason = estimator.stop_reason_
        self.units = training_set.units
        self.sight = None  # what it does that shows that it did not learn, a key of `SIGHTS`

    @once
    def sample(self):
        """Some of the instances."""
        return select(self.training_set, self.sample_rows)

    @property
    def sample_rows(self):
        n_instances = self.training_set.inputs.shape[0]
        return slice(0, n_instances, max(1, n_instances // self.n_at_a_time))

    @property
    def n_at_a_time(self):
        return max(1, min(SAMPLE_SIZE, _MANY_OUTPUTS // self.parameters.layer_sizes[-1]))

    @property
    def samples_all(self):
        """Whether the sample holds all instances."""
        return self.sample_rows.step == 1

    def all_parts(self):
        """The outputs for all instances and the instances, in parts."""
        if self.samples_all:
            yield self.sample_layers[-1], self.sample
            return
        n_instances, length = self.training_set.inputs.shape[0], self.n_at_a_time
        for start in range(0, n_instances, length):
            part = select(self.training_set, slice(start, start + length))
            yield engines.predict(self.parameters, part.inputs, self.units), part

    @once
    def sample_layers(self):
        """The outputs of all layers for the sample."""
        with np.errstate(all="ignore"):
            return engines.forward(self.parameters, self.sample.inputs, self.units)

    @once
    def flat_shares(self):
        """The shares of outputs of hidden and of output units that lie where a unit hardly learns."""
        hidden, outputs = self.sample_layers[:-1], self.sample_layers[-1]
        flat = OUTPUT_UNITS[self.units.output_unit].flat
        n_flat = 0
        if flat is not None:
            n_flat = np.count_nonzero(flat.is_met(outputs) & ~_are_near_shares(outputs, self.sample.targets))
        return [_flat_share(hidden, ACTIVATIONS[self.units.activation].flat), n_flat / max(1, outputs.size)]

    @once
    def gains(self):
        """By what shares loss and error are smaller than those of the best constant outputs, on all instances."""
        return self._that_count(gains_of(self.all_parts(), best_constant(self.training_set)))

    @property
    def sample_gains(self):
        """The same on the sample."""
        return self._that_count(gains_of([(self.sample_layers[-1], self.sample)], best_constant(self.training_set)))

    def _that_count(self, gains):
        """Where quantiles are asked for, any outputs near the mean have smaller squared errors than the best constant."""
        is_of_loss_alone = self.units.groups is None and not self.training_set.loss.makes_means
        return np.full_like(gains, gains[0]) if is_of_loss_alone else gains

    @once
    def is_closer_to_most(self):
        """Whether the network costs less than a constant for most instances, where sums may show outliers alone."""
        loss = self.sample.loss
        if self.units.groups is not None or loss.makes_means or not _is_even(loss):
            return False
        with np.errstate(all="ignore"):
            targets = self.sample.targets
            own = loss.losses(self.sample_layers[-1], targets, loss.parameter)
            constant = np.broadcast_to(best_constant(self.training_set), targets.shape)
            of_constant = loss.losses(constant, targets, loss.parameter)
            return bool(np.median(own) < _LEAST_PART_OF_LINEAR * np.median(of_constant))

    @once
    def auto_rate(self):
        """What the learning rate would be, had it been left to the package."""
        return self.estimator._auto_learning_rate(self.parameters.layer_sizes, self.training_set)

    @property
    def auto_rate_without_weights(self):
        """The same, were all instances of one weight; the largest one makes the largest step of a batch."""
        layer_sizes = self.parameters.layer_sizes
        conditions = self.estimator._conditions_of_rate(layer_sizes, self.training_set)
        return self.estimator._auto_rate(layer_sizes, conditions._replace(largest_weight=1.0, square_of_classes=1.0))

    @property
    def has_rate(self):
        return SOLVERS[self.estimator.solver].learns_in_epochs

    @property
    def first_rate(self):
        """What was left of it after divergence, of which an adaptive one leaves less in any case."""
        is_halved = self.plan.is_halving and not self.plan.thresholds.is_adaptive
        return self.plan.rule.learning_rate * (self.history.progress.rate_factor if is_halved else 1.0)

    @property
    def last_rate(self):
        """That of the last epoch, before swings of the loss made it smaller."""
        return self.history.learning_rate / self.history.calm_factor

    @once
    def input_sizes(self):
        """The root mean square of each column of inputs in the sample."""
        inputs = self.sample.inputs
        n_instances, n_inputs = inputs.shape
        with np.errstate(all="ignore"):
            if issparse(inputs):
                squares = np.bincount(inputs.indices, inputs.data.astype(float) ** 2, minlength=n_inputs)
            else:
                squares = np.einsum("ij,ij->j", inputs, inputs, dtype=np.float64)
            return np.sqrt(squares / n_instances)

    @once
    def input_spread(self):
        """How far the inputs of the sample lie from their mean, in the root mean square."""
        with np.errstate(all="ignore"):
            return float(np.sqrt(np.maximum(self.input_sizes**2 - self.input_means**2, 0).sum()))

    @once
    def input_means(self):
        """The mean of each column of inputs in the sample."""
        with np.errstate(all="ignore"):
            return np.asarray(self.sample.inputs.mean(axis=0, dtype=np.float64)).ravel()

    @once
    def input_reach(self):
        """The largest distance of an input of the sample from the mean of its column."""
        inputs = self.sample.inputs
        ends = [getattr(inputs, name)(axis=0) for name in ("min", "max")]
        low, high = (each.toarray().ravel() if issparse(each) else each for each in ends)
        with np.errstate(all="ignore"):
            return float(max((self.input_means - low).max(), (high - self.input_means).max()))

    @once
    def unit_spread(self):
        """The largest standard deviation of the output of a unit of the first hidden layer over the sample."""
        with np.errstate(all="ignore"):
            return float(self.sample_layers[0].std(axis=0, dtype=np.float64).max())

    @once
    def few(self):
        """As many instances as a linear model is made of, but for copies, which would tell what others of them are."""
        rows = blocks(self.training_set.inputs.shape[0], _LINEAR_SAMPLE_SIZE)
        parts = [select(self.training_set, each) for each in rows]
        stack = vstack if issparse(parts[0].inputs) else np.vstack
        few = parts[0]._replace(
            inputs=stack([part.inputs for part in parts]),
            targets=np.vstack([part.targets for part in parts]),
            weights=None if parts[0].weights is None else np.concatenate([part.weights for part in parts]),
        )
        with np.errstate(all="ignore"):
            return without_copies(few)

    @once
    def rank(self):
        """Of the inputs of the few: columns that are constant, or made of others, tell nothing more."""
        inputs = self.few.inputs
        if issparse(inputs):
            inputs = inputs[:, np.unique(inputs.indices)].toarray()
        with one_blas_thread(), np.errstate(all="ignore"):
            scaled = inputs - inputs.mean(axis=0, dtype=float)
            scaled *= inverse_of(scaled.std(axis=0))
            return int(np.linalg.matrix_rank(np.nan_to_num(scaled)))

    @once
    def few_layers(self):
        """The outputs of all layers for the few."""
        with np.errstate(all="ignore"):
            return engines.forward(self.parameters, self.few.inputs, self.units)

    @once
    def part_left(self):
        """The part of the targets' variance that is left by whatever follows the inputs; NaN where it is not known."""
        return self.estimator._network_of(self.training_set).part_left

    @once
    def linear_costs(self):
        """What the few cost a linear model of the inputs that learns of each from the others."""
        return costs_of_linear(self.few.inputs, self.few)

    @property
    def loses_to_linear(self):
        """Whether the network gains much less of what it learned than a linear model of what it has not seen."""
        return self._gains_less(costs_of(self.few_layers[-1], self.few), _LEAST_PART_OF_LINEAR)

    @once
    def smooth_costs(self):
        """What the few cost a smooth function of the inputs that learns of each from the others."""
        return costs_of_ridge(smooth_kernel, self.few.inputs, self.few)

    def loses_to_smooth(self, part):
        """The same beside a smooth function of the inputs: whether it gains less than this part of what that gains."""
        return self._gains_less(costs_of(self.few_layers[-1], self.few), part, self.smooth_costs)

    @once
    def n_outlying(self):
        """Columns in which a few inputs are far from all others; none of sparse inputs, of which most are 0."""
        inputs = self.sample.inputs
        if issparse(inputs):
            return 0
        step = n_rows_of_chunk(4 * inputs.shape[0])
        chunks = [inputs[:, start : start + step] for start in range(0, inputs.shape[1], step)]
        return int(sum(np.count_nonzero(_are_outlying(chunk.astype(float))) for chunk in chunks))

    @once
    def loses_to_ranks(self):
        """The same beside a smooth function of the ranks of inputs, of which none is far from the others."""
        costs = costs_of_ridge(smooth_kernel, rankdata(self.few.inputs, axis=0), self.few)
        return self._gains_less(costs_of(self.few_layers[-1], self.few), LEAST_PART_OF_SMOOTH_ANYHOW, costs)

    @property
    def has_blind_units(self):
        """Whether a linear model gains much less from the last hidden layer than from the inputs."""
        return self._gains_less(costs_of_linear(self.few_layers[-2], self.few), _LEAST_PART_OF_INPUTS)

    def _gains_less(self, costs, part, other_costs=None):
        """Whether costs are less below those of the mean than this part of what those of a linear model, or others, are.

        Of few instances, or where a linear model gains little, chance would tell.
        """
        other_costs = self.linear_costs if other_costs is None else other_costs
        mean = np.average(self.few.targets, axis=0, weights=self.few.weights)
        constant = costs_of(np.broadcast_to(mean, self.few.targets.shape), self.few)
        with np.errstate(all="ignore"):
            gains, other_gains = constant - costs, constant - other_costs
            is_telling = len(self.few.targets) >= LEAST_LINEAR_SAMPLE_SIZE and np.isfinite(costs).all()
            return bool(
                is_telling
                and (other_gains > _LEAST_LINEAR_GAIN * constant).all()
                and (gains < part * other_gains).all()
            )

    @once
    def missed(self):
        """The code of a class none of whose instances is recognised, though there are many, and their number; or None."""
        codes, groups = self.training_set.codes, self.units.groups
        if codes is None or groups is None or len(groups) > 1 or groups[0] < 3:
            return None
        return missed_class(self)

    @property
    def is_falling(self):
        """Whether the loss was still falling when the training ended: in its last tenth, or over a few epochs."""
        losses = np.array(self.history.loss_curve[-self.history.n_iter :])
        if len(losses) < 2 * FAR:
            return len(losses) == 1 or bool(losses[-1] < losses[0])
        tenth = len(losses) // 10
        return bool(losses[-tenth:].mean() < 0.99 * losses[-2 * tenth : -tenth].mean())

    @property
    def is_short(self):
        """Whether more epochs may do."""
        return self.history.n_iter < FAR and self.is_falling

    @property
    def is_stuck_in_accuracy(self):
        """Whether the accuracy of the validation data stood still, which ended the training, while their loss fell."""
        is_loss_enough = self.plan.thresholds.is_loss_enough  # which then stood still as well
        if self.stop_reason != "early_stopping" or is_loss_enough or not validates_accuracy(self.estimator):
            return False
        losses = self.history.validation_losses[-self.history.n_iter :]
        return losses[-1] < losses[0]


def _flat_share(layers, flat):
    """The share of outputs that are where their unit hardly learns."""
    if flat is None:
        return 0.0
    n_flat = sum(np.count_nonzero(flat.is_met(outputs)) for outputs in layers)
    return n_flat / max(1, sum(outputs.size for outputs in layers))


def _are_near_shares(outputs, targets):
    """Whether outputs are no more certain than ten times what the share of a rare class would make one."""
    shares = targets.mean(axis=0)
    return (outputs > shares / 10) & (1 - outputs > (1 - shares) / 10)


def _are_outlying(columns):
    with np.errstate(all="ignore"):
        low, high = np.percentile(columns, [25, 75], axis=0)
        spread = (high - low) / 1.35  # the standard deviation, were they normal
        return (spread > 0) & (columns.std(axis=0) > _OUTLYING * spread)


def _is_even(loss):
    """Whether residuals above and below cost alike."""
    above, below = loss.losses(np.array([[1.0], [-1.0]]), np.zeros((2, 1)), loss.parameter)
    return above == below
