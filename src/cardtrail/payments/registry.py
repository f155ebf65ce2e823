"""Which providers this installation has, read once from its environment.

`CARDTRAIL_PAY` names them, separated by commas (none: the sandbox alone, if it has a directory). Every other setting is
described in `docs/guides/payments.md`. Keys lie in files that nobody else can read; a setting that is missing, unknown
or cannot be used is one `ConfigFault`, whose text names the setting and never its value.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from cardtrail.payments.port import Provider
from cardtrail.payments.settings import ConfigFault, Settings

PREFIX = "CARDTRAIL_PAY"


class UnknownProvider(LookupError):  # noqa: N818 - it names what happened
    """No provider of that name is configured here."""


class Registry:
    """The configured providers, in the order they are named."""

    def __init__(self, providers: Mapping[str, Provider]) -> None:
        self._providers = dict(providers)

    @property
    def names(self) -> tuple[str, ...]:
        """Their names."""
        return tuple(self._providers)

    def offered(self, currency: str) -> tuple[Provider, ...]:
        """Those that take this currency."""
        return tuple(
            provider for provider in self._providers.values() if currency in provider.terms.currencies
        )

    def __getitem__(self, name: str) -> Provider:
        try:
            return self._providers[name]
        except KeyError:
            raise UnknownProvider(f"no payment provider {name!r} is configured") from None

    def __iter__(self) -> Iterator[Provider]:
        return iter(self._providers.values())

    def __len__(self) -> int:
        return len(self._providers)

    def __repr__(self) -> str:
        return f"Registry({', '.join(self._providers)})"


def load(environ: Mapping[str, str]) -> Registry:
    """The providers that the environment configures. Raises `ConfigFault`."""
    settings = Settings(environ)
    named = [name.strip() for name in settings.optional(PREFIX).split(",") if name.strip()]
    if not named and settings.optional(f"{PREFIX}_SANDBOX_DIR"):
        named = ["sandbox"]
    if len(set(named)) != len(named):
        raise ConfigFault(f"{PREFIX} names a provider twice")
    unknown = [name for name in named if name not in _MAKERS]
    if unknown:
        raise ConfigFault(f"{PREFIX} names a provider that does not exist; there are {', '.join(_MAKERS)}")
    made = {name: _MAKERS[name](settings) for name in named}
    settings.nothing_left(PREFIX, tuple(made))
    return Registry(made)


def _sandbox(settings: Settings) -> Provider:
    from cardtrail.payments.sandbox.client import from_settings

    return from_settings(settings)


def _alipay(settings: Settings) -> Provider:
    from cardtrail.payments.alipay.provider import from_settings

    return from_settings(settings)


def _wechat(settings: Settings) -> Provider:
    from cardtrail.payments.wechat.provider import from_settings

    return from_settings(settings)


def _stripe(settings: Settings) -> Provider:
    from cardtrail.payments.stripe.provider import from_settings

    return from_settings(settings)


# Each is imported only where it is configured: the vendors' libraries take a while to load.
_MAKERS: dict[str, Callable[[Settings], Provider]] = {
    "sandbox": _sandbox,
    "alipay": _alipay,
    "wechat": _wechat,
    "stripe": _stripe,
}
