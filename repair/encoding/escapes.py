"""Escapes that were never undone: each a pattern, an inverse and a guard.

Inside code they are sound: a string in quotation marks or backticks, an attribute or an
address is left alone.
"""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from urllib.parse import unquote_to_bytes

from repair import lm
from repair.encoding import gate
from repair.model import Context, Edit, StageResult
from repair.patterns import lazy

CHINESE = lazy("[\u3400-\u9fff\u3000-\u303f\uff00-\uffef\u2010-\u2027]")
BESIDE = lazy("[\u3000-\u9fff\uff00-\uffef“”‘’—…]")
QUOTES = "\"'`\\"
NAMED = "nbsp|ldquo|rdquo|lsquo|rsquo|mdash|ndash|hellip|middot|bull|times|deg|ensp|emsp"
FORMS = rf"#[0-9]{{2,6}}|#x[0-9a-fA-F]{{2,5}}|{NAMED}"
NEAR = 200  # characters to a longer escape, within which a short one is undone as well
RARE = 13.0  # nats: the mean rarity that restored text may have


@dataclass(frozen=True, slots=True)
class Escape:
    """One kind of escape: what must stand in the text at all, its form, its inverse."""

    code: str
    needs: str
    form: re.Pattern[str]
    inverse: Callable[[str], str | None]
    beside: bool = False  # only next to Chinese, or if it names Chinese itself
    lone: re.Pattern[str] | None = None  # its form near others of the kind


def _units(found: str) -> str | None:
    units = re.findall(r"u\{([0-9a-fA-F]{4,5})|u([0-9a-fA-F]{4})|[x%]([0-9a-fA-F]{2})", found)
    text = "".join(chr(int("".join(unit), 16)) for unit in units)
    try:  # two units may be one character
        return text.encode("utf-16-be", "surrogatepass").decode("utf-16-be")
    except UnicodeDecodeError:
        return None


def _references(found: str) -> str | None:
    text = found
    while (once := re.sub("&(?:amp;)+(?=#|[a-z])", "&", text)) != text:
        text = once
    return html.unescape(text)


def _bytes(data: bytes) -> str | None:
    """The text of the bytes in the codec that gives the most fluent one."""
    texts = []
    for codec in ("utf-8", "gb18030", "big5hkscs"):
        try:
            texts.append(data.decode(codec))
        except UnicodeDecodeError:
            continue
        if codec == "utf-8":
            break  # it is hardly ever valid by chance
    if not data:
        return None
    return max(texts, key=lambda text: float(lm.load().score(text).mean()), default=None)


def _quoted(found: str) -> str | None:
    import quopri

    return _bytes(quopri.decodestring(found.encode("ascii")))


def _percent(found: str) -> str | None:
    return _bytes(unquote_to_bytes(found))


def _listed(found: str) -> str | None:
    return _bytes(re.sub(rb"\\x(..)", lambda m: bytes.fromhex(m[1].decode()), found.encode()))


def _octal(found: str) -> str | None:
    return _bytes(re.sub(rb"\\([0-3][0-7]{2})", lambda m: bytes((int(m[1], 8),)), found.encode()))


def _seven(codec: str) -> Callable[[str], str | None]:
    """The inverse for an encoding of seven bits."""

    def inverse(found: str) -> str | None:
        try:
            return found.encode("ascii").decode(codec)
        except UnicodeError:
            return None

    return inverse


