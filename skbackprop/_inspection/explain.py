"""One case update of a network, as the book's tables show it: `explain_step`."""

from __future__ import annotations

import html
import textwrap
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.sparse import issparse

from .._estimators.fitted import snapshot
from .._estimators.parameters import check_parameters, is_int
from .._network.solvers import SOLVERS
from .._public import public
from .networks import check_network, exact_copy, input_names, make_instances, output_words
from .rendering import Table, WideTable, names_to_latex
from .step import calculate
from .step_tables import Writer

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from .._estimators.base import BaseBackprop

_WIDTH = 100


@public
def explain_step(
    estimator: BaseBackprop, x: Any, y: Any, sample_weight: ArrayLike | None = None, *, digits: int | None = 3
) -> StepExplanation:
    """Show one case update in all its steps: the book's tables, for a network of any depth.

    From the weights and biases that the estimator has, one instance goes forward, its errors come back, and every weight
    and bias moves, Δw_ij = l Err_j O_i and Δθ_j = l Err_j [1]_, or as its `solver` has it. Units are numbered through the
    layers, inputs first, as in the book.

    It is the update that ``partial_fit`` on this one instance would make: with the rate that the schedule has come to, the
    momentum or memory that earlier updates have left, and the penalty. A batch of several instances moves the weights by
    the mean of what it does for each. The weight of a single instance is its own mean, so sample and class weights change
    nothing but the share of the penalty.

    Parameters
    ----------
    estimator : BackpropClassifier or BackpropRegressor
        Fitted, or made by `initialize`, with a solver that learns in epochs. It is not changed.
    x : {array-like, sparse matrix} of shape (n_features,) or (1, n_features)
        The inputs of the instance, as the network takes them. A row of a DataFrame, ``X.iloc[0]``, will do.
    y : label or number, or {array-like, sparse matrix} of shape (n_labels,) or (1, n_labels)
        Its label or target; of several labels or targets, an array.
    sample_weight : float or array-like of shape (1,), default=None
        Its weight.
    digits : int or None, default=3
        Decimals of all numbers, inputs and weights included; errors have one more, and small numbers at least two
        significant digits. Each number is rounded before the next is calculated from it, as the book does, so a reader with
        a pocket calculator finds the same. None calculates exactly and shows six significant digits.

    Returns
    -------
    explanation : StepExplanation
        Prints as four tables, five with solvers that calculate more than the move of each weight; in a notebook they are
        HTML. A single class has a unit whose target is 0, for a 1 would say that it is another.

    Raises
    ------
    TypeError
        If the estimator is none of this package.
    ValueError
        If x, y, sample_weight or digits will not do, or the solver makes no such updates.

    See Also
    --------
    check_gradient : Whether the update follows the slope of the loss.

    References
    ----------
    .. [1] Han, J. and Kamber, M., *Data Mining: Concepts and Techniques*, "Classification by Backpropagation".

    Examples
    --------
    The book's example, with inputs 1 to 3, hidden units 4 and 5 and the output unit 6:

    >>> from skbackprop import BackpropClassifier, explain_step
    >>> network = BackpropClassifier(2, learning_rate_init=0.9).initialize(
    ...     [[1, 0, 1]], [1], classes=[0, 1],
    ...     coefs_init=[[[0.2, -0.3], [0.4, 0.1], [-0.5, 0.2]], [[-0.3], [-0.2]]],
    ...     intercepts_init=[[-0.4, 0.2], [0.1]],
    ... )
    >>> explanation = explain_step(network, [1, 0, 1], 1)
    >>> print(str(explanation).split("\\n\\n")[2])
    Net input and output
    I_j = Σ_i w_ij O_i + θ_j,  O_j = 1/(1 + e^-I_j)
    ----------------------------------------------------------------------------
    unit j  net input I_j                                output O_j
    ----------------------------------------------------------------------------
    4       0.2 + 0 - 0.5 - 0.4 = -0.7                   1/(1 + e^0.7) = 0.332
    5       -0.3 + 0 + 0.2 + 0.2 = 0.1                   1/(1 + e^-0.1) = 0.525
    6       (-0.3)(0.332) - (0.2)(0.525) + 0.1 = -0.105  1/(1 + e^0.105) = 0.474
    """
    check_network(estimator)
    if digits is not None and not (is_int(digits) and digits <= 15):
        raise ValueError(f"digits={digits!r} is not valid: it must be an int from 1 to 15, or None.")
    check_parameters(estimator)
    _check_solver(estimator)
    network = exact_copy(estimator)
    instance = _make_instance(network, x, y, sample_weight)  # after which the network knows of it, as in `partial_fit`
    step = calculate(network, instance, digits)
    names = {}
    if hasattr(estimator, "feature_names_in_"):
        names = dict(enumerate(input_names(estimator), start=1))
    if hasattr(estimator, "classes_") or estimator.n_outputs_ > 1:
        names.update(enumerate(output_words(estimator), start=step.numbers[-1].start))
    return StepExplanation(step, names, digits)


