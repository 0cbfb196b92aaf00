"""Fields that images denoised in one batch must share, and fields that each image may have of its own."""

from typing import Any

from generation.parameters.schema import ResolvedParameters

# Fields that are not listed must be equal: a new parameter is shared until it is added here.
# Upscaling happens to each image after the pipeline call, so it may differ too.
# Input images are passed as one for each image.
PER_IMAGE_FIELDS = frozenset(
    {
        "prompt",
        "negative_prompt",
        "enhanced_from",
        "styles",
        "seed",
        "variation_seed",
        "init_image",
        "mask_image",
        "keep_original",
        "image_prompts",
        "image_negative_prompts",
        "count",
        "batch_size",
        "preview",
        "keep_steps",
        "output_format",
        "quality",
        "upscale_by",
        "upscaler",
    }
)


def shared_fields(image_parameters: ResolvedParameters) -> dict[str, Any]:
    """Return, as JSON values, the fields that every image of one pipeline call must share."""
    return image_parameters.model_dump(mode="json", exclude=set(PER_IMAGE_FIELDS))