# Bytes that stand for themselves between escaped ones: the second half of a pair may be ASCII.
HZ = lazy(r"~\{(?:[!-w][!-~])+~\}")
PLAIN = "[!-$&-~]{0,40}"
ESCAPES = (
    Escape(
        "ENC020",
        "u",
        lazy(
            r"\\{1,2}u[0-9a-fA-F]{4}(?:\\{1,2}u[0-9a-fA-F]{4}|\\{1,2}x[a-f][0-9a-f])+"
            r"|\\u\{[0-9a-fA-F]{4,5}\}(?:\\u\{[0-9a-fA-F]{4,5}\})+"
            r"|%u[0-9a-fA-F]{4}(?:%u[0-9a-fA-F]{4}|%[A-F][0-9A-F])+"
        ),
        _units,
        lone=lazy(
            r"(?:\\{1,2}|%)u(?:[3-9][0-9a-fA-F]|[fF]{2}|2[0-6])[0-9a-fA-F]{2}"
            r"|\\u\{(?:[3-9][0-9a-fA-F]|[fF]{2}|20)[0-9a-fA-F]{2}\}|\\{1,2}x[a-f][0-9a-f]"
        ),
    ),
    Escape(
        "ENC021",
        "u",
        lazy(r"u(?:[3-9][0-9a-f]|ff|20)[0-9a-f]{2}(?:u(?:[3-9][0-9a-f]|ff|20)[0-9a-f]{2})+"),
        _units,
        lone=lazy(r"u(?:[3-9][0-9a-f]|ff|20|2[12])[0-9a-f]{2}"),
    ),
    Escape(
        "ENC022",
        "&",
        lazy(rf"&(?:amp;)*(?:{FORMS});(?:&(?:amp;)*(?:{FORMS});)*|(?:&#[1-6][0-9]{{4}};?)+"),
        _references,
        beside=True,
        lone=lazy(r"&(?:amp;)*#(?:[0-9]{4,6}|x[0-9a-fA-F]{4,5});|&#[1-6][0-9]{4}(?![0-9])"),
    ),
    Escape(
        "ENC023",
        "=",
        lazy(r"=[0-9A-F]{2}(?:(?:=\r?\n|[!-<>-~]){0,40}=[0-9A-F]{2}){3,}(?:[!-<>-~]|=\r?\n)?"),
        _quoted,
        lone=lazy(r"(?:=(?:\r?\n|[0-9A-F]{2}))+"),
    ),
    Escape(
        "ENC024",
        "%",
        lazy(rf"%[0-9A-Fa-f]{{2}}(?:{PLAIN}%[0-9A-Fa-f]{{2}})+[@-~]?"),
        _percent,
        lone=lazy(r"(?:%[0-9A-Fa-f]{2})+"),
    ),
    Escape(
        "ENC025",
        "\\x",
        lazy(r"\\x[89a-fA-F][0-9a-fA-F](?:[ -\[\]-~]{0,2}\\x[0-9a-fA-F]{2})+"),
        _listed,
        lone=lazy(r"(?:\\x[89a-fA-F][0-9a-fA-F])+"),
    ),
    Escape("ENC026", "~{", HZ, _seven("hz"), lone=HZ),
    Escape(
        "ENC027",
        "\\",
        lazy(r"\\[23][0-7]{2}(?:[ -\[\]-~]{0,2}\\[0-3][0-7]{2})+"),
        _octal,
        lone=lazy(r"(?:\\[23][0-7]{2})+"),
    ),
    Escape(
        "ENC028",
        "+",
        lazy(r"\+(?:[A-Za-z0-9+/]{8,}-?|[A-Za-z0-9+/]{5,7}-)"),
        _seven("utf-7"),
        lone=lazy(r"\+[A-Za-z0-9+/]{3,}-?"),
    ),
    Escape(
        "ENC029",
        "\x1b$",
        lazy(r"\x1b\$(?:[@-B]|\([A-D])[!-~]{2,}(?:\x1b[$(.][@-Z(]{1,2}[ -~]*)*"),
        _seven("iso2022_jp_2"),
    ),
)


def find(text: str, context: Context) -> StageResult:
    """The escapes of a text, undone where they stand in running text."""
    edits = []
    for escape in ESCAPES:
        if escape.needs in text:
            found = [e for e in _found(text, escape) if context.config.runs(e.rule)]
            edits += [*found, *_lone(text, escape, found)]
    edits.sort(key=lambda e: e.start)
    return StageResult(tuple(edits))


def begins(text: str, at: int) -> bool:
    """Whether an escape that would be undone begins there."""
    matches = ((escape.form.match(text, at), escape) for escape in ESCAPES)
    return any(match and _undone(text, match, escape) is not None for match, escape in matches)


def _found(text: str, escape: Escape) -> Iterator[Edit]:
    for match in escape.form.finditer(text):
        edit = _undone(text, match, escape)
        if edit:
            yield edit


def _undone(text: str, match: re.Match[str], escape: Escape) -> Edit | None:
    start, end = match.span()
    after = escape.inverse(match[0])
    if after is None or after == match[0] or _in_code(text, start, end):
        return None
    around = text[max(0, start - 1) : start] + text[end : end + 1]
    beyond = "".join(c for c in after if c >= "\x80")
    chinese = len(CHINESE.findall(after))
    near = escape.beside and BESIDE.search(around) is not None and "<" not in after
    rare = sum(map(gate.rare, beyond)) / len(beyond) if beyond else gate.UNKNOWN
    if not near and (chinese * 2 <= len(beyond) or rare >= RARE):
        return None
    why = f"{match[0][:24]} is written for {after[:12]}"
    return Edit(start, end, match[0], after, escape.code, 0.999, why)


def _lone(text: str, escape: Escape, found: Sequence[Edit]) -> Iterator[Edit]:
    """Short escapes between digits or letters, once longer ones say what the text is."""
    if not found or escape.lone is None:
        return
    ends = (at for edit in found for at in (edit.start, edit.end))
    bounds = [-NEAR, *ends, len(text) + NEAR]
    for low, high in zip(bounds[::2], bounds[1::2], strict=True):
        for match in escape.lone.finditer(text, max(0, low), high):
            if match.start() - low > NEAR < high - match.end():
                continue
            after = escape.inverse(match[0])
            if after is not None and after != match[0]:
                why = f"{match[0][:24]} is written for {after[:12]}, as elsewhere in this text"
                yield Edit(*match.span(), match[0], after, escape.code, 0.998, why)


def _in_code(text: str, start: int, end: int) -> bool:
    """Whether the place is a string of a program, an attribute's value or an address."""
    before, after = text[max(0, start - 1) : start], text[end : end + 1]
    if text[start] in "u=" and re.match(r"[0-9A-Za-z\\+]", before):
        return True
    if before in QUOTES and before and (after in QUOTES or before == "\\"):
        return True
    line = text[text.rfind("\n", 0, start) + 1 : start]
    token = re.split(r"\s|[\u3000-\u9fff\uff00-\uffef]", line)[-1]
    if re.search(r"://|[/?&=]$|^www\.|[?&]\w+=", token):
        return True
    return any(token.count(q) % 2 for q in "\"'`")
