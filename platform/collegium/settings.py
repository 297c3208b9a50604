"""All settings of the platform. What an operator may change comes from the environment (environment.py)."""

import os
import secrets
from pathlib import Path

from collegium.environment import (
    BadSetting,
    database_from_url,
    env_bool,
    env_decimal,
    env_int,
    env_list,
    env_text,
    home_from_env,
)
from collegium.sdk.discovery import verticals_find

BASE_DIR = Path(__file__).resolve().parents[2]
HOME = home_from_env(BASE_DIR)

DEBUG = env_bool("COLLEGIUM_DEBUG", False)
HOST = env_text("COLLEGIUM_HOST", "127.0.0.1")
PORT = env_int("COLLEGIUM_PORT", 8000, low=0, high=65535)
ALLOWED_HOSTS = env_list("COLLEGIUM_ALLOWED_HOSTS") or ["localhost", "127.0.0.1", "[::1]", HOST]
CSRF_TRUSTED_ORIGINS = env_list("COLLEGIUM_TRUSTED_ORIGINS")


def _secret_key() -> str:
    given = env_text("COLLEGIUM_SECRET_KEY")
    if given:
        if len(given) < 32:
            raise BadSetting("COLLEGIUM_SECRET_KEY", "…", "write at least 32 characters")
        return given
    path = HOME.root / "secret_key"
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        fresh = path.with_name(f"secret_key.{secrets.token_hex(4)}")
        fresh.touch(mode=0o600)
        fresh.write_text(secrets.token_urlsafe(48))
        try:
            path.hardlink_to(fresh)  # the first of two starts wins; the other reads the winner's key
        except FileExistsError:
            pass
        finally:
            fresh.unlink()
    return path.read_text().strip()


SECRET_KEY = _secret_key()

# --- Servers --------------------------------------------------------------------------------------
DATABASE_URL = env_text("DATABASE_URL")
REDIS_URL = env_text("REDIS_URL")
ENGINE_URL = env_text("ENGINE_URL")
ENGINE_MODEL = env_text("ENGINE_MODEL")
ENGINE_API_KEY = env_text("ENGINE_API_KEY")
ENGINE_RANKS = env_int("ENGINE_RANKS", 1, low=1, high=64)
EMBEDDINGS_URL = env_text("EMBEDDINGS_URL")

EMBEDDED_DATABASE = not DATABASE_URL
EMBEDDED_VALKEY = not REDIS_URL
EMBEDDED_ENGINE = not ENGINE_URL
EMBEDDED_EMBEDDINGS = not EMBEDDINGS_URL

if EMBEDDED_DATABASE:
    DATABASE_URL = f"postgresql://collegium@/collegium?host={HOME.postgres_socket}"
if EMBEDDED_VALKEY:
    REDIS_URL = f"unix://{HOME.valkey_socket}"
if EMBEDDED_ENGINE:
    ENGINE_URL = f"unix://{HOME.engine_socket}"
if EMBEDDED_EMBEDDINGS:
    EMBEDDINGS_URL = f"unix://{HOME.embeddings_socket}"

DATABASES = {"default": database_from_url(DATABASE_URL)}
DATABASES["default"]["CONN_MAX_AGE"] = 0
DATABASES["default"]["CONN_HEALTH_CHECKS"] = True  # a restarted database leaves dead connections in the pool
DATABASES["default"]["OPTIONS"] |= {  # type: ignore[operator]
    "pool": {"min_size": 1, "max_size": env_int("COLLEGIUM_DB_POOL", 16, low=1, high=500), "timeout": 15},
    # A generic plan may ignore how many rows a permission filter keeps.
    "options": "-c plan_cache_mode=force_custom_plan",
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

CACHES = {"default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": REDIS_URL}}

# --- Applications ---------------------------------------------------------------------------------
VERTICALS_ALLOWED = env_list("COLLEGIUM_VERTICALS") or None
VERTICALS_FOUND, VERTICALS_BROKEN = verticals_find(VERTICALS_ALLOWED)

INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "rest_framework",
    "drf_spectacular",
    "django_htmx",
    "axes",
    "collegium.accounts.apps.AccountsConfig",
    "collegium.jobs.apps.JobsConfig",
    "collegium.knowledge.apps.KnowledgeConfig",
    "collegium.serving.apps.ServingConfig",
    "collegium.tuning.apps.TuningConfig",
    "collegium.answers.apps.AnswersConfig",
    "collegium.evaluation.apps.EvaluationConfig",
    "collegium.api.apps.ApiConfig",
    "collegium.dashboard.apps.DashboardConfig",
    "collegium.ops.apps.OpsConfig",
    *(found.app_config for found in VERTICALS_FOUND),
]

