"""What a person counts as one difference, and of which kind: cases, and laws."""

from __future__ import annotations

import json
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from repair.collate import compare, confusions
from repair.collate.pair import Side, variants

CASES = [
    json.loads(line)
    for line in (Path(__file__).parent / "variants.jsonl").read_text("utf-8").splitlines()
]
TEXT = st.text(alphabet='关關于於自己已，,、。\n ０1（(“"甲乙', max_size=60)


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case['label']}: {case['why']}")
def test_case(case: dict[str, Any]) -> None:
    found = compare(case["a"], case["b"], *case["origins"])
    told = [[r["a"]["text"], r["b"]["text"], r["kind"]] for r in found if not r["outside"]]
    assert told == case["variants"]


@given(TEXT, TEXT)
def test_the_records_fit_both_texts(a: str, b: str) -> None:
    for record in compare(a, b):
        for side, text in (("a", a), ("b", b)):
            span = record[side]
            assert text[span["start"] : span["end"]] == span["text"]
        assert record["a"]["text"] != record["b"]["text"] or record["kind"] == "moved"


@given(TEXT, TEXT)
def test_making_the_variants_of_text_gives_the_other_text(a: str, b: str) -> None:
    found = [v for v in variants(Side(a, "ocr"), Side(b, "unknown")) if v.kind != "moved"]
    out, at = [], 0
    for v in sorted(found, key=lambda v: (v.a_start, v.a_end)):
        out += [a[at : v.a_start], v.b]
        at = v.a_end
    made = "".join([*out, a[at:]])
    if len(found) == len(variants(Side(a, "ocr"), Side(b, "unknown"))):
        assert "".join(made.split()) == "".join(b.split())


@given(TEXT)
def test_a_text_has_no_variants_with_itself(text: str) -> None:
    assert compare(text, text) == []


@given(TEXT, TEXT)
def test_differences_of_the_first_text_do_not_overlap(a: str, b: str) -> None:
    plain = [v for v in variants(Side(a), Side(b)) if v.kind != "moved" and not v.outside]
    for one, two in pairwise(plain):
        assert one.a_end <= two.a_start


def test_lone_surrogates_do_no_harm() -> None:
    (record,) = compare("\ud800设立了三处疏導点\udfff", "\ud800设立了三处疏导点\udfff")
    assert (record["kind"], record["a"]["text"]) == ("script", "導")


@pytest.mark.parametrize("pair", ["已己", "末未", "土士", "人入", "曰日", "免兔"])
def test_these_look_alike(pair: str) -> None:
    assert confusions.alike(*pair)


@pytest.mark.parametrize("pair", ["系体", "戴敲", "向从", "提加", "设邀"])
def test_these_do_not_look_alike(pair: str) -> None:
    assert not confusions.alike(*pair)


def test_the_direction_of_a_misreading_is_known() -> None:
    assert confusions.direction("已", "己") > 3  # 己 is read as 已, seldom the other way
    assert confusions.direction("甲", "酉") == 0
