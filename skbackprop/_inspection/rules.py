"""A network as rules that can be read: `extract_rules`."""

import math

import numpy as np
from scipy.sparse import issparse

from .._estimators.labels import check_known
from .._estimators.parameters import kind_of
from .._network import engines
from .._public import public
from .._training.table import count
from .networks import check_counts, check_network, input_names, unit_numbers
from .rule_finding import Condition, Finder, HiddenUnits, Rule, list_rules


@public
class RuleList:
    """Rules that say what a network says: the first one whose conditions hold decides.

    Made by :func:`extract_rules`; ``print`` it to read it, or let the prompt show it.

    Parameters
    ----------
    rules : list of Rule
        The last one has no conditions.
    hidden_rules : list of str
        The steps between, in words: from the inputs to what hidden units do, and from there to the classes. Units are
        counted through the layers, as the book does.
    feature_names : list of str
        What the inputs are called.
    fidelity : float
        The share of the instances that they were made from for which they say what the network says.
    accuracy : float
        The share of these instances whose class they tell.
    columns : list of str or None, default=None
        What the columns of the DataFrame that they were made from are called; None of other inputs.

    Attributes
    ----------
    n_rules_ : int
        How many there are, the last one, "otherwise", included.

    n_conditions_ : int
        Comparisons with a number, in all of them.

    See Also
    --------
    extract_rules : Makes them.
    """

    def __init__(self, *, rules, hidden_rules, feature_names, fidelity, accuracy, columns=None):
        self.rules = rules
        self.hidden_rules = hidden_rules
        self.feature_names = feature_names
        self.fidelity = fidelity
        self.accuracy = accuracy
        self.columns = columns
        self.n_rules_ = len(rules)
        self.n_conditions_ = sum(
            math.isfinite(each.low) + math.isfinite(each.high) for rule in rules for each in rule.conditions
        )

    def __getstate__(self):
        """In plain values, so that a pickle names no class of ours that might move."""
        rules = [([tuple(each) for each in rule.conditions], *rule[1:]) for rule in self.rules]
        return vars(self) | {"rules": rules}

    def __setstate__(self, state):
        vars(self).update({"columns": None} | state)
        self.rules = [Rule([Condition(*each) for each in conditions], *rest) for conditions, *rest in state["rules"]]

    def predict(self, X):
        """Predict classes.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            Inputs in the units of the rules.

        Returns
        -------
        y : ndarray of shape (n_samples,)
            What the first rule that holds says.

        Raises
        ------
        ValueError
            If X has other columns, or a DataFrame has them in another order.
        """
        # What the user called the inputs of an array need not be what a DataFrame calls them.
        _check_columns(X, self.columns or self.feature_names, "X", may_differ=self.columns is None)
        X = _checked(X, len(self.feature_names), "X")
        y = np.empty(len(X), dtype=np.asarray([rule.label for rule in self.rules]).dtype)
        is_open = np.ones(len(X), dtype=bool)
        for rule in self.rules:
            is_mine = is_open & rule.holds(X)
            y[is_mine] = rule.label
            is_open &= ~is_mine
        return y

    def score(self, X, y):
        """Compute the share of instances of which the rules say this.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            Inputs in the units of the rules.
        y : array-like of shape (n_samples,)
            True classes, for the accuracy; what the network predicts, for the fidelity.

        Returns
        -------
        share : float
            From 0 to 1.
        """
        said = self.predict(X)
        return float(np.mean(said == _checked_classes(y, len(said))))

    def __repr__(self):
        lines = [self._line(number, rule) for number, rule in enumerate(self.rules)]
        end = (
            f"{count(self.n_rules_, 'rule')}, {count(self.n_conditions_, 'comparison')}; "
            f"as the network: {self.fidelity:.1%}, right: {self.accuracy:.1%}"
        )
        return "\n".join([*lines, "", end])

    def _line(self, number, rule):
        words = " and ".join(_in_words(each, self.feature_names) for each in rule.conditions)
        head = ("else " if number else "") + (f"if {words}: " if words else "")
        return f"{head}{rule.label}   (as the network: {rule.n_right} of {rule.n_covered})"

    def _repr_html_(self):
        from html import escape

        return f"<pre>{escape(str(self))}</pre>"


