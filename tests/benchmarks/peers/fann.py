"""FANN, the C library: incremental training, called through ctypes."""

import ctypes
from ctypes import POINTER, Structure, byref, c_char_p, c_double, c_float, c_int, c_uint, c_void_p

import numpy as np
from workloads import INIT_RANGE, learning_rate

TITLE = "FANN"
NOTE = "case updating only; the library shuffles its copy of the data"
CALLS_PER_BATCH = True

_SIGMOID, _INCREMENTAL, _LINEAR_ERROR = 3, 0, 0


def _load(library, number):
    """A build of the library, with the types of what is called."""
    fann = ctypes.CDLL(library)
    fann.fann_create_standard_array.restype = c_void_p
    fann.fann_create_train.restype = POINTER(_data_type(number))
    fann.fann_run.restype = POINTER(number)
    fann.fann_randomize_weights.argtypes = [c_void_p, number, number]
    fann.fann_set_learning_rate.argtypes = [c_void_p, c_float]
    return fann


def _data_type(number):
    """FANN's struct of training data: errors first, then sizes, then pointers to the rows."""

    class TrainingData(Structure):
        _fields_ = (
            ("errno_f", c_int),
            ("error_log", c_void_p),
            ("errstr", c_char_p),
            ("num_data", c_uint),
            ("num_input", c_uint),
            ("num_output", c_uint),
            ("input", POINTER(POINTER(number))),
            ("output", POINTER(POINTER(number))),
        )

    return TrainingData


_BUILDS = {
    np.float32: (_load("libfloatfann.so.2", c_float), c_float),
    np.float64: (_load("libdoublefann.so.2", c_double), c_double),
}


def supports(batch_size):
    return batch_size == 1


def prepare(workload, dtype, batch_size):
    return Network(workload, dtype)


class Network:
    """Goes on with the same network in each call."""

    def __init__(self, workload, dtype):
        self._fann, self._number = _BUILDS[dtype]
        self._X, targets = workload.arrays(dtype)
        self._y = workload.y
        self._data = self._copy(self._X, targets)
        sizes = workload.layer_sizes
        self._network = c_void_p(self._fann.fann_create_standard_array(len(sizes), (c_uint * len(sizes))(*sizes)))
        self._fann.fann_randomize_weights(self._network, -INIT_RANGE, INIT_RANGE)
        self._fann.fann_set_activation_function_hidden(self._network, _SIGMOID)
        self._fann.fann_set_activation_function_output(self._network, _SIGMOID)
        self._fann.fann_set_training_algorithm(self._network, _INCREMENTAL)
        self._fann.fann_set_train_error_function(self._network, _LINEAR_ERROR)
        self._fann.fann_set_learning_rate(self._network, learning_rate(1))

    def _copy(self, inputs, targets):
        """The data as FANN keeps them."""
        data = self._fann.fann_create_train(len(inputs), inputs.shape[1], targets.shape[1])
        ctypes.memmove(data.contents.input[0], inputs.ctypes.data, inputs.nbytes)
        ctypes.memmove(data.contents.output[0], targets.ctypes.data, targets.nbytes)
        return data

    def train(self, n_epochs):
        for _ in range(n_epochs):
            self._fann.fann_shuffle_train_data(self._data)
            self._fann.fann_train_epoch(self._network, self._data)

    def accuracy(self):
        rows = (self._fann.fann_run(self._network, byref(self._number.from_buffer(row))) for row in self._X)
        n_outputs = self._data.contents.num_output
        return float(np.mean([np.argmax(outputs[:n_outputs]) for outputs in rows] == self._y))

    def __del__(self):
        self._fann.fann_destroy_train(self._data)
        self._fann.fann_destroy(self._network)
