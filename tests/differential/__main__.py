"""The command: ``python tests/differential`` compares both engines with a reference of single numbers in random cases.

    python tests/differential                 20 000 cases, some twenty minutes on one core
    python tests/differential --cases 500     fewer
    python tests/differential --seed 17       one of them again, and what is in it

A result that rounding cannot explain is printed with the seed of its case, and the exit status is 1 if there is any.
"""

import argparse
import sys
import time
from collections import Counter

from cases import draw
from judge import LARGEST_RATIO, Judgement, learned_by

from skbackprop._network import engines


def main():
    """Try all cases, and print the counts."""
    arguments = parse()
    if arguments.seed is not None:
        print(draw(arguments.seed))
    seeds = range(arguments.first, arguments.first + arguments.cases) if arguments.seed is None else [arguments.seed]
    begin, counts, worst = time.monotonic(), Counter(), {}
    for number, seed in enumerate(seeds, 1):
        try_case(draw(seed), counts, worst)
        if number % 1000 == 0:
            print(f"{number} cases, {counts['beyond rounding']} beyond rounding", flush=True)
    print(f"{counts['cases']} cases, {counts['trainings']} trainings, {time.monotonic() - begin:.0f} s")
    for name in sorted(counts.keys() - {"cases", "trainings", "beyond rounding"}):
        print(f"    {name}: {counts[name]}")
    for name, (ratio, seed) in worst.items():
        print(f"worst ratio of {name}: {ratio:.3g}, of seed {seed}")
    print(f"beyond rounding: {counts['beyond rounding']}")
    return int(counts["beyond rounding"] > 0)


def parse():
    parser = argparse.ArgumentParser(
        prog="python tests/differential", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--cases", type=int, default=20_000, help="how many")
    parser.add_argument("--first", type=int, default=0, help="the seed of the first; each next case has the next one")
    parser.add_argument("--seed", type=int, help="this case only")
    return parser.parse_args()


def contenders():
    """Names of engines, and the instructions that each uses."""
    yield "numpy", None
    for name in engines._kernel.instruction_sets() if engines._kernel else ():
        yield "kernel", name


def try_case(case, counts, worst):
    """Let each engine learn a case, judge it, and count."""
    judgement = Judgement(case)
    counts.update(["cases", f"solver {case.solver}", case.dtype, f"inputs {case.storage}", f"loss {case.loss}"])
    for engine, instruction_set in contenders():
        learned = learned_by(case, engine, instruction_set)
        ratio, name = judgement.ratio(learned), " ".join(filter(None, (engine, instruction_set)))
        counts["trainings"] += 1
        if ratio >= worst.get(name, (0, 0))[0]:
            worst[name] = ratio, case.seed
        if ratio > LARGEST_RATIO:
            counts["beyond rounding"] += 1
            print(
                f"seed {case.seed}: {name} is {ratio:.3g} times as far from the reference as rounding explains",
                flush=True,
            )
        elif judgement.is_finite and judgement.ratio_of_normal_numbers(learned) > LARGEST_RATIO:
            counts["told from the reference by a number too small to be normal"] += 1
    counts[{True: "finite", False: "diverging", None: "diverging or not by rounding"}[judgement.is_finite]] += 1
    counts["in doubt, settled by more runs"] += judgement.is_doubtful


if __name__ == "__main__":
    sys.exit(main())
