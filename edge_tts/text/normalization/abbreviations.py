"""Dots that end no sentence: those of abbreviations and initials, which are taken away before a text is cut."""

from __future__ import annotations

import re
from collections.abc import Iterator

from edge_tts.text.traced import Traced

_BEFORE_NAMES = frozenset(
    "Mr Mrs Ms Mx Dr Prof St Mt Messrs Mme Mlle Gen Col Maj Capt Cpt Lt Sgt Cpl Rev Hon Gov Sen Rep Pres Supt Fr "
    "Br Sr vs approx ca cf viz Ft Adm Cmdr Amb Atty".split()
)
"""Abbreviations that never end a sentence: a name always follows."""
_BEFORE_NUMBERS = frozenset(
    "Vol Vols vol Fig Figs fig pp p Ch ch Sec sec Eq Art Ex Ext ext tel Tel Pt Bk Op op Rm Apt Ste Jan Feb Mar "
    "Apr Jun Jul Aug Sep Sept Oct Nov Dec Ver ver".split()
)
_ANYWHERE = frozenset(
    "Inc Ltd Co Corp Bros Jr Sr Esq etc al Ave Blvd Rd St Dr Hwy Ln Pl Sq Dept Univ Assn Assoc Est est min max "
    "avg Mfg Intl Natl Govt Bldg Fl Mon Tue Tues Wed Thu Thur Thurs Fri Sat Sun Jan Feb Mar Apr Jun Jul Aug Sep "
    "Sept Oct Nov Dec misc incl excl dept approx temp hr hrs mins secs lb lbs oz ft in tsp tbsp kg km cm mm".split()
)
"""Abbreviations that may end a sentence."""
_STARTERS = frozenset(
    "The This That These Those There Then Thus They He She It Its We You I My Your His Her Our Their A An In On "
    "At For From With After Before When While Where What Who Why How If But And Or So Yet Not No Yes Please Now "
    "Here Today Tomorrow Yesterday As By To Because Although Since Both Each Every Some Many Most All Any Let Do "
    "Does Did Is Are Was Were Can Could Will Would Should May Have Has One Two First Next Finally However "
    "Meanwhile Later Once Also".split()
)
"""Words that begin a sentence rather than a name."""
_LABELS = re.compile(
    r"\b(?:[Pp]lan|[Vv]itamin|[Gg]rade|[Cc]lass|[Tt]ype|[Oo]ption|[Tt]eam|[Gg]roup|[Pp]art|[Ss]ection|[Aa]ppendix|[Gg]ate"
    r"|[Pp]latform|[Ll]ine|[Rr]oom|[Hh]all|[Tt]erminal|[Ee]xit|[Zz]one|[Ll]evel|[Bb]lock|[Bb]uilding)\s$"
)
_LABELLED = 12  # characters to look back
_DOTTED = re.compile(
    r"(?<![A-Za-z0-9.@/_'&-])(?:Ph\.\s?D|M\.Sc|B\.Sc|(?P<letters>[A-Za-z](?:\.[A-Za-z])+)|(?P<word>[A-Za-z]{1,7}))"
    r"\.(?![A-Za-z0-9_.@/])"
    r"|(?<![A-Za-z0-9.@/_'&-])(?P<joined>(?:[A-Z]\.){1,3})(?=[A-Z][a-z]{1,20}(?![A-Za-z.]|\.[A-Za-z]))"
)
_HALF_DAYS = frozenset(("a.m", "p.m", "A.M", "P.M"))
_WHOLE = {"e.g": "for example", "i.e": "that is"} | dict(
    pair.split(":")
    for pair in (
        "Inc:Incorporated Ltd:Limited Corp:Corporation Co:Company Bros:Brothers Jr:Junior Sr:Senior Prof:Professor "
        "Gen:General Col:Colonel Capt:Captain Lt:Lieutenant Sgt:Sergeant Rev:Reverend Gov:Governor Sen:Senator "
        "Pres:President Vol:volume Vols:volumes vol:volume Fig:figure Figs:figures fig:figure Ch:chapter Sec:section "
        "pp:pages Ave:Avenue Blvd:Boulevard Rd:Road Hwy:Highway Dept:Department Univ:University Assn:Association "
        "Mt:Mount Ft:Fort approx:approximately Est:established est:established ext:extension Ext:extension "
        "avg:average max:maximum incl:including excl:excluding dept:department temp:temperature Apt:apartment "
        "tsp:teaspoons tbsp:tablespoons ca:circa cf:compare viz:namely misc:miscellaneous"
    ).split()
)
_NUMBER_NEXT = re.compile(r"(?<![A-Za-z])(?:No|Nos|NO|no)\.(?P<v>[ \t]+)(?=[0-9])")
_FOLLOWING = re.compile(r"[ \t]*(?P<next>\S?)")
_CAPITAL_WORD = re.compile(r"[A-Z][A-Za-z]*")
_NAME_BEFORE = re.compile(r"[A-Z][a-z]+\s$")


def dotless(text: Traced) -> Traced:
    """Return folded text without the dots of abbreviations; one that ends a sentence too is left at its end."""
    if "." not in text.text:
        return text
    text = text.rewrite(_NUMBER_NEXT, lambda match: "")
    return text.replaced(_edits(text.text))


def _edits(text: str) -> Iterator[tuple[int, int, str]]:
    for match in _DOTTED.finditer(text):
        ends = False if match["joined"] else _ends(match)
        if ends is None:
            continue
        start, last = match.start(), match.end() - 1
        if whole := _written_out(match):
            yield start, last, whole
        else:
            for at in (at for at in range(start, last) if text[at] == "."):
                yield at, at + 1, "" if match[0][:-1] in _HALF_DAYS else " "
        if not ends:
            yield last, last + 1, " " if match["joined"] else ""


def _written_out(match: re.Match[str]) -> str | None:
    """Return the words that an abbreviation stands for."""
    if match["word"] != "St":
        return _WHOLE.get(match[0][:-1])
    return "Street" if _NAME_BEFORE.search(match.string[: match.start()][-_LABELLED:]) else "Saint"


def _ends(match: re.Match[str]) -> bool | None:
    """Return whether the last dot ends a sentence too; None if it is no abbreviation's."""
    text, word = match.string, match["word"]
    following = _FOLLOWING.match(text, match.end())
    char = following["next"] if following else ""
    capital = _CAPITAL_WORD.match(text, following.start("next")) if following and char else None
    if word is None:
        return _ends_dotted(match[0][:-1], char, capital)
    starts = capital is not None and capital[0] in _STARTERS
    if not char or char == "\n":
        return None if word not in _WHOLE else word not in _BEFORE_NAMES
    if (word in _BEFORE_NUMBERS and char.isdecimal()) or (word in _BEFORE_NAMES and word not in _ANYWHERE):
        return False
    if len(word) == 1 and word.isupper():
        labelled = _LABELS.search(text[max(0, match.start() - _LABELLED) : match.start()])
        return None if starts or not capital or labelled else False
    return starts or (word == "etc" and capital is not None) if word in _ANYWHERE else None


def _ends_dotted(word: str, char: str, capital: re.Match[str] | None) -> bool:
    if word in ("e.g", "i.e"):
        return False
    if char in ("", "\n", '"', "”", "」"):
        return True
    return capital is not None and (word in _HALF_DAYS or capital[0] in _STARTERS)
