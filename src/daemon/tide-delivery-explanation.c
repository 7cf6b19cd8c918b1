/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Who would get an event, by which rule, and why others would not: for each user who is
 * here or waited for. Nothing is delivered, counted or changed. It is written down apart
 * from the router on purpose: tests have both say the same. */

#include "tide-delivery-explanation.h"

#include "tide-explain-states.h"
#include "tide-publication.h"
#include "tide-user-id.h"

#include <string.h>

#define USER_ROOM "user_"

typedef struct
{
  const TideStages *stages;
  TideEvent *event;
  const TideRoute *route;
  GHashTable *named; /* (owned), names of users that the event or a room names → rule */
  TideSlotSet matching;    /* (owned), whose subscriptions match */
  TideSlotSet unasked;     /* (owned), who has no subscription of the types */
  gboolean is_everyone;    /* all who are connected */
  gboolean is_unasked_all; /* nobody has a subscription of the types */
  TideAudience audience; /* as the router would give it, as far as delivery looks at it */
  GVariantBuilder recipients;
  GVariantBuilder others;
  guint n_recipients;
  guint n_others;
} Work;

/* --- whom the event names --- */

static void
add_name (Work *work, char *name, char *rule)
{
  if (*name != '\0' && g_utf8_validate (name, -1, NULL) &&
      g_hash_table_lookup (work->named, name) == NULL)
    g_hash_table_insert (work->named, name, rule);
  else
    {
      g_free (name);
      g_free (rule);
    }
}

static char *
join_field (const TideRoute *route, int field)
{
  return g_strjoinv ("|", g_ptr_array_index (route->fields, field));
}

static void
add_names (Work *work)
{
  const TideRoute *route = work->route;

  for (guint i = 0; i < route->user_fields->len; i++)
    {
      int field = g_array_index (route->user_fields, int, i);
      const TideEventValue *value = &work->event->values[field];
      g_autofree char *fields = join_field (route, field);

      if (value->text != NULL && memchr (value->text, '\0', value->length) == NULL)
        add_name (work,
                  g_strndup (value->text, value->length),
                  g_strconcat ("user field ", fields, NULL));
    }
  for (char **room = route->rooms; room != NULL && *room != NULL; room++)
    if (g_str_has_prefix (*room, USER_ROOM))
      add_name (work,
                g_strdup (*room + strlen (USER_ROOM)),
                g_strconcat ("room ", *room, NULL));
}

/* --- who it is for --- */

static void
find_sets (Work *work)
{
  const TideStages *stages = work->stages;
  TideSubscriptionIndex *index =
      tide_subscription_manager_get_index (stages->subscriptions);
  guint n_connected;
  const guint32 *connected =
      tide_subscription_manager_get_connected (stages->subscriptions, &n_connected);

  work->is_everyone = (work->route->audience & TIDE_AUDIENCE_EVERYONE) != 0;
  if ((work->route->audience & TIDE_AUDIENCE_SUBSCRIBERS) != 0)
    tide_subscription_index_lookup (index, work->event, &work->matching);
  if (work->route->is_for_unsubscribed)
    work->is_unasked_all = !tide_subscription_index_find_others (
        index, work->event->route, connected, n_connected, &work->unasked);
  work->audience = (TideAudience){
    .is_everyone =
        (work->is_everyone || work->is_unasked_all) &&
        (work->route->is_public || tide_user_table_get_n_guests (stages->users) == 0),
    .rooms = (const char *const *) work->route->rooms,
    .n_slots =
        work->matching.n_slots + work->unasked.n_slots + g_hash_table_size (work->named),
  };
}

static const char *
find_room (const Work *work, guint32 slot)
{
  for (char **room = work->route->rooms; room != NULL && *room != NULL; room++)
    if (tide_websocket_manager_is_user_in_room (work->stages->sessions, slot, *room))
      return *room;
  return NULL;
}

