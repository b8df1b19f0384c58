"""The command: ``python tests/benchmarks [--quick] [--only training,fits] [--write docs/benchmarks.rst]``."""

import argparse
import warnings
from importlib import import_module
from pathlib import Path

import machine

SECTIONS = (
    "training",
    "adam",
    "rectified",
    "fits",
    "accuracy",
    "predict",
    "growth",
    "stream",
    "kinds",
    "searches",
    "memory",
    "threads",
)


def main():
    """Run the sections that were asked for and print, or write, what they found."""
    arguments = _parse()
    if not arguments.all_cores:
        machine.use_one_thread()
        machine.pin()
    warnings.simplefilter("ignore")  # short trainings do not converge, and joblib's threads share the filter
    from options import Options, describe  # after the libraries know of their one thread

    cells, n_rounds = arguments.cells.replace(",", ""), 5 if arguments.quick else max(5, arguments.rounds)
    batches = tuple(map(int, arguments.batches.split(",")))
    cpu_time = arguments.cpu_time and not arguments.all_cores  # many cores at once have no time but the wall's
    options = Options(arguments.quick, cells, cpu_time, arguments.fetch, n_rounds, batches, arguments.all_cores)
    sections = []
    import report

    for name in filter(None, arguments.only.split(",")):
        module = import_module(name)
        if not options.names(getattr(module, "CELLS", options.cells)):
            continue  # an empty table would take the place of one that was kept
        sections.append(_named(module.run(options), arguments.all_cores))
        print(sections[-1].text(), flush=True)
        if arguments.results:
            report.keep(arguments.results, sections[-1])
    page_of = report.kept(arguments.results) if arguments.results else sections
    if arguments.write:
        report.write(arguments.write, page_of, [*machine.describe(), describe(arguments.cpu_time)])
        _draw(sections, Path(arguments.write).parent)


def _parse():
    parser = argparse.ArgumentParser(
        prog="python tests/benchmarks", description="Speed beside that of every peer installed."
    )
    parser.add_argument("--quick", action="store_true", help="three minutes: fewer cells, smaller data")
    parser.add_argument(
        "--only",
        default=",".join(SECTIONS),
        help="sections, of " + ",".join(SECTIONS) + "; with --all-cores also speedup",
    )
    parser.add_argument("--cells", default="A,B,C,D,E,F,G,H", help="workloads to train on")
    parser.add_argument("--batches", default="1,10,32,200,1000", help="batch sizes to train with")
    parser.add_argument("--cpu-time", action="store_true", help="CPU time, for a machine that others use as well")
    parser.add_argument("--rounds", type=int, default=7, help="turns of each candidate, at least five")
    parser.add_argument("--fetch", action="store_true", help="fetch the whole MNIST for C and D, and accuracy")
    parser.add_argument("--all-cores", action="store_true", help="every candidate takes the threads that it takes")
    parser.add_argument(
        "--results", metavar="FILE", help="JSON: keep what is measured there, and write the page of all"
    )
    parser.add_argument("--write", metavar="PAGE", help="page to write, such as docs/benchmarks.rst")
    return parser.parse_args()


def _named(section, is_all_cores):
    """The section; title and losses tell of the cores that it used."""
    if not is_all_cores:
        return section
    import report

    losses = [f"{report.ALL_CORES}: {loss}" for loss in section.losses]
    return section._replace(title=f"{section.title}, {report.ALL_CORES}", losses=losses)


def _draw(sections, folder):
    """Draw the plots of what was measured now; those of kept results lie in the folder already."""
    for section in sections:
        if section.draw is not None:
            section.draw(folder)


if __name__ == "__main__":
    main()
