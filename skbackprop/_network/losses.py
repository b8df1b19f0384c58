"""The losses: what a network's outputs cost, and the errors that go back from them.

A loss belongs to an output unit. To add one, write its two functions here and give it an entry in `REGRESSION_LOSSES` or in
`CLASSIFICATION_LOSSES`: the estimator then accepts it, and the tools explain and check it. Its name belongs into the
estimator's docstring; a number that the user may choose is a parameter of the estimator as well, which the entry names. The
compiled kernel may have the same in C under `kernel_name`; what its `OUTPUT_UNITS` does not name is left to the engine in
NumPy.
"""

import math
from functools import lru_cache, partial
from typing import NamedTuple

import numpy as np
from scipy.special import logsumexp, xlogy

# Sums of weights that are so near to each other are equal, but for rounding.
ROUNDING = 1e-12

# Newton's steps to the constant that costs least.
_MOST_STEPS = 30


def _mean(targets, weights, _):
    return np.average(targets, axis=0, weights=weights)


def quantiles(targets, weights, quantile):
    """The smallest target of each output that has at least this share of the weight at or below it."""
    weights = np.ones(len(targets)) if weights is None else weights
    order = np.argsort(targets, axis=0)
    is_reached = np.cumsum(weights[order], axis=0) >= quantile * weights.sum() * (1 - ROUNDING)
    rows = np.take_along_axis(order, is_reached.argmax(axis=0)[np.newaxis], axis=0)
    return np.take_along_axis(targets, rows, axis=0)[0]


def _centres(targets, weights, delta):
    """Between the medians and the means: where the residuals of each output, clipped at delta, sum to 0."""
    weights = np.ones((len(targets), 1)) if weights is None else weights[:, np.newaxis]
    centres = quantiles(targets, weights[:, 0], 0.5).astype(float)
    for _ in range(_MOST_STEPS):
        residuals = targets - centres
        slopes = (weights * (np.abs(residuals) <= delta)).sum(axis=0)
        steps = (weights * np.clip(residuals, -delta, delta)).sum(axis=0) / np.maximum(slopes, weights.min())
        centres = centres + np.clip(steps, -delta, delta)
    return centres


class Rates(NamedTuple):
    """What automatic rules take of a loss; the study of defaults in the documentation has found the numbers.

    Attributes
    ----------
    largest : float
        Of a step along the gradient.
    factor : float
        Of the rate that is stable: this over the curvature.
    largest_of_each : float
        Of a rule that moves each weight by about the rate.
    first_net : float
        The root mean square of the first layer's net inputs at the start.
    room_for_momentum : float
        Times 1 - momentum, where that is less than 1, it is what the rate is multiplied by: moves that are carried on take
        to ends from which squared errors do not bring them back.
    least_units : int
        Of hidden units without an end no fewer count: each of a few has larger weights above it, and so do its errors.
    units_of_chance : int
        As many bounded hidden units hold output units back where there are fewer, in batches of 32, and more in smaller
        ones: what a batch differs from others by moves each of a few weights far.
    largest_penalty : float
        Of the weights, beside the loss of an instance, where the targets are noise: a part of their variance.
    may_calm : bool
        Whether the loss tells where noise moves the network: not if a few large residuals make most of it.
    most_times_of_many_inputs : float
        How many times that it may be of classes where there are few instances for each input.
    many_for_each_input : float
        Instances for each input that are not few: that are half as many want twice the penalty.
    have_ends : bool
        Whether outputs do not move further than to their ends. Others bear no larger rate for large batches in several
        hidden layers.
    """

    largest: float
    factor: float
    largest_of_each: float
    first_net: float
    room_for_momentum: float = math.inf
    least_units: int = 0
    units_of_chance: int = 0
    largest_penalty: float = 0.0
    may_calm: bool = True
    most_times_of_many_inputs: float = 1.0
    many_for_each_input: float = 10.0
    have_ends: bool = False


_RATES_OF_NUMBERS = Rates(
    0.75,
    0.75,
    0.003,
    first_net=0.8,
    least_units=8,
    largest_penalty=5e-4,
)

# Errors that grow with the targets do so with the scale of these.
_UNITS_OF_CHANCE = 24

