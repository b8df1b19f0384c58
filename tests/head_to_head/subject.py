"""An estimator under test, whoever made it, with data that it learns and the checks that many cases share."""

import contextlib
import os
import signal
import threading
import warnings

import joblib
import numpy as np
from scipy import sparse
from sklearn.exceptions import NotFittedError

FORMATS = [
    f"{each}_{kind}" for each in ("csr", "csc", "coo", "lil", "dok", "dia", "bsr") for kind in ("matrix", "array")
]


class Subject:
    """One of the four estimators, and data: X of shape (40, 3), about half of it zero in `Z`, and y."""

    def __init__(self, make):
        random = np.random.RandomState(0)
        self.make = make
        self.is_classifier = make.__name__.endswith("Classifier")
        self.X = random.normal(size=(40, 3))
        self.Z = np.where(np.abs(self.X) < 0.6, 0.0, self.X)
        total = self.X[:, 0] + self.X[:, 1]
        self.y = np.digitize(total, [-0.5, 0.5]) if self.is_classifier else total

    def knows(self, *names):
        """Whether the estimator has these parameters."""
        return set(names) <= set(self.make().get_params())

    def new(self, **parameters):
        quick = {"hidden_layer_sizes": (4,), "max_iter": 5, "batch_size": 8, "solver": "sgd", "random_state": 0}
        quick |= {"learning_rate_init": 0.1} if self.is_classifier else {"learning_rate_init": 0.01}
        return self.make(**quick | parameters)

    def train(self, estimator, method="fit", **arguments):
        arguments = {"X": self.X, "y": self.y} | arguments
        if self.is_classifier and method == "partial_fit" and not hasattr(estimator, "classes_"):
            arguments.setdefault("classes", np.unique(self.y))
        return getattr(estimator, method)(**arguments)

    def trained(self, method="fit", parameters=None, **arguments):
        return self.train(self.new(**parameters or {}), method, **arguments)

    def outputs(self, estimator, X=None):
        X = self.X if X is None else X
        return np.asarray(estimator.predict_proba(X) if self.is_classifier else estimator.predict(X))

    def both(self, check):
        """A check of fit and of partial_fit."""
        return all(check(method) for method in ("fit", "partial_fit"))


def vector(estimator):
    """All weights and biases."""
    return np.concatenate([np.ravel(array) for array in [*estimator.coefs_, *estimator.intercepts_]])


def same(one, other, atol=0.0):
    """Whether two networks, or arrays, are the same."""
    one, other = (vector(each) if hasattr(each, "coefs_") else np.asarray(each) for each in (one, other))
    return one.shape == other.shape and bool(np.allclose(one, other, rtol=0, atol=atol))


def finite(estimator):
    return bool(np.isfinite(vector(estimator)).all())


def error_of(call, *types):
    """The message of the error that a call raises, which must be of one of the types; None where it raises none."""
    types = types or (ValueError, TypeError)
    try:
        call()
    except types as error:
        return str(error) or type(error).__name__
    return None


def says(message, *words):
    """Whether there is a message, and it holds all the words, whatever their case."""
    return message is not None and all(str(word).lower() in message.lower() for word in words)


def refuses(subject, *words, types=(ValueError,), parameters=None, **arguments):
    """Both fit and partial_fit raise such an error."""

    def check(method):
        estimator = subject.new(**parameters or {})
        return says(error_of(lambda: subject.train(estimator, method, **arguments), *types), *words)

    return subject.both(check)


def refuses_values(name, *values, **others):
    """A case: each value of a parameter is refused with its name and itself."""

    def case(subject):
        return all(refuses(subject, name, repr(value), parameters=others | {name: value}) for value in values)

    return case


def accepts_values(name, *values, **others):
    """A case: each value of a parameter trains a finite network without a warning but that of convergence."""

    def case(subject):
        return all(
            subject.both(lambda method, value=value: finite(subject.trained(method, others | {name: value})))
            for value in values
        )

    return case


def keeps(subject, call, *types):
    """Whether a call on a fitted estimator raises, and the estimator predicts and goes on as its twin does."""
    estimator, twin = subject.trained(), subject.trained()
    parameters = estimator.get_params()
    if error_of(lambda: call(estimator), *types or (Exception,)) is None:
        return False
    estimator.set_params(**parameters)
    if not same(subject.outputs(estimator), subject.outputs(twin)):
        return False
    return same(subject.train(estimator, "partial_fit"), subject.train(twin, "partial_fit"))


def stays_new(subject, call):
    """Whether a call on a new estimator raises, and it then still says that it is not fitted."""
    estimator = subject.new()
    if error_of(lambda: call(estimator), Exception) is None:
        return False
    return error_of(lambda: estimator.predict(subject.X), NotFittedError) is not None


def in_threads(function, n_threads=8):
    """What a function returns in each of several threads."""
    results = [None] * n_threads

    def work(number):
        results[number] = function()

    threads = [threading.Thread(target=work, args=(number,)) for number in range(n_threads)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


@contextlib.contextmanager
def interrupted_after(seconds):
    """Ctrl-C, that long after the beginning."""
    signal.signal(signal.SIGALRM, lambda *_: os.kill(os.getpid(), signal.SIGINT))
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)


def memory(name="VmHWM"):
    """Of this process, in megabytes."""
    with open("/proc/self/status") as lines:
        return next(int(line.split()[1]) for line in lines if line.startswith(name)) / 1024


def warned_of(call, category=Warning):
    """The warnings of a category that a call makes."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        call()
    return [each for each in caught if issubclass(each.category, category)]


def digest(value):
    return joblib.hash(value)


def in_format(X, name):
    return getattr(sparse, name)(X)
