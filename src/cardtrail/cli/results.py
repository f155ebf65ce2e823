"""How a verb that changed something tells it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from cardtrail.cli import out
from cardtrail.cli.failures import note_accepted
from cardtrail.cli.session import Session
from cardtrail.wire.answers import Accepted


def show_done(
    session: Session,
    answer: Accepted,
    text: str,
    *,
    as_json: bool,
    receipt_file: Path | None = None,
    serials: tuple[int, ...] = (),
    more: dict[str, Any] | None = None,
) -> None:
    """One accepted command: a sentence, or the answer with the cards as they are now.

    more   further values for `--json`; nothing secret
    """
    from cardtrail.wire.views import card_to_json

    note_accepted(answer.index)
    if receipt_file is not None:
        session.save_receipt(answer, receipt_file)
    if as_json:
        out.print_json(
            {
                "status": "accepted",
                "id": answer.id.hex(),
                "index": answer.index,
                "time_ms": answer.time_ms,
                "cards": [card_to_json(session.card(serial)) for serial in serials],
                "receipt": None if receipt_file is None else str(receipt_file),
                **(more or {}),
            }
        )
        return
    screen = out.console()
    out.print_done(screen, text)
    where = f"  entry {answer.index}, {out.local_time(answer.time_ms, seconds=True)}"
    screen.print(
        where if receipt_file is None else f"{where}; receipt in {receipt_file}", style="dim", soft_wrap=True
    )


def number_of(serial: int) -> str:
    """A card's printed number, in groups of four."""
    from cardtrail.wire.identifiers import card_number, group_digits

    return group_digits(card_number(serial))
