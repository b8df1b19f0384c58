"""The table that `verbose` prints while a network trains."""

_HEAD = f"{'':16}       loss  error rate  max |update|  validation   seconds"


def count(number, word):
    """A number with its word, such as ``1 epoch`` or ``2 epochs``."""
    return f"{number} {word}" if number == 1 else f"{number} {word}s"


def print_epoch(history, verbose, is_last):
    """Print the first, every verbose-th and the last epoch; the head before the first, but of later calls of one epoch."""
    if history.n_iter == 1 and (history.n_epochs == 1 or not is_last):
        print(_HEAD)
    if is_last or history.n_iter == 1 or history.n_iter % verbose == 0:
        validation = f"{history.validation_scores[-1]:10.4f}" if history.is_validated else " " * 10
        print(
            f"Iteration {history.n_epochs:<6d} {history.loss_curve[-1]:10.4g}  {history.error_curve[-1]:10.4f}  "
            f"{history.update_curve[-1]:12.2e}  {validation}  {history.seconds():8.1f}"
        )


def print_restart(number, n_restarts, outcome):
    """Print what became of one of several trainings, after its epochs."""
    n_epochs = count(outcome.state.history.n_iter, "epoch")
    print(f"Restart {number + 1} of {n_restarts}: {n_epochs}, {outcome.stop_reason}, score {outcome.score:.4g}")


def print_stage(n_epochs, curves, are_running):
    """Print how far a cross-validation has come, and the smallest mean over the folds that it has seen."""
    best = min(each.means.min() for each in curves)
    n_running = f"{sum(are_running)} of {count(len(curves), 'candidate')}"
    print(f"Cross-validation, epoch {n_epochs:<6d} smallest loss {best:.4g}, {n_running} to go on")


def print_end(n_epochs, stop_reason):
    """Print what ended the training."""
    print(f"Stopped after {count(n_epochs, 'epoch')}: {stop_reason}")
