"""The page without a browser: who is let in, what is refused, what the pieces say."""

from __future__ import annotations

import re
import socket
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from repair.phrasebook import Table
from repair.review import guard
from repair.review.hosts import listen
from repair.review.password import hashed, read
from repair.review.queue import Filter, Queue
from repair.review.sessions import Sessions
from repair.review.show import aligned
from repair.review.web import app

Make = Callable[..., dict[str, Any]]
HOST = "127.0.0.1:8000"
TEXT = "健全行政争议预防机制。完善行政争议化解机制。\n前文系统后文。"
EVIL = "<script>window.pwned=1</script><img src=x onerror=pwned=1>\u202e\x00\ud800"


@pytest.fixture
def queue(tmp_path: Path, make: Make) -> Iterator[Queue]:
    opened = Queue(str(tmp_path / "q.db"))
    at = TEXT.index("系统")
    witness = {"doc_id": "b.txt", "start": 2, "end": 4, "text": "体系", "provenance": "ocr"}
    opened.load(
        [
            make(TEXT, 4, 6, "复议"),
            make(TEXT, 15, 17, "复议"),
            make(TEXT, at, at + 2, "体系", rule="COL002", witnesses=[witness]),
        ]
    )
    yield opened
    opened.close()


@pytest.fixture
def sessions() -> Sessions:
    return Sessions(fixed=["secret"])


@pytest.fixture
def table(tmp_path: Path) -> Table:
    return Table(tmp_path / "phrases.jsonl")


@pytest.fixture
def client(queue: Queue, sessions: Sessions, table: Table, make: Make) -> TestClient:
    edit = make(TEXT, 0, 2, "完善", rule="CHR001", stage="characters", status="applied")
    texts = {"a.txt": (TEXT, [edit]), "b.txt": ("左边体系右边", [])}
    page = app(queue, sessions, lambda name: texts[name], hosts={HOST}, table=table)
    return TestClient(
        page, base_url=f"http://{HOST}", headers={"x-repair-token": "secret"}
    )  # fmt: skip


def _first(client: TestClient) -> str:
    """The id of the finding that the page asks about."""
    found = re.search(r'data-id="([0-9a-f]+)"', client.get("/card").text)
    assert found
    return found[1]


# ---- who is let in

READS = ["/card", "/filters", "/bulk", "/document", "/piece", "/witness", "/target"]
WRITES = ["/decide", "/bulk", "/undo", "/piece"]


@pytest.mark.parametrize("path", READS)
def test_nothing_is_read_without_a_token(client: TestClient, path: str) -> None:
    assert client.get(path, headers={"x-repair-token": ""}).status_code == 401


@pytest.mark.parametrize("path", WRITES)
def test_nothing_is_written_without_a_token(client: TestClient, path: str) -> None:
    assert client.post(path, headers={"x-repair-token": "guess"}).status_code == 401


@pytest.mark.parametrize("path", [*WRITES, "/session"])
@pytest.mark.parametrize("origin", ["http://evil.example", "http://127.0.0.1:9", "null"])
def test_a_write_from_another_origin_is_refused(client: TestClient, path: str, origin: str) -> None:
    assert client.post(path, headers={"origin": origin}).status_code == 403


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
def test_a_read_from_another_site_is_refused(client: TestClient, site: str) -> None:
    assert client.get("/card", headers={"sec-fetch-site": site}).status_code == 403


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1", "127.0.0.1:8001"])
def test_another_host_name_is_refused(client: TestClient, host: str) -> None:
    assert client.get("/", headers={"host": host}).status_code == 421


def test_a_link_is_good_once(client: TestClient, sessions: Sessions) -> None:
    link = sessions.link()
    first = client.post("/session", data={"link": link})
    assert client.get("/card", headers={"x-repair-token": first.json()["token"]}).is_success
    assert client.post("/session", data={"link": link}).status_code == 403
    assert client.post("/session", data={"link": "guess"}).status_code == 403


def test_a_link_is_no_session(client: TestClient, sessions: Sessions) -> None:
    assert client.get("/card", headers={"x-repair-token": sessions.link()}).status_code == 401


def test_the_empty_page_says_nothing_of_the_documents(client: TestClient) -> None:
    page = client.get("/", headers={"x-repair-token": ""})
    assert page.status_code == 200
    assert "争议" not in page.text


