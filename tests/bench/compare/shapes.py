# SPDX-License-Identifier: LGPL-2.1-or-later
"""What is sent to how many, as data."""

import dataclasses

EVENT_BYTES = 200


@dataclasses.dataclass
class Shape:
    connections: int
    symbols: int = 1
    each: int = 1  # symbols that a connection wants
    rate: float = 0  # events a second in total
    seconds: float = 4
    warm_up: float = 0  # of them, in which nobody looks at the server's CPU
    urgent_rate: float = 0
    urgent_symbols: int = 0
    event_bytes: int = EVENT_BYTES
    stalled: int = 0  # of the connections; as many of each symbol
    opening: int = 8  # connections that are being opened at a time
    settings: dict = dataclasses.field(default_factory=dict)  # more of Tidewire's

    def load_options(self):
        options = ["-n", str(self.connections)]
        options += ["--symbols=%d" % self.symbols, "--each=%d" % self.each]
        if self.warm_up:
            options.append("--warm-up=%g" % self.warm_up)
        if self.stalled:
            options.append("--stalled=%d" % self.stalled)
        if self.urgent_symbols:
            options.append("--urgent-symbols=%d" % self.urgent_symbols)
        return options

    def count_deliveries(self, sent, sent_urgent=0):
        """How many events clients that read have to get. Numbers are chosen so that every
        symbol has the same number of subscribers."""
        readers = self.connections - self.stalled
        n = sent * (readers * self.each // self.symbols)
        if self.urgent_symbols:
            n += sent_urgent * (self.connections // self.urgent_symbols)
        return n

    def with_rate(self, rate, seconds=None):
        return dataclasses.replace(self, rate=rate, seconds=seconds or self.seconds)

    def shortened(self, seconds):
        """At most so long, and cold."""
        return dataclasses.replace(self, seconds=min(seconds, self.seconds), warm_up=0)
