"""The colours can be read by everybody: contrast by WCAG 2.2 (1.4.3, 1.4.11), light and dark."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import cardtrail.web.ui
from cardtrail.web.ui.faces import HUES

CSS = Path(cardtrail.web.ui.__file__).parent / "static" / "ui" / "css"
WORDS = 4.5
SHAPES = 3.0

_PAIR = re.compile(r"--([\w-]+):\s*(#[0-9a-f]{6});")


def _schemes() -> dict[str, dict[str, str]]:
    source = (CSS / "tokens.css").read_text(encoding="utf-8")
    light, dark = source.split("@media (prefers-color-scheme: dark)")
    day = dict(_PAIR.findall(light))
    return {"light": day, "dark": day | dict(_PAIR.findall(dark))}


SCHEMES = _schemes()


def _luminance(colour: str) -> float:
    channels = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    """The ratio of WCAG 2.2."""
    high, low = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def test_the_ratio_is_the_standards() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#767676", "#ffffff") == pytest.approx(4.54, abs=0.01)


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize(
    ("words", "ground"),
    [
        *((words, ground) for words in ("ink", "soft", "accent-text") for ground in ("paper", "surface", "sunken")),
        *(("ink", f"{tone}-soft") for tone in ("accent", "good", "warn", "bad", "plain")),
        *((tone, f"{tone}-soft") for tone in ("good", "warn", "bad")),
        *((tone, "surface") for tone in ("good", "warn", "bad")),
        ("accent-text", "accent-soft"), ("accent-on", "accent"), ("accent-on", "accent-press"),
        ("bad-on", "bad"), ("bad-on", "bad-press"),
    ],
)  # fmt: skip
def test_words_can_be_read(scheme: str, words: str, ground: str) -> None:
    assert contrast(SCHEMES[scheme][words], SCHEMES[scheme][ground]) >= WORDS


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("shape", ["line-strong", "focus", *(f"tone-{number}" for number in range(6))])
@pytest.mark.parametrize("ground", ["paper", "surface"])
def test_edges_focus_and_lines_can_be_seen(scheme: str, shape: str, ground: str) -> None:
    assert contrast(SCHEMES[scheme][shape], SCHEMES[scheme][ground]) >= SHAPES


@pytest.mark.parametrize("hue", HUES)
def test_white_words_can_be_read_on_every_card(hue: str) -> None:
    source = (CSS / "card.css").read_text(encoding="utf-8")
    rule = re.search(rf"\.hue-{hue} {{ --c1: (#\w{{6}}); --c2: (#\w{{6}}); }}", source)
    assert rule is not None
    # The motif lies under the words: white at 15 %.
    for ground in rule.groups():
        mixed = "#" + "".join(
            f"{round(int(ground[p : p + 2], 16) * 0.85 + 255 * 0.15):02x}" for p in (1, 3, 5)
        )
        assert contrast("#ffffff", ground) >= WORDS
        assert contrast("#ffffff", mixed) >= SHAPES
