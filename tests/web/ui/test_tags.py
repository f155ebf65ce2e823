"""The tags and filters that every template uses."""

from __future__ import annotations

import re
from types import SimpleNamespace

import pytest
from django.template import TemplateSyntaxError

from cardtrail.web.ui import faces, icons
from cardtrail.web.ui.texts import Text
from tests.web.ui.drawing import Elements, asked, draw

EVIL = '"><script>x</script>'
MOMENT_MS = 1_790_000_000_000  # 2026-09-21 13:33:20 UTC... stated by the tests below.


def test_says_it_in_the_active_language_and_escapes_values() -> None:
    source = '{% say "共 {n} 张，{who}" "{n} cards, {who}" n=3 who=who %}'
    assert draw(source, who="小满") == "共 3 张，小满"
    assert draw(source, "en", who=EVIL) == "3 cards, &quot;&gt;&lt;script&gt;x&lt;/script&gt;"


def test_says_a_text_in_both_languages_as_a_value() -> None:
    source = '{% say "送给{who}" "to {who}" who=who %}'
    assert draw(source, who=Text("你 & 我", "you & me")) == "送给你 &amp; 我"
    assert draw(source, "en", who=Text("你", "<b>you</b>")) == "to &lt;b&gt;you&lt;/b&gt;"


def test_says_into_a_name_without_escaping_twice() -> None:
    assert draw('{% say "{a}" "{a}" a=a as t %}[{{ t }}]', a="<&>") == "[&lt;&amp;&gt;]"


def test_a_text_that_is_not_the_templates_own_is_escaped() -> None:
    assert draw("{% say x x %}", x=EVIL) == "&quot;&gt;&lt;script&gt;x&lt;/script&gt;"


def test_a_value_in_braces_is_no_place_for_another_value() -> None:
    assert draw('{% say "{a}" "{a}" a="{b}" b="no" %}') == "{b}"


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("{{ 100000|money:'CNY' }}", "¥1,000.00"),
        ("{{ 100000|money }}", "¥1,000.00"),
        ("{{ 123|money:'JPY' }}", "¥123"),
        ("{{ -1234|money:'CNY' }}", "\N{MINUS SIGN}¥12.34"),
        ("{{ -5|money:'CHF' }}", "\N{MINUS SIGN}CHF 0.05"),
        ("{{ -4250|percent_bp }}", "\N{MINUS SIGN}42.5%"),
        ("{{ 99999999999999|money:'CNY' }}", "¥999,999,999,999.99"),
        ("{{ 4250|percent_bp }}", "42.5%"),
        ("{{ 10000|percent_bp }}", "100%"),
        ("{{ 5|percent_bp }}", "0.05%"),
        ("{{ 7|card_number }}", "0000 0000 0000 0075"),
        ("{{ '欧阳小满'|initials }}", "满"),
        ("{{ 'ada king lovelace'|initials }}", "AL"),
        ("{{ ''|initials }}", "?"),
    ],
)
def test_filters(source: str, expected: str) -> None:
    assert draw(source) == expected


@pytest.mark.parametrize(
    ("duration_ms", "zh", "en"),
    [
        (0, "不到 1 秒", "less than a second"),
        (1_000, "1 秒", "1 second"),
        (3_600_000, "1 小时", "1 hour"),
        (97_200_000, "1 天 3 小时", "1 day 3 hours"),
        (86_400_000 + 5_000, "1 天", "1 day"),
        (2 * 86_400_000 + 3_600_000 + 60_000, "2 天 1 小时", "2 days 1 hour"),
    ],
)
def test_a_length_of_time_in_its_two_largest_units(duration_ms: int, zh: str, en: str) -> None:
    assert draw("{{ d|duration }}", d=duration_ms) == zh
    assert draw("{{ d|duration }}", "en", d=duration_ms) == en


