"""What an operator sets: a directory, and where it matters an environment variable each. Read once, at the start.

CARDTRAIL_DIR             directory with everything that has to be kept; must be set
CARDTRAIL_DATABASE        postgresql://user:password@host:port/name; default: SQLite in DIR/web.db
CARDTRAIL_NODE            address of the ledger's node; default http://127.0.0.1:8080
CARDTRAIL_PUBLIC_URL      address under which people reach the pages; default http://localhost:8000
CARDTRAIL_TRUSTED_PROXIES networks whose forwarding headers are believed, with commas; default none
CARDTRAIL_KEK_FILE        file with the key-encryption keys; default DIR/kek.keys
CARDTRAIL_KEK             the same keys themselves, instead of a file
CARDTRAIL_SMTP            smtp://user:password@host:port (smtps:// for TLS); default: mail is written to DIR/mail
CARDTRAIL_MAIL_FROM       sender of mails; default no-reply@ the public host
"""

from __future__ import annotations

import ipaddress
import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote, urlsplit

Networks = tuple[ipaddress.IPv4Network | ipaddress.IPv6Network, ...]


class ConfigError(ValueError):
    """A setting that cannot be used. The text names the variable and what to do; it never repeats a password."""


@dataclass(frozen=True, slots=True, repr=False)
class Config:
    """The settings of one installation. Its repr shows nothing: several of them are secret.

    directory        what has to be kept: web.db, mail/, secret.key, kek.keys, ledger/ (if the node is ours)
    database         PostgreSQL's address, none for SQLite
    node             address of the ledger's node
    public_url       scheme and host under which people reach the pages, without a slash at the end
    trusted_proxies  networks whose forwarding headers are believed
    kek              key-encryption keys given by the environment, none if they are in `kek_file`
    smtp             address of the mail server, none to write mails to `directory/mail`
    """

    directory: Path
    database: str | None
    node: str
    public_url: str
    trusted_proxies: Networks
    kek: str | None
    kek_file: Path
    smtp: str | None
    mail_from: str

    @property
    def demo(self) -> bool:
        """Whether this is a demonstration, with accounts that everybody knows."""
        return (self.directory / "demo-accounts.json").exists()

    @property
    def vkey(self) -> Path:
        """The verifier key of the ledger's log, pinned."""
        return self.directory / "ledger" / "log.vkey"

    @property
    def authority_keys(self) -> Path:
        """Directory with the secret keys of the authorities that this application acts for."""
        return self.directory / "ledger" / "keys"


def load(environment: Mapping[str, str] = os.environ) -> Config:
    """The settings in an environment. Raises `ConfigError`."""
    given = environment.get("CARDTRAIL_DIR")
    if not given:
        raise ConfigError("CARDTRAIL_DIR is not set: name the directory made by `cardtrail serve --dir DIR`")
    directory = Path(given).resolve()
    public_url = environment.get("CARDTRAIL_PUBLIC_URL", "http://localhost:8000").rstrip("/")
    parts = urlsplit(public_url)
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.path or parts.query:
        raise ConfigError("CARDTRAIL_PUBLIC_URL is not an address such as https://cards.example.com")
    return Config(
        directory=directory,
        database=environment.get("CARDTRAIL_DATABASE") or None,
        node=environment.get("CARDTRAIL_NODE", "http://127.0.0.1:8080"),
        public_url=public_url,
        trusted_proxies=_networks(environment.get("CARDTRAIL_TRUSTED_PROXIES", "")),
        kek=environment.get("CARDTRAIL_KEK") or None,
        kek_file=Path(environment.get("CARDTRAIL_KEK_FILE") or directory / "kek.keys"),
        smtp=environment.get("CARDTRAIL_SMTP") or None,
        mail_from=environment.get("CARDTRAIL_MAIL_FROM") or f"no-reply@{parts.hostname}",
    )


def secret_key(directory: Path) -> str:
    """Django's secret: made once and kept in the directory, readable by its owner alone."""
    path = directory / "secret.key"
    try:
        return path.read_text(encoding="ascii").strip()
    except FileNotFoundError:
        pass
    directory.mkdir(parents=True, exist_ok=True)
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:  # Another of our processes was first.
        return path.read_text(encoding="ascii").strip()
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.write(secrets.token_urlsafe(48) + "\n")
    return path.read_text(encoding="ascii").strip()


def database_settings(config: Config) -> dict[str, object]:
    """Django's description of the database. Raises `ConfigError`."""
    if config.database is None:
        return {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": str(config.directory / "web.db"),
            "OPTIONS": {
                # Whoever is going to write says so at once and waits for its turn, instead of failing half-way.
                "transaction_mode": "IMMEDIATE",
                "timeout": 20,
                "init_command": (
                    "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON; "
                    "PRAGMA cache_size=-32000; PRAGMA mmap_size=268435456;"
                ),
            },
            "CONN_MAX_AGE": None,
        }
    try:
        parts = urlsplit(config.database)
        port = parts.port
    except ValueError:
        raise ConfigError("CARDTRAIL_DATABASE cannot be read") from None
    if parts.scheme not in {"postgresql", "postgres"} or not parts.path.strip("/"):
        raise ConfigError("CARDTRAIL_DATABASE is not postgresql://user:password@host:port/name")
    return {
        "ENGINE": "cardtrail.web.postgresql",
        "NAME": unquote(parts.path.lstrip("/")),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": unquote(parts.hostname or ""),
        "PORT": str(port or ""),
        "CONN_MAX_AGE": 600,
        "CONN_HEALTH_CHECKS": True,
    }


def mail_settings(config: Config) -> dict[str, object]:
    """Django's mail settings: a server, or files in `directory/mail`. Raises `ConfigError`."""
    if config.smtp is None:
        return {
            "EMAIL_BACKEND": "django.core.mail.backends.filebased.EmailBackend",
            "EMAIL_FILE_PATH": str(config.directory / "mail"),
        }
    try:
        parts = urlsplit(config.smtp)
        port = parts.port
    except ValueError:
        raise ConfigError("CARDTRAIL_SMTP cannot be read") from None
    if parts.scheme not in {"smtp", "smtps"} or not parts.hostname:
        raise ConfigError("CARDTRAIL_SMTP is not smtp://user:password@host:port")
    secure = parts.scheme == "smtps"
    return {
        "EMAIL_BACKEND": "django.core.mail.backends.smtp.EmailBackend",
        "EMAIL_HOST": parts.hostname,
        "EMAIL_PORT": port or (465 if secure else 587),
        "EMAIL_HOST_USER": unquote(parts.username or ""),
        "EMAIL_HOST_PASSWORD": unquote(parts.password or ""),
        "EMAIL_USE_SSL": secure,
        "EMAIL_USE_TLS": not secure and bool(parts.username),
        "EMAIL_TIMEOUT": 20,
    }


def _networks(text: str) -> Networks:
    try:
        return tuple(ipaddress.ip_network(part.strip()) for part in text.split(",") if part.strip())
    except ValueError:
        raise ConfigError(
            "CARDTRAIL_TRUSTED_PROXIES is not a list of networks such as 10.0.0.0/8, 127.0.0.1"
        ) from None
