#!/usr/bin/python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Every command with good, odd and hostile payloads, on both ways, with and without an
acknowledgement. Whatever comes is answered, and the service serves on."""

import json

import harness
import tabs
from tabs import PlainTab, SocketioTab

MANY = [f"T{number}" for number in range(10000)]
LONG = "x" * (1 << 20)
ROOM = "system_health_room"
WATCHED = {"symbols": ["A", "B"], "types": ["price_update", "pattern_alert"]}
FILTERS = {"pattern_types": ["Doji"], "symbols": ["A"], "tiers": ["daily"]}
TIERS = {"subscription_type": "tier_patterns", "filters": FILTERS}

# Command, payload, answer, what it says.
GOOD = [
    ("subscribe_tickers", {"tickers": ["A", "B"]}, "subscription_updated", None),
    ("subscribe_tickers", {"tickers": ["A", "A", "B"]}, "subscription_updated", None),
    ("unsubscribe_tickers", {"tickers": ["A", "Z"]}, "subscription_updated", ["B"]),
    ("unsubscribe_tickers", {"tickers": []}, "subscription_updated", ["B"]),
    ("subscribe_tickers", {"tickers": []}, "subscription_updated", []),
    ("subscribe", TIERS, "subscription_confirmed", TIERS),
    ("unsubscribe", TIERS, "unsubscription_confirmed", TIERS),
    (
        "unsubscribe",
        {"subscription_type": "tier_patterns"},
        "unsubscription_confirmed",
        {"subscription_type": "tier_patterns"},
    ),
    (
        "subscribe",
        {"subscription_type": "market_insights"},
        "subscription_confirmed",
        {"subscription_type": "market_insights", "filters": {}},
    ),
    (
        "subscribe",
        {"subscription_type": "backtest", "filters": {"job_ids": ["j1", 2]}},
        "subscription_confirmed",
        {"subscription_type": "backtest", "filters": {"job_ids": ["j1", "2"]}},
    ),
    (
        "subscribe_patterns",
        {"patterns": ["Doji", "Hammer"]},
        "subscription_confirmed",
        {
            "subscription_type": "tier_patterns",
            "filters": {"pattern_types": ["Doji", "Hammer"]},
        },
    ),
    (
        "subscribe_tickstockpl_watchlist",
        {"symbols": ["A", "B"]},
        "tickstockpl_subscription_confirmed",
        WATCHED,
    ),
    (
        "subscribe_tickstockpl_watchlist",
        {"symbols": ["A"], "subscription_types": ["price_update"]},
        "tickstockpl_subscription_confirmed",
        {"symbols": ["A"], "types": ["price_update"]},
    ),
    (
        "unsubscribe_tickstockpl_symbol",
        {"symbol": "A"},
        "tickstockpl_unsubscription_confirmed",
        {"symbol": "A"},
    ),
    ("join_room", {"room": ROOM}, "room_joined", {"room": ROOM}),
    ("join_room", {"room": ROOM}, "room_joined", {"room": ROOM}),
    ("leave_room", {"room": ROOM}, "room_left", {"room": ROOM}),
    ("leave_room", {"room": ROOM}, "room_left", {"room": ROOM}),
]

# The member that each command can't do without, and a good value.
MEMBERS = {
    "subscribe_tickers": ("tickers", ["A"]),
    "unsubscribe_tickers": ("tickers", ["A"]),
    "subscribe": ("subscription_type", "backtest"),
    "unsubscribe": ("subscription_type", "backtest"),
    "subscribe_patterns": ("patterns", ["Doji"]),
    "subscribe_tickstockpl_watchlist": ("symbols", ["A"]),
    "unsubscribe_tickstockpl_symbol": ("symbol", "A"),
    "request_tickstockpl_chart_data": ("symbol", "A"),
    "join_room": ("room", ROOM),
    "leave_room": ("room", ROOM),
}
LISTS = [name for name, (_, value) in MEMBERS.items() if isinstance(value, list)]
ROOMS = ["join_room", "leave_room"]

NO_LIST = [None, 1, True, {}, {"0": "A"}, [[]], [None], [{}], [["A"]], [""], ["\n"], ["\0"]]
NO_TEXT = [None, 1, True, {}, [], ["A"], {"a": "A"}]
# Such a payload is none at all, whatever the command.
NO_OBJECT = [None, "A", 1, -1.5e300, True, [], ["A"], [{}], "x" * 70000, MANY, ""]

BAD_FILTERS = [
    ({"subscription_type": "nonsense"}, "bad_payload"),
    ({"subscription_type": "Backtest"}, "bad_payload"),
    ({"subscription_type": "backtest", "filters": []}, "bad_payload"),
    ({"subscription_type": "backtest", "filters": "j1"}, "bad_payload"),
    ({"subscription_type": "backtest", "filters": {"symbols": ["A"]}}, "bad_payload"),
    ({"subscription_type": "backtest", "filters": {"": ["A"]}}, "bad_payload"),
    ({"subscription_type": "backtest", "filters": {LONG: ["A"]}}, "bad_payload"),
    ({"subscription_type": "backtest", "filters": {"job_ids": {}}}, "bad_payload"),
    ({"subscription_type": "backtest", "filters": {"job_ids": [[]]}}, "bad_payload"),
    ({"subscription_type": "backtest", "filters": {"job_ids": [LONG]}}, "bad_payload"),
    ({"subscription_type": "backtest", "filters": {"job_ids": MANY}}, "limit_exceeded"),
    (
        {"subscription_type": "backtest", "filters": {f"f{n}": [] for n in range(999)}},
        "bad_payload",
    ),
]


class Asker:
    """One tab that asks, on one way, with acknowledgements or without."""

    def __init__(self, scope, service, way, is_acknowledged):
        self.tab = way(scope, service, user="anna")
        self.is_acknowledged = is_acknowledged and way is SocketioTab
        self.way = way
        self.number = 0

    def send(self, command, text):
        """Sends a payload that may be anything: on /ws it is an object in any case."""
        self.number += 1
        if self.way is SocketioTab:
            known = self.number if self.is_acknowledged else ""
            self.tab.send_text(f'42{known}["{command}",{text}]')
        else:
            members = text.strip()[1:-1].strip()
            more = "," + members if members else ""
            self.tab.send_text(f'{{"type":"{command}"{more}}}')

    def ask(self, command, text, title=""):
        """Gives the one answer; the acknowledgement has to be the same."""
        self.send(command, text)
        name, data = self.tab.take_message_of_event()
        if self.is_acknowledged:
            packet = self.tab.take_message()
            wanted = f"43{self.number}["
            harness.expect_equal(packet[: len(wanted)], wanted, "the acknowledgement")
            harness.expect_equal(json.loads(packet[len(wanted) - 1 :]), [data], title)
        return name, data

    def expect_error(self, command, payload, code):
        text = payload if isinstance(payload, str) else json.dumps(payload)
        name, data = self.ask(command, text)
        shown = text[:80]
        harness.expect_equal(name, "error", f"the answer to {command} {shown} ({data})")
        found = (data["code"], data["event"])
        harness.expect_equal(found, (code, command), f"the error of {shown} ({data})")
        harness.expect_equal(bool(data["message"]), True, "whether there is a message")
        harness.expect_equal(len(data["message"]) < 1000, True, "whether it is short")


def take_message_of_event(tab):
    """Takes exactly one message, which has to be an event."""
    packet = tab.take_message()
    if tab.is_plain:
        message = json.loads(packet)
        return message["type"], message.get("data")
    harness.expect_equal(packet[:2], "42", f"the type of {packet[:100]}")
    return tuple(json.loads(packet[2:]))


tabs.Tab.take_message_of_event = take_message_of_event


def on_all_ways(func):
    """A test that is done on both ways, with and without acknowledgements."""

    def run(scope):
        service = harness.Service(scope, tabs.DEVELOPMENT)
        for way, is_acknowledged in (
            (PlainTab, False),
            (SocketioTab, False),
            (SocketioTab, True),
        ):
            asker = Asker(scope, service, way, is_acknowledged)
            func(asker)
            harness.expect_equal(
                asker.ask("subscribe_tickers", '{"tickers":["LAST"]}'),
                ("subscription_updated", {"tickers": ["LAST"]}),
                "a last good command",
            )
            asker.tab.expect_silence(0.05)
            tabs.leave(asker.tab, service, 0)
        tabs.check_balance(service)

    run.__doc__ = func.__doc__
    return harness.test(run)


@on_all_ways
def does_what_is_asked(asker):
    """Good payloads: each command has its answer"""
    for command, payload, event, wanted in GOOD:
        if command.endswith("tickers"):
            tickers = wanted if wanted is not None else ["A", "B"]
            wanted = {"tickers": tickers}
        answer = asker.ask(command, json.dumps(payload))
        harness.expect_equal(answer, (event, wanted), f"the answer to {command}")


@on_all_ways
def accepts_own_name(asker):
    """The own user_id is no mistake, another one is, and nothing is done then"""
    for command, (member, value) in MEMBERS.items():
        if command in ROOMS:
            continue
        for foreign in ("bert", "", 1, 1.5, True, ["anna"], {"a": "anna"}, LONG, "Anna"):
            payload = {member: value, "user_id": foreign}
            asker.expect_error(command, payload, "forbidden")
        payload = json.dumps({member: value, "user_id": "anna"})
        name, data = asker.ask(command, payload)
        if command == "request_tickstockpl_chart_data":
            harness.expect_equal(data["code"], "unknown_symbol", "the code")
        else:
            harness.expect_equal(name == "error", False, f"{command} is refused: {data}")


@on_all_ways
def refuses_odd_members(asker):
    """Odd members are refused with bad_payload and change nothing"""
    asker.ask("subscribe_tickers", '{"tickers":["A","B"]}')
    for command, (member, _) in MEMBERS.items():
        asker.expect_error(command, {}, "bad_payload")
        for value in NO_LIST if command in LISTS else NO_TEXT:
            if command == "subscribe_patterns" and value == 1:
                continue  # one value may stand without its list, and be a number
            asker.expect_error(command, {member: value}, "bad_payload")
    for payload, code in BAD_FILTERS:
        for command in ("subscribe", "unsubscribe"):
            asker.expect_error(command, payload, code)
    for timeframe in ("", "2d", 1, [], {}, LONG):
        payload = {"symbol": "A", "timeframe": timeframe}
        asker.expect_error("request_tickstockpl_chart_data", payload, "bad_payload")
    for types in ({}, [], True, [1, []], ["*"], [LONG]):
        payload = {"symbols": ["A"], "subscription_types": types}
        asker.expect_error("subscribe_tickstockpl_watchlist", payload, "bad_payload")
    harness.expect_equal(
        asker.ask("unsubscribe_tickers", '{"tickers":[]}')[1],
        {"tickers": ["A", "B"]},
        "the tickers after all that",
    )


@on_all_ways
def refuses_hostile_members(asker):
    """10,000 tickers, strings of 1 MiB and deep nesting are refused, without harm"""
    deep = ["[" * n + "]" * n for n in (40, 5000, 200000)]
    for command, (member, value) in MEMBERS.items():
        is_list = command in LISTS
        if command == "unsubscribe_tickers":  # what one has not can be taken away
            answer = asker.ask(command, json.dumps({member: MANY}))
            harness.expect_equal(answer[1], {"tickers": ["A"]}, "the answer")
        elif is_list:
            asker.expect_error(command, {member: MANY}, "limit_exceeded")
        hostile = [LONG] if is_list else LONG
        wanted = "forbidden" if command in ROOMS else "bad_payload"
        asker.expect_error(command, {member: hostile}, wanted)
        for text in deep if asker.way is PlainTab else ():
            asker.send(command, f'{{"{member}":{text}}}')
            name, data = asker.tab.take_message_of_event()
            harness.expect_equal((name, data["code"]), ("error", "bad_payload"), "it")
        payload = {"pad": LONG, member: value}
        asker.ask(command, json.dumps(payload))  # what is not known is passed over


@harness.test
def closes_on_depth(scope):
    """On /socket.io/ what is nested too deeply is a broken packet"""
    service = harness.Service(scope, tabs.DEVELOPMENT)
    for depth in (33, 5000, 200000):
        tab = SocketioTab(scope, service, user="anna")
        tab.send_text('42["subscribe_tickers",{"tickers":%s}]' % ("[" * depth + "]" * depth))
        tab.expect_close(1002)
    service.wait_for_counter("connections", 0)
    tabs.check_balance(service)


@harness.test
def refuses_no_objects(scope):
    """On /socket.io/ a payload that is no object is refused, on /ws a message"""
    service = harness.Service(scope, tabs.DEVELOPMENT)
    for is_acknowledged in (False, True):
        asker = Asker(scope, service, SocketioTab, is_acknowledged)
        for command in MEMBERS:
            for payload in NO_OBJECT:
                asker.expect_error(command, json.dumps(payload), "bad_payload")
            asker.expect_error(command, "{},{}", "bad_payload")
    plain = PlainTab(scope, service, user="anna")
    for payload in NO_OBJECT:
        plain.send_text(json.dumps(payload))
        name, data = plain.take_message_of_event()
        harness.expect_equal((name, data["code"]), ("error", "bad_payload"), "the answer")
    tabs.check_balance(service)


@harness.test
def limits_subscriptions(scope):
    """Over a limit on subscriptions nothing is changed, and taking away helps"""
    service = harness.Service(scope, tabs.DEVELOPMENT, "sessions.max-subscriptions=3")
    tab = PlainTab(scope, service, user="anna")
    for number in range(3):
        filters = {"job_ids": [number]}
        tab.ask("subscribe", {"subscription_type": "backtest", "filters": filters})
    more = {"subscription_type": "market_insights"}
    before = service.get_counters()
    tab.ask("subscribe", more, code="limit_exceeded")
    after = service.get_counters()
    for name in ("subscriptions", "index_entries"):
        harness.expect_equal(after[name], before[name], name)
    tab.ask("unsubscribe", {"subscription_type": "backtest"})
    tab.ask("subscribe", more)
    tabs.leave(tab, service, 0)


@harness.test
def belongs_to_nobody_else(scope):
    """What one user takes away is not taken from another"""
    service = harness.Service(scope, tabs.DEVELOPMENT)
    anna = PlainTab(scope, service, user="anna")
    bert = SocketioTab(scope, service, user="bert")
    for tab in (anna, bert):
        tab.watch("A")
    before = service.get_counters()["subscriptions"]
    bert.ask("unsubscribe_tickstockpl_symbol", {"symbol": "A"})
    bert.ask("unsubscribe", {"subscription_type": "watchlist"})
    bert.ask("unsubscribe", {"subscription_type": "watchlist", "user_id": "anna"}, "forbidden")
    harness.expect_equal(service.get_counters()["subscriptions"], before // 2, "left over")


@harness.test
def keeps_rooms_shut(scope):
    """Rooms that are not open can be neither joined nor left"""
    service = harness.Service(scope, tabs.DEVELOPMENT)
    for way in tabs.WAYS:
        tab = way(scope, service, user="anna")
        for room in ("user_anna", "user_bert", "nothing", "", " ", ROOM + " ", LONG):
            tab.ask("join_room", {"room": room}, code="forbidden")
        tab.ask("join_room", {"room": ROOM + "\0"}, code="bad_payload")


harness.run(limit_s=120)
