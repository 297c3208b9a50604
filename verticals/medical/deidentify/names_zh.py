"""Recogniser of names in Chinese text: family names from a list, and what stands around them."""

import re
from collections.abc import Iterable, Sequence

from verticals.medical.deidentify.lexicon import family_zh
from verticals.medical.deidentify.span import Span

_HAN = "一-鿿"
_LABEL = re.compile(
    r"(?:姓名|患者|病人|患儿|患方|孕妇|产妇|老人|伤者|死者|受试者|被保险人|投保人|受益人|联系人|收件人"
    r"|持卡人|用户|操作人|报修人|报告人"
    r"|审核人|记录人|签字人|见证人|监护人|陈述者|家属|家长|亲属|配偶|丈夫|妻子|爱人|父亲|母亲|爸爸|妈妈"
    r"|儿子|女儿|哥哥|弟弟|姐姐|妹妹"
    r"|儿媳|女婿|孙子|孙女|外孙|之父|之母|之子|之女|之妻|之夫|其子|其女|其妻|其夫|其父|其母|朋友|同事"
    r"|邻居|护工|保姆"
    r"|术者|主刀|助手|一助|二助|麻醉师|医师|医生|大夫|护士长|护士|主任|教授|药师|技师|主管|科室?|我叫"
    r"|名叫|叫做|自称|我是|本人)"
    r"(?:姓名|签名|签字|为|是|叫|系|名)?\s*(?:[（(][^）)]{1,6}[）)])?\s*[:：]?\s*[“\"]?$"
)
_TITLE = re.compile(
    r"\s?(?:先生|女士|小姐|太太|夫人|同志|阿姨|叔叔|爷爷|奶奶|老师|副?主任|主治|医生|医师|大夫|护士|护师"
    r"|教授|副教授|院长|副?主治"
    r"|药师|技师|博士|师傅|老人|小朋友|宝宝|同学)"
)
_JOINED = re.compile(r"(?:、|和|与|及|同|，|跟|嘱|请|经|由|遵|让|找|向|给|到|咨询一下|转|介绍)\s*$")
# What follows a name: a mark, a blank, a digit, or one of the words that carry a sentence on.
_FOLLOWS = re.compile(
    r"$|[\s，。、；：！？,.;:!?（）()\[\]【】《》“”\"'/|0-9A-Za-z—\-+]"
    r"|诉|述|记录|报告|于|因|代诉|自述|主诉|的|在|从|和|与|及|同|今|现|已|未|否|无|有|为|是|系|将|拟|又"
    r"|再|向|对|把|被|由|经|来|去|到|行|予"
    r"|服|共|等|之|会诊|查房|照顾|陪|表示|签|说|联系|安静|入|出|突|自|既往|顺产|术|完成|复诊|门诊|住|称"
    r"|处|约|办|均|也|曾|反复"
    r"|先生|女士|小姐|太太|副?主任|主治|医生|医师|大夫|护士|教授|副|院长|药师|技师|老师|夜|昨|昨|接|家属"
    r"|带|并|当|送|诊|告|血|体|神|意识|病情|情况"
)
# Words that begin with a family name's character. Before a title or after a label they are no names.
_WORDS = (
    "高血|高热|高烧|高龄|高度|高危|高脂|高糖|高钾|高处|高空|黄疸|黄染|白细|白带|白天|白蛋|方法|方案|方面"
    "|方式|时间|时有|时感|时而|时常|于是|于今"
    "|张力|张口|常规|常有|常感|常年|常见|马上|何时|何种|何处|任何|平素|平时|平卧|平均|平车|平稳|安静"
    "|安装|安排|安全|严重|严格|温度|石膏"
    "|金属|金额|水肿|水样|江|华|明显|明日|明确|明天|胡言|全身|全麻|全程|全天|全部|全日|计划|计算|左侧"
    "|左上|左下|左胸|左肺|左手|左腿|左眼|左肩|左足|左膝|左乳"
    "|左心|左髋|左耳|单侧|单纯|单次|强烈|强调|查体|查房|查看|相关|相对|后背|后续|后期|后来|后因|后即"
    "|从事|从未|从而|从无|从高|解除|解大|解小|解黑"
    "|应用|应急|应当|应该|充分|经治|经过|经常|经期|经产|经检|空腹|终止|连续|通过|通知|成功|成人|成年|都"
    "|双侧|双肺|双下|双眼|双手|双足|双腿|双膝"
    "|易|能|能够|有|有时|有关|有无|有明|有糖|有高|有吸|有饮|有过|还|步行|步态|步入|居家|居住|家属|家人"
    "|家住|家中|家族|家长|家庭|牙|束|万|支气|支架|毛发|毛细|元|元月|皮肤|皮疹|皮下|米|贝"
    "|和家|和患|和其|古|路上|车祸|车上|车间|幸|夏|夏季|冬|秋|秋季|那|空气|向|向患|向家|向上|自|宁|宁可"
    "|祖父|祖母|符合|党员|满月|满意|国|国内|利|利尿|农民|农村"
    "|童年|贫血|习惯|齐|干咳|干活|干燥|干重|关节|关于|关注|冷汗|商量|伤|怀孕|怀疑|房颤|房间|沙|沙哑|乐观"
    "|梁|汤|危重|项目|屈|屈曲|舒张|舒适|闷|闭|边|边缘|景|包块|包括|诸|段"
    "|井|富|乌|焦虑|巴|牧|山|谷丙|谷草|谷氨|车|班|仰卧|秋|仲|武|武汉|龙|叶酸|印|宿|白|怀|卓|蒙|阴性|阴道"
    "|阴囊|阴|双|莘|党|申请|申|扶|堵|桑|桂|寿|通|扈|燕|尚|尚可|尚未|尚好|农|温|别|柴"
    "|阎|充|充血|连|习|容易|古|戈|终|暨|衡|步|耿|匡|国|文化|文书|文|广泛|广|东|欧|沃|越|师|巩膜|融|冷|那"
    "|简|饶|曾|曾有|曾于|曾因|曾行|曾在|毋|沙|须|丰|相|查|荆|红|红肿|红细|游离|权|盖|益"
    "|公|岳|帅|况|琴|归|海|墨|哈|年|年龄|年轻|年迈|爱|爱人|阳性|阳|佟|言语|言|福|代|代诉|代述|代谢|铁|苟"
    "|原|原因|原发|原有|战|迟|官|操|楼|母亲|父亲|本人"
)
_NO_NAME = re.compile("|".join(word for word in _WORDS.split("|") if len(word) > 1))
# Family names that are words before a title: "由高主任" and "全主任".
_SHORT_WORDS = frozenset(
    "安常时有那于和从能都还元万年应向别自阴阳代言原公红海国相游查后路车家支水空解何任经单平全左双毛米成计明强通"
    "终连古边官操楼简权益盖况归爱福铁须丰越融冷文广东充易步容尚申党印项干关"
)
_FOREIGN = re.compile(rf"[{_HAN}]{{1,8}}(?:[·•‧・][{_HAN}]{{1,8}}){{1,3}}")
_FOREIGN_BEFORE = re.compile(
    r".*(?:患者|病人|姓名|护士|医生|医师|家属|女儿|儿子|妻子|丈夫|母亲|父亲|爱人|和|与|由|经|请|是|叫|给"
    r"|患儿|之子|之女|术者|主刀|称|人|妇|者|科)"
)
_FOREIGN_AFTER = re.compile(
    r"(?:先生|女士|小姐|副?主任|主治|医生|医师|大夫|护士|教授|诉|述|因|于|否认|表示|的|在|从|照顾|陪护"
    r"|顺产|之|会诊|说|安静|夜间|签|为|已|与|和|今年|，).*$"
)


