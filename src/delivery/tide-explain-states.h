/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* What would become of an event, in words for a person. docs/DBUS.md lists them. */
#define TIDE_STATE_SENT "sent at once"
#define TIDE_STATE_WINDOW "waits for the window"
#define TIDE_STATE_RATE "waits behind the rate"
#define TIDE_STATE_REPLACES "replaces the one that waits"
#define TIDE_STATE_KEPT "kept for when the user is back"
#define TIDE_STATE_BEHIND_KEPT "waits behind what was kept for the user"
#define TIDE_STATE_SLOW "waits until the user reads"
#define TIDE_STATE_DROPPED_SLOW "dropped: the user reads too slowly"
#define TIDE_STATE_DROPPED_RATE "dropped: the user is at its rate"
