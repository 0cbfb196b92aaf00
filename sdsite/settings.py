"""Django settings. All environment variables are read by `sdsite.env`."""

import logging
import re
import sys
from pathlib import Path
from urllib.parse import quote

from csp.constants import NONE, SELF
from django.urls import reverse_lazy

from sdsite import env, mail, redis_address, secret_key, storage

HOST_PORT = re.compile(r":[0-9]+$")

BASE_DIR = Path(__file__).resolve().parent.parent
ENV_FILE = env.load_dotenv(BASE_DIR)
ENV = env.read()
ENV_GIVEN = env.given()  # variables that somebody has set: they fix what administrators could choose otherwise

DATA_DIR: Path = ENV["SDSITE_DATA"].expanduser().absolute()
MODELS_DIR = DATA_DIR / "checkpoints"
DEBUG: bool = ENV["SDSITE_DEBUG"]
# Django knows hosts without a port; those with one are the origins of pages behind a proxy that hides the port.
_named_hosts: list[str] = ENV["SDSITE_ALLOWED_HOSTS"]
ALLOWED_HOSTS = [HOST_PORT.sub("", host) for host in _named_hosts]
_scheme = "https" if ENV["SDSITE_HTTPS"] else "http"
CSRF_TRUSTED_ORIGINS = [f"{_scheme}://{host}" for host in _named_hosts if HOST_PORT.search(host)]
TRUSTED_PROXIES: list[str] = ENV["SDSITE_TRUSTED_PROXIES"] or (["127.0.0.1", "::1"] if ENV["SDSITE_HTTPS"] else [])
ROOT_PATH = env.root_path(ENV["SDSITE_ROOT_PATH"], sys.argv)

SECRET_KEY = ENV["SDSITE_SECRET_KEY"] or secret_key.of_folder(DATA_DIR)

INSTALLED_APPS = [
    "daphne",
    "unfold",
    "unfold.contrib.filters",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "servestatic",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.openid_connect",
    "channels",
    "corsheaders",
    "csp",
    "django_rq",
    "ninja",
    "sdsite",
    "sdsite.accounts",
    "gallery",
    "generation",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "servestatic.middleware.ServeStaticMiddleware",
    "sdsite.middleware.compression.CompressionMiddleware",
    "sdsite.accounts.site_settings.per_request.read_settings_once",
    "sdsite.middleware.release_bodies.release_bodies",
    "sdsite.middleware.refused_bodies.refuse_bodies",
    "sdsite.middleware.cors.ApiCorsMiddleware",
    "csp.middleware.CSPMiddleware",
    "sdsite.middleware.sessions.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "sdsite.middleware.language.choose_language",
    "sdsite.middleware.time_zone.use_time_zone",
    "sdsite.middleware.origin.note_origin",
    "sdsite.middleware.web_seconds.count_web_seconds",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "sdsite.accounts.required_steps.gate.StepGate",
    "sdsite.middleware.null_characters.refuse_null_characters",
]

ROOT_URLCONF = "sdsite.urls"
ASGI_APPLICATION = "sdsite.asgi.application"

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
                "gallery.pages.meaning.offers_meaning",
                "sdsite.configuration.page.site",
            ],
        },
    },
]

# Database: SQLite unless DATABASE_URL is set. IMMEDIATE, because a deferred transaction that begins to write
# cannot wait for the lock and fails with "database is locked".
if ENV["DATABASE_URL"]:
    DATABASES = {"default": storage.database_from_url(ENV["DATABASE_URL"])}
else:
    DATABASES = {
        "default": {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": DATA_DIR / "sdsite.sqlite3",
            "OPTIONS": {
                "transaction_mode": "IMMEDIATE",
                "timeout": 20,
                "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA mmap_size=134217728;",
            },
        }
    }
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# Queue and events. The embedded Valkey listens on a unix socket, whose path may have 100 bytes at most.
VALKEY_SOCKET = storage.socket_path(DATA_DIR)
REDIS_URL: str = ENV["REDIS_URL"] or f"unix://{quote(str(VALKEY_SOCKET))}?db=0"
LANES = ("interactive", "batch")
_redis = redis_address.parse(REDIS_URL)
RQ_QUEUES = {name: {**_redis.for_queue(), "DEFAULT_TIMEOUT": -1} for name in LANES}
RQ = {"WORKER_CLASS": "generation.worker.gpu_worker.GpuWorker"}
CHANNEL_LAYERS = {
    "default": {
        "BACKEND": "channels_redis.pubsub.RedisPubSubChannelLayer",
        "CONFIG": {"hosts": [_redis.for_channel_layer()], "prefix": "sdsite"},
    }
}

# Files
STATIC_URL = f"{ROOT_PATH}/static/"
STATIC_ROOT = BASE_DIR / "staticfiles"
STATICFILES_DIRS = [BASE_DIR / "static"]
MEDIA_ROOT = DATA_DIR / "media"
STORAGES = {
    "default": storage.media_backend(ENV["SDSITE_STORAGE"], MEDIA_ROOT),
    "staticfiles": {"BACKEND": "sdsite.storage.StaticStorage"},
}

