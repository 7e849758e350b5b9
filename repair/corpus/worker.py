"""What every worker of a batch needs, imported once in the process that they are forked from,
and used once: what a stage makes at its first text is there, and no worker makes it again.
Nothing here may start a thread: Arrow is imported only."""

import gc

import pyarrow.parquet

from repair import pipeline
from repair.collate import compare
from repair.corpus import deliver, gather, kernel, samples, survey, work
from repair.corpus import compare as groups
from repair.model import Document
from repair.residue import tables

__all__ = ["deliver", "gather", "groups", "kernel", "pyarrow", "samples", "survey", "work"]

# A text for the stages to do what they do: a menu, a dateline, a break in a sentence, doubled
# and misread characters, a lost unit, marks of a slip, brackets that do not close.
TEXT = """首页 | 新闻 | 财经 | 关于我们
我市召开会议部署明年的工作
本报讯 记者 王小明 2021年3月5日 来源：晚报
会议指出，要坚持以人民为中心的发展
思想，统筹推进各项工作的的落实，确保取得实效。第一，加强组织领导；第二，明确责任分工。
（二）各级部门應當认真学习“有关精神，做到學以致用！他说?欢际牵?
2020129日起施行。ä¸­æ–‡ &nbsp; 锟斤拷 \\u4e2d\\u6587
上一篇：没有了 下一篇：返回列表
版权所有 未经许可不得转载
"""


def warm() -> None:
    """Makes what the stages and the search for versions make at their first text."""
    traditional = TEXT.replace("会议", "會議").replace("学习", "學習")
    results = pipeline.run_many(
        [Document(str(n), text, "") for n, text in enumerate((TEXT, traditional, TEXT[60:150]))],
        tables=tables.merge([tables.collect("0", TEXT)]),
    )
    for result in results:
        kernel.said(result)
    compare(TEXT, traditional)


warm()
gc.freeze()
