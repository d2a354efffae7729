"""Forms of values and placeholders of messages, said in Russian and English: for pages and docs alike."""

from string import Formatter

from connectors.formats.reference import Form

KINDS = {
    "text": {"ru": "текст", "en": "text"},
    "number": {"ru": "число", "en": "number"},
    "integer": {"ru": "целое число", "en": "whole number"},
    "date": {"ru": "дата ГГГГ-ММ-ДД", "en": "date YYYY-MM-DD"},
    "instant": {"ru": "дата и время ГГГГ-ММ-ДДTчч:мм:сс", "en": "date and time YYYY-MM-DDThh:mm:ss"},
    "flag": {"ru": "true или false", "en": "true or false"},
    "binary": {"ru": "base64", "en": "base64"},
}
LIMITS = {
    "length": {"ru": "{least}–{most} символов", "en": "{least}–{most} characters"},
    "longest": {"ru": "до {most} символов", "en": "up to {most} characters"},
    "bytes": {"ru": "до {most} байт", "en": "up to {most} bytes"},
    "digits": {
        "ru": "до {most} цифр до точки и {decimals} после",
        "en": "up to {most} digits before the point, {decimals} after",
    },
    "bounds": {"ru": "от {least} до {most}", "en": "from {least} to {most}"},
}
CHOICES = {
    "fixed": {"ru": "всегда", "en": "always"},
    "listed": {"ru": "одно из", "en": "one of"},
}
PLACEHOLDERS = {
    "all": {"ru": "сколько всего", "en": "how many in all"},
    "allowed": {"ru": "допустимые значения", "en": "allowed values"},
    "called": {"ru": "значение в вызове", "en": "the call's value"},
    "channel": {"ru": "вид канала", "en": "kind of channel"},
    "closed": {"ru": "дата закрытия", "en": "closing date"},
    "count": {"ru": "количество", "en": "number"},
    "day": {"ru": "день", "en": "day"},
    "document": {"ru": "документ", "en": "document"},
    "due": {"ru": "срок", "en": "when it was due"},
    "earliest": {"ru": "самая ранняя дата", "en": "earliest date"},
    "examples": {"ru": "примеры", "en": "examples"},
    "expected": {"ru": "ожидаемое значение", "en": "expected value"},
    "failure": {"ru": "ошибка", "en": "failure"},
    "field": {"ru": "реквизит", "en": "field"},
    "held": {"ru": "сколько есть", "en": "what is there"},
    "interval": {"ru": "интервал", "en": "interval"},
    "limit": {"ru": "предел", "en": "limit"},
    "missing": {"ru": "номера частей", "en": "numbers of parts"},
    "packet": {"ru": "пакет", "en": "packet"},
    "rate": {"ru": "ставка", "en": "rate"},
    "reason": {"ru": "причина", "en": "reason"},
    "reasons": {"ru": "причины", "en": "reasons"},
    "task": {"ru": "задание", "en": "task"},
    "people": {"ru": "получатели", "en": "recipients"},
    "feeds": {"ru": "потоки", "en": "feeds"},
    "gap": {"ru": "расхождение", "en": "gap"},
    "lines": {"ru": "число строк", "en": "number of lines"},
    "worst": {"ru": "наибольшее расхождение", "en": "largest gap"},
    "reference": {"ru": "номер сбоя", "en": "reference"},
    "rows": {"ru": "число строк", "en": "number of rows"},
    "said": {"ru": "сколько заявлено", "en": "what was announced"},
    "similar": {"ru": "похожие коды", "en": "similar codes"},
    "tries": {"ru": "число попыток", "en": "number of tries"},
    "usual": {"ru": "сколько обычно", "en": "how many usually"},
    "value": {"ru": "значение", "en": "value"},
    "wait": {"ru": "время ожидания", "en": "time to wait"},
    "window": {"ru": "окно дат", "en": "window"},
    "withdrawn": {"ru": "сколько отзывается", "en": "what is withdrawn"},
}


def said(form: Form, language: str) -> str:
    """A form in words, but for the values that it lists and its pattern: `text, 1–100 characters`."""
    if form.values:
        return CHOICES["fixed" if len(form.values) == 1 else "listed"][language]
    kind = KINDS[form.kind][language]
    name, figures = _limit(form)
    return f"{kind}, {LIMITS[name][language].format(**figures)}" if name else kind


def pieces(message: str, language: str) -> list[tuple[str, str]]:
    """A problem's message or remedy as (text, what stands after it) pairs; a placeholder that has no word is itself."""
    parsed = Formatter().parse(message)
    return [(text, PLACEHOLDERS[name][language] if name in PLACEHOLDERS else name or "") for text, name, _, _ in parsed]


def _limit(form: Form) -> tuple[str, dict[str, object]]:
    """The name of the words for what bounds a form, with their figures; an instant's bounds are nobody's concern."""
    if form.longest is not None:
        name = "bytes" if form.kind == "binary" else "length" if form.shortest else "longest"
        return name, {"least": form.shortest, "most": form.longest}
    if form.least is None or form.most is None or form.kind == "instant":
        return "", {}
    whole = form.most.partition(".")[0]
    if form.least == f"-{form.most}" and set(whole) == {"9"}:
        return "digits", {"most": len(whole), "decimals": form.decimals or 0}
    return "bounds", {"least": form.least, "most": form.most}