# The curvature of the log loss is the larger one: up to 1/4 along a net input, that of the squared error 1/16.
_OF_CLASSES = {"first_net": 0.5, "most_times_of_many_inputs": 10.0, "have_ends": True}
_RATES_OF_SIGMOIDS = Rates(2.0, 40.0, 0.01, room_for_momentum=2.5, largest_penalty=1.25e-3, **_OF_CLASSES)
_RATES_OF_PROBABILITIES = Rates(0.5, 10.0, 0.01, largest_penalty=6e-3, **_OF_CLASSES)

# Errors that do not grow with the targets take longer to larger ones. The variance of targets that may hold outliers says
# nothing of the penalty that suits such errors.
_SCALE_OF_BOUNDED_ERRORS = 3.0
_RATES_OF_BOUNDED_ERRORS = _RATES_OF_NUMBERS._replace(largest_penalty=0.0, may_calm=False)


# So many targets at most share a scale, and above units without an end so many times as a unit bears in the mean.
_MOST_SHARING, _TARGETS_OF_A_UNIT = 16, 2


class Loss(NamedTuple):
    """A loss with its output unit, and all that is to be known of it.

    Attributes
    ----------
    output_unit : str
        A key of `OUTPUT_UNITS`.
    errors : callable
        Takes outputs O_j and targets T_j, both of shape (n_instances, n_outputs), and the parameter; returns Err_j, the
        negative slope of the loss along each output unit's net input, of the same shape.
    losses : callable
        Takes the same; returns each instance's loss, summed over its outputs, of shape (n_instances,).
    best_constant : callable
        Takes targets, weights or None, and the parameter; returns the outputs, of shape (n_outputs,), that would cost
        least if they were the same for every instance.
    error_formula : str
        Err_j as a formula of {o}, which is O_j, {t}, which is T_j, and {p}, the parameter.
    rates : Rates
    kernel_name : str or None
        What the compiled kernel calls the pair of output unit and loss; None if it was never written in C.
    parameter : float
        Of the Huber loss, where it turns linear; of the quantile loss, the quantile.
    parameter_name : str or None
        The estimator's parameter that it is; None if the loss has none.
    parameter_letter : str
        What stands for it in formulas.
    is_residual : bool
        Whether it is as large as a residual, and so in standard deviations of the targets where they are standardised.
    makes_means : bool
        Whether the outputs that cost least are means, so that R² is a score of them.
    target_scale : float
        The standard deviation of the targets that output units are shown, where they are standardised: the larger, the
        faster do hidden units learn, and the further do output units have to go. Found as `Rates` were.
    units_of_scale : float
        That is of so many units in the last hidden layer. Of more it grows in proportion: each of them has a smaller part
        in the outputs, and would learn the less, the more there are [1]_.
    units_of_small_scale : float
        Of fewer units in the last hidden layer it falls in proportion: each of a few would have to grow far.
    shares_scale : bool
        Whether several targets have smaller scales, whose squares have the sum of one: where errors grow with the targets,
        those of all output units come down to a hidden one together.
    n_sharing : float
        As many targets do; above units without an end as many as each of few units bears.
    least_target : float
        The smallest target that the loss takes. Where there is one the targets are scaled by their means, not shifted.
    weighs_outputs_alike : bool
        Whether of many classes the outputs that are to be 0 count as much as the one that is to be 1.
    losses_of_net : callable or None
        Takes net inputs I_j and targets; returns what `losses` does, but for the ends at which it cuts outputs off before
        it takes their logarithm, and `errors` does not. None if it does nowhere.
    has_cancelling_terms : bool
        Whether it is made of terms as large as outputs, and as targets times net inputs, which cancel where it is small.

    References
    ----------
    .. [1] Chizat, L., Oyallon, E. and Bach, F. (2019). On lazy training in differentiable programming. NeurIPS.
    """

    output_unit: str
    errors: object
    losses: object
    best_constant: object
    error_formula: str = "{t} - {o}"
    rates: Rates = _RATES_OF_NUMBERS
    kernel_name: str | None = None
    parameter: float = 0.5
    parameter_name: str | None = None
    parameter_letter: str = "δ"
    is_residual: bool = False
    makes_means: bool = True
    target_scale: float = 5.0
    units_of_scale: float = math.inf
    units_of_small_scale: float = 0.0
    shares_scale: bool = True
    n_sharing: float = 1.0
    least_target: float = -math.inf
    weighs_outputs_alike: bool = False
    losses_of_net: object = None
    has_cancelling_terms: bool = False

    def above(self, n_units, may_be_small, n_targets=1, is_unbounded=False):
        """The same, of so many targets above so many hidden units, with their scale of targets."""
        return _above(self, n_units, may_be_small, n_targets, is_unbounded)


