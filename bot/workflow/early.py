"""Conditions of a late step as the conditions of an early one."""

from __future__ import annotations

from dataclasses import dataclass

from bot.workflow.expression import Expr
from bot.workflow.scope import Scope


@dataclass(frozen=True, slots=True)
class Term:
    """A condition that must hold for something to be reached; read in ``scope``."""

    expr: Expr
    scope: Scope
