"""The names and words of `signs.toml`, compiled."""

from __future__ import annotations

import re
import tomllib
from functools import cache
from importlib import resources


@cache
def _table() -> dict[str, dict[str, str]]:
    text = resources.files("repair.extract").joinpath("signs.toml").read_text("utf-8")
    return tomllib.loads(text)


def _names(kind: str) -> frozenset[str]:
    return frozenset(_table()["names"][kind].split())


def _any(kind: str, spaced: bool = False) -> str:
    """The words of one kind as alternatives, the longest first; `spaced`: with space between
    their characters too, as titles of boxes are often set."""
    words = sorted(set(_table()["words"][kind].split()), key=lambda word: (-len(word), word))
    gap = r"\s{0,3}" if spaced else ""
    return "|".join(gap.join(map(re.escape, word)) for word in words)


ELSEWHERE = _names("elsewhere")
APART = ELSEWHERE | _names("apart")
REPLIES = _names("replies")
BODY = _names("body")
THREAD = _names("thread")
POSTS = REPLIES | THREAD | frozenset({"post", "posts"})
POSTER = _names("poster")

# Each token is atomic and the run possessive: a line is scanned once, whatever it holds.
WIDGETS = re.compile(rf"(?:(?>{_any('widgets')}|[\W\d_]))*+", re.IGNORECASE)
META = re.compile(rf"[\s\W]{{0,6}}(?:{_any('meta', True)})\s{{0,3}}[:：/|丨﹕\[【(（@]")
EDITOR = re.compile(rf"[\s\W]{{0,6}}(?:{_any('editor', True)})\s{{0,3}}[:：﹕\s]")
AFTER = re.compile(rf"[\s\W]{{0,6}}(?:{_any('after', True)}|评论\s?[(（]?\d)", re.IGNORECASE)
SITE = re.compile(_any("site"), re.IGNORECASE)
RIGHTS = re.compile(_any("rights"), re.IGNORECASE)
THREAD_WORDS = re.compile(rf"{_any('thread')}|\d\s?楼|#\d+\b", re.IGNORECASE)
THREAD_TITLE = re.compile(_any("thread_titles"), re.IGNORECASE)

PUNCTUATION = re.compile(r"[，。！？；、…」”]|[,;!?](?=\s|[\u4e00-\u9fff]|$)|\.(?=\s|$)")
STOP = re.compile(r"[。！？…；!?;.:：][”」』’）)\]】\"']*$")
LETTER = re.compile(r"[^\W\d_]")
SENTENCE = re.compile(r"[。！？…；!?;][”」』’）)\]】\"']*$")

# A date, and a time behind it.
DATE = re.compile(
    r"(?:19|20)\d\d\s?[-./年]\s?\d{1,2}\s?[-./月]\s?\d{1,2}\s?日?"
    r"(?:[\sT,，]{0,4}(?:星期.|周.)?\s{0,2}(?:[上下]午)?\s{0,2}"
    r"\d{1,2}[:：点时]\d{1,2}(?:[:：分]\d{1,2}秒?)?分?)?"
)

# What stands in a post and is none of its text: how long ago, who did what, where from, counts.
AGO = re.compile(
    r"\d+\s?(?:秒|分钟|小时|天|周|个?月|年)前|昨天|前天|刚刚|(?:回复|赞同|关注|评论|转发|推荐)了"
)
PLACE = re.compile(
    r"(?:[\u4e00-\u9fff]{2,3}(?:省|市|自治区|特别行政区)[\u4e00-\u9fff]{0,6}[市区县州盟]?|中国香港|中国台湾)"
)
COUNTS = re.compile(r"(?:[\u4e00-\u9fff]{1,4}\s?[:：(（]\s?\d[\d.,万kK+]*[)）]?\W{0,3}){1,8}")

# The head of an agency's report: 新华社北京5月9日电.
DATELINE = re.compile(r"\d{1,2}月\d{1,2}日\s?[电讯電訊]")
