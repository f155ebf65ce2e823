"""The form for handing codes over, and what is said of keys that are none."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from cardtrail.web.desk.delivery import MOST_ON_SHEETS
from cardtrail.web.desk.stock import Batch, Delivery
from cardtrail.web.documents.code_file import BadRecipient
from cardtrail.web.ui.texts import Text, promise


class DeliveryForm(forms.Form):
    """How the codes are handed over."""

    kind = forms.ChoiceField(label=promise("怎样交付", "How"), widget=forms.RadioSelect)
    recipients = forms.CharField(
        label=promise("接收人的公钥", "Public keys of the recipients"),
        help_text=promise(
            "每行一个：age1… 或 SSH 公钥。只有持有对应私钥的人能打开文件，我们也不能。",
            "One a line: age1… or an SSH public key. Only whoever has a matching secret key can open the file; we "
            "cannot.",
        ),
        widget=forms.Textarea(attrs={"rows": 4, "spellcheck": "false", "autocomplete": "off"}),
        max_length=20_000,
        required=False,
    )

    def __init__(self, batch: Batch, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = [
            (Delivery.Kind.AGE.value, promise("加密文件（CSV，age 加密）", "Encrypted file (CSV, age)"))
        ]
        if batch.count <= MOST_ON_SHEETS:
            choices.append(
                (
                    Delivery.Kind.PDF.value,
                    promise("可打印卡片（PDF，含二维码）", "Card sheets to print (PDF with QR)"),
                )
            )
        kind: Any = self.fields["kind"]
        kind.choices = choices
        kind.initial = Delivery.Kind.AGE.value

    def clean(self) -> dict[str, Any]:
        """An encrypted file needs somebody to be encrypted to."""
        values = super().clean() or {}
        if values.get("kind") == Delivery.Kind.AGE and not values.get("recipients", "").strip():
            self.add_error(
                "recipients",
                ValidationError(promise("请粘贴至少一个公钥。", "Paste one public key at least.")),
            )
        return values


def words_for(error: BadRecipient) -> Text:
    """What is wrong with a key, without repeating any of it."""
    if error.secret:
        return Text(
            "第 {n} 行是私钥！请立即作废它，换一对新密钥，只粘贴公钥。",
            "Line {n} is a secret key! Replace it now, and paste only the public half of the new one.",
        ).format(n=error.line)
    if error.line:
        return Text(
            "第 {n} 行不是公钥，应以 age1、ssh-ed25519 或 ssh-rsa 开头。",
            "Line {n} is no public key; it begins with age1, ssh-ed25519 or ssh-rsa.",
        ).format(n=error.line)
    return Text("请粘贴 1 至 20 个公钥。", "Paste 1 to 20 public keys.")
