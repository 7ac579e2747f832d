"""The templates of pages, and the styles and scripts that go into them as they are."""

from __future__ import annotations

import base64
import hashlib

from jinja2 import ChoiceLoader, Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from pipelines.reporting.texts.numbers import tied


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


def one_script(environment: Environment, *names: str) -> tuple[Markup, str]:
    """Return several scripts as one, and the hash by which a page's policy admits it."""
    script = Markup("").join(verbatim(environment, name) for name in names)
    return script, base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
