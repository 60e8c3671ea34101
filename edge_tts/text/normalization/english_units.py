"""What units, currencies, signs and parts are called in English, each with its plural."""

from __future__ import annotations

MONTHS = ("January February March April May June July August September October November December").split()
SHORT_MONTHS = {month[:3]: month for month in MONTHS if month != "May"} | {"Sept": "September"}
PARTS = {"2": "half", "4": "quarter"}


def _both(singular: str) -> tuple[str, str]:
    first, _, rest = singular.partition(" ")
    many = first if first.endswith("hertz") else {"foot": "feet", "inch": "inches"}.get(first, f"{first}s")
    return singular, f"{many} {rest}".strip()


UNITS = {
    sign: _both(name)
    for sign, name in {
        "km": "kilometer", "m": "meter", "cm": "centimeter", "mm": "millimeter", "nm": "nanometer", "μm": "micrometer",
        "kg": "kilogram", "g": "gram", "mg": "milligram", "μg": "microgram", "lb": "pound",
        "lbs": "pound", "oz": "ounce",
        "km/h": "kilometer per hour", "m/s": "meter per second", "m/s²": "meter per second squared",
        "mph": "mile per hour", "mi": "mile", "ft": "foot", "in": "inch", "μg/m³": "microgram per cubic meter",
        "℃": "degree Celsius", "°C": "degree Celsius", "°F": "degree Fahrenheit", "℉": "degree Fahrenheit",
        "°": "degree", "s": "second", "ms": "millisecond", "μs": "microsecond", "ns": "nanosecond", "min": "minute",
        "h": "hour", "hr": "hour", "TB": "terabyte", "GB": "gigabyte", "MB": "megabyte", "KB": "kilobyte",
        "kB": "kilobyte", "Gbps": "gigabit per second", "Mbps": "megabit per second", "kbps": "kilobit per second",
        "Hz": "hertz", "kHz": "kilohertz", "MHz": "megahertz", "GHz": "gigahertz", "W": "watt", "kW": "kilowatt",
        "MW": "megawatt", "kWh": "kilowatt hour", "V": "volt", "kV": "kilovolt", "mA": "milliamp",
        "mAh": "milliamp hour", "dB": "decibel", "L": "liter", "ml": "milliliter", "mL": "milliliter", "Pa": "pascal",
        "kPa": "kilopascal", "Ω": "ohm", "kcal": "kilocalorie", "fps": "frame per second", "rpm": "turn per minute",
    }.items()
} | {
    "m²": ("square meter", "square meters"), "m2": ("square meter", "square meters"),
    "㎡": ("square meter", "square meters"), "km²": ("square kilometer", "square kilometers"),
    "m³": ("cubic meter", "cubic meters"), "kWh": ("kilowatt hour", "kilowatt hours"),
    "mAh": ("milliamp hour", "milliamp hours"),
}  # fmt: skip

CURRENCIES = {
    "$": ("dollar", "dollars", "cent"), "US$": ("US dollar", "US dollars", "cent"),
    "USD": ("US dollar", "US dollars", "cent"),
    "HK$": ("Hong Kong dollar", "Hong Kong dollars", "cent"), "HKD": ("Hong Kong dollar", "Hong Kong dollars", "cent"),
    "€": ("euro", "euros", "cent"), "EUR": ("euro", "euros", "cent"), "£": ("pound", "pounds", "pence"),
    "GBP": ("pound", "pounds", "pence"), "¥": ("yuan", "yuan", ""), "CNY": ("yuan", "yuan", ""),
    "RMB": ("yuan", "yuan", ""), "JPY": ("yen", "yen", ""), "₩": ("won", "won", ""),
}  # fmt: skip

OPERATORS = {
    "+": "plus", "=": "equals", "×": "times", "*": "times", "÷": "divided by", "<": "is less than",
    ">": "is greater than", "≤": "at most", "≥": "at least", "≈": "about", "≠": "is not", "±": "plus or minus",
}  # fmt: skip
