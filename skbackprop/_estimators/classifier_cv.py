"""The classifier that tunes itself."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .._public import public
from .base import Given
from .classifier import BackpropClassifier
from .cv import CrossValidated

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import NoReturn

    from numpy.typing import ArrayLike

    from .._types import Arrays, Augment, ClassWeight, Grid, LayerSizes, Matrix, Seed, Self


@public
class BackpropClassifierCV(CrossValidated, BackpropClassifier):
    """Multilayer perceptron classifier that finds its number of epochs, and values of a grid, by cross-validation.

    A :class:`BackpropClassifier` [1]_ learns too little in too few epochs, and learns its training data by heart in too
    many; how many are good depends on the data, as does the penalty. `fit` looks: it trains each candidate of the grid once
    on each fold, validates the network after every so many epochs, chooses the number of epochs and the candidate, and then
    trains on all data. The fitted network is the one that a :class:`BackpropClassifier` with all the same parameters, those
    chosen and ``max_iter=best_n_epochs_`` among them, would have become. Some defaults differ from its own: `loss`,
    `max_iter` and `on_divergence`.

    Inputs should be on one scale, for example by :class:`~sklearn.preprocessing.StandardScaler`.

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

    loss : {'log_loss', 'squared_error'}, default='log_loss'
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

    max_iter : int, default=1000
        The longest training, in epochs. How many of them are good is what cross-validation finds. If the network still
        gained at the end, a warning says so.

    shuffle : bool, default=True
        Whether to present the instances in a new random order in each epoch.

    random_state : int, RandomState instance or None, default=None
        Draws the weights and biases, the order of the instances, and what `n_init` and `early_stopping` need. Pass an int
        for the same result in each call.

    verbose : bool or int, default=False
        Print a line for each stage of the cross-validation; and of the training on all data the loss, the error rate and
        the largest update of the first, every ``verbose``-th and the last epoch, and what ended it.

    warm_start : bool, default=False
        Whether `fit` goes on from the weights that are there, instead of drawing new ones: without another search, with the
        parameters that were chosen, and for `max_iter` epochs.

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
        Stopping rule: seconds that the training on all data may take, each restart for itself; the epoch that is running is
        finished. Cross-validation does not ask it, as a result must not depend on the clock.

    early_stopping : bool, default=False
        Must be False: the number of epochs comes from cross-validation.

    validation_fraction : float, default=0.1
        Not used.

    scoring : str, callable or None, default=None
        What to choose by: a scorer's name, or a callable ``scorer(estimator, X, y)``. None, or ``'loss'``, is the loss of
        the validated instances, without the penalty, which is quick arithmetic; a scorer is called some hundred times for
        each candidate and fold.

    restore_best : bool, default=True
        Not used.

    n_init : int, default=1
        Number of trainings on all data, each from other starting weights, of which the one with the smallest loss in its
        last epoch is kept. Cross-validation makes one a candidate and fold.

    n_jobs : int or None, default=None
        How many trainings run side by side; -1 takes one for each processor. They are threads, unless
        :func:`joblib.parallel_config` names another backend. The result is the same.

    on_divergence : {'halve', 'raise'}, default='halve'
        What is done when a number becomes infinite or NaN: begin that training again from the same starting weights with
        half the learning rate, as WEKA does, also where it ends at a thousand times the loss of its first epoch; or raise a
        ValueError, which of a candidate in a fold means that it is out.

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

    grid : 'auto', dict or list of dict, default='auto'
        What to try: for each name of a parameter a list of values, of which every combination is a candidate; or a list of
        such dicts. ``'auto'`` tries two networks: sigmoid units trained by gradient descent without a penalty, and
        ``'relu'`` units trained by ``'adam'`` at a rate of 0.001 with an `alpha` of 0.1. Up to 100 instances it tries both
        units with ``solver='rprop'`` at a first step of 0.01, and `alpha` 0.3 and 3. It leaves alone a parameter that you
        set to another value than its default; a network that is for another activation, solver or rate is then left out.
        To search with `alpha` found by ``'auto'``, or with a default, pass it in a dict.

    cv : int, splitter, iterable or None, default=None
        The folds. An int is how many, None means 5: the instances are dealt out at random, of each class the same share
        to each, and there are fewer folds where there are fewer instances. Else a splitter of scikit-learn, or pairs of
        arrays of the numbers of the rows to learn from and to validate with.

    one_standard_error : bool, default=False
        Whether to take, instead of the best, the simplest that is no more than one standard error worse [4]_: of the
        candidates the one with the fewest weights, of equal ones the one with the largest `alpha`, and of these the one
        that comes closest to the best; then its smallest number of epochs, by the medians of seven neighbouring ones. The
        standard error is that of the mean difference from the best, over the folds.

    Attributes
    ----------
    classes_ : ndarray of shape (n_classes,), or list of such arrays
        The labels, sorted; of several columns of labels one array each. Of multilabel indicators the columns' numbers.

    coefs_ : list of ndarray of shape (n_inputs, n_units)
        Weights of each layer.

    intercepts_ : list of ndarray of shape (n_units,)
        Biases of each layer.

    stop_reason_ : str
        What ended the last call: ``'cross_validation'``, which chose so many epochs; the rule ``'update_tol'``,
        ``'error_tol'``, ``'tol'``, ``'early_stopping'``, ``'max_time'`` or ``'max_iter'``; ``'converged'``, ``'max_fun'``
        or ``'no_progress'`` of ``'lbfgs'``; ``'callback'``; ``'diverged'`` with validation; ``'interrupted'`` by Ctrl-C,
        which leaves the network of the last whole epoch. Other methods than `fit` leave their name, ``'partial_fit'``, or
        ``'initialized'``.

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

    best_params_ : dict
        The chosen values of the grid's parameters. The network was trained with them, and `partial_fit` and `warm_start` go
        on with them, whatever the estimator's own parameters of these names are.

    best_n_epochs_ : int
        The chosen number of epochs.

    best_index_ : int
        The number of the chosen candidate in `cv_results_` and `cv_curves_`.

    best_score_ : float
        The mean score, over the folds, of the chosen candidate after the chosen number of epochs: the loss with its sign
        turned, or what `scoring` says.

    cv_results_ : dict of array
        As that of :class:`~sklearn.model_selection.GridSearchCV`, with a number for each candidate: ``'params'``,
        ``'param_alpha'`` and the like, ``'split0_test_score'`` and the like, ``'mean_test_score'``, ``'std_test_score'``,
        ``'rank_test_score'``; each at the number of epochs that was the candidate's own best, ``'n_epochs'``. There are no
        times, since the trainings of all candidates run side by side.

    cv_curves_ : list of dict
        Of each candidate, ``'n_epochs'`` of shape (n,), the numbers of epochs after which it was validated; ``'loss'`` and
        ``'score'`` of shape (n_splits, n), what the validation of each fold said: the mean loss without the penalty, and
        the accuracy, or that of `scoring`. A candidate that could not win any more has shorter ones.

    n_splits_ : int
        Number of folds.

    See Also
    --------
    BackpropClassifier : The same network, trained for `max_iter` epochs with the parameters that it is given.
    BackpropRegressorCV : The same for numbers.
    sklearn.model_selection.GridSearchCV : Searches over any parameter of any estimator, at the cost of a training for each
        number of epochs.

    Notes
    -----
    The candidates are trained in stages, the first one of 20 epochs, each other 1.4 times as long as the one before.
    Where losses decide, a candidate has learned when its loss is less than a fifth of what constant outputs cost. It
    stops when its mean loss had its minimum in the first half of its epochs, and at least 50 epochs ago, or 20 if it
    has learned. From 100 epochs on, one that has learned also stops when there is hardly anything to gain: when the
    second half of its epochs lowered its loss by less than a fiftieth. And from 100 epochs on it stops when it cannot
    win any more: when it would still be more than two standard errors of the difference worse than the best, did the
    next doubling of its epochs gain as much as the last one has; from 200 epochs on, when three times that gain would
    leave it worse than the best at all. The first 40 numbers of epochs are validated, and later ones in steps of a
    twentieth. In a fold all candidates begin with the same random numbers, and see the instances in the same order. A
    thread that would wait for the end of a stage begins the next one, so `augment` and `scoring` may be called for
    epochs that are not needed.

    Candidates that differ in `loss` or `class_weight` need a `scoring`, since their
    losses cannot be compared.

    Sample weights and class weights count in the validated loss as in the trained one. Rules that end a training before its
    last epoch, such as `error_tol`, act in the folds and in the training on all data alike.

    Anything that is raised, Ctrl-C included, leaves the estimator as it was; but Ctrl-C in the training on all data keeps
    its whole epochs, as in :class:`BackpropClassifier`.

    References
    ----------
    .. [1] Han, J. and Kamber, M., *Data Mining: Concepts and Techniques*, "Classification by Backpropagation".
    .. [2] Kingma, D. and Ba, J. (2015). Adam: A method for stochastic optimization. ICLR.
    .. [3] Igel, C. and Hüsken, M. (2003). Empirical evaluation of the improved Rprop learning algorithms.
       Neurocomputing 50.
    .. [4] Hastie, T., Tibshirani, R. and Friedman, J. (2009). *The Elements of Statistical Learning*, section 7.10.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.pipeline import make_pipeline
    >>> from sklearn.preprocessing import StandardScaler
    >>> from skbackprop import BackpropClassifierCV
    >>> X, y = load_iris(return_X_y=True)
    >>> model = make_pipeline(StandardScaler(), BackpropClassifierCV(10, max_iter=200, random_state=0)).fit(X, y)
    >>> sorted(model[-1].best_params_)
    ['alpha']
    >>> model.score(X, y) > 0.95
    True
    """

    _kind = "classifier"

    def __init__(
        self,
        hidden_layer_sizes: LayerSizes = (100,),
        *,
        activation: str = "logistic",
        solver: str = "sgd",
        loss: str = "log_loss",
        alpha: float | str = "auto",
        batch_size: int | str = 32,
        learning_rate: str = "auto",
        learning_rate_init: float | str = "auto",
        power_t: float = 0.5,
        max_iter: int = 1000,
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
        on_divergence: str = "halve",
        augment: Augment | None = None,
        class_weight: ClassWeight | None = None,
        on_new_class: str = "error",
        grid: Grid = "auto",
        cv: Any = None,
        one_standard_error: bool = False,
    ) -> None:
        super().__init__(
            hidden_layer_sizes,
            activation=activation,
            solver=solver,
            loss=loss,
            alpha=alpha,
            batch_size=batch_size,
            learning_rate=learning_rate,
            learning_rate_init=learning_rate_init,
            power_t=power_t,
            max_iter=max_iter,
            shuffle=shuffle,
            random_state=random_state,
            verbose=verbose,
            warm_start=warm_start,
            momentum=momentum,
            nesterovs_momentum=nesterovs_momentum,
            beta_1=beta_1,
            beta_2=beta_2,
            epsilon=epsilon,
            max_fun=max_fun,
            init_range=init_range,
            update_tol=update_tol,
            error_tol=error_tol,
            tol=tol,
            n_iter_no_change=n_iter_no_change,
            max_time=max_time,
            early_stopping=early_stopping,
            validation_fraction=validation_fraction,
            scoring=scoring,
            restore_best=restore_best,
            n_init=n_init,
            n_jobs=n_jobs,
            on_divergence=on_divergence,
            augment=augment,
            class_weight=class_weight,
            on_new_class=on_new_class,
        )
        self.grid = grid
        self.cv = cv
        self.one_standard_error = one_standard_error

    def fit(
        self,
        X: Matrix,
        y: Matrix,
        sample_weight: ArrayLike | None = None,
        *,
        groups: ArrayLike | None = None,
        coefs_init: Arrays | None = None,
        intercepts_init: Arrays | None = None,
        **others: NoReturn,
    ) -> Self:
        """Choose by cross-validation, and train on all data; or, with `warm_start`, go on with what was chosen.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            Training inputs. If they are float32, so is the network; else it is float64.
        y : {array-like, sparse matrix} of shape (n_samples,) or (n_samples, n_labels)
            Labels, as in :meth:`BackpropClassifier.fit`.
        sample_weight : array-like of shape (n_samples,), default=None
            Weights of the instances, in the trainings and in the losses that are validated; None, or one number, means
            equal ones.
        groups : array-like of shape (n_samples,), default=None
            For a splitter `cv` that keeps groups together. With scikit-learn's metadata routing they go to it as it asks.
        coefs_init : list of array-like of shape (n_inputs, n_units), default=None
            Starting weights of each layer instead of random ones, for a new network, and those of all folds.
        intercepts_init : list of array-like of shape (n_units,), default=None
            Starting biases of each layer instead of random ones, likewise.
        **others
            Not taken: `X_val`, `y_val` and `sample_weight_val` are for :meth:`BackpropClassifier.fit` alone.

        Returns
        -------
        self : object
            The fitted estimator.

        Raises
        ------
        TypeError
            If validation data are passed: folds of X validate, which `cv` can name.
        ValueError
            If a parameter or the data will not do, or if the training diverges; of the candidates, if all do. The estimator
            is then as it was before.
        KeyboardInterrupt
            After Ctrl-C. In the training on all data, epochs done are kept, and ``stop_reason_`` is 'interrupted'.
        """
        self._check_no_others(others)
        given = Given(sample_weight, coefs_init=coefs_init, intercepts_init=intercepts_init, groups=groups)
        return self._fit(X, y, given)
