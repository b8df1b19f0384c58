"""A network on a page of its own: `export_html`, and what the page is made of. Its arithmetic stands in network.js."""

from .export import export_html

__all__ = ["export_html"]
