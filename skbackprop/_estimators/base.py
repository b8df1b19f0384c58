"""What both estimators share: the scikit-learn side of fit, partial_fit and predict."""

from __future__ import annotations

import itertools
import math
import warnings
from abc import ABCMeta, abstractmethod
from functools import partial
from typing import TYPE_CHECKING, NamedTuple, TypeVar

import numpy as np
from joblib import effective_n_jobs
from sklearn.base import BaseEstimator
from sklearn.exceptions import ConvergenceWarning
from sklearn.utils import check_random_state
from sklearn.utils.metaestimators import available_if
from sklearn.utils.validation import check_is_fitted, validate_data

from .._network import backprop, engines
from .._network.automatic.different import digest_of
from .._network.automatic.norms import mean_square_norm, square_of_mean
from .._network.automatic.rates import CALM_BATCH
from .._network.automatic.starts import bounds_of, settle
from .._network.parameters import Layers, Parameters, TrainingSet, n_rows_of_chunk
from .._network.solvers import SOLVERS
from .._network.units import Units
from .._network.updates import Memory
from .._training.restarts import train_restarts
from .._training.schedules import SCHEDULES
from .._training.state import History, Plan, Progress, RandomSource, State
from .._training.stopping import Thresholds
from .._training.table import print_end
from .automatic import AutomaticSettings
from .callbacks import (
    CallbackSupportMixin,
    Monitor,
    SearchMonitor,
    Tasks,
    has_callbacks,
    with_callbacks,
    without_callbacks,
)
from .data import (
    check_columns,
    check_names,
    check_not_masked,
    check_start,
    check_times,
    check_weights,
    checked_sparse,
    native,
)
from .diagnosis import (
    Training,
    comes_in_an_order,
    convergence_message,
    exact_loss_of_constant,
    is_due,
    look_at_start,
    loss_of_constant,
    message_of_order,
    stream_message,
)
from .fitted import (
    CURVES,
    N_OF_RATE_ALONE,
    RATE_RULE,
    RATE_SETTINGS,
    CurveAttribute,
    check_fits_together,
    check_fitted,
    completed,
    copy_with,
    curve_of,
    fitted_attributes,
    hand_over,
    rewound_on_error,
    snapshot,
    stamped,
    unstamped,
    with_curves,
    with_lists,
)
from .html import HTMLMixin
from .parameters import check_memory, check_memory_of_starts, check_parameters, hidden_layers, kind_of
from .scoring import hold_back, make_validation, validates_loss, validates_loss_too

if TYPE_CHECKING:
    from .._types import Matrix, Numbers

_Method = TypeVar("_Method")

_FLOATS = (np.float64, np.float32)

# A stream of partial_fit calls keeps this many epochs of its curves; then every second one of the older half is dropped.
MAX_STREAM_CURVE = 10_000

# Validated trainings are not over before the loss is below such a part of that of constant outputs.
_BEGUN = 0.85

# A training may be on a plateau as long as its loss is not below such a part of that of constant outputs.
_OFF_PLATEAU = 0.95

# Rows that are copied at a time.
_ROWS_AT_A_TIME = 2**14


class Data(NamedTuple):
    """The instances of one call.

    Attributes
    ----------
    training_set : TrainingSet
    validation : Validation or None
    """

    training_set: TrainingSet
    validation: object


class Instances(NamedTuple):
    """What the user passed as X, y and sample_weight, clean; weights may be zero.

    Attributes
    ----------
    inputs : ndarray or csr_array of shape (n_instances, n_inputs)
    y : ndarray or csr_array
        As the user has it.
    codes : ndarray
        What `_encode` makes of y.
    weights : ndarray of shape (n_instances,) or None
    """

    inputs: object
    y: object
    codes: np.ndarray
    weights: np.ndarray | None


class Given(NamedTuple):
    """What the user passed to one call besides X and y."""

    sample_weight: object = None
    X_val: object = None
    y_val: object = None
    sample_weight_val: object = None
    coefs_init: object = None
    intercepts_init: object = None
    classes: object = None
    groups: object = None
    method: str = "fit"  # or "warm_start", which goes on from a fitted network, "partial_fit", "initialize"


def _is_stochastic(estimator):
    """Whether the solver learns in epochs, of which partial_fit makes one."""
    solver = snapshot(estimator).solver
    if isinstance(solver, str) and solver in SOLVERS and not SOLVERS[solver].learns_in_epochs:
        raise AttributeError(f"partial_fit is not available with {solver=}, which needs all instances at once.")
    return True


