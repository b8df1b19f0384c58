"""What makes a class or a function public: the path that it bears."""


def public(thing):
    """Let a class or function bear the path that users import it by, so that a file of ours may move.

    Pickles name a class by this path.
    """
    thing.__module__ = "skbackprop"
    return thing
