"""What both estimators share: the scikit-learn side of fit, partial_fit and predict."""

import warnings
from abc import ABCMeta, abstractmethod
from contextlib import contextmanager

import numpy as np
from sklearn.base import BaseEstimator
from sklearn.exceptions import ConvergenceWarning
from sklearn.utils import check_random_state
from sklearn.utils.validation import check_is_fitted, validate_data

from . import _backprop, _engine
from ._diagnosis import false_convergence
from ._network import Layers, Parameters, TrainingSet, UpdateRule
from ._stopping import Thresholds
from ._training import History, Plan, State, train
from ._validation import (
    check_dense_targets,
    check_memory,
    check_parameters,
    check_sparse_indices,
    check_start,
    check_weights,
    hidden_layers,
)

_FLOATS = (np.float64, np.float32)

# A stream of partial_fit calls keeps this many epochs of its curves; then every second one of the older half is dropped.
_MAX_STREAM_CURVE = 10_000

# What fit sets, and puts back if it fails. Other names that end in an underscore are somebody else's.
_FITTED_ATTRIBUTES = frozenset(
    [
        *("n_features_in_", "feature_names_in_", "classes_", "y_mean_", "y_scale_", "_y_ndim_", "_normalize_y_"),
        *("coefs_", "intercepts_", "n_layers_", "n_outputs_", "out_activation_", "learning_rate_", "stop_reason_"),
        *("n_iter_", "n_epochs_", "t_", "loss_", "best_loss_", "loss_curve_", "error_curve_", "update_curve_"),
        *("_velocity_", "_random_state_"),
    ]
)


