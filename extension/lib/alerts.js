// SPDX-FileCopyrightText: the Gangway authors
// SPDX-License-Identifier: LGPL-2.1-or-later

// Decides what is worth a notification: one for each real change, never a stream of them.

import {isBlocked, isStopped} from './words.js';

const LOST_AFTER_MS = 60 * 1000;
const QUIET_MS = 10 * 60 * 1000;

// What an account is, as far as a person cares. Any other value is the LastErrorCode that blocks it.
const FINE = 'fine';
const STOPPED = 'stopped';
const DOWN = 'down';
const LOST = 'lost';

function conditionOf(account) {
    if (account.State === 'connected')
        return FINE;
    if (isStopped(account))
        return STOPPED;

    return isBlocked(account) ? account.LastErrorCode : DOWN;
}

/** One account: what it is, and what was last told of it. */
class Watch {
    #told;
    #isAnnounced = false;
    #wasUp = false;
    #downSinceMs = null;
    #quietUntilMs = new Map();

    /**
     * What is so at first sight is no change.
     *
     * @param {object} account - the account
     * @param {number} nowMs - the time
     */
    constructor(account, nowMs) {
        this.account = account;
        this.dueMs = Infinity;
        this.#look(conditionOf(account), nowMs);
        this.#told = this.level === DOWN ? FINE : this.level;
    }

    get isAnnounced() {
        return this.#isAnnounced;
    }

    /** Whether somebody should look at it. */
    get isTroubled() {
        return ![FINE, STOPPED, DOWN].includes(this.level);
    }

    /**
     * @param {object|null} account - the account as it is now; null if the service is gone
     * @param {number} nowMs - the time
     * @returns {string|null} lost, blocked, restored or withdrawn; null if there is nothing to tell
     */
    update(account, nowMs) {
        this.account = account ?? this.account;
        this.#look(account ? conditionOf(account) : this.#conditionWithoutService(), nowMs);
        if (this.level === DOWN || this.level === this.#told)
            return null;

        return this.isTroubled ? this.#tellTrouble(nowMs) : this.#tellEnd();
    }

    // What was at rest or blocked loses nothing when the service ends.
    #conditionWithoutService() {
        return [FINE, LOST].includes(this.level) ? DOWN : this.level;
    }

    #look(condition, nowMs) {
        this.#downSinceMs = condition === DOWN ? this.#downSinceMs ?? nowMs : null;
        this.#wasUp ||= condition === FINE;
        this.dueMs = Infinity;
        this.level = condition;
        if (condition !== DOWN)
            return;

        if (nowMs >= this.#downSinceMs + LOST_AFTER_MS)
            this.level = LOST;
        else
            this.dueMs = this.#downSinceMs + LOST_AFTER_MS;
    }

    #tellTrouble(nowMs) {
        const quietUntilMs = this.#quietUntilMs.get(this.level) ?? 0;

        // What never worked since the shell was started was not lost.
        if (this.level === LOST && !this.#wasUp)
            return null;
        if (nowMs < quietUntilMs) {
            this.dueMs = quietUntilMs;
            return null;
        }

        this.#quietUntilMs.set(this.level, nowMs + QUIET_MS);
        this.#told = this.level;
        this.#isAnnounced = true;
        return this.level === LOST ? 'lost' : 'blocked';
    }

    #tellEnd() {
        const wasAnnounced = this.#isAnnounced;

        this.#told = this.level;
        this.#isAnnounced = false;
        if (!wasAnnounced)
            return null;

        return this.level === FINE ? 'restored' : 'withdrawn';
    }
}

/** All accounts. */
export class Alerts {
    #watches = new Map();

    /** When update() is to be called again at the latest; Infinity if nothing is under way. */
    get dueMs() {
        return Math.min(Infinity, ...[...this.#watches.values()].map(watch => watch.dueMs));
    }

    /** Whether an account needs attention. */
    get isTroubled() {
        return [...this.#watches.values()].some(watch => watch.isTroubled);
    }

    /**
     * @param {boolean} isRunning - whether the service is there
     * @param {object[]} accounts - the accounts as they are now
     * @param {number} nowMs - the time
     * @returns {{kind: string, account: object}[]} what to tell: lost, blocked, restored, withdrawn
     */
    update(isRunning, accounts, nowMs) {
        const seen = new Map(accounts.map(account => [account.AccountId, account]));
        const news = [];

        for (const [id, watch] of this.#watches) {
            if (seen.has(id) || !isRunning)
                news.push({kind: watch.update(seen.get(id) ?? null, nowMs), account: watch.account});
            else
                news.push(this.#forget(id));
        }
        for (const [id, account] of seen) {
            if (!this.#watches.has(id))
                this.#watches.set(id, new Watch(account, nowMs));
        }

        return news.filter(({kind}) => kind !== null);
    }

    // An account that was taken out of gangway.conf.
    #forget(id) {
        const {account, isAnnounced} = this.#watches.get(id);

        this.#watches.delete(id);
        return {kind: isAnnounced ? 'withdrawn' : null, account};
    }
}
