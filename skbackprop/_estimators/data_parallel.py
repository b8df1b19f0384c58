"""One network on several machines: each makes the gradient of its own instances, and all move by the sum.

Design: what travels is one array of numbers that are sums over instances, so that whatever adds arrays can serve. Whatever
is no sum (the mean, the penalty, the learning rate, the memory of the update rule) is the business of `apply_gradient`.
"""

import warnings
from typing import NamedTuple

import numpy as np
from sklearn.utils.validation import check_is_fitted

from .._network import engines
from .._network.automatic.different import N_LEAST, count_alike
from .._network.automatic.norms import mean_square_norm
from .._network.automatic.rates import CALM_BATCH, Conditions, LearningRates, alike_of_all
from .._network.parameters import Parameters, count_parameters
from .._network.solvers import SOLVERS
from .._network.updates import Memory
from .._public import public
from .._training.epochs import error_rate_of
from .._training.single_update import Presented, update_once
from .base import MAX_STREAM_CURVE, Given, check_type
from .data import as_floats
from .parameters import check_parameters

# Behind the gradient stand the number of instances, and the sums of weights, losses, errors, sizes of inputs and squared
# weights.
_N_SUMS = 6

# Sums of squared weights of this size say nothing, nor do those as far below 1: they must be added up, as float32 as well.
_LARGEST_SQUARES = 1e30


@public
def gradient(estimator, X, y, sample_weight=None):
    """Compute the gradient of these instances' losses, as an array that may be added to those of others.

    Several machines that hold a part of the instances each, and the same network, call this, add the arrays up, which is
    what an *all-reduce* does, and give the sum to `apply_gradient`. The update is then that of one machine that holds all
    instances.

    Parameters
    ----------
    estimator : BackpropClassifier or BackpropRegressor
        Fitted, or initialized. It is not changed.
    X : {array-like, sparse matrix} of shape (n_samples, n_features)
        Inputs.
    y : array-like of shape (n_samples,) or (n_samples, n_outputs)
        Labels or targets.
    sample_weight : array-like of shape (n_samples,), default=None
        Weights of the instances.

    Returns
    -------
    gradient : ndarray of float64 of shape (n_numbers,)
        Sums over the instances. First, for all weights and biases, of the derivatives of each instance's loss times its
        weight: those of ``coefs_[0]`` row by row, of the other layers' weights, of ``intercepts_[0]`` and of the others.
        Behind them stand the number of instances, the sum of their weights, the sums that ``loss_curve_`` and
        ``error_curve_`` are made of, that of their squared inputs, which an automatic learning rate follows where there
        are no hidden layers, and that of their squared weights, which those of hidden layers follow. The penalty,
        ``alpha``, is not in it.

    Raises
    ------
    TypeError
        If the estimator is none of this package.
    NotFittedError
        If it has no weights yet.
    ValueError
        If the data will not do, or a parameter is set that needs all instances at once, such as ``early_stopping``.

    See Also
    --------
    apply_gradient : Moves the network by the sum.
    check_gradient : Compares the gradient with central differences.

    Notes
    -----
    Without hidden layers an automatic rate follows the size of the inputs, of which an outlier counts as thirty usual ones:
    those of its machine, so that each should have more than a few instances. With hidden layers it follows how many
    different instances there are, as :class:`BackpropClassifier` tells; equal ones on two machines count as different.

    A machine that has no instances left adds zeros: ``np.zeros_like`` of its last gradient. The array may be sent as
    float32, for half the traffic; numbers of instances above 16 million are not exact then.

    References
    ----------
    .. [1] Dean, J. and others (2012). Large scale distributed deep networks. NIPS.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.datasets import load_iris
    >>> from skbackprop import BackpropClassifier, apply_gradient, gradient
    >>> X, y = load_iris(return_X_y=True)
    >>> network = BackpropClassifier(5, batch_size="epoch", random_state=0).initialize(X, y)
    >>> total = gradient(network, X[:60], y[:60]) + gradient(network, X[60:], y[60:])
    >>> alone = BackpropClassifier(5, batch_size="epoch", random_state=0).partial_fit(X, y, classes=[0, 1, 2])
    >>> np.allclose(apply_gradient(network, total).coefs_[0], alone.coefs_[0], rtol=1e-12)
    True
    """
    network = _draft_of(estimator, "gradient")
    if network.augment is not None:
        raise ValueError(
            f"gradient cannot use augment={network.augment!r}, which is for epochs of fit: pass inputs that are augmented "
            "already, and set augment=None."
        )
    given = Given(sample_weight, method="gradient")
    network._check_stream(given)
    training_set = network._check_data(X, y, given).training_set
    mean_gradient, loss, error = _mean_gradient(network, training_set)
    n_instances, mean_weight = training_set.inputs.shape[0], training_set.mean_weight
    square_norm = mean_square_norm(training_set.inputs, training_set.weights)
    n_alike = count_alike(training_set.inputs, training_set.weights, network._square_norm_)
    squares = min((n_instances * mean_weight) * (n_instances / n_alike) * mean_weight, _LARGEST_SQUARES)
    sums = [n_instances, *(mean_weight * np.array([n_instances, loss, error, n_instances * square_norm])), squares]
    vector = mean_gradient.vector * np.float64(n_instances * mean_weight)
    return np.concatenate([vector, sums, _sums_of_targets(training_set) * mean_weight])


