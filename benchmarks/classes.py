"""Every kind of damage that DESIGN.md section 1 lists, done to sentences of our own.

Of how many texts does the stage give back the original (exact), mark or ask about what it is
not sure of with all else right (flagged), write only what is right but leave a part (partly),
leave the text as it stands (left), or write something
that never stood there (wrong). Figures: `python -m benchmarks.encoding --only classes`; the
cases that are not exact: `python -m benchmarks.classes [part of a name]`.
"""

from __future__ import annotations

import quopri
import re
from collections import Counter
from collections.abc import Callable, Iterator
from urllib.parse import quote

from repair import edits
from repair.config import Config
from repair.encoding import stage
from repair.encoding.decode import decode
from repair.model import Context, Edit
from repair.spans import covers

Damage = Callable[[str], str]
VERDICTS = ("exact", "flagged", "partly", "left", "wrong")
LOST = "□"

SIMPLIFIED = (
    "系统设置",
    "登录失败",
    "请输入密码",
    "村口的老槐树",
    "图书馆开放时间",
    "秋天的第一场雨",
    "关于召开年度总结会议的通知",
    "县图书馆周末延长开放时间，读者可以凭身份证免费办理借书证。",
    "会议定于2019年7月3日（星期三）上午9:30在三楼会议室召开，请各科室准时参加。",
    "用户 admin 登录后，系统会自动加载 config.json 文件；若文件不存在，则使用默认值。",
    "这条老街已有三百多年历史，街边的茶馆每天清晨五点开门，烧水的师傅姓陶。",
    "“你怎么现在才来？”母亲放下针线，望着门外的雪说，“饭都凉了。”",
    "全镇共有农户3,482户，耕地面积1.6万亩，人均纯收入比上年增长8.7%。",
    "山坡上的杜鹃开得正盛，蜜蜂嗡嗡地飞来飞去；孩子们提着竹篮，一边唱歌一边采蘑菇。"
    "到了傍晚，炊烟从各家的屋顶升起来，狗在巷子里叫，远处传来渡船的汽笛声。"
    "老人说，这样的日子他已经过了七十年，没有什么可抱怨的，只盼着河上的桥早点修好。",
    "陶瓷釉料中氧化锆与高岭土的比例为1∶3，烧成温度约为1280℃。",
    "他在《渔樵问答》的跋语中写道：琴音疏朗，如闻桨橹欸乃之声。",
)
TRADITIONAL = (
    "網站地圖",
    "預約掛號",
    "請輸入驗證碼",
    "颱風動態與停班停課",
    "鄉間小路上的腳踏車",
    "氣象局表示，颱風外圍環流將在明天下午為東部帶來豪雨。",
    "圖書館於每週一休館，其餘時間自上午8時至下午9時開放，請攜帶證件入館。",
    "本會為辦理會員聯誼活動，擬於9月12日（星期六）舉行健行，歡迎踴躍報名參加。",
    "「這座橋是我祖父那一輩修的，」船夫指著對岸說，「當時連一根鐵釘都沒有用。」",
    "請先下載 setup.exe 並安裝，完成後重新啟動電腦，再開啟瀏覽器登入帳號。",
    "山腳下的聚落約有兩百戶人家，多以種茶維生；每年清明前後，家家戶戶忙著採茶、炒茶，"
    "空氣裡瀰漫著淡淡的清香。近年來年輕人陸續返鄉，開設民宿與咖啡館，"
    "把荒廢多年的磚窯改建成展覽館，吸引不少遊客前來參觀。",
)
BEFORE, BEHIND = "第一行没有问题。\n", "\n最后一行也没有问题。\n"


def swallowing(data: bytes, codec: str, mark: str = "?") -> str:
    """Bytes read as Windows reads them: a lead byte without its trail byte takes the next
    byte with it, an unassigned pair is one mark."""
    found = []
    at = 0
    while at < len(data):
        if data[at] == 0x80:  # in Microsoft's GBK the euro sign
            found.append("€" if codec in ("gbk", "gb18030") else "\x80")
            at += 1
            continue
        for size in (1, 2):
            try:
                found.append(data[at : at + size].decode(codec))
                at += size
                break
            except UnicodeDecodeError:
                continue
        else:
            found.append(mark)
            at += 2
    return "".join(found)


def misread(hidden: str, seen: str, loss: str = "strict") -> Damage:
    """A text in one codec, read with another; what becomes of undecodable bytes."""

    def damage(text: str) -> str:
        data = text.encode(hidden)
        if loss == "swallow":
            return swallowing(data, seen)
        if loss == "?":
            return data.decode(seen, "replace").replace("\ufffd", "?")
        if loss == "windows":  # the holes of its code pages are C1 controls
            return "".join(bytes((b,)).decode(seen) if _assigned(b, seen) else chr(b) for b in data)
        return data.decode(seen, loss)

    return damage


