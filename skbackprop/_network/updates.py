"""The rules by which a gradient moves the weights and biases.

All weights and biases are treated alike, but that hidden layers may have another rate, so a rule works on the flat vectors
of `Parameters`. What it carries from one update to the next is its memory, which is part of the fitted state.

To add a rule, write a NamedTuple here with the fields ``learning_rate`` and ``alpha`` and the methods of `GradientDescent`,
and give it an entry in `SOLVERS`: the estimators then accept its name, and `explain_step` writes its lines out. The name
belongs into the docstrings of both estimators; a number that the user may choose is a parameter of the estimators as well.
The compiled kernel may have the rule in C under its ``kernel_name``, and `engines` then has the call of it; what the
kernel's `RULES` does not name is left to the engine in NumPy.
"""

import math
from typing import NamedTuple

import numpy as np


class Memory:
    """What an update rule carries from one update to the next.

    Attributes
    ----------
    vectors : dict of str to ndarray of shape (n_parameters,)
        Under the names of `rule.memory()`, in their order.
    n_updates : int
        Updates since the memory began.
    """

    def __init__(self, vectors=None, n_updates=0):
        self.vectors = dict(vectors or {})
        self.n_updates = n_updates

    def copy(self):
        """An equal memory of its own."""
        return Memory({name: vector.copy() for name, vector in self.vectors.items()}, self.n_updates)

    def clear(self):
        """Begin anew."""
        self.vectors, self.n_updates = {}, 0

    def prepare(self, rule, parameters):
        """Begin what the rule needs, and end what it does not."""
        first_values = rule.memory()
        if self.vectors.keys() != first_values.keys():
            with np.errstate(over="ignore"):  # a first step that the dtype cannot hold makes the training diverge
                self.vectors = {name: _filled(parameters.vector, value) for name, value in first_values.items()}
            self.n_updates = 0


def _filled(like, value):
    """A new array of one value; of 0 the system makes what is touched only."""
    return np.zeros(like.shape, like.dtype) if value == 0 else np.full_like(like, value)


class Line(NamedTuple):
    """A line of a rule's arithmetic, the same for each weight and bias: as a formula and as a function.

    Attributes
    ----------
    letter : str
        What stands for the result; "Δ", in the last line, is what is added.
    formula : str
        Holds the letters of other numbers in braces: those of `letters`, of earlier lines, and {d}, the direction of
        descent, which is written with brackets around it: -∂E/∂w_ij = Err_j O_i - α w_ij, -∂E/∂θ_j = Err_j.
    function : callable
        Takes a dict of letters to numbers or arrays, and returns the result.
    """

    letter: str
    formula: str
    function: object


# After so many updates a half is left of a head start (`rule_after`).
UPDATES_OF_START = 75


class GradientDescent(NamedTuple):
    """Δw_ij = l Err_j O_i, Δθ_j = l Err_j, plus momentum times the last move.

    With Nesterov's momentum the step is taken as if the last move had been made again already [1]_.

    References
    ----------
    .. [1] Sutskever, I., Martens, J., Dahl, G. and Hinton, G. (2013). On the importance of initialization and momentum in
       deep learning. ICML.
    """

    learning_rate: float
    momentum: float = 0.0
    is_nesterov: bool = False
    alpha: float = 0.0
    hidden_factor: float = 1.0  # what the rate of hidden layers is over that of the output units
    has_equal_shares: bool = False  # whether instances left over by the batch size move weights no more than others
    head_start: float = 1.0  # how many times as large the rate of hidden layers is in the first updates
    updates_of_start: float = UPDATES_OF_START  # that leave a half of it

    kernel_name = "descent"

    def memory(self):
        """Names of the vectors that the rule carries, with the numbers that they begin with."""
        return {"velocity": 0.0} if self.momentum else {}

    def step(self, gradient, memory):
        """Turn a gradient, in place, into what is added to the parameters.

        Parameters
        ----------
        gradient : ndarray of shape (n_parameters,)
            Mean over the batch.
        memory : Memory
            Written to.
        """
        gradient *= -self.learning_rate
        if self.momentum:
            velocity = memory.vectors["velocity"]
            velocity *= self.momentum
            velocity += gradient
            if self.is_nesterov:
                gradient += self.momentum * velocity
            else:
                gradient[...] = velocity
        return gradient

    def letters(self, memory):
        """The numbers that `lines` begin with, by their letters; those of the memory end in a prime."""
        letters = {"l": self.learning_rate, "μ": self.momentum}
        return letters | {"Δ'": memory.vectors["velocity"]} if self.momentum else letters

    def lines(self):
        """The arithmetic of `step`, line by line."""
        if not self.momentum:
            return [Line("Δ", "({l}){d}", lambda it: it["l"] * it["d"])]
        move = Line("Δ", "({l}){d} + ({μ})({Δ'})", lambda it: it["l"] * it["d"] + it["μ"] * it["Δ'"])
        if not self.is_nesterov:
            return [move]
        ahead = Line("Δ", "({l}){d} + ({μ})({u})", lambda it: it["l"] * it["d"] + it["μ"] * it["u"])
        return [move._replace(letter="u"), ahead]


