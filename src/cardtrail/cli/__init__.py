"""The command line: one file for each group of verbs. They are thin; the work is done in the rooms."""

from __future__ import annotations

from cardtrail.cli.app import main

__all__ = ["main"]
