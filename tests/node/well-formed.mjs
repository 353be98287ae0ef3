// SPDX-FileCopyrightText: the Gangway authors
// SPDX-License-Identifier: LGPL-2.1-or-later
//
// String.prototype.isWellFormed () and toWellFormed (), which Node 18 of Debian 12 does not have.

export function isWellFormed(text) {
  return !/\p{Surrogate}/u.test(text);
}

export function toWellFormed(text) {
  return text.replace(/\p{Surrogate}/gu, '\uFFFD');
}
