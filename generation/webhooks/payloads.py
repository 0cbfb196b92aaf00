"""What a delivery says: the same map as an event of the websocket, with an id and the moment of what happened."""

import json
from typing import Any

from gallery.models import Image
from gallery.serializers import serialize_image
from generation.models import Job, WebhookDelivery
from generation.serializers.jobs import serialize_job
from generation.webhooks.catalog import EVENTS, MOST_BODY_BYTES, TEST_EVENT

SHORT_IMAGE = ("id", "job_id", "index", "file_url")


class Gone(Exception):
    """What the delivery is about was deleted meanwhile."""


def make_body(delivery: WebhookDelivery) -> str:
    """Return the JSON of a delivery, at most MOST_BODY_BYTES of UTF-8.

    `data` is the job, or the image, as it is now. A job that is too long is told with SHORT_IMAGE of its images alone,
    or without images, or without parameters as well; `shortened` says so.

    Raises:
        Gone: the job or the image is no more.
    """
    data = _data(delivery)
    text = _text(delivery, data)
    short = [{name: image[name] for name in SHORT_IMAGE} for image in data.get("images", [])]
    shorter: tuple[dict[str, Any], ...] = ({"images": short}, {"images": []}, {"images": [], "parameters": {}})
    for left in shorter:
        if len(text.encode()) <= MOST_BODY_BYTES:
            break
        text = _text(delivery, {**data, **left, "shortened": True})
    return text


def _data(delivery: WebhookDelivery) -> dict[str, Any]:
    if delivery.event == TEST_EVENT:
        return {"message": "This is a test.", "events": list(EVENTS)}
    if delivery.job_id is None:
        raise Gone("It is about no job.")
    if delivery.index is not None:
        image = Image.objects.filter(job_id=delivery.job_id, index=delivery.index).first()
        if image is None:
            raise Gone("The image was deleted before it could be told.")
        return {"index": image.index, "image": serialize_image(image).model_dump(mode="json")}
    job = Job.objects.select_related("checkpoint").filter(pk=delivery.job_id).first()
    if job is None:
        raise Gone("The job was deleted before it could be told.")
    return serialize_job(job).model_dump(mode="json")


def _text(delivery: WebhookDelivery, data: dict[str, Any]) -> str:
    message = {
        "id": str(delivery.pk),
        "event": delivery.event,
        "created_at": delivery.created_at.isoformat(),
        "job": str(delivery.job_id) if delivery.job_id else None,
        "sequence": delivery.sequence,
        "data": data,
    }
    return json.dumps(message, ensure_ascii=False, separators=(",", ":"))
