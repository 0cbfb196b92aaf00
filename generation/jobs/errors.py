"""Refusals of the counter: a code, a sentence, and the fields at fault."""

from collections.abc import Mapping

from pydantic import ValidationError


class JobRefused(Exception):
    """A wish or a verb that cannot be granted; nothing was enqueued or changed.

    `status` is the HTTP status that fits; `fields` maps GenerationParameters names to sentences.
    """

    def __init__(self, code: str, message: str, *, fields: Mapping[str, str] | None = None, status: int = 422) -> None:
        """Keep the stable `code` beside the sentence for people."""
        super().__init__(message)
        self.code = code
        self.message = message
        self.fields = dict(fields or {})
        self.status = status


def refusal_from_validation(error: ValidationError) -> JobRefused:
    """Turn pydantic's complaint into ours: one sentence a field, in the schema's names."""
    fields: dict[str, str] = {}
    for problem in error.errors(include_url=False, include_input=False):
        name = ".".join(str(part) for part in problem["loc"]) or "parameters"
        fields.setdefault(name, problem["msg"].removeprefix("Value error, "))
    return JobRefused("invalid_parameters", "; ".join(fields.values()), fields=fields)
