/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tide-route.h"

#include "tide-json-string.h"

static void
filter_clear (gpointer data)
{
  TideRouteFilter *filter = data;

  g_free (filter->filter);
  g_free (filter->constant);
}

static void
match_free (gpointer data)
{
  TideRouteMatch *match = data;

  g_free (match->type);
  g_array_unref (match->filters);
  g_free (match);
}

static void
priority_rule_clear (gpointer data)
{
  g_strfreev (((TideRoutePriorityRule *) data)->values);
}

static void
version_free (gpointer data)
{
  TideRouteVersion *version = data;

  g_ptr_array_unref (version->renames);
  g_ptr_array_unref (version->drops);
  g_free (version);
}

/**
 * tide_route_new:
 * @channel: a Redis channel
 * @event_type: the event's name for browsers
 * @key_fields: (nullable) (array zero-terminated=1): fields that may hold the key
 * @audience: #TideAudienceRule flags
 *
 * Makes a route whose events are lossless and of medium priority; more can be set before
 * it is put into a table. It is named like its event.
 *
 * Returns: (transfer full): a route
 */
TideRoute *
tide_route_new (const char *channel,
                const char *event_type,
                const char *const *key_fields,
                guint audience)
{
  g_return_val_if_fail (channel != NULL && *channel != '\0', NULL);
  g_return_val_if_fail (event_type != NULL && *event_type != '\0', NULL);

  TideRoute *self = g_new0 (TideRoute, 1);

  self->ref_count = 1;
  self->name = g_strdup (event_type);
  self->channel = g_strdup (channel);
  self->event_json = g_string_new (NULL);
  tide_route_set_event_type (self, event_type);
  self->fields = g_ptr_array_new_with_free_func ((GDestroyNotify) g_strfreev);
  self->key_field = key_fields != NULL ? tide_route_add_field (self, key_fields) : -1;
  self->time_field = -1;
  self->price_field = -1;
  self->volume_field = -1;
  self->audience = audience;
  self->user_fields = g_array_new (FALSE, FALSE, sizeof (int));
  self->matches = g_ptr_array_new_with_free_func (match_free);
  self->delivery_class = TIDE_CLASS_LOSSLESS;
  self->priority = TIDE_PRIORITY_MEDIUM;
  self->priority_rules = g_array_new (FALSE, FALSE, sizeof (TideRoutePriorityRule));
  g_array_set_clear_func (self->priority_rules, priority_rule_clear);
  self->schema = 1;
  self->versions = g_ptr_array_new_with_free_func (version_free);
  return self;
}

/**
 * tide_route_ref:
 * @self: a route
 *
 * Returns: (transfer full): @self
 */
TideRoute *
tide_route_ref (TideRoute *self)
{
  self->ref_count++;
  return self;
}

/**
 * tide_route_unref:
 * @self: (transfer full): a route
 *
 * Lets go of @self.
 */
void
tide_route_unref (TideRoute *self)
{
  if (--self->ref_count > 0)
    return;
  g_free (self->name);
  g_free (self->channel);
  g_free (self->event_type);
  g_string_free (self->event_json, TRUE);
  g_ptr_array_unref (self->fields);
  g_strfreev (self->rooms);
  g_array_unref (self->user_fields);
  g_ptr_array_unref (self->matches);
  g_array_unref (self->priority_rules);
  g_free (self->lift);
  g_ptr_array_unref (self->versions);
  g_free (self);
}

/**
 * tide_route_set_event_type:
 * @self: a route that is in no table yet
 * @event_type: the event's name for browsers
 *
 * Changes the name of the route's events; not that of the route.
 */
void
tide_route_set_event_type (TideRoute *self, const char *event_type)
{
  g_free (self->event_type);
  self->event_type = g_strdup (event_type);
  g_string_truncate (self->event_json, 0);
  tide_json_append_string (self->event_json, event_type, -1);
}

