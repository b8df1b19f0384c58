"""
The book's worked example
=========================

One update of a small network, number by number. Han and Kamber, *Data Mining: Concepts and Techniques*, follow one
instance through a network with three inputs, two hidden units and one output unit, and print four tables. Here
:func:`~skbackprop.explain_step` prints them, and does so for any network.
"""

# %%
# The network
# -----------
#
# The units are numbered: 1 to 3 are the inputs, 4 and 5 the hidden units, 6 is the output unit. A weight, such as
# :math:`w_{14}`, belongs to the connection from unit 1 to unit 4. Each unit after the inputs has a bias :math:`\theta_j`
# as well. Usually all of them begin at random numbers; the example gives them.

import numpy as np

from skbackprop import BackpropClassifier, explain_step

weights = [
    np.array([[0.2, -0.3], [0.4, 0.1], [-0.5, 0.2]]),  # w14 w15, w24 w25, w34 w35
    np.array([[-0.3], [-0.2]]),  # w46, w56
]
biases = [np.array([-0.4, 0.2]), np.array([0.1])]  # θ4 θ5, θ6
x, target = [1, 0, 1], 1

network = BackpropClassifier(hidden_layer_sizes=2, batch_size=1, learning_rate_init=0.9)
network.initialize([x], [target], classes=[0, 1], coefs_init=weights, intercepts_init=biases)

# %%
# Blue lines are positive weights, vermillion ones negative, and wide lines are large weights. The fill of a unit shows its
# bias in the same colours.

import matplotlib.pyplot as plt

from skbackprop import NetworkDisplay

NetworkDisplay.from_estimator(network, feature_names=["unit 1", "unit 2", "unit 3"], output_names=["unit 6"])
plt.show()

# %%
# One instance, four tables
# -------------------------
#
# The instance is :math:`X = (1, 0, 1)`, its class is 1. First the outputs go forward: a unit adds what comes in times the
# weights, and its bias, to the net input :math:`I_j`; its output :math:`O_j` is the sigmoid of that, a number between 0 and
# 1. Then the errors come back: :math:`Err_j` is large where the output is far from the target :math:`T_j` *and* the
# sigmoid is steep; a hidden unit has the errors that it helped to make. At last each weight moves by the learning rate
# :math:`l` times the error of the unit that it leads to, times the output that it carries.
#
# Each number is rounded before the next is calculated from it, as in the book, so a pocket calculator finds the same.

explanation = explain_step(network, x, target)
print(explanation)

# %%
# The estimator makes the same step
# ---------------------------------
#
# ``partial_fit`` presents its data once. With ``batch_size=1``, the book's *case updating*, one instance makes one update.
# It does not round in between, so the numbers agree to about three digits.

network.partial_fit([x], [target])
for mine, explained in zip(network.coefs_, explanation.new_coefs, strict=True):
    np.testing.assert_allclose(mine, explained, atol=1e-3)
print("w46 w56 after the update:", network.coefs_[1].ravel().round(3))

# %%
# Any network, any depth
# ----------------------
#
# With data of one's own the units have the names of the features and classes. In a notebook the tables are HTML;
# ``to_frames()`` gives them as pandas DataFrames and ``to_latex()`` for an exercise sheet.

from sklearn.datasets import load_iris

X, y = load_iris(return_X_y=True, as_frame=True)
iris = BackpropClassifier((3, 2), max_iter=50, random_state=0).fit((X - X.mean()) / X.std(), y)
explanation = explain_step(iris, ((X - X.mean()) / X.std()).iloc[0], y.iloc[0])
print(explanation.to_frames()["errors"])
