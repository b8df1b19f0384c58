"""What both estimators that tune themselves share: the search among candidates, before the training."""

import copy
import math
import threading
from functools import partial
from numbers import Integral
from typing import NamedTuple

import numpy as np
from sklearn.model_selection import check_cv
from sklearn.utils import check_random_state
from sklearn.utils.metadata_routing import UNUSED, MetadataRouter, MethodMapping

from .._network.solvers import SOLVERS
from .._training.ahead import Ahead
from .._training.epochs import error_rate_of, total_error_of
from .._training.paths import Path, lengthen
from .._training.race import RacePlan, choose, count_stages, is_cut_off, race
from .._training.stages import Stop
from .._training.table import count
from .._training.validation import Validation, accuracy
from .base import Data, Given, take_rows
from .callbacks import has_callbacks, unwatched
from .diagnosis import holds_variety, is_linear_beside_smooth, less_linear, loss_of_constant
from .fitted import copy_with, fitted_attributes, own_copy, with_parameters
from .folds import make_folds
from .grids import columns_of, expand_grid
from .parameters import check_parameters
from .scoring import make_validation

# Losses of candidates that differ in these are not losses of the same kind.
_MAKE_THE_LOSS = ("class_weight", "huber_delta", "loss", "normalize_y", "quantile")

# What only the fit of an estimator without a search takes.
_VALIDATING = ("X_val", "y_val", "sample_weight_val")

# Numbers of inputs and targets, those of all folds of all candidates together, up to which they stay from stage to stage:
# 32 MiB of float64. To make them anew for each takes as long as many epochs of so few; of more it is soon made up for.
_KEPT_NUMBERS = 2**22

# Below so many epochs a search that max_iter ended has seen too little for another cause.
_SHORT = 300


class Findings(NamedTuple):
    """What a search has found that its end may warn of.

    Attributes
    ----------
    is_cut_off : bool
        Whether the best network was still becoming better when `max_iter` ended its path.
    is_short : bool
        Whether that was so soon that nothing else can be told.
    tells_nothing : bool
        Whether the chosen network costs no less than the best constant outputs of the instances it learns from.
    is_too_simple : bool
        Whether another costs less.
    is_simplest : bool
        Whether the chosen network is not the best one, but the simplest within an error.
    is_single : bool
        Whether `max_iter` is a single epoch, of which nobody knows whether a second one would be better.
    """

    is_cut_off: bool = False
    is_short: bool = False
    tells_nothing: bool = False
    is_too_simple: bool = False
    is_simplest: bool = False
    is_single: bool = False


