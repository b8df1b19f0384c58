"""The regressor: numbers in, linear output units, numbers out."""

from __future__ import annotations

import math
import warnings
from typing import TYPE_CHECKING

import numpy as np
from scipy.sparse import issparse
from sklearn.base import RegressorMixin
from sklearn.metrics import r2_score
from sklearn.preprocessing import StandardScaler

from .._network import engines
from .._network.losses import REGRESSION_LOSSES, ROUNDING, quantiles
from .._network.parameters import Layers
from .._network.solvers import SOLVERS
from .._network.units import ACTIVATIONS
from .._public import public
from .base import BaseBackprop, Given, available_to_stochastic_solvers, how_to_start_anew
from .data import as_floats, check_not_masked, check_range, check_weights
from .fitted import FIRST_RULE_OF_SMALL_TARGETS, snapshot
from .mlp import make_mlp_regressor
from .parameters import hidden_layers

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import ArrayLike
    from sklearn.neural_network import MLPRegressor

    from .._types import Arrays, Augment, LayerSizes, Matrix, Numbers, Seed, Self

# Of normal targets the middle half is so many standard deviations wide.
_WIDTH_OF_MIDDLE_HALF = 1.349
# Outliers are so many standard deviations, as the middle half tells them, from the median, or more; they are no more than
# this share; and make the standard deviation so many times that of the others.
_FAR_OUT, _MANY_OUTLIERS, _OUTLYING = 5.0, 0.1, 2.0
# A larger step between predictions, as a part of the standard deviation of the targets and of their reach, is to be seen in
# the score.
_LARGEST_STEP, _LARGEST_PART_OF_REACH = 0.3, 0.03
# Where the scale of the targets leaves an output less room than this, it is looked whether predictions are finite.
_ROOM = 1e30


