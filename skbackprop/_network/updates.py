"""The rules by which a gradient moves the weights and biases.

All weights and biases are treated alike, so a rule works on the flat vectors of `Parameters`. What it carries from one
update to the next is its memory, which is part of the fitted state. To add a rule, write a class with the same methods
here, and let `_base` make it for a new name of ``solver``; engines that lack it leave it to the one in NumPy.
"""

from typing import NamedTuple

import numpy as np


class Memory:
    """What an update rule carries from one update to the next.

    Attributes
    ----------
    vectors : dict of str to ndarray of shape (n_parameters,)
        Under the names of `rule.memory()`, in their order.
    n_updates : int
        Updates since the memory began.
    """

    def __init__(self, vectors=None, n_updates=0):
        self.vectors = dict(vectors or {})
        self.n_updates = n_updates

    def copy(self):
        """An equal memory of its own."""
        return Memory({name: vector.copy() for name, vector in self.vectors.items()}, self.n_updates)

    def clear(self):
        """Begin anew."""
        self.vectors, self.n_updates = {}, 0

    def prepare(self, rule, parameters):
        """Begin what the rule needs, and end what it does not."""
        first_values = rule.memory()
        if self.vectors.keys() != first_values.keys():
            self.vectors = {name: np.full_like(parameters.vector, value) for name, value in first_values.items()}
            self.n_updates = 0


class GradientDescent(NamedTuple):
    """Δw_ij = l Err_j O_i, Δθ_j = l Err_j, plus momentum times the last move.

    With Nesterov's momentum the step is taken as if the last move had been made again already [1]_.

    References
    ----------
    .. [1] Sutskever, I., Martens, J., Dahl, G. and Hinton, G. (2013). On the importance of initialization and momentum in
       deep learning. ICML.
    """

    learning_rate: float
    momentum: float = 0.0
    is_nesterov: bool = False
    alpha: float = 0.0

    def memory(self):
        """Names of the vectors that the rule carries, with the numbers that they begin with."""
        return {"velocity": 0.0} if self.momentum else {}

    def step(self, gradient, memory):
        """Turn a gradient, in place, into what is added to the parameters.

        Parameters
        ----------
        gradient : ndarray of shape (n_parameters,)
            Mean over the batch.
        memory : Memory
            Written to.
        """
        gradient *= -self.learning_rate
        if self.momentum:
            velocity = memory.vectors["velocity"]
            velocity *= self.momentum
            velocity += gradient
            if self.is_nesterov:
                gradient += self.momentum * velocity
            else:
                gradient[...] = velocity
        return gradient


class Adam(NamedTuple):
    """Steps along the mean of past gradients, in units of their root mean square [1]_.

    References
    ----------
    .. [1] Kingma, D. and Ba, J. (2015). Adam: A method for stochastic optimization. ICLR.
    """

    learning_rate: float
    beta_1: float = 0.9
    beta_2: float = 0.999
    epsilon: float = 1e-8
    alpha: float = 0.0

    def memory(self):
        """Names of the vectors that the rule carries, with the numbers that they begin with."""
        return {"first_moment": 0.0, "second_moment": 0.0}

    def step(self, gradient, memory):
        """Turn a gradient, in place, into what is added to the parameters. As in `GradientDescent`."""
        first, second = memory.vectors.values()
        memory.n_updates += 1
        first *= self.beta_1
        first += (1 - self.beta_1) * gradient
        second *= self.beta_2
        second += (1 - self.beta_2) * gradient * gradient
        correction = np.sqrt(1 - self.beta_2**memory.n_updates) / (1 - self.beta_1**memory.n_updates)
        np.sqrt(second, out=gradient)
        gradient += max(
            self.epsilon, float(np.finfo(gradient.dtype).tiny)
        )  # where no gradient came it is not to be 0 / 0
        np.divide(first, gradient, out=gradient)
        gradient *= -self.learning_rate * correction
        return gradient


class Rprop(NamedTuple):
    """Resilient back-propagation, iRprop-: only the signs of the gradient count [1]_.

    Each weight has a step of its own, which grows while the sign stays and shrinks when it turns. It is a rule for whole
    epochs, as the signs of small batches turn by chance.

    References
    ----------
    .. [1] Igel, C. and Hüsken, M. (2003). Empirical evaluation of the improved Rprop learning algorithms.
       Neurocomputing 50.
    """

    learning_rate: float
    alpha: float = 0.0
    increase: float = 1.2
    decrease: float = 0.5
    smallest: float = 1e-6
    largest: float = 50.0

    def memory(self):
        """Names of the vectors that the rule carries, with the numbers that they begin with."""
        return {"last_gradient": 0.0, "step_sizes": self.learning_rate}

    def step(self, gradient, memory):
        """Turn a gradient, in place, into what is added to the parameters. As in `GradientDescent`."""
        last_gradient, step_sizes = memory.vectors.values()
        memory.n_updates += 1
        agreement = np.sign(last_gradient) * np.sign(gradient)  # of the gradients themselves it might underflow
        stayed, turned = agreement > 0, agreement < 0
        # A bound holds a step back that goes towards it; the first step is what was asked for, whatever the bounds are.
        step_sizes[stayed] = np.minimum(step_sizes[stayed] * self.increase, self.largest)
        step_sizes[turned] = np.maximum(step_sizes[turned] * self.decrease, self.smallest)
        gradient[turned] = 0
        last_gradient[...] = gradient
        np.sign(gradient, out=gradient)
        gradient *= step_sizes
        return np.negative(gradient, out=gradient)
