"""OpenCV's ml.ANN_MLP, trained by back-propagation."""

import cv2
import numpy as np
from workloads import learning_rate

TITLE = "OpenCV"
NOTE = (
    "case updating only; tanh-like units at a tenth of the rate, its own start; takes float32 and computes in float64"
)
CALLS_PER_BATCH = True


def supports(batch_size):
    return batch_size == 1


def prepare(workload, dtype, batch_size):
    return Network(workload)


class Network:
    """Trains a new network in each call."""

    def __init__(self, workload):
        self._X, targets = workload.arrays(np.float32)
        self._y = workload.y
        self._data = cv2.ml.TrainData_create(self._X, cv2.ml.ROW_SAMPLE, 2 * targets - 1)
        self._network = cv2.ml.ANN_MLP_create()
        self._network.setLayerSizes(np.array(workload.layer_sizes))
        self._network.setActivationFunction(cv2.ml.ANN_MLP_SIGMOID_SYM, 1, 1)
        self._network.setTrainMethod(cv2.ml.ANN_MLP_BACKPROP, learning_rate(1) / 10, 0)

    def train(self, n_epochs):
        cv2.setNumThreads(1)
        self._network.setTermCriteria((cv2.TERM_CRITERIA_MAX_ITER, n_epochs, 0))
        self._network.train(self._data, cv2.ml.ANN_MLP_NO_INPUT_SCALE | cv2.ml.ANN_MLP_NO_OUTPUT_SCALE)

    def accuracy(self):
        return float(np.mean(self._network.predict(self._X)[1].argmax(axis=1) == self._y))
