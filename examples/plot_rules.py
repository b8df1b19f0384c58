"""
Rules in the place of weights
=============================

A chemist would not be helped by a hundred weights. The book's last step into the *black box* makes rules of them: remove
the weights that do little, see what the hidden units still tell apart, and write down when they do.
"""

# %%
# Wines and their growers
# -----------------------
#
# Thirteen measurements of 178 Italian wines tell which of three growers each is from. A third is kept for the test. Columns
# are standardised for the network; the rules are to speak of the measurements as they are.

import matplotlib.pyplot as plt
import pandas as pd
from sklearn.datasets import load_breast_cancer, load_iris, load_wine
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler

from skbackprop import BackpropClassifier, NetworkDisplay, extract_rules, prune


def split(data):
    """Training and test sets, as they are and standardised."""
    y = data.target_names[data.target]
    X, X_test, y, y_test = train_test_split(data.data, y, test_size=1 / 3, stratify=y, random_state=0)
    scaler = StandardScaler().set_output(transform="pandas").fit(X)
    return X, X_test, scaler.transform(X), scaler.transform(X_test), y, y_test


X, X_test, X_scaled, X_test_scaled, y, y_test = split(load_wine(as_frame=True))
network = BackpropClassifier(10, batch_size=4, random_state=0).fit(X_scaled, y)
print(f"right on other wines: {network.score(X_test_scaled, y_test):.2f}")

# %%
# Fewer weights
# -------------
#
# :func:`~skbackprop.prune` removes weights, those whose removal moves the outputs least first, and lets the network learn
# on with the others, until its accuracy would fall by more than one per cent. What is left can be drawn.

pruned = prune(network, X_scaled, y)
for name, number in pruned.pruning_.items():
    print(f"{name:23} {number:.4g}")
NetworkDisplay.from_estimator(pruned)
plt.show()

# %%
# The rules
# ---------
#
# :func:`~skbackprop.extract_rules` puts the outputs of each hidden unit that is left into few clusters, finds rules from
# the measurements to these and from these to the growers, and puts both together. The first rule that holds decides; in
# brackets is how often the network says the same, of the wines that the rule decides.

rules = extract_rules(pruned, X_scaled, y, X_shown=X)
print(rules)

# %%
# On the wines that were kept, how often do the rules say what the network says, and how often are they right?

print(f"as the network: {rules.score(X_test, pruned.predict(X_test_scaled)):.2f}")
print(f"right: {rules.score(X_test, y_test):.2f}")

# %%
# The steps between, unit by unit:

print("\n".join(rules.hidden_rules))

# %%
# Three sets
# ----------
#
# The same for iris and for tumours: sizes before and after, and on the third that was kept how often each is right, and how
# often the rules say what the pruned network says (their *fidelity*).

rows = {}
for load in (load_iris, load_wine, load_breast_cancer):
    X, X_test, X_scaled, X_test_scaled, y, y_test = split(load(as_frame=True))
    network = BackpropClassifier(10, batch_size=4, random_state=0).fit(X_scaled, y)
    pruned = prune(network, X_scaled, y)
    rules = extract_rules(pruned, X_scaled, y, X_shown=X)
    rows[load.__name__.removeprefix("load_")] = {
        "weights": pruned.pruning_["n_weights_before"],
        "left": pruned.pruning_["n_weights"],
        "rules": rules.n_rules_,
        "comparisons": rules.n_conditions_,
        "network": network.score(X_test_scaled, y_test),
        "pruned": pruned.score(X_test_scaled, y_test),
        "by rules": rules.score(X_test, y_test),
        "fidelity": rules.score(X_test, pruned.predict(X_test_scaled)),
    }
print(pd.DataFrame(rows).T.round(3).to_string())

# %%
# A handful of comparisons says nearly what the network says. Where the network's borders run askew, as between the tumours,
# rules that compare one measurement at a time with a number lose some of it.
