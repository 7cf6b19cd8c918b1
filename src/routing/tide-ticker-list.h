/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "tide-sink.h"
#include "tide-value-list.h"

#include <glib.h>

G_BEGIN_DECLS

char **
tide_ticker_list_parse (const TideCommand *command, guint max_tickers, GError **error);
char **
tide_ticker_list_subtract (char **tickers, const TideCommand *command, GError **error);
void tide_ticker_list_append_json (char **tickers, GString *out);

G_END_DECLS
