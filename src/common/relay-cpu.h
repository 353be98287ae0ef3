/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <glib.h>

/* What this processor can do beyond what the compiler may take for granted. */

#if defined(__x86_64__) && defined(__GNUC__)

#include <immintrin.h>

#define RELAY_CPU_MAY_HAVE_AVX2 1
/* Marks a function that is only to be called where relay_cpu_has_avx2 (). */
#define RELAY_CPU_AVX2 __attribute__ ((target ("avx2,bmi")))

static inline gboolean
relay_cpu_has_avx2 (void)
{
  return __builtin_cpu_supports ("avx2") && __builtin_cpu_supports ("bmi");
}

#endif
