"""Back-propagation in NumPy, as the book has it: the reference, and the engine where no faster one serves.

The formulas are those of Han and Kamber, *Data Mining: Concepts and Techniques*, "Classification by backpropagation".
Words stand in the code and the book's letters in the comments. In this order one instance, or a batch of them, is
learned: `forward`, `output_errors`, `hidden_errors`, `gradient`, `update`; `epoch` presents all instances so.
"""

import numpy as np

from .parameters import EpochSums, Parameters, n_rows_of_chunk, select
from .units import ACTIVATIONS, apply_output_units, decide
from .updates import hidden_factor_of, rates_of, rule_of_batch


def initialize(parameters, bounds, random_state):
    """Draw every weight and bias uniformly from [-r, r], layer by layer.

    Parameters
    ----------
    parameters : Parameters
        Written to.
    bounds : list of float
        r of each layer.
    random_state : RandomState
    """
    for weights, biases, r in zip(parameters.weights, parameters.biases, bounds, strict=True):
        weights[...] = random_state.uniform(-r, r, weights.shape)
        biases[...] = random_state.uniform(-r, r, biases.shape)


def forward(layers, inputs, units):
    """Propagate the inputs forward.

    Parameters
    ----------
    layers : Layers or Parameters
    inputs : ndarray or csr_array of shape (n_instances, n_inputs)
    units : Units

    Returns
    -------
    outputs : list of ndarray of shape (n_instances, n_units)
        The outputs of every layer, the input layer left out.
    """
    activation = ACTIVATIONS[units.activation].function
    outputs = []
    for weights, biases in zip(layers.weights, layers.biases, strict=True):
        net = inputs @ weights  # I_j = Σ_i w_ij O_i + θ_j
        net += biases
        is_last = len(outputs) == len(layers.weights) - 1
        inputs = apply_output_units(net, units) if is_last else activation(net)  # O_j = 1 / (1 + e^-I_j), if logistic
        outputs.append(inputs)
    return outputs


def output_errors(outputs, targets, loss):
    """Errors of the output units: Err_j = O_j (1 - O_j) (T_j - O_j) of sigmoid ones with the squared error."""
    return loss.errors(outputs, targets, loss.parameter)


def hidden_errors(outputs, errors_above, weights_above, activation):
    """Errors of hidden units, from those of the layer above: Err_j = O_j (1 - O_j) Σ_k Err_k w_jk.

    O_j (1 - O_j) is the slope of a sigmoid unit; other activations have another.
    """
    errors = errors_above @ weights_above.T
    ACTIVATIONS[activation].scale_by_slope(errors, outputs)
    return errors


def gradient(parameters, inputs, outputs, errors, activation, into):
    """Propagate the errors backward: the gradient of a batch's mean loss, layer by layer.

    The loss falls fastest along Err_j O_i, so with s the share of an instance in its batch, and sums over the batch,
    ∂E/∂w_ij = Σ -s Err_j O_i and ∂E/∂θ_j = Σ -s Err_j. All errors are formed with the weights from before the update.

    Parameters
    ----------
    parameters : Parameters
    inputs : ndarray or csr_array of shape (n_instances, n_inputs)
    outputs : list of ndarray of shape (n_instances, n_units)
        As `forward` returned them for these inputs.
    errors : ndarray of shape (n_instances, n_outputs)
        -s Err_j of the output units. Errors being linear in those above, the hidden ones have the same factor.
    activation : str
        Of the hidden units.
    into : Parameters
        Written to.
    """
    for layer in reversed(range(len(outputs))):
        if layer < len(outputs) - 1:
            errors = hidden_errors(outputs[layer], errors, parameters.weights[layer + 1], activation)
        below = outputs[layer - 1] if layer > 0 else inputs
        if isinstance(below, np.ndarray):
            np.matmul(below.T, errors, out=into.weights[layer])
        else:
            into.weights[layer][...] = below.T @ errors
        np.sum(errors, axis=0, out=into.biases[layer])


def update(parameters, memory, gradient, rule):
    """Move every weight and bias: Δw_ij = l Err_j O_i, Δθ_j = l Err_j, or as another rule has it.

    Parameters
    ----------
    parameters, gradient : Parameters
        `parameters` is written to; `gradient`, the mean over the batch, is used up.
    memory : Memory
        Written to.
    rule : object
        As a solver makes it, such as `GradientDescent`.

    Returns
    -------
    largest_update : float
        max |Δ| over all weights and biases.
    """
    factor = hidden_factor_of(rule)
    if factor != 1:
        rule = rule._replace(learning_rate=rates_of(rule.learning_rate, factor * rule.learning_rate, parameters))
    step = rule.step(gradient.vector, memory)
    parameters.vector += step
    return np.abs(step, out=step).max()