@public
def extract_rules(estimator, X, y, *, X_shown=None, feature_names=None, max_depth=3, min_covered=5):
    """Turn a network into rules of the form: if this feature is above that number then it is this class.

    The book's way [1]_: the outputs of each hidden unit are put into few clusters; rules are found from these to the
    classes that the network predicts, and from the inputs to these; then both are put together. It gives few rules for
    a network that :func:`prune` has made small.

    Parameters
    ----------
    estimator : BackpropClassifier
        Fitted, with one label for each instance and at least one hidden layer.
    X : {array-like, sparse matrix} of shape (n_samples, n_features)
        Inputs as the network takes them, hundreds at best: the more, the more the rules say what the network says.
    y : array-like of shape (n_samples,)
        Their classes. They only serve to tell how many the rules get right.
    X_shown : {array-like, sparse matrix} of shape (n_samples, n_features), default=None
        The same instances in the units that the rules are to speak of, such as before they were standardised. None
        takes X.
    feature_names : list of str, default=None
        What to call the inputs, each by another name; None takes the names of X_shown's columns, or those in the training
        data.
    max_depth : int, default=3
        Of the trees that find the rules: how many comparisons may follow each other.
    min_covered : int, default=5
        Instances that each rule is to hold for, if it were the first to be asked; those above it may leave fewer to it. Of
        fewer instances no rule can be made.

    Returns
    -------
    rules : RuleList
        With ``fidelity``, ``accuracy``, ``n_rules_`` and ``n_conditions_``; ``predict`` and ``score`` take other instances.

    Raises
    ------
    TypeError
        If the estimator is none of this package, or no classifier with a single label.
    ValueError
        If it has no hidden layer, or an argument does not suit it.

    See Also
    --------
    prune : Removes the weights that do little.
    sensitivity : How much each input moves the outputs.

    Notes
    -----
    Clusters are k-means' of one unit's outputs; there are as few as decide 99 % of the instances as the outputs
    themselves do, and four at most. Rules are paths of scikit-learn's decision trees. Of a rule put together the conditions
    go that are not needed to be as often right; the rules that win most instances come first; and then rules and conditions
    go that the list is as often right without. Of several hidden layers the last one is looked at.

    References
    ----------
    .. [1] Han, J. and Kamber, M., *Data Mining: Concepts and Techniques*, "Inside the Black Box: Backpropagation and
       Interpretability".

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.preprocessing import StandardScaler
    >>> from skbackprop import BackpropClassifier, extract_rules, prune
    >>> iris = load_iris(as_frame=True)
    >>> X, y = StandardScaler().fit_transform(iris.data), iris.target_names[iris.target]
    >>> network = prune(BackpropClassifier(10, batch_size=1, random_state=0).fit(X, y), X, y)
    >>> rules = extract_rules(network, X, y, X_shown=iris.data)
    >>> rules.fidelity > 0.95
    True
    >>> print(rules)  # doctest: +SKIP
    """
    _check(estimator, max_depth, min_covered)
    names, columns = _names(estimator, X_shown, feature_names), _columns(X if X_shown is None else X_shown)
    _check_columns(X_shown, _own_names(estimator), "X_shown", may_differ=True)
    inputs = estimator._check_inputs(X)
    inputs = _checked(engines.rows_of(inputs, 0, inputs.shape[0]), inputs.shape[1], "X")
    shown = inputs if X_shown is None else _checked(X_shown, len(names), "X_shown")
    if len(shown) != len(inputs):
        raise ValueError(f"X_shown holds {len(shown)} instances, but X {len(inputs)}: pass the same ones.")
    _check_enough(len(inputs), min_covered)
    y = _checked_classes(y, len(inputs))
    check_known(y, estimator.classes_)
    decided = estimator.predict(X)
    units = HiddenUnits(estimator, inputs)
    finder = Finder(shown, _relevant(estimator), max_depth, min_covered)
    rules, steps = finder.find(units, decided)
    rules = list_rules(rules, shown, decided, min_covered)
    numbers = unit_numbers(map(len, estimator.coefs_))[-1]
    words = [_step_in_words(step, names, numbers) for step in steps]
    made = RuleList(rules=rules, hidden_rules=words, feature_names=names, fidelity=0.0, accuracy=0.0, columns=columns)
    made.fidelity, made.accuracy = made.score(shown, decided), made.score(shown, y)
    return made


def _check(estimator, max_depth, min_covered):
    """Raise a TypeError or a ValueError for what no rules are made of."""
    check_network(estimator)
    if not hasattr(estimator, "classes_") or isinstance(estimator.classes_, list) or len(estimator._groups_) != 1:
        raise TypeError(
            f"estimator is {kind_of(estimator)} that predicts no single label, but rules are made of a "
            "BackpropClassifier that was fitted with one class for each instance."
        )
    if len(estimator.coefs_) < 2:
        raise ValueError("estimator has no hidden layer, so its weights say already what the inputs do.")
    check_counts(max_depth=max_depth, min_covered=min_covered)


