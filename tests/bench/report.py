"""What the benchmark found, as a table of 80 columns: decides which seconds make up "the rest". Never measures."""

import os
import platform
from collections.abc import Mapping, Sequence
from importlib.metadata import version
from pathlib import Path
from statistics import median
from typing import Any

from storywire import __version__

EXTRACTION_AIM, REST_AIM, MEMORY_AIM, HELP_AIM = 1.2, 5.0, 1500.0, 0.5  # times, ms an article, MB, s
Pair = tuple[float, float]
"""Wall and CPU."""


def per_article(cycle: Mapping[str, Any]) -> dict[str, Pair]:
    """One cycle in milliseconds an article, wall and CPU.

    The rest is all that is neither extracting, encoding, starting a worker nor waiting for the web server. Its CPU time
    is that of both processes and all threads; its wall time leaves out what was done beside other work.
    """
    parts, worker = cycle["parts"], cycle["worker"]

    def pair(cost: Mapping[str, float]) -> Pair:
        return 1000 * cost["wall"] / cycle["articles"], 1000 * cost["cpu"] / cycle["articles"]

    extraction, encode, http = pair(worker["pages"]), pair(parts["encode"]), pair(parts["http"])
    whole, start, handing, feeds = (*map(pair, (parts["cycle"], *(worker[k] for k in ("start", "handing", "feeds")))),)
    storage = _sum([pair(cost) for name, cost in parts.items() if name.startswith("store.")])
    analysis, own_http = pair(parts["analyse"]), (http[1], http[1])
    rest = (
        whole[0] - extraction[0] - encode[0] - start[0] - (http[0] - http[1]),
        whole[1] - encode[1] + feeds[1] + handing[1],
    )
    named = {"HTTP": own_http, "feeds": feeds, "handing pages over": handing, "storage": storage, "analysis": analysis}
    other = tuple(all_of_it - known for all_of_it, known in zip(rest, _sum(list(named.values())), strict=True))
    return {"extraction": extraction, "encode": encode, "rest": rest, **named, "other": (other[0], other[1])}


def _sum(pairs: Sequence[Pair]) -> Pair:
    return sum(p[0] for p in pairs), sum(p[1] for p in pairs)


def medians(cycles: Sequence[Mapping[str, Any]]) -> dict[str, Pair]:
    """The median cycle, part by part."""
    each = [per_article(cycle) for cycle in cycles]
    return {name: (median(e[name][0] for e in each), median(e[name][1] for e in each)) for name in each[0]}


def machine() -> dict[str, str]:
    """What the figures were had with."""
    info = Path("/proc/cpuinfo")
    models = [line for line in info.read_text().splitlines() if line.startswith("model name")] if info.exists() else []
    return {
        "cpu": models[0].partition(":")[2].strip() if models else platform.processor() or platform.machine(),
        "cores": str(os.cpu_count()),
        "load": f"{os.getloadavg()[0]:.1f}" if hasattr(os, "getloadavg") else "not known",
        "Python": platform.python_version(),
        **{name: version(name) for name in ("torch", "duckdb", "trafilatura", "prefect")},
    }


def table(found: Mapping[str, Any]) -> str:
    """All figures, each beside its peer and its aim."""
    on, articles = found["machine"], found["articles"]
    versions = ", ".join(f"{name} {on[name]}" for name in ("Python", "torch", "duckdb", "trafilatura", "prefect"))
    lines = [
        f"Storywire {__version__}: {articles['stored']} articles from {found['corpus']}",
        f"({articles['copies']} copies); medians of {found['rounds']} rounds after a warm-up",
        f"{on['cpu']}, {on['cores']} cores, load {on['load']} at the start",
        versions,
        "",
        _row("an article", "wall", "CPU", "beside", "aim"),
        *_per_article(found),
        "",
        _row("a run", "wall", "", "", "aim"),
        *_per_run(found["start"]),
        "",
        _row("memory", "PSS", "", "", "aim"),
        *_memory(found["memory"]),
    ]
    return "\n".join(line.rstrip() for line in lines)


def _per_article(found: Mapping[str, Any]) -> list[str]:
    parts, extraction, plain = found["per_article"], found["extraction"], found["plain_encode"]
    peers = {
        "extraction": (f"{extraction['ratio']:.2f} x bare trafilatura", f"{EXTRACTION_AIM} x"),
        "encode": (f"{plain['ratio']:.2f} x one plain call", ""),
        "rest": ("", f"{REST_AIM:g} ms"),
    }
    rows = []
    for name, (wall, cpu) in parts.items():
        inner = name not in peers
        label = f"  {name}" if inner else {"rest": "the rest"}.get(name, name)
        rows.append(_row(label, f"{wall:.2f} ms", f"{cpu:.2f} ms", *peers.get(name, ("", ""))))
    return rows


def _per_run(start: Mapping[str, float]) -> list[str]:
    return [
        _row("storywire --help", f"{start['help']:.2f} s", aim=f"{HELP_AIM:g} s"),
        _row("imports", f"{start['import']:.1f} s"),
        _row("loading the model", f"{start['model']:.1f} s"),
        _row("starting a worker", f"{start['worker']:.1f} s"),
        _row(
            "Prefect, an empty flow", f"{start['prefect']:.1f} s", "", f"{start['prefect_first']:.1f} s the first time"
        ),
    ]


def _memory(memory: Mapping[str, Any] | None) -> list[str]:
    if memory is None:
        return ["not measured: only Linux counts PSS"]
    rows = [_row(f"peak of {memory['articles']} articles", f"{memory['total']:.0f} MB", aim=f"{MEMORY_AIM:g} MB")]
    rows += [_row(f"  {kind}", f"{size:.0f} MB") for kind, size in memory["parts"].items()]
    return [*rows, _row("a Prefect server, apart", f"{memory['server']:.0f} MB")]


def _row(name: str, wall: str, cpu: str = "", beside: str = "", aim: str = "") -> str:
    return f"{name:<24}{wall:>10}{cpu:>11}  {beside:<24}{aim:>8}"
