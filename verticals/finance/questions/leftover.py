"""What is left of a question once companies, metrics, periods and operations are taken out of it."""

import re
from collections.abc import Iterable

from verticals.finance.questions.normalise import fold, is_chinese

BLANK = "\x01"
_SMALL_WORDS = """
a s about above according all also an and any are as ask at based be been below both but by calculate can
compute company could data detail did do does during each either end ended ending exact figure figures
fill financial find fiscal following for found from full get give given group had has have how i if in
inc into is it its just know latest let level like look me million millions billion much my need next no
not now number numbers of on one only or our out over per period please present provide quarter question
reported report reports respectively round rounded same say see shall share should show so some state
stated statement statements such tell than that the their them then there these they thing this those
through to total two us usd use used using value values versus vs was we well were what whats when where
which while who whole whose will with within would year years yet you your decimal places amount level
annual filing form 10k 10 k q million thousand answer and what's percent percentage ratio much rate many
compare comparison between difference change changed growth grow grew increase increased decrease
decreased trend why reason highest lowest largest higher lower better worse more less first second third
fourth half average chart plot please calculated expressed terms units unit yoy qoq
biggest smallest greatest most least fastest slowest fast growing rise rose risen fall fell fallen drop
dropped decline declined improve improved improvement rank ranked
"""
_SMALL_EN = frozenset(_SMALL_WORDS.split())
_SMALL_ZH = re.compile(
    r"下[降滑跌]|上[升涨]|最[大多快慢少小高低]|[增涨升降跌]幅|提升|提高|减少|增加"
    r"|请问|请你|请|告诉我|我想知道|想知道|我想|想要|了解|查询一下|查询|查一下|帮我|帮忙|计算出?|算一下|提供|提到的?|提及的?|列出|给出|描述一下"
    r"|在保留[一二两三四0-9]位小数的情况下|保留(?:至|到|为)?(?:小数点?后?)?[一二两三四0-9]位(?:小数)?|小数点?后?|四舍五入|精确到|单位为?|分别|具体"
    r"|详细|信息|数据|数值|情况"
    r"|是多少|为多少|有多少|多少|是什么|什么|怎么|哪里|哪个|如何|的话|的时候|时候|的|了|呢|吗|吧|啊|在|是|为|有|和|与|及|以及|并|或|比|较|其|该|它|这|那"
    r"|那么|还|也|都|就|中|里|内|上|下|个|家"
    r"|根据|结合|基于|按照|依据|对于|关于|年报|年度报告|财务|报告|报表|(?<!母)公司|企业|集团|上市|总共|一共|合计|金额|数量|大约|约|元|人|万元|亿元|百分比|百分之|占比"
    r"|比例|比率|比值|数额|水平"
    r"|对比|相比|比较|同比|环比|增长率?|增速|增幅|变动|变化|上升|下降|趋势|走势|为什么|原因|最高|最低|排名|第|名|高|低|年度?|季度|期|之|者|以|到|至|从|被"
    r"|把|让|给|请求|谢谢|我"
)
_WORD = re.compile(r"[a-z][a-z&'.]*[a-z]|[a-z]")
_NAME = re.compile(r"\b[A-Z][A-Za-z0-9&'.]*(?:[ -](?:of|and|&|the|de|[A-Z][A-Za-z0-9&'.]*))*")
_CJK = re.compile(r"[\u4e00-\u9fff()（）A-Za-z]*[\u4e00-\u9fff]{2,}[\u4e00-\u9fff()（）A-Za-z]*")
_COMPANY_ZH = re.compile(
    r"([\u4e00-\u9fff()]{2,30}?(?:股份有限公司|有限责任公司|有限公司|集团|股份|银行|证券|保险|科技))"
)


def blanked(text: str, spans: Iterable[tuple[int, int]]) -> str:
    """The text with the spans taken out, every other character in its place."""
    for start, end in spans:
        text = f"{text[:start]}{BLANK * (end - start)}{text[end:]}"
    return text


def content_left(text: str) -> list[str]:
    """The words of a blanked question, in the plain spelling, that carry content of their own."""
    if is_chinese(text):
        rest = _SMALL_ZH.sub(BLANK, text)
        return [part for part in re.findall(r"[\u4e00-\u9fff]+|[a-z]{3,}", rest) if len(part) > 1]
    return [word for word in _WORD.findall(text) if word.strip(".'") not in _SMALL_EN]


def name_left(text: str, question: str) -> str:
    """The name of a company that no directory knows, or "".

    `text` is the question with the spans taken out, in its own spelling.
    """
    if is_chinese(question):
        rest = _SMALL_ZH.sub(BLANK, fold(text))
        whole = _COMPANY_ZH.search(fold(text))
        if whole:
            return _SMALL_ZH.sub("", whole[1][:2]) + whole[1][2:] if len(whole[1]) > 4 else whole[1]
        parts = [match.group() for match in _CJK.finditer(rest)]
        return max(parts, key=len, default="")
    names = [_trimmed(match.group()) for match in _NAME.finditer(fold(text))]
    return max(names, key=len, default="")


def _trimmed(name: str) -> str:
    """A name without the words of the question that capitals put before or after it."""
    words = name.strip(" .'").split(" ")
    while words and words[0].strip(".'").lower() in _SMALL_EN:
        words = words[1:]
    while words and words[-1].strip(".'").lower() in _SMALL_EN:
        words = words[:-1]
    return " ".join(words).removesuffix("'s")
