"""The laws of the house, over the whole pipeline and generated documents."""

from __future__ import annotations

import gc
from itertools import pairwise

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from project import SEEDS

import repair
from repair import edits as ed
from repair import pipeline, scan
from repair.config import Config, ConfigError, make
from repair.model import Context, Document, Finding, Result, Stage, StageResult
from repair.spans import overlaps

SOUND = [
    "我们坚持以人民为中心,深化网格化管理,加强和创新基层治理。",
    "《条例》自2019年7月1日起施行,原办法同时废止。",
    "他说:“明天去北京。”她点了点头。",
    "The quick brown fox, in plain English, jumps (twice).",
    "会议指出，要健全法治政府建设科技保障体系。",
    "一、总则",
    "第三条 本办法由市政府负责解释。",
]
DAMAGED = [
    "北京、寧夏8?。▍^、市)進行了實地督察。",
    "愛心人士自愿加入?;ブ鷷\ue494ㄟ^微信群進行交流。",
    "首页 > 新闻中心 > 正文",
    "上一篇 下一篇",
    "中\u200b文\ufeff字符",
    "锟斤拷锟斤拷",
    "三级黄色免费小视频",
    "20209月以来,检察机关批准逮捕17人。",
    "立法风险防范",
    "( 2025-03-31 ) 稿件来源: 法治日报 |",
    "张三\n某市人民检察院检察长",
    "筑信仰仰精神",
]
PARAGRAPHS = "".join(SOUND[:3]) * 3
WRAPPED = st.integers(12, 60).map(
    lambda width: "\n".join(PARAGRAPHS[at : at + width] for at in range(0, len(PARAGRAPHS), width))
)
DOCUMENTS = st.lists(
    st.sampled_from([*SOUND, *DAMAGED, "", "|"]) | st.text(max_size=12), max_size=8
).map("\n".join)


def _spans_apart(result: Result) -> bool:
    findings = result.findings
    return not any(overlaps(a.start, a.end, b.start, b.end) for a, b in pairwise(findings))


def _covers_or_apart(result: Result, finding: Finding) -> bool:
    met = [e for e in result.edits if overlaps(e.start, e.end, finding.start, finding.end)]
    return len(met) <= 1 and all(finding.start <= e.start and e.end <= finding.end for e in met)


@given(DOCUMENTS)
@settings(max_examples=60)
def test_edits_lead_from_the_original_to_the_repaired_text_and_back(text: str) -> None:
    result = repair.fix(text)
    assert ed.apply(text, result.edits) == result.text
    assert ed.apply(result.text, ed.invert(result.edits)) == text


@given(DOCUMENTS)
@settings(max_examples=60)
def test_findings_quote_the_original_and_do_not_overlap(text: str) -> None:
    result = repair.fix(text)
    for finding in result.findings:
        assert text[finding.start : finding.end] == finding.before
        assert _covers_or_apart(result, finding)
    assert _spans_apart(result)


# the spam hides the script of the text until it is gone
HIDDEN = f"{DAMAGED[1]}\n三级黄色免费小视频"


@given(DOCUMENTS)
@example(HIDDEN)
@settings(max_examples=60)
def test_a_second_run_changes_nothing(text: str) -> None:
    once = repair.fix(text).text
    assert repair.fix(once).text == once


def test_a_line_that_is_joined_to_the_one_before_is_no_line_that_may_go() -> None:
    text = (
        "該島位於北緯42 °18 ′05 ″至42 °30 ′51 ″之間，距離最近的港口約三十公里，島上有燈塔一座，"
        "由當地漁民協會（Fishermen's Association of the North）負責維護，每年夏季開放參觀。島上"
        "植物以灌木為主，學名為 Rosa maritima var. alba 的野玫瑰尤其常見，"
        "吸引了不少研究者前來調查。"
    )
    result = repair.fix("\n".join(text[i : i + 22] for i in range(0, len(text), 22)))
    # it was, which kept it from being joined to the one behind, but not by a second run
    assert not [f for f in result.findings if f.rule == "RES043" and f.start]
    assert repair.fix(result.text).text == result.text


