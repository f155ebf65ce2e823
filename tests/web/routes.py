"""Every address of the application, and who may go there. A new address has to be given its line here."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.urls import URLPattern, get_resolver
from django.urls.resolvers import URLResolver

from cardtrail.web.desk.models import ROLES


@dataclass(frozen=True)
class Public:
    """Everybody may."""


@dataclass(frozen=True)
class SignedIn:
    """Whoever is signed in may, and sees what is theirs."""


@dataclass(frozen=True)
class Own:
    """Only the one whose it is; for anybody else, staff too, there is no such page."""


@dataclass(frozen=True)
class Desk:
    """Staff with one of these roles; other staff are told so, and for anybody else there is no such page."""

    roles: tuple[str, ...] = ROLES


@dataclass(frozen=True)
class Key:
    """Programs with an API key; browsers, signed in or not, are turned away."""


Rule = Public | SignedIn | Own | Desk | Key

READERS = Desk(("support", "risk", "auditor"))
CASEWORK = Desk(("support", "risk"))
STOCK = Desk(("issuing", "auditor"))
ISSUING = Desk(("issuing",))
MONEY = Desk(("finance", "auditor"))
DEVELOPER = Desk(("developer",))
TILL = Desk(("till",))
MARKET = Desk(("support", "risk", "finance", "auditor"))

RULES: dict[str, Rule] = {
    # What anybody may see.
    **dict.fromkeys(
        ("healthz", "setup", "transparency", "checkpoint", "verifier_key", "tile", "ui:language", "ui:manifest", "ui:design",
         "wallet", "claim", "gift_link", "share_link", "pay_landing", "pay_notify", "api_docs", "desk:join"),
        Public(),
    ),
    # What belongs to whoever asks.
    **dict.fromkeys(
        ("ended", "share", "gifts", "records", "records_json", "notice_of_assignment", "records_cards", "records_movements",
         "records_confirmations", "looks", "lost", "pay_code", "receipts", "me", "profile", "mails", "protect", "devices", "identity", "delete_account",
         "end_other_sessions", "notices:index", "look_gift", "take_gift", "look_share", "take_share", "pay_look", "pay_take"),
        SignedIn(),
    ),
    **dict.fromkeys(("returns:mine", "returns:points"), SignedIn()),
    # What is one person's.
    **dict.fromkeys(("returns:card", "returns:return"), Own()),
    **dict.fromkeys(
        ("card", "card_proof", "card_proof_file", "give", "split", "split_parts", "merge", "merged", "stop", "object",
         "reactivate", "appeal", "receipt", "card_notice", "gift", "take_back", "accept_gift", "made_share", "stop_share",
         "remove_visitor", "under_way", "records_confirmation", "loss", "collect", "withdraw_loss", "notices:detail", "notices:not_me", "end_session",
         "pay", "pay_cards", "pay_done", "my_case", "penalty"),
        Own(),
    ),
    # The desk.
    "desk:home": Desk(),
    **dict.fromkeys(("desk:approvals", "desk:approval", "desk:approve", "desk:decline"), Desk()),
    **dict.fromkeys(("desk:reports", "desk:reports_csv", "desk:report", "desk:custody"), MONEY),
    **dict.fromkeys(
        ("desk:products", "desk:product", "desk:batches", "desk:batch", "desk:batch_progress", "desk:stock", "desk:imports",
         "desk:import", "desk:import_progress"),
        STOCK,
    ),
    **dict.fromkeys(
        ("desk:new_product", "desk:new_batch", "desk:batch_again", "desk:deliver", "desk:delivery_progress", "desk:fetch_codes",
         "desk:destroy_codes", "desk:activate", "desk:new_import", "desk:import_rest"),
        ISSUING,
    ),
    **dict.fromkeys(("desk:search", "desk:card", "desk:cases", "desk:cases_csv", "desk:case", "desk:person"), READERS),
    **dict.fromkeys(
        ("desk:find_person", "desk:freeze", "desk:new_case", "desk:add_note", "desk:change_case", "desk:decide_case",
         "desk:decide_appeal"),
        CASEWORK,
    ),
    **dict.fromkeys(("desk:unfreeze", "desk:void"), Desk(("risk",))),
    **dict.fromkeys(
        ("desk:penalise", "desk:lift_penalty", "market:desk_conduct", "market:desk_listing_conduct"), Desk(("risk",))
    ),
    "desk:penalties": READERS,
    "desk:reactivate": Desk(("support", "issuing")),
    **dict.fromkeys(("desk:agree_loss", "desk:refuse_loss", "desk:open_identity", "desk:decide_identity"), Desk(("support",))),
    "desk:identities": Desk(("support", "auditor")),
    **dict.fromkeys(("desk:staff", "desk:staff_member"), Desk(("admin", "auditor"))),
    **dict.fromkeys(
        ("desk:invite", "desk:change_roles", "desk:let_go", "desk:withdraw_invitation", "desk:limits"), Desk(("admin",))
    ),
    **dict.fromkeys(("desk:audit", "desk:audit_csv"), Desk(("admin", "auditor"))),
    **dict.fromkeys(("api_keys", "api_key_new", "api_key_revoke"), DEVELOPER),
    **dict.fromkeys(
        tuple(
            f"webhooks:{name}"
            for name in ("list", "new", "types", "delivery", "delivery_resend", "endpoint", "edit", "rotate", "pause", "resume", "test", "resend")
        ),
        DEVELOPER,
    ),
    **dict.fromkeys(("returns:desk", "returns:export"), MONEY),
    "returns:terms": Desk(("finance", "admin", "auditor")),
    "returns:payout": MONEY,
    **dict.fromkeys(("returns:new_terms", "returns:again", "returns:by_hand", "returns:redirect"), Desk(("finance",))),
    **dict.fromkeys(("returns:approve_terms", "returns:decline_terms"), Desk(("finance", "admin"))),
    # The market.
    **dict.fromkeys(("market:browse", "market:listing", "market:prices", "market:join_link"), Public()),
    **dict.fromkeys(
        ("market:listing_proof", "market:buy", "market:ask", "market:sell", "market:mine", "market:talks", "market:groups",
         "market:join"),
        SignedIn(),
    ),
    **dict.fromkeys(
        ("market:sell_card", "market:of_card", "market:selling", "market:price", "market:withdraw", "market:talk", "market:say",
         "market:answer", "market:group", "market:change_group", "market:appeal"),
        Own(),
    ),
    # Orders and disputes, for their parties and on the desk.
    "market:orders": SignedIn(),
    **dict.fromkeys(
        ("market:order", "market:order_state", "market:order_paid", "market:order_step_up", "market:order_act", "market:dispute",
         "market:open_dispute", "market:give_evidence", "market:propose_split", "market:appeal_decision", "market:exhibit_picture"),
        Own(),
    ),
    **dict.fromkeys(
        ("market:desk", "market:desk_closed", "market:desk_find", "market:desk_matter", "market:desk_order", "market:desk_money",
         "market:desk_picture"),
        MARKET,
    ),
    "market:desk_close": Desk(("support", "risk", "finance")),
    "market:desk_claims": Desk(("finance", "risk", "auditor")),
    "market:desk_payees": MONEY,
    **dict.fromkeys(("market:desk_new_payee", "market:desk_stop_payee"), Desk(("finance",))),
    **dict.fromkeys(("market:desk_figures", "market:desk_figures_csv"), Desk(("finance", "risk", "auditor"))),
    **dict.fromkeys(("market:desk_rule", "market:desk_rule_on_appeal"), CASEWORK),
    "market:desk_review": Desk(("risk",)),
    **dict.fromkeys(("market:desk_listings", "market:desk_listing"), READERS),
    "market:desk_listing_act": CASEWORK,
    "market:desk_held": READERS,
    "market:desk_held_act": Desk(("risk",)),
    **dict.fromkeys(("till", "till_payment", "till_cancel", "till_refund"), TILL),
}  # fmt: skip
"""Who may go where, by the address's name."""

