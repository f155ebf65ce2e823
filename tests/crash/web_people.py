"""People who use the pages while servers die under them: a thousand things done, each by its real forms."""

from __future__ import annotations

import random
import re
import threading
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from tests.crash.web_browser import Browser, Fields, Page, choices

_CARD = re.compile(r'href="(/cards/\d{16}/)"')
_GIFT = re.compile(r'href="(/gifts/[0-9a-f-]{36}/)"')
_LINK = re.compile(r'id="link">http://[^/<]+(/c/\d{16})#([\w-]+)<')
_CODE = re.compile(r'class="big number">(\d{4} \d{4})<')


@dataclass
class World:
    """What the people know of each other: codes to claim, links that were passed on, payments at the till.

    left    how many things are still to be done by all together
    done    what was done, by kind
    """

    codes: list[tuple[str, str]]
    left: int
    links: list[tuple[int, str, str]] = field(default_factory=list)
    paid: list[str] = field(default_factory=list)
    done: Counter[str] = field(default_factory=Counter)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def take_turn(self) -> bool:
        """Whether there is something left to do; one thing less afterwards."""
        with self.lock:
            self.left -= 1
            return self.left >= 0

    def count(self, what: str) -> None:
        """Something was done."""
        with self.lock:
            self.done[what] += 1


