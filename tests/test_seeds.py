"""The main job on the five real documents, through a real process: what must come out."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest
from project import SEEDS, Run

from repair import edits as ed
from repair.records import edit_of

NAMES = {path.name[:3]: path.name for path in SEEDS.iterdir()}
Records = list[dict[str, Any]]


@pytest.fixture(scope="session")
def out(repair: Run, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("seeds") / "out"
    done = repair("batch", SEEDS, "-o", folder)
    assert done.returncode == 1, done.stderr  # findings remain
    return folder


@pytest.fixture(scope="session")
def guessed(repair: Run, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("guessed") / "out"
    repair("batch", SEEDS, "-o", folder, "--unsure", "guess")
    return folder


def text(out: Path, seed: str) -> str:
    return (out / "text" / NAMES[seed]).read_text(encoding="utf-8")


def original(seed: str) -> str:
    return (SEEDS / NAMES[seed]).read_bytes().decode()


def lines(path: Path) -> Records:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def articles(out: Path, seed: str) -> Records:
    return [a for a in lines(out / "articles.jsonl") if a["doc_id"] == NAMES[seed]]


def findings(out: Path, seed: str) -> Records:
    return [f for f in lines(out / ".repair/findings.jsonl") if f["doc_id"] == NAMES[seed]]


def edits(out: Path, seed: str) -> Records:
    return [e for e in lines(out / "edits.jsonl") if e["doc_id"] == NAMES[seed]]


# ---- 001: byte slips, lost units, navigation, spam, conversion errors


@pytest.mark.parametrize(
    "reading", ["寧夏8省（區、市)", "日常考核+執法考評", "自愿加入。互助會通過微信群"]
)
def test_byte_slips_are_repaired_when_guessing(guessed: Path, reading: str) -> None:
    assert reading in text(guessed, "001")


@pytest.mark.parametrize(
    ("damaged", "reading"),
    [
        ("?。▍^", "省（區"),
        ("??己?/span>", "常考核"),
        ("?;ブ鷷\ue494ㄟ^", "。互助會通過"),
    ],
)
def test_byte_slips_are_applied_or_asked_with_the_right_reading_first(
    out: Path, damaged: str, reading: str
) -> None:
    at = original("001").index(damaged)
    inside = (at, at + len(damaged))
    applied = [e for e in edits(out, "001") if e["start"] < inside[1] and inside[0] < e["end"]]
    asked = [f for f in findings(out, "001") if f["start"] < inside[1] and inside[0] < f["end"]]
    assert applied, "the interior of a run is certain"
    if reading not in applied[0]["after"]:
        assert "□" in applied[0]["after"]
        assert reading in asked[0]["candidates"][0]["text"]
        assert asked[0]["replaces"] == applied[0]["id"]


@pytest.mark.parametrize(
    ("lost", "restored"),
    [
        ("20209月以來", "2020年9月以來"),
        ("自20207月以來", "自2020年7月以來"),
        ("自201971日至20301231日,", "自2019年7月1日至2030年12月31日,"),
    ],
)
def test_lost_date_units_come_back(out: Path, lost: str, restored: str) -> None:
    assert lost in original("001")
    assert restored in text(out, "001")


@pytest.mark.parametrize("amount", ["1720人", "131141人"])
def test_a_lost_unit_with_several_readings_is_asked(out: Path, amount: str) -> None:
    assert amount in text(out, "001")
    assert any(f["before"] in amount and f["before"].isalnum() for f in findings(out, "001"))


@pytest.mark.parametrize(
    "residue",
    ["長者助手", "無障礙閱讀", "首頁", "【字體", "附件下載", "三级黄色免费小视频"],
)
def test_residue_of_the_web_page_is_out(out: Path, residue: str) -> None:
    assert residue in original("001")
    assert residue not in text(out, "001")


def test_metadata_of_the_web_page(out: Path) -> None:
    (article,) = articles(out, "001")
    assert article["title"] == (
        "廣東省打造標準化數字執法平臺獲中央依法治國辦關于法治政府建設實地督察發現的典型經驗做法通報"
    )
    assert (article["date"], article["time"]) == ("2022-03-02", "09:42:36")
    assert article["source"] == "法治日報"
    assert article["section"] == "全面依法治省"


@pytest.mark.parametrize(
    ("wrong", "right"),
    [("批準", "批准"), ("關于", "關於"), ("干部", "幹部"), ("自愿", "自願"), ("范", "範")],
)
def test_conversion_errors_are_asked_by_pattern(out: Path, wrong: str, right: str) -> None:
    hits = [
        f
        for f in findings(out, "001")
        if wrong in f["pattern"].split("→")[0] and right in f["pattern"].split("→")[-1]
    ]
    assert hits
    places = original("001").count(wrong)
    if places > 1:
        assert len({f["pattern"] for f in hits}) < max(2, len(hits))
    assert wrong in text(out, "001"), "asked, not applied"


# ---- 002: the same article twice


def test_the_repeated_body_stands_once(out: Path) -> None:
    sentence = "自主研发的医疗机构违法排污监督模型被最高检推广"
    assert original("002").count(sentence) == 2
    assert text(out, "002").count(sentence) == 1
    (article,) = articles(out, "002")
    assert article["text"].count(sentence) == 1


def test_metadata_of_the_table_page(out: Path) -> None:
    (article,) = articles(out, "002")
    assert article["title"] == "推动法律监督与社会治理效能双提升"
    assert article["byline"] == "刘海东 重庆市长寿区人民检察院党组书记、检察长"
    assert (article["author"], article["date"]) == ("刘海东", "2025-03-31")
    assert article["source"] == "法治日报"


def test_table_pipes_are_out(out: Path) -> None:
    assert "|" not in text(out, "002")


# ---- 003: the web edition


@pytest.mark.parametrize(
    "residue", ["上一期", "3上一篇", "4下一篇", "点击率", "9 6/9 5 6 7", "PDF版", "放大", "· 加强"]
)
def test_the_pager_and_the_contents_are_out(out: Path, residue: str) -> None:
    assert residue in original("003")
    assert residue not in text(out, "003")


def test_metadata_and_contents_of_the_web_edition(out: Path) -> None:
    (article,) = articles(out, "003")
    assert article["title"] == "把法治政府建设不断向纵深推进"
    assert article["byline"] == "徐衣显 河南省洛阳市委副书记、代市长"
    assert article["date"] == "2021-11-11"
    assert article["source"] == "法治日报"
    assert len(article["contents"]) == 4
    assert article["paragraphs"][0].startswith("《法治政府建设实施纲要(2021-2025年)》")


# ---- 000 and 004: pages of four articles

PAGES = [
    ("000", 0, "把法治政府建设不断向纵深推进", "徐衣显"),
    ("000", 1, "加强新时代法律监督守护绿水青山", "黄辉"),
    ("000", 2, "打造“五型”公安助推高水平平安建设", "牛芳泽"),
    ("000", 3, "以检察履职强化新时代文化遗产保护", "孙琳"),
    ("004", 0, "“一个聚焦、四个聚力”推进全过程人民民主", "王图强"),
    ("004", 1, "用好“三单”增强“三感” 加强和创新基层治理", "滕远东"),
    ("004", 2, "努力让法治成为国际瓷都核心竞争力", "胡春平"),
    ("004", 3, "为推动社会治理现代化贡献检察力量", "刘加云"),
]


@pytest.mark.parametrize(("seed", "index", "title", "author"), PAGES)
def test_pages_are_split_into_articles(
    out: Path, seed: str, index: int, title: str, author: str
) -> None:
    found = articles(out, seed)
    assert len(found) == 4
    assert found[index]["title"] == title
    assert found[index]["byline"].startswith(f"{author} ")


def test_the_missing_title_says_where_it_comes_from(out: Path) -> None:
    article = articles(out, "000")[3]
    assert NAMES["003"] in article["inferred"]["title"]
    assert article["title"] not in text(out, "000"), "inferred, so never in the text"


def test_the_title_after_its_article_is_a_move_to_ask_about(out: Path) -> None:
    (move,) = [f for f in findings(out, "004") if f["move_to"] is not None]
    assert move["before"].strip() == "用好“三单”增强“三感” 加强和创新基层治理"
    assert articles(out, "004")[1]["start"] <= move["move_to"]


@pytest.mark.parametrize(
    ("seed", "joined"),
    [
        ("000", "立法风险防范和征求意见机制"),
        ("000", "末端执法为源头治理,探索"),
        ("000", "公共资金、土地出让等关键点"),
        ("000", "服务中心大局的“纲”来抓"),
        ("000", "全市法律监督执法司法信息共享"),
        ("000", "体制机制系统集成,不断推进区域"),
        ("000", "教育整顿为抓手,认真开展"),
        ("004", "及时学习贯彻全过程人民民主的重大理念"),
        ("004", "责任是否落实,落实市委部署"),
        ("004", "公开透明、稳定可预期的最优营商环境"),
        ("004", "治理格局转变,方式转化、重心转移"),
        ("004", "落实到依法治市具体实践中"),
        ("004", "形成社会治理合力。在办理一起"),
        ("004", "人民监督员,特约检察员等一起"),
    ],
)
def test_paragraphs_that_a_column_cut_are_joined(out: Path, seed: str, joined: str) -> None:
    assert joined not in original(seed)
    assert joined in text(out, seed)


def test_the_break_that_lost_text_is_asked_not_joined(out: Path) -> None:
    assert "推动党政服改革" not in text(out, "000")
    at = original("000").index("推动党政\n\n服改革") + len("推动党政")
    assert any(f["start"] <= at + 2 and at <= f["end"] for f in findings(out, "000"))


@pytest.mark.parametrize(
    "heading",
    ["一、聚力公益诉讼,建设共同富裕示范区的绿色样本", "二、数智共享,提供数字赋能法律监督湖州经验"],
)
def test_glued_headings_are_split_or_asked(out: Path, heading: str) -> None:
    end = original("000").index(heading) + len(heading)
    split = heading + "\n" in text(out, "000")
    asked = any(f["start"] <= end <= f["end"] for f in findings(out, "000"))
    assert split or asked


@pytest.mark.parametrize(
    ("seed", "doubtful"),
    [
        ("004", "筑信仰仰精神"),
        ("004", "提升司法司法能力"),
        ("004", "散养犬犬管理"),
        ("004", "疏導端用力"),
        ("000", "“北疆云”智慧公安”建设"),
        ("004", "谱写新时代”春到上塘”传奇"),
    ],
)
def test_likely_typos_are_asked_and_nothing_is_deleted(out: Path, seed: str, doubtful: str) -> None:
    at = original(seed).index(doubtful)
    assert any(at <= f["start"] and f["end"] <= at + len(doubtful) for f in findings(out, seed))
    assert doubtful in text(out, seed)


@pytest.mark.parametrize(
    ("seed", "sound"),
    [
        ("000", "作为刑事附带民事公益诉讼诉讼请求"),
        ("000", "今年以来,包头市先后破获电信网络诈骗案件近千起"),
        ("000", "切实发挥好法律监督、文物救助、宣传教育等综合职能"),
    ],
)
def test_sound_text_that_looks_damaged_is_left_alone(out: Path, seed: str, sound: str) -> None:
    assert text(out, seed).count(sound) == original(seed).count(sound)
    at = original(seed).index(sound)
    assert not [f for f in findings(out, seed) if at <= f["start"] < f["end"] <= at + len(sound)]


# ---- 000 × 003: the collation

VARIANTS = [  # what 000 misreads, and what 003 has there
    ("系统化依法行政", "体系化依法行政"),
    ("“放管服”改革。法治", "“放管服效”改革。法治"),
    ("科学化民主依法", "科学民主依法"),
    ("政务法律顾问", "政府法律顾问"),
    ("有法可依", "于法有据"),
    ("看见风清气正", "看到风清气正"),
    ("笑脸监督", "笑脸集赞"),
    ("应急处置“", "应急处突“"),
    ("失责要问责", "失职要问责"),
    ("常戴行政应诉", "常敲行政应诉"),
    ("特设行政", "特邀行政"),
    ("一条龙", "一条线"),
    ("全域接听", "全域接诉"),
]


@pytest.mark.parametrize(("misread", "witness"), VARIANTS)
def test_each_difference_is_one_finding_with_its_witness(
    out: Path, misread: str, witness: str
) -> None:
    del witness
    at = original("000").index(misread)
    hits = [
        f
        for f in findings(out, "000")
        if f["witnesses"] and f["start"] < at + len(misread) and at < max(f["end"], f["start"] + 1)
    ]
    assert len(hits) == 1
    assert hits[0]["witnesses"][0]["doc_id"] == NAMES["003"]
    assert hits[0]["error_side"] == "this"
    assert hits[0]["evidence"]


def test_equal_decisions_share_a_pattern(out: Path) -> None:
    hits = [f for f in findings(out, "000") if f["pattern"] == "行政争议→行政复议"]
    assert len(hits) == 4


def test_witnesses_quote_the_other_document(out: Path) -> None:
    texts = {NAMES[seed]: original(seed) for seed in NAMES}
    collated = [f for seed in NAMES for f in findings(out, seed) if f["witnesses"]]
    assert collated
    for finding in collated:
        for witness in finding["witnesses"]:
            assert texts[witness["doc_id"]][witness["start"] : witness["end"]] == witness["text"]


# ---- all five


@pytest.mark.parametrize("seed", sorted(NAMES))
def test_the_journal_leads_back_to_the_input(out: Path, seed: str) -> None:
    journal = [edit_of(record) for record in edits(out, seed)]
    repaired = text(out, seed)
    assert ed.apply(original(seed), journal) == repaired
    assert ed.apply(repaired, ed.invert(journal)) == original(seed)


@pytest.mark.parametrize("seed", sorted(NAMES))
def test_no_line_of_content_is_lost(out: Path, seed: str) -> None:
    """What was removed whole is navigation, furniture, spam or a second copy."""
    kept = "".join(text(out, seed).split())
    for record in edits(out, seed):
        lost = "".join(record["before"].split())
        if record["after"].strip() or not lost:
            continue
        sentences = [s for s in lost.split("。") if len(s) > 40]
        assert all(s in kept for s in sentences), record["rule"]


def test_findings_have_unique_ids_and_all_fields(out: Path) -> None:
    records = lines(out / ".repair/findings.jsonl")
    assert len({r["id"] for r in records}) == len(records)
    fields = {
        "id", "doc_id", "doc_sha256", "path", "layer", "start", "end", "line", "column",
        "before", "after", "rule", "kind", "stage", "confidence", "candidates", "witnesses",
        "error_side", "pattern", "replaces", "evidence", "status",
    }  # fmt: skip
    for record in [*records, *lines(out / "edits.jsonl")]:
        assert fields <= set(record)


def test_undo_all_gives_the_inputs_back_byte_for_byte(repair: Run, tmp_path: Path) -> None:
    folder = tmp_path / "out"
    repair("batch", SEEDS, "-o", folder)
    done = repair("undo", folder, "--all")
    assert done.returncode == 0, done.stderr
    for path in SEEDS.iterdir():
        there = (folder / "text" / path.name).read_bytes()
        assert hashlib.sha256(there).digest() == hashlib.sha256(path.read_bytes()).digest()
