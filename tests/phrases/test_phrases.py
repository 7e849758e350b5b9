"""The user's own rules: what they change, what they silence, and how they are kept."""

from __future__ import annotations

import json
import multiprocessing
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import repair
from repair import config, edits, phrases
from repair.model import Context, Finding
from repair.phrasebook import Phrase, PhraseError, Table, from_finding, phrase
from repair.phrasebook import phrases as checked


def _fixed(text: str, *rows: Phrase) -> str:
    said = phrases.stage(text, Context(config.Config(phrases=rows)))
    return edits.apply(text, said.edits)


def _always(before: str, after: str, line: bool = False) -> Phrase:
    return Phrase(before, after, "accept", line)


@pytest.mark.parametrize(
    ("text", "row", "becomes"),
    [
        ("行政争议与行政争议", _always("行政争议", "行政复议"), "行政复议与行政复议"),
        ("民事争议", _always("行政争议", "行政复议"), "民事争议"),
        ("放管服改革，放管服效改革", _always("放管服", "放管服效"), "放管服效改革，放管服效改革"),
        ("第一行\n本页推荐\n正文", _always("本页推荐", "", line=True), "第一行\n正文"),
        ("他说本页推荐很好", _always("本页推荐", "", line=True), "他说本页推荐很好"),
        ("正文\n本页推荐", _always("本页推荐", "", line=True), "正文\n"),
        ("甲甲甲甲乙", _always("甲甲乙", "甲乙"), "甲乙"),
    ],
)
def test_what_is_always_accepted(text: str, row: Phrase, becomes: str) -> None:
    assert _fixed(text, row) == becomes


def test_of_two_the_longer_one() -> None:
    rows = (_always("争议", "纠纷"), _always("争议解决", "争端解决"))
    assert _fixed("争议解决了争议", *rows) == "争端解决了纠纷"


def test_it_is_an_edit_with_its_own_rule() -> None:
    [edit] = repair.fix("化解行政争议", config.Config(phrases=(_always("争议", "复议"),))).edits
    assert (edit.rule, edit.start, edit.before, edit.after) == ("USR001", 4, "争", "复")
    assert "争议" in edit.evidence


def test_a_finding_that_is_ignored_is_not_asked() -> None:
    text = "他信仰仰望星空，司法司法机关。养犬犬类管理。"
    asked = repair.fix(text).findings
    assert asked
    rows = tuple(Phrase(f.before, f.after, "ignore") for f in asked)
    assert repair.fix(text, config.Config(phrases=rows)).findings == ()


def test_only_the_same_change_is_ignored() -> None:
    found = [Finding(2, 4, "争议", after, "COL001", 0.9) for after in ("复议", "纠纷")]
    row = Phrase("行政争议", "行政复议", "ignore")
    assert phrases.wanted("行政争议", found, [row]) == found[1:]
    assert phrases.wanted("民事争议", found, [row]) == found


def test_an_edit_that_is_ignored_is_not_made() -> None:
    text = "首页 > 新闻\n正文在这里。"
    [edit] = repair.fix(text).edits
    row = Phrase(edit.before.strip("\n"), "", "ignore", line=True)
    assert repair.fix(text, config.Config(phrases=(row,))).text == text


_word = st.text("甲乙丙\n", min_size=2, max_size=4)


@given(st.text("甲乙丙\n", max_size=12), st.lists(st.tuples(_word, _word), max_size=3))
def test_a_second_run_finds_nothing(text: str, pairs: list[tuple[str, str]]) -> None:
    rows = tuple(_always(a, b) for a, b in pairs if a != b)
    once = _fixed(text, *rows)
    assert _fixed(once, *rows) == once


@pytest.mark.parametrize(
    "row",
    [
        {"before": "是", "after": "事", "verdict": "accept"},
        {"before": "推荐阅读", "after": "", "verdict": "accept"},
        {"before": "甲乙", "after": "甲乙", "verdict": "accept"},
        {"before": "甲乙", "after": "丙丁", "verdict": "perhaps"},
        {"before": "", "after": "丙丁", "verdict": "ignore"},
        {"before": "甲乙", "verdict": "accept"},
    ],
)
def test_what_is_no_rule(row: dict[str, Any]) -> None:
    with pytest.raises(PhraseError):
        phrase(row)


