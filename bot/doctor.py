"""The command ``doctor``: the program's own preflight."""

from __future__ import annotations

import os
import sys

from bot.commands import Exit, complain, tell
from bot.forge import redact
from bot.forge.auth import from_environment
from bot.forge.checks import blocking
from bot.forge.client import Client
from bot.forge.doctor import Asked, examine
from bot.forge.errors import ForgeError
from bot.forge.place import is_public
from bot.options import BRANCH
from bot.remote import api_url, remote
from bot.report.doctor import text
from bot.report.palette import Palette


def doctor(target: str | None) -> Exit:
    """Show what the token may do, and what is in the way; 1 where something lacks, 2 on an error.

    Args:
        target: ``OWNER/REPO`` or its address; None looks at the token alone.
    """
    place = remote(target, os.environ) if target is not None else None
    if target is not None and place is None:
        complain(target, "it is no repository; name one as OWNER/REPO")
        return Exit.ERROR
    redact.install()
    name = place.name if place else None
    server = place.api_url if place else api_url(os.environ)
    try:
        client = Client(from_environment(os.environ, server), name or "", api_url=server)
        public = is_public(os.environ)
        checks = examine(client, Asked(name, BRANCH, forks=True, public=public))
    except ForgeError as error:
        tell(name or server, str(error))
        return Exit.ERROR
    sys.stdout.write(text(checks, Palette.of(sys.stdout)))
    return Exit.FINDINGS if blocking(checks) else Exit.DONE
