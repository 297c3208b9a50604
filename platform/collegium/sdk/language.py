"""Which language a text is in, and its words of content, in English and Chinese."""

import re

CJK = "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
_CJK_CHAR = re.compile(f"[{CJK}]")
_CJK_RUN = re.compile(f"[{CJK}]+")
_LATIN_WORD = re.compile(r"[A-Za-z][A-Za-z'’]*|\d[\d.,]*\d|\d")

_STOP_WORDS = """
a about after all also am an and any are as at be because been before being between both but by can
could did do does doing during each for from further had has have having he her here him his how i
if in into is it its me more most much many my no nor not of on once only or other our out over own
per please same she should show so some such tell than that the their them then there these they
this those through to too under until up us very was we were what when where which while who whom
why will with would you your give find explain describe according
"""
STOP_WORDS = frozenset(_STOP_WORDS.split())
# Two-character pieces of Chinese questions that say nothing of their subject.
_STOP_PAIRS = """
什么 多少 为何 为什 哪些 哪个 哪一 怎么 怎样 如何 请问 告诉 是否 是多 是什 的是 是怎 有哪 少是 么是
呢是 吗是 请说 说明 介绍 一下 关于
"""
_STOP_PIECES = frozenset(_STOP_PAIRS.split())
_STOP_CHARS = frozenset("的了吗呢吧啊是有在和与及或把被为请我你他她它这那其之也都就还很")


# Words that are common in a language and are neither words nor abbreviations in English, by which short texts
# in it are known.
_FOREIGN_WORDS = """
der das und ist nicht ein eine einer eines mit auf für wird werden wie wann warum welche welcher bei dem
den ich sie wir mein meine sein seine seit nach zum zur aus einen kein keine auch mich mir
le les des une est dans pour avec sur qui que quel quelle quels quelles pourquoi quand doit aux cette
mon je ne pas elle nous vous depuis au du ses mes très mais
el los las una es por para con como cuando cuál qué cómo cuándo del se debe entre sobre
está desde muy pero hace tiene tengo porque
il lo gli della che di per con quando perché quale quali nel nella sono
mio mia ho dal alla suo sua molto anche
uma não com para quando qual quais são dos das
meu minha não está ele ela desde muito tem tenho
het een niet voor wat wanneer waarom welke zijn bij wordt
mijn niet ik zij hij heeft sinds naar geen ook
geboren klagt über schmerzen atmet vater mutter sohn tochter hilfe wurde
née douleur douleurs respire mari fils fille père mère enceinte secours
nacido nacida dolor respira respirar padre madre hijo hija ayuda llame puede
dolore figlio figlia moglie marito aiuto nato nata
dor filho filha esposa marido socorro nascido nascida acorda
vrouw zoon dochter ademt pijn
"""
_FOREIGN = frozenset(_FOREIGN_WORDS.split()) - STOP_WORDS
_WORD = re.compile(r"[^\W\d_]+")


def is_supported(text: str) -> bool:
    """Whether a text can be taken for English or Chinese: by its letters, and by its commonest words.

    A text without letters can. Foreign names and terms within an English or Chinese text change nothing.
    """
    letters = [one for one in text if one.isalpha()]
    chinese = len(_CJK_CHAR.findall(text))
    latin = sum(one < "\u0250" for one in letters)
    kana = sum("\u3040" <= one <= "\u30ff" for one in letters)
    if len(letters) - chinese - latin > 0.3 * len(letters) or kana > 0.1 * len(letters):
        return False
    return words_supported(text)


def words_supported(text: str) -> bool:
    """Whether the commonest words of a text are not those of another language in Latin letters."""
    words = [one.lower() for one in _WORD.findall(text)]
    foreign = sum(one in _FOREIGN for one in words)
    return bool(_CJK_CHAR.search(text)) or foreign < 2 or foreign <= sum(one in STOP_WORDS for one in words)


def language_of(text: str) -> str:
    """`zh` where Chinese characters dominate, otherwise `en`."""
    chinese = len(_CJK_CHAR.findall(text))
    latin = len(re.findall(r"[A-Za-z]+", text))
    return "zh" if chinese and chinese >= latin else "en"


def stem(word: str) -> str:
    """A word without its commonest English endings, so that `margins` meets `margin`."""
    word = word.lower().replace("’", "'").removesuffix("'s").strip("'")
    for ending, least in (("ations", 4), ("ation", 4), ("ingly", 4), ("ing", 4), ("ies", 3), ("ied", 3)):
        if word.endswith(ending) and len(word) - len(ending) >= least:
            return word[: -len(ending)] + ("y" if ending in {"ies", "ied"} else "")
    for ending, least in (("sses", 2), ("es", 4), ("ed", 4), ("ly", 4), ("s", 3), ("e", 4)):
        if (
            word.endswith(ending)
            and not word.endswith(("ss", "us", "is"))
            and len(word) - len(ending) >= least
        ):
            word = word[: -len(ending)]
            break
    return word.removesuffix("e") if len(word) > 4 else word


def content_terms(text: str) -> list[str]:
    """The words that carry a text's content, in order: stems in English, pairs of characters in Chinese."""
    terms = [
        stem(word)
        for word in _LATIN_WORD.findall(text)
        if word.lower() not in STOP_WORDS and (len(word) > 1 or word.isdigit())
    ]
    for run in _CJK_RUN.findall(text):
        terms += [
            pair
            for pair in (run[at : at + 2] for at in range(len(run) - 1))
            if pair not in _STOP_PIECES and not _STOP_CHARS.intersection(pair)
        ]
    return terms