class Adam(NamedTuple):
    """Steps along the mean of past gradients, in units of their root mean square [1]_.

    References
    ----------
    .. [1] Kingma, D. and Ba, J. (2015). Adam: A method for stochastic optimization. ICLR.
    """

    learning_rate: float
    beta_1: float = 0.9
    beta_2: float = 0.999
    epsilon: float = 1e-8
    alpha: float = 0.0
    hidden_factor: float = 1.0  # as in `GradientDescent`
    has_equal_shares: bool = False
    share: float = 1.0  # how many instances a batch has over those of a whole one, where shares are equal

    kernel_name = "adam"

    def memory(self):
        """Names of the vectors that the rule carries, with the numbers that they begin with."""
        return {"first_moment": 0.0, "second_moment": 0.0}

    def step(self, gradient, memory):
        """Turn a gradient, in place, into what is added to the parameters. As in `GradientDescent`."""
        first, second = memory.vectors.values()
        memory.n_updates += 1
        if self.share != 1:
            gradient *= self.share
        first *= self.beta_1
        first += (1 - self.beta_1) * gradient
        second *= self.beta_2
        second += (1 - self.beta_2) * gradient * gradient
        correction = np.sqrt(1 - self.beta_2**memory.n_updates) / (1 - self.beta_1**memory.n_updates)
        np.sqrt(second, out=gradient)
        gradient += self._epsilon_of(gradient.dtype)
        np.divide(first, gradient, out=gradient)
        gradient *= -self.learning_rate * correction
        return gradient

    def _epsilon_of(self, dtype):
        """ε, but no less than what makes up for squares of gradients that underflow, or that never came."""
        return max(self.epsilon, float(np.sqrt(np.finfo(dtype).tiny)))

    def letters(self, memory):
        """The numbers that `lines` begin with, by their letters. As in `GradientDescent`."""
        first, second = memory.vectors.values()
        epsilon = self._epsilon_of(first.dtype)
        settings = {"l": self.learning_rate, "β_1": self.beta_1, "β_2": self.beta_2, "ε": epsilon}
        return {
            **settings,
            "t": memory.n_updates + 1,
            "m'": -first,
            "v'": second,
        }  # m is of the descent, not the gradient

    def lines(self):
        """The arithmetic of `step`, line by line."""
        return [
            Line(
                "c",
                "√(1 - {β_2}^{t})/(1 - {β_1}^{t})",
                lambda it: np.sqrt(1 - it["β_2"] ** it["t"]) / (1 - it["β_1"] ** it["t"]),
            ),
            Line("m", "({β_1})({m'}) + (1 - {β_1}){d}", lambda it: it["β_1"] * it["m'"] + (1 - it["β_1"]) * it["d"]),
            Line(
                "v",
                "({β_2})({v'}) + (1 - {β_2}){d}^2",
                lambda it: it["β_2"] * it["v'"] + (1 - it["β_2"]) * it["d"] * it["d"],
            ),
            Line(
                "Δ",
                "({l})({c})({m})/(√{v} + {ε})",
                lambda it: it["l"] * it["c"] * it["m"] / (np.sqrt(it["v"]) + it["ε"]),
            ),
        ]


