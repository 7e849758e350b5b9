"""The article's lines: the container's, without what stands before, after and between."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from repair.extract import signs
from repair.extract.lines import Line
from repair.extract.tree import Element
from repair.extract.weigh import LABEL, NOISE, choose, inside, is_label, names, reserves, weigh

HEAD = 12  # lines before the first paragraph that may be its heading
PARAGRAPH = 30  # weight of lines that are surely text, after which nothing is a heading's
INTRO = 100  # … and after which no title is looked for
TAIL = 0.05  # of the text may stand after a line that says that the article has ended
ONLY = 6.0  # times as much in answers as in text: there is no text


def body(root: Element, lines: list[Line], titles: list[str]) -> list[Line]:
    """The lines of the article."""
    weigh(lines)
    thread = is_thread(root, lines, titles[0] if titles else "")
    if thread:
        weigh(lines, _parts(root, signs.POSTS))
    _, chosen = choose(root, lines, thread)
    if thread:
        kept = [line for line in chosen if not is_label(line) and not _of_poster(line)]
        kept = _topic(lines, kept, titles) + kept
    else:
        kept = [line for line in chosen if not _idle(line)]
        kept = _without_tail(_without_head(kept, titles))
    return kept


def _parts(root: Element, words: frozenset[str]) -> Callable[[Element | None], bool]:
    """A test whether an element lies in a part with such a name."""
    return inside(
        element
        for element in root.iter()
        if isinstance(element.tag, str)
        and element.tag not in ("html", "body")
        and names(element) & words
    )


def is_thread(root: Element, lines: list[Line], title: str) -> bool:
    """Whether the page is a thread, where answers are content and not comments: two of its
    names, its words, its title, and answers that outweigh the text; or hardly any text."""
    answered = _parts(root, signs.REPLIES)
    answers = text = 0.0
    for line in lines:
        if answered(line.holder):
            answers += 0 if is_label(line) else line.free
        elif line.linked == 0:
            text += max(line.weight, 0.0)
    if answers > ONLY * text:
        return True
    named = sum(
        bool(names(element) & signs.THREAD)
        for element in root.iter()
        if isinstance(element.tag, str)
    )
    words = sum(len(signs.THREAD_WORDS.findall(line.text[:200])) for line in lines)
    return (named >= 5) + (words >= 3) + bool(signs.THREAD_TITLE.search(title)) + (
        answers > text
    ) >= 2


def _of_poster(line: Line) -> bool:
    """Whether the line is short and stands in a part of a post that is not its text."""
    if len(line.text) > LABEL:
        return False
    own = names(line.holder)
    parent = line.holder.getparent()
    above = names(parent) if parent is not None else frozenset()
    return bool(own & signs.POSTER and not own & signs.BODY) or bool(
        not own & signs.BODY and above & signs.POSTER and not above & (signs.BODY | signs.POSTS)
    )


def _topic(lines: list[Line], kept: list[Line], titles: list[str]) -> list[Line]:
    """The thread's title, where it stands over the first post and not in it."""
    if not kept:
        return []
    first = lines.index(kept[0])
    known = {key(title) for title in titles}
    for line in reversed(lines[:first]):
        if len(line.text) >= 4 and line.linked == 0 and key(line.text) in known:
            return [line]
    return []


def _idle(line: Line) -> bool:
    """Whether the line is nothing but buttons, labels, numbers and links."""
    if line.linked * 2 > len(line.text):
        return True
    return len(line.text) <= LABEL and bool(signs.WIDGETS.fullmatch(line.text))


def key(text: str) -> str:
    """What counts when titles are compared."""
    return NOISE.sub("", text).lower()


def is_meta(text: str) -> bool:
    """Whether the line is about the text: its source, author, date, size of type."""
    if len(text) > 2 * LABEL:
        return False
    if signs.META.match(text):
        return len(text) <= LABEL or bool(signs.DATE.search(text))
    rest, dates = signs.DATE.subn("", text)
    return bool(dates) and len(NOISE.sub("", rest)) <= 30 and not signs.STOP.search(text)


def _without_head(lines: list[Line], titles: list[str]) -> list[Line]:
    known = {key(title) for title in titles} - {""}
    last = -1
    before = 0.0
    for i, line in enumerate(lines[:HEAD]):
        heading = key(line.text) in known or (
            len(line.text) >= 6 and any(key(line.text) in title for title in known)
        )
        if heading or (before < PARAGRAPH and is_meta(line.text)):
            last = i
        else:
            before += max(line.weight, 0.0)
        if before > INTRO:
            break
    return lines[last + 1 :]


def _without_tail(lines: list[Line]) -> list[Line]:
    total = sum(max(line.weight, 0.0) for line in lines)
    after = 0.0
    end = len(lines)
    for i in range(len(lines) - 1, -1, -1):
        line = lines[i]
        after += max(line.weight, 0.0)
        if after > TAIL * total:
            break
        if len(line.text) <= 2 * LABEL and signs.AFTER.match(line.text):
            end = i
    lines = lines[:end]
    while lines and _ends_nothing(lines[-1]):
        lines = lines[:-1]
    return lines


def _ends_nothing(line: Line) -> bool:
    if reserves(line.text):
        return True
    return len(line.text) <= LABEL and bool(signs.EDITOR.match(line.text))


def once(texts: list[str]) -> list[str]:
    """Without the second copy where the page holds its text twice."""
    seen: set[str] = set()
    again = 0
    for text in texts:
        if len(text) >= 15 and text in seen:
            again += len(text)
        seen.add(text)
    if again < 0.3 * sum(map(len, texts)):
        return texts
    seen.clear()
    once = []
    for text in texts:
        if text in seen and len(text) >= 4:
            continue
        seen.add(text)
        once.append(text)
    return once


def title(titles: Sequence[str], above: Sequence[Line], texts: Sequence[str]) -> str | None:
    """The article's title: the longest line over the text that a title of the page repeats;
    else, where the page's titles stand nowhere, the line over the text that could be one;
    else the page's own first title."""
    known = [key(one) for one in titles]
    over = [line.text for line in reversed(above)]
    repeated = [
        text
        for text in (*over, *texts[:3])
        if len(key(text)) >= 4 and len(text) <= 2 * LABEL and any(key(text) in one for one in known)
    ]
    if repeated:
        return max(repeated, key=lambda text: len(key(text)))
    for line in reversed(above[-5:]):
        short = 5 <= len(line.text) <= LABEL
        if short and line.linked == 0 and not is_label(line) and not is_meta(line.text):
            return line.text
    return titles[0] if titles else None
