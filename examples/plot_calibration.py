"""
Probabilities: squared error against log loss
=============================================

Of all cases that a classifier calls 70 % likely, do 70 % come true? If so it is *calibrated*. The book trains a network
with the squared error; most others today are trained with the log loss. Both ask for the right probability, but not with
the same force.
"""

# %%
# The squared error counts a sure and wrong answer as 1 at most, the log loss without limit. The data have two classes, one
# of them rarer, and labels of which some are wrong, so that no classifier can be sure with reason. The networks have no
# penalty, as the book has none, and train for long.

import matplotlib.pyplot as plt
from sklearn.calibration import CalibratedClassifierCV, CalibrationDisplay
from sklearn.datasets import make_classification
from sklearn.metrics import brier_score_loss, log_loss
from sklearn.model_selection import train_test_split

from skbackprop import BackpropClassifier

X, y = make_classification(
    6000, n_features=10, n_informative=6, weights=[0.7], flip_y=0.15, class_sep=0.7, random_state=1
)
X_train, X_test, y_train, y_test = train_test_split(X, y, train_size=1500, stratify=y, random_state=0)

squared = BackpropClassifier(30, loss="squared_error", alpha=0, random_state=0)
models = {
    "squared error": squared,
    "log loss": BackpropClassifier(30, loss="log_loss", alpha=0, random_state=0),
    "squared error, calibrated": CalibratedClassifierCV(squared, method="sigmoid", cv=5),
}
styles = {
    "squared error": {"color": "#0072B2", "marker": "o", "linestyle": "-"},
    "log loss": {"color": "#D55E00", "marker": "s", "linestyle": "--"},
    "squared error, calibrated": {"color": "#009E73", "marker": "^", "linestyle": "-."},
}

figure, axes = plt.subplot_mosaic(
    [["curve"] * 3, list(models)], figsize=(9, 6.4), height_ratios=[2, 1], layout="constrained"
)
print(f"{'':26}  accuracy  Brier score  log loss")
for name, model in models.items():
    probabilities = model.fit(X_train, y_train).predict_proba(X_test)
    CalibrationDisplay.from_predictions(
        y_test, probabilities[:, 1], n_bins=10, name=name, ax=axes["curve"], **styles[name]
    )
    axes[name].hist(probabilities[:, 1], bins=20, range=(0, 1), color=styles[name]["color"])
    axes[name].set(title=name, xlabel="predicted probability", yticks=[])
    scores = (
        model.score(X_test, y_test),
        brier_score_loss(y_test, probabilities[:, 1]),
        log_loss(y_test, probabilities),
    )
    print(f"{name:26}  {scores[0]:8.3f}  {scores[1]:11.4f}  {scores[2]:8.3f}")
axes["curve"].set(xlabel="predicted probability of class 1", ylabel="share of class 1")
axes[next(iter(models))].set_ylabel("how often")
plt.show()

# %%
# On the dotted line all promises are kept. Both networks promise too much: they have learned the wrong labels by heart
# too, and of cases that they call nearly certain about one in five comes out otherwise. The log loss drives them
# further, because each training instance that is sure and wrong costs it so much. More data, an earlier end or a
# penalty would help both; ``alpha="auto"``, the default, finds one where the labels look noisy. Where none of that is to
# be had, :class:`~sklearn.calibration.CalibratedClassifierCV` learns from held-out folds what a promise is worth; being
# the mean of five networks, it is more accurate too.
