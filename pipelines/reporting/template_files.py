"""The templates of pages, and the styles and scripts that go into them as they are."""

from __future__ import annotations

from jinja2 import ChoiceLoader, Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from pipelines.reporting.numbers import tied


def template_environment(*packages: str) -> Environment:
    """Return where the templates of packages are found, the first package's first.

    All text that a template shows is escaped, and a name that it does not know is an error.
    """
    environment = Environment(
        loader=ChoiceLoader([PackageLoader(package) for package in packages]),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["tied"] = tied
    return environment


def verbatim(environment: Environment, name: str) -> Markup:
    """Return a file beside the templates as it is: a style or a script of ours."""
    assert environment.loader is not None
    return Markup(environment.loader.get_source(environment, name)[0])
