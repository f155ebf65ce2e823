"""The first-run page."""

from __future__ import annotations

from django import forms
from django.conf import settings
from django.contrib.auth import login
from django.contrib.auth.password_validation import validate_password
from django.core.cache import cache
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters

from cardtrail.web import setup_code
from cardtrail.web.accounts.models import Person
from cardtrail.web.accounts.second_factor import open_without_second_factor
from cardtrail.web.desk.brand import Brand
from cardtrail.web.desk.first_run import Beginning, SetUpAlready, is_set_up, set_up
from cardtrail.web.ledger.founding import FoundingError
from cardtrail.web.ledger.link import LedgerAway
from cardtrail.web.ui.texts import promise

TRIES = 20
TRIES_FOR_S = 600
"""So many wrong set-up codes in so long, from everybody together; then it has to be waited."""

_KINDS = (
    (Brand.Kind.BRAND, promise("品牌发卡企业", "Brand issuer")),
    (Brand.Kind.GROUP, promise("集团发卡企业", "Group issuer")),
    (Brand.Kind.SINGLE, promise("规模发卡企业", "Large single issuer")),
)


class SetUpForm(forms.Form):
    """What the page asks for."""

    code = forms.CharField(
        label=promise("设置码", "Set-up code"),
        help_text=promise("启动时显示在终端里。", "It was shown in the terminal at the start."),
        max_length=40,
    )
    name = forms.CharField(label=promise("品牌名称", "Brand name"), max_length=40)
    name_en = forms.CharField(label=promise("英文名称", "Name in English"), max_length=60, required=False)
    legal_name = forms.CharField(
        label=promise("发卡企业全称", "Registered name of the issuer"),
        help_text=promise("用于报表和转让通知。", "For reports and notices of assignment."),
        max_length=120,
    )
    kind = forms.ChoiceField(
        label=promise("发卡企业类型", "Kind of issuer"),
        help_text=promise(
            "决定资金存管比例：20%、30% 或 40%。", "It decides the share kept in custody: 20%, 30% or 40%."
        ),
        choices=_KINDS,
    )
    person_name = forms.CharField(label=promise("你的姓名", "Your name"), max_length=60)
    email = forms.EmailField(
        label=promise("你的邮箱", "Your e-mail"), widget=forms.EmailInput(attrs={"autocomplete": "username"})
    )
    password = forms.CharField(
        label=promise("密码", "Password"),
        help_text=promise("至少 10 位。", "At least 10 characters."),
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )

    def clean_code(self) -> str:
        """The code, if it is the one in the directory. Guessing is slowed down for everybody together."""
        cache.add("setup:tries", 0, TRIES_FOR_S)
        if cache.incr("setup:tries") > TRIES:
            raise ValidationError(
                promise("试得太多了，请十分钟后再来。", "Too many tries; please come back in ten minutes.")
            )
        code: str = self.cleaned_data["code"]
        if not setup_code.fits(settings.CONFIG.directory, code):
            raise ValidationError(
                promise("设置码不对，请看终端。", "This is not the code; look at the terminal.")
            )
        return code

    def clean(self) -> dict[str, object]:
        """The password, by the same rules as everywhere."""
        values = super().clean() or {}
        if "password" in values:
            try:
                validate_password(
                    values["password"],
                    Person(email=values.get("email", ""), name=values.get("person_name", "")),
                )
            except ValidationError as error:
                self.add_error("password", error)
        return values


@open_without_second_factor
@sensitive_post_parameters("code", "password")
@never_cache
def first_run(request: HttpRequest) -> HttpResponse:
    """Set up the brand, its authorities' keys and the first staff account. Gone once that is done."""
    if is_set_up():
        raise Http404
    form = SetUpForm(request.POST or None)
    status = 200
    if request.method == "POST" and form.is_valid():
        values = {name: value for name, value in form.cleaned_data.items() if name != "code"}
        try:
            person = set_up(Beginning(**values))
        except SetUpAlready:
            raise Http404 from None
        except LedgerAway:
            status = 503
            form.add_error(
                None,
                ValidationError(
                    promise(
                        "账本还没有启动好，请稍后再试。",
                        "The ledger is not up yet; please try again in a moment.",
                    )
                ),
            )
        except FoundingError:
            status = 409
            form.add_error(
                None,
                ValidationError(
                    promise(
                        "这个账本由另一把发卡方密钥建立，请检查 ledger/keys 目录。",
                        "This ledger was founded with another issuer's key; look at the directory ledger/keys.",
                    )
                ),
            )
        else:
            login(request, person, backend=settings.AUTHENTICATION_BACKENDS[0])
            return redirect("desk:home")
    return render(request, "desk/setup.html", {"form": form}, status=status)
