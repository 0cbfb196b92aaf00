"""Errors of the native API: the answers to exceptions, and the JSON format.

{"error": {"code": "invalid_parameters", "message": "...", "fields": {"width": "width must be ..."}}}
"""

import logging
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any

from django.core.exceptions import ObjectDoesNotExist, RequestDataTooBig, SuspiciousOperation
from django.core.exceptions import ValidationError as RowRefused
from django.db import InterfaceError, OperationalError
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.http.multipartparser import MultiPartParserError
from django.http.request import RawPostDataException, UnreadablePostError
from ninja import NinjaAPI
from ninja.errors import AuthenticationError, HttpError, ValidationError
from pydantic import BaseModel, Field
from redis import RedisError

from gallery.actions.bulk.undo import UndoExpired
from gallery.actions.collections import TooManyCollections
from gallery.actions.moderation.appeals import NotAppealable
from gallery.actions.publication import PublicationRefused
from gallery.actions.sharing import SharingOff, TooManyLinks
from gallery.actions.uploads import UploadRefused
from gallery.file_responses import AnswerTooLarge, Quarantined
from gallery.rules.changes import TooManyRules
from gallery.search.meaning.words import MeaningUnavailable
from gallery.search.saved import TooManySearches
from generation.errors import JobRefused, LimitReached
from generation.jobs.worker_control import WorkerUnknown
from generation.realtime.waiting import JobUnsuccessful
from sdsite.accounts.authentication import CHALLENGE, WrongKey
from sdsite.accounts.required_steps.due import StepDue
from sdsite.accounts.scopes import NotPermitted, ScopeMissing
from sdsite.api.error_codes import CODES, FAILURES
from sdsite.api.validation_messages import build_field_messages
from sdsite.core.disk_space import MESSAGE, is_disk_full
from sdsite.core.json_bodies import BodyTooLarge
from sdsite.core.pagination import InvalidCursor
from sdsite.core.rate_limits import RateLimited
from sdsite.people.roles.delete import RoleKept

logger = logging.getLogger(__name__)

NOT_FOUND = "There is no such object, or it is not yours."

AWAY_SECONDS = "2"  # Retry-After while the database does not answer
FULL_SECONDS = "300"  # Retry-After while the disk is full


class LimitBody(BaseModel):
    """The limit of the role or key that refused the request."""

    name: str = Field(description="The limit, as `/api/v1/me` names it.", examples=["most_images"])
    most: int | None = Field(description="The allowed maximum; null for `checkpoints`.", examples=[4])
    current: float | None = Field(description="The requested or the current value.", examples=[8])
    resets_at: datetime | None = Field(description="When enough will be available; null: never, or unknown.")


class ErrorBody(BaseModel):
    """An error."""

    code: str = Field(description="Stable name of the error.", examples=["invalid_parameters"])
    message: str = Field(description="Message for users.")
    fields: dict[str, str] = Field(
        description="Names of invalid fields, each with a message that says what is allowed.",
        examples=[{"width": "width must be 64 to 2048, in multiples of 8; got 63"}],
    )
    limit: LimitBody | None = Field(None, description="Only where a limit of the role or key was reached.")


class ErrorAnswer(BaseModel):
    """Format of every error."""

    error: ErrorBody


@dataclass(frozen=True)
class Answer:
    """An error to be sent; its status is that of `CODES` unless given."""

    code: str
    message: str
    fields: Mapping[str, str] = field(default_factory=dict)
    status: int | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    limit: LimitReached | None = None


class ApiError(Exception):
    """An error of the API itself; `code` is one of `CODES`."""

    def __init__(self, code: str, message: str, fields: Mapping[str, str] | None = None) -> None:
        """Keep the answer."""
        super().__init__(message)
        self.answer = Answer(code, message, fields or {})


def get_status(answer: Answer) -> int:
    """Return the HTTP status of `answer`."""
    return answer.status or CODES.get(answer.code, (500, ""))[0]


def render(answer: Answer) -> HttpResponse:
    """Return the response for `answer`."""
    error: dict[str, Any] = {"code": answer.code, "message": answer.message, "fields": dict(answer.fields)}
    if answer.limit:
        error["limit"] = asdict(answer.limit)
    status = get_status(answer)
    headers = {"Cache-Control": "no-store", **answer.headers}
    if status == 401:
        headers["WWW-Authenticate"] = CHALLENGE
    return JsonResponse({"error": error}, status=status, headers=headers)


def _validation(error: ValidationError) -> Answer:
    if any(problem["loc"][0] == "path" for problem in error.errors):
        return Answer("not_found", NOT_FOUND)
    fields = build_field_messages(error.errors)
    return Answer("invalid_parameters", "; ".join(list(fields.values())[:5]), fields)


def _refused_row(error: RowRefused) -> Answer:
    fields = {name: " ".join(said) for name, said in error.message_dict.items()}
    return Answer("invalid_parameters", "; ".join(fields.values()), fields)


def _http(error: HttpError) -> Answer:
    # Ninja hides what its parser raised behind "Cannot parse request body".
    if isinstance(error.__cause__, ApiError | RequestDataTooBig):
        return ANSWERS[type(error.__cause__)](error.__cause__)
    return Answer("bad_request", str(error), status=error.status_code)


def _refused(error: JobRefused) -> Answer:
    headers = {} if error.retry_after is None else {"Retry-After": str(error.retry_after)}
    return Answer(error.code, error.message, error.fields, error.status, headers, error.limit)