def _check_solver(estimator):
    """Raise a ValueError where there is no update of one instance."""
    solver = snapshot(estimator).solver
    if SOLVERS[solver].learns_in_epochs:
        return
    remedy = "set_params(solver='sgd') lets explain_step show the gradient step from the same weights"
    if "solver" in getattr(estimator, "best_params_", {}):  # which counts for the network, whatever is set
        remedy = "leave it out of the grid"
    raise ValueError(
        f"{solver=} moves the weights by all instances at once, so there is no update of one instance to explain: {remedy}."
    )


def _make_instance(network, x, y, sample_weight):
    """The training set of one instance."""
    if hasattr(x, "to_frame"):  # a row of a DataFrame, which has its names along
        x = x.to_frame().T
    elif np.ndim(x) == 1:
        x = x.reshape((1, -1)) if issparse(x) else np.reshape(x, (1, -1))
        vars(network).pop("feature_names_in_", None)
    y = y.toarray() if issparse(y) else y
    if np.size(y) == 0:
        raise ValueError("y is empty, but explain_step explains one instance: pass its label, or its targets.")
    y = np.reshape(y, (1, -1) if np.size(y) > 1 else 1)
    if np.shape(x)[:1] != (1,):
        raise ValueError(f"x has shape {np.shape(x)}, but explain_step explains one instance: pass one row.")
    instance = make_instances(network, x, y, sample_weight)
    return instance._replace(inputs=instance.inputs.toarray()) if issparse(instance.inputs) else instance


@public
class StepExplanation:
    """One case update as tables, made by :func:`explain_step`.

    It prints as aligned text, and is HTML in a notebook; the middle of long tables is left out.

    Parameters
    ----------
    step : tuple
        What `explain_step` calculated.

    names : dict of int to str
        Names of the units that have one.

    digits : int or None
        As `explain_step` takes it.

    Attributes
    ----------
    net_inputs : list of ndarray of shape (n_units,)
        I_j of the units of each layer but the input layer.

    outputs : list of ndarray of shape (n_units,)
        O_j of the units of each layer, the inputs first.

    errors : list of ndarray of shape (n_units,)
        Err_j of the units of each layer but the input layer.

    targets : ndarray of shape (n_outputs,)
        T_j of the output units; of a regressor on their scale.

    learning_rate : float
        The rate l of the update, as it is before any rounding.

    new_coefs, new_intercepts : list of ndarray
        The weights and biases after the update, of the shapes of ``coefs_`` and ``intercepts_``.

    See Also
    --------
    explain_step : Makes it.
    """

    def __init__(self, step, names, digits):
        self.net_inputs = [net[0] for net in step.net]
        self.outputs = [outputs[0] for outputs in step.outputs]
        self.errors = [errors[0] for errors in step.errors]
        self.targets = step.instance.targets[0]
        self.learning_rate = step.learning_rate
        moves = step.values["Δ"]
        self.new_coefs = [old + move for old, move in zip(step.layers.weights, moves.weights, strict=True)]
        self.new_intercepts = [old + move for old, move in zip(step.layers.biases, moves.biases, strict=True)]
        self._names = {number: str(name) for number, name in names.items()}
        writer = Writer(step, names, digits)
        self._head = writer.head()
        # Plain dicts, so that a pickle names no class of ours that might move.
        self._tables = [table._asdict() for table in writer.tables()]

    def _make_tables(self):
        kinds = {"initial": WideTable}
        return [kinds.get(table["key"], Table)(**table) for table in self._tables]

    def __repr__(self):
        return "\n\n".join(["\n".join(map(_wrap, self._head)), *(table.to_text() for table in self._make_tables())])

    def _repr_html_(self):
        head = "".join(f"<p>{html.escape(line)}</p>" for line in self._head)
        return f"<div>{head}{''.join(table.to_html() for table in self._make_tables())}</div>"

    def to_frames(self) -> dict[str, Any]:
        """Give the tables as pandas DataFrames, with all rows.

        Returns
        -------
        frames : dict of str to DataFrame
            "initial": a value per input, weight and bias. "outputs": of each unit the net input, the output and their
            formulas. "errors": the error of each unit, and its formula. "memory", where the solver calculates more than the
            move: of each weight and bias the direction of descent d and what is made of it, with the formulas.
            "updates": of each weight and bias the old value, the move, the new value and the formula.

        Raises
        ------
        ImportError
            If pandas is not installed.
        """
        try:
            import pandas
        except ImportError as error:
            raise ImportError('DataFrames need pandas: pip install "skbackprop[plots]"') from error
        return {
            table.key: pandas.DataFrame.from_records(table.records, columns=table.fields, index=table.fields[0])
            for table in self._make_tables()
        }

    def to_latex(self) -> str:
        """Give the tables as LaTeX; it needs no package.

        Returns
        -------
        latex : str
            A table environment for each, and one before them for what units are called, if any has a name. The middle of
            long tables is left out, as in text.
        """
        names = [names_to_latex(self._names)] if self._names else []
        return "\n\n".join([*names, *(table.to_latex() for table in self._make_tables())])


def _wrap(line):
    """A line as lines of the page's width, which do not break within what `_join` joined."""
    whole = line.replace(" = ", "\xa0=\xa0")
    return textwrap.fill(whole, _WIDTH, subsequent_indent="    ").replace("\xa0", " ")
