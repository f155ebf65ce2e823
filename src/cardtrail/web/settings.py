"""Django's settings, from `config`. Nothing here is for an operator to edit."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urlsplit

import django_stubs_ext
from csp.constants import NONCE, NONE, SELF

from cardtrail.web.config import database_settings, load, mail_settings, secret_key
from cardtrail.web.sqlite import use_bundled_sqlite

use_bundled_sqlite()
django_stubs_ext.monkeypatch()

CONFIG = load()
HERE = Path(__file__).parent
HTTPS = CONFIG.public_url.startswith("https://")
HOST = urlsplit(CONFIG.public_url).hostname or "localhost"

SECRET_KEY = secret_key(CONFIG.directory)
DEBUG = False
ALLOWED_HOSTS = [HOST, "localhost", "127.0.0.1", "[::1]"]

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "django_htmx",
    # Ours before allauth: our templates come first.
    "cardtrail.web.ui",
    "cardtrail.web.accounts",
    "cardtrail.web.ledger",
    "cardtrail.web.actions",
    "cardtrail.web.notices",
    "cardtrail.web.risks",
    "cardtrail.web.orders",
    "cardtrail.web.cards",
    "cardtrail.web.checkout",
    "cardtrail.web.desk",
    "cardtrail.web.market",
    "cardtrail.web.returns",
    "cardtrail.web.api",
    "cardtrail.web.webhooks",
    "cardtrail.web.transparency",
    "allauth",
    "allauth.account",
    "allauth.mfa",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "csp.middleware.CSPMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "cardtrail.web.ui.middleware.speak_as_chosen",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "cardtrail.web.accounts.middleware.keep_pages_private",
    "cardtrail.web.accounts.middleware.speak_their_language",
    "allauth.account.middleware.AccountMiddleware",
    "cardtrail.web.accounts.middleware.keep_devices",
    "cardtrail.web.accounts.middleware.require_second_factor",
    "cardtrail.web.accounts.middleware.keep_our_site",
    "django_htmx.middleware.HtmxMiddleware",
]

ROOT_URLCONF = "cardtrail.web.urls"
WSGI_APPLICATION = "cardtrail.web.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "csp.context_processors.nonce",
                "cardtrail.web.ui.context.page",
            ],
            "builtins": ["cardtrail.web.ui.templatetags.ui"],
        },
    }
]

DATABASES = {"default": database_settings(CONFIG)}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.db.DatabaseCache",
        "LOCATION": "cache",
        # Throttles and the worker's heartbeat live here: nothing may push them out early.
        "OPTIONS": {"MAX_ENTRIES": 100_000},
    }
}

# Accounts

AUTH_USER_MODEL = "accounts.Person"
AUTHENTICATION_BACKENDS = ["cardtrail.web.accounts.alongside.Backend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 10},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
LOGOUT_REDIRECT_URL = "/"

ACCOUNT_ADAPTER = "cardtrail.web.accounts.adapter.AccountAdapter"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_SIGNUP_FORM_CLASS = "cardtrail.web.accounts.forms.SignupExtra"
ACCOUNT_UNIQUE_EMAIL = True
ACCOUNT_CHANGE_EMAIL = True
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_EMAIL_VERIFICATION = "mandatory"
ACCOUNT_EMAIL_VERIFICATION_BY_CODE_ENABLED = True
ACCOUNT_EMAIL_VERIFICATION_SUPPORTS_RESEND = True
ACCOUNT_PASSWORD_RESET_BY_CODE_ENABLED = True
ACCOUNT_PASSWORD_RESET_BY_CODE_TIMEOUT = 15 * 60
ACCOUNT_EMAIL_NOTIFICATIONS = True
ACCOUNT_SESSION_REMEMBER = True
ACCOUNT_REAUTHENTICATION_REQUIRED = True
ACCOUNT_REAUTHENTICATION_TIMEOUT = 600
ACCOUNT_RATE_LIMITS = {
    # Wrong passwords and codes. What stops guessing is the limit of each account (`key`), from however many addresses
    # the guesses come: with fifty codes a day, six digits last for decades. A school, an office or a telephone company
    # has one address for hundreds of people, so an address alone is slowed down only far above that, at 120 times the
    # five guesses of an account: 500 people may all mistype within one minute. It keeps one machine from trying one
    # password on every account, and from keeping us busy.
    "login_failed": "600/m/ip,5/5m/key,50/d/key",
    "login": "1200/m/ip",
    "signup": "600/m/ip,5000/d/ip",
    "reset_password": "600/m/ip,3/m/key,20/d/key",
    "reset_password_from_key": "600/m/ip",
    "reauthenticate": "10/m/user",
}
ACCOUNT_FORMS = {
    "login": "cardtrail.web.accounts.entrance.LoginForm",
    "signup": "cardtrail.web.accounts.entrance.SignupForm",
    "reset_password": "cardtrail.web.accounts.entrance.ResetPasswordForm",
    "reset_password_from_key": "cardtrail.web.accounts.entrance.NewPasswordForm",
    "change_password": "cardtrail.web.accounts.entrance.ChangePasswordForm",
    "set_password": "cardtrail.web.accounts.entrance.SetPasswordForm",
    "add_email": "cardtrail.web.accounts.entrance.ChangeEmailForm",
    "reauthenticate": "cardtrail.web.accounts.entrance.ReauthenticateForm",
    "confirm_email_verification_code": "cardtrail.web.accounts.entrance.EmailCodeForm",
    "confirm_password_reset_code": "cardtrail.web.accounts.entrance.ResetCodeForm",
}
MFA_ADAPTER = "cardtrail.web.accounts.mfa_adapter.MFAAdapter"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_FORMS = {
    "authenticate": "cardtrail.web.accounts.entrance.SecondFactorForm",
    "reauthenticate": "cardtrail.web.accounts.entrance.SecondFactorAgainForm",
    "activate_totp": "cardtrail.web.accounts.entrance.ActivateAppForm",
    "add_webauthn": "cardtrail.web.accounts.entrance.AddPasskeyForm",
    "signup_webauthn": "cardtrail.web.accounts.entrance.SignupPasskeyForm",
    "edit_webauthn": "cardtrail.web.accounts.entrance.RenamePasskeyForm",
}
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_PASSKEY_SIGNUP_ENABLED = True
MFA_TOTP_ISSUER = "Cardtrail 卡迹"
MFA_TOTP_TOLERANCE = 1  # A telephone's clock may be half a minute off.
MFA_RATE_LIMITS = {"webauthn_login": "1200/m/ip"}
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = (
    not HTTPS
)  # Browsers allow passkeys on http://localhost, and nowhere else.

# Security

SESSION_ENGINE = "cardtrail.web.accounts.sessions"
SESSION_COOKIE_NAME = "cardtrail_session"
SESSION_COOKIE_AGE = 14 * 24 * 3600
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = HTTPS
CSRF_FAILURE_VIEW = "cardtrail.web.ui.errors.csrf_failure"
CSRF_COOKIE_NAME = "cardtrail_csrf"
CSRF_COOKIE_SECURE = HTTPS
CSRF_COOKIE_HTTPONLY = True
CSRF_TRUSTED_ORIGINS = [CONFIG.public_url]
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
SECURE_REFERRER_POLICY = "same-origin"
SECURE_HSTS_SECONDS = 365 * 24 * 3600 if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = HTTPS
X_FRAME_OPTIONS = "DENY"
DATA_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 1200

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF, NONCE],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "manifest-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
        "object-src": [NONE],
    }
}

# Languages and times: Chinese first. Texts stand in both languages side by side (`ui.say`).

LANGUAGE_CODE = "zh-hans"
LANGUAGES = [("zh-hans", "简体中文"), ("en", "English")]
LANGUAGE_COOKIE_NAME = "cardtrail_language"
LANGUAGE_COOKIE_SAMESITE = "Lax"
LANGUAGE_COOKIE_SECURE = HTTPS
USE_I18N = True
USE_TZ = True
TIME_ZONE = "Asia/Shanghai"

STATIC_URL = "/static/"
STATIC_ROOT = CONFIG.directory / "static"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
MEDIA_ROOT = CONFIG.directory / "files"

globals().update(mail_settings(CONFIG))
DEFAULT_FROM_EMAIL = f"Cardtrail 卡迹 <{CONFIG.mail_from}>"
SERVER_EMAIL = CONFIG.mail_from

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["stderr"], "level": "INFO"},
    "loggers": {
        "fontTools": {"level": "WARNING"},
        "django.server": {"level": "WARNING"},
        "django.request": {"level": "ERROR"},
    },
}

SILENCED_SYSTEM_CHECKS: list[str] = []
