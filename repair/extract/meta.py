"""A page's metadata: what its head, its scripts and its visible lines say.

Scripts are read as text, never run: JSON-LD by the JSON parser, variables by their names.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from repair.extract import bylines, dates
from repair.extract.lines import fold
from repair.extract.tree import Element

_DATE_NAMES = re.compile(
    r"^(?:article:published_time|og:(?:article:)?(?:published_time|release_date|time|pubdate)|"
    r"(?:publish(?:ed)?|pub|release|create|issue|post)[-_]?(?:date|time|at|d)?|"
    r"date|pubdate|date[-_.]?(?:published|publish|created|issued)|dc(?:terms)?\.(?:date|created|issued)[\w.]*|"
    r"weibo:\s?article:create_at|citation_(?:publication_|online_)?date|parsely-pub-date|"
    r"sailthru\.date|datepublished|apub:time)$",
    re.IGNORECASE,
)
_AUTHOR_NAMES = re.compile(
    r"^(?:author|article:author|og:article:author|citation_author|dc(?:terms)?\.creator|"
    r"byl|parsely-author|sailthru\.author|twitter:creator|mediaid_author)$",
    re.IGNORECASE,
)
_SOURCE_NAMES = re.compile(
    r"^(?:source|contentsource|mediaid|article:source|og:article:source|copyright_source)$",
    re.IGNORECASE,
)
_SCRIPT_DATE = re.compile(
    r"(?:\bct|publish_?time|pub_?time|publish_?date|pub_?date|create_?time|ctime|oriCreateTime|newsTime|"
    r"article_?date|datePublished)[\"']?\s{0,3}[=:]\s{0,3}[\"']?"
    r"(1\d{9}(?:\d{3})?|20\d\d[-/年]\d{1,2}[-/月]\d{1,2}[^\"';,<]{0,20})",
    re.IGNORECASE,
)
_URL_DATE = re.compile(
    r"[/_-](?P<y>(?:19|20)\d\d)[-/_]?(?P<m>0[1-9]|1[0-2])[-/_]?(?P<d>[0-2]\d|3[01])(?=[/_.\-a-z]|$)"
)
_LABELLED = re.compile(r"发布|发表|时间|日期|更新|来源|date|posted|publi", re.IGNORECASE)
_CLOCK = re.compile(r"GMT\s?[+-]|当前时间|现在时间|今天是", re.IGNORECASE)  # the page's own clock
_LD = 200_000  # characters of one JSON-LD block that are read


@dataclass(frozen=True, slots=True)
class Head:
    """What the head and the scripts of a page say."""

    titles: tuple[str, ...] = ()
    authors: tuple[str, ...] = ()
    moments: tuple[dates.Moment, ...] = ()
    sources: tuple[str, ...] = ()
    urls: tuple[str, ...] = ()


def head(root: Element) -> Head:
    """Reads `<title>`, headings, `<meta>`, `<link>`, JSON-LD and script variables."""
    titles: list[str] = []
    authors: list[str] = []
    moments: list[dates.Moment] = []
    sources: list[str] = []
    urls: list[str] = []
    late: list[dates.Moment] = []
    posters: list[str] = []
    headings: list[str] = []
    cited: list[str] = []
    for element in root.iter("meta", "link", "title", "script", "time", "h1", "a"):
        text = element.text or ""
        if element.tag == "title":
            titles.append(fold(text))
        elif element.tag == "h1":
            headings.append(fold(element.text_content()[:300]))
        elif element.tag == "link":
            if (element.get("rel") or "").lower() == "canonical":
                urls.append(element.get("href") or "")
        elif element.tag == "a":
            if element.get("rel") == "author" or "author=" in (element.get("href") or ""):
                posters.append(fold(element.text_content()[:60]))
        elif element.tag == "time":
            late += _moments(element.get("datetime") or "")
        elif element.tag == "script":
            if "ld+json" in (element.get("type") or ""):
                for found in _linked_data(text[:_LD]):
                    authors += found["author"]
                    titles += found["headline"]
                    moments += [m for one in found["datePublished"] for m in _moments(one)]
            else:
                for match in _SCRIPT_DATE.finditer(text):
                    late += _moments(match.group(1))
        else:
            name = element.get("name") or element.get("property") or element.get("itemprop") or ""
            content = fold((element.get("content") or "")[:300])
            if not content:
                continue
            if _DATE_NAMES.match(name):
                moments += _moments(content)
            elif _AUTHOR_NAMES.match(name):
                (cited if name.startswith("citation") else authors).append(content)
            elif _SOURCE_NAMES.match(name):
                sources.append(content)
            elif name.lower() in ("og:title", "twitter:title", "citation_title", "articletitle"):
                titles.insert(0, content)
            elif name.lower() == "og:url":
                urls.append(content)
    named = " ".join(titles)  # a text's own sections are often <h1> too
    titles += [one for one in headings if one in named] or headings[:1]
    return Head(
        tuple(title for title in dict.fromkeys(titles) if title),
        tuple(dict.fromkeys(author for author in cited or authors or posters[:1] if author)),
        tuple(moments + late),
        tuple(sources),
        tuple(urls),
    )


def _moments(text: str) -> list[dates.Moment]:
    moment = dates.iso(text)
    return [moment] if moment else []


def _linked_data(text: str) -> Iterator[dict[str, list[str]]]:
    """Author, headline and date of each thing that a JSON-LD block names."""
    try:
        stack: list[Any] = [json.loads(text)]
    except (ValueError, RecursionError):
        return
    while stack:
        thing = stack.pop()
        if isinstance(thing, list):
            stack.extend(reversed(thing[:200]))
        elif isinstance(thing, dict):
            graph = thing.get("@graph")
            if isinstance(graph, list):
                stack.extend(reversed(graph[:200]))
            if "headline" in thing or "datePublished" in thing:
                yield {
                    "author": _strings(thing.get("author"), "name"),
                    "headline": _strings(thing.get("headline")),
                    "datePublished": _strings(thing.get("datePublished")),
                }


def _strings(value: Any, key: str = "") -> list[str]:
    values = value if isinstance(value, list) else [value]
    found = [one.get(key) if isinstance(one, dict) else one for one in values[:20]]
    return [fold(one) for one in found if isinstance(one, str) and one.strip()]


def split(title: str) -> list[str]:
    """A page's title and its parts between the marks that sites set before their names."""
    parts = [part.strip() for part in re.split(r"\s*[_|\-—–«»丨<>]+\s*", title)]
    return [title, *(part for part in parts if len(part) >= 4)]


