"""Pages and JSON are compressed for clients that take it; nothing else is."""

import gzip

from tests.support.factories import make_image

TAKES = {"accept-encoding": "gzip, br"}


def test_pages_and_json_are_compressed(as_alice, job):
    for address in ("/settings/", "/api/v1/openapi.json", "/api/v1/jobs"):
        plain = as_alice.get(address)
        small = as_alice.get(address, headers=TAKES)
        assert "Content-Encoding" not in plain
        assert small["Content-Encoding"] == "gzip"
        assert "Accept-Encoding" in small["Vary"]
        if address != "/settings/":  # whose CSRF token is masked anew each time
            assert gzip.decompress(small.content) == plain.content


def test_the_tag_of_a_compressed_answer_is_known_again(as_alice, job):
    tag = as_alice.get("/api/v1/jobs", headers=TAKES)["ETag"]
    assert as_alice.get("/api/v1/jobs", headers={**TAKES, "if-none-match": tag}).status_code == 304


def test_images_are_left_alone(as_alice, alice, own_media):
    image = make_image(alice)
    answer = as_alice.get(f"/images/{image.pk}/file", headers=TAKES)
    assert answer.status_code == 200
    assert "Content-Encoding" not in answer
