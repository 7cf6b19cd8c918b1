/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * TideConsoleRequest:
 *
 * What an operator's page asks for: a request below `/console/api/` by somebody who may
 * see what it answers.
 */
typedef struct
{
  const char *method; /* (unowned), GET, POST or DELETE */
  const char *path;   /* (unowned), after `/console/api/`, decoded, such as `overview` */
  GHashTable *query;  /* (unowned) (nullable) (element-type utf8 utf8), decoded */
  const char *body;   /* (unowned), of a POST, not NUL-terminated; else empty */
  gsize body_length;
  const char *user_name; /* (unowned) (nullable), who asks, where users have names */
} TideConsoleRequest;

/**
 * TideConsoleAnswer:
 *
 * What is answered. As it is given to a #TideConsoleFunc it is an empty 200 of JSON.
 */
typedef struct
{
  guint status;             /* of HTTP */
  const char *content_type; /* (unowned), static */
  GString *body;            /* (owned) */
} TideConsoleAnswer;

/**
 * TideConsoleFunc:
 * @request: what is asked for
 * @answer: what to fill
 * @user_data: as given
 *
 * Answers what an operator's page asks for. An error is an answer, too: a JSON object with
 * `code` and `message`, which says what to do.
 */
typedef void (*TideConsoleFunc) (const TideConsoleRequest *request,
                                 TideConsoleAnswer *answer,
                                 gpointer user_data);

G_END_DECLS
