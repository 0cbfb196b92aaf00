"""Operations of async views whose bodies and responses are validated in a thread."""

from typing import Any

from asgiref.sync import sync_to_async
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from ninja.operation import AsyncOperation


class ThreadedOperation(AsyncOperation):
    """Operation of an async view with body and response validated in a thread, not on the event loop."""

    async def run(self, request: HttpRequest, **kw: Any) -> HttpResponseBase:  # type: ignore[override]
        """Answer the request as `AsyncOperation.run` does; no view of the API streams by Ninja."""
        try:
            if error := await self._run_checks(request):
                return error
            response = self.api.create_temporal_response(request)
            values = await sync_to_async(self._get_values)(request, kw, response)
            result = await self.view_func(request, **values)
            return await sync_to_async(self._result_to_response)(request, result, response)
        except Exception as error:
            return self.api.on_exception(request, error)
