"""What the data say before the first epoch: how large first net inputs of hidden units should be, and how much is noise.

Small ones make units that are almost linear over the data, which suits noise and straight lines; large ones make units
that bend, without which curves, shapes and rules of exclusive or are learned late. Which the data want is seen by what
units of random weights make of them: for each size, the targets are regressed on the outputs of such units, with the
leave-one-out error that ridge regression gives in closed form. Products of inputs, which such units miss, are asked in the
same way where much is left.

References
----------
D. M. Allen, "The relationship between variable selection and data augmentation and a method for prediction",
Technometrics 16, 1974: the error of leaving one out (PRESS).

W. F. Schmidt, M. A. Kraaijveld, R. P. W. Duin, "Feed forward neural networks with random weights", ICPR 1992.
"""

import math
from typing import NamedTuple

import numpy as np
from scipy.linalg import eigh, lapack
from scipy.sparse import csr_array, issparse

from ..engines import gather_rows
from ..parameters import n_rows_of_chunk
from ..threads import one_blas_thread
from ..units import sigmoid
from .different import N_LEAST, DifferentInstances, looked_at
from .place import Place

# The root mean squares of net inputs that are tried. Units of 0.25 are as good as linear; of 8, almost steps, and of 32,
# which curves of many periods want, steps.
_NETS = (0.25, 0.5, 1.0, 2.0, 4.0, 8.0, 16.0, 32.0)

# Inputs of which Σ_i x_i² is below so much for each of them are small already, and the smallest net inputs are not tried.
_SMALL = 0.5

# Where there are fewer instances than so many for each input, and inputs are mostly zero, as of texts,
# each is rare: its first weights remain as they were drawn, and larger ones than these are noise.
_N_FOR_EACH_RARE, _RANGE_OF_RARE = 5, 0.25

# With fewer instances for each input nothing below the usual size is tried: units that are almost linear learn noise too.
_N_FOR_EACH_INPUT = 20

# Net inputs vary over the instances by at least such a part of what they have in common, which only saturates large ones.
_VARIED = 0.02

# What is added to each unit's mean square, and about what 300 epochs at the automatic rate do not learn.
_RIDGE = 3e-4

# Errors so near to the least count as equal to it. Where more than so much of the targets is left, much of it may be
# noise, and of equals the smallest net inputs are taken; where less is left, the usual ones, as units bend by learning.
_TOLERANCE_OF_NOISE = 0.03
_TOLERANCE = 0.2
_NOISE = 0.4

# Of numbers no more than this needs to be left for some of it to be noise. Classes that are told as well have little.
_NOISE_OF_NUMBERS = 0.02

# Such a share of the targets is nothing, and where all but it is left, nothing is told.
_NOTHING = 1e-3
_ALL = 0.98

_N_UNITS = 100

# Ridges, as parts of what a unit varies by in the mean, with which noisy targets are regressed again, on units of all sizes
# whose errors are so near to the least; the largest of those ridges is taken whose errors are so near to their least.
_RIDGES = 10.0 ** np.arange(-3, 0.1, 0.5)
_NEAR, _TOLERANCE_OF_RIDGES = 0.05, 0.02

# What the net inputs of units measure that see one input each: they tell sums of curves, which the others take for noise.
_NETS_OF_SINGLE = (1.0, 2.0, 4.0)

# Where noise is found after so large a ridge, units are asked too whose weights have followed the targets so many times,
# as the gradients of what they tell go. Without biases their net inputs measure one of these, and such ridges are tried
# meanwhile. They count where they leave so much less: random ones take for noise what follows directions that none has.
_RIDGE_OF_NOISE, _N_TIMES, _MUCH_LESS = 0.03, 3, 0.8
_NETS_OF_FOLLOWING, _RIDGES_OF_FOLLOWING = (0.7, 2.8), 10.0 ** np.arange(-3, 1)