class BaseBackprop(AutomaticSettings, HTMLMixin, CallbackSupportMixin, BaseEstimator, metaclass=ABCMeta):
    """A multilayer perceptron trained by back-propagation.

    Design: a call works on a copy of the estimator, its draft, and hands the draft's fitted state over whole at its end. So
    a call that fails has changed nothing, and other threads see the network from before or the new one, never parts of
    both; for them, `predict` and its like work on a snapshot. `fitted.FIELDS` declares the fitted state.
    """

    # Whether a search trains it, which itself warns of the data.
    _is_trial = False

    # What type checkers are told of it.
    coefs_: list[Numbers]
    intercepts_: list[Numbers]
    stop_reason_: str
    n_iter_: int
    n_epochs_: int
    n_features_in_: int
    loss_: float
    learning_rate_: float | None
    hidden_learning_rate_: float | None

    loss_curve_ = CurveAttribute[list[float]]()
    error_curve_ = CurveAttribute[list[float]]()
    update_curve_ = CurveAttribute[list[float]]()
    validation_scores_ = CurveAttribute[list[float] | None]()
    validation_loss_curve_ = CurveAttribute[list[float] | None]()

    @with_callbacks
    def _fit(self, X, y, given):
        """Train until a stopping rule is met: from new weights, or with warm_start from those that are there."""
        with rewound_on_error(self.random_state):
            check_parameters(self)
            if self.warm_start and not self._is_new():
                given = given._replace(method="warm_start")
            draft = self._draft(given)
            instances = draft._clean(X, y, given)
            seen = _seen_by_callbacks(X, y, given)
            search = draft._tune(instances, given, partial(SearchMonitor, self, seen)) if draft._is_new() else None
            training_set, starts, plan = draft._prepare(instances, given)
            monitor = self._monitor(draft, seen, plan.thresholds.max_iter, len(starts), search)
            start = look_at_start(starts[0][1].parameters, training_set) if draft._is_new() else None
            ahead = draft._trained_ahead(starts)
            outcome, draft.restarts_ = train_restarts(starts, training_set, plan, monitor, self.n_jobs, ahead)
            draft._keep(outcome.state, outcome.stop_reason)
            draft._check_predictions(training_set)
            if self.verbose:
                print_end(draft.n_iter_, draft.stop_reason_)
            if outcome.state.history.interrupt is None:
                draft._warn(Training(draft, outcome.state, training_set, plan, start), draft._message)
            self._adopt(draft, monitor)
        return self._unless_interrupted(outcome.state.history)

    def _prepare(self, instances, given):
        """What a fit of the draft trains with, the states that it trains from with their seeds, and its plan."""
        data = self._make_data(instances, given)
        starts = self._starts(data.training_set, given) if self._is_new() else [(None, self._resume())]
        self._note_training_set([state.history for _, state in starts], data.training_set)
        self._find_penalty_later(data.training_set)
        layer_sizes = starts[0][1].parameters.layer_sizes
        plan = self._plan(data, self._thresholds(given, layer_sizes, data.training_set), layer_sizes)
        self.alpha_ = plan.rule.alpha
        return data.training_set, starts, plan

    @with_callbacks
    def _partial_fit(self, X, y, given):
        """Train for one epoch, from new weights in the first call."""
        with rewound_on_error(self.random_state):
            check_parameters(self)
            if self.early_stopping:
                raise ValueError("partial_fit does not support early_stopping=True: one epoch cannot stop early.")
            given = given._replace(method="partial_fit")
            draft = self._draft(given)
            draft._check_stream(given)
            data = draft._check_data(X, y, given)
            if draft._is_new():
                draft._check_first_call(data.training_set)
            state = draft._start(data.training_set, given, self.random_state) if draft._is_new() else draft._resume()
            draft._note_training_set([state.history], data.training_set)
            if not draft._is_new():
                draft._note_instances(data.training_set)
            draft._find_penalty_later(data.training_set)
            layer_sizes = state.parameters.layer_sizes
            thresholds = draft._thresholds(given, layer_sizes, data.training_set)
            plan = draft._plan(data, thresholds._replace(max_iter=1, max_time=math.inf), layer_sizes)
            draft.alpha_ = plan.rule.alpha
            monitor = self._monitor(draft, _seen_by_callbacks(X, y, given), 1, n_restarts=1)
            outcome, draft.restarts_ = train_restarts([(None, state)], data.training_set, plan, monitor)
            outcome.state.history.thin(MAX_STREAM_CURVE)
            draft._keep(outcome.state, "partial_fit")
            draft._check_predictions(data.training_set)
            is_stream = getattr(self, "stop_reason_", None) == "partial_fit"  # or what fit has taught would be judged
            self._adopt(draft, monitor)
            is_asked = is_stream and not draft._expects_new_classes()
            comes = is_asked and comes_in_an_order(outcome.state.history, data.training_set)
            if comes or (is_stream and is_due(draft.n_epochs_)):  # the call counts where a filter makes an error of it
                told = message_of_order if comes else stream_message
                draft._warn(Training(draft, outcome.state, data.training_set, plan, None), told)
        return self._unless_interrupted(outcome.state.history)

    def _check_predictions(self, training_set):
        """Refuse a network whose outputs are numbers, but not what it makes of them; a hook of subclasses."""

    def _expects_new_classes(self):
        """Whether later calls of partial_fit may bring classes that none had before; a hook of subclasses."""
        return False

    def _check_first_call(self, training_set):
        """Warn of a stream whose first call does not tell what a new network learns of it."""

    def _initialize(self, X, y, given):
        """Make an untrained network."""
        with rewound_on_error(self.random_state):
            check_parameters(self)
            given = given._replace(method="initialize")
            draft = self._draft(given)
            data = draft._check_data(X, y, given)
            state = draft._start(data.training_set, given, self.random_state)
            layer_sizes = state.parameters.layer_sizes
            state.history.begin(0, draft._thresholds(given, layer_sizes, data.training_set))
            if SOLVERS[self.solver].learns_in_epochs:
                rates = draft._rates(layer_sizes, data.training_set)
                state.history.learning_rate = rates.of_outputs
                state.history.hidden_factor = rates.hidden_factor * rates.head_start
            draft.alpha_ = draft._alpha(layer_sizes, data.training_set)
            draft.restarts_ = None
            draft._keep(state, "initialized")
            self._adopt(draft)
        return self

    def _draft(self, given):
        """A copy of the estimator to work on: new, or where the call goes on, with the network that is there."""
        if given.method in ("fit", "initialize") or self._is_new():
            return copy_with(self, {})
        draft = snapshot(self)
        if getattr(self, "best_params_", None):
            check_parameters(draft)
        check_fits_together(draft, is_looking_at_numbers=True)
        draft._check_continuation(given)
        return draft

    def _adopt(self, draft, monitor=None):
        """Take over what a call has made. The callbacks are told then, and where one raises, all is as it was before."""
        if monitor is None:
            hand_over(self, fitted_attributes(draft))
            return
        before = fitted_attributes(self)
        try:
            hand_over(self, fitted_attributes(draft))
            monitor.end()
        except BaseException:
            hand_over(self, before)
            raise

    def _own_remedy(self):
        """What else to do where nobody knows why a network did not learn, after an "or"; a hook of subclasses."""
        return ""

    def _unless_interrupted(self, history):
        """The estimator; but raise again what ended the training before its time."""
        if history.interrupt is not None:
            raise history.interrupt
        return self

    def _is_new(self):
        """Whether there are no weights yet."""
        return not hasattr(self, "coefs_")

    def __sklearn_is_fitted__(self):
        return not self._is_new()

    def _check_stream(self, given):
        """Refuse what a call of partial_fit cannot do with a part of the data; a hook of subclasses."""

    def _monitor(self, draft, seen, max_epochs, n_restarts, search=None):
        """What tells the callbacks of epochs, which fill the draft; None where there are no callbacks."""
        if not has_callbacks(self):
            return None
        if draft.on_divergence == "halve":
            max_epochs = None  # nobody knows how often the training begins anew
        is_parallel = n_restarts > 1 and effective_n_jobs(self.n_jobs) > 1  # which a configuration may say
        return Monitor(self, draft, seen, Tasks(max_epochs, n_restarts, is_parallel), search)

    def _check_data(self, X, y, given):
        """Clean arrays for the training. Sets n_features_in_ and what the subclass learns of y."""
        return self._make_data(self._clean(X, y, given), given)

    def _clean(self, X, y, given):
        """The instances, validated."""
        X, y = self._check_arrays(X, y, reset=self._is_new())
        weights = check_weights(given.sample_weight, X.shape[0])
        return Instances(X, y, self._encode(y, given, is_new=self._is_new()), weights)

    def _tune(self, instances, given, make_monitor):
        """Choose parameters for a new network that the user left open; a hook of subclasses.

        Parameters
        ----------
        instances : Instances
        given : Given
        make_monitor : callable
            Takes the number of stages; returns a `SearchMonitor`.

        Returns
        -------
        monitor : SearchMonitor or None
        """

    def _trained_ahead(self, starts):
        """What was made of the only one of these starts before, or None; a hook of subclasses."""

    def _make_data(self, instances, given):
        """What to train with, and to validate with."""
        X, y, codes, weights = without_zeros(*instances)
        if given.X_val is None and (given.y_val is not None or given.sample_weight_val is not None):
            raise ValueError("y_val and sample_weight_val are for X_val, which is None: pass X_val too.")
        held_back = None
        if given.X_val is None and self._is_holding_back() and given.method != "initialize":
            rows, rows_val = hold_back(self, self._stratify(codes), X.shape[0])
            held_back = take_rows(rows_val, X, y, codes, weights)
            X, y, codes, weights = take_rows(rows, X, y, codes, weights)
        # Class weights are for the training; a score is what the user's own weights make it.
        training_set = self._make_training_set(X, codes, self._weigh_classes(codes, weights))
        if given.method != "gradient":  # which is of all at once
            training_set = self._in_parts(training_set)
        if given.method != "initialize":
            self._note_weights(training_set)
        validation = None
        if held_back is not None:
            X_val, y_val, codes_val, weights_val = held_back
            validation = make_validation(self, self._make_set(X_val, codes_val, weights_val), y_val, weights_val)
        elif given.X_val is not None:
            validation = self._check_validation(given, X.dtype)
        return Data(training_set, validation)

    def _make_training_set(self, X, codes, weights):
        """Instances to train with. Sets what a new network learns of their targets."""
        X, codes, weights = without_zeros(X, codes, weights)
        self._check_augment(X)
        if self._is_new():
            self._rate_rule_ = RATE_RULE
        self._learn_targets(codes, weights, X.dtype)
        training_set = self._make_set(X, codes, weights)
        if self._is_new():
            self._square_norm_ = mean_square_norm(training_set.inputs, training_set.weights)
            self._square_of_mean_ = square_of_mean(training_set.inputs, training_set.weights)
        elif len(self.coefs_) == 1:
            self._note_inputs(mean_square_norm(training_set.inputs, training_set.weights))
        return self._with_alike(training_set) if self._asks_for_alike(training_set) else training_set

    def _is_holding_back(self):
        """Whether early stopping is asked for, and of a solver that has it: L-BFGS does not, as in MLPClassifier."""
        return bool(self.early_stopping) and SOLVERS[self.solver].learns_in_epochs

    def _check_augment(self, X):
        """Raise a ValueError where no epoch of augmented inputs can be made."""
        if self.augment is not None and not isinstance(X, np.ndarray):
            raise ValueError("augment takes dense inputs, but X is sparse: pass X.toarray(), or augment=None.")
        if self.augment is not None and not SOLVERS[self.solver].learns_in_epochs:
            raise ValueError(
                f"augment needs a solver that learns in epochs, but solver={self.solver!r} is not one of them."
            )

    def _check_arrays(self, X, y, reset):
        """X and y as scikit-learn validates them."""
        check_not_masked(X=X, y=y)
        X = checked_sparse(X)
        if y is not None:
            check_columns(y, "y")
            y = self._check_targets(y)
        if not self._is_new() and self._is_valid(X, is_input=False) and _are_valid_targets(y, len(X)):
            return X, y
        check_names(X=X, y=y)
        check_times(X=X)
        X, dtype = native(X), _FLOATS if self._is_new() else self.coefs_[0].dtype
        # Numbers that float32 cannot hold are refused as infinite; a sum of such of both signs is NaN.
        with np.errstate(over="ignore", invalid="ignore"):
            return self._validated(X, y, dtype=dtype, order="C", multi_output=True, reset=reset)

    def _validated(self, *arrays, **settings):
        """Arrays, X the first, as scikit-learn validates them."""
        try:
            return validate_data(self, *arrays, accept_sparse="csr", **settings)
        except OverflowError as error:  # of whole numbers that no float holds
            raise ValueError(f"Input X contains infinity or a value too large for float64: {error}.") from error

    def _check_validation(self, given, dtype):
        """The user's own validation data, for a network of this dtype."""
        if given.y_val is None:
            raise ValueError("y_val must be passed along with X_val.")
        try:
            X, y = self._check_arrays(given.X_val, given.y_val, reset=False)
            _check_fits(X, dtype)
            codes = self._encode(y, Given(), is_new=False)
        except ValueError as error:
            raise ValueError(f"X_val and y_val are not valid: {error}") from error
        if X.shape[0] < 2 and self._groups_ is None and self.scoring is None and not validates_loss(self):
            raise ValueError("X_val has one instance, but R² needs two: pass more, or another scoring.")
        weights = check_weights(given.sample_weight_val, X.shape[0], "sample_weight_val")
        return make_validation(self, self._make_set(X, codes, weights), y, weights)

    @abstractmethod
    def _check_targets(self, y):
        """Refuse, or convert, what scikit-learn's validation of y does not know how to."""

    @abstractmethod
    def _encode(self, y, given, is_new):
        """Turn labels into codes, and targets into float64. Sets the classes, or their declared ones, of a new network."""

    def _weigh_classes(self, codes, sample_weight):
        """Sample weights times class weights, where there are classes."""
        return sample_weight

    def _stratify(self, codes):
        """The labels whose shares a validation set keeps, or None; a hook of subclasses."""

    @abstractmethod
    def _learn_targets(self, codes, sample_weight, dtype):
        """Set, for a new network, what the targets of its output units are made with."""

    @abstractmethod
    def _make_targets(self, codes, dtype):
        """The targets of the output units, of any dtype, and the codes, as `TrainingSet` has them."""

    @abstractmethod
    def _make_loss(self):
        """The loss of the fitted network's output units."""

    def _make_set(self, X, codes, sample_weight):
        """Instances as the training takes them."""
        targets, codes = self._make_targets(codes, X.dtype)
        weights, mean_weight = _relative_weights(sample_weight)
        return TrainingSet(
            inputs=X,
            targets=np.ascontiguousarray(targets, dtype=X.dtype),
            codes=codes,
            weights=None if weights is None else weights.astype(X.dtype),
            mean_weight=mean_weight,
            units=self._units(),
            loss=self._make_loss(),
        )

    def _units(self):
        """The kinds of units of the fitted network."""
        return Units(self._activation_, self.out_activation_, self._groups_)

    def _starts(self, training_set, given):
        """Seeds and new networks to train, each with weights and an order of its own."""
        if self.n_init == 1:
            return [(None, self._start(training_set, given, self.random_state))]
        dtype, layer_sizes = training_set.inputs.dtype, self._layer_sizes(training_set)
        check_memory(self.hidden_layer_sizes, layer_sizes, dtype)
        check_memory_of_starts(self.n_init, layer_sizes, dtype)
        seeds = check_random_state(self.random_state).randint(2**31 - 1, size=self.n_init).tolist()
        given_start, network = self._given_start(training_set, given), self._new_network(training_set)
        return [(seed, self._draw(network, given_start, seed)) for seed in seeds]

    def _layer_sizes(self, training_set):
        """Units of all layers of a new network, the inputs included."""
        n_features, n_outputs = training_set.inputs.shape[1], self._n_units()
        return (n_features, *hidden_layers(self.hidden_layer_sizes, n_features, n_outputs), n_outputs)

    def _start(self, training_set, given, random_state):
        """A new network, of weights and biases that are drawn or given."""
        check_memory(self.hidden_layer_sizes, self._layer_sizes(training_set), training_set.inputs.dtype)
        given_start = self._given_start(training_set, given)
        return self._draw(self._new_network(training_set), given_start, random_state)

    def _new_network(self, training_set):
        """What there is to know of it. Sets the ranges that its weights are drawn from, and the penalty."""
        network = self._network_of(training_set)
        self.init_range_ = bounds_of(self.init_range, network)
        self._find_penalty(network)
        return network

    def _given_start(self, training_set, given):
        """The weights and the biases that the user gives, of each layer, or None in their place."""
        dtype, layer_sizes = training_set.inputs.dtype, self._layer_sizes(training_set)
        coefs_init = check_start("coefs_init", given.coefs_init, list(itertools.pairwise(layer_sizes)), dtype)
        shapes = [(n_units,) for n_units in layer_sizes[1:]]
        return coefs_init, check_start("intercepts_init", given.intercepts_init, shapes, dtype)

    def _draw(self, network, given_start, random_state):
        """New weights and biases, of the ranges that there are."""
        random_state = check_random_state(random_state)
        parameters = Parameters(network.layer_sizes, network.training_set.inputs.dtype)
        backprop.initialize(parameters, self.init_range_, random_state)
        is_of_data = self.init_range == "auto" and given_start[0] is None
        if is_of_data:
            settle(parameters, network)
        # Numbers are drawn for given values too, so that they do not change the order of the instances.
        for drawn, start in zip((parameters.weights, parameters.biases), given_start, strict=True):
            for mine, theirs in zip(drawn, start, strict=True) if start is not None else ():
                mine[...] = theirs
        history = History(progress=Progress(has_begun_well=is_of_data))
        return State(parameters, Memory(), RandomSource(random_state), history)

    @abstractmethod
    def _n_units(self):
        """Number of output units of the fitted network."""

    def _resume(self):
        """What the last call left, copied."""
        parameters = Parameters.from_arrays(self.coefs_, self.intercepts_)
        memory = Memory(self._memory_, self._n_updates_).copy()
        curves = [curve_of(self, name) or () for name in CURVES]
        progress = Progress(**self._progress_)
        if self._rate_settings_[:N_OF_RATE_ALONE] != self._rate_settings()[:N_OF_RATE_ALONE]:
            progress = progress._replace(rate_factor=1.0)  # what was left was left of another rate
        if self._rate_settings_ != self._rate_settings():
            progress = progress.on_another_set(0, self.n_epochs_)  # as losses at another rate say nothing of this one
        history = History(curves, self.n_epochs_, self.t_, progress)
        return State(parameters, memory, RandomSource(numbers=self._random_state_), history)

    def _rate_settings(self):
        """What the learning rate follows from: the first three, and what an automatic one follows besides."""
        return [getattr(self, name) for name in RATE_SETTINGS]

    def _note_training_set(self, histories, training_set):
        """Have the losses of earlier epochs count for the rate only if they are of the same training set."""
        is_asked = self._is_calming() and any(history.progress.has_begun_well for history in histories)
        digest = digest_of(training_set) if is_asked else 0
        for history in histories:
            if history.progress.digest != digest:
                history.progress = history.progress.on_another_set(digest, history.n_epochs)

    def _is_calming(self):
        """Whether the learning rate is to be halved where the loss swings."""
        is_asked = SOLVERS[self.solver].has_schedule and SCHEDULES[self.learning_rate].is_calming
        return is_asked and self.learning_rate_init == "auto" and self._make_loss().rates.may_calm

    def _check_continuation(self, given):
        """Refuse what cannot act on a network that is already there."""
        method, remedy = given.method, how_to_start_anew(self)
        layers = tuple(len(biases) for biases in self.intercepts_[:-1])
        n_features, n_outputs = self.coefs_[0].shape[0], self.n_outputs_
        # A network that grew has met a rule with fewer outputs.
        least = 1 if isinstance(self.hidden_layer_sizes, str) else n_outputs
        low, high = (hidden_layers(self.hidden_layer_sizes, n_features, n) for n in (least, n_outputs))
        if len(layers) != len(low) or not low <= layers <= high:
            raise ValueError(
                f"hidden_layer_sizes={self.hidden_layer_sizes!r} differs from that of the fitted network, {layers}: "
                f"{method} cannot change the layers. {remedy}"
            )
        for name, fitted in (("activation", self._activation_), ("loss", self._loss_)):
            if getattr(self, name) != fitted:
                raise ValueError(
                    f"{name}={getattr(self, name)!r} differs from that of the fitted network, {fitted!r}: {method} cannot "
                    f"change it. {remedy}"
                )
        for name, value in (("coefs_init", given.coefs_init), ("intercepts_init", given.intercepts_init)):
            if value is not None:
                raise ValueError(f"{name} is for the first call only: this network has weights already. {remedy}")

    def _thresholds(self, given, layer_sizes, training_set):
        """When fit is to stop."""
        n_of_update, n_instances = self._n_instances_of_batch(training_set), training_set.inputs.shape[0]
        n_batches = n_instances / n_of_update
        if n_of_update == n_instances:  # as in the rates, so that weights are repetition
            n_of_update = max(CALM_BATCH, training_set.n_alike or n_instances)
        thresholds = self._thresholds_of_batches(given, layer_sizes, n_of_update, n_batches)
        if thresholds.is_validating and self.restore_best and self.tol is None and self.scoring is None:
            loss = loss_of_constant(training_set)  # 0 where all targets are alike
            return thresholds._replace(loss_to_begin=_BEGUN * loss if loss > 0 else math.inf)
        return thresholds

    def _thresholds_of_batches(self, given, layer_sizes, n_of_update, n_batches=1.0):
        """When fit is to stop, of updates by so many instances; early stopping does not wait for the end of a plateau."""
        solver = SOLVERS[self.solver]
        update_tol, update_tol_per_rate = self._update_tols(layer_sizes, n_of_update, n_batches)
        is_validating = self._is_holding_back() or given.X_val is not None
        return Thresholds(
            max_iter=int(self.max_iter),
            update_tol=update_tol,
            update_tol_per_rate=update_tol_per_rate,
            error_tol=float(self.error_tol),
            tol=None if self.tol is None else float(self.tol),
            n_iter_no_change=self.n_iter_no_change,
            max_time=math.inf if self.max_time is None else float(self.max_time),
            is_validating=is_validating,
            is_loss_enough=is_validating and validates_loss_too(self),
            is_adaptive=solver.has_schedule and SCHEDULES[self.learning_rate].is_adaptive,
        )

    def _plan(self, data, thresholds, layer_sizes):
        """The parameters, as the training loop takes them."""
        learns_in_epochs = SOLVERS[self.solver].learns_in_epochs
        rates, alpha = self._rates(layer_sizes, data.training_set), self._alpha(layer_sizes, data.training_set)
        plan = self._plan_of_batches(rates, alpha, self._n_instances_of_batch(data.training_set), thresholds)
        return plan._replace(
            augment=self.augment,
            validate=data.validation,
            keeps_best=bool(self.restore_best) and data.validation is not None,
            max_fun=None if learns_in_epochs else self.max_fun,
            is_halving=self.on_divergence == "halve" and learns_in_epochs,  # the others have no rate
            loss_off_plateau=partial(_loss_off_plateau, self._network_of(data.training_set))
            if self._is_calming()
            else None,
        )

    def _plan_of_batches(self, rates, alpha, batch_size, thresholds):
        """The part of the plan that does not hang on the instances."""
        rule, own = SOLVERS[self.solver].make(rates.of_outputs, alpha, self), {}
        if rates.hidden_factor != 1:
            own["hidden_factor"] = rates.hidden_factor
        if hasattr(rule, "has_equal_shares") and self._has_equal_shares():
            own["has_equal_shares"] = True  # a few instances left over would move weights too far at such a rate
        if rates.head_start != 1:
            own.update(head_start=rates.head_start, updates_of_start=rates.updates_of_start)
        return Plan(
            rule=rule._replace(**own) if own else rule,
            batch_size=batch_size,
            shuffle=bool(self.shuffle),
            thresholds=thresholds,
            verbose=int(self.verbose),
            schedule=self.learning_rate if SOLVERS[self.solver].has_schedule else "constant",
            power_t=float(self.power_t),
        )

    def _keep(self, state, stop_reason):
        """Set the fitted attributes."""
        vars(self).pop("pruning_", None)  # which said what became of other weights
        parameters, history = state.parameters, state.history
        is_validated = bool(history.validation_scores)
        self.coefs_ = parameters.weights
        self.intercepts_ = parameters.biases
        self.n_layers_ = len(parameters.layer_sizes)
        self.n_outputs_ = parameters.layer_sizes[-1]
        self.n_iter_ = history.n_iter
        self.n_epochs_ = history.n_epochs
        self.t_ = history.n_instances
        self.loss_curve_ = history.loss_curve
        self.error_curve_ = history.error_curve
        self.update_curve_ = history.update_curve
        self.loss_ = history.loss_curve[-1] if history.loss_curve else math.nan
        self.best_loss_ = self._best_loss(history)
        self.validation_scores_ = history.validation_scores if is_validated else None
        self.validation_loss_curve_ = history.validation_losses if is_validated else None
        if history.progress.is_validated:
            self.best_validation_score_ = history.progress.best
        else:
            scores = [score for score in history.validation_scores if not math.isnan(score)]
            self.best_validation_score_ = max(scores, default=-math.inf) if is_validated else None
        self.stop_reason_ = stop_reason
        self.learning_rate_ = self.hidden_learning_rate_ = history.learning_rate
        if history.learning_rate is not None:
            self.hidden_learning_rate_ = history.learning_rate * history.hidden_factor
        self.update_tol_ = history.update_tol
        self._memory_ = state.memory.vectors
        self._n_updates_ = state.memory.n_updates
        self._progress_ = history.progress._asdict()
        self._rate_settings_ = self._rate_settings()
        self._random_state_ = state.source.end()

    def _best_loss(self, history):
        """The smallest loss of all epochs; None after a validated call."""
        if history.thresholds is not None and history.thresholds.is_validating:
            return None
        before = getattr(self, "best_loss_", None)
        if before is None:
            return min(history.loss_curve, default=math.inf)
        return min([before, *(history.loss_curve[-history.n_iter :] if history.n_iter else ())])

    def _warn(self, training, message_of):
        """Warn of a training that is over, if there is something to tell: `message_of` takes it, and returns it or None."""
        try:
            message = message_of(training)
        except KeyboardInterrupt as interrupt:  # the training is over, and kept
            training.history.interrupt = interrupt
            return
        if message is not None:
            # Of this file, whoever calls: so a filter for the package finds it, as filters for scikit-learn find its own.
            warnings.warn(message, ConvergenceWarning, stacklevel=1)

    def _message(self, training):
        """What to warn of after a training, or None."""
        return convergence_message(training)

    def _predict_outputs(self, X, **other_units):
        """Outputs of the network, or of one with other units, for new instances, of shape (n_instances, n_outputs)."""
        X = self._check_inputs(X)
        outputs = engines.predict(Layers(self.coefs_, self.intercepts_), X, self._units()._replace(**other_units))
        self._check_outputs(outputs)
        return outputs

    def _check_outputs(self, outputs):
        """Where outputs are not finite, find out whether the network is."""
        if not np.isfinite(outputs).all():
            check_fits_together(self, is_looking_at_numbers=True)

    def _check_inputs(self, X):
        """X as the fitted network takes it."""
        if self._is_new():
            check_is_fitted(self)  # raises; it is too slow to be asked for every single row
        check_fits_together(self)
        if not self._is_valid(X):
            check_not_masked(X=X)
            check_names(X=X)
            check_times(X=X)
            X = self._validated(checked_sparse(X), dtype=_FLOATS, reset=False)
        _check_fits(X, self.coefs_[0].dtype)
        return X

    def _is_valid(self, X, is_input=True):
        """Whether scikit-learn's validation would return X as it is; of a single row it takes longer than to predict.

        What is learned from must also be of the network's own dtype, and C-contiguous.
        """
        if type(X) is not np.ndarray or X.dtype not in _FLOATS or X.ndim != 2:
            return False
        if not (is_input or (X.dtype == self.coefs_[0].dtype and X.flags.c_contiguous)):
            return False
        if X.shape[0] == 0 or X.shape[1] != self.n_features_in_ or hasattr(self, "feature_names_in_"):
            return False
        with np.errstate(all="ignore"):
            return math.isfinite(X.sum())

    def activations(self, X: Matrix) -> list[Numbers]:
        """Compute the outputs of every layer.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            Inputs.

        Returns
        -------
        outputs : list of ndarray of shape (n_samples, n_units)
            Of each layer but the input layer; the last are those of the output units.

        Examples
        --------
        >>> from skbackprop import BackpropClassifier
        >>> network = BackpropClassifier((3, 2), random_state=0).initialize([[0.0, 1.0]], [1])
        >>> [outputs.shape for outputs in network.activations([[0.0, 1.0]])]
        [(1, 3), (1, 2), (1, 1)]
        """
        network = snapshot(self)
        X = network._check_inputs(X)
        outputs = [np.empty((X.shape[0], len(biases)), dtype=biases.dtype) for biases in network.intercepts_]
        for rows, parts in network._outputs_in_chunks(X):
            for whole, part in zip(outputs, parts, strict=True):
                whole[rows] = part
        network._check_outputs(outputs[-1])
        return outputs

    def _outputs_in_chunks(self, X):
        """The outputs of every layer for a few rows of X after the other, so that the scratch is bounded.

        Yields
        ------
        rows : slice
        outputs : list of ndarray
            Of each layer but the input layer.
        """
        layers, units, n_instances = Layers(self.coefs_, self.intercepts_), self._units(), X.shape[0]
        n_rows = n_rows_of_chunk(max(map(len, (self.coefs_[0], *self.intercepts_))))
        for start in range(0, n_instances, n_rows):
            rows = slice(start, min(start + n_rows, n_instances))
            inputs = engines.rows_of(X, rows.start, rows.stop).astype(self.coefs_[0].dtype, copy=False)
            with np.errstate(all="ignore"):
                outputs = engines.forward(layers, inputs, units)
            yield rows, outputs

    def __getstate__(self):
        return stamped(with_lists(without_callbacks(super().__getstate__())))

    def __setstate__(self, state):
        state = unstamped(self, state)
        if "coefs_" in state:  # others may be there before, set by a subclass or by a call that failed
            state = completed(state)
            check_fitted(state, type(self).__name__)
            state = with_curves(state)
        super().__setstate__(state)

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse = True
        tags.target_tags.multi_output = True
        return tags