def chinese_names_find(text: str) -> Iterable[Span]:
    """Names by label, by title, next to another name, and wherever a sure name stands again."""
    found = [*_foreign(text), *_by_label(text), *_by_title(text)]
    found += list(_joined(text, found))
    yield from found
    names = {text[one.start : one.end] for one in found if one.score >= 0.8 and one.end - one.start >= 2}
    for name in names:
        for match in re.finditer(re.escape(name), text):
            yield Span(match.start(), match.end(), "name", "name.again_zh", 0.8)


def _family_length(text: str, at: int) -> int:
    single, double = family_zh()
    if text[at : at + 2] in double:
        return 2
    return 1 if text[at : at + 1] in single else 0


def _han(text: str) -> bool:
    return bool(text) and all("一" <= one <= "鿿" for one in text)


def _length_at(text: str, at: int, *, sure: bool) -> int:
    """How many characters from `at` on are a name, 0 for none. `sure`: a label stands before."""
    family = _family_length(text, at)
    if not family or _NO_NAME.match(text, at) and not _whole(text, at, family):
        return 0
    lengths = [family + 2, family + 1]
    if family == 2 and sure and text[at : at + 1] in family_zh()[0]:
        lengths.append(2)
    fitting = [
        length for length in lengths if _han(text[at : at + length])
        and len(text) >= at + length and _FOLLOWS.match(text, at + length)
    ]  # fmt: skip
    # of two lengths that fit, the shorter is right where a title or a word of speech begins in the longer
    if len(fitting) == 2 and _CARRIES.match(text, at + fitting[1]):
        return fitting[1]
    if fitting:
        return fitting[0]
    return family + 2 if sure and _han(text[at : at + family + 2]) and not _NO_NAME.match(text, at) else 0


