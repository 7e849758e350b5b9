"""The service: against its own specification, hostile input, who is let in, how it stops."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx2 as httpx
import pytest
from starlette.testclient import TestClient

from repair.config import Config
from repair.review import guard
from repair.review.hosts import Names
from repair.review.queue import Queue
from repair.review.service import LARGEST, serve_api, service
from repair.review.sessions import Sessions
from repair.review.shapes import Refused, read
from repair.review.work import Workers

Make = Callable[..., dict[str, Any]]
HOST = "127.0.0.1:8000"
TEXT = "健全行政争议预防机制。完善行政争议化解机制。\n前文系统后文。"
KEY = {"authorization": "Bearer secret"}


def _known() -> dict[str, Any]:
    return {"sessions": Sessions(["secret"]), "hosts": {HOST}}


@pytest.fixture(scope="module")
def workers() -> Iterator[Workers]:
    made = Workers(1)
    yield made
    made.close()


@pytest.fixture
def app(tmp_path: Path, make: Make, workers: Workers) -> Iterator[Any]:
    queue = Queue(str(tmp_path / "q.db"))
    at = TEXT.index("系统")
    queue.load(
        [
            make(TEXT, 4, 6, "复议"),
            make(TEXT, 15, 17, "复议"),
            make(TEXT, at, at + 2, "体系", rule="COL002"),
        ]
    )
    texts: dict[str, Any] = {"a.txt": (TEXT, [])}
    edits = [make(TEXT, 0, 2, "完善", rule="CHR001", stage="characters")]
    yield service(
        queue, lambda name: texts[name], lambda: edits, workers, Config(), **_known()
    )  # fmt: skip
    queue.close()


@pytest.fixture
def client(app: Any) -> TestClient:
    return TestClient(app, base_url=f"http://{HOST}", headers=KEY)


# ---- what it does


def test_fix_says_what_the_command_says(client: TestClient) -> None:
    text = "本报讯中\u200b文。锟斤拷"
    said = client.post("/v1/fix", json={"text": text}).json()
    command = subprocess.run(
        [sys.executable, "-m", "repair", "fix", "--format", "json", "--exit-zero"],
        input=text.encode(), capture_output=True, check=True,
    )  # fmt: skip
    assert said == json.loads(command.stdout)


def test_a_request_configures_its_own_repair(client: TestClient) -> None:
    body = {"text": "中\u200b文", "config": {"ignore": ["CHR"]}}
    assert client.post("/v1/fix", json=body).json()["text"] == "中\u200b文"


def test_compare_gives_the_variants(client: TestClient) -> None:
    said = client.post("/v1/compare", json={"a": "健全行政争议机制。", "b": "健全行政复议机制。"})
    assert [v["b"]["text"] for v in said.json()["variants"]] == ["复"]


def test_pages_give_every_finding_once(client: TestClient) -> None:
    seen: list[str] = []
    after: dict[str, str] = {}
    for _ in range(3):
        said = client.get("/v1/findings", params={"limit": 1, **after}).json()
        seen += [f["id"] for f in said["findings"]]
        after = {"after": said["next"]}
    assert len(set(seen)) == 3
    assert after["after"] is None


def test_a_filter_chooses(client: TestClient) -> None:
    query = "/v1/findings?rule=COL002&status=pending&status=skipped&doc_id=a.txt"
    assert len(client.get(query).json()["findings"]) == 1


def test_a_group_is_decided_shown_and_undone(client: TestClient) -> None:
    group = client.get("/v1/groups").json()["groups"][0]
    decision = {"target": group["key"], "scope": "pattern", "verdict": "accept", "reviewer": "ann"}
    done = client.post("/v1/decisions", json=decision).json()
    assert len(done["findings"]) == 2
    one = client.get(f"/v1/findings/{done['findings'][0]}").json()
    assert one["decision"]["reviewer"] == "ann"
    text = client.get(f"/v1/findings/{done['findings'][0]}/document").json()["text"]
    assert text == TEXT.replace("争议", "复议")
    undo = {"what": {"action": done["action"]}}
    assert client.post("/v1/undo", json=undo).json() == {"decisions": 2, "edits": 0}
    assert client.get("/v1/status").json()["queue"] == {"pending": 3}


def test_what_somebody_decided_meanwhile_stands(client: TestClient) -> None:
    finding = client.get("/v1/findings").json()["findings"][0]["id"]
    decision = {"target": finding, "verdict": "reject", "only_open": True}
    assert client.post("/v1/decisions", json=decision).status_code == 200
    assert client.post("/v1/decisions", json=decision).status_code == 409


def test_without_a_queue_only_texts(workers: Workers) -> None:
    app = service(None, lambda name: ("", []), tuple, workers, Config(), **_known())
    client = TestClient(app, base_url=f"http://{HOST}", headers=KEY)
    assert client.get("/v1/groups").status_code == 404
    assert client.get("/v1/status").json()["queue"] is None


# ---- who is let in


@pytest.mark.parametrize("key", ["", "Bearer", "Bearer guess", "Basic secret", "Bearer s\u00e9"])
@pytest.mark.parametrize("path", ["/v1/status", "/v1/findings", "/v1/nowhere", "/"])
def test_nothing_without_the_token(client: TestClient, path: str, key: str) -> None:
    said = client.get(path, headers={"authorization": key.encode("latin-1")})  # type: ignore[dict-item]
    assert said.status_code == 401
    assert said.headers["www-authenticate"] == "Bearer"


@pytest.mark.parametrize("path", ["/openapi.json", "/docs"])
def test_the_description_needs_none(client: TestClient, path: str) -> None:
    said = client.get(path, headers={"authorization": ""})
    assert said.status_code == 200
    assert "src=" not in said.text


def test_another_origin_is_refused(client: TestClient) -> None:
    headers = {"origin": "http://evil.example"}
    assert client.post("/v1/fix", json={"text": ""}, headers=headers).status_code == 403


def test_another_site_is_refused(client: TestClient) -> None:
    assert client.get("/v1/status", headers={"sec-fetch-site": "cross-site"}).status_code == 403


def test_another_host_name_is_refused(client: TestClient) -> None:
    assert client.get("/docs", headers={"host": "evil.example:8000"}).status_code == 421


@pytest.mark.parametrize(
    ("host", "value", "ours"),
    [
        ("127.0.0.1", "127.0.0.1:80", True),
        ("127.0.0.1", "localhost", True),
        ("127.0.0.1", "192.168.0.9:80", False),
        ("::1", "[::1]:80", True),
        ("::1", "[::1]", True),
        ("0.0.0.0", "192.168.0.9:80", True),
        ("0.0.0.0", "192.168.0.9:81", False),
        ("0.0.0.0", "evil.example:80", False),
        ("0.0.0.0", "", False),
    ],
)
def test_which_host_names_are_ours(host: str, value: str, ours: bool) -> None:
    assert (value in Names(host, 80)) == ours


@pytest.mark.parametrize("password", [None, "", "short", "密码密码密码密码密码密码密码密码"])
def test_the_world_needs_a_good_password(tmp_path: Path, password: str | None) -> None:
    file = tmp_path / "password"
    file.write_text(password or "", encoding="utf-8")
    given = None if password is None else file
    with pytest.raises(ValueError, match="password"):
        serve_api(None, lambda n: ("", []), host="0.0.0.0", password_file=given, config=Config())


def test_an_edit_of_the_journal_is_taken_back(client: TestClient) -> None:
    said = client.post("/v1/undo", json={"what": {"rule": "CHR001"}})
    assert said.json() == {"decisions": 0, "edits": 1}
    [edit] = client.get("/v1/findings?rule=CHR001").json()["findings"]
    assert edit["status"] == "rejected"


def test_agreement(client: TestClient) -> None:
    [first, *_] = client.get("/v1/findings").json()["findings"]
    for reviewer, verdict in (("ann", "accept"), ("bob", "reject")):
        body = {"target": first["id"], "verdict": verdict, "reviewer": reviewer}
        assert client.post("/v1/decisions", json=body).is_success
    said = client.get("/v1/agreement").json()
    assert (said["checked"], said["disputed"]) == (1, [first["id"]])


# ---- hostile input

BAD = {
    "none": (b"", 400),
    "cut": (b'{"text": "', 400),
    "deep": (b"[" * 100_000, 400),
    "deep and closed": (b'{"text":' + b"[" * 999 + b"]" * 999 + b"}", 400),
    "wide": (b"[" + b"[]," * 100_000 + b"[]]", 400),
    "quotes": (b'"\\"' * 100_000, 400),
    "not UTF-8": (b'{"text": "\xff"}', 400),
    "UTF-16": ('{"text": ""}'.encode("utf-16"), 400),
    "not a number": (b'{"text": NaN}', 400),
    "a long number": (b'{"text": ' + b"9" * 10_000 + b"}", 400),
    "a list": (b"[]", 422),
    "another type": (b'{"text": 1}', 422),
    "nothing said": (b"{}", 422),
    "unknown key": (b'{"text": "", "file": "/etc/passwd"}', 422),
    "unknown setting": (b'{"text": "", "config": {"x": 1}}', 422),
    "bad setting": (b'{"text": "", "config": {"unsure": "no"}}', 422),
    "bad stage": (b'{"text": "", "config": {"stages": ["../x"]}}', 422),
    "10 MB": (b'{"text": "' + b"x" * 10_000_000 + b'"}', 413),
}


@pytest.mark.parametrize("name", BAD)
def test_a_bad_body_is_refused_in_one_line(client: TestClient, name: str) -> None:
    body, status = BAD[name]
    said = client.post("/v1/fix", content=body, headers={"content-type": "application/json"})
    assert said.status_code == status
    assert list(said.json()) == ["error"]
    assert "\n" not in said.json()["error"]
    assert "Traceback" not in said.text


def test_a_large_body_of_unsaid_length_is_refused(client: TestClient) -> None:
    parts = (b"x" * 1_000_000 for _ in range(LARGEST // 1_000_000 + 2))
    assert client.post("/v1/fix", content=parts).status_code == 413


@pytest.mark.parametrize(
    "text", ["", "\x00" * 50, "中\ud800文\udfff", "\ud83d\ude00", "\r\n\x1b[31m"]
)
def test_any_string_is_a_text(client: TestClient, text: str) -> None:
    body = json.dumps({"text": text, "config": {"stages": []}})
    said = client.post("/v1/fix", content=body, headers={"content-type": "application/json"})
    assert said.json()["text"] == json.loads(json.dumps(text))
    body = json.dumps({"a": text, "b": text})
    said = client.post("/v1/compare", content=body, headers={"content-type": "application/json"})
    assert said.json() == {"variants": []}


def test_any_string_replaces(client: TestClient) -> None:
    finding = client.get("/v1/findings").json()["findings"][0]["id"]
    text = "\x00\ud800\\"
    body = json.dumps({"target": finding, "verdict": "edit", "replacement": text})
    headers = {"content-type": "application/json"}
    assert client.post("/v1/decisions", content=body, headers=headers).is_success
    assert client.get(f"/v1/findings/{finding}").json()["decision"]["replacement"] == text


@pytest.mark.parametrize(
    "path",
    [
        "/v1/findings/..%2f..%2fetc%2fpasswd/document",
        "/v1/findings/%00",
        "/v1/findings?limit=0",
        "/v1/findings?limit=x",
        "/v1/findings?limit=1&limit=2",
        "/v1/findings?path=/etc/passwd",
        "/v1/findings?after=1",
        "/v1/findings?min_confidence=nan",
        "/v1/groups?after=1",
    ],
)
def test_a_bad_address_is_refused(client: TestClient, path: str) -> None:
    assert client.get(path).status_code in (404, 422)


def test_only_json_is_taken(client: TestClient) -> None:
    headers = {"content-type": "text/plain"}
    assert client.post("/v1/fix", content=b"{}", headers=headers).status_code == 415


def test_strings_do_not_count_as_depth() -> None:
    assert read(b'"' + b"[" * 100 + b'\\"["') == "[" * 100 + '"['
    with pytest.raises(Refused):
        read(b'["\\\\", [[[[[[[[[[]]]]]]]]]]]')


# ---- too much at once


def test_who_waits_too_long_is_told_to_come_back() -> None:
    workers = Workers(1, wait=0.01)
    taken = workers._free.get()
    app = service(None, lambda n: ("", []), tuple, workers, Config(), **_known())
    client = TestClient(app, base_url=f"http://{HOST}", headers=KEY)
    said = client.post("/v1/fix", json={"text": ""})
    assert said.status_code == 429
    assert int(said.headers["retry-after"]) > 0
    workers._free.put(taken)
    workers.close()


def test_what_takes_too_long_is_ended_and_the_next_is_done() -> None:
    workers = Workers(1, limit=0.001)
    try:
        with pytest.raises(Refused) as refused:
            workers.run("fix", "中文" * 100_000, Config())
        assert refused.value.status == 504
        workers.limit = 60
        assert json.loads(workers.run("compare", "一", "一")) == {"variants": []}
    finally:
        workers.close()


def test_a_flood_is_refused(client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(guard, "PER_SECOND", 1)
    answers = [client.get("/docs") for _ in range(12)]
    assert answers[-1].status_code == 429
    assert answers[-1].headers["retry-after"]


# ---- a process of its own

RUN = """
import sys
from pathlib import Path
from repair.config import Config
from repair.review.service import serve_api
if __name__ == "__main__":
    serve_api(None, lambda name: ("", []), config=Config())