def _check_enough(n_instances, min_covered):
    """Raise a ValueError where no rule can hold for as many instances as are asked for."""
    if n_instances < min_covered:
        raise ValueError(
            f"X holds {count(n_instances, 'instance')}, but each rule is to hold for {min_covered=}: pass more, or a "
            "smaller min_covered."
        )


def _names(estimator, X_shown, feature_names):
    """What the features are called."""
    columns = getattr(X_shown, "columns", None)
    if feature_names is None and columns is not None and len(columns) == estimator.n_features_in_:
        feature_names = list(columns)
    names = input_names(estimator, feature_names)
    if len(set(names)) < len(names):
        raise ValueError(
            f"feature_names={names!r} is not valid: rules can only tell features apart that differ in name."
        )
    return names


def _own_names(estimator):
    """The names of the features in the training data, or None."""
    names = getattr(estimator, "feature_names_in_", None)
    return None if names is None else list(names)


def _columns(X):
    """The names of a DataFrame's columns where all are text, as scikit-learn takes them for names; else None."""
    columns = getattr(X, "columns", None)
    names = [] if columns is None else list(columns)
    return names if names and all(isinstance(each, str) for each in names) else None


def _check_columns(X, known, argument, may_differ):
    """Raise a ValueError for a DataFrame whose columns stand in another order, or are others where they may not be."""
    columns = _columns(X)
    if columns is None or known is None or columns == known:
        return
    if sorted(columns) == sorted(known):
        raise ValueError(
            f"{argument} has its columns in another order, {columns}, than {known}: pass them in that order."
        )
    if not may_differ:
        raise ValueError(f"{argument} has the columns {columns}, but the rules were made from {known}.")


def _checked(X, n_features, name):
    X = np.asarray(X.toarray() if issparse(X) else X, dtype=float)
    if X.ndim != 2 or X.shape[1] != n_features:
        raise ValueError(f"{name} has shape {X.shape}, but must have a row for each instance and {n_features} columns.")
    if not np.isfinite(X).all():
        raise ValueError(f"{name} contains NaN or infinity, of which no rule can say whether it holds.")
    return X


def _checked_classes(y, n_instances):
    """One class for each instance, which may stand in a column."""
    classes = np.asarray(y)
    if classes.shape not in ((n_instances,), (n_instances, 1)):
        raise ValueError(f"y has shape {classes.shape}, but must hold one class for each of {n_instances} instances.")
    return classes.ravel()


def _relevant(estimator):
    """The features that reach an output by weights that are not 0."""
    reached = np.ones(estimator.coefs_[-1].shape[1], dtype=bool)
    for weights in reversed(estimator.coefs_):
        reached = (weights != 0) @ reached
    return np.flatnonzero(reached)


def _in_words(condition, names):
    """A condition as one reads it."""
    name = names[condition.feature]
    if math.isfinite(condition.low) and math.isfinite(condition.high):
        return f"{_digits(condition.low)} < {name} <= {_digits(condition.high)}"
    if math.isfinite(condition.low):
        return f"{name} > {_digits(condition.low)}"
    return f"{name} <= {_digits(condition.high)}"


def _digits(number):
    """A limit in six digits, or in as many as it has: others would part other instances than `predict` does."""
    short = f"{number:.6g}"
    return short if float(short) == number else repr(float(number))


def _step_in_words(step, names, numbers):
    """A rule of one of the two steps as one reads it, with the numbers of the hidden units."""
    if len(step) == 2:
        parts, label = step
        words = [_unit_in_words(numbers[unit], condition) for unit, condition in parts]
        return f"if {' and '.join(words)}: {label}" if words else f"always: {label}"
    unit, condition, paths = step
    words = [" and ".join(_in_words(each, names) for each in path) or "always" for path in paths]
    if len(paths) > 1:  # what "and" joins stands in brackets, each alternative in a line
        words = [f"({word})" if len(path) > 1 else word for word, path in zip(words, paths, strict=True)]
    alternatives = "\n    or ".join(words)
    return f"{_unit_in_words(numbers[unit], condition)} if {alternatives}"


def _unit_in_words(number, condition):
    return _in_words(condition._replace(feature=0), [f"hidden unit {number}"])
