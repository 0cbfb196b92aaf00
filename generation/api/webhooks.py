"""Router of webhooks and their deliveries."""

import uuid
from datetime import datetime
from typing import Annotated, Literal

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from ninja import Query, Router
from ninja.responses import Status
from pydantic import BaseModel, Field
from pydantic.config import JsonDict

from generation.models import Webhook, WebhookDelivery
from generation.models.webhook import LONGEST_NAME
from generation.webhooks import actions
from generation.webhooks.catalog import END_EVENTS, EVENTS
from sdsite.accounts.scopes import require_scope
from sdsite.core import pagination
from sdsite.core.schemas import StrictModel

router = Router(tags=["Webhooks"])

EVENTS_SAY = f"One or more of {', '.join(EVENTS)}."
EVENTS_ARE: JsonDict = {"items": {"type": "string", "enum": list(EVENTS)}, "minItems": 1}
ADDRESS = "http or https, a public address of at most 2048 characters."
EXAMPLE = "https://example.org/hooks/sdsite"
Limit = Annotated[int, Query(ge=1, le=pagination.MOST_ITEMS, description="Most items of a page.")]
Cursor = Annotated[str | None, Query(description="The `next` of the previous page.")]


class WebhookIn(StrictModel):
    """A webhook to make."""

    name: str = Field(description=f"1 to {LONGEST_NAME} characters.", examples=["Chat bot"])
    url: str = Field(description=ADDRESS, examples=[EXAMPLE])
    events: list[str] = Field(
        list(END_EVENTS), description=EVENTS_SAY, examples=[list(END_EVENTS)], json_schema_extra=EVENTS_ARE
    )
    enabled: bool = True


class WebhookChange(StrictModel):
    """Changes of a webhook; fields left out stay."""

    name: str | None = Field(None, description=f"1 to {LONGEST_NAME} characters.", examples=["Chat bot"])
    url: str | None = Field(None, description=ADDRESS, examples=[EXAMPLE])
    events: list[str] | None = Field(None, description=EVENTS_SAY, examples=[list(END_EVENTS)])
    enabled: bool | None = Field(None, description="Enabling it resets the failures.")


class WebhookOut(BaseModel):
    """A webhook as it is kept; its secret is in no answer but the one that made it."""

    id: uuid.UUID
    name: str = Field(examples=["Chat bot"])
    url: str = Field(examples=[EXAMPLE])
    events: list[str] = Field(examples=[list(END_EVENTS)])
    enabled: bool
    job: uuid.UUID | None = Field(description="The one job whose events it receives; null: all jobs of its owner.")
    failures: int = Field(description="Failed attempts since the last success.", examples=[0])
    switched_off_at: datetime | None = Field(description="When the site disabled it because it kept failing.")
    created_at: datetime


class WebhookSecretOut(WebhookOut):
    """A webhook with its new secret, shown this once."""

    secret: str = Field(description="The secret that deliveries are signed with.", examples=["whsec_" + "A" * 43 + "="])


class DeliveryOut(BaseModel):
    """One event on its way to one webhook."""

    id: uuid.UUID = Field(description="Sent to the receiver as `webhook-id`.")
    event: str = Field(examples=["job.succeeded"])
    job: uuid.UUID | None
    index: int | None = Field(description="The index of the image that it concerns.", examples=[0])
    state: Literal["waiting", "sending", "delivered", "failed"] = Field(examples=["delivered"])
    attempts: int = Field(examples=[1])
    response_status: int | None = Field(description="HTTP status of the last answer.", examples=[204])
    error: str = Field(description="The error of the last attempt.", examples=[""])
    created_at: datetime
    last_attempt_at: datetime | None
    next_attempt_at: datetime | None = Field(description="When it is tried next, while it is due.")
    finished_at: datetime | None


class DeliveryPage(BaseModel):
    """Deliveries, newest first; `next` is the cursor of the next page, null on the last."""

    items: list[DeliveryOut]
    next: str | None = Field(examples=[None])


def serialize_webhook(hook: Webhook) -> WebhookOut:
    """Return a webhook as its owner sees it, without its secret."""
    shown = {name: getattr(hook, name) for name in WebhookOut.model_fields if name != "job"}
    return WebhookOut(**shown, job=hook.job_id)


def serialize_delivery(delivery: WebhookDelivery) -> DeliveryOut:
    """Return a delivery as its owner sees it."""
    shown = {
        name: getattr(delivery, name) for name in DeliveryOut.model_fields if name not in ("job", "next_attempt_at")
    }
    waits = delivery.state == WebhookDelivery.State.WAITING
    return DeliveryOut(**shown, job=delivery.job_id, next_attempt_at=delivery.next_attempt_at if waits else None)


def _own(request: HttpRequest, webhook_id: uuid.UUID, scope: str) -> Webhook:
    require_scope(request, scope)
    return get_object_or_404(Webhook.objects.visible_to(request.user), pk=webhook_id)  # type: ignore[arg-type]


def _with_secret(request: HttpRequest, response: HttpResponse, hook: Webhook, secret: str) -> WebhookSecretOut:
    response["Cache-Control"] = "no-store"
    return WebhookSecretOut(**dict(serialize_webhook(hook)), secret=secret)


