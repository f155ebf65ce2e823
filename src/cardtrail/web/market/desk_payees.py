"""Where sellers are paid: their accounts with payment providers, entered and changed by two members of staff.

Somebody else's account in the place of a seller's is what a fraudster wants most. So nothing counts before the second
member of staff has looked, the person hears of every change as soon as it is asked for, and orders under way keep the
account that they were opened with (`orders.models.Deal.payee`). To stop paying to an account takes one: it harms
nobody.

The sandbox makes play accounts by itself; nobody enters those.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse

from cardtrail.payments.port import is_payee
from cardtrail.payments.registry import UnknownProvider
from cardtrail.payments.settings import ConfigFault
from cardtrail.web.accounts.models import Person
from cardtrail.web.actions.confirm import Witness, declare
from cardtrail.web.actions.models import Confirmation
from cardtrail.web.actions.pairs import by_two
from cardtrail.web.cards.addressed import owner_of
from cardtrail.web.desk import approving
from cardtrail.web.desk.access import acting
from cardtrail.web.desk.refused import Refused
from cardtrail.web.desk.separation import too_near
from cardtrail.web.notices.tell import notify
from cardtrail.web.orders import providers
from cardtrail.web.orders.models import Account
from cardtrail.web.ui.clock import now_ms
from cardtrail.web.ui.texts import Text

STOP: Final = "stop_payee"
APPROVAL: Final = "payee"
"""The purpose of ending one, and the kind of the approval of a new one."""

SECONDS: Final = ("finance", "admin")
READERS: Final = ("finance", "auditor")

_NEW: Final = Text(
    "{email} 今后的出售由{provider}付到账户 {account}。已核对：该账户由{provider}实名核验，属于本人。",
    "What {email} sells from now on is paid to account {account} with {provider}. Checked: {provider} has verified "
    "that account, and it is this person's own.",
)
_CHANGED: Final = Text(
    "{email} 的收款账户（{provider}）由 {before} 改为 {account}，用于今后的订单。已核对：要求更改的是本人；"
    "新账户由{provider}实名核验，属于本人。",
    "{email} is paid to account {account} with {provider} instead of {before}, for orders from now on. Checked: the "
    "person asked for it themselves; {provider} has verified the new account, and it is their own.",
)
_STOP: Final = Text(
    "不再付到 {email} 的账户 {account}（{provider}）。进行中的订单不变。",
    "Account {account} of {email} with {provider} is not paid to any more. Orders under way stay as they are.",
)
_TOLD_ASKED: Final = Text(
    "工作人员为你提出登记收款账户：{provider}，尾号 {last}。另一位工作人员批准后才生效。"
    "如果不是你要求的，请马上联系客服。",
    "Our staff have asked to enter an account for you to be paid to: {provider}, …{last}. It counts once a second "
    "member of staff approves it. If you did not ask for this, tell our support at once.",
)
_TOLD_ASKED_CHANGE: Final = Text(
    "工作人员提出把你的收款账户（{provider}）由尾号 {old} 改为尾号 {last}。另一位工作人员批准后才生效。"
    "如果不是你要求的，请马上联系客服。",
    "Our staff have asked to pay you to account …{last} with {provider} instead of …{old}. It counts once a second "
    "member of staff approves it. If you did not ask for this, tell our support at once.",
)
_TOLD_DECLINED: Final = Text(
    "登记收款账户（{provider}，尾号 {last}）的申请没有生效，一切照旧。",
    "The account …{last} with {provider} was not entered for you; everything stays as it was.",
)
_TOLD_NEW: Final = Text(
    "你出售卡的货款今后付到你的{provider}账户，尾号 {last}。如果这不是你的账户，请马上联系客服。",
    "What you sell is paid to your account …{last} with {provider} from now on. If that is not yours, tell our support "
    "at once.",
)
_TOLD_CHANGED: Final = Text(
    "你的收款账户（{provider}）由尾号 {old} 改为尾号 {last}，用于今后的订单。如果不是你要求的，请马上联系客服。",
    "You are paid to account …{last} with {provider} instead of …{old}, for orders from now on. If you did not ask for "
    "this, tell our support at once.",
)
_TOLD_STOPPED: Final = Text(
    "你的{provider}账户（尾号 {last}）不再用来收款，进行中的订单不变。要继续出售，请联系客服登记账户。",
    "Your account …{last} with {provider} is not paid to any more; orders under way stay as they are. To go on "
    "selling, ask our support to enter one.",
)

NOBODY: Final = Text(
    "不能为这个邮箱登记：没有人以它登录，或还没有验证，或须由同事办理。",
    "Nothing can be entered for this address: nobody signs in with it, it is not verified, or a colleague has to do "
    "it.",
)
"""One answer for all of these. Whether somebody has an account at all is told by nothing but a request that was made,
and that is written down, and the person hears of it."""
NO_SUCH_WAY: Final = Text("这种支付服务没有配置。", "This provider is not configured.")
_FORM: Final = Text(
    "这不是{provider}的账户编号：{form}。", "This is not how {provider} writes an account: {form}."
)
_FORMS: Final = {
    "alipay": Text("二级商户号，2088 开头的 16 位数字", "a sub-merchant's number, 16 digits from 2088"),
    "wechat": Text(
        "二级商户号（sub_mchid），8 到 32 位数字", "a sub-merchant's number (sub_mchid), 8 to 32 digits"
    ),
    "stripe": Text("关联账户，acct_ 开头", "a connected account, which begins with acct_"),
}
_SAME: Final = Text("现在就付到这个账户。", "They are paid to this account already.")
_TAKEN: Final = Text(
    "这个账户已登记在另一个人名下。一个账户只属于一个人。",
    "This account is entered for somebody else. An account is one person's.",
)
_WAITS: Final = Text("此人已有一项申请等待批准。", "A request for this person waits for approval already.")
_MOVED_ON: Final = Text(
    "账户在提出申请后已经变动，请重新提出。", "The account has changed since this was asked for; ask anew."
)
_GONE: Final = Text("当事人已注销账户。", "The person has deleted their account.")
_OVER: Final = Text("这个账户已不在使用。", "This account is not in use any more.")


class PayeeRefused(Refused):
    """It cannot be. `text` says why."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What was written into the form. Nobody has been looked for.

    email       of the person to be paid
    reference   the provider's name for the account
    """

    email: str
    provider: str
    reference: str


@dataclass(frozen=True, slots=True)
class Draft:
    """An account that somebody is to be paid to."""

    person: Person
    provider: str
    reference: str


def ways() -> list[str]:
    """The configured providers where sellers need an account of their own."""
    try:
        return [provider.name for provider in providers.registry() if provider.terms.payee_form]
    except ConfigFault:
        return []


def form_of(provider: str) -> Text:
    """How a provider writes a seller's account, for people."""
    return _FORMS.get(provider, Text("见服务商后台", "as the provider's own pages show it"))


