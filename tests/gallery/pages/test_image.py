"""The image page, and deleting images."""

import uuid

from django.core.files.storage import default_storage
from django.utils import timezone

from gallery.models import Image
from tests.support.factories import make_image


def test_it_shows_everything_that_is_known(as_alice, alice):
    image = make_image(alice, negative_prompt="fog", sampler="euler", schedule="karras")
    page = as_alice.get(f"/images/{image.pk}/").content.decode()
    for words in ("a red heart", "fog", "Euler", "Karras", "128 × 128", "20", "0.4 s", str(image.seed), str(image.pk)):
        assert words in page
    assert f"/images/{image.pk}/file?download" in page
    assert f"/?from={image.pk}" in page


def test_it_leads_to_its_neighbours_in_the_job(as_alice, alice):
    job_id = uuid.uuid4()
    first, second, third = (make_image(alice, job_id=job_id, index=index) for index in range(3))
    context = as_alice.get(f"/images/{second.pk}/").context
    assert (context["previous"], context["next"]) == (first, third)
    assert [item["id"] for item in context["list"]] == [str(image.pk) for image in (first, second, third)]
    context = as_alice.get(f"/images/{first.pk}/").context
    assert (context["previous"], context["next"]) == (None, second)


def test_its_queries_do_not_grow_with_the_job(as_alice, alice, django_assert_num_queries):
    job_id = uuid.uuid4()
    images = [make_image(alice, job_id=job_id, index=index) for index in range(5)]
    # with two of lineage, of collections and of the site, and whether there is a search model
    with django_assert_num_queries(13):
        as_alice.get(f"/images/{images[0].pk}/")


def test_the_panel_alone_is_what_the_page_has_beside_the_image(as_alice, alice):
    start = make_image(alice)
    image = make_image(alice, init_image=f"image:{start.pk}", negative_prompt="fog")
    part = as_alice.get(f"/images/{image.pk}/panel/").content.decode()
    assert "<html" not in part
    head = part[part.index("data-panel-content") : part.index("data-jobs-here")]
    assert head in as_alice.get(f"/images/{image.pk}/").content.decode()
    assert "Made from" in part
    assert f'href="/images/{start.pk}/"' in part
    assert "Made from this" in as_alice.get(f"/images/{start.pk}/panel/").content.decode()


def test_the_prompt_is_no_heading_and_stands_after_the_actions(as_alice, alice):
    page = as_alice.get(f"/images/{make_image(alice, prompt='heart ' * 1600).pk}/").content.decode()
    heading = page[page.index("<h1") : page.index("</h1>")]
    assert "heart" not in heading
    assert page.index('class="image-actions"') < page.index('class="image-panel__prompt"')


def test_an_image_in_the_trash_says_so_and_is_still_shown(as_alice, alice):
    image = make_image(alice)
    Image.objects.filter(pk=image.pk).update(trashed_at=timezone.now())
    page = as_alice.get(f"/images/{image.pk}/").content.decode()
    assert "This image is in the trash" in page
    assert 'data-do="restore"' in page
    assert 'data-do="trash"' not in page


def test_a_stranger_finds_no_page_file_or_form(as_charlie, alice):
    image = make_image(alice)
    for address in ("", "panel/", "file", "file?download", "thumbnail", "delete/"):
        assert as_charlie.get(f"/images/{image.pk}/{address}").status_code == 404, address
    assert as_charlie.get(f"/library/jobs/{image.job_id}/delete/").status_code == 404


def test_a_stranger_deletes_nothing(as_charlie, alice):
    image = make_image(alice)
    assert as_charlie.post(f"/images/{image.pk}/delete/").status_code == 404
    assert as_charlie.post(f"/library/jobs/{image.job_id}/delete/").status_code == 404
    assert Image.objects.filter(pk=image.pk).exists()


def test_the_page_requires_signing_in(client, alice):
    image = make_image(alice)
    for address in ("", "file", "thumbnail", "delete/"):
        assert client.get(f"/images/{image.pk}/{address}").status_code == 302, address
    assert client.post(f"/images/{image.pk}/delete/").status_code == 302
    assert Image.objects.filter(pk=image.pk).exists()


def test_staff_who_manage_images_may_view_but_not_delete_here(client, alice, bob):
    from django.contrib.auth.models import Permission

    bob.user_permissions.add(Permission.objects.get(codename="view_image"))
    client.force_login(bob)
    image = make_image(alice)
    page = client.get(f"/images/{image.pk}/")
    assert page.status_code == 200
    assert "Image of alice" in page.content.decode()
    assert f"/images/{image.pk}/delete/" not in page.content.decode()
    assert client.post(f"/images/{image.pk}/delete/").status_code == 404


def test_deleting_asks_first(as_alice, alice):
    image = make_image(alice)
    page = as_alice.get(f"/images/{image.pk}/delete/")
    assert page.status_code == 200
    assert "Move this image to the trash?" in page.content.decode()
    assert Image.objects.filter(pk=image.pk).exists()


def test_deleting_moves_to_the_trash_and_the_page_says_so(as_alice, alice):
    image = make_image(alice)
    response = as_alice.post(f"/images/{image.pk}/delete/", follow=True)
    assert response.redirect_chain[-1][0] == "/library/"
    assert "The image is in the trash now." in response.content.decode()
    assert default_storage.exists(image.file)
    page = as_alice.get(f"/images/{image.pk}/").content.decode()
    assert "in the trash and will be deleted for good on" in page


def test_a_script_gets_no_page_when_it_deletes(as_alice, alice):
    image = make_image(alice)
    response = as_alice.post(f"/images/{image.pk}/delete/", headers={"Accept": "application/json"})
    assert response.status_code == 204
    assert list(Image.objects.trashed()) == [image]


def test_a_form_of_another_site_deletes_nothing(alice):
    from django.test import Client

    client = Client(enforce_csrf_checks=True)
    client.force_login(alice)
    image = make_image(alice)
    response = client.post(f"/images/{image.pk}/delete/")
    assert response.status_code == 403
    assert "That form was out of date" in response.content.decode()
    assert Image.objects.filter(pk=image.pk).exists()
