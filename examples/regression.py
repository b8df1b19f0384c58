"""Learn a curved function: BackpropRegressor against a linear model and the mean.

Friedman's first function depends on five of its ten inputs, on two of them through a sine of their product and on one
through its square, which no linear model can follow. The targets are standardised inside the regressor, so that their
unit does not matter.
"""

from sklearn.datasets import make_friedman1
from sklearn.dummy import DummyRegressor
from sklearn.linear_model import LinearRegression
from sklearn.model_selection import train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skbackprop import BackpropRegressor

X, y = make_friedman1(n_samples=2000, noise=1.0, random_state=0)
X_train, X_test, y_train, y_test = train_test_split(X, y, test_size=0.25, random_state=0)

models = {
    "mean of the targets": DummyRegressor(),
    "linear model": LinearRegression(),
    # error_tol is 1 - R² here: this fit may also end when the network explains 96 % of the training targets' variance.
    "BackpropRegressor": make_pipeline(
        StandardScaler(), BackpropRegressor(hidden_layer_sizes=30, error_tol=0.04, max_iter=400, random_state=0)
    ),
}

print(f"{'':20}  {'train R²':>8}  {'test R²':>8}")
for name, model in models.items():
    model.fit(X_train, y_train)
    print(f"{name:20}  {model.score(X_train, y_train):8.3f}  {model.score(X_test, y_test):8.3f}")

network = models["BackpropRegressor"][-1]
print(f"Stop reason: {network.stop_reason_}, after {network.n_iter_} epochs")
