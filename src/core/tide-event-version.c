/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Payloads as they were in older versions, for clients that have not moved on. */

#include "tide-event-version.h"

#include "tide-json-member.h"
#include "tide-json-string.h"

/* A member on its way from version to version. */
typedef struct
{
  TideJsonMember member;
  const char *new_name; /* (unowned) (nullable), in place of its own */
} Member;

/**
 * tide_route_has_version:
 * @route: a route
 * @version: a version of payloads, from 1
 *
 * Tells whether the route's events can be had in a version: its own, a later one, which
 * is served its own, or an older one that it lists.
 *
 * Returns: whether they can
 */
gboolean
tide_route_has_version (const TideRoute *route, guint version)
{
  if (version >= route->schema)
    return TRUE;
  return version > 0 && route->schema - version <= route->versions->len;
}

static gboolean
is_called (const Member *self, const char *name)
{
  if (self->new_name != NULL)
    return g_str_equal (self->new_name, name);
  return tide_json_member_is (&self->member, name);
}

static gboolean
is_dropped (const TideRouteVersion *version, const Member *member)
{
  for (guint i = 0; i < version->drops->len; i++)
    if (is_called (member, g_ptr_array_index (version->drops, i)))
      return TRUE;
  return FALSE;
}

/* The name that @member has in @version, NULL when it keeps its own. */
static const char *
find_older_name (const TideRouteVersion *version, const Member *member)
{
  for (guint i = 0; i + 1 < version->renames->len; i += 2)
    if (is_called (member, g_ptr_array_index (version->renames, i)))
      return g_ptr_array_index (version->renames, i + 1);
  return NULL;
}

/* Which of the renames of @version find a member, as bits. */
static guint64
find_renames (const TideRouteVersion *version, const GArray *members)
{
  guint64 found = 0;

  for (guint i = 0; i < version->renames->len / 2; i++)
    for (guint j = 0; j < members->len; j++)
      if (is_called (&g_array_index (members, Member, j),
                     g_ptr_array_index (version->renames, 2 * i)))
        {
          found |= G_GUINT64_CONSTANT (1) << i;
          break;
        }
  return found;
}

/* Whether @member has the name that one of the renames in @found gives to another. */
static gboolean
is_in_the_way (const TideRouteVersion *version, const Member *member, guint64 found)
{
  for (guint i = 0; i < version->renames->len / 2; i++)
    if ((found >> i & 1) != 0 &&
        is_called (member, g_ptr_array_index (version->renames, 2 * i + 1)))
      return TRUE;
  return FALSE;
}

/* Gives the members as @version has them. All names are those of the version after it. */
static GArray *
apply (const TideRouteVersion *version, const GArray *members)
{
  GArray *older = g_array_sized_new (FALSE, FALSE, sizeof (Member), members->len);
  guint64 found = find_renames (version, members);

  for (guint i = 0; i < members->len; i++)
    {
      Member member = g_array_index (members, Member, i);
      const char *name = find_older_name (version, &member);

      if (name == NULL &&
          (is_dropped (version, &member) || is_in_the_way (version, &member, found)))
        continue;
      if (name != NULL)
        member.new_name = name;
      g_array_append_val (older, member);
    }
  return older;
}

static GString *
write_members (const GArray *members, gsize size)
{
  GString *out = g_string_sized_new (size);

  g_string_append_c (out, '{');
  for (guint i = 0; i < members->len; i++)
    {
      const Member *member = &g_array_index (members, Member, i);

      if (i > 0)
        g_string_append_c (out, ',');
      if (member->new_name != NULL)
        tide_json_append_string (out, member->new_name, -1);
      else
        {
          g_string_append_c (out, '"');
          g_string_append_len (out, member->member.name, member->member.name_length);
          g_string_append_c (out, '"');
        }
      g_string_append_c (out, ':');
      g_string_append_len (out, member->member.value, member->member.value_length);
    }
  g_string_append_c (out, '}');
  return out;
}

/**
 * tide_event_make_version:
 * @event: an event
 * @version: a version of payloads, from 1
 *
 * Makes the payload as an older version had it: from the newest version down to the one
 * that is asked for, members at the top are left out or called by their older names. A
 * member that has a name which another one gets gives way to it. The bytes of values stay
 * as they are.
 *
 * Returns: (transfer full) (nullable): one JSON object, for a version that is not older a
 *   copy of the payload; %NULL when tide_route_has_version() says no
 */
GString *
tide_event_make_version (const TideEvent *event, guint version)
{
  const TideRoute *route = event->route;

  if (!tide_route_has_version (route, version))
    return NULL;
  if (version >= route->schema)
    return g_string_new_len (event->payload, event->payload_length);

  g_autoptr (GArray) members = g_array_new (FALSE, FALSE, sizeof (Member));
  const char *cursor = event->payload;
  Member member = { .new_name = NULL };

  while (tide_json_member_next (
      &cursor, event->payload + event->payload_length, &member.member))
    g_array_append_val (members, member);
  for (guint i = 0; i < route->schema - version; i++)
    {
      GArray *older = apply (g_ptr_array_index (route->versions, i), members);

      g_array_unref (members);
      members = older;
    }
  return write_members (members, event->payload_length + 32);
}
