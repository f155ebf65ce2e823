"""A small world round one order: a provider, a ledger, people, post that gets lost, and processes that are killed.

The world knows where money and card *really* are, for the provider and the ledger of this model count them. The machine
knows only what it is told. What must hold whatever happens is checked after each step (`check`) and once everything has
come to rest (`settle`). It shares nothing with the machine but its events and effects."""

from __future__ import annotations

from cardtrail.deals import effects as f
from cardtrail.deals import events as e
from cardtrail.deals.codes import Refused
from cardtrail.deals.deadlines import Outage
from cardtrail.deals.order import Order, decide
from cardtrail.deals.outages import with_outages
from cardtrail.deals.parts import Pace, Payment
from cardtrail.deals.regions import Advice, CardAt, Dispute, Gate, Outcome, Stage, StrayAt
from tests.deals.builders import BALANCE, BUYER, COLLEAGUE, DAY, HASH, HOUR, PRICE, SELLER, STAFF, T0, new

PACES = (Pace(0), Pace(2 * HOUR), Pace(72 * HOUR), Pace(24 * HOUR, 48 * HOUR))
HARD_STOP_OF_ALL_MS = 200 * DAY
"""Payment, risk, delivery, 72 h, a dispute's 30 d and a day for the card, a chargeback's 120 d: less than this."""

MINE = (
    f.DropWaiting,
    f.FreeListing,
    f.SellListing,
    f.Record,
    f.Tell,
    f.OpenCase,
    f.ClaimOnSeller,
    f.DropClaim,
)
"""Effects on our own rows: done in the decision's own transaction."""


class Broken(AssertionError):  # noqa: N818 - it names what happened
    """Something that must hold does not."""


def must(holds: bool, what: object) -> None:
    if not holds:
        raise Broken(what)


class Provider:
    """Holds the buyers' money. An idempotency key gets its first answer for ever."""

    def __init__(self) -> None:
        self.paid: dict[str, Payment] = {}
        self.held: dict[str, int] = {}
        self.refunded: dict[str, int] = {}
        self.released: dict[str, int] = {}
        self.taken: dict[str, int] = {}
        self.owed = 0
        self.answers: dict[str, e.Event] = {}
        self.acts: list[str] = []
        self.closed_accounts = 0
        self.closed = False
        self.backs: dict[str, bool | None] = {}

    def pay(self, payment: Payment) -> e.Event:
        self.paid[payment.id] = payment
        self.held[payment.id] = payment.amount_minor
        return e.Paid(payment)

    def refund(self, effect: f.Refund) -> e.Event:
        if effect.key in self.answers:
            return self.answers[effect.key]
        id, amount = effect.payment_id, effect.amount_minor
        if self._not_now() or self.held.get(id, 0) < amount or effect.currency != self.paid[id].currency:
            return e.RefundRefused(id, "not_now")
        self.held[id] -= amount
        self.refunded[id] = self.refunded.get(id, 0) + amount
        self.acts.append(effect.key)
        self.answers[effect.key] = e.Refunded(id, amount)
        return self.answers[effect.key]

    def release(self, effect: f.Release, id: str) -> e.Event:
        if effect.key in self.answers:
            return self.answers[effect.key]
        if self._not_now() or self.held.get(id, 0) < effect.amount_minor:
            return e.ReleaseRefused("not_now")
        self.held[id] -= effect.amount_minor
        self.released[id] = self.released.get(id, 0) + effect.amount_minor
        self.acts.append(effect.key)
        self.answers[effect.key] = e.Released(effect.amount_minor)
        return self.answers[effect.key]

    def charge_back(self, id: str) -> e.Event | None:
        """The payer's bank takes the whole payment, from where it is. Once for each payment."""
        whole = self.paid[id].amount_minor
        if id in self.backs or self.refunded.get(id, 0):
            return None
        if self.held[id] == whole:
            self.held[id] = 0
        else:
            self.owed += whole
        self.taken[id] = whole
        self.backs[id] = None
        return e.ChargedBack(id, whole)

    def end_chargeback(self, id: str, won: bool) -> e.Event:
        self.backs[id] = won
        if won:
            whole = self.taken.pop(id)
            if self.owed:
                self.owed -= whole
            else:
                self.held[id] += whole
        return e.ChargebackEnded(id, won)

    def query(self) -> list[e.Event]:
        """All it knows, in no helpful order."""
        found: list[e.Event] = []
        for id, payment in self.paid.items():
            found.append(e.Paid(payment))
            if self.refunded.get(id):
                found.append(e.Refunded(id, self.refunded[id]))
            if self.released.get(id):
                found.append(e.Released(self.released[id]))
            if id in self.backs:
                found.append(e.ChargedBack(id, payment.amount_minor))
            if self.backs.get(id) is not None:
                found.append(e.ChargebackEnded(id, bool(self.backs[id])))
        found += [e.StillHeld()] if any(self.held.values()) else []
        return found

    def check(self) -> None:
        for id, payment in self.paid.items():
            parts = (self.held[id], self.refunded.get(id, 0), self.released.get(id, 0))
            taken = 0 if self.owed else self.taken.get(id, 0)
            must(sum(parts) + taken == payment.amount_minor and min(parts) >= 0, ("money", id, parts, taken))
        must(len(set(self.acts)) == len(self.acts), ("done twice", self.acts))

    def _not_now(self) -> bool:
        self.closed_accounts, refuses = max(0, self.closed_accounts - 1), self.closed_accounts > 0
        return refuses


