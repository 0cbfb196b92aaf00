"""Examples of all requests, responses and errors for the OpenAPI document, made from the schemas.

The value of a field is one of its own `examples`, one of NAMES, or one that follows from its type, so that new fields
have examples too. A test validates every example against its schema.
"""

from collections.abc import Callable
from typing import Any

JOB, IMAGE, UPLOAD, OTHER = (
    "5f0c1c7e-6a53-4a8f-9f4e-0d3a2b1c4d5e",
    "2b7d9a10-3c1e-4f6b-8a9d-7e6f5a4b3c2d",
    "8c1f52d4-90ab-4cde-8f01-23456789abcd",
    "c0ffee00-1234-4abc-9def-0123456789ab",
)
MOMENT = "2026-01-31T14:05:00Z"
LATER = "2026-01-31T14:05:03Z"
PARAMETERS = {
    "version": 1,
    "task": "text_to_image",
    "prompt": "a red heart",
    "negative_prompt": "",
    "checkpoint": "starter",
    "width": 128,
    "height": 128,
    "steps": 20,
    "guidance_scale": 4.0,
    "sampler": "ddim",
    "schedule": "normal",
    "timestep_spacing": "trailing",
    "seed": 7,
    "count": 1,
    "output_format": "png",
}

# Values by field name or, where models differ, by "Model.field".
NAMES: dict[str, Any] = {
    "job_id": JOB,
    "image_id": IMAGE,
    "upload_id": UPLOAD,
    "JobOut.id": JOB,
    "JobOut.status": "succeeded",
    "JobOut.sequence": 24,
    "JobOut.attempt": 1,
    "JobOut.error": None,
    "JobOut.position": None,
    "JobOut.eta_seconds": None,
    "JobOut.seconds": 1.2,
    "JobOut.dropped": [],
    "JobOut.refused": [],
    "JobOut.source": "api",
    "ProgressOut.step": 20,
    "ProgressOut.total": 20,
    "ProgressOut.fraction": 1.0,
    "ImageOut.id": IMAGE,
    "ImageDetailOut.id": IMAGE,
    "ImageDetailOut.sha256": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    "ImageDetailOut.receipt": {"checkpoint": "starter", "device": "cpu", "seconds": 0.9, "batch_size": 1},
    "ImageDetailOut.collections": [],
    "CollectionIn.description": "Above the sea.",
    "CollectionOut.name": "Skies",
    "CollectionOut.page_url": f"/collections/{OTHER}/",
    "CollectionOut.description": "Above the sea.",
    "CollectionChange.name": "Skies",
    "FacetsOut.checkpoints": [{"value": "starter", "images": 12}],
    "FacetsOut.tasks": [{"value": "text_to_image", "images": 12}],
    "FacetsOut.formats": [{"value": "png", "images": 12}],
    "FacetsOut.tags": [{"value": "favourite", "images": 3}],
    "TaggedOut.images": 2,
    "UploadOut.id": UPLOAD,
    "WaitingOut.id": JOB,
    "WaitingOut.position": 3,
    "WaitingOut.eta_seconds": 12.5,
    "WaitingOut.lane": "interactive",
    "CheckOut.status": "succeeded",
    "CheckOut.identical": False,
    "CheckOut.compared": "pixels",
    "CheckOut.psnr": 52.4,
    "CheckOut.error": None,
    "CheckOut.differences": {"versions.torch": ["2.12.0", "2.13.0"]},
    "CheckOut.explanation": "It was made with torch 2.12.0; this worker used torch 2.13.0.",
    "CheckpointOut.is_default": True,
    "CheckpointOut.description": "Small images of things and animals.",
    "CheckpointOut.defaults": {"width": 128, "height": 128, "steps": 20, "guidance_scale": 4.0, "sampler": "ddim"},
    "CheckpointOut.vocabulary": [{"category": "Things", "words": ["a red heart", "a fox"]}],
    "CheckpointOut.trigger_words": [],
    "AdapterOut.kind": "lora",
    "AdapterOut.slug": "ink",
    "AdapterOut.title": "Ink",
    "AdapterOut.description": "Pen and ink.",
    "AdapterOut.trigger_words": "ink drawing",
    "AdapterOut.token": "",
    "AdapterOut.meta": {"rank": 8},
    "StyleOut.name": "ink",
    "StyleOut.changeable": True,
    "PresetOut.name": "quick draft",
    "PresetOut.changeable": True,
    "WildcardOut.name": "animal",
    "CatalogOut.ranges": {"steps": {"least": 1, "most": 150, "multiple_of": None}},
    "CatalogOut.most": {"loras": 10},
    "CatalogOut.schedules": [{"key": "karras", "label": "Karras", "names": ["Karras"]}],
    "ScheduleOut.names": ["Karras"],
    "CatalogOut.upscalers": [{"key": "lanczos", "label": "Lanczos", "latent": False}],
    "CatalogOut.preprocessors": [{"key": "canny", "label": "Canny edges"}],
    "CatalogOut.axes": [{"field": "steps", "label": "Steps"}],
    "FamilyOut.key": "sd",
    "FamilyOut.label": "Stable Diffusion",
    "FamilyOut.size_multiple": 8,
    "FamilyOut.can": ["text_to_image", "image_to_image", "inpaint", "clip_skip"],
    "LimitsOut.most_queued": 10,
    "LimitsOut.most_running": 2,
    "LimitsOut.most_images": 8,
    "LimitsOut.most_pixels": 1048576,
    "LimitsOut.most_steps": 50,
    "LimitsOut.most_kept_steps": 10,
    "LimitsOut.most_kept_mb": 200,
    "LimitsOut.most_seconds_a_day": 600,
    "LimitsOut.checkpoints": ["starter"],
    "SamplerOut.key": "ddim",
    "SamplerOut.label": "DDIM",
    "SamplerOut.aliases": ["ddim_eta"],
    "SamplerOut.schedules": ["normal", "karras"],
    "SamplerOut.families": ["sd", "sdxl"],
    "SettingsOut.source": "A1111",
    "PresetOut.parameters": {"steps": 8, "sampler": "euler_a"},
    "PresetChange.parameters": {"steps": 8},
    "QueueOut.waiting": {"interactive": 4, "batch": 0},
    "QueueOut.message": "",
    "TokensOut.tokens": 5,
    "TokensOut.limit": 75,
    "KeyOut.name": "laptop",
    "parameters": PARAMETERS,
    "prompt": "a red heart",
    "negative_prompt": "blurry",
    "text": "a red heart",
    "tags": ["favourite"],
    "ids": [IMAGE],
    "slug": "starter",
    "checkpoint": "starter",
    "title": "Starter",
    "checkpoint_title": "Starter",
    "licence": "Apache-2.0",
    "family": "sd",
    "sampler": "ddim",
    "FacetsOut.samplers": [{"value": "ddim", "images": 12}],
    "FacetsOut.sizes": [{"value": "512x768", "images": 12}],
    "samplers": ["ddim", "euler_a"],
    "sizes": [[128, 128]],
    "size_policy": "refuse",
    "index": 0,
    "seed": 7,
    "width": 128,
    "height": 128,
    "format": "png",
    "size_bytes": 24817,
    "reference": f"upload:{UPLOAD}",
    "file_url": f"/images/{IMAGE}/file",
    "thumbnail_url": f"/images/{IMAGE}/thumbnail",
    "page_url": f"/images/{IMAGE}/",
    "picture_url": "/checkpoints/starter/picture/",
    "cover_url": f"/images/{IMAGE}/thumbnail",
    "UploadOut.file_url": f"/api/v1/uploads/{UPLOAD}/file",
    "UploadOut.thumbnail_url": f"/api/v1/uploads/{UPLOAD}/thumbnail",
    "created_at": MOMENT,
    "started_at": MOMENT,
    "finished_at": LATER,
    "username": "alice",
    "email": "alice@example.org",
    "scopes": ["generate", "read"],
    "next": "MjAyNi0wMS0zMVQxNDowNTowMCswMDowMHw1ZjBjMWM3ZQ",
    "safety": {},
    "all_counted": True,
    "quarantined": False,
    "notes": [],
    "unknown": {},
    "facts": {"Version": "v1.10.1"},
    "entries": 12,
    "shared": False,
}
# Left out of examples, because an invented value would be refused.
NOT_SHOWN = {"cursor", "last_event_id", "Last-Event-ID", "Idempotency-Key", "idempotency_key", "If-None-Match"}

