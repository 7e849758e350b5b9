"""Makes the tables of this folder: `python -m repair.characters.data.make OPENCC_TEXTS CORPUS…`.

OPENCC_TEXTS is a folder of OpenCC's dictionaries as text (`opencc_dict -f ocd2 -t text` on the
files of the `opencc` package, Apache-2.0); each CORPUS is a file of sound traditional text,
one paragraph a line, of which every second line is counted, so that the others can measure.

- scripts.tsv: characters that only one script has, with what the other one writes: not in
  GB2312 (Big5), and OpenCC converts them to something else;
- ask.tsv, sound.tsv: words with a character that several traditional ones share a simplified
  form with, in the spellings that are right. A word is asked about (ask.tsv) only where the
  corpora write it so and hardly ever (at most 1 %, for mere variants 0.3 %) otherwise; the
  other words only prove a character sound;
- gate.bin: the pairs of characters that `conversion.gate` looks for, made of the others; that
  alone without arguments.
"""

from __future__ import annotations

import re
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from itertools import islice, product
from pathlib import Path

import numpy as np

from repair.characters import conversion
from repair.lm.chars import encodes

HERE = Path(__file__).parent
# Variants that careful writers mix, after the stroke-order lists of Taiwan's and Hong Kong's
# ministries and the counts of twlaw and gazette_tw.
VARIANTS = re.split(
    r"\s+",
    """佈布 佔占 僱雇 升昇陞 周週賙 回迴 才纔 了瞭 別彆 念唸 托託 扎紮 局侷 嘩譁 嘆歎 煙菸
勛勳 証證 鑑鑒 跡蹟 稜棱 杯盃 欲慾 凶兇 燻熏薰 泛氾汎 岩巖 岳嶽 克剋 卷捲 杆桿 鍊鏈煉 坐座 像象 具俱
藉借 它牠 札劄 扣釦 雕鵰 毀燬譭 家傢 噪譟 涌湧 洩泄 咨諮 修脩 彿佛 仿彷 個箇 綵彩 巨鉅 姦奸 倖幸
籐藤 寧甯 崑昆 癒愈 閑閒 櫃柜 傑杰 徑逕 盡儘 臺台檯颱 匯彙滙 弔吊 唇脣 鬨哄 拿拏 挂掛 捱挨 輓挽
蒐搜 餵喂 槓杠 綑捆 鎗槍 恤卹 谿溪 闇暗 朴樸 仇讎 傭佣 蕩盪 蔭廕 豔艷 淒悽 淩凌 讚贊 痠酸 飢饑 剷鏟
鍾鐘 醃腌 蠍蝎 焰燄 穗繐 璇璿 濬浚 簾帘 席蓆 塚冢 嚙齧 嘗嚐 復覆複 向嚮 沾霑 疊迭 決决 玩翫 霉黴
咸鹹 糊餬 豆荳 薦荐 注註 舖鋪 致緻 舍捨 游遊 折摺 糖醣 志誌 晒曬 舘館""",
)
# Outside Big5, yet mainland and older print in traditional characters writes them.
PRINTED = "决况减净凉凑强够却册恒叠"
# Right as they stand, against OpenCC: words that Taiwan or the mainland writes so, and two
# words that meet (配合|並).
ALLOWED = (
    "複議 復議 覆議 公里 鄰里 台灣 平台 舞台 後台 老板 娘家 拐杖 併於 并得 配合並 "
    "折合並 組合並 聯合並 "
    "結合並 符合並 適合並 綜合並 混合並 整合並 整併於 之一並 合一准 單位製 "
    "兼職係 無法繫 繼承制 電路裏 "
    "方制法 復准備 關系統 關系所 關系科 關系列 關系主 關系級 關系別"
)
SILENT = ("係指",)  # never asked about: 聯系|指導
FORCED = ("關系",)  # asked about in spite of the corpora, where 有關|系統 stands as well


def rows(folder: Path, name: str) -> Iterator[tuple[str, list[str]]]:
    for line in (folder / f"{name}.txt").read_text(encoding="utf-8").splitlines():
        key, _, values = line.partition("\t")
        if values:
            yield key, values.split(" ")


def scripts(folder: Path) -> tuple[dict[str, list[str]], dict[str, list[str]]]:
    """Traditional-only characters and what simplified text writes; and the reverse. GB2312 has
    後 by mistake."""
    traditional = {
        c: v
        for c, v in rows(folder, "TSCharacters")
        if len(c) == 1
        and c not in v
        and (c == "後" or not encodes(c, "gb2312"))
        and encodes(v[0], "gbk")
    }
    simplified = {
        c: v
        for c, v in rows(folder, "STCharacters")
        if len(c) == 1
        and c not in v
        and not encodes(c, "big5")
        and encodes(c, "gb2312")
        and c not in PRINTED
    }
    return traditional, simplified


