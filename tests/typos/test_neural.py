"""The neural second opinion: what is made of a corrector's errors, and a real, tiny model."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from repair.config import Config, ConfigError, make
from repair.model import Context
from repair.rules import table
from repair.typos import neural, stage
from repair.typos.neural import Error

WRONG, RIGHT = "深入推进依法冶国，建设法治社会。", "深入推进依法治国，建设法治社会。"


class Says:
    """A corrector that finds the same errors in each sentence that holds them."""

    def __init__(self, *errors: Error) -> None:
        self._errors = errors
        self.asked: list[str] = []

    def errors(self, sentences: Sequence[str]) -> list[list[Error]]:
        self.asked += sentences
        return [list(self._errors) for _ in sentences]


def test_the_rules_example() -> None:
    (example,) = table("typos")["TYP011"].examples
    told = neural.ask(example["text"], [], Says(*(Error(**e) for e in example["neural"])))
    assert [(f.start, f.before, f.after, f.rule) for f in told] == [(6, "冶", "治", "TYP011")]


def test_only_suspicious_sentences_are_asked() -> None:
    says = Says()
    neural.ask(RIGHT + WRONG + RIGHT, [], says)
    assert says.asked == [WRONG]


@pytest.mark.parametrize(
    "error",
    [
        Error(6, "治", "冶"),  # not what stands there
        Error(40, "冶", "治"),  # outside
        Error(6, "冶", ""),  # a deletion
        Error(6, "冶国", "治country"),
        Error(8, "，", "。"),
    ],
)
def test_what_does_not_fit_is_dropped(error: Error) -> None:
    assert neural.ask(WRONG, [], Says(error)) == []


def test_a_place_that_is_asked_already_gets_a_candidate() -> None:
    (first,) = neural.ask(WRONG, [], Says(Error(6, "冶", "治")))
    (both,) = neural.ask(WRONG, [first], Says(Error(6, "冶", "理")))
    assert both.after == "治"
    assert [c.text for c in both.candidates] == ["治", "理"]


def test_a_break_inside_a_sentence_keeps_offsets() -> None:
    text = "各地深入推进各项建设，今年以来全面\n依法冶国，建设法治社会。"
    (found,) = neural.ask(text, [], Says(Error(19, "冶", "治")))
    assert text[found.start : found.end] == "冶"


def test_a_folder_that_is_none_is_an_error() -> None:
    with pytest.raises(ConfigError, match="neural"):
        make({"neural": "/no/such/folder"})


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A masked language model of two dozen characters that has learnt one sentence."""
    torch = pytest.importorskip("torch")
    from transformers import BertConfig, BertForMaskedLM, BertTokenizerFast

    folder = tmp_path_factory.mktemp("model")
    words = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *sorted(set(WRONG + RIGHT))]
    (folder / "vocab.txt").write_text("\n".join(words), encoding="utf-8")
    tokenizer = BertTokenizerFast(vocab=str(folder / "vocab.txt"))
    torch.manual_seed(1)
    model = BertForMaskedLM(
        BertConfig(vocab_size=len(words), hidden_size=32, num_hidden_layers=1,
                   num_attention_heads=2, intermediate_size=32, max_position_embeddings=64,
                   hidden_dropout_prob=0.0, attention_probs_dropout_prob=0.0)
    )  # fmt: skip
    given = tokenizer([WRONG, RIGHT], return_tensors="pt")
    wanted = tokenizer([RIGHT, RIGHT], return_tensors="pt")["input_ids"]
    learner = torch.optim.Adam(model.parameters(), lr=0.02)
    for _ in range(40):
        learner.zero_grad()
        model(**given, labels=wanted).loss.backward()
        learner.step()
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder


def test_a_real_model(tiny: Path) -> None:
    said = stage(WRONG, Context(Config(neural=str(tiny))))
    assert not said.edits
    assert [(f.start, f.before, f.after, f.rule) for f in said.findings] == [
        (6, "冶", "治", "TYP011")
    ]


def test_a_real_model_is_silent_in_sound_text(tiny: Path) -> None:
    corrector = neural.load(str(tiny))
    assert corrector.errors([RIGHT]) == [[]]
