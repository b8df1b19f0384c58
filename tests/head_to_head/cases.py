"""The table: what is tried on every estimator, with an id for each. To add a row, add a `Case` to `CASES`.

A case takes a `Subject` and returns whether the estimator did what is required; raising means that it did not. Only the
public surface that scikit-learn's network has too is used, unless the row says which parameters it needs.
"""

import math
import os
import pickle
import resource
import subprocess
import sys
import tempfile
import time
from copy import deepcopy
from pathlib import Path
from typing import NamedTuple

import joblib
import numpy as np
import pandas as pd
from scipy import sparse
from sklearn.base import clone
from sklearn.exceptions import ConvergenceWarning, DataConversionWarning
from sklearn.model_selection import GridSearchCV, cross_val_score
from subject import (
    FORMATS,
    accepts_values,
    digest,
    error_of,
    finite,
    in_format,
    in_threads,
    interrupted_after,
    keeps,
    memory,
    refuses,
    refuses_values,
    same,
    says,
    stays_new,
    vector,
    warned_of,
)

NAN, INF = math.nan, math.inf


class Case(NamedTuple):
    """One row.

    Attributes
    ----------
    id : str
    what : str
        What is required, as a sentence.
    check : callable
        Takes a Subject; returns True where the requirement is met.
    of : {'both', 'classifier', 'regressor'}
    needs : tuple of str
        Parameters without which there is nothing to ask.
    only_ours : str
        Why scikit-learn's network is not asked; '' where it is.
    """

    id: str
    what: str
    check: object
    of: str = "both"
    needs: tuple = ()
    only_ours: str = ""


# A: parameters


def no_hidden_layers(subject):
    return subject.both(lambda method: len(subject.trained(method, {"hidden_layer_sizes": ()}).coefs_) == 1)


def layers_of_any_ints(subject):
    for value, layers in ((np.int64(5), [5]), (range(3, 5), [3, 4]), (np.array([4, 3]), [4, 3])):
        estimator = subject.trained("fit", {"hidden_layer_sizes": value})
        if estimator.get_params()["hidden_layer_sizes"] is not value:
            return False
        if [len(biases) for biases in estimator.intercepts_[:-1]] != layers:
            return False
    return True


def absurd_layers(subject):
    value, before, begin = (10**9, 10**9), memory(), time.perf_counter()
    message = error_of(lambda: subject.trained("fit", {"hidden_layer_sizes": value}), MemoryError, ValueError)
    return says(message, "hidden_layer_sizes", "bytes") and time.perf_counter() - begin < 1 and memory() - before < 100


def large_batch(subject):
    caught = warned_of(lambda: subject.trained("fit", {"batch_size": 10_000}))
    return all(each.category is ConvergenceWarning for each in caught)


def bad_fractions(subject):
    return all(
        says(
            error_of(lambda p=parameters: subject.trained("fit", p | {"early_stopping": True}), ValueError),
            "validation_fraction",
        )
        for parameters in ({"validation_fraction": value} for value in (0, -0.1, 1.0, 0.99))
    )


def unknown_parameter(subject):
    unknown = error_of(lambda: subject.make(foo=1), TypeError)
    return says(unknown, "foo") and says(error_of(lambda: subject.new().set_params(foo=1), ValueError), "foo", "alpha")


def bad_between_partial_fits(subject):
    for name, value in (("alpha", -1), ("learning_rate_init", 0), ("batch_size", 0), ("shuffle", "yes")):
        estimator = subject.trained("partial_fit").set_params(**{name: value})
        if not says(error_of(lambda e=estimator: subject.train(e, "partial_fit"), ValueError), name):
            return False
    return True


def changed_structure(name, value, shown):
    def check(subject):
        stream = subject.trained("partial_fit").set_params(**{name: value})
        warm = subject.trained("fit").set_params(**{name: value}, warm_start=True)
        messages = (
            error_of(lambda: subject.train(stream, "partial_fit"), ValueError),
            error_of(lambda: subject.train(warm, "fit"), ValueError),
        )
        return all(says(message, name, shown) for message in messages)

    return check


PARAMETERS = [
    Case("A1", "no, or negative, units are refused by name", refuses_values("hidden_layer_sizes", 0, -3, (5, 0), (5, -1))),
    Case("A3", "no hidden layers make a network of one layer", no_hidden_layers),
    Case("A4", "layers may be any ints, and get_params gives them back", layers_of_any_ints),
    Case("A5", "absurd layers are refused at once, with bytes", absurd_layers),
    Case("A5b", "layers beyond all floats are refused by name", lambda subject: says(error_of(
        lambda: subject.trained("fit", {"hidden_layer_sizes": 10**400}), MemoryError, ValueError
    ), "hidden_layer_sizes")),
    Case("A6", "unknown activations are refused by name", refuses_values("activation", "foo", None, 0)),
    Case("A7", "unknown solvers are refused by name", refuses_values("solver", "foo", None)),
    Case("A8", "bad alpha is refused by name", refuses_values("alpha", -1, NAN, INF, "x", None, [0.1])),
    Case("A9", "bad learning rates are refused by name", refuses_values("learning_rate_init", 0, -1, NAN, INF, "0.1")),
    Case("A11", "bad momentum is refused by name", refuses_values("momentum", -0.1, 1.1, NAN)),
    Case("A11b", "momentum of 1 is accepted", accepts_values("momentum", 1.0)),
    Case("A12", "bad batch sizes are refused by name", refuses_values("batch_size", 0, -1, 2.0, "foo")),
    Case("A13", "a batch larger than the data is the data, without a warning", large_batch),
    Case("A14", "bad max_iter is refused by name", refuses_values("max_iter", 0, -1, 1.5, 10.0)),
    Case("A14b", "max_iter may be an int of NumPy", accepts_values("max_iter", np.int64(3))),
    Case("A15", "bad tol is refused by name", refuses_values("tol", -1, NAN, INF)),
    Case("A15b", "tol of 0 is accepted", accepts_values("tol", 0, 0.0)),
    Case("A15c", "bad update_tol is refused by name", refuses_values("update_tol", -1, NAN, INF), needs=("update_tol",)),
    Case("A15d", "bad error_tol is refused by name", refuses_values("error_tol", -1, NAN, INF), needs=("error_tol",)),
    Case("A17", "bad shares for validation are refused by their name", bad_fractions),
    Case("A18", "bad random states are refused by name", refuses_values("random_state", -1, 1.5, "a", 2**32)),
    Case("A18b", "a RandomState is accepted", accepts_values("random_state", np.random.RandomState(0))),
    Case("A19", "what is not a bool is refused by name", lambda subject: all(
        refuses_values(name, "yes", 1, None)(subject) for name in ("shuffle", "warm_start", "nesterovs_momentum")
    )),
    Case("A19b", "a bool of NumPy is accepted", accepts_values("shuffle", np.bool_(True), np.bool_(False))),
    Case("A21", "unknown parameters are refused, with a list of those there are", unknown_parameter),
    Case("A23", "a parameter made bad between partial_fits is refused by name", bad_between_partial_fits),
    Case("A25", "other layers cannot slip in later", changed_structure("hidden_layer_sizes", (5,), 4)),
    Case("A25b", "another activation cannot slip in later", lambda subject: changed_structure(
        "activation", "tanh", subject.new().activation
    )(subject)),
]  # fmt: skip


