"""Every parameter has a control with its range."""

import re

from generation.parameters.ranges import RANGES
from generation.templatetags import studio_fields

# Fields that the form leaves to programs or has in a way of its own.
ELSEWHERE = {"version", "seed", "preview", "image_prompts", "image_negative_prompts", "styles"}


def test_every_field_of_the_schema_has_a_control_with_its_range(as_alice, checkpoint):
    html = as_alice.get("/").content.decode()
    controls = dict(re.findall(r'<(?:input|select|textarea)\b[^>]*?\bname="([\w.#]+)"([^>]*)>', html))
    for part, kind in studio_fields.PARTS.items():
        if part in ("loras", "controls", "grid.axes"):
            part = f"{part}.#"
        for name in kind.model_fields:
            path = f"{part}.{name}" if part else name
            if path in ELSEWHERE or path in ("outpaint", "hires", "loras", "controls", "ip_adapter", "refiner", "grid"):
                continue
            assert path in controls, f"no control for {path}"
            assert "data-kind" in controls[path], path
            if allowed := RANGES.get(path.replace("#.", "")):
                assert f'min="{allowed.least:g}"' in controls[path], path
                assert f'max="{allowed.most:.17g}"' in controls[path], path
