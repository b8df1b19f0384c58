"""What is seen in each picture of the examples, in their order, for those who do not see them.

A text whose numbers or claims hang on a training is a function of what the example has defined when it draws. It takes the
numbers from there, and checks the claims: where one does not hold, the build fails.
"""

import numpy as np


def _xor_to_the_end(run):
    losses, errors = np.array(run.network.loss_curve_), np.array(run.network.error_curve_)
    assert losses[149] > 0.9 * losses[49]
    assert losses[-1] < losses[0] / 100
    assert errors[-1] == 0
    return (
        f"Three curves over {run.network.n_iter_} epochs. The loss hardly falls from epoch 50 to 150, and then in two "
        "steps to less than a hundredth; the error rate jumps between 1 and 0.5, rests at 0.25, and is 0 from epoch "
        f"{_first_for_good(errors == 0)} on; the largest update falls last and ends on its dotted threshold."
    )


def _xor_to_the_first_epoch_without_errors(run):
    assert run.network.error_curve_[-1] == 0 < min(run.network.error_curve_[:-1])
    return (
        f"The same three curves, cut off at epoch {run.network.n_iter_}, where the error rate touches 0 for the first "
        "time."
    )


def _xor_to_max_iter(run):
    assert run.network.loss_curve_[-1] < 0.01
    assert run.network.update_curve_[-1] > 0.005
    return (
        f"The same three curves, cut off at epoch {run.network.n_iter_}: the loss is small, the largest update is still "
        "above its threshold."
    )


def _xor_plane(run):
    assert run.network.score(run.X, run.y) == 1
    assert (run.network.coefs_[0].prod(axis=0) > 0).all()  # lines that fall
    return (
        "The plane of the two inputs. A blue band with the two instances of class 1 runs from the upper left to the lower "
        "right, along four dashed lines; the corners of class 0 are on its two sides, in orange."
    )


def _deep_starts(run):
    spreads = {line.get_label(): line.get_ydata() for line in run.left.get_lines()}
    glorot, half, one, five = (line.get_ydata() for line in run.right.get_lines())
    assert all(each[-1] < each[0] for each in spreads.values())
    assert spreads["glorot"][-1] < 0.001
    assert min(glorot) > 0.85
    assert max(one[9], half[19]) < 0.1 < min(one[2], half[9])
    assert 0.4 < five[-1] < five[0]
    return (
        "Left: the spread of the outputs before the training falls from layer to layer, with Glorot's range to less than a "
        "thousandth. Right: the error rate of the same deep networks. With Glorot's range it stays at 0.9; 1.0 is there "
        "after ten epochs, 0.5 after twenty, and 5.0 falls slowly."
    )


def _one_layer_starts(run):
    curves = {line.get_label(): line.get_ydata() for line in run.ax.get_lines()}
    assert max(curves["0.5"][4], curves["glorot"][4]) < curves["1.0"][4] < 0.1 < curves["0.001"][4]
    assert curves["0.001"][2] > 0.8
    assert curves["5.0"][-1] > 0.5
    return (
        "Error rate over 30 epochs for five ranges. 0.5 and Glorot's fall fastest and together, 1.0 is slower, 0.001 waits "
        "some epochs before it falls, and 5.0 hardly falls at all."
    )


def _validated(run):
    losses = run.network.validation_loss_curve_
    best = int(np.argmin(losses)) + 1
    assert losses[-1] > 1.05 * losses[best - 1]
    return (
        f"Four panels over {run.network.n_iter_} epochs. The training loss falls all the time; the validation loss has its "
        f"minimum at epoch {best}, which a vertical line marks, and then rises."
    )


def _restarts(run):
    losses = np.array([-restart["score"] for restart in run.network.restarts_])
    n_high = np.count_nonzero(losses > 0.03)
    assert losses.min() < 0.01
    return (
        f"Curves of the kept restart, and the final losses of {len(losses)} restarts: {n_high} are near 0.04, and the one "
        "that is kept is below 0.01."
    )