class CrossValidated:
    """Adds to an estimator that `fit` chooses the number of epochs, and values of a grid; to be inherited before it.

    Design: the search works on the draft of `fit`, before the training, and leaves its choice there as if the user had made
    it. What is trained then is what the estimator without a search would have made of these parameters, bit for bit.
    """

    __metadata_request__fit = {"groups": UNUSED}  # noqa: RUF012 - they are the splitter's

    _ahead, _findings = None, Findings()  # of the search that a call has made

    def _check_no_others(self, others):
        """Raise a TypeError for arguments that `fit` does not have; those of the parent's say what to do instead.

        They are no arguments of its own, or scikit-learn's metadata routing would offer to pass them.
        """
        name, parent = type(self).__name__, f"Backprop{self._kind.capitalize()}"
        if validating := [each for each in others if each in _VALIDATING]:
            raise TypeError(
                f"{name}.fit takes no {' and no '.join(validating)}: it validates on folds of X and y. To validate on rows "
                "of your own, pass them along in X and y, and cv=sklearn.model_selection.PredefinedSplit(test_fold), where "
                f"test_fold is 0 for each of them and -1 for each of the others; or fit a {parent}."
            )
        if others:
            raise TypeError(f"{name}.fit got an unexpected keyword argument {next(iter(others))!r}.")

    def _tune(self, instances, given, make_monitor):
        """Choose by cross-validation; sets the chosen parameters, and what the search found."""
        if self.early_stopping:
            raise ValueError(
                f"early_stopping=True holds instances back to stop a training, but {type(self).__name__} finds the number "
                "of epochs by cross-validation: leave it False."
            )
        random_state = check_random_state(self.random_state)
        folds = make_folds(self, instances, given.groups, random_state)
        seeds = random_state.randint(2**31 - 1, size=len(folds)).tolist()
        n_instances, mean_weight = instances.inputs.shape[0], 1.0
        weights = self._weigh_classes(instances.codes, instances.weights)
        if weights is not None:
            given_weights = weights[weights != 0]
            n_instances, mean_weight = len(given_weights), float(given_weights.mean(dtype=np.float64))
        parameters = expand_grid(self, self._kind, n_instances, mean_weight)
        networks = [self._candidate(each, instances, given) for each in parameters]
        self._check_comparable(networks)
        monitor = make_monitor(count_stages(self.max_iter))
        if self._may_train_ahead(networks):
            # Nothing of it may hold the draft, or both would stay until somebody looks for such circles.
            self._ahead = Ahead(partial(_prepare_ahead, networks, instances, given, copy.deepcopy(random_state)))
        curves, cost_of_guess = _Trainer(instances, folds, seeds, given).race(instances.inputs, networks, self, monitor)
        chosen, position = choose(curves, bool(self.one_standard_error))
        is_late = curves[chosen].epochs[position] > self.max_iter / 2
        self._findings = Findings(
            is_cut_off=is_late and is_cut_off(curves[chosen], int(self.max_iter)),
            is_short=self.max_iter < _SHORT,
            tells_nothing=bool(curves[chosen].means[position] >= cost_of_guess),
            is_too_simple=any(each.means.min() < cost_of_guess for each in curves),
            is_simplest=(chosen, position) != choose(curves, is_within_error=False),
            is_single=self.max_iter == 1,
        )
        self._keep_search(parameters, curves, chosen, position)
        return monitor

    def _candidate(self, parameters, instances, given):
        """The draft with the parameters of a candidate, which are valid."""
        network = with_parameters(unwatched(self), **parameters)
        network._is_trial = True
        try:
            check_parameters(network)
        except ValueError as error:
            raise ValueError(f"grid: {error}") from error
        if "loss" in parameters:  # which may refuse targets that the estimator's own takes
            network._encode(instances.y, given, is_new=True)
        network._check_augment(instances.inputs)
        return network

    def _may_train_ahead(self, networks):
        """Whether the training may begin before the search is over: where nobody looks on, and no clock runs."""
        is_seen = self.verbose or has_callbacks(self)
        if is_seen or self.max_time is not None or self.n_init > 1:
            return False
        return all(SOLVERS[each.solver].learns_in_epochs and each.augment is None for each in networks)

    def _trained_ahead(self, starts):
        ahead, self._ahead = self._ahead, None
        return None if ahead is None else ahead.trained(self.best_index_, self.max_iter, starts[0][1])

    def _check_comparable(self, networks):
        """Raise a ValueError where losses would be compared that measure different things."""
        for name in _MAKE_THE_LOSS if not self._is_scored() else ():
            if len({repr(getattr(each, name, None)) for each in networks}) > 1:
                raise ValueError(
                    f"grid has several values of {name!r}, whose losses cannot be compared: pass a scoring, such as "
                    f"{'neg_log_loss' if self._kind == 'classifier' else 'r2'!r}, to choose by."
                )

    def _is_scored(self):
        """Whether the user's own scoring is to choose, and not the loss."""
        return not (self.scoring is None or (isinstance(self.scoring, str) and self.scoring == "loss"))

    def _make_fold(self, instances, weights, fold):
        """A fold's training set, and its validation.

        Parameters
        ----------
        instances : Instances
        weights : ndarray or None
            Sample weights times class weights. They count in the validated loss as they do in the loss that is trained; a
            score is what the user's own weights make it.
        fold : Fold
        """
        if weights is not None and not all(weights[part].any() for part in fold):
            raise ValueError(f"class_weight={self.class_weight!r} leaves a part of a fold of cv with weight zero.")
        X, codes, of_training = take_rows(fold.training, instances.inputs, instances.codes, weights)
        training_set = self._in_parts(self._make_training_set(X, codes, of_training))
        self._note_weights(training_set)
        X, y, codes, own, with_classes = take_rows(fold.held_out, *instances, weights)
        if self._is_scored():
            return training_set, make_validation(self, self._make_set(X, codes, own), y, own)
        validation_set = self._make_set(X, codes, with_classes)
        is_classes = validation_set.units.groups is not None
        score = accuracy if is_classes else partial(_r2, total_error_of(validation_set))
        return training_set, Validation(validation_set, score)

    def _keep_search(self, parameters, curves, chosen, position):
        """Set the choice, as if it were the user's, and what the search found."""
        self.best_params_ = {name: own_copy(value) for name, value in parameters[chosen].items()}
        with_parameters(self, **self.best_params_, max_iter=int(curves[chosen].epochs[position]))
        self.best_n_epochs_ = self.max_iter
        self.best_index_ = chosen
        self.best_score_ = -float(curves[chosen].means[position])
        self.cv_results_ = _results(parameters, curves)
        self.cv_curves_ = [{"n_epochs": each.epochs, "loss": each.losses, "score": each.scores} for each in curves]
        self.n_splits_ = len(curves[chosen].costs)

    def _keep(self, state, stop_reason):
        is_chosen = stop_reason == "max_iter" and state.history.n_epochs == getattr(self, "best_n_epochs_", None)
        super()._keep(state, "cross_validation" if is_chosen else stop_reason)

    def _own_remedy(self):
        return ", or one_standard_error=False, which chooses the best network" if self._findings.is_simplest else ""

    def _message(self, training):
        message, findings = super()._message(training), self._findings
        if findings.is_single and (message is not None or findings.tells_nothing):
            return (
                f"{type(self).__name__} has learned little in the one epoch that max_iter lets it try: raise max_iter."
            )
        # What few epochs did not teach has no other cause that can be told.
        if findings.is_cut_off and (message is None or findings.is_short):
            rate = ", or learning_rate_init" if SOLVERS[self.solver].learns_in_epochs else ""
            validated = "loss was still falling" if self.scoring is None else "score was still rising"
            return (
                f"{type(self).__name__} has chosen {count(self.best_n_epochs_, 'epoch')}, and the validated {validated} "
                f"when max_iter ended its cross-validation: raise max_iter{rate}."
            )
        if message is None and findings.tells_nothing and holds_variety(training.training_set):
            constant = "mean of the targets or another constant" if training.units.groups is None else "class prior"
            chosen = f"{type(self).__name__} has chosen {count(self.best_n_epochs_, 'epoch')}"
            remedy = "pass inputs that tell more of the targets, or more instances"
            if is_linear_beside_smooth(training):
                remedy = less_linear(training)
            elif findings.is_too_simple:
                remedy = (
                    "take one_standard_error=False, which chooses a network that tells more, or pass more instances"
                )
            return f"{chosen}, but tells no more of the instances held out than the {constant} does: {remedy}."
        return message

    def get_metadata_routing(self):
        """Get metadata routing of this object: ``groups`` go to the splitter.

        Please check :ref:`User Guide <metadata_routing>` on how the routing mechanism works.

        Returns
        -------
        routing : MetadataRouter
            Encapsulates the routing information.
        """
        mapping = MethodMapping().add(caller="fit", callee="split")
        return MetadataRouter(owner=self).add_self_request(self).add(splitter=check_cv(self.cv), method_mapping=mapping)


