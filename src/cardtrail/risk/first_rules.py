"""The first set of rules. Amounts are in fen.

Numbers that a market article of 2023 reports are named as such; the others are ours, chosen so that a card of ¥1,000,
the most an anonymous one may bear, passes without a further proof once it, or the device, is a day old.
"""

from __future__ import annotations

from typing import Final

from cardtrail.risk.conditions import Above, All, Below, Is, Ramp
from cardtrail.risk.port import Act, Outcome
from cardtrail.risk.rules import Rule, RuleSet
from cardtrail.risk.signals import Measure
from cardtrail.risk.value import DAY_MS
from cardtrail.wire.words import Words

_OUT = (Act.LIST, Act.GIVE, Act.RETURN)
"""A card is about to leave its holder."""

_DEAL = (Act.LIST, Act.BUY, Act.DELIVER)
_BUY = (Act.BUY, Act.DELIVER)
_ALL = tuple(Act)

_ARTICLE = "market article 2023: of accounts with more than 3 different cards in 3 days 92 % were flagged"
_EARLY = "market article 2023: transfers within 24 h of activation succeed 3 times as often as after 72 h"

FREE_MINOR: Final = 20_000
"""¥200 pass at any age."""

STAFF_MINOR: Final = 60_000
"""¥600 pass at any age with a further proof."""

NEWCOMER_MINOR: Final = 100_000
"""¥1,000 may be under way for somebody without any record."""

A_FEN_EACH_MS: Final = DAY_MS // (NEWCOMER_MINOR - FREE_MINOR)
"""1,080 ms: at this pace ¥200 grow to ¥1,000 in a day."""


def _growing(base: int, of: Measure, gain: int = 1) -> Above:
    return Above(measure="value_minor", limit=Ramp(base=base, of=of, gain=gain, per=A_FEN_EACH_MS))


_FEW_DEALS = Below(measure="clean_value_minor", limit=200_000)
"""Less than ¥2,000 of deals that went well."""

_MANY_CARDS = (
    Rule(
        code="many_cards",
        acts=_OUT,
        when=Above(measure="cards_moved", limit=3),
        then=Outcome.STEP_UP,
        unknown=Outcome.HOLD,
        words=Words(
            zh="三天内已转出 {cards} 张不同的卡。请再确认一次是你本人。",
            en="{cards} different cards within three days. Please confirm once more that it is you.",
        ),
        source=_ARTICLE,
    ),
    Rule(
        code="many_cards_no_record",
        # Not gifts: a company shares a dozen cards into a group, and its proof of who it is must do.
        acts=(Act.LIST, Act.RETURN),
        when=All(of=(Above(measure="cards_moved", limit=3), _FEW_DEALS)),
        then=Outcome.HOLD,
        unknown=Outcome.HOLD,
        words=Words(
            zh="三天内已转出 {cards} 张不同的卡，而你的成交记录还不多。工作人员会先看一下。",
            en="{cards} different cards within three days, and few completed deals yet. Our staff look at it first.",
        ),
        source=_ARTICLE,
    ),
    Rule(
        code="very_many_cards",
        acts=_OUT,
        when=Above(measure="cards_moved", limit=12),
        then=Outcome.HOLD,
        unknown=Outcome.HOLD,
        words=Words(
            zh="三天内已转出 {cards} 张不同的卡。工作人员会先看一下。",
            en="{cards} different cards within three days. Our staff look at it first.",
        ),
        source="ours: four times the article's number, whatever the record",
    ),
    Rule(
        code="linked_cards",
        acts=_OUT,
        when=All(of=(Above(measure="group_size", limit=1), Above(measure="group_cards", limit=3))),
        then=Outcome.HOLD,
        unknown=Outcome.HOLD,
        words=Words(
            zh="与你的账户有关联的账户三天内共转出 {group_cards} 张不同的卡。工作人员会先看一下。",
            en="Accounts linked to yours moved {group_cards} different cards within three days. Our staff look at it "
            "first.",
        ),
        source="three cards in three days on each of many linked accounts",
    ),
)

_YOUNG_CARD = (
    Rule(
        code="young_card",
        acts=_OUT,
        when=_growing(FREE_MINOR, "card_age_ms"),
        then=Outcome.STEP_UP,
        unknown=Outcome.HOLD,
        words=Words(
            zh="这张卡激活不久，现在 {limit} 以内可以直接转出，额度随时间增加。请再确认一次是你本人。",
            en="The card was activated not long ago: up to {limit} can pass now, and more as time goes by. Please "
            "confirm once more that it is you.",
        ),
        source=_EARLY,
    ),
    Rule(
        code="very_young_card",
        acts=_OUT,
        when=_growing(STAFF_MINOR, "card_age_ms", 3),
        then=Outcome.HOLD,
        unknown=Outcome.HOLD,
        words=Words(
            zh="这张卡刚激活，现在最多可转出 {limit}，额度随时间增加。请稍后再试，或等工作人员查看。",
            en="The card was activated just now: at most {limit} can pass, and more as time goes by. Try again later, "
            "or wait for our staff.",
        ),
        source=_EARLY,
    ),
)

