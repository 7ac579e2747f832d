"""The settings of the site, for Sphinx: `make docs`."""

from __future__ import annotations

import sys
from importlib.metadata import version as version_of
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

project = "preconv"
author = "The preconv developers"
version = release = version_of("preconv")
language = "en"

extensions = [
    "sphinx.ext.autodoc",
    "sphinx.ext.viewcode",
    "numpydoc",
    "myst_nb",
    "sphinx_design",
    "docs.machinery.mathml",
    "docs.machinery.names",
    "docs.machinery.docstrings",
    "docs.machinery.made_pages",
    "docs.machinery.wheel",
    "docs.machinery.dead_links",
]
exclude_patterns = ["_build", "**/__pycache__", "machinery", "gallery/notebooks"]
nitpicky = True

# What stands in single backticks is a link where it names something public, and else code.
default_role = "preconv-name"
add_module_names = False
autodoc_member_order = "bysource"
autodoc_typehints = "none"  # the docstrings say the types, in words
autodoc_preserve_defaults = True
numpydoc_show_class_members = False
numpydoc_use_plots = False
numpydoc_xref_param_type = False

# Pages are Markdown and notebooks. Notebooks are run by tests, so that a page waits for none.
nb_execution_mode = "off"
myst_enable_extensions = [
    "attrs_block",
    "attrs_inline",
    "colon_fence",
    "deflist",
    "dollarmath",
    "fieldlist",
    "substitution",
]
myst_heading_anchors = 4
myst_links_external_new_tab = False

html_theme = "pydata_sphinx_theme"
html_title = f"preconv {release}"
html_static_path = ["_static"]
# The schemas of the formats stand at the top of the site.
html_extra_path = [str(path) for path in [ROOT / "pipelines" / "schemas"] if path.is_dir()]
html_css_files = ["site.css"]
templates_path = ["_templates"]
html_math_renderer = "preconv-mathml"
html_sidebars: dict[str, list[str]] = {"index": [], "search": []}
html_copy_source = False
html_show_sourcelink = False
html_show_sphinx = False
html_theme_options = {
    "logo": {"text": "preconv"},
    "navigation_with_keys": False,
    "collapse_navigation": True,
    "show_toc_level": 2,
    "header_links_before_dropdown": 8,
    "navbar_end": ["theme-switcher"],
    "secondary_sidebar_items": ["page-toc"],
    "footer_start": ["new.html"],
    "footer_end": ["theme-version"],
    "pygments_light_style": "a11y-high-contrast-light",
    "pygments_dark_style": "a11y-high-contrast-dark",
}
