"""Builds the documentation: ``sphinx-build -W --keep-going -b html docs docs/_build/html``."""

import sys
from pathlib import Path

from docutils import nodes
from sphinx_gallery.sorting import FunctionSortKey

import skbackprop

# Also the networks of the pages in how/: made_by_the_package makes pages of them.
sys.path[:0] = [str(Path(__file__).parent / folder) for folder in ("_ext", "how/pictures")]

project = "skbackprop"
author = copyright = "the skbackprop developers"
version = release = skbackprop.__version__

extensions = [
    "sphinx.ext.autodoc",
    "sphinx.ext.autosummary",
    "numpydoc",
    "sphinx_gallery.gen_gallery",
    "matplotlib.sphinxext.plot_directive",
    "broken_heads",
    "grouped_parameters",
    "made_by_the_package",
    "mathml",
]
html_math_renderer = "mathml"
templates_path = ["_templates"]
exclude_patterns = ["_build", "auto_examples/GALLERY_HEADER.rst", "study"]

autosummary_generate = True
default_role = "py:obj"  # single backquotes in docstrings name what can be linked to
autodoc_typehints = "none"  # the docstrings say more of the types
# The template of a class lists its methods, so numpydoc need not do it a second time.
numpydoc_show_class_members = False
toc_object_entries_show_parents = "hide"

# A reading order: first what everybody needs, then how it learns, then how to look into a network.
EXAMPLES = [
    "digits.py",
    "plot_worked_example.py",
    "plot_numpy_network.py",
    "plot_xor.py",
    "plot_decision_boundaries.py",
    "plot_initialisation.py",
    "plot_update_modes.py",
    "plot_regression.py",
    "plot_validation.py",
    "plot_cross_validation.py",
    "plot_grid_search.py",
    "plot_solvers.py",
    "plot_calibration.py",
    "plot_streaming.py",
    "data_parallel.py",
    "plot_hidden_units.py",
    "plot_sensitivity.py",
    "plot_rules.py",
    "plot_speed.py",
]
sphinx_gallery_conf = {
    "examples_dirs": "../examples",
    "gallery_dirs": "auto_examples",
    "filename_pattern": r"\.py$",  # all are run, also those without a picture
    "within_subsection_order": FunctionSortKey(EXAMPLES.index, "EXAMPLES"),
    "image_scrapers": ("gallery_pictures.scrape",),
    "reset_modules": ("matplotlib",),
    "doc_module": ("skbackprop",),
    "backreferences_dir": "generated/backreferences",
    "reference_url": {"skbackprop": None},
    "capture_repr": ("_repr_html_",),
    "image_srcset": ["2x"],
    "thumbnail_size": (320, 224),
    "default_thumb_file": str(Path(__file__).parent / "_static" / "digits.png"),  # of an example without a picture
    "download_all_examples": False,
    "show_signature": False,
    "write_computation_times": False,
    "remove_config_comments": True,
}

# Pictures of the pages themselves: scripts in docs/how, which the package's own networks draw.
plot_formats = ["svg"]
plot_html_show_formats = False
plot_html_show_source_link = False
plot_include_source = False

html_theme = "pydata_sphinx_theme"
html_title = f"skbackprop {release}"
html_show_sourcelink = False
html_static_path = ["_static", "generated/made"]
html_css_files = ["wide.css"]
html_js_files = ["frames.js"]
html_theme_options = {
    "header_links_before_dropdown": 4,  # what fits into one row of 1300 pixels
    "navbar_align": "left",
    "show_prev_next": True,
    "navigation_with_keys": False,
    "navbar_persistent": ["search-button"],
    "secondary_sidebar_items": ["page-toc"],
    "footer_start": ["copyright"],
    "footer_end": [],
}
html_context = {"default_mode": "auto"}  # light or dark, as the reader's machine is set
html_sidebars = {"**": []}  # lines of code need the width more; the header and the page's own contents lead on


# Where scikit-learn's own pages are. Intersphinx would have to fetch an inventory, and a build must not need a network.
SKLEARN = "https://scikit-learn.org/stable/"
SKLEARN_PAGES = {
    "metadata_routing": "metadata_routing.html",
    "accuracy_score": "modules/model_evaluation.html#accuracy-score",
    "r2_score": "modules/model_evaluation.html#r2-score",
    "meta-estimator": "glossary.html#term-meta-estimator",
}


def link_to_sklearn(app, env, node, contnode):
    """Resolve what docstrings, also inherited ones, refer to in scikit-learn; anything else stays a warning."""
    target = node["reftarget"]
    page = SKLEARN_PAGES.get(target)
    if node.get("refdomain") == "py" and target.startswith("sklearn."):
        page = f"modules/generated/{target}.html"
    return nodes.reference("", "", contnode, internal=False, refuri=SKLEARN + page) if page else None


def setup(app):
    app.connect("missing-reference", link_to_sklearn)
