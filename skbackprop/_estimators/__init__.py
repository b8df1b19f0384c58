"""The estimators: scikit-learn's side of fit and predict. Knows the training."""
