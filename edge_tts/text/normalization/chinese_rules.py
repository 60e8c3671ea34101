"""The rules of Chinese sentences in the order in which they are tried: what needs more context comes first."""

from __future__ import annotations

from edge_tts.text.normalization.addresses import ADDRESSES
from edge_tts.text.normalization.amounts import AMOUNTS, PREFIXED_MONEY, SCORES
from edge_tts.text.normalization.codes import CODES, LONG, NAMES
from edge_tts.text.normalization.dates import DATES
from edge_tts.text.normalization.rules import Table
from edge_tts.text.normalization.signs import SIGN_RULES

TABLE = Table(
    digits=(*LONG, *ADDRESSES, *SCORES, *DATES, *CODES, *AMOUNTS),
    letters=(*ADDRESSES, PREFIXED_MONEY, *NAMES),
    signs=SIGN_RULES,
)
