/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <glib.h>
#include <json-glib/json-glib.h>

G_BEGIN_DECLS

/* What params may have that become a tree: a tree takes many times the memory of its text, and an object time that grows
 * with the square of its members, if their names are chosen so that they collide. */
#define RELAY_JSON_MAX_TREE_DEPTH 64
#define RELAY_JSON_MAX_TREE_VALUES 10000
#define RELAY_JSON_MAX_TREE_MEMBERS 1000

/* How much of a text is decoded that is only shown; far more than is shown of it. */
#define RELAY_JSON_MAX_SHOWN (1024 * 1024)

/**
 * RelayJsonSpan:
 * @data: (nullable): where the value begins in the text that was read; %NULL if it is absent
 * @length: how many bytes it has
 *
 * The raw extent of one JSON value within a text that outlives it, without white space around it.
 */
typedef struct {
  const char *data; /* (unowned) */
  gsize length;
} RelayJsonSpan;

/**
 * RelayJsonKind:
 *
 * What a JSON value is, told by its first byte.
 */
typedef enum {
  RELAY_JSON_ABSENT,
  RELAY_JSON_NULL,
  RELAY_JSON_BOOLEAN,
  RELAY_JSON_NUMBER,
  RELAY_JSON_STRING,
  RELAY_JSON_ARRAY,
  RELAY_JSON_OBJECT,
} RelayJsonKind;

gboolean       relay_json_validate          (const char           *text,
                                             gsize                 length);
gboolean       relay_json_read_object       (const char           *text,
                                             gsize                 length,
                                             const char * const   *names,
                                             RelayJsonSpan        *spans);
gboolean       relay_json_read_object_full  (const char           *text,
                                             gsize                 length,
                                             const char * const   *names,
                                             RelayJsonSpan        *spans,
                                             gboolean             *has_escaped_name);

RelayJsonKind  relay_json_span_kind         (const RelayJsonSpan  *span);
gboolean       relay_json_span_equal        (const RelayJsonSpan  *span,
                                             const char           *string);
char          *relay_json_span_dup_string   (const RelayJsonSpan  *span);
char          *relay_json_span_dup_shown    (const RelayJsonSpan  *span);
char          *relay_json_span_dup_raw      (const RelayJsonSpan  *span);
JsonNode      *relay_json_span_to_node      (const RelayJsonSpan  *span,
                                             GError              **error);

void           relay_json_append_string     (GString              *out,
                                             const char           *string);
void           relay_json_append_string_len (GString              *out,
                                             const char           *string,
                                             gsize                 length);
void           relay_json_append_span       (GString              *out,
                                             const RelayJsonSpan  *span);

G_END_DECLS
