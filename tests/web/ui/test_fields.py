"""Forms as people and screen readers meet them."""

from __future__ import annotations

from django import forms

from cardtrail.web.ui.texts import promise
from tests.web.ui.drawing import Elements, draw


class Sample(forms.Form):
    amount = forms.CharField(label=promise("金额", "Amount"), help_text=promise("最多 <5", "at most <5"))
    note = forms.CharField(label=promise("留言", "Note"), required=False)
    how = forms.ChoiceField(
        label=promise("怎么送", "How"),
        widget=forms.RadioSelect,
        choices=[("a", promise("甲", "A")), ("b", promise("乙", "B"))],
    )
    agree = forms.BooleanField(label=promise("同意", "I agree"))
    secret = forms.CharField(widget=forms.HiddenInput, initial="s")

    def clean(self) -> dict[str, object]:
        raise forms.ValidationError(promise("整张表 <不对>", "the whole form <is wrong>"))


def test_a_field_is_labelled_hinted_and_its_error_read_with_it() -> None:
    page = Elements(draw('{% field form.amount "money" %}', form=Sample({})))
    control = page.all("input")[0]
    assert control["aria-invalid"] == "true"
    assert control["inputmode"] == "decimal"
    named = {attributes["id"] for _, attributes in page.tags if "id" in attributes}
    assert set(control["aria-describedby"].split()) == {"id_amount_helptext", "id_amount_error"} <= named
    assert page.all("label")[0]["for"] == control["id"]
    assert "金额" in page.text
    assert "最多 <5" in page.text


def test_a_field_without_error_says_nothing_of_one() -> None:
    page = Elements(draw("{% field form.amount %}", "en", form=Sample()))
    control = page.all("input")[0]
    assert "aria-invalid" not in control
    assert control["aria-describedby"] == "id_amount_helptext"
    assert "Amount" in page.text


def test_what_may_be_left_out_says_so() -> None:
    assert "（选填）" in draw("{% field form.note %}", form=Sample())
    assert "optional" not in draw("{% field form.amount %}", "en", form=Sample())


def test_choices_stand_in_a_named_group() -> None:
    page = Elements(draw("{% field form.how %}", form=Sample({})))
    assert page.all("fieldset")[0]["aria-describedby"] == "id_how_error"
    assert len(page.all("legend")) == 1
    assert [one["type"] for one in page.all("input")] == ["radio", "radio"]


def test_a_tick_box_stands_in_its_own_label() -> None:
    page = draw("{% field form.agree %}", form=Sample())
    assert page.index("<label") < page.index("<input") < page.index("同意") < page.index("</label>")


def test_a_hidden_field_is_the_control_alone() -> None:
    assert [tag for tag, _ in Elements(draw("{% field form.secret %}", form=Sample())).tags] == ["input"]


def test_the_summary_leads_to_each_wrong_field_and_escapes() -> None:
    form = Sample({"agree": "on", "secret": "s"})
    drawn = draw("{% errors form %}", form=form)
    page = Elements(drawn)
    assert page.all("div", "error-summary")[0]["role"] == "alert"
    assert [link["href"] for link in page.all("a")] == ["#id_amount", "#id_how_0"]
    assert "整张表 &lt;不对&gt;" in drawn
    fields = Elements(draw("{% field form.amount %}{% field form.how %}", form=form))
    assert {"id_amount", "id_how_0"} <= {attributes.get("id") for _, attributes in fields.tags}


def test_no_summary_where_nothing_is_wrong() -> None:
    assert draw("{% errors form other %}", form=Sample(), other=Sample()).strip() == ""
