"""Numbers, times and states as every page shows them."""

from datetime import datetime
from decimal import Decimal
from typing import Any
from urllib.parse import parse_qsl, urlencode
from zoneinfo import ZoneInfo

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from parks.portal.registry import lobby

register = template.Library()

# State by shape and word, colour comes third: each symbol differs in outline.
UNITS = {
    "mg/m3": "mg/m³", "ug/m3": "μg/m³", "ng/m3": "ng/m³", "m3/s": "m³/s", "m3/h": "m³/h", "m2": "m²", "degC": "℃", "ug/L": "μg/L",
    "uS/cm": "μS/cm", "deg": "°", "m3": "m³", "1e4 Nm3": "10⁴ Nm³", "1e4 m3": "10⁴ m³", "Nm3": "Nm³", "tCO2/MWh": "tCO₂/MWh", "tCO2/GJ": "tCO₂/GJ",
}  # fmt: skip
INTERVALS = ("realtime", "minute", "hour", "day", "month")
SYMBOLS = {"ok": "●", "warn": "▲", "bad": "■", "off": "○", "info": "◆", "none": "–"}


@register.filter
def num(value: Any, digits: int | None = None) -> str:
    """A number with grouping, or a dash. Without digits: four significant figures, as analysers are read."""
    if value is None or value == "":
        return "–"
    number = float(value)
    if digits is None:
        size = abs(number)
        digits = 0 if size >= 1000 else 1 if size >= 100 else 2 if size >= 1 or size == 0 else 4
    # Groups of three in every language: Django's Chinese format has no separator, and the page's script groups by three.
    return f"{Decimal(str(value)):,.{digits}f}"


@register.filter
def local(value: datetime | None, form: str = "%m-%d %H:%M") -> str:
    """A moment in the park's local time."""
    return "–" if value is None else value.astimezone(ZoneInfo("Asia/Shanghai")).strftime(form)


@register.filter
def local_long(value: datetime | None) -> str:
    return local(value, "%Y-%m-%d %H:%M:%S")


@register.filter
def percent(value: float | str | None, digits: int = 1) -> str:
    """A share in percent. Frozen results keep their decimals as text."""
    return "–" if value in (None, "") else f"{float(value) * 100:.{digits}f} %"


@register.simple_tag
def state(kind: str, label: str) -> SafeString:
    """A state mark: symbol and word."""
    return format_html(
        '<span class="state state-{}"><i aria-hidden="true">{}</i>{}</span>', kind, SYMBOLS.get(kind, "◆"), label
    )


@register.filter
def split(text: str) -> list[str]:
    return text.split()


@register.filter
def dict_get(mapping: dict[Any, Any], key: Any) -> Any:
    return mapping.get(key)


@register.filter
def either(chinese: str, english: str) -> str:
    """The text in the language of the page; the other one where it is missing."""
    return english if english and (get_language() or "").startswith("en") else chinese


@register.filter
def unit(text: str) -> str:
    """A unit as people write it."""
    shown = UNITS.get(text, text)
    for written, people in (("1e4 ", "10⁴ "), ("1e3 ", "10³ "), ("1e8 ", "10⁸ "), ("Nm3", "Nm³"), ("CO2", "CO₂")):
        shown = shown.replace(written, people)
    return shown


@register.filter
def plus(one: int, other: int) -> int:
    return one + other


@register.filter
def stamp(moment: datetime) -> int:
    """Milliseconds since 1970, for addresses."""
    return round(moment.timestamp() * 1000)


@register.filter
def interval_name(number: int) -> str:
    """Name of an interval in addresses."""
    return INTERVALS[int(number)]


@register.simple_tag
def without(query: str, key: str, value: Any) -> str:
    """The query of an address without one of its parts."""
    left = [(k, v) for k, v in parse_qsl(query) if (k, v) != (key, str(value))]
    return urlencode(left)


@register.filter
def localized(thing: Any, field: str = "name") -> str:
    """The name in the page's language: the English one where it exists and English is on."""
    english = getattr(thing, f"{field}_en", "")
    return (
        english
        if english and (get_language() or "").startswith("en")
        else getattr(thing, field, "") or getattr(thing, f"{field}_zh", "")
    )


@register.filter
def word(code: Any, family: str) -> str:
    """What people read for a stored code."""
    value = getattr(code, "value", code)
    return str(lobby.words.get(f"{family}.{value}", value))


@register.filter
def method_name(key: str) -> str:
    """A method of accounting with its set of warming potentials: "id@version+set" in words."""
    name, _at, rest = key.partition("@")
    return " · ".join(part for part in (word(name, "method"), rest.partition("+")[2]) if part)


@register.simple_tag
def menu_label(message: str) -> str:
    """A registered label in the page's language."""
    return _(message)


@register.simple_tag
def minus(one: float, other: float, digits: int | None = None) -> str:
    """A difference as a number."""
    return num(float(one) - float(other), digits)


@register.simple_tag
def called(names: Any, kind: str, code: str) -> str:
    """What people call a code, from the names that the page was given."""
    return str(getattr(names, kind)(code))
