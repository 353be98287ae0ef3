// SPDX-FileCopyrightText: the Gangway authors
// SPDX-License-Identifier: LGPL-2.1-or-later

// What the extension takes for news, and what for a use of the workspace.

import {Alerts} from '../../extension/lib/alerts.js';
import {WorkspaceUse} from '../../extension/lib/use.js';
import {account, NOW_MS} from './account.js';
import {assertEqual, done, test} from './check.js';

const S = 1000, MIN = 60 * S;

/** Alerts of one account, with a clock. */
class Story {
    #alerts = new Alerts();
    #nowMs = NOW_MS;
    #isRunning = true;
    #accounts = [];

    /** Lets time pass. */
    after(ms) {
        this.#nowMs += ms;
        return this.#look();
    }

    /** The account is so now. */
    becomes(State, LastErrorCode = '') {
        this.#isRunning = true;
        this.#accounts = [account({State, LastErrorCode})];
        return this.#look();
    }

    /** The service is gone. */
    ends() {
        this.#isRunning = false;
        this.#accounts = [];
        return this.#look();
    }

    /** The account is taken out of gangway.conf. */
    isRemoved() {
        this.#accounts = [];
        return this.#look();
    }

    get dueInMs() {
        return this.#alerts.dueMs - this.#nowMs;
    }

    get isTroubled() {
        return this.#alerts.isTroubled;
    }

    #look() {
        return this.#alerts.update(this.#isRunning, this.#accounts, this.#nowMs).map(({kind}) => kind).join();
    }
}

await test('what is so at first sight is no news', () => {
    for (const [state, code] of [['connected', ''], ['disconnected', ''], ['retrying', 'platform-refused'], ['retrying', 'timeout']]) {
        const story = new Story();

        assertEqual(story.becomes(state, code), '', state);
        assertEqual(story.after(MIN), '', state);
    }
});

await test('a link is lost after a minute, told once, and restored', () => {
    const story = new Story();

    story.becomes('connected');
    assertEqual(story.becomes('retrying', 'platform-closed'), '');
    assertEqual(story.dueInMs, MIN);
    assertEqual(story.isTroubled, false);
    assertEqual(story.after(30 * S), '');
    assertEqual(story.becomes('connecting', 'platform-closed'), '', 'an attempt');
    assertEqual(story.dueInMs, 30 * S);
    assertEqual(story.after(30 * S), 'lost');
    assertEqual(story.isTroubled, true);
    assertEqual(story.dueInMs, Infinity);
    assertEqual(story.becomes('retrying', 'platform-unreachable'), '', 'another error');
    assertEqual(story.after(60 * MIN), '');
    assertEqual(story.becomes('connected'), 'restored');
    assertEqual(story.isTroubled, false);
});

await test('a short loss is not told', () => {
    const story = new Story();

    story.becomes('connected');
    for (let i = 0; i < 100; i++) {
        assertEqual(story.becomes('retrying', 'link-dead'), '');
        assertEqual(story.after(59 * S), '');
        assertEqual(story.becomes('connected'), '');
    }
});

await test('what was never connected was not lost, but needs attention', () => {
    const story = new Story();

    story.becomes('retrying', 'gateway-unreachable');
    assertEqual(story.after(MIN), '');
    assertEqual(story.isTroubled, true);
    assertEqual(story.becomes('connected'), '');
});

await test('a refused key is told at once, and not with each attempt', () => {
    const story = new Story();

    story.becomes('connected');
    assertEqual(story.becomes('retrying', 'platform-refused'), 'blocked');
    assertEqual(story.becomes('connecting', 'platform-refused'), '');
    assertEqual(story.becomes('retrying', 'platform-refused'), '');
    assertEqual(story.isTroubled, true);
    assertEqual(story.becomes('retrying', 'tls-failed'), 'blocked', 'another trouble');
    assertEqual(story.becomes('connected'), 'restored');
});