# Values of a 202 response that differ from those of a finished job.
ACCEPTED: dict[str, Any] = {
    "status": "queued",
    "sequence": 1,
    "progress": {"step": 0, "total": 0, "fraction": 0.0},
    "position": 2,
    "eta_seconds": 4.5,
    "images": [],
    "identical": None,
    "psnr": None,
    "differences": {},
    "started_at": None,
    "finished_at": None,
    "seconds": None,
}

Schema = dict[str, Any]


class Sampler:
    """Makes examples from the schemas of one document."""

    def __init__(self, components: dict[str, Schema]) -> None:
        """Keep the schemas that are referred to by name."""
        self._components = components
        self._simple: dict[str, Callable[[Schema], Any]] = {
            "string": self._string,
            "integer": lambda schema: int(max(schema.get("minimum", 1), schema.get("exclusiveMinimum", 0) + 1)),
            "number": lambda schema: float(max(schema.get("minimum", 1.0), 1.0)),
            "boolean": lambda _: False,
            "null": lambda _: None,
        }

    def sample(self, schema: Schema, name: str = "", model: str = "") -> Any:
        """Return an example of `schema`, of the field `name` of `model` where given."""
        if (own := f"{model}.{name}") in NAMES:
            return NAMES[own]
        for keyword in ("examples", "example", "const"):
            if keyword in schema:
                return schema[keyword][0] if keyword == "examples" else schema[keyword]
        if name in NAMES:
            return NAMES[name]
        for keyword in ("enum", "default"):
            if schema.get(keyword) is not None:
                return schema[keyword][0] if keyword == "enum" else schema[keyword]
        if "$ref" in schema:
            model = schema["$ref"].rsplit("/", 1)[1]
            return self.sample(self._components[model], model=model)
        return self._of_kind(schema, name, model)

    def examples(self, schema: Schema, status: int = 200) -> Schema:
        """Return named examples of `schema`, the body of a response with `status`: one for each of its forms."""
        forms = schema.get("anyOf", [schema])
        named: Schema = {}
        for form in forms:
            value = self.sample(form)
            if status == 202:
                value |= {name: then for name, then in ACCEPTED.items() if name in value}
            named[form.get("$ref", "example").rsplit("/", 1)[-1]] = {"value": value}
        return named

    def _of_kind(self, schema: Schema, name: str, model: str) -> Any:
        for keyword in ("anyOf", "oneOf", "allOf"):
            if keyword in schema:
                choices = [one for one in schema[keyword] if one.get("type") != "null"]
                return self.sample(choices[0] if choices else {"type": "null"}, name, model)
        if "properties" in schema:
            model = schema.get("title", model)
            return {
                field: self.sample(one, field, model)
                for field, one in schema["properties"].items()
                if field not in NOT_SHOWN and (field in schema.get("required", ()) or field in NAMES)
            }
        if schema.get("type") == "array":
            parts = schema.get("prefixItems") or [schema.get("items", {})]
            return [self.sample(one) for one in parts]
        if schema.get("type") == "object":
            values = schema.get("additionalProperties")
            return {"name": self.sample(values)} if isinstance(values, dict) and values else {}
        return self._simple.get(schema.get("type", "null"), self._string)(schema)

    @staticmethod
    def _string(schema: Schema) -> str:
        return {"uuid": OTHER, "date-time": MOMENT, "uri": "https://example.org/"}.get(schema.get("format", ""), "text")


def error_example(code: str, message: str) -> Schema:
    """Return an example of the error `code`."""
    return {"summary": code, "value": {"error": {"code": code, "message": message, "fields": {}}}}
