"""A network as one file for the browser, to step through, to watch and to play with: `export_html`."""

from pathlib import Path

from ..._estimators.parameters import check_path
from ..._public import public
from ..networks import check_network
from .assembly import assemble
from .contents import Wishes, collect


@public
def export_html(
    network,
    X,
    y,
    path,
    *,
    recording=None,
    title=None,
    feature_names=None,
    output_names=None,
    image_shape=None,
    max_instances=None,
):
    """Write a page on which a network can be stepped through, watched while it learned, and played with.

    The page is one file that needs no network connection and asks for nothing from any host: it may be opened from a disk,
    sent by mail, or embedded in a document. It has three tabs:

    - *Step* goes through one update of one instance, as :func:`explain_step` has it and the book's tables [1]_: forward,
      backward, and every weight's move, each in letters and in numbers. Inputs, weights, the learning rate and the target
      can be changed, the update can be applied, and results can be hidden, to be found by the reader.
    - *Train* shows the network at each recorded epoch: its decisions where it has one or two inputs, what its hidden units
      look at, the curves of the training with the thresholds of the stopping rules, and the way of an instance through it.
    - *Play* trains other networks in the page, on small sets of points or on one's own.

    Parameters
    ----------
    network : BackpropClassifier or BackpropRegressor
        Fitted, or made by `initialize`. It is not changed.
    X : array-like or sparse matrix of shape (n_samples, n_features)
        Instances, as the network takes them: of a pipeline, what the steps before the network have made of them.
    y : array-like of shape (n_samples,) or (n_samples, n_outputs)
        Their labels or targets.
    path : str or path-like
        Where to write the file. One that is there is replaced.
    recording : Recorder, default=None
        What a callback of this kind has recorded of the network's training; anything with its ``epochs_``, ``coefs_`` and
        ``intercepts_`` will do. None shows the network as it is, and lets the page train one from a new start.
    title : str, default=None
        Headline of the page; None makes one of the network's layers.
    feature_names : list of str, default=None
        What to call the features; None takes their names in the training data.
    output_names : list of str, default=None
        What to call the output units; None takes the classes that they stand for.
    image_shape : tuple of int, default=None
        Rows and columns of the image that the features make. None takes a square for 49 features or more, if their number
        is that of a square and they have no names.
    max_instances : int, default=None
        So many instances come onto the page, taken evenly from all. None takes as many as fit into about 100 kB.

    Raises
    ------
    OSError
        If there is no folder to write to, or the file cannot be written.
    TypeError
        If the network is none of this package, or the path, the recording or names are no such things.
    ValueError
        If X, y, the recording, names or a number will not do.

    See Also
    --------
    explain_step : The tables alone, as text, HTML, DataFrames or LaTeX.
    NetworkDisplay : A picture for print.

    Notes
    -----
    The file of a small network has less than 250 kB. Weights are stored as they are, eight bytes each, and those of
    recorded epochs in four; of many or large recordings evenly chosen epochs are kept, so that they take no more than
    about 200 kB, the first and the last among them.

    The page computes in float64, and with the weight 1 for every instance. It updates from where the training ended: with
    the rate that the schedule has come to, and with momentum or memory.

    References
    ----------
    .. [1] Han, J. and Kamber, M., *Data Mining: Concepts and Techniques*, "Classification by Backpropagation".

    Examples
    --------
    The book's example, to be stepped through:

    >>> from pathlib import Path
    >>> from tempfile import TemporaryDirectory
    >>> from skbackprop import BackpropClassifier, export_html
    >>> network = BackpropClassifier(2, learning_rate_init=0.9).initialize(
    ...     [[1, 0, 1]], [1], classes=[0, 1],
    ...     coefs_init=[[[0.2, -0.3], [0.4, 0.1], [-0.5, 0.2]], [[-0.3], [-0.2]]],
    ...     intercepts_init=[[-0.4, 0.2], [0.1]],
    ... )
    >>> with TemporaryDirectory() as folder:
    ...     path = Path(folder) / "worked_example.html"
    ...     export_html(network, [[1, 0, 1]], [1], path, title="The book's worked example")
    ...     path.stat().st_size < 250_000
    True
    """
    check_network(network, "network")
    check_path(path, "network.html")
    wishes = Wishes(title, feature_names, output_names, image_shape, max_instances)
    page = assemble(collect(network, X, y, recording, wishes)).encode(errors="replace")  # half a character in the title
    Path(path).write_bytes(page)