# B: X


def not_finite(value, word):
    def check(subject):
        X = subject.X.copy()
        X[20, 1] = value
        names = ["predict", "predict_proba"] if subject.is_classifier else ["predict"]
        estimator = subject.trained()
        messages = [error_of(lambda n=name: getattr(estimator, n)(X), ValueError) for name in names]
        messages.append(error_of(lambda: estimator.score(X, subject.y), ValueError))
        return all(says(message, "X", word) for message in messages) and all(
            keeps(subject, lambda e, m=method: subject.train(e, m, X=X), ValueError)
            for method in ("fit", "partial_fit")
        )

    return check


def beyond_float32(subject):
    X = subject.X * 1e300
    estimator = subject.trained("fit", {"activation": "logistic", "hidden_layer_sizes": (4, 3)}, X=X)
    return finite(estimator) and np.isfinite(subject.outputs(estimator, X)).all()


def odd_numbers(subject):
    for X in (np.full((40, 3), 5e-324), np.zeros((40, 3)), subject.X * [0, 1, 0] + [7, 0, 0]):
        estimator = subject.trained("fit", X=X)
        if not (finite(estimator) and np.isfinite(subject.outputs(estimator, X)).all()):
            return False
    return True


def no_table(subject):
    bad = [np.zeros(40), np.float64(1), np.zeros((40, 3, 1)), None, "abc", [[1.0, 2.0], [1.0]] * 20]
    return all(refuses(subject, X=X, types=(ValueError,)) for X in bad) and refuses(
        subject, X={"a": [1]}, types=(TypeError,)
    )


def nothing(subject):
    estimator = subject.trained()
    return (
        refuses(subject, "0 sample(s)", X=np.empty((0, 3)), y=subject.y[:0])
        and refuses(subject, "0 feature(s)", X=np.empty((40, 0)))
        and says(error_of(lambda: estimator.predict(np.empty((0, 3))), ValueError), "0 sample(s)")
    )


def one_row_or_column(subject):
    return all(
        subject.both(lambda m, s=slices: finite(subject.trained(m, X=subject.X[s], y=subject.y[s[0]])))
        for slices in ((slice(1), slice(3)), (slice(40), slice(1)), (slice(1), slice(1)))
    )


def other_width(subject):
    estimator, message = subject.trained(), "X has 2 features, but"
    calls = (
        lambda: estimator.predict(subject.X[:, :2]),
        lambda: estimator.score(subject.X[:, :2], subject.y),
        lambda: subject.train(estimator, "partial_fit", X=subject.X[:, :2]),
    )
    return all(says(error_of(call, ValueError), message, "is expecting 3") for call in calls)


def same_as(convert, dtype=np.float64):
    """X in another form trains and predicts as the plain array does."""

    def check(subject):
        array = (np.abs(subject.X) * 3).astype(dtype)
        X = convert(array)
        one, other = subject.trained(X=X), subject.trained(X=array.astype(np.float64))
        return same(one, other) and same(subject.outputs(one, X), subject.outputs(other, array.astype(np.float64)))

    return check


def objects(subject):
    text, mapping = subject.X.astype(object), subject.X.astype(object)
    text[0, 0], mapping[0, 0] = "ten", {"a": 1}
    return (
        same_as(lambda array: array.astype(object))(subject)
        and refuses(subject, "could not convert", X=text)
        and refuses(subject, X=mapping, types=(TypeError,))
    )


def float32(subject):
    X = subject.X.astype(np.float32)
    one, other = subject.trained(X=X), subject.trained()
    outputs = subject.outputs(one, X)
    return (
        {array.dtype for array in one.coefs_} == {np.dtype(np.float32)}
        and outputs.dtype == np.float32
        and same(outputs, subject.outputs(other), atol=1e-3)
    )


def layouts(subject):
    read_only = subject.X.copy()
    read_only.flags.writeable = False
    forms = [
        np.asfortranarray(subject.X),
        subject.X[::-1].copy()[::-1],
        np.repeat(subject.X, 2, axis=0)[::2],
        read_only,
    ]
    with tempfile.TemporaryDirectory() as folder:
        np.save(Path(folder, "X.npy"), subject.X)
        forms.append(np.load(Path(folder, "X.npy"), mmap_mode="r"))
        hashes = [digest(np.array(form)) for form in forms]
        trained = subject.trained()
        return all(same(subject.trained(X=form), trained) for form in forms) and hashes == [
            digest(np.array(form)) for form in forms
        ]


