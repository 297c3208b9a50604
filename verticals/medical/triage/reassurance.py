# ruff: noqa: E501  (words of one meaning stay together)
"""Texts that say of themselves that all is well: what merely resembles a red flag in them does not count.

Only where no sign of alarm stands beside it: a sentence that says both is taken at its worst.
"""

import re

from verticals.medical.triage.context import context_of

_WELL = {
    "en": re.compile(
        r"playing (?:happily|normally|as usual)|(?:drinking|eating|feeding|sleeping) (?:and \w+ )?(?:well|fine|ok|normally)|feel(?:ing|s)? (?:fine|well|ok|good|normal)"
        r"|otherwise (?:well|fine|healthy|ok)|smiling|as usual|same as (?:usual|always)|no change|unchanged|for (?:many |several |\d+ |ten )?years|asymptomatic|routine|annual|review|check-?up|follow[- ]?up"
        r"|go(?:es)? (?:right )?away|stopped after|already stopped|fine (?:now|after|again)|all fine|back to normal|settled|repeat prescription|well controlled|stable|no symptoms|symptom[- ]free"
        r"|\bmild(?:ly)?\b|\bslight(?:ly)?\b|a (?:little|bit)|\bminor\b|\btiny\b|\bsmall\b|occasional(?:ly)?|now and then|sometimes|off and on for (?:months|years)|for (?:weeks|months)|improving|getting better|much better|normal|no other symptoms|can walk|well\b|travel|appointment|prescription|renew|do i need|which \w+ should i|is it safe|safe\?|screening|no injur|none since|never since|gone now|plenty\b|happy|pink\b|vaccin|stockings"
    ),
    "zh": re.compile(
        r"精神(?:好|不错|很好|可以|挺好)|玩得?(?:很|挺)?(?:开心|好)|吃(?:奶|饭)?(?:喝)?(?:都)?(?:好|正常|香)|会笑|跟平时一样|和平时一样|老毛病|多年(?:了|都|来)|一直这样|没有?(?:什么)?变化|体检|复查|复诊|随访|年度|开药|续(?:开|方)|稳定|控制(?:得)?(?:好|良好|不错)"
        r"|正常|(?:就|都|已经|现在|一切|完全)好(?:了|$|，|。)|自己(?:就)?好|缓解|轻微|轻度|有点|一点|稍微?|偶尔|有时候?|几个月|不严重|没大碍|好转|好多了|能走|不影响|停了|还行|休息(?:一下)?(?:就|后)?好|没事|好几年|挺好|身体好|怎么(?:存放|约)|都好|安全吗|驾照|要不要紧|没什么|没问题|其他没|之后没|之后再没|一切|很好|清楚|需要做|想问|请问|想开|需要重新|弹力袜|疫苗|清单|注意什么"
    ),
}
_ALARM = {
    "en": re.compile(
        r"sudden|severe|terribl|awful|agon|excruciat|unbearabl|worst|worse|crush|can'?t|cannot|couldn'?t|unable|won'?t|faint|pass(?:ed)? out|blacked|collaps|unconscious|unrespons|confus|drows|letharg|floppy|limp\b|blue|purple|grey|clammy|sweat"
        r"|vomit|throw|slur|droop|numb|weak|paraly|speech|vision|blind|blurr|double|seiz|convuls|fit\b|fitting|chest (?:pain|tight|heav|press|hurt)|breath|(?:lots|a lot|full|clots?) of blood|blood(?! (?:pressure|sugar|test|thinner|thinners|tests))|bleed|swoll|swell|stiff|rash that|non-?blanch|pregnan|overdos|swallow|suicid|kill|die\b|dying|dead|ambulance|ketone|fever(?! (?:with sneez|season))|rigor|shak|chok|blister|burn|scald|shock"
        r"|spread|black|tar|drool|stridor|rigid|hard as|testic|ball\b|can'?t pee|not (?:pee|mov|kick)|trapped|electr|drown|poison|bleach|jaundice|yellow|refus|chemo|transplant|hit (?:his|her|my) head"
    ),
    "zh": re.compile(
        r"突然|忽然|一下子|剧|厉害|要命|受不了|越来越|加重|不能|动不了|晕倒|昏|晕过去|不醒|没反应|糊涂|胡话|嗜睡|紫|青|冷汗|大汗|苍白|吐|呕|歪|说话|半边|一侧麻|嘴麻|脸麻|无力|没力|没劲|瘫|失明|看不|重影|模糊|抽|惊厥|胸口|胸痛|胸闷|心口|喘|憋|呼吸|血|肿|硬|怀孕|孕|吞|误|自杀|死|割|救"
        r"|酮|高烧|39|40|寒战|发抖|噎|卡|呛|泡|烫|电|扩散|蔓延|黑|柏油|流口水|睾丸|蛋|尿不|没尿|胎动(?:少|没|消失)|困住|溺|毒|农药|煤气|黄疸|发黄|不吃|拒|化疗|移植|撕|绞"
    ),
}

_LASTING = {
    "en": re.compile(
        r"same as (?:usual|always|before)|(?:for|over) (?:many |several |the last |about |ten |\w+ )?years|unchanged|no change|hasn't changed|like every month|well controlled"
    ),
    "zh": re.compile(
        r"每个月都(?:这样|痛)|一直(?:都)?这样|都这样|老毛病|(?:多年|好几年|很多年)(?:了|都|来|没|以来)|没有?变化|这么多年"
    ),
}
_ACUTE = {
    "en": re.compile(
        r"sudden|severe|worse|worst|\bnow\b|today|tonight|this (?:morning|afternoon|evening|time)|since (?!childhood|then|birth)|just |new\b|more than usual|can'?t|cannot|won'?t|collaps|faint|unconscious|hours?|blue|confus|kill|suicid|die\b|bleed|vomit|not like|different|isn'?t (?:help|work)"
    ),
    "zh": re.compile(
        r"突然|忽然|剧|厉害|加重|越来越|现在|今天|今早|刚|这次|这两天|不能|不了|昏|晕|吐|血|紫|小时|分钟|死|不想活|没用|不一样|半夜|昨"
    ),
}


def reassuring(text: str, language: str) -> bool:
    """Whether a text in small letters says that all is well and nothing that alarms."""
    if _LASTING[language].search(text) and not _ACUTE[language].search(text):
        return True
    return bool(_WELL[language].search(text)) and not any(
        context_of(text, *one.span(), language).present for one in _ALARM[language].finditer(text)
    )
