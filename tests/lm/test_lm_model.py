"""The language model: its laws, on a tiny model built here and on the shipped one."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from repair import lm
from repair.lm import chars, maplet, store
from repair.lm.counts import GAP

PLAIN = (
    "县人民政府应当将听证会的结果向社会公布。\n",
    "听证会由县人民政府主持，与会者可以提出意见。\n",
    "會議的結果應當向社會公佈。\n",
    "print(x)  # 打印第12行的结果\n",
)
TEXT = st.text(st.characters(exclude_categories=()), max_size=40)


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> lm.Model:
    """A model of four sentences, with a word list of two words."""
    path = tmp_path_factory.mktemp("lm") / "tiny.bin"
    words = [("县人民政府", 3.0), ("听证会", 1.0)]
    lm.build([lm.Source(PLAIN * 20)], path, words=words, least=1)
    return lm.Model(path)


@pytest.fixture(scope="module")
def shipped() -> lm.Model:
    return lm.load()


@given(TEXT)
def test_fold_keeps_the_length_and_changes_nothing_twice(text: str) -> None:
    folded = lm.load().fold(text)
    assert len(folded) == len(text)
    assert lm.load().fold(folded) == folded


def test_fold_is_traditional_to_simplified_and_full_to_half_width(shipped: lm.Model) -> None:
    assert shipped.fold("認爲：Ａ１，羣衆　") == "认为:A1,群众 "


@given(st.lists(TEXT, max_size=6))
def test_scores_of_many_texts_are_those_of_each(texts: list[str]) -> None:
    model = lm.load()
    for text, scores in zip(texts, model.scores(texts), strict=True):
        np.testing.assert_array_equal(scores, model.score(text))


@given(st.lists(st.tuples(TEXT, TEXT), max_size=6))
def test_totals_of_many_texts_are_those_of_each(pairs: list[tuple[str, str]]) -> None:
    model = lm.load()
    found = model.totals([text for text, _ in pairs], [context for _, context in pairs])
    for (text, context), total in zip(pairs, found, strict=True):
        assert total == model.totals([text], context)[0]


@given(TEXT, TEXT)
@settings(max_examples=50)
def test_the_chain_rule(before: str, after: str) -> None:
    """What stands behind never changes what was said of a character."""
    model = lm.load()
    whole = model.score(before + after)
    assert len(whole) == len(before + after)
    np.testing.assert_allclose(whole[: len(before)], model.score(before), atol=1e-4)
    assert model.totals([after], before)[0] == pytest.approx(
        whole[len(before) :].sum(dtype=float), abs=1e-3
    )


@given(st.lists(TEXT, max_size=6), TEXT)
@settings(max_examples=50)
def test_totals_are_sums_of_scores(texts: list[str], context: str) -> None:
    model = lm.load()
    alone = [model.totals([text], context)[0] for text in texts]
    np.testing.assert_allclose(model.totals(texts, context), alone, atol=1e-3)
    sums = [model.score(text).sum(dtype=float) for text in texts]
    np.testing.assert_allclose(model.totals(texts), sums, atol=1e-3)


@given(TEXT)
def test_every_text_has_finite_probabilities_below_one(text: str) -> None:
    """A fitted code book and a fingerprint's chance match may reach past 1 by very little."""
    scores = lm.load().score(text)
    assert np.isfinite(scores).all()
    assert (scores < 0.05).all()


def test_a_long_text_scores_as_its_pieces_do(shipped: lm.Model) -> None:
    """Longer than the chunk in which the text is scored."""
    text = "".join(PLAIN) * 1000
    scores = shipped.score(text)
    cut = 65_536
    np.testing.assert_allclose(
        scores[cut - 2 : cut + 50], shipped.score(text[cut - 50 : cut + 50])[48:], atol=1e-4
    )


@pytest.mark.parametrize("context", ["", "县", "人民", "听证会", "县人民", "乙丙丁"])
def test_probabilities_sum_to_about_one(tiny: lm.Model, context: str) -> None:
    """Over one member of each class, without the price of its form."""
    _, arrays = store.read(tiny.path)
    scores = tiny.totals([chr(p) for p in range(chars.BMP)], context)
    classes = np.zeros(int(arrays["ids"].max()) + 1)
    np.maximum.at(classes, arrays["ids"], np.exp(scores - arrays["price"]))
    classes[GAP] = 0
    assert classes.sum() == pytest.approx(1.0, abs=0.05)


def test_what_was_learnt_is_likelier(tiny: lm.Model) -> None:
    seen, unseen = tiny.totals(["听证会的结果", "听证会的粘果"])
    assert seen > unseen + 2


def test_both_scripts_are_one(shipped: lm.Model) -> None:
    simple, traditional = shipped.totals(["应当对社会公众发布", "應當對社會公眾發布"])
    assert simple == pytest.approx(traditional, abs=0.5)


def test_mixed_scripts_cost(shipped: lm.Model) -> None:
    pure, mixed = shipped.totals(["對經濟社會發展", "對經济社會發展"])
    assert pure > mixed + 2


def test_the_context_tells_the_script(shipped: lm.Model) -> None:
    simple, traditional = shipped.totals(["协会", "協會"], "會員應當遵守")
    assert traditional > simple


RARER = ["的", "氮", "龘", "\u3400", "\ue494"]


