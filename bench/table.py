"""The results as text: tables in Markdown, aligned so that they can be read as they are."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from bench.contenders import DIRECT, NGINX, TCPROXY
from bench.figures import Figure
from bench.samples import Place, Summary


@dataclass(frozen=True, slots=True)
class _Column:
    """A value in a table, with its title, and whether its ratio to nginx's stands beside it."""

    value: str
    title: str
    digits: int = 0
    ratio: bool = True


_COLUMNS = (
    _Column("requests_per_second", "requests/s"),
    _Column("median_latency_us", "median µs"),
    _Column("p99_latency_us", "p99 µs", ratio=False),
    _Column("mean_latency_us", "mean µs"),
    _Column("cpu_per_request_us", "CPU µs"),
    _Column("mib_per_second", "MiB/s"),
    _Column("first_byte_ms", "first byte ms", digits=2, ratio=False),
    _Column("peak_memory_mib", "peak MiB", digits=1, ratio=False),
    _Column("peak_growth_mib", "above 10 MiB's", digits=1, ratio=False),
    _Column("first_answer_ms", "first answer ms", ratio=False),
    _Column("idle_memory_mib", "idle MiB", digits=1, ratio=False),
)


def text(
    machine: Mapping[str, str], summaries: Mapping[Place, Summary], figures: Sequence[Figure]
) -> str:
    """Return everything.

    Args:
        machine: on what was measured.
        summaries: what was measured.
        figures: what it comes to.
    """
    parts = ["\n".join(f"- {name}: {value}" for name, value in machine.items())]
    for case in dict.fromkeys(place.case for place in summaries):
        found = [summary for place, summary in summaries.items() if place.case == case]
        parts.append(f"{case}\n\n{_case(found)}")
    if figures:
        parts.append(f"figures to reach\n\n{verdicts(figures)}")
    parts += _meaning(summaries)
    parts += _warnings(summaries.values())
    return "\n\n".join(parts)


def _case(found: Sequence[Summary]) -> str:
    columns = [column for column in _COLUMNS if any(column.value in each.values for each in found)]
    heads = ["callers", "server"]
    for column in columns:
        heads += [column.title, "nginx = 1"] if column.ratio else [column.title]
    rows = [
        [str(each.place.callers), each.place.contender, *_cells(each, columns), str(each.errors)]
        for each in sorted(found, key=lambda each: each.place.callers)
    ]
    return aligned([[*heads, "errors"], *rows])


def _cells(summary: Summary, columns: Iterable[_Column]) -> Iterator[str]:
    for column in columns:
        value = summary.values.get(column.value)
        yield "" if value is None else f"{value:,.{column.digits}f}"
        if column.ratio:
            yield _ratio(summary, column.value)


def _ratio(summary: Summary, value: str) -> str:
    if value not in summary.ratios:
        return ""
    if summary.place.contender == NGINX:
        return "1"
    least, greatest = summary.spreads[value]
    return f"{summary.ratios[value]:.2f} ({least:.2f}-{greatest:.2f})"


def verdicts(figures: Iterable[Figure]) -> str:
    """Return the figures, and whether they were reached, as a table."""
    rows = [["figure", "measured", "target", "aim", "result"]]
    for each in figures:
        sign = "≥" if each.at_least else "≤"
        aim = "" if each.aim is None else f"{sign} {each.aim:g}"
        rows.append([each.name, f"{each.value:.2f}", f"{sign} {each.limit:g}", aim, each.verdict])
    return aligned(rows)


def _meaning(summaries: Mapping[Place, Summary]) -> Iterator[str]:
    """Say in words what the proxy adds to a call, and what it saves."""

    def value(case: str, contender: str, name: str) -> float | None:
        found = summaries.get(Place(case, 1, contender))
        return None if found is None else found.values.get(name)

    for transport in ("plain", "tls"):
        name = "median_latency_us"
        direct = value(f"get-{transport}", DIRECT, name)
        proxied = value(f"get-{transport}", TCPROXY, name)
        if direct is not None and proxied is not None:
            yield (
                f"What tcproxy adds to a call ({transport} upstream, connections kept): "
                f"{proxied - direct:,.0f} µs on {direct:,.0f} µs."
            )
    direct = value("new-tls", DIRECT, "mean_latency_us")
    proxied = value("new-tls", TCPROXY, "mean_latency_us")
    if direct is not None and proxied is not None:
        yield (
            f"A call on a new connection: {direct:,.0f} µs where the caller does the TLS handshake "
            f"itself, {proxied:,.0f} µs by way of tcproxy, which keeps its TLS connections."
        )


def _warnings(summaries: Iterable[Summary]) -> Iterator[str]:
    broken = [each for each in summaries if each.errors]
    if broken:
        names = "; ".join(
            f"{each.place.case}, {each.place.callers} callers, {each.place.contender}: "
            f"{each.errors}"
            for each in broken
        )
        yield f"FLAWED, there were errors (not 2xx or 3xx, or sockets that failed): {names}"


def aligned(rows: Sequence[Sequence[str]]) -> str:
    """Return rows, of which the first has the titles, as a table."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    is_name = [not all(map(_is_number, column[1:])) for column in zip(*rows, strict=True)]

    def line(cells: Sequence[str]) -> str:
        padded = [
            cell.ljust(width) if name else cell.rjust(width)
            for cell, width, name in zip(cells, widths, is_name, strict=True)
        ]
        return f"| {' | '.join(padded)} |"

    rule = [
        f"{'-' * (width - 1)}{'-' if name else ':'}"
        for width, name in zip(widths, is_name, strict=True)
    ]
    return "\n".join([line(rows[0]), line(rule), *map(line, rows[1:])])


def _is_number(cell: str) -> bool:
    return not cell or cell[0] in "-0123456789"
