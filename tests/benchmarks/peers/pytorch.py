"""PyTorch, its tensors used by hand: without autograd and modules, which take longer in every cell."""

import numpy as np
import torch
from workloads import MOMENTUM, learning_rate

TITLE = "PyTorch"
NOTE = "tensors by hand, without autograd"
CALLS_PER_BATCH = True
ADAMS = ("fused", "foreach", "by hand")
MOMENTA = ("momentum",)


def supports(batch_size):
    return True


def prepare(workload, dtype, batch_size, solver="sgd", activation="logistic"):
    return _NETWORKS[solver](workload, dtype, batch_size, activation)


def _multiply_by_sigmoid_slope(errors, outputs):
    return torch.ops.aten.sigmoid_backward.grad_input(errors, outputs, grad_input=errors)


def _multiply_by_relu_slope(errors, outputs):
    return torch.ops.aten.threshold_backward.grad_input(errors, outputs, 0, grad_input=errors)


class _Network:
    """Goes on with the same network in each call."""

    SOLVER = "adam"  # of which the rate is

    def __init__(self, workload, dtype, batch_size, activation):
        self._workload, self._activation = workload, activation
        self._activate, self._multiply_by_slope = _UNITS[activation]
        self._X, self._T = map(torch.from_numpy, workload.arrays(dtype))
        self._weights, self._biases = (list(map(torch.from_numpy, part)) for part in workload.start(dtype, activation))
        self._batch_size = min(batch_size, len(self._X))
        self._rate = learning_rate(batch_size, self.SOLVER)
        self._random_state = np.random.RandomState(0)

    @torch.inference_mode()
    def train(self, n_epochs):
        for _ in range(n_epochs):
            order = torch.from_numpy(self._random_state.permutation(len(self._X)))
            for rows in order.split(self._batch_size):
                self._learn(self._X.index_select(0, rows), self._T.index_select(0, rows))

    def accuracy(self):
        return self._workload.accuracy(self._weights, self._biases)

    def log_loss(self):
        return self._workload.log_loss(self._weights, self._biases, self._activation)

    def _learn(self, inputs, targets):
        """Present a batch and update."""
        outputs = [inputs]
        for weights, biases in zip(self._weights[:-1], self._biases[:-1], strict=True):
            outputs.append(self._activate(torch.addmm(biases, outputs[-1], weights)))
        errors = self._errors(torch.addmm(self._biases[-1], outputs[-1], self._weights[-1]), targets)
        for layer in reversed(range(len(self._weights))):
            below = outputs[layer]
            errors_below = self._multiply_by_slope(errors @ self._weights[layer].T, below) if layer else None
            self._take(layer, below, errors)
            errors = errors_below
        self._step()


class _Descent(_Network):
    """Logistic outputs and the squared error; a layer moves as soon as its errors are there."""

    SOLVER = "sgd"

    def _errors(self, net, targets):
        outputs = net.sigmoid_()
        return _multiply_by_sigmoid_slope(targets.sub_(outputs).mul_(self._rate / len(net)), outputs)

    def _take(self, layer, below, errors):
        self._weights[layer].addmm_(below.T, errors)
        self._biases[layer].add_(errors.sum(0))

    def _step(self):
        pass


class _Momentum(_Network):
    """Softmax and the log loss; what a layer moves by is kept, and a product adds to it."""

    def __init__(self, *arguments):
        super().__init__(*arguments)
        self._moves = [[torch.zeros_like(each) for each in part] for part in (self._weights, self._biases)]

    def _errors(self, net, targets):
        return targets.sub_(net.softmax(1)).mul_(self._rate / len(net))

    def _take(self, layer, below, errors):
        move, move_of_biases = (part[layer] for part in self._moves)
        move.addmm_(below.T, errors, beta=MOMENTUM)
        move_of_biases.mul_(MOMENTUM).add_(errors.sum(0))
        self._weights[layer].add_(move)
        self._biases[layer].add_(move_of_biases)

    def _step(self):
        pass


class _Adam(_Network):
    """Softmax and the log loss; the gradients are kept for PyTorch's own Adam."""

    def __init__(self, *arguments, **settings):
        super().__init__(*arguments)
        self._parameters = [*self._weights, *self._biases]
        for parameter in self._parameters:
            parameter.grad = torch.zeros_like(parameter)
        self._step = self._optimizer(**settings)

    def _errors(self, net, targets):
        return net.softmax(1).sub_(targets).div_(len(net))

    def _take(self, layer, below, errors):
        torch.mm(below.T, errors, out=self._weights[layer].grad)
        torch.sum(errors, 0, out=self._biases[layer].grad)

    def _optimizer(self, **settings):
        """What makes a step of the gradients."""
        return torch.optim.Adam(self._parameters, lr=self._rate, **settings).step


class _AdamByHand(_Adam):
    """The kernel of the fused optimizer without what the optimizer does around it in Python."""

    def _optimizer(self):
        gradients = [parameter.grad for parameter in self._parameters]
        means, squares = ([torch.zeros_like(each) for each in gradients] for _ in range(2))
        n_updates = [torch.tensor(0.0) for _ in gradients]
        rule = {"lr": self._rate, "beta1": 0.9, "beta2": 0.999, "eps": 1e-8, "weight_decay": 0.0}

        def step():
            torch._foreach_add_(n_updates, 1)
            torch._fused_adam_(
                self._parameters, gradients, means, squares, [], n_updates, amsgrad=False, maximize=False, **rule
            )

        return step


_UNITS = {
    "logistic": (torch.Tensor.sigmoid_, _multiply_by_sigmoid_slope),
    "relu": (torch.Tensor.relu_, _multiply_by_relu_slope),
}
_NETWORKS = {
    "sgd": _Descent,
    "momentum": _Momentum,
    "fused": lambda *arguments: _Adam(*arguments, fused=True),
    "foreach": lambda *arguments: _Adam(*arguments, foreach=True),
    "by hand": _AdamByHand,
}