def sparse_formats(subject, indices=None):
    expected = subject.outputs(subject.trained(X=subject.Z), subject.Z)
    for name in FORMATS:
        X = in_format(subject.Z, name)
        if indices is not None:
            if name[:3] not in ("csr", "csc"):
                continue
            X.indices, X.indptr = X.indices.astype(indices[0]), X.indptr.astype(indices[1])
        if not same(subject.outputs(subject.trained(X=X), X), expected, atol=1e-12):
            return False
    return True


def malformed(subject):
    for attribute, value in (("indices", 10**8), ("indices", -(10**8)), ("indptr", 10**8)):
        X = sparse.csr_matrix(np.ones((40, 3)))
        getattr(X, attribute)[1] = value
        if not (
            refuses(subject, "X", X=X) and says(error_of(lambda x=X: subject.trained().predict(x), ValueError), "X")
        ):
            return False
    return True


def dense_then_sparse(subject):
    X = sparse.csr_matrix(subject.Z)
    one, other = subject.trained(X=subject.Z), subject.trained(X=X)
    return same(subject.outputs(one, X), subject.outputs(one, subject.Z), 1e-12) and same(
        subject.outputs(other, subject.Z), subject.outputs(one, subject.Z), 1e-12
    )


def nullable(subject):
    frame = pd.DataFrame(subject.X, columns=list("abc")).astype("Float64")
    good = same(subject.trained(X=frame), subject.trained())
    frame.iloc[3, 1] = pd.NA
    return good and refuses(subject, "NaN", X=frame)


def text_columns(subject):
    frame = pd.DataFrame({"a": subject.X[:, 0], "b": ["red", "green"] * 20})
    return refuses(subject, "could not convert", X=frame) and refuses(
        subject, "could not convert", X=frame.astype({"b": "category"})
    )


def other_names(subject):
    frame = pd.DataFrame(subject.X, columns=list("abc"))
    estimator, text = subject.trained(X=frame), "The feature names should match those that were passed during fit."
    others = [frame[["b", "a", "c"]], frame.rename(columns={"a": "z"}), frame[["a", "b"]], frame.assign(d=1.0)]
    return all(
        says(error_of(lambda o=other: estimator.predict(o), ValueError), text)
        and says(error_of(lambda o=other: subject.train(estimator, "partial_fit", X=o), ValueError), text)
        for other in others
    )


def names_dropped(subject):
    frame = pd.DataFrame(subject.X, columns=list("abc"))
    estimator = subject.trained(X=frame)
    predicted = warned_of(lambda: estimator.predict(subject.X), UserWarning)
    streamed = warned_of(lambda: subject.train(estimator, "partial_fit", X=subject.X), UserWarning)
    is_of_names = ["valid feature names" in str(each.message) for each in predicted + streamed]
    return len(predicted) == 1 and is_of_names.count(True) == 2


INPUTS = [
    Case("B1", "NaN in X is refused everywhere, and changes nothing", not_finite(NAN, "NaN")),
    Case("B2", "infinity in X is refused everywhere, and changes nothing", not_finite(INF, "infinity")),
    Case("B3", "-infinity in X is refused everywhere, and changes nothing", not_finite(-INF, "infinity")),
    Case("B5", "values beyond float32 are computed in float64", beyond_float32),
    Case("B7", "denormals, zeros and constants give finite results", odd_numbers),
    Case("B8", "what is no table is refused", no_table),
    Case("B9", "no rows and no columns are refused", nothing),
    Case("B10", "one row or one column is enough", one_row_or_column),
    Case("B11", "another length of y is refused with both", lambda subject: refuses(
        subject, "inconsistent numbers of samples: [40, 39]", y=subject.y[:-1]
    )),
    Case("B12", "another width is refused with both", other_width),
    Case("B13", "complex X is refused", lambda subject: refuses(subject, "Complex data not supported", X=subject.X + 1j)),
    Case("B14", "objects of floats are floats, others are refused", objects),
    Case("B14b", "numbers as text are numbers", same_as(lambda array: array.astype("U40").astype(object))),
    Case("B16", "bools, ints and float16 are the numbers they are", lambda subject: all(
        same_as(np.asarray, dtype)(subject) for dtype in "?bBhHiIqQe"
    )),
    Case("B18", "float32 makes a float32 network and float32 outputs", float32),
    Case("B20", "the layout of X changes no bit, and X is not written to", layouts),
    Case("B24", "all sparse formats give what the dense array gives", sparse_formats),
    Case("B25", "64-bit and mixed indices are accepted", lambda subject: all(
        sparse_formats(subject, pair) for pair in ((np.int64, np.int64), (np.int32, np.int64))
    )),
    Case("B27", "a sparse matrix that points outside itself is refused, and crashes nothing", malformed),
    Case("B29", "trained dense, predicted sparse, and the reverse", dense_then_sparse),
    Case("B30", "nullable columns are numbers, NA is NaN", nullable),
    Case("B31", "columns of text are refused", text_columns),
    Case("B33", "other feature names are refused with a list", other_names),
    Case("B34", "names that are dropped are warned of once a call", names_dropped),
    Case("B35", "lists of lists are tables", same_as(np.ndarray.tolist)),
]  # fmt: skip


# C: y


def labels_return(subject):
    code = subject.y % 2
    kinds = [
        np.array([False, True]), np.array([0.0, 1.0]), np.array([-1, 1]), np.array([-(2**63), 2**63 - 1]),
        np.array([0, 2**64 - 1], dtype=np.uint64), np.array(["a", "longer"]), np.array(["ä", "猫"], dtype=object),
    ]  # fmt: skip
    for labels in kinds:
        y = labels[code]
        predicted = subject.trained("fit", {"max_iter": 200, "solver": "lbfgs"}, y=y).predict(subject.X)
        if predicted.dtype != y.dtype or not set(predicted.tolist()) <= set(y.tolist()):
            return False
    return set(subject.trained(y=pd.Series(kinds[5][code]).astype("category")).predict(subject.X)) <= {"a", "longer"}


def one_class(subject):
    for label in (3, "only"):
        estimator = subject.trained(y=np.full(40, label))
        if not ((estimator.predict(subject.X) == label).all() and same(subject.outputs(estimator), np.ones((40, 1)))):
            return False
    return True


