"""What can go wrong with GitHub, by what a caller can do about it."""

from __future__ import annotations


class ForgeError(Exception):
    """A call that came to nothing; the message is one sentence: what, where, what to do.

    Attributes:
        status: the answer's HTTP status; 0 where there was none.
    """

    def __init__(self, message: str, status: int = 0) -> None:
        super().__init__(message)
        self.status = status


def bare(error: ForgeError) -> ForgeError:
    """An error without the frames that it was raised in.

    What tenacity keeps of a try names its error, and the error by its frames that: so all that a
    caller was at would stay in memory until Python looks for such circles, which it seldom does.
    """
    error.__context__ = None
    return error.with_traceback(None)


class BadToken(ForgeError):
    """401: the token is wrong, expired or revoked."""


class Refused(ForgeError):
    """403 for want of a permission.

    Attributes:
        accepted: the permissions that would do, as ``X-Accepted-GitHub-Permissions`` says them;
            empty where it says nothing.
    """

    def __init__(self, message: str, status: int = 403, accepted: str = "") -> None:
        super().__init__(message, status)
        self.accepted = accepted


class NotFound(ForgeError):
    """404 or 410: it is not there, or the token may not see it."""


class Invalid(ForgeError):
    """409 or 422: GitHub takes no such request; ``message`` says what GitHub said."""


class Limited(ForgeError):
    """A rate limit that would take longer to wait for than is allowed.

    Attributes:
        seconds: how long it lasts.
    """

    def __init__(self, message: str, status: int, seconds: float) -> None:
        super().__init__(message, status)
        self.seconds = seconds


class Here(ForgeError):
    """Nothing of GitHub's: this machine's disk, or what may be done on it, is in the way."""


class Unreachable(ForgeError):
    """No answer, or 5xx, after all tries."""


class OutcomeUnknown(Unreachable):
    """A request that changes something got no answer: it may have been done, so look first."""
