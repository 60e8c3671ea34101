"""The version of the package, of the daemon and of what it writes to disk."""

__version__ = "0.1.0"
