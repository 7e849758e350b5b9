"""`repair serve`: repairing, comparing and the review queue for other programs, over HTTP.

    serve_api(queue, documents, journal, port=8000, config=Config())     # until Ctrl-C or SIGTERM
    service(queue, documents, journal, Workers(2), Config(), sessions=Sessions(["t"]), hosts={…})

Layers, from outside: Door (the graceful stop), Guard (host, rate, size, origin, token), the
routes that api.py's table names. All work is done in threads, that on texts in processes
(work.py); a request never names a file.
"""

from __future__ import annotations

import secrets
import sys
from collections.abc import Awaitable, Callable, Container, MutableMapping
from pathlib import Path
from typing import Any

from repair.config import Config
from repair.corpus.forking import jobs_here
from repair.records import line
from repair.review import api, openapi, shapes
from repair.review.api import Journal
from repair.review.guard import App, Guard, Receive, Send
from repair.review.hosts import Names, listen, shown
from repair.review.pages import Documents
from repair.review.password import read
from repair.review.queue import Queue, QueueError
from repair.review.sessions import Sessions
from repair.review.shapes import Refused
from repair.review.show import plain
from repair.review.work import Workers

LARGEST = 4_000_000  # bytes of a body
PUBLIC = frozenset({"/openapi.json", "/docs"})


def service(
    queue: Queue | None,
    documents: Documents,
    journal: Journal,
    workers: Workers,
    config: Config,
    *,
    sessions: Sessions,
    hosts: Container[str],
) -> Any:
    """The ASGI app."""
    from starlette.applications import Starlette
    from starlette.exceptions import HTTPException
    from starlette.requests import Request
    from starlette.responses import Response
    from starlette.routing import Route

    table = api.operations(queue, documents, journal, workers, config)
    specification = line(openapi.document(table, api.IN_PATH, api.SCHEMAS))
    listing = openapi.page(table)

    async def described(request: Request) -> Response:
        return Response(specification, media_type="application/json")

    async def docs(request: Request) -> Response:
        return Response(listing, media_type="text/html")

    async def wrong(request: Request, error: Exception) -> Response:
        """404 and 405 of the router, and defects (which the server logs)."""
        status, headers = 500, None
        if isinstance(error, HTTPException):
            status, headers = error.status_code, error.headers
        said = openapi.REFUSALS.get(str(status), "refused")
        return Response(
            line({"error": said}), status, headers=headers, media_type="application/json"
        )

    by_path: dict[str, list[api.Operation]] = {}
    for operation in table:
        by_path.setdefault(operation.path, []).append(operation)
    routes = [
        Route(path, _endpoint(operation), methods=[operation.method])
        for path, group in by_path.items()
        for operation in group
    ]
    routes += [Route("/openapi.json", described), Route("/docs", docs)]
    app = Starlette(routes=routes, exception_handlers={HTTPException: wrong, Exception: wrong})
    app.router.redirect_slashes = False
    return Guard(
        app, sessions, hosts, PUBLIC, frozenset(), largest=LARGEST, api=True
    )  # fmt: skip


def _endpoint(operation: api.Operation) -> Callable[[Any], Awaitable[Any]]:
    """The handler of a row: reads and checks, runs, and writes the answer, in a thread."""
    from starlette.concurrency import run_in_threadpool
    from starlette.requests import Request
    from starlette.responses import Response

    def answered(request: Request, body: bytes) -> bytes:
        query = shapes.parameters(
            request.query_params.multi_items(), operation.query or shapes.obj()
        )
        said = None
        if operation.body is not None:
            kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
            if kind != "application/json":
                raise Refused(415, openapi.REFUSALS["415"])
            said = shapes.read(body)
            shapes.check(said, operation.body)
        name = request.path_params.get("id", "")
        if name:
            shapes.check(name, api.ID, "the id")
        value = operation.run(api.Asked(query, said, name))
        return value if isinstance(value, bytes) else line(value).encode()

    async def endpoint(request: Request) -> Response:
        status, headers = 200, {}
        try:
            content = await run_in_threadpool(answered, request, await request.body())
        except (Refused, QueueError) as error:
            status = error.status if isinstance(error, Refused) else 409
            content = line({"error": plain(str(error))}).encode()
            if status == 429:
                headers["retry-after"] = "5"
        return Response(content, status, headers=headers, media_type="application/json")

    return endpoint


class Door:
    """Lets requests in until `close`; then refuses with 503 and says when none is left."""

    def __init__(self, app: App, empty: Callable[[], None]) -> None:
        self.app, self.empty = app, empty
        self.inside, self.closing = 0, False

    async def __call__(self, scope: MutableMapping[str, Any], receive: Receive, send: Send) -> None:
        if self.closing and scope["type"] == "http":
            headers = [(b"content-type", b"application/json"), (b"connection", b"close")]
            await send({"type": "http.response.start", "status": 503, "headers": headers})
            body = line({"error": openapi.REFUSALS["503"]}).encode()
            await send({"type": "http.response.body", "body": body})
            return
        self.inside += 1
        try:
            await self.app(scope, receive, send)
        finally:
            self.inside -= 1
            self._look()

    def close(self) -> None:
        """Nobody else comes in."""
        self.closing = True
        self._look()

    def _look(self) -> None:
        if self.closing and not self.inside:
            self.empty()


def serve_api(
    queue: Queue | None,
    documents: Documents,
    journal: Journal = tuple,
    *,
    host: str = "127.0.0.1",
    port: int = 0,
    password_file: Path | None = None,
    config: Config,
) -> None:
    """Serves until Ctrl-C or SIGTERM, then finishes what runs (a second signal ends it).

    Prints the address on stderr, and the token too where no password file gives it.
    ValueError: no password file for a host that others can reach, or a bad one."""
    import uvicorn

    token = secrets.token_urlsafe(24)
    sessions = Sessions(password=read(password_file)) if password_file else Sessions([token])
    listening = listen(host, port, password_file)
    port = listening.getsockname()[1]
    workers = Workers(jobs_here())

    class Server(uvicorn.Server):
        """Stops when the last request that runs is done, not before it answers."""

        def handle_exit(self, sig: int, frame: Any) -> None:
            if door.closing:
                self.should_exit = self.force_exit = True
            door.close()

    def stop() -> None:
        server.should_exit = True

    app = service(
        queue, documents, journal, workers, config, sessions=sessions, hosts=Names(host, port)
    )
    door = Door(app, stop)
    server = Server(
        uvicorn.Config(
            door, log_level="warning", server_header=False, lifespan="off", proxy_headers=False
        )
    )
    print(f"repair: the API at {shown(host, port)}/docs", file=sys.stderr)
    if password_file is None:
        print(f"repair: its token: {token}", file=sys.stderr)
    sys.stderr.flush()
    try:
        server.run(sockets=[listening])
    finally:
        workers.close()
