/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The types of subscriptions, their filters, and a filter's lists by value. */

#include "tide-subscription-index-private.h"

#include <string.h>

static guint
list_hash (gconstpointer key)
{
  const TideIndexList *list = key;
  guint hash = 5381;

  for (gsize i = 0; i < list->length; i++)
    hash = hash * 33 + (guchar) list->value[i];
  return hash;
}

static gboolean
list_equal (gconstpointer a, gconstpointer b)
{
  const TideIndexList *one = a;
  const TideIndexList *other = b;

  return one->length == other->length &&
         memcmp (one->value, other->value, one->length) == 0;
}

static void
list_free (gpointer data)
{
  TideIndexList *list = data;

  g_free (list->value);
  g_free (list->entries);
  g_free (list);
}

static void
filter_free (gpointer data)
{
  TideIndexFilter *filter = data;

  g_free (filter->name);
  g_hash_table_unref (filter->lists);
  g_free (filter->all.entries);
  g_free (filter);
}

void
tide_index_type_free (gpointer data)
{
  TideIndexType *type = data;

  for (guint32 i = 0; i < type->all.n_entries; i++)
    tide_subscription_free (type->all.entries[i].subscription);
  g_free (type->all.entries);
  g_free (type->name);
  g_ptr_array_unref (type->filters);
  g_array_unref (type->n_of_user);
  g_free (type);
}

TideIndexType *
tide_subscription_index_find_type (TideSubscriptionIndex *self, const char *name)
{
  for (guint i = 0; i < self->types->len; i++)
    {
      TideIndexType *type = g_ptr_array_index (self->types, i);

      if (g_str_equal (type->name, name))
        return type;
    }
  return NULL;
}

TideIndexFilter *
tide_index_type_find_filter (TideIndexType *self, const char *name)
{
  for (guint i = 0; i < self->filters->len; i++)
    {
      TideIndexFilter *filter = g_ptr_array_index (self->filters, i);

      if (g_str_equal (filter->name, name))
        return filter;
    }
  return NULL;
}

TideIndexList *
tide_index_filter_find_list (TideIndexFilter *self, const char *value, gsize length)
{
  TideIndexList key = { .value = (char *) value, .length = length };

  return g_hash_table_lookup (self->lists, &key);
}

TideIndexList *
tide_index_filter_get_list (TideIndexFilter *self, const char *value)
{
  gsize length = strlen (value);
  TideIndexList *list = tide_index_filter_find_list (self, value, length);

  if (list != NULL)
    return list;
  list = g_new0 (TideIndexList, 1);
  list->filter = self;
  list->value = g_strdup (value);
  list->length = length;
  g_hash_table_add (self->lists, list);
  return list;
}

/**
 * tide_subscription_index_register:
 * @self: an index without subscriptions or look-ups so far
 * @type: a type of subscriptions
 * @filter: (nullable): a filter that it has
 *
 * Makes a type, or a filter of it, known; those of the routes are.
 */
void
tide_subscription_index_register (TideSubscriptionIndex *self,
                                  const char *type,
                                  const char *filter)
{
  TideIndexType *found = tide_subscription_index_find_type (self, type);
  TideIndexFilter *added;

  g_return_if_fail (self->n_subscriptions == 0 && g_hash_table_size (self->plans) == 0);

  if (found == NULL)
    {
      found = g_new0 (TideIndexType, 1);
      found->name = g_strdup (type);
      found->filters = g_ptr_array_new_with_free_func (filter_free);
      found->n_of_user = g_array_new (FALSE, TRUE, sizeof (guint32));
      g_ptr_array_add (self->types, found);
    }
  if (filter == NULL || tide_index_type_find_filter (found, filter) != NULL)
    return;
  added = g_new0 (TideIndexFilter, 1);
  added->name = g_strdup (filter);
  added->lists = g_hash_table_new_full (list_hash, list_equal, list_free, NULL);
  g_ptr_array_add (found->filters, added);
}
