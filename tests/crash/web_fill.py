"""Fills an installation for people who will live through crashes: `python -m tests.crash.web_fill HOLDERS CARDS`.

Prints JSON: a session for each holder, one for the till, and the codes of cards that wait to be claimed.
"""

from __future__ import annotations

import json
import sys

from cardtrail.web.prepare import start_django

start_django()

from cardtrail.wallet.codes import CardCode, code_key  # noqa: E402
from cardtrail.web.desk.models import Staff  # noqa: E402
from cardtrail.web.ledger.follow import catch_up  # noqa: E402
from cardtrail.web.ledger.link import client  # noqa: E402
from cardtrail.wire.identifiers import card_number  # noqa: E402
from tests.web.installation import Issuing, found_brand, make_people, sign_in  # noqa: E402


def main() -> None:
    """Fill and tell."""
    holders, cards = int(sys.argv[1]), int(sys.argv[2])
    network = found_brand()
    *people, cashier = make_people([f"小满{place}" for place in range(holders)] + ["小周"])
    Staff.objects.create(person=cashier, roles=["till"])
    issuing = Issuing(network)
    issuing.define()
    codes = [CardCode.generate() for _ in range(cards)]
    issuing.issue(0, tuple(code_key(code, network, serial).public for serial, code in enumerate(codes)))
    catch_up()
    told = {
        "sessions": [sign_in(person) for person in people],
        "till": sign_in(cashier),
        "codes": [(card_number(serial), code.grouped) for serial, code in enumerate(codes)],
        "entries": client().ledger().size,
    }
    print(json.dumps(told))


if __name__ == "__main__":
    main()