def _prepare_ahead(networks, instances, given, random_state, candidate):
    """What `Ahead` asks for of a candidate: its training on all instances."""
    network = copy_with(networks[candidate], fitted_attributes(networks[candidate]))
    if not isinstance(network.random_state, Integral):
        network.random_state = copy.deepcopy(random_state)  # the user's goes on with the call itself
    training_set, starts, plan = network._prepare(instances, given)
    return training_set, starts[0][1], plan


def _r2(total_error, parameters, outputs, loss, error):
    """The share of the variance that is explained, of all targets together."""
    return 1.0 - error_rate_of(error * len(outputs), total_error) if math.isfinite(error) else math.nan


def _results(parameters, curves):
    """What `GridSearchCV.cv_results_` tells, of each candidate at its own best number of epochs."""
    scores = np.array([-each.costs[:, each.best] for each in curves])
    with np.errstate(over="ignore", invalid="ignore"):  # scores of -1e200, or of a candidate that diverged
        means, spreads = scores.mean(axis=1), scores.std(axis=1)
    order = np.where(np.isnan(means), -math.inf, means)
    return {
        **columns_of(parameters),
        "params": parameters,
        "n_epochs": np.array([each.epochs[each.best] for each in curves]),
        **{f"split{number}_test_score": column for number, column in enumerate(scores.T)},
        "mean_test_score": means,
        "std_test_score": spreads,
        "rank_test_score": np.array([1 + np.count_nonzero(order > mine) for mine in order], dtype=np.int32),
    }


