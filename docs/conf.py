"""How Sphinx builds the site: `make docs`."""

import sys
from importlib import metadata
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

project = "labelsel"
author = "the labelsel project"
version = release = metadata.version("labelsel")

extensions = [
    "myst_parser",
    "sphinx.ext.autodoc",
    "sphinx_copybutton",
    "docs._ext.reference",
    "docs._ext.repository",
]
exclude_patterns = ["_ext", "_static"]
# Every name that cannot be linked is an error.
nitpicky = True
# Dashes only: a quote in a selector or an example stays what it is.
smartquotes_action = "D"
default_role = "api"

# The anchors of headings, as GitHub makes them.
myst_heading_anchors = 6
# Projects are pages by being in their folder.
suppress_warnings = ["toc.empty_glob"]

# The button copies what one types, and leaves out prompts and outputs.
copybutton_prompt_text = r">>> |\.\.\. |\$ "
copybutton_prompt_is_regexp = True

autodoc_member_order = "bysource"
autodoc_typehints = "signature"
python_use_unqualified_type_names = True
python_display_short_literal_types = True
maximum_signature_line_length = 72
add_module_names = False
toc_object_entries_show_parents = "hide"
pygments_style = "a11y-high-contrast-light"
pygments_dark_style = "a11y-high-contrast-dark"

html_theme = "furo"
html_title = f"labelsel {release}"
html_short_title = "labelsel"
html_logo = "_static/logo.svg"
html_favicon = "_static/logo.svg"
html_static_path = ["_static"]
html_css_files = ["custom.css"]
html_baseurl = "https://labelsel.readthedocs.io/en/latest/"
html_copy_source = False
html_show_sphinx = False
html_show_copyright = False
html_theme_options = {
    "light_css_variables": {
        "color-brand-primary": "#1f5fbf",
        "color-brand-content": "#1f5fbf",
        "color-code-background": "#f6f7f9",
    },
    "dark_css_variables": {"color-brand-primary": "#7db3ff", "color-brand-content": "#7db3ff"},
    "top_of_page_buttons": [],
}