# Where more is left of numbers, or much of classes, and there are as many instances for each input, these are regressed on
# products of inputs, with a ridge that is such a part of what they vary by in the mean. They count where they leave so much
# less; units tell as little then with strong ridges as with weak ones, and no larger ridge is taken for that of noise.
# Networks tell products less well than such a regression: no less counts as left than that.
_LEAST_OF_PRODUCTS, _N_OF_PRODUCTS, _RIDGE_OF_PRODUCTS = 0.1, 10, 0.01
_MUCH_LESS_OF_PRODUCTS, _LARGEST_RIDGE_OF_PRODUCTS = 0.5, 0.05

# Over inputs that are mostly zero, as categories are, products count where they leave less at all, with the first of
# these ridges, as pairs of categories may be as many as the instances; and of classes, too. No larger ridge than the number
# behind it is taken for that of noise then. Fewer instances for each input tell it; but a hundred units miss some of more
# inputs, so that what products leave is compared with what the inputs alone do as well, with the best ridge.
_LESS_OF_PAIRS, _RIDGES_OF_PAIRS, _N_OF_PAIRS = 0.97, {0.1: 0.05, 0.3: 0.1}, 4
_RIDGES_OF_INPUTS = 10.0 ** np.arange(-3, 1.1, 0.5)

# Numbers follow the inputs along a straight line where a regression on these leaves no more than so many times what units
# do. It is asked where there are as many instances for each input, of no more inputs than units, and not where these are
# mostly zero: otherwise units see less than a network learns, and an equal of theirs says little.
_AS_LITTLE, _N_OF_LINE = 1.005, 4

# Regressions on inputs that are mostly zero, with these ridges, count where they leave much less than units do: a category
# that few instances have is hardly in the sums of many that units see.
_RIDGES_OF_SUMS = 0.1, 1.0

# Where products tell classes, first net inputs are no smaller: almost linear units begin on a plateau.
_LEAST_NET_OF_PRODUCTS = 0.5

# What was worked out before: the candidates of a search begin with the same instances. Threads that meet here work it out
# twice at worst.
_known, _N_KNOWN = {}, 64


class Told(NamedTuple):
    """What units of random weights tell of the targets.

    Attributes
    ----------
    net : float or None
        The root mean square of net inputs of sigmoid units that tell them best; None where nothing is told.
    least : float
        The part of noisy targets that is left with the best ridge; NaN where they are not noisy.
    ridge : float
        The largest ridge, as a part of what a unit varies by in the mean, with which they are told about as well as with
        the best; 0 where it is small.
    variance : float
        Of the targets of an output unit, in the mean.
    n_labels : float
        Outputs that are classes, each of one unit or of several, which differ between instances; of many, about.
    is_of_products : bool
        Whether products of inputs tell much more.
    may_be_of_more : bool
        Whether the targets may follow the inputs in a way that units do not tell, as products of them do; or as few
        instances for each input do not show.
    n_instances : float
        Of different inputs; of many, about. Infinite where they are too few to tell anything.
    is_rare : bool
        Whether inputs are mostly zero, and few instances of many of them say anything.
    is_of_line : bool
        Whether numbers are told as well by the inputs themselves.
    """

    net: float | None = None
    least: float = math.nan
    ridge: float = 0.0
    variance: float = 0.0
    n_labels: float = 1.0
    is_of_products: bool = False
    may_be_of_more: bool = False
    n_instances: float = math.inf
    is_rare: bool = False
    is_of_line: bool = False

    @property
    def is_of_too_few(self):
        """Whether the instances are too few to tell anything."""
        return self.n_instances == math.inf

    def with_left(self, error, ridge=0.0):
        """The same, where something else leaves much less than units do, as of inputs that are mostly zero.

        Parameters
        ----------
        error : float
        ridge : float
            With which it does. Where that is large, the ridge of the units stays.
        """
        if not error < _MUCH_LESS * min(1.0, self.least):
            return self
        is_small = ridge < _RIDGES_OF_SUMS[-1]
        return self._replace(least=error, ridge=min(self.ridge, _LARGEST_RIDGE_OF_PRODUCTS) if is_small else self.ridge)


