"""Words in capital letters: which are words, which are abbreviations that are spelled; and A as article or letter.

Decided by lists for short ones, where a word and a customary abbreviation look the same, and by the neighbours.
"""

from __future__ import annotations

import re

SHORT_WORDS = frozenset(
    "AN AS AT BE BY DO GO HE IF IN IS ME MY NO OF ON OR SO TO UP WE HI OH OK AH ACT ADD AGE AGO AIR ALL AND ANY "
    "APP ARE ARM ART ASK ATE BAD BAG BAN BAR BAT BAY BED BEE BEG BET BIG BIN BIT BOX BOY BUS BUT BUY BYE CAN CAP "
    "CAR CAT COW CRY CUP CUT DAD DAY DID DIE DIG DIM DOG DRY DUE EAR EAT EGG END EYE FAN FAR FAT FEE FEW FIT FIX "
    "FLY FOG FOR FOX FUN GAP GAS GET GOD GOT GUN GUY HAD HAM HAS HAT HER HEY HIM HIS HIT HOT HOW ICE ILL INK INN "
    "ITS JAM JAR JOB JOY KEY KID LAW LAY LEG LET LID LIE LIP LOG LOT LOW MAD MAN MAP MAX MAY MEN MET MIX MOM MUD "
    "NET NEW NOR NOT NOW NUT ODD OFF OIL OLD ONE OUR OUT OWN PAN PAY PEN PET PIE PIG PIN POT PUT RAN RAT RAW RED "
    "RID ROW RUB RUN SAD SAW SAY SEA SEE SET SHE SHY SIR SIT SIX SKI SKY SON SUM SUN TAX TEA TEN THE TIE TIP TOE "
    "TOO TOP TOY TRY TWO USE VAN VIA WAR WAS WAY WET WHY WIN WON YES YET YOU ZOO BEN BOB DAN JIM JOE KEN LEE LEO "
    "MAX MIA RON SAM TED TIM TOM ZOE WEB WAX TUB TAP STY SPA SOY RIB RIP RUG SIN PUB PAD PAL NAP MUG LAB JET HUT "
    "HUG HUB HEN GYM GUM FUR FOE ERA DOT DAM CUE COT BUN BUD AXE AWE AIM AID ACE".split()
)
"""Words of two and three letters that are read as words in capitals too."""
SPELLED = frozenset("IT US AM PM AD LA MA PA DA MI ID OS OD OJ OU AC DC TV PC UI UX UN EU UK ER ET EM EN".split())
"""Abbreviations of two letters that are spelled even where a list has a word of these letters."""
_TEAMS = frozenset(
    "DEPARTMENT SUPPORT TEAM MANAGER SERVICE SERVICES SECURITY STAFF COMPANY INDUSTRY SYSTEM DESK".split()
)
_NATIONS = frozenset("ARMY NAVY DOLLAR DOLLARS GOVERNMENT PRESIDENT CITIZEN CITIZENS EMBASSY MARKET OPEN AIR".split())
_PLACED = frozenset("THE IN FROM OF A".split())
_ELEMENTS = "Na|Mg|Al|Si|Cl|Ca|Mn|Fe|Cu|Zn|Ag|Ba|Br|[HCNOFPSKI]"
FORMULA = re.compile(rf"(?=[A-Za-z]*[a-z])(?=(?:[a-z]*[A-Z]){{2}})(?:{_ELEMENTS}){{2,6}}")
"""A chemical formula, NaOH; its letters are spelled."""
_NAMED_BY_LETTER = frozenset(
    "plan vitamin grade class type option team group part section appendix gate platform line room hall terminal "
    "exit zone level block building series model unit hepatitis an the this letter point side area seat row tier "
    "category schedule exhibit figure table case question answer".split()
)
"""What a letter follows that is a name: Plan A."""
_NO_NOUNS = frozenset(
    "and or is was are to in of for from on at with plus minus times equals over squared cubed has can will".split()
)
"""What follows a letter rather than the article."""


def is_word(before: str, word: str, after: str) -> bool | None:
    """Return whether capitals make a word, None where their length and the lexicon decide.

    Args:
        before: English word directly before it, "" for none.
        word: two or more capital letters.
        after: English word directly after it.
    """
    shouted = {one for one in (before, after) if len(one) > 1 and one.isupper() and one not in SPELLED}
    if word == "IT" and shouted:
        return after not in _TEAMS and before not in ("THE", "AN")
    if word == "US" and shouted:
        return before in shouted and before not in _PLACED and after not in _NATIONS
    if word == "WHO" and shouted:
        return before != "THE"
    if word == "AM":
        return before == "I"
    return True if word in SHORT_WORDS else False if word in SPELLED else None


def is_article(before: str, letter: str, after: str) -> bool:
    """Return whether A or a is the article and not the letter.

    Args:
        before: English word directly before it, "" for none or where a mark is between.
        letter: "A" or "a".
        after: English word directly after it, likewise.
    """
    if len(after) < 2 or after.lower() in _NO_NOUNS:
        return letter == "a" and len(after) == 1
    if letter == "a" or not before:
        return True
    return before.lower() not in _NAMED_BY_LETTER and (before[0].islower() or after.isupper() or before.istitle())