class _Trainer:
    """Trains candidates on folds.

    Parameters
    ----------
    instances : Instances
    folds : list of Fold
    seeds : list of int
        Of each fold, the same for all candidates: what they differ in is then not chance.
    given : Given
    """

    def __init__(self, instances, folds, seeds, given):
        self._instances = instances._replace(inputs=None)  # which come as an argument of each job
        self._folds = folds
        self._seeds = seeds
        self._given = Given(coefs_init=given.coefs_init, intercepts_init=given.intercepts_init)
        self._stop = Stop()

    def race(self, inputs, networks, estimator, monitor):
        """Cross-validate networks; return the curves of each, and what it costs to know nothing but the targets."""
        constant_cost, cost_of_guess = self._constant_costs(networks[0], inputs)
        n_numbers = inputs.size + self._instances.codes.size
        is_keeping = n_numbers * len(self._folds) * len(networks) <= _KEPT_NUMBERS
        trainers = [_Candidate(self, each, self._weights(each), is_keeping) for each in networks]
        plan = RacePlan(
            n_folds=len(self._folds),
            longest=int(estimator.max_iter),
            is_by_score=estimator._is_scored(),
            constant_cost=constant_cost,
            n_jobs=estimator.n_jobs,
            verbose=bool(estimator.verbose),
            is_within_error=bool(estimator.one_standard_error),
            ahead=estimator._ahead,
        )
        try:
            return race(trainers, inputs, plan, monitor), cost_of_guess
        except BaseException:
            self._stop.is_asked = True  # jobs in other threads would go on
            raise

    def _constant_costs(self, network, inputs):
        """The means, over the folds, of what constant outputs cost where losses decide, those that are the best for the
        instances held out, and for the others; NaN elsewhere."""
        if network._is_scored():
            return math.nan, math.nan
        no_inputs = np.zeros((inputs.shape[0], 1), dtype=inputs.dtype)  # as the targets tell all of it
        instances, weights = self._instances._replace(inputs=no_inputs), self._weights(network)
        costs = []
        for fold in self._folds:
            draft = copy_with(network, fitted_attributes(network))
            training_set, validation = draft._make_fold(instances, weights, fold)
            held_out = validation.instances
            costs.append((loss_of_constant(held_out), loss_of_constant(training_set, held_out)))
        return np.mean(costs, axis=0).tolist()

    def _weights(self, network):
        """Sample weights times class weights, of all instances, or None."""
        return network._weigh_classes(self._instances.codes, self._instances.weights)

    def prepare(self, network, weights, inputs, number):
        """A network for a fold, and its data."""
        network = copy_with(network, fitted_attributes(network))
        return network, Data(*network._make_fold(self._instances._replace(inputs=inputs), weights, self._folds[number]))

    def train(self, network, data, number, path, n_epochs, stop=None):
        """Train on one fold, from the start if there is no path yet; as long as no stop is asked for."""
        network = copy_with(network, fitted_attributes(network))  # it may be for other stages too
        if path is not None:
            network.alpha = path.alpha  # of which 'auto' is a part that its fold has found
        training_set = data.training_set
        start = partial(network._start, training_set, self._given, self._seeds[number])
        path = Path(start()) if path is None else path
        plan = self._plan(network, data, path.state.parameters.layer_sizes)
        plan = plan if stop is None else plan._replace(monitor=stop)
        path = lengthen(path, training_set, plan, n_epochs)
        while path.has_run_off(n_epochs) and plan.is_halving and path.rate_factor > 2**-50:
            path = lengthen(Path(start()).with_rate(path.rate_factor / 2), training_set, plan, n_epochs)
        return path

    def _plan(self, network, data, layer_sizes):
        """The network's plan, for a training that is looked at by its validation only."""
        thresholds = network._thresholds(self._given, layer_sizes, data.training_set)._replace(max_time=math.inf)
        is_alone = threading.current_thread() is threading.main_thread()
        return network._plan(data, thresholds, layer_sizes)._replace(
            verbose=0, keeps_best=False, monitor=None if is_alone else self._stop
        )


class _Candidate:
    """A candidate, to be trained on the folds; a call is a job of its own, in a thread or in another process.

    Parameters
    ----------
    trainer : _Trainer
    network : BaseBackprop
        A draft with the candidate's parameters.
    weights : ndarray of shape (n_instances,) or None
        Sample weights times class weights.
    is_keeping : bool
        Whether what is made for a fold is for its next stage too.
    """

    def __init__(self, trainer, network, weights, is_keeping):
        self._trainer, self._network, self._weights, self._is_keeping = trainer, network, weights, is_keeping
        self._kept = {}

    def __call__(self, inputs, number, path, n_epochs, stop=None):
        """Train on the fold with this number, as `FoldTraining` has it."""
        network, data = self._kept.get(number) or self._trainer.prepare(self._network, self._weights, inputs, number)
        if self._is_keeping:
            self._kept[number] = network, data
        return self._trainer.train(network, data, number, path, n_epochs, stop)

    def __getstate__(self):
        return vars(self) | {"_kept": {}}  # or each job would take it to its process
