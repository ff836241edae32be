"""The file of a report as a workflow, before and after: several texts ask for it, one by one."""

from __future__ import annotations

from functools import lru_cache

from bot.analysis import FileReport
from bot.workflow import document, reader
from bot.workflow.model import Workflow


def before(report: FileReport) -> Workflow:
    """The file as it stands."""
    return _read(report.path, report.before)


def after(report: FileReport) -> Workflow:
    """The file as it is rewritten."""
    return _read(report.path, report.after)


# Reading takes milliseconds for each KB, and a repository's changed files are few.
@lru_cache(maxsize=32)
def _read(path: str, text: str) -> Workflow:
    return reader.read_workflow(document.parse(path, text))
