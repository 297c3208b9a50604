"""Topics of filings: the words by which questions ask for them, and the sections where filings treat them.

The sections are those of Regulation S-K (Form 10-K, items 1 to 15), of Form 8-K, and the usual notes to
financial statements (ASC 210 to 855).
"""

import re
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Topic:
    """`asked`: how questions put it; `section`: the headings it stands under; `words`: what is said there."""

    asked: re.Pattern[str]
    section: re.Pattern[str]
    words: tuple[str, ...]


def _topic(asked: str, section: str, words: str) -> Topic:
    return Topic(
        re.compile(asked, re.IGNORECASE), re.compile(section, re.IGNORECASE), tuple(words.split(", "))
    )


TOPICS = (
    _topic(
        r"\blegal|\blawsuits?\b|\blitigat|\bcourt\b|\bbattles?\b",
        r"legal proceedings|litigation|contingenc",
        "legal proceedings, litigation, lawsuits, plaintiffs, court",
    ),
    _topic(
        r"\bacqui(?:red|sitions?|re)\b|\bmergers?\b|\bbought\b|\btakeover",
        r"acquisition|business combination|divestiture",
        "acquisition, acquired, purchase consideration",
    ),
    _topic(
        r"\bspin(?:ning|s)?[- ]?off|\bdivest|\bseparat|\bdispos",
        r"divestiture|discontinued operation|spin-off|separation|held for sale",
        "spin-off, separation, divestiture",
    ),
    _topic(
        r"\bregistered\b.*\bexchange\b|\bsecurities\b.*\bregistered\b|\bticker\b|\btrading symbol",
        r"registered pursuant to section 12|title of each class|trading symbol",
        "securities registered pursuant to section 12(b), title of each class, trading symbol",
    ),
    _topic(
        r"\bsegments?\b|\bproduct categor|\bservice categor|\bbusiness lines?\b|\bdivisions?\b",
        r"segment",
        "segment results, revenues by segment",
    ),
    _topic(
        r"\bgeograph|\bregions?\b|\bcountr(?:y|ies)\b|\boperates? in\b",
        r"geograph|region|international",
        "geographic regions, countries",
    ),
    _topic(
        r"\brestructur",
        r"restructuring",
        "restructuring, employee costs, liability",
    ),
    _topic(
        r"\bdividends?\b|\brepurchas|\bbuybacks?\b",
        r"dividend|market for (?:the )?registrant|stockholder matters|capital allocation",
        "dividends declared, per share, common stock",
    ),
    _topic(
        r"\btax(?:es)?\b",
        r"income tax",
        "effective tax rate, income tax provision",
    ),
    _topic(
        r"\bcustomers?\b|\bclients?\b",
        r"customer|^business$|item 1\.? business|competition|concentration",
        "customers, customer concentration, percent of revenues",
    ),
    _topic(
        r"\bindustry\b|\bprimarily operate|\bmain business|\bbusiness model|\bproducts and services",
        r"^business$|item 1\.? |overview|general|the company",
        "we are a company, operations, principal products",
    ),
    _topic(
        r"\bcyclic|\brisks?\b|\bexposed to\b|\bsubject to\b",
        r"risk factors|risk",
        "risk factors, adversely affect",
    ),
    _topic(
        r"\bderivative|\bhedg|\bswaps?\b|\bnotional",
        r"derivative|hedg|financial instruments",
        "notional amounts, derivatives, hedges",
    ),
    _topic(
        r"\bretire|\bpension|\bpostretirement",
        r"pension|benefit plan|employee benefit|postretirement",
        "pension benefits, estimated future benefit payments",
    ),
    _topic(
        r"\bdebts?\b|\bborrowings?\b|\bnotes due\b|\bindenture",
        r"\bdebt\b|borrowing|indenture|senior notes",
        "total debt, long-term debt, notes",
    ),
    _topic(
        r"\binvest(?:ments?|ed)\b|\bsecurities\b",
        r"investment|fair value|marketable securities",
        "investments, fair value, short-term investments",
    ),
    _topic(
        r"\bnominees?\b|\bvotes?\b|\bvoted\b|\bboard members?\b|\bshareholder meeting",
        r"submission of matters to a vote|election of directors|item 5\.07",
        "votes for, votes withheld, nominee, election of directors",
    ),
    _topic(
        r"\bceo\b|\bchief executive|\bcfo\b|\bofficers?\b|\bappoint",
        r"departure of directors|appointment of certain officers|item 5\.02|executive officers",
        "chief executive officer, appointed, president, served as",
    ),
    _topic(
        r"\bforecast|\bguidance|\boutlook|\bexpect(?:s|ed|ing)?\b",
        r"outlook|guidance|trends|forward",
        "expect, plan, outlook",
    ),
    _topic(
        r"\badjusted\b|\bnon-?\s?gaap\b|\borganic\b|\bebitdar?\b",
        r"non-gaap|reconciliation|adjusted",
        "reconciliation, adjusted, non-GAAP",
    ),
    _topic(
        r"\bagenda\b|\b8-?k\b|\bfiling dated",
        r"item \d\.\d\d|entry into|current report",
        "entry into a material definitive agreement, item",
    ),
)


def topics_of(text: str) -> tuple[Topic, ...]:
    """The topics that a question asks for."""
    return tuple(topic for topic in TOPICS if topic.asked.search(text))