@public
class BackpropRegressor(RegressorMixin, BaseBackprop):
    """Multilayer perceptron regressor of sigmoid units, trained by back-propagation as the textbook has it.

    Weights and biases are drawn at random from a small range. Each instance's inputs go forward through the network, the
    errors of its outputs come back, and the weights move against them, until all updates are small, or the error rate
    is, or the set number of epochs is over [1]_. ``stop_reason_`` says which.

    Inputs should be on one scale, for example by :class:`~sklearn.preprocessing.StandardScaler`: a sigmoid unit hardly
    learns from large ones.

    Parameters
    ----------
    hidden_layer_sizes : int, sequence of int or 'a', default=(100,)
        Units of each hidden layer. An int makes one layer, an empty sequence a network without hidden layers. ``'a'`` is
        WEKA's rule: one layer of half as many units as there are features and output units together.

    activation : {'identity', 'logistic', 'relu', 'tanh'}, default='logistic'
        What a hidden unit makes of its net input x: ``x``, the sigmoid ``1 / (1 + exp(-x))``, ``max(0, x)`` or
        ``tanh(x)``. The book's is the sigmoid.

    solver : {'adam', 'lbfgs', 'rprop', 'sgd'}, default='sgd'
        How the weights move. ``'sgd'`` takes gradient steps, which is the book's rule; ``'adam'`` [2]_ scales them by past
        gradients; ``'rprop'`` [3]_ makes one update an epoch by the signs of the gradient alone; ``'lbfgs'`` is SciPy's
        L-BFGS-B on all instances at once, an iteration of which counts as an epoch. It has no `partial_fit`.

    loss : {'absolute_error', 'huber', 'poisson', 'quantile', 'squared_error'}, default='squared_error'
        What the training makes small: the absolute error; Huber's loss [4]_, which is squared for small residuals and
        linear for large ones; half the Poisson deviance, of exponential output units and for targets >= 0; the pinball
        loss of a quantile [5]_; or half the squared error, the book's.

    huber_delta : float, default=1.0
        The residual at which ``loss='huber'`` turns from squared to linear, in standard deviations of the targets, as
        `normalize_y` takes them; in their own units if that is False.

    quantile : float, default=0.5
        What ``loss='quantile'`` predicts, above 0 and below 1: 0.9 is the number that nine targets of ten are below.

    alpha : float or 'auto', default='auto'
        How strong the L2 penalty of the weights is; 0 is the book's. It is divided by the number of instances in the
        batch and by the mean sample weight, as in :class:`~sklearn.neural_network.MLPRegressor` where one batch holds
        all instances. ``'auto'`` is for noisy targets, which a network would learn by heart. Before the first epoch it
        predicts them from the outputs of random units by ridge regressions, as `init_range` does: the stronger a ridge
        may be without harm, the larger is the penalty. It is 0 where such units predict the targets well, of the
        absolute, Huber and quantile losses, of one or two inputs or less than fifty different ones, and without hidden
        layers; it is smaller where they hardly predict them; :doc:`/automatic` has the rule. The first call of enough
        instances finds it, later ones of ``partial_fit`` make it that of as many as have come, and `alpha_` is the
        number.

    batch_size : int, 'epoch' or 'auto', default=32
        Instances that share one update, which is the mean of theirs. 1 is the book's case updating, ``'epoch'`` its
        epoch updating; ``'auto'`` means ``min(200, n_samples)``. A number above n_samples counts as n_samples.
        Instances left over make a smaller batch, with `shuffle` the first of an epoch, else the last; at the automatic
        learning rate each of them moves the weights as far as any other. ``'lbfgs'`` and ``'rprop'`` take all instances
        together whatever it is.

    learning_rate : {'adaptive', 'auto', 'constant', 'inverse_epoch', 'invscaling'}, default='auto'
        How `learning_rate_init`, below l, changes; for ``solver='sgd'`` only. With ``'constant'`` it does not. ``'auto'``
        is the same where l is a number; where that is ``'auto'`` too, it halves the rate, down to a sixteenth, where the
        loss swings and no longer falls (:ref:`calming`). ``'inverse_epoch'`` is the book's rule of thumb, ``l / t`` in
        epoch t. ``'invscaling'`` is ``l / (t_ + 1) ** power_t``, with the `t_` instances presented before the epoch.
        ``'adaptive'`` divides l by 5 each time that the rule of `tol` would end the training, and lets it do so when l is
        1e-6 or less.

    learning_rate_init : float or 'auto', default='auto'
        The learning rate, a number for all layers; of ``'rprop'`` the first step of each weight. ``'lbfgs'`` has none.
        ``'auto'`` takes one that is stable, the smaller, the more units the last hidden layer has and the larger the inputs
        are: with ``'sgd'`` ``min(0.75 / (1 + s * n), 0.75 * h / (1 + q))``, where n is the number of these units (a few
        count as more, 24 in batches of 32, as chance moves them far), q the mean over the instances of the first call of
        the sum of their squared inputs, and s and h are 1/4 and 8 of ``'logistic'`` units, 1/2 and 2 of ``'tanh'``, 1 and 2
        of ``'relu'``, 4 and 1/2 of ``'identity'``; with ``'adam'`` it is ``min(0.003, 1 / n, 0.5 / max(1, q) ** 0.5)``, and
        with ``'rprop'`` 0.1. Momentum, penalties, batches of less than four instances, heavy instances and several layers
        make it smaller, and hidden layers may have a larger one: :ref:`automatic-rate` has the whole rule. `learning_rate_`
        and `hidden_learning_rate_` tell the numbers.

    power_t : float, default=0.5
        The exponent of ``learning_rate='invscaling'``.

    max_iter : int, default=300
        The book's third stopping rule: the number of epochs of this call. Reaching it warns only where `tol` was set.

    shuffle : bool, default=True
        Whether to present the instances in a new random order in each epoch.

    random_state : int, RandomState instance or None, default=None
        Draws the weights and biases, the order of the instances, and what `n_init` and `early_stopping` need. Pass an int
        for the same result in each call.

    verbose : bool or int, default=False
        Print the loss, the error rate and the largest update of the first, every ``verbose``-th and the last epoch, and
        what ended the training. Of ``n_init`` trainings a line says what became of each; side by side they print no more.

    warm_start : bool, default=False
        Whether `fit` goes on from the weights that are there, instead of drawing new ones.

    momentum : float, default=0.0
        Share of its last move, from 0 to 1, that each weight makes again in addition to its update; for ``solver='sgd'``
        only.

    nesterovs_momentum : bool, default=False
        Whether `momentum` is Nesterov's: the step is taken as if the last move had been made again already.

    beta_1 : float, default=0.9
        Decay of the mean of past gradients in ``solver='adam'``, from 0 to below 1.

    beta_2 : float, default=0.999
        Decay of the mean of their squares in ``solver='adam'``, from 0 to below 1.

    epsilon : float, default=1e-8
        What ``solver='adam'`` adds to the root that it divides by. Less than 1e-154 in float64, or 1e-19 in
        float32, counts as that, below which squares of gradients are lost.

    max_fun : int, default=15000
        How often ``solver='lbfgs'`` may compute the loss.

    init_range : float, 'auto' or 'glorot', default='auto'
        Every weight and bias is drawn uniformly from [-r, r]. A number is r; the book names 0.5 and 1.0. ``'auto'`` takes
        0.5, but of the first layer an r that follows the data. Where there are fifty different inputs and ten
        ``'logistic'`` hidden units or more, its net inputs get the size from which random units tell the targets best, by
        ridge regression and its error of leaving one out; elsewhere a usual size. Before hidden units, inputs that are not
        centred count as if their means were 0, and small ones as if their root mean square were 1, unless most are 0.
        ``'glorot'`` takes the bounds of MLPRegressor, which depend on the numbers of units, and so does ``'auto'`` before
        ``'relu'`` and ``'identity'`` units. :ref:`initialisation` has the whole rule, and `init_range_` tells the numbers.

    update_tol : float or 'auto', default='auto'
        The book's first stopping rule: no weight or bias was changed by as much as this by any single update of the
        epoch. 0 switches the rule off. ``'auto'`` is 1e-4, or of ``'sgd'`` 0.001 over the instances of a batch, whose
        mean an update is, where that is less (one that holds all counts equal inputs once, and as 32 at least); and in
        proportion less for learning rates below the automatic one for inputs that are not large and for equal weights,
        so that no training ends because its steps are short. `update_tol_` tells the number. ``'adam'``, whose updates
        are about the rate, and ``'lbfgs'`` do not ask it.

    error_tol : float, default=0.0
        The book's second stopping rule: the residual over the total sum of squares, which is 1 - R², each residual taken
        when its instance was presented in the epoch, is below this. 0 switches the rule off. The sums of several targets
        are pooled, after they were standardised.

    tol : float or None, default=None
        Stopping rule: the loss has not improved by this much in more than `n_iter_no_change` epochs in a row. Where the
        training is validated the score counts instead of the loss. None switches the rule off for the loss, and counts any
        improvement of the score. ``'lbfgs'`` has converged when no component of the gradient is larger, None meaning 1e-5.

    n_iter_no_change : int, default=10
        Epochs without improvement that are let pass; infinity lets all pass. Where validation data decide, and neither
        `tol` nor `scoring` is set, they count from the epoch on whose loss is below 0.85 of that of constant outputs, if
        `restore_best`: on a plateau at its beginning a network has not learned yet.

    max_time : float or None, default=None
        Stopping rule: seconds that a training, each restart for itself, may take; the epoch that is running is finished.

    early_stopping : bool, default=False
        Whether to hold `validation_fraction` of the instances back, score the network on them after each epoch, and stop
        when the score does not improve; see `tol`. Validation data given to `fit` do this too. As in scikit-learn's
        networks, ``'lbfgs'`` holds nothing back; validation data given to `fit` count there as well.

    validation_fraction : float, default=0.1
        Share of the instances that `early_stopping` holds back.

    scoring : str, callable or None, default=None
        What scores the network on validation data: a scorer's name, a callable ``scorer(estimator, X, y)``, ``'loss'`` for
        the loss with its sign turned, or None for the R², and for the loss where what is learned is not the mean:
        ``loss='absolute_error'``, ``'huber'`` and ``'quantile'``.

    restore_best : bool, default=True
        Whether a validated training leaves the weights of its best score, whichever rule ended it, or the last ones.

    n_init : int, default=1
        Number of trainings, each from other starting weights. The best is kept: by its best validation score, or else by
        the loss of its last epoch.

    n_jobs : int or None, default=None
        Threads that the `n_init` trainings share; -1 takes one for each processor. The result is the same.

    on_divergence : {'halve', 'raise'}, default='raise'
        What is done when a number becomes infinite or NaN: raise a ValueError, or begin the call again from the same
        starting weights with half the learning rate, as WEKA does; that is done too where `max_iter` ends a training whose
        last weights count at a thousand times the loss of its first epoch. Instead of raising, a validated training ends
        with its best weights.

    augment : callable or None, default=None
        ``augment(X, random_state)`` returns, for each epoch, the inputs that it presents instead of X, of the same shape;
        shifted or noisy ones, say. It must not write to X, which must be dense. ``'lbfgs'`` takes none.

    normalize_y : bool, default=True
        Whether to standardise the targets inside, by their (weighted) means and standard deviations in the first call.
        Predictions are given in the targets' own units; the curves are those of the outputs of the network, whose targets
        have a standard deviation of 5, or, with n units in the last hidden layer, of 0.08 n if that is more (of 0.8 n if
        that is less, with ``'tanh'`` or another solver than ``'sgd'``, but for units without ends); with ``loss='huber'``
        of 5. Several targets share it: of m that vary each has it over the root of m, or of 16 where m is more; above
        units without ends, over the root of 2 m / n where that is more than 1. So the hidden units learn at a good pace
        beside the output units. With ``'absolute_error'`` and ``'quantile'`` it is 3. ``y_mean_`` and ``y_scale_`` turn
        them into targets. With ``loss='poisson'`` the targets are divided by their means, and nothing else is done to
        them. With ``'absolute_error'``, ``'huber'`` and ``'quantile'`` outliers do not set the scale: where a tenth of
        the targets or less lie far outside, and make the standard deviation more than twice that of the others, the
        median and that of the others are taken.

    Attributes
    ----------
    coefs_ : list of ndarray of shape (n_inputs, n_units)
        Weights of each layer.

    intercepts_ : list of ndarray of shape (n_units,)
        Biases of each layer.

    stop_reason_ : str
        What ended the last call: the rule ``'update_tol'``, ``'error_tol'``, ``'tol'``, ``'early_stopping'``,
        ``'max_time'`` or ``'max_iter'``; ``'converged'``, ``'max_fun'`` or ``'no_progress'`` of ``'lbfgs'``;
        ``'callback'``; ``'diverged'`` with validation; ``'interrupted'`` by Ctrl-C, which leaves the network of the last
        whole epoch. Other methods than `fit` leave their name, ``'partial_fit'``, or ``'initialized'``.

    n_iter_ : int
        Epochs of the last call.

    n_epochs_ : int
        Epochs since the weights were drawn.

    t_ : int
        Instances presented since the weights were drawn; those of weight zero are not, nor those held back.

    loss_ : float
        The loss of the last epoch: the mean over the instances of what `loss` names, summed over the standardised
        targets, each taken when the instance was presented, plus the penalty.

    best_loss_ : float or None
        The smallest loss of all epochs; None where the training was validated.

    loss_curve_, error_curve_, update_curve_ : list of float
        The loss, the error rate and the largest absolute update of a weight or bias, of each epoch. Of more than 10 000
        calls of `partial_fit` older epochs are thinned out.

    validation_scores_, validation_loss_curve_ : list of float or None
        The score of the validation data after each epoch, and their mean loss without the penalty: from the first epoch
        that was validated on, and NaN of those that were not. None without validation data.

    best_validation_score_ : float or None
        The largest score of the validation data in the last call; None without them.

    restarts_ : list of dict or None
        What became of each of the `n_init` trainings: its ``'seed'``, which as `random_state` repeats it (on the same
        validation data), ``'n_epochs'``, ``'stop_reason'`` and ``'score'``, the larger the better; after Ctrl-C, of
        each that had ended an epoch. None of one training.

    pruning_ : dict
        What became of a network that :func:`prune` has made; others have it not.

    learning_rate_ : float or None
        The learning rate of the last epoch; None with ``'lbfgs'``, which has none. Swings of the loss may have halved an
        automatic one (:ref:`calming`).

    hidden_learning_rate_ : float or None
        The learning rate of the last epoch in hidden layers, which ``'auto'`` makes larger than that of the output
        units where these are held back: by many units below them, momentum or heavy instances, where batches are large,
        and in the first updates.

    alpha_ : float
        The penalty of the last call. One that ``'auto'`` found is in proportion to the instances of a batch and to the mean
        sample weight.

    update_tol_ : float
        What all updates of the last epoch were to be below, to end the training; 0 where the rule was off.

    init_range_ : list of float
        r of each layer, of the range [-r, r] that its weights and biases were drawn from.

    n_layers_ : int
        Number of layers, inputs and outputs included.

    n_outputs_ : int
        Number of output units, one per target.

    out_activation_ : {'exp', 'identity'}
        What the output units compute: the exponential with ``loss='poisson'``.

    y_mean_, y_scale_ : ndarray of shape (`n_outputs_`,)
        What standardises the targets: predictions are ``y_mean_ + y_scale_ * outputs``.

    n_features_in_ : int
        Number of features.

    feature_names_in_ : ndarray of shape (`n_features_in_`,)
        Names of the features, if X had names that are all strings.

    See Also
    --------
    BackpropClassifier : The same network with sigmoid output units.
    sklearn.neural_network.MLPRegressor : scikit-learn's multilayer perceptron, with other defaults.

    Notes
    -----
    The output units are linear, but with ``loss='poisson'`` exponential.

    A sample weight scales its instance's step. The weights are divided by the mean of those that are not zero; instances
    of weight zero are left out. With one batch for all instances, whole numbers mean repetition, but for
    ``learning_rate='invscaling'``, which counts instances.

    If the network ends up no better than the mean of its training targets, a
    :class:`~sklearn.exceptions.ConvergenceWarning` says so, whichever rule ended the training, and what to do. So it does
    where the start, the inputs or the rate look wrong and a linear model would do better.

    References
    ----------
    .. [1] Han, J. and Kamber, M., *Data Mining: Concepts and Techniques*, "Classification by Backpropagation".
    .. [2] Kingma, D. and Ba, J. (2015). Adam: A method for stochastic optimization. ICLR.
    .. [3] Igel, C. and Hüsken, M. (2003). Empirical evaluation of the improved Rprop learning algorithms.
       Neurocomputing 50.
    .. [4] Huber, P. (1964). Robust estimation of a location parameter. Annals of Mathematical Statistics 35.
    .. [5] Koenker, R. and Bassett, G. (1978). Regression quantiles. Econometrica 46.

    Examples
    --------
    >>> from sklearn.datasets import load_diabetes
    >>> from sklearn.pipeline import make_pipeline
    >>> from sklearn.preprocessing import StandardScaler
    >>> from skbackprop import BackpropRegressor
    >>> X, y = load_diabetes(return_X_y=True)
    >>> model = make_pipeline(StandardScaler(), BackpropRegressor(10, error_tol=0.48, random_state=0)).fit(X, y)
    >>> model[-1].stop_reason_
    'error_tol'
    >>> model.score(X, y) > 0.5
    True
    """

    _losses = REGRESSION_LOSSES
    _largest_error_rate = math.inf  # outputs may be worse than the mean

    def __init__(
        self,
        hidden_layer_sizes: LayerSizes = (100,),
        *,
        activation: str = "logistic",
        solver: str = "sgd",
        loss: str = "squared_error",
        huber_delta: float = 1.0,
        quantile: float = 0.5,
        alpha: float | str = "auto",
        batch_size: int | str = 32,
        learning_rate: str = "auto",
        learning_rate_init: float | str = "auto",
        power_t: float = 0.5,
        max_iter: int = 300,
        shuffle: bool = True,
        random_state: Seed = None,
        verbose: bool | int = False,
        warm_start: bool = False,
        momentum: float = 0.0,
        nesterovs_momentum: bool = False,
        beta_1: float = 0.9,
        beta_2: float = 0.999,
        epsilon: float = 1e-8,
        max_fun: int = 15000,
        init_range: float | str = "auto",
        update_tol: float | str = "auto",
        error_tol: float = 0.0,
        tol: float | None = None,
        n_iter_no_change: float = 10,
        max_time: float | None = None,
        early_stopping: bool = False,
        validation_fraction: float = 0.1,
        scoring: str | Callable[..., float] | None = None,
        restore_best: bool = True,
        n_init: int = 1,
        n_jobs: int | None = None,
        on_divergence: str = "raise",
        augment: Augment | None = None,
        normalize_y: bool = True,
    ) -> None:
        self.hidden_layer_sizes = hidden_layer_sizes
        self.activation = activation
        self.solver = solver
        self.loss = loss
        self.huber_delta = huber_delta
        self.quantile = quantile
        self.alpha = alpha
        self.batch_size = batch_size
        self.learning_rate = learning_rate
        self.learning_rate_init = learning_rate_init
        self.power_t = power_t
        self.max_iter = max_iter
        self.shuffle = shuffle
        self.random_state = random_state
        self.verbose = verbose
        self.warm_start = warm_start
        self.momentum = momentum
        self.nesterovs_momentum = nesterovs_momentum
        self.beta_1 = beta_1
        self.beta_2 = beta_2
        self.epsilon = epsilon
        self.max_fun = max_fun
        self.init_range = init_range
        self.update_tol = update_tol
        self.error_tol = error_tol
        self.tol = tol
        self.n_iter_no_change = n_iter_no_change
        self.max_time = max_time
        self.early_stopping = early_stopping
        self.validation_fraction = validation_fraction
        self.scoring = scoring
        self.restore_best = restore_best
        self.n_init = n_init
        self.n_jobs = n_jobs
        self.on_divergence = on_divergence
        self.augment = augment
        self.normalize_y = normalize_y

    def fit(
        self,
        X: Matrix,
        y: ArrayLike,
        sample_weight: ArrayLike | None = None,
        *,
        X_val: Matrix | None = None,
        y_val: ArrayLike | None = None,
        sample_weight_val: ArrayLike | None = None,
        coefs_init: Arrays | None = None,
        intercepts_init: Arrays | None = None,
    ) -> Self:
        """Train until a stopping rule is met: a new network or, with `warm_start`, the one that is there.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            Training inputs. If they are float32, so is the network; else it is float64.
        y : array-like of shape (n_samples,) or (n_samples, n_outputs)
            Targets: numbers.
        sample_weight : array-like of shape (n_samples,), default=None
            Weights of the instances; None, or one number, means equal ones.
        X_val : {array-like, sparse matrix} of shape (n_val, n_features), default=None
            Validation inputs, on which the network is scored after each epoch; `early_stopping` then holds nothing back.
        y_val : array-like of shape (n_val,) or (n_val, n_outputs), default=None
            Targets of the validation data; X_val needs them.
        sample_weight_val : array-like of shape (n_val,), default=None
            Weights of the validation data, for the score and the loss.
        coefs_init : list of array-like of shape (n_inputs, n_units), default=None
            Starting weights of each layer instead of random ones, for a new network.
        intercepts_init : list of array-like of shape (n_units,), default=None
            Starting biases of each layer instead of random ones, for a new network.

        Returns
        -------
        self : object
            The fitted estimator.

        Raises
        ------
        ValueError
            If a parameter or the data will not do, or if the training diverges. The estimator is then as it was before.
        KeyboardInterrupt
            After Ctrl-C. Epochs done are kept, and ``stop_reason_`` is 'interrupted'.
        """
        given = Given(sample_weight, X_val, y_val, sample_weight_val, coefs_init, intercepts_init)
        return self._fit(X, y, given)

    @available_to_stochastic_solvers
    def partial_fit(
        self,
        X: Matrix,
        y: ArrayLike,
        sample_weight: ArrayLike | None = None,
        *,
        coefs_init: Arrays | None = None,
        intercepts_init: Arrays | None = None,
    ) -> Self:
        """Train for one epoch, from where the last call stopped; the first call makes a new network.

        Calls with the same data continue each other exactly: n of them make the network that `fit` with ``max_iter=n``
        makes, bit for bit. There is no `partial_fit` with ``solver='lbfgs'``, and none with `early_stopping`.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            Training inputs, converted to the dtype of the first call's network.
        y : array-like of shape (n_samples,) or (n_samples, n_outputs)
            Targets: numbers.
        sample_weight : array-like of shape (n_samples,), default=None
            Weights of the instances; None, or one number, means equal ones.
        coefs_init : list of array-like of shape (n_inputs, n_units), default=None
            Starting weights of each layer, in the first call only.
        intercepts_init : list of array-like of shape (n_units,), default=None
            Starting biases of each layer, in the first call only.

        Returns
        -------
        self : object
            The fitted estimator.

        Raises
        ------
        ValueError
            If a parameter or the data will not do, or if the training diverges. The estimator is then as it was before.

        Warns
        -----
        UserWarning
            If the first call has a single instance, whose targets have no scale.
        """
        given = Given(sample_weight, coefs_init=coefs_init, intercepts_init=intercepts_init)
        return self._partial_fit(X, y, given)

    def initialize(
        self, X: Matrix, y: ArrayLike, *, coefs_init: Arrays | None = None, intercepts_init: Arrays | None = None
    ) -> Self:
        """Make an untrained network, which can predict, and from which `partial_fit` goes on.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            Inputs as they are to come: their size decides how large the first weights are, and the learning rate, where
            both are ``'auto'``.
        y : array-like of shape (n_samples,) or (n_samples, n_outputs)
            Targets, whose means and standard deviations scale the outputs.
        coefs_init : list of array-like of shape (n_inputs, n_units), default=None
            Weights of each layer instead of random ones.
        intercepts_init : list of array-like of shape (n_units,), default=None
            Biases of each layer instead of random ones.

        Returns
        -------
        self : object
            The estimator, with the weights that `fit` begins with where it has neither sample weights nor
            `early_stopping` nor several starts.
        """
        return self._initialize(X, y, Given(coefs_init=coefs_init, intercepts_init=intercepts_init))

    def predict(self, X: Matrix) -> Numbers:
        """Predict targets, in their own units.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            Inputs.

        Returns
        -------
        predictions : ndarray of shape (n_samples,) or (n_samples, n_outputs)
            As the targets of the first call were shaped, of the dtype of the network.
        """
        network = snapshot(self)
        predictions = network._predict_outputs(X)
        predictions *= network.y_scale_.astype(predictions.dtype)
        predictions += network.y_mean_.astype(predictions.dtype)
        return predictions.ravel() if network._y_ndim_ == 1 else predictions

    def score(self, X: Matrix, y: Matrix, sample_weight: ArrayLike | None = None) -> float:
        """Compute R² of the predictions, the share of the variance that they explain.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            Inputs.
        y : array-like of shape (n_samples,) or (n_samples, n_outputs)
            True targets.
        sample_weight : array-like of shape (n_samples,), default=None
            Weights of the instances.

        Returns
        -------
        score : float
            1 at best, 0 of the mean of `y`; of several targets the mean of theirs.
        """
        check_not_masked(y=y)
        predictions = self.predict(X)
        weights = check_weights(sample_weight, len(predictions))
        try:
            return float(r2_score(y, predictions, sample_weight=weights))
        except OverflowError as error:  # of whole numbers that no float holds
            raise ValueError(f"Input y contains infinity or a value too large for float64: {error}.") from error

    def to_sklearn(self) -> MLPRegressor:
        """Make an MLPRegressor that predicts the same, for all that knows scikit-learn's networks.

        Its last layer has the scale of the targets in it, `y_scale_` and `y_mean_`, so that its outputs are predictions. It
        is for these, and has `activation`, `alpha` and the layers as parameters, but neither the rest of them nor the
        memory of the training: what goes on learning is this network.

        Returns
        -------
        mlp : :class:`~sklearn.neural_network.MLPRegressor`
            Fitted, with weights of its own. It predicts a single target in one dimension, also where y had a column.

        Raises
        ------
        ValueError
            If MLPRegressor cannot say the same: with the Poisson loss before scikit-learn 1.7.

        See Also
        --------
        skbackprop.export.from_sklearn : The other way.
        skbackprop.export.to_onnx : Takes every network.

        Examples
        --------
        >>> import numpy as np
        >>> from skbackprop import BackpropRegressor
        >>> X, y = [[0.0], [1.0], [2.0]], [10.0, 20.0, 30.0]
        >>> network = BackpropRegressor(3, random_state=0).fit(X, y)
        >>> np.allclose(network.to_sklearn().predict(X), network.predict(X))
        True
        """
        return make_mlp_regressor(self)

    def _check_continuation(self, given):
        super()._check_continuation(given)
        if self.normalize_y != self._normalize_y_:
            raise ValueError(
                f"normalize_y={self.normalize_y!r} differs from that of the fitted network, {self._normalize_y_}: "
                f"{given.method} cannot change the scale of the outputs. {how_to_start_anew(self)}"
            )

    def _check_targets(self, y):
        if issparse(y):
            raise ValueError(f"y is a sparse {type(y).__name__}, but must be a dense array: pass y.toarray().")
        # Objects would pass as they are, and be converted by NumPy, text included.
        return as_floats(y, "y") if np.asarray(y).dtype.kind not in "biufc" else y

    def _encode(self, y, given, is_new):
        targets = y.astype(np.float64, order="C").reshape(len(y), -1)
        if targets.shape[1] == 0:
            raise ValueError(f"y has shape {y.shape}: it must have at least one target per instance.")
        if is_new:
            self._y_ndim_ = y.ndim
        elif targets.shape[1] != self._n_units():
            raise ValueError(
                f"y has {targets.shape[1]} targets per instance, but this network was fitted with {self._n_units()}."
            )
        least = REGRESSION_LOSSES[self.loss].least_target
        if (targets < least).any():
            raise ValueError(f"y holds {targets.min():g}, but loss={self.loss!r} takes targets >= {least:g} only.")
        return targets

    def _learn_targets(self, codes, sample_weight, dtype):
        check_range(codes, "y", dtype)
        if self._is_new():
            self._activation_, self._loss_, self._groups_ = str(self.activation), str(self.loss), None
            self._set_scale(codes, sample_weight)
            self._check_steps(codes, dtype)
            self.out_activation_ = self._make_loss().output_unit

    def _check_steps(self, targets, dtype):
        """Warn of targets between which a float32 number of their size cannot tell."""
        if self._is_trial or dtype != np.float32 or not self._normalize_y_:
            return
        spread = self.y_scale_ * self._make_loss().target_scale
        with np.errstate(over="ignore", invalid="ignore"):  # of means that float32 does not hold the step is not known
            steps = np.spacing(np.abs(self.y_mean_).astype(dtype)).astype(float)
            reach = targets.max(axis=0) - targets.min(axis=0)  # as sample weights may leave no spread
            are_as_coarse = (targets == targets.astype(dtype)).all(axis=0)
        spread = np.minimum(spread, reach)  # which is that of equal numbers where it is too small to be told
        is_coarse = (steps > _LARGEST_STEP * spread) & (steps > _LARGEST_PART_OF_REACH * reach) & (reach > 0)
        is_coarse &= ~are_as_coarse
        if is_coarse.any():
            at = int(np.argmax(is_coarse))
            message = (
                f"y has a mean of {self.y_mean_[at]:.1g} and a standard deviation of {spread[at]:.1g}, but predictions of "
                f"a float32 network come in steps of {steps[at]:.2g} there: pass X as float64, or y less a number of its "
                "size."
            )
            warnings.warn(message, UserWarning, stacklevel=1)

    def _check_first_call(self, training_set):
        is_scaled = self._normalize_y_ and REGRESSION_LOSSES[self._loss_].least_target == -math.inf
        if is_scaled and len(training_set.targets) == 1:
            message = (
                "The first call of partial_fit has a single instance, of which the scale of the targets is taken: call "
                "initialize with typical ones before, pass more of them at first, or take normalize_y=False."
            )
            warnings.warn(message, UserWarning, stacklevel=1)

    def _check_predictions(self, training_set):
        size, dtype = float((np.abs(self.y_mean_) + self.y_scale_).max()), self.coefs_[0].dtype
        if size < float(np.finfo(dtype).max) / _ROOM:
            return
        layers, units = Layers(self.coefs_, self.intercepts_), training_set.units
        for outputs in engines.predict_in_chunks(layers, training_set.inputs, units):
            with np.errstate(all="ignore"):
                is_finite = np.isfinite(outputs * self.y_scale_.astype(dtype) + self.y_mean_.astype(dtype)).all()
            if not is_finite:
                raise ValueError(
                    f"The predictions are too large for {dtype}, as y holds numbers of about {size:.1g}: multiply y by a "
                    "number that brings them near 1."
                )

    def _make_targets(self, codes, dtype):
        with np.errstate(all="ignore"):
            targets = (codes - self.y_mean_) / self.y_scale_
        if not np.isfinite(targets).all():
            largest, least = abs(codes).max(), self.y_scale_.min()
            raise ValueError(
                f"y holds numbers of up to {largest:.2g}, which float64 cannot standardise with a scale of {least:.2g} "
                "(y_scale_): multiply y by a number that brings them near 1, from the first call on."
            )
        check_range(targets, "y", dtype)
        return targets, None

    def _make_loss(self):
        loss = REGRESSION_LOSSES[self._loss_]
        if self._normalize_y_:
            hidden = self._hidden_layers()
            if hidden:
                n_targets = getattr(self, "_n_varied_", None) or 1  # of older networks each has the scale of one
                is_unbounded = ACTIVATIONS[self._activation_].is_unbounded
                loss = loss.above(hidden[-1], self._may_have_small_targets(), n_targets, is_unbounded)
            else:
                loss = loss.above(1, False)
        if loss.parameter_name is None:
            return loss
        scale = loss.target_scale if loss.is_residual and self._normalize_y_ else 1.0
        return loss._replace(parameter=float(getattr(self, loss.parameter_name)) * float(scale))

    def _hidden_layers(self):
        """Units of the hidden layers, of the network or of one that is to be made."""
        if "intercepts_" in vars(self):
            return tuple(len(biases) for biases in self.intercepts_[:-1])
        return hidden_layers(self.hidden_layer_sizes, self.n_features_in_, self._n_units())

    def _may_have_small_targets(self):
        """Whether those above few units are smaller: not of units without an end, which take long to none."""
        activation, solver = ACTIVATIONS[self._activation_], SOLVERS[self.solver]
        is_late = activation.has_book_range and solver.learns_small_targets_late
        has_them = self._rate_rule_ >= FIRST_RULE_OF_SMALL_TARGETS
        return has_them and not (activation.is_unbounded or is_late)

    def _n_units(self):
        return len(self.y_mean_)

    def _stands_for_outputs(self, n_outputs):
        shift, scale = self.y_mean_, self.y_scale_
        are_arrays = shift.shape == scale.shape == (n_outputs,) and shift.dtype == scale.dtype == np.float64
        return are_arrays and self._groups_ is None and math.isfinite((shift + scale).sum())

    def _set_scale(self, targets, sample_weight):
        """Note what standardises the targets."""
        self._normalize_y_ = bool(self.normalize_y)
        self.y_mean_ = np.zeros(targets.shape[1])
        self.y_scale_ = np.ones(targets.shape[1])
        if not self.normalize_y:
            return
        is_constant = targets.min(axis=0) == targets.max(axis=0)
        self._n_varied_ = max(1, int(np.count_nonzero(~is_constant)))
        loss = self._make_loss()
        # Sums and squares of very large or small numbers would overflow or vanish; dividing by a power of two is exact.
        power = _power_of_two(np.abs(targets).max(axis=0))
        weights = None  # as equal ones are
        if sample_weight is not None and sample_weight.min() < sample_weight.max():
            weights = sample_weight / _power_of_two(sample_weight.max())
        if loss.least_target > -math.inf:
            # Such targets cannot take a shift; a scale is one more bias to exponential units.
            means = np.average(targets / power, axis=0, weights=weights) * power
            self.y_scale_ = np.where(means > 0, means, 1.0)
            return
        with np.errstate(invalid="ignore"):  # the variance of equal numbers may be rounded to less than 0
            scaler = StandardScaler().fit(targets / power, sample_weight=weights)
        # The mean of equal numbers is rounded, so it need not be theirs.
        shift, scale = scaler.mean_, scaler.scale_
        if not loss.makes_means:
            shift, scale = _without_outliers(targets / power, weights, shift, scale, loss)
        self.y_mean_ = np.where(is_constant, targets[0], shift * power)
        self.y_scale_ = np.where(is_constant, 1.0, scale * power) / loss.target_scale

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        loss = REGRESSION_LOSSES.get(self.loss) if isinstance(self.loss, str) else None  # it need not be valid yet
        tags.target_tags.positive_only = loss is not None and loss.least_target >= 0
        return tags