def _sine_validated(run):
    network = run.tuned["sine"]
    assert network.best_n_epochs_ > 100
    assert all(curves["n_epochs"][-1] > 300 for curves in network.cv_curves_)
    return (
        "Validated loss of the sine over the epochs, for two penalties: both fall for a hundred epochs and are level "
        f"then; a ring marks the choice at epoch {network.best_n_epochs_} of the one with the penalty "
        f"{network.best_params_['alpha']}."
    )


def _patients_validated(run):
    network = run.tuned["diabetes"]
    losses = np.mean(network.cv_curves_[network.best_index_]["loss"], axis=0)
    assert network.best_n_epochs_ < 20
    assert losses[-1] > 1.1 * min(losses)
    return (
        "Validated loss of the patients' table: it falls for six epochs, hardly changes up to epoch 20, then rises. The "
        f"ring is at epoch {network.best_n_epochs_} of the one with the penalty {network.best_params_['alpha']}."
    )


def _heat_map(run):
    row, column = np.unravel_index(run.accuracies.argmax(), run.accuracies.shape)
    assert max(run.accuracies[0, 0], run.accuracies[-1, -1]) < 0.5
    return (
        f"A heat map of the accuracy, hidden units against learning rates. It is best, {run.accuracies.max():.2f}, with "
        f"{run.n_units[row]} units and rate {run.rates[column]:g}, and worst in two corners: few units with a small rate, "
        "and many with a large one."
    )


def _solvers(run):
    curves = {line.get_label(): line.get_ydata() for line in run.left.get_lines()}
    assert max(curve[-1] / curve[0] for curve in curves.values()) < 0.1
    lowest, *_, highest = sorted(curves, key=lambda name: curves[name][-1])
    return (
        "Loss of five solvers by epochs and by time. All fall to less than a tenth; "
        f"{lowest} ends lowest, and {highest} highest."
    )


def _drift(run):
    learns, stopped = np.transpose(run.accuracies)  # from chunk 2 on
    assert min(learns[7:29].min(), stopped[7:29].min()) > 0.8
    assert learns[38:].min() > 0.85 > 0.4 > stopped[30:].max()
    return (
        "Accuracy on the next chunk. Both networks are near 0.9 until chunk 30, where the inputs change; then the one that "
        "goes on learning is back near 0.9 after ten chunks, and the other stays at 0.3."
    )


def _nines(run):
    assert run.nines[:20].max() == 0
    return (
        "Share of right answers over 40 chunks. Digits 0 to 8 are above 0.8 from chunk "
        f"{_first_for_good(run.known > 0.8)} on; "
        "digit 9 appears after chunk 20, and is above 0.7 from chunk "
        f"{_first_for_good(run.nines > 0.7)} and above 0.8 from chunk {_first_for_good(run.nines > 0.8)} on."
    )


def _wine_bars(run):
    sizes = np.linalg.norm(run.network.coefs_[0], axis=1)
    return (
        "Bars of the weights of three hidden units for thirteen measurements of wines: those of "
        f"{_listed(run.X.columns[np.sort(sizes.argsort()[-4:])])} are the longest."
    )


def _wine_network(run):
    sizes = np.linalg.norm(run.network.coefs_[0], axis=1)
    return (
        "A network of 13 inputs, 3 hidden units and 3 output units; the widest lines lead from "
        f"{_listed(run.X.columns[np.sort(sizes.argsort()[-3:])])}."
    )


def _codes(run):
    rounded = [np.abs(codes - codes.round()).max() for codes in run.codes]
    assert rounded[2] < 0.15 < 0.4 < rounded[0]
    return (
        "Two tables of the outputs of three hidden units for eight words: each word has a pattern of its own. After start "
        "2 all outputs are near 0 or 1; after start 0 some lie between."
    )


def _pruned(run):
    into = run.pruned.coefs_[0] != 0
    features = run.X.columns[into.any(axis=1)]
    return (
        f"The pruned network of the wines. Of thirteen inputs {len(features)} still have lines, with the weight on each, "
        f"and of ten hidden units {into.any(axis=0).sum()}: {_listed(features)} lead to them, they to the classes."
    )


