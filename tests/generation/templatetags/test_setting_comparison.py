"""The table of settings of several images."""

import uuid

from gallery.models import Image
from generation.templatetags.setting_comparison import compared_settings


def image(**parameters):
    return Image(seed=7, width=128, height=128, format="png", size_bytes=2048, parameters=parameters)


def table(*images, hidden=()):
    entries = [{"image": one, "hides_settings": place in hidden} for place, one in enumerate(images)]
    return {row.label: row for row in compared_settings(entries)}


def test_rows_have_labels_instead_of_keys_and_say_what_differs():
    rows = table(image(sampler="ddim", steps=20, eta=0), image(sampler="euler", steps=20, strength=0.5))
    assert rows["Sampler"].cells == ["DDIM", "Euler"]
    assert {label for label, row in rows.items() if row.differs} == {"Sampler", "Denoising strength"}
    assert rows["Denoising strength"].cells == ["", "0.5"]
    assert rows["Steps"].cells == ["20", "20"]
    assert "Eta" not in rows


def test_what_an_owner_keeps_is_neither_shown_nor_compared():
    rows = table(image(steps=20), image(steps=30), image(steps=20), hidden=[1])
    assert rows["Steps"].cells == ["20", None, "20"]
    assert not any(row.differs for row in rows.values())
    assert rows["File"].cells[1]


def test_input_images_that_read_alike_are_told_apart():
    one, other = (f"image:{uuid.UUID(int=number)}" for number in (1, 2))
    rows = table(image(init_image=one), image(init_image=other), image(init_image=one))
    cells = rows["Input image"].cells
    assert cells[0] == cells[2] != cells[1]
    assert rows["Input image"].differs
    assert table(image(init_image=one), image(init_image=one))["Input image"].cells[0] == "an image of the library"
