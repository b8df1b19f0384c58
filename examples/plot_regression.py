"""
Regression
==========

The regressor has a linear output unit, so that it can predict any number. The targets are standardised inside, and their
unit does not matter.
"""

# %%
# A curved function
# -----------------
#
# Friedman's first function depends on five of its ten inputs, on two of them through a sine of their product and on one
# through its square, which no linear model can follow. ``error_tol`` is :math:`1 - R^2` here: the training may also end
# when the network explains 96 % of the training targets' variance.

import matplotlib.pyplot as plt
import numpy as np
from sklearn.datasets import make_friedman1
from sklearn.dummy import DummyRegressor
from sklearn.linear_model import LinearRegression
from sklearn.model_selection import train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skbackprop import BackpropRegressor

X, y = make_friedman1(n_samples=2000, noise=1.0, random_state=0)
X_train, X_test, y_train, y_test = train_test_split(X, y, test_size=0.25, random_state=0)

network = BackpropRegressor(hidden_layer_sizes=30, error_tol=0.04, max_iter=400, random_state=0)
models = {
    "mean of the targets": DummyRegressor(),
    "linear model": LinearRegression(),
    "BackpropRegressor": make_pipeline(StandardScaler(), network),
}
print(f"{'':20}  {'train R²':>8}  {'test R²':>8}")
for name, model in models.items():
    model.fit(X_train, y_train)
    print(f"{name:20}  {model.score(X_train, y_train):8.3f}  {model.score(X_test, y_test):8.3f}")
print(f"Stop reason: {network.stop_reason_}, after {network.n_iter_} epochs")

figure, axes = plt.subplots(1, 2, figsize=(8, 4), sharex=True, sharey=True, layout="constrained")
for ax, name in zip(axes, list(models)[1:], strict=True):
    ax.scatter(y_test, models[name].predict(X_test), s=10, color="#0072B2", alpha=0.6)
    ax.axline((15, 15), slope=1, color="#D55E00", linewidth=2, linestyle="--")
    ax.set(title=name, xlabel="target")
axes[0].set_ylabel("prediction")
plt.show()

# %%
# More than the mean
# ------------------
#
# The squared error asks for the mean of the targets that are to be expected. With ``loss="quantile"`` the network
# predicts a quantile, so two of them make a band that should hold eight of ten targets, wide where the targets scatter
# much.

random_state = np.random.RandomState(0)
x = random_state.uniform(0, 10, size=800)
y = np.sin(x) + random_state.normal(scale=0.05 + 0.05 * x)
X = StandardScaler().fit_transform(x.reshape(-1, 1))
order = x.argsort()

losses = {
    "mean": {"loss": "squared_error"},
    "low": {"loss": "quantile", "quantile": 0.1},
    "high": {"loss": "quantile", "quantile": 0.9},
}
predicted = {
    name: BackpropRegressor(20, solver="adam", learning_rate_init=0.01, max_iter=600, random_state=1, **loss)
    .fit(X, y)
    .predict(X)
    for name, loss in losses.items()
}
share = np.mean((predicted["low"] < y) & (y < predicted["high"]))
print(f"{share:.0%} of the targets are in the band")

figure, ax = plt.subplots(figsize=(7.5, 3.6), layout="constrained")
ax.scatter(x, y, s=8, color="#777777", label="targets")
ax.fill_between(
    x[order], predicted["low"][order], predicted["high"][order], color="#56B4E9", alpha=0.5, label="10 % to 90 %"
)
ax.plot(x[order], predicted["mean"][order], color="#D55E00", linewidth=2.5, label="mean")
ax.set(xlabel="input", ylabel="target")
ax.legend(frameon=False, ncols=3)
plt.show()
