"""The evidence in Chinese: what the stages say of a finding, sentence by sentence.

Evidence is data, written in English by the stages; here its sentences stand with their
Chinese. `{}` is what they say it of: a piece of the text, a number, a name. It goes over as
it is. A sentence that has no row stays as it is.
"""

from __future__ import annotations

import re
from functools import cache

SENTENCES = {
    "your rule: “{}” is always “{}”": "自定规则：“{}”总是改为“{}”",
    # characters
    "{} shows nothing and does nothing here": "{}在此不显示、不起作用",
    "{}: control character that may stand for something lost": "{}：控制字符，可能代表已丢失的内容",
    "{}: direction override in text without right-to-left letters":
        "{}：文中没有从右向左的文字，却有改变方向的控制符",
    "{} is for private use: what it shows depends on a font that is not here":
        "{} 是私用区字符，显示什么取决于原来的字体",
    "{} is a radical, not a character of a text": "{} 是部首，不是正文用字",
    "{} is {} again, given twice": "{}与“{}”重复，同一字给出了两次",
    "{} is a compatibility form of {}": "{} 是“{}”的兼容字形",
    "half-width form of {}": "“{}”的半角形",
    "presentation form of {}": "“{}”的竖排或变体字形",
    "{} is traditional, the text around it is simplified": "“{}”是繁体，前后文是简体",
    "{} is simplified, the text around it is traditional": "“{}”是简体，前后文是繁体",
    "{} is written {}": "“{}”应作“{}”",
    "a converter wrote another character with the same simplified form":
        "转换程序误取了简体相同的另一个字",
    "a converter made this text, and it never means {}: the other words have {}":
        "本文由程序转为繁体，此处不会是“{}”：其他词都用“{}”",
    "{} is {}: the converter chose the wrong form": "“{}”应作“{}”：转换程序选错了字",
    "Chinese text sets {}": "中文用“{}”",
    # encoding
    "bytes {} were {}": "字节 {} 原为 {}",
    "bytes {} are {} and were read as {}": "字节 {} 是 {}，被当作 {} 读取",
    "bytes of {} characters are lost": "丢失了 {} 个字的字节",
    "one byte became `?`": "一个字节变成了“?”",
    "a trail byte and the ASCII character after it became one `?`":
        "尾字节与其后的 ASCII 字符合成了一个“?”",
    "a trail byte and the `<` of a tag became one `?`": "尾字节与标签的“<”合成了一个“?”",
    "a full-width form was replaced across a character boundary": "全角标点被跨字替换",
    "a full-width letter was replaced across a character boundary": "全角字母被跨字替换",
    "a quotation mark or other punctuation was replaced across a character boundary":
        "引号等标点被跨字替换",
    "full-width punctuation of the slipped text was folded to ASCII":
        "错位文字里的全角标点又被改成半角",
    "`81 45` (a Japanese editor's `・`) was written over two bytes":
        "两个字节被日文编辑器的“・”（81 45）覆盖",
    "`81 45` (a Japanese editor's `・`) was written over three bytes":
        "三个字节被日文编辑器的“・”（81 45）覆盖",
    "a line break was put inside a character": "一个字的中间插入了换行",
    "a byte was dropped": "丢了一个字节",
    "a trail byte was dropped": "丢了一个尾字节",
    "a private-use character was stripped from the slipped text": "错位文字里的私用区字符被删掉了",
    "a byte was doubled": "一个字节重复了",
    "a byte was inserted": "多了一个字节",
    "a byte was transliterated": "一个字节被转写成字母",
    "{} is written for {}": "{} 代表“{}”",
    "as elsewhere in this text": "与本文他处相同",
    "a character that could not be encoded was replaced": "无法编码的字被替换了",
    "the context ranks what it may be": "候选按上下文排序",
    "U+FFFD in UTF-8 was read as GBK, or memory was never written":
        "UTF-8 的 U+FFFD 被当作 GBK，或是未写入的内存",
    "the text is lost": "原文已丢失",
    "{} can only be {}: no other reading is a valid date": "{}只能是{}：没有别的合法日期",
    "{} readings are valid dates": "有 {} 种读法是合法日期",
    "a unit is missing in {}": "“{}”缺单位",
    "it can also be a count": "也可能是数量",
    "it may be written in compact form on purpose": "也可能是有意的紧凑写法",
    "the unit after the number is missing": "数字后缺单位",
    "this text counts in {} and {}, and {} may be two counts":
        "本文用“{}”和“{}”计数，{}可能是两个数",
    "this text lost other units, and {} may be two counts": "本文还丢了别的单位，{}可能是两个数",
    "only {} is a date": "只有{}是日期",
    "{} is a year, and a month follows": "{}是年份，后面是月份",
    "{} is no number": "{}不成数",
    "between {} and {} only {} can stand: {}": "“{}”与“{}”之间只能是“{}”：{}",
    "only {} stands above {}: {}": "“{}”在“{}”之上：{}",
    "the lines before and after are articles": "前后各行都是条文",
    # layout
    "the break cuts the word {}": "换行切断了“{}”一词",
    "the line above ends in a comma": "上一行以逗号结尾",
    "the line above ends in a stump of a clause": "上一行末尾是半截分句",
    "the line below begins with the rest of a sentence": "下一行以句子的后半开头",
    "a bracket or quote is open above": "上文的括号或引号没有合上",
    "one closes below that never opened there": "下文合上了一个未打开的括号或引号",
    "the line below begins with a mark that begins nothing": "下一行以不能起句的标点开头",
    "a number is cut": "数字被切断",
    "the line above ends in a word that binds": "上一行以连接词结尾",
    "the line below begins like the one above, as a report like its headline":
        "下一行与上一行开头相同，如正文之于标题",
    "the model follows the break by {} nats": "语言模型对接排的支持：{} 奈特",
    "nothing speaks for running on": "没有接排的依据",
    "lines are wrapped at {} columns": "全文在 {} 列处硬换行",
    "the line above does not end and the one below does not follow it":
        "上一行没有结束，下一行却接不上",
    "one of {} spaces in a line that stand where a paragraph ended":
        "该行有 {} 处空格，都在段落结束的位置",
    "{} headings in parallel, each with a last clause of {} characters that ends in {}":
        "{} 个并列标题，末句都是 {} 字，以“{}”结尾",
    "{} headings in parallel, each with a last clause of {} characters":
        "{} 个并列标题，末句都是 {} 字",
    "{} characters that stand again at {}, {} of them the same": "{} 字在 {} 处再次出现，{} 相同",
    "a title that stands alone after an article without one": "标题独立成行，前面的文章没有标题",
    "{} of {} spaces between Chinese characters cut a word":
        "汉字间的 {1} 处空格中，{0} 处切开了词",
    # residue
    "looks like a menu: {}": "像菜单：{}",
    "looks like furniture of a page: {}": "像页面部件：{}",
    "looks like spam: {}": "像垃圾信息：{}",
    "nothing is left but {}": "除此无他：{}",
    "the whole line has the form of its kind": "整行都是这一类的格式",
    "a path of {}": "路径：{}",
    "a title in the list of the page's articles": "本版文章目录中的标题",
    "the head of the page's contents": "版面目录的标头",
    "a row of {} items, {} of them known": "{} 项并列，其中 {} 项已知",
    "an item of a menu of {} lines, {} of them known": "{} 行菜单中的一项，其中 {} 行已知",
    "{} known sections and links make {} of {} characters": "{1} / {2} 字是 {0} 个已知栏目和链接",
    "{} of {} characters are known: {}": "{1} 字中有 {0} 字已知：{2}",
    "{} of {} characters are words of the formula: {}": "{1} 字中有 {0} 字是套话：{2}",
    "mostly words of a site's trade: {}": "多为网站用语：{}",
    "{} of the line are words of the trade ({}), and it has no frame of law or report":
        "该行 {} 是行业垃圾词（{}），又没有法律或报道的语境",
    "{} of the line are words that sell: {}": "该行 {} 是推销用语：{}",
    "{} is a word of the trade, and nothing in the line is about it":
        "“{}”是行业垃圾词，与该行内容无关",
    "{} of the sentence are words of the trade ({}) and {}, without a predicate or a frame of law "
    "or report": "该句 {} 是行业垃圾词（{}），并有 {}；没有谓语，也没有法律或报道的语境",
    "{} of the sentence are words of the trade ({}), without a predicate or a frame of law or "
    "report": "该句 {} 是行业垃圾词（{}）；没有谓语，也没有法律或报道的语境",
    "words of the trade ({}), and nothing else in the sentence is theirs":
        "行业垃圾词（{}），与该句其余内容无关",
    "what sites that show novels write between their sentences: {}":
        "小说网站插在句间的话：{}",
    "a brand of the trade in brackets at the line's end: {}": "行末括号里是行业品牌：{}",
    "it stands between removed lines": "夹在已删除的各行之间",
    "it stands outside the prose and holds what sites write": "在正文之外，内容是网站用语",
    "the line, digits apart, stands on many pages of the batch": "除数字外，本批许多页面都有这一行",
    "{} counts or acts": "“{}”是计数或操作",
    "a link under {}": "“{}”下的链接",
    "after the sentence {}": "在句子之后：{}",
    "{}, boxed as a button": "{}（按钮）",
    "the edge of a layout table": "排版表格的边线",
    "a line of metadata": "元数据行",
    "a line of pipes alone": "整行都是竖线",
    "{} readings in one line, {} of them after everyday characters":
        "一行中有 {} 个注音，其中 {} 个注的是常用字",
    # typos
    "{} stands twice with nothing opened between": "「{}」连用两次，中间没有打开",
    "{} stands twice": "“{}”重复两次",
    "without the copy the passage is e^{} times likelier": "去掉一个，文句可能性为 e^{} 倍",
    "one of the two should be {}": "其中一个应是「{}」",
    "{} is hardly ever written": "很少见到“{}”的写法",
    "{} looks like it and is e^{} times likelier here": "“{}”字形相近，此处可能性为其 e^{} 倍",
    "{} opens and is never closed: {}": "「{}」没有合上：{}",
    "{} closes what nothing opens: {}": "「{}」没有对应的开头：{}",
    "the list goes from {} to {}": "序号从 {} 跳到 {}",
    "the parts of this chain are joined by {}": "这一串各部分用“{}”连接",
    "{} stands once, {} {} times in this text": "本文中“{}”只出现一次，“{}”出现 {} 次",
    # collate
    "{} ({}) reads “{}”": "{}（{}）作“{}”",
    "{} reads “{}”": "{}作“{}”",
    "{} ({}) has nothing here": "{}（{}）此处没有文字",
    "{} has nothing here": "{}此处没有文字",
    "{} ({}) has this text in another place": "{}（{}）中这段文字在别处",
    "{} has this text in another place": "{}中这段文字在别处",
    "this text was read by OCR, the other one is {}": "本文由 OCR 识别，参照本是{}",
    "this text is {}, the other one is {}": "本文是{}，参照本是{}",
    "born-digital": "原生电子本",
    "converted": "转换本",
    "ocr": "OCR 本",
    "of unknown origin": "来源不明的本子",
    "unknown": "来源不明",
    "the other text is a trusted version": "参照本是可信版本",
    "{} further version read the same": "另有 {} 个版本相同",
    "{} further versions read the same": "另有 {} 个版本相同",
    "the other reading stands elsewhere in the text": "本文他处也作参照本的写法",
    "a piece of the text stands twice": "一段文字重复了两次",
    "OCR is known to take the one character for the other": "OCR 常把二字混淆",
    "the language model cannot believe this reading": "语言模型认为此处读不通",
    "the language model expects the other reading": "语言模型倾向于参照本",
    "it lies outside the text that the two have in common": "在两本共有的文字之外",
    "nothing tells the two readings apart": "没有依据区分两种写法",
    "most differences of the two texts are errors of this one": "两本的差异多为本文之误",
    "the text is traditional and this form is not": "全文是繁体，此形不是",
    "the text is simplified and this form is not": "全文是简体，此形不是",
    "OCR confidence {} %, page {}": "OCR 置信度 {} %，第 {} 页",
}  # fmt: skip
JOINTS = (("; ", "；"), (": ", "："), (", ", "，"))  # the loosest first


def translated(evidence: str, language: str) -> str:
    """The evidence in the language of the page."""
    if language != "zh":
        return evidence
    sentences = evidence.split("; ")
    return "；".join(_chinese(said) or said for said in sentences)


def _chinese(said: str) -> str | None:
    """A sentence, or several that are joined, if all of them have a row."""
    for english, chinese in _rows():
        if found := english.fullmatch(said):
            return chinese.format(*(_chinese(part) or part for part in found.groups()))
    for joint, ours in JOINTS:
        first, joined, rest = said.partition(joint)
        if joined and (head := _chinese(first)) and (tail := _chinese(rest)):
            return head + ours + tail
    return None


@cache
def _rows() -> tuple[tuple[re.Pattern[str], str], ...]:
    """The table ready to match; what has more words of its own is looked at first, so that
    `{} is written {}` does not take what `{} is written for {}` says."""
    ordered = sorted(SENTENCES.items(), key=lambda row: -len(row[0].replace("{}", "")))
    return tuple(
        (re.compile("(.+?)".join(map(re.escape, english.split("{}"))), re.S), chinese)
        for english, chinese in ordered
    )
