"""Colours of contributions on a terminal: blue for the class, orange against it, told apart by colour-blind eyes too.

Whether a terminal is dark or light is not known. So weak words are written in grey that turns into the colour, strong
ones in bold, and the strongest on a ground of the colour, all of which can be read on either.
"""

from __future__ import annotations

_GREY = (134, 139, 145)
_FOR, _AGAINST = (47, 143, 224), (217, 115, 13)
_FOR_GROUND, _AGAINST_GROUND = "#1568b8", "#b34d00"
_WEAK, _MIDDLE, _STRONG = 0.06, 0.3, 0.6
FOR_AND_AGAINST = (-1.0, -0.4, 0.4, 1.0)
"""Shares that a legend shows."""


def style(share: float) -> str:
    """The style of a word, by its share of the strongest contribution, from -1 (against) to 1 (for).

    Example:
        >>> style(0.01), style(-0.5), style(1.0)
        ('', 'bold #d9730d', 'bold #ffffff on #1568b8')
    """
    strength = abs(share)
    if strength < _WEAK:
        return ""
    if strength >= _STRONG:
        return f"bold #ffffff on {_FOR_GROUND if share > 0 else _AGAINST_GROUND}"
    full = _FOR if share > 0 else _AGAINST
    mixed = min(1.0, strength / _MIDDLE)
    colour = "".join(f"{round(grey + mixed * (end - grey)):02x}" for grey, end in zip(_GREY, full, strict=True))
    return f"bold #{colour}" if strength >= _MIDDLE else f"#{colour}"


def sign(share: float) -> str:
    """The same as signs behind the word, where there are no colours.

    Example:
        >>> sign(0.01), sign(-0.5), sign(1.0)
        ('', '⁻', '⁺⁺')
    """
    if abs(share) < _MIDDLE:
        return ""
    return ("⁺" if share > 0 else "⁻") * (2 if abs(share) >= _STRONG else 1)
