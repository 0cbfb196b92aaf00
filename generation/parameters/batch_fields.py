"""What pictures must have in common to be denoised together, and what each may have of its own."""

from typing import Any

from generation.parameters.schema import ResolvedParameters

# Whatever is not named here must be the same: a parameter that joins later is shared until somebody thought about it.
# Enlarging happens to each picture after the call, so it may differ too.
# Pictures come as one for each image.
PER_IMAGE_FIELDS = frozenset(
    {
        "prompt",
        "negative_prompt",
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
        "output_format",
        "quality",
        "upscale_by",
        "upscaler",
    }
)


def shared_fields(image_parameters: ResolvedParameters) -> dict[str, Any]:
    """Return, as JSON values, what every picture of one pipeline call must agree on."""
    return image_parameters.model_dump(mode="json", exclude=set(PER_IMAGE_FIELDS))
