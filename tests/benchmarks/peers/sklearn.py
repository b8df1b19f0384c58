"""scikit-learn's MLPClassifier."""

from sklearn.neural_network import MLPClassifier
from workloads import learning_rate

TITLE = "MLPClassifier"
NOTE = "log loss and softmax outputs, since it has no other, at a quarter of the rate; its own start range"
CALLS_PER_BATCH = True


def supports(batch_size):
    return True


def prepare(workload, dtype, batch_size):
    return Fit(workload, dtype, batch_size)


class Fit:
    """Trains a new network in each call."""

    def __init__(self, workload, dtype, batch_size):
        self._X, self._y = workload.X.astype(dtype), workload.y
        self._model = MLPClassifier(
            workload.hidden,
            activation="logistic",
            solver="sgd",
            alpha=0.0,
            batch_size=min(batch_size, len(self._y)),
            learning_rate_init=learning_rate(batch_size) / 4,  # log loss lacks the factor O(1-O) <= 1/4
            momentum=0.0,
            nesterovs_momentum=False,
            tol=0.0,
            n_iter_no_change=10**9,
            random_state=0,
        )

    def train(self, n_epochs):
        self._model.set_params(max_iter=n_epochs).fit(self._X, self._y)

    def accuracy(self):
        return self._model.score(self._X, self._y)
