/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "tide-http-server-private.h"

G_BEGIN_DECLS

/* A client that is let in, and what is known of it. */
typedef struct
{
  TideWireForm form;
  TideIdentity identity; /* (owned) */
  GError *refusal;       /* (owned) (nullable), why it is not known who it is */
  TideWishes wishes;     /* how it wants its events */
  TideVisitor *visitor;  /* (nullable), for whom it is counted; for who takes it over */
} TideAdmitted;

void tide_admitted_clear (TideAdmitted *self);
TideNewcomer tide_admitted_get_newcomer (const TideAdmitted *self);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (TideAdmitted, tide_admitted_clear)

/* Who may come in. Each answers the request itself when it says no, but for
 * tide_admission_find_user(). Only for the files of
 * this folder. */

TideSocket *
tide_admission_take_socket (TideHttpServer *self, int fd, const TideAddress *peer);
void tide_admission_end_waiting (TideHttpServer *self, TideSocket *socket);
void tide_admission_remove_socket (TideHttpServer *self, TideSocket *socket);
gboolean tide_admission_check_origin (TideHttpServer *self, SoupServerMessage *message);
gboolean tide_admission_find_user (TideHttpServer *self,
                                   SoupServerMessage *message,
                                   GHashTable *query,
                                   TideIdentity *identity,
                                   GError **error);
gboolean tide_admission_authenticate (TideHttpServer *self,
                                      SoupServerMessage *message,
                                      GHashTable *query,
                                      TideAdmitted *admitted);
gboolean tide_admission_check_owner (TideHttpServer *self,
                                     SoupServerMessage *message,
                                     GHashTable *query,
                                     TidePolling *polling);
gboolean tide_admission_check_room (TideHttpServer *self,
                                    SoupServerMessage *message,
                                    const char *user_name);
gboolean tide_admission_count (TideHttpServer *self,
                               SoupServerMessage *message,
                               TideVisitor **visitor);

G_END_DECLS
