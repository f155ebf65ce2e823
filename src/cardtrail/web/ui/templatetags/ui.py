"""Tags and filters of all our templates. They are built in: no template loads them."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import Any

import segno
from django import template
from django.core.paginator import Page
from django.forms import BaseForm, BoundField
from django.http import HttpRequest
from django.template import Context
from django.utils.html import conditional_escape, format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe

from cardtrail.web.ui import faces, fields, icons, times, trail
from cardtrail.web.ui.pages import Sorting
from cardtrail.web.ui.site import PRODUCT
from cardtrail.web.ui.texts import Text
from cardtrail.web.ui.units import percent
from cardtrail.wire.identifiers import card_number as number_of
from cardtrail.wire.identifiers import group_digits
from cardtrail.wire.money import format_money

register = template.Library()

NOTHING = "—"
"""Stands where there is no value to show."""


# Words


@register.simple_tag
def say(zh: str, en: str, **values: object) -> SafeString:
    """The text of the active language. Values are escaped, and so is a text that is not written in the template."""
    # Only the side that is shown is made: pages say hundreds of things.
    text = conditional_escape(str(Text(zh, en)))
    if values:
        text = mark_safe(text.format_map({name: _safe(value) for name, value in values.items()}))  # noqa: S308
    return text


def _safe(value: object) -> SafeString:
    return conditional_escape(value if isinstance(value, SafeString) else str(value))


@register.filter
def money(amount_minor: int, currency: str = "CNY") -> str:
    """An amount for people: ¥1,000.00."""
    return format_money(amount_minor, currency)


@register.filter
def percent_bp(share_bp: int) -> str:
    """A share in basis points for people: 4,250 → 42.5 %; never rounded."""
    return percent(share_bp)


@register.filter
def card_number(serial: int) -> str:
    """A card's printed number in groups of four."""
    return group_digits(number_of(serial))


@register.filter
def in_groups(number: object) -> SafeString:
    """A long number without spaces: it breaks only between groups of eight, and is copied in one piece."""
    signs = str(number)
    groups = ((signs[start : start + _GROUP],) for start in range(0, len(signs), _GROUP))
    return format_html(
        '<span class="mono in-groups">{}</span>', format_html_join("", "<span>{}</span>", groups)
    )


_GROUP = 8


@register.simple_tag
def last_four(serial: int) -> SafeString:
    """The end of a card's number, as people call a card: •••• 4275."""
    return format_html(
        '<span class="number"><span class="dots" aria-hidden="true">•••• </span>'
        '<span class="unseen">{} </span>{}</span>',
        Text("尾号", "ending in"),
        number_of(serial)[-4:],
    )


@register.filter
def duration(duration_ms: int) -> str:
    """A length of time in its two largest units: 2 天 3 小时."""
    return str(times.length(duration_ms))


@register.filter
def initials(name: str) -> str:
    """One or two signs that stand for a person: the last of a Chinese name, the first letters of another."""
    words = str(name).split()
    if not words:
        return "?"
    if not words[0][0].isascii():
        return words[0][-1]
    return "".join(word[0] for word in (words[0], *words[1:][-1:])).upper()


# Times


@register.simple_tag(takes_context=True)
def when(context: Context, time_ms: int | None) -> SafeString | str:
    """A moment, in the person's zone; the browser writes it in its own where the person chose none."""
    return _time(context, time_ms, "minute")


@register.simple_tag(takes_context=True)
def deadline(context: Context, time_ms: int | None) -> SafeString | str:
    """A moment that somebody has to keep to: with its zone beside it."""
    return _time(context, time_ms, "deadline")


@register.simple_tag(takes_context=True)
def day(context: Context, time_ms: int | None) -> SafeString | str:
    """The day of a moment, in the person's zone."""
    return _time(context, time_ms, "day")


def _time(context: Context, time_ms: int | None, fineness: str) -> SafeString | str:
    if time_ms is None:
        return NOTHING
    request: HttpRequest | None = context.get("request")
    zone = times.zone_for(request)
    text = _FINENESS[fineness](time_ms, zone)
    if request is not None and fineness == "minute":
        setattr(request, _TELLS_TIME, True)
    if times.chosen_zone(request):
        return format_html('<time datetime="{}">{}</time>', times.iso(time_ms), text)
    return format_html('<time datetime="{}" data-when="{}">{}</time>', times.iso(time_ms), fineness, text)