def check_type(estimator, argument="estimator"):
    """Raise a TypeError, which names the argument, for what is none of our estimators."""
    if not isinstance(estimator, BaseBackprop):
        raise TypeError(
            f"{argument} is {kind_of(estimator)}, but must be a BackpropClassifier or a BackpropRegressor: of a "
            "pipeline pass the last step, along with inputs that the steps before it have transformed."
        )


def how_to_start_anew(estimator):
    """What makes a new network where there is one; fit goes on from it with `warm_start`."""
    return "Set warm_start=False and call fit to start anew." if estimator.warm_start else "Call fit to start anew."


def available_to_stochastic_solvers(method: _Method) -> _Method:
    """Let a method be there with solvers that learn in epochs only; type checkers see the method itself."""
    decorated: _Method = available_if(_is_stochastic)(method)
    return decorated


def _are_valid_targets(y, n_instances):
    """Whether scikit-learn's validation would return numbers, or text, as they are."""
    if type(y) is not np.ndarray or y.ndim not in (1, 2) or len(y) != n_instances:
        return False
    with np.errstate(all="ignore"):
        return y.dtype.kind in "biuU" or (y.dtype.kind == "f" and math.isfinite(y.sum()))


def _loss_off_plateau(network):
    """The loss below which a training is on no plateau; any loss where the targets hardly follow the inputs."""
    if network.hardly_follows:
        return math.inf
    return _OFF_PLATEAU * exact_loss_of_constant(network.training_set)


def _seen_by_callbacks(X, y, given):
    """What the callbacks are given of a call."""
    metadata = None if given.sample_weight is None else {"sample_weight": given.sample_weight}
    return {"X": X, "y": y, "metadata": metadata}


def take_rows(rows, *arrays):
    """The same rows of each array, or None where it is None."""
    return tuple(None if array is None else _take(array, rows) for array in arrays)


def _take(array, rows):
    """Some rows of an array, or of a CSR matrix; of a long dense one in parts, so that Ctrl-C need not wait for all."""
    if not isinstance(array, np.ndarray):
        return array[rows]
    taken = np.empty((len(rows), *array.shape[1:]), dtype=array.dtype)
    for start in range(0, len(rows), _ROWS_AT_A_TIME):
        part = slice(start, start + _ROWS_AT_A_TIME)
        taken[part] = array[rows[part]]
    return taken


def without_zeros(*arrays):
    """The instances whose weight, in the last array, is not zero; the others count for nothing, nowhere."""
    weights = arrays[-1]
    return arrays if weights is None or weights.all() else take_rows(np.flatnonzero(weights), *arrays)


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
