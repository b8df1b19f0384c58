"""What a name of ``solver`` stands for: a rule of updates, and the rates that are right where none is given."""

from typing import NamedTuple

from .automatic.rates import (
    first_step,
    head_start_of_descent,
    hidden_factor_of_adam,
    hidden_factor_of_descent,
    rate_of_adam,
    rate_of_descent,
)
from .updates import Adam, GradientDescent, Rprop


class Solver(NamedTuple):
    """What a name of ``solver`` stands for.

    Attributes
    ----------
    make : callable
        Takes the learning rate, the penalty, and an object that has the estimator's settings as attributes; returns
        the rule.
    auto_rate : callable
        Takes `Curvature` and the same object; returns the learning rate that is right where none is given.
    hidden_factor : callable or None
        Takes the same as `auto_rate`, of a network with hidden layers; returns what their rate is over that of the output
        units, where none is given. The rule then has it as a field of this name. None: 1.
    head_start : callable or None
        Takes the same as `hidden_factor`; returns how many times as large that is in the first updates. None: 1.
    follows_batches : bool
        Whether `hidden_factor` grows with the instances of a batch.
    learns_small_targets_late : bool
        Whether sigmoids learn targets late by it that are small beside their number.
    has_schedule : bool
        Whether the learning rate follows a schedule.
    takes_batches : bool
        Or all instances together make one update.
    is_asked_of_updates : bool
        Whether the size of an update says when to stop: not where it is about the rate, or that of a line search.
    learns_in_epochs : bool
        Or SciPy's minimiser learns instead of a rule, from which it takes nothing but the penalty.
    """

    make: object
    auto_rate: object
    hidden_factor: object = None
    head_start: object = None
    follows_batches: bool = False
    learns_small_targets_late: bool = False
    has_schedule: bool = False
    takes_batches: bool = True
    is_asked_of_updates: bool = True
    learns_in_epochs: bool = True


def _descent(learning_rate, alpha, settings):
    momentum, is_nesterov = float(settings.momentum), bool(settings.nesterovs_momentum)
    return GradientDescent(learning_rate, momentum, is_nesterov, alpha)


def _adam(learning_rate, alpha, settings):
    betas = float(settings.beta_1), float(settings.beta_2)
    return Adam(learning_rate, *betas, float(settings.epsilon), alpha)


def _rprop(learning_rate, alpha, settings):
    return Rprop(learning_rate, alpha)


SOLVERS = {
    "adam": Solver(_adam, rate_of_adam, hidden_factor_of_adam, is_asked_of_updates=False),
    "lbfgs": Solver(_descent, first_step, takes_batches=False, is_asked_of_updates=False, learns_in_epochs=False),
    "rprop": Solver(_rprop, first_step, takes_batches=False),
    "sgd": Solver(
        _descent,
        rate_of_descent,
        hidden_factor_of_descent,
        head_start_of_descent,
        follows_batches=True,
        learns_small_targets_late=True,
        has_schedule=True,
    ),
}
