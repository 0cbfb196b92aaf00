"""The deadline holds for servers that are slow or silent."""

import pytest

from sdsite.core.http.fetch import FetchRefused
from tests.sdsite.core.http.conftest import get


@pytest.mark.parametrize("path", ["/drip", "/silence"])
def test_time_ends_whether_bytes_drip_or_stay_away(server, path):
    with pytest.raises(FetchRefused, match=r"within 0\.3 s"):
        get(server, path, timeout=0.3)
