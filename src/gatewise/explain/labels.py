"""Which class is to be explained."""

from __future__ import annotations

from gatewise.errors import ParameterError
from gatewise.explain.explanation import Floats
from gatewise.runtime.predictor import Predictor


def class_index(predictor: Predictor, label: str | int | None, probabilities: Floats) -> int:
    """Number of a class.

    Args:
        predictor: The model.
        label: Its name, also as a string of a number; None for the most probable one.
        probabilities: ``[K]`` of the text.

    Raises:
        ParameterError: The model has no such class; names those it has.
    """
    if label is None:
        return int(probabilities.argmax())
    names = [str(known) for known in predictor.config.labels]
    if str(label) not in names:
        raise ParameterError(f"label={label!r} is not one of {', '.join(names)}")
    return names.index(str(label))


def class_of(predictor: Predictor, text: str, label: str | int | None) -> int:
    """`class_index` for a text that has not been read yet."""
    return class_index(predictor, label, predictor.predict_proba([text])[0])
