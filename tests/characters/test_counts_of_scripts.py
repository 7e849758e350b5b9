"""The counts of many texts at once are those of each, as far as they matter."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from repair import scan
from repair.characters import script


@given(st.lists(st.text("會议发發財经的a\n", max_size=12), min_size=1, max_size=5))
def test_of_many_texts_only_those_of_both_scripts_are_counted(texts: list[str]) -> None:
    traditional, simplified = script.counts_of(scan.join(texts))
    for text, *found in zip(texts, traditional.tolist(), simplified.tolist(), strict=True):
        counts = script.counts(text)
        assert tuple(found) == (counts if all(counts) else tuple(min(n, 1) for n in counts))
