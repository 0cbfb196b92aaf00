"""Paginator that counts rows to a bound, because counting all of them reads all of them."""

from typing import Any

from django.core.paginator import Paginator
from django.utils.functional import cached_property

MOST_COUNTED = 10_000


class BoundedPaginator(Paginator):
    """Pages of the first MOST_COUNTED rows; a filter, a search or another order shows what lies further."""

    template_name = "admin/pagination_bounded.html"

    @cached_property
    def _counted(self) -> int:
        """Return the number of rows, or one more than MOST_COUNTED."""
        rows: Any = self.object_list
        if isinstance(rows, list):
            return len(rows)
        return int(rows.order_by()[: MOST_COUNTED + 1].count())

    @cached_property
    def count(self) -> int:
        """Return the number of rows that have pages."""
        return min(self._counted, MOST_COUNTED)

    @property
    def has_more(self) -> bool:
        """Tell whether there are more rows than have pages."""
        return self._counted > MOST_COUNTED
