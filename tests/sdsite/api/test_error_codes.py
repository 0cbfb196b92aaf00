"""Every error code is documented with its status."""

import re

import pytest

from sdsite.api.error_codes import CODES, FAILURES
from tests.support.site import ROOT

DOCS = (ROOT / "docs" / "api.md").read_text()


pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("table", [CODES, FAILURES])
def test_every_error_is_in_the_guide_with_its_status(table):
    for code, (status, _) in table.items():
        assert re.search(rf"\| `{code}` \| {status} \|", DOCS), code
