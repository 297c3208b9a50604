"""Words of which streets and postal addresses are made, by language, and the forms of postal codes.

English suffixes are those of USPS Publication 28, appendix C1, with what British, Irish, Australian and New
Zealand addresses add; the words of other languages are those in everyday use.
"""

import re

SUFFIX = (
    "Street|St|Str|Road|Rd|Avenue|Ave|Av|Lane|Ln|Drive|Dr|Boulevard|Blvd|Court|Ct|Crescent|Cres|Terrace"
    "|Ter|Place|Pl|Square|Sq|Way|Close|Grove|Parade|Pde|Highway|Hwy|Parkway|Pkwy|Row|Mews|Quay|Hill"
    "|Gardens?|Park|Path|Trail|Trl|Circle|Cir|Loop|Alley|Esplanade|Rise|Walk|Wharf|Turnpike|Plaza|View"
    "|Green|Heights|Bypass|Expressway|Squares|Streets|Islands?|Islets?|Union|Coves?|Point|Creek|Motorway"
)
# As common as names or as words of other meaning: they need another sign.
RARE_SUFFIX = (
    "Ann?ex|Arcade|Bayou|Beach|Bend|Bluffs?|Bottom|Branch|Bridge|Brooks?|Burgs?|Camp|Canyon|Cape"
    "|Causeway|Centers?|Centre|Circles|Cliffs?|Club|Commons?|Corners?|Course|Courts|Crest|Crossing"
    "|Crossroads?|Curve|Dale|Dam|Divide|Drives|Estates?|Extension|Falls?|Ferry|Fields?|Flats?|Fords?"
    "|Forest|Forges?|Forks?|Fort|Freeway|Gateway|Glens?|Greens|Groves|Harbors?|Harbour|Haven|Hills"
    "|Hollow|Inlet|Isle|Junctions?|Keys?|Knolls?|Lakes?|Land|Landing|Lights?|Loaf|Locks?|Lodge|Mall"
    "|Manors?|Meadows?|Mills?|Mission|Motorway|Mount|Mountains?|Neck|Orchard|Oval|Overpass|Parks"
    "|Parkways|Pass|Passage|Pike|Pines?|Plains?|Plains|Points|Ports?|Prairie|Radial|Ramp|Ranch"
    "|Rapids?|Rest|Ridges?|River|Roads|Route|Run|Shoals?|Shores?|Skyway|Springs?|Spurs?|Stations?"
    "|Stravenue|Stream|Summit|Throughway|Trace|Track|Trafficway|Trails|Tunnel|Underpass|Unions|Valleys?"
    "|Via|Viaduct|Views|Villages?|Ville|Vista|Walks|Wall|Ways|Wells?|Amble|Roadside|Thoroughfare|Ramble"
    "|Promenade|Cul-de-sac|Strand|Downs|Drove|Gate|Yard|Broadway|Chase|Vale|Nook|Copse|Bungalows|Nagar|Chowk|Marg|Zila|Bagh|Vihar"
    "|Circlet|Dell|Lees|Croft|Garth|Fold|Wynd|Brae|Lea|Bank|Heath|Mead|Paddock|Quadrant|Retreat|Reach"
    "|Spinney|Warren|Elbow|Gully|Outlook|Siding|Foreshore|Grange|Edge|Cutting|Concourse|Circus|Circuit"
    "|Boardwalk|Basin|Approach|Line"
)
# Endings of words for a street; before a number they need no other sign.
SURE_ENDING = (
    "straße|strasse|straat|gatan|gränd|grand|vägen|veien|vegen|stræde|gasse|allee|laan|katu|polku|kuja"
    "|kaari|raitti|terrasse|stræti|gracht|tänav|platz|torget|svingen|bakken|stigen|singel|vænget|parken"
    "|markt|damm|chaussee|promenade|gata|gade|vej|weg|utca|ulice|steig|plein|kade|dreef|str\\."
    "|høj|toft|haugen|åsen|kroken|tunet|havna|veg|-ring|-hof|-ufer"
)
# Endings that other words have too.
FOREIGN_ENDING = "tie|nagar|ufer|hof|hove|ring|pad|baan|lei|lund|lia|løkka|gropa|ekra"
# Words for a street that stand before its name.
FOREIGN_WORD = (
    r"Rue|Avenue|Av|Av\.|Avda\.?|Via|Viale|Vial|Calle|C/|C\.|Cl\.?|Rua|R\.|Ulica|Ulice|ul\.|Plaza|Piazza|Piazzale"
    r"|Piazzetta|Avenida|Boulevard|Bulevardul|Bulevar|Chemin|Place|Corso|Largo|Travessa|Vicolo|Strada"
    r"|Passeig|Carrer|Camino|Caminho|Paseo|Pasaje|Passage|Quai|Impasse|Allée|Postbox|plac|pl\.|al\.|aleja"
    r"|Aleje|Aleea|Intrarea|Drumul|Calea|Soseaua|Șoseaua|Splaiul|Piaţa|Piața|Viaducto|Callejón|Privada"
    r"|Circuito|Andador|Cerrada|Calzada|Pasadizo|Peatonal|Prolongación|Retorno|Carrera|Cra\.?|Kra\.?"
    r"|Diagonal|Transversal|Glorieta|Ronda|Cuesta|Rambla|Urbanización|Praça|Praceta|Alameda|Estrada"
    r"|Rodovia|Ladeira|Viela|Beco|Quadra|Contrada|Borgo|Lungomare|Salita|Stretto|Canale|Rotonda"
    r"|Incrocio|Route|Sentier|Cours|Square|Náměstí|nám\.|Nábřeží|Nám\.|Trg|Jalan|Jl\.|Lorong|Gang|Eje vial"
    r"|Rampa|Vila|Núcleo|Recanto|Conjunto|Feira|Campo|Estação|Quinta|Bairro"
)
# Those of them that are written small too, and are no English words.
FOREIGN_WORD_SMALL = (
    r"rue|avenue|boulevard|chemin|impasse|allée|quai|calle|rua|avenida|plac|pl\.|al\.|ul\.|ulica|aleja|strada"
    r"|viale|corso|carrer|náměstí|trg|jalan|bulevar|bulevardul|travessa|largo|place d\w+|route d\w+|cours"
)
# Words for a street that stand between its name and the number.
WORD_AFTER = (
    r"utca|útja|út|körút|tér|köz|sor|rakpart|cesta|ulica|ulice|pot|put|trg|nábřeží|třída|náměstí|allé|vej"
    r"|gade|plads|gate|vei|väg|gata|katu|tie|Caddesi|Cad\.|Sokak|Sokağı|Sok\.|Bulvarı|Cd\.|tee|tn|mnt|pst"
    r"|maantee|gatvė|g\.|prospektas|iela|bulvāris|laan|straat|plein|weg|Straße|Str\.|Allee|Platz|Gasse|Weg"
)
STATES = (
    "AL|AK|AZ|AR|CA|CO|CT|DE|FL|GA|HI|ID|IL|IN|IA|KS|KY|LA|ME|MD|MA|MI|MN|MS|MO|MT|NE|NV|NH|NJ|NM|NY|NC"
    "|ND|OH|OK|OR|PA|RI|SC|SD|TN|TX|UT|VT|VA|WA|WV|WI|WY|DC|PR|AB|BC|MB|NB|NL|NS|NT|NU|ON|PE|QC|SK|YT|NSW"
    "|VIC|QLD|TAS|ACT|FM|GU|MH|MP|PW|VI|AS|AE|AP|AA"
)
UK_POSTCODE = r"[A-Z]{1,2}\d[A-Z\d]? ?\d[A-Z]{2}"
_EIRCODE = r"[AC-FHKNPRTV-Y]\d[\dW] ?[0-9AC-FHKNPRTV-Y]{4}"
# Great Britain, Ireland, Canada, Poland, Portugal, Brazil, Netherlands, with the country's letter, the
# United States, Czechia and Sweden, and all that are figures alone.
CODE = (
    rf"(?:[A-Z]{{1,2}}\d[A-Z\d]{{0,2}} ?\d[A-Z]{{2}}|{_EIRCODE}|[A-Z]\d[A-Z] ?\d[A-Z]\d|\d{{2}}-\d{{3}}"
    r"|\d{4}-\d{3}|\d{5}-\d{3}|\d{4} ?[A-Z]{2}\b"
    r"|(?:[A-Z]{1,2}-)?\d{4,6}(?:-\d{3,4})?|\d{3} \d{2}|\d{8})(?![\w/%])"
)
UNIT_WORD = (
    r"Flat|Unit|Apt\.?|Apartment|Suite|Ste\.?|Room|Rm\.?|Floor|Box|#|Studio|Level|Nr\.?|No\.?|Bl\.?|Bloc"
    r"|Sc\.?|Ap\.?|Et\.?|Piano|Appartamento|Interno|Int\.?|Scala|Edif\.?|Edificio|Depto\.?|Interior"
    r"|Apartamento|Apto\.?|Torre|Etapa|Piso|Puerta|Bloque|Lote|Phase|RD|Lot|Block|Tower|Bldg\.?|Top"
    r"|Stiege|Tür|App\.?|Appt\.?|Bât\.?|Étage|Lok\.?|Daire|Kat"
)
UNIT = rf"(?:(?:{UNIT_WORD})\s*[\w-]*\d[\w-]*|\d{{1,2}}(?:st|nd|rd|th) Floor|S/N)"
# Parts of names of places and streets that are written small.
SMALL = frozenset(
    re.findall(
        r"\S+",
        "de la le les los las des del della dei di da do dos du e el am an der den upon sur van von ter of y "
        "i u u. na nad útja fejedelem utca terrasse tér út ul ul. em sous lès les en im bei ob pod pri nad "
        "vorm vor dem zu zum zur unter los sobre svaté svatého sv. dell' degli delle a o og "
        "cesta ulica put pot most dol aan und",
    )
)
