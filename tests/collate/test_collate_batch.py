"""Collation of a batch: many witnesses, trusted ones, pages, and what must stay silent."""

from __future__ import annotations

import random
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from repair.collate import Collated, collate, collated
from repair.config import make
from repair.model import Article, Document, Edit, Finding, Result

ARTICLE = (
    "会议指出，要坚持以人民为中心，把保障和改善民生摆在更加突出的位置，办好群众身边的实事。\n"
    "会议强调，各县区要结合实际制定实施方案，明确责任单位和完成时限，每季度报告一次进展情况。\n"
    "会议要求，有关部门要加强对重点项目的监督检查，对推进不力的单位及时约谈，确保按期完成任务。\n"
    "会议还研究了其他事项，决定下月在全市开展一次安全生产大检查，重点排查老旧小区的消防隐患。"
)
OTHER = (
    "昨天下午，市图书馆新馆正式开馆，馆内设有六个阅览区，藏书超过八十万册，全年免费开放。\n"
    "读者可以凭身份证直接入馆，也可以在网上预约座位，少儿区每个周末都有绘本故事会和手工课。"
)
WEB = "2021年11月11日 上一期 下一期\n返回本版列表 点击率: 字体: 放大\n"


def _results(**texts: str) -> list[Result]:
    return [Result(Document(name, text, ""), text) for name, text in texts.items()]


def _readings(found: dict[str, list[Finding]]) -> dict[str, list[tuple[str, str]]]:
    return {name: [(f.before, f.after) for f in findings] for name, findings in found.items()}


def test_equal_versions_say_nothing() -> None:
    assert collate(_results(a=ARTICLE, b=ARTICLE, c=OTHER)) == {}


def test_strangers_are_not_compared() -> None:
    assert collate(_results(a=ARTICLE, b=OTHER)) == {}


def test_the_majority_of_equals_is_right() -> None:
    wrong = ARTICLE.replace("监督检查", "监督俭查")
    found = collate(_results(a=wrong, b=ARTICLE, c=ARTICLE))
    assert _readings(found) == {"a": [("俭", "检")]}
    assert found["a"][0].error_side == "this"


def test_the_stated_origin_says_who_is_wrong() -> None:
    results = _results(**{"old/a": ARTICLE, "new/b": ARTICLE.replace("责任单位", "责任部门")})
    for scanned, wrong in (("old", ("单位", "部门")), ("new", ("部门", "单位"))):
        stated = make({"origins": [f"{scanned}/*=ocr", "*=born-digital"]})
        ((name, readings),) = _readings(collated(results, config=stated).findings).items()
        assert (name.split("/")[0], readings) == (scanned, [wrong])


def test_texts_that_share_paragraphs_are_not_one_text() -> None:
    ours, theirs = ARTICLE.split("\n"), OTHER.split("\n")
    one = "\n".join([ours[0], theirs[0], ours[1], "各地可以参照执行。" * 5, ours[2], ours[3]])
    two = "\n".join([ours[0], "本办法由市政府解释。" * 5, ours[1], theirs[1], ours[2], ours[3]])
    assert collated(_results(a=one, b=two)) == Collated({}, [])


def test_a_wrong_base_is_told_once_with_all_its_witnesses() -> None:
    wrong = ARTICLE.replace("消防隐患", "消防稳患") + "特此通知，请各单位认真贯彻执行。"
    found = collate(_results(a=ARTICLE, b=ARTICLE, base=wrong))
    told = [f for f in found["base"] if f.before == "稳"]
    assert [f.after for f in told] == ["隐"]
    assert {w.doc_id for w in told[0].witnesses} == {"a", "b"}


def test_a_trusted_text_is_never_held_wrong() -> None:
    typed = ARTICLE.replace("监督检查", "监督检察查")
    found = collate(_results(a=ARTICLE, trusted=typed), frozenset({"trusted"}))
    assert list(found) == ["a"]


def test_a_page_is_compared_where_it_holds_the_article() -> None:
    page = WEB + OTHER + "\n" + ARTICLE.replace("约谈", "约炎") + "\n" + OTHER[::-1]
    assert _readings(collate(_results(article=ARTICLE, page=page))) == {"page": [("炎", "谈")]}


