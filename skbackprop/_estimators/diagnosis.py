"""Tells a network that learned from one that did not, whichever rule ended its training, and says what to do about it.

`SIGHTS` is what a network that did not learn does, `CAUSES` is why. A fit that shows a sight warns once, of the first one,
and with the remedy of the first cause that is met. To add one, write its functions here and give it an entry, at the place
in which it is to be asked.
"""

import math
from typing import NamedTuple

import numpy as np
from scipy.linalg import eigh
from scipy.sparse import issparse, vstack
from scipy.stats import rankdata

from .._network import backprop, engines
from .._network.parameters import n_rows_of_chunk, select, sums_of_codes
from .._network.threads import one_blas_thread
from .._network.units import ACTIVATIONS, OUTPUT_UNITS, decide
from .._network.updates import SOLVERS
from .._training.loop import scaling_advice
from .._training.table import count
from .scoring import validates_accuracy

# A network that learned shows it on this many instances; only where they leave a doubt are all of them looked at.
_SAMPLE_SIZE = 1000

# Fewer are taken at a time where they have many outputs: no more numbers than this.
_MANY_OUTPUTS = 2**22

# So many show how a network begins, which costs a small part of the first epoch.
_START_SAMPLE_SIZE = 256

# A linear model is made of so many at most: its time grows with their cube.
_LINEAR_SAMPLE_SIZE = 300

# Of fewer, or where it gains less than this share of what constant outputs cost, chance decides whether it is better.
_LEAST_LINEAR_SAMPLE_SIZE, _LEAST_LINEAR_GAIN = 50, 0.1

# By less than these shares of loss and of squared error, outputs are not better than constant ones: an update that does no
# more than follow the last instances gains as much.
_LEAST_GAINS = (1e-2, 1e-3)

# Of misclassified instances the share is this for each class but one, up to the larger number: the more classes there are,
# the more of them a network gets right that tells none of them from the others.
_LEAST_GAIN_PER_CLASS, _LARGEST_LEAST_GAIN = 1e-2, 5e-2

# By chance a linear model of noise gains a part of the loss for each number it has; of the errors, the root of that part
# and half as much again. After many updates a network has gained more, be it by heart, but no more is asked than these
# shares; of so few instances for each number that the model of noise would fit half of them, it need not have made many.
_CHANCE_OF_ERRORS, _LARGEST_CHANCES = 1.5, (5e-2, 0.25)
_UPDATES_BEYOND_CHANCE, _FEW_FOR_EACH = 5000, 2

# A class with no more instances may be missed.
_HANDFUL = 10

# Of a class that may be missed so many instances are looked at before all are.
_FEW_OF_A_CLASS = 100

# A rate, or a penalty, that is as far as this from what would do can be why a network does not learn.
_FAR = 10

# On a plateau the loss falls by less than such a part of itself in an epoch.
_SMALL_PART = 1e-2

# Of so few inputs a start of half the second number or less leaves units almost linear; curves and shapes want bent ones.
_FEW_INPUTS, _LARGE_START = 2, 3.0

# A network gains so much at least of what a linear model gains, and its hidden units leave so much of it to be gained.
_LEAST_PART_OF_LINEAR, _LEAST_PART_OF_INPUTS = 0.75, 0.5

# A class with a smaller part of what it would have, were all of one size, is rare; and where instances held out have
# decided that more epochs do not help, one with a smaller part than the second number.
_RARE, _RARE_AT_BEST = 0.2, 0.5

# The one output that is to be 1 counts little beside so many that are to be 0, where their errors count squared. Of them no
# more than the second part of all instances may be of classes that are never predicted.
_MANY_CLASSES, _LEAST_PART_OF_MISSED = 30, 0.05

# Who has waited for so many epochs in vain need not wait for more.
_PATIENT = 10

# Inputs whose root mean square is larger are not scaled; a column that is so much larger than the others hides them.
_LARGE_INPUTS, _MIXED_INPUTS = 5, 30

# In a column whose standard deviation is so many times what its middle half makes of it, a few inputs hide the others.
_OUTLYING = 10

# Instances no farther than this from their mean, in the root mean square, hardly move hidden units, as first weights are
# half at most; and units that tell them apart by no more than this have not begun to learn.
_SMALL_INPUTS, _LARGEST_SMALL_INPUT, _STILL_UNITS = 0.1, 0.5, 0.02

# After so many updates others do not help where these have not; and no more units than this may be too few.
_MANY_UPDATES, _FEW_UNITS = 10_000, 10

# A network that learned gains so much of what a smooth function of inputs like these has to gain: the second number where
# nothing else looks wrong. Fewer epochs than the third may have been meant to be few.
_LEAST_PART_OF_SMOOTH, _LEAST_PART_OF_SMOOTH_ANYHOW, _MANY_EPOCHS = 0.9, 0.8, 100

# Whoever gains so much of loss or of errors has followed what there is to follow.
_ENOUGH = 0.9

# Net inputs of units without an end begin no larger than this where their weights suit the layers.
_LARGE_NET = 10


# ---------------------------------------------------------------------------------------------------------------------
# What is measured.


class Start(NamedTuple):
    """How the hidden units begin.

    Attributes
    ----------
    flat_share : float
        The share of their outputs that lie where a unit hardly learns.
    net_size : float
        The root mean square of their net inputs, in the layer where it is largest.
    weight_size : float
        The largest weight of that layer.
    """

    flat_share: float
    net_size: float
    weight_size: float


def look_at_start(parameters, training_set):
    """How the hidden units of a new network begin, on a sample of what it is to learn; None where it has none."""
    if len(parameters.weights) == 1:
        return None
    activation = ACTIVATIONS[training_set.units.activation]
    n_layers = len(parameters.weights) - 1
    squares, n_flat, n_outputs = np.zeros(n_layers), 0, np.zeros(n_layers)
    with np.errstate(all="ignore"):
        for rows in _blocks(training_set.inputs.shape[0], _START_SAMPLE_SIZE):
            outputs = engines.rows_of(training_set.inputs, rows.start, rows.stop)
            for layer in range(n_layers):
                net = engines.net_inputs(parameters.weights[layer], parameters.biases[layer], outputs)
                squares[layer] += np.einsum("ij,ij->", net, net)
                n_outputs[layer] += net.size
                outputs = activation.function(net)
                n_flat += 0 if activation.flat is None else np.count_nonzero(activation.flat.is_met(outputs))
    largest = int(np.argmax(squares / n_outputs))
    net_size = float(np.sqrt(squares[largest] / n_outputs[largest]))
    return Start(n_flat / n_outputs.sum(), net_size, float(np.abs(parameters.weights[largest]).max()))


