"""
Validation data and restarts
============================

A network that goes on learning may learn its training data by heart. Data that it is not trained with, *validation data*,
show when to stop; and as the random start matters, several starts show which one to keep.
"""

# %%
# When to stop
# ------------
#
# Few training data, and labels of which one in ten is wrong, so that there is something to learn by heart. The validation
# data go to ``fit``. With ``n_iter_no_change=float("inf")`` it trains to the end, for the picture's sake; and
# ``scoring="loss"`` asks for the epoch of the smallest loss, which says more than the accuracy.

import matplotlib.pyplot as plt
import numpy as np
from sklearn.datasets import load_digits, make_moons
from sklearn.model_selection import train_test_split

from skbackprop import BackpropClassifier, TrainingCurveDisplay

X, y = load_digits(return_X_y=True)
X_train, X_rest, y_train, y_rest = train_test_split(X / 16, y, train_size=300, stratify=y, random_state=0)
X_val, X_test, y_val, y_test = train_test_split(X_rest, y_rest, train_size=300, stratify=y_rest, random_state=0)
random_state = np.random.RandomState(0)
wrong = random_state.choice(len(y_train), 30, replace=False)
y_train[wrong] = (y_train[wrong] + random_state.randint(1, 10, size=30)) % 10

network = BackpropClassifier(50, scoring="loss", n_iter_no_change=float("inf"), max_iter=400, random_state=0)
network.fit(X_train, y_train, X_val=X_val, y_val=y_val)
TrainingCurveDisplay.from_estimator(network)
plt.show()

# %%
# The loss on the training data falls to the end, the loss on the validation data has its minimum long before. ``fit`` keeps
# the weights of that epoch. With ``restore_best=False`` it would leave the last ones:

last = BackpropClassifier(50, max_iter=400, random_state=0).fit(X_train, y_train)
print(f"Test accuracy of the best epoch: {100 * network.score(X_test, y_test):.1f} %")
print(f"Test accuracy of the last epoch: {100 * last.score(X_test, y_test):.1f} %")

# %%
# Without ``n_iter_no_change=float("inf")`` the training ends when the score has not improved in 10 epochs.
# ``early_stopping=True`` does the same, and takes the validation data from the training data itself.

network = BackpropClassifier(50, scoring="loss", early_stopping=True, max_iter=400, random_state=0)
network.fit(X_train, y_train)
print(f"stop_reason_ = {network.stop_reason_!r} after {network.n_iter_} epochs")

# %%
# Which start to keep
# -------------------
#
# A small network for the two half-moons, with barely enough hidden units: from some starts it finds the bend, from others
# it does not. ``n_init=10`` trains ten and keeps the best; ``n_jobs`` threads share the work.

X, y = make_moons(300, noise=0.1, random_state=0)
network = BackpropClassifier(3, batch_size=8, max_iter=300, n_init=10, random_state=0).fit(X, y)
TrainingCurveDisplay.from_estimator(network)
plt.show()

# %%
# ``restarts_`` holds what became of each. Its seed as ``random_state`` repeats that training alone.

for number, restart in enumerate(network.restarts_, start=1):
    print(f"restart {number:2d}: loss {-restart['score']:.4f}, {restart['stop_reason']}, seed {restart['seed']}")