def last_four(reference: str) -> str:
    """As much of an account as stands in notices and on pages of its owner."""
    return reference[-4:]


def present(wanted: Wanted) -> str:
    """The account that whoever signs in with this address is paid to now, as the list shows; empty if none is
    entered."""
    found = Account.objects.filter(person__email__iexact=wanted.email, provider=wanted.provider)
    return found.values_list("reference", flat=True).first() or ""


def hindrance(wanted: Wanted) -> Text | None:
    """Why it cannot be asked for, as far as provider, account and the list of accounts tell; none if they do not.
    Whether somebody signs in with the address is left to `propose`."""
    try:
        terms = providers.registry()[wanted.provider].terms
    except UnknownProvider:
        return NO_SUCH_WAY
    if not is_payee(wanted.reference, terms):
        return _FORM.format(provider=providers.name_of(wanted.provider), form=form_of(wanted.provider))
    accounts = Account.objects.filter(provider=wanted.provider, reference=wanted.reference)
    known = accounts.values_list("person__email", flat=True).first()
    if known is None:
        return None
    return _SAME if known.lower() == wanted.email.lower() else _TAKEN


def agreement(wanted: Wanted) -> Text:
    """What whoever asks for it agrees to, and the second member of staff checks."""
    before = present(wanted)
    return (_CHANGED if before else _NEW).format(
        email=wanted.email,
        provider=providers.name_of(wanted.provider),
        account=wanted.reference,
        before=before,
    )


def propose(request: HttpRequest | Witness, wanted: Wanted) -> Confirmation:
    """Ask that somebody is paid to this account; a second member of staff approves it. The person is told at once.
    Raises `PayeeRefused`."""
    staff = acting(request)
    with transaction.atomic():
        draft = _draft_for(staff, wanted)
        # Of two requests at the same moment, the second finds the first.
        Person.objects.select_for_update(no_key=True).get(pk=draft.person.pk)
        if (reason := hindrance(wanted)) is not None:
            raise PayeeRefused(reason)
        if waiting_for(draft.person, draft.provider).exists():
            raise PayeeRefused(_WAITS)
        before = present(wanted)
        about = {
            "person": str(draft.person.pk),
            "provider": draft.provider,
            "account": draft.reference,
            "before": before,
        }
        text = agreement(wanted)
        made = declare(request, purpose=providers.PAYEE, text=text, about=about, approval=APPROVAL)
        approving.call_second(made)
        _tell(draft, made, _TOLD_ASKED_CHANGE if before else _TOLD_ASKED, before, key="asked")
    return made


