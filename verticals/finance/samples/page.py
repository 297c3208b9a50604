"""A sample report as a page: a filing in inline XBRL 1.1, or without tags, to be printed.

Figures become ix:nonFraction with scale, sign and format, words of the cover ix:nonNumeric; what nobody is
shown stands in ix:hidden. Contexts and units are those that the facts need, in the order of their first use.
"""

from html import escape

from verticals.finance.facts.fact import Dims, Period
from verticals.finance.samples.report import (
    Figure,
    Heading,
    PageBreak,
    Paragraph,
    Part,
    Report,
    Said,
    Table,
    TableRow,
)

CSS = """
@page { size: A4; margin: 22mm 20mm }
body { font: 11pt/1.5 %s; color: #1b2430 } * { font-weight: normal }
section { break-after: page } section:last-child { break-after: auto }
h1 { font-size: 16pt; border-bottom: 2px solid #23605a; padding-bottom: 2mm }
h2 { font-size: 12pt; margin-bottom: 1mm } p { margin: 0 0 3mm }
.title { font-size: 26pt; margin: 60mm 0 4mm } .big { font-size: 18pt }
.note { color: #54616b; font-size: 9pt }
table { border-collapse: collapse; width: 100%%; margin: 3mm 0 5mm; font-size: 10pt }
th, td { border: 0.6px solid #9aa7ad; padding: 1.2mm 2mm; text-align: right }
th:first-child, td:first-child { text-align: left }%s
"""
_FONTS = {
    "en": '"Noto Sans", "DejaVu Sans", sans-serif',
    "zh": '"Noto Sans CJK SC", "Noto Sans SC", sans-serif',
}
_BOLD = "\ntr.sum td, h1, h2 { font-weight: bold }"
NAMESPACES = {
    "xmlns": "http://www.w3.org/1999/xhtml",
    "xmlns:ix": "http://www.xbrl.org/2013/inlineXBRL",
    "xmlns:ixt": "http://www.xbrl.org/inlineXBRL/transformation/2020-02-12",
    "xmlns:xbrli": "http://www.xbrl.org/2003/instance",
    "xmlns:xbrldi": "http://xbrl.org/2006/xbrldi",
    "xmlns:iso4217": "http://www.xbrl.org/2003/iso4217",
    "xmlns:link": "http://www.xbrl.org/2003/linkbase",
    "xmlns:xlink": "http://www.w3.org/1999/xlink",
    "xmlns:us-gaap": "http://fasb.org/us-gaap/2024",
    "xmlns:dei": "http://xbrl.sec.gov/dei/2024",
    "xmlns:tbk": "http://www.example.org/tarnbeck/2024",
}
SCHEME = "http://www.sec.gov/CIK"


def printed_page(report: Report) -> str:
    """The report without tags, styled for print."""
    bold = _BOLD if report.language == "en" else ""  # a second weight of Chinese letters doubles the file
    head = (
        f'<!doctype html>\n<html lang="{_lang(report)}"><head><meta charset="utf-8"/>'
        f"<title>{escape(report.title)}</title><style>{CSS % (_FONTS[report.language], bold)}</style></head>"
    )
    return f"{head}\n<body>\n{_body(report, _Plain())}</body></html>\n"


def inline_page(report: Report) -> str:
    """The report as a filing in inline XBRL."""
    tags = Tags(report)
    body = _body(report, tags)
    declared = " ".join(f'{name}="{uri}"' for name, uri in NAMESPACES.items())
    return (
        f"<?xml version='1.0' encoding='UTF-8'?>\n<html {declared} xml:lang=\"{_lang(report)}\">"
        f'<head><meta http-equiv="Content-Type" content="text/html; charset=utf-8"/>'
        f"<title>{escape(report.title)}</title></head>\n<body>\n{tags.header()}{body}</body></html>\n"
    )


def _lang(report: Report) -> str:
    return {"en": "en-US", "zh": "zh-CN"}[report.language]


class _Plain:
    """Parts as people read them."""

    def part(self, part: Part) -> str:
        if isinstance(part, Figure):
            return part.shown
        return escape(part if isinstance(part, str) else part.text, quote=False)