ALLAUTH = ("account_", "mfa_")
"""Pages of one's own account, which take nobody's number but their session's; django-allauth's own tests walk them."""


@dataclass(frozen=True)
class Route:
    """One address: its name with its namespace, its pattern, and the parameters it takes."""

    name: str
    pattern: str
    parameters: tuple[str, ...]

    @property
    def rule(self) -> Rule | None:
        """Who may go there; none for an address that nobody has decided about."""
        if self.pattern.startswith("api/") and self.name not in RULES:
            return Key()
        return RULES.get(self.name)


def routes() -> Iterator[Route]:
    """Every address with a name of ours."""
    for route in _walk(get_resolver().url_patterns, "", ""):
        if not route.name.startswith(ALLAUTH):
            yield route


def _walk(patterns: list[Any], prefix: str, namespace: str) -> Iterator[Route]:
    for each in patterns:
        pattern = prefix + str(each.pattern)
        if isinstance(each, URLPattern):
            name = each.name or pattern.rstrip("/")
            parameters = tuple(each.pattern.converters)
            yield Route(f"{namespace}{name}", pattern, parameters)
        elif isinstance(each, URLResolver):
            below = f"{namespace}{each.namespace}:" if each.namespace else namespace
            yield from _walk(each.url_patterns, pattern, below)
