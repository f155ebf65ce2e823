"""Quarterly reports from the projection: they follow from the log, so anybody who replays it gets the same."""

from __future__ import annotations

from django.db.models import Count, Sum

from cardtrail.client.errors import ProofError
from cardtrail.compliance.dates import Calendar, Quarter, quarter_at
from cardtrail.compliance.report import Flows, QuarterReport, report_due
from cardtrail.web.desk.brand import Brand
from cardtrail.web.desk.issuer import CURRENCY, issuer_kind, owed_before
from cardtrail.web.documents.paper import Issuer
from cardtrail.web.documents.quarterly_report import Particulars, ProductFigures, quarterly_report
from cardtrail.web.ledger.link import client
from cardtrail.web.ledger.models import Card, DayFlow, Movement, Position, Product
from cardtrail.web.ui.clock import day_of, now_ms

_FLOWS = ("issued", "redeemed", "refunded", "voided", "transfers")


def quarters() -> list[Quarter]:
    """Every quarter since the first flow, the present one first."""
    first = DayFlow.objects.filter(currency=CURRENCY).order_by("day").first()
    present = quarter_at(now_ms())
    if first is None:
        return [present]
    found, quarter = [present], present
    while day_of(quarter.start_ms) > first.day:
        quarter = quarter.previous
        found.append(quarter)
    return found


def report_of(quarter: Quarter) -> QuarterReport:
    """A quarter's report; of the present quarter, how it stands now."""
    sums = _sums(quarter)
    opening, closing = owed_before(quarter), owed_before(quarter.next)
    return QuarterReport(
        kind=issuer_kind(),
        quarter=quarter,
        opening_fen=opening.outstanding_fen,
        flows=Flows(sums["issued"], sums["redeemed"], sums["refunded"], sums["voided"]),
        closing=closing,
        deposit_fen=_deposit_before(quarter.next),
        cover_fen=0,
    )


def report_pdf(quarter: Quarter) -> bytes:
    """The report as a document. Raises `LedgerAway`, `ProofError`, `FontMissing`."""
    report, brand = report_of(quarter), Brand.objects.first()
    present = quarter == quarter_at(now_ms())
    checkpoint = client().checkpoint()
    memory = client().memory
    if memory is None:
        raise ProofError("verifier key", "a report needs a checkpoint that can be verified")
    within = Movement.objects.filter(
        currency=CURRENCY, time_ms__gte=quarter.start_ms, time_ms__lt=quarter.next.start_ms
    )
    particulars = Particulars(
        filing_number="",
        due=report_due(report.kind, quarter, Calendar(frozenset(), frozenset())),
        custodian="",
        deposit_as_of_ms=None,
        cards_issued=within.filter(kind="issue").count(),
        cards_with_balance=Card.objects.filter(currency=CURRENCY, balance_minor__gt=0).count(),
        transfers=_sums(quarter)["transfers"],
        products=_products() if present else (),
        log_name=checkpoint.origin,
        log_size=checkpoint.size,
        log_root=checkpoint.root,
        as_of_ms=Position.objects.get(id=1).time_ms if present else quarter.next.start_ms - 1,
    )
    name = "" if brand is None else brand.name
    legal = "" if brand is None else brand.legal_name
    return quarterly_report(report, particulars, issuer=Issuer(name, legal), made_ms=now_ms())


def _sums(quarter: Quarter) -> dict[str, int]:
    days = DayFlow.objects.filter(
        currency=CURRENCY, day__gte=day_of(quarter.start_ms), day__lt=day_of(quarter.next.start_ms)
    )
    sums = days.aggregate(**{name: Sum(name) for name in _FLOWS})
    return {name: sums[name] or 0 for name in _FLOWS}


def _deposit_before(quarter: Quarter) -> int:
    row = (
        DayFlow.objects.filter(
            currency=CURRENCY, day__lt=day_of(quarter.start_ms), deposit_after__isnull=False
        )
        .order_by("-day")
        .first()
    )
    return 0 if row is None else row.deposit_after or 0


def _products() -> tuple[ProductFigures, ...]:
    names = dict(Product.objects.values_list("id", "name"))
    rows = (
        Card.objects.filter(currency=CURRENCY, balance_minor__gt=0)
        .values("product_id")
        .annotate(cards=Count("serial"), outstanding=Sum("balance_minor"))
        .order_by("product_id")
    )
    return tuple(ProductFigures(names[row["product_id"]], row["cards"], row["outstanding"]) for row in rows)
