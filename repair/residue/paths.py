"""Breadcrumbs and channel bars: rows of short items that need not all be known words."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache, lru_cache

from repair import rules
from repair.patterns import lazy
from repair.residue.fold import HANZI
from repair.residue.lexicon import Some, Weight, lexicon
from repair.residue.lines import Action, Verdict
from repair.residue.literals import ENDS

_JOINT = lazy(r"\s*(?:>+|->|\s-\s|/|\|)\s*")
_ARROW = lazy(r"\s*-*>(?:\s*-*>)*\s*")
_ROOTED = lazy(r"[:·\[\s]*(?:[^\s>/|-]{0,6}(?:首页|主页)|home)\s*(?:>|/|»|\s-\s)")
_BAR = lazy(r"\s*[|·/]\s*|\s+-\s+|\s{2,}|\s")
# An item of a menu that no list knows: a section's modifier and a head noun of menus.
_HEADS = (
    "新闻|动态|资讯|中心|公告|公示|公开|服务|指南|专栏|专题|频道|论坛|简介|概况|介绍|订阅|下载"
    "|发布|信箱|回顾|排行|视频|图片|留言|导航|互动|法规|解读|文书|机构|领导|之窗|平台|大厅|信息|社区|博客|观察|评论|访谈"
    "|民生|版|网|报|封面|直播|查询|投诉|建议|政策|文化|教育|资料|数据|统计|问答|园地|天地|风采|咨询|调查|入口|首页|专区|图文|报道|采购|部门|媒体|单位|意见|纠错|信箱|之家|报送|网站|地图|指引|开放|推荐|看点|热榜|榜单|频道页|公报|年报|目录|信访|办事|大事|要闻|速递|专区|应用|产品|案例|业务|审判|执行|诉讼|法院|检察|警务|旅游|经济|生活|娱乐|体育|财经|国际|国内|社会|健康|汽车|房产|科技|交流|合作|培训|招聘"
)
_MENU = lazy(f"[{HANZI}]{{1,5}}(?:{_HEADS})")
_HOME = lazy(r"\S{0,6}(?:首页|主页)")
_WORD = lazy(f"[{HANZI}]{{2,6}}")
_BOXED = lazy(r"(?:\[[^\[\]]{1,10}\]\s*){3,}")
_SENTENCE = lazy(r"[。！？；，!?;,]")
_HAN = lazy(f"[{HANZI}]")
LONGEST = 160  # characters of a path
ITEM = 14  # characters of an item of a row
GLUED, LEAST_GLUED = 6, 12  # known words and characters from which a line may be a glued menu


@dataclass(frozen=True, slots=True)
class Path:
    """A breadcrumb: what to do with its line, and the section that it names."""

    verdict: Verdict
    section: str  # as folded text has it; empty where there is none
    start: int  # of the section, in the line
    end: int


@cache
def _labels() -> re.Pattern[str]:
    labels = sorted(rules.table("residue")["RES002"].data["labels"], key=len, reverse=True)
    return re.compile(rf"^[\s·\[>|]*(?:{'|'.join(labels)})\s*[:>\]]+\s*")


def patterns() -> list[str]:
    """One of them matches in every breadcrumb, or it holds a `>`."""
    return [_labels().pattern, _ROOTED.pattern]


def menu_words() -> list[str]:
    """One of them stands in every item of a row that no list knows; a single character with what
    may follow an item."""
    words = _HEADS.split("|")
    return [word + end for word in words for end in (ENDS if len(word) == 1 else ("",))]


def breadcrumb(line: str) -> Path | None:
    """The breadcrumb that the whole folded line is, or None.

    With a label in front a known root or an arrow is enough. Without one, a known root or
    leaf or nothing but sections must stand there; other short items are only asked about."""
    data = rules.table("residue")["RES002"].data
    label = _labels().match(line)
    if not label and not _ROOTED.match(line) and (">" not in line or "<" in line):
        return None
    if len(line) > LONGEST:
        return None
    at = label.end() if label else 0
    rooted = bool(_ROOTED.match(line, at))
    joints = (_JOINT if label or rooted else _ARROW).finditer(line, at)
    items: list[tuple[int, int]] = []
    for joint in joints:
        items.append((at, joint.start()))
        at = joint.end()
    items.append((at, len(line.rstrip())))
    spans = [(s, e) for s, e in items if line[s:e].strip(" ·:[]()\"'")]
    names = [line[s:e].strip(" ·:[]") for s, e in spans]
    if not names or (not label and (len(names) < 2 or not _HAN.search(line))):
        return None
    leaves = set(data["leaves"])
    inner = [(span, name) for span, name in zip(spans, names, strict=True) if name not in leaves]
    root = names[0] in data["roots"] or names[0].endswith(("首页", "主页"))
    site = len(names) > 2 and names[0].endswith(("网", "报", "频道", "论坛", "中心", "在线"))
    section = inner[-1] if len(inner) > 1 or (inner and not root) else None
    steps = names[:-1] if len(names) > 2 else names  # the last one may be the article's title
    short = all(len(n) <= 16 and not _SENTENCE.search(n) for n in steps) and len(names[-1]) <= 60
    known = re.compile(f"(?:{data['sections']})$")
    if label:
        sure = short and (
            len(names) > 1 or root or names[0] in leaves or bool(known.search(names[0]))
        )
        doubtful = False
        title = len(names) > 2 and len(names[-1]) > 16
        section = (spans[-2], names[-2]) if title and section else section
    else:
        named = sum(bool(known.search(n)) or n in lexicon().words for n in names)
        sure = short and (root or names[-1] in leaves or named == len(names)) and named > 0
        sure = sure or (short and (root or (site and named * 3 >= len(names) * 2)))
        doubtful = short and named * 2 >= len(names) > 2 and not re.search(r"[=+*\d]\s*>", line)
    if not sure and not doubtful:
        return None
    verdict = Verdict(
        Action.REMOVE if sure else Action.ASK,
        "RES002",
        0.9995 if sure else 0.9,
        "a path of " + " > ".join(names[:6]),
    )
    if not section or not sure:
        return Path(verdict, "", 0, 0)
    (start, end), name = section
    return Path(verdict, name, start, end)


def bar(line: str, clauses: Some = None) -> Verdict | None:
    """A row of short items with the site's own words among them; three are only asked about."""
    if (
        not (_BAR.search(line) or line.startswith("["))
        or line.startswith("|")
        or _SENTENCE.search(line)
        or len(line) > 400
    ):
        return None
    boxed = _BOXED.fullmatch(line)
    split = line[1:].split("[") if boxed else _BAR.split(line.strip())
    items = [item.strip("[]() ·") for item in split]
    items = [item for item in items if item]
    if len(items) < 3 or max(map(len, items)) > ITEM or not _HAN.search(line):
        return None
    three = len(items) == 3 and not boxed
    if three and not all(map(_WORD.fullmatch, items)):
        return None
    home = any(map(_HOME.fullmatch, items))
    weights = [_weight(item, clauses) for item in items]
    sure = sum(weight is Weight.SURE for weight in weights)
    known = sum(weight is not None for weight in weights)
    menu = sum(
        weight is not None or bool(_MENU.fullmatch(item))
        for weight, item in zip(weights, items, strict=True)
    )
    told = f"a row of {len(items)} items, {known} of them known"
    if three:
        return Verdict(Action.ASK, "RES007", 0.6, told) if menu > 1 else None
    piped = line.count("|") >= len(items) // 2
    if boxed and known * 5 >= len(items) * 3:
        return Verdict(Action.REMOVE, "RES007", 0.9985, told)
    if home and menu * 5 >= len(items) * 3:
        return Verdict(Action.REMOVE, "RES007", 0.9985, told)
    if (home and (known >= 2 or piped)) or (sure >= 2 and sure * 3 >= len(items)):
        return Verdict(Action.REMOVE, "RES007", 0.9985, told)
    if menu == len(items) and known and len(items) > 3:
        return Verdict(Action.REMOVE, "RES007", 0.9985, told)
    if sure >= 2 and len(items) >= 6 and known >= len(items) - 1:
        return Verdict(Action.REMOVE, "RES007", 0.9985, told)
    if piped and sure and known * 2 >= len(items):
        return Verdict(Action.REMOVE, "RES007", 0.9985, told)
    if menu * 5 >= len(items) * 4 and len(items) >= 4:
        return Verdict(Action.ASK, "RES007", 0.8, told)
    if known >= 3 and known * 2 >= len(items) and len(items) >= 5 or (piped and sure):
        return Verdict(Action.ASK, "RES007", 0.9, told)
    rows = line.count("|") >= len(items) - 1 and max(map(len, items)) <= 10  # not a table's
    words = all(_WORD.fullmatch(item) for item in items)
    if (rows and menu) or (words and menu * 2 >= len(items)):
        return Verdict(Action.ASK, "RES007", 0.6, told)
    return None


