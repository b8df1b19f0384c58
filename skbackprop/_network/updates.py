"""The rules by which a gradient moves the weights and biases.

All weights and biases are treated alike, but that hidden layers may have another rate, so a rule works on the flat vectors
of `Parameters`. What it carries from one update to the next is its memory, which is part of the fitted state.

To add a rule, write a NamedTuple here with the fields ``learning_rate`` and ``alpha`` and the methods of `GradientDescent`,
and give it an entry in `solvers.SOLVERS`: the estimators then accept its name, and `explain_step` writes its lines out.
Its name belongs into the docstrings of both estimators; a number that the user may choose is a parameter of theirs as well.
The compiled kernel may have the rule in C under its ``kernel_name``, and `engines` then has the call of it; what the
kernel's `RULES` does not name is left to the engine in NumPy.
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
            with np.errstate(over="ignore"):  # a first step that the dtype cannot hold makes the training diverge
                self.vectors = {name: _filled(parameters.vector, value) for name, value in first_values.items()}
            self.n_updates = 0


def _filled(like, value):
    """A new array of one value; of 0 the system makes what is touched only."""
    return np.zeros(like.shape, like.dtype) if value == 0 else np.full_like(like, value)


class Line(NamedTuple):
    """A line of a rule's arithmetic, the same for each weight and bias: as a formula and as a function.

    Attributes
    ----------
    letter : str
        What stands for the result; "Δ", in the last line, is what is added.
    formula : str
        Holds the letters of other numbers in braces: those of `letters`, of earlier lines, and {d}, the direction of
        descent, which is written with brackets around it: -∂E/∂w_ij = Err_j O_i - α w_ij, -∂E/∂θ_j = Err_j.
    function : callable
        Takes a dict of letters to numbers or arrays, and returns the result.
    """

    letter: str
    formula: str
    function: object


# After so many updates a half is left of a head start (`rule_after`).
UPDATES_OF_START = 75


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
    hidden_factor: float = 1.0  # what the rate of hidden layers is over that of the output units
    has_equal_shares: bool = False  # whether instances left over by the batch size move weights no more than others
    head_start: float = 1.0  # how many times as large the rate of hidden layers is in the first updates
    updates_of_start: float = UPDATES_OF_START  # that leave a half of it

    kernel_name = "descent"

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

    def letters(self, memory):
        """The numbers that `lines` begin with, by their letters; those of the memory end in a prime."""
        letters = {"l": self.learning_rate, "μ": self.momentum}
        return letters | {"Δ'": memory.vectors["velocity"]} if self.momentum else letters

    def lines(self):
        """The arithmetic of `step`, line by line."""
        if not self.momentum:
            return [Line("Δ", "({l}){d}", lambda it: it["l"] * it["d"])]
        move = Line("Δ", "({l}){d} + ({μ})({Δ'})", lambda it: it["l"] * it["d"] + it["μ"] * it["Δ'"])
        if not self.is_nesterov:
            return [move]
        ahead = Line("Δ", "({l}){d} + ({μ})({u})", lambda it: it["l"] * it["d"] + it["μ"] * it["u"])
        return [move._replace(letter="u"), ahead]


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
    hidden_factor: float = 1.0  # as in `GradientDescent`
    has_equal_shares: bool = False
    share: float = 1.0  # how many instances a batch has over those of a whole one, where shares are equal

    kernel_name = "adam"

    def memory(self):
        """Names of the vectors that the rule carries, with the numbers that they begin with."""
        return {"first_moment": 0.0, "second_moment": 0.0}

    def step(self, gradient, memory):
        """Turn a gradient, in place, into what is added to the parameters. As in `GradientDescent`."""
        first, second = memory.vectors.values()
        memory.n_updates += 1
        if self.share != 1:
            gradient *= self.share
        first *= self.beta_1
        first += (1 - self.beta_1) * gradient
        second *= self.beta_2
        second += (1 - self.beta_2) * gradient * gradient
        correction = np.sqrt(1 - self.beta_2**memory.n_updates) / (1 - self.beta_1**memory.n_updates)
        np.sqrt(second, out=gradient)
        gradient += self._epsilon_of(gradient.dtype)
        np.divide(first, gradient, out=gradient)
        gradient *= -self.learning_rate * correction
        return gradient

    def _epsilon_of(self, dtype):
        """ε, but no less than what makes up for squares of gradients that underflow, or that never came."""
        return max(self.epsilon, float(np.sqrt(np.finfo(dtype).tiny)))

    def letters(self, memory):
        """The numbers that `lines` begin with, by their letters. As in `GradientDescent`."""
        first, second = memory.vectors.values()
        epsilon = self._epsilon_of(first.dtype)
        settings = {"l": self.learning_rate, "β_1": self.beta_1, "β_2": self.beta_2, "ε": epsilon}
        return {
            **settings,
            "t": memory.n_updates + 1,
            "m'": -first,
            "v'": second,
        }  # m is of the descent, not the gradient

    def lines(self):
        """The arithmetic of `step`, line by line."""
        return [
            Line(
                "c",
                "√(1 - {β_2}^{t})/(1 - {β_1}^{t})",
                lambda it: np.sqrt(1 - it["β_2"] ** it["t"]) / (1 - it["β_1"] ** it["t"]),
            ),
            Line("m", "({β_1})({m'}) + (1 - {β_1}){d}", lambda it: it["β_1"] * it["m'"] + (1 - it["β_1"]) * it["d"]),
            Line(
                "v",
                "({β_2})({v'}) + (1 - {β_2}){d}^2",
                lambda it: it["β_2"] * it["v'"] + (1 - it["β_2"]) * it["d"] * it["d"],
            ),
            Line(
                "Δ",
                "({l})({c})({m})/(√{v} + {ε})",
                lambda it: it["l"] * it["c"] * it["m"] / (np.sqrt(it["v"]) + it["ε"]),
            ),
        ]


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

    kernel_name = "rprop"

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

    def letters(self, memory):
        """The numbers that `lines` begin with, by their letters. As in `GradientDescent`."""
        last_gradient, step_sizes = memory.vectors.values()
        settings = {"a": self.increase, "b": self.decrease, "η_0": self.smallest, "η_1": self.largest}
        return {**settings, "d'": -last_gradient, "η'": step_sizes}

    def lines(self):
        """The arithmetic of `step`, line by line."""
        return [
            Line("s", "sign({d'}) sign{d}", lambda it: np.sign(it["d'"]) * np.sign(it["d"])),
            Line(
                "η",
                "[{s} > 0] min(({a})({η'}), {η_1}) + [{s} < 0] max(({b})({η'}), {η_0}) + ({η'})(1 - ({s})^2)",
                _resilient_step,
            ),
            Line("Δ", "({η})[{s} ≥ 0] sign{d}", lambda it: it["η"] * (it["s"] >= 0) * np.sign(it["d"])),
        ]


def _resilient_step(it):
    longer = np.minimum(it["a"] * it["η'"], it["η_1"])
    shorter = np.maximum(it["b"] * it["η'"], it["η_0"])
    return np.where(it["s"] > 0, longer, np.where(it["s"] < 0, shorter, it["η'"]))


# A head start is so many times the rate of hidden layers at most, of which a half is left after the updates above.
HEAD_START = 12


def has_head_start(rule):
    """Whether hidden layers have one, which they lose step by step."""
    return getattr(rule, "head_start", 1.0) != 1


def rule_after(rule, n_updates):
    """The rule of the updates that follow so many."""
    if not has_head_start(rule):
        return rule
    times = max(1.0, min(rule.head_start, HEAD_START / (1 + n_updates / rule.updates_of_start)))
    has_equal_shares = rule.has_equal_shares or times > 1
    return rule._replace(hidden_factor=times * rule.hidden_factor, has_equal_shares=has_equal_shares, head_start=1.0)


def hidden_factor_of(rule):
    """What the learning rate of hidden layers is over that of the output units; most rules have one rate for all."""
    return getattr(rule, "hidden_factor", 1.0)


def rule_of_batch(rule, n_instances, batch_size):
    """The rule for a batch of so many instances, which may be fewer than others have; most rules are the same for all."""
    if n_instances == batch_size or not getattr(rule, "has_equal_shares", False):
        return rule
    if hasattr(rule, "share"):  # a rate would only defer what the moments have of the gradient
        return rule._replace(share=n_instances / batch_size)
    return rule._replace(learning_rate=rule.learning_rate * n_instances / batch_size)


def rates_of(rate, hidden_rate, parameters):
    """The learning rate of each weight and bias, in a vector like that of the parameters."""
    rates = parameters.copy()
    rates.vector[...] = hidden_rate
    rates.weights[-1][...] = rates.biases[-1][...] = rate
    return rates.vector
