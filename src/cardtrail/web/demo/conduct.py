"""Conduct that staff look into: a penalty that is in force and appealed against, one that waits for a second member of
staff because it is long, and a case in which nothing is decided yet."""

from __future__ import annotations

from django.http import HttpRequest

from cardtrail.deals.regions import Outcome, Side
from cardtrail.web.actions.models import Confirmation
from cardtrail.web.demo import dealing, holding
from cardtrail.web.demo.bargains import Bargains
from cardtrail.web.demo.house import SPRING, House
from cardtrail.web.demo.stage import Unplayable
from cardtrail.web.desk import appeals, cases, penalising
from cardtrail.web.desk.casework import Case
from cardtrail.web.market import desk_conduct
from cardtrail.web.market.models import Listing
from cardtrail.web.orders import acts
from cardtrail.web.orders.models import Deal
from cardtrail.web.risks.models import Penalty
from cardtrail.web.ui.texts import Text

Kind = Penalty.Kind

_FEE = Text(
    "成交之后又以“激活费”为名，要买家私下转账。",
    "After the sale, asked the buyer to pay an activation fee outside of the market.",
)
_TAKEN_BACK = Text(
    "确认收货之后，以“未收到”为由让银行撤回了货款。",
    "Confirmed that the card had come, and then had the bank take the payment back as if it had not.",
)


class Conduct:
    """Scenes of 顾言, 杜声 and 穆白, and of whoever looks into what they did."""

    def __init__(self, house: House, bargains: Bargains) -> None:
        self._house = house
        self._bargains = bargains
        self._listing: Listing
        self._deal: Deal
        self._case: Case

    def agenda(self) -> None:
        """This season's. The appeal is to be decided by somebody who had no part in the penalty."""
        on = self._house.stage.on
        on(14, 10, 22, self._offer)
        on(14, 13, 9, self._sell)
        on(13, 8, 41, self._complain)
        on(12, 19, 33, self._answer)
        on(11, 15, 20, self._rule)
        on(11, 16, 5, self._look_into_it)
        on(10, 10, 32, self._penalise)
        on(2, 19, 48, self._appeal)
        on(1, 10, 52, self._propose_a_long_one)
        on(1, 9, 15, self._ask_about_a_price)

    # 顾言: a fee that nobody owes

    def _offer(self) -> None:
        house, person = self._house, self._house["guyan"]
        faces = ((200_00, 171_00), (50_00, 46_00))
        prices = {
            holding.claim(house, person, house.take(SPRING, face)): price_minor for face, price_minor in faces
        }
        self._listing, _ = dealing.list_cards(house, person, prices, motive="cash")

    def _sell(self) -> None:
        """To somebody who trades with nobody else: whoever shares a trading partner with 顾言 has to prove who they are
        once he is under a penalty."""
        self._deal = dealing.bought(self._house, self._house["yinghe"], self._listing)

    def _complain(self) -> None:
        words = "卡收到之后，他说还要转 20 元“激活费”到他的账户，不转就把卡停掉。截图是他发来的话。"
        dealing.dispute(self._house, self._deal, "other", words, dealing.screenshot(360, 420, 240, 380))

    def _answer(self) -> None:
        dealing.answer(self._house, self._deal, "激活费是大家都收的，我只是提一句。")
        dealing.rest(self._house, self._deal, self._deal.buyer)

    def _rule(self) -> None:
        reasons = "卡成交时已激活，没有任何“激活费”。卖家承认索要，退款给买家，卡退回卖家。"
        acts.rule(self._at("wutong"), self._deal, Outcome.REFUND, reasons)

    def _look_into_it(self) -> None:
        self._at("zhenglan")
        staff = self._house["zhenglan"]
        self._case = desk_conduct.of_order(self._deal, Side.SELLER, staff)
        cases.note(self._case, staff, "争议里的截图和卖家自己的话一致。三周内第一次，没有其他投诉。")

    def _penalise(self) -> None:
        self._impose(self._case, penalising.Draft(Kind.SELL, 30, _FEE))

    def _appeal(self) -> None:
        self._at("guyan")
        penalty = Penalty.objects.get(case=self._case.number)
        appeals.make_against(
            penalty, "20 元我没有收到，也没有再提过。钱已经退了，卡也退回来了，停 30 天太久。请重新考虑。"
        )

    # 杜声: a payment that the bank took back

    def _propose_a_long_one(self) -> None:
        self._at("zhenglan")
        staff, deal = self._house["zhenglan"], self._bargains.deals["reversed"]
        deal.refresh_from_db()
        case = desk_conduct.of_order(deal, Side.BUYER, staff)
        cases.note(case, staff, "账本上卡在成交当天到账，买家次日亲自确认收货。卖家的货款被撤走。")
        made = self._impose(case, penalising.Draft(Kind.ALL, 90, _TAKEN_BACK))
        if not made.approval:
            raise Unplayable("a long penalty that one member of staff imposes alone")

    # 穆白: a price that was too good

    def _ask_about_a_price(self) -> None:
        self._at("zhenglan")
        staff = self._house["zhenglan"]
        case = desk_conduct.of_listing(self._bargains.listed["down"], staff)
        cases.note(case, staff, "百元卡标价 60 元，已先下架。等卖家说明来历，再看是否需要处罚。")

    # Staff

    def _at(self, key: str) -> HttpRequest:
        return self._house.stage.at_browser(self._house[key])

    def _impose(self, case: Case, draft: penalising.Draft) -> Confirmation:
        return penalising.impose(self._at("zhenglan"), case, draft)
