// SPDX-FileCopyrightText: the Gangway authors
// SPDX-License-Identifier: LGPL-2.1-or-later

// What the extension says and shows of accounts.

import Gio from 'gi://Gio';

import {accountFacts, accountState} from '../../extension/lib/facts.js';
import {accountLook, summarize} from '../../extension/lib/summary.js';
import {displayable, fill} from '../../extension/lib/text.js';
import {
    countdown, duration, errorMessage, errorSentence, headline, isBlocked, platformHost, stateWords,
} from '../../extension/lib/words.js';
import {account, NOW_MS} from './account.js';
import {assertEqual, done, test} from './check.js';

const S = 1000, MIN = 60 * S, H = 60 * MIN, D = 24 * H;

const connected = (sinceMs = NOW_MS) => account({State: 'connected', ConnectedSince: sinceMs});
const retrying = (code, inMs) => account({State: 'retrying', LastErrorCode: code, RetryingAt: NOW_MS + inMs});
const stopped = account({State: 'disconnected'});
const summary = (accounts, status = {}) => summarize({isRunning: true, problem: '', accounts, ...status}, NOW_MS);

await test('durations are told in their largest unit', () => {
    assertEqual([-S, 0, 59 * S, MIN, 59 * MIN, H, 3 * H + 59 * MIN, D, 49 * H].map(duration),
        ['0 s', '0 s', '59 s', '1 min', '59 min', '1 h', '3 h', '1 d', '2 d']);
});

await test('a countdown counts what has begun', () => {
    assertEqual([-S, 0, 1, 1001, 119 * S, 119 * S + 1, 10 * MIN].map(countdown),
        ['0 s', '0 s', '1 s', '2 s', '119 s', '2 min', '10 min']);
});

await test('each state has words', () => {
    assertEqual(stateWords(connected(NOW_MS - 3 * H), NOW_MS), 'Connected for 3 h');
    assertEqual(stateWords(connected(NOW_MS - 59 * S), NOW_MS), 'Connected');
    assertEqual(stateWords(account({State: 'connecting'}), NOW_MS), 'Connecting…');
    assertEqual(stateWords(retrying('timeout', 12 * S), NOW_MS), 'Retrying in 12 s');
    assertEqual(stateWords(retrying('timeout', -S), NOW_MS), 'Retrying now');
    assertEqual(stateWords(stopped, NOW_MS), 'Stopped');
    assertEqual(stateWords(account({State: 'disconnected', LastErrorCode: 'no-key'}), NOW_MS), 'Waiting for a correction');
});

await test('what a person has to end comes before the time', () => {
    assertEqual(headline(retrying('platform-refused', MIN), NOW_MS), 'Key refused');
    assertEqual(headline(retrying('platform-closed', 12 * S), NOW_MS), 'Retrying in 12 s');
    assertEqual(isBlocked(account({State: 'connecting', LastErrorCode: 'platform-refused'})), true);
    assertEqual(isBlocked(account({State: 'connected', LastErrorCode: 'platform-refused'})), false);
});

await test('each error code of the interface has words', () => {
    const [, bytes] = Gio.File.new_for_path(ARGV[0]).load_contents(null);
    const [, list] = new TextDecoder().decode(bytes).match(/LastErrorCode: the same for a program: ([^;]*);/);
    const codes = list.split(',').map(code => code.trim());

    assertEqual(codes.length, 20, 'codes');
    for (const LastErrorCode of codes)
        assertEqual(errorSentence(account({LastErrorCode})) !== '', true, LastErrorCode);
    assertEqual(errorSentence(account({LastErrorCode: 'of-tomorrow'})), '');
});

await test('an unknown error code does not block, and its message is shown', () => {
    const strange = account({State: 'disconnected', LastErrorCode: 'of-tomorrow', LastError: 'a\nb'});

    assertEqual(accountLook(strange), 'attention');
    assertEqual(headline(strange, NOW_MS), 'Waiting for a correction');
    assertEqual(errorMessage(strange), 'a�b');
});

