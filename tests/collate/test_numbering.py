"""Numbers of items that editions write in their own ways are no numbers that differ."""

from __future__ import annotations

import pytest

from repair.collate import compare
from repair.collate.numbering import same_number

ITEMS = [
    "申请人应当在开工三十日以前提交施工图纸和材料清单。",
    "主管部门收到申请以后，应当派员到现场查看并作出记录。",
    "工程完成以后，由业主委员会会同监理单位共同验收。",
    "逾期没有验收的，视为工程质量符合约定的标准。",
]


def _listed(marks: list[str]) -> str:
    return "\n".join(mark + item for mark, item in zip(marks, ITEMS, strict=True))


def _kinds(a: str, b: str) -> list[str]:
    return [variant["kind"] for variant in compare(a, b, "unknown", "unknown")]


@pytest.mark.parametrize(
    "marks",
    [
        ["一、", "二、", "三、", "四、"],
        ["（一）", "（二）", "（三）", "（四）"],
        ["第十一条　", "第十二条　", "第十二条之一　", "第十四条　"],
        ["5.2.1 ", "5.2.2 ", "5.2.3 ", "5.2.4 "],
    ],
)
def test_an_edition_without_the_numbers_of_its_items(marks: list[str]) -> None:
    assert set(_kinds(_listed(marks), "\n".join(ITEMS))) == {"numbering"}
    assert set(_kinds("\n".join(ITEMS), _listed(marks))) == {"numbering"}


def test_items_that_are_counted_anew() -> None:
    old = _listed([f"第三百九十{n}条　" for n in "二三四五"])
    new = _listed([f"第三百九十{n}条　" for n in "四五六七"])
    assert set(_kinds(old, new)) == {"numbering"}


def test_one_number_that_differs_is_asked() -> None:
    assert _kinds(_listed(list("一二三四")), _listed(list("一二二四"))) == ["number"]


def test_numbers_inside_the_lines_are_asked() -> None:
    one = [f"{item}罚款{n}元。" for n, item in enumerate(ITEMS, 2)]
    two = [f"{item}罚款{n}元。" for n, item in enumerate(ITEMS, 5)]
    assert set(_kinds("\n".join(one), "\n".join(two))) == {"number"}


@pytest.mark.parametrize(
    ("one", "two"),
    [
        ("三十九", "39"),
        ("025", "○二五"),
        ("90年2月9", "九十年二月九"),
        ("一百零五", "105"),
        ("十", "10"),
    ],
)
def test_the_same_number_in_other_digits(one: str, two: str) -> None:
    assert same_number(one, two)
    sentence = "根据本办法第{}条的规定，由主管部门另行公告有关的事项和期限。"
    (variant,) = compare(sentence.format(one), sentence.format(two), "unknown", "unknown")
    assert not variant["substantive"]


@pytest.mark.parametrize(("one", "two"), [("三十九", "36"), ("二", "三"), ("十", "1")])
def test_other_numbers(one: str, two: str) -> None:
    assert not same_number(one, two)