class BaseBackprop(BaseEstimator, metaclass=ABCMeta):
    """A multilayer perceptron of sigmoid units trained by back-propagation.

    Design: whatever a call changes it makes anew and hands over at its end, in `_keep`, so that a call that fails has
    changed nothing but what validation sets, which `_transaction` puts back. `_FITTED_ATTRIBUTES` names all of the fitted
    state, the private parts too.
    """

    def __init__(
        self,
        hidden_layer_sizes,
        *,
        alpha,
        batch_size,
        learning_rate_init,
        max_iter,
        shuffle,
        random_state,
        verbose,
        momentum,
        init_range,
        update_tol,
        error_tol,
    ):
        self.hidden_layer_sizes = hidden_layer_sizes
        self.alpha = alpha
        self.batch_size = batch_size
        self.learning_rate_init = learning_rate_init
        self.max_iter = max_iter
        self.shuffle = shuffle
        self.random_state = random_state
        self.verbose = verbose
        self.momentum = momentum
        self.init_range = init_range
        self.update_tol = update_tol
        self.error_tol = error_tol

    def _fit(self, X, y, sample_weight, coefs_init, intercepts_init):
        """Train from new weights until a stopping rule is met."""
        with _transaction(self):
            check_parameters(self)
            _forget(self)
            training_set = self._check_training_data(X, y, sample_weight)
            state = self._start(training_set, coefs_init, intercepts_init)
            thresholds = Thresholds(self.update_tol, self.error_tol, self.max_iter)
            plan = self._plan(state, training_set, thresholds)
            stop_reason = train(state, training_set, plan)
            self._keep(state, plan, stop_reason)
            if self.verbose:
                print(f"Stopped after {_count_epochs(self.n_iter_)}: {stop_reason}")
            if state.history.interrupt is None:
                self._warn_of_false_convergence(state, training_set)
        if state.history.interrupt is not None:
            raise state.history.interrupt
        return self

    def _partial_fit(self, X, y, sample_weight, coefs_init, intercepts_init, **declared):
        """Train for one epoch, from new weights in the first call."""
        with _transaction(self):
            check_parameters(self)
            if self._is_new():
                self._declare(**declared)
            else:
                self._check_continuation(coefs_init, intercepts_init, **declared)
            training_set = self._check_training_data(X, y, sample_weight)
            state = self._start(training_set, coefs_init, intercepts_init) if self._is_new() else self._resume()
            plan = self._plan(state, training_set, Thresholds(0.0, 0.0, max_iter=1))
            train(state, training_set, plan)
            state.history.thin(_MAX_STREAM_CURVE)
            self._keep(state, plan, "partial_fit")
        return self

    def _is_new(self):
        """Whether there are no weights yet."""
        return not hasattr(self, "coefs_")

    def _declare(self):
        """Note what the user declares in the first partial_fit; a hook of subclasses."""

    def _check_training_data(self, X, y, sample_weight):
        """Clean arrays for the training. Sets n_features_in_ and what the subclass learns of y."""
        check_sparse_indices(X)
        check_dense_targets(y)
        y = y if y is None else self._check_targets(y)
        with np.errstate(over="ignore"):  # numbers that float32 cannot hold are refused as infinite
            X, y = validate_data(
                self,
                X,
                y,
                accept_sparse="csr",
                dtype=_FLOATS if self._is_new() else self.coefs_[0].dtype,
                order="C",
                multi_output=True,
                reset=self._is_new(),
            )
        sample_weight = check_weights(sample_weight, X.shape[0])
        y = self._encode(y)
        sample_weight = self._weigh_classes(y, sample_weight)
        if sample_weight is not None and not sample_weight.all():  # dropped: they count for nothing, nowhere
            kept = np.flatnonzero(sample_weight)
            X, y, sample_weight = X[kept], y[kept], sample_weight[kept]
        targets, codes = self._make_targets(y, sample_weight, X.dtype)
        weights, mean_weight = _relative_weights(sample_weight)
        return TrainingSet(
            inputs=X,
            targets=targets.astype(X.dtype, copy=False),
            codes=codes,
            weights=None if weights is None else weights.astype(X.dtype),
            mean_weight=mean_weight,
            output_unit=self._output_unit,
        )

    @abstractmethod
    def _check_targets(self, y):
        """Refuse, or convert, what scikit-learn's validation of y does not know how to."""

    @abstractmethod
    def _encode(self, y):
        """Turn labels into numbers of classes, and targets into float64. Sets the classes of a new network."""

    def _weigh_classes(self, y, sample_weight):
        """Sample weights times class weights, where there are classes."""
        return sample_weight

    @abstractmethod
    def _make_targets(self, y, sample_weight, dtype):
        """The targets of the output units, of any dtype, and the codes, as `TrainingSet` has them.

        Sets the scale of the targets of a new network.
        """

    def _start(self, training_set, coefs_init, intercepts_init):
        """New weights and biases, drawn or given."""
        dtype, n_outputs = training_set.inputs.dtype, training_set.targets.shape[1]
        layer_sizes = (training_set.inputs.shape[1], *hidden_layers(self.hidden_layer_sizes), n_outputs)
        check_memory(self.hidden_layer_sizes, layer_sizes, dtype)
        random_state = check_random_state(self.random_state)
        parameters = Parameters(layer_sizes, dtype)
        coefs_init = check_start("coefs_init", coefs_init, [each.shape for each in parameters.weights], dtype)
        shapes = [each.shape for each in parameters.biases]
        intercepts_init = check_start("intercepts_init", intercepts_init, shapes, dtype)
        _backprop.initialize(parameters, self._init_bound, random_state)
        # Numbers are drawn for given values too, so that they do not change the order of the instances.
        for drawn, given in ((parameters.weights, coefs_init), (parameters.biases, intercepts_init)):
            for mine, start in zip(drawn, given, strict=True) if given is not None else ():
                mine[...] = start
        return State(parameters, None, random_state, History())

    def _init_bound(self, n_inputs, n_units):
        """r of the range [-r, r] that a layer's weights and biases are drawn from."""
        if self.init_range == "glorot":
            return np.sqrt(2 / (n_inputs + n_units))  # the factor that MLPClassifier takes for logistic units
        return float(self.init_range)

    def _resume(self):
        """What the last call left, copied."""
        parameters = Parameters.from_arrays(self.coefs_, self.intercepts_)
        velocity = None
        if self._velocity_ is not None:
            velocity = Parameters(parameters.layer_sizes, parameters.vector.dtype)
            velocity.vector[...] = self._velocity_
        curves = (self.loss_curve_, self.error_curve_, self.update_curve_)
        history = History(curves, self.n_epochs_, self.t_)
        random_state = np.random.RandomState(getattr(np.random, self._random_state_["bit_generator"])(0))
        random_state.set_state(self._random_state_)
        return State(parameters, velocity, random_state, history)

    def _check_continuation(self, coefs_init, intercepts_init):
        """Refuse what cannot act on a network that is already there."""
        fitted = tuple(len(biases) for biases in self.intercepts_[:-1])
        if hidden_layers(self.hidden_layer_sizes) != fitted:
            raise ValueError(
                f"hidden_layer_sizes={self.hidden_layer_sizes!r} differs from that of the fitted network, {fitted}: "
                "partial_fit cannot change the layers. Call fit to start anew."
            )
        for name, value in (("coefs_init", coefs_init), ("intercepts_init", intercepts_init)):
            if value is not None:
                raise ValueError(
                    f"{name} is for the first call only: this network has weights already. Call fit instead."
                )

    def _plan(self, state, training_set, thresholds):
        """The parameters, as the training loop takes them."""
        layer_sizes = state.parameters.layer_sizes
        n_instances = training_set.inputs.shape[0]
        sizes = {"epoch": n_instances, "auto": 200}
        return Plan(
            rule=UpdateRule(self._learning_rate(layer_sizes), float(self.momentum), float(self.alpha)),
            batch_size=int(min(sizes.get(self.batch_size, self.batch_size), n_instances)),
            shuffle=bool(self.shuffle),
            thresholds=thresholds,
            verbose=int(self.verbose),
        )

    def _learning_rate(self, layer_sizes):
        """The learning rate; 'auto' follows the curvature of the loss in the output layer.

        Along the weights of an output unit the curvature is about 1 + Σ_i O_i², as each O_i of a sigmoid unit is near 1/2
        and each standardised input near 1, so a step is stable up to a rate in inverse proportion to that. The factors
        come from the study of defaults in the documentation.
        """
        if self.learning_rate_init != "auto":
            return float(self.learning_rate_init)
        square = 0.25 if len(layer_sizes) > 2 else 1.0
        return min(self._auto_rate_max, self._auto_rate_factor / (1 + square * layer_sizes[-2]))

    def _keep(self, state, plan, stop_reason):
        """Set the fitted attributes."""
        parameters, history = state.parameters, state.history
        self.coefs_ = parameters.weights
        self.intercepts_ = parameters.biases
        self.n_layers_ = len(parameters.layer_sizes)
        self.n_outputs_ = parameters.layer_sizes[-1]
        self.out_activation_ = self._output_unit
        self.n_iter_ = history.n_iter
        self.n_epochs_ = history.n_epochs
        self.t_ = history.n_instances
        self.loss_curve_ = history.loss_curve
        self.error_curve_ = history.error_curve
        self.update_curve_ = history.update_curve
        self.loss_ = history.loss_curve[-1]
        self.best_loss_ = min([getattr(self, "best_loss_", np.inf), *history.loss_curve[-history.n_iter :]])
        self.stop_reason_ = stop_reason
        self.learning_rate_ = plan.rule.learning_rate
        self._velocity_ = None if state.velocity is None else state.velocity.vector
        self._random_state_ = state.random_state.get_state(legacy=False)

    def _warn_of_false_convergence(self, state, training_set):
        """Warn if the network did not learn, whichever rule ended the training."""
        try:
            finding = false_convergence(state.parameters, training_set)
        except KeyboardInterrupt as interrupt:  # the training is over, and kept
            state.history.interrupt = interrupt
            return
        if finding is not None:
            seen = f"stop_reason_={self.stop_reason_!r}"
            if self.stop_reason_ == "update_tol":
                seen += (
                    f": all updates were below update_tol={self.update_tol:g}, maybe because the learning rate is small"
                )
            warnings.warn(
                f"{type(self).__name__} stopped after {_count_epochs(self.n_iter_)} ({seen}) but {finding}.",
                ConvergenceWarning,
                stacklevel=4,
            )

    def _predict_outputs(self, X):
        """Outputs of the network for new instances, of shape (n_instances, n_outputs)."""
        if self._is_new():
            check_is_fitted(self)  # raises; it is too slow to be asked for every single row
        check_sparse_indices(X)
        X = validate_data(self, X, accept_sparse="csr", dtype=_FLOATS, reset=False)
        _check_fits(X, self.coefs_[0].dtype)
        return _engine.predict(Layers(self.coefs_, self.intercepts_), X, self._output_unit)

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse = True
        return tags


