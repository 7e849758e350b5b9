"""Which part of a page is its article: the subtree of greatest weight.

The container is the element whose lines and parts have the greatest sum of weights
(weigh.py): the maximum subsequence of Pasternack and Roth (WWW 2009), taken over the tree and
not over the stream, so that what is found is an element. Parts whose names say that they are
something else are left out, as far as their names can be believed. All sums run in document
order, so that the same page has the same container, to the last bit.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

from repair.extract import signs
from repair.extract.lines import Line
from repair.extract.tree import Element
from repair.extract.weigh import names

LEAST = 60  # characters of prose below which a page's names are not believed
SHARE = 0.7  # of the prose: a part that has more is the article, whatever its name
SURE = 0.9  # … and where the name is never an article's
CAP = 50.0  # … and the most that one part takes from the block around it
ROUNDS = 40  # parts that are doubted one by one, the largest first
NEARLY = 0.92  # of a container's weight: a part that has it is the container
MOST = 0.7  # … if the rest is worth less than nothing
LOST = 0.2  # what a part that is left out weighs against the block around it
_APART_TAGS = frozenset({"nav", "footer", "aside", "menu"})
_NOT_SHOWN = re.compile(r"display\s*:\s*none", re.IGNORECASE)


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


def choose(root: Element, lines: list[Line], thread: bool) -> list[Line]:
    """The lines of the article's container, without those of its parts that are apart."""
    page = [element for element in root.iter() if isinstance(element.tag, str)]
    off = inside(_away(page, lines, thread))
    kept = [line for line in lines if not off(line.holder)]

    def weight(line: Line) -> float:
        return -LOST * abs(line.weight) if off(line.holder) else line.weight

    values = _upwards(page, lines, weight, CAP)
    best = root
    for element in page:  # the last of the best is the innermost
        if values.get(element, 0.0) >= values.get(best, 0.0):
            best = element
    if not thread:
        best = _closest(best, values, _upwards(page, lines, weight, float("inf")))
    around = best.getparent() if best.get("class") else None
    family = (
        [best]
        if around is None
        else [
            one
            for one in around.iterchildren(best.tag)
            if one is best or (one.get("class") == best.get("class") and values.get(one, 0.0) > 0)
        ]
    )
    of = inside(family)
    return [line for line in kept if of(line.holder)]


def _upwards(
    page: list[Element], lines: list[Line], weight: Callable[[Line], float], cap: float
) -> dict[Element, float]:
    """The value of each element that holds a line: its own lines and its parts, of which none
    takes away more than `cap`: a list of links amid a text does not undo the text."""
    values: dict[Element, float] = {}
    for line in lines:
        values[line.holder] = values.get(line.holder, 0.0) + weight(line)
    for element in reversed(page):
        parent = element.getparent()
        if element in values and parent is not None:
            values[parent] = values.get(parent, 0.0) + max(values[element], -cap)
    return values


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


def _away(page: list[Element], lines: list[Line], thread: bool) -> set[Element]:
    """The parts whose names or style say that they are no article, as far as believable:
    none holds nearly all the prose, and what is left holds some."""

    def prose(line: Line) -> float:
        return max(line.weight, 0.0)

    sums = _upwards(page, lines, prose, 0.0)
    whole = sums.get(page[0], 0.0)
    held = [element for element in page if element in sums]
    answers = [element for element in held if replies(element)]
    if thread:
        answered = inside(answers)
        around: set[Element] = set()
        for element in answers:
            for above in element.iterancestors():
                if above in around:
                    break
                around.add(above)
        away = [e for e in held if apart(e) and not answered(e) and e not in around]
    else:
        away = [e for e in held if replies(e) or apart(e)]
    away += [e for e in held if hidden(e)]
    away = [e for e in away if sums[e] <= (SURE if names(e) & signs.ELSEWHERE else SHARE) * whole]
    away.sort(key=lambda element: -sums[element])
    for doubted in range(min(len(away), ROUNDS)):
        off = inside(away[doubted:])
        if sum(prose(line) for line in lines if not off(line.holder)) >= LEAST:
            return set(away[doubted:])
    return set(away) if whole < LEAST else set()


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