def test_two_articles_of_one_page_have_their_own_versions() -> None:
    page = ARTICLE.replace("约谈", "约炎") + "\n" + OTHER.replace("绘本", "绘木")
    found = collate(_results(page=page, one=ARTICLE, two=OTHER), frozenset({"one", "two"}))
    assert _readings(found) == {"page": [("炎", "谈"), ("木", "本")]}


def test_a_lost_line_is_proposed_as_a_line() -> None:
    lines = ARTICLE.split("\n")
    cut = "\n".join([*lines[:2], lines[3]])
    (finding,) = collate(_results(a=cut, b=ARTICLE), frozenset({"b"}))["a"]
    assert (finding.before, finding.after, finding.kind) == ("", f"\n{lines[2]}", "omission")


def test_a_paragraph_out_of_order_is_a_move_with_its_target() -> None:
    lines = ARTICLE.split("\n")
    shuffled = "\n".join([lines[0], lines[2], lines[1], lines[3]])
    (finding,) = collate(_results(a=shuffled, b=ARTICLE), frozenset({"b"}))["a"]
    assert (finding.kind, finding.before) == ("moved", finding.after)
    assert finding.move_to is not None
    assert not finding.start < finding.move_to < finding.end


def test_a_witness_in_the_other_script_proposes_in_this_one() -> None:
    from opencc import OpenCC

    other = OpenCC("s2t").convert(ARTICLE.replace("改善民生", "改善条件"))
    (finding,) = collate(_results(a=ARTICLE, b=other), frozenset({"b"}))["a"]
    assert (finding.before, finding.after, finding.pattern) == ("民生", "条件", "民生→条件")
    assert finding.witnesses[0].text == "條件"


def test_variants_under_one_applied_edit_are_one_question() -> None:
    typed = ARTICLE.replace("监督检查", "监督俭查").replace("不力的", "不利的")
    at = typed.index("重点项目")
    damaged = typed[:at] + "※" + typed[at + 20 :]
    edit = Edit(at, at + 1, "※", typed[at : at + 20], "ENC001", 0.999)
    repaired = Result(Document("a", damaged, ""), typed, (edit,))
    (finding,) = collate([repaired, *_results(b=ARTICLE)], frozenset({"b"}))["a"]
    start = ARTICLE.index("重点项目")
    assert (finding.before, finding.after) == ("※", ARTICLE[start : start + 20])


def test_text_that_stands_elsewhere_in_the_document_is_not_lost() -> None:
    lines = ARTICLE.split("\n")
    whole = Document("a", f"{ARTICLE}\n{OTHER}", "")
    end = len("\n".join(lines[:3]))
    result = Result(whole, whole.text, articles=(Article(0, end, ((0, end),)),))
    found = collate([result, *_results(b=ARTICLE)], frozenset({"b"}))
    assert found == {}


def _noisy(text: str, seed: int) -> str:
    rng = random.Random(seed)
    pool = [c for c in text if c not in "\n，。"]
    return "".join(
        rng.choice(["", rng.choice(pool), c + c]) if rng.random() < 0.04 else c for c in text
    )


@settings(max_examples=8, deadline=None)
@given(st.lists(st.integers(0, 10_000), min_size=2, max_size=5, unique=True))
def test_laws_of_the_findings(seeds: list[int]) -> None:
    results = _results(**{f"d{seed}": _noisy(ARTICLE, seed) for seed in seeds})
    texts = {r.document.doc_id: r.document.text for r in results}
    found = collate(results)
    assert collate(results[::-1]) == found
    for name, findings in found.items():
        for finding in findings:
            assert texts[name][finding.start : finding.end] == finding.before
            assert finding.witnesses
            assert finding.candidates[0].text == finding.after
            assert 0 <= finding.confidence <= 1
            for w in finding.witnesses:
                assert texts[w.doc_id][w.start : w.end] == w.text
                assert w.doc_id != name
        for one, two in pairwise(findings):
            assert one.end <= two.start
            assert (one.start, one.end) != (two.start, two.end)
