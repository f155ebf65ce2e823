"""Settings of the providers: values and key files, each named in the one error there is."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

_MAX_FILE_BYTES = 64 * 1024


class ConfigFault(ValueError):  # noqa: N818 - it names what happened
    """A setting that is missing, unknown or unusable. The text names it and what to do, and holds no value of it."""


class Settings:
    """Environment-like values, and which of them were asked for."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._environ = environ
        self._asked: set[str] = set()

    def optional(self, name: str, default: str = "") -> str:
        """A value, or the default where it is not set."""
        self._asked.add(name)
        return self._environ.get(name, "").strip() or default

    def needed(self, name: str) -> str:
        """A value. Raises `ConfigFault` where it is not set."""
        value = self.optional(name)
        if not value:
            raise ConfigFault(f"{name} is not set")
        return value

    def secret_file(self, name: str) -> bytes:
        """The content of the file that a setting names, for its owner's eyes only. Raises `ConfigFault`."""
        return self._file(name, secret=True)

    def public_file(self, name: str) -> bytes:
        """The content of the file that a setting names. Raises `ConfigFault`."""
        return self._file(name, secret=False)

    def nothing_left(self, prefix: str, providers: tuple[str, ...]) -> None:
        """Raises `ConfigFault` for a setting of a configured provider that nothing reads: most likely misspelt."""
        prefixes = tuple(f"{prefix}_{name.upper()}_" for name in providers)
        left = sorted(
            name
            for name in self._environ
            if prefixes and name.startswith(prefixes) and name not in self._asked
        )
        if left:
            raise ConfigFault(f"{', '.join(left)}: there is no such setting")

    def _file(self, name: str, *, secret: bool) -> bytes:
        path = Path(self.needed(name))
        try:
            # Opened once and not through a link, so that what is read is what was looked at.
            descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | (os.O_NOFOLLOW if secret else 0))
        except OSError:
            raise ConfigFault(f"the file that {name} names cannot be opened") from None
        try:
            if secret and os.fstat(descriptor).st_mode & 0o077:
                raise ConfigFault(f"the file that {name} names can be read by others; run chmod 600 on it")
            content = os.read(descriptor, _MAX_FILE_BYTES)
        except OSError:
            raise ConfigFault(f"the file that {name} names cannot be read") from None
        finally:
            os.close(descriptor)
        if not content.strip():
            raise ConfigFault(f"the file that {name} names is empty")
        return content
