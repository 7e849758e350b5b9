"""The interface in Chinese; English words are their own keys."""

from __future__ import annotations

from collections.abc import Callable

from repair.review.kinds import KINDS, STAGES

CHINESE = {
    "Review": "审校",
    "accept": "接受",
    "reject": "拒绝",
    "edit": "改写",
    "skip": "跳过",
    "undo": "撤销",
    "accept all": "全部接受",
    "reject all": "全部拒绝",
    "in the document": "在全文中查看",
    "help": "帮助",
    "filter": "筛选",
    "patterns": "模式",
    "open": "待定",
    "pending": "待定",
    "accepted": "已接受",
    "rejected": "已拒绝",
    "edited": "已改写",
    "skipped": "已跳过",
    "stale": "已失效",
    "decided by others, for your check": "他人已决定（请复核）",
    "disputed": "有分歧",
    "accept always": "总是接受",
    "never ask again": "不再询问",
    "always": "总是接受",
    "never ask": "不再询问",
    "This cannot be a rule:": "这不能成为规则：",
    "Wherever this stands, it is written so, in this batch and in every later one:":
        "无论出现在哪里，本批和以后各批都这样改写：",
    "This change is not proposed any more, in this batch and in every later one:":
        "本批和以后各批都不再提出这一修改：",
    "whole lines only": "仅限整行",
    "this": "原文",
    "becomes": "改为",
    "open findings here are decided with it": "处待定项随之决定",
    "It is kept in": "保存在",
    "make it a rule": "设为规则",
    "change the words": "修改词语",
    "Your own rules": "自定规则",
    "rules": "规则",
    "team": "协作",
    "by": "设定人",
    "take back": "撤回",
    "There is none yet. Y makes a rule of what you accept, X of what you never want to be "
    "asked again.":
        "还没有规则。Y 把接受的修改设为规则，X 把不想再问的设为规则。",
    "accept always: a rule of your own": "总是接受：设为自定规则",
    "never ask again: a rule of your own": "不再询问：设为自定规则",
    "your own rules": "自定规则",
    "several people: who agrees": "多人协作：一致程度",
    "Several people": "多人协作",
    "A decision holds when two people agree on it.": "两人一致，决定才生效。",
    "A decision holds as soon as one person makes it.": "一人决定即生效。",
    "decided by two or more": "处由两人以上决定",
    "of these alike": "其中一致",
    "look": "查看",
    "check": "复核",
    "wait for your check": "处等待您复核",
    "still wait elsewhere": "处仍待定",
    "are disputed: look at them": "处有分歧：查看",
    "who": "审校人",
    "both decided": "共同决定",
    "lines in the log": "记录条数",
    "you": "您",
    "decided otherwise:": "的决定不同：",
    "That is not the password.": "密码不对。",
    "your name": "姓名",
    "password": "密码",
    "enter": "进入",
    "applied": "已自动修改",
    "decided": "已决定",
    "per hour": "每小时",
    "left": "剩余",
    "stage": "阶段",
    "rule": "规则",
    "kind": "类型",
    "file": "文件",
    "all": "全部",
    "confidence": "置信度",
    "confidence at least": "置信度不低于",
    "confidence at most": "置信度不高于",
    "born-digital": "原生电子本",
    "converted": "转换本",
    "ocr": "OCR 本",
    "unknown": "来源不明",
    "status": "状态",
    "proposal": "建议",
    "this text": "本文",
    "witness": "参照本",
    "evidence": "依据",
    "candidates": "候选",
    "no change proposed: e writes one, n says that nothing is wrong":
        "没有修改建议：按 e 写出，无误则按 n 拒绝",
    "nothing": "（删除）",
    "insert": "（插入）",
    "moves to": "移到",
    "the error is likely here": "错误可能在本文",
    "the error is likely in the other version": "错误可能在参照本",
    "both seem wrong": "两者可能都有误",
    "neither seems wrong": "两者可能都不误",
    "who is wrong is unknown": "无法判断哪一方有误",
    "more of this pattern": "同一模式的其他处",
    "Nothing waits for a decision here.": "这里没有待定的项目。",
    "What is left is before somebody else now.": "余下的项目正由他人处理。",
    "Everything is decided. Run repair apply to write it into the text.":
        "全部已决定。运行 repair apply 写入正文。",
    "were skipped: look at them again": "项曾跳过：再看一遍",
    "clear the filter": "清除筛选",
    "line": "行",
    "column": "列",
    "was decided meanwhile by": "已由他人决定：",
    "taken back": "已撤销",
    "there is nothing to undo": "没有可撤销的决定",
    "replacement": "改为",
    "save": "保存",
    "cancel": "取消",
    "close": "关闭",
    "of these": "处，共",
    "Decide": "决定",
    "findings of this pattern": "处同一模式",
    "samples": "样例",
    "Only the open ones of the present filter are covered.": "仅包括当前筛选下的待定项。",
    "back": "返回",
    "earlier": "前一段",
    "later": "后一段",
    "next": "下一处",
    "removed": "已删除",
    "finding": "待审",
    "decision": "决定",
    "the text as the decisions make it now": "按当前决定修复后的全文",
    "take this edit back": "撤销这处修改",
    "put this edit back": "恢复这处修改",
    "This link has been used. A new one is in the terminal.":
        "此链接已使用过，新的链接见终端。",
    "The session has ended. Open the address in the terminal.":
        "会话已结束，请打开终端中的地址。",
    "The program does not answer. Is it still running?": "程序没有回应，是否仍在运行？",
    "Good work. You can close this page.": "辛苦了，可以关闭本页。",
    "keyboard": "键盘",
    "choose a candidate": "选择候选",
    "take back the last decision": "撤销上一个决定",
    "accept the whole pattern": "接受整个模式",
    "reject the whole pattern": "拒绝整个模式",
    "next and previous pattern": "下一个、上一个模式",
    "finish, or close what is open": "结束，或关闭当前窗口",
    "light or dark": "明暗",
    "Reviewer": "审校人",
    "certain": "置信度",
}  # fmt: skip

LANGUAGES = ("en", "zh")


def translator(language: str) -> Callable[[str], str]:
    """The words in one language; what has no translation stays English."""
    if language == "zh":
        known = KINDS | STAGES | CHINESE
        return lambda words: known.get(words, words)
    return lambda words: words


def preferred(asked: str, accepted: str) -> str:
    """The language that was asked for, else what Accept-Language puts first."""
    if asked in LANGUAGES:
        return asked
    return "zh" if accepted.lower().lstrip().startswith("zh") else "en"