def stop_agreement(account: Account) -> Text:
    """What whoever ends one agrees to."""
    return _STOP.format(**_named(account))


def stop(request: HttpRequest | Witness, account: Account) -> Confirmation:
    """Pay nothing new to an account any more, from now on. Raises `PayeeRefused`."""
    staff = acting(request)
    with transaction.atomic():
        current = Account.objects.select_for_update(of=("self",)).select_related("person")
        known = current.filter(pk=account.pk, reference=account.reference).first()
        if known is None:
            raise PayeeRefused(_OVER)
        if (near := too_near(staff, known.person)) is not None:
            raise PayeeRefused(near)
        about = {"person": str(known.person_id), "provider": known.provider, "account": known.reference}
        made = declare(request, purpose=STOP, text=stop_agreement(known), about=about)
        known.delete()
        _tell(Draft(known.person, known.provider, known.reference), made, _TOLD_STOPPED)
    return made


def waiting() -> QuerySet[Confirmation]:
    """Requests that wait for a second member of staff, the oldest first."""
    return approving.waiting().filter(approval=APPROVAL)


def waiting_for(person: Person, provider: str) -> QuerySet[Confirmation]:
    """Those of them that are about one person's account with one provider."""
    return waiting().filter(orders__0__person=str(person.pk), orders__0__provider=provider)


def register() -> None:
    """Say what the second member of staff's yes and no lead to, once, when the app is ready."""
    approving.declares(
        APPROVAL,
        approving.Declared(
            word=Text("收款账户", "Account to be paid to"),
            roles=SECONDS,
            against=lambda staff, made: too_near(staff, _draft_of(made).person),
            ready=lambda _: None,
            approved=_approved,
            declined=_declined,
            page=lambda _: reverse("market:desk_payees"),
            readers=READERS,
        ),
    )


def _approved(made: Confirmation) -> None:
    made.refresh_from_db()
    draft, before = _draft_of(made), made.orders[0]["before"]
    if not by_two(made, made.approval_given):
        raise ValueError(f"confirmation {made.pk} does not say whom to pay where")
    Person.objects.select_for_update(no_key=True).get(pk=draft.person.pk)
    if draft.person.deleted_ms is not None:
        raise approving.NotYours(_GONE)
    if _present(draft) != before:
        raise approving.NotYours(_MOVED_ON)
    if (reason := _against_account(draft)) is not None:
        raise approving.NotYours(reason)
    try:
        with transaction.atomic():
            Account.objects.update_or_create(
                person=draft.person,
                provider=draft.provider,
                defaults={"reference": draft.reference, "made_ms": now_ms(), "agreed": made},
            )
    except IntegrityError:  # Somebody else's was approved in the same moment.
        raise approving.NotYours(_TAKEN) from None
    _tell(draft, made, _TOLD_CHANGED if before else _TOLD_NEW, before)


def _declined(made: Confirmation, _: Person) -> None:
    draft = _draft_of(made)
    if draft.person.deleted_ms is None:
        _tell(draft, made, _TOLD_DECLINED, key="declined")


def _draft_for(staff: Person, wanted: Wanted) -> Draft:
    """Whose account it is to be. Raises `PayeeRefused`: with one answer, whether nobody signs in with the address or
    this member of staff has to keep out of it; but their own address they know."""
    person = owner_of(wanted.email)
    if person is None or person.deleted_ms is not None or person.email.lower() != wanted.email.lower():
        raise PayeeRefused(NOBODY)
    if (near := too_near(staff, person)) is not None:
        raise PayeeRefused(near if person.pk == staff.pk else NOBODY)
    return Draft(person, wanted.provider, wanted.reference)


def _present(draft: Draft) -> str:
    found = Account.objects.filter(person=draft.person, provider=draft.provider)
    return found.values_list("reference", flat=True).first() or ""


def _against_account(draft: Draft) -> Text | None:
    rows = Account.objects.filter(provider=draft.provider, reference=draft.reference)
    known = rows.values_list("person_id", flat=True).first()
    if known is None:
        return None
    return _SAME if known == draft.person.pk else _TAKEN


def _tell(draft: Draft, made: Confirmation, text: Text, before: str = "", *, key: str = "") -> None:
    words = text.format(
        provider=providers.name_of(draft.provider), last=last_four(draft.reference), old=last_four(before)
    )
    name = f"payee/{made.pk}" + (f"/{key}" if key else "")
    notify(draft.person, "security.payee", key=name, text=words, url=reverse("market:mine"))


def _draft_of(made: Confirmation) -> Draft:
    about = made.orders[0]
    return Draft(Person.objects.get(pk=about["person"]), about["provider"], about["account"])


def _named(account: Account) -> dict[str, object]:
    name = providers.name_of(account.provider)
    return {"email": account.person.email, "provider": name, "account": account.reference}
