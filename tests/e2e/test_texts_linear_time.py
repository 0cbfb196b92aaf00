"""Every reader of a text from outside ends soon, whatever long runs and nests of significant characters it is given."""

import io
import itertools
import json
import signal

import pytest
from django.http import QueryDict
from PIL import Image, PngImagePlugin

from gallery.imaging.embedded_text import UnreadableFile, read_texts
from gallery.text import normalize_tag
from generation.checkpoints.uploads import clean_name
from generation.errors import GenerationError
from generation.parameters.metadata.readers import read_text
from generation.parameters.metadata.recovered import NotReadable
from generation.parameters.prompts import names_in, parse_lines
from generation.parameters.sampler_names import find_sampler
from generation.weights.safetensors_header import read_header
from sdsite.accounts.authentication import key_in
from sdsite.api.compat.comfyui import images
from sdsite.api.compat.openai.multipart import read_values
from sdsite.middleware.body_limits import find_limit

LENGTH = 100_000
SECONDS = 20  # for all texts of a reader, which take about one; a quadratic one takes minutes
SIGNS = " \t\n,:;()[]{}<>|\\/_-+.01aA$\"'="
PAIRS = itertools.product('([{<: $_\\"', "ax 1:|,)]}>\n")
WORDS = ["Steps: 20, ", "a: b, ", "Negative prompt: ", '{"a":', "<lora:a:1>", "__a__ ", "x=y; ", "a:b\n", "a.", "a/b"]
TEXTS = [
    *(sign * LENGTH for sign in SIGNS),
    *((one + other) * (LENGTH // 2) for one, other in PAIRS),
    *((word * LENGTH)[:LENGTH] for word in WORDS),
    *(word + " " * LENGTH + "x" for word in WORDS),
    *("a\nSteps: 20, Seed: 1, " + word * (LENGTH // len(word)) for word in WORDS),
]


def in_a_png(text):
    info = PngImagePlugin.PngInfo()
    info.add_text("parameters", text)
    file = io.BytesIO()
    Image.new("L", (1, 1)).save(file, "PNG", pnginfo=info)
    return read_texts(file.getvalue())


def form_of(name):
    form = QueryDict(mutable=True)
    form.setlist(name, ["a"])
    return form


@pytest.fixture
def header(tmp_path):
    """Read a text as the header of a file of weights, and as a value in one."""
    path = tmp_path / "a.safetensors"

    def read(text):
        for content in (text.encode(), json.dumps({"__metadata__": {"a": text}}).encode()):
            path.write_bytes(len(content).to_bytes(8, "little") + content)
            try:
                read_header(path)
            except GenerationError:
                continue

    return read


READERS = {
    "settings": read_text,
    "texts of a file": in_a_png,
    "wildcards in a prompt": names_in,
    "lines of a wildcard": parse_lines,
    "tag": normalize_tag,
    "sampler": find_sampler,
    "name of an upload": clean_name,
    "bearer": lambda text: key_in({"Authorization": f"Bearer {text}"}),
    "basic": lambda text: key_in({"Authorization": f"Basic {text}"}),
    "cookie": lambda text: find_limit("/api/v1/jobs", {"Cookie": text}),
    "path": lambda text: find_limit(text, {}),
    "field of a form": lambda text: read_values(form_of(text)),
    "id in a name": images.id_in,
    "folder of a name": images._ANNOTATED.search,
    "prefix of a name": lambda text: images._UNFIT.sub("_", text),
}


class TooSlow(Exception):
    """The reader was still at work after SECONDS."""


def stop(number, frame):
    raise TooSlow


def read_all(reader):
    before = signal.signal(signal.SIGALRM, stop)
    signal.alarm(SECONDS)
    try:
        for text in TEXTS:
            try:
                reader(text)
            except (NotReadable, UnreadableFile, ValueError):
                continue
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


@pytest.mark.django_db
@pytest.mark.parametrize("name", READERS)
def test_no_text_keeps_a_reader_busy(name):
    read_all(READERS[name])


def test_no_text_keeps_the_reader_of_headers_busy(header):
    read_all(header)