class Ledger:
    """Knows whose the card is. A command gets its first answer for ever."""

    def __init__(self) -> None:
        self.owner = SELLER
        self.held = True
        self.aside = False
        self.frozen = False
        self.used = False
        self.blocked = False
        self.will_not_set_aside = False
        self.answers: dict[str, e.Event] = {}

    def do(self, effect: f.Effect) -> e.Event | None:
        if effect.key not in self.answers:
            answer = self._do(effect)
            if answer is None:
                return None
            self.answers[effect.key] = answer
        return self.answers[effect.key]

    def _do(self, effect: f.Effect) -> e.Event | None:
        if isinstance(effect, f.Deliver):
            if self.blocked or not self.held:
                return e.DeliveryRefused("card_frozen")
            self.owner, self.held = BUYER, False
            return e.Delivered(BALANCE)
        if isinstance(effect, f.SetCardAside):
            if self.used or self.will_not_set_aside or self.owner != BUYER:
                return e.SetAsideRefused("too_many_hops")
            self.aside = True
            return e.SetAside()
        if isinstance(effect, f.EndAside):
            if not self.aside:
                return e.AsideEndRefused("card_not_held")
            self.aside = False
            return e.AsideEnded()
        if isinstance(effect, f.Freeze):
            if self.used or self.owner != BUYER:
                return e.FreezeRefused("card_dead")
            self.frozen = True
            return e.Frozen()
        if isinstance(effect, f.Unfreeze):
            self.frozen = False
            return e.Unfrozen()
        if isinstance(effect, f.GiveBack | f.RecoverCard):
            if self.owner != BUYER or self.used or not (self.aside or self.frozen):
                return e.GiveBackRefused("hold_expired")
            self.owner, self.aside, self.frozen = SELLER, False, False
            return e.GivenBack()
        return None

    def use(self) -> e.Event | None:
        if self.owner != BUYER or self.aside or self.frozen:
            return None
        self.used = True
        return e.CardUsed("redeemed")


