"""The classifier: labels in, sigmoid output units, labels and probabilities out."""

import numpy as np
from sklearn.base import ClassifierMixin
from sklearn.utils.class_weight import compute_class_weight
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import column_or_1d

from . import _backprop
from ._base import BaseBackprop
from ._validation import check_labels


class BackpropClassifier(ClassifierMixin, BaseBackprop):
    """Multilayer perceptron classifier of sigmoid units, trained by back-propagation as the textbook has it.

    Weights and biases are drawn at random from a small range. Each instance's inputs go forward through the network, the
    errors of its outputs come back, and the weights move against them, until all updates are small, or the error rate
    is, or the set number of epochs is over [1]_. ``stop_reason_`` says which.

    Inputs should be on one scale, for example by :class:`~sklearn.preprocessing.StandardScaler`: a sigmoid unit hardly
    learns from large ones.

    Parameters
    ----------
    hidden_layer_sizes : int or sequence of int, default=(100,)
        Units of each hidden layer. An empty sequence makes a network without hidden layers.

    alpha : float, default=0.0
        Strength of the L2 penalty, divided by the number of instances in the batch and by the mean sample weight, as in
        :class:`~sklearn.neural_network.MLPClassifier` where one batch holds all instances.

    batch_size : int, 'epoch' or 'auto', default=32
        Instances that share one update, which is the mean of theirs. 1 is the book's case updating, ``'epoch'`` its epoch
        updating; ``'auto'`` means ``min(200, n_samples)``. A number above n_samples counts as n_samples.

    learning_rate_init : float or 'auto', default='auto'
        The learning rate, constant over the training. ``'auto'`` takes ``min(2, 40 / (1 + n / 4))``, where n is the number
        of units in the last hidden layer: with more of them a smaller rate is stable. Without hidden layers it is
        ``min(2, 40 / (1 + n_features))``.

    max_iter : int, default=300
        Third stopping rule: the number of epochs.

    shuffle : bool, default=True
        Whether to present the instances in a new random order in each epoch.

    random_state : int, RandomState instance or None, default=None
        Draws the weights and biases and the order of the instances. Pass an int for the same result in each call.

    verbose : bool or int, default=False
        Print the loss, the error rate and the largest update of the first, every ``verbose``-th and the last epoch, and
        what ended the training.

    momentum : float, default=0.0
        Share of its last move, from 0 to 1, that each weight makes again in addition to its update.

    init_range : float or 'glorot', default=0.5
        Every weight and bias is drawn uniformly from [-init_range, init_range]. The book names 0.5 and 1.0.
        ``'glorot'`` takes the bounds of MLPClassifier, which depend on the numbers of units.

    update_tol : float, default=1e-4
        First stopping rule: no weight or bias was changed by as much as this by any single update of the epoch. 0 switches
        the rule off.

    error_tol : float, default=0.0
        Second stopping rule: the share of (weighted) instances that were misclassified when they were presented in the
        epoch is below this. 0 switches the rule off.

    class_weight : dict, 'balanced' or None, default=None
        Weights of the classes, by which sample weights are multiplied. ``'balanced'`` makes the total weights of all
        classes equal, and needs `fit`.

    Attributes
    ----------
    classes_ : ndarray of shape (n_classes,)
        The labels, sorted.

    coefs_ : list of ndarray of shape (n_inputs, n_units)
        Weights of each layer.

    intercepts_ : list of ndarray of shape (n_units,)
        Biases of each layer.

    stop_reason_ : {'update_tol', 'error_tol', 'max_iter', 'interrupted', 'partial_fit'}
        The rule that ended the last call of `fit`. 'interrupted' means that Ctrl-C did; the network is then that of the
        last whole epoch.

    n_iter_ : int
        Epochs of the last call.

    n_epochs_ : int
        Epochs since the weights were drawn.

    t_ : int
        Instances presented since the weights were drawn; those of weight zero are not.

    loss_ : float
        The loss of the last epoch, the mean over the instances of half the sum of squared errors of the outputs, each
        taken when the instance was presented, plus the penalty.

    best_loss_ : float
        The smallest loss of all epochs.

    loss_curve_, error_curve_, update_curve_ : list of float
        The loss, the error rate and the largest absolute update of a weight or bias, of each epoch. Of more than 10 000
        calls of `partial_fit` older epochs are thinned out.

    learning_rate_ : float
        The learning rate of the last call.

    n_layers_ : int
        Number of layers, inputs and outputs included.

    n_outputs_ : int
        Number of output units: one for two classes, else one per class.

    out_activation_ : str
        ``'logistic'``.

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
    their sum to make probabilities.

    A sample weight scales its instance's step. The weights are divided by the mean of those that are not zero; instances
    of weight zero are left out. With one batch for all instances, whole numbers mean repetition.

    If the network ends up predicting one class only, or no better than the class prior, a
    :class:`~sklearn.exceptions.ConvergenceWarning` says so, whichever rule ended the training.

    References
    ----------
    .. [1] Han, J. and Kamber, M., *Data Mining: Concepts and Techniques*, "Classification by Backpropagation".

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

    _output_unit = "logistic"
    _auto_rate_factor, _auto_rate_max = 40.0, 2.0

    def __init__(
        self,
        hidden_layer_sizes=(100,),
        *,
        alpha=0.0,
        batch_size=32,
        learning_rate_init="auto",
        max_iter=300,
        shuffle=True,
        random_state=None,
        verbose=False,
        momentum=0.0,
        init_range=0.5,
        update_tol=1e-4,
        error_tol=0.0,
        class_weight=None,
    ):
        super().__init__(
            hidden_layer_sizes,
            alpha=alpha,
            batch_size=batch_size,
            learning_rate_init=learning_rate_init,
            max_iter=max_iter,
            shuffle=shuffle,
            random_state=random_state,
            verbose=verbose,
            momentum=momentum,
            init_range=init_range,
            update_tol=update_tol,
            error_tol=error_tol,
        )
        self.class_weight = class_weight

    def fit(self, X, y, sample_weight=None, coefs_init=None, intercepts_init=None):
        """Train a new network until a stopping rule is met.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            Training inputs. If they are float32, so is the network; else it is float64.
        y : array-like of shape (n_samples,)
            Labels: numbers, strings or booleans.
        sample_weight : array-like of shape (n_samples,), default=None
            Weights of the instances; None, or one number, means equal ones.
        coefs_init : list of array-like of shape (n_inputs, n_units), default=None
            Starting weights of each layer instead of random ones.
        intercepts_init : list of array-like of shape (n_units,), default=None
            Starting biases of each layer instead of random ones.

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
        return self._fit(X, y, sample_weight, coefs_init, intercepts_init)

    def partial_fit(self, X, y, sample_weight=None, classes=None, coefs_init=None, intercepts_init=None):
        """Train for one epoch, from where the last call stopped; the first call makes a new network.

        Calls with the same data continue each other exactly: n of them make the network that `fit` with ``max_iter=n``
        makes, bit for bit.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            Training inputs, converted to the dtype of the first call's network.
        y : array-like of shape (n_samples,)
            Labels: numbers, strings or booleans.
        sample_weight : array-like of shape (n_samples,), default=None
            Weights of the instances; None, or one number, means equal ones.
        classes : array-like of shape (n_classes,), default=None
            All labels that any call will bring. The first call needs it.
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
        return self._partial_fit(X, y, sample_weight, coefs_init, intercepts_init, classes=classes)

    def predict(self, X):
        """Predict labels: the class of the largest output, or of one output unit whether it is above 0.5.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            Inputs.

        Returns
        -------
        labels : ndarray of shape (n_samples,)
            Of the dtype of ``classes_``.
        """
        codes = _backprop.decide(self._predict_outputs(X))
        return self.classes_[codes if len(self.classes_) > 1 else np.zeros_like(codes)]

    def predict_proba(self, X):
        """Predict the probability of each class: the outputs, over their sum where there is one unit per class.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            Inputs.

        Returns
        -------
        probabilities : ndarray of shape (n_samples, n_classes)
            Columns in the order of ``classes_``; never exactly 0 or 1 where there are two classes or more.
        """
        outputs = self._predict_outputs(X)
        if len(self.classes_) == 1:
            return np.ones_like(outputs)
        limits = np.finfo(outputs.dtype)
        if outputs.shape[1] == 1:
            outputs = np.hstack([1 - outputs, outputs])
        else:
            np.maximum(outputs, limits.tiny, out=outputs)
            outputs /= np.add.reduce(outputs, axis=1, keepdims=True)
        np.maximum(outputs, limits.eps, out=outputs)  # a logarithm is taken of them
        return np.minimum(outputs, 1 - limits.eps, out=outputs)

    def predict_log_proba(self, X):
        """Predict the logarithm of the probability of each class.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            Inputs.

        Returns
        -------
        log_probabilities : ndarray of shape (n_samples, n_classes)
            Columns in the order of ``classes_``; always finite.
        """
        return np.log(self.predict_proba(X))

    def _declare(self, classes):
        """Take the classes that a stream will bring."""
        if self.class_weight == "balanced":
            raise ValueError(
                "class_weight='balanced' needs all labels at once, so partial_fit cannot use it: pass a dict, such as "
                "compute_class_weight makes it of labels like yours, or call fit."
            )
        if classes is None:
            raise ValueError("classes must be passed on the first call to partial_fit.")
        self.classes_ = _unique_classes(classes)

    def _check_continuation(self, coefs_init, intercepts_init, classes):
        super()._check_continuation(coefs_init, intercepts_init)
        if self.class_weight == "balanced":
            self._declare(classes)
        if classes is not None and not np.array_equal(_unique_classes(classes), self.classes_):
            raise ValueError(f"classes={classes!r} differs from the classes of the first call, {self.classes_!r}.")

    def _check_targets(self, y):
        check_labels(y, "y")
        return y

    def _encode(self, y):
        if y.ndim == 2 and y.shape[1] > 1:
            raise ValueError(
                f"y has shape {y.shape}, several labels per instance, but BackpropClassifier takes one: shape "
                "(n_instances,). Wrap it in sklearn.multioutput.MultiOutputClassifier to learn several."
            )
        y = column_or_1d(y, warn=True)
        check_classification_targets(y)
        if not hasattr(self, "classes_"):
            self.classes_ = np.unique(y)
            return np.searchsorted(self.classes_, y)  # unique's own inverse would sort y a second time
        return _codes(y, self.classes_)

    def _weigh_classes(self, codes, sample_weight):
        if self.class_weight is None:
            return sample_weight
        weights = np.ones(len(codes)) if sample_weight is None else sample_weight
        try:
            with np.errstate(over="ignore"):
                weights = weights * self._compute_class_weight(codes, weights)[codes]
            if not np.isfinite(weights).all() or (weights < 0).any():
                raise ValueError("every instance's weight must come out finite and >= 0")
        except (TypeError, ValueError, OverflowError) as error:
            raise ValueError(f"class_weight={self.class_weight!r} is not valid: {error}.") from error
        if not weights.any():
            raise ValueError(f"class_weight={self.class_weight!r} leaves every instance of this call with weight zero.")
        return weights

    def _make_targets(self, codes, sample_weight, dtype):
        n_classes = len(self.classes_)
        # One unit tells two classes apart; several have one unit each. A single class is a unit that learns 0.
        targets = np.eye(n_classes) if n_classes > 2 else np.array([[0.0], [1.0]])
        return targets, codes

    def _compute_class_weight(self, codes, weights):
        """The weight of each class."""
        if self.class_weight == "balanced":
            totals = np.bincount(codes, weights / weights.max(), minlength=len(self.classes_))
            held = totals > 0
            return np.divide(totals.sum(), held.sum() * totals, out=np.zeros_like(totals), where=held)
        return compute_class_weight(self.class_weight, classes=self.classes_, y=self.classes_)


def _unique_classes(classes):
    """The classes that the user declares, sorted."""
    classes = np.asarray(classes)
    if classes.ndim != 1 or len(classes) == 0:
        raise ValueError(f"classes={classes!r} is not valid: it must be a list of at least one label.")
    check_labels(classes, "classes")
    return np.unique(classes)


def _codes(y, classes):
    """Each label's number among the sorted classes."""
    try:
        codes = np.minimum(np.searchsorted(classes, y), len(classes) - 1)
        unknown = np.unique(y[classes[codes] != y])
    except TypeError:  # text and numbers have no order
        unknown = np.array(sorted(set(y.tolist()) - set(classes.tolist()), key=str), dtype=object)
    if len(unknown):
        shown = ", ".join(map(repr, unknown[:10].tolist())) + (", ..." if len(unknown) > 10 else "")
        raise ValueError(f"y contains labels {shown} that are not among the classes {classes.tolist()}.")
    return codes
