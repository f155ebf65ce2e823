"""What staff do about a payout that the provider refuses: say that it was paid in another way, or send it to the
account that its person has by now. Each takes two of them; until the second has answered, the provider pays nothing.

Only what the provider refuses comes here: what it does not answer is asked again by itself. Before anything is settled
by hand, the provider is asked once more whether it has paid after all.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Final

from django.db import transaction
from django.http import HttpRequest
from django.urls import reverse

from cardtrail.payments.payouts import NotOffered, payer
from cardtrail.payments.port import PaymentFault
from cardtrail.payments.registry import UnknownProvider
from cardtrail.payments.settings import ConfigFault
from cardtrail.pricing.offers import Unit
from cardtrail.web.accounts.models import Person
from cardtrail.web.actions.confirm import Witness, declare
from cardtrail.web.actions.models import Confirmation
from cardtrail.web.actions.pairs import by_two
from cardtrail.web.desk import approving
from cardtrail.web.desk.access import acting
from cardtrail.web.desk.refused import Refused
from cardtrail.web.desk.separation import too_near
from cardtrail.web.orders import providers
from cardtrail.web.orders.models import Matter
from cardtrail.web.returns import course
from cardtrail.web.returns.models import Return
from cardtrail.web.returns.offering import amount
from cardtrail.web.ui.clock import now_ms
from cardtrail.web.ui.texts import Text
from cardtrail.wire.identifiers import card_number, group_digits

HAND: Final = "settle_payout"
ACCOUNT: Final = "redirect_payout"
APPROVAL: Final = "payout"
"""Purposes of the confirmations, and the kind of their approval."""

SECONDS: Final = ("finance", "admin")
READERS: Final = ("finance", "auditor")

NOT_REFUSED: Final = ("", "away", "pending", "failed", "unconfirmed", "done")
"""Answers (`Return.answer`) that are no refusal of the provider's."""

WAYS: Final = {
    "bank": Text("银行转账", "Bank transfer"),
    "provider": Text("其他支付渠道", "Another payment service"),
    "cash": Text("现金，当面签收", "Cash, against a receipt"),
}

REFERENCE_MOST: Final = 80

_HAND: Final = Text(
    "回收卡 {number} 的 {pays} 已线下付给本人：{way}，凭证号 {reference}，{day}。付款渠道不再付这笔款。",
    "The {pays} for returned card {number} were paid to its holder by hand: {way}, reference {reference}, on {day}. "
    "The provider is not asked to pay them any more.",
)
_ACCOUNT: Final = Text(
    "回收卡 {number} 的 {pays} 改付到当事人现在登记的账户：{provider} {account}。",
    "Pay the {pays} for returned card {number} to the account that its holder has now: {provider} {account}.",
)
_PAID: Final = Text(
    "卡（尾号 {last}）的 {pays} 已线下付给你：{way}，凭证号 {reference}。没有收到请联系客服。",
    "The {pays} for card …{last} were paid to you by hand: {way}, reference {reference}. Tell us if they have not "
    "come.",
)
_MOVED: Final = Text(
    "卡（尾号 {last}）的 {pays} 改付到你现在登记的账户（{provider}）。如果这不是你的账户，请马上联系客服。",
    "The {pays} for card …{last} now go to the account that you have with {provider}. If that is not yours, tell us at "
    "once.",
)

_STILL_PAYING: Final = Text(
    "付款渠道没有拒绝这笔款，系统会继续付。", "The provider has not refused this; it is still being paid."
)
_OVER: Final = Text("这笔款已经处理过。", "This payout was dealt with already.")
_BUSY: Final = Text(
    "这笔款正在付，或已有一项申请等待批准。请稍后再看。",
    "It is being paid just now, or a request waits for approval. Look again in a moment.",
)
NO_OTHER_ACCOUNT: Final = Text(
    "当事人没有登记新的账户；请先由本人在账户中更改。",
    "The person has no other account; they have to change it themselves first.",
)
_PROVIDER_PAID: Final = Text(
    "付款渠道说这笔款已付或正在付，不能再付一次。",
    "The provider says it has paid this, or is about to: not twice.",
)
_AWAY: Final = Text(
    "付款渠道没有答复，不能确定它没有付。请稍后再试。",
    "The provider does not answer, so nobody knows that it has not paid. Try again later.",
)


class NotSettled(Refused):
    """It cannot be. `text` says why."""


@dataclass(frozen=True, slots=True)
class Paid:
    """How a payout was made outside of the provider.

    way        a key of `WAYS`
    reference  of the transfer or the receipt
    day        when it was paid
    """

    way: str
    reference: str
    day: date


def refused(given: Return) -> bool:
    """Whether money is owed that the provider refuses to pay."""
    return given.state == Return.State.OWED and given.answer not in NOT_REFUSED


def hindrance(staff: Person, given: Return) -> Text | None:
    """Why this member of staff cannot settle a payout; none if they can."""
    if given.state != Return.State.OWED or given.unit != Unit.MONEY:
        return _OVER
    if given.settling_id is not None:
        return _BUSY
    if given.answer in NOT_REFUSED:
        return _STILL_PAYING
    return too_near(staff, given.person)


def new_account(given: Return) -> str:
    """The person's account with the provider, if it is another one than the payout goes to; else empty."""
    present = providers.payee(given.provider, given.person_id) or ""
    return "" if present == given.account else present


def hand_agreement(given: Return, paid: Paid) -> Text:
    """What whoever settles it by hand agrees to."""
    return _HAND.format(
        **_named(given), way=WAYS[paid.way], reference=paid.reference, day=paid.day.isoformat()
    )


def account_agreement(given: Return) -> Text:
    """What whoever sends it to the new account agrees to."""
    return _ACCOUNT.format(
        **_named(given), provider=providers.name_of(given.provider), account=new_account(given)
    )


