"""What documents contribute to the tables of a batch, read many at once."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from repair.residue.tables import Partial, collect, collect_all, frame, mask

PROSE = "会议指出，要坚持依法行政，全面推进法治政府建设，不断提高人民群众的获得感和满意度。"
LINES = ["", " ", "\r", "首页 | 新闻", "　　第12版", "本版标题", "😀更多", "2021年", "好。", PROSE]
texts = st.lists(
    st.lists(st.one_of(st.sampled_from(LINES), st.text(max_size=4)), max_size=6).map("\n".join),
    min_size=1,
    max_size=5,
)


@given(texts)
def test_each_says_what_it_says_alone(found: list[str]) -> None:
    names = [f"d{n}" for n in range(len(found))]
    together = collect_all(names, found)
    assert together == list(map(collect, names, found))
    for said, text in zip(together, found, strict=True):
        lines = [line.strip() for line in text.split("\n")]
        beside = frame(lines)
        assert {mask(x) for i, x in enumerate(lines) if beside(i)}.issuperset(said.edge)
        assert {mask(x) for i, x in enumerate(lines) if not beside(i)}.issuperset(said.inner)


def test_lines_at_the_edges_are_told_from_those_inside() -> None:
    text = f"首页 | 新闻\n{PROSE}\n 小标题 3\n{PROSE}好\n\n第 12 版"
    said = collect("d", text)
    assert (said.edge, said.inner) == (("首页 | 新闻", "第 0 版"), ("小标题 0",))
    assert len(said.body) == 2 and said.contents is None
    assert collect("d", "") == Partial("d", (), (), (), None)