class Rprop(NamedTuple):
    """Resilient back-propagation, iRprop-: only the signs of the gradient count [1]_.

    Each weight has a step of its own, which grows while the sign stays and shrinks when it turns. It is a rule for whole
    epochs, as the signs of small batches turn by chance.

    References
    ----------
    .. [1] Igel, C. and Hüsken, M. (2003). Empirical evaluation of the improved Rprop learning algorithms.
       Neurocomputing 50.
    """

    learning_rate: float
    alpha: float = 0.0
    increase: float = 1.2
    decrease: float = 0.5
    smallest: float = 1e-6
    largest: float = 50.0

    kernel_name = "rprop"

    def memory(self):
        """Names of the vectors that the rule carries, with the numbers that they begin with."""
        return {"last_gradient": 0.0, "step_sizes": self.learning_rate}

    def step(self, gradient, memory):
        """Turn a gradient, in place, into what is added to the parameters. As in `GradientDescent`."""
        last_gradient, step_sizes = memory.vectors.values()
        memory.n_updates += 1
        agreement = np.sign(last_gradient) * np.sign(gradient)  # of the gradients themselves it might underflow
        stayed, turned = agreement > 0, agreement < 0
        # A bound holds a step back that goes towards it; the first step is what was asked for, whatever the bounds are.
        step_sizes[stayed] = np.minimum(step_sizes[stayed] * self.increase, self.largest)
        step_sizes[turned] = np.maximum(step_sizes[turned] * self.decrease, self.smallest)
        gradient[turned] = 0
        last_gradient[...] = gradient
        np.sign(gradient, out=gradient)
        gradient *= step_sizes
        return np.negative(gradient, out=gradient)

    def letters(self, memory):
        """The numbers that `lines` begin with, by their letters. As in `GradientDescent`."""
        last_gradient, step_sizes = memory.vectors.values()
        settings = {"a": self.increase, "b": self.decrease, "η_0": self.smallest, "η_1": self.largest}
        return {**settings, "d'": -last_gradient, "η'": step_sizes}

    def lines(self):
        """The arithmetic of `step`, line by line."""
        return [
            Line("s", "sign({d'}) sign{d}", lambda it: np.sign(it["d'"]) * np.sign(it["d"])),
            Line(
                "η",
                "[{s} > 0] min(({a})({η'}), {η_1}) + [{s} < 0] max(({b})({η'}), {η_0}) + ({η'})(1 - ({s})^2)",
                _resilient_step,
            ),
            Line("Δ", "({η})[{s} ≥ 0] sign{d}", lambda it: it["η"] * (it["s"] >= 0) * np.sign(it["d"])),
        ]


def _resilient_step(it):
    longer = np.minimum(it["a"] * it["η'"], it["η_1"])
    shorter = np.maximum(it["b"] * it["η'"], it["η_0"])
    return np.where(it["s"] > 0, longer, np.where(it["s"] < 0, shorter, it["η'"]))


class Conditions(NamedTuple):
    """What a call gives an automatic learning rate to follow, beside the network.

    Attributes
    ----------
    square_norm : float
        Σ_i x_i² of the instances, on average.
    largest_weight : float
        Of the instances, over the mean weight; 1 where a batch holds all, in which a weight is so many.
    batch_size : float
    n_alike : float
        How many instances of equal weights tell as much as a batch.
    square_of_classes : float
        The mean over the instances of the square of their classes' mean weight, over that of the mean weight; 1 where a
        batch holds all.
    penalty : float
        Alpha over the mean weight, and over the instances of a batch.
    n_batches : float
        How many of them the instances of the call make.
    """

    square_norm: float = 0.0
    largest_weight: float = 1.0
    batch_size: float = math.inf
    n_alike: float = math.inf
    square_of_classes: float = 1.0
    penalty: float = 0.0
    n_batches: float = 1.0


def alike_of_all(n_instances, n_counted):
    """How many instances of equal weights tell as much as one update by all of these.

    Parameters
    ----------
    n_instances : int
    n_counted : float or None
        None where they are not counted: networks of rules that did not ask for it go on like that.
    """
    return min(n_instances, CALM_BATCH) if n_counted is None else n_counted