# Accounts
AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = [
    "sdsite.accounts.roles.backend.RoleBackend",
    "allauth.account.auth_backends.AuthenticationBackend",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": name}
    for name in (
        "django.contrib.auth.password_validation.UserAttributeSimilarityValidator",
        "sdsite.accounts.joining.passwords.LengthValidator",
        "django.contrib.auth.password_validation.CommonPasswordValidator",
    )
]
LOGIN_URL = reverse_lazy("account_login")
LOGIN_REDIRECT_URL = f"{ROOT_PATH}/"
ACCOUNT_ADAPTER = "sdsite.accounts.adapter.AccountAdapter"
ACCOUNT_LOGIN_METHODS = {"username", "email"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "email", "password1*", "password2*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_LOGOUT_ON_GET = False
ACCOUNT_FORMS = {"signup": "sdsite.accounts.joining.forms.SignupForm"}
SIGNUP_MODE = env.signup_mode(ENV["SDSITE_SIGNUP"])  # "": the row that administrators change decides
SOCIALACCOUNT_ADAPTER = "sdsite.accounts.single_sign_on.adapter.SocialAccountAdapter"
SOCIALACCOUNT_LOGIN_ON_GET = True  # a form could not lead to a provider: the pages' policy has form-action 'self'
SOCIALACCOUNT_OPENID_CONNECT_URL_PREFIX = "oidc"
MFA_ADAPTER = "sdsite.accounts.adapter.SecondFactorAdapter"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_RECOVERY_CODES_SHOW_ONCE = True
# Without a server nothing is sent, and nothing is written elsewhere: mails hold links that open an account.
MAIL_IS_SENT = bool(ENV["EMAIL_URL"])
MFA_ALLOW_UNVERIFIED_EMAIL = not MAIL_IS_SENT  # nobody can verify one, and roles may ask for a second factor
globals().update(mail.settings_from_url(ENV["EMAIL_URL"]))
DEFAULT_FROM_EMAIL = SERVER_EMAIL = mail.sender(ENV["SDSITE_EMAIL_FROM"], ALLOWED_HOSTS)

# Security
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:", "blob:"],
        "connect-src": [SELF],
        "object-src": [NONE],
        "base-uri": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
    },
}
X_FRAME_OPTIONS = "DENY"
SECURE_REFERRER_POLICY = "same-origin"
SESSION_ENGINE = "sdsite.core.session_store"
SESSION_COOKIE_AGE = int(ENV["SDSITE_SESSION_IDLE_DAYS"] * 86_400)
SESSION_LONGEST_AGE = int(ENV["SDSITE_SESSION_DAYS"] * 86_400)
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_PATH = CSRF_COOKIE_PATH = f"{ROOT_PATH}/"
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_SAMESITE = "Lax"
if ENV["SDSITE_HTTPS"]:
    SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = True
    SECURE_SSL_REDIRECT = True
    SECURE_REDIRECT_EXEMPT = [rf"^{re.escape(f'{ROOT_PATH}/{name}'[1:])}$" for name in ("healthz", "readyz")]
    SECURE_HSTS_SECONDS = 31_536_000
    SECURE_HSTS_INCLUDE_SUBDOMAINS = True
    SECURE_HSTS_PRELOAD = True
    # No SECURE_PROXY_SSL_HEADER: sdsite/middleware/proxies.py reads the scheme, from trusted proxies alone.

# Pages of other sites, see sdsite/middleware/cors.py. No credentials: they send an API key.
_origins: list[str] = ENV["SDSITE_CORS_ORIGINS"]
CORS_ALLOW_ALL_ORIGINS = "*" in _origins
CORS_ALLOWED_ORIGINS = [origin for origin in _origins if origin != "*"]
CORS_ALLOW_METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE")
CORS_ALLOW_HEADERS = ("*", "Authorization")  # the asterisk stands for every header but that one
CORS_EXPOSE_HEADERS = (
    "ETag",
    "Location",
    "Retry-After",
    "X-Sdsite-Image",
    "X-Sdsite-Job",
    "X-Sdsite-Seed",
    "X-Should-Retry",
)
CORS_PREFLIGHT_MAX_AGE = 600  # seconds
SILENCED_SYSTEM_CHECKS = ["corsheaders.E013", "corsheaders.E014"]  # sdsite.E002 names the environment variable

DATA_UPLOAD_MAX_MEMORY_SIZE = 32 * 1024 * 1024

# Language and time. The sources are English; sdsite/middleware/language.py chooses.
LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English"), ("de", "Deutsch"), ("es", "Español")]
LOCALE_PATHS = [BASE_DIR / "sdsite" / "locale"]
LANGUAGE_COOKIE_PATH = f"{ROOT_PATH}/"
LANGUAGE_COOKIE_AGE = 365 * 86_400
LANGUAGE_COOKIE_SAMESITE = "Lax"
LANGUAGE_COOKIE_SECURE: bool = ENV["SDSITE_HTTPS"]
USE_I18N = True
FORMAT_MODULE_PATH = "sdsite.formats"
TIME_ZONE = "UTC"
USE_TZ = True

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "line": {
            "()": "sdsite.core.log_formatter.DiscreetFormatter",
            "format": "%(asctime)s %(levelname)s %(name)s: %(message)s",
        }
    },
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": logging.WARNING},
    "loggers": {
        "django": {"level": logging.WARNING},  # named here to remove Django's own handler, which shows secrets
        **{name: {"level": ENV["SDSITE_LOG_LEVEL"]} for name in ("sdsite", "generation", "gallery", "django.server")},
    },
}

UNFOLD = {
    "SITE_TITLE": "sdsite admin",
    "SITE_HEADER": "sdsite",
    "SITE_SYMBOL": "palette",
    "SITE_URL": f"{ROOT_PATH}/",
    "SITE_FAVICONS": [{"rel": "icon", "type": "image/svg+xml", "href": "sdsite.admin.theme.favicon"}],
    "STYLES": ["sdsite.admin.theme.stylesheet"],
    "SCRIPTS": ["sdsite.admin.theme.script"],
    "COLORS": "sdsite.admin.theme.colours",
    "SIDEBAR": {"navigation": "sdsite.admin.theme.navigation"},
    "DASHBOARD_CALLBACK": "sdsite.admin.dashboard.dashboard",
    "SHOW_HISTORY": True,
    "SHOW_VIEW_ON_SITE": True,
}
