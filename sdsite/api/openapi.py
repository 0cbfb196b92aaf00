"""Additions to Ninja's OpenAPI document: errors of each operation, entity tags and examples."""

from typing import Any

from sdsite.api.error_codes import CODES, FAILURES
from sdsite.api.errors import ErrorAnswer
from sdsite.api.openapi_examples import Sampler, error_example

REFERENCE = "#/components/schemas/{model}"
ALWAYS = ("unauthorized", "rate_limited", "internal_error", "unavailable", "invalid_parameters")  # a query name
SUBMITTING = (
    "checkpoint_missing",
    "checkpoint_not_allowed",
    "adapter_missing",
    "adapter_invalid",
    "limit_exceeded",
    "uploads_full",
    "queue_full",
    "quota_exceeded",
    "queue_closed",
    "maintenance",
    "refused_by_rule",
    "disk_full",
    "invalid_parameters",
)
OF_OPERATION: dict[str, tuple[str, ...]] = {
    "create_job": (*SUBMITTING, "not_acceptable", "idempotency_conflict"),
    "retry_job": (*SUBMITTING, "not_retryable"),
    "generate_exactly": (*SUBMITTING, "not_retryable"),
    "verify_image": (*SUBMITTING, "not_verifiable"),
    "follow_job": ("too_many_streams",),
    "job_sheet": ("no_image",),
    "order_queue": ("not_found",),
    **dict.fromkeys(("list_images", "list_tiles", "image_timeline", "count_images"), ("meaning_unavailable",)),
    **dict.fromkeys(("image_facets", "explore"), ("meaning_unavailable",)),
    "list_image_ids": ("not_found", "meaning_unavailable"),
    "zip_images": ("not_found", "meaning_unavailable"),
    "create_upload": ("uploads_full", "maintenance", "disk_full", "bad_request"),
    "settings_of": ("unreadable_settings", "not_found", "bad_request"),
    "get_image_file": ("quarantined",),
    "get_image_step": ("quarantined",),
    "count_tokens": ("not_found",),
    "inspire_prompt": ("not_found",),
    "enhance_prompt": ("not_allowed", "enhancer_off", "enhancer_failed"),
    "switch_queue": ("not_allowed",),
    **dict.fromkeys(("get_site_settings", "change_site_settings"), ("not_allowed",)),
    "create_key": ("not_allowed",),
    "retry_any_job": (*SUBMITTING, "not_retryable"),
    **dict.fromkeys(("list_workers", "drain_worker", "unload_checkpoint"), ("redis_unavailable",)),
    "delete_image": ("quarantined",),
    "list_moderated_images": ("not_allowed",),
    "release_image": ("not_allowed",),
    "hold_image": ("not_allowed",),
    "delete_moderated_image": ("not_allowed",),
    **dict.fromkeys(("moderate_images", "undo_decisions", "list_decisions", "export_decisions"), ("not_allowed",)),
    "make_appeal": ("not_found", "not_appealable"),
    "list_appeals": ("not_allowed",),
    "decide_appeal": ("not_allowed", "not_appealable"),
    "tag_images": ("not_found",),
    "import_image": ("maintenance", "disk_full", "too_many_collections", "bad_request"),
    "change_images": ("refused_by_rule", "too_many_collections", "meaning_unavailable"),
    "undo_change_of_images": ("undo_expired",),
    "create_collection": ("too_many_collections",),
    "save_search": ("too_many_searches",),
    "share_image": ("refused_by_rule", "sharing_off", "too_many_links"),
    "share_collection": ("refused_by_rule", "sharing_off", "too_many_links"),
    "change_collection": ("refused_by_rule",),
    "add_to_collection": ("refused_by_rule",),
    "create_rule": ("too_many_rules",),
    "delete_role": ("not_found", "role_kept"),
    "set_logo": ("body_too_large",),
    "create_webhook": ("too_many_webhooks",),
    "test_webhook": ("webhook_off",),
    "redeliver_webhook": ("webhook_off",),
    "create_style": ("not_allowed", "too_many_saved"),
    "change_style": ("not_allowed",),
    "delete_style": ("not_allowed",),
    "create_preset": ("not_allowed", "too_many_saved"),
    "change_preset": ("not_allowed",),
    "delete_preset": ("not_allowed",),
    "cancel_image": ("image_stored", "job_finished", "invalid_parameters"),
}
# Operations whose deed has a permission of its own.
OF_DEEDS = (
    *("create_job", "retry_job", "generate_exactly", "verify_image", "create_webhook", "change_webhook"),
    *("create_upload", "import_image"),
    *("change_images", "undo_change_of_images", "change_collection", "add_to_collection"),
    *("share_image", "share_collection", "create_key", "change_key"),
)
OF_FAILED_JOBS = ("create_job",)  # operations that answer with the error of a failed job
UNTAGGED = ("follow_job",)
IF_NONE_MATCH = {
    "in": "header",
    "name": "If-None-Match",
    "required": False,
    "schema": {"type": "string"},
    "description": "The `ETag` of an earlier response: 304 without a body if nothing changed.",
}
ETAG = {"schema": {"type": "string"}, "description": "Entity tag of this content; see `If-None-Match`."}
CHALLENGE = {"schema": {"type": "string"}, "description": "How to authenticate."}
RETRY_AFTER = {"schema": {"type": "integer", "minimum": 1}, "description": "Seconds after which to try again."}

