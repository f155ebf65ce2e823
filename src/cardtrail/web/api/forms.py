"""What a developer fills in for a key."""

from __future__ import annotations

from typing import Final

from django import forms
from django.core.exceptions import ValidationError

from cardtrail.web.api.scopes import SCOPES, grantable
from cardtrail.web.checkout.asking import origin_of, plain_text
from cardtrail.web.desk.models import Staff
from cardtrail.web.ui.texts import promise

MOST_ORIGINS: Final = 20


class KeyForm(forms.Form):
    """Name, scopes, origins, rate."""

    name = forms.CharField(
        label=promise("名称", "Name"),
        max_length=60,
        help_text=promise("例如“官网结账”。", "Such as “web checkout”."),
    )
    scopes = forms.MultipleChoiceField(
        label=promise("权限", "What it may do"),
        widget=forms.CheckboxSelectMultiple,
        help_text=promise(
            "只选需要的。你自己不能做的，密钥也不能做。",
            "Only what it needs. What you may not do, your key cannot.",
        ),
        error_messages={"required": promise("请至少选一项。", "Choose at least one.")},
    )
    origins = forms.CharField(
        label=promise("网店来源（每行一个）", "The shop's origins (one a line)"),
        required=False,
        max_length=2000,
        widget=forms.Textarea(
            attrs={"rows": 3, "placeholder": "https://shop.example", "spellcheck": "false"}
        ),
        help_text=promise(
            "付款后只会把顾客送回这些网站。", "After paying, people are sent back to these sites only."
        ),
    )
    per_minute = forms.IntegerField(
        label=promise("每分钟请求上限", "Requests a minute"), min_value=1, max_value=60_000, initial=600
    )

    def __init__(self, *args: object, staff: Staff | None, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]  # Django's own arguments.
        field = self.fields["scopes"]
        if isinstance(field, forms.MultipleChoiceField):
            field.choices = [(name, f"{name} · {SCOPES[name]}") for name in grantable(staff, SCOPES)]

    def clean_name(self) -> str:
        """A name that can be shown."""
        name: str = self.cleaned_data["name"]
        if not plain_text(name, 60):
            raise ValidationError(promise("含有不可见字符。", "It has characters that cannot be seen."))
        return name

    def clean_origins(self) -> list[str]:
        """Origins, each once."""
        found: dict[str, None] = {}
        for line in self.cleaned_data["origins"].split():
            origin = origin_of(line)
            if origin is None or line.rstrip("/") != origin:
                raise ValidationError(
                    promise(
                        f"“{line[:80]}”不是来源，请写成 https://shop.example。",
                        f"“{line[:80]}” is no origin; write it like https://shop.example.",
                    )
                )
            found[origin] = None
        if len(found) > MOST_ORIGINS:
            raise ValidationError(promise("最多 20 个。", "At most 20."))
        return list(found)