def phrases(folder: Path) -> conversion.Words:
    """All words of OpenCC's phrase tables that have a pivot, none of them asked about yet."""
    simple = {ord(k): v[0] for k, v in rows(folder, "TSCharacters") if len(k) == len(v[0]) == 1}
    norm = {ord(k): v for k, v in standard(folder)}
    pivots = conversion.pivots(simple, norm, scripts(folder)[1])
    keys = {c.translate(simple) for c in pivots}
    right: dict[str, set[str]] = {}
    for name in ("STPhrases", "STPhrases_GeneratedFromRegionalPhrases"):
        for key, values in rows(folder, name):
            if 1 < len(key) <= conversion.LONGEST and keys & set(key):
                good = {v.translate(norm) for v in values if len(v) == len(key)}
                right.setdefault(key, set()).update(good)
    for word in ALLOWED.split():
        right.setdefault(word.translate(simple), set()).add(word)
    spelt = {key: " ".join(sorted(forms)) for key, forms in right.items()}
    return conversion.Words(spelt, {}, simple, norm, pivots)


def count(words: conversion.Words, lines: Iterable[str]) -> Counter[tuple[str, str]]:
    """How often each spelling stands where no other word explains its characters."""
    counts: Counter[tuple[str, str]] = Counter()
    for line in lines:
        counts.update((key, word) for (_, _, key, word), _ in words.wrong(line)[0])
        counts.update(
            (key, word) for _, _, key, word in words.windows(line) if word in words.right(key)
        )
    return counts


def standard(folder: Path) -> Iterator[tuple[str, str]]:
    """Variants of Hong Kong and of OpenCC's own standard, to Taiwan's."""
    taiwan = {k: v[0] for k, v in rows(folder, "TWVariants") if v[0] != k}
    taiwan |= {"着": "著", "羡": "羨", "癥": "症", "産": "產", "麽": "麼", "幷": "并"}
    for keep in ("棱", "纔"):
        taiwan.pop(keep, None)
    for key, values in rows(folder, "HKVariants"):
        for value in values:
            if value != key and value not in "稜煙才衹台":
                yield value, taiwan.get(key, key)
    yield from taiwan.items()


def spellings(word: str) -> Iterator[str]:
    """The word with its characters replaced by mere variants."""
    options = [
        sorted({c for group in VARIANTS if char in group for c in group} or {char}) for char in word
    ]
    return ("".join(x) for x in islice(product(*options), 256))


def verdicts(
    words: conversion.Words, counts: Mapping[tuple[str, str], int], known: Mapping[str, int]
) -> tuple[list[str], list[str]]:
    """The words to ask about, the most frequent first, and the words that only prove; each as
    its right spellings."""
    by_key: dict[str, dict[str, int]] = {}
    for (key, word), n in counts.items():
        by_key.setdefault(key, {})[word] = n
    ask: list[tuple[int, str]] = []
    sound: list[str] = []
    for key in words.spelt:
        given, seen = words.right(key), by_key.get(key, {})
        right = set(given)
        base = sum(seen.get(w, 0) for w in given)
        for word in {s for w in given for s in spellings(w)} - given:
            if seen.get(word, 0) > 0.003 * base or base < 30:
                right.add(word)
        odd = {w: n for w, n in seen.items() if w not in right}
        right |= {w for w, n in odd.items() if n > 0.01 * (base + n) and w not in FORCED}
        line = " ".join(sorted(right))
        trusted = base >= (5 if len(key) == 2 else 1) or known.get(key, 0) >= 50
        if trusted and right.isdisjoint(SILENT):
            ask.append((-base, line))
        else:
            sound.append(line)
    return [line for _, line in sorted(ask)], sorted(sound)


def write(name: str, head: str, lines: Iterable[str]) -> None:
    (HERE / name).write_text(f"# {head}\n" + "".join(f"{x}\n" for x in lines), encoding="utf-8")


def ship(folder: Path = HERE) -> None:
    """Writes the pairs of the words."""
    with (folder / conversion.SHIPPED).open("wb") as file:
        np.savez_compressed(file, **conversion.suspected()._asdict())


def main(folder: Path, corpora: list[Path]) -> None:
    import jieba

    made = "made by repair/characters/data/make.py from OpenCC's dictionaries (Apache-2.0)"
    traditional, simplified = scripts(folder)
    write(
        "scripts.tsv",
        f"script, character, the other script's characters; {made}",
        [f"T\t{c}\t{''.join(v)}" for c, v in sorted(traditional.items())]
        + [f"S\t{c}\t{''.join(v)}" for c, v in sorted(simplified.items())],
    )
    words = phrases(folder)
    write("simple.tsv", f"traditional and simplified characters; {made}",
          (f"{chr(a)}\t{b}" for a, b in sorted(words.simple.items()) if chr(a) != b))  # fmt: skip
    write("norm.tsv", f"regional variants and the one that the tables use; {made}",
          (f"{chr(a)}\t{b}" for a, b in sorted(words.norm.items())))  # fmt: skip
    counts: Counter[tuple[str, str]] = Counter()
    for path in corpora:
        with path.open(encoding="utf-8") as file:
            counts += count(words, (line.strip() for i, line in enumerate(file) if i % 2 == 0))
    jieba.setLogLevel(60)
    jieba.initialize()
    ask, sound = verdicts(words, counts, jieba.dt.FREQ)
    for name, table in (("ask.tsv", ask), ("sound.tsv", sound)):
        write(name, f"right spellings of one word a line; {made}", table)


if __name__ == "__main__":
    if sys.argv[1:]:
        main(Path(sys.argv[1]), [Path(p) for p in sys.argv[2:]])
    ship()
