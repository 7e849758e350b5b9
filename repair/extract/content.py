"""The article's lines: the container's, without what stands before, after and between."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from repair.extract import bylines, signs
from repair.extract.container import choose, inside
from repair.extract.lines import Line
from repair.extract.tree import Element
from repair.extract.weigh import LABEL, NOISE, is_label, names, of_rights, reserves, weigh

HEAD = 12  # lines before the first paragraph that may be its heading
PARAGRAPH = 30  # weight of lines that are surely text, after which nothing is a heading's
INTRO = 100  # … and after which no title is looked for
TAIL = 0.05  # of the text may stand after a line that says that the article has ended
TAIL_OF_TWO = 0.25  # … and after two of them
HEADING = 12  # characters of a line that heads a list of links
LEVELS = 4  # elements from a line upwards whose names are asked what part of a post it is
ONLY = 6.0  # times as much in answers as in text: there is no text


def body(root: Element, lines: list[Line], titles: list[str]) -> list[Line]:
    """The lines of the article."""
    weigh(lines)
    thread = is_thread(root, lines, titles[0] if titles else "")
    if thread:
        weigh(lines, _parts(root, signs.POSTS))
    chosen = choose(root, lines, thread)
    if thread:
        kept = [line for line in chosen if not is_label(line) and not _of_poster(line)]
        kept = _topic(lines, kept, titles) + kept
    else:
        kept = [line for line, *ahead in _windows(chosen) if not _idle(line, ahead)]
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
    return (named >= 3) + (words >= 3) + bool(signs.THREAD_TITLE.search(title)) + (
        answers > text
    ) >= 2


def _of_poster(line: Line) -> bool:
    """Whether the line is short and stands in a part of a post that is not its text."""
    if len(line.text) > LABEL:
        return False
    element: Element | None = line.holder
    for _ in range(LEVELS):
        own = names(element) if element is not None else frozenset()
        if own & signs.BODY:
            return False
        if own & signs.POSTER:
            return True
        if own & signs.POSTS or element is None:
            return False
        element = element.getparent()
    return False


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


def _links(line: Line) -> bool:
    return line.linked * 2 > len(line.text)


def _windows(lines: list[Line]) -> list[list[Line]]:
    """Each line with the two behind it."""
    return [lines[i : i + 3] for i in range(len(lines))]


def _idle(line: Line, ahead: list[Line]) -> bool:
    """Whether the line is nothing but buttons, labels, numbers and links, or heads a list
    of links."""
    if _links(line):
        return line.free < 4
    label = line.weight < 0 and len(line.text) <= HEADING and not signs.STOP.search(line.text)
    if label and len(ahead) == 2 and all(_links(other) for other in ahead):
        return True
    if len(line.text) == 1 and not line.text.isdigit():
        return True
    if len(line.text) > LABEL or signs.SENTENCE.search(line.text):
        return False
    number = line.text[0].isdigit() and not signs.LETTER.search(line.text)
    if number and line.holder.tag in ("td", "th", "p"):
        return False  # a cell of a table, the number of a section
    return bool(signs.WIDGETS.fullmatch(line.text))


def key(text: str) -> str:
    """What counts when titles are compared."""
    return NOISE.sub("", text).lower()


def is_meta(text: str) -> bool:
    """Whether the line is about the text: its source, author, date, size of type."""
    if len(text) > 2 * LABEL or (signs.SENTENCE.search(text) and not signs.DATE.search(text)):
        return False
    if bylines.LINE.fullmatch(text):
        return True
    if signs.META.match(text):
        return len(text) <= LABEL or bool(signs.DATE.search(text))
    rest, dates = signs.DATE.subn("", text)
    return bool(dates) and len(NOISE.sub("", rest)) <= 30 and not signs.STOP.search(text)


def _without_head(lines: list[Line], titles: list[str]) -> list[Line]:
    known = {key(title) for title in titles} - {""}
    last = -1
    before = intro = 0.0
    for i, line in enumerate(lines[:HEAD]):
        text = line.text
        heading = key(text) in known or (
            len(text) >= 6 and any(key(text) in title for title in known)
        )
        if heading or (before < PARAGRAPH and is_meta(text)):
            last = i
            continue
        intro += max(line.weight, 0.0)
        if len(text) > LABEL or signs.STOP.search(text) or signs.DATELINE.search(text):
            before += max(line.weight, 0.0)
        if intro > INTRO:
            break
    return lines[last + 1 :]


def _without_tail(lines: list[Line]) -> list[Line]:
    """The lines up to the first that says that the article has ended, if hardly any text
    stands after it; two such lines in a row may have more after them than one."""
    total = sum(max(line.weight, 0.0) for line in lines)
    after = 0.0
    end = len(lines)
    for i in range(len(lines) - 1, -1, -1):
        line = lines[i]
        if _ends(line):
            row = i + 1 < len(lines) and _ends(lines[i + 1])
            if after <= (TAIL_OF_TWO if row else TAIL) * total:
                end = i
        elif not of_rights(line.text):
            after += max(line.weight, 0.0)
        if after > TAIL_OF_TWO * total:
            break
    return lines[:end]


def _ends(line: Line) -> bool:
    """Whether the line says that the article has ended: who edited it, what is related to
    it, whose rights it has."""
    text = line.text
    if reserves(text):
        return True
    if len(text) > LABEL or signs.SENTENCE.search(text):
        return False  # what the editor asks in an interview; 打印 of 打印机
    return bool(signs.EDITOR.match(text) or signs.AFTER.match(text))


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
    repeated = [
        line
        for line in reversed(above)
        if len(key(line.text)) >= (2 if line.holder.tag in ("h1", "h2") else 4)
        and len(line.text) <= 2 * LABEL
        and any(key(line.text) in one for one in known)
    ]
    own = [text for text in texts[:3] if len(key(text)) >= 4 and key(text) in known]
    over = [line.text for line in repeated if line.linked == 0] + own
    if over:
        return max(over, key=lambda text: len(key(text)))
    for line in reversed(above):
        if "title" in names(line.holder) and line.linked == 0 and 5 <= len(line.text) <= LABEL:
            return line.text
    if repeated:
        return repeated[0].text
    free = [
        line.text
        for line in above[-5:]
        if 5 <= len(line.text) <= LABEL and line.linked == 0 and not is_label(line)
    ]
    plain = [text for text in free if not is_meta(text)]
    if plain:
        return max((text for text in plain if key(plain[-1]) in key(text)), key=len)
    return titles[0] if titles else None
