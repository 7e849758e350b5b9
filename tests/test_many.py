"""Many texts in one look: what comes out is what each gives by itself."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from project import SEEDS
from test_pipeline import DAMAGED, DOCUMENTS, SOUND

from repair import edits as ed
from repair import layout, pipeline, residue, rules, scan, settling
from repair.config import Config
from repair.model import Contents, Context, Document, Edit, Result, StageResult, Tables
from repair.phrasebook import Phrase

HARD = [
    "", "\n", "\r", "一\r二\r三", "一\r\n二", "[首页](/) > [新闻](/n)", "\ud83d", "\ude00", "😀",
    "𠮷野家\U0002f800", "-", "第一条　总则", "關于批準皇後的干部", "他說:「好", "她她走了走了",
    "⼩小", "1.\n2.\n3.\n5.\n甲—乙—丙", "&#20013;文", "中\\u4e2d\\u6587", "第三第二款",
    "马伊\ufffd", "鈥滃緢濂解", "上海市\u3000",
    "標題\n張三\n2020年1月1日 來源：新華社\n正文正文正文。",
]  # fmt: skip
texts = DOCUMENTS | st.sampled_from([*SOUND, *DAMAGED, *HARD]) | st.text(max_size=8)
configs = st.sampled_from(
    [
        Config(),
        Config(unsure="guess", punctuation="fullwidth", metadata="remove"),
        Config(typos="model", ignore=("CHR",)),
        Config(typos="off", protect=("中文",)),
        Config(stages=("characters", "typos")),
        Config(stages=("layout",)),
        Config(stages=()),
        Config(phrases=(Phrase("人民", "公民", "accept"), Phrase("批準", "批准", "ignore"))),
    ]
)
learnt = st.sampled_from(
    [
        Tables(),
        Tables(templates=frozenset({SOUND[4]})),
        Tables(contents=(Contents("a", (SOUND[5], DAMAGED[8]), "2020-01-01", "报"),)),
    ]
)


def same(results: Sequence[Result]) -> list[Result]:
    """Results without the time that they took."""
    return [result._replace(stages={}) for result in results]


@given(st.lists(texts, max_size=6), configs, learnt)
@example([*SOUND, *DAMAGED, *HARD], Config(), Tables())
@example([text for text in HARD for _ in range(2)], Config(), Tables())
@settings(max_examples=60)
def test_many_is_each(each: list[str], config: Config, tables: Tables) -> None:
    documents = [Document(str(n), text, "") for n, text in enumerate(each)]
    many = same(pipeline.run_many(documents, config, tables))
    with pytest.MonkeyPatch.context() as patch:  # by itself, with all stages
        patch.setattr(pipeline, "gate", lambda name: pipeline.Gate())
        patch.setattr(layout, "_kept", {})  # what the gates of `run_many` saw
        patch.setattr(residue, "_seen", {})
        alone = [pipeline.run(document, config, tables) for document in documents]
    assert many == same(alone)


@st.composite
def broken(draw: st.DrawFn) -> str:
    """Sentences in paragraphs, some of whose lines are cut, damage and all."""
    text = "".join(draw(st.lists(st.sampled_from([*SOUND * 2, *DAMAGED, "\n"]), min_size=3)))
    for at in sorted(draw(st.sets(st.integers(1, len(text)), max_size=6)), reverse=True):
        text = f"{text[:at]}\n{text[at:]}"
    return text


@given(st.lists(broken(), min_size=1, max_size=4))
@settings(max_examples=60)
def test_lines_that_were_joined_are_all_that_is_asked_about_again(each: list[str]) -> None:
    documents = [Document(str(n), text, "") for n, text in enumerate(each)]
    found = same(pipeline.run_many(documents))
    with pytest.MonkeyPatch.context() as patch:  # the whole texts
        patch.setattr(settling, "joint", lambda text, made: "")
        assert same(pipeline.run_many(documents)) == found


@pytest.mark.parametrize(
    ("edits", "lines"),
    [
        ([(2, "\n", "")], "一二三四"),
        ([(2, "\n", ""), (8, "\n", "")], "一二三四\n五六七八"),
        ([(2, "\n", ""), (5, "\n", "")], "一二三四五六"),
        ([(1, "", "\n"), (8, "\n", " ")], "一\n二\n五六 七八"),
        ([(2, "\n", ""), (6, "五", "")], ""),
    ],
)
def test_the_lines_that_edits_join(edits: list[tuple[int, str, str]], lines: str) -> None:
    text = "一二\n三四\n五六\n七八"
    made = [Edit(at, at + len(old), old, new, "LAY001", 1.0) for at, old, new in edits]
    assert settling.joint(ed.apply(text, made), made) == lines


def test_chunks_do_not_show(monkeypatch: pytest.MonkeyPatch) -> None:
    lines = [line for path in SEEDS.iterdir() for line in path.read_text("utf-8").split("\n")[:12]]
    documents = [Document(str(n), line, "") for n, line in enumerate(lines)]
    whole = same(pipeline.run_many(documents))
    monkeypatch.setattr(pipeline, "TOGETHER", 50)
    assert same(pipeline.run_many(documents)) == whole


@pytest.mark.parametrize("name", pipeline.ORDER)
@given(st.lists(texts, min_size=1, max_size=6), configs, learnt)
@example([*SOUND, *DAMAGED, *HARD], Config(), Tables())
@settings(max_examples=40)
def test_a_text_that_needs_nothing_gets_nothing(
    name: str, each: list[str], config: Config, tables: Tables
) -> None:
    _keeps_its_promise(name, each, Context(config, tables))


@pytest.mark.parametrize("name", [name for name in pipeline.ORDER if name in rules.PACKAGES])
def test_no_gate_holds_back_an_example_or_a_trap(name: str) -> None:
    of_all = list(rules.table(name).values())
    each = [text for rule in of_all for text in (*rule.traps, *(e["text"] for e in rule.examples))]
    _keeps_its_promise(name, each, Context(Config()))


def _keeps_its_promise(name: str, each: Sequence[str], context: Context) -> None:
    """A text that a gate lets pass gets nothing, any other what it gets by itself."""
    gate, joined = pipeline.gate(name), scan.join(each)
    assert gate.needs or gate.many, f"{name} has no gate for many texts"
    needed = gate.needs(joined, context) if gate.needs else [gate.many is None] * len(each)
    many = gate.many(joined, context) if gate.many else {}
    for n, (text, own) in enumerate(zip(each, gate.plain(joined, range(len(each))), strict=True)):
        if n in many or not needed[n]:
            plain = StageResult(articles=own)
            assert pipeline.stage(name)(text, context) == many.get(n, plain)


def test_sound_prose_needs_nothing() -> None:
    joined, context = scan.join([SOUND[0], SOUND[4]]), Context(Config())
    for name in pipeline.ORDER:
        gate = pipeline.gate(name)
        assert gate.needs or gate.many, f"{name} has no gate for many texts"
        assert gate.needs is None or not gate.needs(joined, context).any()
        assert gate.many is None or not gate.many(joined, context)
