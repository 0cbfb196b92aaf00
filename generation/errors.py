"""Refusals of the counter: a code, a sentence, and the fields at fault."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from pydantic import ValidationError


@dataclass(frozen=True)
class LimitReached:
    """Which limit of a role refused a wish, and by how much.

    `name` is a field of `roles.Limits`; `most` what it allows, `current` what there would be or is (images, pixels,
    steps, jobs or accelerator seconds; None for `checkpoints`); `resets_at` when waiting will help, None: it will not,
    or nobody knows.
    """

    name: str
    most: int | None = None
    current: float | None = None
    resets_at: datetime | None = None


class JobRefused(Exception):
    """A wish or a verb that cannot be granted; nothing was enqueued or changed.

    `status` is the HTTP status that fits; `fields` maps GenerationParameters names to sentences; `retry_after` are
    whole seconds after which the same wish may be granted; `limit` says which limit of the person's role it broke.
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
        """Keep the stable `code` beside the sentence for people."""
        super().__init__(message)
        self.code = code
        self.message = message
        self.fields = dict(fields or {})
        self.status = status
        self.retry_after = retry_after
        self.limit = limit


def refusal_from_validation(error: ValidationError) -> JobRefused:
    """Turn pydantic's complaint into ours: one sentence a field, in the schema's names."""
    fields: dict[str, str] = {}
    for problem in error.errors(include_url=False, include_input=False):
        name = ".".join(str(part) for part in problem["loc"]) or "parameters"
        fields.setdefault(name, problem["msg"].removeprefix("Value error, "))
    return JobRefused("invalid_parameters", "; ".join(fields.values()), fields=fields)


class GenerationError(Exception):
    """A generation that cannot go on, with a stable code and a sentence for people.

    Codes raised by pipelines: `checkpoint_missing`, `checkpoint_invalid`, `adapter_missing`, `adapter_invalid`,
    `picture_missing`, `out_of_memory`, `refused`.
    """

    def __init__(self, code: str, message: str) -> None:
        """Keep the stable `code` beside the sentence."""
        super().__init__(message)
        self.code = code
        self.message = message


class GenerationCancelled(Exception):
    """Raised out of the step callback when nobody wants anything any more; nothing is decoded."""