@pytest.mark.parametrize("second", [("甲乙", "甲丁"), ("甲丙", "甲乙")])
def test_rules_that_contradict_each_other(second: tuple[str, str]) -> None:
    rows = [("甲乙", "甲丙"), second]
    with pytest.raises(PhraseError):
        checked([{"before": a, "after": b, "verdict": "accept"} for a, b in rows])


def _record(before: str, after: str, pattern: str, left: str, right: str) -> dict[str, Any]:
    context = {"before": left, "after": right}
    return {"before": before, "after": after, "pattern": pattern, "context": context}


@pytest.mark.parametrize(
    ("record", "said"),
    [
        (_record("争", "复", "行政争议→行政复议", "行政", "议"), ("行政争议", "行政复议", False)),
        (_record("争议", "复议", "争…→复…", "行政", "的"), ("争议", "复议", False)),
        (_record("→甲", "→乙", "→甲→→乙", "", ""), ("→甲", "→乙", False)),
        (_record("首页 > 新闻\n", "", "x→", "", "正文"), ("首页 > 新闻", "", True)),
    ],
)  # fmt: skip
def test_the_rule_that_a_finding_suggests(
    record: dict[str, Any], said: tuple[str, str, bool]
) -> None:
    row = from_finding(record, "accept")
    assert (row.before, row.after, row.line) == said


def test_a_change_of_one_character_suggests_none() -> None:
    with pytest.raises(PhraseError):
        from_finding(_record("是", "事", "是→事", "这", "实"), "accept")
    assert from_finding(_record("是", "事", "是→事", "这", "实"), "ignore").before == "是"


# ---- the file


def test_what_is_added_is_the_next_configuration(tmp_path: Path) -> None:
    table = config.phrase_table(tmp_path)
    table.add(_always("行政争议", "行政复议"), by="ann")
    assert config.make(config.load(tmp_path)).phrases == (_always("行政争议", "行政复议"),)
    assert table.remove(by="ann")[0]["before"] == "行政争议"
    assert config.make(config.load(tmp_path)).phrases == ()


def test_repair_toml_names_another_file(tmp_path: Path) -> None:
    (tmp_path / "repair.toml").write_text('phrases = "team/own.jsonl"\n', encoding="utf-8")
    config.phrase_table(tmp_path).add(Phrase("甲", "乙", "ignore"))
    row = json.loads((tmp_path / "team/own.jsonl").read_text(encoding="utf-8"))
    assert row == {"before": "甲", "after": "乙", "verdict": "ignore", "line": False}
    assert len(config.make(config.load(tmp_path)).phrases) == 1


def test_a_new_rule_about_a_change_takes_the_old_ones_place(tmp_path: Path) -> None:
    table = Table(tmp_path / "p.jsonl")
    table.add(_always("甲乙", "甲丙"))
    table.add(Phrase("甲乙", "甲丙", "ignore"))
    assert [row["verdict"] for row in table.rows()] == ["ignore"]


def test_a_rule_that_contradicts_changes_nothing(tmp_path: Path) -> None:
    table = Table(tmp_path / "p.jsonl")
    table.add(_always("甲乙", "甲丙"))
    with pytest.raises(PhraseError):
        table.add(_always("甲丙", "甲乙"))
    assert len(table.rows()) == 1


@pytest.mark.parametrize("line", ["no json", "[]", '{"before": "甲"}'])
def test_a_bad_line_is_named(tmp_path: Path, line: str) -> None:
    (tmp_path / "phrases.jsonl").write_text(f"\n{line}\n", encoding="utf-8")
    with pytest.raises(config.ConfigError, match="phrases.jsonl:2"):
        config.load(tmp_path)


def _add(path: Path, name: str) -> None:
    for n in range(10):
        Table(path).add(Phrase(f"{name}{n}", "乙", "ignore"))


def test_no_rule_of_two_writers_is_lost(tmp_path: Path) -> None:
    fork = multiprocessing.get_context("spawn")
    writers = [fork.Process(target=_add, args=(tmp_path / "p.jsonl", name)) for name in "甲丙"]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert len(Table(tmp_path / "p.jsonl").rows()) == 20