def label_column(subject):
    estimators = [subject.new(), subject.new()]
    caught = warned_of(lambda: subject.train(estimators[0], y=subject.y.reshape(-1, 1)), DataConversionWarning)
    return len(caught) == 1 and same(estimators[0], subject.train(estimators[1]))


def multilabel(subject):
    y = np.column_stack([subject.X[:, 0] > 0, np.zeros(40), subject.X[:, 1] > 0]).astype(int)
    y[3] = 0
    for form in (y, y.tolist(), sparse.csr_matrix(y), sparse.csr_array(y)):
        estimator = subject.trained(y=form)
        predicted, outputs = estimator.predict(subject.X), subject.outputs(estimator)
        if predicted.shape != (40, 3) or outputs.shape != (40, 3) or not ((outputs > 0) & (outputs < 1)).all():
            return False
    return True


def several_labels(subject):
    y = np.column_stack([subject.y, subject.y % 2 + 5])
    try:
        return subject.trained(y=y).predict(subject.X).shape == (40, 2)
    except ValueError as error:
        return says(str(error), "MultiOutputClassifier")


def without_y(subject):
    return refuses(subject, types=(ValueError, TypeError), y=None) and says(
        error_of(lambda: subject.new().fit(subject.X), TypeError, ValueError), "y"
    )


def bad_targets(subject):
    values = [np.r_[NAN, np.ones(39)], np.r_[INF, np.ones(39)], np.ones(40) + 1j, np.ones((40, 2, 2))]
    return all(refuses(subject, y=y, types=(ValueError,)) for y in values)


def shape_of_y(subject):
    return all(
        subject.trained(y=np.resize(subject.y, shape[::-1]).T).predict(subject.X).shape == shape
        for shape in ((40,), (40, 1), (40, 2))
    )


def other_targets(subject):
    two = np.column_stack([subject.y, subject.y])
    estimator, warm = subject.trained(), subject.trained("fit", {"warm_start": True})
    calls = (
        lambda: subject.train(estimator, "partial_fit", y=two),
        lambda: subject.train(warm, y=two),
        lambda: estimator.score(subject.X, two),
    )
    return all(says(error_of(call, ValueError), "1", "2") for call in calls)


TARGETS = [
    Case("C1", "continuous labels are refused", lambda subject: says(error_of(
        lambda: subject.trained(y=np.resize([1.5, 2.5], 40)), ValueError
    ), "continuous"), "classifier"),
    Case("C2", "NaN in y is refused by name", lambda subject: refuses(
        subject, "y", "NaN", y=np.r_[NAN, np.resize([0.0, 1.0], 39)]
    ), "classifier"),
    Case("C5", "predictions are labels as they went in", labels_return, "classifier"),
    Case("C7", "a single class has one column of ones", one_class, "classifier"),
    Case("C9", "a column of labels is a row, with one warning", label_column, "classifier"),
    Case("C10", "multilabel y of any form, constant columns too", multilabel, "classifier"),
    Case("C11", "several labels are learned, or the way to do so is named", several_labels, "classifier"),
    Case("C12", "missing y is refused by name", without_y),
    Case("C14", "NaN, infinite, complex and 3-D targets are refused", bad_targets, "regressor"),
    Case("C15", "text is no target, whose name is y", lambda subject: refuses(
        subject, "y", y=np.resize(["a", "1.5"], 40)
    ), "regressor"),
    Case("C19", "predictions have the shape of y", shape_of_y, "regressor"),
    Case("C20", "another number of targets is refused with both", other_targets, "regressor"),
]  # fmt: skip


# D: weights


def zero_weights(subject):
    weights = np.r_[np.zeros(24), np.ones(16)]
    for batch_size in (1, 2, "auto"):
        estimator = subject.trained("fit", {"batch_size": batch_size, "shuffle": False}, sample_weight=weights)
        if not (finite(estimator) and np.isfinite(estimator.loss_curve_).all()):
            return False
    weighted = subject.trained("fit", {"batch_size": 40}, sample_weight=weights)
    return same(weighted, subject.trained("fit", {"batch_size": 16}, X=subject.X[24:], y=subject.y[24:]), 1e-9)


def repetition(subject):
    weights = np.random.RandomState(0).randint(1, 4, size=40)
    repeated = np.repeat(np.arange(40), weights)
    for convert in (np.asarray, sparse.csr_matrix):
        one = subject.trained("fit", {"batch_size": 40}, X=convert(subject.Z), sample_weight=weights)
        X, y = convert(subject.Z[repeated]), subject.y[repeated]
        other = subject.trained("fit", {"batch_size": len(repeated)}, X=X, y=y)
        if not same(one, other, 1e-7 * np.abs(vector(other)).max()):
            return False
    return True


def weights_untouched(subject):
    weights = np.linspace(0.5, 2, 40)
    before = weights.copy()
    subject.trained(sample_weight=weights)
    return np.array_equal(weights, before)


WEIGHTS = [
    Case("D1", "weights that are all zero are refused", lambda subject: refuses(
        subject, "weight", "zero", sample_weight=np.zeros(40)
    )),
    Case("D2", "some weights may be zero, whole batches too", zero_weights),
    Case("D3", "negative weights are refused by name", lambda subject: refuses(
        subject, "sample_weight", sample_weight=-np.ones(40)
    ) and refuses(subject, "sample_weight", sample_weight=np.resize([-1.0, 1.0], 40))),
    Case("D4", "NaN and infinite weights are refused by name", lambda subject: all(
        refuses(subject, "sample_weight", sample_weight=np.r_[value, np.ones(39)]) for value in (NAN, INF)
    )),
    Case("D5", "weights of other shapes and text are refused by name", lambda subject: all(
        refuses(subject, "sample_weight", sample_weight=weights) for weights in (np.ones(39), np.ones((40, 1)), ["a"] * 40)
    )),
    Case("D9", "whole-number weights are repetition, dense and sparse", repetition),
    Case("D10", "weights are not written to", weights_untouched),
]  # fmt: skip


