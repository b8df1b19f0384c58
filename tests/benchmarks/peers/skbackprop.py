"""This package, through its public interface."""

from sklearn.metrics import log_loss
from workloads import INIT_RANGE, MOMENTUM, learning_rate

from skbackprop import BackpropClassifier

TITLE = "skbackprop"
NOTE = "through ``fit``, whatever engine it picks"
CALLS_PER_BATCH = False
ADAMS = ("adam",)
MOMENTA = ("momentum",)

# Momentum and Adam are measured as they are used, with softmax outputs and the log loss.
_LOSSES = {"sgd": "squared_error", "momentum": "log_loss", "adam": "log_loss"}


def supports(batch_size):
    return True


def prepare(workload, dtype, batch_size, solver="sgd", activation="logistic"):
    return Fit(workload, dtype, batch_size, solver, activation)


class Fit:
    """Goes on with the same network in each call, so that what `fit` does besides its epochs is alike in all calls."""

    def __init__(self, workload, dtype, batch_size, solver, activation):
        self._X, self._y = workload.X.astype(dtype), workload.y
        self._model = BackpropClassifier(
            workload.hidden,
            batch_size=batch_size,
            activation=activation,
            solver="adam" if solver == "adam" else "sgd",
            loss=_LOSSES[solver],
            learning_rate_init=learning_rate(batch_size, solver),
            init_range=INIT_RANGE if activation == "logistic" else "glorot",
            momentum=MOMENTUM if solver == "momentum" else 0.0,
            alpha=0.0,
            update_tol=0.0,
            error_tol=0.0,
            random_state=0,
            warm_start=True,
        )

    def train(self, n_epochs):
        self._model.set_params(max_iter=n_epochs).fit(self._X, self._y)

    def accuracy(self):
        return self._model.score(self._X, self._y)

    def log_loss(self):
        return log_loss(self._y, self._model.predict_proba(self._X))
