"""All settings, read from the environment; the README lists them. Bad values stop the start."""

from __future__ import annotations

import logging
import os
import secrets
import tempfile
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured
from environs import Env
from marshmallow.validate import OneOf, Range

BASE_DIR = Path(__file__).resolve().parent.parent
env = Env()
AT_LEAST_ONE = Range(min=1)
ABOVE_ZERO = Range(min=0, min_inclusive=False)

# --- Site ---------------------------------------------------------------------------------------

DEBUG = env.bool("DEBUG", False)
DATABASE_URL = env.str("DATABASE_URL", f"sqlite:///{BASE_DIR / 'hitl.sqlite3'}")
EMBEDDED = DATABASE_URL.startswith("sqlite")


def _secret_key() -> str:
    """SECRET_KEY, the text in SECRET_KEY_FILE, or a key of its own for the embedded default."""
    if key := env.str("SECRET_KEY", ""):
        return key
    if path := env.str("SECRET_KEY_FILE", ""):
        return Path(path).read_text().strip()
    if not EMBEDDED:
        raise ImproperlyConfigured("Set SECRET_KEY or SECRET_KEY_FILE.")
    own = BASE_DIR / ".secret-key"
    if not own.exists():
        own.touch(mode=0o600)
        own.write_text(secrets.token_urlsafe(50))
    return own.read_text().strip()


SECRET_KEY = _secret_key()
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", ["localhost", "127.0.0.1", "[::1]"])
CSRF_TRUSTED_ORIGINS: list[str] = env.list("CSRF_TRUSTED_ORIGINS", [])
SITE_URL = env.str("SITE_URL", "http://localhost:8000")

INSTALLED_APPS = [
    "daphne",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "csp",
    "rest_framework",
    "reviews",
]

MIDDLEWARE = [
    "reviews.api.middleware.RefuseUnreadable",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]

ROOT_URLCONF = "hitl_site.urls"
ASGI_APPLICATION = "hitl_site.asgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
            "libraries": {"review_extras": "reviews.web.templatetags.review_extras"},
        },
    }
]

# --- Storage ------------------------------------------------------------------------------------

DATABASES = {"default": env.dj_db_url("DATABASE_URL", DATABASE_URL)}
if EMBEDDED:
    # IMMEDIATE takes the write lock at once, so that no writer fails half-way. WAL is set once,
    # by migration 0002. FULL: an accepted decision survives a power cut.
    DATABASES["default"]["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        "init_command": "PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON;",
    }
    # A file even in tests: nodes run on threads, and each thread has its own connection.
    DATABASES["default"]["TEST"] = {
        "NAME": Path(tempfile.gettempdir()) / f"signoff-test-{os.getpid()}.sqlite3"
    }
else:
    DATABASES["default"]["CONN_MAX_AGE"] = 60
    DATABASES["default"]["CONN_HEALTH_CHECKS"] = True

DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
USE_TZ = True
TIME_ZONE = "UTC"
LANGUAGE_CODE = "en"

# --- People -------------------------------------------------------------------------------------

LOGIN_URL = "login"
LOGIN_REDIRECT_URL = "inbox"
LOGOUT_REDIRECT_URL = "login"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_HTTPONLY = True
CSRF_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SITE_URL.startswith("https:")
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"

# --- Pages --------------------------------------------------------------------------------------

STATIC_URL = "static/"
STATICFILES_DIRS = [BASE_DIR / "static"]
WHITENOISE_USE_FINDERS = True  # no collectstatic step: the start is one command
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'none'"],
        "script-src": ["'self'"],
        "style-src": ["'self'"],
        "img-src": ["'self'"],
        "font-src": ["'self'"],
        "connect-src": ["'self'"],
        "form-action": ["'self'"],
        "base-uri": ["'none'"],
        "frame-ancestors": ["'none'"],
    }
}

# --- API ----------------------------------------------------------------------------------------

HITL_MAX_PAYLOAD_BYTES = env.int("HITL_MAX_PAYLOAD_BYTES", 1_000_000, validate=AT_LEAST_ONE)
DATA_UPLOAD_MAX_MEMORY_SIZE = HITL_MAX_PAYLOAD_BYTES
DATA_UPLOAD_MAX_NUMBER_FIELDS = 2000
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "reviews.api.auth.ApiKeyAuthentication",
        "rest_framework.authentication.SessionAuthentication",  # browser clients, with CSRF
    ],
    "DEFAULT_PERMISSION_CLASSES": [
        "rest_framework.permissions.IsAuthenticated",
        "reviews.api.auth.KeyScope",
    ],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["reviews.api.parsers.StrictJSONParser"],
    "EXCEPTION_HANDLER": "reviews.api.handlers.handle",
    "URL_FORMAT_OVERRIDE": None,
}

# --- Execution ----------------------------------------------------------------------------------

HITL_GRAPHS = env.str("HITL_GRAPHS", "licence_review=reviews.demo.graphs:licence_review")
HITL_WORKER = env.str("HITL_WORKER", "inprocess", validate=OneOf(["inprocess", "none"]))
HITL_CONCURRENCY = env.int("HITL_CONCURRENCY", 4, validate=AT_LEAST_ONE)
HITL_LEASE_SECONDS = env.float("HITL_LEASE_SECONDS", 30, validate=ABOVE_ZERO)
HITL_SWEEP_SECONDS = env.float("HITL_SWEEP_SECONDS", 5, validate=ABOVE_ZERO)
HITL_MAX_ATTEMPTS = env.int("HITL_MAX_ATTEMPTS", 3, validate=AT_LEAST_ONE)
HITL_RECURSION_LIMIT = env.int("HITL_RECURSION_LIMIT", 100, validate=AT_LEAST_ONE)
HITL_HEARTBEAT_SECONDS = env.float("HITL_HEARTBEAT_SECONDS", 10, validate=ABOVE_ZERO)
HITL_CLAIM_SECONDS = env.int("HITL_CLAIM_SECONDS", 900, validate=AT_LEAST_ONE)
HITL_DUE_SECONDS = env.int("HITL_DUE_SECONDS", 86_400, validate=AT_LEAST_ONE)
CHANNEL_LAYER_URL = env.str("CHANNEL_LAYER_URL", "")
CHANNEL_LAYERS: dict[str, dict[str, object]] = {
    "default": {"BACKEND": "channels.layers.InMemoryChannelLayer"}
}
if CHANNEL_LAYER_URL:
    CHANNEL_LAYERS["default"] = {
        "BACKEND": "channels_redis.core.RedisChannelLayer",
        "CONFIG": {"hosts": [CHANNEL_LAYER_URL]},
    }

LOG_LEVEL = env.log_level("LOG_LEVEL", logging.INFO)
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s: %(message)s"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": "WARNING"},
    "loggers": {"reviews": {"level": LOG_LEVEL}, "django.server": {"level": "WARNING"}},
}