class Question(NamedTuple):
    """What is asked of the targets.

    Attributes
    ----------
    place : Place
        From where, and in which units, inputs are to be taken. What they measure there counts as no less than their number.
    usual : float
        The root mean square to which those that are as good should be near.
    may_be_small : bool
        Whether the smallest are taken of those that are as good, where there may be noise.
    largest : float
        No larger ones are tried.
    asks_for_noise : bool
        Whether it is to be found how noisy the targets are.
    are_mostly_zero : bool
        Whether the inputs are.
    """

    place: Place
    usual: float
    may_be_small: bool = True
    largest: float = math.inf
    asks_for_noise: bool = True
    are_mostly_zero: bool = False


def tell(training_set, instances, question):
    """Regress the targets on outputs of random sigmoid units whose net inputs are of several sizes.

    What is told depends neither on the order of the instances nor on the scale of their weights, and a weight is as good as
    so many copies: equal inputs are left out together. Weights of which few are worth more than all others count as equal.
    Of too few different inputs nothing is told.

    Parameters
    ----------
    training_set : TrainingSet
    instances : DifferentInstances
        Of the training set.
    question : Question

    Returns
    -------
    told : Told
    """
    with np.errstate(all="ignore"), one_blas_thread():
        n_inputs = training_set.inputs.shape[1]
        is_rare = question.are_mostly_zero and instances.n_different() < _N_FOR_EACH_RARE * n_inputs
        weights = instances.even_weights()
        if not np.count_nonzero(weights) >= N_LEAST:
            return Told(is_rare=is_rare)
        n_different, counts = instances.n_different(), weights > 0
        is_of_many = not question.may_be_small or n_different >= _N_FOR_EACH_INPUT * n_inputs
        tried = _tried(question, n_inputs, is_of_many, is_rare)
        instances = DifferentInstances(*(each[counts] for each in instances))
        found = _look(training_set, question, instances, weights[counts], tried, is_rare)
    net = _net_of(found.errors, question.usual, question.may_be_small and is_of_many)
    if training_set.units.groups is not None and found.is_of_products and net is not None:
        net = min(max(net, _LEAST_NET_OF_PRODUCTS), tried[-1])
    may_be_of_more = found.is_of_products or not is_of_many
    of_noise = found.least, found.ridge, found.variance, found.n_labels, found.is_of_products
    told = Told(net, *of_noise, may_be_of_more, n_different, is_rare, found.is_of_line)
    return told.with_left(*found.of_sums)


def _bound(question, n_inputs):
    """Of weights and biases whose net inputs measure 1."""
    return math.sqrt(3 / (max(question.place.square_norm, n_inputs) + 1))


def _tried(question, n_inputs, is_of_many, is_rare):
    """The sizes of net inputs that may be taken."""
    is_small, largest = question.place.square_norm < _SMALL * n_inputs, question.largest
    smallest = 0.0 if is_of_many else 0.9 * min(question.usual, 1.0)
    if is_rare:
        largest = min(largest, max(2 * question.usual, _RANGE_OF_RARE / _bound(question, n_inputs)))
    return tuple(net for net in _NETS[is_small:] if smallest <= net <= largest)


def _look(training_set, question, instances, weights, tried, is_rare):
    """What units of random weights leave of the targets; worked out once for the same instances."""
    groups, n_inputs = training_set.units.groups, training_set.inputs.shape[1]
    noise = _NOISE if groups is not None else _NOISE_OF_NUMBERS
    least_left = noise if question.asks_for_noise else math.inf if groups is not None else _ALL
    # The keys of instances are the same for inputs of any scale.
    place = question.place
    of_place = place.square_norm, place.centre is None, place.scale
    of_question = question.usual, tried, least_left, question.are_mostly_zero
    key = instances.digest(), *of_place, n_inputs, *of_question, groups
    found = _known.get(key)
    if found is None:
        found = _found_of(training_set, question, instances, weights, tried, least_left, is_rare)
        _known[key] = found
        for oldest in list(_known)[:-_N_KNOWN]:
            _known.pop(oldest, None)
    return found


