"""Texts that Hypothesis puts together from pieces of real layouts."""

from __future__ import annotations

from hypothesis import strategies as st

PROSE = (
    "近年来,全市各级法院深入学习贯彻会议精神,坚持公正司法,为民司法,各项工作取得新的进展。"
    "去年共受理案件五万余件,审结率和服判率均居全省前列,人民群众的满意度不断提高。"
    "下一步,将继续深化改革,完善制度,加强队伍建设,努力让人民群众在每一个案件中感受到公平正义。"
)
PIECES = st.one_of(
    st.integers(0, len(PROSE) - 1).flatmap(
        lambda a: st.integers(a + 1, len(PROSE)).map(lambda b: PROSE[a:b])
    ),
    st.sampled_from([PROSE, PROSE * 2, "——副标题", "　　", "。", ",", "“", "12", "万元"]),
    st.sampled_from(["一、坚持公正司法", "二、加强队伍,打造过硬的铁军", "第一条 为了规范管理"]),
    st.sampled_from(["强化法律监督守护绿水青山", "王建国", "市人民检察院检察长", "2021-11-11"]),
    st.sampled_from(["hello world, this is a test", "def f(x):", "问:为什么?", "| 表 | 格 |"]),
    st.text(max_size=12),
)  # fmt: skip
GAPS = st.sampled_from(["\n", "\n\n", "\n\n\n", " ", "", "\n　　", "\r\n", "\f", "。 ", "。　　"])
TEXTS = st.lists(st.tuples(PIECES, GAPS), max_size=14).map(
    lambda parts: "".join(piece + gap for piece, gap in parts)
)
