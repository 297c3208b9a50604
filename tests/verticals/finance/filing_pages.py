"""Small filings in inline XBRL and as instances, written for the tests."""

NAMESPACES = (
    'xmlns="http://www.w3.org/1999/xhtml" xmlns:ix="http://www.xbrl.org/2013/inlineXBRL" '
    'xmlns:xbrli="http://www.xbrl.org/2003/instance" xmlns:xbrldi="http://xbrl.org/2006/xbrldi" '
    'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xmlns:iso4217="http://www.xbrl.org/2003/iso4217" '
    'xmlns:link="http://www.xbrl.org/2003/linkbase" xmlns:xlink="http://www.w3.org/1999/xlink" '
    'xmlns:ixt="http://www.xbrl.org/inlineXBRL/transformation/2020-02-12" '
    'xmlns:ixt3="http://www.xbrl.org/inlineXBRL/transformation/2015-02-26" '
    'xmlns:ixt-sec="http://www.sec.gov/inlineXBRL/transformation/2015-08-31" '
    'xmlns:us-gaap="http://fasb.org/us-gaap/2024" xmlns:dei="http://xbrl.sec.gov/dei/2024" '
    'xmlns:tbk="http://www.example.org/tarnbeck/20241231"'
)
CIK = "0009990001"
SCHEME = "http://www.sec.gov/CIK"


def context(
    name: str, period: str, *, members: str = "", entity: str = CIK, container: str = "segment"
) -> str:
    """`period`: 2024-12-31, 2024-01-01/2024-12-31 or forever; `members`: the dimensions' elements."""
    start, slash, end = period.partition("/")
    if period == "forever":
        inner = "<xbrli:forever/>"
    elif slash:
        inner = f"<xbrli:startDate>{start}</xbrli:startDate><xbrli:endDate>{end}</xbrli:endDate>"
    else:
        inner = f"<xbrli:instant>{start}</xbrli:instant>"
    dims = f"<xbrli:{container}>{members}</xbrli:{container}>" if members else ""
    segment, scenario = (dims, "") if container == "segment" else ("", dims)
    return (
        f'<xbrli:context id="{name}"><xbrli:entity><xbrli:identifier scheme="{SCHEME}">{entity}'
        f"</xbrli:identifier>{segment}</xbrli:entity><xbrli:period>{inner}</xbrli:period>{scenario}"
        "</xbrli:context>"
    )


def member(axis: str, name: str) -> str:
    return f'<xbrldi:explicitMember dimension="{axis}">{name}</xbrldi:explicitMember>'


UNITS = (
    '<xbrli:unit id="usd"><xbrli:measure>iso4217:USD</xbrli:measure></xbrli:unit>'
    '<xbrli:unit id="shares"><xbrli:measure>xbrli:shares</xbrli:measure></xbrli:unit>'
    '<xbrli:unit id="eps"><xbrli:divide><xbrli:unitNumerator><xbrli:measure>iso4217:USD</xbrli:measure>'
    "</xbrli:unitNumerator><xbrli:unitDenominator><xbrli:measure>xbrli:shares</xbrli:measure>"
    "</xbrli:unitDenominator></xbrli:divide></xbrli:unit>"
)
CONTEXTS = context("y24", "2024-01-01/2024-12-31") + context("i24", "2024-12-31")


def page(body: str, *, contexts: str = CONTEXTS, units: str = UNITS, hidden: str = "", more: str = "") -> str:
    """A document in inline XBRL."""
    return (
        f"<?xml version='1.0' encoding='UTF-8'?>\n<html {NAMESPACES} xml:lang='en-US'><head><title>Report</title>"
        f"</head><body><div style='display:none'><ix:header><ix:hidden>{hidden}</ix:hidden><ix:references/>"
        f"<ix:resources>{contexts}{units}{more}</ix:resources></ix:header></div>{body}</body></html>"
    )


def figure(
    text: str, *, name: str = "us-gaap:Revenues", ref: str = "y24", unit: str = "usd", **more: str
) -> str:
    """An ix:nonFraction; `nil` and further attributes by name, `_` for `-` and `:`."""
    attributes = {"decimals": "-6", "format": "ixt:num-dot-decimal"} | more
    if attributes.pop("nil", ""):
        attributes = {"xsi:nil": "true"}
    written = "".join(f' {key}="{value}"' for key, value in attributes.items() if value)
    return (
        f'<ix:nonFraction name="{name}" contextRef="{ref}" unitRef="{unit}"{written}>{text}</ix:nonFraction>'
    )


def said(text: str, *, name: str, ref: str = "y24", **more: str) -> str:
    """An ix:nonNumeric."""
    written = "".join(f' {key}="{value}"' for key, value in more.items())
    return f'<ix:nonNumeric name="{name}" contextRef="{ref}"{written}>{text}</ix:nonNumeric>'


COVER = "".join(
    said(text, name=f"dei:{name}")
    for name, text in {
        "EntityRegistrantName": "Tarnbeck Instruments plc", "TradingSymbol": "TBK", "DocumentType": "10-K",
        "DocumentPeriodEndDate": "2024-12-31", "DocumentFiscalYearFocus": "2024",
        "DocumentFiscalPeriodFocus": "FY", "CurrentFiscalYearEndDate": "--12-31", "AmendmentFlag": "false",
        "EntityCentralIndexKey": CIK,
    }.items()
)  # fmt: skip


def instance(facts: str, *, contexts: str = CONTEXTS, units: str = UNITS) -> str:
    return f"<?xml version='1.0'?>\n<xbrli:xbrl {NAMESPACES}>{contexts}{units}{facts}</xbrli:xbrl>"