def test_a_look_is_free_without_a_search_for_cycles() -> None:
    """There is none in a batch: looks that held themselves took 15 GB for 10 GB of input."""
    gc.collect()
    gc.disable()
    try:
        pipeline.run_many(Document("", text, "") for text in [*DAMAGED, PARAGRAPHS])
        left = [item for item in gc.get_objects() if isinstance(item, pipeline._Look)]
    finally:
        gc.enable()
    assert not left


@pytest.mark.parametrize("sentence", SOUND)
def test_sound_sentences_pass_untouched(sentence: str) -> None:
    assert repair.fix(sentence).text == sentence


@pytest.mark.parametrize("name", sorted(p.name for p in SEEDS.iterdir()))
@pytest.mark.parametrize("unsure", ["mark", "guess", "keep"])
def test_seeds_obey_the_laws(name: str, unsure: str) -> None:
    text = (SEEDS / name).read_bytes().decode()
    result = repair.fix(text, Config(unsure=unsure))
    assert ed.apply(text, result.edits) == result.text
    assert all(_covers_or_apart(result, f) for f in result.findings)
    assert _spans_apart(result)
    again = repair.fix(result.text, Config(unsure=unsure))
    assert again.text == result.text


@given(DOCUMENTS | WRAPPED)
@example(HIDDEN)
@example(PARAGRAPHS.replace("和创新", "和\n\n创新"))
@settings(max_examples=60)
def test_a_stage_that_settles_has_nothing_to_say_of_its_output(text: str) -> None:
    settled = tuple(name for name in pipeline.ORDER if name in pipeline.SETTLED)
    once = repair.fix(text, Config(stages=settled))
    again = repair.fix(once.text, Config(stages=settled))
    forward = ed.OffsetMap(ed.invert(once.edits))
    asked = [forward.span(finding.start, finding.end) for finding in once.findings]
    assert not again.edits
    for finding in again.findings:
        assert any(overlaps(finding.start, finding.end, *span) for span in asked)


def test_no_stage_sees_a_text_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: dict[str, list[str]] = {name: [] for name in pipeline.ORDER}
    found = pipeline.stage

    def watched(name: str) -> Stage:
        def stage(text: str, context: Context) -> StageResult:
            seen[name].append(text)
            return found(name)(text, context)

        return stage

    monkeypatch.setattr(pipeline, "stage", watched)
    monkeypatch.setattr(pipeline, "gate", lambda name: pipeline.Gate())
    repair.fix(HIDDEN)
    assert len(seen["encoding"]) > 1
    for texts in seen.values():
        assert len(texts) == len(set(texts))


def test_a_document_that_says_nothing_is_the_same_object_throughout() -> None:
    text = "会议指出，要健全法治政府建设科技保障体系。"
    result = repair.fix(text, Config(stages=("characters", "typos")))
    assert result.text is text


def test_a_protected_word_is_not_touched() -> None:
    text = "我们筑信仰仰精神,中\u200b文。"
    result = repair.fix(text, Config(protect=("中\u200b文",)))
    assert "中\u200b文" in result.text


def test_a_rule_that_is_switched_off_stays_silent() -> None:
    result = repair.fix("中\u200b文", Config(ignore=("CHR",)))
    assert result.text == "中\u200b文"


@pytest.mark.parametrize("key", ["select", "ignore"])
def test_a_prefix_that_no_rule_has_is_an_error(key: str) -> None:
    with pytest.raises(ConfigError, match="no rule begins with 'CHX'"):
        make({key: ["CHR", "CHX"]})


@given(st.lists(st.text("a]([)\r\n文𠀀"), min_size=1))
def test_what_has_another_view_is_told_by_its_characters(texts: list[str]) -> None:
    told = any("\r" in text or "](" in text for text in texts)
    assert pipeline._viewed(scan.join(texts).scan.units) == told
