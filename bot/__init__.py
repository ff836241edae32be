"""Clearance: the permissions that every job of a GitHub Actions workflow needs, and the proof."""

__version__: str


def __getattr__(name: str) -> str:
    # Package metadata takes longer to import than a small file takes to scan.
    if name != "__version__":
        raise AttributeError(name)
    from importlib.metadata import PackageNotFoundError, version

    try:
        return version("clearance-bot")
    except PackageNotFoundError:  # a source tree that was never installed
        return "0+unknown"
