"""Table of all environment variables that sdsite reads; `settings.ENV` has the values.

A test compares it with `.env.example` and `docs/configuration.md`. Every process reads the file with settings into its
environment before anything else, so that libraries that look for `HF_TOKEN` there see it too.
"""

import logging
import os
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from django.core.exceptions import ImproperlyConfigured
from dotenv.parser import parse_stream
from environs import Env, EnvValidationError

from sdsite.validators import SIGNUP_MODES, VALIDATORS

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Variable:
    """An environment variable: its parser (an `environs` method name), its default and its meaning."""

    name: str
    kind: str
    default: Any
    meaning: str
    may_be_blank: bool = False  # whether an empty value differs from none; else it means the default


FILE = "SDSITE_ENV_FILE"
SUPERVISED = "SDSITE_SUPERVISED"  # set by `manage.py up` for its parts: it has reported the settings itself
# Read by tools beside the settings: the Makefile, measurements, examples of the documentation.
OF_TOOLS = {
    *("SDSITE_PROMPT", "SDSITE_BENCH_INSIDE", "SDSITE_CHAOS_INSIDE", "SDSITE_CHAOS_SERVER"),
    *("SDSITE_URL", "SDSITE_KEY", SUPERVISED),
}

VARIABLES: tuple[Variable, ...] = (
    Variable(FILE, "str", "", "Another file than this one to read settings from; only in the environment itself."),
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
    Variable(
        "SDSITE_PUBLIC_URL",
        "str",
        "",
        "Address of the site in mails, such as https://example.org. Empty: its first host that others can reach.",
    ),
    Variable("SDSITE_HTTPS", "bool", False, "The site is reached over HTTPS: secure cookies, HSTS, trusted proxy."),
    Variable(
        "SDSITE_TRUSTED_PROXIES",
        "list",
        [],
        "Addresses and networks of proxies whose X-Forwarded headers count. Empty: this machine's, with HTTPS.",
    ),
    Variable("SDSITE_ROOT_PATH", "str", "", "Path below which the site lies, such as /sd."),
    Variable("SDSITE_SECRET_KEY", "str", "", "Signing key. Empty: created once and kept in SDSITE_DATA/secret_key."),
    Variable("SDSITE_ADMIN_PASSWORD", "str", "", "First administrator's password. Empty: created and printed once."),
    Variable("SDSITE_API_KEY", "str", "", "An API key of your own choice, 20 characters or more. Empty: none."),
    Variable("SDSITE_API_KEY_USER", "str", "", "Name of the user for whom SDSITE_API_KEY acts."),
    Variable(
        "SDSITE_SIGNUP",
        "str",
        "",
        "Who may create an account: off, invitation, request, verified or on. Empty: chosen in the admin.",
    ),
    Variable("EMAIL_URL", "str", "", "Mail server, as smtp+starttls://user:password@host. Empty: no mail is sent."),
    Variable("SDSITE_EMAIL_FROM", "str", "", "Sender's address of mails. Empty: sdsite@ and the site's first host."),
    Variable("SDSITE_SESSION_IDLE_DAYS", "float", 14.0, "Days without a request after which a login ends."),
    Variable("SDSITE_SESSION_DAYS", "float", 90.0, "Days after which a login ends, however much it is used."),
    Variable("DATABASE_URL", "str", "", "PostgreSQL, as postgres://user:password@host/name. Empty: SQLite."),
    Variable("REDIS_URL", "str", "", "Redis or Valkey for queue and events. Empty: an embedded Valkey."),
    Variable("SDSITE_STORAGE", "str", "", "Where media is kept: empty for SDSITE_DATA/media, or s3://bucket."),
    Variable("HF_TOKEN", "str", "", "Hugging Face token, for checkpoints that need one."),
    Variable(
        "SDSITE_DEVICE", "str", "", "Accelerator for the worker: cuda, cuda:1, mps, cpu, auto. Empty: the best found."
    ),
    Variable("SDSITE_BATCHING", "bool", True, "Denoise several images together, of one job or several (on or off)."),
    Variable("SDSITE_BATCH_IMAGES", "int", 0, "Images denoised together at most. 0: as many as pay and fit."),
    Variable("SDSITE_MODEL_MEMORY_GB", "float", 0.0, "Memory for loaded checkpoints, GiB. 0: from the free memory."),
    Variable("SDSITE_DEVICE_WORKERS", "int", 0, "Workers that share this accelerator. 0: counted by `manage.py up`."),
    Variable("SDSITE_HOST_WORKERS", "int", 0, "Workers that share this machine. 0: counted by `manage.py up`."),
    Variable("SDSITE_CHECKPOINT_FOLDERS", "list", [], "More folders to scan for checkpoints, comma separated."),
    Variable("SDSITE_MODEL_FOLDERS", "str", "", "Folders of models of other programs, read in place, colon separated."),
    Variable("SDSITE_CHECKPOINT_GB", "float", 16.0, "Largest checkpoint file that administrators may upload, GiB."),
    Variable("SDSITE_UPSCALE_TILE", "int", 0, "Side of an upscaler's tiles in pixels. 0: from the free memory."),
    Variable("SDSITE_PICTURE_MB", "float", 25.0, "Largest image file that users may upload or have fetched, MB."),
    Variable("SDSITE_UPLOADS_MB", "float", 1000.0, "Space for the uploads of one user, MB."),
    Variable("SDSITE_TRASH_DAYS", "int", 30, "Days after which images in the trash are deleted; 0: never."),
    Variable("SDSITE_DELETION_DAYS", "int", 7, "Days in which people can take the deletion of their account back."),
    Variable("SDSITE_AUDIT_DAYS", "int", 730, "Days after which entries of the audit log are deleted, 90 or more."),
    Variable("SDSITE_UPLOADS_DAYS", "int", 30, "Days after which an unused upload is removed."),
    Variable("SDSITE_FREE_MB", "float", 200.0, "Free disk space below which no new work begins, MB. 0: no floor."),
    Variable("SDSITE_FETCH_ALLOW", "list", [], "Hosts and networks to connect to although they are not public."),
    Variable(
        "SDSITE_SHARING", "str", "public", "With whom people may share images at most: off, members, links or public."
    ),
    Variable("SDSITE_SAFETY", "str", "none", "Safety checker: none, nudenet, a classifier's folder or Hub id."),
    Variable("SDSITE_SAFETY_THRESHOLD", "float", 0.6, "Score from which the checker objects to an image, 0 to 1."),
    Variable(
        "SDSITE_DIALECTS",
        "list",
        ["openai", "sdapi", "stability", "comfyui", "mcp"],
        "APIs of other programs that the site offers, comma separated.",
        may_be_blank=True,
    ),
    Variable("SDSITE_STRICT_MODELS", "bool", False, "Compatible APIs refuse unknown models (on or off)."),
    Variable("SDSITE_WEB_SECONDS", "float", 30.0, "Web processor time of one user in a minute, s. 0: no limit."),
    Variable("SDSITE_SOCKETS", "int", 64, "Websockets that one user may have open at once."),
    Variable("SDSITE_CORS_ORIGINS", "list", [], "Pages of other sites that may use the API, https://host, or *."),
    Variable("SDSITE_LOG_LEVEL", "log_level", "INFO", "DEBUG, INFO, WARNING or ERROR."),
)


