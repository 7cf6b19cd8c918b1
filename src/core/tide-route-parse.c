/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The values of a route's group that are lists. */

#include "tide-route-text-private.h"
#include "tide-route-words.h"

#include <string.h>

#define MAX_ITEMS 32
#define MAX_ROOM_BYTES 64
#define MAX_SHOWN_CHARACTERS 60

#define FORM_AUDIENCE "everyone, subscribers, room:NAME or user:FIELD|FIELD"
#define FORM_HISTORY "price:FIELD|FIELD or volume:FIELD|FIELD, each once"
#define FORM_MATCH "TYPE FILTER=FIELD|FIELD FILTER='CONSTANT'"
#define FORM_PRIORITY                                                                    \
  "WORD if FIELD=VALUE|VALUE, WORD if FIELD!=VALUE|VALUE, or WORD, with WORD one of "    \
  "low, medium, high, critical"
#define FORM_OLDER "rename NEW OLD or drop FIELD"

/* Says that @item is not of @form. */
static char *
complain_of_item (const char *item, const char *form)
{
  if (*item == '\0')
    return g_strdup_printf ("has an empty entry; an entry is %s", form);
  if (g_utf8_strlen (item, -1) <= MAX_SHOWN_CHARACTERS)
    return g_strdup_printf ("has the entry \"%s\", which is not %s", item, form);

  g_autofree char *shown = g_utf8_substring (item, 0, MAX_SHOWN_CHARACTERS);

  return g_strdup_printf ("has the entry \"%s…\", which is not %s", shown, form);
}

/* Splits a list; gives what is wrong with it as a whole. An empty entry at the end, after
 * a last ;, does not count. */
static char *
split_items (const char *text, GPtrArray **items)
{
  *items = tide_route_words_split (text, ';');
  if (*items == NULL)
    return g_strdup ("has a ' without the other one");
  if ((*items)->len > 1 && *(char *) g_ptr_array_index (*items, (*items)->len - 1) == 0)
    g_ptr_array_set_size (*items, (*items)->len - 1);
  if ((*items)->len > MAX_ITEMS)
    return g_strdup_printf ("has more than %d entries", MAX_ITEMS);
  return NULL;
}

/* The index of the fields that @text names with | between, -1 when it is wrong. */
static int
add_fields (TideRoute *route, const char *text)
{
  g_auto (GStrv) names = tide_route_words_get_names (text);

  return names != NULL ? tide_route_add_field (route, (const char *const *) names) : -1;
}

static gboolean
is_room (const char *text)
{
  if (*text == '\0' || strlen (text) > MAX_ROOM_BYTES || g_str_has_prefix (text, "user_"))
    return FALSE;
  for (const char *at = text; *at != '\0'; at++)
    if (!g_ascii_isprint (*at))
      return FALSE;
  return TRUE;
}

static gboolean
parse_audience_item (TideRoute *route, const char *item, GPtrArray *rooms)
{
  if (g_str_equal (item, "everyone"))
    route->audience |= TIDE_AUDIENCE_EVERYONE;
  else if (g_str_equal (item, "subscribers"))
    route->audience |= TIDE_AUDIENCE_SUBSCRIBERS;
  else if (g_str_has_prefix (item, "room:"))
    {
      g_autofree char *room = tide_route_words_unquote (item + strlen ("room:"));

      if (room == NULL || !is_room (room))
        return FALSE;
      g_ptr_array_add (rooms, g_steal_pointer (&room));
    }
  else if (g_str_has_prefix (item, "user:"))
    {
      int field = add_fields (route, item + strlen ("user:"));

      if (field < 0)
        return FALSE;
      g_array_append_val (route->user_fields, field);
    }
  else
    return FALSE;
  return TRUE;
}

static gboolean
is_item_twice (GPtrArray *items, guint index)
{
  for (guint i = 0; i < index; i++)
    if (g_str_equal (g_ptr_array_index (items, i), g_ptr_array_index (items, index)))
      return TRUE;
  return FALSE;
}