def _not_kept(error: UploadRefused) -> Answer:
    return Answer(error.code, error.message, {"file": error.message} if error.code == "invalid_parameters" else {})


def _unsuccessful(error: JobUnsuccessful) -> Answer:
    status = FAILURES.get(error.code, FAILURES["internal_error"])[0]
    return Answer(error.code, str(error), status=status, headers={"X-Sdsite-Job": str(error.job_id)})


def _internal(error: Exception) -> Answer:
    logger.exception("an API request failed", exc_info=error)
    return Answer("internal_error", "An error of the site. It has been logged.")


def _system(error: Exception) -> Answer:
    return _disk_full(error) if is_disk_full(error) else _internal(error)


def _disk_full(error: Exception) -> Answer:
    logger.warning("an API request was refused, the disk is full: %s", error)
    return Answer("disk_full", MESSAGE, headers={"Retry-After": FULL_SECONDS})


def _away(error: Exception) -> Answer:
    if is_disk_full(error):
        return _disk_full(error)
    logger.warning("an API request failed, the database does not answer: %s", error)
    message = "The site's database does not answer. Try again in a few seconds."
    return Answer("unavailable", message, headers={"Retry-After": AWAY_SECONDS})


def _without_redis(error: Exception) -> Answer:
    logger.warning("an API request failed, Redis does not answer: %s", error)
    message = "Redis does not answer, so workers and messages are out of reach. Try again in a few seconds."
    return Answer("redis_unavailable", message, headers={"Retry-After": AWAY_SECONDS})


def _says(code: str, message: str) -> Callable[[Any], Answer]:
    def answer(error: Exception) -> Answer:
        return Answer(code, message)

    return answer


_absent = _says("not_found", NOT_FOUND)

# Exception -> its answer; the nearest class of an exception decides.
ANSWERS: dict[type[Exception], Callable[[Any], Answer]] = {
    ApiError: lambda error: error.answer,
    AuthenticationError: _says("unauthorized", "Send an API key (Authorization: Bearer <key>) or log in."),
    WrongKey: lambda error: Answer("unauthorized", str(error)),
    ScopeMissing: lambda error: Answer("forbidden_scope", str(error)),
    StepDue: lambda error: Answer(error.code, str(error)),
    NotPermitted: lambda error: Answer("not_allowed", str(error)),
    JobRefused: _refused,
    JobUnsuccessful: _unsuccessful,
    UploadRefused: _not_kept,
    RateLimited: lambda error: Answer("rate_limited", str(error), headers={"Retry-After": str(error.retry_after)}),
    TooManyCollections: lambda error: Answer("too_many_collections", str(error)),
    UndoExpired: lambda error: Answer("undo_expired", str(error)),
    TooManySearches: lambda error: Answer("too_many_searches", str(error)),
    NotAppealable: lambda error: Answer("not_appealable", str(error)),
    RoleKept: lambda error: Answer("role_kept", str(error), error.uses),
    TooManyRules: lambda error: Answer("too_many_rules", str(error)),
    TooManyLinks: lambda error: Answer("too_many_links", str(error)),
    MeaningUnavailable: lambda error: Answer("meaning_unavailable", str(error), headers={"Retry-After": "5"}),
    PublicationRefused: lambda error: Answer("refused_by_rule", str(error)),
    SharingOff: lambda error: Answer("sharing_off", str(error)),
    AnswerTooLarge: lambda error: Answer("answer_too_large", str(error)),
    Quarantined: lambda error: Answer("quarantined", str(error)),
    InvalidCursor: lambda error: Answer("invalid_parameters", str(error), {"cursor": str(error)}),
    ValidationError: _validation,
    RowRefused: _refused_row,
    HttpError: _http,
    Http404: _absent,
    ObjectDoesNotExist: _absent,
    BodyTooLarge: lambda error: Answer("body_too_large", str(error)),
    RequestDataTooBig: _says("body_too_large", "The body is larger than the site takes."),
    RawPostDataException: _says("unsupported_media_type", "Send the body as JSON."),
    MultiPartParserError: _says("bad_request", "The form cannot be read."),
    UnreadablePostError: _says("bad_request", "The body ended early."),
    SuspiciousOperation: _says("bad_request", "The request cannot be read."),
    RedisError: _without_redis,
    WorkerUnknown: lambda error: Answer("not_found", str(error)),
    OSError: _system,
    OperationalError: _away,
    InterfaceError: _away,
    Exception: _internal,
}


def clear_tracebacks(error: BaseException | None) -> None:
    """Remove the tracebacks of an exception that was answered, and of its causes.

    An exception from another thread and the frames it passed refer to each other, and the frames to the request with
    its body of up to 30 MB: all of it would stay in memory until Python's garbage collector runs.
    """
    seen: set[int] = set()
    while error is not None and id(error) not in seen:  # an exception may be its own cause
        seen.add(id(error))
        error.__traceback__ = None
        error = error.__cause__ or error.__context__


def install(api: NinjaAPI) -> None:
    """Register the table of answers as exception handlers of `api`."""
    for kind, answer in ANSWERS.items():
        api.add_exception_handler(kind, _handler(answer))


def _handler(answer: Callable[[Any], Answer]) -> Callable[[HttpRequest, Any], HttpResponse]:
    def handle(request: HttpRequest, error: Any) -> HttpResponse:
        response = render(answer(error))
        clear_tracebacks(error)
        return response

    return handle
