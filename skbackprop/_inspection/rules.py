"""A network as rules that can be read: `extract_rules`."""

import math
from typing import NamedTuple

import numpy as np
from sklearn.cluster import KMeans
from sklearn.tree import DecisionTreeClassifier

from .._network import engines
from .._network.units import apply_output_units, decide
from .._public import public
from .networks import check_network, input_names

# More clusters of a hidden unit's outputs than this have no words.
_MAX_CLUSTERS = 4

# Of instances, those that must be decided as before when outputs of hidden units are replaced by their clusters' means.
_SAME = 0.99


class Condition(NamedTuple):
    """A feature above one number, up to another.

    Attributes
    ----------
    feature : int
        Its column.
    low, high : float
        It holds where low < x <= high; infinite where there is no such limit.
    """

    feature: int
    low: float
    high: float

    def holds(self, X):
        """Of which instances, as an array of bool."""
        column = X[:, self.feature]
        return (column > self.low) & (column <= self.high)


class Rule(NamedTuple):
    """If all conditions hold then it is that class.

    Attributes
    ----------
    conditions : list of Condition
        Of each feature one at most. None at all always hold.
    label : object
        The class.
    n_covered : int
        Instances that it was made from, and for which no rule before it holds.
    n_right : int
        Those of them for which the network says the same.
    """

    conditions: list
    label: object
    n_covered: int
    n_right: int

    def holds(self, X):
        """Of which instances, as an array of bool."""
        return _holds(self.conditions, X)


@public
class RuleList:
    """Rules that say what a network says: the first one whose conditions hold decides.

    Made by :func:`extract_rules`; ``print`` it to read it.

    Parameters
    ----------
    rules : list of Rule
        The last one has no conditions.
    hidden_rules : list of str
        The steps between, in words: from the inputs to what hidden units do, and from there to the classes.
    feature_names : list of str
        What the inputs are called.
    fidelity : float
        The share of the instances that they were made from for which they say what the network says.
    accuracy : float
        The share of these instances whose class they tell.

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

    def __init__(self, *, rules, hidden_rules, feature_names, fidelity, accuracy):
        self.rules = rules
        self.hidden_rules = hidden_rules
        self.feature_names = feature_names
        self.fidelity = fidelity
        self.accuracy = accuracy
        self.n_rules_ = len(rules)
        self.n_conditions_ = sum(
            math.isfinite(each.low) + math.isfinite(each.high) for rule in rules for each in rule.conditions
        )

    def predict(self, X):
        """Predict classes.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            Inputs in the units of the rules.

        Returns
        -------
        y : ndarray of shape (n_samples,)
            What the first rule that holds says.
        """
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
        X : array-like of shape (n_samples, n_features)
            Inputs in the units of the rules.
        y : array-like of shape (n_samples,)
            True classes, for the accuracy; what the network predicts, for the fidelity.

        Returns
        -------
        share : float
            From 0 to 1.
        """
        return float(np.mean(self.predict(X) == np.asarray(y)))

    def __str__(self):
        lines = [self._line(number, rule) for number, rule in enumerate(self.rules)]
        end = (
            f"{self.n_rules_} rules, {self.n_conditions_} comparisons; as the network: {self.fidelity:.1%}, "
            f"right: {self.accuracy:.1%}"
        )
        return "\n".join([*lines, "", end])

    def _line(self, number, rule):
        words = " and ".join(_in_words(each, self.feature_names) for each in rule.conditions)
        head = ("else " if number else "") + (f"if {words}: " if words else "")
        return f"{head}{rule.label}   ({rule.n_right} of {rule.n_covered})"

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
    X : array-like of shape (n_samples, n_features)
        Inputs as the network takes them, hundreds at best: the more, the more the rules say what the network says.
    y : array-like of shape (n_samples,)
        Their classes. They only serve to tell how many the rules get right.
    X_shown : array-like of shape (n_samples, n_features), default=None
        The same instances in the units that the rules are to speak of, such as before they were standardised. None
        takes X.
    feature_names : list of str, default=None
        What to call the inputs; None takes the names of X_shown's columns, or those in the training data.
    max_depth : int, default=3
        Of the trees that find the rules: how many comparisons may follow each other.
    min_covered : int, default=5
        Instances that each rule is to hold for.

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
    names = _names(estimator, X_shown, feature_names)
    inputs = estimator._check_inputs(X)
    inputs = np.asarray(engines.rows_of(inputs, 0, inputs.shape[0]))
    shown = inputs if X_shown is None else _checked(X_shown, len(names), "X_shown")
    if len(shown) != len(inputs):
        raise ValueError(f"X_shown holds {len(shown)} instances, but X {len(inputs)}: pass the same ones.")
    if len(np.asarray(y)) != len(inputs):
        raise ValueError(f"y holds {len(np.asarray(y))} classes, but X {len(inputs)} instances: pass one for each.")
    decided = estimator.predict(X)
    units = _HiddenUnits(estimator, inputs)
    finder = _Finder(shown, _relevant(estimator), max_depth, min_covered)
    rules, steps = finder.find(units, decided)
    rules = _listed(rules, shown, decided, min_covered)
    words = [_step_in_words(step, names) for step in steps]
    made = RuleList(rules=rules, hidden_rules=words, feature_names=names, fidelity=0.0, accuracy=0.0)
    made.fidelity, made.accuracy = made.score(shown, decided), made.score(shown, y)
    return made


