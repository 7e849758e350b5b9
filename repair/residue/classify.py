"""The context-free class of one line."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from repair.model import Mark
from repair.residue import metadata, paths, spam
from repair.residue.fold import HANZI
from repair.residue.lexicon import Token, Weight, lexicon
from repair.residue.lines import BLANK, KEEP, Action, Cut, Line, Verdict

_FORM = "the whole line has the form of its kind"
_SENTENCE_END = "。；！？”』」，、："
_LONG = 200  # a longer line is prose: only its end and its brackets are looked at
_KANA = re.compile("[\u3041-\u30fa]")
_HAN = re.compile(f"[{HANZI}]")
# Words without which a line that ends like a sentence is no residue, in both scripts.
_ANCHOR = re.compile(
    "[转轉][载載]|版[权權]|[声聲]明|[点點][击擊]|[扫掃][一描码碼]|[关關]注|下[载載]|[浏瀏][览覽]"
    "|公[众眾]|侵[权權]|不代表|不表明|代表作者|平台|返回|相[关關][链鏈连連新文阅閱推]|[上下]一[篇页頁条條版期]"
    "|登[录錄入]|注[册冊]|[评評][论論]|客[户戶]端|[aA][pP][pP]|www\\.|http|微信|document\\.|★|[广廣]告"
    "|[风風][险險]|[阅閱][读讀]|手[机機]|分享|[订訂][阅閱]|域名|参考|立[场場]|跟[贴貼帖]|[赌賭]|博彩|彩[票金]"
    "|[体體]育|[娱娛][乐樂]|免[费費]|网址|網址|棋牌|官[网網]|无码|三级|黄色|[发發]票|[贷貸]款|授[权權]"
    "|[关關][键鍵]|[继繼][续續]|[谢謝]|[删刪]除|qq|QQ|[iI]cp|[备備]案|[厂廠]家|\\([a-zāáǎàēéěèīíǐìōóǒòūúǔùǖǘǚǜü]+\\)"
    "|[运運]彩|[询詢]|[来來][电電]|[联聯][系繫络絡]|[热熱][线線]|期[货貨]|公益服|助[听聽]器|[这這]款"
)
_TAIL = re.compile(r"[。！？][”’』」)）]?(?=[^。！？]{2,60}$)")


@dataclass(slots=True)
class Read:
    """What a line says by itself."""

    verdict: Verdict
    marks: list[Mark] = field(default_factory=list)


def classify(line: Line) -> Read:
    """The class of the line without regard to its neighbours.

    Most lines leave at the first test: they end like sentences and hold no anchor word."""
    text = line.text.strip()
    if not text:
        return Read(BLANK)
    anchored = _ANCHOR.search(text)
    if not anchored and (len(text) > _LONG or text[-1] in _SENTENCE_END) and len(text) > 12:
        return Read(KEEP)
    if _KANA.search(text):
        return Read(KEEP)
    folded = line.folded
    if len(text) <= _LONG * 2:
        whole = _whole(line, folded)
        if whole:
            return whole
    cuts = _tail(line, folded) or spam.words_inside(line, folded)
    return Read(Verdict(Action.KEEP, cuts=cuts)) if cuts else Read(KEEP)


def _whole(line: Line, folded: str) -> Read | None:
    text = folded.strip()
    path = paths.breadcrumb(text)
    if path:
        marks = []
        if path.section:
            at = line.start + len(folded) - len(folded.lstrip())
            name = line.text[at - line.start + path.start : at - line.start + path.end]
            marks = [Mark(at + path.start, at + path.end, "section", name.strip(" ·:[]　"))]
        return Read(path.verdict, marks)
    for pattern in lexicon().lines:
        if pattern.regex.match(text):
            if pattern.weight is Weight.SURE:
                told = Verdict(Action.REMOVE, pattern.rule, 0.9985, _FORM)
            else:
                told = Verdict(Action.ASK, pattern.rule, 0.7, _FORM)
            return Read(spam.judge(text) or told)
    tokens = lexicon().consume(text)
    consumed = decide(text, tokens) if tokens else None
    if consumed:
        said = metadata.read(line, folded) if re.search(r"\d{4}", text) else None
        marks = [m for m in said.marks if m.kind in ("date", "time")] if said else []
        return Read(consumed, marks)
    said = metadata.read(line, folded)
    if said:
        return Read(said.verdict, said.marks)
    bracket = spam.bracket(line, folded)
    if bracket:
        return Read(Verdict(Action.KEEP, cuts=(bracket,)))
    verdict = paths.bar(text) or spam.judge(text)
    if verdict:
        return Read(verdict)
    return _density(text)


def decide(text: str, tokens: tuple[Token, ...]) -> Verdict | None:
    """The class of a line that is consumed whole by these tokens."""
    sure = [t for t in tokens if t.weight is Weight.SURE]
    weak = [t for t in tokens if t.weight is Weight.WEAK]
    channels = [t for t in tokens if t.weight is Weight.CHANNEL]
    proof = sure or weak or channels
    if not proof or not (_HAN.search(text) or sure or len(weak) > 1):
        return None
    words = " · ".join(dict.fromkeys(text[t.start : t.end] for t in [*sure, *weak, *channels]))
    told = f"nothing is left but {words[:80]}"
    rule = max(proof, key=lambda t: (t.end - t.start, -t.start)).rule
    if sure:
        return Verdict(Action.REMOVE, rule, 0.9995, told)
    if len(weak) > 2 or (len(weak) > 1 and len(text) > 4) or (weak and len(channels) > 1):
        return Verdict(Action.REMOVE, rule, 0.9985, told)
    if weak:
        return Verdict(Action.ASK, rule, 0.9, told)
    if len(channels) > 4:
        return Verdict(Action.ASK, "RES007", 0.9, told)
    return None


def _density(text: str) -> Read | None:
    """A short line most of which is known residue, but not all: asked about."""
    letters = sum(1 for c in text if c.isalnum())
    if letters < 4 or len(text) > 120:
        return None
    tokens = [t for t in lexicon().covered(text) if t.weight is Weight.SURE]
    covered = sum(1 for t in tokens for c in text[t.start : t.end] if c.isalnum())
    if not tokens or covered * 2 < letters:
        return None
    words = " · ".join(text[t.start : t.end] for t in tokens)
    told = f"{covered} of {letters} characters are known: {words[:60]}"
    return Read(Verdict(Action.ASK, tokens[0].rule, 0.6, told))


def _tail(line: Line, folded: str) -> tuple[Cut, ...]:
    """Known residue after the last full stop of a line of prose."""
    last = _TAIL.search(folded.rstrip())
    if not last or last.end() < 6:
        return ()
    tail = folded[last.end() :].strip()
    tokens = lexicon().consume(tail)
    verdict = decide(tail, tokens) if tokens else None
    if not verdict:
        for pattern in lexicon().lines:
            if pattern.weight is Weight.SURE and pattern.regex.match(tail):
                verdict = Verdict(Action.REMOVE, pattern.rule, 0.9985, tail)
                break
    if not verdict or verdict.action is not Action.REMOVE:
        return ()
    start = line.start + last.end()
    return (Cut(start, line.end, "RES023", 0.9985, f"after the sentence {verdict.evidence}"),)