# E: streams


def unseen_label(subject):
    y = subject.y.copy()
    y[7] = 77
    first = error_of(lambda: subject.new().partial_fit(subject.X, y, classes=[0, 1, 2]), ValueError)
    later = error_of(lambda: subject.train(subject.trained(), "partial_fit", y=y), ValueError)
    return says(first, "77", "0, 1, 2") and says(later, "77", "0, 1, 2") and keeps(
        subject, lambda estimator: subject.train(estimator, "partial_fit", y=y)
    )  # fmt: skip


def other_classes(subject):
    estimator = subject.trained("partial_fit")
    other = error_of(lambda: subject.train(estimator, "partial_fit", classes=[0, 1, 2, 3]), ValueError)
    return says(other, "classes") and finite(subject.train(estimator, "partial_fit", classes=[2, 0, 1]))


def bad_classes(subject):
    return all(
        says(error_of(lambda c=classes: subject.trained("partial_fit", classes=c), ValueError, TypeError), "classes")
        for classes in ([], [0, 1, NAN], [0, None, 1])
    )


def small_batches(subject):
    stream = subject.trained("partial_fit")
    for value in np.unique(subject.y)[:3]:
        subject.train(stream, "partial_fit", X=subject.X[:1], y=np.full(1, value))
        subject.train(stream, "partial_fit", X=np.ones((9, 3)), y=np.full(9, value))
    return finite(stream)


def partial_fits_are_a_fit(subject):
    for solver in ({"solver": "sgd", "momentum": 0.0}, {"solver": "sgd", "momentum": 0.8}, {"solver": "adam"}):
        for shuffle in (False, True):
            parameters = solver | {"shuffle": shuffle, "max_iter": 4}
            stream = subject.new(**parameters)
            for _ in range(4):
                subject.train(stream, "partial_fit")
            if not same(stream, subject.trained("fit", parameters)):
                return False
    return True


def warm_start(subject):
    for solver in ({"solver": "sgd", "momentum": 0.8}, {"solver": "adam"}):
        parts = subject.trained("fit", solver | {"max_iter": 2, "warm_start": True}).set_params(max_iter=3)
        if not same(subject.train(parts), subject.trained("fit", solver | {"max_iter": 5})):
            return False
    return True


def resumed(subject, go_on):
    for solver in ({"solver": "sgd", "momentum": 0.8}, {"solver": "adam"}):
        stream = subject.trained("partial_fit", solver)
        subject.train(stream, "partial_fit")
        for copied in go_on(stream, subject):
            if not same(copied, subject.train(deepcopy(stream), "partial_fit")):
                return False
    return True


def by_pickle(stream, subject):
    return [subject.train(pickle.loads(pickle.dumps(stream, each)), "partial_fit") for each in (2, 3, 4, 5)]


RESUME = """
import joblib, sys, warnings
warnings.simplefilter("ignore")
stream, X, y = joblib.load(sys.argv[1])
joblib.dump(stream.partial_fit(X, y), sys.argv[1])
"""


def by_another_process(stream, subject):
    with tempfile.TemporaryDirectory() as folder:
        path = str(Path(folder, "stream.joblib"))
        joblib.dump((stream, subject.X, subject.y), path)
        subprocess.run(
            [sys.executable, "-c", RESUME, path],
            cwd=tempfile.gettempdir(),
            env=os.environ | {"PYTHONHASHSEED": "7"},
            check=True,
        )
        return [joblib.load(path)]


def flat_stream(subject):
    """13 000 calls, of which the last 3000 must add less than 5 MB, and a tenth of the file at most."""
    stream, sizes = subject.trained("partial_fit", {"batch_size": 1}), []
    for number in range(13_001):
        subject.train(stream, "partial_fit", X=subject.X[:1], y=subject.y[:1])
        if number in (10_000, 13_000):
            sizes.append((memory("VmRSS"), len(pickle.dumps(stream))))
    (memory_before, file_before), (memory_after, file_after) = sizes
    return memory_after - memory_before < 5 and file_after < 1.1 * file_before


def no_stream_of_lbfgs(subject):
    return not hasattr(subject.new(solver="lbfgs"), "partial_fit")


def fit_forgets(subject):
    stream = subject.trained("partial_fit", X=subject.X[:20], y=subject.y[:20])
    return same(subject.train(stream), subject.trained())


STREAMS = [
    Case("E1", "the first call needs the classes", lambda subject: says(error_of(
        lambda: subject.new().partial_fit(subject.X, subject.y), ValueError
    ), "classes must be passed on the first call"), "classifier"),
    Case("E2", "an unseen label is refused with both sets, and changes nothing", unseen_label, "classifier"),
    Case("E3", "other classes are refused, another order is not", other_classes, "classifier"),
    Case("E5", "bad classes are refused by name", bad_classes, "classifier"),
    Case("E6", "batches of one class, of one row, of equal rows", small_batches),
    Case("E7", "an empty batch is refused", lambda subject: says(error_of(lambda: subject.train(
        subject.trained(), "partial_fit", X=np.empty((0, 3)), y=subject.y[:0]
    ), ValueError), "0 sample(s)")),
    Case("E8", "another width is refused", lambda subject: says(error_of(
        lambda: subject.train(subject.trained(), "partial_fit", X=subject.X[:, :2]), ValueError
    ), "X has 2 features")),
    Case("E10", "early stopping is refused by partial_fit", lambda subject: says(error_of(
        lambda: subject.trained("partial_fit", {"early_stopping": True}), ValueError
    ), "partial_fit does not support early_stopping=True")),
    Case("E13", "k partial_fits are one fit of k epochs, bit for bit", partial_fits_are_a_fit),
    Case("E14", "a warm start goes on bit for bit", warm_start),
    Case("E15", "a pickled stream goes on bit for bit", lambda subject: resumed(subject, by_pickle)),
    Case("E16", "another process goes on bit for bit", lambda subject: resumed(subject, by_another_process)),
    Case("E17", "a long stream needs no more memory and no larger file", flat_stream),
    Case("E19", "there is no partial_fit with lbfgs", no_stream_of_lbfgs),
    Case("E20", "fit after a stream forgets it", fit_forgets),
]  # fmt: skip


