"""What happens on GitHub while the program waits for an answer."""

from __future__ import annotations

import threading
from collections.abc import Callable

from tests.forge.answers import Answer
from tests.forge.faults import Call, Match, matches
from tests.forge.github import GitHub
from tests.forge.service import Incoming, _sorted


def meanwhile(
    hub: GitHub, match: Match, happens: Callable[[], object], *, answered: bool = False
) -> list[object]:
    """Once, when the first call comes in that matches, let something happen before it is handled.

    ``answered``: after it was handled, and before its caller gets the answer. What it came to is in
    the list that is given back, which stays empty where no such call was made.
    """
    service, handle, lock = hub._service, hub._service.handle, threading.Lock()
    came_to: list[object] = []
    done: list[bool] = []

    def handled(incoming: Incoming) -> Answer | None:
        _, path, name = _sorted(incoming)
        call = Call(incoming.method, path, name, incoming.credentials)
        with lock:
            now = not done and matches(match, call)
            if now:
                done.append(True)
        if now and not answered:
            came_to.append(happens())
        answer = handle(incoming)
        if now and answered:
            came_to.append(happens())
        return answer

    service.handle = handled  # type: ignore[method-assign]
    return came_to