_TAKEN_OVER = (
    Rule(
        code="new_device",
        acts=_OUT,
        when=_growing(FREE_MINOR, "device_age_ms"),
        then=Outcome.STEP_UP,
        unknown=Outcome.STEP_UP,
        words=Words(
            zh="你刚在这台设备上登录。请再确认一次是你本人。",
            en="You have not used this device for long. Please confirm once more that it is you.",
        ),
        source="an account taken over sells at once, from a device that is new",
    ),
    Rule(
        code="new_device_and_address",
        acts=_OUT,
        when=All(of=(_growing(STAFF_MINOR, "device_age_ms"), _growing(STAFF_MINOR, "address_age_ms"))),
        then=Outcome.HOLD,
        unknown=Outcome.HOLD,
        words=Words(
            zh="设备和网络都是新的，现在最多可转出 {limit}，额度随时间增加。如果不是你在操作，请马上修改密码。",
            en="Both device and network are new: at most {limit} can pass now, and more as time goes by. If this "
            "is not you, change your password at once.",
        ),
        source="an account taken over sells at once, from a device and a network that are new",
    ),
    Rule(
        code="new_factor",
        acts=_OUT,
        when=All(
            of=(Above(measure="account_age_ms", limit=7 * DAY_MS), _growing(FREE_MINOR, "factor_age_ms"))
        ),
        then=Outcome.HOLD,
        unknown=Outcome.STEP_UP,
        words=Words(
            zh="你刚添加了通行密钥或验证器，现在最多可转出 {limit}，额度随时间增加。",
            en="A passkey or authenticator app was added just now: at most {limit} can pass, and more as time goes by.",
        ),
        source="whoever takes an account over adds a way to prove that it is theirs",
    ),
)

_PEOPLE = (
    Rule(
        code="newcomer",
        acts=_DEAL,
        when=Above(
            measure="open_value_minor",
            limit=Ramp(base=NEWCOMER_MINOR, of="clean_value_minor", gain=1, per=2),
        ),
        then=Outcome.HOLD,
        unknown=Outcome.HOLD,
        words=Words(
            zh="你进行中的交易合计最多 {limit}，额度随顺利完成的金额增加。",
            en="At most {limit} can be under way for you at once; it grows with the value of deals that went well.",
        ),
        source="limits grow with the value of clean history, not with its count: by half of it",
    ),
    Rule(
        code="newcomer_gift",
        acts=(Act.GIVE,),
        when=Above(
            measure="open_value_minor",
            limit=Ramp(base=NEWCOMER_MINOR, of="clean_value_minor", gain=1, per=2),
        ),
        then=Outcome.STEP_UP,
        unknown=Outcome.STEP_UP,
        words=Words(
            zh="交易和送出的卡合计超过 {limit}。请再确认一次是你本人。",
            en="Deals and gifts under way are more than {limit} together. Please confirm once more that it is you.",
        ),
        source="ours: what may not be sold is not given away instead; whoever gives of their own proves who they are",
    ),
    Rule(
        code="other_payer",
        acts=(Act.DELIVER,),
        when=Is(fact="payer_is_person", so=False),
        then=Outcome.HOLD,
        # Some providers do not tell who paid. The newcomer's limit and the hold of the money stand in for it.
        unknown=Outcome.ALLOW,
        words=Words(
            zh="付款账户不是买家本人的。工作人员会先看一下，或退款。",
            en="The money came from somebody else's account. Our staff look at it first, or it is refunded.",
        ),
        source="stolen means of payment are somebody else's",
    ),
    Rule(
        code="linked_sides",
        acts=_BUY,
        when=Above(measure="counterparty_kinds", limit=1),
        then=Outcome.BLOCK,
        unknown=Outcome.HOLD,
        words=Words(
            zh="买卖双方的账户有关联，不能互相交易。可以把卡直接赠送给对方。",
            en="The two accounts are linked and cannot trade with each other. The card can be given as a gift instead.",
        ),
        source="trade with oneself makes records and prices; one thing shared says nothing, two do",
    ),
    Rule(
        code="under_penalty",
        acts=_ALL,
        when=Is(fact="penalised_person", so=True),
        then=Outcome.BLOCK,
        unknown=Outcome.HOLD,
        words=Words(
            zh="你的交易权限已被限制，原因见通知。你可以申诉。",
            en="Trading is restricted for you; the notice you got says why. You can appeal.",
        ),
        source="a penalty follows the person to every account of theirs",
    ),
    Rule(
        code="near_penalty",
        acts=_ALL,
        when=Above(measure="penalised_kinds", limit=0),
        then=Outcome.STEP_UP,
        unknown=Outcome.HOLD,
        words=Words(
            zh="请再确认一次是你本人。",
            en="Please confirm once more that it is you.",
        ),
        source="one thing shared with an account under a penalty is a coincidence, and never blocks alone",
    ),
    Rule(
        code="linked_to_penalty",
        acts=_ALL,
        when=Above(measure="penalised_kinds", limit=1),
        then=Outcome.BLOCK,
        unknown=Outcome.HOLD,
        words=Words(
            zh="你的账户与一个被限制的账户有关联，暂时不能进行这笔操作。你可以申诉。",
            en="Your account is linked to one that is restricted, so this is not possible for now. You can appeal.",
        ),
        source="a penalty follows device, payer and person; two kinds of things shared are no coincidence",
    ),
)

FIRST_RULES: Final = RuleSet(
    version=1, currency="CNY", rules=(*_MANY_CARDS, *_YOUNG_CARD, *_TAKEN_OVER, *_PEOPLE)
)
"""What applies until staff set something else."""