await test('a trouble that comes back is told again after ten quiet minutes', () => {
    const story = new Story();

    story.becomes('connected');
    assertEqual(story.becomes('retrying', 'platform-refused'), 'blocked');
    assertEqual(story.becomes('connected'), 'restored');
    assertEqual(story.becomes('retrying', 'platform-refused'), '');
    assertEqual(story.dueInMs, 10 * MIN);
    assertEqual(story.becomes('connected'), '', 'what was not told does not end');
    story.after(4 * MIN);
    assertEqual(story.becomes('retrying', 'platform-refused'), '');
    assertEqual(story.dueInMs, 6 * MIN);
    assertEqual(story.after(6 * MIN), 'blocked');
});

await test('a platform that comes and goes makes no stream of news', () => {
    const story = new Story();
    const news = [];

    story.becomes('connected');
    for (let i = 0; i < 60; i++) {
        news.push(story.becomes('retrying', i % 2 ? 'platform-refused' : 'platform-closed'), story.after(MIN));
        news.push(story.becomes('connected'));
    }
    assertEqual(news.filter(kind => kind !== '').length <= 24, true, 'in an hour');
});

await test('who stops an account is not told of it', () => {
    const story = new Story();

    story.becomes('connected');
    assertEqual(story.becomes('disconnected'), '');
    assertEqual(story.after(5 * MIN), '');
    story.becomes('connected');
    story.becomes('retrying', 'platform-refused');
    assertEqual(story.becomes('disconnected'), 'withdrawn');
    assertEqual(story.becomes('connected'), '');
});

await test('a service that crashed is lost after a minute, and restored', () => {
    const story = new Story();

    story.becomes('connected');
    assertEqual(story.ends(), '');
    assertEqual(story.after(MIN), 'lost');
    assertEqual(story.becomes('connecting'), '');
    assertEqual(story.becomes('connected'), 'restored');
});

await test('an account that is at rest or blocked loses nothing when the service ends', () => {
    for (const code of ['', 'no-key']) {
        const story = new Story();

        story.becomes('connected');
        story.becomes('disconnected', code);
        assertEqual(story.ends(), '');
        assertEqual(story.after(5 * MIN), '');
    }
});

await test('an account that is taken out of the settings is forgotten', () => {
    const story = new Story();

    story.becomes('connected');
    story.becomes('retrying', 'platform-refused');
    assertEqual(story.isRemoved(), 'withdrawn');
    assertEqual(story.isTroubled, false);
    assertEqual(story.isRemoved(), '');
});

const activity = (method, detail, outcome = 'ok') => ({kind: 'workspace', method: `workspace.${method}`, detail, outcome});

await test('a use of the workspace is shown for a moment, then told', () => {
    const use = new WorkspaceUse();

    assertEqual(use.words(NOW_MS), 'The platform has not used your files');
    assertEqual(use.nextChange(NOW_MS), Infinity);
    use.note(activity('read', 'a/b/notes.md'), NOW_MS);
    assertEqual(use.isActive(NOW_MS + 4999), true);
    assertEqual(use.words(NOW_MS), 'The platform is reading notes.md');
    assertEqual(use.nextChange(NOW_MS), NOW_MS + 5 * S);
    assertEqual(use.isActive(NOW_MS + 5 * S), false);
    assertEqual(use.words(NOW_MS + 3 * MIN), 'The platform read notes.md, 3 min ago');
});

await test('each use has words', () => {
    const wordsOf = (...one) => {
        const use = new WorkspaceUse();

        use.note(activity(...one), NOW_MS);
        return [use.words(NOW_MS), use.words(NOW_MS + MIN)];
    };

    assertEqual(wordsOf('write', 'plan.md'), ['The platform is writing plan.md', 'The platform wrote plan.md, 1 min ago']);
    assertEqual(wordsOf('ls', '.'), ['The platform is listing the whole workspace',
        'The platform listed the whole workspace, 1 min ago']);
    assertEqual(wordsOf('read', '../x', 'denied'), ['The platform was denied x', 'The platform was denied x, 1 min ago']);
    assertEqual(wordsOf('read', 'a\u202eb')[0], 'The platform is reading a�b');
});

await test('other activities are no use of the workspace', () => {
    const use = new WorkspaceUse();

    use.note({kind: 'chat', method: 'platform.chat.send', detail: '', outcome: 'ok'}, NOW_MS);
    assertEqual(use.isActive(NOW_MS), false);
});

done();
