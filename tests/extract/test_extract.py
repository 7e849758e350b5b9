"""A page in, its article and its metadata out."""

from __future__ import annotations

from repair.extract import extract

PARAGRAPHS = (
    "三月的一天，记者来到山脚下的小村，村口的溪水清得能数出石子，老人们坐在桥头，说起这两年的变化。",
    "村里修了新路，通了班车，年轻人陆续回来开店，卖的是自家种的茶叶和菌子，周末常有城里人来住上一晚。",
    "“日子慢慢好起来了。”老支书说，他最大的愿望是把村里的小学留下来，让孩子们不用走远路去上学。",
)
NAV = "".join(f'<li><a href="/{n}">{n}</a></li>' for n in "首页 要闻 时政 财经 体育 文化".split())


def page(inner: str, head: str = "") -> str:
    return (
        f"<html><head><title>溪边小村_山城新闻网</title>{head}</head><body>"
        f'<div class="top"><ul>{NAV}</ul></div>{inner}'
        '<div class="foot">版权所有 未经许可不得转载</div></body></html>'
    )


def test_paragraphs() -> None:
    body = "".join(f"<p>{text}</p>" for text in PARAGRAPHS)
    assert extract(page(f"<div>{body}</div>")).text == "\n".join(PARAGRAPHS)