def _found_of(training_set, question, instances, weights, tried, least_left, is_rare):
    """What units leave; where that is much, what products of inputs, and the inputs themselves, tell."""
    inputs, n_inputs, groups = training_set.inputs, training_set.inputs.shape[1], training_set.units.groups
    is_of_numbers = groups is None
    targets = instances.sums / instances.weights[:, None]
    targets[~np.isfinite(targets)] = 0.0  # a weight may be almost nothing
    nets = _random_nets(inputs, instances.rows, question.place, _bound(question, n_inputs))
    regressions = _Regressions(nets, targets, weights)
    found = regressions.look(tried)
    if is_noisy := found.least_error() > least_left:
        found = regressions.with_noise(found, _nets_of_single_inputs(inputs, instances.rows))
        found = found if is_of_numbers else found._replace(n_labels=_n_labels(targets, groups))
    asks_for_noise = is_noisy and question.asks_for_noise
    may_be_of_pairs = asks_for_noise and question.are_mostly_zero
    if may_be_of_pairs:
        rare = csr_array(gather_rows(inputs, instances.rows), dtype=np.float64)
        found = found._replace(of_sums=min((regressions.error_of_sums(rare, each), each) for each in _RIDGES_OF_SUMS))
    asks_for_products = is_noisy if is_of_numbers else may_be_of_pairs or found.begins_small(question)
    is_much_left = found.least_error() > (_LEAST_OF_PRODUCTS if is_of_numbers else _NOISE)
    n_for_each = _N_OF_PAIRS if may_be_of_pairs and not is_rare else _N_OF_PRODUCTS
    are_many = question.may_be_small and len(weights) >= n_for_each * n_inputs
    if asks_for_products and is_much_left and are_many:
        given = _dense(inputs, instances.rows)
        if may_be_of_pairs:
            return regressions.with_pairs(found, given, is_of_numbers)
        found = found.with_products(regressions.error_of_products(given), is_of_numbers)
    asks_for_line = asks_for_noise and is_of_numbers and not question.are_mostly_zero
    if asks_for_line and n_inputs <= min(_N_UNITS, len(weights) / _N_OF_LINE):
        of_inputs = regressions.error_of_inputs(_dense(inputs, instances.rows))
        found = found._replace(is_of_line=of_inputs <= _AS_LITTLE * found.least)
    return found


def _dense(inputs, rows):
    """Some rows of the inputs, as an array of their own."""
    given = gather_rows(inputs, rows).astype(np.float64)
    return given.toarray() if issparse(given) else given


def _n_labels(targets, groups):
    """Of all outputs that are classes, how many differ between instances, by the units that are looked at."""
    of_units = np.repeat(np.arange(len(groups)), groups)[looked_at(sum(groups))]
    n_varied = len(np.unique(of_units[np.ptp(targets, axis=0) > 0]))
    return max(1.0, n_varied * len(groups) / len(np.unique(of_units)))


def _net_of(errors, usual, is_small_taken):
    """Of sizes with their errors the one to begin with, or None."""
    least = min(errors.values(), default=math.nan)
    if not least < _ALL:
        return None
    is_noisy = least > _NOISE
    limit = least * (1 + (_TOLERANCE_OF_NOISE if is_noisy else _TOLERANCE)) + _NOTHING
    equals = [net for net, error in errors.items() if error <= limit]
    if is_noisy and is_small_taken:
        return equals[0]
    return min(equals, key=lambda net: abs(math.log(net / usual)))


