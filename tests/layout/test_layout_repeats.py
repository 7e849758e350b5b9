"""Bodies that stand twice: which copy goes, and when nobody may decide but a person."""

from __future__ import annotations

from layout_cases import applied, byline, run

BODY = (
    "清晨的阳光照进教室,孩子们已经坐在座位上读书。老师轻轻走过每一张课桌,纠正他们的读音。\n"
    "山里的学校只有三个班级,却有一间小小的图书室,里面的书都是城里的读者寄来的。\n"
    "去年冬天大雪封山,村民们轮流扫开上学的路,没有一个孩子因此缺课。\n"
    "如今公路修到了村口,校车每天准时出发,最远的孩子也只要半个小时就能到校。\n"
    "校长说,等新的校舍建成以后,还要开设音乐课和美术课,让孩子们的生活更加丰富。\n"
    "镇上的医生每个月来一次,给孩子们检查视力和牙齿,还教他们怎样正确地洗手。"
)
TITLE = "山村学校的清晨"
PERSON = "李明 县教育局局长"


def test_the_copy_above_the_title_goes() -> None:
    text = f"{BODY}\n\n{TITLE}\n\n{PERSON}\n{BODY}"
    assert applied(text, run(text, byline(text, PERSON))) == f"{TITLE}\n\n{PERSON}\n{BODY}"


def test_the_copy_below_the_article_goes() -> None:
    text = f"{TITLE}\n\n{PERSON}\n{BODY}\n\n{BODY}"
    assert applied(text, run(text, byline(text, PERSON))).rstrip() == f"{TITLE}\n\n{PERSON}\n{BODY}"


def test_a_third_copy_goes_too() -> None:
    text = f"{TITLE}\n\n{BODY}\n\n{BODY}\n\n{BODY}"
    assert applied(text, run(text)).rstrip() == f"{TITLE}\n\n{BODY}"


def test_a_copy_cut_into_other_lines_is_a_copy() -> None:
    flat = BODY.replace("\n", "")
    text = f"{flat}\n\n{TITLE}\n\n{BODY}"
    assert applied(text, run(text)) == f"{TITLE}\n\n{BODY}"


def test_a_copy_that_differs_is_asked() -> None:
    other = BODY.replace("三个班级", "五个班级").replace("半个小时", "一个小时")
    text = f"{other}\n\n{TITLE}\n\n{BODY}"
    said = run(text)
    assert not said.edits
    (asked,) = said.findings
    assert (asked.rule, asked.after) == ("LAY006", "")
    assert asked.before.strip() == other


def test_another_article_between_stays() -> None:
    between = (
        "让每一条河都清澈起来\n\n王芳 县水利局局长\n水利局全体职工坚持每天巡河,发现问题马上处理。"
    )
    text = f"{TITLE}\n\n{PERSON}\n{BODY}\n\n{between}\n\n{BODY}"
    said = run(text, byline(text, PERSON), byline(text, "王芳 县水利局局长"))
    assert applied(text, said).rstrip() == f"{TITLE}\n\n{PERSON}\n{BODY}\n\n{between}"


def test_the_removed_copy_is_in_no_article() -> None:
    text = f"{BODY}\n\n{TITLE}\n\n{PERSON}\n{BODY}"
    (article,) = run(text, byline(text, PERSON)).articles
    assert "\n".join(text[a:b] for a, b in article.body) == BODY
    assert article.start == text.index(TITLE)
