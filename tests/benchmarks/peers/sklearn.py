"""scikit-learn's MLPClassifier."""

from sklearn.metrics import log_loss
from sklearn.neural_network import MLPClassifier
from workloads import MOMENTUM, learning_rate

TITLE = "MLPClassifier"
NOTE = "log loss and softmax outputs, since it has no other, at a quarter of the rate; its own start range"
CALLS_PER_BATCH = True
ADAMS = ("adam",)
MOMENTA = ("momentum",)


def supports(batch_size):
    return True


def prepare(workload, dtype, batch_size, solver="sgd", activation="logistic"):
    return Fit(workload, dtype, batch_size, solver, activation)


class Fit:
    """Trains a new network in each call."""

    def __init__(self, workload, dtype, batch_size, solver, activation):
        self._X, self._y = workload.X.astype(dtype), workload.y
        factor = 0.25 if solver == "sgd" else 1.0  # log loss lacks the factor O(1-O) <= 1/4
        self._model = MLPClassifier(
            workload.hidden,
            activation=activation,
            solver="adam" if solver == "adam" else "sgd",
            alpha=0.0,
            batch_size=min(batch_size, len(self._y)),
            learning_rate_init=factor * learning_rate(batch_size, solver),
            momentum=MOMENTUM if solver == "momentum" else 0.0,
            nesterovs_momentum=False,
            tol=0.0,
            n_iter_no_change=10**9,
            random_state=0,
        )

    def train(self, n_epochs):
        self._model.set_params(max_iter=n_epochs).fit(self._X, self._y)

    def accuracy(self):
        return self._model.score(self._X, self._y)

    def log_loss(self):
        return log_loss(self._y, self._model.predict_proba(self._X))
