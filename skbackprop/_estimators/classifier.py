"""The classifier: labels in, sigmoid output units, labels and probabilities out."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy.sparse import issparse
from sklearn.base import ClassifierMixin
from sklearn.utils.class_weight import compute_class_weight

from .._network import engines
from .._network.losses import CLASSIFICATION_LOSSES, classification_loss
from .._network.parameters import Layers
from .._network.units import decide
from .._public import public
from .._training.state import RandomSource
from . import labels
from .base import BaseBackprop, Given, available_to_stochastic_solvers
from .data import check_labels, check_not_masked, checked_sparse, without_masks
from .fitted import snapshot
from .growth import grow_outputs, sources_of
from .mlp import make_mlp_classifier

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import ArrayLike
    from sklearn.neural_network import MLPClassifier

    from .._types import Arrays, Augment, ClassWeight, LayerSizes, Matrix, Numbers, Probabilities, Seed, Self


@public
class BackpropClassifier(ClassifierMixin, BaseBackprop):
    """Multilayer perceptron classifier of sigmoid units, trained by back-propagation as the textbook has it.

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

    loss : {'log_loss', 'squared_error'}, default='squared_error'
        What the training makes small. ``'squared_error'`` is the book's, of sigmoid output units. ``'log_loss'`` is
        MLPClassifier's, of softmax output units where a label has three classes or more, and of sigmoid ones elsewhere.

    alpha : float or 'auto', default='auto'
        How strong the L2 penalty of the weights is; 0 is the book's. It is divided by the number of instances in the
        batch and by the mean sample weight, as in :class:`~sklearn.neural_network.MLPClassifier` where one batch holds
        all instances. ``'auto'`` is for noisy targets, which a network would learn by heart. Before the first epoch it
        predicts them from the outputs of random units by ridge regressions, as `init_range` does: the stronger a ridge
        may be without harm, the larger is the penalty. It is 0 where such units predict the targets well, of one or two
        inputs or less than fifty different ones, and without hidden layers; it is smaller where they hardly predict
        them; :doc:`/automatic` has the rule. The first call of enough instances finds it, later
        ones make it that of as many as have come, and `alpha_` is the number.

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
        are: with ``'sgd'`` ``min(2, 40 / (1 + s * n), 40 * h / (1 + q))``, of the log loss a quarter of that, where n is
        the number of these units, q the mean over the instances of the first call of the sum of their squared inputs, and s
        and h are 1/4 and 8 of ``'logistic'`` units, 1/2 and 2 of ``'tanh'``, 1 and 2 of ``'relu'``, 4 and 1/2 of
        ``'identity'``; with ``'adam'`` it is ``min(0.003, 1 / n, 0.5 / max(1, q) ** 0.5)``, and with ``'rprop'`` 0.1.
        Momentum, penalties, batches of less than four instances, heavy instances and several layers make it smaller, and
        hidden layers may have a larger one: :ref:`automatic-rate` has the whole rule. `learning_rate_` and
        `hidden_learning_rate_` tell the numbers.

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
        Output units take at most the r with which the root mean square of their net inputs is 2: a wide layer would start
        out saturated. ``'glorot'`` takes the bounds of MLPClassifier, which depend on the numbers of units, and so does
        ``'auto'`` before ``'relu'`` and ``'identity'`` units. :ref:`initialisation` has the whole rule, and `init_range_`
        tells the numbers.

    update_tol : float or 'auto', default='auto'
        The book's first stopping rule: no weight or bias was changed by as much as this by any single update of the
        epoch. 0 switches the rule off. ``'auto'`` is 1e-4, or of ``'sgd'`` 0.001 over the instances of a batch, whose
        mean an update is, where that is less (one that holds all counts equal inputs once, and as 32 at least); and in
        proportion less for learning rates below the automatic one for inputs that are not large and for equal weights,
        so that no training ends because its steps are short. `update_tol_` tells the number. ``'adam'``, whose updates
        are about the rate, and ``'lbfgs'`` do not ask it.

    error_tol : float, default=0.0
        The book's second stopping rule: the share of (weighted) instances, from 0 to 1, that were misclassified when they
        were presented in the epoch is below this; in any of their labels, if they have several. 0 switches the rule off.

    tol : float or None, default=None
        Stopping rule: the loss has not improved by this much in more than `n_iter_no_change` epochs in a row. Where the
        training is validated the score counts instead of the loss. None switches the rule off for the loss, and counts any
        improvement of the score, and without `scoring` of the validation loss too: an accuracy may stand still while the
        network learns. ``'lbfgs'`` has converged when no component of the gradient is larger, None meaning 1e-5.

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
        Share of the instances that `early_stopping` holds back, of each class the same. The only instance of a class is
        not held back, and of two classes each needs two.

    scoring : str, callable or None, default=None
        What scores the network on validation data: a scorer's name, a callable ``scorer(estimator, X, y)``, ``'loss'`` for
        the loss with its sign turned, or None for the accuracy.

    restore_best : bool, default=True
        Whether a validated training leaves the weights of its best score, whichever rule ended it, or the last ones. Of
        epochs with the same score the one with the smallest validation loss is the best, unless `scoring` or `tol` is
        set.

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

    class_weight : dict, list of dict, 'balanced' or None, default=None
        Weights of the classes, by which sample weights are multiplied; 1 of those that a dict lacks. ``'balanced'``
        makes the total weights of all classes equal, and needs `fit`. Several columns of labels take a list of one
        dict, ``'balanced'`` or None each, whose weights are multiplied.

    on_new_class : {'error', 'grow'}, default='error'
        What `partial_fit` does with a label that is not among its classes: raise a ValueError, or add an output unit for
        it and leave the other weights as they are, where there is one label for each instance. The first call then need
        not name the classes.

    Attributes
    ----------
    classes_ : ndarray of shape (n_classes,), or list of such arrays
        The labels, sorted; of several columns of labels one array each. Of multilabel indicators the columns' numbers.

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
        The loss of the last epoch: the mean over the instances of half the sum of squared errors of the outputs, or of the
        log loss, each taken when the instance was presented, plus the penalty.

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
        Number of output units: one for two classes, else one per class, for each column of labels; one for each multilabel
        indicator.

    out_activation_ : {'logistic', 'softmax'}
        What the output units compute.

    n_features_in_ : int
        Number of features.

    feature_names_in_ : ndarray of shape (`n_features_in_`,)
        Names of the features, if X had names that are all strings.

    See Also
    --------
    BackpropRegressor : The same network with linear output units.
    sklearn.neural_network.MLPClassifier : scikit-learn's multilayer perceptron, with other defaults.

    Notes
    -----
    Two classes have one sigmoid output unit, more have one per class with targets 0 and 1, whose outputs are divided by
    their sum to make probabilities; with the log loss they sum to 1 already.

    Labels may be multilabel indicators, dense or sparse, or several columns of labels (multiclass-multioutput). There is
    one network for all of them, with the output units of each column side by side.

    A sample weight scales its instance's step. The weights are divided by the mean of those that are not zero; instances
    of weight zero are left out. With one batch for all instances, whole numbers mean repetition, but for
    ``learning_rate='invscaling'``, which counts instances.

    If the network ends up predicting one class only, never one of its classes, or no better than the class prior, a
    :class:`~sklearn.exceptions.ConvergenceWarning` says so, whichever rule ended the training, and what to do. So it does
    where the start, the inputs or the rate look wrong and a linear model would do better.

    References
    ----------
    .. [1] Han, J. and Kamber, M., *Data Mining: Concepts and Techniques*, "Classification by Backpropagation".
    .. [2] Kingma, D. and Ba, J. (2015). Adam: A method for stochastic optimization. ICLR.
    .. [3] Igel, C. and Hüsken, M. (2003). Empirical evaluation of the improved Rprop learning algorithms.
       Neurocomputing 50.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.pipeline import make_pipeline
    >>> from sklearn.preprocessing import StandardScaler
    >>> from skbackprop import BackpropClassifier
    >>> X, y = load_iris(return_X_y=True)
    >>> model = make_pipeline(StandardScaler(), BackpropClassifier(10, error_tol=0.03, random_state=0)).fit(X, y)
    >>> model[-1].stop_reason_
    'error_tol'
    >>> model.score(X, y) > 0.95
    True
    """

    _losses = CLASSIFICATION_LOSSES
    _largest_error_rate = 1.0

    def __init__(
        self,
        hidden_layer_sizes: LayerSizes = (100,),
        *,
        activation: str = "logistic",
        solver: str = "sgd",
        loss: str = "squared_error",
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
        class_weight: ClassWeight | None = None,
        on_new_class: str = "error",
    ) -> None:
        self.hidden_layer_sizes = hidden_layer_sizes
        self.activation = activation
        self.solver = solver
        self.loss = loss
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
        self.class_weight = class_weight
        self.on_new_class = on_new_class

    def fit(
        self,
        X: Matrix,
        y: Matrix,
        sample_weight: ArrayLike | None = None,
        *,
        X_val: Matrix | None = None,
        y_val: Matrix | None = None,
        sample_weight_val: ArrayLike | None = None,
        coefs_init: Arrays | None = None,
        intercepts_init: Arrays | None = None,
    ) -> Self:
        """Train until a stopping rule is met: a new network or, with `warm_start`, the one that is there.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            Training inputs. If they are float32, so is the network; else it is float64.
        y : {array-like, sparse matrix} of shape (n_samples,) or (n_samples, n_labels)
            Labels: numbers, strings or booleans. Several columns are multilabel indicators if they hold 0 and 1 only, else
            labels of their own; a sparse matrix holds indicators.
        sample_weight : array-like of shape (n_samples,), default=None
            Weights of the instances; None, or one number, means equal ones.
        X_val : {array-like, sparse matrix} of shape (n_val, n_features), default=None
            Validation inputs, on which the network is scored after each epoch; `early_stopping` then holds nothing back.
        y_val : {array-like, sparse matrix} of shape (n_val,) or (n_val, n_labels), default=None
            Labels of the validation data; X_val needs them.
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
        y: Matrix,
        sample_weight: ArrayLike | None = None,
        classes: ArrayLike | Arrays | None = None,
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
        y : {array-like, sparse matrix} of shape (n_samples,) or (n_samples, n_labels)
            Labels, as in `fit`.
        sample_weight : array-like of shape (n_samples,), default=None
            Weights of the instances; None, or one number, means equal ones.
        classes : array-like of shape (n_classes,), or list of such arrays, default=None
            All labels that any call will bring; the first call needs them, unless ``on_new_class='grow'``. Of multilabel
            indicators the numbers of the columns; of several columns of labels a list with one array each.
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
        """
        given = Given(sample_weight, coefs_init=coefs_init, intercepts_init=intercepts_init, classes=classes)
        return self._partial_fit(X, y, given)

    def initialize(
        self,
        X: Matrix,
        y: Matrix,
        *,
        classes: ArrayLike | Arrays | None = None,
        coefs_init: Arrays | None = None,
        intercepts_init: Arrays | None = None,
    ) -> Self:
        """Make an untrained network, which can predict, and from which `partial_fit` goes on.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            Inputs as they are to come: their size decides how large the first weights are, and the learning rate, where
            both are ``'auto'``.
        y : {array-like, sparse matrix} of shape (n_samples,) or (n_samples, n_labels)
            Labels, as in `fit`.
        classes : array-like of shape (n_classes,), or list of such arrays, default=None
            All labels, as in `partial_fit`; None takes those of y.
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
        return self._initialize(X, y, Given(coefs_init=coefs_init, intercepts_init=intercepts_init, classes=classes))

    def predict(self, X: Matrix) -> Numbers:
        """Predict labels: the class of the largest output, or of one output unit whether it is above 0.5.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            Inputs.

        Returns
        -------
        labels : ndarray or sparse matrix of shape (n_samples,) or (n_samples, n_labels)
            Of the dtype of ``classes_``; sparse if the multilabel indicators of the first call were.
        """
        network = snapshot(self)
        decisions = network._decide(network._check_inputs(X))
        return labels.of(network).decode(decisions)

    def predict_proba(self, X: Matrix) -> Probabilities:
        """Predict the probability of each class: the outputs, over their sum where several units stand for one label.

        Where that sum is below 0.3, no class is told, and the probabilities are closer to each other.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            Inputs.

        Returns
        -------
        probabilities : ndarray of shape (n_samples, n_classes), or list of such arrays
            Columns in the order of ``classes_``, which sum to 1; never exactly 0 or 1 where there are two classes or more,
            so that each has a logarithm. Of multilabel indicators the probability of each label; of several columns of
            labels a list, one array a column.
        """
        network = snapshot(self)
        net = network._predict_outputs(X, output_unit="identity")
        with np.errstate(all="ignore"):
            return labels.of(network).probabilities(net, network.out_activation_)

    def predict_log_proba(self, X: Matrix) -> Probabilities:
        """Predict the logarithm of the probability of each class.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            Inputs.

        Returns
        -------
        log_probabilities : ndarray of shape (n_samples, n_classes), or list of such arrays
            As those of `predict_proba`; always finite.
        """
        probabilities = self.predict_proba(X)
        return [np.log(each) for each in probabilities] if isinstance(probabilities, list) else np.log(probabilities)

    def to_sklearn(self) -> MLPClassifier:
        """Make an MLPClassifier that predicts the same, for all that knows scikit-learn's networks.

        It is for predictions, and has `activation`, `alpha` and the layers as parameters, but neither the rest of them nor
        the memory of the training: what goes on learning is this network.

        Returns
        -------
        mlp : :class:`~sklearn.neural_network.MLPClassifier`
            Fitted, with copies of the weights.

        Raises
        ------
        ValueError
            If MLPClassifier cannot say the same: with the squared error and three classes or more, whose probabilities are
            sigmoid outputs over their sum; with several columns of labels; with a single class.

        See Also
        --------
        skbackprop.export.from_sklearn : The other way.
        skbackprop.export.to_onnx : Takes every network.

        Examples
        --------
        >>> import numpy as np
        >>> from sklearn.datasets import load_iris
        >>> from skbackprop import BackpropClassifier
        >>> X, y = load_iris(return_X_y=True)
        >>> network = BackpropClassifier(10, loss="log_loss", random_state=0).fit(X, y)
        >>> mlp = network.to_sklearn()
        >>> np.allclose(mlp.predict_proba(X), network.predict_proba(X))
        True
        """
        return make_mlp_classifier(self)

    def score(self, X: Matrix, y: Matrix, sample_weight: ArrayLike | None = None) -> float:
        """Compute the accuracy: the share of instances all labels of which are predicted right.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            Inputs.
        y : array-like of shape (n_samples,) or (n_samples, n_labels)
            True labels.
        sample_weight : array-like of shape (n_samples,), default=None
            Weights of the instances.

        Returns
        -------
        accuracy : float
            From 0 to 1.
        """
        network = snapshot(self)  # whose labels are of one kind, whatever another thread fits
        is_own = type(self).predict is not BackpropClassifier.predict  # which may write to the estimator
        predictions = (self if is_own else network).predict(X)
        return labels.of(network).accuracy(_own(y), predictions, sample_weight)

    def _decide(self, X):
        """The decisions for clean inputs; only some rows' outputs are there at a time, which may take much more memory."""
        units = self._units()

        def decide_by(outputs):
            self._check_outputs(outputs)
            return decide(outputs, units)

        chunks = engines.predict_in_chunks(Layers(self.coefs_, self.intercepts_), X, units)
        return engines.join(map(decide_by, chunks), X.shape[0])

    def _check_stream(self, given):
        if labels.is_balanced(self.class_weight):
            raise ValueError(
                f"class_weight={self.class_weight!r} needs all labels at once, so partial_fit cannot use it: pass a dict, "
                "such as compute_class_weight makes it of labels like yours, or call fit."
            )
        if self._is_new() and given.classes is None and not self._expects_new_classes():
            raise ValueError("classes must be passed on the first call to partial_fit.")

    def _check_continuation(self, given):
        super()._check_continuation(given)
        if given.classes is not None and not self._expects_new_classes():
            known = labels.of(self)
            if not known.are(known.declare(given.classes)):
                raise ValueError(
                    f"classes={given.classes!r} differs from the classes of the first call, {self.classes_!r}."
                )

    def _check_targets(self, y):
        if issparse(y):
            return _own(y).tocsr()
        check_labels(y, "y")
        return without_masks(y)

    def _encode(self, y, given, is_new):
        if is_new:
            self._label_kind_, self._is_sparse_y_ = labels.kind_of(y, given.classes), bool(issparse(y))
        kind = labels.KINDS[self._label_kind_]
        y = kind.clean(y)
        if is_new:
            self.classes_ = kind.find(y) if given.classes is None else kind.declare(given.classes)
        elif given.method == "warm_start":
            self._check_same_classes(kind.find(y))
        elif given.method == "partial_fit" and self._expects_new_classes():
            self._grow(labels.of(self).union(y, given.classes))
        try:
            return labels.of(self).encode(y)
        except ValueError as error:
            if given.method != "partial_fit" or not kind.can_grow or self._expects_new_classes():
                raise
            raise ValueError(
                f"{error} To learn others, set on_new_class='grow', or name all in classes when partial_fit begins."
            ) from None

    def _check_same_classes(self, classes):
        """Refuse to go on in fit where labels are missing or new."""
        if not labels.of(self).are(classes):
            raise ValueError(
                "warm_start can only be used where `y` has the same classes as in the previous call to fit. Previously got "
                f"{self.classes_}, `y` has {classes}"
            )

    def _grow(self, classes):
        """Give the fitted network output units for new classes; the memory of the update rule begins anew."""
        if len(classes) == len(self.classes_):
            return
        source = RandomSource(numbers=self._random_state_)
        groups = labels.SingleLabels(classes).groups()
        is_softmax = classification_loss(self._loss_, groups).output_unit == "softmax"
        sources = sources_of(self.classes_, classes, is_softmax=is_softmax)
        weights, biases = grow_outputs(
            self.coefs_[-1], self.intercepts_[-1], sources, self.init_range_[-1], source.random_state
        )
        self.coefs_, self.intercepts_ = [*self.coefs_[:-1], weights], [*self.intercepts_[:-1], biases]
        self.classes_, self._groups_, self.n_outputs_ = classes, groups, sum(groups)
        self.out_activation_ = self._make_loss().output_unit
        self._memory_, self._n_updates_ = {}, 0
        self._random_state_ = source.end()

    def _weigh_classes(self, codes, sample_weight):
        if self.class_weight is None:
            return sample_weight
        weights = np.ones(len(codes)) if sample_weight is None else sample_weight
        try:
            with np.errstate(over="ignore"):
                weights = weights * self._class_weights(codes, weights)
            if not np.isfinite(weights).all() or (weights < 0).any():
                raise ValueError("every instance's weight must come out finite and >= 0")
        except (TypeError, ValueError, OverflowError) as error:
            raise ValueError(f"class_weight={self.class_weight!r} is not valid: {str(error).rstrip('.')}.") from error
        if not weights.any():
            raise ValueError(f"class_weight={self.class_weight!r} leaves every instance of this call with weight zero.")
        return weights

    def _class_weights(self, codes, weights):
        """The product of the weights of each instance's classes."""
        known = labels.of(self)
        wanted = known.class_weights(self.class_weight)
        product = 1.0
        for each, (column, classes) in zip(wanted, known.columns(codes), strict=True):
            if self._expects_new_classes() and isinstance(each, dict):
                names = set(classes.tolist())
                each = {label: weight for label, weight in each.items() if label in names}  # others may come
            product = product * _weights_of_classes(each, column, weights, classes)[column]
        return product

    def _expects_new_classes(self):
        return self.on_new_class == "grow"

    def _stratify(self, codes):
        return labels.of(self).stratify(codes)

    def _learn_targets(self, codes, sample_weight, dtype):
        if self._is_new():
            self._activation_, self._loss_ = str(self.activation), str(self.loss)
            self._groups_ = labels.of(self).groups()
            self.out_activation_ = self._make_loss().output_unit

    def _make_targets(self, codes, dtype):
        return labels.of(self).targets(codes, dtype)

    def _make_loss(self):
        return classification_loss(self._loss_, self._groups_)

    def _n_units(self):
        return sum(self._groups_)

    def _stands_for_outputs(self, n_outputs):
        columns = self.classes_ if isinstance(self.classes_, list) else [self.classes_]
        groups = labels.of(self).groups()
        are_lists = all(column.ndim == 1 and len(column) for column in columns)
        return self._groups_ == groups and sum(groups) == n_outputs and are_lists

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.classifier_tags.multi_label = True
        return tags


def _own(y):
    """Sparse labels in memory of their own, as SciPy will follow their indices; others as they are."""
    if issparse(y) and y.ndim != 2:
        raise ValueError("y is sparse and has one dimension: pass y.toarray().")
    check_not_masked(y=y)
    return checked_sparse(y, "y", copies=True)


def _weights_of_classes(wanted, codes, weights, classes):
    """The weight of each class of one column of labels."""
    if isinstance(wanted, str) and wanted != "balanced":
        raise ValueError(f"{wanted!r} in a list must be a dict, 'balanced' or None")
    if isinstance(wanted, dict):
        known = set(classes.tolist())
        others = [label for label in wanted if label not in known]
        if others and len(wanted) - len(others) < len(classes):  # as scikit-learn refuses it
            raise ValueError(f"it has weights for {others}, where the classes are {classes.tolist()}")
    if not isinstance(wanted, str):
        return compute_class_weight(wanted, classes=classes, y=classes)
    totals = np.bincount(codes, weights / weights.max(), minlength=len(classes))
    held = totals > 0
    return np.divide(totals.sum(), held.sum() * totals, out=np.zeros_like(totals), where=held)