_CARRIES = re.compile(
    r"诉|主诉|自述|先生|女士|小姐|副?主任|主治|医生|医师|大夫|护士|教授|否认|表示|会诊|查房|照顾|代诉"
    r"|于\d|于[今昨]|因[“\"突]|[在从由因为] "
)


def _whole(text: str, at: int, family: int) -> bool:
    """Whether a would-be word is cut off by a mark right where a name would end: "：安明，"."""
    return any(
        _han(text[at : at + family + more])
        and re.match(r"$|[\s，。、；：（）(),]", text[at + family + more : at + family + more + 1] or "")
        for more in (1, 2)
    ) and not _NO_NAME.fullmatch(text[at : at + 2])


def _by_label(text: str) -> Iterable[Span]:
    for at in range(len(text)):
        if "一" <= text[at] <= "鿿" and _family_length(text, at):
            before = text[max(0, at - 16) : at]
            label = _LABEL.search(before)
            if label:
                strict = before.rstrip()[-1:] in ":：" or label[0].rstrip().endswith(("叫", "自称", "我是"))
                if length := _length_at(text, at, sure=strict):
                    yield Span(at, at + length, "name", "name.label_zh", 0.9)


def _by_title(text: str) -> Iterable[Span]:
    for match in [*_TITLE.finditer(text), *_SPEAKS.finditer(text)]:
        for length in (4, 3, 2, 1):
            at = match.start() - length
            if at < 0 or not _han(text[at : match.start()]):
                continue
            family = _family_length(text, at)
            if not family or length - family > 2 or (length == 4 and family != 2):
                continue
            if _NO_NAME.match(text, at) and not (at == 0 or not _han(text[at - 1])):
                continue
            if (
                length == family
                and family == 1
                and text[at] in _SHORT_WORDS
                and at > 0
                and _han(text[at - 1])
            ):
                continue
            speaks = match[0] in _SPEECH
            if at and _han(text[at - 1]) and (speaks or not _opens(text, at)) or speaks and length == 1:
                continue
            yield Span(at, match.start(), "name", "name.title_zh", 0.88 if length > 1 else 0.8)
            break


_SPEECH = ("诉", "自述", "否认", "代诉", "自诉")
_SPEAKS = re.compile("|".join(_SPEECH))
_OPENS = re.compile(
    r"(?:患者|病人|请|经|由|和|与|及|嘱|遵|给|叫|是|科|向|找|让|同|跟|医生|护士|家属|到|在|一下|室|组|区"
    r"|院|为|被|对|予|的|告|问|询|知|者"
    r"|人|妇|儿|子|女|母|父|妻|夫|称)$"
)


def _opens(text: str, at: int) -> bool:
    return bool(_OPENS.search(text[max(0, at - 4) : at]))


def _joined(text: str, found: Sequence[Span]) -> Iterable[Span]:
    """A name after another one: "王芳、李强", and with an aside between: "王芳（女儿）、李强"."""
    ends = {span.end for span in found}
    for end in ends:
        match = re.compile(r"(?:[（(][^）)]{1,8}[）)])?(?:、|和|与|及|/|，)").match(text, end)
        if match and (length := _length_at(text, match.end(), sure=False)) and match[0][-1] != "，":
            yield Span(match.end(), match.end() + length, "name", "name.joined_zh", 0.75)


def _foreign(text: str) -> Iterable[Span]:
    """Names with a dot between their parts: 艾力·吐尔逊."""
    for match in _FOREIGN.finditer(text):
        first, _, last = re.split(r"([·•‧・])(?!.*[·•‧・])", match[0])
        head = _FOREIGN_BEFORE.match(first)
        start = match.start() + (head.end() if head and head.end() < len(first) else 0)
        tail = _FOREIGN_AFTER.search(last)
        end = match.end() - (len(tail[0]) if tail and tail.start() > 0 else 0)
        yield Span(start, end, "name", "name.dotted_zh", 0.9)
