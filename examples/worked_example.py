"""The book's worked example: one update of a network with three inputs, two hidden units and one output unit.

Han and Kamber, *Data Mining: Concepts and Techniques*, number the inputs 1 to 3, the hidden units 4 and 5 and the output
unit 6. They present X = (1, 0, 1), whose class is 1, with a learning rate of 0.9, and print three tables: net inputs and
outputs, errors, new weights. Here BackpropClassifier makes the update, and the tables are read off it.
"""

import numpy as np

from skbackprop import BackpropClassifier

X, T = np.array([[1.0, 0.0, 1.0]]), 1
learning_rate = 0.9
weights = [
    np.array([[0.2, -0.3], [0.4, 0.1], [-0.5, 0.2]]),  # w14 w15, w24 w25, w34 w35
    np.array([[-0.3], [-0.2]]),  # w46, w56
]
biases = [np.array([-0.4, 0.2]), np.array([0.1])]  # θ4 θ5, θ6

# batch_size=1 is the book's case updating. The labels 0 and 1 are the targets 0 and 1 of the one output unit.
network = BackpropClassifier(hidden_layer_sizes=2, batch_size=1, learning_rate_init=learning_rate)
network.partial_fit(X, [T], classes=[0, 1], coefs_init=weights, intercepts_init=biases)

print("Net inputs and outputs")
print("Unit j      I_j    O_j")
outputs, unit = X[0], 4
for w, theta in zip(weights, biases, strict=True):
    net = outputs @ w + theta  # I_j = Σ_i w_ij O_i + θ_j
    outputs = 1 / (1 + np.exp(-net))  # O_j = 1 / (1 + e^-I_j)
    for i, o in zip(net, outputs, strict=True):
        print(f"{unit:6d}  {i:7.3f}  {o:5.3f}")
        unit += 1

# A bias moves by the learning rate times the error of its unit, so its move tells the error.
errors = np.concatenate([new - old for new, old in zip(network.intercepts_, biases, strict=True)]) / learning_rate
print("\nErrors")
print("Unit j    Err_j")
for unit, error in reversed(list(enumerate(errors, start=4))):
    print(f"{unit:6d}  {error:7.4f}")

print("\nNew weights and biases")
print("         before   after")
for layer, (first, first_above) in enumerate([(1, 4), (4, 6)]):
    for (i, j), old in np.ndenumerate(weights[layer]):
        print(f"w{first + i}{first_above + j}     {old:7.3f} {network.coefs_[layer][i, j]:7.3f}")
for layer, first in enumerate([4, 6]):
    for j, old in enumerate(biases[layer]):
        print(f"θ{first + j}      {old:7.3f} {network.intercepts_[layer][j]:7.3f}")
