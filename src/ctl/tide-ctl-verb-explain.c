/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config.h"

#include "tide-ctl-list.h"
#include "tide-ctl-value.h"

#include <glib/gi18n.h>

static const TideCtlColumn recipient_columns[] = {
  { "user", N_ ("Recipient") },
  { "rule", N_ ("Rule") },
  { "state", N_ ("What becomes of it") },
};

static const TideCtlColumn other_columns[] = {
  { "user", N_ ("Not for") },
  { "reason", N_ ("Why not") },
};

static const TideCtlList recipients_list = {
  .name = "recipients",
  .columns = recipient_columns,
  .n_columns = G_N_ELEMENTS (recipient_columns),
};

static const TideCtlList others_list = {
  .name = "others",
  .columns = other_columns,
  .n_columns = G_N_ELEMENTS (other_columns),
};

static void
add_facts (TideCtl *self, GVariant *facts)
{
  g_autoptr (TideCtlTable) table = tide_ctl_table_new (2);

  tide_ctl_table_set_style (table, 0, TIDE_CTL_BOLD);
  tide_ctl_value_add_rows (table, facts);
  tide_ctl_output_add_table (self->output, table);
}

static void
add_list (TideCtl *self, const TideCtlList *list, GVariant *rows)
{
  if (g_variant_n_children (rows) == 0)
    return;
  g_string_append_c (self->output->text, '\n');
  tide_ctl_list_add_text (self, list, rows);
}

/**
 * tide_ctl_verb_explain:
 * @self: what to work with
 * @error: return location for an error of %TIDE_CTL_ERROR
 *
 * Says who would get an event.
 *
 * Returns: whether it went well
 */
gboolean
tide_ctl_verb_explain (TideCtl *self, GError **error)
{
  g_autofree char *payload = NULL;
  g_autoptr (GVariant) answer = NULL;
  g_autoptr (GVariant) facts = NULL;
  g_autoptr (GVariant) recipients = NULL;
  g_autoptr (GVariant) others = NULL;

  if (!tide_ctl_read_payload (self->args[1], &payload, error))
    return FALSE;
  answer = tide_ctl_bus_call (self->bus,
                              "Admin.ExplainDelivery",
                              g_variant_new ("(ss)", self->args[0], payload),
                              "(a{sv}a(sss)a(ss))",
                              error);
  if (answer == NULL)
    return FALSE;
  g_variant_get (answer, "(@a{sv}@a(sss)@a(ss))", &facts, &recipients, &others);
  if (self->options->is_json)
    {
      JsonObject *object = json_object_new ();
      JsonNode *node = json_node_new (JSON_NODE_OBJECT);

      json_object_set_member (object, "facts", json_gvariant_serialize (facts));
      json_object_set_member (
          object, "recipients", tide_ctl_list_make_json (&recipients_list, recipients));
      json_object_set_member (
          object, "others", tide_ctl_list_make_json (&others_list, others));
      json_node_take_object (node, object);
      tide_ctl_output_add_json (self->output, node, TRUE);
      return TRUE;
    }
  add_facts (self, facts);
  add_list (self, &recipients_list, recipients);
  add_list (self, &others_list, others);
  return TRUE;
}