def _power_of_two(largest):
    """That which is at most as large, by which dividing is exact."""
    return np.ldexp(1.0, np.frexp(largest)[1] - 1)


def _without_outliers(targets, weights, shift, scale, loss):
    """The shift and the scale of each target, without outliers where these decide its mean and standard deviation.

    Losses on which outliers have little influence learn the others, which would all lie together. Where many lie outside,
    or the quantile that is to be learned does, they are no outliers.
    """
    low, middle, high = (quantiles(targets, weights, share) for share in (0.25, 0.5, 0.75))
    weights = np.ones(len(targets)) if weights is None else weights
    deviations = targets - middle  # 0 of equal targets, whose mean is rounded
    is_inside = np.abs(deviations) <= _FAR_OUT * (high - low) / _WIDTH_OF_MIDDLE_HALF
    inside = weights[:, np.newaxis] * is_inside
    totals = inside.sum(axis=0)
    mean = (inside * deviations).sum(axis=0) / totals
    spread = np.sqrt((inside * (deviations - mean) ** 2).sum(axis=0) / totals)
    if loss.best_constant is quantiles:
        spread = np.maximum(spread, np.abs(loss.best_constant(targets, weights, loss.parameter) - middle))
    are_most = totals >= (1 - _MANY_OUTLIERS) * weights.sum() * (1 - ROUNDING)
    is_outlying = (spread > 0) & (scale > _OUTLYING * spread) & are_most
    return np.where(is_outlying, middle, shift), np.where(is_outlying, spread, scale)