/* The rule by which the event is for a user. */
static char *
find_rule (const Work *work, guint32 slot, gboolean is_connected)
{
  const char *name = tide_user_table_get_name (work->stages->users, slot);
  const char *rule = name != NULL ? g_hash_table_lookup (work->named, name) : NULL;
  const char *room = is_connected ? find_room (work, slot) : NULL;
  char *text = NULL;

  if (work->is_everyone && is_connected)
    return g_strdup ("everyone");
  if (room != NULL)
    return g_strconcat ("room ", room, NULL);
  if (rule != NULL)
    return g_strdup (rule);
  if (tide_slot_set_contains (&work->matching, slot) &&
      tide_subscription_manager_explain (
          work->stages->subscriptions, work->event, slot, &text))
    return text;
  g_free (text);
  if (is_connected &&
      (work->is_unasked_all || tide_slot_set_contains (&work->unasked, slot)))
    return g_strdup ("every user without a subscription");
  return NULL;
}

/* --- who it is not for --- */

static void
append_reason (GString *out, const char *text)
{
  if (out->len > 0)
    g_string_append (out, "; ");
  g_string_append (out, text);
}

static char *
find_reason (const Work *work, guint32 slot)
{
  const TideRoute *route = work->route;
  GString *out = g_string_new (NULL);

  if ((route->audience & TIDE_AUDIENCE_SUBSCRIBERS) != 0)
    {
      g_autofree char *text = NULL;

      tide_subscription_manager_explain (
          work->stages->subscriptions, work->event, slot, &text);
      append_reason (out, text);
    }
  for (char **room = route->rooms; room != NULL && *room != NULL; room++)
    {
      g_autofree char *text = g_strconcat ("not in room ", *room, NULL);

      append_reason (out, text);
    }
  for (guint i = 0; i < route->user_fields->len; i++)
    {
      g_autofree char *fields =
          join_field (route, g_array_index (route->user_fields, int, i));
      g_autofree char *text = g_strconcat ("not named by the field ", fields, NULL);

      append_reason (out, text);
    }
  if (out->len == 0)
    g_string_append (out, "not connected");
  return g_string_free (out, FALSE);
}

static void
add_other (Work *work, const char *user, const char *reason)
{
  if (work->n_others++ < TIDE_DELIVERY_EXPLANATION_MAX)
    g_variant_builder_add (&work->others, "(ss)", user, reason);
}

static void
add_recipient (Work *work, const char *user, const char *rule, const char *state)
{
  if (work->n_recipients++ < TIDE_DELIVERY_EXPLANATION_MAX)
    g_variant_builder_add (&work->recipients, "(sss)", user, rule, state);
}

static const char *
find_state (const Work *work, guint32 slot)
{
  const TideStages *stages = work->stages;

  return stages->direct != NULL
             ? tide_broadcaster_explain (stages->direct, work->event, slot)
             : tide_scalable_broadcaster_explain (
                   stages->scalable, work->event, &work->audience, slot);
}

static void
look_at_user (Work *work, guint32 slot, gboolean is_connected)
{
  const TideStages *stages = work->stages;
  g_autofree char *user = tide_user_id_describe (
      stages->users, tide_user_table_get_ref (stages->users, slot));
  g_autofree char *rule = find_rule (work, slot, is_connected);
  g_autofree char *reason = NULL;
  const char *state;

  if (!work->route->is_public && tide_user_table_is_guest (stages->users, slot))
    {
      add_other (work, user, "guest: the route is not public");
      return;
    }
  if (rule == NULL)
    {
      reason = find_reason (work, slot);
      add_other (work, user, reason);
      return;
    }
  state = find_state (work, slot);
  /* Who is named by what waits has asked for it by that. */
  if (state == NULL && work->route->is_kept &&
      work->route->delivery_class == TIDE_CLASS_LOSSLESS &&
      g_str_has_prefix (rule, "user field "))
    state = TIDE_STATE_KEPT;
  if (state != NULL)
    add_recipient (work, user, rule, state);
  else
    add_other (work, user, "away: nothing of this route waits for this user");
  if (g_hash_table_size (work->named) > 0)
    g_hash_table_remove (work->named, user);
}

static void
look_at_users (Work *work)
{
  const TideStages *stages = work->stages;
  guint n_slots = tide_user_table_get_n_slots (stages->users);

  for (guint32 slot = 0; slot < n_slots; slot++)
    {
      gboolean is_connected =
          tide_subscription_manager_is_connected (stages->subscriptions, slot);

      if (is_connected || tide_subscription_manager_is_away (stages->subscriptions, slot))
        look_at_user (work, slot, is_connected);
    }
}

