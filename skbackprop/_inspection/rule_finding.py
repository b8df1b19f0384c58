"""Finds rules: from the inputs to clusters of hidden units' outputs, from these to the classes, and both in one."""

import math
from typing import NamedTuple

import numpy as np
from sklearn.cluster import KMeans
from sklearn.tree import DecisionTreeClassifier

from .._network.units import apply_output_units, decide
from .networks import layer_outputs

# More clusters of a hidden unit's outputs than this have no words.
MAX_CLUSTERS = 4

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


class HiddenUnits:
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
        self._raw = layer_outputs(estimator, inputs)[-2].astype(float)
        weights = estimator.coefs_[-1]
        is_used = (weights != 0).any(axis=1) & (np.ptp(self._raw, axis=0) > 1e-9)
        self.numbers = np.flatnonzero(is_used).tolist()
        decided = self._decide(self._raw)
        for n_clusters in range(2, MAX_CLUSTERS + 1):
            clustered = self._cluster(n_clusters)
            if np.mean(self._decide(clustered) == decided) >= _SAME:
                break
        self.outputs = clustered[:, self.numbers]

    def _decide(self, hidden):
        """What the network decides with these outputs of its last hidden layer."""
        with np.errstate(all="ignore"):
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


class Finder:
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
        self._scaled = _scaled(X[:, features])
        self._options = {"min_samples_leaf": min_covered, "random_state": 0}
        self._max_depth = max_depth
        self._known = {}

    def find(self, units, decided):
        """All rules, and the steps between as (what, conditions, unit or class).

        Parameters
        ----------
        units : HiddenUnits
        decided : ndarray of shape (n_instances,)
            What the network predicts.

        Returns
        -------
        rules : list of (list of Condition, label)
        steps : list of tuple
        """
        if not units.numbers or not len(self._features):
            return [], []
        scaled = _scaled(units.outputs)
        n_leaves = max(2, min(2**self._max_depth, len(scaled)))  # for which memory is taken beforehand
        tree = DecisionTreeClassifier(max_leaf_nodes=n_leaves, **self._options).fit(scaled, decided)
        rules, steps = [], []
        for path, label in _paths(tree, scaled, units.outputs):
            parts = [(units.numbers[each.feature], each) for each in path]
            steps.append((parts, label))
            conjunctions = [[]]
            for unit, condition in parts:
                mine = self._where(unit, condition, units)
                conjunctions = [
                    merged for old in conjunctions for new in mine if (merged := merge(old, new)) is not None
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
            tree.fit(self._scaled, is_there)
            self._known[unit, condition] = [
                [each._replace(feature=int(self._features[each.feature])) for each in path]
                for path, label in _paths(tree, self._scaled, self._X[:, self._features])
                if label
            ]
        return self._known[unit, condition]


def _scaled(X):
    """Each column from 0 to 1, in float32, as trees take it: in other units they would not tell small numbers apart."""
    halves = X / 2  # whose difference cannot overflow
    spans = np.ptp(halves, axis=0)
    return ((halves - halves.min(axis=0)) / np.where(spans > 0, spans, 1)).astype(np.float32)


def _holds(conditions, X):
    return np.logical_and.reduce([np.ones(len(X), dtype=bool), *(each.holds(X) for each in conditions)])


def merge(old, new):
    """Both conjunctions at once, a condition for each feature; None where they exclude each other."""
    merged = {each.feature: each for each in old}
    for each in new:
        have = merged.get(each.feature, Condition(each.feature, -math.inf, math.inf))
        both = Condition(each.feature, max(have.low, each.low), min(have.high, each.high))
        if both.low >= both.high:
            return None
        merged[each.feature] = both
    return list(merged.values())


def _paths(tree, scaled, X):
    """From the root to where all leaves say the same: conditions on X, one for each feature, and the class.

    The tree was made of the columns of X as `_scaled` has them.
    """
    nodes, said = tree.tree_, _said_below(tree.tree_)
    waiting = [(0, [])]
    while waiting:
        node, path = waiting.pop()
        left, right = nodes.children_left[node], nodes.children_right[node]
        if len(said[node]) == 1:
            yield path, tree.classes_[next(iter(said[node]))]
            continue
        feature = int(nodes.feature[node])
        is_left = scaled[:, feature] <= nodes.threshold[node]
        limit = round_between(X[is_left, feature].max(), X[~is_left, feature].min())
        waiting.append((right, merge(path, [Condition(feature, limit, math.inf)])))
        waiting.append((left, merge(path, [Condition(feature, -math.inf, limit)])))


def _said_below(nodes):
    """The numbers of the classes that the leaves below each node decide; children come after their parents."""
    said = [{int(value[0].argmax())} for value in nodes.value]
    for node in range(nodes.node_count - 1, -1, -1):
        if nodes.children_left[node] != nodes.children_right[node]:
            said[node] = said[nodes.children_left[node]] | said[nodes.children_right[node]]
    return said


def round_between(below, above):
    """The number of fewest digits that is not below the one, and below the other."""
    middle, half = below / 2 + above / 2, above / 2 - below / 2
    first = -math.floor(math.log10(half)) - 2 if half > 0 else 0
    for digits in range(first, first + 19):
        rounded = round(float(middle), digits)
        if below <= rounded < above:
            return rounded
    return float(below)


def list_rules(rules, X, decided, min_covered):
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
    counted = _counted(_simplified([*chosen, ([], classes[counts.argmax()])], X, decided), X, decided)
    while len(counted) > 1 and counted[-1].n_covered == 0:  # the one before decides whatever is left
        counted = [*counted[:-2], counted[-2]._replace(conditions=[])]
    return counted


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