# F: numerics

WILD = {"activation": "relu", "learning_rate_init": 1e6, "momentum": 0.9, "max_iter": 100, "tol": 0.0}


def diverges(subject):
    messages = []
    caught = warned_of(
        lambda: messages.append(error_of(lambda: subject.trained("fit", WILD), ValueError)), RuntimeWarning
    )
    return says(messages[0], "non-finite", "learning_rate_init") and not caught


def keeps_after_divergence(subject):
    return keeps(subject, lambda estimator: subject.train(estimator.set_params(**WILD)), ValueError)


def divergence_with_early_stopping(subject):
    X, y = np.tile(subject.X, (5, 1)), np.tile(subject.y, 5)
    parameters = WILD | {"learning_rate_init": 1.0, "early_stopping": True, "n_iter_no_change": 200}
    estimator = subject.trained("fit", parameters, X=X, y=y)
    return math.isnan(estimator.validation_scores_[-1]) and finite(estimator)


def predicts_numbers(subject):
    """At rates that explode, with each loss of the estimator, and ended after each of the first epochs."""
    losses = (
        (["log_loss"] if subject.is_classifier else ["squared_error", "huber"])
        if subject.knows("init_range")
        else [None]
    )
    for loss in losses:
        for rate in (1e2, 1e3, 1e6):
            for max_iter in range(1, 9):
                parameters = WILD | {"activation": "identity", "learning_rate_init": rate, "max_iter": max_iter}
                parameters |= {} if loss is None else {"loss": loss}
                estimator = subject.new(**parameters)
                if error_of(lambda e=estimator: subject.train(e, y=np.abs(subject.y)), ValueError) is not None:
                    continue
                if np.isnan(subject.outputs(estimator)).any():
                    return False
    return True


def diverges_in_silence(subject):
    X, y = np.tile(subject.X, (5, 1)), np.tile(subject.y, 5)
    parameters = WILD | {"learning_rate_init": 1.0, "early_stopping": True, "n_iter_no_change": 200, "batch_size": 200}
    return not warned_of(lambda: subject.trained("fit", parameters, X=X, y=y), RuntimeWarning)


def huge_targets(subject):
    estimator = subject.new(**{"normalize_y": False} if subject.knows("normalize_y") else {})
    y = np.r_[1e300, np.ones(39)]
    return not warned_of(lambda: error_of(lambda: subject.train(estimator, y=y), ValueError), RuntimeWarning)


def saturated(subject):
    y = np.column_stack([subject.y > 0, subject.y > 1]).astype(int)
    estimator = subject.trained("fit", {"hidden_layer_sizes": (), "activation": "logistic"}, X=subject.X, y=y)
    outputs = subject.outputs(estimator, 1e4 * subject.X)
    logs = np.asarray(estimator.predict_log_proba(1e4 * subject.X))
    return bool(((outputs > 0) & (outputs < 1)).all() and np.isfinite(logs).all())


def large_softmax(subject):
    parameters = {"hidden_layer_sizes": (), "max_iter": 50} | ({"loss": "log_loss"} if subject.knows("loss") else {})
    estimator = subject.trained("fit", parameters)
    outputs = subject.outputs(estimator, 1e5 * subject.X)
    return bool(np.isfinite(outputs).all() and np.isfinite(estimator.predict_log_proba(1e5 * subject.X)).all())


def gradient(subject):
    """The loss falls by half the squared slope times the rate, to the first order, in one step of gradient descent."""
    for activation in ("identity", "logistic", "tanh"):
        parameters = {"activation": activation, "batch_size": 40, "momentum": 0.0, "max_iter": 1, "shuffle": False}
        start, rate = subject.trained("partial_fit", parameters | {"learning_rate_init": 1e-12}), 1e-4
        stream = subject.trained("partial_fit", parameters | {"learning_rate_init": rate})
        step = vector(start) - vector(stream)
        subject.train(stream, "partial_fit")
        fall = stream.loss_curve_[-2] - stream.loss_curve_[-1]
        expected = step @ step / rate
        if not abs(fall - expected) < 0.01 * expected:
            return False
    return True


def in_pieces(subject):
    estimator, X = subject.trained(), np.random.RandomState(1).normal(size=(500, 3))
    whole, order = subject.outputs(estimator, X), np.random.RandomState(0).permutation(500)
    rows = np.concatenate([subject.outputs(estimator, row[np.newaxis]) for row in X])
    return same(rows, whole, 1e-12) and same(subject.outputs(estimator, X[order]), whole[order], 1e-12)


NUMERICS = [
    Case("F1", "divergence is an error that names the rate, without raw warnings", diverges, "regressor"),
    Case("F1b", "a training that diverges leaves the good network as it was", keeps_after_divergence, "regressor"),
    Case("F2", "divergence with early stopping keeps the best weights", divergence_with_early_stopping, "regressor"),
    Case("F1c", "no training ends with a network that predicts NaN", predicts_numbers),
    Case("F1d", "targets of 1e300 make no raw warning", huge_targets, "regressor"),
    Case("F2b", "divergence with early stopping makes no raw warning", diverges_in_silence, "regressor"),
    Case("F3", "saturated outputs are not 0 or 1, their logarithms finite", saturated, "classifier"),
    Case("F4", "a softmax of large net inputs is finite, its logarithm too", large_softmax, "classifier"),
    Case("F5", "a step follows the slope of the loss", gradient),
    Case("F7", "predictions do not depend on the other rows", in_pieces),
]


# G: state


