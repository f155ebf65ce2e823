"""What a decision leads to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Generic, TypeVar

State = TypeVar("State")
What = TypeVar("What")


@dataclass(frozen=True, slots=True)
class Decided(Generic[State, What]):
    """The next state and what follows from it.

    after    to be written where the state before was, by compare-and-swap on its version. Where nothing changed it *is*
             the state before, version and all, and there is nothing to write
    effects  to be written down in the same transaction and carried out after its commit
    """

    after: State
    effects: tuple[What, ...] = ()
