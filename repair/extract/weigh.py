"""Which part of a page is its article: the subtree of greatest weight.

A line of prose weighs as many points as it has characters outside links; a line of links, or
a short one without punctuation, weighs against. The container is the subtree with the
greatest sum: the maximum subsequence of Pasternack and Roth (WWW 2009), taken over the tree
and not over the stream, so that what is found is an element.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from functools import lru_cache
from itertools import groupby

from repair.extract import signs
from repair.extract.lines import Line
from repair.extract.tree import Element

SHORT = -6.0  # a short line without punctuation: a label, a date, a name
LINK = -10.0  # a line of links, beside its characters
LABEL = 60  # characters of a line that may be a label
PROSE = 12  # characters outside links from which a run with punctuation is prose
LONG = 40  # … and without
LEAST = 60  # characters of prose below which a page's names are not believed
REST = 0.1  # … and the share of the prose
CAP = 80.0  # … and the most that one part takes from the block around it
NEARLY = 0.9  # of a container's weight: a part that has it is the container
MOST = 0.6  # … if the rest is worth less than nothing
LOST = 0.2  # what a part that is left out weighs against the block around it

NOISE = re.compile(r"[\W_]+")
_NAME = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])|\d+")
_APART_TAGS = frozenset({"nav", "footer", "aside", "menu"})
_RUNNING = frozenset({"p", "div", "dd", "section", "blockquote"})  # siblings that make a text
_NOT_SHOWN = re.compile(r"display\s*:\s*none", re.IGNORECASE)


@lru_cache(maxsize=4096)
def words(name: str) -> frozenset[str]:
    """The parts of an `id` or `class`, in lower case, and each name whole.

    >>> sorted(words("articleShare side-bar2"))
    ['article', 'articleshare', 'bar', 'share', 'side', 'sidebar']
    """
    parts = {part.lower() for part in _NAME.findall(name)}
    whole = {re.sub(r"[^a-z]", "", one.lower()) for one in name.split() if ":" not in one}
    return frozenset(part for part in parts | whole if not part.isdigit() and part)


def names(element: Element) -> frozenset[str]:
    """The words of the element's id and classes."""
    return words(f"{element.get('id') or ''} {element.get('class') or ''}"[:400])


def weigh(lines: list[Line], posts: Callable[[Element | None], bool] | None = None) -> None:
    """Gives each line its weight. In a thread (`posts`) the labels of a post cost nothing.
    Lines that follow one another in one block, or in blocks of one kind, are judged together:
    a poem, a paragraph broken by `<br>`, a list of titles."""
    for _, group in groupby(lines, key=_kind):
        run = list(group)
        free = sum(line.free for line in run if line.linked * 2 <= len(line.text))
        marks = sum(len(signs.PUNCTUATION.findall(line.text)) for line in run)
        linked = sum(line.linked for line in run)
        prose = (free >= LONG and linked < free) or (free >= PROSE and marks > 0)
        for line in run:
            if posts is not None and posts(line.holder):
                line.weight = 0.0 if is_label(line) else float(line.free)
            elif line.linked * 2 > len(line.text):
                line.weight = LINK - line.linked
            elif not prose:
                line.weight = SHORT
            elif reserves(line.text):
                line.weight = 0.0
            else:
                line.weight = float(line.free - line.linked)


def _kind(line: Line) -> object:
    holder = line.holder
    if holder.tag not in _RUNNING:
        return holder
    return holder.getparent(), holder.tag, holder.get("class")


def is_label(line: Line) -> bool:
    """Whether the line is a button, a counter, a link or says who posted when from where."""
    text = line.text
    if line.linked * 2 > len(text):
        return True
    if len(text) > LABEL:
        return False
    rest, dates = signs.DATE.subn("", text)
    if dates and len(NOISE.sub("", rest)) <= 16 and not signs.STOP.search(rest):
        return True
    return bool(signs.META.match(text) or signs.WIDGETS.fullmatch(rest))


def reserves(text: str) -> bool:
    """Whether the line is about the site and its rights: it names the site, its copyright or
    its reprints, and has a word of such lines every 40 characters."""
    return bool(signs.SITE.search(text)) and len(signs.RIGHTS.findall(text)) * 40 > len(text)


def apart(element: Element) -> bool:
    """Whether the element's name says that it is no part of an article."""
    if element.tag in ("html", "body", "article", "main"):
        return False
    if element.tag in _APART_TAGS:
        return True
    own = names(element)
    return bool(own & signs.ELSEWHERE or (own & signs.APART and not own & signs.BODY))


