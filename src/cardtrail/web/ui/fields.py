"""Form fields as people meet them: label, hint, error and control, tied together for screen readers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from django import forms
from django.forms import BaseForm, BoundField
from django.template.loader import render_to_string
from django.utils.safestring import SafeString

KINDS: Final[dict[str, dict[str, str]]] = {
    "": {},
    "money": {"inputmode": "decimal", "autocomplete": "off", "class": "amount"},
    "digits": {"inputmode": "numeric", "autocomplete": "off", "class": "amount"},
    "code": {
        "autocomplete": "off",
        "autocapitalize": "characters",
        "spellcheck": "false",
        "class": "code-input",
    },
}
"""How a field is typed: attributes of its control."""


@dataclass(frozen=True, slots=True)
class Problem:
    """Something wrong with a form: the text, and the control to go to ("" if it is about the whole form)."""

    text: str
    target: str


def problems(form: BaseForm) -> list[Problem]:
    """All errors of a form, in the order of its fields; those of the whole form first."""
    found = [Problem(str(text), "") for text in form.non_field_errors()]
    for bound in form:
        found += [Problem(str(text), _target(bound)) for text in bound.errors]
    return found


def render_field(bound: BoundField, kind: str = "") -> SafeString:
    """A field's HTML. Raises `KeyError` for a kind that is none."""
    widget = bound.field.widget
    if bound.is_hidden:
        return bound.as_widget()
    attributes: dict[str, str | bool] = dict(KINDS[kind])
    own = str(widget.attrs.get("class", ""))
    if own and "class" in attributes:
        attributes["class"] = f"{own} {attributes['class']}"
    several = isinstance(widget, forms.RadioSelect | forms.CheckboxSelectMultiple)
    described = [f"{bound.auto_id}_helptext"] if bound.help_text else []
    described += [f"{bound.auto_id}_error"] if bound.errors else []
    if described and not several:
        attributes["aria-describedby"] = " ".join(described)
    return render_to_string(
        "ui/parts/field.html",
        {
            "bound": bound,
            "control": bound.as_widget(attrs=attributes),
            "several": several,
            "tick": isinstance(widget, forms.CheckboxInput),
            "described": " ".join(described),
            "optional": not bound.field.required,
        },
    )


def _target(bound: BoundField) -> str:
    """Where a link to the field's error leads: its control; of several controls the first."""
    if isinstance(bound.field.widget, forms.RadioSelect | forms.CheckboxSelectMultiple):
        return f"{bound.auto_id}_0"
    return str(bound.id_for_label or bound.auto_id)
