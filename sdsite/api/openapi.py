"""Complete Ninja's OpenAPI document: which errors each operation may answer with."""

from typing import Any

from sdsite.api.errors import CODES, ErrorAnswer

REFERENCE = "#/components/schemas/{model}"
ALWAYS = ("unauthorized", "rate_limited", "internal_error", "unavailable")
SUBMITTING = (
    "checkpoint_missing",
    "checkpoint_not_allowed",
    "adapter_missing",
    "adapter_invalid",
    "limit_exceeded",
    "queue_full",
    "quota_exceeded",
    "queue_closed",
)
OF_OPERATION: dict[str, tuple[str, ...]] = {
    "create_job": (*SUBMITTING, "not_acceptable", "idempotency_conflict"),
    "retry_job": (*SUBMITTING, "not_retryable"),
    "follow_job": ("too_many_streams",),
    "order_queue": ("not_found",),
    "create_upload": ("uploads_full",),
    "create_style": ("not_allowed", "too_many_saved"),
    "change_style": ("not_allowed",),
    "delete_style": ("not_allowed",),
    "create_preset": ("not_allowed", "too_many_saved"),
    "change_preset": ("not_allowed",),
    "delete_preset": ("not_allowed",),
    "cancel_image": ("image_stored", "job_finished"),
}


def codes_of(path: str, method: str, operation: dict[str, Any]) -> list[str]:
    """Return the codes that an operation may answer with, by what it takes."""
    codes = list(ALWAYS)
    if "Needs the scope" in operation.get("description", ""):
        codes.append("forbidden_scope")
    if method not in ("get", "head"):
        codes.append("csrf_failed")
    if "{" in path:
        codes.append("not_found")
    if "requestBody" in operation:
        codes.append("body_too_large")
    if "application/json" in operation.get("requestBody", {}).get("content", {}):
        codes += ["invalid_json", "unsupported_media_type"]
    if "requestBody" in operation or any(one["in"] == "query" for one in operation.get("parameters", [])):
        codes.append("invalid_parameters")
    codes += OF_OPERATION.get(operation["operationId"], ())
    return [code for code in CODES if code in codes]


def with_errors(document: dict[str, Any]) -> dict[str, Any]:
    """Add the error answers to every operation of `document`, and the shape they share to its components."""
    shape = ErrorAnswer.model_json_schema(ref_template=REFERENCE)
    components = document["components"]["schemas"]
    components.update(shape.pop("$defs"))
    components["ErrorAnswer"] = shape
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            _add(operation, codes_of(path, method, operation))
    return document


def _add(operation: dict[str, Any], codes: list[str]) -> None:
    for status in sorted({CODES[code][0] for code in codes}):
        mine = [code for code in codes if CODES[code][0] == status]
        example = {"error": {"code": mine[0], "message": CODES[mine[0]][1], "fields": {}}}
        operation["responses"][status] = {
            "description": " ".join(f"`{code}`: {CODES[code][1]}" for code in mine),
            "content": {
                "application/json": {"schema": {"$ref": REFERENCE.format(model="ErrorAnswer")}, "example": example}
            },
        }
