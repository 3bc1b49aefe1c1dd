"""Bodies of forms, read no further than they may be long."""

from starlette.requests import Request

from soc_monitor.web.client import ApiProblem


async def read_body(request: Request, largest: int) -> bytes:
    """The body of a request, refused as soon as it has more than ``largest`` bytes.

    Raises:
        ApiProblem: 413, it is longer.
    """
    body = bytearray()
    async for part in request.stream():
        body += part
        if len(body) > largest:
            raise ApiProblem(413, {"type": "/body-too-large"})
    return bytes(body)
