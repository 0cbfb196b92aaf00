"""Model families as records: what the site knows of an architecture stands in one module of `records`.

Adding one is a module there, its line in `_RECORDS`, and a builder of a tiny checkpoint for the tests.
"""

from collections.abc import Mapping
from types import MappingProxyType

from generation.families.record import Family, Fingerprint
from generation.families.records import chroma, flux, flux2, krea2, qwen_image, sd, sd3, sdxl, z_image

# In the order of forms and documents. Families that extend the tensor names of another come after it.
_RECORDS: dict[str, Family] = {
    module.FAMILY.key: module.FAMILY for module in (sd, sdxl, sd3, flux, z_image, flux2, qwen_image, chroma, krea2)
}
FAMILIES: Mapping[str, Family] = MappingProxyType(_RECORDS)
# Parameters that only some families take; with the others anything but the default is refused.
PARAMETERS = ("clip_skip", "guidance_rescale", "true_cfg_scale", "refiner")


def families_with(feature: str) -> tuple[str, ...]:
    """Return the keys of the families that take the parameter or adapter `feature`."""
    return tuple(key for key, family in FAMILIES.items() if feature in family.features)


def family_of_class(class_name: str) -> str:
    """Return the family of a diffusers pipeline class, of any task; "" where no family has it."""
    return next((key for key, family in FAMILIES.items() if class_name in family.classes), "")


def checkpoint_classes() -> Mapping[str, str]:
    """Return the family by the classes that checkpoints name: those trained for inpainting name the inpaint class."""
    tasks = ("text_to_image", "inpaint")
    return {family.tasks[task]: key for task in tasks for key, family in FAMILIES.items() if task in family.tasks}


def newest_first() -> list[Family]:
    """Return the records in the order in which names in files are compared with them."""
    return list(FAMILIES.values())[::-1]


def fingerprints() -> list[Fingerprint]:
    """Return the fingerprints of every family's single files."""
    return [one for family in newest_first() for one in family.names.fingerprints]