def _check(estimator, max_depth, min_covered):
    """Raise a TypeError or a ValueError for what no rules are made of."""
    check_network(estimator)
    if not hasattr(estimator, "classes_") or isinstance(estimator.classes_, list) or len(estimator._groups_) != 1:
        raise TypeError(
            f"estimator is a {type(estimator).__name__} that predicts no single label, but rules are made of a "
            "BackpropClassifier that was fitted with one class for each instance."
        )
    if len(estimator.coefs_) < 2:
        raise ValueError("estimator has no hidden layer, so its weights say already what the inputs do.")
    for name, value in (("max_depth", max_depth), ("min_covered", min_covered)):
        if not isinstance(value, int | np.integer) or isinstance(value, bool) or value < 1:
            raise ValueError(f"{name}={value!r} is not valid: it must be an int, 1 or more.")


def _names(estimator, X_shown, feature_names):
    """What the features are called."""
    columns = getattr(X_shown, "columns", None)
    if feature_names is None and columns is not None and len(columns) == estimator.n_features_in_:
        feature_names = list(columns)
    return input_names(estimator, feature_names)


def _checked(X, n_features, name):
    X = np.asarray(X, dtype=float)
    if X.ndim != 2 or X.shape[1] != n_features:
        raise ValueError(f"{name} has shape {X.shape}, but must have a row for each instance and {n_features} columns.")
    return X


def _relevant(estimator):
    """The features that reach an output by weights that are not 0."""
    reached = np.ones(estimator.coefs_[-1].shape[1], dtype=bool)
    for weights in reversed(estimator.coefs_):
        reached = (weights != 0) @ reached
    return np.flatnonzero(reached)


class _HiddenUnits:
    """The last hidden layer of a network, the outputs of each unit put into clusters.

    Attributes
    ----------
    numbers : list of int
        Of the units that have a part in the outputs and do not always put out the same, from 0.
    outputs : ndarray of shape (n_instances, n_units)
        Each replaced by the mean of its cluster.
    """

    def __init__(self, estimator, inputs):
        self._estimator = estimator
        self._raw = estimator.activations(inputs)[-2].astype(float)
        weights = estimator.coefs_[-1]
        is_used = (weights != 0).any(axis=1) & (np.ptp(self._raw, axis=0) > 1e-9)
        self.numbers = np.flatnonzero(is_used).tolist()
        decided = self._decide(self._raw)
        for n_clusters in range(2, _MAX_CLUSTERS + 1):
            clustered = self._cluster(n_clusters)
            if np.mean(self._decide(clustered) == decided) >= _SAME:
                break
        self.outputs = clustered[:, self.numbers]

    def _decide(self, hidden):
        """What the network decides with these outputs of its last hidden layer."""
        net = hidden @ self._estimator.coefs_[-1].astype(float) + self._estimator.intercepts_[-1]
        units = self._estimator._units()
        return decide(apply_output_units(net, units), units)

    def _cluster(self, n_clusters):
        clustered = self._raw.copy()
        for unit in self.numbers:
            column = self._raw[:, [unit]]
            n_different = len(np.unique(column.round(9)))
            means = KMeans(min(n_clusters, n_different), n_init=3, random_state=0).fit(column)
            clustered[:, unit] = means.cluster_centers_[means.labels_, 0]
        return clustered