/**
 * tide_route_add_field:
 * @self: a route that is in no table yet
 * @names: (array zero-terminated=1): names of a payload's member, the first found counts
 *
 * Has the decoder look for a field.
 *
 * Returns: its index; that of an earlier field with the same names when there is one
 */
int
tide_route_add_field (TideRoute *self, const char *const *names)
{
  for (guint i = 0; i < self->fields->len; i++)
    if (g_strv_equal (g_ptr_array_index (self->fields, i), names))
      return i;
  g_ptr_array_add (self->fields, g_strdupv ((char **) names));
  return self->fields->len - 1;
}

/**
 * tide_route_add_match:
 * @self: a route that is in no table yet
 * @type: a type of subscriptions
 *
 * Gives the route's events to users with a subscription of @type, if their audience has
 * %TIDE_AUDIENCE_SUBSCRIBERS.
 *
 * Returns: (transfer none): where to add its filters
 */
TideRouteMatch *
tide_route_add_match (TideRoute *self, const char *type)
{
  TideRouteMatch *match = g_new0 (TideRouteMatch, 1);

  match->type = g_strdup (type);
  match->filters = g_array_new (FALSE, FALSE, sizeof (TideRouteFilter));
  g_array_set_clear_func (match->filters, filter_clear);
  g_ptr_array_add (self->matches, match);
  return match;
}

/**
 * tide_route_match_add_filter:
 * @self: a match
 * @filter: the name of a filter, such as `symbols`
 * @field: which field has to be one of the filter's values, or -1
 * @constant: (nullable): what to compare with them instead
 *
 * Pairs a filter with what it is compared with.
 */
void
tide_route_match_add_filter (TideRouteMatch *self,
                             const char *filter,
                             int field,
                             const char *constant)
{
  TideRouteFilter pair = { g_strdup (filter), field, g_strdup (constant) };

  g_array_append_val (self->filters, pair);
}

/**
 * tide_route_add_priority_rule:
 * @self: a route that is in no table yet
 * @priority: what events get
 * @field: index of the field that decides
 * @values: (array zero-terminated=1): what it has to be
 * @is_negated: whether it must be none of them instead
 *
 * Gives events another priority than the route's under a condition. The first rule that
 * fits counts.
 */
void
tide_route_add_priority_rule (TideRoute *self,
                              TidePriority priority,
                              int field,
                              const char *const *values,
                              gboolean is_negated)
{
  TideRoutePriorityRule rule = {
    priority, field, is_negated, g_strdupv ((char **) values)
  };

  g_array_append_val (self->priority_rules, rule);
}

/**
 * tide_route_add_version:
 * @self: a route that is in no table yet
 * @version: the number of an older version
 *
 * Lists an older version of the payloads, behind those that are listed already; the first
 * is the one before `schema`, and each next one is one less.
 *
 * Returns: (transfer none): where to add what it does
 */
TideRouteVersion *
tide_route_add_version (TideRoute *self, guint version)
{
  TideRouteVersion *added = g_new0 (TideRouteVersion, 1);

  added->version = version;
  added->renames = g_ptr_array_new_with_free_func (g_free);
  added->drops = g_ptr_array_new_with_free_func (g_free);
  g_ptr_array_add (self->versions, added);
  return added;
}

/**
 * tide_delivery_class_get_nick:
 * @self: a class
 *
 * Returns: its name as in the configuration
 */
const char *
tide_delivery_class_get_nick (TideDeliveryClass self)
{
  static const char *const nicks[] = { "lossless", "conflate", "latest", "droppable" };

  g_return_val_if_fail ((guint) self < G_N_ELEMENTS (nicks), "lossless");
  return nicks[self];
}

/**
 * tide_priority_get_nick:
 * @self: a priority
 *
 * Returns: its name as in the configuration and in `event_batch`
 */
const char *
tide_priority_get_nick (TidePriority self)
{
  static const char *const nicks[] = { "low", "medium", "high", "critical" };

  g_return_val_if_fail ((guint) self < G_N_ELEMENTS (nicks), "medium");
  return nicks[self];
}
