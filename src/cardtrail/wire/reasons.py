"""Why a command is refused: one closed enumeration, in the fixed order of the checks.

The order of declaration is the order in which the rules look. When several things are wrong with a command,
the answer names the first. The texts say what is wrong and what to do next, and hold no secret."""

from __future__ import annotations

import enum


class Reason(enum.Enum):
    """A refusal. `value` is the text for people, `name` (lower case in answers) is for programs."""

    # The bytes, before any state is read.
    OVERSIZE = "The command is larger than 65,519 bytes; split it into several."
    MALFORMED = "The bytes are not a command: a field is missing, unknown, of the wrong type or out of range."
    NOT_CANONICAL = (
        "The command is not in its one canonical form: shortest msgpack, signatures sorted and none too many."
    )
    WRONG_NETWORK = "The command was signed for another ledger."
    NOT_SUBMITTABLE = "Seals are written by the ledger itself and cannot be sent to it."
    BAD_SIGNATURE = "A signature does not fit its key and these bytes."
    # Its time.
    COMMAND_EXPIRED = "The command's time is over; sign it again."
    EXPIRY_TOO_FAR = "The command would stay valid for more than a week; give it an earlier end."
    # Authorities.
    NOT_AUTHORISED = "The signers are not enough keys of the role that may do this."
    WRONG_SEQUENCE = "The role's sequence is another by now; read it again and sign anew."
    BAD_APPOINTMENT = "The keys must be sorted, distinct and usable, and at least as many as must sign."
    # What it names.
    WRONG_PRODUCT_NUMBER = "A new product takes the next free product number."
    UNKNOWN_PRODUCT = "There is no such product."
    WRONG_FIRST_SERIAL = "New cards begin at the next free serial; read it again and make the keys anew."
    UNKNOWN_CARD = "There is no such card."
    REPEATED_CARD = "The same card is named twice; name the cards in ascending order, each once."
    # The card as it stands.
    CARD_DEAD = "The card was voided, split or merged and never moves again."
    CARD_NOT_HELD = "The card is not set aside."
    NOT_OWNER = "The signing key does not own the card; it may have been passed on and re-keyed."
    NOT_RELEASER = "The signing key is not the one that may release the card."
    WRONG_VERSION = "The card has changed since the command was signed; read it again and sign anew."
    WRONG_REFERENCE = "The card is set aside for something else: the reference is not the hold's."
    CARD_INACTIVE = "The card has not been activated yet."
    CARD_ALREADY_ACTIVE = "The card is active already."
    CARD_EXPIRED = "The card's validity is over; the issuer can re-activate it."
    CARD_FROZEN = "The card is frozen; the case named in its trail tells by whom and why."
    CARD_NOT_FROZEN = "The card is not frozen."
    FROZEN_BY_ANOTHER = "The card was frozen by another role, which, or the regulator, must lift it."
    CARD_HELD = "The card is set aside for somebody; it must be released or returned first."
    HOLD_EXPIRED = "The time to release the card is over; its owner can take it back."
    HOLD_NOT_EXPIRED = (
        "The card is set aside until a later time; before it only the release key can return it."
    )
    REBIND_PENDING = "The delay in which the present owner can object is not over yet."
    # Clearance.
    CLEARANCE_MISSING = "The product's terms ask for a clearance for this."
    CLEARANCE_INVALID = "The clearance is not the clearer's, or does not cover this command."
    CLEARANCE_EXPIRED = "The clearance's time is over; ask for a new one."
    # Terms.
    BAD_TERMS = "The terms contradict themselves, or the name has characters that do not belong in a name."
    FACE_NOT_ALLOWED = "The product has no such face value."
    NOT_TRANSFERABLE = "The product's cards cannot be passed on."
    NOT_FOR_SALE = "The product's cards can be given, but not sold."
    COOLING_OFF = "The card was activated too recently to be passed on."
    TOO_MANY_HOPS = "The card has been passed on as often as its product allows."
    SALE_NEEDS_SETTLER = "A sale is released by the settler, and by nobody else."
    PRICE_OVER_CAP = "The price is above the share of the balance that the product allows."
    HOLD_TIME_NOT_ALLOWED = "The hold must end in the future and within the product's longest hold."
    SPLIT_NOT_ALLOWED = "The product's cards cannot be split."
    MERGE_NOT_ALLOWED = "The product's cards cannot be merged."
    PRODUCTS_DIFFER = "The cards are of different products; name cards of one product."
    # Amounts.
    AMOUNT_OVER_BALANCE = "The amount is more than the card's balance."
    AMOUNT_OVER_FACE = "The refund would lift the card above its face value."
    PARTS_DO_NOT_SUM = "The parts do not add up to the card's balance."
    FACE_OVER_LIMIT = "The new card would bear more than the product allows."
    TOTAL_TOO_LARGE = "The ledger cannot keep sums that large."
    # New keys.
    UNUSABLE_KEY = "A key named in the command is not a usable Ed25519 public key."
    KEY_NOT_NEW = "The new owner's key must differ from the present one: passing a card on re-keys it."
    ENVELOPE_MISSING = "Cards of this product are named: the new owner's identity envelope must be given."
    # The ledger's own.
    SEAL_MISMATCH = "The seal does not state what the log has led to."

    @property
    def code(self) -> str:
        """The name used in answers, for programs."""
        return self.name.lower()


ORDER: dict[Reason, int] = {reason: place for place, reason in enumerate(Reason)}
"""Each reason's place in the order of the checks."""