Document = dict[str, Any]
Failure = tuple[int, str, str]  # status, code, meaning


def complete_document(document: Document) -> Document:
    """Add errors, entity tag and examples to every operation of `document`, and the format of errors; return it."""
    shape = ErrorAnswer.model_json_schema(ref_template=REFERENCE)
    components = document["components"]["schemas"]
    components.update(shape.pop("$defs"))
    components["ErrorAnswer"] = shape
    schemes = document["components"]["securitySchemes"]
    for name, scheme in schemes.items():  # Ninja leaves an empty "scheme" in schemes that are not HTTP
        schemes[name] = {field: value for field, value in scheme.items() if value}
    sampler = Sampler(components)
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            _add_examples(operation, sampler)
            if method == "get" and operation["operationId"] not in UNTAGGED:
                _add_tag(operation)
            _add_errors(operation, get_errors(path, method, operation))
    return document


def get_errors(path: str, method: str, operation: Document) -> list[Failure]:
    """Return the errors of an operation, by what it takes, and those of failed jobs."""
    wanted = get_codes(path, method, operation)
    found = [(status, code, meaning) for code, (status, meaning) in CODES.items() if code in wanted]
    if operation["operationId"] in OF_FAILED_JOBS:
        found += [(status, code, meaning) for code, (status, meaning) in FAILURES.items() if code != "internal_error"]
    return found


def get_codes(path: str, method: str, operation: Document) -> list[str]:
    """Return the codes of `CODES` that an operation may answer with."""
    codes = list(ALWAYS)
    if "Needs the scope" in operation.get("description", ""):
        codes += ["forbidden_scope", "terms_not_accepted", "second_factor_required"]
    if "/admin/" in path or operation["operationId"] in OF_DEEDS:
        codes.append("not_allowed")
    if method not in ("get", "head"):
        codes.append("csrf_failed")
    if "{" in path:
        codes.append("not_found")
    if "requestBody" in operation:
        codes.append("body_too_large")
    if "application/json" in operation.get("requestBody", {}).get("content", {}):
        codes += ["invalid_json", "unsupported_media_type"]
    codes += OF_OPERATION.get(operation["operationId"], ())
    return [code for code in CODES if code in codes]


def _add_errors(operation: Document, failures: list[Failure]) -> None:
    for status in sorted({status for status, _, _ in failures}):
        mine = [(code, meaning) for one, code, meaning in failures if one == status]
        headers = {401: {"WWW-Authenticate": CHALLENGE}, 429: {"Retry-After": RETRY_AFTER}}.get(status)
        operation["responses"][status] = {
            "description": " ".join(f"`{code}`: {meaning}" for code, meaning in mine),
            **({"headers": headers} if headers else {}),
            "content": {
                "application/json": {
                    "schema": {"$ref": REFERENCE.format(model="ErrorAnswer")},
                    "examples": {code: error_example(code, meaning) for code, meaning in mine},
                }
            },
        }


def _add_tag(operation: Document) -> None:
    operation["parameters"].append(IF_NONE_MATCH)
    operation["responses"][200].setdefault("headers", {})["ETag"] = ETAG
    operation["responses"][304] = {"description": "Not modified."}


def _add_examples(operation: Document, sampler: Sampler) -> None:
    for parameter in operation.get("parameters", []):
        if parameter["required"]:
            parameter["example"] = sampler.sample(parameter["schema"], parameter["name"])
    for status, body in [(200, operation.get("requestBody", {})), *operation["responses"].items()]:
        content = body.get("content", {}).get("application/json")
        if content and not {"example", "examples"} & set(content):
            content["examples"] = sampler.examples(content["schema"], status)
