"""HTML pages: the encoding stage repairs the markup, then the article is taken out of it.

Of the encoding stage only what it is sure of is done here; where it would ask, the damage
stays, goes into the text with the article, and is asked about there.
"""

from __future__ import annotations

from dataclasses import replace

from repair import edits as ed
from repair import pipeline
from repair.config import Config
from repair.corpus.ocr import WORD
from repair.model import Article, Context, Document, Edit, Markup, Result


def extracted(document: Document, config: Config) -> Document:
    """The document of the article in a page; `markup` keeps what it was taken from."""
    from repair.extract import extract

    edits: tuple[Edit, ...] = ()
    if "encoding" in config.stages:
        sure = Context(replace(config, unsure="keep"), doc_id=document.doc_id)
        said = pipeline.stage("encoding")(document.text, sure)
        edits = tuple(e for e in ed.order(said.edits) if config.runs(e.rule))
    found = extract(ed.apply(document.text, edits))
    source = Markup(document.text, edits, found.marks)
    return document._replace(text=found.text, layer="extracted", markup=source)


def informed(result: Result) -> Result:
    """The result with what the page's markup says about its article, where the article's own
    text does not say it. A page of several articles keeps only what each says."""
    markup = result.document.markup
    if markup is None or len(result.articles) != 1:
        return result
    return result._replace(articles=(_with(result.articles[0], markup),))


def _with(article: Article, markup: Markup) -> Article:
    known = {mark.kind for mark in article.marks}
    new = (m for m in markup.marks if m.kind not in known and m.kind != WORD)
    return article._replace(marks=(*article.marks, *new))
