/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tide-ticker-list.h"

#include "tide-error.h"
#include "tide-json-scan.h"

#include <json-glib/json-glib.h>

#include <string.h>

static gboolean
is_good_ticker (const char *ticker)
{
  gsize length = strlen (ticker);

  if (length == 0 || length > TIDE_TICKER_MAX_BYTES)
    return FALSE;
  for (gsize i = 0; i < length; i++)
    if (!g_ascii_isprint (ticker[i]))
      return FALSE;
  return TRUE;
}

static char **
refuse (GError **error, const char *text)
{
  g_set_error_literal (error, TIDE_ERROR, TIDE_ERROR_BAD_PAYLOAD, text);
  return NULL;
}

/* Reads an array that the scanner has let pass, each string once, in the order given. */
static char **
read_array (JsonArray *array, GError **error)
{
  g_autoptr (GStrvBuilder) tickers = g_strv_builder_new ();
  g_autoptr (GHashTable) seen = g_hash_table_new (g_str_hash, g_str_equal);
  guint length = json_array_get_length (array);

  for (guint i = 0; i < length; i++)
    {
      JsonNode *node = json_array_get_element (array, i);
      const char *ticker;

      if (json_node_get_value_type (node) != G_TYPE_STRING)
        return refuse (error, "tickers must be strings");
      ticker = json_node_get_string (node);
      if (!is_good_ticker (ticker))
        return refuse (error, "a ticker has 1 to 32 printable ASCII characters");
      if (g_hash_table_add (seen, (gpointer) ticker))
        g_strv_builder_add (tickers, ticker);
    }
  return g_strv_builder_end (tickers);
}

/**
 * tide_ticker_list_parse:
 * @command: a command whose payload is `{"tickers":[…]}`
 * @error: return location for an error
 *
 * Reads the tickers of a command; one that is named twice counts once.
 *
 * Fails with [error@Error.BAD_PAYLOAD] when `tickers` is not an array of strings, each of
 * 1 to 32 printable ASCII characters.
 *
 * Returns: (transfer full) (array zero-terminated=1): the tickers, in the order given
 */
char **
tide_ticker_list_parse (const TideCommand *command, GError **error)
{
  TideJsonField field = { .name = "tickers", .parent = -1 };
  g_autoptr (JsonParser) parser = json_parser_new_immutable ();

  tide_json_scan (command->payload, command->payload_length, &field, 1, NULL);
  if (field.kind != TIDE_JSON_ARRAY)
    return refuse (error, "tickers must be an array: send {\"tickers\":[\"AAPL\"]}");
  if (!json_parser_load_from_data (parser, field.start, field.length, NULL))
    return refuse (error, "tickers can't be read");
  return read_array (json_node_get_array (json_parser_get_root (parser)), error);
}

/**
 * tide_ticker_list_subtract:
 * @tickers: (nullable) (array zero-terminated=1): a list
 * @taken: (array zero-terminated=1): what to take away
 *
 * Returns: (transfer full) (array zero-terminated=1): what is left of @tickers, in order
 */
char **
tide_ticker_list_subtract (char **tickers, char **taken)
{
  g_autoptr (GStrvBuilder) left = g_strv_builder_new ();
  g_autoptr (GHashTable) gone = g_hash_table_new (g_str_hash, g_str_equal);

  for (char **ticker = taken; *ticker != NULL; ticker++)
    g_hash_table_add (gone, *ticker);
  for (char **ticker = tickers; ticker != NULL && *ticker != NULL; ticker++)
    if (!g_hash_table_contains (gone, *ticker))
      g_strv_builder_add (left, *ticker);
  return g_strv_builder_end (left);
}

/**
 * tide_ticker_list_append_json:
 * @tickers: (array zero-terminated=1): a list
 * @out: where to write `{"tickers":[…]}`
 *
 * Writes a list the way clients are answered.
 */
void
tide_ticker_list_append_json (char **tickers, GString *out)
{
  g_string_append (out, "{\"tickers\":[");
  for (char **ticker = tickers; *ticker != NULL; ticker++)
    {
      if (ticker != tickers)
        g_string_append_c (out, ',');
      tide_json_append_string (out, *ticker, -1);
    }
  g_string_append (out, "]}");
}
