"""The review page: a small ASGI app over one queue, and `serve`, which runs it.

    serve(queue, documents, table, port=0, open_browser=True)     # until Ctrl-C
    app(queue, Sessions(), documents, hosts={"127.0.0.1:8000"}, table=Table(path))

`documents(doc_id)` gives a document's layer text and its journal's records (KeyError where
there is none); it is asked when somebody looks at a whole document or at a witness. The
handlers answer with pieces of HTML (templates/), each made from the queue as it is now.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Container
from contextlib import suppress
from importlib.resources import files
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

from repair.phrasebook import Table
from repair.review.asked import Answer, Asked
from repair.review.guard import TOO_MANY, Guard, client
from repair.review.hosts import Names, listen, shown
from repair.review.own import OwnRules
from repair.review.pages import Documents, Pages
from repair.review.password import read
from repair.review.queue import Queue, QueueError
from repair.review.sessions import Sessions, TooManyError
from repair.review.show import plain
from repair.review.words import preferred

STATIC = {"app.css": "text/css", "app.js": "text/javascript", "htmx.min.js": "text/javascript"}


def app(
    queue: Queue,
    sessions: Sessions,
    documents: Documents,
    *,
    hosts: Container[str],
    table: Table,
    reviewer: str = "reviewer",
    used_link: Callable[[], None] = lambda: None,
) -> Any:
    """The ASGI app. `table` takes the rules that people make of decisions; `used_link` is
    told when a link that was used before is tried again."""
    from starlette.applications import Starlette
    from starlette.concurrency import run_in_threadpool
    from starlette.requests import Request
    from starlette.responses import JSONResponse, Response
    from starlette.routing import Route

    pages = Pages(queue, documents)
    own = OwnRules(pages, table)
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
        html = pages.render("shell.html", asked, asks=sessions.asks, two=queue.two)
        return Response(html, media_type="text/html")

    async def session(request: Request) -> Response:
        form = await _form(request)
        if "password" in form:
            known = await run_in_threadpool(
                _enter, sessions, form["password"], client(request.scope), form.get("reviewer", "")
            )
            return JSONResponse(*known)
        link = form.get("link", "")
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
            who = request.state.session
            language = preferred(request.headers.get("x-language", ""), "")
            asked = Asked(values, language, who.reviewer or reviewer, who.name)
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
        Route("/undo", page(own.undo), methods=["POST"]),
        Route("/always", page(own.ask)),
        Route("/always", page(own.make), methods=["POST"]),
        Route("/rules", page(own.show)),
        Route("/rules", page(own.take_back), methods=["POST"]),
        Route("/team", page(pages.team)),
        Route("/document", page(pages.document)),
        Route("/piece", page(pages.piece)),
        Route("/piece", page(pages.decide_piece), methods=["POST"]),
        Route("/witness", page(pages.witness)),
        Route("/target", page(pages.target)),
    ]
    public = frozenset({"/", "/session", "/favicon.ico", *(f"/static/{name}" for name in STATIC)})
    return Guard(Starlette(routes=routes), sessions, hosts, public)


async def _form(request: Any) -> dict[str, str]:
    """The fields of a urlencoded body; of a field sent twice, the last."""
    body = (await request.body()).decode("utf-8", "replace")
    return dict(parse_qsl(body, keep_blank_values=True, max_num_fields=50))


def _enter(
    sessions: Sessions, password: str, address: str, reviewer: str
) -> tuple[dict[str, str], int]:
    """The token for who knows the password, or why not, and the status."""
    try:
        token = sessions.enter(password, address, reviewer.strip())
    except TooManyError:
        return {"error": TOO_MANY[1]}, TOO_MANY[0]
    return ({"token": token}, 200) if token else ({"error": "password"}, 403)


def serve(
    queue: Queue,
    documents: Documents,
    table: Table,
    *,
    host: str = "127.0.0.1",
    port: int = 0,
    password_file: Path | None = None,
    open_browser: bool = True,
    reviewer: str = "reviewer",
) -> None:
    """Serves the page until Ctrl-C; prints its address, with a one-time link, on stderr.

    ValueError: no password file for a host that others can reach, or a bad one."""
    import webbrowser

    import uvicorn

    sessions = Sessions(password=read(password_file) if password_file else None)
    listening = listen(host, port, password_file)
    port = listening.getsockname()[1]

    def address() -> str:
        url = f"{shown(host, port)}/#{sessions.link()}"
        print(f"repair: review at {url}", file=sys.stderr, flush=True)
        return url

    def again() -> None:
        address()

    page = app(
        queue, sessions, documents, hosts=Names(host, port), table=table, reviewer=reviewer,
        used_link=again,
    )  # fmt: skip
    url = address()
    if open_browser:
        webbrowser.open(url)
    config = uvicorn.Config(page, log_level="warning", server_header=False, lifespan="off")
    try:
        with suppress(KeyboardInterrupt):  # Ctrl-C is how it ends; uvicorn raises it again
            uvicorn.Server(config).run(sockets=[listening])
    finally:
        queue.release(sessions.names())