def test_a_moment_in_the_home_zone_is_left_to_the_browser_to_rewrite() -> None:
    drawn = draw("{% when ms %}", request=asked(), ms=MOMENT_MS)
    assert drawn == '<time datetime="2026-09-21T14:13:20Z" data-when="minute">2026年9月21日 22:13</time>'


def test_a_moment_in_the_zone_that_a_person_chose_stays() -> None:
    person = SimpleNamespace(time_zone="America/New_York", is_authenticated=True)
    drawn = draw("{% when ms %} {% day ms %}", "en", asked(person=person), ms=MOMENT_MS)
    assert drawn == (
        '<time datetime="2026-09-21T14:13:20Z">21 Sep 2026, 10:13</time> '
        '<time datetime="2026-09-21T14:13:20Z">21 Sep 2026</time>'
    )


@pytest.mark.parametrize(
    ("zone", "written"),
    [
        ("Asia/Shanghai", "21 Sep 2026, 22:13 (Beijing time)"),
        ("America/New_York", "21 Sep 2026, 10:13 (UTC\N{MINUS SIGN}4)"),
        ("Asia/Kathmandu", "21 Sep 2026, 19:58 (UTC+5:45)"),
        ("Atlantic/Reykjavik", "21 Sep 2026, 14:13 (UTC)"),
    ],
)
def test_a_deadline_names_its_zone(zone: str, written: str) -> None:
    person = SimpleNamespace(time_zone=zone, is_authenticated=True)
    drawn = draw("{% deadline ms %}", "en", asked(person=person), ms=MOMENT_MS)
    assert drawn == f'<time datetime="2026-09-21T14:13:20Z">{written}</time>'
    left = draw("{% deadline ms %}", request=asked(), ms=MOMENT_MS)
    assert left.endswith('data-when="deadline">2026年9月21日 22:13（北京时间）</time>')


def test_a_page_with_times_says_their_zone_once_and_one_without_says_nothing() -> None:
    note = "{% zone_note %}"
    assert draw(note, request=asked()).strip() == ""
    assert draw("{% day ms %}" + note, request=asked(), ms=MOMENT_MS).count("zone-note") == 0
    drawn = draw("{% when ms %}{% when ms %}" + note, request=asked(), ms=MOMENT_MS)
    assert drawn.count("zone-note") == 2  # Its class and what the browser's script may write instead.
    assert "时间均为北京时间（UTC+8）。" in drawn
    assert 'data-zone-note="时间按你设备的时区：{zone}。"' in drawn
    person = SimpleNamespace(time_zone="Europe/London", is_authenticated=True)
    drawn = draw("{% when ms %}" + note, "en", asked(person=person), ms=MOMENT_MS)
    assert "Times are in the zone that you chose: Europe/London." in drawn
    assert "data-zone-note" not in drawn


def test_a_day_is_the_day_of_the_zone() -> None:
    late_ms = 1_789_999_199_000 + 3_600_000 * 2  # 15:59:59 UTC is still the day before midnight in Shanghai.
    assert "2026年9月21日" in draw("{% day ms %}", ms=late_ms)
    assert "2026年9月22日" in draw("{% day ms %}", ms=late_ms + 1_000)


@pytest.mark.parametrize("zone", ["", "Nowhere/City", "../../etc/passwd", "/etc/localtime"])
def test_a_zone_that_is_none_is_the_home_zone(zone: str) -> None:
    person = SimpleNamespace(time_zone=zone, is_authenticated=True)
    assert "22:13" in draw("{% when ms %}", request=asked(person=person), ms=MOMENT_MS)


def test_no_moment_is_a_dash() -> None:
    assert draw("{% when ms %}{% day ms %}", ms=None) == "——"


def test_an_icon_is_decoration_unless_it_is_named() -> None:
    assert Elements(draw('{% icon "gift" %}')).all("svg")[0]["aria-hidden"] == "true"
    named = Elements(draw('{% icon "gift" label %}', label=EVIL)).all("svg")[0]
    assert (named["role"], named["aria-label"]) == ("img", EVIL)


