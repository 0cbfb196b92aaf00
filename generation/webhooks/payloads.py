"""Body of a delivery: the map of a websocket event, with an id and the time of the event."""

import json
from typing import Any

from gallery.models import Image
from gallery.serializers import serialize_image
from generation.models import Job, WebhookDelivery
from generation.serializers.jobs import serialize_job
from generation.webhooks.catalog import EVENTS, MOST_BODY_BYTES, TEST_EVENT

SHORT_IMAGE = ("id", "job_id", "index", "file_url")


class SubjectDeleted(Exception):
    """Raised when the job or image of a delivery was deleted."""


def make_body(delivery: WebhookDelivery) -> str:
    """Return the JSON of a delivery, at most MOST_BODY_BYTES of UTF-8.

    `data` is the job or the image as it is now. A job that is too long has only the fields SHORT_IMAGE of its images,
    or no images, or no parameters either; then `shortened` is true.

    Raises:
        SubjectDeleted: the job or the image was deleted.
    """
    data = _data(delivery)
    text = _text(delivery, data)
    short = [{name: image[name] for name in SHORT_IMAGE} for image in data.get("images", [])]
    shorter: tuple[dict[str, Any], ...] = ({"images": short}, {"images": []}, {"images": [], "parameters": {}})
    for cut in shorter:
        if len(text.encode()) <= MOST_BODY_BYTES:
            break
        text = _text(delivery, {**data, **cut, "shortened": True})
    return text


def _data(delivery: WebhookDelivery) -> dict[str, Any]:
    if delivery.event == TEST_EVENT:
        return {"message": "This is a test.", "events": list(EVENTS)}
    if delivery.job_id is None:
        raise SubjectDeleted("The job was deleted before the delivery was sent.")
    if delivery.index is not None:
        image = Image.objects.kept().filter(job_id=delivery.job_id, index=delivery.index).first()
        if image is None:
            raise SubjectDeleted("The image was deleted before the delivery was sent.")
        return {"index": image.index, "image": serialize_image(image).model_dump(mode="json")}
    job = Job.objects.select_related("checkpoint").filter(pk=delivery.job_id).first()
    if job is None:
        raise SubjectDeleted("The job was deleted before the delivery was sent.")
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
