"""Puts the many parameters of an estimator into groups with headings of their own."""

from docutils import nodes

GROUPS = {
    "The network": ["hidden_layer_sizes", "activation", "init_range", "random_state"],
    "What becomes small": [
        *("loss", "huber_delta", "quantile", "alpha", "class_weight", "normalize_y"),
    ],
    "The updates": [
        *("solver", "batch_size", "learning_rate_init", "learning_rate", "power_t", "momentum", "nesterovs_momentum"),
        *("beta_1", "beta_2", "epsilon", "max_fun", "shuffle", "augment", "on_divergence"),
    ],
    "When it stops": ["max_iter", "update_tol", "error_tol", "tol", "n_iter_no_change", "max_time"],
    "Validation": ["early_stopping", "validation_fraction", "scoring", "restore_best"],
    "Tuning": ["grid", "cv", "one_standard_error"],
    "Restarts, continuation and printing": ["n_init", "n_jobs", "warm_start", "on_new_class", "verbose"],
}

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