class World:
    """One order in its world. `act(name, number)` does one thing; the number picks among its variants."""

    def __init__(self, number: int = 0) -> None:
        self.now_ms = T0
        self.order: Order = new(PACES[number % len(PACES)])
        self.provider, self.ledger = Provider(), Ledger()
        self.post: list[e.Event] = []
        self.due: dict[str, f.AnyEffect] = {}
        self.known: dict[str, f.AnyEffect] = {}
        self.mine: list[f.AnyEffect] = []
        self.keys: dict[str, str] = {}
        self.ended_as: Stage | None = None
        self.a_person_decided = False
        self.charged_back = False
        self.outages: list[Outage] = []
        self.waiting: set[str] = set()

    # One step.

    def act(self, name: str, number: int) -> None:
        getattr(self, f"_{name}")(number)
        self.check()

    def tell(self, event: e.Event) -> None:
        """The machine hears of something; what it decides is committed at once."""
        answer = decide(self.order, event, self.now_ms)
        if isinstance(answer, Refused):
            return
        if answer.after is not self.order:
            must(answer.after.version == self.order.version + 1, "a version is skipped")
        refused, self.order = self.order.gate is Gate.BLOCKED, answer.after
        held = self.order.gate is Gate.PAYOUT_HOLD
        for effect in answer.effects:
            must(not (held and isinstance(effect, f.Release)), "paid out before a person has looked")
            must(
                not (refused and isinstance(effect, f.Release)) or isinstance(event, e.DecideDispute),
                "paid out by others than staff, who would not have it paid",
            )
            self._enter(effect)

    def _enter(self, effect: f.AnyEffect) -> None:
        before = self.known.get(effect.key)
        must(before is None or before == effect, ("one key for two things", before, effect))
        self.known[effect.key] = effect
        self._note_waiting(effect)
        if isinstance(effect, f.Release | f.Refund):
            # One key for each payout: another key would be another payout.
            whom = effect.payment_id if isinstance(effect, f.Refund) else "seller"
            must(self.keys.setdefault(whom, effect.key) == effect.key, ("two keys", whom, effect.key))
        if not isinstance(effect, MINE):
            self.due[effect.key] = effect
        elif before is None:
            self.mine.append(effect)
            if isinstance(effect, f.FreeListing):
                must(self.ledger.owner == SELLER, "the card is offered again and is not the seller's")

    def _note_waiting(self, effect: f.AnyEffect) -> None:
        """What the buyer has agreed to with their dispute, and what became of it."""
        match effect:
            case f.SetCardAside():
                self.waiting = {"give_up", "end_sale"}
            case f.GiveBack():
                self.waiting.discard("give_up")
            case f.EndAside():
                self.waiting.discard("end_sale")
            case f.DropWaiting():
                self.waiting.difference_update(effect.orders)

    def _run(self, number: int) -> None:
        """Carry out one effect: well, or killed before it or after it, or its answer lost."""
        if not self.due:
            return
        effect = self.due[list(self.due)[number % len(self.due)]]
        way = ("well", "killed_before", "killed_after", "answer_lost", "told_twice")[number // 7 % 5]
        if way == "killed_before":
            return
        answers = self._carry_out(effect, number)
        if way != "killed_after":
            self.due.pop(effect.key, None)
        if way != "answer_lost":
            self.post += answers * (2 if way == "told_twice" else 1)

    def _carry_out(self, effect: f.AnyEffect, number: int) -> list[e.Event]:
        if isinstance(effect, f.Refund):
            return [self.provider.refund(effect)]
        if isinstance(effect, f.Release):
            must(self.order.payment is not None, "released without a payment")
            return [self.provider.release(effect, self.order.payment.id)]
        if isinstance(effect, f.AskProvider):
            return self.provider.query()
        if isinstance(effect, f.ClosePayment):
            self.provider.closed = True
            return self.provider.query()
        if isinstance(effect, f.AskLedger):
            return self._ask_ledger(effect)
        if isinstance(effect, f.AskRisk):
            return [e.Verdict(effect.question, list(Advice)[number // 3 % 4])]
        if isinstance(effect, f.AskStepUp):
            return [(e.StepUpPassed(), e.StepUpFailed())[number // 3 % 2]]
        answer = self.ledger.do(effect)
        return [] if answer is None else [answer]

    def _ask_ledger(self, effect: f.AskLedger) -> list[e.Event]:
        kinds = {
            "deliver": f.Deliver,
            "set_aside": f.SetCardAside,
            "freeze": f.Freeze,
            "end_aside": f.EndAside,
            "give_back": (f.GiveBack, f.RecoverCard),
        }
        asked = [key for key, each in self.known.items() if isinstance(each, kinds[effect.about])]
        return [self.ledger.answers[key] for key in asked if key in self.ledger.answers]

    def _deliver_post(self, number: int) -> None:
        """One letter arrives: any of those under way, once or once more, or never."""
        if not self.post:
            return
        place = number % len(self.post)
        how = number // 11 % 4
        event = self.post[place] if how == 1 else self.post.pop(place)
        if how != 2:
            self.tell(event)

    # People.

    def _pay(self, number: int) -> None:
        amount = (PRICE, PRICE, PRICE, PRICE - 1, PRICE + 1)[number % 5]
        currency = ("CNY", "CNY", "CNY", "USD")[number // 5 % 4]
        id = f"p{len(self.provider.paid) + 1}"
        if len(self.provider.paid) < 4 and not self.provider.closed:
            fits = number // 20 % 4 != 3
            self.post.append(self.provider.pay(Payment(id, amount, currency, "account", fits, self.now_ms)))

    def _begin_payment(self, number: int) -> None:
        self.tell(e.PaymentBegun() if number % 3 else e.PaymentFailed())

    def _people(self, number: int) -> None:
        by, part = (BUYER, SELLER)[number % 2], (10_00, 20_00)[number // 2 % 2]
        events = (
            e.Cancel(BUYER), e.Confirm(BUYER), e.OpenDispute(BUYER, "empty", HASH), e.DropDispute(BUYER),
            e.Concede(SELLER), e.GiveEvidence(by, HASH), e.EvidenceDone(by), e.ProposeSplit(by, part),
            e.AcceptSplit(by, part), e.AcceptDecision(by), e.Appeal(by, HASH),
        )  # fmt: skip
        self.tell(events[number // 4 % len(events)])

    def _dispute(self, number: int) -> None:
        self.tell(e.OpenDispute(BUYER, "empty", HASH))

    def _staff(self, number: int) -> None:
        outcome = list(Outcome)[number % 3]
        escalated = self.order.dispute is Dispute.ESCALATED
        before = self.order
        events = (
            e.DecideDispute(STAFF, outcome, 10_00),
            e.DecideAppeal((STAFF, COLLEAGUE)[number // 3 % 2], outcome, 10_00),
            e.ReviewRisk(STAFF, bool(number // 3 % 2)),
            e.Delisted(),
            e.PartyGone((BUYER, SELLER)[number // 3 % 2], "suspended"),
            e.CardUnusable("card_frozen"),
        )
        self.tell(events[number // 6 % len(events)])
        self.a_person_decided |= escalated and self.order is not before

    def _use(self, number: int) -> None:
        used = self.ledger.use()
        if used is not None:
            self.post.append(used)

    def _trouble(self, number: int) -> None:
        """The ledger will not deliver or not set aside; the provider cannot pay for a while."""
        trouble = number % 3
        if trouble == 0 and self.ledger.owner == SELLER:
            self.ledger.blocked = True
        elif trouble == 1:
            self.ledger.will_not_set_aside = True
        else:
            self.provider.closed_accounts = 1 + number // 3 % 3

    def _charge_back(self, number: int) -> None:
        accepted = self.order.payment
        if accepted is None or number // 2 % 3:
            return
        if accepted.id in self.provider.backs:
            if (
                self.provider.backs[accepted.id] is None
                and self.order.chargeback is not None
                and self.order.chargeback.won is None
            ):
                self.post.append(self.provider.end_chargeback(accepted.id, won=bool(number % 2)))
            return
        event = self.provider.charge_back(accepted.id)
        if event is not None:
            self.charged_back = True
            self.post.append(event)

    # Time.

    def _wait(self, number: int) -> None:
        """Up to the next deadline: 1 ms before it, at it, or a little after; the clock may also be set back."""
        next_ms = self.order.next_ms
        if next_ms is not None:
            self.now_ms = max(self.now_ms, next_ms + (-1, 0, 0, 1, HOUR)[number % 5])
        if number % 17 == 0:
            self.now_ms -= HOUR

    def _fire(self, number: int) -> None:
        for deadline in self.order.deadlines:
            self.tell(e.DeadlinePassed(deadline.timer))

    def _outage(self, number: int) -> None:
        """We were away for a while, and say so before anything else happens."""
        end_ms = self.now_ms + (1, HOUR, DAY)[number % 3]
        self.outages.append(Outage(self.now_ms, end_ms))
        self.now_ms = end_ms
        self.order = with_outages(self.order, self.outages)

    # What must hold.

    def check(self) -> None:
        self.provider.check()
        if self.ended_as is not None:
            must(self.order.stage is self.ended_as, ("an end was left", self.ended_as, self.order.stage))
        if self.order.terminal:
            self.ended_as = self.order.stage
        records = [effect for effect in self.mine if isinstance(effect, f.Record)]
        must(len(records) == int(self.order.terminal), ("recorded", len(records)))
        if self.order.card is CardAt.FREE:
            must(self.ledger.owner == SELLER, "free, and not the seller's")

    def settle(self) -> None:
        """Let everything come to rest, with nobody doing anything but what is due, and look at the end. It begins with
        what is done every night and on start: the provider is asked for all it knows of this order."""
        start_ms = self.now_ms
        self.post += self.provider.query()
        self.provider.closed_accounts = 0
        for _ in range(600):
            while self.due or self.post:
                for effect in list(self.due.values()):
                    self.due.pop(effect.key, None)
                    self.post += self._carry_out(effect, 0)
                while self.post:
                    self.tell(self.post.pop(0))
                    self.check()
            if self.order.dispute is Dispute.ESCALATED and self.order.stage is Stage.DISPUTED:
                self.a_person_decided = True
                self.tell(e.DecideDispute(STAFF, Outcome.SPLIT, 10_00))
                continue
            if self.order.gate is Gate.PAYOUT_HOLD and self.order.stage is Stage.CONFIRMED:
                self.tell(e.ReviewRisk(STAFF, self.order.version % 2 == 0))
                continue
            next_ms = self.order.next_ms
            if next_ms is None:
                break
            self.now_ms = max(self.now_ms, next_ms)
            self.tell(e.DeadlinePassed(self.order.deadlines[0].timer))
            self.check()
        must(self.order.next_ms is None, ("never comes to rest", self.order))
        must(self.order.terminal, ("stuck", self.order))
        must(self.now_ms - start_ms < HARD_STOP_OF_ALL_MS, "beyond the hard stop")
        self._look_at_the_end()

    def _look_at_the_end(self) -> None:
        order, provider = self.order, self.provider
        for stray in order.strays:
            must(stray.at is StrayAt.REFUNDED, ("a stray is not back", stray))
            must(
                provider.refunded[stray.payment.id] == stray.payment.amount_minor, "a stray is not back whole"
            )
        heard = {stray.payment.id for stray in order.strays} | (
            {order.payment.id} if order.payment else set()
        )
        must(heard == set(provider.paid), ("a payment nobody knows of", heard))
        if order.payment is not None:
            id = order.payment.id
            must(provider.held[id] == 0, "money is left")
            must(order.refunded_minor == provider.refunded.get(id, 0), "refunded otherwise than known")
            must(order.released_minor == provider.released.get(id, 0), "released otherwise than known")
        must(not self.waiting, ("an order of the buyer's waits for ever", self.waiting))
        if self.charged_back or self.a_person_decided:
            return
        has_card = BUYER if self.ledger.owner == BUYER else SELLER
        paid_out, paid_back = order.released_minor, order.refunded_minor
        ends = {
            Stage.COMPLETED: (BUYER, PRICE, 0),
            Stage.SPLIT: (BUYER, PRICE - paid_back, paid_back),
            Stage.REFUNDED: (SELLER, 0, PRICE),
            Stage.CANCELLED: (SELLER, 0, 0),
        }
        must(
            (has_card, paid_out, paid_back) == ends.get(order.stage),
            ("card and money", order.stage, has_card, paid_out, paid_back),
        )
        stopped = self.ledger.owner == BUYER and (self.ledger.aside or self.ledger.frozen)
        must(not stopped, "the buyer's card stays stopped")


ACTIONS = (
    "run", "run", "run", "run", "deliver_post", "deliver_post", "deliver_post", "deliver_post", "pay", "begin_payment",
    "people", "people", "dispute", "staff", "staff", "use", "trouble", "charge_back", "wait", "fire", "fire", "outage",
)  # fmt: skip