@lru_cache(maxsize=10_000)
def _weight(item: str, clauses: Some) -> Weight | None:
    """The strongest token of an item that is known as a whole."""
    tokens = lexicon().consume(item, clauses)
    weights = [token.weight for token in tokens or () if token.weight]
    return max(weights) if weights else None


def glued(line: str, clauses: Some = None) -> Verdict | None:
    """A menu whose items extraction joined without a space: nearly all of it known words."""
    if not LEAST_GLUED <= len(line) <= 200 or _SENTENCE.search(line):
        return None
    found = lexicon()
    here = missed = count = 0
    while here < len(line):
        tokens = [
            t for t in found.known(line, here, here == 0, clauses) if t.weight > Weight.FILLER
        ]
        longest = max(tokens, key=lambda t: t.end, default=None)
        if longest is None or longest.end - here < 2:
            here += 1
            missed += 1
            if missed * 4 > len(line):
                return None
            continue
        count += 1
        here = longest.end
    if count < GLUED:
        return None
    told = f"{count} known sections and links make {len(line) - missed} of {len(line)} characters"
    if line.startswith("首页") or "首页" in line[:10]:
        return Verdict(Action.REMOVE, "RES007", 0.9985, told)
    return Verdict(Action.ASK, "RES007", 0.8, told)