@public
def apply_gradient(estimator, gradient):
    """Move the weights and biases by a gradient that several machines have made together.

    It is the update that ``partial_fit`` with ``batch_size="epoch"`` makes of all their instances, to rounding: with the
    solver, learning rate and schedule, momentum, and penalty of the estimator. Where the rate is automatic, equal instances
    on two machines count as different, as `gradient` tells. Machines that begin with the same network and apply the same
    sums keep the same network, bit for bit.

    Parameters
    ----------
    estimator : BackpropClassifier or BackpropRegressor
        As it was when the gradient was made. It is changed, as by ``partial_fit``: ``loss_curve_`` and the other curves
        get one more number, ``n_epochs_`` counts the call as an epoch, and ``t_`` all its instances.
    gradient : array-like of shape (n_numbers,)
        The sum of what `gradient` returned on each machine. A mean counts the penalty too often, and is refused only where
        it makes no whole number of instances.

    Returns
    -------
    estimator : object
        The estimator itself.

    Raises
    ------
    TypeError
        If the estimator is none of this package.
    NotFittedError
        If it has no weights yet.
    ValueError
        If the gradient is no such sum or does not fit the network, if the solver is ``"lbfgs"``, or if the update leaves
        the finite numbers. The estimator is then as it was.

    See Also
    --------
    gradient : Makes it.

    Notes
    -----
    Where the machines share the instances of a batch, each call is the update of that batch; but ``n_epochs_`` counts it as
    an epoch. Callbacks are not told of it. An automatic rate is not made smaller where the loss swings, as in ``fit``,
    and what ``fit`` has made of it is forgotten. ``alpha='auto'`` is what the calls before have found, `initialize` with
    fifty different instances or more among them; a warning tells where none has. It stays as it is, where ``partial_fit``
    makes it that of as many instances as have come, which no sum tells.

    References
    ----------
    .. [1] Dean, J. and others (2012). Large scale distributed deep networks. NIPS.

    Examples
    --------
    >>> from sklearn.datasets import load_diabetes
    >>> from skbackprop import BackpropRegressor, apply_gradient, gradient
    >>> X, y = load_diabetes(return_X_y=True)
    >>> network = BackpropRegressor(5, solver="rprop", random_state=0).initialize(X, y)
    >>> for _ in range(30):
    ...     total = gradient(network, X[:200], y[:200]) + gradient(network, X[200:], y[200:])
    ...     network = apply_gradient(network, total)
    >>> network.n_epochs_, network.score(X, y) > 0.4
    (30, True)
    """
    draft = _draft_of(estimator, "apply_gradient")
    if not SOLVERS[draft.solver].learns_in_epochs:
        raise ValueError(
            f"apply_gradient has no update for solver={draft.solver!r}, whose line search asks for many gradients: take "
            "'sgd', 'adam' or 'rprop'."
        )
    state = draft._resume()
    state.history.progress = state.history.progress.on_another_set(0, draft.n_epochs_)  # nobody has it here
    sums = _sums_of(gradient, draft, state.parameters)
    draft._note_inputs(sums.square_norm / sums.weight)
    n_instances, layer_sizes = int(sums.n_instances), state.parameters.layer_sizes
    _warn_without_penalty(draft, n_instances)
    mean_weight, n_alike = sums.weight / n_instances, _n_alike(draft, sums)
    draft.alpha_ = draft._alpha_of_batches(layer_sizes, n_instances, n_instances, mean_weight, n_alike)
    step, presented = _means_of(sums, draft, state.parameters)
    plan = _plan_of(draft, layer_sizes, sums)
    update_once(state, step, presented, plan)
    state.history.thin(MAX_STREAM_CURVE)
    draft.restarts_ = None
    draft._keep(state, "partial_fit")
    estimator._adopt(draft)
    return estimator


def _warn_without_penalty(draft, n_instances):
    """Warn where ``partial_fit`` of so many instances would have found a penalty, which no sum tells."""
    if draft.alpha == "auto" and getattr(draft, "_penalty_", None) is None and n_instances >= N_LEAST:
        warnings.warn(
            f"alpha='auto' is 0 in apply_gradient, as no call has seen the {N_LEAST} different instances that it is found "
            "with: give as many to initialize, or to partial_fit, before, or pass a number.",
            UserWarning,
            stacklevel=3,
        )


def _draft_of(estimator, method):
    """A copy of the fitted estimator to work on, whose parameters are valid."""
    check_type(estimator)
    message = f"{method} needs weights and biases, but this %(name)s has none yet: call initialize, or partial_fit."
    check_is_fitted(estimator, msg=message)
    draft = estimator._draft(Given(method=method))
    check_parameters(draft)
    if draft.early_stopping:
        raise ValueError(f"{method} does not support early_stopping=True: one update cannot stop early.")
    return draft


