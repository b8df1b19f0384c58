"""Back-propagation in NumPy, as the book has it: the reference, and the engine where no faster one serves.

The formulas are those of Han and Kamber, *Data Mining: Concepts and Techniques*, "Classification by backpropagation".
Words stand in the code and the book's letters in the comments. In this order one instance, or a batch of them, is
learned: `forward`, `output_errors`, `hidden_errors`, `gradient`, `update`; `epoch` presents all instances so.
"""

import numpy as np

from ._network import EpochSums, Parameters, select


def initialize(parameters, bound, random_state):
    """Draw every weight and bias uniformly from [-bound, bound], layer by layer.

    Parameters
    ----------
    parameters : Parameters
        Written to.
    bound : callable
        Takes a layer's numbers of inputs and of units, and returns the bound of its weights and biases.
    random_state : RandomState
    """
    for weights, biases in zip(parameters.weights, parameters.biases, strict=True):
        r = bound(*weights.shape)
        weights[...] = random_state.uniform(-r, r, weights.shape)
        biases[...] = random_state.uniform(-r, r, biases.shape)


def forward(layers, inputs, output_unit):
    """Propagate the inputs forward.

    Parameters
    ----------
    layers : Layers or Parameters
    inputs : ndarray or csr_array of shape (n_instances, n_inputs)
    output_unit : {'logistic', 'identity'}

    Returns
    -------
    outputs : list of ndarray of shape (n_instances, n_units)
        The outputs of every layer, the input layer left out.
    """
    outputs = []
    for weights, biases in zip(layers.weights, layers.biases, strict=True):
        net = inputs @ weights  # I_j = Σ_i w_ij O_i + θ_j
        net += biases
        is_last = len(outputs) == len(layers.weights) - 1
        inputs = net if is_last and output_unit == "identity" else _sigmoid(net)
        outputs.append(inputs)
    return outputs


def _sigmoid(net):
    """Turn net inputs into outputs, in place: O_j = 1 / (1 + e^-I_j).

    Far below zero e^-I_j overflows, and 1 / (1 + ∞) is 0, as it should be; callers silence NumPy's warning.
    """
    np.exp(np.negative(net, out=net), out=net)
    net += 1
    return np.reciprocal(net, out=net)


def output_errors(outputs, targets, output_unit):
    """Errors of the output units: Err_j = O_j (1 - O_j) (T_j - O_j); of linear ones T_j - O_j."""
    if output_unit == "identity":
        return targets - outputs
    return outputs * (1 - outputs) * (targets - outputs)


def hidden_errors(outputs, errors_above, weights_above):
    """Errors of hidden units, from those of the layer above: Err_j = O_j (1 - O_j) Σ_k Err_k w_jk."""
    errors = errors_above @ weights_above.T
    errors *= outputs
    errors *= 1 - outputs
    return errors


def gradient(parameters, inputs, outputs, errors, into):
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
    into : Parameters
        Written to.
    """
    for layer in reversed(range(len(outputs))):
        if layer < len(outputs) - 1:
            errors = hidden_errors(outputs[layer], errors, parameters.weights[layer + 1])
        below = outputs[layer - 1] if layer > 0 else inputs
        if isinstance(below, np.ndarray):
            np.matmul(below.T, errors, out=into.weights[layer])
        else:
            into.weights[layer][...] = below.T @ errors
        np.sum(errors, axis=0, out=into.biases[layer])


def update(parameters, velocity, gradient, rule):
    """Move every weight and bias: Δw_ij = l Err_j O_i, Δθ_j = l Err_j, plus momentum times the last move.

    Parameters
    ----------
    parameters, gradient : Parameters
        `parameters` is written to; `gradient`, the mean over the batch, is used up.
    velocity : Parameters or None
        The last move, written to; None without momentum.
    rule : UpdateRule

    Returns
    -------
    largest_update : float
        max |Δ| over all weights and biases.
    """
    step = gradient.vector
    step *= -rule.learning_rate
    if velocity is not None:
        step += rule.momentum * velocity.vector
        velocity.vector[...] = step
    parameters.vector += step
    return np.abs(step, out=step).max()


def epoch(parameters, velocity, training_set, order, batch_size, rule):
    """Present the instances in the given order, with an update after each batch.

    Parameters
    ----------
    parameters, velocity : Parameters
        Written to. `velocity` is None without momentum.
    training_set : TrainingSet
    order : ndarray of int or None
        Numbers of the instances to present; None for all in their own order, which then are not copied.
    batch_size : int
    rule : UpdateRule

    Returns
    -------
    sums : EpochSums
    """
    step = Parameters(parameters.layer_sizes, parameters.vector.dtype)
    n_instances = training_set.inputs.shape[0] if order is None else len(order)
    loss = error = largest_update = 0.0
    # A diverging network overflows; the training loop reports it by name, so NumPy need not.
    with np.errstate(all="ignore"):
        for start in range(0, n_instances, batch_size):
            rows = slice(start, min(start + batch_size, n_instances))
            batch = select(training_set, rows if order is None else order[rows])
            batch_loss, batch_error = _batch_gradient(parameters, batch, rule.alpha, step)
            loss += batch_loss
            error += batch_error
            largest_update = np.maximum(largest_update, update(parameters, velocity, step, rule))
    return EpochSums(float(loss), float(error), float(largest_update))


def _batch_gradient(parameters, batch, alpha, into):
    """Write the mean gradient of a batch and return the sums of its instances' losses and errors."""
    inputs, targets, _, weights, mean_weight, output_unit = batch
    n_instances = len(targets)

    outputs = forward(parameters, inputs, output_unit)
    errors = output_errors(outputs[-1], targets, output_unit)
    errors *= -1 / n_instances if weights is None else weights[:, np.newaxis] / -n_instances
    gradient(parameters, inputs, outputs, errors, into)

    loss, error = sums(outputs[-1], targets, weights, output_unit)
    if alpha:
        loss += _add_penalty(parameters, alpha / mean_weight, n_instances, into)
    return loss, error


def _add_penalty(parameters, alpha, n_instances, into):
    """Add the gradient of the L2 penalty, α/2 Σ w² over the batch's weight, to a mean gradient; return its loss."""
    into.weight_vector += alpha / n_instances * parameters.weight_vector
    return 0.5 * alpha * float(np.vdot(parameters.weight_vector, parameters.weight_vector))


def sums(outputs, targets, weights, output_unit):
    """Sums over a batch of the losses, E = ½ Σ_j (T_j - O_j)², and of the errors as EpochSums has them."""
    residuals = targets - outputs
    squares = np.einsum("ij,ij->i", residuals, residuals)
    errors = squares if output_unit == "identity" else decide(outputs) != decide(targets)
    if weights is None:
        return 0.5 * float(squares.sum()), float(errors.sum())
    return 0.5 * float(weights @ squares), float(weights @ errors)


def decide(outputs):
    """The class that sigmoid outputs stand for: one unit decides between 0 and 1 at 0.5, of several the largest wins."""
    return outputs.argmax(axis=1) if outputs.shape[1] > 1 else (outputs[:, 0] > 0.5).astype(np.intp)
