from __future__ import annotations

from pipelines.studies.templates.experiment import LINEAR, TWO, OneTemplateAClass
from pipelines.studies.templates.pictures import pictures


def test_the_pictures_say_what_they_show(templates: OneTemplateAClass) -> None:
    linear, hidden, accuracy = pictures(templates)
    assert linear.markup.count("<image") == 2
    assert ">horse<" in linear.markup
    assert f"{100 * templates.accuracy[LINEAR, TWO]:.1f} %" in accuracy.markup
    assert hidden.markup.count("<image") == 1
    assert "64 hidden units" in hidden.markup
