# ruff: noqa: E501  (words of one meaning stay together)
"""The words by which English and Chinese deny, date, attribute and ask, as expressions."""

import re
from collections.abc import Callable
from dataclasses import dataclass

Expression = re.Pattern[str]


@dataclass(frozen=True, slots=True)
class Words:
    """One language.

    `breaks` end a clause, `turns` end the reach of a denial. `now` and `lasting` say that something is
    there; `past` and `dated` that it was; `carried` goes on with what was. `condition` opens what is only
    supposed, `consequence` closes it; `question` asks in general unless something is `told`; `general`
    marks a text about the subject as such.
    """

    breaks: Expression
    turns: Expression
    negation: Expression
    false_negation: Expression
    negation_after: Expression
    reaches: Callable[[str, str], bool]
    now: Expression
    lasting: Expression
    past: Expression
    dated: Expression
    dated_after: Expression
    carried: Expression
    family: Expression
    condition: Expression
    consequence: Expression
    question: Expression
    told: Expression
    general: Expression


_LIST_DENIALS = re.compile(r"den(?:y|ies|ied|ying)|negative|without|no (?:evidence|sign|history)")


def _english_reaches(denial: str, between: str) -> bool:
    """Over a list of short items; behind a plain "no" only where "or" shows that the list goes on."""
    items = re.split(r",|/|\band\b", between)
    if any(len(one.split()) > 5 for one in items):
        return False
    if len(items) == 1 or _LIST_DENIALS.search(denial):
        return True
    return bool(re.search(r"\b(?:or|nor)\b", between))


def _chinese_reaches(denial: str, between: str) -> bool:
    if denial in {"不", "未"}:
        return len(between) <= 2
    if denial in {"没", "没有"} and re.match(
        r"(?:力气|精神|胃口|吃|喝|睡|去|来|看|做|带|用|办法|打|管|人|敢|想|缓解|好转)", between
    ):
        return False
    if re.search(r"[，,]", between):
        return "、" in between and len(between) <= 12 or bool(re.search(r"[，,](?:也|亦)?[没无]", between))
    return len(re.split(r"[、和及或与跟]", between)[-1]) <= 7 and len(between) <= 30


