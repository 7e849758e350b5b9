"""What every worker of a batch needs, imported in the process that they are forked from, and
used once there: what a stage makes at its first text is there, and no worker makes it again.

Nothing here may start a thread, which a fork would not have: Arrow is only imported."""

import pyarrow.parquet

from repair import pipeline
from repair.collate import compare
from repair.corpus import compare as groups
from repair.corpus import deliver, gather, samples, survey, work
from repair.corpus.engine import collect_rarely
from repair.model import Document
from repair.residue import tables

__all__ = ["deliver", "gather", "groups", "pyarrow", "samples", "survey", "work"]

# Sound but for its menus, with some of all that sound text has: what damage needs is made where
# there is some.
TEXT = """首页 | 新闻 | 财经 | 关于我们
当前位置：首页 > 要闻 > 正文
某市召开会议部署明年工作
2021-03-05 10:20　来源：新华社　作者：王小明
本报讯（记者王小明 通讯员李华）3月5日，记者从会上获悉，今年将继续推进工作，确保“十个一批”取得实效。
会议指出，要坚持以人民为中心的发展
思想，第一，加强组织领导；第二，明确责任分工……
（二）各级部门应当依照《条例》第十二条的规定办理，罚款五千元以上一万元以下。
他问:"怎么办?" A&B公司常常(cháng)答道：京—沪—广三地，好好好办！☆
联系电话：（010）12345678
附件：1.名单
责任编辑：李华
上一篇：没有了 下一篇：返回列表
扫一扫关注公众号，点赞在看
"""


def warm() -> None:
    """Lets the stages and the search for versions work on a text."""
    traditional = TEXT.translate(str.maketrans("会议发财经", "會議發財經"))
    learnt = tables.merge([tables.collect("", TEXT)])
    pipeline.run_many([Document("", text, "") for text in (TEXT, traditional)], tables=learnt)
    compare(TEXT, traditional)


warm()
collect_rarely()  # before the workers are forked, which go on like this