"""


def test_a_process_serves_finishes_what_runs_and_stops(tmp_path: Path) -> None:
    script = tmp_path / "run.py"
    script.write_text(RUN)
    root = str(Path(__file__).parents[2])
    process = subprocess.Popen(
        [sys.executable, str(script)], stderr=subprocess.PIPE, text=True,
        env={**os.environ, "PYTHONPATH": root},
    )  # fmt: skip
    assert process.stderr
    try:
        address = process.stderr.readline().split()[-1].removesuffix("/docs")
        token = process.stderr.readline().split()[-1]
        headers = {"authorization": f"Bearer {token}"}
        with httpx.Client(base_url=address, headers=headers, timeout=60) as client:
            assert client.get("/v1/status").json()["queue"] is None
            # who sends all before it reads sees why it is refused
            whole = urllib.request.Request(
                f"{address}/v1/fix", b"x" * 2 * LARGEST, headers | {"content-type": "text/plain"}
            )
            with pytest.raises(urllib.error.HTTPError, match="413"):
                urllib.request.urlopen(whole, timeout=60)
            answers: list[int] = []

            def slow() -> None:
                said = httpx.post(
                    f"{address}/v1/fix", json={"text": "中文。\n" * 20_000}, headers=headers,
                    timeout=60,
                )  # fmt: skip
                answers.append(said.status_code)

            running = threading.Thread(target=slow)
            running.start()
            while not client.get("/v1/status").json()["busy"]:
                time.sleep(0.01)
            process.send_signal(signal.SIGTERM)
            time.sleep(0.05)
            assert client.get("/v1/status").status_code == 503
            running.join()
        assert answers == [200]
        assert process.wait(20) == 0
    finally:
        process.kill()
        process.stderr.close()


# ---- against its own specification


@pytest.mark.parametrize("mode", ["POSITIVE", "NEGATIVE"])
def test_the_service_keeps_to_its_specification(
    app: Any, monkeypatch: pytest.MonkeyPatch, mode: str
) -> None:
    schemathesis = pytest.importorskip("schemathesis")
    from hypothesis import HealthCheck, Phase, given, settings
    from hypothesis.errors import Unsatisfiable

    monkeypatch.setattr(guard, "PER_SECOND", 1_000_000)
    schema = schemathesis.openapi.from_asgi("/openapi.json", app, headers={"host": HOST})
    few = settings(
        max_examples=12, deadline=None, database=None, derandomize=True,
        suppress_health_check=list(HealthCheck), phases=[Phase.explicit, Phase.generate],
    )  # fmt: skip
    tried = set()
    for result in schema.get_all_operations():
        operation = result.ok()

        @few
        @given(case=operation.as_strategy(generation_mode=schemathesis.GenerationMode[mode]))
        def keeps(case: Any) -> None:
            case.call_and_validate(headers={"Authorization": KEY["authorization"], "host": HOST})

        try:
            keeps()
        except Unsatisfiable:  # nothing about it can be wrong
            continue
        tried.add(operation.label)
    assert len(tried) >= 8