class _Found(NamedTuple):
    """Errors of the sizes that may be taken, as parts of the targets, and what `Told` has of the targets.

    Attributes
    ----------
    errors : dict
    least, ridge, variance : float
    n_labels : float
    is_of_products : bool
        Whether products of inputs tell much more.
    of_sums : tuple of float
        What a regression on inputs that are mostly zero leaves, NaN of others; and its ridge.
    is_of_line : bool
        Whether the inputs themselves tell numbers as well.
    """

    errors: dict
    least: float = math.nan
    ridge: float = 0.0
    variance: float = 0.0
    n_labels: float = 1.0
    is_of_products: bool = False
    of_sums: tuple = (math.nan, 0.0)
    is_of_line: bool = False

    def with_products(self, error, is_of_numbers):
        """With what products of inputs leave; of numbers it is what counts as noise."""
        found = self._replace(is_of_products=error < _MUCH_LESS_OF_PRODUCTS * self.left(is_of_numbers))
        if not (is_of_numbers and found.is_of_products):
            return found
        return found.with_less(error, _LARGEST_RIDGE_OF_PRODUCTS, is_of_numbers)

    def with_less(self, error, largest_ridge, is_of_numbers):
        """With products that tell more than units, and no larger ridge than this for noise."""
        found = self._replace(ridge=min(self.ridge, largest_ridge))
        return found._replace(least=max(error, _LEAST_OF_PRODUCTS)) if is_of_numbers else found

    def left(self, is_of_numbers):
        """What units leave; of numbers with the best ridge."""
        return self.least if is_of_numbers else min(1.0, self.least_error())

    def begins_small(self, question):
        """Whether the size to begin with is smaller than it is where products tell."""
        net = _net_of(self.errors, question.usual, question.may_be_small)
        return net is None or net < _LEAST_NET_OF_PRODUCTS

    def least_error(self):
        """Of all sizes; NaN of none."""
        return min(self.errors.values(), default=math.nan)