def _count_epochs(number):
    return f"{number} epoch" if number == 1 else f"{number} epochs"


def _relative_weights(sample_weight):
    """Positive weights over their mean, and that mean; None for weights that are all equal."""
    if sample_weight is None:
        return None, 1.0
    largest = sample_weight.max()
    if sample_weight.min() == largest:
        return None, float(largest)
    shares = sample_weight / largest  # the sum of very large weights would overflow
    mean = shares.mean()
    return shares / mean, float(mean) * float(largest)


def _check_fits(X, dtype):
    """Raise a ValueError if a float64 X holds numbers that a float32 network cannot take."""
    if X.dtype.itemsize > dtype.itemsize and X.size:
        limit = np.finfo(dtype).max
        if X.max() > limit or X.min() < -limit:
            raise ValueError(
                f"Input X contains infinity or a value too large for {dtype!r}, which the network was fitted in."
            )


def _fitted_attributes(estimator):
    """Names and values of the fitted state; what others put on the estimator is theirs."""
    return {name: value for name, value in vars(estimator).items() if name in _FITTED_ATTRIBUTES}


def _forget(estimator):
    for name in _fitted_attributes(estimator):
        delattr(estimator, name)


@contextmanager
def _transaction(estimator):
    """Put the fitted state, and a random state of the user's, back if anything is raised."""
    before = _fitted_attributes(estimator)
    random_state = estimator.random_state if isinstance(estimator.random_state, np.random.RandomState) else None
    drawn = None if random_state is None else random_state.get_state(legacy=False)
    try:
        yield
    except BaseException:
        _forget(estimator)
        vars(estimator).update(before)
        if random_state is not None:
            random_state.set_state(drawn)
        raise