def _assigned(byte: int, codec: str) -> bool:
    try:
        bytes((byte,)).decode(codec)
    except UnicodeDecodeError:
        return False
    return True


def twice(*codecs: str) -> Damage:
    """UTF-8 misread again and again."""

    def damage(text: str) -> str:
        for codec in codecs:
            text = misread("utf-8", codec, "windows")(text)
        return text

    return damage


def _cut(text: str) -> str:
    return misread("utf-8", "cp1252", "windows")(text).rstrip("\xa0")[:-1]


def _half(text: str) -> str:
    middle = len(text) // 2
    return text[:middle] + misread("utf-8", "gb18030")(text[middle:])


def _half_single(text: str) -> str:
    middle = len(text) // 2
    return text[:middle] + misread("utf-8", "cp1252", "windows")(text[middle:])


def _escaped(form: Callable[[str], str]) -> Damage:
    return lambda text: "".join(c if c < "\x80" else form(c) for c in text)


def _quoted(codec: str) -> Damage:
    return lambda text: quopri.encodestring(text.encode(codec)).decode("ascii")


def _percent(codec: str) -> Damage:
    return lambda text: quote(text.encode(codec))


def _listed(text: str) -> str:
    return "".join(chr(b) if b < 0x80 else f"\\x{b:02x}" for b in text.encode())


def _octal(text: str) -> str:
    return "".join(chr(b) if b < 0x80 else f"\\{b:03o}" for b in text.encode())


def _seven(codec: str, *, escape: bool = True) -> Damage:
    """A seven-bit encoding shown as it is, with or without its control characters."""

    def damage(text: str) -> str:
        data = text.encode(codec).decode("latin-1")
        return data if escape else data.replace("\x1b", "").replace("\x0e", "").replace("\x0f", "")

    return damage


def _utf7(text: str) -> str:
    return text.encode("utf-7").decode("ascii")


SINGLE = ("latin-1", "cp1252", "cp1250", "cp1251", "cp1253", "cp1254", "cp1257", "cp1258", "cp866",
          "cp437", "cp850", "mac-roman", "koi8-r", "iso8859-15", "ptcp154")  # fmt: skip


def kinds() -> Iterator[tuple[str, Damage]]:
    """Every kind of damage to characters, with a name."""
    for seen in ("gb18030", "gbk", "big5", "cp950", "cp949", "euc-kr", "cp932"):
        for loss in ("strict", "replace", "?", "swallow", "ignore"):
            yield f"UTF-8 as {seen}, {loss}", misread("utf-8", seen, loss)
    for seen in SINGLE:
        yield f"UTF-8 as {seen}", misread("utf-8", seen, "windows")
        if not _assigned(0x81, seen) or not _assigned(0x98, seen):
            for loss in ("replace", "?", "ignore"):
                yield f"UTF-8 as {seen}, {loss}", misread("utf-8", seen, loss)
    yield "UTF-8 as cp1252, last byte cut", _cut
    yield "UTF-8 as GBK, half of a line", _half
    yield "UTF-8 as cp1252, half of a line", _half_single
    for hidden in ("gbk", "big5"):
        for seen in SINGLE:
            yield f"{hidden} as {seen}", misread(hidden, seen, "windows")
        for seen in ("gb18030", "cp950", "cp949", "cp932"):
            if (hidden, seen) not in (("gbk", "gb18030"), ("big5", "cp950")):
                for loss in ("strict", "replace", "?", "swallow"):
                    yield f"{hidden} as {seen}, {loss}", misread(hidden, seen, loss)
        yield f"{hidden} as utf-8, replace", misread(hidden, "utf-8", "replace")
        yield f"{hidden} as utf-8, ignore", misread(hidden, "utf-8", "ignore")
    yield "UTF-8 twice as latin-1", twice("latin-1", "latin-1")
    yield "UTF-8 twice as cp1252", twice("cp1252", "cp1252")
    yield "UTF-8 three times as cp1252", twice("cp1252", "cp1252", "cp1252")
    yield "UTF-8 as cp1252, then as GBK", lambda t: misread("utf-8", "gb18030")(twice("cp1252")(t))
    yield (
        "UTF-8 as GBK, twice",
        lambda t: misread("utf-8", "gb18030")(misread("utf-8", "gb18030")(t)),
    )
    yield (
        "GBK as latin-1, then UTF-8 as latin-1",
        lambda t: twice("latin-1")(misread("gbk", "latin-1")(t)),
    )
    yield "UTF-16-LE as UTF-16-BE", misread("utf-16-le", "utf-16-be", "replace")
    yield "UTF-16-LE as latin-1", misread("utf-16-le", "latin-1")
    yield "\\uXXXX", _escaped(lambda c: f"\\u{ord(c):04x}")
    yield "\\\\uXXXX", _escaped(lambda c: f"\\\\u{ord(c):04x}")
    yield "\\u{XXXX}", _escaped(lambda c: f"\\u{{{ord(c):x}}}")
    yield "uXXXX", _escaped(lambda c: f"u{ord(c):04x}")
    yield "%uXXXX", _escaped(lambda c: f"%u{ord(c):04X}")
    yield "U+XXXX", _escaped(lambda c: f"U+{ord(c):04X}")
    yield "&#x;", _escaped(lambda c: f"&#x{ord(c):X};")
    yield "&#;", _escaped(lambda c: f"&#{ord(c)};")
    yield "&amp;#;", _escaped(lambda c: f"&amp;#{ord(c)};")
    yield "&#, no semicolon", _escaped(lambda c: f"&#{ord(c)}")
    yield "\\xHH", _listed
    yield "\\ooo", _octal
    for codec in ("utf-8", "gbk", "big5"):
        yield f"quoted-printable {codec}", _quoted(codec)
        yield f"percent {codec}", _percent(codec)
    yield "UTF-7", _utf7
    yield "HZ", _seven("hz")
    yield "ISO-2022-CN's kin: ISO-2022-JP-2", _seven("iso2022_jp_2")
    yield "ISO-2022-JP-2, controls lost", _seven("iso2022_jp_2", escape=False)


