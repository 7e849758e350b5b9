"""Where what stands between doubles rules an inverse out, no choice of doubles has one."""

from __future__ import annotations

from itertools import product

from hypothesis import given
from hypothesis import strategies as st

from repair.encoding import channel, mojibake

hanja = st.text("不六力年行度量令例輔字第號修正發布の、1", min_size=1, max_size=8)


@given(hanja, st.sampled_from(("utf-8", "gbk", "big5")))
def test_what_is_not_hopeful_has_no_plausible_inverse(text: str, hidden: str) -> None:
    codes = channel.codec("euc-kr").codes
    choices = [
        [char, *(twin for twin in mojibake._compatible().get(char, "") if twin in codes)]
        for char in text
    ]
    doubles = [at for at, some in enumerate(choices) if len(some) > 1]
    if mojibake._hopeful(text, doubles, "euc-kr", hidden):
        return
    for chosen in map("".join, product(*choices)):
        after = mojibake.invert(chosen, "euc-kr", hidden)
        if after is not None and mojibake._fit(set(after).difference(text)):
            changed = mojibake._changed(after, text)
            assert not (changed and mojibake._plausible(changed))


@given(st.text("锛鐨銆涓€ab\u00e4", max_size=60), st.sampled_from(("utf-8", "gbk", "big5")))
def test_an_inverse_in_two_parts_is_that_of_the_whole(text: str, hidden: str) -> None:
    data = channel.codec("cp936").encode(text)
    try:
        whole = None if data is None else data.decode(channel.PYTHON.get(hidden, hidden))
    except UnicodeDecodeError:
        whole = None
    assert mojibake.invert(text, "cp936", hidden) == whole
