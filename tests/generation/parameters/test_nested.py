"""Nested parts of parameters: bounds, and parts that contradict themselves."""

import pytest
from pydantic import ValidationError

from generation.parameters import nested

IMAGE = "upload:00000000-0000-4000-8000-000000000000"


@pytest.mark.parametrize(
    ("part", "fields", "says"),
    [
        (nested.Outpaint, {}, "all four are 0"),
        (nested.Outpaint, {"left": -8}, "outpaint.left"),
        (nested.ControlUse, {"model": "m", "image": IMAGE, "start": 0.6, "end": 0.5}, "controls.end must be larger"),
        (nested.ControlUse, {"model": "m", "image": IMAGE, "preprocessor": "gone"}, "controls.preprocessor"),
        (nested.LoraUse, {"name": "no slug!"}, "loras.name"),
        (nested.LoraUse, {"name": "ink", "weight": 99}, "loras.weight"),
        (nested.Hires, {"scale": 99}, "hires.scale"),
        (nested.RefinerUse, {"checkpoint": "last", "start": 2}, "refiner.start"),
        (nested.GridAxis, {"field": "steps", "values": []}, "got 0"),
        (nested.GridAxis, {"field": "steps", "values": list(range(1000))}, "got 1000"),
        (nested.Grid, {"axes": []}, "got 0"),
        (nested.Grid, {"axes": [{"field": "steps", "values": [1]}] * 2}, "each field once"),
        (nested.Outpaint, {"left": 8, "depth": 8}, "depth"),
    ],
)
def test_a_part_that_cannot_be_is_refused_by_name(part, fields, says):
    with pytest.raises(ValidationError) as caught:
        part(**fields)
    assert says in str(caught.value)


@pytest.mark.parametrize(
    ("part", "fields"),
    [
        (nested.Outpaint, {"top": 8}),
        (nested.ControlUse, {"model": "m", "image": IMAGE, "start": 0.5, "end": 0.6}),
        (nested.Grid, {"axes": [{"field": "steps", "values": [1, 2]}, {"field": "replace", "values": ["a", "b"]}]}),
        (nested.Hires, {}),
    ],
)
def test_a_part_that_can_be_is_taken(part, fields):
    made = part(**fields)
    assert part(**made.model_dump()) == made
