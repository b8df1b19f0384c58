"""Training by L-BFGS: scipy minimises the loss of all instances, with the gradient that back-propagation gives."""

import math
from contextlib import nullcontext

import numpy as np
from scipy.optimize import minimize

from .._network import engines
from .._network.parameters import Parameters
from .._network.threads import one_blas_thread
from .._network.updates import Memory
from .divergence import Divergence, scaling_advice
from .epochs import error_rate_of, total_error_of
from .schedules import judge
from .state import View
from .stopping import active_rules, reason_to_stop
from .table import print_epoch


class _Stop(Exception):
    """Ends the minimisation from within."""


def train_lbfgs(state, training_set, plan):
    """Train until scipy finds a minimum or a rule says stop; an epoch is one iteration of the minimiser.

    Parameters
    ----------
    state : State
        Written to.
    training_set : TrainingSet
    plan : Plan
        Its tolerance is that of the largest component of the gradient; `update_tol` is not asked for, as the steps of a
        line search say little. `max_fun` is a third limit: evaluations of the loss.

    Returns
    -------
    stop_reason : str
        The rule that was met, or "converged", "max_fun", "no_progress" (of the line search), "callback", "diverged" or
        "interrupted".

    Raises
    ------
    Divergence, KeyboardInterrupt
        As from `train`.
    """
    state.memory.clear()  # another solver's moves, from another place
    search = _Search(state, training_set, plan)
    tolerance = {} if plan.thresholds.tol is None else {"gtol": plan.thresholds.tol}
    try:
        with nullcontext() if search.works_in_blas else one_blas_thread():
            result = minimize(
                search.loss_and_gradient,
                state.parameters.vector.astype(np.float64),
                method="L-BFGS-B",
                jac=True,
                callback=search.end_iteration,
                options={"maxfun": plan.max_fun, "maxiter": plan.thresholds.max_iter, **tolerance},
            )
        stop_reason = {0: "converged", 1: "max_fun"}.get(result.status, "no_progress")
    except _Stop as stop:
        stop_reason = str(stop)
    except KeyboardInterrupt as interrupt:
        if search.n_whole == 0:
            raise
        state.history.interrupt = interrupt
        stop_reason = "interrupted"
    search.settle()
    return stop_reason


class _Search:
    """The minimiser's view of a network.

    The parameters of the state are those of the point that was evaluated last; an iteration ends at such a point.
    """

    def __init__(self, state, training_set, plan):
        self._state = state
        self._n_instances = training_set.inputs.shape[0]
        self._plan = plan
        self._engine = engines.begin(state.parameters, Memory(), training_set, self._n_instances)
        self.works_in_blas = self._engine.works_in_blas
        self._training_set = training_set
        self._gradient = Parameters(state.parameters.layer_sizes, state.parameters.vector.dtype)
        self._total_error = total_error_of(training_set)
        self._rules = active_rules(plan.thresholds._replace(update_tol=0.0, tol=None))
        self._reached = state.parameters.vector.copy()
        self._best = self._reached.copy()
        self._begun = None  # loss and error at the start
        history = state.history
        history.begin(self._n_instances, plan.thresholds, is_validated=plan.validate is not None)
        if plan.thresholds.is_validating:  # the best before is not there any more, or of other data
            history.progress = history.progress.begun_anew(history.progress.is_validated)
        self._note()

    def _note(self):
        """From here on an iteration counts, whenever Ctrl-C comes."""
        history = self._state.history
        self._whole = self._reached, self._best, history.n_iter, history.progress

    @property
    def n_whole(self):
        """Iterations of this call that count."""
        return self._whole[2]

    def loss_and_gradient(self, vector):
        """The mean loss and its gradient at a point."""
        parameters = self._state.parameters
        parameters.vector[...] = vector
        loss, self._error = self._engine.gradient(parameters, self._plan.rule.alpha, self._gradient)
        self._loss = loss / self._n_instances
        if self._begun is None:
            self._begun = self._loss, self._error
        if not math.isfinite(self._loss) and self._state.history.n_iter == 0:
            raise Divergence(
                "Solver produced non-finite parameter weights. The input data may contain large values and need to be "
                f"preprocessed: L-BFGS met an infinite loss at its start. Take {self._advice()}."
            )
        return self._loss, self._gradient.vector.astype(np.float64)

    def _advice(self):
        """What to do where the loss is infinite at the start or soon after it, as the object of a sentence."""
        alpha, of_start = self._plan.rule.alpha, self._begun[0]
        with np.errstate(over="ignore", invalid="ignore"):
            squares = np.square(self._reached, dtype=np.float64).sum()
            penalty = 0.5 * alpha * squares / self._n_instances
        if alpha > 0 and math.isfinite(squares) and not penalty < 0.5 * of_start:
            return f"a smaller alpha than {alpha:g}"
        return f"a smaller init_range{scaling_advice(self._training_set)}"

    def end_iteration(self, vector):
        """Write down what the iteration gave, and ask the rules."""
        history, plan, parameters = self._state.history, self._plan, self._state.parameters
        if not math.isfinite(self._loss):  # SciPy takes such a point where the line search finds no other
            raise _Stop("no_progress")
        is_told = False
        if plan.monitor is not None:
            is_told = self._tell_of_begin()  # only now is it known that there is one
        self._write_down(self._loss, self._error, float(np.abs(parameters.vector - self._reached).max()))
        stop_reason = reason_to_stop(history, plan.thresholds, self._rules)
        if is_told and plan.monitor.end_epoch(lambda: (self._state.copy(), stop_reason)):
            stop_reason = stop_reason or "callback"
        if plan.verbose:
            print_epoch(history, plan.verbose, is_last=stop_reason is not None)
        if stop_reason is not None:
            raise _Stop(stop_reason)

    def _write_down(self, loss, error, largest_update):
        """The point that is there counts, as the end of an epoch."""
        history, plan, parameters = self._state.history, self._plan, self._state.parameters
        validation = None if plan.validate is None else plan.validate(parameters)
        history.add(loss, error_rate_of(error, self._total_error), largest_update)
        if validation is not None:
            history.add_validation(*validation)
        if plan.thresholds.is_validating and judge(plan.rule, history, plan):
            self._best = parameters.vector.copy()
        self._reached = parameters.vector.copy()
        self._note()

    def _tell_of_begin(self):
        """Tell the monitor that an epoch begins, and show it the parameters from which it does."""
        parameters = self._state.parameters
        ended, parameters.vector[...] = parameters.vector.copy(), self._reached
        is_told = self._plan.monitor.begin_epoch(View(self._state, self._plan.thresholds))
        parameters.vector[...] = ended
        return is_told

    def settle(self):
        """Leave the state at the last whole iteration, or at the best one."""
        history, parameters = self._state.history, self._state.parameters
        reached, best, n_iter, progress = self._whole
        history.cut(n_iter, progress)
        parameters.vector[...] = best if self._plan.keeps_best else reached
        if not history.n_iter:  # it stays at the start, whatever points the line search has tried
            self._write_down(*self._begun, 0.0)
