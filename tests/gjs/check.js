// SPDX-FileCopyrightText: the Gangway authors
// SPDX-License-Identifier: LGPL-2.1-or-later

// Test cases that speak TAP.

import System from 'system';

let number = 0;
let failed = 0;

/**
 * Fails unless two values are equal, as JSON.
 *
 * @param {*} actual - what there is
 * @param {*} expected - what there should be
 * @param {string} [what] - what it is about
 */
export function assertEqual(actual, expected, what = 'value') {
    const [is, wanted] = [JSON.stringify(actual), JSON.stringify(expected)];

    if (is !== wanted)
        throw new Error(`${what}: ${is}, not ${wanted}`);
}

/**
 * Runs a test case.
 *
 * @param {string} name - its name
 * @param {Function} body - what throws if it fails; may be asynchronous
 */
export async function test(name, body) {
    number++;
    try {
        await body();
        print(`ok ${number} ${name}`);
    } catch (error) {
        failed++;
        print(`not ok ${number} ${name}`);
        printerr(`${error}\n${error.stack}`);
    }
}

/** Says how many cases there were. The last statement of a test program. */
export function done() {
    print(`1..${number}`);
    if (failed > 0)
        System.exit(1);
}