class Curvature(NamedTuple):
    """What an automatic learning rate follows.

    Attributes
    ----------
    n_units : int
        Below the output units: of the last hidden layer, or the inputs.
    mean_square : float
        The square of their outputs, on average.
    rates : Rates
        Of the loss.
    steepness : float
        The activation's; 1 where no hidden layer is above the inputs.
    square_norm : float
        Σ_i x_i² of the instances, on average.
    excess_of_inputs : float
        How many times as large that is as of standardised inputs; 1 of smaller ones.
    lack_of_inputs : float
        How many times as small; 1 of larger ones.
    weight_of_one : float
        Four times the largest part that an instance can have of a batch: from a quarter of it on, all depends on that one.
    excess_of_classes : float
        By how much the mean square of the classes' weights is above the square of their mean, over those of a batch.
    n_alike : float
        How many instances of equal weights tell as much as a batch.
    square_of_mean : float
        Σ_i (mean x_i)² of the instances; 0 of centred inputs.
    penalty : float
        Alpha over the mean weight, and over the instances of a batch.
    n_units_before : tuple of int
        Those of the other hidden layers, if their outputs can grow from layer to layer.
    room_for_momentum : float
        As in `Rates`.
    n_hidden_layers : int
    n_widest_before : int
        Units of the widest of the other hidden layers.
    are_targets_scaled : bool
        Whether the targets, and so the errors, are the larger, the more hidden units there are.
    is_one_sided : bool
        Whether all outputs of hidden units have one sign, and the weights above them one range for all widths.
    units_of_chance : float
        As many hidden units hold output units back where there are fewer.
    """

    n_units: int
    mean_square: float
    rates: object
    steepness: float = 1.0
    square_norm: float = 0.0
    excess_of_inputs: float = 1.0
    lack_of_inputs: float = 1.0
    weight_of_one: float = 0.0
    excess_of_classes: float = 0.0
    n_alike: float = math.inf
    square_of_mean: float = 0.0
    penalty: float = 0.0
    n_units_before: tuple = ()
    room_for_momentum: float = math.inf
    n_hidden_layers: int = 1
    n_widest_before: int = 0
    are_targets_scaled: bool = False
    is_one_sided: bool = False
    units_of_chance: float = 0.0


# Of more hidden units than these, hidden layers may have a rate of their own, after that of so many.
_UNITS_OF_RATE = 100

# What moves each weight by about the rate takes no larger one, and a smaller one where inputs are large.
_LARGEST_OF_EACH, _LARGEST_MOVE = 0.003, 0.5

# In larger batches than these chance does less, so that hidden units may learn the faster; up to so many times.
CALM_BATCH, _CALMEST = 32, 16

# Where outputs follow numbers, chance in a batch counts as so many hidden units at most (`Rates.units_of_chance`).
MOST_UNITS_OF_CHANCE = 50

# Below outputs without ends so many units of a single layer bear a usual rate, and more of them bear more.
_UNITS_OF_CALM = 5

# Where classes have different weights, chance has it which of them a batch is of, and takes outputs to one end or the
# other, from which squared errors hardly bring them back. By the mean square of these weights less 1, in a batch of one.
_RATE_OF_CHANCE = 20

# In smaller ones it does so much that hidden units learn no faster than output units, which few heavy instances hold back.
_NOISY_BATCH = 8

# Inputs that are so many times as small as standardised ones, or as rare, ask for a larger rate of hidden layers, up to so
# many times, and fewer the more inputs have in common; but not those that are so small, all together, that biases would
# move net inputs far more than weights do.
_SMALL_INPUTS, _MOST_OF_SMALL_INPUTS, _LEAST_NORM = 2, 10, 0.1

# What comes down to a single hidden layer is less by the root of what the output units have given up.
_POWER_OF_SINGLE_LAYER = 1.5


class LearningRates(NamedTuple):
    """What an update rule has of them; hidden layers may have their own, and a larger one in the first updates."""

    of_outputs: float
    hidden_factor: float = 1.0
    head_start: float = 1.0
    updates_of_start: float = UPDATES_OF_START


# Hidden layers begin with so many times their rate, of which a half is left after the updates above; of so many units.
# Fewer have less by the square of their number, and more by its root.
_HEAD_START, _UNITS_OF_START = 12, 100


def updates_of_start(n_batches):
    """How many updates leave a half of a head start: more where a call has few of them, as in a stream of small chunks,
    whose instances are not presented again."""
    return UPDATES_OF_START * (1 + 3 / n_batches**2)


