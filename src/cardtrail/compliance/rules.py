"""The rules: one closed enumeration. Each has a title, a sentence, its source and its numbers.

A rule's name is stored in records and shown in logs; it never changes its meaning. The sentences say what the rule
asks for, in our words and with the numbers of `numbers.py`; they quote nothing.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass, field

from cardtrail.compliance import numbers
from cardtrail.compliance.sources import (
    CARD_MEASURES,
    E_COMMERCE_LAW,
    INTERPRETATION,
    PERSONAL_INFORMATION_LAW,
    Source,
    Status,
)
from cardtrail.compliance.words import shown
from cardtrail.wire.words import Words


@dataclass(frozen=True, slots=True)
class Norm:
    """What stands behind a rule.

    title     a few words, for a heading
    sentence  what it asks for; places are filled from `numbers`
    source    the text it comes from
    articles  of that text; empty where the text is not confirmed
    numbers   by name; amounts end in `_fen`
    """

    title: Words
    sentence: Words
    source: Source
    articles: tuple[int, ...] = ()
    numbers: Mapping[str, int] = field(default_factory=dict)


@enum.unique
class Rule(enum.Enum):
    """A rule of the law. `code` is for programs and records, the other properties are for people."""

    # What a card may be.
    FACE_NAMED = Norm(
        Words("记名卡限额", "Limit of a named card"),
        Words("单张记名卡不得超过 {limit_fen}。", "A named card bears at most {limit_fen}."),
        CARD_MEASURES,
        numbers={"limit_fen": numbers.FACE_NAMED_FEN},
    )
    FACE_ANONYMOUS = Norm(
        Words("不记名卡限额", "Limit of an anonymous card"),
        Words("单张不记名卡不得超过 {limit_fen}。", "An anonymous card bears at most {limit_fen}."),
        CARD_MEASURES,
        numbers={"limit_fen": numbers.FACE_ANONYMOUS_FEN},
    )
    VALIDITY_NAMED = Norm(
        Words("记名卡有效期", "Validity of a named card"),
        Words("记名卡不设有效期。", "A named card has no end of validity."),
        CARD_MEASURES,
    )
    VALIDITY_ANONYMOUS = Norm(
        Words("不记名卡有效期", "Validity of an anonymous card"),
        Words(
            "不记名卡有效期不得少于 {years} 年。", "An anonymous card is valid for at least {years} years."
        ),
        CARD_MEASURES,
        numbers={"years": numbers.ANONYMOUS_VALIDITY_YEARS},
    )
    # Who buys, and how it is paid for.
    BUYER_NAMED = Norm(
        Words("记名卡实名购买", "Buyer of named cards"),
        Words("购买记名卡，须登记购卡人身份。", "Whoever buys a named card is identified and recorded."),
        CARD_MEASURES,
    )
    BUYER_ANONYMOUS = Norm(
        Words("大额不记名卡实名购买", "Buyer of many anonymous cards"),
        Words(
            "一次购买不记名卡达 {from_fen}（含），须登记购卡人身份。",
            "Whoever buys anonymous cards for {from_fen} or more at once is identified and recorded.",
        ),
        CARD_MEASURES,
        numbers={"from_fen": numbers.IDENTITY_FROM_FEN},
    )
    PAYMENT_ORGANISATION = Norm(
        Words("单位购卡付款方式", "How an organisation pays"),
        Words(
            "单位一次购卡达 {from_fen}（含），须银行转账，不得用现金。",
            "An organisation that buys cards for {from_fen} or more at once pays by bank transfer, not in cash.",
        ),
        CARD_MEASURES,
        numbers={"from_fen": numbers.TRANSFER_ORGANISATION_FROM_FEN},
    )
    PAYMENT_PERSON = Norm(
        Words("个人购卡付款方式", "How a person pays"),
        Words(
            "个人一次购卡达 {from_fen}（含），须银行转账，不得用现金。",
            "A person who buys cards for {from_fen} or more at once pays by bank transfer, not in cash.",
        ),
        CARD_MEASURES,
        numbers={"from_fen": numbers.TRANSFER_PERSON_FROM_FEN},
    )
    PAYMENT_OFF_PREMISES = Norm(
        Words("非现场购卡付款方式", "How cards are paid for off the premises"),
        Words(
            "非现场购卡，不论金额，须银行转账。",
            "Cards bought off the premises are paid for by bank transfer, whatever the amount.",
        ),
        CARD_MEASURES,
    )
    # The money behind the cards.
    CUSTODY_RATIO = Norm(
        Words("预收资金存管比例", "Custody of funds"),
        Words(
            "存管资金不得低于上一季度末预收资金余额的：规模发卡企业 {large_single_percent}%，"
            "集团发卡企业 {group_percent}%，品牌发卡企业 {brand_percent}%；保险或保函可替代。",
            "Of last quarter's outstanding balance, a large single issuer keeps {large_single_percent}% in custody, a "
            "group {group_percent}%, a brand {brand_percent}%; insurance or a guarantee may replace it.",
        ),
        CARD_MEASURES,
        numbers={
            "large_single_percent": numbers.CUSTODY_LARGE_SINGLE_PERCENT,
            "group_percent": numbers.CUSTODY_GROUP_PERCENT,
            "brand_percent": numbers.CUSTODY_BRAND_PERCENT,
        },
    )
    QUARTERLY_REPORT = Norm(
        Words("季度报告", "Quarterly report"),
        Words(
            "集团和品牌发卡企业于每季度结束后 {working_days} 个工作日内报告。",
            "Group and brand issuers report within {working_days} working days after each quarter.",
        ),
        CARD_MEASURES,
        numbers={"working_days": numbers.REPORT_WORKING_DAYS},
    )
    # A card is handed back for its money.
    SURRENDER_IDENTITY = Norm(
        Words("退卡核验身份", "Identity at a surrender"),
        Words("退卡须核验退卡人身份。", "The identity of whoever surrenders a card is checked."),
        CARD_MEASURES,
    )
    SURRENDER_ACCOUNT = Norm(
        Words("退卡退至同名账户", "Account at a surrender"),
        Words(
            "退卡资金退至与退卡人同名的银行账户。",
            "The money of a surrendered card goes to a bank account in the name of whoever surrenders it.",
        ),
        CARD_MEASURES,
    )
    SURRENDER_CASH = Norm(
        Words("退卡付现限额", "Cash at a surrender"),
        Words(
            "余额不超过 {limit_fen}（含）的，退卡可付现金。",
            "A surrendered card may be paid out in cash up to {limit_fen}.",
        ),
        CARD_MEASURES,
        numbers={"limit_fen": numbers.SURRENDER_CASH_FEN},
    )
    PRINCIPAL_REFUND = Norm(
        Words("七日内返还本金", "Principal back within seven days"),
        Words(
            "自付款之日起 {days} 日内，消费者可请求返还预付款本金，法定例外除外。",
            "Within {days} days of paying, a consumer may ask for the principal back, but for the exceptions "
            "of the article.",
        ),
        INTERPRETATION,
        (14,),
        {"days": numbers.PRINCIPAL_DAYS},
    )
    REMAINING_BALANCE = Norm(
        Words("剩余款项的返还", "What is left is settled"),
        Words(
            "返还剩余预付款，连同利息与折扣的计算，依这些条款办理。",
            "The return of what is left, with interest and discounts, follows these articles.",
        ),
        INTERPRETATION,
        (15, 16, 17, 18, 19),
    )
    # A holder's rights while the card lives, and after.
    EXPIRED_BALANCE = Norm(
        Words("过期余额", "Balance of an expired card"),
        Words(
            "过期卡尚有余额的，可请求激活或换卡。",
            "A card that expired with a balance is re-activated or exchanged on request.",
        ),
        INTERPRETATION,
        (24,),
    )
    LOSS_REPORT = Norm(
        Words("记名卡挂失", "Loss of a named card"),
        Words("记名卡可以挂失和补办。", "A named card can be reported lost and is replaced."),
        INTERPRETATION,
        (24,),
    )
    NOTICE_OF_ASSIGNMENT = Norm(
        Words("转让通知", "Notice of assignment"),
        Words(
            "转让自通知到达发卡方时起对其生效。",
            "A transfer binds the issuer from the moment its notice reaches it.",
        ),
        INTERPRETATION,
        (11,),
    )
    # Terms that nobody has to accept.
    TERMS_ASSIGNMENT = Norm(
        Words("不得无理限制转让", "No unreasonable ban on transfers"),
        Words("不合理限制转让的条款无效。", "Terms that unreasonably forbid passing a card on are void."),
        INTERPRETATION,
        (9,),
    )
    TERMS_REPLACEMENT = Norm(
        Words("不得拒绝补办", "Lost named cards are replaced"),
        Words("遗失记名卡不予补办的条款无效。", "Terms that refuse to replace a lost named card are void."),
        INTERPRETATION,
        (9,),
    )
    TERMS_REFUND = Norm(
        Words("不得排除退款", "Refunds are not excluded"),
        Words("排除退款的条款无效。", "Terms that exclude refunds are void."),
        INTERPRETATION,
        (9,),
    )
    # How long records stay.
    KEEP_TRANSACTIONS = Norm(
        Words("交易记录保存", "Records of transactions"),
        Words(
            "交易记录至少保存 {years} 年。", "Records of transactions are kept for at least {years} years."
        ),
        E_COMMERCE_LAW,
        (31,),
        {"years": numbers.KEEP_TRANSACTION_YEARS},
    )
    KEEP_BUYER_IDENTITY = Norm(
        Words("购卡人身份保存", "Identity of buyers"),
        Words(
            "购卡人身份信息至少保存 {years} 年，并予保密。",
            "The identity of buyers is kept for at least {years} years, in confidence.",
        ),
        CARD_MEASURES,
        numbers={"years": numbers.KEEP_BUYER_IDENTITY_YEARS},
    )
    KEEP_ASSESSMENT = Norm(
        Words("影响评估保存", "Impact assessments"),
        Words(
            "个人信息保护影响评估报告至少保存 {years} 年。",
            "The assessment of a processing's impact on persons is kept for at least {years} years.",
        ),
        PERSONAL_INFORMATION_LAW,
        (55, 56),
        {"years": numbers.KEEP_ASSESSMENT_YEARS},
    )
    DELETE_PERSONAL = Norm(
        Words("个人信息删除", "Deletion of personal data"),
        Words(
            "个人信息不再需要即应删除；法定保存期未满的，只存储并保护，不作他用。",
            "Personal data is deleted once it is not needed; while the law asks to keep it, it is stored and protected "
            "and used for nothing else.",
        ),
        PERSONAL_INFORMATION_LAW,
        (47,),
    )

    @property
    def code(self) -> str:
        """The name for programs and records: `face_named`."""
        return self.name.lower()

    @property
    def title(self) -> Words:
        """A few words, for a heading."""
        return self.value.title

    @property
    def sentence(self) -> Words:
        """What the rule asks for, its numbers filled in."""
        return self.value.sentence.filled(**shown(self.value.numbers))

    @property
    def source(self) -> Source:
        """The text it comes from."""
        return self.value.source

    @property
    def status(self) -> Status:
        """How well we know that text."""
        return self.value.source.status

    @property
    def numbers(self) -> Mapping[str, int]:
        """Its numbers by name; amounts end in `_fen`."""
        return self.value.numbers

    @property
    def citation(self) -> Words:
        """The source as a page states it: name, date, and the article where it is confirmed."""
        return self.value.source.cited(self.value.articles)
