"""Webhook of a single job, as given in the request for that job."""

from typing import Self

from django.http import HttpResponse
from pydantic import ConfigDict, Field, field_validator

from generation.models import Job, Webhook
from generation.models.webhook import make_secret
from generation.webhooks import actions, signing
from generation.webhooks.catalog import END_EVENTS, EVENTS
from sdsite.core.schemas import StrictModel

SECRET_HEADER = "X-Sdsite-Webhook-Secret"  # noqa: S105  the name of a header


class JobWebhook(StrictModel):
    """Address and events of a webhook for one job."""

    model_config = ConfigDict(frozen=True)

    url: str = Field(description="http or https, a public address.", examples=["https://example.org/hooks/sdsite"])
    events: list[str] = Field(
        list(END_EVENTS), description=f"Events to send: {', '.join(EVENTS)}. Default: the three ends of a job."
    )
    secret: str | None = Field(
        None,
        description=f"Signs the deliveries: {signing.SECRET_PREFIX} and {signing.LEAST_BYTES} to "
        f"{signing.MOST_BYTES} random bytes in base64. Default: the site makes one and returns it once, in the "
        f"response header `{SECRET_HEADER}`.",
        repr=False,
    )

    def with_secret(self) -> Self:
        """Return a copy that has a secret."""
        return self if self.secret else self.model_copy(update={"secret": make_secret()})

    @field_validator("url")
    @classmethod
    def _url(cls, value: str) -> str:
        return actions.check_url(value)

    @field_validator("events")
    @classmethod
    def _events(cls, value: list[str]) -> list[str]:
        return actions.check_events(value)

    @field_validator("secret")
    @classmethod
    def _secret(cls, value: str | None) -> str | None:
        return None if value is None else signing.check_secret(value)


def add_secret_header(response: HttpResponse, job: Job, *, asked: JobWebhook | None, used: JobWebhook | None) -> None:
    """Add SECRET_HEADER if the site made the secret for `job` in this request; a repeated request does not get it."""
    if asked is None or used is None or asked.secret is not None or used.secret is None:
        return
    if Webhook.objects.filter(job=job, secret=used.secret).exists():
        response[SECRET_HEADER] = used.secret
        response["Cache-Control"] = "no-store"
