"""The five seeds: every line of residue goes, no other line does, every fact is marked."""

from __future__ import annotations

from pathlib import Path

import pytest

from repair import edits
from repair.config import Config
from repair.model import Context, StageResult
from repair.residue import stage

SEEDS = Path(__file__).resolve().parents[2] / "seeds"
ARROWS = "3上一篇\xa0\xa04下一篇"
GONE = {
    "000": [],
    "001": [
        "長者助手 網站支持IPv6 繁體版 | 無障礙閱讀",
        "首頁\xa0>\xa0新聞動態\xa0>\xa0全面依法治省",
        "【字體 :",
        "附件下載:",
        "三级黄色免费小视频",
    ],
    "002": ["|"] * 15,
    "003": [
        "2021年11月11日 上一期 下一期",
        ARROWS,
        "返回本版列表\xa0\xa0\xa0\xa0点击率:\xa0\xa0字体: 放大\xa0\xa0默认\xa0\xa0缩小",
        "9 6/9 5 6 7 > >| PDF版",
        "本版面文章",
        "· 把法治政府建设不断向纵深推进",
        "· 加强新时代法律监督守护绿水青山",
        "· 打造“五型”公安助推高水平平安建设",
        "· 以检察履职强化新时代文化遗产保护",
        "相关文章:",
    ],
    "004": [],
}


def seed(number: str) -> str:
    (path,) = SEEDS.glob(f"{number}_*")
    return path.read_bytes().decode()


def run(text: str, **settings: str) -> StageResult:
    return stage(text, Context(Config(**settings)))  # type: ignore[arg-type]


def marks(number: str, kind: str) -> list[str]:
    return [m.value for m in run(seed(number)).marks if m.kind == kind]


@pytest.mark.parametrize("number", GONE)
def test_the_removed_lines_are_these_and_no_others(number: str) -> None:
    said = run(seed(number))
    whole = [e.before.strip() for e in said.edits if e.rule != "RES021" or e.before.strip() == "|"]
    lines = [line for line in whole if line != "|" or number == "002"]
    cuts = 2 if number == "002" else 0  # the pipes after the source and after the office
    pipes = [line for line in lines if line == "|"]
    assert [line for line in lines if line != "|"] == [x for x in GONE[number] if x != "|"]
    assert len(pipes) == GONE[number].count("|") + cuts


@pytest.mark.parametrize("number", GONE)
def test_every_other_line_stays_as_it_is(number: str) -> None:
    text = seed(number)
    after = edits.apply(text, run(text).edits).split("\n")
    gone = set(GONE[number])
    kept = [line.rstrip(" |") for line in text.split("\n") if line.strip() not in gone]
    assert [line.rstrip() for line in after if line.strip()] == [
        line.rstrip() for line in kept if line.strip()
    ]


def test_nothing_is_asked_about_in_the_seeds() -> None:
    assert [f.before for n in GONE for f in run(seed(n)).findings] == []


@pytest.mark.parametrize(
    ("number", "bylines"),
    [
        (
            "000",
            [
                "徐衣显 河南省洛阳市委副书记、代市长",
                "黄辉 浙江省湖州市人民检察院党组书记、代检察长",
                "牛芳泽 内蒙古自治区包头市副市长,市公安局党委书记、局长",
                "孙琳 重庆市大足区人民检察院党组书记、代检察长",
            ],
        ),
        ("001", []),
        ("002", ["刘海东 重庆市长寿区人民检察院党组书记、检察长"]),
        ("003", ["徐衣显 河南省洛阳市委副书记、代市长"]),
        (
            "004",
            [
                "王图强 安徽省滁州市人大常委会党组书记、主任",
                "滕远东 重庆市城口县人大常委会主任、县委政法委书记",
                "胡春平 江西省景德镇市委常委、政法委书记",
                "刘加云 江苏省宿迁市人民检察院党组书记、检察长",
            ],
        ),
    ],
)
def test_bylines_with_their_offices(number: str, bylines: list[str]) -> None:
    assert marks(number, "byline") == bylines
    assert [
        f"{a} {o}" for a, o in zip(marks(number, "author"), marks(number, "office"), strict=True)
    ] == bylines


@pytest.mark.parametrize(
    ("number", "kind", "values"),
    [
        ("001", "date", {"2022-03-02"}),
        ("001", "time", {"09:42:36"}),
        ("001", "source", {"法治日報"}),
        ("001", "section", {"全面依法治省"}),
        ("002", "date", {"2025-03-31"}),
        ("002", "source", {"法治日报"}),
        ("002", "section", {"法治调研"}),
        ("003", "date", {"2021-11-11"}),
        ("003", "source", {"法治日报"}),
        ("003", "section", {"政法调研"}),
        ("000", "date", set()),
        ("004", "source", set()),
    ],
)
def test_metadata(number: str, kind: str, values: set[str]) -> None:
    assert set(marks(number, kind)) == values


def test_the_list_of_contents_is_kept_as_one_mark_a_title() -> None:
    assert marks("003", "contents") == [
        "把法治政府建设不断向纵深推进",
        "加强新时代法律监督守护绿水青山",
        "打造“五型”公安助推高水平平安建设",
        "以检察履职强化新时代文化遗产保护",
    ]


@pytest.mark.parametrize("number", GONE)
def test_marks_lie_over_what_they_say(number: str) -> None:
    text = seed(number)
    for mark in run(text).marks:
        span = text[mark.start : mark.end]
        if mark.kind in ("author", "contents", "section", "source", "time"):
            assert span == mark.value
        assert span.strip()


def test_metadata_lines_leave_where_the_configuration_says_so() -> None:
    text = seed("001")
    after = edits.apply(text, run(text, metadata="remove").edits)
    assert "來源 : 法治日報" not in after
    assert "廣東省打造標準化數字執法平臺獲" in after