def replies(element: Element) -> bool:
    """Whether the element's name says that it holds what readers answered."""
    return element.tag not in ("html", "body") and bool(names(element) & signs.REPLIES)


def hidden(element: Element) -> bool:
    """Whether the element is not shown."""
    style = element.get("style")
    return "hidden" in element.attrib or bool(style and _NOT_SHOWN.search(style[:400]))


def choose(root: Element, lines: list[Line], thread: bool) -> tuple[Element, list[Line]]:
    """The container of the article and its lines, without those of its parts that are apart."""
    away = _away(root, lines, thread)
    off = inside(away)
    kept = [line for line in lines if not off(line.holder)]
    own: dict[Element, float] = {}
    for line in lines:
        weight = -LOST * abs(line.weight) if off(line.holder) else line.weight
        own[line.holder] = own.get(line.holder, 0.0) + weight
    sums = _values(own, CAP)
    best = max(sums, key=lambda element: (sums[element], _order(element)), default=root)
    if not thread:
        best = _closest(best, sums, _values(own, float("inf")))
    family = [best]
    if best.get("class"):
        family += [
            other
            for other in best.itersiblings(best.tag)
            if other.get("class") == best.get("class") and sums.get(other, 0.0) > 0
        ]
    of = inside(family)
    return best, [line for line in kept if of(line.holder)]


def _closest(best: Element, values: dict[Element, float], full: dict[Element, float]) -> Element:
    """The smallest part of the container that holds nearly all of its weight, or most of it
    where the rest does not pay for the links and labels that come with it (`full`: the
    values without a cap)."""
    chosen = part = best
    while len(part):
        part = max(part, key=lambda child: values.get(child, 0.0))
        if part not in values:
            break
        pays = full[part] >= full[best]
        if values[part] >= (MOST if pays else NEARLY) * values[best]:
            chosen = part
    return chosen


def _away(root: Element, lines: list[Line], thread: bool) -> set[Element]:
    """The parts whose names or style say that they are no article, as far as believable:
    what is left must hold some prose."""
    prose = _sums(lines, lambda line: max(line.weight, 0.0))
    whole = prose.get(root, 0.0)
    answers = {e for e in prose if replies(e)}
    if thread:
        answered = inside(answers)
        around = {above for e in answers for above in e.iterancestors()}
        away = {e for e in prose if apart(e) and not answered(e) and e not in around}
    else:
        away = answers | {e for e in prose if apart(e)}
    away |= {e for e in prose if hidden(e)}
    doubted = sorted(away, key=lambda e: -prose[e])
    doubted.sort(key=lambda e: bool(names(e) & signs.ELSEWHERE))
    for element in doubted:
        off = inside(away)
        left = sum(max(line.weight, 0.0) for line in lines if not off(line.holder))
        if left >= LEAST and left >= REST * whole:
            break
        away.discard(element)
    return away


def inside(elements: Iterable[Element]) -> Callable[[Element | None], bool]:
    """A test whether an element is one of these or lies in one, remembering its answers."""
    known = dict.fromkeys(elements, True)

    def test(element: Element | None) -> bool:
        chain = []
        while element is not None and element not in known:
            chain.append(element)
            element = element.getparent()
        verdict = element is not None and known[element]
        known.update((one, verdict) for one in chain)
        return verdict

    return test


def _order(element: Element) -> int:
    return sum(1 for _ in element.iterancestors())


def _values(sums_own: dict[Element, float], cap: float) -> dict[Element, float]:
    """The value of each element that holds a line: its own lines and its parts, of which none
    takes away more than `cap`: a list of links amid a text does not undo the text."""
    values: dict[Element, float] = {}
    seen = set(sums_own)
    for element in sums_own:
        for parent in element.iterancestors():
            if parent in seen:
                break
            seen.add(parent)
    deep = sorted(((_order(element), element) for element in seen), key=lambda one: -one[0])
    for _, element in deep:
        value = values.get(element, 0.0) + sums_own.get(element, 0.0)
        values[element] = value
        parent = element.getparent()
        if parent is not None:
            values[parent] = values.get(parent, 0.0) + max(value, -cap)
    return values


def _sums(lines: list[Line], weight: Callable[[Line], float]) -> dict[Element, float]:
    """The weight of each element that holds a line: its lines and those of its parts."""
    own: dict[Element, float] = {}
    for line in lines:
        own[line.holder] = own.get(line.holder, 0.0) + weight(line)
    sums: dict[Element, float] = {}
    for element, value in own.items():
        node: Element | None = element
        while node is not None:
            sums[node] = sums.get(node, 0.0) + value
            node = node.getparent()
    return sums