@lru_cache(maxsize=256)
def _above(loss, n_units, may_be_small, n_targets, is_unbounded):
    """As `Loss.above` has it, which a network asks for again and again."""
    times = max(1.0, n_units / loss.units_of_scale)
    if may_be_small and n_units < loss.units_of_small_scale:
        times = n_units / loss.units_of_small_scale
    n_sharing = 1.0
    if loss.shares_scale:
        most = _TARGETS_OF_A_UNIT * n_targets / n_units if is_unbounded else _MOST_SHARING
        n_sharing = max(1.0, min(n_targets, most))
    return loss._replace(target_scale=loss.target_scale * times / math.sqrt(n_sharing), n_sharing=n_sharing)


def _sigmoid_squared_errors(outputs, targets, _):
    return outputs * (1 - outputs) * (targets - outputs)  # Err_j = O_j (1 - O_j) (T_j - O_j)


def _residuals(outputs, targets, _):
    """T_j - O_j: of linear units with the squared error, and of every unit with the log-likelihood that belongs to it."""
    return targets - outputs


def _squared_losses(outputs, targets, _):
    residuals = targets - outputs
    return 0.5 * np.einsum("ij,ij->i", residuals, residuals, dtype=np.float64)  # E = ½ Σ_j (T_j - O_j)²


def clip_probabilities(probabilities, out=None):
    """Away from 0 and 1, as a logarithm is taken of them."""
    eps = np.finfo(probabilities.dtype).eps
    out = np.maximum(probabilities, eps, out=out)
    return np.minimum(out, 1 - eps, out=out)


def _binary_log_losses(outputs, targets, _):
    outputs = clip_probabilities(outputs)
    return -(xlogy(targets, outputs) + xlogy(1 - targets, 1 - outputs)).sum(axis=1)


def _log_losses(outputs, targets, _):
    return -xlogy(targets, clip_probabilities(outputs)).sum(axis=1)


def _poisson_losses(outputs, targets, _):
    least = np.maximum(outputs, np.finfo(outputs.dtype).tiny)  # e^I_j may underflow
    return (xlogy(targets, targets) - xlogy(targets, least) - targets + outputs).sum(axis=1)  # half the deviance


def _poisson_losses_of_net(net, targets):
    with np.errstate(over="ignore"):
        return (xlogy(targets, targets) - targets * net - targets + np.exp(net)).sum(axis=1)


def _log_losses_of_net(groups, net, targets):
    """The sum over the groups of units of -ln P of what each instance is."""
    edges = np.cumsum(groups)[:-1]
    parts = zip(np.split(net, edges, axis=1), np.split(targets == 1, edges, axis=1), strict=True)
    return sum(_log_losses_of_group(*part) for part in parts)


def _log_losses_of_group(net, is_target):
    """-ln P: ln(1 + e^-I_j) of one unit, or of 1 - O_j; of several ln(1 + Σ_k e^(I_k - I_j))."""
    if net.shape[1] == 1:
        return np.logaddexp(0, np.where(is_target, -net, net))[:, 0]
    own = net.sum(axis=1, keepdims=True, where=is_target)
    return np.logaddexp(0, logsumexp(np.where(is_target, -np.inf, net - own), axis=1))


def _signs(outputs, targets, _):
    return np.sign(targets - outputs)


def _absolute_losses(outputs, targets, _):
    return np.abs(targets - outputs).sum(axis=1)


def _clipped_residuals(outputs, targets, delta):
    return np.clip(targets - outputs, -delta, delta)


def _huber_losses(outputs, targets, delta):
    sizes = np.abs(targets - outputs)
    inside = np.minimum(sizes, delta)
    return (inside * (sizes - 0.5 * inside)).sum(axis=1)


