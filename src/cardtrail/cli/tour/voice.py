"""Who tells the tour: every step in Chinese with English beside it, or in one of the two."""

from __future__ import annotations

from rich.console import Console
from rich.rule import Rule
from rich.text import Text

from cardtrail.cli.out import local_time, wrap_cells

_INDENT = 2


class Voice:
    """Prints the story.

    language   zh, en or both
    """

    def __init__(self, screen: Console, language: str) -> None:
        self.screen = screen
        self._chinese = language in ("zh", "both")
        self._english = language in ("en", "both")
        self._chapters = 0

    def chapter(self, zh: str, en: str, time_ms: int) -> None:
        """Begin a chapter, at a moment of the story."""
        self._chapters += 1
        title = self.pick(zh, en)
        self.screen.print()
        when = Text(f"{local_time(time_ms)}", style="dim")
        head = Text.assemble((f"{self._chapters}. ", "bold cyan"), (title, "bold cyan"), "  ", when)
        self.screen.print(Rule(head, align="left", style="cyan"))

    def tell(self, zh: str, en: str) -> None:
        """What happens next."""
        if self._chinese:
            self._indented(Text(zh))
        if self._english:
            self._indented(Text(en, style="dim" if self._chinese else ""))

    def done(self, zh: str, en: str, entry: int | None = None) -> None:
        """What came of it, as it should."""
        tail = "" if entry is None else f"  #{entry}"
        self._indented(Text.assemble(("✓ ", "green"), self.pick(zh, en), (tail, "dim")))

    def refused(self, code: str, text: str) -> None:
        """What was tried and did not work, and the reason the ledger gave."""
        word = "已拒绝" if self._chinese else "refused"
        self._indented(Text.assemble(("✗ ", "red"), (f"{word} {code}", "red"), (f"  {text}", "dim")))

    def pick(self, zh: str, en: str) -> str:
        """A short text in the languages asked for."""
        return " · ".join([*([zh] if self._chinese else []), *([en] if self._english else [])])

    def _indented(self, text: Text) -> None:
        """A paragraph, indented, and nothing behind the ends of its lines."""
        start = 0
        for line in wrap_cells(text.plain, self.screen.width - _INDENT):
            start = text.plain.index(line, start)
            self.screen.print(Text(" " * _INDENT) + text[start : start + len(line)], soft_wrap=True)
            start += len(line)
