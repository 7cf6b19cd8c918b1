/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "tide-offline-store.h"

/* A store that writes down what it is told, a line each. */

#define FAKE_TYPE_OFFLINE_STORE (fake_offline_store_get_type ())
G_DECLARE_FINAL_TYPE (FakeOfflineStore, fake_offline_store, FAKE, OFFLINE_STORE, GObject)

struct _FakeOfflineStore
{
  GObject parent_instance;

  GString *log;          /* (owned) */
  gint64 queued_real_us; /* of the last event that was appended */
};

static void
fake_offline_store_save_user (TideOfflineStore *store,
                              const char *name,
                              gint64 since_real_us,
                              const char *record)
{
  g_string_append_printf (FAKE_OFFLINE_STORE (store)->log,
                          "save %s, %s\n%s",
                          name,
                          since_real_us > 0 ? "away" : "here",
                          record);
}

static void
fake_offline_store_forget_user (TideOfflineStore *store, const char *name)
{
  g_string_append_printf (FAKE_OFFLINE_STORE (store)->log, "forget %s\n", name);
}

static void
fake_offline_store_append (TideOfflineStore *store,
                           const char *name,
                           const TideStoredEvent *event)
{
  FakeOfflineStore *self = FAKE_OFFLINE_STORE (store);

  self->queued_real_us = event->queued_real_us;
  g_string_append_printf (self->log,
                          "append %s %" G_GUINT64_FORMAT " %s\n",
                          name,
                          event->id,
                          event->event->payload);
}

static void
fake_offline_store_remove (TideOfflineStore *store, const char *name, guint64 id)
{
  g_string_append_printf (
      FAKE_OFFLINE_STORE (store)->log, "remove %s %" G_GUINT64_FORMAT "\n", name, id);
}

static void
fake_offline_store_rewrite_user (TideOfflineStore *store, const char *name)
{
  g_string_append_printf (FAKE_OFFLINE_STORE (store)->log, "rewrite %s\n", name);
}

static void
fake_offline_store_iface_init (TideOfflineStoreInterface *iface)
{
  iface->save_user = fake_offline_store_save_user;
  iface->forget_user = fake_offline_store_forget_user;
  iface->append = fake_offline_store_append;
  iface->remove = fake_offline_store_remove;
  iface->rewrite_user = fake_offline_store_rewrite_user;
}

G_DEFINE_FINAL_TYPE_WITH_CODE (FakeOfflineStore,
                               fake_offline_store,
                               G_TYPE_OBJECT,
                               G_IMPLEMENT_INTERFACE (TIDE_TYPE_OFFLINE_STORE,
                                                      fake_offline_store_iface_init))

static void
fake_offline_store_finalize (GObject *object)
{
  g_string_free (FAKE_OFFLINE_STORE (object)->log, TRUE);
  G_OBJECT_CLASS (fake_offline_store_parent_class)->finalize (object);
}

static void
fake_offline_store_class_init (FakeOfflineStoreClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = fake_offline_store_finalize;
}

static void
fake_offline_store_init (FakeOfflineStore *self)
{
  self->log = g_string_new (NULL);
}

/* What it was told since the last time. */
static inline void
fake_offline_store_assert (FakeOfflineStore *self, const char *expected)
{
  g_assert_cmpstr (self->log->str, ==, expected);
  g_string_truncate (self->log, 0);
}