def _mean_gradient(network, training_set):
    """The gradient of the mean loss, without the penalty, and the sums of losses and errors."""
    parameters = Parameters.from_arrays(network.coefs_, network.intercepts_)
    into = Parameters(parameters.layer_sizes, parameters.vector.dtype)
    engine = engines.begin(parameters, Memory(), training_set, training_set.inputs.shape[0])
    loss, error = engine.gradient(parameters, 0.0, into)
    return into, loss, error


def _sums_of_targets(training_set):
    """What the variance of all targets is made of, Σ T² and Σ T of each; nothing where they are classes."""
    if training_set.units.groups is not None:
        return np.empty(0)
    targets, weights = training_set.targets.astype(np.float64), training_set.weights
    weights = np.ones(len(targets)) if weights is None else weights.astype(np.float64)
    return np.append(np.einsum("i,ij,ij->", weights, targets, targets), weights @ targets)


def _variation(sums_of_targets, total_weight):
    """The total sum of squares around the means; 0 where it is no more than rounding."""
    square, sums = sums_of_targets[0], sums_of_targets[1:]
    variation = square - float(sums @ sums) / total_weight
    return variation if variation > 1e-12 * square else 0.0


class _Sums(NamedTuple):
    """What machines have added up.

    Attributes
    ----------
    vector : ndarray
        Of derivatives, in the order of the weights and biases.
    n_instances, weight, loss, error, square_norm : float
        Over all instances; of the last three times their weights.
    squared_weights : float
        Of a machine's different instances; where some are equal, of the sum of their weights.
    targets : ndarray
        As `_sums_of_targets` makes them.
    """

    vector: np.ndarray
    n_instances: float
    weight: float
    loss: float
    error: float
    square_norm: float
    squared_weights: float
    targets: np.ndarray


def _plan_of(network, layer_sizes, sums):
    """The network's plan for one update by these sums."""
    n_instances, rate = int(sums.n_instances), network.learning_rate_init
    # One update, in which a weight is so many instances.
    n_alike = alike_of_all(n_instances, _n_alike(network, sums))
    n_counted = network._counted_of_all(n_instances, n_alike)
    conditions = Conditions(
        network._square_norm_, batch_size=n_counted, n_alike=n_alike, penalty=_penalty(network, sums)
    )
    rates = network._auto_rates(layer_sizes, conditions) if rate == "auto" else LearningRates(float(rate))
    thresholds = network._thresholds_of_batches(Given(), layer_sizes, max(CALM_BATCH, n_alike))
    return network._plan_of_batches(rates, network.alpha_, n_instances, thresholds._replace(max_iter=1))


def _n_alike(network, sums):
    """How many instances of equal weights tell as much as all machines' do."""
    if not 1 / _LARGEST_SQUARES < sums.squared_weights < _LARGEST_SQUARES:
        return sums.n_instances
    return min(sums.n_instances, sums.weight**2 / sums.squared_weights)


def _penalty(network, sums):
    """Alpha over the weight of all instances, which share that of the sum."""
    return network.alpha_ / sums.weight


def _means_of(sums, network, parameters):
    """The gradient of the mean loss with its penalty, and what was seen."""
    weight, penalty = sums.weight, _penalty(network, sums)
    step = Parameters(parameters.layer_sizes, parameters.vector.dtype)
    with np.errstate(all="ignore"):
        step.vector[...] = sums.vector / weight
    mean_loss = sums.loss / weight
    if penalty:
        step.weight_vector += penalty * parameters.weight_vector
        mean_loss += 0.5 * penalty * float(np.vdot(parameters.weight_vector, parameters.weight_vector))
    total_error = weight if network._groups_ is not None else _variation(sums.targets, weight)
    return step, Presented(int(sums.n_instances), mean_loss, error_rate_of(sums.error, total_error))


def _sums_of(gradient, network, parameters):
    """The parts of a gradient, after a look at whether it is a sum that fits the network."""
    n_parameters = sum(count_parameters(parameters.layer_sizes))
    n_numbers = n_parameters + _N_SUMS + (0 if network._groups_ is not None else 1 + network.n_outputs_)
    numbers = as_floats(gradient, "gradient")
    if numbers.shape != (n_numbers,):
        raise ValueError(
            f"gradient has shape {numbers.shape}, but for this network must have {(n_numbers,)}: the sum of what "
            "skbackprop.gradient returned on each machine."
        )
    if not np.isfinite(numbers).all():
        raise ValueError("gradient contains NaN or infinity: one that was added up does, or the sum is too large.")
    sums = numbers[n_parameters : n_parameters + _N_SUMS].tolist()
    if sums[0] < 1 or sums[0] != round(sums[0]) or sums[1] <= 0:
        raise ValueError(
            f"gradient is of {sums[0]:g} instances of weight {sums[1]:g}: it must be the sum of what skbackprop.gradient "
            "returned on each machine, not the mean, and of one instance at least."
        )
    return _Sums(numbers[:n_parameters], *sums, numbers[n_parameters + _N_SUMS :])
