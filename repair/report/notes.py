"""What in a batch's figures a person should look at. The limits are rules of thumb, chosen
so that the seeds and a mixed folder of sound pages give no warning; each says its reason.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

REMOVED = 0.5  # of a document: navigation around a short article comes to about a third
FINDINGS = 50  # a 10,000 characters: a thousand an hour is what one person decides
ONE_RULE = 0.8  # of all edits made by one rule, where there are many
MANY = 500  # edits below which shares mean nothing
OUTLIER = 20  # times the median damage of the batch, and at least…
DAMAGED = 100  # …this many changes and questions a 10,000 characters
NAMED = 5  # documents that a warning names
TEXT = 200  # characters from which on a document is looked at

# How many documents, and the most damaged of them, the worst first.
Seen = tuple[int, Sequence[Mapping[str, Any]]]


def warnings(value: Mapping[str, Any], seen: Mapping[str, Seen]) -> list[dict[str, str]]:
    """`{"what", "why", "what_zh", "why_zh"}` for each unusual figure. `seen` are the documents
    that were `emptied`, are `bare` of articles, or have the `worst` damage."""
    found: list[dict[str, str]] = []

    def warn(what: str, why: str, what_zh: str, why_zh: str) -> None:
        found.append({"what": what, "why": why, "what_zh": what_zh, "why_zh": why_zh})

    if not value["documents"]:
        warn(
            "Nothing was read.", "No input was found, or all were left out.",
            "没有读到任何输入。", "没有找到输入，或全部被排除。",
        )  # fmt: skip
        return found
    if seen["emptied"][0]:
        names, names_zh = _documents(seen["emptied"])
        warn(
            f"More than half of the text was removed from {names}.",
            "Such a page is mostly navigation, or a rule takes content for residue.",
            f"{names_zh}删去了一半以上的文字。",
            "这类页面多半是导航，也可能是规则把正文当作残留。",
        )
    if seen["bare"][0] and value["articles"]:
        names, names_zh = _documents(seen["bare"])
        warn(
            f"No article was found in {names}.", "Their text is in text/ all the same.",
            f"{names_zh}没有找到文章。", "其文本仍在 text/ 中。",
        )  # fmt: skip
    many = value["findings"] * 10_000 > FINDINGS * max(1, value["characters"])
    if many and value["findings"] > MANY:
        warn(
            f"{value['findings']:,} findings are more than most people will read.",
            "Decide the largest patterns first, or leave out a noisy rule with `ignore`.",
            f"{value['findings']:,} 处待定，多数人看不完。",
            "先决定最大的模式，或用 `ignore` 关掉过于频繁的规则。",
        )
    for row in value["rules"]:
        if value["edits"] >= MANY and row["edits"] > ONE_RULE * value["edits"]:
            warn(
                f"{row['rule']} ({row['kind']}) made {row['edits']:,} of {value['edits']:,} edits.",
                "Look at its samples below: one cause behind all is usual, a mistake is possible.",
                f"{row['rule']} 占 {value['edits']:,} 处修改中的 {row['edits']:,} 处。",
                "请看下面的样例：通常是同一原因，也可能有误。",
            )
    if seen["worst"][0]:
        names, names_zh = _documents(seen["worst"])
        warn(
            f"Far more damage than in the rest was found in {names}.",
            "It may be another encoding, another language, or not text.",
            f"{names_zh}的损坏远多于其余文档。",
            "可能是另一种编码、另一种语言，或不是文本。",
        )
    if value["inexact"]:
        warn(
            f"{value['inexact']} inputs hold bytes that their encoding does not explain.",
            "The original bytes are kept in source/, so undo gives them back.",
            f"{value['inexact']} 个输入含有其编码无法解释的字节。",
            "原始字节保存在 source/ 中，撤销时可还原。",
        )
    return found


def uncompared(compared: Mapping[str, Any]) -> list[dict[str, str]]:
    """The same of what the search for versions left out, if anything."""
    found: list[dict[str, str]] = []
    if compared["share"] < 1:
        share, reach = max(1, round(100 * (1 - compared["share"]))), compared["reach"]
        found.append({
            "what": f"The texts repeat one another so much that {share} % of the places where two"
            " share a passage were not looked at.",
            "why": f"By a passage that stands in many texts each was compared with {reach} of"
            " the texts behind it alone. Versions that have passages of their own are found.",
            "what_zh": f"文本相互重复太多，两文共有段落之处有 {share} % 没有查看。",
            "why_zh": f"多文共有的段落，每篇只与其后 {reach} 篇比较；另有独特段落的版本仍能找到。",
        })  # fmt: skip
    if compared["apart"]:
        pairs = compared["apart"]
        found.append({
            "what": f"{pairs:,} pairs of documents that share text were not compared.",
            "why": "Too many documents are versions of one another; the closest were compared.",
            "what_zh": f"有 {pairs:,} 对共有文字的文档没有比较。",
            "why_zh": "互为版本的文档过多，只比较了最接近的。",
        })  # fmt: skip
    return found


def _documents(seen: Seen) -> tuple[str, str]:
    """How many, and the names of the worst, in both languages."""
    count, rows = seen
    names = [r["doc_id"] for r in rows[:NAMED]]
    rest = count - NAMED
    more, more_zh = (f" and {rest:,} more", f"等另 {rest:,} 个") if rest > 0 else ("", "")
    return (
        f"{count:,} document{'s' if count != 1 else ''}: {', '.join(names)}{more}",
        f"{count:,} 个文档（{'、'.join(names)}{more_zh}）",
    )
