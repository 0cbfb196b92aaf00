"""Every environment variable that sdsite reads, in one table; `ENV` holds the values.

The table is the documentation's source: a test compares it with `.env.example` and `docs/configuration.md`.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from environs import Env, EnvValidationError


@dataclass(frozen=True)
class Variable:
    """One environment variable: how it is read (an `environs` method name), its default, and what it means."""

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
    Variable("SDSITE_SECRET_KEY", "str", "", "Signing key. Empty: made once and kept in SDSITE_DATA/secret_key."),
    Variable("SDSITE_ADMIN_PASSWORD", "str", "", "First administrator's password. Empty: made and printed once."),
    Variable("SDSITE_SIGNUP", "bool", False, "Whether strangers may create accounts themselves."),
    Variable("DATABASE_URL", "str", "", "PostgreSQL, as postgres://user:password@host/name. Empty: SQLite."),
    Variable("REDIS_URL", "str", "", "Redis or Valkey for queue and events. Empty: an embedded Valkey."),
    Variable("SDSITE_STORAGE", "str", "", "Where media is kept: empty for SDSITE_DATA/media, or s3://bucket."),
    Variable("HF_TOKEN", "str", "", "Hugging Face token, for checkpoints that need one."),
    Variable("SDSITE_DEVICE", "str", "", "Accelerator for the worker: cuda, cuda:1, mps, cpu. Empty: the best found."),
    Variable("SDSITE_BATCHING", "bool", True, "Denoise several images together, of one job or several (on or off)."),
    Variable("SDSITE_BATCH_IMAGES", "int", 0, "Images denoised together at most. 0: as many as pay and fit."),
    Variable("SDSITE_MODEL_MEMORY_GB", "float", 0.0, "Memory for loaded checkpoints, GiB. 0: from what is free."),
    Variable("SDSITE_CHECKPOINT_FOLDERS", "list", [], "More folders to look through for checkpoints, comma separated."),
    Variable("SDSITE_CHECKPOINT_GB", "float", 16.0, "Largest checkpoint file that administrators may upload, GiB."),
    Variable("SDSITE_UPSCALE_TILE", "int", 0, "Side of an upscaler's tiles in pixels. 0: from what is free."),
    Variable("SDSITE_PICTURE_MB", "float", 25.0, "Largest image file that people may send or let fetch, MB."),
    Variable("SDSITE_UPLOADS_MB", "float", 1000.0, "Room for the uploads of one person, MB."),
    Variable("SDSITE_UPLOADS_DAYS", "int", 30, "Days after which an upload that nothing used is removed."),
    Variable("SDSITE_FETCH_ALLOW", "list", [], "Hosts and networks to fetch from and post to though not public."),
    Variable("SDSITE_SAFETY", "str", "none", "What judges images: none, nudenet, a classifier's folder or Hub id."),
    Variable("SDSITE_SAFETY_THRESHOLD", "float", 0.6, "How sure the checker must be to object to an image, 0 to 1."),
    Variable(
        "SDSITE_DIALECTS",
        "list",
        ["openai", "sdapi", "stability", "comfyui"],
        "Dialects of other programs that the site speaks, comma separated.",
    ),
    Variable("SDSITE_STRICT_MODELS", "bool", False, "Dialects refuse models that the site does not know (on or off)."),
    Variable("SDSITE_CORS_ORIGINS", "list", [], "Pages of other sites that may use the API, https://host, or *."),
    Variable("SDSITE_LOG_LEVEL", "log_level", "INFO", "DEBUG, INFO, WARNING or ERROR."),
)


def read(environ_reader: Env | None = None) -> dict[str, Any]:
    """Read every variable of the table; raise one error that lists all that are wrong.

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
    """Read `folder/.env` where there is one; variables already set win."""
    path = folder / ".env"
    if path.is_file():
        Env().read_env(str(path), recurse=False)


__all__ = ["VARIABLES", "EnvValidationError", "Variable", "load_dotenv", "read"]
