"""The command ``doctor``: the program's own preflight."""

from __future__ import annotations

import os
import re
import sys

from bot.commands import Exit, complain
from bot.forge import redact
from bot.forge.auth import from_environment
from bot.forge.checks import blocking
from bot.forge.client import Client
from bot.forge.doctor import Asked, examine
from bot.forge.errors import ForgeError
from bot.options import BRANCH
from bot.report.doctor import text
from bot.report.palette import Palette

_REPOSITORY = re.compile(r"[A-Za-z0-9._-]{1,100}/[A-Za-z0-9._-]{1,100}")


def doctor(repository: str | None, api_url: str) -> Exit:
    """Show what the token may do, and what is in the way; 1 where something lacks, 2 on an error.

    Args:
        repository: ``OWNER/REPO``; None looks at the token alone.
        api_url: such as ``https://api.github.com``.
    """
    if repository is not None and not _REPOSITORY.fullmatch(repository):
        complain(repository, "it is no repository; name one as OWNER/REPO")
        return Exit.ERROR
    redact.install()
    try:
        credentials = from_environment(os.environ, api_url)
        client = Client(credentials, repository or "", api_url=api_url)
        checks = examine(client, Asked(repository, BRANCH, forks=True))
    except ForgeError as error:
        complain(repository or api_url, str(error))
        return Exit.ERROR
    sys.stdout.write(text(checks, Palette.of(sys.stdout)))
    return Exit.FINDINGS if blocking(checks) else Exit.DONE