@pytest.mark.parametrize(
    "path",
    ["/static/../web.py", "/static/%2e%2e/web.py", "/static/..%2f..%2fcli.py", "/static/x.js"],
)
def test_no_path_of_a_request_is_opened(client: TestClient, path: str) -> None:
    assert client.get(path).status_code in (401, 404)


def test_a_large_body_is_refused(client: TestClient) -> None:
    body = b"id=" + b"x" * guard.LARGEST
    assert client.post("/decide", content=body).status_code == 413


def test_a_large_body_of_unsaid_length_is_refused(client: TestClient) -> None:
    parts = (b"x" * 100_000 for _ in range(20))
    assert client.post("/decide", content=parts).status_code == 413


def test_a_flood_is_refused(client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(guard, "PER_SECOND", 1)
    answers = [client.get("/favicon.ico").status_code for _ in range(30)]
    assert answers[0] == 204
    assert answers[-1] == 429


@pytest.mark.parametrize("path", ["/", "/card", "/nowhere"])
def test_every_answer_has_the_headers(client: TestClient, path: str) -> None:
    headers = client.get(path).headers
    policy = headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert headers["x-content-type-options"] == "nosniff"
    assert "set-cookie" not in headers


# ---- what the pieces say and do


def test_documents_are_text(client: TestClient, queue: Queue, make: Make) -> None:
    text = "前" + EVIL + "后"
    record = make(
        text, 1, len(text) - 1, EVIL, doc_id="x" + EVIL, evidence=EVIL, pattern=EVIL, kind=EVIL,
        candidates=[{"text": EVIL, "confidence": 0.5, "source": EVIL}],
        witnesses=[{"doc_id": EVIL, "start": 0, "end": 1, "text": EVIL, "provenance": EVIL}],
    )  # fmt: skip
    queue.load([record, make(text, 0, 1, "x", doc_id="x" + EVIL, pattern=EVIL)])
    bulk = f"/bulk?bulk=accept&pattern={queue.groups()[0].key}"
    for path in ("/card", "/filters", bulk, f"/witness?id={record['id']}&n=0"):
        html = client.get(path).text
        assert "<script" not in html
        assert "<img" not in html
        assert "\x00" not in html
        # Only in the field that is there to be edited, where no label can stand.
        assert "\u202e" not in re.sub(r"<textarea.*?</textarea>|value=\"[^\"]*\"", "", html)


def test_a_decision_gives_the_next_card(client: TestClient, queue: Queue) -> None:
    finding = _first(client)
    answer = client.post("/decide", data={"id": finding, "verdict": "accept"})
    assert finding not in answer.text
    assert queue.finding(finding)["status"] == "accepted"  # type: ignore[index]


def test_a_candidate_is_chosen_by_number(client: TestClient, queue: Queue) -> None:
    finding = _first(client)
    client.post("/decide", data={"id": finding, "choice": "1"})
    assert queue.finding(finding)["status"] == "accepted"  # type: ignore[index]


@pytest.mark.parametrize(
    "data",
    [
        {"id": "nobody", "verdict": "accept"},
        {"verdict": "destroy"},
        {"choice": "99"},
        {"choice": "0"},
        {"choice": "x"},
    ],
)
def test_a_wrong_decision_is_refused(client: TestClient, queue: Queue, data: Any) -> None:
    data = {"id": _first(client), **data}
    assert client.post("/decide", data=data).status_code in (404, 409)
    assert queue.counts() == {"pending": 3}


def test_two_sessions_are_asked_about_different_findings(
    client: TestClient, sessions: Sessions
) -> None:
    other = sessions.exchange(sessions.link()) or ""
    mine = _first(client)
    assert mine == _first(client)
    theirs = client.get("/card", headers={"x-repair-token": other}).text
    assert f'name="id" value="{mine}"' not in theirs


def test_what_somebody_decided_meanwhile_stands(client: TestClient, queue: Queue) -> None:
    finding = _first(client)
    queue.decide(finding, "reject", reviewer="bob")
    answer = client.post("/decide", data={"id": finding, "verdict": "accept"})
    assert "bob" in answer.headers["hx-trigger"]
    assert queue.finding(finding)["status"] == "rejected"  # type: ignore[index]


def test_bulk_shows_number_and_samples_first(client: TestClient, queue: Queue) -> None:
    group = queue.groups()[0]
    html = client.get("/bulk", params={"pattern": group.key, "bulk": "accept"}).text
    assert html.count("<li>") == 2
    client.post("/bulk", data={"pattern": group.key, "verdict": "accept"})
    assert queue.counts() == {"accepted": 2, "pending": 1}


def test_bulk_keeps_to_the_filter(client: TestClient, queue: Queue) -> None:
    group = queue.groups()[0]
    client.post("/bulk", data={"pattern": group.key, "verdict": "accept", "rule": "COL002"})
    assert queue.counts() == {"pending": 3}


def test_undo_shows_the_finding_again(client: TestClient, queue: Queue) -> None:
    finding = _first(client)
    answer = client.post("/decide", data={"id": finding, "verdict": "accept"})
    found = re.search(r'"action": "(\w+)"', answer.headers["hx-trigger"])
    assert found
    assert finding in client.post("/undo", data={"action": found[1]}).text
    assert queue.counts() == {"pending": 3}


def test_the_document_shows_the_repaired_text(client: TestClient) -> None:
    html = client.get("/document", params={"id": _first(client)}).text
    assert 'class="piece applied"' in html
    assert html.count("pending") >= 3


def test_an_edit_is_taken_back_in_the_document(client: TestClient, queue: Queue) -> None:
    focus = _first(client)
    html = client.get("/document", params={"id": focus}).text
    found = re.search(r'class="piece applied" [^>]*data-id="(\w+)"', html)
    assert found
    data = {"id": found[1], "focus": focus, "verdict": "reject"}
    assert 'class="piece rejected"' in client.post("/piece", data=data).text
    assert queue.verdicts()[found[1]].verdict == "reject"


def test_windows_begin_and_end_with_what_both_have() -> None:
    assert aligned("少数的改革", "数的各项改革", "start") == ("数的改革", "数的各项改革")
    assert aligned("改革环境", "改革的环", "end") == ("改革环", "改革的环")
    assert aligned("改革", "", "end") == ("改革", "")


def test_a_move_shows_where_to(client: TestClient, queue: Queue, make: Make) -> None:
    title = make(TEXT, 23, 25, "前文", move_to=0, rule="LAY007")
    queue.load([title])
    card = client.get("/card").text
    assert "<del>前文</del>" in card
    assert "<ins>" not in card
    target = client.get("/target", params={"id": title["id"]}).text
    assert '<ins>前文</ins><span class="context">健全行政争议' in target


def test_a_witness_stands_in_its_own_context(client: TestClient, queue: Queue) -> None:
    finding = next(f["id"] for f in queue.findings() if f["witnesses"])
    html = client.get("/witness", params={"id": finding, "n": "0"}).text
    assert "左边" in html
    assert "右边" in html


@pytest.mark.parametrize(("language", "word"), [("en", "accept"), ("zh", "接受")])
def test_both_languages(client: TestClient, language: str, word: str) -> None:
    assert word in client.get("/card", headers={"x-language": language}).text


def test_every_word_has_its_chinese() -> None:
    from repair.review.words import CHINESE

    folder = Path(guard.__file__).parent / "templates"
    said: set[str] = set()
    for template in folder.glob("*.html"):
        said |= set(re.findall(r"""\bt\((?:"([^"]+)"|'([^']+)')\)""", template.read_text("utf-8")))
    assert {a or b for a, b in said} <= CHINESE.keys()


# ---- rules of one's own


def _always(client: TestClient, finding: str, **form: str) -> Any:
    data = {"id": finding, "verdict": "accept", "before": "行政争议", "after": "行政复议"}
    return client.post("/always", data=data | form)


def test_a_decision_becomes_a_rule_and_decides_its_like(
    client: TestClient, queue: Queue, table: Table
) -> None:
    first = queue.groups()[0]
    [finding, _] = queue.findings(Filter(pattern=first.key))
    asked = client.get("/always", params={"id": finding["id"], "verdict": "accept"}).text
    assert 'name="before"' in asked
    assert '<b class="num">2</b>' in asked
    assert _always(client, finding["id"]).is_success
    [row] = table.rows()
    assert (row["before"], row["after"], row["verdict"]) == ("行政争议", "行政复议", "accept")
    assert queue.counts() == {"accepted": 2, "pending": 1}
    assert "行政争议" in client.get("/rules").text
    assert client.post("/undo", data={"action": row["action"]}).is_success
    assert table.rows() == []
    assert queue.counts() == {"pending": 3}


def test_a_narrower_rule_decides_only_what_it_speaks_of(
    client: TestClient, queue: Queue, table: Table
) -> None:
    first, second = queue.findings(Filter(pattern=queue.groups()[0].key))
    _always(client, second["id"], before="争议化解", after="复议化解", verdict="ignore")
    assert queue.finding(first["id"])["status"] == "pending"  # type: ignore[index]
    assert queue.finding(second["id"])["status"] == "rejected"  # type: ignore[index]
    client.post("/rules", data={k: table.rows()[0][k] for k in ("before", "after", "verdict")})
    assert table.rows() == []
    assert queue.counts() == {"pending": 3}


@pytest.mark.parametrize(
    "words", [("争", "复"), ("行政争议", "行政纠纷"), ("民事争议", "民事复议")]
)
def test_what_is_no_rule_of_this_decision_is_refused(
    client: TestClient, queue: Queue, table: Table, words: tuple[str, str]
) -> None:
    finding = queue.findings()[0]["id"]
    said = _always(client, finding, before=words[0], after=words[1])
    assert said.status_code == 409
    assert table.rows() == []
    assert queue.counts() == {"pending": 3}


# ---- a second person, and a password


@pytest.fixture
def people(queue: Queue, table: Table) -> Callable[[str], TestClient]:
    """Clients of people who came in by the password."""
    sessions = Sessions(password=hashed("correct horse battery"))
    page = app(queue, sessions, lambda name: (TEXT, []), hosts={HOST}, table=table)

    def enter(name: str) -> TestClient:
        client = TestClient(page, base_url=f"http://{HOST}")
        form = {"password": "correct horse battery", "reviewer": name}
        client.headers["x-repair-token"] = client.post("/session", data=form).json()["token"]
        return client

    return enter


def test_a_second_person_is_not_told_what_the_first_one_said(
    queue: Queue, people: Callable[[str], TestClient]
) -> None:
    queue.ask_two(True)
    ann, bob = people("ann"), people("bob")
    first = _first(ann)
    ann.post("/decide", data={"id": first, "verdict": "reject"})
    assert queue.verdicts() == {}
    assert "data-id" not in ann.get("/card", params={"status": "check"}).text
    card = bob.get("/card", params={"status": "check"}).text
    assert first in card
    assert "ann" not in card
    said = bob.post("/decide", data={"id": first, "verdict": "accept", "status": "check"})
    assert '"differs": {"by": "ann", "verdict": "reject"}' in said.headers["hx-trigger"]
    assert queue.verdicts() == {}
    disputed = ann.get("/card", params={"status": "disputed"}).text
    assert first in disputed
    assert "bob" in disputed
    ann.post("/decide", data={"id": first, "verdict": "accept", "status": "disputed"})
    assert queue.verdicts()[first].verdict == "accept"
    assert "100.0 %" in ann.get("/team").text


def test_taking_back_ones_own_word_leaves_the_others(
    queue: Queue, people: Callable[[str], TestClient]
) -> None:
    queue.ask_two(True)
    first = _first(people("ann"))
    queue.decide(first, "accept", reviewer="ann", action="a")
    queue.decide(first, "reject", reviewer="bob", action="b")
    queue.undo(action="b", reviewer="bob")
    assert [(d.reviewer, d.verdict) for d in queue.opinions(first)] == [("ann", "accept")]
    assert queue.finding(first)["status"] == "accepted"  # type: ignore[index]


def test_who_guesses_the_password_has_to_wait(
    queue: Queue, table: Table, people: Callable[[str], TestClient]
) -> None:
    known, stranger = people("ann"), TestClient(people("bob").app, base_url=f"http://{HOST}")
    tries = [stranger.post("/session", data={"password": f"guess {n}"}) for n in range(7)]
    assert [said.status_code for said in tries] == [403] * 5 + [429] * 2
    right = stranger.post("/session", data={"password": "correct horse battery"})
    assert right.status_code == 429
    assert known.get("/card").is_success


def test_a_password_file_holds_a_salted_hash(tmp_path: Path) -> None:
    file = tmp_path / "password"
    file.write_text(hashed("correct horse battery").line(), encoding="ascii")
    assert b"horse" not in file.read_bytes()
    assert read(file).fits("correct horse battery")
    assert not read(file).fits("correct horse batterz")
    assert hashed("x").salt != hashed("x").salt
    file.write_text("scrypt:1:2:3", encoding="ascii")
    with pytest.raises(ValueError, match="password"):
        read(file)


def test_no_part_of_an_answer_waits_for_an_acknowledgement() -> None:
    with (
        listen("127.0.0.1", 0, None) as listening,
        socket.create_connection(listening.getsockname()),
        listening.accept()[0] as accepted,
    ):
        assert accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