def settle(request: HttpRequest | Witness, given: Return, paid: Paid) -> Confirmation:
    """Ask that it counts as paid by hand; a second member of staff approves it. Raises `NotSettled`."""
    more = {"way": paid.way, "reference": paid.reference, "day": paid.day.isoformat()}
    return _ask(request, given, HAND, hand_agreement(given, paid), more)


def redirect(request: HttpRequest | Witness, given: Return) -> Confirmation:
    """Ask that it goes to the account that its person has now; a second member of staff approves it. Raises
    `NotSettled`."""
    account = new_account(given)
    if not account:
        raise NotSettled(NO_OTHER_ACCOUNT)
    return _ask(request, given, ACCOUNT, account_agreement(given), {"account": account})


def by_hand(given: Return) -> dict[str, str] | None:
    """How it was paid by hand; none if it was not, or if that is not what two members of staff confirmed."""
    made = given.by_hand
    if made is None or not _intact(made, given, HAND):
        return None
    return dict(made.orders[0])


def account_agreed(given: Return, confirmed: str) -> str:
    """Where a payout may go, as `<provider>:<account>`: what its holder confirmed, or what two members of staff have
    put in its place since. Empty if somebody else has."""
    made = given.redirected
    if made is None:
        return confirmed
    return f"{given.provider}:{made.orders[0]['account']}" if _intact(made, given, ACCOUNT) else ""


def register() -> None:
    """Say what the second member of staff's yes and no lead to, once, when the app is ready."""
    approving.declares(
        APPROVAL,
        approving.Declared(
            word=Text("回收款处理", "Payout for a return"),
            roles=SECONDS,
            against=lambda staff, made: too_near(staff, _return_of(made).person),
            ready=_ready,
            approved=_approved,
            declined=lambda made, _: _declined(made),
            page=lambda made: reverse("returns:payout", args=[made.orders[0]["return"]]),
            readers=READERS,
        ),
    )


def _ask(
    request: HttpRequest | Witness, given: Return, purpose: str, text: Text, more: dict[str, str]
) -> Confirmation:
    staff = acting(request)
    with transaction.atomic():
        current = Return.objects.select_for_update(of=("self",)).select_related("person").get(pk=given.pk)
        if (reason := hindrance(staff, current)) is not None:
            raise NotSettled(reason)
        about = {"what": purpose, "return": str(current.pk), "key": current.key, "pays": current.pays, **more}
        made = declare(request, purpose=purpose, text=text, about=about, approval=APPROVAL)
        # From here on nobody pays it; and nobody is about to, for then there would be a lease.
        free = Return.objects.filter(
            pk=current.pk, state=Return.State.OWED, settling__isnull=True, lease_ms__lt=now_ms()
        )
        if not free.update(settling=made):
            raise NotSettled(_BUSY)
        approving.call_second(made)
    return made


def _ready(made: Confirmation) -> Text | None:
    """Whether the provider has not paid. One that is not there any more cannot."""
    given = _return_of(made)
    try:
        found = payer(providers.registry()[given.provider], given.currency).paid_out(given.key)
    except (UnknownProvider, NotOffered):
        return None
    except (PaymentFault, ConfigFault):
        return _AWAY
    return None if found is None else _PROVIDER_PAID


def _approved(made: Confirmation) -> None:
    made.refresh_from_db()
    given = _return_of(made)
    if not _intact(made, given, made.purpose):
        raise ValueError(f"confirmation {made.pk} does not say how to settle return {given.pk}")
    waits = Return.objects.filter(pk=given.pk, state=Return.State.OWED, settling=made)
    about = made.orders[0]
    if made.purpose == HAND:
        done = waits.update(
            state=Return.State.PAID,
            by_hand=made,
            settling=None,
            ended_ms=now_ms(),
            lease_ms=0,
            answer="by_hand",
        )
    else:
        if new_account(given) != about["account"]:
            raise approving.NotYours(NO_OTHER_ACCOUNT)
        done = waits.update(
            account=about["account"],
            turn=given.turn + 1,
            redirected=made,
            settling=None,
            next_try_ms=0,
            lease_ms=0,
            answer="",
        )
    if not done:
        raise approving.NotYours(_OVER)
    given.refresh_from_db()
    _close_matters(given, made)
    if made.purpose == HAND:
        course.tell(given, "paid", _PAID, way=WAYS[about["way"]], reference=about["reference"])
    else:
        course.tell(given, f"redirected_{given.turn}", _MOVED, provider=providers.name_of(given.provider))


def _declined(made: Confirmation) -> None:
    """It is paid as before, and the provider asked at once."""
    Return.objects.filter(settling=made).update(settling=None, next_try_ms=0)


def _close_matters(given: Return, made: Confirmation) -> None:
    prefix = f"return/{given.id.hex}/payout_refused/"
    rows = Matter.objects.filter(key__startswith=prefix, closed_ms__isnull=True)
    rows.update(closed_ms=now_ms(), closed_by=made.approved_by, note=made.text[:500])


def _intact(made: Confirmation, given: Return, purpose: str) -> bool:
    """Whether two members of staff have confirmed this, for this very return: who can write to the database alone
    cannot settle a payout or send it elsewhere."""
    about = made.orders[0]
    said = (about["what"], about["return"], about["pays"])
    return said == (purpose, str(given.pk), given.pays) and by_two(made, made.approval_given)


def _return_of(made: Confirmation) -> Return:
    return Return.objects.select_related("person").get(pk=made.orders[0]["return"])


def _named(given: Return) -> dict[str, object]:
    pays = amount(given.unit, given.pays, given.currency)
    return {"number": group_digits(card_number(given.serial)), "pays": pays}
