/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What a client offers in Sec-WebSocket-Extensions: RFC 7692, section 7. */

#include "tide-deflate-offer.h"

#include <libsoup/soup.h>

#define EXTENSION "permessage-deflate"
#define WINDOW_BITS "15"

/* A window is 8 to 15 bits; ours is 15. */
static gboolean
is_window (const char *value)
{
  guint64 bits;

  return g_ascii_string_to_unsigned (value, 10, 8, 15, &bits, NULL);
}

static gboolean
is_good_parameter (const char *name, const char *value)
{
  if (g_str_equal (name, "server_no_context_takeover") ||
      g_str_equal (name, "client_no_context_takeover"))
    return value == NULL;
  /* A frame is compressed once for all: not with a smaller window for some. */
  if (g_str_equal (name, "server_max_window_bits"))
    return value != NULL && g_str_equal (value, WINDOW_BITS);
  if (g_str_equal (name, "client_max_window_bits"))
    return value == NULL || is_window (value);
  return FALSE;
}

static gboolean
is_good (const char *offer)
{
  const char *end = strchrnul (offer, ';');
  g_autofree char *name = g_strstrip (g_strndup (offer, end - offer));
  g_autoptr (GHashTable) parameters = NULL;
  GHashTableIter iter;
  gpointer key;
  gpointer value;

  if (!g_str_equal (name, EXTENSION))
    return FALSE;
  if (*end == '\0')
    return TRUE;
  parameters = soup_header_parse_semi_param_list_strict (end + 1);
  if (parameters == NULL)
    return FALSE;
  g_hash_table_iter_init (&iter, parameters);
  while (g_hash_table_iter_next (&iter, &key, &value))
    if (!is_good_parameter (key, value))
      return FALSE;
  return TRUE;
}

/**
 * tide_deflate_offer_is_good:
 * @header: (nullable): the value of Sec-WebSocket-Extensions
 *
 * Looks for an offer of permessage-deflate that can be taken as %TIDE_DEFLATE_ANSWER has
 * it. Others are passed over, as RFC 7692, section 5.1, wants it: a client makes several,
 * the one that it likes best first.
 *
 * Returns: whether there is one
 */
gboolean
tide_deflate_offer_is_good (const char *header)
{
  GSList *offers = header != NULL ? soup_header_parse_list (header) : NULL;
  gboolean has_good = FALSE;

  for (GSList *l = offers; l != NULL && !has_good; l = l->next)
    has_good = is_good (l->data);
  soup_header_free_list (offers);
  return has_good;
}
