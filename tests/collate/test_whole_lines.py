"""Lines as wholes: a paragraph that moved, a line that one text lacks, an origin that is set."""

from __future__ import annotations

from pathlib import Path

from project import Run

from repair.collate import compare

TITLE = "市政府召开常务会议"
LINES = [
    "市人民政府近日召开常务会议，研究部署今年下半年的防汛抗旱和秋粮生产工作。",
    "会议指出，各县区要强化责任落实，加密巡查频次，确保人民群众生命财产安全。",
    "会议强调，要加强农资供应和田间管理，努力实现全年粮食增产、农民增收的目标。",
    "会议还听取了关于全市养老服务体系建设情况的汇报，原则通过了实施意见。",
    "有关部门负责人列席会议，部分市民代表旁听了会议。",
]
WHOLE = "\n".join([TITLE, *LINES])


def test_a_paragraph_moves_from_its_first_word() -> None:
    one, two, three, four, five = LINES
    (moved,) = compare("\n".join([TITLE, one, two, four, three, five]), WHOLE)
    assert moved["kind"] == "moved"
    assert moved["a"]["text"] == moved["b"]["text"]
    assert moved["a"]["text"] in (three, four)  # they changed places


def test_a_misreading_inside_a_moved_paragraph() -> None:
    one, two, three, four, five = LINES
    misread = three.replace("增产", "增广")
    said = compare("\n".join([TITLE, one, two, four, misread, five]), WHOLE)
    assert [(v["kind"], v["a"]["text"]) for v in said] == [("moved", misread), ("misreading", "广")]


def test_nobody_knows_whose_a_lost_line_is_where_nothing_tells() -> None:
    said = compare("\n".join(LINES[:-1]), WHOLE)
    assert [(v["kind"], v["b"]["text"], v["error_side"]) for v in said] == [
        ("omission", TITLE, "unknown"),
        ("omission", LINES[-1], "unknown"),
    ]


def test_an_origin_that_is_set_decides(repair: Run, tmp_path: Path) -> None:
    for name, text in (("a.txt", "\n".join(LINES[:-1])), ("b.txt", WHOLE)):
        (tmp_path / name).write_text(text, encoding="utf-8")
    files = tmp_path / "a.txt", tmp_path / "b.txt"
    said = repair("compare", *files, "--origin-a", "ocr", "--origin-b", "born-digital")
    assert said.stdout.count("the first is likely wrong") == 2
    assert repair("compare", *files, "--origin-a", "scan").returncode == 2