NAMES = [variable.name for variable in VARIABLES]
DEFAULTS = {variable.name: variable.default for variable in VARIABLES}


def read(environ_reader: Env | None = None) -> dict[str, Any]:
    """Read every variable of the table; one error lists all that are invalid.

    Raises:
        environs.EnvValidationError: at least one variable has a value of the wrong type.
    """
    reader = environ_reader or Env(eager=False)
    values: dict[str, Any] = {}
    for variable in VARIABLES:
        if not variable.may_be_blank and not os.environ.get(variable.name, "").strip():
            values[variable.name] = variable.default
            continue
        parse: Callable[..., Any] = getattr(reader, variable.kind)
        values[variable.name] = parse(variable.name, variable.default, validate=VALIDATORS.get(variable.name))
        if variable.kind == "list":
            values[variable.name] = [entry.strip() for entry in values[variable.name] or () if entry.strip()]
    reader.seal()
    return values


def given() -> frozenset[str]:
    """Return the names of the variables that somebody has set; those of site settings fix the value of their row."""
    return frozenset(
        variable.name
        for variable in VARIABLES
        if os.environ.get(variable.name, "").strip() or (variable.may_be_blank and variable.name in os.environ)
    )


@dataclass(frozen=True)
class EnvFile:
    """The file with settings that a process has read: its path, None where there is none, and the names in it."""

    path: Path | None = None
    names: tuple[str, ...] = ()


def root_path(setting: str, argv: Sequence[str]) -> str:
    """Return the path below which the site lies: "" for the root of its host, else such as "/sd".

    Without a setting, daphne's own flag `--root-path=/sd` counts; a worker would not know it.
    """
    flag = next((word.partition("=")[2] for word in argv if word.startswith("--root-path=")), "")
    return f"/{(setting or flag).strip('/')}".rstrip("/")