class _Finder:
    """Finds rules from the inputs to the classes by way of the hidden units.

    Parameters
    ----------
    X : ndarray of shape (n_instances, n_features)
        In the units that are shown.
    features : ndarray of int
        Those that rules may speak of.
    max_depth, min_covered : int
    """

    def __init__(self, X, features, max_depth, min_covered):
        self._X = X
        self._features = features
        self._options = {"min_samples_leaf": min_covered, "random_state": 0}
        self._max_depth = max_depth
        self._known = {}

    def find(self, units, decided):
        """All rules, and the steps between as (what, conditions, unit or class).

        Parameters
        ----------
        units : _HiddenUnits
        decided : ndarray of shape (n_instances,)
            What the network predicts.

        Returns
        -------
        rules : list of (list of Condition, label)
        steps : list of tuple
        """
        if not units.numbers or not len(self._features):
            return [], []
        tree = DecisionTreeClassifier(max_leaf_nodes=2**self._max_depth, **self._options).fit(units.outputs, decided)
        rules, steps = [], []
        for path, label in _paths(tree, units.outputs):
            parts = [(units.numbers[each.feature], each) for each in path]
            steps.append((parts, label))
            conjunctions = [[]]
            for unit, condition in parts:
                mine = self._where(unit, condition, units)
                conjunctions = [
                    merged for old in conjunctions for new in mine if (merged := _merge(old, new)) is not None
                ]
                conjunctions = [each for each in conjunctions if _holds(each, self._X).any()]
            rules += [(conditions, label) for conditions in conjunctions]
        steps += [(unit, condition, paths) for (unit, condition), paths in self._known.items()]
        return rules, steps

    def _where(self, unit, condition, units):
        """From the inputs to a hidden unit: the conjunctions under which its output lies there."""
        if (unit, condition) not in self._known:
            is_there = condition.holds(units.outputs)
            tree = DecisionTreeClassifier(max_depth=self._max_depth, **self._options)
            tree.fit(self._X[:, self._features], is_there)
            self._known[unit, condition] = [
                [each._replace(feature=int(self._features[each.feature])) for each in path]
                for path, label in _paths(tree, self._X[:, self._features])
                if label
            ]
        return self._known[unit, condition]


def _holds(conditions, X):
    return np.logical_and.reduce([np.ones(len(X), dtype=bool), *(each.holds(X) for each in conditions)])


def _merge(old, new):
    """Both conjunctions at once, a condition for each feature; None where they exclude each other."""
    merged = {each.feature: each for each in old}
    for each in new:
        have = merged.get(each.feature, Condition(each.feature, -math.inf, math.inf))
        both = Condition(each.feature, max(have.low, each.low), min(have.high, each.high))
        if both.low >= both.high:
            return None
        merged[each.feature] = both
    return list(merged.values())


def _paths(tree, X):
    """From the root to where all leaves say the same: conditions, one for each feature, and the class."""
    nodes, said = tree.tree_, _said_below(tree.tree_)
    waiting = [(0, [])]
    while waiting:
        node, path = waiting.pop()
        left, right = nodes.children_left[node], nodes.children_right[node]
        if len(said[node]) == 1:
            yield path, tree.classes_[next(iter(said[node]))]
            continue
        feature = int(nodes.feature[node])
        limit = _round_between(X[:, feature], nodes.threshold[node])
        waiting.append((right, _merge(path, [Condition(feature, limit, math.inf)])))
        waiting.append((left, _merge(path, [Condition(feature, -math.inf, limit)])))


def _said_below(nodes):
    """The numbers of the classes that the leaves below each node decide; children come after their parents."""
    said = [{int(value[0].argmax())} for value in nodes.value]
    for node in range(nodes.node_count - 1, -1, -1):
        if nodes.children_left[node] != nodes.children_right[node]:
            said[node] = said[nodes.children_left[node]] | said[nodes.children_right[node]]
    return said


def _round_between(values, threshold):
    """The number of fewest digits that parts the values as the threshold does."""
    below, above = values[values <= threshold].max(), values[values > threshold].min()
    middle = (below + above) / 2
    for digits in range(-math.floor(math.log10(above - below)) - 1, 17):
        rounded = round(middle, digits)
        if below <= rounded < above:
            return float(rounded)
    return float(threshold)


