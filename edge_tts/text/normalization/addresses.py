"""How URLs, e-mail addresses, host names and file names are read in Chinese: every part can be heard."""

from __future__ import annotations

import re

from edge_tts.text.normalization.numerals import digits
from edge_tts.text.normalization.rules import Rule, rule

_DOMAINS = "com|cn|org|net|edu|gov|io|ai|tv|me|app|dev|info|xyz|top|hk|tw|jp|uk|de|fr|us|cc|co"
_ENDINGS = (
    "txt|py|js|ts|html|css|json|xml|csv|pdf|doc|docx|xls|xlsx|ppt|pptx|zip|rar|gz|mp3|mp4|wav|jpg|jpeg|png|gif|exe"
    "|apk|md|yaml|yml|toml|sh|cpp|java|go|rs|log|sql"
)
_LETTERS = re.compile(
    r"(?<![A-Za-z0-9])(?:www|cn|tv|io|ai|hk|tw|jp|uk|us|cc|qq|py|js|ts|html|css|json|xml|csv|pdf|docx?|xlsx?|pptx?"
    r"|rar|gz|jpe?g|png|gif|exe|apk|md|ya?ml|toml|sh|cpp|rs|sql|txt|wav|mp(?=[34])|http|https|ftp|api|id)"
    r"(?![A-Za-z])"
)
_SIGNS = {
    ".": "点", "/": "斜杠", "-": "杠", "_": "下划线", "@": " at ", "?": "问号", "=": "等于", "&": "和", ":": "冒号",
    "%": "百分号", "#": "井号", "+": "加", "~": "波浪线", "\\": "反斜杠",
}  # fmt: skip
_SIGN = re.compile("|".join(map(re.escape, _SIGNS)))


def _read(match: re.Match[str]) -> str:
    address = re.sub(r"^[A-Za-z]+://", "", match[0]).rstrip("/")
    address = _LETTERS.sub(lambda part: part[0].upper(), address)
    return digits(_SIGN.sub(lambda sign: _SIGNS[sign[0]], address))


_HOST = rf"(?:[A-Za-z0-9-]{{1,63}}\.){{1,6}}(?:{_DOMAINS})(?![A-Za-z0-9-])(?::[0-9]{{1,5}}(?![0-9]))?"

ADDRESSES: tuple[Rule, ...] = (
    rule(r"[A-Za-z0-9_][A-Za-z0-9.+_-]{0,63}@[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63}){1,5}", _read),
    rule(r"(?:https?|ftp|HTTPS?)://[!-~]*[!-+\--~/]", _read),
    rule(rf"{_HOST}(?:/[A-Za-z0-9/_.%?=&#~+-]{{0,200}}[A-Za-z0-9/_=])?", _read, left=r"^|[^A-Za-z0-9.-]"),
    rule(r"localhost:[0-9]{1,5}(?![0-9])", _read),
    rule(rf"[A-Za-z0-9_-]{{1,40}}\.(?:{_ENDINGS})(?![A-Za-z0-9])", _read, left=r"^|[^A-Za-z0-9.-]"),
)
"""Rules for text that starts with a letter or a figure."""