def test_an_icon_that_does_not_exist_is_a_mistake() -> None:
    with pytest.raises(KeyError):
        draw('{% icon "unicorn" %}')


def test_every_icon_that_is_promised_is_drawn() -> None:
    promised = """
        wallet card gift link qr people share split merge pay shop receipt shield-check lock unlock snowflake clock
        calendar bell mail user users device key passkey search filter download upload print plus minus check cross
        warning info arrow-right arrow-left chevron-down external copy chart bank scale file flag pause globe
        language sun moon menu logout home hand-return
    """
    assert set(promised.split()) <= set(icons.SHAPES)


def test_a_qr_code_is_an_inline_picture_without_styles() -> None:
    drawn = draw("{% qr text label %}", text="https://cards.example.com/c#ABC", label=EVIL)
    svg = Elements(drawn).all("svg")
    assert [(one["role"], one["aria-label"], one["class"]) for one in svg] == [("img", EVIL, "qr")]
    assert "style=" not in drawn
    assert "ABC" not in drawn


def _card(**changes: object) -> SimpleNamespace:
    card = {
        "serial": 7,
        "product": SimpleNamespace(name=EVIL),
        "product_id": 3,
        "currency": "CNY",
        "face_minor": 50_000,
        "balance_minor": 48_000,
        "state": "active",
        "expires_ms": None,
    }
    return SimpleNamespace(**{**card, **changes})


def test_a_card_shows_balance_face_and_last_four_and_escapes_its_name() -> None:
    drawn = draw("{% card_face card %}", card=_card())
    text = Elements(drawn).text
    assert "¥480.00" in text
    assert "面值 ¥500.00" in text
    assert "0075" in text
    assert "长期有效" in text
    assert EVIL not in drawn
    assert EVIL in text
    assert "ribbon" not in drawn


def test_a_card_with_its_whole_value_does_not_repeat_it() -> None:
    assert "面值" not in draw("{% card_face card %}", card=_card(balance_minor=50_000))


def test_a_card_that_leads_somewhere_is_one_link() -> None:
    drawn = Elements(draw('{% card_face card size="small" href=url %}', card=_card(), url='/c/7/?"'))
    assert [link["href"] for link in drawn.all("a")] == ['/c/7/?"']
    assert "small" in drawn.all("a")[0]["class"].split()


@pytest.mark.parametrize("name", faces.STATES)
def test_every_state_has_a_word_in_both_languages_and_a_ribbon(name: str) -> None:
    for language in ("zh-hans", "en"):
        word = faces.STATES[name].word.in_language(language)
        assert word in draw("{% state name %}", language, name=name)
        ribbon = draw("{% card_face card %}", language, card=_card(state=name))
        assert (word in ribbon) is (name != "active")


def test_a_state_that_does_not_exist_is_a_mistake() -> None:
    with pytest.raises(KeyError):
        draw('{% state "lost" %}')


def test_a_product_keeps_its_colour_and_any_other_takes_one_of_ours() -> None:
    own = _card(product=SimpleNamespace(name="x", hue="plum"))
    foreign = _card(product=SimpleNamespace(name="x", hue='red" onclick="'), product_id=9)
    assert faces.hue_of(own) == "plum"
    assert faces.hue_of(foreign) == faces.HUES[1]


def test_a_misspelt_tag_is_noticed() -> None:
    with pytest.raises(TemplateSyntaxError):
        draw("{% sey %}")


def test_a_long_number_breaks_only_between_groups_and_is_copied_whole() -> None:
    number = "b6ec1353d16a4ef3bd47354ed59c2409"
    drawn = draw("{{ number|in_groups }}", number=number)
    assert re.findall(r"<span>(\w+)</span>", drawn) == [number[at : at + 8] for at in range(0, 32, 8)]
    assert re.sub(r"<[^>]+>", "", drawn) == number
    assert "&lt;b&gt;" in draw("{{ number|in_groups }}", number="<b>")
