"""The review page: a small ASGI app over one queue, and `serve`, which runs it on loopback.

    serve(queue, documents, port=0, open_browser=True)     # until Ctrl-C
    app(queue, Sessions(), documents, hosts={"127.0.0.1:8000"})

`documents(doc_id)` gives a document's layer text and its journal's records (KeyError where
there is none); it is asked when somebody looks at a whole document or at a witness. The
handlers answer with pieces of HTML (templates/), each made from the queue as it is now.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Collection
from importlib.resources import files
from typing import Any
from urllib.parse import parse_qsl

from repair.review.guard import Guard, Sessions
from repair.review.pages import Answer, Asked, Documents, Pages
from repair.review.queue import Queue, QueueError
from repair.review.show import plain
from repair.review.words import preferred

STATIC = {"app.css": "text/css", "app.js": "text/javascript", "htmx.min.js": "text/javascript"}


def app(
    queue: Queue,
    sessions: Sessions,
    documents: Documents,
    *,
    hosts: Collection[str],
    reviewer: str = "reviewer",
    used_link: Callable[[], None] = lambda: None,
) -> Any:
    """The ASGI app. `used_link` is told when a link that was used before is tried again."""
    from starlette.applications import Starlette
    from starlette.concurrency import run_in_threadpool
    from starlette.requests import Request
    from starlette.responses import JSONResponse, Response
    from starlette.routing import Route

    pages = Pages(queue, documents, reviewer)
    static = {name: files("repair.review").joinpath("static", name).read_bytes() for name in STATIC}

    async def asset(request: Request) -> Response:
        name = request.path_params["name"]
        if name not in static:
            return Response("no such file", 404)
        return Response(static[name], media_type=STATIC[name])

    async def icon(request: Request) -> Response:
        return Response(status_code=204)

    async def shell(request: Request) -> Response:
        asked = preferred(
            request.query_params.get("lang", ""), request.headers.get("accept-language", "")
        )
        return Response(pages.render("shell.html", asked), media_type="text/html")

    async def session(request: Request) -> Response:
        link = (await _form(request)).get("link", "")
        token = sessions.exchange(link)
        if token is None:
            if sessions.used(link):
                used_link()
            return JSONResponse({"error": "used"}, 403)
        return JSONResponse({"token": token})

    def page(handler: Callable[[Asked], Answer]) -> Callable[[Request], Any]:
        async def answer(request: Request) -> Response:
            values = dict(request.query_params) if request.method == "GET" else None
            if values is None:
                values = await _form(request)
            asked = Asked(
                values,
                preferred(request.headers.get("x-language", ""), ""),
                reviewer,
                request.state.session or "",
            )
            try:
                said = await run_in_threadpool(handler, asked)
            except (QueueError, ValueError) as error:
                return Response(plain(str(error)), 409, media_type="text/plain")
            except LookupError:
                return Response("no such document or finding", 404, media_type="text/plain")
            headers = {"HX-Trigger": json.dumps(said.events)} if said.events else None
            return Response(said.html, media_type="text/html", headers=headers)

        return answer

    routes = [
        Route("/", shell),
        Route("/favicon.ico", icon),
        Route("/static/{name}", asset),
        Route("/session", session, methods=["POST"]),
        Route("/filters", page(pages.filters)),
        Route("/card", page(pages.card)),
        Route("/decide", page(pages.decide), methods=["POST"]),
        Route("/bulk", page(pages.bulk)),
        Route("/bulk", page(pages.decide_all), methods=["POST"]),
        Route("/undo", page(pages.undo), methods=["POST"]),
        Route("/document", page(pages.document)),
        Route("/piece", page(pages.piece)),
        Route("/piece", page(pages.decide_piece), methods=["POST"]),
        Route("/witness", page(pages.witness)),
    ]
    public = frozenset({"/", "/session", "/favicon.ico", *(f"/static/{name}" for name in STATIC)})
    return Guard(Starlette(routes=routes), sessions, frozenset(hosts), public)


async def _form(request: Any) -> dict[str, str]:
    """The fields of a urlencoded body; of a field sent twice, the last."""
    body = (await request.body()).decode("utf-8", "replace")
    return dict(parse_qsl(body, keep_blank_values=True, max_num_fields=50))


def serve(
    queue: Queue,
    documents: Documents,
    *,
    port: int = 0,
    open_browser: bool = True,
    host: str = "127.0.0.1",
    reviewer: str = "reviewer",
) -> None:
    """Serves the page until Ctrl-C; prints its address, with a one-time link, on stderr."""
    import socket
    import webbrowser

    import uvicorn

    listening = socket.create_server((host, port))
    port = listening.getsockname()[1]
    sessions = Sessions()

    def address() -> str:
        url = f"http://{host}:{port}/#{sessions.link()}"
        print(f"repair: review at {url}", file=sys.stderr, flush=True)
        return url

    hosts = {f"{name}:{port}" for name in (host, "localhost")}
    page = app(
        queue, sessions, documents, hosts=hosts, reviewer=reviewer, used_link=lambda: _no(address)
    )
    url = address()
    if open_browser:
        webbrowser.open(url)
    config = uvicorn.Config(page, log_level="warning", server_header=False, lifespan="off")
    try:
        uvicorn.Server(config).run(sockets=[listening])
    finally:
        queue.release(sessions.names())


def _no(address: Callable[[], str]) -> None:
    address()
