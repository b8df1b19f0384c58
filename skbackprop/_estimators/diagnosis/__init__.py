"""Tells a network that learned from one that did not, whichever rule ended its training, and says what to do about it.

`SIGHTS` is what a network that did not learn does, `CAUSES` is why. A fit that shows a sight warns once, of the first one,
and with the remedy of the first cause that is met. To add one, write its functions in `sights.py`, or in the file of causes
of its kind, and give it an entry in `sights.py` or `causes.py`, at the place in which it is to be asked. What they measure
of a training stands in `training.py`.
"""

from .architecture import is_linear_beside_smooth, less_linear
from .message import convergence_message, holds_variety
from .references import exact_loss_of_constant, loss_of_constant
from .start import look_at_start
from .stream import comes_in_an_order, is_due, message_of_order, stream_message
from .training import Training

__all__ = [
    "Training",
    "comes_in_an_order",
    "convergence_message",
    "exact_loss_of_constant",
    "holds_variety",
    "is_due",
    "is_linear_beside_smooth",
    "less_linear",
    "look_at_start",
    "loss_of_constant",
    "message_of_order",
    "stream_message",
]
