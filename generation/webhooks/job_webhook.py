"""The webhook of one job, as a request for that job names it."""

from typing import Self

from django.http import HttpResponse
from pydantic import ConfigDict, Field, field_validator

from generation.models import Job, Webhook
from generation.models.webhook import make_secret
from generation.webhooks import actions, signing
from generation.webhooks.catalog import ENDS, EVENTS
from sdsite.core.schemas import StrictModel

SECRET_HEADER = "X-Sdsite-Webhook-Secret"  # noqa: S105  the name of a header


class JobWebhook(StrictModel):
    """Where to tell what becomes of the job."""

    model_config = ConfigDict(frozen=True)

    url: str = Field(description="http or https, a public address.", examples=["https://example.org/hooks/sdsite"])
    events: list[str] = Field(
        list(ENDS), description=f"What to hear of: {', '.join(EVENTS)}. Left out: the job's end, whichever it is."
    )
    secret: str | None = Field(
        None,
        description=f"What deliveries are signed with: {signing.SECRET_PREFIX} and {signing.LEAST_BYTES} to "
        f"{signing.MOST_BYTES} random bytes in base64. Left out: the site makes one and says it in the header "
        f"`{SECRET_HEADER}` of the answer, this once.",
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


def tell_secret(response: HttpResponse, job: Job, *, asked: JobWebhook | None, used: JobWebhook | None) -> None:
    """Say in SECRET_HEADER the secret that the site made for `job`; a request that was repeated is not told again."""
    if asked is None or used is None or asked.secret is not None or used.secret is None:
        return
    if Webhook.objects.filter(job=job, secret=used.secret).exists():
        response[SECRET_HEADER] = used.secret
        response["Cache-Control"] = "no-store"
