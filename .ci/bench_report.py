"""What `make bench` measured, as a report in Markdown: figures, ratios to the plain apps, and the bars that they meet or miss."""

import statistics
from collections import defaultdict
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Bar:
    """What an operation is to reach: so many times the requests of each plain app; so many a second on a quiet machine of two cores.

    `large`: so many times the requests of each plain app from a million listings on, where that is another number.
    `growth`: how much more it may cost at the larger size than at the smaller.
    """

    ninja: float | None = None
    drf: float | None = None
    rate: float | None = None
    growth: float | None = 1.5
    large: float | None = None

    def times(self, app: str, size: int) -> float | None:
        """So many times as many requests as this app, at this size."""
        return self.large if self.large and size >= LARGE else {"ninja": self.ninja, "drf": self.drf}[app]


#: What counts as large.
LARGE = 1_000_000
BARS = {
    "list of 24": Bar(ninja=15, drf=20, rate=3_000),
    "detail": Bar(ninja=3, drf=7, rate=3_500),
    "deep page": Bar(ninja=80, drf=80, rate=2_500),
    "search, common": Bar(ninja=150, drf=150, rate=1_000, growth=None, large=1_000),
    "search, rare": Bar(ninja=150, drf=150, rate=1_000, growth=None, large=1_000),
    "search, misspelt": Bar(growth=None),
    "subtree, price, 3 attributes": Bar(ninja=6, rate=1_000),
    "nearest in 10 km": Bar(ninja=40, drf=40, rate=1_200, growth=2, large=400),
    "facets of a subtree": Bar(growth=None),
    "create": Bar(drf=1, rate=300),
}

#: What no application on this server, Django and driver can surpass: an answer that asks for nothing, and a text by its key.
LIMITS = ("limit: nothing", "limit: a row")


@dataclass(frozen=True)
class Sample:
    """One measurement: requests a second, latencies in milliseconds, processor time of server and database for a request in
    microseconds."""

    rate: float
    p50: float
    p99: float
    cpu: float


@dataclass
class Figures:
    """All measurements of one size."""

    size: int
    seconds: float
    rounds: int
    samples: dict[tuple[str, str], list[Sample]] = field(default_factory=lambda: defaultdict(list))
    memory: dict[str, tuple[float, float]] = field(default_factory=dict)

    def add(self, operation: str, app: str, sample: Sample) -> None:
        self.samples[operation, app].append(sample)

    def median(self, operation: str, app: str, column: str) -> float | None:
        found = self.samples.get((operation, app))
        return statistics.median(getattr(each, column) for each in found) if found else None

    def work(self, operation: str, app: str) -> float | None:
        """How many times as much processor time the other app takes: what a busy machine disturbs least."""
        ours, theirs = self.median(operation, "soko", "cpu"), self.median(operation, app, "cpu")
        return theirs / ours if ours and theirs else None

    def ratio(self, operation: str, app: str, ours: str = "soko") -> float | None:
        """How many times as many requests as the other app: the median over the rounds."""
        mine, theirs = self.samples.get((operation, ours)), self.samples.get((operation, app))
        if not mine or not theirs:
            return None
        return statistics.median(a.rate / b.rate for a, b in zip(mine, theirs, strict=True))


def number(value: float | None) -> str:
    if value is None:
        return ""
    return f"{value:,.0f}" if value >= 100 else f"{value:.1f}" if value >= 10 else f"{value:.2f}"


def judged(value: float | None, bar: float | None, *, most: bool = False) -> str:
    if value is None or bar is None:
        return number(value)
    met = value <= bar if most else value >= bar
    return f"{number(value)} ({'met' if met else 'not met'}: {bar:g})"


def table(head: tuple[str, ...], rows: list[tuple[str, ...]]) -> str:
    lines = [head, ("---", *["---:"] * (len(head) - 1)), *rows]
    return "\n".join(f"| {' | '.join(row)} |" for row in lines)


def of_size(found: Figures) -> str:
    rows = []
    for operation, bar in BARS.items():
        ours = [found.median(operation, "soko", each) for each in ("rate", "p50", "p99", "cpu")]
        rows.append(
            (
                operation,
                judged(ours[0], bar.rate),
                f"{number(ours[1])} / {number(ours[2])}",
                number(ours[3]),
                number(found.median(operation, "ninja", "rate")),
                number(found.median(operation, "drf", "rate")),
                judged(found.ratio(operation, "ninja"), bar.times("ninja", found.size)),
                judged(found.ratio(operation, "drf"), bar.times("drf", found.size)),
                f"{number(found.work(operation, 'ninja'))} / {number(found.work(operation, 'drf'))}",
                number(found.median(operation, "soko, kept", "rate")),
                " / ".join(number(found.ratio(operation, app, "soko, kept")) for app in ("ninja", "drf")),
            )
        )
    head = (
        "",
        "requests/s (bar)",
        "p50 / p99 ms",
        "CPU µs",
        "Ninja/s",
        "DRF/s",
        "of Ninja (bar)",
        "of DRF (bar)",
        "CPU saved",
        "kept/s",
        "kept, of Ninja / DRF",
    )
    nothing, row = (found.median(each, "ninja", "rate") for each in LIMITS)
    memory = "; ".join(f"{name} {idle:.0f}, then {loaded:.0f}" for name, (idle, loaded) in found.memory.items())
    return (
        f"## {found.size:,} listings\n\nMedians of {found.rounds} rounds of {found.seconds:g} s, interleaved. "
        "CPU is that of server and database for one request.\n\n"
        f"{table(head, rows)}\n\nKept: with the response cache, as it is shipped, asked for again. At most, by server, Django and driver: "
        f"{number(nothing)} answers/s that ask for nothing, {number(row)} with one text by its key. MB a worker (PSS): {memory}.\n"
    )


def growth(small: Figures, large: Figures) -> str:
    rows = []
    for operation, bar in BARS.items():
        ours, plain = ([each.median(operation, app, "rate") for each in (small, large)] for app in ("soko", "ninja"))
        if None not in ours:
            times = ours[0] / ours[1]  # type: ignore[operator]
            theirs = plain[0] / plain[1] if None not in plain else None  # type: ignore[operator]
            work = [each.median(operation, "soko", "cpu") for each in (large, small)]
            more = work[0] / work[1] if None not in work else None  # type: ignore[operator]
            rows.append((operation, judged(times, bar.growth, most=True), number(more), number(theirs)))
    head = ("", "times slower (bar)", "times the CPU", "Ninja, times slower")
    return f"## From {small.size:,} to {large.size:,}\n\n{table(head, rows)}\n"


def report(found: list[Figures]) -> str:
    """The whole report."""
    parts = [of_size(each) for each in found]
    if len(found) > 1:
        parts.append(growth(found[0], found[-1]))
    return "\n".join(parts)
