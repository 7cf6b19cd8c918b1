/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tide-ticker-list.h"

#include "tide-error.h"
#include "tide-json-scan.h"

static gboolean
is_good_ticker (const char *ticker, gsize length)
{
  if (length == 0 || length > TIDE_TICKER_MAX_BYTES)
    return FALSE;
  for (gsize i = 0; i < length; i++)
    if (!g_ascii_isprint (ticker[i]))
      return FALSE;
  return TRUE;
}

static gboolean
refuse (GError **error, const char *text)
{
  g_set_error_literal (error, TIDE_ERROR, TIDE_ERROR_BAD_PAYLOAD, text);
  return FALSE;
}

/* Finds the array of a command; @at is put behind its bracket. The protocol has let the
 * scanner look at all of it. */
static gboolean
find_array (const TideCommand *command, const char **at, GError **error)
{
  TideJsonField field = { .name = "tickers", .parent = -1 };

  tide_json_scan (command->payload, command->payload_length, &field, 1, NULL);
  if (field.kind != TIDE_JSON_ARRAY)
    return refuse (error, "tickers must be an array: send {\"tickers\":[\"AAPL\"]}");
  *at = field.start + 1;
  return TRUE;
}

/* Whether the array goes on; if so, @at is put on its next item. */
static gboolean
find_item (const char **at)
{
  while (**at == ',' || g_ascii_isspace (**at))
    (*at)++;
  return **at != ']';
}

/* Reads the item at @at, and goes behind it; NULL when it is no ticker. */
static char *
take_ticker (const char **at, const TideCommand *command, GError **error)
{
  const char *start = *at + 1;
  g_autofree char *ticker = NULL;
  gboolean has_escapes;
  gsize length;

  if (**at != '"')
    {
      refuse (error, "tickers must be strings");
      return NULL;
    }
  *at = start;
  tide_json_string_skip (at, command->payload + command->payload_length, &has_escapes);
  length = (*at)++ - start;
  /* An escape has six bytes at most and stands for one at least. */
  if (length <= 6 * TIDE_TICKER_MAX_BYTES)
    ticker = tide_json_unescape (start, length, &length);
  if (ticker == NULL || !is_good_ticker (ticker, length))
    {
      refuse (error, "a ticker has 1 to 32 printable ASCII characters");
      return NULL;
    }
  return g_steal_pointer (&ticker);
}

/* Keeps @ticker when it is a new one. */
static gboolean
add_ticker (
    GPtrArray *tickers, GHashTable *seen, char *ticker, guint max_tickers, GError **error)
{
  if (g_hash_table_contains (seen, ticker))
    {
      g_free (ticker);
      return TRUE;
    }
  g_ptr_array_add (tickers, ticker);
  g_hash_table_add (seen, ticker);
  if (tickers->len <= max_tickers)
    return TRUE;
  g_set_error (error,
               TIDE_ERROR,
               TIDE_ERROR_LIMIT_EXCEEDED,
               "a connection can have %u tickers; nothing was changed",
               max_tickers);
  return FALSE;
}

/**
 * tide_ticker_list_parse:
 * @command: a command whose payload is `{"tickers":[…]}`
 * @max_tickers: the most that it may name
 * @error: return location for an error
 *
 * Reads the tickers of a command; one that is named twice counts once. Reading ends at
 * the first one too many: a message has room for a million.
 *
 * Fails with [error@Error.BAD_PAYLOAD] when `tickers` is not an array of strings, each of
 * 1 to 32 printable ASCII characters, and with [error@Error.LIMIT_EXCEEDED].
 *
 * Returns: (transfer full) (array zero-terminated=1): the tickers, in the order given
 */
char **
tide_ticker_list_parse (const TideCommand *command, guint max_tickers, GError **error)
{
  g_autoptr (GPtrArray) tickers = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GHashTable) seen = g_hash_table_new (g_str_hash, g_str_equal);
  const char *at;

  if (!find_array (command, &at, error))
    return NULL;
  while (find_item (&at))
    {
      char *ticker = take_ticker (&at, command, error);

      if (ticker == NULL || !add_ticker (tickers, seen, ticker, max_tickers, error))
        return NULL;
    }
  g_ptr_array_add (tickers, NULL);
  return (char **) g_ptr_array_steal (tickers, NULL);
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
  const char *at;

  if (!find_array (command, &at, error))
    return NULL;
  for (char **ticker = tickers; ticker != NULL && *ticker != NULL; ticker++)
    g_hash_table_add (staying, *ticker);
  while (find_item (&at))
    {
      g_autofree char *ticker = take_ticker (&at, command, error);

      if (ticker == NULL)
        return NULL;
      g_hash_table_remove (staying, ticker);
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
  g_string_append (out, "{\"tickers\":[");
  for (char **ticker = tickers; *ticker != NULL; ticker++)
    {
      if (ticker != tickers)
        g_string_append_c (out, ',');
      tide_json_append_string (out, *ticker, -1);
    }
  g_string_append (out, "]}");
}
