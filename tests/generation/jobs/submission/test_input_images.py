"""Input images of a request: found, fetched, kept, refused by field."""

import base64
from urllib.parse import quote

import pytest
from django.utils import timezone

from gallery.models import Upload
from generation.errors import JobRefused
from generation.jobs.submission import input_images
from generation.jobs.submission.input_images import load_bytes, store_input_images
from generation.parameters.schema import GenerationParameters
from sdsite.core.http.fetch import FetchRefused
from tests.support.factories import make_image, make_job
from tests.support.images import encoded, picture, upload_of

pytestmark = pytest.mark.django_db


def requested(**fields):
    return GenerationParameters(prompt="a red heart", **fields)


def data_url(data, head="data:image/png;base64"):
    return f"{head},{base64.b64encode(data).decode()}"


@pytest.fixture
def no_network(monkeypatch):
    def refuse(*args, **options):
        raise AssertionError("somebody went to the network")

    monkeypatch.setattr(input_images, "fetch", refuse)


def test_a_wish_without_pictures_passes_untouched(alice, django_assert_num_queries):
    plain = requested()
    with django_assert_num_queries(0):
        assert store_input_images(plain, alice).requested is plain


@pytest.mark.parametrize("form", ["{kind}:{pk}", "{pk}", "{kind}: {pk} "])
@pytest.mark.parametrize("kind", ["image", "upload"])
def test_own_pictures_are_found_with_their_sizes(alice, kind, form, no_network):
    row = make_image(alice, size=(128, 64)) if kind == "image" else upload_of(alice, picture(size=(128, 64)))
    taken = store_input_images(requested(init_image=form.format(kind=kind, pk=row.pk)), alice)
    assert taken.requested.init_image == f"{kind}:{row.pk}"
    assert taken.sizes == {"init_image": (128, 64)}


def test_every_field_that_names_a_picture_is_taken(alice):
    url = data_url(encoded())
    taken = store_input_images(
        requested(
            init_image=url,
            mask_image=url,
            controls=[{"model": "canny", "image": url, "preprocessor": "none"}],
            ip_adapter={"model": "plus", "image": url},
        ),
        alice,
    )
    (upload,) = Upload.objects.all()
    named = dict(input_images.references(taken.requested))
    assert set(named) == set(taken.sizes) == {"init_image", "mask_image", "controls.0.image", "ip_adapter.image"}
    assert set(named.values()) == {upload.reference}


@pytest.mark.parametrize(
    "url",
    [
        data_url(encoded()),
        data_url(encoded(), "DATA:;BASE64"),
        data_url(encoded()).rstrip("="),
        "data:image/png;base64," + base64.urlsafe_b64encode(encoded()).decode(),
        "data:image/png," + quote(encoded()),
    ],
)
def test_data_urls_become_uploads(alice, url, no_network):
    taken = store_input_images(requested(init_image=url), alice)
    assert taken.requested.init_image == Upload.objects.get(owner=alice).reference


def test_addresses_are_fetched_once_and_kept(alice, monkeypatch):
    asked = []

    def fetched(url, **options):
        asked.append(url)
        assert options["accept"].begins_right(encoded())
        return encoded()

    monkeypatch.setattr(input_images, "fetch", fetched)
    taken = store_input_images(
        requested(init_image="https://example.org/a.png", mask_image="https://example.org/a.png"), alice
    )
    assert asked == ["https://example.org/a.png"]
    assert taken.requested.init_image == taken.requested.mask_image == Upload.objects.get().reference


def refused(owner, **fields):
    with pytest.raises(JobRefused) as error:
        store_input_images(requested(**fields), owner)
    return error.value


@pytest.mark.parametrize(
    ("reference", "said"),
    [
        ("image:00000000-0000-4000-8000-000000000000", "no such image"),
        ("upload:00000000-0000-4000-8000-000000000000", "no such image"),
        ("00000000-0000-4000-8000-000000000000", "no such image"),
        ("image:nonsense", "must be image:ID"),
        ("ftp://example.org/a.png", "must be image:ID"),
        ("file:///etc/passwd", "must be image:ID"),
        ("data:image/png;base64", "comma"),
        ("data:image/png;base64,%%%", "base64"),
        (data_url(b"%PDF-1.4"), "PDF"),
        ("http://127.0.0.1/a.png", "no public address"),
    ],
)
def test_what_cannot_be_taken_is_refused_naming_the_field(alice, reference, said):
    for name, fields in {
        "mask_image": {"mask_image": reference},
        "ip_adapter.image": {"ip_adapter": {"model": "plus", "image": reference}},
    }.items():
        error = refused(alice, **fields)
        assert (error.code, error.status) == ("invalid_parameters", 422)
        assert said in error.fields[name]


def test_what_the_network_refuses_is_refused_naming_the_field(alice, monkeypatch):
    def refuse(*args, **options):
        raise FetchRefused("The URL answered with status 404.")

    monkeypatch.setattr(input_images, "fetch", refuse)
    assert refused(alice, init_image="http://example.org/a").fields == {
        "init_image": "init_image: the URL answered with status 404."
    }


def test_pictures_of_others_do_not_exist(alice, charlie, bob):
    for row, kind in ((make_image(alice), "image"), (upload_of(alice), "upload")):
        for other in (charlie, bob):
            assert "no such image" in refused(other, init_image=f"{kind}:{row.pk}").fields["init_image"]


@pytest.mark.parametrize("reference", ["image:{}", "{}"])
def test_a_picture_that_is_held_back_is_not_drawn_from(alice, reference):
    row = make_image(alice)
    type(row).objects.filter(pk=row.pk).update(quarantined_at=timezone.now())
    assert "init_image" in refused(alice, init_image=reference.format(row.pk)).fields


def test_a_full_quota_refuses_the_wish(alice, monkeypatch, settings):
    monkeypatch.setitem(settings.ENV, "SDSITE_UPLOADS_MB", 0.0)
    error = refused(alice, init_image=data_url(encoded()))
    assert (error.code, error.status, list(error.fields)) == ("uploads_full", 403, ["init_image"])


def test_a_job_stores_references_and_takes_its_size_from_the_picture(alice, checkpoint):
    checkpoint.sizes = []
    checkpoint.save()
    job = make_job(alice, checkpoint, init_image=data_url(encoded(picture(size=(128, 96)))))
    upload = Upload.objects.get()
    assert job.parameters["init_image"] == upload.reference
    assert (job.parameters["task"], job.parameters["width"], job.parameters["height"]) == ("image_to_image", 128, 96)


@pytest.mark.parametrize("form", ["data:image/png;base64,{}", "DATA:;base64,{}", "{}"])
def test_bytes_are_loaded_from_a_data_url_or_base64(alice, form):
    assert load_bytes("image", form.format(base64.b64encode(encoded()).decode()), alice) == encoded()


@pytest.mark.parametrize("reference", ["ftp://example.org/a.png", "image:1", "a!", "http://127.0.0.1/a.png"])
def test_bytes_are_not_loaded_from_other_references(alice, valkey, reference):
    with pytest.raises(JobRefused) as error:
        load_bytes("image", reference, alice)
    assert error.value.fields["image"].startswith("image: ")


def test_a_mask_in_a_request_is_stored_as_a_mask(alice):
    image, mask = (data_url(encoded(picture(colour))) for colour in ("red", "white"))
    taken = store_input_images(requested(init_image=image, mask_image=mask), alice)
    masks = {f"upload:{upload.pk}": upload.is_mask for upload in Upload.objects.all()}
    assert masks == {taken.requested.init_image: False, taken.requested.mask_image: True}
