"""Wildcards that no prompt could use are refused."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from generation.models import Wildcard

ADD = reverse("admin:generation_wildcard_add")


REFUSED = {
    "no name": {"name": "", "lines": "x"},
    "no lines": {"name": "cats", "lines": ""},
    "comments alone": {"name": "cats", "lines": "# nothing"},
    "a name that prompts cannot contain": {"name": "a__b", "lines": "x"},
    "a way out": {"name": "../cats", "lines": "x"},
    "not text": {"name": "cats", "lines": "", "file": SimpleUploadedFile("cats.txt", b"\xff\xfe\x00")},
}


@pytest.mark.parametrize("case", REFUSED)
def test_wildcards_that_no_prompt_can_use_are_refused(as_root, case):
    answer = as_root.post(ADD, {"enabled": "on", **REFUSED[case]})
    assert answer.status_code == 200
    assert answer.context["errors"]
    assert not Wildcard.objects.exists()
