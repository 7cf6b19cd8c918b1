/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tide-ticker-list.h"

#include "tide-error.h"

/* Finds the array of a command. The protocol has let the scanner look at all of it. */
static gboolean
find_array (const TideCommand *command, TideJsonField *field, GError **error)
{
  *field = (TideJsonField){ .name = "tickers", .parent = -1 };
  tide_json_scan (command->payload, command->payload_length, field, 1, NULL);
  if (field->kind == TIDE_JSON_ARRAY)
    return TRUE;
  g_set_error_literal (error,
                       TIDE_ERROR,
                       TIDE_ERROR_BAD_PAYLOAD,
                       "tickers must be an array: send {\"tickers\":[\"AAPL\"]}");
  return FALSE;
}

/**
 * tide_ticker_list_parse:
 * @command: a command whose payload is `{"tickers":[…]}`
 * @max_tickers: the most that it may name
 * @error: return location for an error
 *
 * Reads the tickers of a command; one that is named twice counts once.
 *
 * Fails with [error@Error.BAD_PAYLOAD] when `tickers` is not an array of strings, each of
 * 1 to 32 printable ASCII characters, and with [error@Error.LIMIT_EXCEEDED].
 *
 * Returns: (transfer full) (array zero-terminated=1): the tickers, in the order given
 */
char **
tide_ticker_list_parse (const TideCommand *command, guint max_tickers, GError **error)
{
  TideJsonField field;

  if (!find_array (command, &field, error))
    return NULL;
  return tide_value_list_parse (&field, TIDE_VALUE_TICKER, max_tickers, error);
}

/**
 * tide_ticker_list_subtract:
 * @tickers: (nullable) (array zero-terminated=1): a list
 * @command: a command whose payload is `{"tickers":[…]}`: what to take away
 * @error: return location for an error
 *
 * Takes away what a command names, as far as it is there. It may name any number.
 *
 * Fails with [error@Error.BAD_PAYLOAD] as tide_ticker_list_parse() does.
 *
 * Returns: (transfer full) (array zero-terminated=1): what is left of @tickers, in order
 */
char **
tide_ticker_list_subtract (char **tickers, const TideCommand *command, GError **error)
{
  g_autoptr (GStrvBuilder) left = g_strv_builder_new ();
  g_autoptr (GHashTable) staying = g_hash_table_new (g_str_hash, g_str_equal);
  GError *bad_ticker = NULL;
  TideJsonField field;
  TideValueReader reader;
  char *named;

  if (!find_array (command, &field, error) ||
      !tide_value_reader_init (&reader, &field, TIDE_VALUE_TICKER, error))
    return NULL;
  for (char **ticker = tickers; ticker != NULL && *ticker != NULL; ticker++)
    g_hash_table_add (staying, *ticker);
  while ((named = tide_value_reader_next (&reader, &bad_ticker)) != NULL)
    {
      g_hash_table_remove (staying, named);
      g_free (named);
    }
  if (bad_ticker != NULL)
    {
      g_propagate_error (error, bad_ticker);
      return NULL;
    }
  for (char **ticker = tickers; ticker != NULL && *ticker != NULL; ticker++)
    if (g_hash_table_contains (staying, *ticker))
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
  g_string_append (out, "{\"tickers\":");
  tide_value_list_append_json ((const char *const *) tickers, out);
  g_string_append_c (out, '}');
}