def _tutorial(run):
    assert run.theirs[0] > 0.65
    assert run.theirs[-1] < 0.15
    return (
        f"Log loss over {len(run.theirs)} epochs, which falls from {run.theirs[0]:.1f} to {run.theirs[-1]:.1f}: a wide "
        "light line for the estimator, and a dashed one for the NumPy loop that lies in its middle all along."
    )


def _first_for_good(is_met):
    """The first place, counted from 1, from which on something is so to the end."""
    return int(np.flatnonzero(~is_met)[-1]) + 2


def _listed(names):
    *names, last = (name.replace("_", " ") for name in names)
    return f"{', '.join(names)} and {last}"


ALT_TEXTS = {
    "plot_worked_example": [
        "Three input units at the left, two hidden units in the middle, one output unit at the right. Eight lines join "
        "them: blue for positive weights, dashed vermillion for negative ones; the widest are w34 and w24.",
    ],
    "plot_numpy_network": [
        _tutorial,
    ],
    "plot_xor": [
        _xor_to_the_end,
        _xor_to_the_first_epoch_without_errors,
        _xor_to_max_iter,
        _xor_plane,
    ],
    "plot_decision_boundaries": [
        "Eight panels with two interleaved half-moons of points. At epoch 0 there is no boundary, from 1 to 20 it is a "
        "straight line, at 60 it begins to bend, and from 150 on it has two bends and follows the moons.",
        "Four panels: with one hidden unit the boundary between the moons is straight, with two or more it has two bends "
        "and follows the moons, with twenty closely.",
    ],
    "plot_initialisation": [
        _one_layer_starts,
        "Five histograms of the hidden outputs: all at one half with 0.001, a bell around it with Glorot's, almost flat "
        "with 0.5, with peaks at 0 and 1 with 1.0, and hardly anything but 0 and 1 with 5.0.",
        _deep_starts,
    ],
    "plot_update_modes": [
        "Three copies of a landscape of the loss, with the path of weight and bias from the same start to the same "
        "valley: a ragged one for case updating, a less ragged one for mini-batches, a smooth one for epoch updating.",
        "Error rate by epochs and by moves of the weights. By epochs small batches are fastest; by moves large ones are.",
    ],
    "plot_regression": [
        "Predictions against targets: a wide curved cloud for the linear model, a narrow straight one for the network.",
        "A sine wave through scattered targets, with a light blue band around it that holds the middle 80 per cent.",
    ],
    "plot_validation": [
        _validated,
        _restarts,
    ],
    "plot_cross_validation": [
        _sine_validated,
        _patients_validated,
    ],
    "plot_grid_search": [
        _heat_map,
    ],
    "plot_solvers": [
        _solvers,
    ],
    "plot_calibration": [
        "Above, the share of class 1 against the predicted probability: the two networks lie on one flat curve, the "
        "calibrated one lies near the diagonal. Below, how often each probability is predicted.",
    ],
    "plot_streaming": [
        _drift,
        _nines,
    ],
    "plot_hidden_units": [
        "Twenty images of 8 times 8 weights, one for each hidden unit, blue and vermillion: strokes and holes in "
        "different places.",
        _wine_bars,
        _wine_network,
        _codes,
    ],
    "plot_sensitivity": [
        "Mean size of the derivative for ten inputs: large for x1 to x4, half as large for x5, and zero for x6 to x10.",
        "The derivative against the input for x3, x4 and x6: a rising line, a constant near 10, and zero; the network's "
        "points lie on the true lines but for the ends.",
        "Mean size of the derivative for the four measurements of iris, one panel a class: petals matter for versicolor "
        "and virginica, sepals hardly ever.",
    ],
    "plot_rules": [
        _pruned,
    ],
    "plot_speed": [
        "Milliseconds an epoch against the batch size, for 30 and for 500 hidden units. MLPClassifier's line falls as the "
        "batches grow; BackpropClassifier's is flat and far below it.",
    ],
}