@router.get("/webhooks", response=list[WebhookOut], operation_id="list_webhooks", summary="List webhooks")
def list_webhooks(
    request: HttpRequest,
    job: Annotated[uuid.UUID | None, Query(description="Those of one job, in place of those of the account.")] = None,
) -> list[WebhookOut]:
    """Return own webhooks, newest first. Needs the scope `read`."""
    require_scope(request, "read")
    mine = Webhook.objects.visible_to(request.user)  # type: ignore[arg-type]
    return [serialize_webhook(hook) for hook in (mine.filter(job_id=job) if job else mine.of_account())]


@router.post("/webhooks", response={201: WebhookSecretOut}, operation_id="create_webhook", summary="Create a webhook")
def create_webhook(request: HttpRequest, body: WebhookIn, response: HttpResponse) -> Status[WebhookSecretOut]:
    """Let an address hear of all own jobs; the answer has its secret, this once. Needs the scope `write`."""
    require_scope(request, "write")
    hook, secret = actions.create_webhook(owner=request.user, **body.model_dump())  # type: ignore[arg-type]
    response["Location"] = reverse("api:webhook", args=[hook.pk])
    return Status(201, _with_secret(request, response, hook, secret))


@router.get(
    "/webhooks/{webhook_id}",
    response=WebhookOut,
    operation_id="get_webhook",
    url_name="webhook",
    summary="Get a webhook",
)
def get_webhook(request: HttpRequest, webhook_id: uuid.UUID) -> WebhookOut:
    """Return one webhook. Needs the scope `read`."""
    return serialize_webhook(_own(request, webhook_id, "read"))


@router.patch("/webhooks/{webhook_id}", response=WebhookOut, operation_id="change_webhook", summary="Change a webhook")
def change_webhook(request: HttpRequest, webhook_id: uuid.UUID, body: WebhookChange) -> WebhookOut:
    """Change a webhook, enable or disable it; fields left out stay. Needs the scope `write`."""
    hook = _own(request, webhook_id, "write")
    fields = body.model_dump(exclude_none=True)
    return serialize_webhook(actions.change_webhook(hook=hook, actor=request.user, fields=fields))  # type: ignore[arg-type]


@router.delete(
    "/webhooks/{webhook_id}", response={204: None}, operation_id="delete_webhook", summary="Delete a webhook"
)
def delete_webhook(request: HttpRequest, webhook_id: uuid.UUID) -> HttpResponse:
    """Delete a webhook with its log; what waited for it is not sent. Needs the scope `write`."""
    actions.delete_webhook(hook=_own(request, webhook_id, "write"), actor=request.user)  # type: ignore[arg-type]
    return HttpResponse(status=204)


@router.post(
    "/webhooks/{webhook_id}/secret",
    response=WebhookSecretOut,
    operation_id="rotate_webhook_secret",
    summary="Rotate the secret of a webhook",
)
def rotate_secret(request: HttpRequest, webhook_id: uuid.UUID, response: HttpResponse) -> WebhookSecretOut:
    """Return the new secret, this once; for 24 hours the old one signs as well. Needs the scope `write`."""
    hook = _own(request, webhook_id, "write")
    return _with_secret(request, response, hook, actions.rotate_secret(hook=hook, actor=request.user))  # type: ignore[arg-type]


@router.post(
    "/webhooks/{webhook_id}/test", response={202: DeliveryOut}, operation_id="test_webhook", summary="Test a webhook"
)
def test_webhook(request: HttpRequest, webhook_id: uuid.UUID) -> Status[DeliveryOut]:
    """Send `webhook.test` to a webhook, whatever it wants to hear. Needs the scope `write`."""
    return Status(202, serialize_delivery(actions.send_test(hook=_own(request, webhook_id, "write"))))


@router.get(
    "/webhooks/{webhook_id}/deliveries",
    response=DeliveryPage,
    operation_id="list_webhook_deliveries",
    summary="List deliveries of a webhook",
)
def list_deliveries(
    request: HttpRequest, webhook_id: uuid.UUID, limit: Limit = pagination.DEFAULT_ITEMS, cursor: Cursor = None
) -> DeliveryPage:
    """Return the log of one webhook, newest first, a page at a time. Needs the scope `read`."""
    rows = WebhookDelivery.objects.filter(webhook=_own(request, webhook_id, "read"))
    page = pagination.page(rows, limit=limit, cursor=cursor)
    return DeliveryPage(items=[serialize_delivery(row) for row in page.items], next=page.next)


@router.post(
    "/webhooks/{webhook_id}/deliveries/{delivery_id}/redeliver",
    response={202: DeliveryOut},
    operation_id="redeliver_webhook",
    summary="Send a delivery again",
)
def redeliver(request: HttpRequest, webhook_id: uuid.UUID, delivery_id: uuid.UUID) -> Status[DeliveryOut]:
    """Send a delivery again at once, with the same id and body, and all attempts anew. Needs the scope `write`."""
    hook = _own(request, webhook_id, "write")
    delivery = get_object_or_404(WebhookDelivery.objects.select_related("webhook"), webhook=hook, pk=delivery_id)
    return Status(202, serialize_delivery(actions.redeliver(delivery=delivery)))