/* Users whom the event names, and of whom nothing is known so far, are waited for. */
static void
look_at_strangers (Work *work)
{
  gboolean is_kept = work->route->is_kept &&
                     work->route->delivery_class == TIDE_CLASS_LOSSLESS &&
                     tide_subscription_manager_waits (work->stages->subscriptions);
  GHashTableIter iter;
  gpointer name;
  gpointer rule;

  g_hash_table_iter_init (&iter, work->named);
  while (g_hash_table_iter_next (&iter, &name, &rule))
    if (is_kept)
      add_recipient (work, name, rule, TIDE_STATE_KEPT);
    else
      add_other (work, name, "not connected, and nothing of this route waits");
}

/* --- facts --- */

static char *
describe_audience (const TideRoute *route)
{
  GString *out = g_string_new (NULL);

  if ((route->audience & TIDE_AUDIENCE_EVERYONE) != 0)
    append_reason (out, "everyone");
  if ((route->audience & TIDE_AUDIENCE_SUBSCRIBERS) != 0)
    append_reason (out, "subscribers");
  for (char **room = route->rooms; room != NULL && *room != NULL; room++)
    {
      append_reason (out, "room:");
      g_string_append (out, *room);
    }
  for (guint i = 0; i < route->user_fields->len; i++)
    {
      g_autofree char *fields =
          join_field (route, g_array_index (route->user_fields, int, i));

      append_reason (out, "user:");
      g_string_append (out, fields);
    }
  if (route->is_for_unsubscribed)
    append_reason (out, "every user without a subscription");
  return g_string_free (out, FALSE);
}

static GVariant *
make_facts (const Work *work)
{
  const TideRoute *route = work->route;
  g_autofree char *audience = describe_audience (route);
  g_autofree char *key = g_utf8_make_valid (
      work->event->key_length > 0 ? work->event->key : "", work->event->key_length);
  GVariantDict facts;

  g_variant_dict_init (&facts, NULL);
  g_variant_dict_insert (&facts, "audience", "s", audience);
  g_variant_dict_insert (
      &facts, "class", "s", tide_delivery_class_get_nick (route->delivery_class));
  g_variant_dict_insert (&facts, "key", "s", key);
  g_variant_dict_insert (&facts, "kept-for-away", "b", route->is_kept);
  g_variant_dict_insert (&facts, "n-others", "u", work->n_others);
  g_variant_dict_insert (&facts, "n-recipients", "u", work->n_recipients);
  g_variant_dict_insert (
      &facts, "priority", "s", tide_priority_get_nick (work->event->priority));
  g_variant_dict_insert (&facts, "public", "b", route->is_public);
  g_variant_dict_insert (&facts, "route", "s", route->name);
  g_variant_dict_insert (&facts, "type", "s", route->event_type);
  return g_variant_dict_end (&facts);
}

/**
 * tide_delivery_explanation_make:
 * @stages: the stages
 * @channel: a channel
 * @payload: what would be published there
 * @error: return location for an error
 *
 * Says who would get an event that came now, and why others would not.
 *
 * Fails with %G_DBUS_ERROR_INVALID_ARGS, as the decoder would refuse the payload, and
 * with [error@Error.NOT_FOUND] when no route takes the channel.
 *
 * Returns: (transfer floating): facts, recipients, others: `(a{sv}a(sss)a(ss))`
 */
GVariant *
tide_delivery_explanation_make (const TideStages *stages,
                                const char *channel,
                                const char *payload,
                                GError **error)
{
  TideRoute *route = tide_publication_find_route (stages, channel, error);
  g_autoptr (TideEvent) event =
      route != NULL ? tide_publication_try (stages, route, payload, error) : NULL;
  Work work = { .stages = stages, .event = event, .route = route };
  GVariant *made;

  if (event == NULL)
    return NULL;
  work.named = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  tide_slot_set_init (&work.matching);
  tide_slot_set_init (&work.unasked);
  g_variant_builder_init (&work.recipients, G_VARIANT_TYPE ("a(sss)"));
  g_variant_builder_init (&work.others, G_VARIANT_TYPE ("a(ss)"));
  add_names (&work);
  find_sets (&work);
  look_at_users (&work);
  look_at_strangers (&work);
  made = g_variant_new (
      "(@a{sv}a(sss)a(ss))", make_facts (&work), &work.recipients, &work.others);
  tide_slot_set_clear (&work.matching);
  tide_slot_set_clear (&work.unasked);
  g_hash_table_unref (work.named);
  return made;
}
