"""Takes the pictures of the examples, with texts that say what is seen for those who do not see them."""

import re
from pathlib import Path
from types import SimpleNamespace

from alt_texts import ALT_TEXTS
from sphinx.util import logging
from sphinx_gallery.scrapers import matplotlib_scraper


def scrape(block, block_vars, gallery_conf):
    """sphinx-gallery's own pictures, each with the text of its example and number.

    A picture without a text is a warning, by which a build with ``-W`` fails.
    """
    example, first = Path(block_vars["src_file"]).stem, len(block_vars["image_path_iterator"]) + 1
    rst = matplotlib_scraper(block, block_vars, gallery_conf)
    numbers = iter(range(first, first + rst.count(":alt:")))
    run = SimpleNamespace(**block_vars["example_globals"])
    return re.sub(r":alt: .*", lambda _: f":alt: {text_of(example, next(numbers), run)}", rst)


def text_of(example, number, run):
    texts = ALT_TEXTS.get(example, [])
    if number <= len(texts):
        text = texts[number - 1]
        return text(run) if callable(text) else text
    logging.getLogger(__name__).warning("Picture %s of %s has no text in docs/_ext/alt_texts.py.", number, example)
    return f"{example}, picture {number}"
