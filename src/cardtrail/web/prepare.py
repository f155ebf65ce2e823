"""Before anything runs: Django is set up, and the database and the static files are what this version needs."""

from __future__ import annotations

import os
import sys

import django
from django.core.cache import cache
from django.core.management import call_command

from cardtrail.web.health import BEAT


def start_django() -> None:
    """Set up Django by the environment. Raises `cardtrail.web.config.ConfigError` for a setting that cannot be used."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "cardtrail.web.settings")
    django.setup()


def prepare() -> None:
    """Bring the database and the static files to this version. A second time changes nothing."""
    call_command("migrate", interactive=False, verbosity=0)
    call_command("createcachetable", verbosity=0)
    cache.delete(BEAT)  # A heartbeat of the last run says nothing about this one.
    call_command("collectstatic", interactive=False, verbosity=0, clear=True)


def main() -> None:
    """Prepare, as a process of its own."""
    from cardtrail.web.config import ConfigError

    try:
        start_django()
    except ConfigError as error:
        sys.exit(f"Error: {error}")
    prepare()


if __name__ == "__main__":
    main()
