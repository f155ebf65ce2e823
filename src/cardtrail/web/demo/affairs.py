"""What lands on the desks of support and risk: identities, a stopped card, an appeal, a lost card, enquiries, a gift
that risk holds."""

from __future__ import annotations

from functools import partial

from cardtrail.risk.port import Outcome
from cardtrail.web.accounts import identity
from cardtrail.web.accounts.models import Person
from cardtrail.web.cards import giving
from cardtrail.web.cards.asking import Stopped
from cardtrail.web.demo import holding
from cardtrail.web.demo.house import AUTUMN, House
from cardtrail.web.demo.issuing import approve
from cardtrail.web.demo.stage import Unplayable
from cardtrail.web.demo.wallets import Wallets
from cardtrail.web.desk import appeals, cases, losses, reasons
from cardtrail.web.desk.casework import Case
from cardtrail.web.notices import not_me
from cardtrail.web.notices.models import Notice
from cardtrail.web.ui.clock import DAY_MS, HOUR_MS, now_ms
from cardtrail.web.ui.texts import Text


class Affairs:
    """Scenes at the desk."""

    def __init__(self, house: House, wallets: Wallets) -> None:
        self._house = house
        self._wallets = wallets

    def agenda(self) -> None:
        """This season's."""
        on = self._house.stage.on
        for days_ago, key, name, number in (
            (40, "linxiaoman", "林小满", "990101199303080021"),
            (38, "lilei", "李雷", "990101199011120033"),
            (36, "zhaoyiming", "赵一鸣", "990101198807010055"),
            (35, "sunyue", "孙悦", "990101199505170064"),
        ):
            on(days_ago, 10, 2, partial(self._identify, key, name, number))
            on(days_ago - 1, 11, 40, partial(check_identity, self._house, key))
        on(1, 17, 12, lambda: self._identify("sima", "司马明远", "990101198603190078"))
        on(2, 16, 20, self._stop_aqiang)
        on(1, 21, 4, self._appeal)
        on(2, 10, 35, self._stop_xiaoman)
        on(2, 20, 11, self._report_loss)
        on(1, 10, 15, self._agree_to_loss)
        on(1, 15, 42, self._approve_loss)
        self._house.stage.at(self._house.stage.ends_ms - 8 * HOUR_MS, self._not_me)
        on(3, 14, 30, self._enquiry)
        on(21, 9, 50, self._mistake)
        on(1, 11, 5, self._void)
        ends_ms = self._house.stage.ends_ms
        self._house.stage.at(ends_ms - 5 * HOUR_MS, self._give_at_once)

    def _identify(self, key: str, name: str, number: str) -> None:
        # No region's numbers begin with 99: these are nobody's.
        identity.submit(self._house[key], "prc_id", name, number)

    def _open(self, kind: str, zh: str, en: str, person: Person | None, name: str | None, by: str) -> Case:
        serial = None if name is None else self._wallets.kept[name]
        return cases.open_case(kind, Text(zh, en), person=person, serial=serial, opener=self._house[by])

    def _freeze(self, case: Case, name: str, cause: str, more: Text | None) -> None:
        house = self._house
        intent = reasons.Intent("freeze", house.card(self._wallets.kept[name]), case, cause, more)
        house.stage.do(reasons.ask(house.stage.at_browser(house["zhenglan"]), intent))

    def _stop_aqiang(self) -> None:
        person = self._house["chenaqiang"]
        case = self._open(
            "error",
            "购卡单位来函：这张卡的购卡款被银行撤回。",
            "The buyer's bank has reversed the payment for this card.",
            person,
            "aqiang_frozen",
            "zhenglan",
        )
        self._freeze(case, "aqiang_frozen", "chargeback", None)

    def _appeal(self) -> None:
        person = self._house["chenaqiang"]
        self._house.stage.at_browser(person)
        card = self._house.card(self._wallets.kept["aqiang_frozen"])
        appeals.make(
            person, card, "这张卡是公司工会发给我的，发卡时款已付清，我这里有盖章的领取表。请尽快核实。"
        )

    def _stop_xiaoman(self) -> None:
        case = self._open(
            "enquiry",
            "风控巡检：这张卡两小时内在三家店尝试付款。",
            "Routine check: three shops tried to charge this card within two hours.",
            self._house["linxiaoman"],
            "frozen",
            "zhenglan",
        )
        more = Text("核实一般在三天内完成。", "This usually takes three days.")
        self._freeze(case, "frozen", "fraud", more)
        cases.note(case, self._house["zhenglan"], "三笔都没有付成。等湖滨店、西溪店调监控。")
        words = "您好，请问昨天下午是否去过湖滨店和西溪店？请在“我的案件”里回复。"
        cases.write_to_holder(case, self._house["wutong"], words)

    def _report_loss(self) -> None:
        person = self._house["zhaoyiming"]
        how = "卡是实体卡，放在外套口袋里，周一在地铁二号线上丢的。购卡小票还在。"
        losses.report(self._house.stage.at_browser(person), self._wallets.kept["wanted"], how)

    def _agree_to_loss(self) -> None:
        claim = losses.claims_of(self._house["zhaoyiming"]).get()
        cases.note(
            claim.case, self._house["wutong"], "小票与卡号相符，身份已核验。现持卡人可在等待期内提出异议。"
        )
        losses.agree(self._house.stage.at_browser(self._house["wutong"]), claim)

    def _approve_loss(self) -> None:
        claim = losses.claims_of(self._house["zhaoyiming"]).get()
        if claim.rebind is None:
            raise Unplayable("nobody has agreed to the loss")
        approve(self._house, claim.rebind, "zhenglan")

    def _not_me(self) -> None:
        person, serial = self._house["sunyue"], self._wallets.kept["sunyue"]
        notice = Notice.objects.filter(person=person, serial=serial).order_by("-at_ms").first()
        cards = [] if notice is None else not_me.concerns(notice)
        if notice is None or not cards:
            raise Unplayable("there is nothing that could have been somebody else")
        self._house.stage.do(not_me.stop(self._house.stage.at_browser(person), notice, cards))

    def _enquiry(self) -> None:
        case = self._open(
            "enquiry",
            "来电：出差时能不能在宁波的店用卡？",
            "Asked by telephone: can the card be used in the Ningbo shop?",
            self._house["anna"],
            "anna",
            "wutong",
        )
        cases.note(case, self._house["wutong"], "宁波店下月开业，开业后所有卡通用。")
        cases.write_to_holder(
            case, self._house["wutong"], "The Ningbo shop opens next month; your card will work there."
        )

    def _mistake(self) -> None:
        case = self._open(
            "error",
            "运河店收银机重启，担心同一单扣了两次。",
            "The till of the canal shop restarted; was the same order charged twice?",
            self._house["ouyang"],
            None,
            "wutong",
        )
        cases.note(case, self._house["wutong"], "账本上只有一笔，已回复门店。")
        said = Text(
            "账本上只有一次扣款，没有多收。", "There is one charge in the ledger; nothing was taken twice."
        )
        cases.decided(case, self._house["wutong"], said)
        cases.move(case, self._house["wutong"], Case.State.CLOSED)

    def _give_at_once(self) -> None:
        """A large card, claimed and given away from a device and a network that nobody has seen before: risk keeps it
        until staff have looked."""
        house, person = self._house, self._house["zhongqing"]
        serial = holding.claim(house, person, house.take(AUTUMN, 1000_00))
        choice = giving.Choice("", "妈妈，中秋快乐", now_ms() + 7 * DAY_MS)
        try:
            giving.give(house.stage.at_browser(person), house.card(serial), choice)
        except Stopped as stopped:
            if stopped.asked.verdict.outcome is Outcome.HOLD:
                return
        raise Unplayable("risk lets a gift pass that staff were to look at")

    def _void(self) -> None:
        house = self._house
        case = self._open(
            "error",
            "印制时污损的一张卡，购卡单位已退回。",
            "A card that was spoilt in printing; its buyer has sent it back.",
            None,
            None,
            "zhenglan",
        )
        spoilt = house.take("春日礼品卡", 200_00)
        intent = reasons.Intent("void", house.card(spoilt.serial), case, "error", None)
        reasons.ask(house.stage.at_browser(house["zhenglan"]), intent)


def check_identity(house: House, key: str) -> None:
    """Support holds what somebody has told of themselves against their document."""
    found = identity.identity_of(house[key])
    if found is None:
        raise Unplayable(f"{key} has told nobody who they are")
    identity.check(found, house["wutong"], True)
