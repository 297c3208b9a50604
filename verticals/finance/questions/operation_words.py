"""What a question wants done with the figures it names."""

from dataclasses import dataclass

from verticals.finance.questions.breakdown_words import breakdown_find
from verticals.finance.questions.cue import Cue, Words, words_of
from verticals.finance.questions.query import Op, Rank
from verticals.finance.questions.ranking_words import ranking_find

_WHY = Cue(
    en=r"\bwhy\b|\bwhat (?:drove|drives|caused|explains?|led to|is behind|was behind|contributed)"
    r"|\breasons? (?:for|why|behind)|\bdrivers? (?:of|behind)|\bdriven by what|\bhow come\b"
    r"|\bexplain (?:the|why)",
    words="why what reason reasons driver drivers driven how explain",
    zh="为什么|为何|原因|怎么会|驱动因素|何以|缘由|因素",
)
_TEXT = Cue(
    en=r"\b(?:describe|discuss|summari[sz]e|outline|elaborate|how do(?:es)?|tell me about"
    r"|(?:is|are) there any|who (?:is|are|was)"
    r"|what are the (?:main |key |major )?(?:risks?|factors|products|services|strateg\w*|competit\w*))\b",
    words="describe discuss summarize summarise outline elaborate how tell is are who what",
    zh="请?(?:简要|简单)?(?:分析|介绍|描述(?!一下)|阐述|概述|说明(?:一下)?(?!数)|总结|评价|谈谈)"
    "|如何(?!多)|怎么样|怎样|有什么(?:风险|影响|措施)",
)
_FIGURE = Cue(  # a figure is asked for after all
    en=r"\bhow (?:much|many)\b|\bhow do(?:es)?\b.*\bcompare\b|\bdecimals?\b|\bcalculate\b",
    words="how decimal decimals calculate",
    zh="保留|小数|多少",
)
_EVERYONE = Cue(
    en=r"\b(?:which|what) (?:of the |of these )?(?:compan(?:y|ies)|firms?|issuers?|peers?|bank|retailer)\b"
    r"|\b(?:fastest|slowest|most|least|best|worst|largest|biggest|highest|lowest|smallest)"
    r"(?:[- ][a-z]+ing|[- ](?:profitable|valuable|indebted|leveraged|liquid))? (?:company|companies|firms?)\b"
    r"|\b(?:across )?all (?:the )?compan(?:y|ies)\b|\bacross (?:compan|peers)|\bpeers?\b|\bwho has\b",
    words="which what across all peer peers who fastest slowest most least best worst largest biggest"
    " highest lowest smallest",
    zh="哪(?:一)?(?:家|个|些)(?:上市)?(?:公司|企业|家)?|(?:上市)?公司(?:中|里|当中)"
    "|(?:高|低|大|小|多|少|好|差)的(?:一家)?(?:上市)?(?:公司|企业)|所有的?(?:上市)?公司|各家?公司|同行",
)
_COMPARE = Cue(
    en=r"\bcompar(?:e|ed|ison|ing)\b|\bversus\b|\bvs\.?(?!\w)|\bagainst\b|\bdifference between\b"
    r"|\b(?:higher|lower|larger|bigger|better|worse|more|less) than\b|\brelative to\b|\bside by side\b"
    r"|\bwhich (?:is|was|has|had|one)\b",
    words="compare compared comparison comparing versus vs against difference higher lower larger bigger"
    " better worse more less relative side which",
    zh="对比|比较|相比|相较|孰|哪个(?:更|较)|谁(?:更|的)|差异|差距|与.{1,24}相比|比(?![是为例率重值]).{1,12}(?:高|低|多(?!少)|(?<!多)少)",
)
_TREND = Cue(
    en=r"\btrend(?:s|ed|ing)?\b|\bover time\b|\bevol(?:ve|ved|ution)\b|\bhistor(?:y|ical)\b|\btrajectory\b"
    r"|\beach (?:year|quarter)\b|\bby (?:year|quarter)\b|\b(?:year|quarter) by (?:year|quarter)\b",
    words="trend trends trended trending time evolve evolved evolution history historical trajectory each by",
    zh="趋势|走势|变化情况|变动情况|历史|历年|逐年|演变|曲线",
)
_CHART = Cue(
    en=r"\b(?:chart|plot|graph|visuali[sz]e|draw)\b",
    words="chart plot graph visualize visualise draw",
    zh="图表|折线图|柱状图|画(?:一?个|出)?图|作图|绘制",
)
_YOY = Cue(
    en=r"\byoy\b|\by/y\b|\by-o-y\b|\byear[- ](?:over|on)[- ]year\b|\bimprov(?:e|ed|ing|ement)\b"
    r"|\bdeteriorat(?:e|ed|ing)\b",
    words="yoy y year improve improved improving improvement deteriorate deteriorated deteriorating",
    zh="同比",
)
_QOQ = Cue(
    en=r"\bqoq\b|\bq/q\b|\bq-o-q\b|\bquarter[- ](?:over|on)[- ]quarter\b|\bsequential(?:ly)?\b",
    words="qoq q quarter sequential sequentially",
    zh="环比",
)
_GROWTH = Cue(
    en=r"\bgrowth\b|\bgrow(?:n|s|ing)?\b|\bgrew\b|\brate of change\b|\bchange in percent|\bcagr\b"
    r"|(?:\bpercent(?:age)?|%|\bpct) (?:change|increase|decrease|decline|growth|rise|drop)\b",
    words="growth grow grown grows growing grew rate change increase decrease decline rise drop cagr",
    zh="增长率|增速|增长了?(?:多少)?百分|增幅|降幅|跌幅|变动率|变化率|变动比例|增长(?!额|点|的?原因)"
    "|上升了?百分|复合增长",
)
_CHANGE = Cue(
    en=r"\bchang(?:e|ed|es)\b|\bincreas(?:e|ed|es|ing)\b|\bdecreas(?:e|ed|es|ing)\b|\bdeclin(?:e|ed|es)\b"
    r"|\b(?:rose|fell|dropped|went up|went down|moved)\b|\bgain(?:ed)?\b|\bdifference\b",
    words="change changed changes increase increased increases increasing decrease decreased decreases"
    " decreasing decline declined declines rose fell dropped went moved gain gained difference",
    zh="变动|变化|增加|减少|增减|下降|上升|提高|降低|增长额|涨了?多少",
)
_LIST = Cue(
    en=r"\blist\b|\b(?:which|what) (?:segments?|metrics|figures|filings|reports)\b",
    words="list which what",
    zh="有哪些|列出|列举|都有什么|清单|哪些(?!.*(?:最|第))",
)
_AVERAGE = Cue(
    en=r"\baverage\b(?! (?:equity|assets|shares?|diluted|basic|number|price))|\bmean\b",
    words="average mean",
    zh="平均(?!净资产|总资产|股本|股数|成本)|均值",
)
_SUM = Cue(
    en=r"\bcumulative\b|\bin total\b|\bcombined\b|\bsum of\b",
    words="cumulative total combined sum",
    zh="合计是|总共|一共|累计(?!折旧|其他)|加起来",
)
_COMPOUND = Cue(
    en=r"\bcagr\b|\bcompound(?:ed)? annual\b",
    words="cagr compound compounded",
    zh="复合(?:年均?|年度)?增长|年复合",
)
_PARENT = Cue(
    en=r"\b(?:parent(?:[- ]company)?[- ]only|parent company|stand-?alone|unconsolidated)\b",
    words="parent stand standalone unconsolidated",
    zh="母公司",
)
_PLACE = Cue(
    en=r"(?:headquartered|registered|incorporated|based) in (?P<c>[a-z][a-z ]{2,20}?)"
    r"(?=,|\?| that| which| had| have| has|$)",
    words="headquartered registered incorporated based",
    zh=r"(?:注册地址?|注册地?|办公地址|总部)都?(?:在|位于|为)(?P<a>[\u4e00-\u9fff]{2,8}?)(?=的|,|且|上市|公司|企业|$)"
    r"|在(?P<b>[\u4e00-\u9fff]{2,8}?)(?:注册|办公|上市交易)",
)
_RULES = (
    (Op.WHY, _WHY), (Op.TEXT, _TEXT), (Op.RANK, None), (Op.TREND, _TREND), (Op.QOQ, _QOQ), (Op.YOY, _YOY),
    (Op.GROWTH, _GROWTH), (Op.COMPARE, _COMPARE), (Op.CHANGE, _CHANGE), (Op.LIST, _LIST),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Wanted:
    """The operation, and what it says beside."""

    op: Op
    rank: Rank | None = None
    everyone: bool = False
    compare_by: str = ""
    aggregate: str = ""
    compound: bool = False
    chart: bool = False
    growth: bool = False  # growth itself is what is ranked, compared or drawn
    change: bool = False  # the change in its own unit is what is ranked
    scope: str = ""  # "parent" where the parent company alone is meant
    growth_words: str = ""  # how a ranking by growth or change was put
    places: tuple[str, ...] = ()


def wanted_find(text: str, whole: str) -> Wanted:
    """What a question in the plain spelling wants; in `text` names of companies and metrics are blanked."""
    words = words_of(text)
    asked, parts = ranking_find(words), breakdown_find(words, words_of(whole))
    everyone = _EVERYONE.found(words) and not parts.which
    place = _PLACE.search(words_of(whole)) if everyone or asked.rank else None
    return Wanted(
        op=_op(words, ranked=asked.rank is not None and (everyone or asked.ordered or parts.which)),
        rank=asked.rank,
        everyone=everyone,
        compare_by=parts.by,
        aggregate="average" if _AVERAGE.found(words) else "sum" if _SUM.found(words) else "",
        compound=_COMPOUND.found(words),
        chart=_CHART.found(words),
        growth=asked.moved != "change" and (_GROWTH.found(words) or _YOY.found(words) or asked.moved != ""),
        change=asked.moved == "change",
        scope="parent" if _PARENT.found(words) else "",
        growth_words=asked.words if asked.moved else "",
        places=tuple(group.strip() for group in place.groups() if group) if place else (),
    )


def _op(words: Words, *, ranked: bool) -> Op:
    for op, cue in _RULES:
        if cue is None:
            if ranked:
                return op
        elif cue.found(words) and not (op is Op.TEXT and _FIGURE.found(words)):
            return op
    return Op.TREND if _CHART.found(words) else Op.VALUE