class _Regressions:
    """Regressions of the targets of some instances on the outputs of units.

    Parameters
    ----------
    nets : ndarray of shape (n_instances, n_units)
        Net inputs of random units.
    targets : ndarray of shape (n_instances, n_outputs)
    weights : ndarray of shape (n_instances,)
        With a sum of 1.
    """

    def __init__(self, nets, targets, weights):
        self._nets, self._weights, self._roots = nets, weights, np.sqrt(weights)[:, None]
        self._given_targets, self._targets = targets, self._centred(targets.copy())
        self._total = float(np.square(self._targets).sum())

    def look(self, tried):
        """The errors of leaving one out for each size."""
        if not (0 < self._total < math.inf and self._is_varied()):
            return _Found({})
        errors = {}
        for net in tried:
            outputs = self._outputs(net * self._nets)
            errors[net] = _error_of_leaving_one_out(outputs, self._targets, self._roots) / self._total
        return _Found(errors)

    def with_noise(self, found, nets_of_single_inputs):
        """With what ridges tell of the targets: the least error that units of the best sizes, or of one input each, leave
        with any ridge, and the largest ridge with which they leave about as little; 0 where that is the smallest one."""
        sizes = [net for net, error in found.errors.items() if error <= (1 + _NEAR) * found.least_error()]
        errors = [self._errors_of_ridges(self._outputs(net * self._nets)) for net in sizes]
        errors += [self._errors_of_ridges(self._outputs(net * nets_of_single_inputs)) for net in _NETS_OF_SINGLE]
        errors = np.min(errors, axis=0) / self._total
        ridge = _largest_ridge(errors)
        if ridge >= _RIDGE_OF_NOISE and errors.min() < _ALL:
            of_following = self._errors_of_following()
            if of_following.min() < _MUCH_LESS * errors.min():
                errors, ridge = of_following, _largest_ridge(of_following)
        return found._replace(least=float(errors.min()), ridge=ridge, variance=self._total / self._n_varied())

    def with_pairs(self, found, columns, is_of_numbers):
        """With what products of inputs tell that are mostly zero, and neither units nor these inputs alone.

        Parameters
        ----------
        found : _Found
        columns : ndarray of shape (n_instances, n_inputs)
        is_of_numbers : bool

        Returns
        -------
        found : _Found
        """
        left = found.left(is_of_numbers)
        for ridge, largest_ridge in _RIDGES_OF_PAIRS.items():
            error = self.error_of_products(columns, ridge)
            if error < _LESS_OF_PAIRS * left:
                left = min(left, self.error_of_inputs(columns))
            if error < _LESS_OF_PAIRS * left:
                found = found._replace(is_of_products=error < _MUCH_LESS_OF_PRODUCTS * left)
                return found.with_less(error, largest_ridge, is_of_numbers)
        return found

    def error_of_inputs(self, columns):
        """What a regression on the inputs leaves with the best ridge.

        Parameters
        ----------
        columns : ndarray of shape (n_instances, n_inputs)
        """
        columns = columns / max(np.abs(columns).max(), np.finfo(float).tiny)  # whose squares may overflow
        return float(self._errors_of_ridges(self._centred(columns), _RIDGES_OF_INPUTS).min()) / self._total

    def error_of_products(self, columns, ridge=_RIDGE_OF_PRODUCTS):
        """What a regression on the inputs and the products of each two of them leaves.

        Units that see sums of many inputs miss these products.

        With a kernel K of (1 + g)², for products g of instances, and a ridge λ, an instance's error is λ α over what its
        leverage is less than one, where (K + λ) α are the targets.

        Parameters
        ----------
        columns : ndarray of shape (n_instances, n_inputs)
        ridge : float
            As a part of the kernel's mean eigenvalue.
        """
        columns = columns - self._weights @ columns
        kernel = columns @ (columns / np.square(self._spread(columns)).sum()).T
        kernel += 1
        np.square(kernel, out=kernel)
        return self._error_of_kernel(kernel, ridge)

    def error_of_sums(self, rows, ridge):
        """What a regression on inputs that are mostly zero leaves.

        Units that see sums of them miss those that few instances have.

        Parameters
        ----------
        rows : csr_array of shape (n_instances, n_inputs)
        ridge : float
            As a part of the kernel's mean eigenvalue.
        """
        n_instances, columns = rows.shape[0], rows.T.tocsc()
        kernel, step = np.empty((n_instances, n_instances)), n_rows_of_chunk(4 * n_instances)
        for start in range(0, n_instances, step):
            kernel[start : start + step] = (rows[start : start + step] @ columns).toarray()
        return self._error_of_kernel(kernel, ridge)

    def _error_of_kernel(self, kernel, ridge):
        means = kernel @ self._weights
        kernel -= means - self._weights @ means
        kernel -= means[:, None]
        kernel *= self._roots
        kernel *= self._roots.T
        ridge *= np.trace(kernel) / len(kernel)
        kernel.flat[:: len(kernel) + 1] += ridge
        factor, is_not_definite = lapack.dpotrf(kernel.T, lower=True, overwrite_a=True)  # itself, in LAPACK's order
        if is_not_definite:
            return math.nan
        solved = lapack.dpotrs(factor, self._targets, lower=True)[0]
        inverse = lapack.dtrtri(factor, lower=True, overwrite_c=True)[0]
        others = np.maximum(ridge * np.einsum("ij,ij->j", inverse, inverse) - self._weights, 1e-9)
        residuals = ridge * solved / others[:, None]
        return float(np.square(residuals).sum() / self._total)

    def _errors_of_following(self):
        """What units leave with each ridge whose weights have followed the targets of other instances; not finite where
        these are too few.

        The weights come from one half of the instances and the errors from the other, and the other way round.
        """
        random_state = np.random.RandomState(4)
        first, second = self._part(slice(0, None, 2)), self._part(slice(1, None, 2))
        if first is None or second is None:
            return np.full(len(_RIDGES), math.nan)
        errors = [first._errors_of_those_that_follow(second, random_state)]
        errors.append(second._errors_of_those_that_follow(first, random_state))
        return np.mean(errors, axis=0)

    def _errors_of_those_that_follow(self, asked, random_state):
        """What units that have followed these targets leave of others."""
        common = self._weights @ self._nets
        nets, nets_of_asked = self._nets - common, asked._nets - common
        combined = np.diag(1 / np.maximum(self._spread(nets), np.finfo(float).tiny))
        for _ in range(_N_TIMES):
            combined = self._followed(nets, combined, random_state)
        nets_of_asked = nets_of_asked @ combined + _biases(random_state)
        errors = [asked._errors_of_ridges(asked._outputs(net * nets_of_asked)) for net in _NETS_OF_FOLLOWING]
        return np.min(errors, axis=0) / asked._total

    def _part(self, instances):
        """The regressions of a part of the instances; None of too few."""
        weights = self._weights[instances]
        weights = weights / weights.sum()
        if len(weights) < N_LEAST or not weights @ weights <= 1 / N_LEAST:
            return None
        return _Regressions(self._nets[instances], self._given_targets[instances], weights)

    def _followed(self, nets, combined, random_state):
        """How units are combined of given ones next: along gradients of what they tell now, whose mean outer product their
        weights have as covariance.

        Parameters
        ----------
        nets : ndarray of shape (n_instances, n_units)
            Net inputs of the given units without biases.
        combined : ndarray of shape (n_units, n_units)
            A column for each unit, of which net inputs are ``nets @ combined``, with biases.

        References
        ----------
        A. Radhakrishnan, D. Beaglehole, P. Pandit, M. Belkin, "Mechanism for feature learning in neural networks and
        backpropagation-free machine learning models", Science 383, 2024: average gradient outer products.
        """
        n_instances, n_units = nets.shape
        combined_nets = nets @ combined + _biases(random_state)
        tried = []
        for net in _NETS_OF_FOLLOWING:
            outputs = sigmoid(net * combined_nets)
            centred = self._centred(outputs.copy())
            errors = self._errors_of_ridges(centred, _RIDGES_OF_FOLLOWING)
            tried.append((errors.min(), _RIDGES_OF_FOLLOWING[errors.argmin()], outputs, centred))
        _, ridge, outputs, centred = min(tried, key=lambda each: each[0])
        products = centred.T @ centred
        products.flat[:: n_units + 1] += ridge * np.trace(products) / n_units + np.finfo(float).tiny
        told_by_units = np.linalg.lstsq(products, centred.T @ self._targets, rcond=None)[0]
        # Of a random combination of the outputs, at a random combination of the instances.
        told_by_units = told_by_units @ random_state.standard_normal((self._targets.shape[1], n_units))
        instances = self._roots * random_state.standard_normal((n_instances, n_units))
        combined = combined @ ((outputs * (1 - outputs)).T @ instances * told_by_units)
        largest = np.abs(combined).argmax(axis=0)
        combined *= np.sign(combined[largest, np.arange(n_units)])  # the same for targets of the other sign
        return combined / np.maximum(self._spread(nets @ combined), np.finfo(float).tiny)

    def _spread(self, columns):
        """Root mean squares over the instances."""
        return np.sqrt(self._weights @ np.square(columns))

    def _centred(self, columns):
        """Columns less their weighted means, times the roots of the weights."""
        columns -= self._weights @ columns
        columns *= self._roots
        return columns

    def _outputs(self, nets):
        return self._centred(sigmoid(nets))

    def _n_varied(self):
        """Of the targets, those that are not the same for all instances; or 1."""
        return max(1, np.count_nonzero(np.ptp(self._given_targets, axis=0)))

    def _is_varied(self):
        common = np.square(self._weights @ self._nets).sum()
        varied = np.einsum("i,ij,ij->", self._weights, self._nets, self._nets) - common
        return _VARIED * common <= varied < math.inf

    def _errors_of_ridges(self, outputs, ridges=_RIDGES):
        """The error of leaving one out with each of the ridges."""
        values, vectors = eigh(outputs.T @ outputs)
        outputs = outputs @ vectors
        products = outputs.T @ self._targets
        scales = 1 / (np.maximum(values, 0) + ridges[:, None] * values.mean())
        errors = np.empty(len(ridges))
        for number, scale in enumerate(scales):
            leverages = self._weights + np.einsum("ij,ij,j->i", outputs, outputs, scale)
            residuals = self._targets - outputs @ (scale[:, None] * products)
            residuals /= np.maximum(1 - leverages, 1e-9)[:, None]
            errors[number] = np.square(residuals).sum()
        return errors