char *
tide_route_parse_audience (TideRoute *route, const char *text)
{
  g_autoptr (GPtrArray) items = NULL;
  g_autoptr (GPtrArray) rooms = g_ptr_array_new_with_free_func (g_free);
  char *problem = split_items (text, &items);

  for (guint i = 0; problem == NULL && i < items->len; i++)
    {
      const char *item = g_ptr_array_index (items, i);

      if (is_item_twice (items, i))
        problem = g_strdup_printf ("names %s twice", item);
      else if (!parse_audience_item (route, item, rooms))
        problem = g_str_has_prefix (item, "room:user_")
                      ? g_strdup ("names a room that belongs to one user; "
                                  "user:FIELD is for events that name a user")
                      : complain_of_item (item, FORM_AUDIENCE);
    }
  if (problem != NULL || rooms->len == 0)
    return problem;
  g_ptr_array_add (rooms, NULL);
  g_strfreev (route->rooms);
  route->rooms = (char **) g_ptr_array_free (g_steal_pointer (&rooms), FALSE);
  return NULL;
}

/* Takes what an entry of `history` names; each once. */
static gboolean
parse_history_item (TideRoute *route, const char *item)
{
  gboolean is_price = g_str_has_prefix (item, "price:");
  int *field = is_price ? &route->price_field : &route->volume_field;

  if ((!is_price && !g_str_has_prefix (item, "volume:")) || *field >= 0)
    return FALSE;
  *field = add_fields (route, strchr (item, ':') + 1);
  return *field >= 0;
}

char *
tide_route_parse_history (TideRoute *route, const char *text)
{
  g_autoptr (GPtrArray) words = tide_route_words_split (text, ' ');

  for (guint i = 0; words != NULL && i < words->len; i++)
    if (!parse_history_item (route, g_ptr_array_index (words, i)))
      return complain_of_item (g_ptr_array_index (words, i), FORM_HISTORY);
  if (words == NULL)
    return g_strdup ("has a ' without the other one");
  return route->price_field >= 0 ? NULL
                                 : g_strdup ("names no price: begin with price:FIELD");
}

static gboolean
has_filter (const TideRouteMatch *match, const char *filter)
{
  for (guint i = 0; i < match->filters->len; i++)
    if (g_str_equal (g_array_index (match->filters, TideRouteFilter, i).filter, filter))
      return TRUE;
  return FALSE;
}

/* Takes FILTER=FIELD|FIELD or FILTER='CONSTANT'. */
static gboolean
parse_filter (TideRoute *route, TideRouteMatch *match, const char *word)
{
  const char *equals = strchr (word, '=');

  if (equals == NULL)
    return FALSE;

  g_autofree char *filter = g_strndup (word, equals - word);

  if (!tide_route_words_is_name (filter) || has_filter (match, filter))
    return FALSE;
  if (equals[1] == '\'')
    {
      g_autofree char *constant = tide_route_words_unquote (equals + 1);

      if (constant == NULL || *constant == '\0')
        return FALSE;
      tide_route_match_add_filter (match, filter, -1, constant);
      return TRUE;
    }

  int field = add_fields (route, equals + 1);

  if (field < 0)
    return FALSE;
  tide_route_match_add_filter (match, filter, field, NULL);
  return TRUE;
}

static gboolean
parse_match_item (TideRoute *route, const char *item)
{
  g_autoptr (GPtrArray) words = tide_route_words_split (item, ' ');

  if (words->len == 0 || words->len > MAX_ITEMS ||
      !tide_route_words_is_name (g_ptr_array_index (words, 0)))
    return FALSE;

  TideRouteMatch *match = tide_route_add_match (route, g_ptr_array_index (words, 0));

  for (guint i = 1; i < words->len; i++)
    if (!parse_filter (route, match, g_ptr_array_index (words, i)))
      return FALSE;
  return TRUE;
}

char *
tide_route_parse_match (TideRoute *route, const char *text)
{
  g_autoptr (GPtrArray) items = NULL;
  char *problem = split_items (text, &items);

  for (guint i = 0; problem == NULL && i < items->len; i++)
    if (!parse_match_item (route, g_ptr_array_index (items, i)))
      problem = complain_of_item (g_ptr_array_index (items, i), FORM_MATCH);
  return problem;
}

static gboolean
parse_priority_word (const char *word, TidePriority *priority)
{
  for (guint i = 0; i < TIDE_N_PRIORITIES; i++)
    if (g_str_equal (word, tide_priority_get_nick (i)))
      {
        *priority = i;
        return TRUE;
      }
  return FALSE;
}

