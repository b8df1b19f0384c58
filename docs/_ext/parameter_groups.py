"""The groups in which the parameters of the estimators stand on their pages."""

GROUPS = {
    "The network": ["hidden_layer_sizes", "activation", "init_range", "random_state"],
    "What becomes small": ["loss", "huber_delta", "quantile", "alpha", "class_weight", "normalize_y"],
    "The updates": [
        *("solver", "batch_size", "learning_rate_init", "learning_rate", "power_t", "momentum", "nesterovs_momentum"),
        *("beta_1", "beta_2", "epsilon", "max_fun", "shuffle", "augment", "on_divergence"),
    ],
    "When it stops": ["max_iter", "update_tol", "error_tol", "tol", "n_iter_no_change", "max_time"],
    "Validation": ["early_stopping", "validation_fraction", "scoring", "restore_best"],
    "Tuning": ["grid", "cv", "one_standard_error"],
    "Restarts, continuation and printing": ["n_init", "n_jobs", "warm_start", "on_new_class", "verbose"],
}