class Holder:
    """One person. What they choose follows from the seed; what becomes of it, from everybody else, too."""

    def __init__(self, world: World, place: int, browser: Browser, till: Browser) -> None:
        self.world = world
        self.place = place
        self.browser = browser
        self.till = till
        self.random = random.Random(place)
        self.cards: list[str] = []
        self._code_form: Fields = []
        self.acts: list[tuple[Callable[[], bool], int]] = [
            (self.claim, 5),
            (self.give, 5),
            (self.take, 5),
            (self.take_back, 2),
            (self.split, 2),
            (self.merge, 2),
            (self.pay, 5),
            (self.refund, 2),
            (self.read_notices, 1),
        ]

    def live(self) -> None:
        """Do things until all together have done enough."""
        while self.world.take_turn():
            acts = [act for act, _ in self.acts]
            for act in dict.fromkeys(self.random.choices(acts, [weight for _, weight in self.acts], k=12)):
                if act():
                    self.world.count(act.__name__)
                    break
            else:
                assert self.claim() or self.read_notices()
                self.world.count("otherwise")

    def look(self) -> None:
        """The wallet, and which cards are in it."""
        page = self.browser.get("/")
        assert page.status == 200, page
        self.cards = list(dict.fromkeys(_CARD.findall(page.text)))
        self.random.shuffle(self.cards)

    def claim(self) -> bool:
        """Claim a card by its code, typed."""
        with self.world.lock:
            if not self.world.codes:
                return False
            number, code = self.world.codes.pop()
        form = self.browser.get("/claim/").form('name="code"')
        page = self.browser.send("/claim/", form, follow=False, number=number, code=code)
        if page.status == 429:
            with self.world.lock:
                self.world.codes.insert(0, (number, code))
            return False
        assert page.status == 302, (page.path, page.status, _said(page))
        return True

    def give(self) -> bool:
        """Set a card aside by link, and hand the link on. Whether there is a link: a gift that risk holds has none."""
        page = self._form("give/", 'name="how"')
        if page is None:
            return False
        asked = self.browser.send(page.path, page.form('name="how"'), how="link", note="给你", step="check")
        given = self.browser.send(page.path, asked.form('value="confirm"'), step="confirm")
        return self._pass_on(given)

    def take(self) -> bool:
        """Open a link that somebody passed on, now and then one that was passed on to others too, and take the card."""
        with self.world.lock:
            others = [link for link in self.world.links if link[0] != self.place]
            if not others:
                return False
            link = self.random.choice(others)
            if self.random.random() < 0.7:
                self.world.links.remove(link)
        _, path, secret = link
        opened = self.browser.send(f"{path}/look", [], secret=secret)
        if opened.status != 200:
            assert opened.status == 410, (opened.status, opened.text)
            return True
        self.browser.send(f"{path}/take", opened.form('name="secret"'), follow=False, secret=secret)
        return True

    def take_back(self) -> bool:
        """Take back a gift that nobody has taken; pass the links of others on again."""
        page = self.browser.get("/gifts/")
        own = list(dict.fromkeys(_GIFT.findall(page.text)))
        self.random.shuffle(own)
        for path in own[:4]:
            gift = self.browser.get(path)
            if "take-back/" not in gift.text:
                continue
            if self.random.random() < 0.5:
                self._pass_on(gift)
                return True
            self.browser.send(f"{path}take-back/", gift.form('name="token"'), follow=False)
            return True
        return False

    def split(self) -> bool:
        """Turn a card into two or three."""
        parts = self.random.choice(("2", "3"))
        page = self._form("split/", 'name="part_0"', f"?parts={parts}")
        if page is None:
            return False
        asked = self.browser.send(page.path, page.form('name="part_0"'), step="check", parts=parts)
        if 'value="confirm"' not in asked.text:
            return False
        self.browser.send(page.path, asked.form('value="confirm"'), follow=False, step="confirm")
        return True

    def merge(self) -> bool:
        """Turn two cards into one."""
        page = self._form("merge/", 'name="serials"')
        if page is None:
            return False
        other = self.random.choice(choices(page.text, "serials"))
        asked = self.browser.send(page.path, page.form('name="serials"'), step="check", serials=other)
        if 'value="confirm"' not in asked.text:
            return False
        self.browser.send(page.path, asked.form('value="confirm"'), follow=False, step="confirm")
        return True

    def pay(self) -> bool:
        """Pay at the till: the cashier asks for an amount, the holder types the code and confirms."""
        amount = f"{self.random.randrange(100, 6000) / 100:.2f}"
        asking = self.till.get("/pay/till/").form('name="amount"')
        asked = self.till.send("/pay/till/", asking, amount=amount)
        code = _CODE.search(asked.text)
        assert code is not None, (asked.path, asked.status, _said(asked))
        if not self._code_form:
            self._code_form = self.browser.get("/pay/").form('name="code"')
        entered = self.browser.send("/pay/", self._code_form, code=code[1])
        if 'value="check"' not in entered.text:
            return False
        path = entered.path.partition("?")[0]
        several = {} if choices(entered.text, "card") else {"several": "1"}
        checked = self.browser.send(path, entered.form('value="check"'), step="check", **several)
        if 'value="confirm"' not in checked.text:
            return False
        self.browser.send(path, checked.form('value="confirm"'), follow=False, step="confirm")
        with self.world.lock:
            self.world.paid.append(asked.path)
        return True

    def refund(self) -> bool:
        """The cashier gives some of a payment back, or all of it."""
        with self.world.lock:
            if not self.world.paid:
                return False
            path = self.random.choice(self.world.paid)
        page = self.till.get(path)
        if 'name="left"' not in page.text:
            return False
        form = page.form('name="left"')
        left = int(dict(form)["left"])
        amount = left if self.random.random() < 0.4 else max(1, left // 3)
        self.till.send(f"{path}refund/", form, follow=False, amount=f"{amount / 100:.2f}")
        return True

    def read_notices(self) -> bool:
        """Look at the notices: they count as read from then on."""
        page = self.browser.get("/notices/")
        assert page.status == 200, page
        return True

    def _form(self, what: str, holding: str, query: str = "") -> Page | None:
        """A form for one of the cards; none if the cards at hand allow none."""
        self.look()
        for card in self.cards[:2]:
            page = self.browser.get(f"{card}{what}{query}")
            if holding in page.text:
                return Page(page.path.partition("?")[0], page.status, page.text)
        return None

    def _pass_on(self, page: Page) -> bool:
        found = _LINK.search(page.text)
        if found is None:
            return False
        with self.world.lock:
            self.world.links.append((self.place, found[1], found[2]))
        return True


def live(holders: Sequence[Holder]) -> None:
    """Let all of them live at once, until all is done. Raises the first of what anybody met."""
    troubles: list[BaseException] = []

    def one(holder: Holder) -> None:
        try:
            holder.live()
        except BaseException as error:  # noqa: BLE001 - handed to whoever waits
            troubles.append(error)
            with holder.world.lock:
                holder.world.left = 0
        finally:
            holder.browser.close()
            holder.till.close()

    threads = [threading.Thread(target=one, args=(holder,)) for holder in holders]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if troubles:
        raise troubles[0]


def _said(page: Page) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", page.text.partition("<main")[2]).split())[:600]