def _largest_ridge(errors):
    """The largest of the ridges whose error is about the least; 0 where that is the smallest one."""
    if not np.isfinite(errors).all():
        return 0.0
    largest = np.flatnonzero(errors <= (1 + _TOLERANCE_OF_RIDGES) * errors.min())[-1]
    return float(_RIDGES[largest]) if largest else 0.0


def _biases(random_state):
    """Of units whose net inputs have a root mean square of 1 without them; theirs is the root of a half."""
    return random_state.uniform(-1, 1, _N_UNITS) * math.sqrt(3 / 2)


def _random_nets(inputs, rows, place, bound):
    """Net inputs of a hundred units, of weights and biases from [-bound, bound], for some rows of the inputs as they lie
    from their place."""
    random_state = np.random.RandomState(2)
    biases = random_state.uniform(-bound, bound, _N_UNITS)
    is_as_given = place.centre is None and place.scale == 1
    nets, at_centre = np.tile(biases if is_as_given else 0 * biases, (len(rows), 1)), np.zeros(_N_UNITS)
    for columns, numbers in _columns(inputs, rows):
        weights = random_state.uniform(-bound, bound, (len(columns), _N_UNITS))
        nets += numbers @ weights
        if place.centre is not None:
            at_centre += place.centre[columns] @ weights
    return nets if is_as_given else (nets - at_centre) / place.scale + biases


