"""Errors of refused requests and failed generations: code, message, fields."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from pydantic import ValidationError


@dataclass(frozen=True)
class LimitReached:
    """Limit that a request exceeded, and by how much.

    `name` is a field of `limits.Limits`, `most` its value and `current` the requested or used amount (images, pixels,
    steps, jobs or accelerator seconds; None for `checkpoints`). `resets_at` is when the request may be repeated; None
    where waiting does not help or the time is unknown.
    """

    name: str
    most: int | None = None
    current: float | None = None
    resets_at: datetime | None = None


class JobRefused(Exception):
    """Raised when a request or an action is refused; nothing was enqueued or changed.

    `status` is the HTTP status; `fields` maps GenerationParameters names to sentences; `retry_after` are whole seconds
    after which the same request may succeed; `limit` is the exceeded limit.
    """

    def __init__(
        self,
        code: str,
        message: str,
        *,
        fields: Mapping[str, str] | None = None,
        status: int = 422,
        retry_after: int | None = None,
        limit: LimitReached | None = None,
    ) -> None:
        """Keep the stable `code` and the `message` for people."""
        super().__init__(message)
        self.code = code
        self.message = message
        self.fields = dict(fields or {})
        self.status = status
        self.retry_after = retry_after
        self.limit = limit


def refusal_from_validation(error: ValidationError) -> JobRefused:
    """Convert pydantic's error: one sentence for each field, in the schema's names."""
    fields: dict[str, str] = {}
    for problem in error.errors(include_url=False, include_input=False):
        name = ".".join(str(part) for part in problem["loc"]) or "parameters"
        fields.setdefault(name, problem["msg"].removeprefix("Value error, "))
    return JobRefused("invalid_parameters", "; ".join(fields.values()), fields=fields)


class GenerationError(Exception):
    """Raised when a generation fails, with a stable code and a message for people.

    Codes raised by pipelines: `checkpoint_missing`, `checkpoint_invalid`, `checkpoint_too_large`, `adapter_missing`,
    `adapter_invalid`, `picture_missing`, `out_of_memory`, `refused`.
    """

    def __init__(self, code: str, message: str) -> None:
        """Keep the stable `code` and the `message`."""
        super().__init__(message)
        self.code = code
        self.message = message


class DeviceFailed(Exception):
    """Raised when the accelerator of this process cannot be used (any more); the message is one sentence or line.

    Nothing that this process does on it can succeed; a new process may find it usable again.
    """


class GenerationCancelled(Exception):
    """Raised by the step callback when every job of the call was cancelled; nothing is decoded."""
