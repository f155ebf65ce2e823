"""Every number of the law, in one place. Rules and checks take them from here; amounts are in fen."""

from __future__ import annotations

from typing import Final

FACE_NAMED_FEN: Final = 5_000_00
"""The most a named card may bear."""

FACE_ANONYMOUS_FEN: Final = 1_000_00
"""The most an anonymous card may bear."""

IDENTITY_FROM_FEN: Final = 10_000_00
"""From here on the buyer of anonymous cards is identified. The amount itself is included."""

TRANSFER_ORGANISATION_FROM_FEN: Final = 5_000_00
"""From here on an organisation pays by bank transfer. The amount itself is included."""

TRANSFER_PERSON_FROM_FEN: Final = 50_000_00
"""From here on a person pays by bank transfer. The amount itself is included."""

ANONYMOUS_VALIDITY_YEARS: Final = 3
"""The shortest validity of an anonymous card."""

SURRENDER_CASH_FEN: Final = 100_00
"""Up to here a surrendered card may be paid out in cash. The amount itself is included."""

PRINCIPAL_DAYS: Final = 7
"""Days after the payment in which the consumer may ask for the principal back."""

CUSTODY_LARGE_SINGLE_PERCENT: Final = 20
CUSTODY_GROUP_PERCENT: Final = 30
CUSTODY_BRAND_PERCENT: Final = 40
"""Shares of last quarter's outstanding balance that lie with the bank, by kind of issuer."""

REPORT_WORKING_DAYS: Final = 20
"""Working days after a quarter's end within which it is reported."""

KEEP_TRANSACTION_YEARS: Final = 3
KEEP_BUYER_IDENTITY_YEARS: Final = 5
KEEP_ASSESSMENT_YEARS: Final = 3
"""How long records are kept at least, by class."""
