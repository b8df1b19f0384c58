"""What the scalers of a pipeline do to the inputs of its network, as one shift, one factor and one offset an input."""

from typing import NamedTuple

import numpy as np
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import MaxAbsScaler, MinMaxScaler, RobustScaler, StandardScaler
from sklearn.utils.validation import check_is_fitted


class Scaling(NamedTuple):
    """An input x becomes (x - shift) factor + offset; before that, it is moved into the limits, if there are any.

    Design: the shift is taken off first, as scikit-learn does, since a large one would take the digits from a sum that it
    is a part of. Factor and offset go into the first layer's weights and biases without such a loss.

    Attributes
    ----------
    shift, factor, offset : ndarray of float64 of shape (n_inputs,)
    limits : ndarray of float64 of shape (2, n_inputs), or None
        The least and the largest x.
    """

    shift: np.ndarray
    factor: np.ndarray
    offset: np.ndarray
    limits: np.ndarray | None = None

    def then(self, other):
        """This one, and the other on what comes out of it."""
        offset = (self.offset - other.shift) * other.factor + other.offset
        limits = self.limits
        if other.limits is not None:
            theirs = self.shift + (other.limits - self.offset) / self.factor
            limits = theirs if limits is None else np.clip(limits, *theirs)
        return Scaling(self.shift, self.factor * other.factor, offset, limits)

    def fold_into(self, weights, biases):
        """Weights and biases of a first layer, in float64, that take x - shift in the place of what is scaled."""
        weights = weights.astype(np.float64)
        with np.errstate(all="ignore"):
            return weights * self.factor[:, np.newaxis], biases + self.offset @ weights


def _standard(scaler):
    return _linear(scaler.n_features_in_, scaler.mean_ if scaler.with_mean else None, scaler.scale_)


def _robust(scaler):
    return _linear(scaler.n_features_in_, scaler.center_, scaler.scale_)


def _largest(scaler):
    scaling = _linear(scaler.n_features_in_, None, scaler.scale_)
    if not getattr(scaler, "clip", False):
        return scaling
    return scaling._replace(limits=np.array([[-1.0], [1.0]]) * scaler.scale_)


def _range(scaler):
    least, largest = scaler.feature_range
    shift, factor = np.asarray(scaler.data_min_, dtype=np.float64), np.asarray(scaler.scale_, dtype=np.float64)
    limits = shift + np.array([[0.0], [largest - least]]) / factor if scaler.clip else None
    return Scaling(shift, factor, np.full(len(shift), float(least)), limits)


def _linear(n_inputs, shift, scale):
    """(x - shift) / scale; None leaves one of them out."""
    zeros, ones = np.zeros(n_inputs), np.ones(n_inputs)
    return Scaling(zeros if shift is None else zeros + shift, ones if scale is None else ones / scale, zeros)


_SCALERS = {MaxAbsScaler: _largest, MinMaxScaler: _range, RobustScaler: _robust, StandardScaler: _standard}


def split_pipeline(estimator):
    """The last step of a pipeline and what its scalers do; other estimators as they are, and None.

    Raises
    ------
    ValueError
        If a step before the last is no scaler.
    """
    if not isinstance(estimator, Pipeline):
        return estimator, None
    scaling = None
    for name, step in estimator.steps[:-1]:
        if step is not None and step != "passthrough":
            scaling = _scaling_of(name, step) if scaling is None else scaling.then(_scaling_of(name, step))
    return estimator.steps[-1][1], scaling


def _scaling_of(name, step):
    """What one step of a pipeline does."""
    if type(step) not in _SCALERS:
        *others, last = sorted(scaler.__name__ for scaler in _SCALERS)
        raise ValueError(
            f"estimator has the step {name!r}, a {type(step).__name__}, which cannot become a part of the network as "
            f"{', '.join(others)} and {last} can: pass the last step alone, and transform its inputs elsewhere."
        )
    check_is_fitted(step)
    return _SCALERS[type(step)](step)
