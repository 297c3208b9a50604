"""Whether a question asks by segment, product or region, and whether it asks which of them."""

from dataclasses import dataclass

from verticals.finance.questions.cue import Cue, Words

_OF = (
    r"\b(?:which|what)(?: one)?(?: of)?(?: (?:its|their|the|these|[a-z]+'s?|\x01+(?:'s)?))* ?\x01* ?"
    r"(?:main |key |major )?"
)
_WHICH_ZH = r"哪(?:一)?(?:个|项|块|类|种|款|些|大)?(?:主要|具体)?"
_PRODUCT = r"(?:products?(?: lines?| categor(?:y|ies)| groups?)?|services?|brands?)"
_REGION = (
    r"(?:regions?|countr(?:y|ies)|geograph(?:y|ies)|geographic (?:areas?|segments?|markets?|regions?)"
    r"|markets?)"
)
_BUSINESS = (
    r"(?:(?:business |operating |reportable |reporting )?segments?|business(?:es)?(?: units?| lines?)?"
    r"|divisions?)"
)
_RANKED = r"(?:highest|largest|biggest|greatest|best|lowest|smallest|worst|fastest|slowest|top|bottom)"
_WHICH = "which what highest largest biggest greatest best lowest smallest worst fastest slowest top bottom"
# breakdown -> words for "by" it, and words for "which" of its parts
_BY: dict[str, tuple[Cue, Cue]] = {
    "product": (
        Cue(
            en=rf"\b(?:by|per|each|across) {_PRODUCT}\b|\bby category\b",
            words="by per each across",
            zh="分产品|各个?产品|按产品",
        ),
        Cue(
            en=rf"{_OF}{_PRODUCT}\b|\b{_RANKED} {_PRODUCT} by\b",
            words=_WHICH,
            zh=f"{_WHICH_ZH}(?:产品|品类|产品线)|产品(?:中|里|当中).{{0,24}}最",
        ),
    ),
    "region": (
        Cue(
            en=r"\bgeographic(?:al)? (?:breakdown|split)\b"
            r"|\b(?:by|per|each|across) (?:geograph(?:y|ic area)|regions?|countr(?:y|ies))\b",
            words="by per each across geographic geographical",
            zh="分地区|各个?地区|按地区|分区域|按区域",
        ),
        Cue(
            en=rf"{_OF}{_REGION}\b|\b{_RANKED} {_REGION} by\b",
            words=_WHICH,
            zh=f"{_WHICH_ZH}(?:地区|区域|国家|市场|大区)|(?:地区|区域)(?:中|里|当中).{{0,24}}最",
        ),
    ),
    "segment": (
        Cue(
            en=r"\b(?:by|per|each|across) (?:business |operating |reportable )?segments?\b"
            r"|\bsegment(?:s|al)?\b",
            words="by per each across segment segments segmental",
            zh="分部|分行业|各个?(?:分部|业务板块|板块|业务)|按(?:业务|板块|分部|行业)",
        ),
        Cue(
            en=rf"{_OF}{_BUSINESS}\b|\b{_RANKED}(?:[- ]growing)? {_BUSINESS}\b"
            rf"|\b{_BUSINESS} (?:that |which )?(?:has|had|have|with) the\b",
            words=f"{_WHICH} has had have with",
            zh=f"{_WHICH_ZH}(?:业务分部|分部|业务板块|板块|业务线|业务|行业|事业部)"
            "|(?:分部|业务|板块|行业)(?:中|里|当中).{0,24}最|最.{1,4}的(?:业务|分部|板块)",
        ),
    ),
}
_ORDER = ("segment", "product", "region")


@dataclass(frozen=True, slots=True)
class Parts:
    """`by`: segment, product, region or empty. `which`: one of the parts is asked for."""

    by: str = ""
    which: bool = False


def breakdown_find(words: Words, whole: Words) -> Parts:
    """The breakdown that a question names; "which product" is more than a mention of segments.

    In `words` names of companies and metrics are blanked, in `whole` they are not: 哪个分部收入最高 names the
    metric 分部收入.
    """
    for by, (_along, which) in _BY.items():
        if which.found(words) or which.found(whole):
            return Parts(by, which=True)
    return Parts(next((by for by in _ORDER if _BY[by][0].found(words)), ""))
