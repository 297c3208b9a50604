"""Words of which streets and postal addresses are made, by language, and the forms of postal codes.

English suffixes (lists/street_*.txt) are those of USPS Publication 28, appendix C1, with what British, Irish,
Australian (AS 4590) and New Zealand addresses add; the words of other languages are those in everyday use.
"""

import re

from verticals.medical.deidentify.lexicon import lines_of, patterns_of

SUFFIX = patterns_of("street_suffix")
RARE_SUFFIX = patterns_of("street_suffix_rare")
SURE_ENDING = patterns_of("street_ending_sure")
FOREIGN_ENDING = patterns_of("street_ending")
FOREIGN_WORD = patterns_of("street_before")
FOREIGN_WORD_SMALL = patterns_of("street_before_small")
WORD_AFTER = patterns_of("street_after")
WORD_AFTER_SURE = patterns_of("street_after_sure")
ENDING_ALONE = patterns_of("street_ending_alone")
STATES = (
    "AL|AK|AZ|AR|CA|CO|CT|DE|FL|GA|HI|ID|IL|IN|IA|KS|KY|LA|ME|MD|MA|MI|MN|MS|MO|MT|NE|NV|NH|NJ|NM|NY|NC"
    "|ND|OH|OK|OR|PA|RI|SC|SD|TN|TX|UT|VT|VA|WA|WV|WI|WY|DC|PR|AB|BC|MB|NB|NL|NS|NT|NU|ON|PE|QC|SK|YT|NSW"
    "|VIC|QLD|TAS|ACT|FM|GU|MH|MP|PW|VI|AS|AE|AP|AA"
)
UK_POSTCODE = r"[A-Z]{1,2}\d[A-Z\d]? ?\d[A-Z]{2}"
_EIRCODE = r"[AC-FHKNPRTV-Y]\d[\dW] ?[0-9AC-FHKNPRTV-Y]{4}"
# Great Britain, Ireland, Canada, Poland, Portugal, Brazil, Netherlands, with the country's letters, the
# United States, Czechia and Sweden, and all that are figures alone.
CODE = (
    rf"(?:[A-Z]{{1,2}}\d[A-Z\d]{{0,2}} ?\d[A-Z]{{2}}|{_EIRCODE}|[A-Z]\d[A-Z] ?\d[A-Z]\d|\d{{2}}-\d{{3}}"
    r"|\d{4}-\d{3}|\d{5}-\d{3}|\d{4} ?[A-Z]{2}\b"
    r"|(?:[A-Z]{1,2}-|[A-Z]{2}(?=\d{4,5}\b))?\d{4,8}(?:-\d{3,4})?|\d{3} \d{2})(?![\w/%])"
)
UNIT_WORD = patterns_of("street_unit")
_COUNTRIES = "|".join(re.escape(one) for one in sorted(lines_of("countries"), key=len, reverse=True))
REMARK = r"(?: \([^()\n]{2,40}\))?"  # "Cyprus (Greek)"
COUNTRY = rf"(?i:{_COUNTRIES}){REMARK}"
UNIT = rf"(?:(?:{UNIT_WORD})\s*[\w-]*\d[\w-]*|\d{{1,2}}(?:st|nd|rd|th) Floor|S/N)"
# Parts of names of places and streets that are written small.
SMALL = frozenset(
    re.findall(
        r"\S+",
        "de la le les los las des del della dei di da do dos du e el am an der den upon sur van von ter of y "
        "i u u. na nad útja fejedelem utca terrasse tér út ul ul. em sous lès les en im bei ob pod pri nad "
        "vorm vor dem zu zum zur unter los sobre svaté svatého sv. dell' degli delle a o og "
        "cesta ulica put pot most dol aan und phố tỉnh thành số đường rayonu kraj län v město",
    )
)
SMALL_WORD = "(?:{})".format("|".join(sorted(re.escape(word) for word in SMALL)))
