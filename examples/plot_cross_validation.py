"""
Tuned by cross-validation
=========================

How many epochs are good? Too few, and the network has not found the pattern; too many, and it has learned the noise by
heart. No constant suits two sets of data, so ``BackpropRegressorCV`` and ``BackpropClassifierCV`` look.
"""

# %%
# Two sets of data that want opposite things
# ------------------------------------------
#
# A sine with little noise, which a network is slow to find; and a table of patients, ten columns of which tell little of
# what is to be predicted, and which a network without a penalty is quick to learn by heart.

import matplotlib.pyplot as plt
import numpy as np
from sklearn.datasets import load_diabetes
from sklearn.model_selection import train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skbackprop import BackpropRegressor, BackpropRegressorCV, CVCurveDisplay

random_state = np.random.RandomState(0)
x = random_state.uniform(0, 1, size=(300, 1))
sets = {
    "sine": (x, np.sin(8 * x[:, 0]) + random_state.normal(scale=0.2, size=300)),
    "diabetes": load_diabetes(return_X_y=True),
}
settings = {"activation": "relu", "batch_size": 8, "alpha": 0.0, "random_state": 0}

tuned = {}
for name, (X, y) in sets.items():
    X_train, X_test, y_train, y_test = train_test_split(X, y, test_size=0.3, random_state=0)
    for max_iter in (10, 1000):
        model = make_pipeline(StandardScaler(), BackpropRegressor(max_iter=max_iter, **settings)).fit(X_train, y_train)
        print(f"{name:10s} {max_iter:5d} epochs: test R2 {model.score(X_test, y_test):5.2f}")
    model = make_pipeline(StandardScaler(), BackpropRegressorCV(grid={"alpha": [0.0, 0.1]}, **settings))
    tuned[name] = model.fit(X_train, y_train)[-1]
    print(f"{name:10s} {tuned[name].best_n_epochs_:5d} epochs: test R2 {model.score(X_test, y_test):5.2f}, chosen")

# %%
# What it saw
# -----------
#
# Each candidate of the grid is trained once on each of five folds, and validated after every so many epochs on the rest. So
# one training shows what all numbers of epochs would give. A candidate whose loss rises again stops soon, which is why the
# curves of the patients are short.

for network in tuned.values():
    CVCurveDisplay.from_estimator(network)
plt.show()

# %%
# The lines are means over the folds, the bands a standard error to both sides, the ring is the choice. It need not be the
# lowest point: ``one_standard_error=True`` takes the simplest network that is no more than a standard error worse.
#
# The result is a network as any other. It has been trained on all of the training data with what was chosen, and goes on
# with it in ``partial_fit``.

network = tuned["sine"]
print(f"chosen: {network.best_params_}, {network.best_n_epochs_} epochs")
print(f"stop_reason_ = {network.stop_reason_!r} after {network.n_iter_} epochs")