@dataclass(frozen=True, slots=True)
class Around:
    """The lines around the text and its own first and last ones."""

    above: tuple[str, ...]
    heading: tuple[str, ...]  # of these, between the title and the text
    first: tuple[str, ...]
    early: tuple[str, ...]  # more of the first ones, for the date of a thread's first post
    last: tuple[str, ...]
    below: tuple[str, ...]

    @property
    def top(self) -> tuple[str, ...]:
        """Where a byline stands: nearest to the text first."""
        return tuple(text for text in (*reversed(self.above), *self.first) if len(text) <= 120)

    @property
    def end(self) -> tuple[str, ...]:
        """Where a signature stands."""
        return tuple(text for text in (*reversed(self.last), *self.below) if len(text) <= 120)


def labelled(texts: Sequence[str]) -> tuple[str, ...]:
    """The lines, a label that stands alone joined with what follows: cells of a table."""
    joined: list[str] = []
    for text in texts:
        if joined and len(joined[-1]) <= 10 and joined[-1].endswith((":", "：")):
            joined[-1] += text
        else:
            joined.append(text)
    return tuple(joined)


def _label_of_date(text: str) -> float:
    """What the line's label adds: an official document is dated by when it was written."""
    if "成文" in text:
        return 6.0
    return 2.0 if _LABELLED.search(text) else 0.0


def date(page: Head, lines: Around) -> dates.Moment | None:
    """When the article was published: the best of what stands over it, in its own first and
    last lines, under it, in the head and in the address. A visible date near the text comes
    first, for it has the site's own clock and is the one that a reader sees; with a time and
    a label it is surest.
    """
    found: list[tuple[float, int, dates.Moment]] = []

    def add(score: float, moment: dates.Moment) -> None:
        if moment.time == "00:00:00":  # a machine's way to say that there is no time
            moment = dates.Moment(moment.date)
        found.append((score + (2 if moment.time else 0), -len(found), moment))

    for distance, text in enumerate(reversed(lines.above)):
        if len(text) > 200 or _CLOCK.search(text):
            continue
        for moment in dates.find(text):
            add(10 - distance * 0.25 + _label_of_date(text), moment)
    for moment in page.moments:
        add(8, moment)
    for text in lines.below:
        if len(text) <= 120 and not _CLOCK.search(text):
            for moment in dates.find(text):
                add(4 + _label_of_date(text) / 2, moment)
    for score, texts in ((7.5, lines.early), (5.0, lines.last)):
        for text in texts:
            if len(text) <= 40:
                for moment in dates.find(text, loose=True):
                    add(score, moment)
    for text in (*lines.below[:3], *lines.above[-3:]):
        if len(text) <= 60:
            for moment in dates.find(text, loose=True):
                add(3, moment)
    for url in page.urls:
        match = _URL_DATE.search(url)
        if match:
            add(2, dates.Moment("-".join(match.group("y", "m", "d"))))
    if not found:
        return None
    best = max(found)[2]
    others = {moment.date for _, _, moment in found if not moment.unsure}
    if best.unsure and best.other in others and best.date not in others:
        return dates.Moment(best.other, best.time)
    if best.time is None:
        for _, _, moment in sorted(found, reverse=True):
            if moment.date == best.date and moment.time:
                return dates.Moment(best.date, moment.time)
    return best