def _columns(inputs, rows):
    """Some columns after the other that are not zero for all of these rows: which they are, and their numbers."""
    if issparse(inputs):
        inputs = gather_rows(inputs, rows).astype(np.float64).tocsc()
        inputs.eliminate_zeros()
        columns, step = np.flatnonzero(np.diff(inputs.indptr)), n_rows_of_chunk(_N_UNITS)
        for start in range(0, len(columns), step):
            yield columns[start : start + step], inputs[:, columns[start : start + step]]
        return
    step = n_rows_of_chunk(4 * len(rows))
    for start in range(0, inputs.shape[1], step):
        chunk = inputs[rows, start : start + step].astype(np.float64)
        are_used = chunk.any(axis=0)
        yield start + np.flatnonzero(are_used), chunk[:, are_used]


def _nets_of_single_inputs(inputs, rows):
    """Net inputs of a hundred units, each of one input, with a root mean square of 1; for some rows of the inputs."""
    random_state = np.random.RandomState(3)
    columns = np.arange(_N_UNITS) % inputs.shape[1]
    if inputs.shape[1] > _N_UNITS:
        columns = random_state.choice(inputs.shape[1], _N_UNITS, replace=False)
    if issparse(inputs):
        nets = gather_rows(inputs, rows).astype(np.float64).tocsc()[:, columns].toarray()
    else:
        nets = inputs[np.ix_(rows, columns)].astype(np.float64)
    nets -= nets.mean(axis=0)
    nets /= np.maximum(nets.std(axis=0), np.finfo(float).tiny)
    weights, biases = random_state.uniform(-1, 1, size=(2, _N_UNITS))
    nets *= weights
    nets += biases
    nets *= math.sqrt(3 / 2)
    return nets


def _error_of_leaving_one_out(outputs, targets, roots):
    """The weighted sum of squared errors of each instance's targets, as ridge regression on the others has them.

    Parameters
    ----------
    outputs : ndarray of shape (n_instances, n_units)
        Of hidden units, less their weighted mean, times the roots.
    targets : ndarray of shape (n_instances, n_outputs)
        The same of the targets.
    roots : ndarray of shape (n_instances, 1)
        Of weights with a sum of 1.
    """
    products = outputs.T @ outputs
    products.flat[:: len(products) + 1] += _RIDGE
    solved = outputs @ np.linalg.inv(products)
    leverages = np.square(roots[:, 0]) + np.einsum("ij,ij->i", outputs, solved)  # the mean, too, is of all instances
    residuals = targets - solved @ (outputs.T @ targets)
    residuals /= np.maximum(1 - leverages, 1e-9)[:, None]
    return float(np.square(residuals).sum())