def has_head_start(rule):
    """Whether hidden layers have one, which they lose step by step."""
    return getattr(rule, "head_start", 1.0) != 1


def rule_after(rule, n_updates):
    """The rule of the updates that follow so many."""
    if not has_head_start(rule):
        return rule
    times = max(1.0, min(rule.head_start, _HEAD_START / (1 + n_updates / rule.updates_of_start)))
    has_equal_shares = rule.has_equal_shares or times > 1
    return rule._replace(hidden_factor=times * rule.hidden_factor, has_equal_shares=has_equal_shares, head_start=1.0)


def hidden_factor_of(rule):
    """What the learning rate of hidden layers is over that of the output units; most rules have one rate for all."""
    return getattr(rule, "hidden_factor", 1.0)


def most_alike_without_ends(layer_sizes):
    """How many instances of a batch count at most for the rate of hidden layers below outputs that no end holds back."""
    times = layer_sizes[-2] / _UNITS_OF_CALM if len(layer_sizes) == 3 else 1.0
    return CALM_BATCH * max(1.0, times)


def rule_of_batch(rule, n_instances, batch_size):
    """The rule for a batch of so many instances, which may be fewer than others have; most rules are the same for all."""
    if n_instances == batch_size or not getattr(rule, "has_equal_shares", False):
        return rule
    if hasattr(rule, "share"):  # a rate would only defer what the moments have of the gradient
        return rule._replace(share=n_instances / batch_size)
    return rule._replace(learning_rate=rule.learning_rate * n_instances / batch_size)


def rates_of(rate, hidden_rate, parameters):
    """The learning rate of each weight and bias, in a vector like that of the parameters."""
    rates = parameters.copy()
    rates.vector[...] = hidden_rate
    rates.weights[-1][...] = rates.biases[-1][...] = rate
    return rates.vector


def _first_step(curvature, parameters):
    return 0.1


def _rate_of_descent(curvature, parameters):
    """Along the weights of an output unit the curvature is about 1 + Σ_i O_i², which a stable rate is the inverse of. Along
    those of a hidden unit it is a small part of 1 + Σ_i x_i², which matters where the inputs are many or not scaled. The
    curvature of the penalty is the same for all, and moves no weight further than to 0. Where layers do not bound what they
    pass on, all of them move the outputs at once, each by as much as its own 1 + Σ_i O_i² says. Of a few hidden units it is
    no more than of those that chance in a batch asks for."""
    rates, (below_outputs, below_hidden) = curvature.rates, _curvatures(curvature)
    of_chance = 1 + curvature.mean_square * curvature.units_of_chance
    rate = min(rates.largest, rates.factor / max(below_outputs, below_hidden, of_chance))
    rate /= max(1.0, curvature.weight_of_one, _RATE_OF_CHANCE * curvature.excess_of_classes)
    before = sum(1 + curvature.mean_square * n for n in curvature.n_units_before)
    rate *= below_outputs / (below_outputs + before)
    rate = min(rate, 1 / curvature.penalty) if curvature.penalty > 0 else rate
    return _share_of_one_update(curvature, parameters) * rate


def _share_of_one_update(curvature, parameters):
    """With momentum each update is made 1 / rest times in the end."""
    rest = _rest_of(parameters)
    return rest * min(1.0, rest * curvature.room_for_momentum)


def _rest_of(parameters):
    return max(1 - float(parameters.momentum), 0.01)


def _curvatures(curvature):
    """What they are along the weights of output units, and of hidden ones."""
    below_outputs = 1 + curvature.mean_square * curvature.n_units
    return below_outputs, curvature.steepness * (1 + curvature.square_norm)


