"""Body of a request for a job: the parameters, and what concerns the request alone."""

from django.http import HttpRequest
from pydantic import Field, field_validator

from generation.errors import JobRefused
from generation.jobs.submission import idempotency
from generation.models import Job
from generation.parameters.schema import GenerationParameters
from generation.webhooks.job_webhook import JobWebhook
from sdsite.accounts.credentials import get_credentials

KEY_HEADER = "Idempotency-Key"


class JobRequest(GenerationParameters):
    """GenerationParameters as the API takes them; the fields it adds are not stored among a job's parameters."""

    idempotency_key: str | None = Field(
        None, description=f"The same as the header {KEY_HEADER}, for clients that cannot send one."
    )

    webhook: JobWebhook | None = Field(None, description="A webhook for the events of this job; docs/webhooks.md.")

    @field_validator("idempotency_key")
    @classmethod
    def _key(cls, value: str | None) -> str | None:
        return None if value is None else idempotency.check_key(value)

    def requested(self) -> GenerationParameters:
        """Return the requested parameters, without the request's own fields."""
        own = {idempotency.KEY_FIELD, "webhook"}
        return GenerationParameters.model_validate(self.model_dump(exclude=own, exclude_unset=True))


def get_source(request: HttpRequest) -> str:
    """Return the source of a job that `request` asks for: programs send a key, the studio's page has a session."""
    return Job.Source.API if get_credentials(request).key else Job.Source.STUDIO


def get_idempotency_key(request: HttpRequest, body: JobRequest) -> str | None:
    """Return the request's idempotency key, from header or body; an empty header counts as absent.

    Raises:
        JobRefused: `invalid_parameters`, the header's key is none, or header and body differ.
    """
    header = request.headers.get(KEY_HEADER, "")
    if not header:
        return body.idempotency_key
    try:
        idempotency.check_key(header, KEY_HEADER)
    except ValueError as error:
        raise JobRefused("invalid_parameters", str(error), fields={KEY_HEADER: str(error)}) from error
    if body.idempotency_key not in (None, header):
        message = f"{idempotency.KEY_FIELD} must be the same as the header {KEY_HEADER}, or left out"
        raise JobRefused("invalid_parameters", message, fields={idempotency.KEY_FIELD: message})
    return header