_MONTH = r"(?:jan|feb|mar|apr|may|june?|july?|aug|sept?|oct|nov|dec)[a-z]*"
_RELATIVE = (
    r"(?:father|dad|mother|mom|mum|brother|sister|uncle|aunt|auntie|grand(?:ma|pa|mother|father|dad|mum|parents?)"
    r"|gran|nan|nana|cousin|parents?|siblings?|relatives?|mother-in-law|father-in-law|friend|neighbou?r|colleague"
    r"|coworker|husband|wife|son|daughter|family)"
)
ENGLISH = Words(
    breaks=re.compile(
        r"\b(?:but|however|though|although|except|yet|then|now|while|whereas|because|so)\b|[,;:()]| - "
    ),
    turns=re.compile(
        r"\b(?:but|however|though|although|except|yet|then|now|still|instead|just|only|has|had|he's|she's|i'm|since"
        r"|presents?|complain\w*|started?|with)\b|[;:]| - "
    ),
    negation=re.compile(
        r"\b(?:no|not|never|none|nor|neither|without|denie[sd]|deny|denying|negative for|free of|absence of"
        r"|no (?:evidence|signs?|history) of|don'?t have|doesn'?t have|didn'?t have|haven'?t (?:had|got)"
        r"|hasn'?t (?:had|got)|isn'?t|wasn'?t|aren'?t|don'?t|doesn'?t|didn'?t|ruled out|rules out|nil|w/o)\b"
    ),
    false_negation=re.compile(
        r"^(?:no|not|never|don'?t|doesn'?t|didn'?t) (?:idea|sure|certain|only|know|knowing|better|good|getting|improv"
        r"|stop|going away|longer|think|feel|feeling|help|able|let|want|wait|eat|drink|relief|matter|one|clue|time|much"
        r"|responding to|response to|eased|usual|normal|make it|had a wink|wearing|insulin|long|more"
        r"|felt|experienced|ever|seen|known|like|just)|^never (?:had|felt|been|known|seen|experienced)"
        r"|^no (?:pulse|breathing|response|urine|wee|movement|feeling|sensation)"
    ),
    negation_after=re.compile(
        r"^\W*(?:is |was |are |were |has been |have been )?(?:absent|denied|ruled out|excluded|negative|none\b|nil\b|no\b(?=\s*[,.;]|$)"
        r"|not present|unlikely|(?:and (?:my |the )?\w+ )?(?:is |are |was |were |all |both |looks? |seems? |feels? |has been |have been |still |completely |quite )*(?:normal(?:ly)?|fine|ok|okay|intact|unremarkable|regular|clear|good|as usual|well)\b(?! (?:until|then|but)))"
    ),
    reaches=_english_reaches,
    now=re.compile(
        r"\b(?:now|right now|currently|at the moment|today|tonight|this (?:morning|afternoon|evening|minute|time)|again"
        r"|last night|(?:\d+|a|an|few|couple of|half an?) ?(?:min(?:ute)?s?|m|hrs?|hours?|h|secs?|seconds?)(?: or so)? ago"
        r"|(?:an|half an|\d+) hours?|\d+ ?(?:min(?:ute)?s?|mins|hrs?)\b|just (?:now|had|took|swallowed|drank|ate|collapsed|fell"
        r"|started|found|got|given|been|happened|came|woke|passed)|just like (?:that|then|last)|same (?:pain|feeling|thing|symptoms?)|already"
        r"|since (?:this|last night|lunch|breakfast|\d)|presents?(?: with)?|presenting|brought in|on arrival|c/o|complain\w*"
        r"|help|ambulance|he's|she's|is having|and (?:is|has|can't|cannot|won't|now|her|his|he|she|they)|i'm having|won't stop|hasn't|happening|ongoing|new|suddenly|yesterday"
        r"|on the floor|in front of me|has (?:just|been|turned|gone|become)|woke up with)\b"
    ),
    lasting=re.compile(
        r"\b(?:for|x|past|last) ?(?:the )?(?:past |last )?(?:\d+|an?|two|three|four|several|few)(?: more)? ?(?:min|hour|hr|h\b|day|d\b)"
        r"|\b\d+ ?(?:/7|/24)\b|\bsince\b"
    ),
    past=re.compile(
        r"\b(?:history of|h/o|hx(?: of)?|pmhx?|past medical|previous(?:ly)?|prior|former(?:ly)?|used to|as a (?:child|kid|teenager"
        r"|baby)|when i was|in the past|once had|long ago|old\b(?= (?:stroke|mi|heart attack|infarct))|s/p|status post|years? old scar"
        r"|recovered from|survived|survivor)\b"
    ),
    dated=re.compile(
        r"\b(?:(?:\d+|an?|two|three|four|five|six|seven|eight|nine|ten|many|some|few|couple of|several) (?:years?|yrs?|months?|weeks?|decades?) (?:ago|back|prior|earlier)"
        r"|last (?:year|month|summer|winter|spring|autumn|fall|christmas|"
        + _MONTH
        + r")|(?:in|since|from|back in|of) (?:19|20)\d\d"
        r"|in "
        + _MONTH
        + r"|years ago|months ago|back in|(?:19[5-9]|20[0-2])\d\b|in my (?:teens|twenties|thirties|\d0s)|at (?:age|the age of) \d+|ages ago)\b"
    ),
    dated_after=re.compile(
        r"^[,;:( -]*(?:(?:but )?(?:that|this|it) (?:was|happened)(?: all)? )?(?:back )?(?:in (?:19|20)\d\d|(?:\d+|many|two|three|four|five|ten|several) (?:years|months) ago|years ago|last year|when i was)"
    ),
    carried=re.compile(
        r"^\W*(?:and|when|with|which|where|who)?\b.{0,30}\b(?:had|was|were|went|took|got|felt|needed|spent|fixed|treated)\b"
    ),
    family=re.compile(
        r"\bfamily (?:history|hx)|\bfhx?\b|\bruns? in (?:the|my|our|his|her) family|\b"
        + _RELATIVE
        + r"(?:'s)?\b[^.;]{0,50}\b(?:died|passed away|passed|lost (?:his|her) life)\b(?! out)"
        r"|\b"
        + _RELATIVE
        + r"\b[^.;]{0,40}\b(?:had|has had|suffered|got|needed|survived|was (?:diagnosed|treated))\b[^.;]{0,60}(?:\bage[d]? \d+|\bat \d\d\b|\byears? ago|\bin (?:19|20)\d\d|\bin (?:his|her) \w+ies|\blast (?:year|month)|\bat the age)"
        r"|\b(?:lost|losing) my " + _RELATIVE + r"\b|\bhereditary\b|\binherit"
    ),
    condition=re.compile(
        r"\b(?:if (?!it's ok|that matters|that helps)|in case (?!of emergency we)|unless|should (?:you|symptoms|there|any) |imagine|suppose|hypothetical\w*|what happens|risk of|risk for|risks? "
        r"|prevent\w*|avoid|worr(?:y|ied) (?:about|that) (?:getting|having|developing|one day|future|a )|scared of|fear of|afraid of|chances? of|screen(?:ing)? for|look out for|watch (?:out )?for"
        r"|warning signs|signs of|symptoms of|causes? of|rule out|return (?:precautions|if)|come back if|vaccin\w+|jab)"
    ),
    consequence=re.compile(r"\b(?:but|however|now|then|today|because|since|and now)\b|;"),
    question=re.compile(
        r"\bwhat (?:are|is|does|do|causes?|foods?|would|should (?:one|people|you|a person))\b|\bhow (?:do|does|can|would|common|long|dangerous|likely|is|are|to)\b|\bcan (?:you|a|an|stress|anxiety|people|someone|it|this|coffee|too)\b[^?]*\b(?:cause|lead|die|get|trigger|explain|tell)\b"
        r"|\b(?:can|could) [a-z -]{3,40} be (?:prevented|avoided|cured|treated|inherited|detected)\b|\bdoes (?:\w+ ){1,6}(?:cause|mean|lead|hurt|increase|make)\b|\b(?:explain|describe|define|list|tell me about|difference between|meaning of|information (?:on|about)|leaflet)\b|\bwhy (?:do|does|is|are)\b|\bis it (?:true|possible|safe)\b|\bwhen (?:should|do) (?:you|i|one|people|we)\b"
    ),
    told=re.compile(
        r"\b(?:i have|i've|i'm|i am having|i took|i can't|i feel|my \w+ (?:is|has|just|can't|won't|took|started|keeps|swallowed|fell|hit|was|isn't|cannot|collapsed|got|woke|looks|seems|and)|he (?:is|has|can't|took|won't|isn't)|she (?:is|has|can't|took|won't|isn't)|my (?:chest|head|heart|leg|arm|face|throat|eye|stomach|belly|tummy|back|baby)|he's|she's|him|her)\b"
    ),
    general=re.compile(
        r"\b(?:essay|homework|exam|revision|revising|first[- ]aid (?:course|class|training)|cpr (?:course|class|training)|course|lecture|textbook|leaflet|poster|article|blog|documentary|podcast|novel|story|script|screenplay|movie|film|tv|drama|episode"
        r"|research|thesis|presentation|quiz|student|class|training|curious|just wondering|wondering|hypothetical\w*|in general|generally|for future reference|just in case|one day|to be prepared|read (?:that|about|somewhere|an)|heard (?:that|about)|guideline|policy|protocol|definition|teach|study(?:ing)?|workshop|seminar|learn)\b"
    ),
)

