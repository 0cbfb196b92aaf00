"""Labels of parameters: one for each field of the schema, and what stands in front of a nested one."""

import pytest

from generation.form_options import AXES
from generation.parameters.labels import FULL_LABELS, LABELS, full_label
from generation.parameters.schema import GenerationParameters
from generation.templatetags.studio_fields import PARTS

NEVER_SHOWN = {"version"}


def test_every_field_of_the_schema_has_a_label():
    for part, kind in PARTS.items():
        names = {f"{part}.{name}" if part else name for name in kind.model_fields}
        assert names - NEVER_SHOWN <= set(LABELS)
    assert {path for path in LABELS if "." not in path} <= set(GenerationParameters.model_fields)


@pytest.mark.parametrize(
    ("path", "label"),
    [
        ("count", "Images"),
        ("hires.strength", "Hires fix: denoising strength"),
        ("loras.0.weight", "LoRA: weight"),
        ("controls.12.image", "ControlNet: control image"),
        ("grid.axes", "X/Y/Z plot"),
        ("grid.axes.1.values", "X/Y/Z plot: values"),
        ("upscale_by", "Upscale: scale"),
    ],
)
def test_a_nested_field_is_named_with_its_part(path, label):
    assert full_label(path) == label


def test_no_two_fields_have_the_same_full_label():
    assert len(set(FULL_LABELS.values())) == len(FULL_LABELS) - 1  # grid and grid.axes


def test_axes_have_labels_of_their_own():
    labels = [axis["label"] for axis in AXES]
    assert len(set(labels)) == len(labels)
    assert {"Hires fix: scale", "First LoRA: weight", "Denoising strength"} <= set(labels)


def test_a_field_that_does_not_exist_has_no_label():
    with pytest.raises(KeyError):
        full_label("wishes")
