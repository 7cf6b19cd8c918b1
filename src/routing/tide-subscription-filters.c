/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tide-subscription-filters.h"

#include "tide-value-list.h"

static void
filter_free (gpointer data)
{
  TideSubscriptionFilter *filter = data;

  g_free (filter->name);
  g_strfreev (filter->values);
  g_free (filter);
}

static TideSubscriptionFilter *
find_filter (const TideSubscriptionFilters *self, const char *name)
{
  for (guint i = 0; i < self->items->len; i++)
    {
      TideSubscriptionFilter *filter = g_ptr_array_index (self->items, i);

      if (g_str_equal (filter->name, name))
        return filter;
    }
  return NULL;
}

/**
 * tide_subscription_filters_new:
 *
 * Returns: (transfer full): no filters: all events match
 */
TideSubscriptionFilters *
tide_subscription_filters_new (void)
{
  TideSubscriptionFilters *self = g_new0 (TideSubscriptionFilters, 1);

  self->items = g_ptr_array_new_with_free_func (filter_free);
  return self;
}

/**
 * tide_subscription_filters_copy:
 * @self: filters
 *
 * Copies filters, without those that accept all anyway.
 *
 * Returns: (transfer full): filters that equal @self
 */
TideSubscriptionFilters *
tide_subscription_filters_copy (const TideSubscriptionFilters *self)
{
  TideSubscriptionFilters *copy = tide_subscription_filters_new ();

  for (guint i = 0; i < self->items->len; i++)
    {
      const char *name =
          ((TideSubscriptionFilter *) g_ptr_array_index (self->items, i))->name;
      const char *const *values = tide_subscription_filters_get (self, name);

      if (values != NULL)
        tide_subscription_filters_set (copy, name, values);
    }
  return copy;
}

/**
 * tide_subscription_filters_free:
 * @self: (transfer full): filters
 *
 * Frees @self.
 */
void
tide_subscription_filters_free (TideSubscriptionFilters *self)
{
  g_ptr_array_unref (self->items);
  g_free (self);
}

/**
 * tide_subscription_filters_set:
 * @self: filters
 * @name: a filter's name
 * @values: (array zero-terminated=1): its values, each once
 *
 * Sets the values of a filter in place of those that it had.
 */
void
tide_subscription_filters_set (TideSubscriptionFilters *self,
                               const char *name,
                               const char *const *values)
{
  TideSubscriptionFilter *filter = find_filter (self, name);

  if (filter == NULL)
    {
      filter = g_new0 (TideSubscriptionFilter, 1);
      filter->name = g_strdup (name);
      g_ptr_array_add (self->items, filter);
    }
  g_strfreev (filter->values);
  filter->values = g_strdupv ((char **) values);
}

/**
 * tide_subscription_filters_get:
 * @self: filters
 * @name: a filter's name
 *
 * Gets the values that a filter is limited to.
 *
 * Returns: (transfer none) (nullable) (array zero-terminated=1): the values; %NULL when
 *   the filter accepts all: it is absent, empty, or has `*` among its values
 */
const char *const *
tide_subscription_filters_get (const TideSubscriptionFilters *self, const char *name)
{
  const TideSubscriptionFilter *filter = find_filter (self, name);
  const char *const *values =
      filter != NULL ? (const char *const *) filter->values : NULL;

  return values == NULL || *values == NULL || g_strv_contains (values, "*") ? NULL
                                                                            : values;
}

static gboolean
have_same_values (const char *const *one, const char *const *other)
{
  g_autoptr (GHashTable) set = NULL;

  if (one == NULL || other == NULL)
    return one == other;
  if (g_strv_length ((char **) one) != g_strv_length ((char **) other))
    return FALSE;
  set = g_hash_table_new (g_str_hash, g_str_equal);
  for (; *one != NULL; one++)
    g_hash_table_add (set, (gpointer) *one);
  for (; *other != NULL; other++)
    if (!g_hash_table_contains (set, *other))
      return FALSE;
  return TRUE;
}

/* Whether what @self is limited to, @other is limited to in the same way. */
static gboolean
is_within (const TideSubscriptionFilters *self, const TideSubscriptionFilters *other)
{
  for (guint i = 0; i < self->items->len; i++)
    {
      const char *name =
          ((TideSubscriptionFilter *) g_ptr_array_index (self->items, i))->name;

      if (!have_same_values (tide_subscription_filters_get (self, name),
                             tide_subscription_filters_get (other, name)))
        return FALSE;
    }
  return TRUE;
}

/**
 * tide_subscription_filters_equal:
 * @self: filters
 * @other: filters
 *
 * Returns: whether both accept the same, whatever the order of filters and values
 */
gboolean
tide_subscription_filters_equal (const TideSubscriptionFilters *self,
                                 const TideSubscriptionFilters *other)
{
  return is_within (self, other) && is_within (other, self);
}

/**
 * tide_subscription_filters_append_json:
 * @self: filters
 * @out: where to write them as a JSON object, `{"symbols":["AAPL"]}`
 *
 * Writes filters the way clients send them.
 */
void
tide_subscription_filters_append_json (const TideSubscriptionFilters *self, GString *out)
{
  g_string_append_c (out, '{');
  for (guint i = 0; i < self->items->len; i++)
    {
      const TideSubscriptionFilter *filter = g_ptr_array_index (self->items, i);

      if (i > 0)
        g_string_append_c (out, ',');
      tide_json_append_string (out, filter->name, -1);
      g_string_append_c (out, ':');
      tide_value_list_append_json ((const char *const *) filter->values, out);
    }
  g_string_append_c (out, '}');
}
