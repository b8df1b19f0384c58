"""The regressor: numbers in, linear output units, numbers out."""

import numpy as np
from sklearn.base import RegressorMixin
from sklearn.preprocessing import StandardScaler

from ._base import BaseBackprop
from ._validation import as_floats, check_range


class BackpropRegressor(RegressorMixin, BaseBackprop):
    """Multilayer perceptron regressor of sigmoid units, trained by back-propagation as the textbook has it.

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
        :class:`~sklearn.neural_network.MLPRegressor` where one batch holds all instances.

    batch_size : int, 'epoch' or 'auto', default=32
        Instances that share one update, which is the mean of theirs. 1 is the book's case updating, ``'epoch'`` its epoch
        updating; ``'auto'`` means ``min(200, n_samples)``. A number above n_samples counts as n_samples.

    learning_rate_init : float or 'auto', default='auto'
        The learning rate, constant over the training. ``'auto'`` takes ``0.75 / (1 + n / 4)``, where n is the number of
        units in the last hidden layer: with more of them a smaller rate is stable. Without hidden layers it is
        ``0.75 / (1 + n_features)``.

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
        ``'glorot'`` takes the bounds of MLPRegressor, which depend on the numbers of units.

    update_tol : float, default=1e-4
        First stopping rule: no weight or bias was changed by as much as this by any single update of the epoch. 0 switches
        the rule off.

    error_tol : float, default=0.0
        Second stopping rule: the residual over the total sum of squares, which is 1 - R², each residual taken when its
        instance was presented in the epoch, is below this. 0 switches the rule off. The sums of several targets are
        pooled, after they were standardised.

    normalize_y : bool or float, default=3.0
        Whether to standardise the targets inside, by their (weighted) means and standard deviations in the first call:
        True to a standard deviation of 1, a number to that standard deviation, False not at all. Predictions are given in
        the targets' own units; the curves are those of the standardised targets. A larger standard deviation makes the
        hidden units learn faster beside the output units, and is stable at the same rates.

    Attributes
    ----------
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
        Number of output units, one per target.

    out_activation_ : str
        ``'identity'``.

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
    The output units are linear, the hidden units sigmoid ones.

    A sample weight scales its instance's step. The weights are divided by the mean of those that are not zero; instances
    of weight zero are left out. With one batch for all instances, whole numbers mean repetition.

    If the network ends up no better than the mean of its training targets, a
    :class:`~sklearn.exceptions.ConvergenceWarning` says so, whichever rule ended the training.

    References
    ----------
    .. [1] Han, J. and Kamber, M., *Data Mining: Concepts and Techniques*, "Classification by Backpropagation".

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

    _output_unit = "identity"
    _auto_rate_factor, _auto_rate_max = 0.75, 0.75

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
        normalize_y=3.0,
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
        self.normalize_y = normalize_y

    def fit(self, X, y, sample_weight=None, coefs_init=None, intercepts_init=None):
        """Train a new network until a stopping rule is met.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            Training inputs. If they are float32, so is the network; else it is float64.
        y : array-like of shape (n_samples,) or (n_samples, n_outputs)
            Targets: numbers.
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

    def partial_fit(self, X, y, sample_weight=None, coefs_init=None, intercepts_init=None):
        """Train for one epoch, from where the last call stopped; the first call makes a new network.

        Calls with the same data continue each other exactly: n of them make the network that `fit` with ``max_iter=n``
        makes, bit for bit.

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
        """
        return self._partial_fit(X, y, sample_weight, coefs_init, intercepts_init)

    def predict(self, X):
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
        outputs = self._predict_outputs(X)
        predictions = outputs * self.y_scale_.astype(outputs.dtype) + self.y_mean_.astype(outputs.dtype)
        return predictions.ravel() if self._y_ndim_ == 1 else predictions

    def _check_continuation(self, coefs_init, intercepts_init):
        super()._check_continuation(coefs_init, intercepts_init)
        if float(self.normalize_y) != self._normalize_y_:
            raise ValueError(
                f"normalize_y={self.normalize_y!r} differs from that of the fitted network, {self._normalize_y_}: "
                "partial_fit cannot change the scale of the outputs. Call fit to start anew."
            )

    def _check_targets(self, y):
        # Objects would pass as they are, and be converted by NumPy, text included.
        return as_floats(y, "y") if np.asarray(y).dtype.kind not in "biufc" else y

    def _encode(self, y):
        targets = y.astype(np.float64, order="C").reshape(len(y), -1)
        if targets.shape[1] == 0:
            raise ValueError(f"y has shape {y.shape}: it must have at least one target per instance.")
        if self._is_new():
            self._y_ndim_ = y.ndim
        elif targets.shape[1] != self.n_outputs_:
            raise ValueError(
                f"y has {targets.shape[1]} targets per instance, but this network was fitted with {self.n_outputs_}."
            )
        return targets

    def _make_targets(self, targets, sample_weight, dtype):
        check_range(targets, "y", dtype)
        if self._is_new():
            self._set_scale(targets, sample_weight)
        targets -= self.y_mean_
        targets /= self.y_scale_
        check_range(targets, "y", dtype)
        return targets, None

    def _set_scale(self, targets, sample_weight):
        """Note what standardises the targets."""
        self._normalize_y_ = float(self.normalize_y)
        self.y_mean_ = np.zeros(targets.shape[1])
        self.y_scale_ = np.ones(targets.shape[1])
        if not self.normalize_y:
            return
        # Squares of very large or small numbers would overflow or vanish; dividing by a power of two is exact.
        power = np.ldexp(1.0, np.frexp(np.abs(targets).max(axis=0))[1] - 1)
        weights = None if sample_weight is None else sample_weight / sample_weight.max()
        scaler = StandardScaler().fit(targets / power, sample_weight=weights)
        # The mean of equal numbers is rounded, so it need not be theirs.
        is_constant = targets.min(axis=0) == targets.max(axis=0)
        self.y_mean_ = np.where(is_constant, targets[0], scaler.mean_ * power)
        self.y_scale_ = np.where(is_constant, 1.0, scaler.scale_ * power) / self._normalize_y_

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.target_tags.multi_output = True
        return tags
