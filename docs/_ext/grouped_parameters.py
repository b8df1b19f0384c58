"""Puts the many parameters of an estimator into groups with headings of their own."""

from docutils import nodes
from parameter_groups import GROUPS

# Lists that are shorter can be read as they are.
FEWEST = 20


def group(app, doctree):
    """Replace the long lists of parameters in a page by one list for each group."""
    for field in list(doctree.findall(nodes.field)):
        name, body = field
        lists = list(body.findall(nodes.definition_list))
        if name.astext() == "Parameters" and lists and len(lists[0]) > FEWEST:
            items = {item[0].astext().partition(" ")[0].rstrip(":"): item for item in lists[0]}
            body.children = []
            body.extend(_grouped(items))


def _grouped(items):
    for title, names in [*GROUPS.items(), ("Others", items.keys() - set().union(*GROUPS.values()))]:
        found = [items[name] for name in names if name in items]
        if found:
            yield nodes.paragraph("", "", nodes.strong("", title), classes=["parameter-group"])
            yield nodes.definition_list("", *found)


def setup(app):
    app.connect("doctree-read", group)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