_ZH_RELATIVE = "(?:爸|父亲|妈|母亲|爷爷|奶奶|外公|外婆|姥姥|姥爷|哥|姐|弟|妹|叔|舅|姑|姨|伯|亲戚|家里人|家人|家族|老伴|丈夫|妻子|老公|老婆|邻居|同事|朋友)"
CHINESE = Words(
    breaks=re.compile(r"[，,；;：:（）()]|但是|但|可是|不过|然而|却"),
    turns=re.compile(
        r"[；;]|但是|但|可是|不过|然而|却|只是|就是|现在|今天|突然|忽然|刚才|刚刚|开始|伴有?|[，,](?![没无也亦不未和及])"
    ),
    negation=re.compile(
        r"没有|没|否认|无(?!法|力|意识|反应|尿|名|故|缘|脉|论)|未见|未诉|未出现|未发现|未再|未|并非|不是|不伴有?|不存在|排除|从未|从没|不(?!停|止|断|住|清|省|醒|过|知|行|了|动|起|上|下|能|会|想|敢|对|出|开|到|稳|好|舒|让|理|肯|同|说|太|是)"
    ),
    false_negation=re.compile(
        r"^(?:没|没有|无)(?:意识|反应|知觉|呼吸|脉搏|心跳|力气|尿|胎动|感觉|救|用|效|办法|法|缘无故|过这么|像这样|这么|停|断|命|气|了|准|多久|一会|几|想到|有?过的|好转|缓解|胃口|退|减轻|醒)|^不(?:是.{0,4}就是)|^不是(?:第一次|一般|很清|太清)|^从(?:没|未)(?:有过)?(?:这|那|如此|过)"
    ),
    negation_after=re.compile(
        r"^(?:[:：]?\s*(?:无|阴性|\(-\)|（-）|否认|已排除|已除外|没有(?=[，。；,;]|$)))|^(?:和?[^，。；]{0,4})?(?:都|也|均|一切|还|基本|完全)?(?:正常|没问题|没事|还好|良好|通畅|挺好|都好|好的)(?!吗)|^(?:症状)?(?:都|也|均)?(?:没有|没出现|不存在)(?=[，。；,;了]|$)"
    ),
    reaches=_chinese_reaches,
    now=re.compile(
        r"现在(?!好|没|都好|正常|恢复|一切|很好|已经好|完全|想|\d+岁)|目前(?!没|好|稳定|正常)|此刻|今天|今日|今早|今晨|今晚|刚|方才|这会儿?|这次|又|再次|当前|眼下|昨晚|昨夜|昨天|昨日|凌晨|半夜|早上|上午|中午|下午|晚上|分钟|小时(?!候)|半个?钟|钟头|突然|忽然|突发|急性?起病|一直|越来越|正在|还在|同样的|一模一样|复发|救命|120|快来|送来|来诊|就诊|入院|主诉|伴|不停|已经|半天|我家.{0,6}在"
    ),
    lasting=re.compile(
        r"[\d一二两三四五六七八九十半几]+ ?(?:天|日|h|min|小时|分钟)(?!前)|[\d一二两三四五六七八九十半几]+个?(?:小时|钟头)(?!前)"
    ),
    past=re.compile(
        r"以前|从前|曾经|曾|既往|病史|史(?=[，。；,;、（(]|$)|小时候|早年|往年|当年|过去|原来有|之前(?:有过|得过|做过|发作过)|(?:得|有|患|犯|做|住)过(?!去|来)|后遗症"
    ),
    dated=re.compile(
        r"[\d一二两三四五六七八九十几多半]+ ?(?:年|个?月|周|个?星期|个?礼拜)(?:多)?(?:前|以前|之前)|去年|前年|上个?月|上周|上(?:个)?(?:星期|礼拜)|(?:19|20)\d\d ?年|年轻(?:的)?时|小时候|小学|中学|大学时|当时|那时|那年|\d+岁(?:时|那年|的时候)"
    ),
    dated_after=re.compile(
        r"^[，,（( ]*(?:那|这)?(?:都|是|已)?(?:是|经)?(?:[\d一二两三四五六七八九十几多]+ ?(?:年|个?月)前|去年|前年|好几年前|很多年前|小时候|(?:19|20)\d\d ?年)"
    ),
    carried=re.compile(r"当时|那时|住院|抢救|治|恢复|后来|好了|手术|支架|出院|做了|用了|没事|稳定|复查"),
    family=re.compile(
        r"家族史|家族(?:里|中)?有|遗传|"
        + _ZH_RELATIVE
        + r"[^。；;]{0,14}(?:去世|过世|走了(?=[，。]|$)|没了(?!意识|呼吸|心跳|脉|反应|知觉|气|力)|病逝|死于|死的|离世|得过|有过|患过|犯过|做过|中过|自杀过|确诊)|(?:死于|因)[^。；，]{0,8}(?:去世|过世|病逝|走的|离世)|(?:去世|过世)的"
    ),
    condition=re.compile(
        r"如果|假如|假设|假使|要是|万一|倘若|一旦|若(?!有所|无其)|若有|若出现|担心(?:自己|以后|将来|会|得|是不是会)|怕(?:自己)?(?:会|得|以后)|预防|防止|避免|风险|几率|概率|筛查|疫苗|警惕|注意(?:有无|观察|是否)|(?:可能|会)(?:引起|导致)|什么情况"
    ),
    consequence=re.compile(r"但是|但|可是|不过|现在|结果|[；;]"),
    question=re.compile(
        r"什么是|(?:急救法?|步骤|疫苗|培训课?)[^，。]{0,6}(?:怎么|哪|什么时候|多少|有哪些)|是什么(?:症状|意思|病|原因|样|表现|感觉)|有(?:哪些|什么)(?:症状|表现|征兆|危害|原因|区别|先兆|办法|方法|后果)|(?:如何|怎么|怎样|咋)(?:急救|预防|判断|区分|识别|鉴别|避免|急救|自救|处理|看|护理|形成|引起|诊断|治疗|做|用|防)|(?:的)?(?:症状|表现|征兆|原因|前兆|先兆|区别|诊断标准|急救(?:方法|步骤|知识)?|机制|后遗症|指标|并发症)(?:是什么|有哪些|都有|吗|是啥|包括|[？?])|为什么(?:会|要|有)|会不会(?:引起|导致|遗传|死|复发)|会(?:引起|导致|造成)[^，。]{0,8}吗|(?:多少|多高|多低|什么时候|几分钟|多久)[^，。]{0,8}(?:算|才|属于|需要|危险|要去|致命|就医)|严重吗|危险吗"
    ),
    told=re.compile(
        r"我(?:现在|今天|刚|突然|的?(?:胸|头|心|肚|腿|手|眼|喉|脸|背|腰)|已|昨|妈|爸|老公|老婆|儿子|女儿|爷爷|奶奶|家|孩子|娃|宝宝|朋友|同事|丈夫|妻子)|(?:他|她|孩子|宝宝|老人|病人|患者|娃)(?:现在|突然|刚|已|一直|正)"
    ),
    general=re.compile(
        r"科普|论文|考试|作业|课程|上课|课上|网课|课本|培训|讲座|小说|剧本|剧情|电视剧|电视|电影|纪录片|新闻|文章|公众号|视频|听说|据说|看到(?:一篇|网上|有人|说)|网上说|书上|宣传|海报|研究|学习|复习|面试|了解一下|想了解|想知道|请教|好奇|知识|指南|定义|概念|写一(?:篇|个)|演练|教学|教案|作文|资料|培训|备课|急救包|家庭药箱|答题|题目|假设|报名"
    ),
)


def words_of(language: str) -> Words:
    """The words of a language, en or zh."""
    return CHINESE if language == "zh" else ENGLISH
