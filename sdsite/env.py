"""Table of all environment variables that sdsite reads; `settings.ENV` has the values.

A test compares it with `.env.example` and `docs/configuration.md`.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from environs import Env, EnvValidationError


@dataclass(frozen=True)
class Variable:
    """An environment variable: its parser (an `environs` method name), its default and its meaning."""

    name: str
    kind: str
    default: Any
    meaning: str


VARIABLES: tuple[Variable, ...] = (
    Variable(
        "SDSITE_DATA", "path", Path("./data"), "Folder for database, media, checkpoints, queue file and secret key."
    ),
    Variable("SDSITE_DEBUG", "bool", False, "Django's debug pages. Never on a site that others can reach."),
    Variable(
        "SDSITE_ALLOWED_HOSTS",
        "list",
        ["localhost", "127.0.0.1", "[::1]"],
        "Host names the site answers to, comma separated.",
    ),
    Variable("SDSITE_HTTPS", "bool", False, "The site is reached over HTTPS: secure cookies, HSTS, trusted proxy."),
    Variable("SDSITE_SECRET_KEY", "str", "", "Signing key. Empty: created once and kept in SDSITE_DATA/secret_key."),
    Variable("SDSITE_ADMIN_PASSWORD", "str", "", "First administrator's password. Empty: created and printed once."),
    Variable("SDSITE_SIGNUP", "bool", False, "Whether visitors may create accounts."),
    Variable("DATABASE_URL", "str", "", "PostgreSQL, as postgres://user:password@host/name. Empty: SQLite."),
    Variable("REDIS_URL", "str", "", "Redis or Valkey for queue and events. Empty: an embedded Valkey."),
    Variable("SDSITE_STORAGE", "str", "", "Where media is kept: empty for SDSITE_DATA/media, or s3://bucket."),
    Variable("HF_TOKEN", "str", "", "Hugging Face token, for checkpoints that need one."),
    Variable("SDSITE_DEVICE", "str", "", "Accelerator for the worker: cuda, cuda:1, mps, cpu. Empty: the best found."),
    Variable("SDSITE_BATCHING", "bool", True, "Denoise several images together, of one job or several (on or off)."),
    Variable("SDSITE_BATCH_IMAGES", "int", 0, "Images denoised together at most. 0: as many as pay and fit."),
    Variable("SDSITE_MODEL_MEMORY_GB", "float", 0.0, "Memory for loaded checkpoints, GiB. 0: from the free memory."),
    Variable("SDSITE_CHECKPOINT_FOLDERS", "list", [], "More folders to scan for checkpoints, comma separated."),
    Variable("SDSITE_CHECKPOINT_GB", "float", 16.0, "Largest checkpoint file that administrators may upload, GiB."),
    Variable("SDSITE_UPSCALE_TILE", "int", 0, "Side of an upscaler's tiles in pixels. 0: from the free memory."),
    Variable("SDSITE_PICTURE_MB", "float", 25.0, "Largest image file that users may upload or have fetched, MB."),
    Variable("SDSITE_UPLOADS_MB", "float", 1000.0, "Space for the uploads of one user, MB."),
    Variable("SDSITE_UPLOADS_DAYS", "int", 30, "Days after which an unused upload is removed."),
    Variable("SDSITE_FETCH_ALLOW", "list", [], "Hosts and networks to connect to although they are not public."),
    Variable("SDSITE_SAFETY", "str", "none", "Safety checker: none, nudenet, a classifier's folder or Hub id."),
    Variable("SDSITE_SAFETY_THRESHOLD", "float", 0.6, "Score from which the checker objects to an image, 0 to 1."),
    Variable(
        "SDSITE_DIALECTS",
        "list",
        ["openai", "sdapi", "stability", "comfyui"],
        "APIs of other programs that the site offers, comma separated.",
    ),
    Variable("SDSITE_STRICT_MODELS", "bool", False, "Compatible APIs refuse unknown models (on or off)."),
    Variable("SDSITE_CORS_ORIGINS", "list", [], "Pages of other sites that may use the API, https://host, or *."),
    Variable("SDSITE_LOG_LEVEL", "log_level", "INFO", "DEBUG, INFO, WARNING or ERROR."),
)


def read(environ_reader: Env | None = None) -> dict[str, Any]:
    """Read every variable of the table; one error lists all that are invalid.

    Raises:
        environs.EnvValidationError: at least one variable has a value of the wrong type.
    """
    reader = environ_reader or Env(eager=False)
    values: dict[str, Any] = {}
    for variable in VARIABLES:
        parse: Callable[..., Any] = getattr(reader, variable.kind)
        values[variable.name] = parse(variable.name, variable.default)
    reader.seal()
    return values


def load_dotenv(folder: Path) -> None:
    """Read `folder/.env` where it exists; variables of the environment take precedence."""
    path = folder / ".env"
    if path.is_file():
        Env().read_env(str(path), recurse=False)


__all__ = ["VARIABLES", "EnvValidationError", "Variable", "load_dotenv", "read"]
