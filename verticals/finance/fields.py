"""What a company report is known by: recognised in it, shown for correction, usable to search by."""

from collegium.sdk.vertical import MetadataField

_SEC_FORMS = ("10-K", "10-Q", "8-K", "20-F", "40-F", "6-K")
_AMENDMENTS = tuple(f"{form}/A" for form in _SEC_FORMS)
FORMS = (
    *_SEC_FORMS, *_AMENDMENTS, "annual report", "half-year report", "quarterly report", "earnings release",
)  # fmt: skip
GAAPS = ("US-GAAP", "IFRS", "CAS")
LANGUAGES = ("en", "zh")

FIELDS = (
    MetadataField("company", {"en": "Company", "zh": "公司"}),
    MetadataField("ticker", {"en": "Ticker", "zh": "代码"}),
    MetadataField("form", {"en": "Form", "zh": "报告类型"}, kind="choice", choices=FORMS),
    MetadataField("period", {"en": "Period", "zh": "报告期"}),
    MetadataField("fiscal_year", {"en": "Fiscal year", "zh": "财政年度"}, kind="number"),
    MetadataField(
        "period_end", {"en": "Last day of the period", "zh": "报告期末"}, kind="date", describes=False
    ),
    MetadataField("fiscal_year_end", {"en": "Fiscal year ends on", "zh": "财政年度截止日"}, describes=False),
    MetadataField(
        "identifier",
        {"en": "Identifier (CIK, credit code)", "zh": "识别号（CIK、统一社会信用代码）"},
        describes=False,
    ),
    MetadataField("currency", {"en": "Currency", "zh": "币种"}, describes=False),
    MetadataField(
        "gaap", {"en": "Accounting rules", "zh": "会计准则"}, kind="choice", choices=GAAPS, describes=False
    ),
    MetadataField(
        "report_language",
        {"en": "Language of the report", "zh": "报告语言"},
        kind="choice",
        choices=LANGUAGES,
        describes=False,
    ),
    MetadataField("filed", {"en": "Filed on", "zh": "披露日期"}, kind="date", describes=False),
)