def epoch(parameters, memory, training_set, order, batch_size, rule):
    """Present the instances in the given order, with an update after each batch.

    Where the batch size leaves instances over, they make a smaller batch, whose mean is the noisier. Of all instances in
    their own order these are the last. In a given order they are the first, so that the other batches make up for it before
    the epoch ends. Where the rule has equal shares the rate of these is smaller, as their part of a batch is.

    Parameters
    ----------
    parameters : Parameters
        Written to.
    memory : Memory
        Prepared for the rule; written to.
    training_set : TrainingSet
    order : ndarray of int or None
        Numbers of the instances to present; None for all in their own order, which then are not copied.
    batch_size : int
    rule : object
        As a solver makes it, such as `GradientDescent`.

    Returns
    -------
    sums : EpochSums
    """
    step = Parameters(parameters.layer_sizes, parameters.vector.dtype)
    n_instances = training_set.inputs.shape[0] if order is None else len(order)
    loss = error = largest_update = 0.0
    # A diverging network overflows; the training loop reports it by name, so NumPy need not.
    with np.errstate(all="ignore"):
        lack_of_first = 0 if order is None else -n_instances % batch_size
        for start in range(-lack_of_first, n_instances, batch_size):
            rows = slice(max(start, 0), min(start + batch_size, n_instances))
            batch_loss, batch_error = batch_gradient(parameters, training_set, order, rows, rule.alpha, step)
            loss += batch_loss
            error += batch_error
            rule_of_these = rule_of_batch(rule, rows.stop - rows.start, batch_size)
            largest_update = np.maximum(largest_update, update(parameters, memory, step, rule_of_these))
    return EpochSums(float(loss), float(error), float(largest_update))


def batch_gradient(parameters, training_set, order, rows, alpha, into):
    """The mean gradient of a batch, of any size: its parts go through the network one after the other.

    Parameters
    ----------
    parameters : Parameters
    training_set : TrainingSet
    order : ndarray of int or None
        As in `epoch`.
    rows : slice
        The batch's part of the order.
    alpha : float
        Strength of the L2 penalty.
    into : Parameters
        Written to.

    Returns
    -------
    loss, error : float
        Sums over the batch, as `EpochSums` has them.
    """
    n_instances = rows.stop - rows.start
    n_rows = n_rows_of_chunk(max(parameters.layer_sizes[1:]))
    loss = error = 0.0
    part_of = into if n_instances <= n_rows else Parameters(into.layer_sizes, into.vector.dtype)
    if part_of is not into:
        into.vector[...] = 0
    for start in range(rows.start, rows.stop, n_rows):
        part = slice(start, min(start + n_rows, rows.stop))
        batch = select(training_set, part if order is None else order[part])
        part_loss, part_error = _part_gradient(parameters, batch, n_instances, part_of)
        loss += part_loss
        error += part_error
        if part_of is not into:
            into.vector += part_of.vector
    if alpha:
        loss += _add_penalty(parameters, alpha / training_set.mean_weight, n_instances, into)
    return loss, error


def _part_gradient(parameters, batch, n_instances, into):
    """Write a part's share of a batch of `n_instances` in its mean gradient; return sums of losses and errors."""
    outputs = forward(parameters, batch.inputs, batch.units)
    errors = output_errors(outputs[-1], batch.targets, batch.loss)
    errors *= -1 / n_instances if batch.weights is None else batch.weights[:, np.newaxis] / -n_instances
    gradient(parameters, batch.inputs, outputs, errors, batch.units.activation, into)
    return sums(outputs[-1], batch)


def _add_penalty(parameters, alpha, n_instances, into):
    """Add the gradient of the L2 penalty, α/2 Σ w² over the batch's weight, to a mean gradient; return its loss."""
    into.weight_vector += alpha / n_instances * parameters.weight_vector
    return 0.5 * alpha * float(np.vdot(parameters.weight_vector, parameters.weight_vector))


def sums(outputs, batch):
    """Sums over a batch of its instances' losses, and of their errors as `EpochSums` has them.

    Parameters
    ----------
    outputs : ndarray of shape (n_instances, n_outputs)
    batch : TrainingSet
        With a row of targets for each instance.
    """
    losses = batch.loss.losses(outputs, batch.targets, batch.loss.parameter)
    if batch.units.groups is None:
        residuals = batch.targets - outputs
        errors = np.einsum("ij,ij->i", residuals, residuals, dtype=np.float64)  # float32 holds no square of 1e20
    else:
        errors = (decide(outputs, batch.units) != decide(batch.targets, batch.units)).any(axis=1)
    if batch.weights is None:
        return float(losses.sum()), float(errors.sum())
    return float((batch.weights * losses).sum()), float((batch.weights * errors).sum())
