"""Parameters of the native API: query names that an operation does not have are refused, naming those it has.

A filter with a wrong name would otherwise answer with everything, as if it matched. Names that begin with an underscore
are ignored: clients add such ones against caches. NUL characters are refused too, which PostgreSQL takes in no text.
"""

from typing import Any

from django.http import Http404, HttpRequest
from ninja.operation import Operation, PathView

from sdsite.api.errors import ApiError
from sdsite.api.threaded_operation import ThreadedOperation

IGNORED_PREFIX = "_"
MOST_REPORTED = 5
LONGEST_NAME = 60


class _Checked(Operation):
    """An operation that checks query names before it reads values."""

    def _get_values(self, request: HttpRequest, path_params: Any, temporal_response: Any) -> Any:
        refuse_unknown_names(request, get_names(self))
        refuse_null_characters(request, path_params)
        return super()._get_values(request, path_params, temporal_response)


class CheckedOperation(_Checked):
    """A checked operation of a sync view."""


class CheckedAsyncOperation(_Checked, ThreadedOperation):
    """A checked operation of an async view."""


def check_query_names(view: PathView) -> None:
    """Make the documented operations of `view` refuse unknown query names."""
    for operation in view.operations:
        if operation.include_in_schema:
            operation.__class__ = CheckedAsyncOperation if operation.is_async else CheckedOperation


def get_names(operation: Operation) -> list[str]:
    """Return the names of the query parameters of an operation, in their order."""
    models: list[Any] = [one for one in operation.models if one.__ninja_param_source__ == "query"]
    return [name for model in models for name in model.__ninja_flatten_map__]


def refuse_unknown_names(request: HttpRequest, known: list[str]) -> None:
    """Refuse query parameters that are not among `known`.

    Raises:
        ApiError: `invalid_parameters`, for the first MOST_REPORTED of them.
    """
    unknown = [name for name in request.GET if name not in known and not name.startswith(IGNORED_PREFIX)]
    if not unknown:
        return
    names = f"the names are {', '.join(known)}" if known else "this URL takes no query parameters"
    fields = {name[:LONGEST_NAME]: f"{name:.{LONGEST_NAME}} is not known; {names}" for name in unknown[:MOST_REPORTED]}
    raise ApiError("invalid_parameters", next(iter(fields.values())), fields)


def refuse_null_characters(request: HttpRequest, path_params: dict[str, Any]) -> None:
    """Refuse NUL characters in values of the query; no object has a name with one.

    Raises:
        ApiError: `invalid_parameters`, for the first MOST_REPORTED names whose values have one.
        Http404: a parameter of the path has one.
    """
    if any("\x00" in str(value) for value in path_params.values()):
        raise Http404
    wrong = [name for name, values in request.GET.lists() if any("\x00" in value for value in values)]
    if wrong:
        fields = {name[:LONGEST_NAME]: "NUL characters are not allowed" for name in wrong[:MOST_REPORTED]}
        raise ApiError("invalid_parameters", f"{next(iter(fields))}: NUL characters are not allowed", fields)