def _quantile_errors(outputs, targets, quantile):
    residuals = targets - outputs
    return np.where(residuals > 0, quantile, np.where(residuals < 0, quantile - 1, 0)).astype(outputs.dtype)


def _quantile_losses(outputs, targets, quantile):
    residuals = targets - outputs
    return np.maximum(quantile * residuals, (quantile - 1) * residuals).sum(axis=1)


def _softmax_log_losses(groups):
    """Log losses of groups of units, where a group of one has the binary one."""
    is_single = np.repeat(np.array(groups) == 1, groups)
    if not is_single.any():
        return _log_losses

    def losses(outputs, targets, _):
        total = _log_losses(outputs[:, ~is_single], targets[:, ~is_single], _)
        return total + _binary_log_losses(outputs[:, is_single], targets[:, is_single], _)

    return losses


REGRESSION_LOSSES = {
    "absolute_error": Loss(
        "identity",
        _signs,
        _absolute_losses,
        quantiles,
        error_formula="sign({t} - {o})",
        kernel_name="identity_absolute",
        makes_means=False,
        rates=_RATES_OF_BOUNDED_ERRORS,
        target_scale=_SCALE_OF_BOUNDED_ERRORS,
        shares_scale=False,
    ),
    "huber": Loss(
        "identity",
        _clipped_residuals,
        _huber_losses,
        _centres,
        error_formula="clip({t} - {o}, -{p}, {p})",
        kernel_name="identity_huber",
        parameter_name="huber_delta",
        is_residual=True,
        makes_means=False,
        rates=_RATES_OF_BOUNDED_ERRORS._replace(units_of_chance=_UNITS_OF_CHANCE),
    ),
    "poisson": Loss(
        "exp",
        _residuals,
        _poisson_losses,
        _mean,
        kernel_name="exp_poisson",
        shares_scale=False,
        least_target=0.0,
        losses_of_net=_poisson_losses_of_net,
        has_cancelling_terms=True,
    ),
    "quantile": Loss(
        "identity",
        _quantile_errors,
        _quantile_losses,
        quantiles,
        error_formula="({p})[{t} > {o}] - (1 - {p})[{t} < {o}]",
        kernel_name="identity_quantile",
        parameter_name="quantile",
        parameter_letter="q",
        makes_means=False,
        rates=_RATES_OF_BOUNDED_ERRORS,
        target_scale=_SCALE_OF_BOUNDED_ERRORS,
        shares_scale=False,
    ),
    "squared_error": Loss(
        "identity",
        _residuals,
        _squared_losses,
        _mean,
        kernel_name="identity_squared",
        rates=_RATES_OF_NUMBERS._replace(units_of_chance=_UNITS_OF_CHANCE),
        units_of_scale=62.5,
        units_of_small_scale=6.25,
    ),
}


def _squared_error(groups):
    return Loss(
        "logistic",
        _sigmoid_squared_errors,
        _squared_losses,
        _mean,
        error_formula="({o})(1 - {o})({t} - {o})",
        rates=_RATES_OF_SIGMOIDS,
        kernel_name="logistic_squared",
        weighs_outputs_alike=True,
    )


def _log_loss(groups):
    if max(groups) == 1:
        return Loss(
            "logistic",
            _residuals,
            _binary_log_losses,
            _mean,
            rates=_RATES_OF_PROBABILITIES,
            kernel_name="logistic_log",
            losses_of_net=partial(_log_losses_of_net, groups),
        )
    return Loss(
        "softmax",
        _residuals,
        _softmax_log_losses(groups),
        _mean,
        rates=_RATES_OF_PROBABILITIES,
        kernel_name="softmax_log",
        losses_of_net=partial(_log_losses_of_net, groups),
    )


# Each a function of the groups of output units, as `Units` has them.
CLASSIFICATION_LOSSES = {"log_loss": _log_loss, "squared_error": _squared_error}


def classification_loss(name, groups):
    """The loss of labels, each decided by a group of output units.

    Parameters
    ----------
    name : str
        A key of `CLASSIFICATION_LOSSES`.
    groups : tuple of int
        As `Units` has them.
    """
    return CLASSIFICATION_LOSSES[name](groups)
