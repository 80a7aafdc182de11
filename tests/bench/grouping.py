"""How long grouping takes among many open events, embedding apart: decides what is analysed and timed.

    python -m tests.bench.grouping [--events 10000] [--batch 256] [--rounds 4] [--profile]

Never asserts anything. CPU time of this process, so that another program beside it does not count.
"""

import argparse
import cProfile
import pstats
import resource
import time
from statistics import median

from storywire.analyse import Analyst
from storywire.parameters import Parameters
from tests.bench.news import News


def main() -> None:
    """Remember that many open events, analyse batches among them, and print what an article costs."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.grouping", description="Time grouping.")
    parser.add_argument("--events", type=int, default=10_000, help="open events, of two or three reports each")
    parser.add_argument("--batch", type=int, default=256, help="articles in a batch; production takes 256")
    parser.add_argument("--rounds", type=int, default=4, help="batches, of which the median counts; the first does not")
    parser.add_argument("--profile", action="store_true", help="say where the time goes")
    options = parser.parse_args()
    news = News()
    past = news.past(options.events)
    begun = time.process_time()
    analyst = Analyst(past, Parameters())
    remembered = time.process_time() - begun
    profile = cProfile.Profile()
    costs = [_cost(analyst, news, options, number, profile) for number in range(options.rounds + 1)][1:]
    if options.profile:
        pstats.Stats(profile).sort_stats("tottime").print_stats(30)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000
    print(f"{options.events:,} open events, {len(past.kept):,} reports, batches of {options.batch}:")
    print(f"{1000 * median(costs):.1f} ms of CPU an article, {remembered:.1f} s to remember, peak {peak:,.0f} MB")


def _cost(analyst: Analyst, news: News, options: argparse.Namespace, number: int, profile: cProfile.Profile) -> float:
    """Seconds of CPU for an article of one batch."""
    articles, vectors = news.batch(options.events, number, options.batch)
    if options.profile:
        profile.enable()
    begun = time.process_time()
    analyst.analyse(articles, vectors)
    cost = (time.process_time() - begun) / options.batch
    profile.disable()
    return cost


if __name__ == "__main__":
    main()
