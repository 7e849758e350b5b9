"""A page in, its article out: layouts, what stands around an article, threads."""

from __future__ import annotations

import pytest

from repair.extract import extract

PARAGRAPHS = (
    "三月的一天，记者来到山脚下的小村，村口的溪水清得能数出石子，老人们坐在桥头，说起这两年的变化。",
    "村里修了新路，通了班车，年轻人陆续回来开店，卖的是自家种的茶叶和菌子，周末常有城里人来住上一晚。",
    "“日子慢慢好起来了。”老支书说，他最大的愿望是把村里的小学留下来，让孩子们不用走远路去上学。",
    "县里的文件说，今年还要把溪边的老屋修好，先修瓦，再修墙，最后修那座塌了一半的戏台。",
)
TEXT = "\n".join(PARAGRAPHS)
SECTIONS = ("首页", "要闻", "时政", "财经", "体育", "文化")
NAV = "".join(f'<li><a href="/{n}">{n}</a></li>' for n in SECTIONS)
LINKS = "".join(
    f'<li><a href="/{n}">{text}</a></li>'
    for n, text in enumerate(("山城又添一座新桥", "茶农的一天", "戏台上的老人", "班车开进山里来"))
)


def page(inner: str, head: str = "") -> str:
    """A page of a news site around the inner markup."""
    return (
        f"<html><head><title>溪边小村的春天_山城新闻</title>{head}</head><body>"
        f'<div class="top"><ul>{NAV}</ul></div>{inner}'
        f'<div class="right"><h3>最新</h3><ul>{LINKS}</ul></div>'
        '<div class="foot">山城新闻 版权所有 未经许可不得转载</div></body></html>'
    )


def paragraphs(form: str = "<p>{}</p>") -> str:
    return "".join(form.format(text) for text in PARAGRAPHS)


LAYOUTS = {
    "paragraphs": f"<div>{paragraphs()}</div>",
    "div only": f'<div class="c1"><div>{paragraphs("<div>{}</div>")}</div></div>',
    "breaks": f"<div>{'<br/>　　'.join(PARAGRAPHS)}</div>",
    "double breaks": f"<td>{'<br><br>'.join(PARAGRAPHS)}</td>",
    "spans": f"<section>{paragraphs('<p><span><font>{}</font></span></p>')}</section>",
    "table": f"<table>{paragraphs('<tr><td>{}</td></tr>')}</table>",
    "nested tables": f"<table><tr><td><table><tr><td>{paragraphs()}</td></tr></table></td>"
    f"<td><ul>{LINKS}</ul></td></tr></table>",
    "list": f"<ul>{paragraphs('<li>{}</li>')}</ul>",
    "unclosed": f"<div>{paragraphs('<p>{}')}<div>",
    "crossed": f"<div><b><p>{PARAGRAPHS[0]}</b></p><p>{PARAGRAPHS[1]}<p>{PARAGRAPHS[2]}"
    f"<p>{PARAGRAPHS[3]}</i></div>",
    "believed to be navigation": f'<div class="nav-box">{paragraphs()}</div>',
    "not shown before a script ran": f'<div style="display: none">{paragraphs()}</div>',
    "in two parts": f'<div class="text">{PARAGRAPHS[0]}</div><ul>{LINKS}</ul>'
    f'<div class="text">{PARAGRAPHS[1]}</div><ul>{LINKS}</ul>'
    f'<div class="text">{PARAGRAPHS[2]}</div><div class="text">{PARAGRAPHS[3]}</div>',
    "links inside": f"<div>{paragraphs().replace('小学', '<a href=x>小学</a>')}</div>",
    "the message of a public account": '<div id="js_content" style="visibility: hidden; '
    f'opacity: 0;"><section>{paragraphs()}</section></div>',
}


@pytest.mark.parametrize("inner", LAYOUTS.values(), ids=LAYOUTS.keys())
def test_layout(inner: str) -> None:
    assert extract(page(inner)).text == TEXT


AROUND = {
    "title and date": f"<div><h1>溪边小村的春天</h1><p>2021-03-04 10:11 来源：山城日报</p>"
    f"{paragraphs()}</div>",
    "byline": f"<div><p>山城日报记者 周立言 宋小苗</p>{paragraphs()}</div>",
    "original title": f"<div><p>原标题：春到溪边</p>{paragraphs()}</div>",
    "editor": f"<div>{paragraphs()}<p>（责任编辑：刘小溪）</p></div>",
    "source and editor": f"<div>{paragraphs()}<p>来源：山城日报</p><p>编辑：刘小溪</p></div>",
    "related links": f"<div>{paragraphs()}<p>相关阅读：</p><ul>{LINKS}</ul></div>",
    "related texts": f"<div>{paragraphs()}</div><div class='related'>"
    f"<p>{'山城又添一座新桥，桥长三百米，宽十二米，明年通车。' * 8}</p></div>",
    "buttons": f"<div>{paragraphs()}<p>【打印】 【关闭】</p><p>分享到： 微信 微博</p></div>",
    "button inside": f"<div>{paragraphs().replace('</p><p>', '</p><p>点击看大图</p><p>', 1)}</div>",
    "comments": f"<div>{paragraphs()}</div><div class='comment-list'>"
    "<div class='comment'><p>写得真好，我也想去看看。</p></div></div>",
    "rights": f"<div>{paragraphs()}<p>版权声明：凡注明本网来源的稿件，未获许可不得转载，违者追究"
    "法律责任。</p></div>",
    "sidebar before": f"<aside><p>{PARAGRAPHS[0][::-1]}</p></aside><div>{paragraphs()}</div>",
    "printed twice": f"<div>{paragraphs()}</div><div>{paragraphs()}</div>",
    "scripts": f"<div><script>var a='{PARAGRAPHS[0]}';</script><style>.a{{}}</style>"
    f"{paragraphs()}</div>",
}


