"""Chinese quarterly and half-year reports as PDFs, in the form of the statement formats for 企业会计准则."""

from collections.abc import Mapping, Sequence

from tests.documents import PdfPage, Put, pdf_make

COMPANY = "霁川仪器股份有限公司"
LABEL_X, EDGES = 60.0, (410.0, 550.0)
SIZE = 9.0
TITLES = {"Q3": "2023 年第三季度报告", "H1": "2023 年半年度报告"}
SPANS = {"Q3": ("2023 年 1-9 月", "2022 年 1-9 月"), "H1": ("2023 年半年度", "2022 年半年度")}
Figures = Mapping[str, tuple[str, str]]  # line item -> this year to date, the year before


def report(period: str, income: Figures, *, text: Sequence[str] = ()) -> bytes:
    """A report of a period (Q3, H1) with a cover, its text and a consolidated income statement, in 元."""
    cover = [
        Put(60, 720, COMPANY, 18),
        Put(60, 680, TITLES[period], 16),
        Put(60, 650, "证券代码：300750", 11),
    ]
    cover += [Put(60, 600 - 20 * at, line, 11) for at, line in enumerate(text)]
    rows = [Put(250, 740, "合并利润表", 12), Put(500, 720, "单位：元", SIZE)]
    rows += [Put(LABEL_X, 700, "项目", SIZE), *_columns(SPANS[period], 700)]
    for at, (item, figures) in enumerate(income.items()):
        y = 680 - 18 * at
        rows += [Put(LABEL_X, y, item, SIZE), *_columns(figures, y)]
    return pdf_make([PdfPage(cover), PdfPage(rows)])


def _columns(texts: Sequence[str], y: float) -> list[Put]:
    """Texts with their right edges on those of the columns."""
    return [Put(edge - _width(text), y, text, SIZE) for text, edge in zip(texts, EDGES, strict=True) if text]


def _width(text: str) -> float:
    """Helvetica's digits are 0.556 wide, its comma and full stop half of that; Chinese characters are square."""
    if text.isascii():
        return sum(0.278 if one in ",. " else 0.556 for one in text) * SIZE
    return sum(0.5 if one.isascii() else 1.0 for one in text) * SIZE


NINE_MONTHS: Figures = {
    "一、营业总收入": ("294,677,250,600.00", "210,340,000,000.00"),
    "其中：营业收入": ("294,677,250,600.00", "210,340,000,000.00"),
    "二、营业总成本": ("262,000,000,000.00", "193,000,000,000.00"),
    "其中：营业成本": ("230,096,038,100.00", "171,211,000,000.00"),
    "五、净利润（净亏损以“－”号填列）": ("32,669,000,000.00", "18,650,000,000.00"),
    "1.归属于母公司股东的净利润": ("31,145,000,000.00", "17,592,000,000.00"),
}
HALF_YEAR: Figures = {
    "一、营业总收入": ("189,246,041,200.00", "112,971,000,000.00"),
    "其中：营业收入": ("189,246,041,200.00", "112,971,000,000.00"),
    "其中：营业成本": ("148,343,209,600.00", "91,929,000,000.00"),
    "1.归属于母公司股东的净利润": ("20,717,000,000.00", "8,168,000,000.00"),
}
