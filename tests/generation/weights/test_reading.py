"""Odd files end in one plain sentence that names the file and no folder."""

from pathlib import Path

import pytest

from generation.errors import GenerationError
from generation.weights.reading import first_line, inspection_errors, parse_json, shown

HERE = Path("/srv/site data/checkpoints/fox.safetensors")


@pytest.mark.parametrize("text", ["[" * 5000, b'{"a":' * 5000, "", "{", b"\xff\xfe\x00"])
def test_no_text_raises_anything_but_value_error(text):
    with pytest.raises(ValueError):
        parse_json(text)


@pytest.mark.parametrize(
    ("name", "said"),
    [("/srv/fox.safetensors", "fox.safetensors"), ("two\nlines", "two?lines"), ("\udcff\x1b[31m", "??[31m")],
)
def test_names_are_one_printable_line(name, said):
    assert shown(name) == said
    assert len(shown("x" * 5000)) == 120


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("no file in directory /srv/data/checkpoints/x.", "no file in directory x."),
        ("Error: '/home/a/b/config.json' is missing\nand more", "Error: 'config.json' is missing"),
        (f"{HERE} is broken", "fox.safetensors is broken"),
        (r"C:\models\x\y.bin is gone", "y.bin is gone"),
        ("see https://example.org/a/b/c for more", "see https://example.org/a/b/c for more"),
        ("shape 3/4 and a/b", "shape 3/4 and a/b"),
        ("", "ValueError: "),
    ],
)
def test_errors_of_libraries_lose_the_folders_of_this_machine(text, said):
    assert first_line(ValueError(text), HERE) == said


@pytest.mark.parametrize(
    ("raised", "code", "says"),
    [
        (KeyError("shape"), "adapter_invalid", "fox.safetensors cannot be understood"),
        (RecursionError("maximum"), "adapter_invalid", "fox.safetensors cannot be understood"),
        (PermissionError(13, "Permission denied", str(HERE)), "adapter_missing", "cannot be read: Permission denied"),
        (GenerationError("checkpoint_invalid", "no"), "adapter_invalid", "no"),
    ],
)
def test_each_damage_has_a_code_and_a_sentence(raised, code, says):
    with pytest.raises(GenerationError, match=says) as caught, inspection_errors(HERE, "adapter"):
        raise raised
    assert caught.value.code == code
    assert "/srv" not in caught.value.message


def test_faults_of_the_program_are_not_hidden():
    with pytest.raises(AssertionError), inspection_errors(HERE, "adapter"):
        raise AssertionError
