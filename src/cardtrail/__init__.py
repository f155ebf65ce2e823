"""Cardtrail: transferable gift cards on a ledger that anybody can check from outside."""

from __future__ import annotations

__version__ = "0.1.0"