def _listed(rules, X, decided, min_covered):
    """The rules in an order in which each wins what the ones before it have left, without what is not needed."""
    candidates = list(_shortened(rules, X, decided))
    is_open, chosen = np.ones(len(X), dtype=bool), []
    while candidates:
        held = [_holds(conditions, X) & is_open for conditions, _ in candidates]
        gains = [2 * np.sum(decided[mine] == each[1]) - mine.sum() for mine, each in zip(held, candidates, strict=True)]
        best = int(np.argmax(gains))
        if gains[best] <= 0 or held[best].sum() < min_covered:
            break
        chosen.append(candidates.pop(best))
        is_open &= ~held[best]
    classes, counts = np.unique(decided[is_open] if is_open.any() else decided, return_counts=True)
    return _counted(_simplified([*chosen, ([], classes[counts.argmax()])], X, decided), X, decided)


def _simplified(rules, X, decided):
    """The list with rules, then limits, left out one by one while it is right no less often; the last rule stays."""
    right = _share_of_list(rules, X, decided)
    while len(rules) > 1:
        trials = [rules[:number] + rules[number + 1 :] for number in range(len(rules) - 1)]
        for number, (conditions, label) in enumerate(rules):
            weaker = [each for place in range(len(conditions)) for each in _weaker(conditions, place)]
            trials += [[*rules[:number], (each, label), *rules[number + 1 :]] for each in weaker if each]
        shares = [_share_of_list(trial, X, decided) for trial in trials]
        best = int(np.argmax(shares))
        if shares[best] < right:
            break
        rules, right = trials[best], shares[best]
    return rules


def _share_of_list(rules, X, decided):
    return sum(rule.n_right for rule in _counted(rules, X, decided)) / len(X)


def _counted(rules, X, decided):
    """As `Rule`, with what each decides."""
    is_open, counted = np.ones(len(X), dtype=bool), []
    for conditions, label in rules:
        is_held = is_open & _holds(conditions, X)
        counted.append(Rule(sorted(conditions), label, int(is_held.sum()), int(np.sum(decided[is_held] == label))))
        is_open &= ~is_held
    return counted


def _shortened(rules, X, decided):
    """Each rule without the conditions that it is as often right without, once."""
    seen = set()
    for conditions, label in rules:
        conditions = _shorten(list(conditions), label, X, decided)
        if (key := (tuple(sorted(conditions)), label)) not in seen:
            seen.add(key)
            yield conditions, label


def _shorten(conditions, label, X, decided):
    """Drop limits one by one, always the one whose loss leaves the rule right most often, while it is no worse."""
    right = _share_right(conditions, label, X, decided)
    while conditions:
        trials = [trial for number in range(len(conditions)) for trial in _weaker(conditions, number)]
        shares = [_share_right(trial, label, X, decided) for trial in trials]
        best = int(np.argmax(shares))
        if shares[best] < right:
            return conditions
        conditions, right = trials[best], shares[best]
    return conditions


def _weaker(conditions, number):
    """The conjunction with one limit of one condition less."""
    condition = conditions[number]
    others = conditions[:number] + conditions[number + 1 :]
    if math.isfinite(condition.low) and math.isfinite(condition.high):
        return [[*others, condition._replace(low=-math.inf)], [*others, condition._replace(high=math.inf)]]
    return [others]


def _share_right(conditions, label, X, decided):
    is_held = _holds(conditions, X)
    return np.mean(decided[is_held] == label) if is_held.any() else 0.0


def _in_words(condition, names):
    """A condition as one reads it."""
    name = names[condition.feature]
    if math.isfinite(condition.low) and math.isfinite(condition.high):
        return f"{condition.low:.6g} < {name} <= {condition.high:.6g}"
    if math.isfinite(condition.low):
        return f"{name} > {condition.low:.6g}"
    return f"{name} <= {condition.high:.6g}"


def _step_in_words(step, names):
    """A rule of one of the two steps as one reads it; units are counted from 1."""
    if len(step) == 2:
        parts, label = step
        words = [_unit_in_words(unit, condition) for unit, condition in parts]
        return f"if {' and '.join(words)}: {label}" if words else f"always: {label}"
    unit, condition, paths = step
    words = [" and ".join(_in_words(each, names) for each in path) for path in paths]
    return f"{_unit_in_words(unit, condition)} if {' or '.join(word or 'always' for word in words)}"


def _unit_in_words(unit, condition):
    return _in_words(condition._replace(feature=0), [f"hidden unit {unit + 1}"])
