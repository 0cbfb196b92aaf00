"""The real `openai` SDK against a running site with a worker, as two people who see nothing of each other."""

import base64
import io
import time
import urllib.request
from concurrent.futures import ThreadPoolExecutor

import openai
import pytest
from PIL import Image as Pillow

from gallery.models import Image
from generation.models import Checkpoint, Job
from tests.support.clients.api_client import make_key
from tests.support.factories import make_user
from tests.support.images import encoded, picture
from tests.support.site import wait_for

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def alice(live_site):
    return make_user("alice")


@pytest.fixture
def charlie(live_site):
    return make_user("charlie")


def client_of(site, user, *scopes):
    key = make_key(user, *scopes)[1] if user else "sd_nothing_that_opens"
    return openai.OpenAI(base_url=f"{site.url}/v1", api_key=key, timeout=90)


def opened(datum):
    return Pillow.open(io.BytesIO(base64.b64decode(datum.b64_json)))


def test_generate_by_base64_and_by_address(live_site, alice):
    client = client_of(live_site, alice, "generate")
    requested = {"prompt": "a red heart", "size": "128x128", "extra_body": {"seed": 7, "steps": 2}}
    answer = client.images.generate(model="gpt-image-1", n=2, output_format="jpeg", output_compression=80, **requested)
    assert abs(answer.created - time.time()) < 120
    assert (answer.size, answer.output_format, answer.usage) == ("128x128", "jpeg", None)
    assert [opened(datum).format for datum in answer.data] == ["JPEG", "JPEG"]
    assert [datum.seed for datum in answer.data] == [7, 8]
    raw = client.images.with_raw_response.generate(model="dall-e-3", **requested)  # by address, as there
    assert raw.headers["x-should-retry"] == "false"
    job = Job.objects.get(pk=raw.headers["x-sdsite-job"])
    assert (job.owner, job.source, job.parameters["steps"]) == (alice, "openai", 2)
    with urllib.request.urlopen(raw.parse().data[0].url) as file:  # without the key
        assert Pillow.open(io.BytesIO(file.read())).size == (128, 128)


def test_edit_with_a_mask_and_variations(live_site, alice):
    client = client_of(live_site, alice)
    image, mask = picture("red", (128, 128)), picture("white", (128, 128), "RGBA")
    mask.paste((0, 0, 0, 0), (0, 0, 64, 128))
    extra = {"steps": 2, "seed": 7, "mask_blur": 0, "loras": [], "preview": {"every": 2}}
    one, other = ("one.png", encoded(image)), ("two.png", encoded())
    with pytest.raises(openai.BadRequestError, match="several are not combined"):
        client.images.edit(image=[one, other], prompt="a blue bird")
    answer = client.images.edit(
        image=[one],
        mask=("mask.png", encoded(mask)),
        prompt="a blue bird",
        model="starter",
        extra_body=extra,
    )
    edited = opened(answer.data[0]).convert("RGB")
    assert edited.crop((64, 0, 128, 128)).getcolors() == [(64 * 128, (255, 0, 0))]
    assert len(edited.crop((0, 0, 64, 128)).getcolors(10_000)) > 100
    with pytest.deprecated_call():  # by the SDK; clients in the wild still call it
        similar = client.images.create_variation(image=encoded(image), n=2, extra_body={"steps": 2})
    assert len({opened(datum).tobytes() for datum in similar.data}) == 2
    assert {image.owner for image in Image.objects.all()} == {alice}


def test_two_users_stream_at_once_and_receive_their_own_images(live_site, alice, charlie):
    def stream(person):
        client, mine = client_of(live_site, person, "generate"), {"steps": 12, "seed": 7}
        if person == charlie:
            form = {"image": ("a.png", encoded(picture("blue", (128, 128)))), "prompt": "a bird", "stream": True}
            return list(client.images.edit(partial_images=1, n=2, quality="high", extra_body=mine, **form))
        return list(client.images.generate(prompt="a heart", stream=True, partial_images=3, extra_body=mine))

    with ThreadPoolExecutor() as pool:
        hers, his = pool.map(stream, (alice, charlie))
    assert [event.type for event in hers] == [*["image_generation.partial_image"] * 3, "image_generation.completed"]
    assert [event.partial_image_index for event in hers[:3]] == [0, 1, 2]
    shown = [opened(event) for event in hers]
    assert [(one.format, one.size) for one in shown] == [*[("JPEG", (128, 128))] * 3, ("PNG", (128, 128))]
    assert len({one.convert("RGB").tobytes() for one in shown}) == 4
    assert ({event.size for event in hers}, hers[-1].usage) == ({"128x128"}, None)
    names = sorted((event.type, event.image_index) for event in his)
    assert names == [(f"image_edit.{kind}", index) for kind in ("completed", "partial_image") for index in (0, 1)]
    assert {event.quality for event in his} == {"high"}
    finals = {event.b64_json for event in (hers[-1], *his[-2:])}
    assert len(finals) == 3
    for person, count in ((alice, 1), (charlie, 2)):
        assert Image.objects.owned_by(person).count() == count


def test_hanging_up_ends_the_stream_and_not_the_job(live_site, alice):
    client = client_of(live_site, alice)
    stream = client.images.generate(prompt="a heart", stream=True, partial_images=3, extra_body={"steps": 40})
    assert next(iter(stream)).partial_image_index == 0
    stream.close()
    wait_for(lambda: Job.objects.get().status == "succeeded", seconds=60, what="the job to go on")


def test_models_and_errors(live_site, alice):
    client = client_of(live_site, alice)
    created = int(Checkpoint.objects.get().created_at.timestamp())
    assert [(model.id, model.created) for model in client.models.list()] == [("starter", created)]
    assert client.models.retrieve("starter").owned_by == "sdsite"
    with pytest.raises(openai.NotFoundError) as missing:
        client.models.retrieve("dall-e-3")
    assert missing.value.code == "model_not_found"
    with pytest.raises(openai.AuthenticationError) as wrong:
        client_of(live_site, None).images.generate(prompt="a heart")
    assert wrong.value.code == "invalid_api_key"
    with pytest.raises(openai.PermissionDeniedError):
        client_of(live_site, alice, "read").images.generate(prompt="a heart")
    with pytest.raises(openai.BadRequestError) as bad:
        client.images.generate(prompt="a heart", size="100x100", stream=True)
    assert (bad.value.param, bad.value.type) == ("size", "invalid_request_error")
    with pytest.raises(openai.BadRequestError) as broken:
        client.images.edit(image=b"no image", prompt="a heart")
    assert broken.value.param == "image"
    assert not Job.objects.exists()
