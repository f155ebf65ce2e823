"""What stands against paying a person for a card: nobody to pay it, or the law."""

from __future__ import annotations

from typing import Final

from django.urls import reverse

from cardtrail.compliance.rules import Rule
from cardtrail.compliance.surrender import Payout, Surrender, check_surrender
from cardtrail.pricing.offers import Quote, Unit
from cardtrail.web.accounts.identity import identity_of
from cardtrail.web.accounts.models import Person
from cardtrail.web.returns.accounts import account_of
from cardtrail.web.returns.refusals import Refusal, by_law
from cardtrail.web.ui.texts import Text

YUAN: Final = "CNY"
"""The law on prepaid cards is about these."""

NO_ACCOUNT: Final = Text(
    "现在没有渠道能付款给你，请稍后再试，或换积分。",
    "There is no way to pay you at present. Try again later, or take points.",
)
_IDENTITY: Final = Text("去核验身份", "Have my identity checked")
_WHO: Final = Text(
    "付钱之前须核验你的身份。", "Your identity has to be checked before money is paid for a card."
)
_WORDS: Final = {
    Rule.SURRENDER_ACCOUNT: Text(
        "只能付到你本人名下的账户，现在没有这样的账户。可以换积分。",
        "Money can only go to an account in your own name, and none is known. You can take points instead.",
    ),
}


def refusal(quoted: Quote, person: Person) -> Refusal | None:
    """Why the quote cannot be paid to this person; none if it can. Points are no money, and nothing of this is asked
    for them."""
    if quoted.unit is not Unit.MONEY:
        return None
    account = account_of(person, quoted.currency)
    if account is None:
        return Refusal("no_account", NO_ACCOUNT)
    if quoted.currency != YUAN:
        return None
    known = identity_of(person)
    identity_checked = known is not None and known.state == "checked"
    refused = check_surrender(
        Surrender(
            balance_fen=quoted.balance_minor,
            paid_fen=quoted.pays,
            calculation=quoted.formula.zh,
            identity_checked=identity_checked,
            payout=Payout.BANK_ACCOUNT,
            same_name=account.same_name,
        )
    )
    if refused is None:
        return None
    if refused.rule is Rule.SURRENDER_IDENTITY:
        return by_law(refused, _WHO, url=reverse("identity"), link=_IDENTITY)
    return by_law(refused, _WORDS.get(refused.rule) or Text(refused.words.zh, refused.words.en))
