"""API router of the devices that take push messages: the site's key, add, list, remove. Mounted below /api/v1."""

from datetime import datetime
from typing import Annotated

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from ninja import Router
from ninja.responses import Status
from pydantic import BaseModel, Field

from sdsite.accounts.credentials import get_credentials
from sdsite.accounts.models import PushDevice
from sdsite.accounts.notices.push.devices import MOST_DEVICES, add_device, remove_device
from sdsite.accounts.notices.push.keys import public_key
from sdsite.accounts.scopes import require_scope
from sdsite.accounts.sessions.agents import browser_of, system_of
from sdsite.core.http.fetch import LONGEST_URL
from sdsite.core.schemas import StrictModel

router = Router(tags=["Notices"])

LARGEST_ID = 2**63 - 1
KEY_EXAMPLE = "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4"


class PushKeyOut(BaseModel):
    """The public key of the site."""

    key: str = Field(description="For `applicationServerKey` of the browser's subscription.", examples=[KEY_EXAMPLE])


class PushDeviceIn(StrictModel):
    """A subscription, as the browser has it."""

    endpoint: Annotated[str, Field(min_length=1, max_length=LONGEST_URL)] = Field(
        description="Address of the push service; https, and public.", examples=["https://push.example.org/send/1"]
    )
    p256dh: Annotated[str, Field(max_length=100)] = Field(
        description="Public key of the browser: 65 bytes as base64url.", examples=[KEY_EXAMPLE]
    )
    auth: Annotated[str, Field(max_length=40)] = Field(
        description="Secret of the browser: 16 bytes as base64url.", examples=["BTBZMqHH6r4Tts7J_aSIgg"]
    )
    name: Annotated[str, Field(max_length=100)] = Field(
        "", description="What the list of devices calls it; empty: the browser and system."
    )


class PushDeviceOut(BaseModel):
    """A device that takes push messages; its address is a secret and is not shown."""

    id: int
    name: str
    created_at: datetime
    sent_at: datetime | None = Field(description="When a notice was sent to it last; null: never.")


def _represent(device: PushDevice) -> PushDeviceOut:
    return PushDeviceOut(id=device.pk, name=device.name, created_at=device.created_at, sent_at=device.sent_at)


def _name_of(request: HttpRequest) -> str:
    """Return the browser and the system that sent a request, as far as they say."""
    agent = request.headers.get("User-Agent", "")
    return " · ".join(name for name in (browser_of(agent), system_of(agent)) if name)


@router.get("/notices/push/key", response=PushKeyOut, operation_id="get_push_key", summary="Get the site's push key")
def get_key(request: HttpRequest) -> PushKeyOut:
    """Return the key with which a browser subscribes to this site. Needs the scope `read`."""
    require_scope(request, "read")
    return PushKeyOut(key=public_key())


@router.get(
    "/notices/push/devices",
    response=list[PushDeviceOut],
    operation_id="list_push_devices",
    summary="List your push devices",
)
def list_devices(request: HttpRequest) -> list[PushDeviceOut]:
    """Return the devices that take push messages for you, newest first; at most 10. Needs the scope `read`."""
    require_scope(request, "read")
    rows = PushDevice.objects.visible_to(get_credentials(request).user)[:MOST_DEVICES]
    return [_represent(device) for device in rows]


@router.post(
    "/notices/push/devices",
    response={201: PushDeviceOut},
    operation_id="add_push_device",
    summary="Add a push device",
)
def add(request: HttpRequest, body: PushDeviceIn) -> Status[PushDeviceOut]:
    """Have notices sent to a browser by its subscription; the oldest of 11 goes. Needs the scope `write`."""
    require_scope(request, "write")
    said = body.model_dump()
    said["name"] = said["name"].strip() or _name_of(request)
    return Status(201, _represent(add_device(user=get_credentials(request).user, **said)))


@router.delete(
    "/notices/push/devices/{int:device_id}",
    response={204: None},
    operation_id="remove_push_device",
    summary="Remove a push device",
)
def remove(request: HttpRequest, device_id: int) -> HttpResponse:
    """Send nothing more to one of your devices. Needs the scope `write`."""
    require_scope(request, "write")
    user = get_credentials(request).user
    if device_id > LARGEST_ID:
        raise Http404
    remove_device(user=user, device=get_object_or_404(PushDevice.objects.visible_to(user), pk=device_id))
    return HttpResponse(status=204)
