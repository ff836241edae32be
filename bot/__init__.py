"""Clearance: the permissions that every job of a GitHub Actions workflow needs, and the proof."""

from importlib.metadata import PackageNotFoundError, version

try:
    __version__ = version("clearance-bot")
except PackageNotFoundError:  # a source tree that was never installed
    __version__ = "0+unknown"
