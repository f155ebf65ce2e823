"""Forms of the issuing side: in the units people use, yuan and days."""

from __future__ import annotations

import re
from typing import Any, Final

from django import forms
from django.core.exceptions import ValidationError

from cardtrail.web.desk.batches import MOST_CARDS
from cardtrail.web.desk.products import CLEARABLE, Draft
from cardtrail.web.desk.purchases import BuyerDraft
from cardtrail.web.desk.stock import Purchase
from cardtrail.web.ledger.models import Product
from cardtrail.web.ui.clock import DAY_MS
from cardtrail.web.ui.texts import Text, promise
from cardtrail.wire.identifiers import parse_card_number
from cardtrail.wire.money import format_money, parse_money
from cardtrail.wire.products import Terms, Transferable
from cardtrail.wire.text import is_plain_text

YUAN: Final = "CNY"
MOST_FACES: Final = 32
MOST_DAYS: Final = 36_600
_BETWEEN_FACES = re.compile(r"[,，、;；\s]+")


class MoneyField(forms.CharField):
    """An amount in yuan, as fen."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_length=24, **kwargs)

    def clean(self, value: Any) -> Any:
        """Fen, none for an empty field that may be empty. Raises `ValidationError`."""
        text = super().clean(value)
        return to_fen(text) if text else None


def to_fen(text: str) -> int:
    """An amount that somebody typed. Raises `ValidationError` saying how to type it."""
    try:
        return parse_money(text, YUAN)
    except ValueError:
        raise ValidationError(
            promise(
                f"“{text}”不是金额，请写成 100 或 99.90。",
                f"“{text}” is no amount; write it like 100 or 99.90.",
            )
        ) from None


class ProductForm(forms.Form):
    """Every term of a product."""

    name = forms.CharField(
        label=promise("产品名称", "Name"),
        help_text=promise("印在卡面上，持卡人看得到。", "Printed on the cards; holders see it."),
        max_length=80,
    )
    faces = forms.CharField(
        label=promise("面值（元）", "Face values (yuan)"),
        help_text=promise("最多 32 个，用逗号或空格隔开。", "Up to 32, with commas or blanks between them."),
        initial="50, 100, 200, 500, 1000",
        max_length=400,
    )
    face_limit = MoneyField(
        label=promise("单卡上限（元）", "The most one card may bear (yuan)"),
        help_text=promise(
            "合并后的卡也不得超过。法定上限：不记名卡 1,000 元，记名卡 5,000 元。",
            "Merged cards cannot exceed it. By law: anonymous cards 1,000 yuan, named cards 5,000 yuan.",
        ),
        initial="1000",
    )
    named = forms.ChoiceField(
        label=promise("记名还是不记名", "Named or anonymous"),
        choices=(
            ("no", promise("不记名卡", "Anonymous")),
            ("yes", promise("记名卡：持卡人须完成身份核验", "Named: a holder's identity is checked")),
        ),
        widget=forms.RadioSelect,
        initial="no",
    )
    validity_days = forms.IntegerField(
        label=promise("有效期（天，自激活起）", "Validity (days from activation)"),
        help_text=promise(
            "留空为长期有效。不记名卡至少三年（1,096 天），记名卡不设有效期。",
            "Empty: no end. Anonymous cards: three years (1,096 days) at least. Named cards have no end.",
        ),
        min_value=1,
        max_value=MOST_DAYS,
        required=False,
    )
    transferable = forms.ChoiceField(
        label=promise("可以怎样转让", "How it may be passed on"),
        choices=(
            ("2", promise("可以赠送和出售", "May be given and sold")),
            ("1", promise("可以赠送，不可出售", "May be given, not sold")),
            ("0", promise("不可转让（首次领取除外）", "Not at all, but for the first claim")),
        ),
        widget=forms.RadioSelect,
        initial="2",
    )
    reason = forms.CharField(
        label=promise("不可转让的理由", "Why it cannot be passed on"),
        help_text=promise(
            "仅在不可转让时填写；不合理的限制无效。", "Only where it cannot; an unreasonable ban is void."
        ),
        max_length=200,
        required=False,
    )
    max_hops = forms.IntegerField(
        label=promise("最多换手次数", "Changes of holder at most"),
        help_text=promise("首次领取算一次。", "The first claim is one."),
        min_value=1,
        max_value=10_000,
        initial=20,
    )
    cooling_off_days = forms.IntegerField(
        label=promise("激活后几天内不可转让", "Days after activation in which it cannot be passed on"),
        help_text=promise("0 为立即可转让。", "0: at once."),
        min_value=0,
        max_value=365,
        initial=0,
    )
    resale_cap_percent = forms.IntegerField(
        label=promise("转售价上限（余额的百分之几）", "Highest asking price (percent of the balance)"),
        min_value=0,
        max_value=10_000,
        initial=100,
    )
    hold_limit_days = forms.IntegerField(
        label=promise("赠送、出售时最长锁定几天", "Days a card may be set aside for somebody"),
        min_value=1,
        max_value=366,
        initial=30,
    )
    rebind_delay_days = forms.IntegerField(
        label=promise("挂失换绑等待几天", "Days to wait before a lost card is rebound"),
        help_text=promise("等待期内现持卡人可以提出异议。", "In this time its present holder can object."),
        min_value=0,
        max_value=90,
        initial=7,
    )
    split = forms.BooleanField(label=promise("可以拆分", "May be split"), required=False, initial=True)
    merge = forms.BooleanField(label=promise("可以合并", "May be merged"), required=False, initial=True)
    clearance = forms.MultipleChoiceField(
        label=promise("须风控放行的操作", "What needs a clearance"),
        help_text=promise(
            "勾选后，这些操作须先经风控机构签名放行。",
            "Ticked ones have to be cleared by the risk authority first.",
        ),
        choices=[(kind, promise(text.zh, text.en)) for kind, text in CLEARABLE.items()],
        widget=forms.CheckboxSelectMultiple,
        required=False,
    )

    def clean_name(self) -> str:
        """A name that the ledger takes."""
        name: str = self.cleaned_data["name"]
        if not is_plain_text(name):
            raise ValidationError(
                promise("名称含有不可见字符。", "The name has characters that cannot be seen.")
            )
        return name

    def clean_faces(self) -> tuple[int, ...]:
        """Face values in fen, ascending, each once."""
        parts = [part for part in _BETWEEN_FACES.split(self.cleaned_data["faces"]) if part]
        faces = sorted({to_fen(part) for part in parts})
        if not 1 <= len(faces) <= MOST_FACES or faces[0] < 1:
            raise ValidationError(
                promise("请填写 1 至 32 个大于零的面值。", "Give 1 to 32 face values above nothing.")
            )
        return tuple(faces)

    def clean(self) -> dict[str, Any]:
        """No face may be above the limit of one card."""
        values = super().clean() or {}
        faces, limit = values.get("faces"), values.get("face_limit")
        if faces and limit is not None and faces[-1] > limit:
            self.add_error(
                "face_limit",
                ValidationError(promise("不能低于最大面值。", "It cannot be below the largest face value.")),
            )
        return values

    @property
    def draft(self) -> Draft:
        """What a valid form asks for."""
        given = self.cleaned_data
        validity = given["validity_days"]
        terms = Terms(
            currency=YUAN,
            faces=given["faces"],
            face_limit_minor=given["face_limit"],
            named=given["named"] == "yes",
            transferable=Transferable(int(given["transferable"])),
            cooling_off_ms=given["cooling_off_days"] * DAY_MS,
            resale_cap_bp=given["resale_cap_percent"] * 100,
            max_hops=given["max_hops"],
            clearance=tuple(sorted(given["clearance"])),
            split=given["split"],
            merge=given["merge"],
            validity_ms=None if validity is None else validity * DAY_MS,
            hold_limit_ms=given["hold_limit_days"] * DAY_MS,
            rebind_delay_ms=given["rebind_delay_days"] * DAY_MS,
        )
        reason = given["reason"] if terms.transferable is Transferable.NO else ""
        return Draft(given["name"], terms, reason)


BUYER_CHOICES: Final = (
    (Purchase.Buyer.PERSON.value, promise("个人", "A person")),
    (Purchase.Buyer.ORGANISATION.value, promise("单位", "An organisation")),
)
METHOD_CHOICES: Final = (
    (Purchase.Method.BANK_TRANSFER.value, promise("银行转账", "Bank transfer")),
    (Purchase.Method.CASH.value, promise("现金", "Cash")),
    (
        Purchase.Method.OTHER.value,
        promise("其他方式（刷卡、支付机构等）", "Another way (card, payment provider …)"),
    ),
)
STOCK_CHOICE: Final = ("stock", promise("备货：还没有购卡人", "Stock: nobody has bought them yet"))


class BuyerForm(forms.Form):
    """Who buys, and how it is paid for."""

    buyer = forms.ChoiceField(
        label=promise("谁购卡", "Who buys"), choices=BUYER_CHOICES, widget=forms.RadioSelect, initial="person"
    )
    name = forms.CharField(
        label=promise("购卡人姓名或单位名称", "Name of the person or organisation"),
        max_length=120,
        required=False,
    )
    document = forms.CharField(
        label=promise("证件号码", "Number of the document"),
        help_text=promise(
            "个人为身份证件，单位为统一社会信用代码。加密保存五年，仅用于核对是否同一购卡人。",
            "Of the identity document, or the organisation's registration. Kept sealed for five years, only to tell "
            "whether it is the same buyer.",
        ),
        max_length=60,
        required=False,
    )
    method = forms.ChoiceField(
        label=promise("付款方式", "Paid by"),
        choices=METHOD_CHOICES,
        widget=forms.RadioSelect,
        initial="bank_transfer",
    )
    off_premises = forms.BooleanField(
        label=promise("非现场购卡（电话、网站、邮寄）", "Bought off the premises (telephone, website, post)"),
        required=False,
    )
    invoice = forms.CharField(label=promise("发票号", "Invoice"), max_length=60, required=False)

    @property
    def draft(self) -> BuyerDraft | None:
        """What a valid form says of the buyer; none for stock."""
        given = self.cleaned_data
        if given["buyer"] == STOCK_CHOICE[0]:
            return None
        return BuyerDraft(
            given["buyer"],
            given["method"],
            not given["off_premises"],
            given["name"],
            given["document"],
            given["invoice"],
        )


class BatchForm(BuyerForm):
    """A batch of one product."""

    face = forms.ChoiceField(label=promise("面值", "Face value"), widget=forms.RadioSelect)
    count = forms.IntegerField(label=promise("张数", "How many cards"), min_value=1, max_value=MOST_CARDS)

    field_order = ("face", "count", "buyer", "name", "document", "method", "off_premises", "invoice")

    def __init__(self, product: Product, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        terms = product.terms
        faces: Any = self.fields["face"]
        faces.choices = [(str(face), format_money(face, terms.currency)) for face in terms.faces]
        buyer: Any = self.fields["buyer"]
        buyer.choices = (STOCK_CHOICE, *BUYER_CHOICES)
        buyer.initial = STOCK_CHOICE[0]


class RangeForm(forms.Form):
    """Cards from one number to another."""

    first = forms.CharField(label=promise("起始卡号", "First card number"), max_length=40)
    last = forms.CharField(label=promise("末尾卡号", "Last card number"), max_length=40)

    def clean_first(self) -> int:
        """The serial. Raises `ValidationError`."""
        return to_serial(self.cleaned_data["first"])

    def clean_last(self) -> int:
        """The serial. Raises `ValidationError`."""
        return to_serial(self.cleaned_data["last"])


def to_serial(text: str) -> int:
    """The card of a number that somebody typed. Raises `ValidationError`."""
    try:
        return parse_card_number(text)
    except ValueError:
        raise ValidationError(
            promise(
                "这不是卡号：应为 16 位数字，末位是校验位。",
                "This is no card number: 16 digits, the last one checks the others.",
            )
        ) from None


def word(text: Text) -> Any:
    """A text for a field's error."""
    return promise(text.zh, text.en)