def _hidden_factor_of_descent(curvature, parameters):
    """Along the weights of output units the curvature grows with the units below them, along those of hidden units it does
    not. At one rate for both, hidden units learn the less, the more they are [1]_. So hidden layers keep the rate that a
    network of the usual width has, unless the targets grow with the units. Wide layers of units of one sign push together:
    above them it is less. What else holds the output units back, hidden layers do not share either. All that a single one
    keeps by more, as the errors that come down to it are smaller by the root of it, like the first weights above wide
    layers. Inputs set the limit.

    References
    ----------
    .. [1] Yang, G. and Hu, E. J. (2021). Tensor programs IV: Feature learning in infinite-width neural networks. ICML.
    """
    of_units, of_others = _units_hold_back_by(curvature, parameters), _others_hold_back_by(curvature, parameters)
    calmness = _calmness(curvature)
    of_small = _small_inputs_ask_for(curvature)
    if of_units == of_others == calmness == of_small == 1:
        return 1.0
    limit = _most_of_inputs(curvature, parameters)
    if curvature.n_hidden_layers > 1:
        by_units, by_all = of_units, of_units * (of_others * calmness) ** 0.5
    else:
        by_units = max(of_units, min(of_units**_POWER_OF_SINGLE_LAYER, limit))
        by_all = (of_units * of_others) ** _POWER_OF_SINGLE_LAYER * calmness
    # Over inputs that are larger than standardised ones, or far from 0, units turn at the usual rate as fast as they may.
    return max(by_units, min(by_all, limit / curvature.excess_of_inputs), min(of_small, limit))


def _small_inputs_ask_for(curvature):
    """How many times as large a rate of hidden layers. A weight moves by its input, and moves a net input by it once more:
    of texts, most of whose words an instance does not have, hidden units would learn late. Only the first layer has them,
    so that of several it is the root."""
    of_norm = _MOST_OF_SMALL_INPUTS * curvature.square_norm / _LEAST_NORM
    of_common = _MOST_OF_SMALL_INPUTS / (1 + curvature.square_of_mean)
    factor = max(1.0, min(curvature.lack_of_inputs / _SMALL_INPUTS, of_common, of_norm))
    factor = 1 + (factor - 1) * min(1.0, curvature.n_alike / _NOISY_BATCH)
    return factor if curvature.n_hidden_layers == 1 else factor**0.5


def _most_of_inputs(curvature, parameters):
    """What the rate of hidden layers may be over that of the output units, as the inputs and the penalty have it."""
    below_outputs, below_hidden = _curvatures(curvature)
    limit = below_outputs / below_hidden
    if curvature.penalty > 0:
        rate = _rate_of_descent(curvature, parameters)
        limit = min(limit, _share_of_one_update(curvature, parameters) / curvature.penalty / rate)
    return limit


def _head_start_of_descent(curvature, parameters):
    """Errors come down to hidden units the smaller, the more of them there are, so that they learn later than the output
    units. A single layer of sigmoids may make up for it as far as inputs, what they have in common, and chance let it."""
    if curvature.n_hidden_layers > 1 or not curvature.is_one_sided:
        return 1.0
    factor, usual = (
        _hidden_factor_of_descent(each, parameters) for each in (curvature, curvature._replace(lack_of_inputs=1.0))
    )
    limit = _most_of_inputs(curvature, parameters) / curvature.excess_of_inputs / factor
    n_times = curvature.n_units / _UNITS_OF_START
    of_units = _HEAD_START * min(n_times**2, n_times**-0.5)
    of_batch = _HEAD_START * min(1.0, curvature.n_alike / _NOISY_BATCH)
    of_batch /= max(1.0, _RATE_OF_CHANCE * curvature.excess_of_classes)
    of_common = _HEAD_START / (1 + curvature.square_of_mean)
    return max(1.0, min(min(of_units, of_batch, of_common) * usual / factor, limit))


def _units_hold_back_by(curvature, parameters):
    """How many times as large the rate would be, were there no more units than is usual."""
    n_usual = _UNITS_OF_RATE
    if curvature.is_one_sided:
        n_usual = max(n_usual, curvature.n_widest_before)
    if curvature.n_units <= n_usual or curvature.are_targets_scaled:
        return 1.0
    rate, rate_of_usual = (
        _rate_of_descent(each, parameters) for each in (curvature, curvature._replace(n_units=n_usual))
    )
    # Where inputs decide the rates, more units only make the share of the other layers smaller.
    factor = max(1.0, rate_of_usual / rate)
    return factor**0.5 if curvature.n_hidden_layers > 1 and curvature.is_one_sided else factor


def _others_hold_back_by(curvature, parameters):
    """The same, were it not for momentum that squared errors of sigmoids do not bear, and for heavy instances."""
    of_momentum = max(1.0, 1 / (_rest_of(parameters) * curvature.room_for_momentum))
    of_chance = max(1.0, _NOISY_BATCH / curvature.n_alike)
    return max(1.0, of_momentum * max(1.0, curvature.weight_of_one) / of_chance)


