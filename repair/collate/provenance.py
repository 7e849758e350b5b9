"""Where a text comes from: born digital, converted between scripts, or read by OCR.

Detected from the document as it came, before any repair: a cleaned text has lost the signs.
"""

from __future__ import annotations

import re

import numpy as np

from repair.collate.fold import encode, table
from repair.config import ORIGINS

BORN_DIGITAL, CONVERTED, OCR, UNKNOWN = ORIGINS
# How far each is trusted; a clean text without any sign of its origin is mostly born digital.
TRUST = {BORN_DIGITAL: 3.0, UNKNOWN: 2.5, CONVERTED: 2.0, OCR: 1.0}

# What only a web page or its export carries. Two different ones make a page. Each pattern begins
# with characters that the search looks for first: `re` is ten times slower with others among them.
WEB = re.compile(
    r"上一[篇页頁期]|下一[篇页頁期]|返回|首[页頁]|字号|體号|体号|字[体體號][:：]|点击[率数量]|點擊"
    r"|责任编辑|責任編輯|稿件来源|稿件來源|来源[:：]|來源[:：]|打印|列印|分享到|扫一扫|掃一掃"
    r"|PDF版|无障碍|無障礙|版权所有|版權所有|https?://|www\.|相关(?:文章|链接|阅读)|相關(?:文章|鏈接|閱讀)"
    r"|发布时间|發布時間|发布日期|浏览次数|瀏覽次數|附件下[载載]|当前位置|當前位置|登录|登錄"
)
DATE = re.compile(r"\d\d{3}[-/.]\d{1,2}[-/.]\d{1,2}(?: \d{1,2}:\d{2})?")
# Words that a character-wise conversion to traditional leaves behind and nobody types:
# 於 範 幹 徵 準 願 裡 係 left as 于 范 干 征 …, or 准 后 made 準 後 where they stay.
CONVERSION = re.compile(
    r"關于|對于|由于|屬于|處于|低于|高于|位于|批準|準許|皇後|太後|范圍|規范|示范|模范|防范"
    r"|干部|骨干|征求|征收|象征|自愿|志愿|意愿|復雜|反復|頭發|里面"
)
SENTENCE_END = frozenset("。！？!?;；:：”\"'』」》】）)…—")
LINE = 20  # code points from which on a line is text and not a title or a name
BREAKS = 2  # lines that stop inside a sentence
SIGNS = 2  # different web signs that make a page


def detect(text: str) -> str:
    """The likely origin of a document: one of `ORIGINS`."""
    if traditional(text) and len(set(CONVERSION.findall(text))) >= 2:
        return CONVERTED
    if len({m[:3] for pattern in (WEB, DATE) for m in pattern.findall(text)}) >= SIGNS:
        return BORN_DIGITAL
    return OCR if _breaks(text) >= BREAKS else UNKNOWN


def traditional(text: str) -> bool:
    """Whether at least one character in twenty is traditional."""
    codes = encode(text)
    han = (codes >= 0x4E00) & (codes < 0xA000)
    return bool(np.count_nonzero(han & (table()[codes] != codes)) * 20 > np.count_nonzero(han))


def _breaks(text: str) -> int:
    """How many lines stop inside a sentence and go on in the next line, as columns do."""
    lines = [line.strip() for line in text.split("\n")]
    lines = [line for line in lines if line]
    return sum(
        len(line) >= LINE
        and len(after) >= LINE // 2
        and line[-1] not in SENTENCE_END
        and not after[0].isdigit()
        and after[0] > "\u2e7f"
        for line, after in zip(lines, lines[1:], strict=False)
    )