def signup_mode(setting: str) -> str:
    """Return the sign-up mode that SDSITE_SIGNUP fixes, "" where it leaves the choice to administrators."""
    return SIGNUP_MODES.get(setting.strip().lower(), "")


def load_dotenv(folder: Path) -> EnvFile:
    """Read `folder/.env`, or the file that SDSITE_ENV_FILE names, into the environment; what stands there wins.

    Values are taken as they stand, without `${NAME}` put in, since passwords may hold a dollar sign.

    Raises:
        ImproperlyConfigured: the file cannot be read, a line of it is no assignment, or SDSITE_ENV_FILE is missing.
    """
    named = os.environ.get(FILE, "").strip()
    path = Path(named).expanduser().absolute() if named else folder / ".env"
    if named and not path.exists():
        raise ImproperlyConfigured(f"{FILE} names {path}, which does not exist.")
    if not path.is_file():  # a missing file, a folder that a container made in its place, or /dev/null
        return EnvFile()
    values = _assignments(path)
    for name, value in values.items():
        os.environ.setdefault(name, value)
    return EnvFile(path, tuple(values))


def _assignments(path: Path) -> dict[str, str]:
    try:
        with path.open(encoding="utf-8-sig") as file:  # editors of Windows begin a file with a byte order mark
            bindings = list(parse_stream(file))
    except OSError as error:
        raise ImproperlyConfigured(f"The settings in {path} cannot be read ({error.strerror}).") from error
    except UnicodeDecodeError as error:
        raise ImproperlyConfigured(f"The settings in {path} are not UTF-8 text.") from error
    wrong = [str(_line_of(binding)) for binding in bindings if binding.error or (binding.key and binding.value is None)]
    if wrong:
        raise ImproperlyConfigured(f"Line {', '.join(wrong)} of {path} cannot be read; write NAME=value.")
    return {binding.key: binding.value for binding in bindings if binding.key and binding.value is not None}


def _line_of(binding: Any) -> int:
    """Return the number of the line on which `binding` begins; blank lines before it belong to it."""
    text: str = binding.original.string
    return int(binding.original.line) + text[: len(text) - len(text.lstrip())].count("\n")


def unknown_names(names: Iterable[str], *, of_file: bool) -> list[str]:
    """Return a sentence for each name that looks like a setting of the site and is none.

    In the environment these are names that begin with SDSITE_; in a file of settings also those that lack the prefix
    or that are nearly the name of another setting.
    """
    sentences = []
    for name in sorted(set(names) - set(NAMES) - OF_TOOLS):
        ours = name.startswith("SDSITE_")
        if ours:
            bare = {known.removeprefix("SDSITE_"): known for known in NAMES}
            nearest = [bare[close] for close in get_close_matches(name.removeprefix("SDSITE_"), bare, n=1)]
        elif of_file:
            nearest = [f"SDSITE_{name}"] if f"SDSITE_{name}" in NAMES else get_close_matches(name, NAMES, 1, 0.8)
        else:
            nearest = []
        if ours or nearest:
            question = f"; did you mean {nearest[0]}?" if nearest else "."
            sentences.append(f"{name} is not a setting of the site{question}")
    return sentences


def unknown(file: EnvFile) -> list[str]:
    """Return a sentence for each unknown setting in the environment and in the file that was read."""
    sentences = unknown_names(file.names, of_file=True) + unknown_names(os.environ, of_file=False)
    return list(dict.fromkeys(sentences))


def report(file: EnvFile) -> list[str]:
    """Return the lines of a start about settings: the file that was read, and names that mean nothing."""
    lines = [f"Settings were read from {file.path}."] if file.path else []
    return lines + [f"Warning: {sentence}" for sentence in unknown(file)]


def log_report(file: EnvFile) -> None:
    """Write the report into the log of a process that is no part of `manage.py up`."""
    if os.environ.get(SUPERVISED):
        return
    if file.path:
        logger.info("settings were read from %s", file.path)
    for sentence in unknown(file):
        logger.warning("%s", sentence)


__all__ = [
    "DEFAULTS",
    "NAMES",
    "VARIABLES",
    "EnvFile",
    "EnvValidationError",
    "Variable",
    "given",
    "load_dotenv",
    "log_report",
    "read",
    "report",
    "root_path",
    "signup_mode",
    "unknown",
    "unknown_names",
]