await test('the platform is told by its host', () => {
    assertEqual(platformHost(account({PlatformUrl: 'wss://platform.example:444/relay'})), 'platform.example');
    assertEqual(platformHost(account({PlatformUrl: 'wss://[::1]/'})), '::1');
    assertEqual(platformHost(account({PlatformUrl: 'no URL'})), 'no URL');
    assertEqual(platformHost(account({PlatformUrl: ''})), 'no platform yet');
});

await test('one account is its own summary', () => {
    assertEqual(summary([connected(NOW_MS - 5 * MIN)]), {look: 'connected', subtitle: 'Connected for 5 min', isOn: true});
    assertEqual(summary([retrying('timeout', 2 * S)]), {look: 'retrying', subtitle: 'Retrying in 2 s', isOn: true});
    assertEqual(summary([retrying('platform-refused', S)]), {look: 'attention', subtitle: 'Key refused', isOn: true});
    assertEqual(summary([stopped]), {look: 'stopped', subtitle: 'Stopped', isOn: false});
});

await test('of several accounts the worst is shown', () => {
    assertEqual(summary([connected(), retrying('timeout', 7 * S), stopped]).subtitle, 'Retrying in 7 s');
    assertEqual(summary([retrying('timeout', S), retrying('no-key', S)]).subtitle, 'No key');
    assertEqual(summary([retrying('timeout', S), retrying('timeout', S)]).subtitle, '2 accounts retrying');
    assertEqual(summary([retrying('no-key', S), connected(), retrying('tls-failed', S)]).subtitle, '2 accounts need you');
    assertEqual(summary([connected(NOW_MS - H), connected(NOW_MS - H)]).subtitle, 'Connected for 1 h');
    assertEqual(summary([stopped, connected(NOW_MS - H)]).look, 'connected');
});

await test('without service, accounts or valid settings it says so', () => {
    assertEqual(summary([], {isRunning: false}), {look: 'absent', subtitle: 'Not running', isOn: false});
    assertEqual(summary([]), {look: 'stopped', subtitle: 'No account', isOn: false});
    assertEqual(summary([], {problem: 'there is no such file'}).subtitle, 'No account');
    assertEqual(summary([connected()], {problem: 'line 3'}), {look: 'attention', subtitle: 'Mistake in settings', isOn: true});
});

await test('foreign texts are made fit to be shown', () => {
    assertEqual(displayable('notes.md'), 'notes.md');
    assertEqual(displayable('a\u202egpj.exe\u0000\n\u2028'), 'a�gpj.exe���');
    assertEqual([...displayable('🛳'.repeat(400))].length, 300);
});

await test('texts are filled in any order, with any value', () => {
    assertEqual(fill('%s has %d', 'a', 3), 'a has 3');
    assertEqual(fill('%2$d of %1$s', 'a', 3), '3 of a');
    assertEqual(fill('%s', '$& %s'), '$& %s');
});

await test('what is set comes with what changes it', () => {
    const facts = accountFacts(account({WorkspaceAccess: 'read-only', DenyMethods: ['config.*', 'exec.*'], KeyStatus: 'locked'}));
    const values = Object.fromEntries(facts.map(({title, value}) => [title, value]));

    assertEqual(values, {
        'Platform': 'wss://platform.example/relay',
        'Key': 'Locked away in the keyring',
        'Agents’ Files': 'May be read',
        'Methods Allowed': 'All',
        'Methods Denied': 'config.*;exec.*',
    });
    assertEqual(facts.map(({change}) => change), ['platform-url=wss://platform.example/relay',
        'gangway pair URL --account platform', 'workspace-access=read-only', 'allow-methods=*', 'deny-methods=config.*;exec.*']);
    assertEqual(accountState(stopped), 'Stopped');

    const globs = Array(100).fill('platform.*');
    const {value, change} = accountFacts(account({DenyMethods: globs})).at(-1);

    assertEqual([value.length, change], [300, `deny-methods=${globs.join(';')}`], 'a long line is copied whole');
});

done();
