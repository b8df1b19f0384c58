"""What is seen in each picture of the examples, in their order, for those who do not see them."""

ALT_TEXTS = {
    "plot_worked_example": [
        "Three input units at the left, two hidden units in the middle, one output unit at the right. Eight lines join "
        "them: blue for positive weights, dashed vermillion for negative ones; the widest are w34 and w24.",
    ],
    "plot_numpy_network": [
        "Log loss over 1000 epochs, which falls from 0.7 to 0.1: a wide light line for the "
        "estimator, and a dashed one for the NumPy loop that lies in its middle all along.",
    ],
    "plot_xor": [
        "Three curves over 827 epochs. The loss stays on a plateau for 400 epochs and then falls; the error rate jumps "
        "between 1 and 0.25 and is 0 from epoch 400 on; the largest update falls last and ends on its dotted threshold.",
        "The same three curves, cut off at epoch 383, where the error rate touches 0 for the first time.",
        "The same three curves, cut off at epoch 600: the loss is small, the largest update is still above its threshold.",
        "The plane of the two inputs. Four dashed lines run from the upper left to the lower right. Between the outer ones "
        "lies a blue band with the two instances of class 1; the corners of class 0 are on its two sides, in orange.",
    ],
    "plot_decision_boundaries": [
        "Eight panels with two interleaved half-moons of points. At epoch 0 there is no boundary, from 1 to 20 it is a "
        "straight line, at 60 it begins to bend, and from 150 on it has two bends and follows the moons.",
        "Four panels: with one hidden unit the boundary between the moons is straight, with two it has one bend, and with "
        "three or twenty it follows the moons.",
    ],
    "plot_initialisation": [
        "Error rate over 30 epochs for five ranges. 0.5 and Glorot's fall fastest and together, 1.0 is slower, 0.001 waits "
        "four epochs before it falls, and 5.0 hardly falls at all.",
        "Five histograms of the hidden outputs: all at one half with 0.001, a bell around it with Glorot's, flat with 0.5, "
        "with peaks at 0 and 1 with 1.0, and nothing but 0 and 1 with 5.0.",
        "Left: the spread of the outputs before the training falls from layer to layer, with Glorot's range to less than a "
        "thousandth. Right: the error rate of the same deep networks. With Glorot's range it stays at 0.9; 1.0 is there "
        "after ten epochs, 0.5 after twenty, and 5.0 falls slowly.",
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
        "Four curves over 400 epochs. The training loss falls all the time; the validation loss has its minimum, marked by "
        "a vertical line, at epoch 122 and then rises.",
        "Curves of the kept restart, and the final losses of ten restarts: seven are near 0.04, and the one that is kept "
        "is below 0.01.",
    ],
    "plot_cross_validation": [
        "Validated loss of the sine over the epochs, for two penalties: both fall for hundreds of epochs; a ring marks the "
        "choice at epoch 220 of the one without a penalty.",
        "Validated loss of the patients' table: it falls for six epochs, hardly changes up to epoch 20, then rises. The "
        "ring is at epoch 6 of the one with the penalty 0.1.",
    ],
    "plot_grid_search": [
        "A heat map of the accuracy, hidden units against learning rates. It is best, 0.97, with 40 units and rate 3, and "
        "worst in two corners: few units with a small rate, and many with a large one.",
    ],
    "plot_solvers": [
        "Loss of five solvers by epochs and by time. All fall by a factor of twenty; lbfgs ends lowest, and sgd without "
        "momentum highest.",
    ],
    "plot_calibration": [
        "Above, the share of class 1 against the predicted probability: the two networks lie on one flat curve, the "
        "calibrated one lies near the diagonal. Below, how often each probability is predicted.",
    ],
    "plot_streaming": [
        "Accuracy on the next chunk. Both networks are at 0.9 until chunk 30, where the inputs change; then the one that "
        "goes on learning is back at 0.9 after ten chunks, and the other stays at 0.3.",
        "Share of right answers over 40 chunks. Digits 0 to 8 rise to 0.9 in eight chunks; digit 9 appears after chunk "
        "20, is at 0.8 in chunk 28 and at 0.9 in chunk 34.",
    ],
    "plot_hidden_units": [
        "Twenty images of 8 times 8 weights, one for each hidden unit, blue and vermillion: strokes and holes in "
        "different places.",
        "Bars of the weights of three hidden units for thirteen measurements of wines: alcohol, flavanoids, colour and "
        "proline are the long ones.",
        "A network of 13 inputs, 3 hidden units and 3 output units; a few wide lines lead from alcohol, flavanoids and "
        "proline.",
        "Two tables of the outputs of three hidden units for eight words: each word has a pattern of its own. After start "
        "2 nearly all outputs are 0 or 1; after start 0 some lie between.",
    ],
    "plot_sensitivity": [
        "Mean size of the derivative for ten inputs: large for x1 to x4, half as large for x5, and zero for x6 to x10.",
        "The derivative against the input for x3, x4 and x6: a rising line, a constant near 10, and zero; the network's "
        "points lie on the true lines but for the ends.",
        "Mean size of the derivative for the four measurements of iris, one panel a class: petals matter for versicolor "
        "and virginica, sepals hardly ever.",
    ],
    "plot_rules": [
        "The pruned network of the wines. Of thirteen inputs five still have lines, with the weight on each, and of ten "
        "hidden units two: alcohol, flavanoids, color intensity, hue and proline lead to them, they to the three classes.",
    ],
    "plot_speed": [
        "Milliseconds an epoch against the batch size, for 30 and for 500 hidden units. MLPClassifier's line falls as the "
        "batches grow; BackpropClassifier's is flat and far below it.",
    ],
}
