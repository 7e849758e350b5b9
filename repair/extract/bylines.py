"""Who wrote it: the names in the lines by which Chinese pages name their authors."""

from __future__ import annotations

import re
from functools import cache

from repair import rules
from repair.lm.wordlist import count
from repair.residue.fold import fold, traditional_signs

COMMON = 100  # occurrences in jieba's corpus that make a word


def _spellings(text: str) -> str:
    """Characters and the traditional forms that fold to them."""
    return text + "".join(other for other, plain in _FOLDS.items() if plain in text)


_SIGNS = "".join(sorted(traditional_signs()))
_FOLDS = dict(zip(_SIGNS, fold(_SIGNS), strict=True))
_NAMES_OF = rules.table("residue")["RES050"].data  # one list of names for texts and for pages
SURNAMES = _spellings(_NAMES_OF["surnames"] + _NAMES_OF["page_surnames"])
_COMPOUND = "|".join(
    "".join(f"[{_spellings(char)}]" for char in name) for name in _NAMES_OF["compounds"]
)
_GIVEN = r"[\u4e00-\u9fff]"
_NAME = (
    rf"(?:(?:{_COMPOUND}){_GIVEN}{{1,2}}|"
    rf"[{SURNAMES}](?:{_GIVEN}{{1,2}}|[ \u3000]{{1,2}}{_GIVEN}(?!{_GIVEN})))"
)
_GAP = r"[ \u3000、，,/|；;]{1,3}"
_NAMES = rf"{_NAME}(?:{_GAP}{_NAME})*"
_END = r"(?=$|[\s\u3000)）】\]〕》|/、，,。;；:：·]|摄|报道|文|图|编辑|来源|责任|发自|电)"
_REPORTER = (
    r"(?:记\s?者|記者|通讯员|通訊員|实习生|特约评论员|评论员|撰稿人?|撰\s?文|撰文者|作\s?者|执笔人?|采写|文字|文\s?字\s?记\s?者|"
    r"供\s?稿|主笔)"
)
_EDITOR = (
    r"(?:责任编辑|責任編輯|责\s?任\s?编\s?辑|责\s?编|責編|本文编辑|文章编辑|值班编辑|实习编辑|网络编辑|编\s?辑|編輯|选\s?稿|录入|发布人|发布者|"
    r"编审|作者单位)"
)
_SEPARATOR = r"\s*[:：/|丨﹕]?\s*[\[【(（]?\s*"
_LABEL = r"\s*[:：/|丨﹕]\s*[\[【(（]?\s*"

REPORTER = re.compile(
    rf"(?:{_REPORTER}{_SEPARATOR}|(?:^|[\s(（【\[])文\s?[/／|丨:：]\s?)({_NAMES}){_END}"
)
LINE = re.compile(rf"\W{{0,3}}\S{{0,16}}\s?{_REPORTER}{_SEPARATOR}{_NAMES}.{{0,12}}")
EDITOR = re.compile(rf"{_EDITOR}{_LABEL}({_NAMES}|[\u4e00-\u9fff]{{2,4}}){_END}")
AUTHOR = re.compile(
    r"(?:作\s{0,4}者|楼主|博主|发帖人|撰文|(?:^|\s)文)\s{0,2}[:：﹕]\s{0,3}"
    rf"({_NAMES}(?![\u4e00-\u9fff])|[\w&·.\-]{{2,20}}+(?!=))"
)
WROTE = re.compile(rf"(?:^|[\s(（□■])({_NAMES})\s?[/／]\s?(?:文|撰文|图文|文图)")
BRACKETED = re.compile(rf"[\[【(（]\s*({_NAMES})\s*[)）\]】]")
SIGNED = re.compile(
    rf"[(（]\s*({_NAMES})\s*(?:(?:\S{{2,6}})?(?:报道|摄影报道|文/图|文图|整理|编译)?)\s*[)）]\s*$"
)
OFFICE = re.compile(
    r"(?:发文(?:机关|单位|机构)|发布(?:机构|单位)|发文字号单位|制定机关)\s{0,3}[:：]?\s{0,3}([\u4e00-\u9fff]{3,25})"
)
_ID = r"[\w&\-.]{2,20}"
POSTED = re.compile(
    rf"(?:^由?|[\s由])({_ID})\s{{0,2}}(?:张贴|发表于|发表在|发布于|上传于|post(?:ed)? (?:at|on))|"
    rf"(?:posted by|发表者|发布者|提交者|贴者)\s{{0,2}}[:：]?\s{{0,2}}({_ID})",
    re.IGNORECASE,
)
ALONE = re.compile(rf"[\W_]{{0,4}}({_NAMES})\s*[)）\]】]?\s*$")
SOURCE = re.compile(
    r"(?:来\s{0,4}源(?:于|自)?|來源|转自|摘自|出处|供稿)\s{0,2}[:：﹕]\s{0,3}[\[【《(（]?\s{0,2}"
    r"([^\s:：|,，。;；()（）\[\]【】<>《》=\x22]{2,25}+)(?!=)"
)
# Labels that stand right behind a source where a page sets them without a space.
BEHIND = re.compile(
    r"(?:选稿|责任?编辑?|责编|编辑|作者|记者|发布|时间|日期|字号|举报|关注|浏览|点击|评论|分享|(?:19|20)\d\d[-年/]).*$"
)
_JOINED = re.compile(rf"({_NAME})")
PREFIX = re.compile(r"^([\u4e00-\u9fff·]{2,4})\s?[:：]")
_NOT = re.compile(
    r"日报|晚报|网|社|频道|客户端|公司|中心|编辑|评论|来源|作者|记者|时间|日期|佚名|匿名|未知|admin|管理|"
    r"版主|楼主|个人|点击|关注|文章|转载|Publisher|Team|\d{3}|="
)


def people(text: str) -> tuple[str, ...]:
    """The names in a matched list of names, in order and once each.

    >>> people("王建宏 张文攀、方 敏")
    ('王建宏', '张文攀', '方敏')
    """
    found = [re.sub(r"\s", "", name) for name in _JOINED.findall(text)]
    return tuple(dict.fromkeys(name for name in found if not is_nobody(name)))


@cache
def is_word(name: str) -> bool:
    """Whether what could be a name of two characters is a common word (jieba's counts)."""
    return len(name) == 2 and (count(name) or 0) > COMMON


def is_nobody(name: str) -> bool:
    """Whether what stands in an author's place names none: a site, a paper, «unknown»."""
    return len(name) < 2 or len(name) > 30 or bool(_NOT.search(name))
