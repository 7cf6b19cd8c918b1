/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tide-event-filter.h"

#include "tide-error.h"
#include "tide-glob.h"

#include <string.h>

#define MAX_BYTES 1024
#define MAX_WORDS 16

typedef struct
{
  TideEventFilterField field;
  char *pattern; /* (owned) */
} Word;

struct _TideEventFilter
{
  GArray *words;    /* (owned) (element-type Word), those of the user aside */
  GPtrArray *users; /* (owned) (element-type utf8), patterns */
};

static const char *const names[TIDE_N_EVENT_FILTER_FIELDS] = {
  [TIDE_EVENT_FILTER_CHANNEL] = "channel", [TIDE_EVENT_FILTER_CLASS] = "class",
  [TIDE_EVENT_FILTER_KEY] = "key",         [TIDE_EVENT_FILTER_PRIORITY] = "priority",
  [TIDE_EVENT_FILTER_ROUTE] = "route",     [TIDE_EVENT_FILTER_TYPE] = "type",
  [TIDE_EVENT_FILTER_USER] = "user",
};

static void
word_clear (gpointer data)
{
  g_free (((Word *) data)->pattern);
}

G_GNUC_PRINTF (2, 3)
static gboolean
refuse (GError **error, const char *format, ...)
{
  va_list arguments;

  va_start (arguments, format);
  g_propagate_error (
      error, g_error_new_valist (TIDE_ERROR, TIDE_ERROR_BAD_FILTER, format, arguments));
  va_end (arguments);
  return FALSE;
}

static gboolean
find_field (const char *name, gsize length, TideEventFilterField *field)
{
  for (guint i = 0; i < TIDE_N_EVENT_FILTER_FIELDS; i++)
    if (strlen (names[i]) == length && memcmp (names[i], name, length) == 0)
      {
        *field = i;
        return TRUE;
      }
  return FALSE;
}

static gboolean
take_word (TideEventFilter *self, const char *text, guint number, GError **error)
{
  const char *equals = strchr (text, '=');
  const char *problem;
  Word word;

  if (equals == NULL)
    return refuse (error, "word %u of the filter is not NAME=PATTERN", number);
  if (!find_field (text, equals - text, &word.field))
    return refuse (error,
                   "word %u of the filter has none of the names channel, class, key, "
                   "priority, route, type and user before its =",
                   number);
  problem = tide_glob_check (equals + 1);
  if (problem != NULL)
    return refuse (error, "the pattern in word %u of the filter %s", number, problem);
  word.pattern = g_strdup (equals + 1);
  if (word.field == TIDE_EVENT_FILTER_USER)
    g_ptr_array_add (self->users, word.pattern);
  else
    g_array_append_val (self->words, word);
  return TRUE;
}

/**
 * tide_event_filter_new:
 * @text: words `NAME=PATTERN` with spaces between them; none: everything matches
 * @error: return location for an error
 *
 * Compiles a filter. Patterns are those of [func@glob_matches].
 *
 * Fails with [error@Error.BAD_FILTER]; the message says which word is wrong.
 *
 * Returns: (transfer full): a filter
 */
TideEventFilter *
tide_event_filter_new (const char *text, GError **error)
{
  g_autoptr (TideEventFilter) self = g_new0 (TideEventFilter, 1);
  g_auto (GStrv) words = NULL;
  guint n_words = 0;

  self->words = g_array_new (FALSE, FALSE, sizeof (Word));
  g_array_set_clear_func (self->words, word_clear);
  self->users = g_ptr_array_new_with_free_func (g_free);
  if (strlen (text) > MAX_BYTES)
    {
      refuse (error, "the filter is longer than %d bytes", MAX_BYTES);
      return NULL;
    }
  words = g_strsplit (text, " ", -1);
  for (char **word = words; *word != NULL; word++)
    {
      if (**word == '\0')
        continue;
      if (++n_words > MAX_WORDS)
        {
          refuse (error, "the filter has more than %d words", MAX_WORDS);
          return NULL;
        }
      if (!take_word (self, *word, n_words, error))
        return NULL;
    }
  return g_steal_pointer (&self);
}

/**
 * tide_event_filter_free:
 * @self: (transfer full): a filter
 *
 * Frees @self.
 */
void
tide_event_filter_free (TideEventFilter *self)
{
  g_array_unref (self->words);
  g_ptr_array_unref (self->users);
  g_free (self);
}

/**
 * tide_event_filter_matches:
 * @self: a filter
 * @fields: (array fixed-size=7): what the event has in each field
 *
 * Compares an event with all words but those about users. What an event does not have is
 * matched by no pattern.
 *
 * Returns: whether it matches
 */
gboolean
tide_event_filter_matches (const TideEventFilter *self, const TideEventFilterText *fields)
{
  for (guint i = 0; i < self->words->len; i++)
    {
      const Word *word = &g_array_index (self->words, Word, i);
      const TideEventFilterText *field = &fields[word->field];

      if (field->text == NULL ||
          !tide_glob_matches (word->pattern, field->text, field->length))
        return FALSE;
    }
  return TRUE;
}

/**
 * tide_event_filter_get_n_users:
 * @self: a filter
 *
 * Returns: how many words there are about users
 */
guint
tide_event_filter_get_n_users (const TideEventFilter *self)
{
  return self->users->len;
}

/**
 * tide_event_filter_get_user:
 * @self: a filter
 * @i: which word about users
 *
 * Returns: (transfer none): a pattern that the name of somebody in the audience has to
 *   match
 */
const char *
tide_event_filter_get_user (const TideEventFilter *self, guint i)
{
  return g_ptr_array_index (self->users, i);
}

/**
 * tide_event_filter_field_get_nick:
 * @field: a field
 *
 * Returns: what a filter calls it, such as `key`
 */
const char *
tide_event_filter_field_get_nick (TideEventFilterField field)
{
  return names[field];
}
