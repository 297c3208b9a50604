"""The few sentences that the platform itself says in an answer, in the answer's language."""

_SENTENCES = {
    "nothing_relevant": {
        "en": "Nothing in the documents searched answers this question.",
        "zh": "在所检索的文档中没有找到能回答该问题的内容。",
    },
    "knowledge_base_empty": {
        "en": "There is no document to search yet. Upload one, wait until it is ready, and ask again.",
        "zh": "目前没有可检索的文档。请先上传文档，待其处理完成后再提问。",
    },
    "searched": {
        "en": "Searched: {names} ({count} documents).",
        "zh": "检索范围：{names}（共 {count} 份文档）。",
    },
    "engine_down": {
        "en": "The language model is not running; the answer above is quoted from the documents.",
        "zh": "语言模型未运行；以上回答直接引自文档原文。",
    },
    "engine_loading": {
        "en": "The language model is still loading; the answer above is quoted from the documents.",
        "zh": "语言模型仍在加载；以上回答直接引自文档原文。",
    },
    "engine_broke": {
        "en": "The language model broke off; the quotations above stand.",
        "zh": "语言模型中途中断；以上引文不受影响。",
    },
    "engine_slow": {
        "en": "The language model did not finish in time; the quotations above stand.",
        "zh": "语言模型未能在规定时间内完成；以上引文不受影响。",
    },
    "engine_refused": {
        "en": "The language model refused the request; the quotations above stand.",
        "zh": "语言模型拒绝了该请求；以上引文不受影响。",
    },
    "engine_screened": {
        "en": "What the language model wrote did not pass the pre-screen, so nothing of it is shown.",
        "zh": "语言模型的改写未通过预审，因此未予显示。",
    },
    "engine_unsupported": {
        "en": "The language model said nothing that the quotations support, so nothing of it is shown.",
        "zh": "语言模型的改写均无引文支持，因此未予显示。",
    },
    "engine_language": {
        "en": "The language model does not speak this language; the answer is quoted from the documents.",
        "zh": "当前语言模型不支持中文，因此仅引用文档原文。",
    },
}  # fmt: skip


def sentence(code: str, language: str, **values: object) -> str:
    """The sentence of that code in `en` or `zh`."""
    return _SENTENCES[code]["zh" if language == "zh" else "en"].format(**values)