MIDDLEWARE = [
    "collegium.ops.middleware.RequestIdMiddleware",
    "collegium.ops.middleware.MetricsMiddleware",
    "collegium.ops.quick_middleware.SecurityMiddleware",
    "collegium.ops.quick_middleware.StaticMiddleware",
    "collegium.ops.quick_middleware.SessionMiddleware",
    "collegium.ops.quick_middleware.LanguageMiddleware",
    "collegium.ops.quick_middleware.CommonMiddleware",
    "collegium.ops.quick_middleware.CsrfViewMiddleware",
    "collegium.ops.quick_middleware.AuthenticationMiddleware",
    "collegium.ops.quick_middleware.MessageMiddleware",
    "collegium.ops.quick_middleware.XFrameOptionsMiddleware",
    "collegium.ops.quick_middleware.CSPMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "axes.middleware.AxesMiddleware",
]

ROOT_URLCONF = "collegium.urls"
ASGI_APPLICATION = "collegium.asgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "collegium.dashboard.context.site",
            ],
        },
    }
]

# --- People ---------------------------------------------------------------------------------------
AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["axes.backends.AxesStandaloneBackend", "django.contrib.auth.backends.ModelBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "/sign-in/"
LOGIN_REDIRECT_URL = "/"
LOGOUT_REDIRECT_URL = "/sign-in/"
AXES_FAILURE_LIMIT = 10
AXES_COOLOFF_TIME = 0.25
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_LOCKOUT_CALLABLE = "collegium.dashboard.views.sign_in.locked_out"
AXES_RESET_ON_SUCCESS = True
AXES_ENABLE_ACCESS_FAILURE_LOG = False
AXES_VERBOSE = False

HTTPS = env_bool("COLLEGIUM_HTTPS", False)
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
SESSION_COOKIE_SAMESITE = "Lax"
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if HTTPS else None
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'self'"],
        "img-src": ["'self'", "data:"],
        "script-src": ["'self'"],
        "style-src": ["'self'"],
        "style-src-elem": ["'self'"],
        "style-src-attr": ["'unsafe-inline'"],
        "connect-src": ["'self'"],
        "object-src": ["'none'"],
        "base-uri": ["'self'"],
        "frame-ancestors": ["'none'"],
        "form-action": ["'self'"],
    }
}

# --- Languages and time ---------------------------------------------------------------------------
LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English"), ("zh-hans", "简体中文")]
LOCALE_PATHS = [Path(__file__).resolve().parent / "locale"]
USE_I18N = True
USE_TZ = True
TIME_ZONE = env_text("COLLEGIUM_TIME_ZONE", "UTC")

# --- Files ----------------------------------------------------------------------------------------
STATIC_URL = "/static/"
STATIC_ROOT = HOME.root / "static"
STATICFILES_DIRS: list[Path] = []
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = DEBUG
_uploads = HOME.root / "uploads"
_uploads.mkdir(parents=True, exist_ok=True)
FILE_UPLOAD_TEMP_DIR = str(_uploads)
FILE_UPLOAD_MAX_MEMORY_SIZE = 1_000_000
DATA_UPLOAD_MAX_MEMORY_SIZE = 5_000_000
DATA_UPLOAD_MAX_NUMBER_FILES = 1000  # on a page each file is a document of its own

UPLOAD_MAX_BYTES = env_int("COLLEGIUM_MAX_UPLOAD_MB", 100, low=1, high=10_000) * 1_000_000
PARSE_MAX_PAGES = env_int("COLLEGIUM_MAX_PAGES", 3000, low=1, high=100_000)
PARSE_TIMEOUT_S = env_int("COLLEGIUM_PARSE_TIMEOUT_S", 900, low=1, high=86_400)
PARSE_MEMORY_MB = env_int("COLLEGIUM_PARSE_MEMORY_MB", 2000, low=256, high=100_000)
RENDERINGS_AT_ONCE = env_int("COLLEGIUM_MAX_RENDERINGS", 2, low=1, high=256)
DISK_RESERVE_MB = env_int("COLLEGIUM_DISK_RESERVE_MB", 200, low=0, high=1_000_000)
QUESTION_MAX_CHARS = env_int("COLLEGIUM_MAX_QUESTION_CHARS", 4000, low=10, high=100_000)
STREAMS_PER_WORKSPACE = env_int("COLLEGIUM_MAX_STREAMS", 16, low=1, high=10_000)
STREAM_HEARTBEAT_S = 10
GENERATION_TIMEOUT_S = env_int("COLLEGIUM_GENERATION_TIMEOUT_S", 90, low=1, high=3600)
LEASE_S = env_int("COLLEGIUM_LEASE_S", 30, low=2, high=3600)

