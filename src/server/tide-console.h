/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * TideConsoleServe:
 * @TIDE_CONSOLE_LOCAL: where figures are shown, too
 * @TIDE_CONSOLE_EVERYWHERE: to whoever logs in as an operator
 * @TIDE_CONSOLE_OFF: nowhere
 *
 * Where the operator's page is.
 */
typedef enum
{
  TIDE_CONSOLE_LOCAL,
  TIDE_CONSOLE_EVERYWHERE,
  TIDE_CONSOLE_OFF,
} TideConsoleServe;

/**
 * TideConsoleSettings:
 *
 * Who may see the operator's page.
 */
typedef struct
{
  TideConsoleServe serve;
  char **operators;    /* (nullable) (array zero-terminated=1), names of users */
  char *operator_role; /* (nullable), who has it is an operator, too */
} TideConsoleSettings;

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
 * Answers what an operator's page asks for. An error is an answer, too: a JSON object
 * with `code` and `message`, which says what to do.
 */
typedef void (*TideConsoleFunc) (const TideConsoleRequest *request,
                                 TideConsoleAnswer *answer,
                                 gpointer user_data);

G_END_DECLS
