"""What makes a class or a function public: the path that it bears."""

from typing import TypeVar

_Thing = TypeVar("_Thing")


def public(thing: _Thing) -> _Thing:
    """Let a class or function bear the path that users import it by, so that a file of ours may move.

    Pickles name a class by this path.
    """
    thing.__module__ = "skbackprop"
    return thing