/* Takes FIELD=VALUE|VALUE or FIELD!=VALUE|VALUE. */
static gboolean
parse_condition (TideRoute *route, TidePriority priority, const char *text)
{
  const char *equals = strchr (text, '=');
  gboolean is_negated = equals != NULL && equals > text && equals[-1] == '!';

  if (equals == NULL)
    return FALSE;

  g_autofree char *names = g_strndup (text, equals - text - (is_negated ? 1 : 0));
  g_auto (GStrv) values = tide_route_words_get_values (equals + 1);
  int field = values != NULL ? add_fields (route, names) : -1;

  if (field < 0)
    return FALSE;
  tide_route_add_priority_rule (
      route, priority, field, (const char *const *) values, is_negated);
  return TRUE;
}

static gboolean
parse_priority_item (TideRoute *route, const char *item, gboolean *is_bare)
{
  gsize word_length = strcspn (item, " ");
  g_autofree char *word = g_strndup (item, word_length);
  const char *rest = item + word_length;
  TidePriority priority;

  if (!parse_priority_word (word, &priority))
    return FALSE;
  rest += strspn (rest, " ");
  *is_bare = *rest == '\0';
  if (*is_bare)
    {
      route->priority = priority;
      return TRUE;
    }
  return g_str_has_prefix (rest, "if ") &&
         parse_condition (route, priority, rest + strlen ("if "));
}

char *
tide_route_parse_priority (TideRoute *route, const char *text)
{
  g_autoptr (GPtrArray) items = NULL;
  char *problem = split_items (text, &items);
  gboolean is_bare = FALSE;

  for (guint i = 0; problem == NULL && i < items->len; i++)
    {
      const char *item = g_ptr_array_index (items, i);

      if (is_bare)
        problem = g_strdup_printf ("has an entry behind one without a condition, which "
                                   "could never count");
      else if (!parse_priority_item (route, item, &is_bare))
        problem = complain_of_item (item, FORM_PRIORITY);
    }
  if (problem == NULL && !is_bare)
    problem = g_strdup ("has a condition in its last entry; the last one must be low, "
                        "medium, high or critical alone");
  return problem;
}

/* Whether one of @names is @name; of pairs only each @step-th counts, from @first. */
static gboolean
is_named (const GPtrArray *names, guint first, guint step, const char *name)
{
  for (guint i = first; i < names->len; i += step)
    if (g_str_equal (g_ptr_array_index (names, i), name))
      return TRUE;
  return FALSE;
}

static gboolean
parse_older_item (TideRouteVersion *version, const char *item)
{
  g_autoptr (GPtrArray) words = tide_route_words_split (item, ' ');
  char **word = (char **) words->pdata;

  for (guint i = 1; i < words->len; i++)
    if (!tide_route_words_is_name (word[i]))
      return FALSE;
  if (words->len == 3 && g_str_equal (word[0], "rename"))
    {
      g_ptr_array_add (version->renames, g_strdup (word[1]));
      g_ptr_array_add (version->renames, g_strdup (word[2]));
      return TRUE;
    }
  if (words->len == 2 && g_str_equal (word[0], "drop"))
    {
      g_ptr_array_add (version->drops, g_strdup (word[1]));
      return TRUE;
    }
  return FALSE;
}

/* A member can be the source of one change, and a name the target of one. */
static gboolean
is_ambiguous (const TideRouteVersion *version)
{
  for (guint i = 0; i < version->renames->len; i += 2)
    {
      const char *new_name = g_ptr_array_index (version->renames, i);
      const char *old_name = g_ptr_array_index (version->renames, i + 1);

      if (is_named (version->renames, i + 2, 2, new_name) ||
          is_named (version->renames, i + 3, 2, old_name) ||
          is_named (version->drops, 0, 1, new_name))
        return TRUE;
    }
  return FALSE;
}

char *
tide_route_parse_older (TideRoute *route, guint number, const char *text)
{
  g_autoptr (GPtrArray) items = NULL;
  TideRouteVersion *version = tide_route_add_version (route, number);
  char *problem = split_items (text, &items);

  for (guint i = 0; problem == NULL && i < items->len; i++)
    if (!parse_older_item (version, g_ptr_array_index (items, i)))
      problem = complain_of_item (g_ptr_array_index (items, i), FORM_OLDER);
  if (problem == NULL && is_ambiguous (version))
    problem = g_strdup ("changes one field in two ways, or makes two fields one");
  return problem;
}