@pytest.mark.parametrize("inner", AROUND.values(), ids=AROUND.keys())
def test_what_stands_around_is_left_out(inner: str) -> None:
    assert extract(page(inner)).text == TEXT


KEPT = {
    "a heading inside": "一、修路",
    "a caption": "村口的溪水。 刘小溪 摄",
    "an editor in prose": "编辑部的人来过三次，每次都带走一篮菌子。",
    "a sentence about rights": "村里的剪纸有了著作权登记证，版权归老人们所有，外人来学要先问一声。",
    "a short line": "她笑了。",
    "a table's cell": "每亩三千元",
    "a cry": "“大人！”",
    "the number of a section": "2",
}


@pytest.mark.parametrize("line", KEPT.values(), ids=KEPT.keys())
def test_what_belongs_to_the_text_stays(line: str) -> None:
    body = paragraphs().replace("</p><p>", f"</p><p>{line}</p><p>", 1)
    assert line in extract(page(f"<div>{body}</div>")).text.split("\n")


def test_the_numbers_of_a_table_stay() -> None:
    table = "<table><tr><td>茶叶</td><td>35.2</td></tr><tr><td>菌子</td><td>8</td></tr></table>"
    lines = extract(page(f"<div>{paragraphs()}{table}<p>{PARAGRAPHS[0][::-1]}。</p></div>")).text
    assert "茶叶\n35.2\n菌子\n8" in lines


LAST = {
    "what an editor asked": "编辑：那么您明年还会回来吗？",
    "a reporter's last question": "记者：谢谢您，祝茶园丰收。",
    "a word that begins like a button": "打印机是县里送的，放在村口的小店里。",
    "an outlook": "下一章讲戏台怎么修。",
    "an answer": "来源是清楚的，水从山上来。",
    "a date in prose": "2021年3月4日，路通了。",
}


@pytest.mark.parametrize("line", LAST.values(), ids=LAST.keys())
def test_a_last_sentence_stays(line: str) -> None:
    assert extract(page(f"<div>{paragraphs()}<p>{line}</p></div>")).text == f"{TEXT}\n{line}"


FIRST = {
    "an interview": "记者：您是哪一年回村的？",
    "a date in prose": "2021年3月4日，路通了，村里放了鞭炮。",
    "a short sentence": "下雨了。",
}


@pytest.mark.parametrize("line", FIRST.values(), ids=FIRST.keys())
def test_a_first_sentence_stays(line: str) -> None:
    assert extract(page(f"<div><p>{line}</p>{paragraphs()}</div>")).text == f"{line}\n{TEXT}"


def test_thread_keeps_answers_and_drops_who_and_when() -> None:
    answers = ("我家也是这样，后来换了一把壶就好了。", "水要烧到八十五度，不能再高。", "谢谢楼上")
    posts = "".join(
        f'<div class="reply-item"><div class="reply-author"><a href="/u/{n}">用户{n}</a></div>'
        f'<div class="reply-content">{text}</div>'
        f'<div class="reply-meta">{n + 2}楼 2021-03-04 10:1{n}</div><span>回复</span></div>'
        for n, text in enumerate(answers)
    )
    topic = "今年的新茶泡出来发苦，水温和以前一样，不知道是茶的问题还是壶的问题。"
    markup = (
        "<html><head><title>新茶为什么发苦 - 茶友论坛</title></head><body>"
        f'<ul>{NAV}</ul><div class="thread"><h1>新茶为什么发苦</h1><div class="post-content">'
        f"{topic}</div>{posts}</div></body></html>"
    )
    assert extract(markup).text == "\n".join(("新茶为什么发苦", topic, *answers))


def test_a_line_break_of_the_source_is_no_space_between_chinese_characters() -> None:
    text = "山脚下的小村，\n  村口的溪水清得能数出石子，老人们坐在\n桥头。"
    assert (
        extract(f"<p>{text}</p>").text == "山脚下的小村，村口的溪水清得能数出石子，老人们坐在桥头。"
    )


def test_a_break_of_preformatted_text_ends_a_line() -> None:
    assert extract("<pre>第一行写在这里。\n第二行写在这里。</pre>").text == (
        "第一行写在这里。\n第二行写在这里。"
    )


def test_a_page_without_prose_keeps_its_words() -> None:
    assert extract("<ul><li>苹果</li><li>梨</li></ul>").text.split() == ["苹果", "梨"]
