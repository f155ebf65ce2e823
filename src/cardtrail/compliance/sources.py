"""The texts that the rules come from, each with its name, its number, its date, and how well we know it."""

from __future__ import annotations

import enum
from dataclasses import dataclass

from cardtrail.compliance.dates import Date
from cardtrail.wire.words import Words


class Status(enum.Enum):
    """How well we know what a text says. Only a confirmed text is quoted by article."""

    CONFIRMED = Words("已核对公开文本", "read in a public copy of the text")
    REPORTED = Words("据公开资料转述，未核对原文", "as reported in secondary sources, not read in the text")


@dataclass(frozen=True, slots=True)
class Source:
    """A law, an interpretation or an order.

    name      its full name, with its number where it has one
    in_force  the day since which it applies
    status    how well we know it
    """

    name: Words
    in_force: Date
    status: Status

    def cited(self, articles: tuple[int, ...] = ()) -> Words:
        """The text for a page: name, date and articles; a text that was only reported says so instead. Raises
        `ValueError` for articles of a text that is not confirmed."""
        if articles and self.status is not Status.CONFIRMED:
            raise ValueError(f"{self.name.en} is not confirmed: no article of it is quoted")
        date = self.in_force
        zh = f"{self.name.zh}，{date.year}年{date.month}月{date.day}日起施行"
        en = f"{self.name.en}, in force since {date}"
        if articles:
            first, last = min(articles), max(articles)
            one = first == last
            return Words(
                f"{zh}，第{first}条" if one else f"{zh}，第{first}至{last}条",
                f"{en}, Art. {first}" if one else f"{en}, Arts. {first}-{last}",
            )
        if self.status is Status.REPORTED:
            return Words(f"{zh}（{self.status.value.zh}）", f"{en} ({self.status.value.en})")
        return Words(zh, en)


INTERPRETATION = Source(
    Words(
        "《最高人民法院关于审理预付式消费民事纠纷案件适用法律若干问题的解释》（法释〔2025〕4号）",
        "Supreme People's Court, Interpretation on Civil Disputes over Prepaid Consumption (法释〔2025〕4号)",
    ),
    Date(2025, 5, 1),
    Status.CONFIRMED,
)
"""Why a card may be passed on at all, and what a consumer may ask for."""

CARD_MEASURES = Source(
    Words(
        "《单用途商业预付卡管理办法（试行）》（商务部令2012年第9号，经商务部令2016年第2号修改）",
        "Measures on Single-Purpose Commercial Prepaid Cards (Ministry of Commerce Order 9 of 2012, "
        "as amended by Order 2 of 2016)",
    ),
    Date(2012, 11, 1),
    Status.REPORTED,
)
"""Limits, buyers, payment, validity, custody, reports."""

E_COMMERCE_LAW = Source(
    Words("《中华人民共和国电子商务法》", "E-Commerce Law of the People's Republic of China"),
    Date(2019, 1, 1),
    Status.CONFIRMED,
)
"""How long records of transactions are kept."""

PERSONAL_INFORMATION_LAW = Source(
    Words(
        "《中华人民共和国个人信息保护法》",
        "Personal Information Protection Law of the People's Republic of China",
    ),
    Date(2021, 11, 1),
    Status.CONFIRMED,
)
"""Deletion, and how long an impact assessment is kept."""