_FINENESS = {"day": times.day_of, "minute": times.minute, "deadline": times.moment}
_TELLS_TIME = "_cardtrail_tells_time"


@register.inclusion_tag("ui/parts/zone.html", takes_context=True)
def zone_note(context: Context) -> dict[str, object]:
    """In which zone the times of this page are, once, at its end. Nothing where `when` wrote none before it."""
    request: HttpRequest | None = context.get("request")
    if not getattr(request, _TELLS_TIME, False):
        return {"tells": False}  # A page without times asks nothing about its reader.
    chosen = times.chosen_zone(request)
    key = "" if chosen is None or chosen.key == times.HOME_ZONE else chosen.key
    return {"tells": True, "device": chosen is None, "zone": key}


# Pictures


@register.simple_tag
def icon(name: str, label: object = "") -> SafeString:
    """An icon of ours; with a label it is named for screen readers, without it is decoration."""
    return icons.icon_svg(str(name), str(label))


@register.simple_tag
def qr(content: str, label: object = "") -> SafeString:
    """A QR code as inline SVG: black on white in every setting, for readers want it so."""
    code = segno.make(content, error="m", micro=False)
    out = io.BytesIO()
    code.save(
        out, kind="svg", xmldecl=False, svgns=True, svgclass="qr", lineclass=None, border=4, omitsize=True,
        dark="#000", light="#fff",
    )  # fmt: skip
    name = str(label) or str(Text("二维码", "QR code"))
    drawing = out.getvalue().decode("utf-8").strip()
    opening = format_html('<svg role="img" aria-label="{}" ', name)
    return mark_safe(drawing.replace("<svg ", opening, 1))  # noqa: S308  # Drawn by the library from squares alone.


@register.inclusion_tag("ui/parts/card_face.html", takes_context=True)
def card_face(context: Context, card: Any, size: str = "", href: str = "") -> dict[str, object]:
    """A card, drawn as a card. `size`: "small" in lists; `href` makes it a link."""
    site = context.get("site")
    return {
        **faces.face(card, getattr(site, "brand", None) or str(PRODUCT)),
        "size": size,
        "href": href,
        "request": context.get("request"),
    }


@register.simple_tag
def state(card: Any) -> SafeString:
    """The state of a card (or of a state's name) as a badge with its icon."""
    of = faces.state_of(card)
    return format_html('<span class="badge {}">{}{}</span>', of.tone, icons.icon_svg(of.icon), of.word)


@register.inclusion_tag("ui/trail.html", takes_context=True, name="trail")
def trail_tag(context: Context, stops: Sequence[trail.Stop], label: object = "") -> dict[str, object]:
    """A trail as a picture: `ui.trail.Stop`s, the oldest first."""
    return {"picture": trail.lay_out(stops), "label": label, "request": context.get("request")}


# Forms and lists


@register.simple_tag
def field(bound: BoundField, kind: str = "") -> SafeString:
    """A field with its label, hint and errors. `kind`: "money", "code", "digits" choose how it is typed."""
    return fields.render_field(bound, kind)


@register.inclusion_tag("ui/parts/errors.html")
def errors(*forms: BaseForm) -> dict[str, object]:
    """What is wrong with the forms of this page, each error a link to its field. Nothing while nothing is."""
    return {"problems": [problem for form in forms for problem in fields.problems(form)]}


@register.inclusion_tag("ui/parts/page_links.html")
def page_links(page: Page[Any]) -> dict[str, object]:
    """Links to the other pages of a list made by `ui.pages.page_of`."""
    numbers = page.paginator.get_elided_page_range(page.number, on_each_side=1, on_ends=1)
    query = getattr(page, "query", "")
    return {
        "page": page,
        "numbers": [number if isinstance(number, int) else None for number in numbers],
        "prefix": f"?{query}{'&' * bool(query)}page=",
    }


@register.simple_tag
def sort_head(by: Sorting, column: str, zh: str, en: str, numeric: bool = False) -> SafeString:
    """The head of a column that sorts a table; `by` is made by `ui.pages.sorting`."""
    return format_html(
        '<th scope="col" aria-sort="{}"{}><a href="{}">{}</a></th>',
        by.aria(column), mark_safe(' class="num"') if numeric else "", by.link(column), Text(zh, en),
    )  # fmt: skip
