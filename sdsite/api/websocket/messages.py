"""Commands of the native websocket: one map a message, named by its `action`."""

import base64
import json
import uuid
from typing import Any, Literal

import msgpack
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from generation.errors import JobRefused
from generation.jobs.submission import idempotency
from generation.parameters.schema import GenerationParameters
from sdsite.api.endpoint import MOST_DEPTH, is_deep
from sdsite.api.errors import ApiError
from sdsite.api.validation_messages import build_field_messages

MOST_REF = 200


class Refused(Exception):
    """A command that is refused, and the `ref` by which its sender knows it, None where it cannot be read."""

    def __init__(self, ref: str | None, reason: Exception) -> None:
        """Keep both."""
        super().__init__(str(reason))
        self.ref = ref
        self.reason = reason


class _Command(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    action: str
    ref: str | None = Field(None, max_length=MOST_REF)


class Generate(_Command):
    """Generate images: `parameters` are those of `POST /api/v1/jobs`."""

    action: Literal["generate"]
    parameters: dict[str, Any]
    previews: bool = True
    images: bool = False
    idempotency_key: str | None = None

    @field_validator("idempotency_key")
    @classmethod
    def _key(cls, value: str | None) -> str | None:
        return None if value is None else idempotency.check_key(value)

    def requested(self) -> GenerationParameters:
        """Return the requested parameters; bytes among them are images.

        Raises:
            Refused: a parameter is missing, unknown or out of range.
        """
        try:
            return GenerationParameters.model_validate(_with_images(self.parameters))
        except ValidationError as error:
            raise Refused(self.ref, _refusal(error)) from error


class Follow(_Command):
    """Receive the events of an own job that was submitted elsewhere, or before the connection broke."""

    action: Literal["follow"]
    job: uuid.UUID
    previews: bool = True
    images: bool = False


class Cancel(_Command):
    """Cancel an own job."""

    action: Literal["cancel"]
    job: uuid.UUID


AnyCommand = Generate | Follow | Cancel
COMMANDS: dict[str, type[AnyCommand]] = {"generate": Generate, "follow": Follow, "cancel": Cancel}


def read_command(frame: str | bytes) -> AnyCommand:
    """Return the command in a frame: text is JSON, binary is MessagePack.

    Raises:
        Refused: it is neither, or a field is missing, unknown or out of range.
    """
    try:
        command = json.loads(frame) if isinstance(frame, str) else msgpack.unpackb(frame)
    except (ValueError, RecursionError, msgpack.exceptions.UnpackException) as error:
        kind = "JSON" if isinstance(frame, str) else "MessagePack"
        raise Refused(None, ApiError("invalid_json", f"The message is no {kind}: {error!s:.200}")) from error
    if not isinstance(command, dict) or not all(isinstance(name, str) for name in command):
        raise Refused(None, ApiError("invalid_json", "The message must be a map with names as keys."))
    if is_deep(command):
        raise Refused(None, ApiError("invalid_json", f"The message is nested deeper than {MOST_DEPTH} levels."))
    ref = command.get("ref")
    ref = ref if isinstance(ref, str) and len(ref) <= MOST_REF else None
    action = command.get("action")
    command_class = COMMANDS.get(action) if isinstance(action, str) else None
    if command_class is None:
        sentence = f"action must be {', '.join(COMMANDS)}; got {action!r:.60}"
        raise Refused(ref, JobRefused("invalid_parameters", sentence, fields={"action": sentence}))
    try:
        return command_class.model_validate(command)
    except ValidationError as error:
        raise Refused(ref, _refusal(error, names=list(command_class.model_fields))) from error


def _refusal(error: ValidationError, *, names: list[str] | None = None) -> JobRefused:
    """Return the refusal for pydantic's findings, in the API's sentences; `names` are those of the command's fields."""
    problems: list[Any] = error.errors(include_url=False, include_input=False)
    fields = build_field_messages([{**problem, "loc": ("body", "parameters", *problem["loc"])} for problem in problems])
    if names is not None:
        unknown = [str(problem["loc"][0]) for problem in problems if problem["type"] == "extra_forbidden"]
        fields |= {name[:60]: f"{name:.60} is not known; the names are {', '.join(names)}" for name in unknown[:5]}
    return JobRefused("invalid_parameters", "; ".join(list(fields.values())[:5]), fields=fields)


def _with_images(value: Any) -> Any:
    """Return `value` with bytes, which only MessagePack can carry, as data: URLs."""
    if isinstance(value, dict):
        return {name: _with_images(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [_with_images(inner) for inner in value]
    if isinstance(value, bytes):
        return f"data:application/octet-stream;base64,{base64.b64encode(value).decode()}"
    return value