class Tags(_Plain):
    """Parts with the facts that they state, and the resources that these need."""

    def __init__(self, report: Report) -> None:
        self._report = report
        self._count = 0
        self._contexts: dict[tuple[Period, Dims], str] = {}
        self._units: dict[str, str] = {}
        cover = Period(start=report.start, end=report.end)
        self._said = self._context(cover, ())
        self._hidden = [self._text(Said(f"dei:{name}", value)) for name, value in report.cover.items()] + [
            self._figure(figure) for figure in report.hidden
        ]

    def part(self, part: Part) -> str:
        if isinstance(part, Said):
            return self._text(part)
        if not isinstance(part, Figure) or not part.concept:
            return super().part(part)
        tag = self._figure(part)
        return f"({tag})" if part.shown.startswith("(") else tag

    def _figure(self, figure: Figure) -> str:
        attributes = {
            "id": self._id(),
            "name": figure.concept,
            "contextRef": self._context(figure.period, figure.dims),
            "unitRef": self._unit(figure.unit),
            "decimals": str(figure.decimals),
            "scale": str(figure.scale),
            "format": "ixt:num-dot-decimal",
        }
        if figure.value < 0:
            attributes["sign"] = "-"
        return f"<ix:nonFraction{_written(attributes)}>{figure.digits}</ix:nonFraction>"

    def _text(self, said: Said) -> str:
        attributes = {"id": self._id(), "name": said.concept, "contextRef": self._said}
        if said.transform:
            attributes["format"] = said.transform
        return f"<ix:nonNumeric{_written(attributes)}>{escape(said.text, quote=False)}</ix:nonNumeric>"

    def _id(self) -> str:
        self._count += 1
        return f"f-{self._count}"

    def _context(self, period: Period, dims: Dims) -> str:
        return self._contexts.setdefault((period, dims), f"c-{len(self._contexts) + 1}")

    def _unit(self, unit: str) -> str:
        return self._units.setdefault(unit, unit.lower().replace("/", "-per-"))

    def header(self) -> str:
        resources = "".join(
            context_xml(name, self._report.identifier, period, dims)
            for (period, dims), name in self._contexts.items()
        ) + "".join(unit_xml(name, unit) for unit, name in self._units.items())
        return (
            f'<div style="display:none"><ix:header><ix:hidden>{"".join(self._hidden)}</ix:hidden>\n'
            f'<ix:references><link:schemaRef xlink:type="simple" xlink:href="{schema_name(self._report)}"/>'
            f"</ix:references>\n<ix:resources>\n{resources}</ix:resources></ix:header></div>\n"
        )


def schema_name(report: Report) -> str:
    return f"tbk-{report.end:%Y%m%d}.xsd"


def context_xml(name: str, identifier: str, period: Period, dims: Dims) -> str:
    members = "".join(
        f'<xbrldi:explicitMember dimension="{axis}">{member}</xbrldi:explicitMember>' for axis, member in dims
    )
    segment = f"<xbrli:segment>{members}</xbrli:segment>" if members else ""
    if period.start is None:
        days = f"<xbrli:instant>{period.end}</xbrli:instant>"
    else:
        days = f"<xbrli:startDate>{period.start}</xbrli:startDate><xbrli:endDate>{period.end}</xbrli:endDate>"
    return (
        f'<xbrli:context id="{name}"><xbrli:entity><xbrli:identifier scheme="{SCHEME}">{identifier}'
        f"</xbrli:identifier>{segment}</xbrli:entity><xbrli:period>{days}</xbrli:period></xbrli:context>\n"
    )


def unit_xml(name: str, unit: str) -> str:
    over, _, under = unit.partition("/")
    if not under:
        return f'<xbrli:unit id="{name}">{_measure(over)}</xbrli:unit>\n'
    return (
        f'<xbrli:unit id="{name}"><xbrli:divide><xbrli:unitNumerator>{_measure(over)}</xbrli:unitNumerator>'
        f"<xbrli:unitDenominator>{_measure(under)}</xbrli:unitDenominator></xbrli:divide></xbrli:unit>\n"
    )


def _measure(unit: str) -> str:
    prefix = "xbrli" if unit in ("shares", "pure") else "iso4217"
    return f"<xbrli:measure>{prefix}:{unit}</xbrli:measure>"


def _written(attributes: dict[str, str]) -> str:
    return "".join(f' {name}="{escape(value)}"' for name, value in attributes.items())


def _body(report: Report, parts: _Plain) -> str:
    made = ["<section>\n"]
    for block in report.blocks:
        if isinstance(block, PageBreak):
            made.append("</section>\n<section>\n")
        elif isinstance(block, Heading):
            made.append(f'<h{block.level} id="{block.anchor}">{escape(block.text)}</h{block.level}>\n')
        elif isinstance(block, Paragraph):
            style = f' class="{block.style}"' if block.style else ""
            made.append(f"<p{style}>{''.join(map(parts.part, block.parts))}</p>\n")
        else:
            made.append(_table(block, parts))
    return "".join([*made, "</section>\n"])


def _table(table: Table, parts: _Plain) -> str:
    rows = ["<table>\n"]
    for cells in table.head:
        rows.append("<tr>" + "".join(_head(text, span) for text, span in cells) + "</tr>\n")
    rows += [_row(row, parts) for row in table.rows]
    return "".join([*rows, "</table>\n"])


def _head(text: str, span: int) -> str:
    wide = f' colspan="{span}"' if span > 1 else ""
    return f"<th{wide}>{escape(text)}</th>"


def _row(row: TableRow, parts: _Plain) -> str:
    cells = "".join(f"<td>{parts.part(cell)}</td>" for cell in row.cells)
    style = ' class="sum"' if row.strong else ""
    return f"<tr{style}><td>{escape(row.label)}</td>{cells}</tr>\n"