def _blocks(n_instances, size, n_blocks=8):
    """Slices of about `size` rows in all, from everywhere; some in a row, as single ones of a sparse matrix take long."""
    if n_instances <= size:
        return [slice(0, n_instances)]
    length = size // n_blocks
    starts = np.linspace(0, n_instances - length, n_blocks).astype(int).tolist()
    return [slice(start, start + length) for start in starts]


class _measured_once:
    """A property that is worked out when it is first asked for.

    Not `functools.cached_property`, which before Python 3.12 has a lock that all objects share: trainings in threads wait
    there for each other, and a process that is split meanwhile waits for ever.
    """

    def __init__(self, measure):
        self._measure = measure
        self.__doc__ = measure.__doc__

    def __set_name__(self, owner, name):
        self._name = name

    def __get__(self, instance, owner=None):
        if instance is None:
            return self
        value = vars(instance)[self._name] = self._measure(instance)
        return value


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
        # Of sparse inputs the indices may have been written to since they were checked.
        inputs = engines.rows_of(training_set.inputs, 0, training_set.inputs.shape[0])
        self.training_set = training_set._replace(inputs=inputs)
        self.plan = plan
        self.start = start
        self.stop_reason = estimator.stop_reason_
        self.units = training_set.units
        self.sight = None  # what it does that shows that it did not learn, a key of `SIGHTS`

    @_measured_once
    def sample(self):
        """Some of the instances."""
        return select(self.training_set, self.sample_rows)

    @property
    def sample_rows(self):
        n_instances = self.training_set.inputs.shape[0]
        return slice(0, n_instances, max(1, n_instances // self.n_at_a_time))

    @property
    def n_at_a_time(self):
        return max(1, min(_SAMPLE_SIZE, _MANY_OUTPUTS // self.parameters.layer_sizes[-1]))

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

    @_measured_once
    def sample_layers(self):
        """The outputs of all layers for the sample."""
        with np.errstate(all="ignore"):
            return engines.forward(self.parameters, self.sample.inputs, self.units)

    @_measured_once
    def flat_shares(self):
        """The shares of outputs of hidden and of output units that lie where a unit hardly learns."""
        hidden, outputs = self.sample_layers[:-1], self.sample_layers[-1]
        flat = OUTPUT_UNITS[self.units.output_unit].flat
        n_flat = 0
        if flat is not None:
            n_flat = np.count_nonzero(flat.is_met(outputs) & ~_are_near_shares(outputs, self.sample.targets))
        return [_flat_share(hidden, ACTIVATIONS[self.units.activation].flat), n_flat / max(1, outputs.size)]

    @_measured_once
    def gains(self):
        """By what shares loss and error are smaller than those of the best constant outputs, on all instances."""
        return _gains_of(self.all_parts(), _best_constant(self.training_set))

    @property
    def sample_gains(self):
        """The same on the sample."""
        return _gains_of([(self.sample_layers[-1], self.sample)], _best_constant(self.training_set))

    @_measured_once
    def is_closer_to_most(self):
        """Whether the network costs less than a constant for most instances, where sums may show outliers alone."""
        loss = self.sample.loss
        if self.units.groups is not None or loss.makes_means:
            return False
        with np.errstate(all="ignore"):
            targets = self.sample.targets
            own = loss.losses(self.sample_layers[-1], targets, loss.parameter)
            constant = np.broadcast_to(_best_constant(self.training_set), targets.shape)
            of_constant = loss.losses(constant, targets, loss.parameter)
            return bool(np.median(own) < _LEAST_PART_OF_LINEAR * np.median(of_constant))

    @_measured_once
    def auto_rate(self):
        """What the learning rate would be, had it been left to the package."""
        return self.estimator._auto_learning_rate(self.parameters.layer_sizes, self.training_set)

    @property
    def auto_rate_without_weights(self):
        """The same, were all instances of one weight; the largest one makes the largest step of a batch."""
        penalty = self.estimator._penalty_of_batch(self.training_set)
        rate_of, layer_sizes = self.estimator._auto_rate, self.parameters.layer_sizes
        return rate_of(layer_sizes, self.estimator._square_norm_, 1.0, self.plan.batch_size, penalty)

    @property
    def has_rate(self):
        return SOLVERS[self.estimator.solver].learns_in_epochs

    @property
    def first_rate(self):
        return self.plan.rule.learning_rate

    @property
    def last_rate(self):
        return self.history.learning_rate

    @_measured_once
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

    @_measured_once
    def input_spread(self):
        """How far the inputs of the sample lie from their mean, in the root mean square."""
        with np.errstate(all="ignore"):
            return float(np.sqrt(np.maximum(self.input_sizes**2 - self.input_means**2, 0).sum()))

    @_measured_once
    def input_means(self):
        """The mean of each column of inputs in the sample."""
        with np.errstate(all="ignore"):
            return np.asarray(self.sample.inputs.mean(axis=0, dtype=np.float64)).ravel()

    @_measured_once
    def input_reach(self):
        """The largest distance of an input of the sample from the mean of its column."""
        inputs = self.sample.inputs
        ends = [getattr(inputs, name)(axis=0) for name in ("min", "max")]
        low, high = (each.toarray().ravel() if issparse(each) else each for each in ends)
        with np.errstate(all="ignore"):
            return float(max((self.input_means - low).max(), (high - self.input_means).max()))

    @_measured_once
    def unit_spread(self):
        """The largest standard deviation of the output of a unit of the first hidden layer over the sample."""
        with np.errstate(all="ignore"):
            return float(self.sample_layers[0].std(axis=0, dtype=np.float64).max())

    @_measured_once
    def few(self):
        """As many instances as a linear model is made of."""
        rows = _blocks(self.training_set.inputs.shape[0], _LINEAR_SAMPLE_SIZE)
        parts = [select(self.training_set, each) for each in rows]
        stack = vstack if issparse(parts[0].inputs) else np.vstack
        return parts[0]._replace(
            inputs=stack([part.inputs for part in parts]),
            targets=np.vstack([part.targets for part in parts]),
            weights=None if parts[0].weights is None else np.concatenate([part.weights for part in parts]),
        )

    @_measured_once
    def rank(self):
        """Of the inputs of the few: columns that are constant, or made of others, tell nothing more."""
        inputs = self.few.inputs
        if issparse(inputs):
            inputs = inputs[:, np.unique(inputs.indices)].toarray()
        with one_blas_thread(), np.errstate(all="ignore"):
            scaled = inputs - inputs.mean(axis=0, dtype=float)
            scaled *= _inverse(scaled.std(axis=0))
            return int(np.linalg.matrix_rank(np.nan_to_num(scaled)))

    @_measured_once
    def few_layers(self):
        """The outputs of all layers for the few."""
        with np.errstate(all="ignore"):
            return engines.forward(self.parameters, self.few.inputs, self.units)

    @_measured_once
    def linear_costs(self):
        """What the few cost a linear model of the inputs that learns of each from the others."""
        return _linear_costs(self.few.inputs, self.few)

    @property
    def loses_to_linear(self):
        """Whether the network gains much less of what it learned than a linear model of what it has not seen."""
        return self._gains_less(_costs(self.few_layers[-1], self.few), _LEAST_PART_OF_LINEAR)

    @_measured_once
    def smooth_costs(self):
        """What the few cost a smooth function of the inputs that learns of each from the others."""
        return _costs_of_ridge(_smooth_kernel, self.few.inputs, self.few)

    def loses_to_smooth(self, part):
        """The same beside a smooth function of the inputs: whether it gains less than this part of what that gains."""
        return self._gains_less(_costs(self.few_layers[-1], self.few), part, self.smooth_costs)

    @_measured_once
    def n_outlying(self):
        """Columns in which a few inputs are far from all others; none of sparse inputs, of which most are 0."""
        inputs = self.sample.inputs
        if issparse(inputs):
            return 0
        step = n_rows_of_chunk(4 * inputs.shape[0])
        chunks = [inputs[:, start : start + step] for start in range(0, inputs.shape[1], step)]
        return int(sum(np.count_nonzero(_are_outlying(chunk.astype(float))) for chunk in chunks))

    @_measured_once
    def loses_to_ranks(self):
        """The same beside a smooth function of the ranks of inputs, of which none is far from the others."""
        costs = _costs_of_ridge(_smooth_kernel, rankdata(self.few.inputs, axis=0), self.few)
        return self._gains_less(_costs(self.few_layers[-1], self.few), _LEAST_PART_OF_SMOOTH_ANYHOW, costs)

    @property
    def has_blind_units(self):
        """Whether a linear model gains much less from the last hidden layer than from the inputs."""
        return self._gains_less(_linear_costs(self.few_layers[-2], self.few), _LEAST_PART_OF_INPUTS)

    def _gains_less(self, costs, part, other_costs=None):
        """Whether costs are less below those of the mean than this part of what those of a linear model, or others, are.

        Of few instances, or where a linear model gains little, chance would tell.
        """
        other_costs = self.linear_costs if other_costs is None else other_costs
        mean = np.average(self.few.targets, axis=0, weights=self.few.weights)
        constant = _costs(np.broadcast_to(mean, self.few.targets.shape), self.few)
        with np.errstate(all="ignore"):
            gains, other_gains = constant - costs, constant - other_costs
            is_telling = len(self.few.targets) >= _LEAST_LINEAR_SAMPLE_SIZE and np.isfinite(costs).all()
            return bool(
                is_telling
                and (other_gains > _LEAST_LINEAR_GAIN * constant).all()
                and (gains < part * other_gains).all()
            )

    @_measured_once
    def missed(self):
        """The code of a class none of whose instances is recognised, though there are many, and their number; or None."""
        codes, groups = self.training_set.codes, self.units.groups
        if codes is None or groups is None or len(groups) > 1 or groups[0] < 3:
            return None
        return _missed_class(self)

    @property
    def is_falling(self):
        """Whether the loss was still falling when the training ended: in its last tenth, or over a few epochs."""
        losses = np.array(self.history.loss_curve[-self.history.n_iter :])
        if len(losses) < 2 * _FAR:
            return len(losses) == 1 or bool(losses[-1] < losses[0])
        tenth = len(losses) // 10
        return bool(losses[-tenth:].mean() < 0.99 * losses[-2 * tenth : -tenth].mean())

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


def _gains_of(parts, constant):
    """By what shares loss and error are smaller than those of constant outputs; of pairs of outputs and instances."""
    scores = np.zeros((2, 2))
    with np.errstate(all="ignore"):
        for outputs, instances in parts:
            for mine, each in zip(scores, (outputs, np.broadcast_to(constant, outputs.shape)), strict=True):
                mine += backprop.sums(each, instances)
        return 1 - scores[0] / scores[1]


def _best_constant(training_set):
    """The outputs that would cost least if they were the same for all instances."""
    _, targets, codes, weights, _, _, loss = training_set
    if codes is not None:
        weights = sums_of_codes(codes, weights, len(targets))
    return loss.best_constant(targets, weights, loss.parameter).astype(targets.dtype)


def loss_of_constant(training_set):
    """The mean loss of the best constant outputs, on a sample of the instances; NaN where none of them has a weight."""
    sample = select(training_set, slice(0, None, max(1, training_set.inputs.shape[0] // _SAMPLE_SIZE)))
    n_instances = sample.inputs.shape[0]
    with np.errstate(all="ignore"):
        constant = _best_constant(training_set)
        total, _ = backprop.sums(np.broadcast_to(constant, (n_instances, len(constant))), sample)
        return float(total / np.float64(n_instances if sample.weights is None else sample.weights.sum()))


def _costs(outputs, instances):
    """Two numbers that outputs of any size cost: the loss, if it takes them, or squared residuals; and the errors.

    Errors are of labels that are wrong, so a network whose outputs decide rightly is not called poor for being unsure.
    """
    loss = instances.loss
    with np.errstate(all="ignore"):
        if instances.units.groups is None and loss.least_target == -math.inf:
            costs = loss.losses(outputs, instances.targets, loss.parameter)
        else:
            costs = ((outputs - instances.targets) ** 2).sum(axis=1)
        cost = costs.sum() if instances.weights is None else instances.weights @ costs
        return np.array([cost, backprop.sums(outputs, instances)[1]], dtype=float)


def _linear_costs(inputs, instances):
    """What instances cost the best of some linear models, each of which learns of an instance from the others."""
    return _costs_of_ridge(_linear_kernel, inputs, instances)


def _costs_of_ridge(kernel, inputs, instances):
    with one_blas_thread(), np.errstate(all="ignore"):
        guesses = _guesses(kernel(inputs), instances.targets, instances.weights)
        return np.min([_costs(guess, instances) for guess in guesses], axis=0, initial=math.inf)


def _guesses(kernel, targets, weights):
    """What models with this kernel, and several penalties, say of each instance when they learn the others.

    A ridge regression in its dual form, which is as quick for wide inputs: with G = K + λ, of a kernel K of products of
    instances, a residual that the instance had no part in is (G⁻¹ T)_i / (G⁻¹)_ii.
    """
    roots = np.ones(len(targets)) if weights is None else np.sqrt(weights.astype(float))
    kernel = kernel * np.outer(roots, roots)
    if not np.isfinite(kernel).all():
        return
    shift = np.average(targets.astype(float), axis=0, weights=roots**2)
    centred = (targets - shift) * roots[:, np.newaxis]
    values, vectors = eigh(kernel)
    for penalty in values.mean() * np.array([1e-3, 1e-1, 10.0]):
        inverse = (vectors / (np.maximum(values, 0) + penalty)) @ vectors.T
        residuals = (inverse @ centred) / np.diag(inverse)[:, np.newaxis]
        yield targets - residuals / roots[:, np.newaxis]


def _linear_kernel(inputs):
    """Products of the instances, their columns scaled to mean 0, if dense, and root mean square 1; and 1 for a bias."""
    if issparse(inputs):
        squares = np.bincount(inputs.indices, inputs.data.astype(float) ** 2, minlength=inputs.shape[1])
        scaled = inputs.astype(float).multiply(_inverse(np.sqrt(squares / inputs.shape[0]))).tocsr()
        products = (scaled @ scaled.T).toarray()
    else:
        scaled = inputs - inputs.mean(axis=0, dtype=float)
        scaled *= _inverse(scaled.std(axis=0))
        products = scaled @ scaled.T
    return products / max(1, inputs.shape[1]) + 1


def _smooth_kernel(inputs):
    """Gaussian functions of the distances between instances, their columns scaled alike, as wide as is usual."""
    products = _linear_kernel(inputs)
    squares = np.diag(products)
    return np.exp(2 * products - squares[:, np.newaxis] - squares)  # of (x - x')² over the number of columns


def _inverse(scales):
    """One over each; 0 of what is constant, or cannot be computed with."""
    with np.errstate(all="ignore"):
        inverse = 1 / scales
    return np.where(np.isfinite(inverse), inverse, 0.0)


def _missed_class(training):
    """The code of the largest class none of whose instances is recognised, and how many it has; or None."""
    training_set, is_known = training.training_set, _known_classes(training)
    codes, n_instances = training_set.codes, len(training_set.codes)
    counts, weights = (sums_of_codes(codes, each, len(is_known)) for each in (None, training_set.weights))
    suspects = np.flatnonzero(~is_known & (np.minimum(counts, weights) > _HANDFUL))
    if not len(suspects):
        return None
    n_left = max(_SAMPLE_SIZE, n_instances // 10)  # of many classes some stay unknown, as the rest would take too long
    for code, rows in rows_of(suspects[np.argsort(-counts[suspects], kind="stable")], codes):
        few = rows[:: max(1, len(rows) // _FEW_OF_A_CLASS)]
        n_left -= len(few)
        if n_left < 0:
            return None
        if training.samples_all or not (_recognises_any(training, few) or _recognises_any(training, rows)):
            return code, len(rows)
    return None


def _known_classes(training):
    """Whether an instance of each class is recognised, of those that are looked at."""
    training_set, outputs = training.training_set, training.sample_layers[-1]
    is_right = (decide(outputs, training.units) == decide(training.sample.targets, training.units))[:, 0]
    is_known = np.zeros(len(training_set.targets), dtype=bool)
    is_known[training_set.codes[training.sample_rows][is_right]] = True
    return is_known


def rows_of(classes, codes):
    """Each of the classes and its rows: first those of one, as to sort all takes memory, then those of the rest."""
    for some in (classes[:1], classes[1:]):
        is_wanted = np.zeros(codes.max() + 1, dtype=bool)
        is_wanted[some] = True
        rows = np.flatnonzero(is_wanted[codes])
        rows = rows[np.argsort(codes[rows], kind="stable")]
        firsts, lasts = (np.searchsorted(codes[rows], some, side=side) for side in ("left", "right"))
        for code, first, last in zip(some.tolist(), firsts, lasts, strict=True):
            yield code, rows[first:last]


def _recognises_any(training, rows):
    """Whether any of these instances is given its own class; of many, as many are looked at together as a chunk holds."""
    n_rows = max(_FEW_OF_A_CLASS, n_rows_of_chunk(sum(training.parameters.layer_sizes)))
    return any(_recognises_one(training, rows[start : start + n_rows]) for start in range(0, len(rows), n_rows))


def _recognises_one(training, rows):
    instances = select(training.training_set, rows)
    outputs = engines.predict(training.parameters, instances.inputs, instances.units)
    return bool((decide(outputs, instances.units) == decide(instances.targets, instances.units)).any())


# ---------------------------------------------------------------------------------------------------------------------
# What a network does that did not learn.


def _predicts_one_class(training):
    units = training.units
    if units.groups is None:
        return None
    first = decide(training.sample_layers[-1][:1], units)
    if (decide(training.sample_layers[-1], units) != first).any():
        return None
    if any((decide(outputs, units) != first).any() for outputs, _ in training.all_parts()):
        return None
    what = "one class only" if len(units.groups) == 1 else "the same labels"
    return f"predicts {what} for all its training data, though they hold more"


def _is_no_better_than_constant(training):
    if _gains_more(training, _least_gains(training.units.groups)):
        return None
    constant = "mean of the targets or another constant" if training.units.groups is None else "class prior"
    return f"is no better on its training data than the {constant}"


def _least_gains(groups):
    """By what shares of loss and error a network that learned is better than constant outputs."""
    if groups is None:
        return np.array(_LEAST_GAINS)
    n_classes = max(2, groups[0]) if len(groups) == 1 else 2
    return np.array([_LEAST_GAINS[0], min(_LEAST_GAIN_PER_CLASS * (n_classes - 1), _LARGEST_LEAST_GAIN)])


def _gains_more(training, least):
    return (training.sample_gains > least).any() or (training.gains > least).any() or training.is_closer_to_most


def _gains_what_chance_does(training):
    """Asked of long trainings that nothing held out has ended."""
    (n_instances, n_inputs), n_epochs = training.training_set.inputs.shape, training.history.n_iter
    is_long = n_epochs >= _MANY_EPOCHS and training.stop_reason in ("max_iter", "tol")
    n_updates = n_epochs * math.ceil(n_instances / training.plan.batch_size)
    is_of_few = n_instances <= _FEW_FOR_EACH * (n_inputs + 1)
    if not (is_long and (is_of_few or n_updates >= _UPDATES_BEYOND_CHANCE)):
        return None
    if _gains_more(training, np.array(_LARGEST_CHANCES)):
        return None
    of_loss = (training.rank + 1) / n_instances
    of_errors = of_loss if training.units.groups is None else _CHANCE_OF_ERRORS * math.sqrt(of_loss)
    if _gains_more(training, np.minimum([of_loss, of_errors], _LARGEST_CHANCES)):
        return None
    return "tells no more of its training data than a linear model would tell of noise"


def _is_over(training):
    """Whether a training was not meant to be short, or ended as there was nothing more to be gained."""
    if training.stop_reason == "max_iter":
        return training.history.n_iter >= _MANY_EPOCHS
    return training.stop_reason in ("tol", "early_stopping", "cross_validation")


def _misses_a_class(training):
    if training.missed is None:
        return None
    code, n_instances = training.missed
    label = training.estimator.classes_[training.training_set.targets[code].argmax()]
    return f"never predicts class {label!s} for any of its {n_instances} instances in the training data"


def _misses_small_classes(training):
    """Asked where all instances were looked at, of many classes whose targets are lost among those that are to be 0."""
    if not (training.samples_all and training.training_set.codes is not None and _has_many_classes(training)):
        return None
    is_known, codes = _known_classes(training), training.training_set.codes
    share = np.mean(~is_known[codes])
    if share < _LEAST_PART_OF_MISSED:
        return None
    n_missed = len(np.unique(codes[~is_known[codes]]))
    held = f"{share:.0%} of its training data"
    return f"recognises no instance of {n_missed} of its {max(training.units.groups)} classes, {held}"


def _loses_to_linear(training):
    """Asked only where something else looks wrong: a network may be asked for few epochs, or hold to a penalty."""
    is_suspect = any(is_met(training) for is_met in _SUSPICIONS)
    return (
        "does worse on its training data than a linear model would" if is_suspect and training.loses_to_linear else None
    )


def _has_blind_units(training):
    """Asked only of units that began where they hardly learn: a network can learn by heart from outputs that say little."""
    if not (_began_flat(training) and training.has_blind_units):
        return None
    return "has hidden units that tell less about instances than the inputs themselves"


def _has_still_units(training):
    """Asked only where the inputs are small: their units may tell instances apart by little, and rightly."""
    if len(training.parameters.weights) == 1 or not _has_small_inputs(training):
        return None
    if training.unit_spread > _STILL_UNITS or not training.loses_to_smooth(_LEAST_PART_OF_SMOOTH):
        return None
    return f"has hidden units whose outputs differ by no more than {training.unit_spread:.1g} between instances"


def _loses_to_smooth(training):
    """Asked of trainings that were not meant to be short, of networks that can do more than a linear model."""
    if not _may_learn_more(training):
        return None
    is_telling = training.training_set.inputs.shape[0] >= _LEAST_LINEAR_SAMPLE_SIZE  # of fewer chance would tell
    if not (is_telling and training.loses_to_smooth(_LEAST_PART_OF_SMOOTH_ANYHOW)):
        return None
    return "does worse on its training data than a kernel ridge regression would on instances that it has not seen"


def _loses_to_ranks(training):
    """Asked only where a few inputs are far from all others."""
    if not (_may_learn_more(training) and _has_outlying_inputs(training)):
        return None
    return (
        "does worse on its training data than a kernel ridge regression of the ranks of its inputs would on instances that "
        "it has not seen"
    )


def _may_learn_more(training):
    """Whether a training that is over has left something, of a network that can do more than a linear model."""
    has_hidden = len(training.parameters.weights) > 1
    return has_hidden and _is_over(training) and not (training.sample_gains > _ENOUGH).any()


SIGHTS = {
    "one_class": _predicts_one_class,
    "constant": _is_no_better_than_constant,
    "chance": _gains_what_chance_does,
    "missed_class": _misses_a_class,
    "missed_classes": _misses_small_classes,
    "worse_than_linear": _loses_to_linear,
    "blind_units": _has_blind_units,
    "still_units": _has_still_units,
    "worse_than_smooth": _loses_to_smooth,
    "worse_than_ranks": _loses_to_ranks,
}


# ---------------------------------------------------------------------------------------------------------------------
# Why, and what to do.


def _began_flat(training):
    flat, start = ACTIVATIONS[training.units.activation].flat, training.start
    return flat is not None and start is not None and start.flat_share > flat.many


def _began_too_flat(training):
    """Units of weights that 'auto' drew begin bent because the data ask for it, and not with smaller ones."""
    return _began_flat(training) and not _was_drawn_by_auto(training)


def _was_drawn_by_auto(training):
    """Whether the range was found for units that bend, and no weights were given that it cannot have, or zeros."""
    estimator, largest = training.estimator, training.start.weight_size
    is_auto = estimator.init_range == "auto" and ACTIVATIONS[training.units.activation].bend > 0
    bound = np.nextafter(np.float32(max(estimator.init_range_)), np.float32(np.inf))
    return is_auto and 0 < largest <= float(bound)


def _has_equal_inputs(training):
    inputs = training.sample.inputs
    low, high = inputs.min(axis=0), inputs.max(axis=0)
    return (low != high).nnz == 0 if issparse(inputs) else bool((low == high).all())


def _has_large_inputs(training):
    return bool(np.sqrt(np.mean(training.input_sizes**2)) > _LARGE_INPUTS)


def _has_mixed_inputs(training):
    sizes = training.input_sizes[training.input_sizes > 0]
    return bool(len(sizes) > 1 and sizes.max() > _MIXED_INPUTS * np.median(sizes))


def _has_small_inputs(training):
    """Inputs that are mostly 0 and now and then 1 lie near their mean too, but are not small."""
    return training.input_spread < _SMALL_INPUTS and training.input_reach < _LARGEST_SMALL_INPUT


def _has_outlying_inputs(training):
    return bool(training.n_outlying and training.loses_to_ranks)


def _are_outlying(columns):
    with np.errstate(all="ignore"):
        low, high = np.percentile(columns, [25, 75], axis=0)
        spread = (high - low) / 1.35  # the standard deviation, were they normal
        return (spread > 0) & (columns.std(axis=0) > _OUTLYING * spread)


def _words_of_outlying_inputs(training):
    return f"in {count(training.n_outlying, 'column')} of its inputs a few are far from all others"


def _words_of_small_inputs(training):
    return f"its inputs are small, no farther than {training.input_spread:.1g} from their mean (root mean square)"


def _has_inputs_off_centre(training):
    """Asked where nothing else holds the network back: what inputs have in common is larger than how they differ."""
    if issparse(training.sample.inputs) or _is_penalised(training) or _is_short(training) or _has_many_layers(training):
        return False
    return _size_of_mean(training) > training.input_spread


def _words_of_inputs_off_centre(training):
    common, varied = _size_of_mean(training), training.input_spread
    return (
        f"its inputs are not centred: their mean is {common:.2g} from zero, and they are {varied:.2g} from their mean"
    )


def _size_of_mean(training):
    with np.errstate(all="ignore"):
        return float(np.sqrt(np.square(training.input_means).sum()))


def _began_large(training):
    """Net inputs grow from layer to layer where weights are too large. Those that 'auto' drew are as the data ask for."""
    start = training.start
    is_large = start is not None and start.net_size > _LARGE_NET
    return is_large and not _has_large_inputs(training) and not _was_drawn_by_auto(training)


def _words_of_large_start(training):
    return f"the net inputs of its hidden units began with sizes up to {training.start.net_size:.2g}"


def _words_of_start(training):
    words = ACTIVATIONS[training.units.activation].flat.words
    return f"{training.start.flat_share:.0%} of the outputs of its hidden units were {words}, before it began to learn"


def _words_of_mixed_inputs(training):
    sizes = training.input_sizes[training.input_sizes > 0]
    return f"its inputs are on different scales, with columns of sizes from {sizes.min():.2g} to {sizes.max():.2g}"


def _words_of_large_inputs(training):
    return f"its inputs are large, with a root mean square of {np.sqrt(np.mean(training.input_sizes**2)):.2g}"


def _smaller_start(training):
    start = training.start
    if not 1 < start.net_size < math.inf:  # of rectified units that are all silent, weights of any size may be
        return "begin with other weights (random_state, or coefs_init and intercepts_init)"
    return f"begin with smaller weights, such as init_range={start.weight_size / start.net_size:.1g}"


def _rate_is_too_large(training):
    return training.has_rate and training.first_rate > _FAR * training.auto_rate


def _rate_is_too_small(training):
    return training.has_rate and training.last_rate < training.auto_rate / _FAR and not _was_halved(training)


def _was_halved(training):
    return training.plan.is_halving and training.history.progress.rate_factor < 1


def _words_of_rate(training):
    rate = training.first_rate if _rate_is_too_large(training) else training.last_rate
    return f"its learning rate was {rate:.2g}, where learning_rate_init='auto' takes {training.auto_rate:.2g}"


def _larger_rate(training):
    if training.first_rate < training.auto_rate / _FAR:
        return "raise learning_rate_init, or leave it at 'auto'"
    return f"take learning_rate='constant': {training.estimator.learning_rate!r} has made the rate small"


def _has_large_weights(training):
    is_cut = training.auto_rate < training.auto_rate_without_weights / 2
    is_weighted = training.training_set.weights is not None  # a call before may have been
    return training.has_rate and is_weighted and is_cut and training.first_rate > 2 * training.auto_rate


def _words_of_weights(training):
    largest = float(training.training_set.weights.max())
    return f"the largest weight of an instance is {largest:.3g} times the mean, so that its steps go too far"


def _rate_for_weights(training):
    return f"lower learning_rate_init, to {training.auto_rate:.1g} or so, or take a larger batch_size"


def _became_flat(training):
    return training.has_rate and _flat_units(training) is not None


def _flat_units(training):
    """Which units are mostly at an end where they hardly learn, "hidden" or "output" ones; None if neither are."""
    flat = ACTIVATIONS[training.units.activation].flat
    hidden, outputs = training.flat_shares
    if flat is not None and hidden > flat.many and (not _began_flat(training) or _began_too_flat(training)):
        return "hidden"
    return "output" if outputs > 0.5 and not _learned_most_of_many(training) else None


def _less_saturated(training):
    """Outputs are at the wrong end at no large rate, too, where squared errors vanish there."""
    is_of_squares = training.training_set.loss.weighs_outputs_alike and training.first_rate <= training.auto_rate
    if _flat_units(training) == "output" and is_of_squares:
        return "take loss='log_loss', whose errors do not vanish at the wrong end"
    if _flat_units(training) == "hidden" and _has_few_units(training) and training.first_rate <= training.auto_rate:
        return "take more hidden units: few can only tell instances apart by such outputs"
    return f"try a smaller learning_rate_init, such as {_smaller_rate(training):.1g}"


def _learned_most_of_many(training):
    """Whether only some of many classes are missed, at no large rate: outputs near 0 are mostly right, and smaller rates do
    worse."""
    is_of_some = training.sight in ("missed_class", "missed_classes") and _has_many_classes(training)
    return is_of_some and training.first_rate <= training.auto_rate


def _smaller_rate(training):
    """Not so small that it would be blamed in its turn."""
    return min(training.first_rate / 4, training.auto_rate)


def _words_of_end(training):
    hidden, outputs = training.flat_shares
    kind, share, flat = "hidden", hidden, ACTIVATIONS[training.units.activation].flat
    if _flat_units(training) == "output":
        kind, share, flat = "output", outputs, OUTPUT_UNITS[training.units.output_unit].flat
    return f"{share:.0%} of the outputs of its {kind} units are {flat.words}"


def _is_penalised(training):
    alpha = float(training.estimator.alpha)
    return alpha * _FAR > _curvature_as_penalty(training) and not _is_chosen(training.estimator, "alpha")


def _curvature_as_penalty(training):
    """The alpha whose curvature, alpha / batch, is that of the loss along a weight: about 1/64 for sigmoid units."""
    return training.plan.batch_size * training.training_set.mean_weight / 64


def _is_chosen(estimator, name):
    """Whether cross-validation has preferred the value of a parameter to others."""
    candidates = getattr(estimator, "cv_results_", {}).get("params", [])
    return len({each.get(name) for each in candidates}) > 1


def _had_no_more_to_learn(training):
    """Whether cross-validation has chosen fewer epochs than it has seen; or, of a class that is missed, validation has."""
    if training.stop_reason == "early_stopping":
        is_patient = training.plan.thresholds.n_iter_no_change >= _PATIENT
        return training.missed is not None and is_patient and not training.is_stuck_in_accuracy
    if training.stop_reason != "cross_validation" or training.sight == "worse_than_smooth":
        return False
    is_of_plateau = SIGHTS[training.sight] in (_predicts_one_class, _is_no_better_than_constant)
    if is_of_plateau and _has_inputs_off_centre(training):  # where all candidates look alike
        return False
    estimator = training.estimator
    return estimator.best_n_epochs_ < estimator.cv_curves_[estimator.best_index_]["n_epochs"][-1]


def _more_to_learn(training):
    if training.stop_reason == "early_stopping":
        return "pass more instances, or inputs that tell more of the targets"
    return "pass inputs that tell more of the targets, more instances, or folds (cv) that are more alike"


def _has_rare_class(training):
    """A network that tells instances apart, but never decides for a class that is rare."""
    return _is_of_rare_class(training) and bool(training.gains[0] > _least_gains(training.units.groups)[0])


def _is_of_rare_class(training):
    if training.training_set.codes is None or training.training_set.weights is not None:
        return False
    counts = _counts_of_classes(training)
    is_at_best = training.missed is not None and training.stop_reason in ("early_stopping", "cross_validation")
    limit = _RARE_AT_BEST if is_at_best and not training.is_stuck_in_accuracy else _RARE
    return bool(_share_of_missed(training) * np.count_nonzero(counts) < limit)


def _share_of_missed(training):
    """The share of the class that is never recognised, or of the smallest one."""
    counts = _counts_of_classes(training)
    n_missed = counts[counts > 0].min() if training.missed is None else training.missed[1]
    return n_missed / counts.sum()


def _counts_of_classes(training):
    return sums_of_codes(training.training_set.codes, None, len(training.training_set.targets))


def _words_of_rare(training):
    return f"a class is only {_share_of_missed(training):.1%} of them"


def _is_lost_in_batches(training):
    """A class whose few instances move little beside the many others of a batch, where errors count squared."""
    return _is_of_rare_class(training) and training.training_set.loss.weighs_outputs_alike and not _is_short(training)


def _is_short(training):
    """Whether more epochs may do."""
    return training.history.n_iter < _FAR and training.is_falling


def _has_many_classes(training):
    groups = training.units.groups
    is_of_many = groups is not None and max(groups) >= _MANY_CLASSES
    return is_of_many and training.training_set.loss.weighs_outputs_alike and not _is_short(training)


def _words_of_classes(training):
    n_units = max(training.units.groups)
    return f"of {n_units} output units all but one are to be 0, which their squared errors are mostly of"


def _ended_early(training):
    if training.stop_reason in ("max_iter", "max_fun"):
        return training.is_falling
    return training.stop_reason in _END_REMEDIES


def _words_of_end_of_training(training):
    if training.is_stuck_in_accuracy:
        return "the accuracy of the validation data stood still while their loss fell"
    return "the loss was still falling" if training.is_falling else ""


def _longer(training):
    if training.is_stuck_in_accuracy:
        return "let the loss decide when to end, with scoring='loss', or raise n_iter_no_change"
    return _END_REMEDIES[training.stop_reason](training)


def _longer_without_improvement(training):
    tol, loss = training.estimator.tol, training.history.loss_curve[-1]
    is_large = tol is not None and tol > _SMALL_PART * loss
    lower, off = ("lower tol or ", "") if is_large else ("", ", or set tol=None" if tol is not None else "")
    return f"{lower}raise n_iter_no_change{off}"


def _longer_with_validation(training):
    # Of few instances held back, chance decides what is best, however long a training is.
    is_own = training.estimator.early_stopping
    return "raise n_iter_no_change" + (", or train without early_stopping" if is_own else "")


_END_REMEDIES = {
    "callback": lambda training: "let the callback train longer",
    "early_stopping": _longer_with_validation,
    "error_tol": lambda training: "lower error_tol; 0 switches the rule off",
    "max_fun": lambda training: "raise max_fun",
    "max_iter": lambda training: "train longer: raise max_iter",
    "max_time": lambda training: "train longer: raise max_time",
    "tol": _longer_without_improvement,
    "update_tol": lambda training: "lower update_tol; 0 switches the rule off",
}


def _is_linear_beside_smooth(training):
    if not ACTIVATIONS[training.units.activation].is_linear:
        return False
    is_telling = training.training_set.inputs.shape[0] >= _LEAST_LINEAR_SAMPLE_SIZE
    return is_telling and training.loses_to_smooth(_LEAST_PART_OF_SMOOTH_ANYHOW)


def _makes_few_updates(training):
    return (
        training.sight == "worse_than_smooth"
        and training.stop_reason == "max_iter"
        and _may_make_more_updates(training)
    )


def _may_make_more_updates(training):
    """Whether smaller batches would, and there are few."""
    n_updates = training.history.n_iter * math.ceil(training.training_set.inputs.shape[0] / training.plan.batch_size)
    takes_batches = SOLVERS[training.estimator.solver].takes_batches and training.plan.batch_size > 1
    return takes_batches and n_updates < _MANY_UPDATES


def _more_updates(training):
    n_inputs, *_ = training.parameters.layer_sizes
    units = ", or take more hidden units" if _has_few_units(training) else ""
    is_almost_linear = n_inputs <= _FEW_INPUTS and training.estimator.init_range_[0] < _LARGE_START / 2
    start = f", or begin with larger weights (init_range={_LARGE_START})" if is_almost_linear else ""
    return f"make more updates ({_words_of_more_updates(training)}){units}{start}"


def _has_few_units(training):
    return min(map(len, training.parameters.biases[:-1])) <= _FEW_UNITS


def _words_of_more_updates(training):
    batch_size = training.plan.batch_size
    return f"lower batch_size, from {batch_size} to {max(1, batch_size // 8)}, say, or raise max_iter"


def _has_many_layers(training):
    start = ACTIVATIONS[training.units.activation].deep_start
    given = training.estimator.init_range
    has_it = given == start or (given == "auto" and start == "glorot")  # which "auto" takes
    return len(training.parameters.weights) > 2 and start is not None and not has_it and not training.is_falling


def _deep_start(training):
    start = ACTIVATIONS[training.units.activation].deep_start
    return f"begin with other weights: several layers of such units learn better from init_range={start!r}"


def _scaled_inputs(training):
    scaler = "MaxAbsScaler" if issparse(training.sample.inputs) else "StandardScaler"  # which cannot centre sparse ones
    return f"scale the inputs ({scaler} does it)"


def _start_of_layers(training):
    has_it = training.estimator.init_range in ("auto", "glorot")  # so that larger ones were given
    return _smaller_start(training) if has_it else "begin with smaller weights, such as init_range='glorot'"


def _anything(training):
    rate = ", or another learning_rate_init" if training.has_rate else ""
    longer = ""
    if training.stop_reason == "max_iter":
        is_short = training.has_rate and _may_make_more_updates(training)
        words = f"make more updates ({_words_of_more_updates(training)})" if is_short else "train longer (max_iter)"
        longer = f", or {words}"
    units = ", or more hidden units" if training.sight == "worse_than_smooth" else ""
    is_of_squares = training.sight == "missed_class" and training.training_set.loss.weighs_outputs_alike
    loss = "take loss='log_loss', or " if is_of_squares else ""
    return f"{loss}try another start (random_state, or the best of n_init){rate}{units}{longer}"


class Cause(NamedTuple):
    """Why a network did not learn.

    Attributes
    ----------
    is_met : callable
        Takes a `Training`; returns whether it can be this.
    words : callable
        Takes the same; returns what was seen, as half a sentence that may be empty.
    remedy : callable
        Takes the same; returns what to do, as a clause.
    """

    is_met: object
    words: object
    remedy: object


CAUSES = {
    "equal_inputs": Cause(
        _has_equal_inputs,
        lambda training: "its inputs are the same for all instances",
        lambda training: "pass inputs that differ where the targets do",
    ),
    "saturated_by_inputs": Cause(
        lambda training: _began_flat(training) and _has_large_inputs(training),
        _words_of_start,
        _scaled_inputs,
    ),
    "saturated_by_weights": Cause(_began_too_flat, _words_of_start, _smaller_start),
    "mixed_inputs": Cause(_has_mixed_inputs, _words_of_mixed_inputs, _scaled_inputs),
    "small_inputs": Cause(_has_small_inputs, _words_of_small_inputs, _scaled_inputs),
    "large_start": Cause(_began_large, _words_of_large_start, _start_of_layers),
    "large_weights": Cause(_has_large_weights, _words_of_weights, _rate_for_weights),
    "rate_too_large": Cause(
        _rate_is_too_large, _words_of_rate, lambda training: "lower learning_rate_init, or leave it at 'auto'"
    ),
    "rate_too_small": Cause(_rate_is_too_small, _words_of_rate, _larger_rate),
    "rare_class": Cause(
        _has_rare_class,
        _words_of_rare,
        lambda training: (
            "give that class more weight, as class_weight='balanced' does, if it is worth errors in the other classes"
        ),
    ),
    "outlying_inputs": Cause(
        _has_outlying_inputs,
        _words_of_outlying_inputs,
        lambda training: "pass inputs of which none is far from the others (QuantileTransformer makes them so)",
    ),
    "saturated_by_large_inputs": Cause(
        lambda training: _became_flat(training) and _has_large_inputs(training),
        _words_of_end,
        _scaled_inputs,
    ),
    "saturated_by_training": Cause(
        _became_flat,
        _words_of_end,
        _less_saturated,
    ),
    "large_inputs": Cause(_has_large_inputs, _words_of_large_inputs, _scaled_inputs),
    "penalty": Cause(
        _is_penalised,
        lambda training: f"the penalty of alpha={float(training.estimator.alpha):g} holds its weights near zero",
        lambda training: f"lower alpha, to {_curvature_as_penalty(training) / _FAR**2:.1g}, say",
    ),
    "cross_validation": Cause(
        _had_no_more_to_learn,
        lambda training: "more epochs made it no better on the instances held out",
        _more_to_learn,
    ),
    "lost_in_batches": Cause(
        _is_lost_in_batches,
        _words_of_rare,
        lambda training: "give that class more weight, as class_weight='balanced' does, or take loss='log_loss'",
    ),
    "many_classes": Cause(
        _has_many_classes, _words_of_classes, lambda training: "take loss='log_loss', which looks at the one above all"
    ),
    "linear": Cause(
        _is_linear_beside_smooth,
        lambda training: "layers of identity units make a linear model",
        lambda training: "take another activation, such as 'logistic'",
    ),
    "inputs_off_centre": Cause(_has_inputs_off_centre, _words_of_inputs_off_centre, _scaled_inputs),
    "few_updates": Cause(_makes_few_updates, lambda training: "", _more_updates),
    "many_layers": Cause(_has_many_layers, lambda training: "", _deep_start),
    "ended_early": Cause(_ended_early, _words_of_end_of_training, _longer),
    "unknown": Cause(lambda training: True, lambda training: "", _anything),
}

# What makes a network suspect though it is better than constant outputs.
_SUSPICIONS = (
    _began_flat,
    _has_mixed_inputs,
    _has_small_inputs,
    _rate_is_too_large,
    _rate_is_too_small,
    lambda training: training.is_stuck_in_accuracy,
)


# ---------------------------------------------------------------------------------------------------------------------
# What is said.


def convergence_message(training):
    """What to tell of how a training ended; None if it ended well.

    A network learned if it predicts more than one class, and has a smaller loss or a smaller error than the best constant
    outputs, which are the class priors or the means; if it recognises an instance of each class that has more than a
    handful; and, where its start, its inputs or its rate look wrong, if it is better than a linear model. Where the data
    hold one class or constant targets there is nothing to learn.

    Parameters
    ----------
    training : Training

    Returns
    -------
    message : str or None
    """
    estimator, n_iter = training.estimator, training.estimator.n_iter_
    if training.stop_reason == "diverged":
        return (
            f"The training diverged in epoch {n_iter}, and the weights of the best validation score were kept: try a "
            f"smaller learning_rate_init than {estimator.learning_rate_:g}{scaling_advice(training.training_set)}."
        )
    sight = _first_sight(training)
    if sight is None:
        return _limit_message(training)
    cause = next(each for each in CAUSES.values() if each.is_met(training))
    words = cause.words(training)
    return (
        f"{type(estimator).__name__} stopped after {count(n_iter, 'epoch')} ({_end(training)}) but {sight}"
        f"{words and f'; {words}'}. To mend it, {cause.remedy(training)}."
    )


def _first_sight(training):
    """What the network does that shows that it did not learn, or None."""
    if not _holds_variety(training.training_set):
        return None
    for training.sight, find in SIGHTS.items():
        if words := find(training):
            return words
    return None


def _holds_variety(training_set):
    """Whether any two instances have different targets."""
    numbers = training_set.targets if training_set.codes is None else training_set.codes
    return bool((numbers.min(axis=0) < numbers.max(axis=0)).any())


def _end(training):
    """What ended the training."""
    reason = training.stop_reason
    if reason == "update_tol":
        return f"stop_reason_={reason!r}: all updates were below update_tol={training.estimator.update_tol_:g}"
    return f"stop_reason_={reason!r}"


def _limit_message(training):
    """That the training reached a limit though it was asked to converge, or None; as scikit-learn says it."""
    estimator, reason = training.estimator, training.stop_reason
    if reason not in ("max_iter", "max_fun") or estimator.tol is None:
        return None
    kind, limit = (
        "Stochastic" if training.has_rate else "L-BFGS",
        "iterations" if reason == "max_iter" else "evaluations",
    )
    return (
        f"{kind} Optimizer: Maximum {limit} ({getattr(estimator, reason)}) reached and the optimization hasn't converged "
        f"yet: raise {reason} or tol={float(estimator.tol):g}, or do not ask for convergence, with tol=None."
    )
