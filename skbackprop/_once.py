"""Properties that are worked out once."""


class once:
    """A property that is worked out when it is first asked for.

    Not `functools.cached_property`, which before Python 3.12 has a lock that all objects share: trainings in threads wait
    there for each other, and a process that is split meanwhile waits for ever.
    """

    def __init__(self, find):
        self._find = find
        self.__doc__ = find.__doc__

    def __set_name__(self, owner, name):
        self._name = name

    def __get__(self, instance, owner=None):
        if instance is None:
            return self
        value = vars(instance)[self._name] = self._find(instance)
        return value
