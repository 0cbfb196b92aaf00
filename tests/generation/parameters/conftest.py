"""Parameters resolved for a checkpoint of the SD family, and axes of a grid."""

from generation.parameters.defaults import CheckpointDefaults
from generation.parameters.resolve import resolve
from generation.parameters.schema import GenerationParameters

SD = CheckpointDefaults("sd", "sd", 512, 512, 25, 7.0, "dpmpp_2m")


def resolved(defaults=SD, input_images=None, wildcards=None, defaults_of=None, **requested):
    requested = {"prompt": "a red heart", "seed": 10, **requested}
    if requested["prompt"] is None:
        del requested["prompt"]
    return resolve(
        GenerationParameters(**requested),
        defaults,
        input_images=input_images,
        wildcards=wildcards,
        defaults_of=defaults_of,
    )


def axes(*pairs):
    return {"axes": [{"field": field, "values": values} for field, values in pairs]}