def test_rarer_classes_score_lower(shipped: lm.Model) -> None:
    scores = shipped.totals(RARER)
    assert list(scores) == sorted(scores, reverse=True)


@pytest.mark.parametrize(
    ("sound", "damaged"),
    [
        ("互助会通过微信群", ";ブ鷷\ue494ㄟ^微信群"),
        ("执行资产阶级", "执行?什准"),
        ("其关键技术的", "乒丶际醯"),
        ("for line in lines:  # 逐行读取文件", "for line in lines:  # 閫愯璇诲彇鏂囦欢"),
    ],
)
def test_damage_is_unlikely(shipped: lm.Model, sound: str, damaged: str) -> None:
    assert shipped.score(sound).mean() > shipped.score(damaged).mean() + 2


def test_the_lost_character_is_found(shipped: lm.Model) -> None:
    """All of GBK that shares the trail byte of 义."""
    trail = "义".encode("gbk")[1:]
    readings = [(bytes([b]) + trail).decode("gbk", "ignore") for b in range(0x81, 0xFF)]
    readings = [r for r in readings if len(r) == 1]
    scores = shipped.totals([f"{r}现代化建设" for r in readings], "全面推进社会主")
    assert readings[int(np.argmax(scores))] == "义"


def test_the_shipped_file_is_small_and_loads_at_once() -> None:
    assert lm.SHIPPED.stat().st_size <= 16_000_000
    assert lm.load() is lm.load()


def test_the_same_text_gives_the_same_file(tmp_path: Path) -> None:
    for name in ("a", "b"):
        lm.build([lm.Source(PLAIN)], tmp_path / name, words=[("听证会", 1.0)])
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


def test_a_model_is_built_from_files_within_a_size(tmp_path: Path) -> None:
    """Pruned to the size, jieba's words included."""
    text = tmp_path / "text.txt"
    text.write_text("".join(PLAIN), encoding="utf-8")
    lm.build([text], tmp_path / "m", size=1_500_000)
    assert 1_000_000 < (tmp_path / "m").stat().st_size <= 1_500_000
    assert lm.load(str(tmp_path / "m")).totals(["饕餮"])[0] > -40  # a word of jieba's


def test_too_little_text_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="too little text"):
        lm.build([lm.Source([])], tmp_path / "m")


def _damage(path: Path, where: int, to: bytes) -> None:
    raw = bytearray(path.read_bytes())
    raw[where : where + len(to)] = to
    path.write_bytes(raw)


@pytest.mark.parametrize(
    ("harm", "says"),
    [
        (lambda p: p.write_bytes(b""), "cannot read"),
        (lambda p: p.unlink(), "cannot read"),
        (lambda p: p.write_bytes(b"abc"), "too short"),
        (lambda p: _damage(p, 0, b"PK"), "not a language model"),
        (lambda p: _damage(p, 8, b"\xff"), "format"),
        (lambda p: _damage(p, 40, b"\x00\x00"), "header"),
        (lambda p: p.write_bytes(p.read_bytes()[:-64]), "damaged"),
    ],
)
def test_a_damaged_file_is_a_clear_error(tmp_path: Path, harm: object, says: str) -> None:
    assert callable(harm)
    path = tmp_path / "m"
    lm.build([lm.Source(PLAIN)], path, words=[("听证会", 1.0)])
    harm(path)
    with pytest.raises(lm.ModelFileError, match=says):
        lm.Model(path)


def test_a_file_of_an_older_program_is_a_clear_error(tmp_path: Path) -> None:
    store.write(tmp_path / "m", {"order": 4}, {})
    with pytest.raises(lm.ModelFileError, match="built anew"):
        lm.Model(tmp_path / "m")


@given(st.sets(st.integers(0, 2**64 - 1), min_size=1, max_size=300))
@settings(max_examples=30)
def test_the_maplet_gives_back_every_word(keys: set[int]) -> None:
    array = np.array(sorted(keys), np.uint64)
    words = (array & np.uint64(0xFFFFF)).astype(np.uint32)
    shape, cells = maplet.build(array, lambda _seed: words)
    first, second, third = maplet.places(maplet.mix(array, shape.seed), shape)
    assert (cells[first] ^ cells[second] ^ cells[third] == words).all()


HAN = st.text(st.sampled_from("国会國會的是,1a\n\ufdd1龘社主义人民"), min_size=1, max_size=9)


@given(HAN, st.lists(st.tuples(st.integers(0, 8), HAN), max_size=4))
@settings(max_examples=100, deadline=None)
def test_a_reading_tries_what_the_passages_score(text: str, tried: list[tuple[int, str]]) -> None:
    """The gain of a character is that of the passage as far as the order sees."""
    model = lm.load()
    places = [(at % len(text), choices) for at, choices in tried]
    read = model.read(text)
    np.testing.assert_allclose(read.scores, model.score(text), atol=1e-4)
    gains = read.gains(
        np.array([at for at, _ in places], np.intp),
        np.array([len(choices) for _, choices in places], np.intp),
        chars.basic(chars.codes("".join(choices for _, choices in places))),
    )
    wanted: list[float] = []
    for at, choices in places:
        left, right = text[max(0, at - 3) : at], text[at + 1 : at + 4]
        here, *there = model.totals([left + char + right for char in text[at] + choices])
        wanted += [total - here for total in there]
    np.testing.assert_allclose(gains, wanted, atol=1e-3)
