"""What stands before and after names in English text: titles, roles, verbs, and what is no name."""

import re

from verticals.medical.deidentify.lexicon import LETTERS

TITLE = re.compile(
    r"(?:^|[^\w])(?:mr|mrs|ms|miss|mx|dr|drs|prof|professor|doctor|sir|dame|lord|nurse|sister|matron|rev"
    r"|reverend|fr|capt"
    r"|captain|sgt|mme|mlle|herr|frau|señora?|sra?|mister|madam|master)\.?\s+$"
    r"|(?:^|[^\w])(?:lt|cpl|pvt|col|gen|maj|cmdr|adm|hon|rep|sen|gov|supt|insp|det)\.\s+$",
    re.IGNORECASE,
)
ROLE = re.compile(
    r"\b(?:(?:patient|pt|client|subject|participant|mother|mum|mom|father|dad|parents?|husband|wife"
    r"|spouse|partner|fianc[eé]e?"
    r"|son|daughter|brother|sister|uncle|aunt|niece|nephew|cousin|grand(?:mother|father|son|daughter)"
    r"|guardian|carer|caregiver"
    r"|neighbou?r|friend|surgeon|assistant|ana?esthetist|an[a]?esthesiologist|physician|consultant"
    r"|registrar|resident|intern"
    r"|co-?ordinator|interpreter|midwife|pharmacist|therapist|physiotherapist|dietitian|psychologist"
    r"|social worker|nurse|gp"
    r"|pcp|doctor|attending|driver|witness|employee|teacher|lawyer|kin|nok|emergency contact|contact"
    r"|author|scribe|operator)"
    r"(?:'s)?(?: (?:full |first |last )?names?)?(?: is| was|,? called|,? named)?"
    r"|names?(?: (?:is|was|are|on file))?|named|called|surname|(?:sur|last |first |full )name|known as"
    r"|signed(?: electronically)?|dear|hi|hello|hey|cc|attn|attention|regards|sincerely|faithfully|truly"
    r"|wishes"
    r"|spoke (?:to|with)|discussed with|seen with|lives with|letter to|informed|copied to|presented by"
    r"|present|thanks|i am"
    r"|i'm|this is|said|says|told|calls me|leave me|thank|[a-z]+ by|by)\s*[:,(–-]?\s*[\"“]?$",
    re.IGNORECASE,
)
AFTER = re.compile(
    r"(?:,? (?:M\.?D\.?|D\.?O\.?|RN|BSN|NP|PA(?:-C)?|PhD|FRC\w+|MRC\w+|MBBS|MBChB|DDS|OT|PT|SLT|CNM|LCSW"
    r"|Esq|Jr|Sr)\b"
    r"|,? \((?:wife|husband|son|daughter|mother|father|brother|sister|partner|carer|friend|neighbou?r"
    r"|niece|nephew|social)"
    r"|,? (?:is|was|said|says|has|had|reports?|reported|denie[sd]|lives|lived|attended|walked|took"
    r"|called|slept|describe[sd]"
    r"|complain(?:s|ed)|presented|told|asked|smokes|tolerated|continues|wants|went|came|became|knows"
    r"|felt|feels|wrote|writes"
    r"|his|her|agreed|declined|refused|points|explains|who|spent|returned|arrived|born|gave|spent|made"
    r"|met|got|sent|lost|left|won|ran|saw|thought|bought|brought|sat|stood|kept|held|led|put"
    r"|sold|spoke|taught|threw|drove|ate|drank|fell|flew|forgot|grew|began|broke|chose|built|doesn|didn"
    r"|isn|wasn|likes|and I|sang|plays|played"
    r"|moved|works?|worked)\b"
    r"|['’]s\b| et al\b|,? and colleagues| (?:family|household|brothers|sisters|siblings)\b"
    r"|, (?:could|can|please"
    r"|would|will you|I|we|thanks|thank you|you|are you)\b"
    r"| (?:will|would|could|might|should|knew|loved|hated)\b)"
)
# Written with a capital before a name; small they are words of other meaning.
OFFICE = re.compile(
    r"(?:^|\W)(?:Senator|Governor|President|Minister|Coach|Officer|Detective|Judge|Mayor|Pastor|Colonel|Major"
    r"|General|Lieutenant|Inspector|Constable|Chancellor|Ambassador|Secretary|Uncle|Aunt|Auntie|Father|Brother"
    r"|Grandma|Grandpa|Chef|Actor|Actress|Singer|Guitarist|Composer|Author|Director|Agent|Corporal|Private"
    r"|Chairman|Chairwoman|Congressman|Congresswoman|Justice|Rabbi|Imam|Nurse|Midwife|Professor)\s$"
)
# What is said after "Patient:" begins with any word: "Patient: Nope, never".
SAYS = re.compile(r":\s*$")
SPEECH = re.compile(r"\s+[a-z]|[.!?…]|,\s+(?:I|we|it|so|and|but|no|yes|not|that)\b")
DOSE = re.compile(
    r"\s*(?:\(?[\w/ ]{0,12}\)?\s?)?\d[\d.,]*\s?(?:mg|g|mcg|micrograms?|ml|mL|units?|IU|mmol|%|µg)\b"
)
DRUG_BEFORE = re.compile(
    r"\b(?:start(?:ed|ing)?(?: on)?|stop(?:ped)?|on|taking|takes|took|with|prescribed|dose of|tolerated"
    r"|offered|given|level of|plus|and|or|to|increased?|decreased?|of|medications?:|allerg(?:ic"
    r"|ies)(?: to|:)?)\s*$",
    re.IGNORECASE,
)
# Before an unknown word these tell of a drug, a place or a part of the body, whatever its ending.
THING_BEFORE = re.compile(
    r"\b(?:start(?:ed|ing)?(?: on)?|stop(?:ped)?|on|taking|takes|took|prescribed|dose of|tolerated"
    r"|offered|level of|plus"
    r"|increased?|decreased?|medications?:|allerg(?:ic|ies)(?: to|:)?|in|at|near|outside|visit(?:ed"
    r"|ing)?|towards?|around|via"
    r"|the|an?|southern|northern|western|eastern|(?:moved?|travel\w*|go(?:ing|es)?|went|came|come|flew"
    r"|fly|flight|back"
    r"|return\w*|transfer\w*|sent|trip|train|bus|way|here) (?:to|from)"
    r"|(?:sphincter|circle|tetralogy|angle|ligament|pouch|loop|islets?|ampulla|canal|foramen|node"
    r"|crypts?|triangle|city"
    r"|town|university|college|republic|state|kingdom|bank|port|part|mayor|north|south|east|west) of)\s+$",
    re.IGNORECASE,
)
VERB_AFTER = re.compile(
    r",? (?:then |also |later |never |once |who )?(?:[a-z]{3,}ed|[a-z]{2,}[^s\W]s"
    r"|will|would|can|could|did|does)\b (?:[a-z]|$)"
)
SENTENCE_START = re.compile(r"(?:^|[.!?:;\n\"“(•]|\s[-–])\s*$")
# A closing line, under which a name stands.
SIGN_OFF = re.compile(
    r"(?:^|\n)[ \t]*(?i:cheers|best|love|yours|hugs|kisses|greetings|ciao|bye|take care|see you|cordially"
    r"|respectfully|warmly|many thanks|thank you|(?:best|kind|warm) (?:wishes|regards)|(?:all )?the best"
    r"|sent from my \w+|with love|your \w+)[ ,!.]*\n\s*$"
)
# "The Holst case", but not "the Zorbivan dose".
FAMILY_BEFORE = re.compile(r"\b[Tt]he $")
FAMILY_AFTER = re.compile(
    r" (?:case|report|family|affair|trial|inquiry|estate|household|brothers|sisters|twins|foundation"
    r"|residence|killers?|murders?|novels?|trilogy|films?|wedding|funeral|children|girls|boys|kids|clan|dynasty"
    r"|administration|government|verdict|lawsuit|couple|siblings|house|home|fortune|scandal|years|era)\b"
)
PARTICLES_BEFORE = re.compile(
    r"(?<![\w'’-])(?:(?:[Vv]an|[Vv]on|vom|zu|der|den|[Dd]e|[Dd]a|[Dd]i|[Dd]el|della|dos|das|[Dd]u|[Ll]a|[Ll]e"
    r"|ten|ter|el|al|bin|ibn|Ó|Ní|Nic|Mac an|Mac)\s)+$"
)
MAKER_AFTER = re.compile(r",? (?:Inc|Ltd|LLC|Corp|GmbH|AG|Co|PLC|Plc)\b")
KIN_AFTER = re.compile(
    r" (?:Family|Brothers|Bros\.?|Sisters|Siblings|Twins)\b|,? (?:and|&) (?:Sons?|Daughters?)\b"
)
NUMBER_AFTER = re.compile(r"[ :]{1,2}[<>≈~]?\d(?!\d?\))")
SAID_AFTER = re.compile(
    r": (?:[a-z\"“¿¡]|(?:I|Yes|No|Hi|Hey|Hello|Well|Oh|You|What|Why|How|Who|Where|When|Sure|Ok)\b)"
)
SMALL_AFTER = re.compile(rf" [a-zß-ɏ][{LETTERS}'’]*")
CALLED_AFTER = re.compile(r"[!?]")
NUMBERED_AFTER = re.compile(r",? (?:Jr\b\.?|Sr\b\.?|II|III|IV|VI{0,3}|IX)(?!\w)")
# With these a sentence begins, whatever capital follows.
WORD_FIRST = frozenset(
    ("will", "may", "march", "august", "april", "june", "said", "an", "my", "grace", "mark", "art")
)
# In headlines verbs have capitals: "Ribas Wins Third Title".
HEADLINE_AFTER = re.compile(
    r" (?:Wins|Joins|Says|Dies|Leaves|Returns|Beats|Loses|Takes|Makes|Gets|Goes|Was|Is|Has|Had|Became|Becomes"
    r"|Will|Won|Lost|Left|Died|Said|Could|Should|Would|Can|Did|Does|To|And|In|At|On|Quits|Resigns|Returns"
    r"|Wants|Plays|Sings|Talks|Tells|Writes|Shows|Finds|Faces|Calls|Sues|Apologises|Apologizes|Reveals)\b"
)
# After these any word with a capital is a name: "Ms. Park".
SURE_TITLE = re.compile(r"(?<!\w)(?:Mr|Mrs|Ms|Miss|Dr|Prof)\.? $")
