"""One update by a gradient that was made elsewhere, written down as an epoch."""

import math
from typing import NamedTuple

import numpy as np

from .._network.backprop import update
from .._network.updates import hidden_factor_of, rule_after
from .divergence import Divergence, divergence_message
from .loop import begin_memory
from .schedules import SCHEDULES, judge
from .table import print_epoch


class Presented(NamedTuple):
    """What was seen of the instances whose gradient it is.

    Attributes
    ----------
    n_instances : int
    loss : float
        Their mean, with the penalty.
    error_rate : float
    """

    n_instances: int
    loss: float
    error_rate: float


def update_once(state, gradient, presented, plan):
    """Move the parameters as an epoch of one batch would.

    Parameters
    ----------
    state : State
        Written to.
    gradient : Parameters
        Of the mean loss; used up.
    presented : Presented
    plan : Plan

    Raises
    ------
    Divergence
        The state is then of no use.
    """
    history = state.history
    begin_memory(state, plan)
    history.begin(presented.n_instances, plan.thresholds)
    history.learning_rate = SCHEDULES[plan.schedule].rate(plan.rule.learning_rate, history, plan.power_t)
    rule = rule_after(plan.rule, history.n_instances / presented.n_instances)
    rule, history.hidden_factor = rule._replace(learning_rate=history.learning_rate), hidden_factor_of(rule)
    with np.errstate(all="ignore"):
        largest_update = update(state.parameters, state.memory, gradient, rule)
        is_finite = math.isfinite(state.parameters.vector.sum() + presented.loss)
    history.add(presented.loss, presented.error_rate, float(largest_update))
    judge(rule, history, plan)
    if plan.verbose:
        print_epoch(history, plan.verbose, is_last=True)
    if not is_finite:
        raise Divergence(divergence_message(rule, None, presented.n_instances, history.n_iter))
