"""The version of the package, below all rooms."""

__version__ = "0.1.0"