def byte_kinds() -> Iterator[tuple[str, Callable[[str], bytes]]]:
    """Every kind of file: bytes that `decode` has to read."""
    for codec in ("utf-8", "gbk", "gb18030", "big5", "cp950", "big5hkscs", "hz", "iso2022_jp_2",
                  "utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be", "utf-7"):  # fmt: skip
        yield f"file, {codec}", lambda t, c=codec: t.encode(c)  # type: ignore[misc]
    for codec in ("utf-8-sig", "utf-16", "utf-32"):
        yield f"file, {codec}", lambda t, c=codec: t.encode(c)  # type: ignore[misc]
    yield "file, lines of GBK and UTF-8", lambda t: (t + "\n").encode("gbk") + (t + "\n").encode()
    yield "file, a byte of GBK lost", lambda t: t.encode("gbk")[:-1]
    yield "file, a byte of UTF-8 lost", lambda t: t.encode()[:-1]


def verdict(damaged: str, truth: str) -> tuple[str, str]:
    """What became of a damaged text, and the text that the stage leaves."""
    said = stage(damaged, Context(Config()))
    out = edits.apply(damaged, said.edits)
    if out == truth:
        return "exact", out
    asked = [  # what stands there still, with a question over it
        Edit(f.start, f.end, f.before, LOST * len(f.before), f.rule, f.confidence)
        for f in said.findings
        if not any(covers(f, edit) for edit in said.edits)
    ]
    if _fits(edits.apply(damaged, edits.order([*said.edits, *asked])), truth):
        return "flagged", out
    if not said.edits:
        return "left", out
    right = all(_fits(e.after, truth, whole=False) for e in said.edits)
    return "partly" if right else "wrong", out


def _fits(out: str, truth: str, *, whole: bool = True) -> bool:
    """Whether a text is the truth with □ for some of it, or stands in the truth."""
    pattern = re.sub(f"{LOST}+", lambda m: f".{{1,{2 * len(m[0])}}}", re.escape(out))
    return bool((re.fullmatch if whole else re.search)(pattern, truth, re.DOTALL))


def cases() -> Iterator[tuple[str, str, str]]:
    """Name of the kind, damaged text, truth."""
    for name, damage in kinds():
        for text in SIMPLIFIED + TRADITIONAL:
            try:
                damaged = damage(text)
            except UnicodeError:
                continue
            if damaged != text:
                yield name, BEFORE + damaged + BEHIND, BEFORE + text + BEHIND
    for name, encode in byte_kinds():
        for text in SIMPLIFIED + TRADITIONAL:
            try:
                damaged = decode(encode(text)).text.lstrip("\ufeff")
            except UnicodeError:
                continue
            yield name, damaged, f"{text}\n{text}\n" if "lines" in name else text


def rows(only: str = "", *, show: bool = False) -> list[tuple[str, str, str]]:
    """One row a kind whose name holds `only`, and their sum; `show` prints what is not exact."""
    counts: dict[str, Counter[str]] = {}
    for name, damaged, truth in cases():
        if only not in name:
            continue
        said, out = verdict(damaged, truth)
        counts.setdefault(name, Counter())[said] += 1
        if show and said != "exact":
            print(f"    {said}: {damaged!r}\n        {out!r}\n        {truth!r}")
    table = [(f"made, {name}", _figures(count), "") for name, count in counts.items()]
    return [*table, ("made, all kinds", _figures(sum(counts.values(), Counter())), "")]


def _figures(counts: Counter[str]) -> str:
    return ", ".join(f"{counts[v]} {v}" for v in VERDICTS if counts[v])


if __name__ == "__main__":
    import sys

    for name, figures, _ in rows("".join(sys.argv[1:2]), show=True):
        print(f"{name:45} {figures}")