def failing_calls(subject):
    """What may go wrong in fit and in partial_fit, after some of the work is done."""
    bad_y = np.resize(["spam", "eggs"], 40)
    for method in ("fit", "partial_fit"):
        yield lambda e, m=method: subject.train(e, m, y=subject.y[:-1])
        yield lambda e, m=method: subject.train(e, m, X=subject.X[:, :2] * NAN)
        yield lambda e, m=method: subject.train(e, m, sample_weight=-np.ones(40))
        yield lambda e, m=method: subject.train(e.set_params(alpha=-1), m)
        if not subject.is_classifier or method == "partial_fit":
            yield lambda e, m=method: subject.train(e, m, y=bad_y)
    yield lambda e: subject.train(e.set_params(hidden_layer_sizes=(10**9, 10**9)))
    yield lambda e: subject.train(e.set_params(early_stopping=True, validation_fraction=0.99))


def transaction(subject):
    return all(keeps(subject, call) and stays_new(subject, call) for call in failing_calls(subject))


LONG = {"max_iter": 10**6, "tol": 0.0, "n_iter_no_change": 10**6, "learning_rate_init": 1e-3}


def endless(subject):
    """An estimator that nothing but an interruption ends within the time of a case."""
    return subject.new(**LONG | ({"update_tol": 0} if subject.knows("update_tol") else {}))


def interrupt(subject):
    estimator = endless(subject)
    begin = time.perf_counter()
    try:
        with interrupted_after(0.5):
            subject.train(estimator)
    except KeyboardInterrupt:
        late = time.perf_counter() - begin - 0.5
        estimator.set_params(max_iter=3)
        return late < 1 and finite(subject.train(estimator)) and len(estimator.predict(subject.X)) == 40
    return False


def interrupted_search(subject):
    def went_on(*_):
        raise AssertionError("the first fold was scored")

    try:
        with interrupted_after(0.5):
            cross_val_score(endless(subject), subject.X, subject.y, cv=5, scoring=went_on, error_score="raise")
    except KeyboardInterrupt:
        return True
    return False


KILLED = """
import sys, warnings
import numpy as np
from skbackprop.callbacks import Checkpoint
from skbackprop import {name}
warnings.simplefilter("ignore")
X = np.random.RandomState(0).normal(size=(40, 3))
network = {name}(4, max_iter=10**6, update_tol=0, random_state=0).set_callbacks(Checkpoint(sys.argv[1]))
print("begin", flush=True)
network.fit(X, (X[:, 0] > 0) * 1)
"""


def killed(subject):
    with tempfile.TemporaryDirectory() as folder:
        for seconds in (0.3, 0.5):
            program = KILLED.format(name=subject.make.__name__)
            child = subprocess.Popen(
                [sys.executable, "-c", program, str(Path(folder, "m.joblib"))], cwd=folder, stdout=subprocess.PIPE
            )
            child.stdout.readline()
            time.sleep(seconds)
            child.kill()
            child.wait()
            files = list(Path(folder).glob("m-epoch*.joblib"))
            if not files or not all(finite(joblib.load(file)) for file in files):
                return False
    return True


def other_version(subject):
    now = sys.modules[subject.make.__module__.partition(".")[0]].__version__
    state = subject.trained().__getstate__()
    older = {key: "0.0.1" if isinstance(value, str) and value == now else value for key, value in state.items()}
    caught = warned_of(lambda: subject.make().__setstate__(older))
    return any("0.0.1" in str(each.message) and now in str(each.message) for each in caught)


def trusted(subject):
    import skops.io

    names = skops.io.get_untrusted_types(data=skops.io.dumps(subject.trained()))
    return all(subject.make.__name__ in name for name in names)


def memory_mapped(subject):
    with tempfile.TemporaryDirectory() as folder:
        joblib.dump(subject.trained(), Path(folder, "m.joblib"))
        mapped = joblib.load(Path(folder, "m.joblib"), mmap_mode="r")
        mapped.predict(subject.X)
        return same(subject.train(mapped, "partial_fit"), subject.train(subject.trained(), "partial_fit"))


def predict_touches_nothing(subject):
    estimator = subject.trained()
    before = digest(vars(estimator))
    estimator.predict(subject.X)
    estimator.score(subject.X, subject.y)
    subject.outputs(estimator)
    return digest(vars(estimator)) == before


def no_data_kept(subject):
    sizes = [
        len(pickle.dumps(subject.trained(X=np.tile(subject.X, (times, 1)), y=np.tile(subject.y, times))))
        for times in (2, 200)
    ]
    return abs(sizes[1] - sizes[0]) < 500


def shows_itself(subject):
    for estimator in (subject.new(), subject.trained(), subject.new(alpha="bad", hidden_layer_sizes=object())):
        repr(estimator), estimator._repr_html_(), dir(estimator), str(estimator)
    return bool(subject.make.__doc__)


# The engine is asked for, since a kernel that is missing and not known to be is told of by a warning.
WITHOUT_THE_KERNEL = """
import os, sys
os.environ["SKBACKPROP_ENGINE"] = "numpy"
sys.modules["skbackprop._network._kernel"] = None
import numpy as np
from {module} import {name} as make
X = np.random.RandomState(0).normal(size=(40, 3))
import warnings
from sklearn.exceptions import ConvergenceWarning
warnings.simplefilter("ignore", ConvergenceWarning)
make(4, max_iter=5, random_state=0, batch_size=10).fit(X, (X[:, 0] > 0) * 1).predict(X)
"""


def strict_interpreter(subject):
    module = subject.make.__module__.partition("._")[0]
    program = WITHOUT_THE_KERNEL.format(module=module, name=subject.make.__name__)
    return all(
        subprocess.run([sys.executable, *flags, "-c", program], capture_output=True, check=False).returncode == 0
        for flags in (["-O"], ["-W", "error"])
    )


STATE = [
    Case("G1", "whatever raises, the estimator is as it was", transaction),
    Case("G2", "Ctrl-C ends fit within a second, and fit works again", interrupt),
    Case("G3", "Ctrl-C ends a whole cross-validation", interrupted_search),
    Case("G4", "kill -9 leaves whole checkpoints", killed, only_ours="scikit-learn has no checkpoint that it can take"),
    Case("G7", "a file of another version is warned of with both", other_version),
    Case("G8", "skops has one class to trust at most", trusted),
    Case("G9", "a memory-mapped network predicts and goes on", memory_mapped),
    Case("G11", "predicting changes nothing", predict_touches_nothing),
    Case("G12", "no data are kept", no_data_kept),
    Case("G13", "repr, HTML, dir and help never raise", shows_itself),
    Case("G15", "-O and -W error, and without compiled code of its own", strict_interpreter),
]


