"""The web application's settings for the tests: a directory of its own, cheap password hashes, mail kept in memory."""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile

_directory = tempfile.mkdtemp(prefix="cardtrail-web-")
atexit.register(shutil.rmtree, _directory, ignore_errors=True)
os.environ["CARDTRAIL_DIR"] = _directory
os.environ.setdefault("CARDTRAIL_PUBLIC_URL", "http://localhost")

from cardtrail.web.settings import *  # noqa: E402, F403

STATIC_ROOT.mkdir(exist_ok=True)  # noqa: F405
if CONFIG.database is None:  # noqa: F405
    # A file, as in production: the in-memory database that Django would take lets no two threads write.
    DATABASES["default"]["TEST"] = {"NAME": f"{_directory}/test.db"}  # noqa: F405
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}  # noqa: F405
ALLOWED_HOSTS = ["*"]
LOGGING_CONFIG = None