def _calmness(curvature):
    """How many usual batches one is worth. What all inputs have in common moves all hidden units to one end together, from
    which chance would bring them back: it is less where they are not centred."""
    common = 1 + curvature.square_of_mean  # of which the square may be too large
    return max(1.0, min(curvature.n_alike / CALM_BATCH, _CALMEST) / common / common)


def largest_of_each(square_norm):
    """What a rule takes at most that moves each weight by about the rate, and so a net input by as many times as much as
    inputs are large.

    Parameters
    ----------
    square_norm : float
        Σ_i x_i² of the instances, on average.
    """
    return min(_LARGEST_OF_EACH, _LARGEST_MOVE / math.sqrt(max(1.0, square_norm)))


def _rate_of_adam(curvature, parameters):
    """A step moves each weight alike, and so a net input by about as many times as much as there are units below."""
    return min(curvature.rates.largest_of_each, 1 / curvature.n_units)


def _hidden_factor_of_adam(curvature, parameters):
    """Hidden units have no more inputs where there are more of them. A single layer keeps the rate of the usual width; of
    several ones each passes on what all below it move, so that theirs is larger by the root of as much."""
    n_usual = max(_UNITS_OF_RATE, curvature.n_widest_before)
    rate, rate_of_usual = (
        _rate_of_adam(curvature._replace(n_units=n), parameters) for n in (curvature.n_units, n_usual)
    )
    factor = max(1.0, rate_of_usual / rate)
    return factor if curvature.n_hidden_layers == 1 else factor**0.5


class Solver(NamedTuple):
    """What a name of ``solver`` stands for.

    Attributes
    ----------
    make : callable
        Takes the learning rate, the penalty, and an object that has the estimator's parameters as attributes; returns
        the rule.
    auto_rate : callable
        Takes `Curvature` and the same object; returns the learning rate that is right where none is given.
    hidden_factor : callable or None
        Takes the same as `auto_rate`, of a network with hidden layers; returns what their rate is over that of the output
        units, where none is given. The rule then has it as a field of this name. None: 1.
    head_start : callable or None
        Takes the same as `hidden_factor`; returns how many times as large that is in the first updates. None: 1.
    follows_batches : bool
        Whether `hidden_factor` grows with the instances of a batch.
    learns_small_targets_late : bool
        Whether sigmoids learn targets late by it that are small beside their number.
    has_schedule : bool
        Whether the learning rate follows a schedule.
    takes_batches : bool
        Or all instances together make one update.
    is_asked_of_updates : bool
        Whether the size of an update says when to stop: not where it is about the rate, or that of a line search.
    learns_in_epochs : bool
        Or SciPy's minimiser learns instead of a rule, from which it takes nothing but the penalty.
    """

    make: object
    auto_rate: object
    hidden_factor: object = None
    head_start: object = None
    follows_batches: bool = False
    learns_small_targets_late: bool = False
    has_schedule: bool = False
    takes_batches: bool = True
    is_asked_of_updates: bool = True
    learns_in_epochs: bool = True


def _descent(learning_rate, alpha, parameters):
    momentum, is_nesterov = float(parameters.momentum), bool(parameters.nesterovs_momentum)
    return GradientDescent(learning_rate, momentum, is_nesterov, alpha)


def _adam(learning_rate, alpha, parameters):
    betas = float(parameters.beta_1), float(parameters.beta_2)
    return Adam(learning_rate, *betas, float(parameters.epsilon), alpha)


def _rprop(learning_rate, alpha, parameters):
    return Rprop(learning_rate, alpha)


SOLVERS = {
    "adam": Solver(_adam, _rate_of_adam, _hidden_factor_of_adam, is_asked_of_updates=False),
    "lbfgs": Solver(_descent, _first_step, takes_batches=False, is_asked_of_updates=False, learns_in_epochs=False),
    "rprop": Solver(_rprop, _first_step, takes_batches=False),
    "sgd": Solver(
        _descent,
        _rate_of_descent,
        _hidden_factor_of_descent,
        _head_start_of_descent,
        follows_batches=True,
        learns_small_targets_late=True,
        has_schedule=True,
    ),
}