# --- Fine-tuning ----------------------------------------------------------------------------------
TUNING_DEVICE = env_text("COLLEGIUM_TUNING_DEVICE", "cpu")
TUNING_DTYPE = env_text("COLLEGIUM_TUNING_DTYPE", "float32")
TUNING_THREADS = env_int("COLLEGIUM_TUNING_THREADS", max(1, (os.cpu_count() or 2) // 2), low=1, high=1024)
TUNING_STOP_GRACE_S = env_int("COLLEGIUM_TUNING_STOP_GRACE_S", 120, low=1, high=3600)
TUNING_KEEP_DAYS = env_int("COLLEGIUM_TUNING_KEEP_DAYS", 30, low=1, high=3650)
# What jobs may spend of a data set in all, where nobody has set other limits for it.
PRIVACY_EPSILON = env_decimal("COLLEGIUM_PRIVACY_EPSILON", "2", low="0.01", high="1000")
PRIVACY_DELTA = env_decimal("COLLEGIUM_PRIVACY_DELTA", "0.0001", low="0.000000000001", high="0.01")

# --- Celery ---------------------------------------------------------------------------------------
CELERY_BROKER_URL = f"redis+socket://{HOME.valkey_socket}?virtual_host=0" if EMBEDDED_VALKEY else REDIS_URL
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_TRANSPORT_OPTIONS = {"visibility_timeout": 7200, "socket_keepalive": True}
CELERY_TASK_DEFAULT_QUEUE = "default"
CELERY_TASK_ROUTES = {
    "collegium.knowledge.tasks.*": {"queue": "ingest"},
    "collegium.tuning.tasks.tune": {"queue": "tuning"},
}
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_TIMEZONE = "UTC"
CELERY_BEAT_SCHEDULE = {
    "lost-work": {"task": "collegium.jobs.tasks.lost_work_find", "schedule": 5.0, "options": {"expires": 5}},
    "blob-sweep": {"task": "collegium.knowledge.tasks.blobs_sweep", "schedule": 3600.0},
    "visibility-sweep": {"task": "collegium.knowledge.tasks.visibility_sweep", "schedule": 600.0},
    "answers-sweep": {
        "task": "collegium.answers.tasks.answers_sweep",
        "schedule": 30.0,
        "options": {"expires": 30},
    },
    "tuning-sweep": {"task": "collegium.tuning.tasks.tuning_sweep", "schedule": 3600.0},
}
CELERY_BEAT_SCHEDULE_FILENAME = str(HOME.run / "beat-schedule")

# --- REST -----------------------------------------------------------------------------------------
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["collegium.api.authentication.BearerKey"],
    "DEFAULT_PERMISSION_CLASSES": ["collegium.api.permissions.HasScope"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "EXCEPTION_HANDLER": "collegium.api.problems.problem_handler",
    "UNAUTHENTICATED_USER": None,
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Collegium",
    "DESCRIPTION": "Knowledge bases, search and cited answers.",
    "VERSION": "1",
    "OAS_VERSION": "3.1.0",
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVE_PERMISSIONS": ["rest_framework.permissions.AllowAny"],
    "SERVE_AUTHENTICATION": [],
    "COMPONENT_SPLIT_REQUEST": True,
    "ENUM_NAME_OVERRIDES": {
        "AccessEnum": "collegium.knowledge.models.Access",
        "AnswerStateEnum": "collegium.answers.models.AnswerState",
        "JobStateEnum": "collegium.jobs.models.JobState",
        "SpendingStateEnum": "collegium.tuning.models.SpendingState",
        "VersionStateEnum": "collegium.knowledge.models.VersionState",
    },
}

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "filters": {"request_id": {"()": "collegium.ops.logs.RequestIdFilter"}},
    "formatters": {"json": {"()": "collegium.ops.logs.JsonFormatter"}},
    "handlers": {
        "stderr": {"class": "logging.StreamHandler", "formatter": "json", "filters": ["request_id"]}
    },
    "root": {"handlers": ["stderr"], "level": env_text("COLLEGIUM_LOG_LEVEL", "INFO")},
    "loggers": {
        "django.request": {"level": "ERROR"},
        "httpx": {"level": "WARNING"},
        "pdfminer": {"level": "ERROR"},
        "axes": {"level": "WARNING"},
    },
}
SILENCED_SYSTEM_CHECKS: list[str] = []
