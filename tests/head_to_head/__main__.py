"""The command: ``python tests/head_to_head [--only B27,G1] [--why]`` tries every case on ours and on scikit-learn's.

Each runs in a process of its own with little memory and little time, so that one that crashes, or eats all there is, is
one that failed.
"""

import argparse
import contextlib
import os
import resource
import select
import signal
import sys
import traceback
import warnings

from cases import CASES
from sklearn.neural_network import MLPClassifier, MLPRegressor
from subject import Subject

from skbackprop import BackpropClassifier, BackpropRegressor

OURS = {"classifier": BackpropClassifier, "regressor": BackpropRegressor}
THEIRS = {"classifier": MLPClassifier, "regressor": MLPRegressor}

BYTES, SECONDS = 4 * 2**30, 120


def main():
    """Print the table and the counts."""
    arguments = parse()
    warnings.simplefilter("ignore")
    wanted = set(arguments.only.split(",")) if arguments.only else None
    counts = {"ours": [0, 0], "theirs": [0, 0]}
    print(f"{'':5} {'Backprop':>17}  {'MLP':>17}  what is required")
    for case in CASES:
        if wanted is None or case.id in wanted:
            print_row(case, counts, arguments.why)
    for name, (n_passed, n_tried) in zip(("Backprop*", "MLP*"), counts.values(), strict=True):
        print(f"{name}: {n_passed} of {n_tried} passed")


def parse():
    parser = argparse.ArgumentParser(prog="python tests/head_to_head", description=__doc__)
    parser.add_argument("--only", help="ids, separated by commas")
    parser.add_argument("--why", action="store_true", help="print what failed, and how")
    return parser.parse_args()


def print_row(case, counts, is_explained):
    """Try a case on all four, count, and print one line."""
    cells, reasons = [], []
    for side, makes in (("ours", OURS), ("theirs", THEIRS)):
        endings = []
        for kind in ("classifier", "regressor") if case.of == "both" else (case.of,):
            ending, reason = try_case(case, makes[kind], side)
            endings.append(ending)
            if ending != "-":
                counts[side][0] += ending == "pass"
                counts[side][1] += 1
            if ending not in ("pass", "-"):
                reasons.append(f"      {makes[kind].__name__}: {reason}")
        cells.append(" ".join(endings))
    print(f"{case.id:5} {cells[0]:>17}  {cells[1]:>17}  {case.what}", flush=True)
    if is_explained and reasons:
        print("\n".join(reasons), flush=True)


def try_case(case, make, side):
    """'pass', 'FAIL', 'CRASH', 'HANG' or '-', and why."""
    subject = Subject(make)
    if (side == "theirs" and case.only_ours) or not subject.knows(*case.needs):
        return "-", ""
    reader, writer = os.pipe()
    sys.stdout.flush()
    child = os.fork()
    if child == 0:
        os.close(reader)
        answer(case, subject, writer)
    os.close(writer)
    return judge(child, reader)


def answer(case, subject, writer):
    """In the child: try, write the answer, and leave without any tidying up."""
    os.setpgid(0, 0)
    # A process that runs out of memory is told so, rather than the machine brought down.
    resource.setrlimit(resource.RLIMIT_AS, (BYTES, BYTES))
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    os.dup2(nowhere, 2)
    text = "it did something else"
    try:
        text = "pass" if case.check(subject) else text
    except BaseException as error:
        place = traceback.extract_tb(error.__traceback__)[-1]
        text = f"{type(error).__name__}: {error} ({os.path.basename(place.filename)}:{place.lineno})"
    os.write(writer, text.replace("\n", " ")[:300].encode())
    os._exit(0)


def judge(child, reader):
    """In the parent: wait for the answer, or for the end."""
    is_ready, _, _ = select.select([reader], [], [], SECONDS)
    text = os.read(reader, 1000).decode() if is_ready else ""
    os.close(reader)
    if not is_ready or text:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(child, signal.SIGKILL)  # with whatever it started
    status = os.waitpid(child, 0)[1]
    if not is_ready:
        return "HANG", f"no end after {SECONDS} s"
    if not text:
        return "CRASH", f"signal {os.WTERMSIG(status)}"
    return ("pass", "") if text == "pass" else ("FAIL", text)


if __name__ == "__main__":
    main()