def author(page: Head, lines: Around, title: str) -> str | None:
    """Who wrote it, names separated by a space: who reports before who edits, what stands
    over the text before what the head and the text's last lines say."""
    top, end = lines.top, lines.end
    ends = (*(text[:100] for text in lines.first), *(text[-60:] for text in reversed(lines.last)))
    dated = tuple(text for text in top if next(dates.find(text), None))
    prefix = bylines.PREFIX.match(title)
    return (
        _together((*lines.above, *(text for text in lines.first if len(text) <= 40)))
        or _first(bylines.BRACKETED, dated)
        or _label(bylines.AUTHOR, top)
        or _first(bylines.WROTE, top)
        or _of_head(page)
        or _label(bylines.POSTED, top)
        or _alone((*reversed(lines.heading), *lines.first[:4]))
        or (prefix.group(1) if prefix and prefix.group(1) in top else None)
        or _reporters((*ends, *end))
        or _first(bylines.SIGNED, ends)
        or _label(bylines.AUTHOR, end)
        or _label(bylines.POSTED, end)
        or _label(bylines.OFFICE, (*top, *end))
        or _first(bylines.EDITOR, (*top, *end))
        or _person(bylines.SOURCE, (*top, *end))
    )


def _together(texts: Sequence[str]) -> str | None:
    """The reporters of the byline lines, which may be several, one under the other."""
    names: list[str] = []
    for text in texts:
        found = bylines.REPORTER.findall(text) if len(text) <= 120 else []
        if found:
            names += bylines.people(" ".join(found))
        elif names:
            break
    return " ".join(dict.fromkeys(names)) or None


def _reporters(texts: Sequence[str]) -> str | None:
    """All that the first line with a reporter names."""
    for text in texts:
        names = bylines.people(" ".join(bylines.REPORTER.findall(text)))
        if names:
            return " ".join(names)
    return None


def _first(form: re.Pattern[str], texts: Sequence[str]) -> str | None:
    for text in texts:
        for match in form.finditer(text):
            names = bylines.people(match.group(1)) or (match.group(1),)
            if not any(bylines.is_nobody(name) for name in names):
                return " ".join(names)
    return None


def _alone(texts: Sequence[str]) -> str | None:
    """A line that is nothing but names."""
    for text in texts:
        match = bylines.ALONE.match(text) if len(text) <= 16 else None
        if match:
            names = bylines.people(match.group(1))
            if not any(bylines.is_word(name) or bylines.is_nobody(name) for name in names):
                return " ".join(names)
    return None


def _label(form: re.Pattern[str], texts: Sequence[str]) -> str | None:
    for text in texts:
        for match in form.finditer(text):
            name = next(group for group in match.groups() if group)
            if not bylines.is_nobody(name):
                return " ".join(bylines.people(name)) if bylines.ALONE.match(name) else name
    return None


def _person(form: re.Pattern[str], texts: Sequence[str]) -> str | None:
    for text in texts:
        match = form.search(text)
        if match and bylines.ALONE.match(match.group(1)) and len(match.group(1)) <= 4:
            return match.group(1)
    return None


def _of_head(page: Head) -> str | None:
    names = [one for one in page.authors if not bylines.is_nobody(one) and "_" not in one]
    joined = [bylines.people(one) if bylines.ALONE.match(one) else (one,) for one in names]
    return " ".join(dict.fromkeys(one for some in joined for one in some)) or None


def source(page: Head, lines: Around) -> str | None:
    """Where it was taken from, as the lines around the text say, or the head."""
    for text in (*lines.top, *lines.end):
        match = bylines.SOURCE.search(text)
        name = bylines.BEHIND.sub("", match.group(1)) if match else ""
        if len(name) >= 2:
            return name
    return page.sources[0] if page.sources else None
