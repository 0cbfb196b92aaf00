"""Settings that were read from a file: wrong values are set aside, names of weights become slugs."""

import pytest

from generation.parameters.metadata.recovered import Model, Settings, check, settle


def test_a_value_out_of_range_is_set_aside_with_the_sentence_of_the_schema():
    settings = Settings(parameters={"steps": 99_999, "seed": 7})
    check(settings)
    assert settings.parameters == {"seed": 7}
    assert settings.unknown == {"steps": "99999"}
    [note] = settings.notes
    assert note.startswith("steps is left out: ")
    assert "99999" in note


def test_a_nested_value_keeps_the_parts_that_are_right():
    settings = Settings(parameters={"hires": {"scale": 2, "strength": 7}})
    check(settings)
    assert settings.parameters == {"hires": {"scale": 2}}
    assert set(settings.unknown) == {"hires"}
    whole = Settings(parameters={"hires": {"scale": 2}})
    check(whole)
    assert whole.parameters["hires"]["scale"] == 2
    assert whole.unknown == {}


def test_names_become_the_slugs_of_the_site():
    settings = Settings(
        parameters={"loras": [{"name": "Ink v1", "weight": 0.5}, {"name": "Gone", "weight": 1}]},
        models=[
            Model("checkpoint", "checkpoint", "Model A", key="Model"),
            Model("vae", "vae", "Lost", sha256="0123456789abcdef", key="VAE"),
            Model("loras.0.name", "lora", "Ink v1", key="lora"),
            Model("loras.1.name", "lora", "Gone", key="lora"),
        ],
    )
    settle(settings, lambda model: {"Model A": "model-a", "Ink v1": "ink"}.get(model.name))
    assert settings.parameters == {"checkpoint": "model-a", "loras": [{"name": "ink", "weight": 0.5}]}
    assert settings.unknown == {"VAE": "Lost [0123456789]", "lora": "Gone"}
    assert settings.notes == ["The site has no vae Lost [0123456789].", "The site has no lora Gone."]


def test_a_list_of_which_nothing_is_left_goes():
    settings = Settings(
        parameters={"loras": [{"name": "Gone"}]}, models=[Model("loras.0.name", "lora", "Gone", key="lora")]
    )
    settle(settings, lambda model: None)
    assert settings.parameters == {}


@pytest.mark.parametrize(("name", "slug"), [("ink", "ink"), ("no slug!", None)])
def test_without_a_site_a_name_stands_for_itself_where_it_can(name, slug):
    settings = Settings(models=[Model("checkpoint", "checkpoint", name, key="Model")])
    settle(settings)
    assert settings.parameters.get("checkpoint") == slug
