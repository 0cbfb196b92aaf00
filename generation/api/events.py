"""Router of the server-sent events of one job."""

import uuid
from typing import Annotated

from asgiref.sync import sync_to_async
from django.db import connection
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from ninja import Header, Query, Router

from generation.errors import JobRefused
from generation.models import Job
from generation.realtime import sse
from generation.realtime.authentication import Connection
from sdsite.accounts.authentication import key_in
from sdsite.accounts.credentials import get_credentials
from sdsite.accounts.scopes import require_scope
from sdsite.core.backpressure import get_backpressure

router = Router()

EVENT_STREAM = "text/event-stream"
EXAMPLE = """retry: 2000

id: 3
event: job.progress
data: {"event": "job.progress", "job": "0b7f...", "sequence": 3, "data": {"step": 1, "total": 20, "eta_seconds": 0.4}}

: still here
"""
SEEN = "The last sequence number that was seen; a client that is up to date gets no snapshot."


def _stream(request: HttpRequest, job_id: uuid.UUID, last_id: int | None, previews: bool) -> sse.JobStream | None:
    """Return the stream of an own job, None where there is nothing left to tell."""
    try:
        job = get_object_or_404(Job.objects.visible_to(request.user), pk=job_id)  # type: ignore[arg-type]
        if job.is_finished and last_id is not None and last_id >= job.sequence:
            return None
        sse.check_stream_limit(job.owner_id)
        return sse.JobStream(
            job,
            client=_connection(request),
            backpressure=get_backpressure(request),
            last_id=last_id,
            previews=previews,
        )
    finally:
        connection.close()  # this thread now waits for the end of the stream, which may take long


def _connection(request: HttpRequest) -> Connection:
    raw_key = key_in(request.headers)
    session_key = None if raw_key else request.session.session_key
    return Connection(get_credentials(request), raw_key=raw_key, session_key=session_key)


def _sequence(header: str | None, query: str | None) -> int | None:
    """Return the number that the client sent, the header first, or None; an empty one counts as none."""
    text = (header or query or "").strip()
    if not text:
        return None
    if not text.isascii() or not text.isdigit() or len(text) > 18:
        message = f"Last-Event-ID must be the id of an event, a whole number of at most 18 digits; got {text!r:.40}"
        raise JobRefused("invalid_parameters", message, fields={"last_event_id": message})
    return int(text)


@router.get(
    "/jobs/{job_id}/events",
    operation_id="follow_job",
    url_name="job_events",
    tags=["Jobs"],
    summary="Follow a job",
    openapi_extra={
        "responses": {
            200: {
                "description": "The stream; it ends with the job.",
                "content": {EVENT_STREAM: {"example": EXAMPLE}},
            },
            204: {"description": "The job has ended and the client has seen it: there is nothing to come back for."},
        }
    },
)
async def follow_job(
    request: HttpRequest,
    job_id: uuid.UUID,
    last_event_id: Annotated[str | None, Header(alias="Last-Event-ID", description=SEEN)] = None,
    seen: Annotated[
        str | None, Query(alias="last_event_id", description="The same, for clients that cannot set the header.")
    ] = None,
    previews: Annotated[bool, Query(description="Send previews too, as base64 JPEG.")] = False,
) -> HttpResponseBase:
    """Stream the events of a job as server-sent events: first a `snapshot`, then events, until the job has ended.

    The events are those of the websocket, each with its sequence number as `id`. Needs the scope `read`.
    """
    require_scope(request, "read")
    last_id = _sequence(last_event_id, seen)
    stream = await sync_to_async(_stream)(request, job_id, last_id, previews)
    if stream is None:
        return HttpResponse(status=204)
    headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}  # the latter keeps nginx from collecting it
    if request.method == "HEAD":
        return HttpResponse(content_type=EVENT_STREAM, headers=headers)
    return StreamingHttpResponse(stream.parts(), content_type=EVENT_STREAM, headers=headers)
