// SPDX-FileCopyrightText: the Gangway authors
// SPDX-License-Identifier: LGPL-2.1-or-later
//
// The inputs that a fuzz target begins with, as [name, bytes].

import { readFileSync, readdirSync } from 'node:fs';

export function readCorpus(target) {
  const folder = new URL(`../fuzz/corpus/${target}/`, import.meta.url);
  return readdirSync(folder).sort().map(name => [name, readFileSync(new URL(name, folder))]);
}
