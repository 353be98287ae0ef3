/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "cli/cli-setup.h"
#include "settings/relay-openclaw.h"

G_BEGIN_DECLS

/**
 * CliVerdict:
 * @CLI_VERDICT_OK: it is as it should be
 * @CLI_VERDICT_WARNING: it works, but not as the user may think
 * @CLI_VERDICT_FAILED: it does not work
 * @CLI_VERDICT_SKIPPED: it could not be looked at, or need not be
 *
 * What came out of a check.
 */
typedef enum {
  CLI_VERDICT_OK,
  CLI_VERDICT_WARNING,
  CLI_VERDICT_FAILED,
  CLI_VERDICT_SKIPPED,
} CliVerdict;

/**
 * CliFinding:
 * @check: what was looked at, for programs, for instance `gateway-token`
 * @account_id: (nullable): whose it is; %NULL if it is about all of Gangway
 * @verdict: what came out
 * @message: what was found, for a person
 * @remedy: (nullable): what to do about it, translated
 *
 * One thing that was looked at.
 */
typedef struct {
  const char *check;
  char *account_id; /* (owned) (nullable) */
  CliVerdict verdict;
  char *message;    /* (owned) */
  char *remedy;     /* (owned) (nullable) */
} CliFinding;

/**
 * CliDoctor:
 * @setup: where settings are, and what they say
 * @openclaw: (nullable): OpenClaw's configuration, if the settings can be read
 * @findings: (element-type CliFinding): what was found so far, causes before what they cause
 *
 * An examination.
 */
typedef struct {
  CliSetup setup;
  RelayOpenclaw *openclaw; /* (owned) (nullable) */
  GPtrArray *findings;     /* (owned) */
} CliDoctor;

void cli_doctor_add           (CliDoctor     *self,
                               const char    *check,
                               const char    *account_id,
                               CliVerdict     verdict,
                               const char    *remedy,
                               const char    *format,
                               ...) G_GNUC_PRINTF (6, 7);
void cli_doctor_add_error     (CliDoctor     *self,
                               const char    *check,
                               const char    *account_id,
                               const char    *remedy,
                               const GError  *error);
gboolean cli_doctor_has_failed (CliDoctor    *self,
                               const char    *check);

void cli_doctor_check_service (CliDoctor     *self);
void cli_doctor_check_account (CliDoctor     *self,
                               RelayAccount  *account);
void cli_doctor_check_clock   (CliDoctor     *self,
                               RelayAccount  *account);

G_END_DECLS
