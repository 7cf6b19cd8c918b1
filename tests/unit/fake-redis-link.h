/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "tide-redis-link.h"

#include <gio/gio.h>

#include <string.h>

/* Takes the place of tide-redis-link.c in a program: a connection without a socket, on
 * which the test plays Redis. There is one at a time. */

struct _TideRedisLink
{
  const TideRedisLinkFuncs *funcs; /* (unowned), static */
  gpointer user_data;              /* (unowned) */
  redisReader *reader;             /* (owned) */
  gint64 deadline_us;              /* -1: none */
  gboolean is_settled;
};

static TideRedisLink *fake_link; /* (nullable), the one that is there */
static GString *fake_link_sent;  /* words with blanks between, `;` after each command */
static guint fake_link_n_opened;
static guint fake_link_n_commands;

TideRedisLink *
tide_redis_link_open (const TideRedisAddress *address,
                      TideTimerWheel *wheel,
                      const TideRedisLinkFuncs *funcs,
                      gpointer user_data)
{
  g_assert_null (fake_link);
  fake_link = g_new0 (TideRedisLink, 1);
  fake_link->funcs = funcs;
  fake_link->user_data = user_data;
  fake_link->reader = redisReaderCreate ();
  fake_link->deadline_us = -1;
  fake_link_n_opened++;
  return fake_link;
}

void
tide_redis_link_close (TideRedisLink *self)
{
  g_assert_true (self == fake_link);
  fake_link = NULL;
  redisReaderFree (self->reader);
  g_free (self);
}

void
tide_redis_link_set_deadline (TideRedisLink *self, gint64 due_us)
{
  self->deadline_us = due_us;
}

void
tide_redis_link_settle (TideRedisLink *self)
{
  self->is_settled = TRUE;
}

void
tide_redis_link_send (TideRedisLink *self,
                      guint n_args,
                      const char *const *args,
                      const gsize *lengths)
{
  g_assert_true (self == fake_link);
  if (fake_link_sent == NULL)
    fake_link_sent = g_string_new (NULL);
  for (guint i = 0; i < n_args; i++)
    {
      g_string_append_len (fake_link_sent, args[i], lengths[i]);
      g_string_append_c (fake_link_sent, i + 1 < n_args ? ' ' : ';');
    }
  fake_link_n_commands++;
}

/* Asserts what was sent since the last time. */
static inline void
fake_link_assert_sent (const char *expected)
{
  g_assert_cmpstr (fake_link_sent != NULL ? fake_link_sent->str : "", ==, expected);
  if (fake_link_sent != NULL)
    g_string_truncate (fake_link_sent, 0);
}

static inline void
fake_link_open (void)
{
  fake_link->funcs->opened (fake_link, fake_link->user_data);
}

static inline void
fake_link_fail (const char *text)
{
  g_autoptr (GError) error = g_error_new_literal (G_IO_ERROR, G_IO_ERROR_CLOSED, text);

  fake_link->funcs->failed (fake_link, error, fake_link->user_data);
}

/* Gives replies as they come over the wire, until the link is closed. */
static inline void
fake_link_answer_bytes (const char *wire, gsize length)
{
  TideRedisLink *self = fake_link;
  g_autoptr (GPtrArray) replies = g_ptr_array_new_with_free_func (freeReplyObject);
  void *reply = NULL;

  g_assert_nonnull (self);
  g_assert_cmpint (redisReaderFeed (self->reader, wire, length), ==, REDIS_OK);
  while (redisReaderGetReply (self->reader, &reply) == REDIS_OK && reply != NULL)
    g_ptr_array_add (replies, reply);
  for (guint i = 0; i < replies->len && fake_link == self; i++)
    self->funcs->reply (self, g_ptr_array_index (replies, i), self->user_data);
}

static inline void
fake_link_answer (const char *wire)
{
  fake_link_answer_bytes (wire, strlen (wire));
}

/* The same reply @n times. */
static inline void
fake_link_answer_times (const char *wire, guint n)
{
  for (guint i = 0; i < n; i++)
    fake_link_answer (wire);
}

/* Lets go of what is left. */
static inline void
fake_link_clear (void)
{
  g_assert_null (fake_link);
  if (fake_link_sent != NULL)
    g_string_free (g_steal_pointer (&fake_link_sent), TRUE);
  fake_link_n_opened = 0;
  fake_link_n_commands = 0;
}