# H: threads and processes


def threads_predict(subject):
    estimator, X = subject.trained(), np.random.RandomState(0).normal(size=(5000, 3))
    alone = subject.outputs(estimator, X)
    return all(same(each, alone) for each in in_threads(lambda: subject.outputs(estimator, X)))


def threads_fit(subject):
    alone = subject.trained()
    return all(same(each, alone) for each in in_threads(subject.trained))


def backends(subject):
    X, y = np.tile(subject.X, (22_000, 1)), np.tile(subject.y, 22_000)  # 20 MB, beyond which joblib maps
    estimator = subject.new(max_iter=1, batch_size=200)
    alone = clone(estimator).fit(X, y)
    for backend in ("loky", "threading"):
        found = joblib.Parallel(2, backend=backend)(joblib.delayed(_fit)(clone(estimator), X, y) for _ in range(2))
        if not all(same(each, alone) for each in found):
            return False
    return True


def _fit(estimator, X, y):
    return estimator.fit(X, y)


def forks(subject):
    X, y = np.tile(subject.X, (50, 1)), np.tile(subject.y, 50)
    parameters = {"hidden_layer_sizes": (200, 200), "max_iter": 2}
    alone = subject.trained("fit", parameters, X=X, y=y)
    in_threads(lambda: subject.trained("fit", parameters, X=X, y=y), 2)
    child = os.fork()
    if child == 0:
        try:
            os._exit(0 if same(subject.trained("fit", parameters, X=X, y=y), alone) else 1)
        finally:
            os._exit(1)
    return os.waitpid(child, 0)[1] == 0


def nested(subject):
    search = GridSearchCV(subject.new(), {"alpha": [0.0, 0.1]}, cv=2)
    alone = cross_val_score(search, subject.X, subject.y, cv=2)
    beside = cross_val_score(search.set_params(n_jobs=2), subject.X, subject.y, cv=2, n_jobs=2)
    return same(alone, beside)


def interpreter_is_free(subject):
    """Beside a training, a thread that wakes every millisecond seldom waits longer than 50 ms."""
    X = np.random.RandomState(0).normal(size=(4000, 200))
    y = np.digitize(X[:, 0], [-0.5, 0.5]) if subject.is_classifier else X[:, 0]
    gaps, ends = [], []

    def tick():
        last = time.perf_counter()
        while not ends:
            time.sleep(0.001)
            gaps.append(time.perf_counter() - last)
            last = time.perf_counter()

    def work():
        subject.trained("fit", {"hidden_layer_sizes": (200,), "learning_rate_init": 1e-4, "max_iter": 5}, X=X, y=y)
        ends.append(True)

    functions = iter([tick, work])
    in_threads(lambda: next(functions)(), 2)
    return np.quantile(gaps, 0.95) < 0.05


def random_states(subject):
    state = np.random.RandomState(0)
    first, second = (subject.trained("fit", {"random_state": state}) for _ in range(2))
    return not same(first, second) and same(subject.trained(), subject.trained())


def mixed_threads(subject):
    def work():
        stream = subject.trained()
        for _ in range(5):
            subject.train(stream, "partial_fit")
        return stream

    alone = work()
    return all(same(each, alone) for each in in_threads(work, 4))


CONCURRENCY = [
    Case("H1", "eight threads predict with one network", threads_predict),
    Case("H2", "eight threads fit with one seed", threads_fit),
    Case("H3", "joblib's processes and threads, with a read-only X of 20 MB", backends),
    Case("H4", "a process that forked after trainings in threads trains too", forks),
    Case("H6", "jobs in jobs find the same", nested),
    Case("H7", "another thread keeps running during fit", interpreter_is_free),
    Case("H9", "a RandomState is advanced, an int starts anew", random_states),
    Case("H10", "different calls in four threads do not meet", mixed_threads),
]


# I: scale


def large(subject, dtype=np.float64):
    X = np.random.default_rng(0).random((40 * 10**6 // (100 * np.dtype(dtype).itemsize), 100), dtype=dtype)
    return X, np.digitize(X[:, 0], [0.3, 0.6]) if subject.is_classifier else X[:, 0]


def fit_memory(subject):
    """Grows by less than half of X, which is of 40 MB."""
    X, y = large(subject)
    subject.trained(X=X[:300], y=y[:300])
    before = memory()
    subject.trained("fit", {"max_iter": 1}, X=X, y=y)
    return memory() - before < 20


def predict_memory(subject):
    """Grows by less than half of X, with a hidden layer as wide as X."""
    X, y = large(subject)
    estimator = subject.trained("fit", {"hidden_layer_sizes": (100,)}, X=X[:300], y=y[:300])
    estimator.predict(X[:300])
    before = memory()
    estimator.predict(X)
    return memory() - before < 20


def mapped(subject):
    """With shuffling, and with less memory to spend than the file is long."""
    X, y = large(subject)
    with tempfile.TemporaryDirectory() as folder:
        np.save(Path(folder, "X.npy"), X)
        del X
        X = np.load(Path(folder, "X.npy"), mmap_mode="r")
        subject.trained(X=X[:300], y=y[:300])
        limit = int(memory("VmData") + 30) * 2**20  # reads of a file are not counted by it, copies are
        resource.setrlimit(resource.RLIMIT_DATA, (limit, limit))
        return finite(subject.trained("fit", {"max_iter": 1}, X=X, y=y))


SCALE = [
    Case("I2", "fit does not copy X", fit_memory),
    Case("I2b", "predict needs less than X", predict_memory),
    Case("I3", "a memory map is trained from the disk", mapped),
]

CASES = PARAMETERS + INPUTS + TARGETS + WEIGHTS + STREAMS + NUMERICS + STATE + CONCURRENCY + SCALE
