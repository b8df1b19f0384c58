"""Networks of every kind, with data, that all exports are tried on."""

from functools import partial

import numpy as np
import pytest
from scipy.sparse import csr_matrix

from skbackprop import BackpropClassifier, BackpropRegressor

N_ROWS = 100
CODES = np.random.RandomState(1).randint(3, size=N_ROWS)
WORDS = np.array(["a", "bü", "ccc"])[CODES]
TARGETS = np.random.RandomState(2).gamma(2.0, size=(N_ROWS, 3)) * [1.0, 100.0, 1e-3] + [0.0, 208.0, 1.0]

LABELS = {
    "one class": np.full(N_ROWS, 7),
    "two": CODES > 0,
    "two of text": np.where(CODES > 0, "bü", "a"),
    "three": CODES - 1,
    "text": WORDS,
    "text in objects": WORDS.astype(object),
    "floats": CODES * 1.0,
    "bytes": CODES.astype(np.uint8),
    "indicators": np.stack([CODES > 0, CODES > 1], axis=1).astype(int),
    "sparse indicators": csr_matrix(np.stack([CODES > 0, CODES > 1], axis=1).astype(int)),
    "columns": np.stack([CODES * 0, CODES > 0, CODES], axis=1).astype(int),
    "columns of text": np.stack([WORDS, np.where(CODES > 0, "bü", "a")], axis=1),
    "columns of text and numbers": np.array(list(zip(WORDS.tolist(), CODES.tolist(), strict=True)), dtype=object),
}
NUMBERS = {"one target": TARGETS[:, 1], "a column": TARGETS[:, 1:2], "several targets": TARGETS}
WIDTHS = {"narrow": ((), 0.5), "deep": ((7, 5), 1.0), "saturated": (4, 100.0)}


def _network(new, y, hidden, X):
    """A network that nobody has trained, since its weights do not matter."""
    hidden_layer_sizes, init_range = hidden
    return new(hidden_layer_sizes, init_range=init_range, random_state=0).initialize(X, y)


@pytest.fixture(params=[np.float32, np.float64], ids=["float32", "float64"])
def inputs(request):
    return np.random.RandomState(0).normal(size=(N_ROWS, 4)).astype(request.param)


@pytest.fixture(params=LABELS.values(), ids=LABELS.keys())
def y_of_classes(request):
    return request.param


@pytest.fixture(params=[name for name in LABELS if not name.startswith("columns")])
def y_for_mlp(request):
    """What MLPClassifier takes too."""
    return LABELS[request.param]


@pytest.fixture(params=NUMBERS.values(), ids=NUMBERS.keys())
def y_of_numbers(request):
    return request.param


@pytest.fixture(params=WIDTHS.values(), ids=WIDTHS.keys())
def hidden(request):
    return request.param


@pytest.fixture(params=["squared_error", "log_loss"])
def classifier(request, inputs, y_of_classes, hidden):
    return _network(partial(BackpropClassifier, loss=request.param, activation="tanh"), y_of_classes, hidden, inputs)


@pytest.fixture(params=["squared_error", "huber", "poisson", "squared_error as it is"])
def regressor(request, inputs, y_of_numbers, hidden):
    loss, _, as_it_is = request.param.partition(" ")
    hidden = (hidden[0], min(hidden[1], 2.0))  # which exponential units could not bear
    return _network(partial(BackpropRegressor, loss=loss, normalize_y=not as_it_is), y_of_numbers, hidden, inputs)


@pytest.fixture(params=["identity", "logistic", "relu", "tanh"])
def activation(request):
    return request.param
