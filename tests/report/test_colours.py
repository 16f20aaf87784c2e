"""The few colours of the page, light, dark and on paper, by the ratios of WCAG 2.2."""

import re
from importlib.resources import files

import pytest

STYLE = files("avepoint_async.report").joinpath("page.css").read_text(encoding="utf-8")
SCHEMES = [
    dict(re.findall(r"--(\w+): (#\w+);", block))
    for block in re.findall(r":root \{(.*?)\}", STYLE, re.DOTALL)
]


def luminance(colour: str) -> float:
    """The relative luminance of a colour like ``#b5410b`` or ``#fff``."""
    digits = colour[1:] if len(colour) == 7 else "".join(2 * digit for digit in colour[1:])
    parts = [int(digits[place : place + 2], 16) / 255 for place in (0, 2, 4)]
    linear = [
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    ]
    return sum(weight * part for weight, part in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


def contrast(one: str, other: str) -> float:
    """The ratio of two colours, from 1 to 21."""
    darker, lighter = sorted((luminance(one), luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def test_the_ratio_is_that_of_the_standard() -> None:
    """Black on white is 21, and the standard's own border case of grey on white is 4.5."""
    assert contrast("#000", "#ffffff") == pytest.approx(21)
    assert contrast("#767676", "#fff") == pytest.approx(4.54, abs=0.01)


@pytest.mark.parametrize("scheme", SCHEMES, ids=["light", "dark", "paper"])
def test_text_can_be_read(scheme: dict[str, str]) -> None:
    """Level AA: 4.5 to 1 for every colour of text on every ground it stands on."""
    for ground in ("paper", "wash", "alarm"):
        for text in ("ink", "soft", "good", "bad"):
            assert contrast(scheme[text], scheme[ground]) >= 4.5, (text, ground)


@pytest.mark.parametrize("scheme", SCHEMES, ids=["light", "dark", "paper"])
def test_charts_can_be_seen(scheme: dict[str, str]) -> None:
    """Level AA: 3 to 1 for bars and their edges on the ground."""
    for mark in ("good", "bad", "past", "edge"):
        assert contrast(scheme[mark], scheme["paper"]) >= 3, mark
