"""The laws of a stage, on documents mixed from prose, residue, metadata and noise."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from repair import edits
from repair.config import Config
from repair.model import Context, StageResult
from repair.residue import stage
from repair.spans import overlaps

PROSE = (
    "会议听取了代表团的审议意见,决定将修改后的草案提请全体会议表决。",
    "江水东流,两岸的人们世代筑堤,留下了许多治水的故事。",
    "第五十八条 本条例所称著作权即版权。",
    "老街的新生",
    "二、加强基层治理",
    "會議聽取了代表團的審議意見。",
    "会议审议通过了三项议案。返回某某网首页>>",
)
RESIDUE = (
    "上一篇 下一篇",
    "首页 > 新闻动态 > 要闻",
    "【字體 :",
    "分享到：",
    "打印",
    "更多",
    "|",
    "相关文章:",
    "· 老街的新生",
    "本版面文章",
    "返回顶部",
    "版权所有 翻印必究",
    "三级黄色免费小视频",
    "首页",
    "财经",
    "体育",
    "教育",
    "举报",
    "",
    "   ",
)
METADATA = (
    "时间：2022-03-02 09:42:36 来源：某某日报",
    "李大年",
    "某省某市人民检察院党组书记、检察长",
    "责任编辑：王二",
    "发布日期：2018-05-16 浏览次数： 信息来源：省教育厅",
)
LINES = st.one_of(
    st.sampled_from(PROSE),
    st.sampled_from(RESIDUE),
    st.sampled_from(METADATA),
    st.text("首页上下一篇期版权|>·:：（）()12 \u3000关注微信a。,", max_size=12),
)
TEXTS = st.lists(LINES, max_size=14).map("\n".join)


def run(text: str) -> StageResult:
    return stage(text, Context(Config()))


@given(TEXTS)
@settings(max_examples=300, deadline=None)
def test_edits_only_delete_and_fit(text: str) -> None:
    said = run(text)
    assert all(e.after == "" and text[e.start : e.end] == e.before for e in said.edits)
    after = edits.apply(text, said.edits)
    assert edits.apply(after, edits.invert(said.edits)) == text


@given(TEXTS)
@settings(max_examples=300, deadline=None)
def test_kept_and_removed_are_the_input(text: str) -> None:
    said = run(text)
    pieces, at = [], 0
    for edit in said.edits:
        pieces += [text[at : edit.start], edit.before]
        at = edit.end
    assert "".join([*pieces, text[at:]]) == text


@given(TEXTS)
@settings(max_examples=300, deadline=None)
def test_a_second_pass_removes_nothing(text: str) -> None:
    after = edits.apply(text, run(text).edits)
    assert edits.apply(after, run(after).edits) == after


@given(TEXTS)
@settings(max_examples=300, deadline=None)
def test_a_document_is_never_emptied(text: str) -> None:
    if text.strip():
        assert edits.apply(text, run(text).edits).strip()


@given(TEXTS)
@settings(max_examples=300, deadline=None)
def test_findings_do_not_overlap(text: str) -> None:
    said = run(text)
    spans = [(f.start, f.end) for f in said.findings]
    assert not any(
        overlaps(*a, *b) for i, a in enumerate(spans) for b in spans[i + 1 :]
    )  # fmt: skip
    assert not any(overlaps(e.start, e.end, *s) for e in said.edits for s in spans)


@given(st.text(max_size=80))
@settings(max_examples=200, deadline=None)
def test_any_text_is_read_without_harm(text: str) -> None:
    after = edits.apply(text, run(text).edits)
    assert after.strip() or not text.strip()


def test_a_page_of_residue_alone_is_asked_about() -> None:
    said = run("上一篇 下一篇\n返回顶部\n")
    assert not said.edits
    assert [f.before for f in said.findings] == ["上一篇 下一篇\n", "返回顶部\n"]


def test_a_text_without_hanzi_is_left_alone() -> None:
    assert run("Home > News\nCopyright 2020 All rights reserved\n") == StageResult()


def test_japanese_navigation_inside_a_mixed_text_is_left_alone() -> None:
    text = "会议审议通过了三项议案。\nホーム > ニュース > 検索\n"
    assert not run(text).edits


def test_the_configuration_switches_a_rule_off() -> None:
    text = "会议审议通过了三项议案。\n返回顶部\n"
    assert not stage(text, Context(Config(ignore=("RES001",)))).edits
