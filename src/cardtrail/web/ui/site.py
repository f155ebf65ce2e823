"""What every page may show about the site and its visitor, and where higher apps say how to find it out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Final, Protocol

from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser
from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.functional import cached_property
from django.utils.translation import get_language

from cardtrail.web.ui.texts import CHINESE, ENGLISH, Text
from cardtrail.web.ui.times import chosen_zone

PRODUCT: Final = Text("卡迹", "Cardtrail")
"""The product's own name, where no brand has given its."""

BrandSource = Callable[[], str]
AwaySource = Callable[[AbstractBaseUser | None], bool]
UnreadSource = Callable[[AbstractBaseUser], int]
StaffSource = Callable[[AbstractBaseUser], bool]
SectionsSource = Callable[[HttpRequest], Sequence[object]]


@dataclass(slots=True)
class Sources:
    """Functions of higher apps, given once at the start (`AppConfig.ready`), each called at most once a page.

    brand        name of the brand; empty while there is none
    ledger_away  whether the ledger cannot be reached just now; is told who asks
    unread       how many notices a person has not read
    staff        whether a person belongs to the brand's staff, for the way to the desk
    sections     the desk's sidebar, for pages of apps below the desk
    known_brand  the name that was last found, by language, for pages shown while the database is away
    """

    brand: BrandSource | None = None
    ledger_away: AwaySource | None = None
    unread: UnreadSource | None = None
    staff: StaffSource | None = None
    sections: SectionsSource | None = None
    known_brand: dict[str, str] = field(default_factory=dict)


sources: Final = Sources()


class _Demo(Protocol):
    @property
    def demo(self) -> bool: ...


@dataclass(frozen=True, slots=True)
class Tab:
    """A place in the holder's navigation; `count` is shown beside it where it is not 0."""

    icon: str
    title: Text
    url: str
    active: bool
    count: int = 0


_TABS: Final = (
    ("wallet", Text("钱包", "Wallet"), "wallet", "/wallet/"),
    ("download", Text("领取", "Claim"), "claim", "/claim/"),
    ("shop", Text("集市", "Market"), "market:browse", "/market/"),
    ("bell", Text("通知", "Notices"), "notices", "/notices/"),
    ("user", Text("我的", "Me"), "me", "/me/"),
)


class Site:
    """The site for one request, or without one for a page that must not ask anything.

    All is found out when a template first wants it: a stranger's page costs no query."""

    def __init__(self, request: HttpRequest | None) -> None:
        self._request = request

    @cached_property
    def brand(self) -> str:
        """Name of the brand, else of the product."""
        if sources.brand and not self.plain:
            sources.known_brand[self.language] = sources.brand()
        return sources.known_brand.get(self.language) or str(PRODUCT)

    @property
    def language(self) -> str:
        """The active language: `zh-hans` or `en`."""
        return ENGLISH if (get_language() or "").startswith("en") else CHINESE

    @property
    def html_language(self) -> str:
        """The active language as HTML names it."""
        return "en" if self.language == ENGLISH else "zh-Hans"

    @property
    def zone(self) -> str:
        """The time zone that the person chose, for the scripts that write times; empty where the browser's counts."""
        chosen = chosen_zone(self._request)
        return "" if chosen is None else chosen.key

    @property
    def other_language(self) -> str:
        """The language that is one tap away."""
        return CHINESE if self.language == ENGLISH else ENGLISH

    @property
    def here(self) -> str:
        """Path and query of this page, to come back to."""
        return self._request.get_full_path() if self._request else "/"

    @cached_property
    def person(self) -> AbstractBaseUser | None:
        """Who is signed in."""
        user = getattr(self._request, "user", None)
        return user if user is not None and user.is_authenticated else None

    @cached_property
    def unread(self) -> int:
        """How many notices the person has not read."""
        return sources.unread(self.person) if sources.unread and self.person else 0

    @cached_property
    def staff(self) -> bool:
        """Whether the person belongs to the brand's staff."""
        return bool(sources.staff and self.person and sources.staff(self.person))

    @cached_property
    def sections(self) -> Sequence[object]:
        """The desk's sidebar as this member of staff sees it."""
        return sources.sections(self._request) if sources.sections and self._request and self.person else ()

    @cached_property
    def ledger_away(self) -> bool:
        """Whether the ledger cannot be reached just now."""
        return bool(not self.plain and sources.ledger_away and sources.ledger_away(self.person))

    @cached_property
    def demo(self) -> bool:
        """Whether this is a demonstration."""
        config: _Demo | None = getattr(settings, "CONFIG", None)
        return config is not None and config.demo

    @property
    def plain(self) -> bool:
        """Whether there is no request to speak of: a page shown when something broke."""
        return self._request is None

    @property
    def notices_url(self) -> str:
        """Where the notices are."""
        return address("notices", "/notices/")

    @property
    def login_url(self) -> str:
        """Where to sign in."""
        return address("account_login", "/accounts/login/")

    @property
    def ledger_url(self) -> str:
        """The public page about the ledger."""
        return address("transparency", "/ledger/")

    @cached_property
    def tabs(self) -> list[Tab]:
        """The holder's navigation."""
        path = self._request.path if self._request else ""
        addresses = [address(name, fallback) for _, _, name, fallback in _TABS]
        # "/" would be the beginning of every path, so it is active only on itself.
        active = [path == url or (url != "/" and path.startswith(url)) for url in addresses]
        return [
            Tab(icon, title, url, here, self.unread if icon == "bell" else 0)
            for (icon, title, _, _), url, here in zip(_TABS, addresses, active, strict=True)
        ]


def address(name: str, fallback: str) -> str:
    """The address of a page that a higher app owns, else where it is by custom."""
    try:
        return reverse(name)
    except NoReverseMatch:
        return fallback
